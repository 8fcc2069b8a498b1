"""A small company whose loads change everything that can change."""

from __future__ import annotations

from idgraph.records import CoverageRecord, EdgeRecord, NodeRecord, OwnerClaim, Source
from tests.neo4j.examples import Loading

SOURCE = Source(loader="azurehound", scope="company")
USERS = 30


def loading(number: int) -> Loading:
    """Return the load of a day: users come and go, change name and group, an alias moves."""
    users = [
        NodeRecord(
            record="AZUser",
            id=f"u{at}",
            kind="EntraUser",
            name=f"User {at} of day {number if at % 5 == 0 else 0}",
            aliases=(f"upn:{(at + number) % USERS}@x",),
            properties={"upn": f"{at}@x"} if at % 3 else {"department": f"d{number}"},
            evidence=f"day{number}.json#/{at}",
        )
        for at in range(USERS)
        if at % 7 != number % 7
    ]
    groups = [
        NodeRecord(record="AZGroup", id=f"g{at}", kind="EntraGroup", name=f"g{at}")
        for at in range(5)
    ]
    members = [
        EdgeRecord(
            record="AZGroupMember",
            source=f"upn:{at}@x" if at % 2 else f"u{at}",
            kind="MEMBER_OF",
            target=f"g{(at * number) % 5}",
            key=key,
            guards=("mfa:x",) if at % 11 == number % 11 else (),
            evidence=f"day{number}.json#/members/{at}",
        )
        for at in range(USERS)
        for key in ("", "second")[: 1 + (at % 4 == 0)]
    ]
    roles = [
        NodeRecord(record="AZRole", id="role@t", kind="EntraRole", name="Global Administrator"),
        EdgeRecord(
            record="AZRoleAssignment", source=f"u{number}", kind="HAS_ROLE", target="role@t"
        ),
    ]
    claims = [OwnerClaim(record="AZGroupOwner", node="g1", owner=f"u{number}", claim="owner")]
    complete = [
        CoverageRecord(record=name, count=1, complete=True)
        for name in ("AZUser", "AZGroup", "AZGroupMember", "AZRoleAssignment", "AZGroupOwner")
    ]
    records = [*users, *groups, *members, *roles, *claims, *complete]
    return Loading(SOURCE, f"2026-01-{number:02d}T00:00:00Z", records)
