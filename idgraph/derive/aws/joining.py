"""What a principal could do with permissions that it may give itself and that stop short of all.

Such are those of groups that a user may add itself to (iam-013), those of another version of a
policy that it has, those that a boundary or a control policy leaves to whoever may write its own
policies but not administer the account, and those of new principals under a boundary.

A user that may join a group has, beside its own policies, those of the group; an action that
needs both is decided with both. So the rules ask for such a user a second time, as a member, and
keep what rests on a statement that it gains. Groups that deny nothing are joined together;
one that denies something is joined alone, as what it denies would hide what the others give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import chain

from idgraph.derive.aws.escalation import (
    INTO_GROUP,
    ON_VERSION,
    Escalation,
    administers,
    denies,
    group_policies,
    is_administrator,
    new_bounded,
    switched,
    to_itself,
)
from idgraph.derive.aws.estate import Estate, Principal, survey
from idgraph.derive.aws.grants import joined, may, may_at_all, of_nodes
from idgraph.derive.aws.methods import Method
from idgraph.derive.aws.policy import EVERYTHING, Layer, Policy, Way
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.closures import once
from idgraph.snapshot import Snapshot

NOTHING_ASKED = Way()


@dataclass(frozen=True, eq=False)  # as a principal
class Member(Principal):
    """A user as it would be in groups that it may join, or a principal with what it may have."""

    joining: Way = NOTHING_ASKED
    by: tuple[Method, ...] = ()
    gained: frozenset[Statement] = frozenset()


@once
def everyone(snapshot: Snapshot) -> tuple[Principal, ...]:
    """Return every principal, and once more each that may give itself more, with that."""
    estate = survey(snapshot)
    more = (_members, _grown, _changed, _bounded)
    return (*estate.principals, *chain.from_iterable(each(estate) for each in more))


def of_member(principal: Principal, way: Way) -> Way | None:
    """Return a way with the joining before it; None where it takes none of what was gained."""
    if not isinstance(principal, Member):
        return way
    if principal.gained.isdisjoint(way.statements):
        return None
    return joined((principal.joining, way))


def methods_of(principal: Principal) -> tuple[Method, ...]:
    """Return the methods by which a principal is what it is asked as."""
    return principal.by if isinstance(principal, Member) else ()


def _grown(estate: Estate) -> Iterator[Member]:
    """Yield who may write its own policies, and is no administrator even so, with all of them."""
    for principal in estate.principals:
        found = sorted(to_itself(estate, principal), key=lambda each: len(each.way.needs))[:1]
        if not found or is_administrator(principal) or administers(estate, principal):
            continue
        yield _with(principal.with_identity(EVERYTHING), found[0], EVERYTHING)


def _changed(estate: Estate) -> Iterator[Member]:
    """Yield who may go back to another version of a policy of its own, with each."""
    for principal in estate.principals:
        if may_at_all(principal, ON_VERSION.actions[0]) and not is_administrator(principal):
            for way, policy, changed in switched(estate, principal):
                yield _with(changed, Escalation((ON_VERSION,), way), policy)


def _bounded(estate: Estate) -> Iterator[Member]:
    """Yield who may make principals under a boundary alone, with what that leaves to those."""
    for principal in estate.principals:
        for found, boundary in new_bounded(estate, principal):
            everything = Layer((EVERYTHING,))
            policies = replace(principal.policies, identity=everything, boundary=boundary)
            yield _with(replace(principal, policies=policies), found, EVERYTHING)


def _with(grown: Principal, found: Escalation, *gained: Policy) -> Member:
    return Member(
        **{each.name: getattr(grown, each.name) for each in fields(Principal)},
        joining=found.way,
        by=found.by,
        gained=frozenset(statement for policy in gained for statement in policy.statements),
    )


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
    joining = joined([way for _, way in some])
    return _with(principal.with_identity(*policies), Escalation((INTO_GROUP,), joining), *policies)


def _denies(estate: Estate, group: int) -> bool:
    return any(map(denies, group_policies(estate, group)))
