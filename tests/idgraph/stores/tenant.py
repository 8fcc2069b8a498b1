"""A small tenant as a loader would state it, and loads of it in one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    EventRecord,
    NodeRecord,
    OwnerClaim,
    Record,
    Source,
)
from idgraph.stores.protocol import Load, Store

SOURCE = Source(loader="azurehound", scope="11111111-aaaa-bbbb-cccc-000000000000")
OTHER = Source(loader="azurehound", scope="22222222-aaaa-bbbb-cccc-000000000000")
RECORDS = ("AZUser", "AZGroup", "AZGroupMember")


def user(name: str, *, record: str = "AZUser", evidence: str = "", **more: object) -> NodeRecord:
    return NodeRecord(
        record=record,
        id=f"user-{name}",
        kind="EntraUser",
        name=name.capitalize(),
        aliases=(f"upn:{name}@northlight.example",),
        properties=more,
        evidence=evidence or f"users.json#/data/{name}",
    )


def group(name: str, **more: object) -> NodeRecord:
    return NodeRecord(
        record="AZGroup",
        id=f"group-{name}",
        kind="EntraGroup",
        name=name,
        properties=more,
        evidence=f"groups.json#/data/{name}",
    )


def member(name: str, of: str, *, evidence: str = "") -> EdgeRecord:
    return EdgeRecord(
        record="AZGroupMember",
        source=f"user-{name}",
        kind="MEMBER_OF",
        target=f"group-{of}",
        evidence=evidence or f"members.json#/data/{of}/{name}",
    )


def claim(node: str, owner: str) -> OwnerClaim:
    return OwnerClaim(record="owners", node=node, owner=owner, claim="register", said_by="cmdb")


def event(number: int) -> EventRecord:
    return EventRecord(
        record="audit", id=f"e{number}", kind="reset", at=f"2026-03-0{number}T08:00:00Z"
    )


def complete(*records: str) -> list[CoverageRecord]:
    return [CoverageRecord(record=name, count=1, complete=True) for name in records or RECORDS]


def partial(*records: str) -> list[CoverageRecord]:
    return [
        CoverageRecord(record=name, count=1, complete=False, about="the rest") for name in records
    ]


def day(number: int) -> str:
    return f"2026-03-{number:02}T09:00:00Z"


def load(
    store: Store,
    records: Iterable[Record],
    *,
    source: Source = SOURCE,
    observed_at: str = "2026-03-01T09:00:00Z",
    files: Sequence[str] = ("tenant.json",),
) -> Load:
    with store.begin(
        source, observed_at=observed_at, observed_is_guess=False, files=files
    ) as writing:
        writing.write(records)
        return writing.commit()


def edges_of(store: Store, as_of: str | None = None) -> set[tuple[str, str, str]]:
    graph = store.graph(as_of=as_of)
    return {
        (graph.ids[graph.source[e]], graph.edge_kind_name(e), graph.ids[graph.target[e]])
        for e in range(graph.m)
    }
