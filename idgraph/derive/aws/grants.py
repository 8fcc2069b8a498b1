"""What a principal may do to which of many resources: each distinct case decided once.

The statements that name an action fall into few patterns of "speaks of this resource or not" over
all resources. One resource of each pattern is decided, and stands for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

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
from idgraph.derive.aws.policy.patterns import keys_in, replaced
from idgraph.derive.aws.targets import Targets
from idgraph.graph import Bools, Ints, Longs

BITS = 62
MANY = 64  # statements that name one action
_OF_IAM = {"aws:requestedregion": ("us-east-1",)}  # a service without regions


def of_arns(arns: Sequence[str]) -> Targets:
    """Return resources that are no nodes, or of which the nodes do not matter."""
    return Targets(np.arange(len(arns), dtype=np.int32), tuple(arns))


def of_nodes(estate: Estate, nodes: Ints) -> Targets:
    """Return nodes by their ARNs alone: their tags decide nothing that is asked of them."""
    return estate.targets(nodes)


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
    known = principal.context.having(given.values, given.absent)
    if action[:4].lower() == "iam:":
        known = known.having(_OF_IAM)
    found: list[Grant] = []
    for some, speaking in _cases(policies, principal, targets, given):
        ways = _decided(principal, action, speaking, targets, int(some[0]), known)
        found += [Grant(some, way) for way in ways]
    return found


def _decided(
    principal: Principal, action: str, policies: Policies, targets: Targets, at: int, known: Context
) -> tuple[Way, ...]:
    """Return the ways in which an action is allowed on one target.

    Of a thing of another account this is the principal's side alone: what limits the other
    account's resources is no part of it.
    """
    arn = targets.arns[at]
    if targets.values:
        known = known.having(targets.values[at])
    if _is_of(arn, principal.account):
        known = known.having(principal.place.values)
    elif policies.rcps:
        policies = replace(policies, rcps=())
    return decide(Request(action, arn, principal.asker, principal.account, known), policies).ways


def _is_of(arn: str, account: str) -> bool:
    """Return whether an ARN is of an account, as far as it says."""
    return arn.split(":", 5)[4:5] in ([account], [""], [])


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
    return _allows(principal.policies.identity.naming(action))


def _allows(statements: Sequence[Statement]) -> bool:
    return any(each.effect is Effect.ALLOW for each in statements)


@lru_cache(maxsize=256)
def _speaking(principal: Principal, action: str) -> Policies | None:
    """Return the policies cut down to the statements that name an action, None if none allows."""
    if not may_at_all(principal, action):
        return None
    boundary = principal.policies.boundary
    return replace(
        principal.policies,
        identity=_cut(principal.policies.identity, action),
        boundary=_cut(boundary, action) if boundary else None,
        scps=tuple(_cut(each, action) for each in principal.policies.scps),
        rcps=tuple(_cut(each, action) for each in principal.policies.rcps),
    )


def _cut(layer: Layer, action: str) -> Layer:
    return Layer((Policy("", layer.naming(action)),), layer.missing, layer.assumed)


def _statements(policies: Policies) -> list[Statement]:
    layers = (policies.identity, policies.boundary, *policies.scps, *policies.rcps)
    return [each for layer in layers if layer for each in layer.statements()]


def _cases(
    policies: Policies, principal: Principal, targets: Targets, given: Context
) -> Iterator[tuple[Ints, Policies]]:
    """Yield the targets of which everything known is alike, with the policies that speak of them.

    Policies of few statements are left whole: cutting them takes longer than deciding by them.
    """
    statements = _statements(policies)
    if len(targets.arns) == 1 or _hangs_on_target(statements, given):
        for at in range(len(targets.arns)):
            yield np.array([at], np.int32), policies
        return
    columns = [_speaks_of(each, principal, targets) for each in statements]
    speaks = None
    if len(statements) > MANY:
        speaks = np.array(columns)
        speaks[list(map(_holds_variable, statements))] = True  # what is not known may be the target
    for some in _alike(statements, columns, policies, principal, targets):
        yield some, policies if speaks is None else _of_target(policies, speaks[:, some[0]])


def _alike(
    statements: Sequence[Statement],
    columns: Sequence[Bools],
    policies: Policies,
    principal: Principal,
    targets: Targets,
) -> Iterator[Ints]:
    """Yield the targets that the same statements speak of, and that are alike otherwise."""
    columns = list(columns)
    by_resource = _depends_on_resource(statements)
    if by_resource or policies.rcps:
        own = (_is_of(arn, principal.account) for arn in targets.arns)
        columns.append(np.fromiter(own, bool, len(targets.arns)))
    if by_resource and targets.values:
        numbers = targets.marks
        bits = int(numbers.max()).bit_length()
        columns += [(numbers >> bit & 1).astype(bool) for bit in range(bits)]
    which = _classes([each for each in columns if each.any() and not each.all()])
    if which is None:
        yield np.arange(len(targets.arns), dtype=np.int32)
        return
    order = np.argsort(which, kind="stable")
    starts = np.flatnonzero(np.diff(which[order])) + 1
    yield from (each.astype(np.int32) for each in np.split(order, starts))


def _of_target(policies: Policies, speaks: Bools) -> Policies:
    """Return the policies cut down to the statements that speak of a target."""
    marks = iter(speaks.tolist())

    def cut(layer: Layer) -> Layer:
        kept = tuple(each for each in layer.statements() if next(marks))
        return Layer((Policy("", kept),), layer.missing, layer.assumed)

    return replace(
        policies,
        identity=cut(policies.identity),
        boundary=cut(policies.boundary) if policies.boundary else None,
        scps=tuple(map(cut, policies.scps)),
        rcps=tuple(map(cut, policies.rcps)),
    )


def _holds_variable(statement: Statement) -> bool:
    return statement.variables and any("${" in pattern for pattern in statement.resources)


def _hangs_on_target(statements: Sequence[Statement], given: Context) -> bool:
    """Return whether a pattern holds a variable whose value is the target's, or the request's."""
    return any(
        _is_of_resource(key) or key in given.values
        for each in statements
        if each.variables
        for pattern in each.resources
        if "${" in pattern
        for key in keys_in(pattern)
    )


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
        _is_of_resource(key)
        for statement in statements
        for each in statement.conditions
        for key in (each.key.lower(), *chain.from_iterable(map(keys_in, each.values)))
    )


def _is_of_resource(key: str) -> bool:
    """Return whether a condition key, in lower case, has its value from the resource."""
    return "resourcetag/" in key or key.startswith("aws:resource") or key == "aws:requestedregion"
