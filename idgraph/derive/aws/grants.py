"""What a principal may do to which of many resources: each distinct case decided once.

The statements that name an action fall into few patterns of "speaks of this resource or not" over
all resources. One resource of each pattern is decided, and stands for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from idgraph.derive.aws.estate import Estate, Principal
from idgraph.derive.aws.policy import (
    Context,
    Effect,
    Layer,
    Policies,
    Policy,
    Request,
    Way,
    decide,
)
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.policy.match import names_action
from idgraph.derive.aws.policy.patterns import arn_glob, replaced
from idgraph.graph import Bools, Ints, Longs

Values = Mapping[str, tuple[str, ...]]
NO_VALUES: Values = {}
BITS = 62


@dataclass(frozen=True)
class Targets:
    """Resources of one sort, by position, with the ARN by which policies speak of each."""

    nodes: Ints  # (t,)
    arns: tuple[str, ...]  # (t,)
    values: tuple[Values, ...] = ()  # (t,) condition keys that depend on the resource; or none
    _matches: dict[str, Bools] = field(default_factory=dict, repr=False, compare=False)

    def matching(self, pattern: str) -> Bools:
        """Return which ARNs a pattern takes in."""
        if pattern not in self._matches:
            test = arn_glob(pattern)
            found = np.fromiter(map(test, self.arns), bool, len(self.arns))
            self._matches[pattern] = found
        return self._matches[pattern]


def of_arns(arns: Sequence[str]) -> Targets:
    """Return resources that are no nodes, or of which the nodes do not matter."""
    return Targets(np.arange(len(arns), dtype=np.int32), tuple(arns))


def of_nodes(estate: Estate, nodes: Ints) -> Targets:
    """Return nodes by their ARNs alone: their tags decide nothing that is asked of them."""
    return Targets(nodes, tuple(map(estate.arn, nodes.tolist())))


@dataclass(frozen=True, slots=True)
class Grant:
    """One way in which an action is allowed on some of the targets, by number."""

    at: Ints
    way: Way


def may(principal: Principal, action: str, targets: Targets, given: Context = EMPTY) -> list[Grant]:
    """Return on which targets an action is allowed, by the principal's own policies.

    `given` are condition keys that the request is known to have, or to lack.
    """
    policies = _speaking(principal, action)
    if policies is None or not targets.arns:
        return []
    found: list[Grant] = []
    for some in _cases(_statements(policies), principal, targets):
        first = int(some[0])
        of_target = targets.values[first] if targets.values else NO_VALUES
        context = principal.context.having(given.values, given.absent).having(of_target)
        request = Request(
            action,
            targets.arns[first],
            principal.asker,
            principal.account,
            context,
        )
        found += [Grant(some, way) for way in decide(request, policies).ways]
    return found


def may_all(
    principal: Principal, actions: Sequence[str], targets: Targets, given: Context = EMPTY
) -> list[Grant]:
    """Return on which targets each one of several actions is allowed."""
    found = may(principal, actions[0], targets, given)
    for action in actions[1:]:
        also = may(principal, action, targets, given) if found else []
        both = (
            Grant(np.intersect1d(one.at, other.at).astype(np.int32), joined((one.way, other.way)))
            for one in found
            for other in also
        )
        found = [grant for grant in both if len(grant.at)]
    return found


def joined(ways: Sequence[Way]) -> Way:
    """Return the way of taking several, one for each of several actions."""
    needs = frozenset(need for way in ways for need in way.needs)
    statements = dict.fromkeys(each for way in ways for each in way.statements)
    return Way(needs, tuple(statements))


def may_at_all(principal: Principal, action: str) -> bool:
    """Return whether any statement of the principal's policies allows an action somewhere."""
    return _speaking(principal, action) is not None


def _speaking(principal: Principal, action: str) -> Policies | None:
    """Return the policies cut down to the statements that name an action, None if none allows."""
    identity = _cut(principal.policies.identity, action)
    if not any(each.effect is Effect.ALLOW for each in identity.statements()):
        return None
    boundary = principal.policies.boundary
    return replace(
        principal.policies,
        identity=identity,
        boundary=_cut(boundary, action) if boundary else None,
        scps=tuple(_cut(each, action) for each in principal.policies.scps),
    )


def _cut(layer: Layer, action: str) -> Layer:
    kept = (Policy(each.name, some) for each in layer.policies if (some := _naming(each, action)))
    return Layer(tuple(kept), layer.missing)


@lru_cache(maxsize=1 << 18)
def names(statement: Statement, action: str) -> bool:
    """Return whether a statement names an action, remembered: there are few of either."""
    return names_action(statement, action)


def _naming(policy: Policy, action: str) -> tuple[Statement, ...]:
    return tuple(each for each in policy.statements if names(each, action))


def _statements(policies: Policies) -> list[Statement]:
    layers = (policies.identity, policies.boundary, *policies.scps)
    return [each for layer in layers if layer for each in layer.statements()]


def _cases(
    statements: Sequence[Statement], principal: Principal, targets: Targets
) -> Iterator[Ints]:
    """Yield the targets that every statement speaks of alike, case by case."""
    columns = [_speaks_of(each, principal, targets) for each in statements]
    if _depends_on_resource(statements) and targets.values:
        marks = {key: number for number, key in enumerate(sorted(set(map(_mark, targets.values))))}
        numbers = np.array([marks[_mark(each)] for each in targets.values])
        columns += [(numbers >> bit & 1).astype(bool) for bit in range(len(marks).bit_length())]
    which = _classes([each for each in columns if each.any() and not each.all()])
    if which is None:
        yield np.arange(len(targets.arns), dtype=np.int32)
        return
    order = np.argsort(which, kind="stable")
    starts = np.flatnonzero(np.diff(which[order])) + 1
    yield from (each.astype(np.int32) for each in np.split(order, starts))


def _classes(columns: Sequence[Bools]) -> Longs | None:
    """Return a number for each resource, the same where all columns agree; None where all do."""
    which: Longs | None = None
    for begin in range(0, len(columns), BITS):
        some = columns[begin : begin + BITS]
        number = np.zeros(len(some[0]), np.int64)
        for bit, column in enumerate(some):
            number |= column.astype(np.int64) << bit
        if which is not None:
            number = np.unique(which, return_inverse=True)[1] + (
                np.unique(number, return_inverse=True)[1].astype(np.int64) * len(number)
            )
        which = number
    return which


def _speaks_of(statement: Statement, principal: Principal, targets: Targets) -> Bools:
    """Return which targets a statement may speak of; decided is that one by one."""
    count = len(targets.arns)
    if not statement.resources:
        return np.ones(count, bool)
    found = np.zeros(count, bool)
    for pattern in statement.resources:
        ready = replaced(pattern, principal.context.value) if statement.variables else pattern
        if isinstance(ready, str):
            found |= targets.matching(ready)
    return ~found if statement.but_resources else found


def _depends_on_resource(statements: Sequence[Statement]) -> bool:
    return any(
        "resourcetag/" in each.key.lower() or each.key.lower().startswith("aws:resource")
        for statement in statements
        for each in statement.conditions
    )


def _mark(values: Values) -> str:
    return repr(sorted(values.items()))
