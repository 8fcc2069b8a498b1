"""What a user could do as a member of groups that it may add itself to (iam-013).

A user that may join a group has, beside its own policies, those of the group; an action that
needs both is decided with both. So the rules ask for such a user a second time, as a member, and
keep what rests on a statement that it gains. Groups that deny nothing are joined together;
one that denies something is joined alone, as what it denies would hide what the others give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from idgraph.derive.aws.escalation import INTO_GROUP, group_policies, is_administrator
from idgraph.derive.aws.estate import Estate, Principal, survey
from idgraph.derive.aws.grants import joined, may, may_at_all, of_nodes
from idgraph.derive.aws.methods import Method
from idgraph.derive.aws.policy import Effect, Way
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.closures import once
from idgraph.snapshot import Snapshot

NOTHING_ASKED = Way()


@dataclass(frozen=True, eq=False)  # as a principal
class Member(Principal):
    """A user as it would be in groups that it may join."""

    joining: Way = NOTHING_ASKED
    gained: frozenset[Statement] = frozenset()


@once
def everyone(snapshot: Snapshot) -> tuple[Principal, ...]:
    """Return every principal, and every user that may join groups once more as their member."""
    estate = survey(snapshot)
    return (*estate.principals, *_members(estate))


def of_member(principal: Principal, way: Way) -> Way | None:
    """Return a way with the joining before it; None where it takes none of what was gained."""
    if not isinstance(principal, Member):
        return way
    if principal.gained.isdisjoint(way.statements):
        return None
    return joined((principal.joining, way))


def methods_of(principal: Principal) -> tuple[Method, ...]:
    """Return the methods by which a principal is what it is asked as."""
    return (INTO_GROUP,) if isinstance(principal, Member) else ()


def _members(estate: Estate) -> Iterator[Member]:
    action = INTO_GROUP.actions[0]
    for principal in estate.principals:
        is_user = principal.node in estate.users
        if is_user and may_at_all(principal, action) and not is_administrator(principal):
            yield from _of_user(estate, principal, action)


def _of_user(estate: Estate, principal: Principal, action: str) -> Iterator[Member]:
    groups = estate.groups_in(principal.account)
    own = set(estate.groups_of.get(principal.node, ()))
    together: dict[frozenset[object], list[tuple[int, Way]]] = defaultdict(list)
    for grant in may(principal, action, of_nodes(estate, groups)):
        for group in groups[grant.at].tolist():
            if group in own:
                continue
            if _denies(estate, group):
                yield _member(estate, principal, [(group, grant.way)])
            else:
                together[grant.way.needs].append((group, grant.way))
    for _, some in sorted(together.items(), key=lambda each: sorted(map(str, each[0]))):
        yield _member(estate, principal, some)


def _member(estate: Estate, principal: Principal, groups: Iterable[tuple[int, Way]]) -> Member:
    some = tuple(groups)
    policies = tuple(each for group, _ in some for each in group_policies(estate, group))
    grown = principal.with_identity(*policies)
    return Member(
        **{each.name: getattr(grown, each.name) for each in fields(Principal)},
        joining=joined([way for _, way in some]),
        gained=frozenset(statement for policy in policies for statement in policy.statements),
    )


def _denies(estate: Estate, group: int) -> bool:
    return any(
        statement.effect is Effect.DENY
        for policy in group_policies(estate, group)
        for statement in policy.statements
    )
