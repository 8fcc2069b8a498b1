"""What a principal may do to some resource of its own choosing: a new function, a new role.

A policy may allow only names of a pattern; the attacker picks one that fits. So the patterns of
the statements themselves say which names to try.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from idgraph.derive.aws.estate import Principal
from idgraph.derive.aws.grants import Grant, joined, may, of_arns
from idgraph.derive.aws.policy import Context, Effect, Way
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.policy.patterns import replaced

NAME = "idgraph-any"
SAME = "one resource may serve for all of: "
_KEPT = 4  # ways shown of one method


def some(principal: Principal, actions: Sequence[str], given: Context = EMPTY) -> tuple[Way, ...]:
    """Return the ways in which all actions are allowed on a resource of the principal's choice.

    Where no name is found that serves them all, each action may still be allowed on a name of its
    own; whether that is of use depends on the service, so such a way carries that as a need.
    """
    by_name = {action: _names(principal, action) for action in actions}
    if not all(by_name.values()):
        return ()
    every = sorted({name for some_names in by_name.values() for name in some_names})
    names = of_arns(every)
    allowed = [_by_name(may(principal, action, names, given)) for action in actions]
    for at in range(len(every)):
        ways = _each_of([by_place.get(at, ()) for by_place in allowed])
        if ways:
            return ways
    own = [may(principal, action, of_arns(by_name[action]), given) for action in actions]
    ways = _each_of([[grant.way for grant in grants] for grants in own])
    if len(actions) == 1:
        return ways
    need = SAME + ", ".join(actions)
    return tuple(Way(way.needs | {need}, way.statements) for way in ways)


def _by_name(grants: Sequence[Grant]) -> dict[int, list[Way]]:
    """Return the ways in which an action is allowed, by the number of the name."""
    found: dict[int, list[Way]] = {}
    for grant in grants:
        for at in grant.at.tolist():
            found.setdefault(at, []).append(grant.way)
    return found


def _each_of(by_action: Sequence[Sequence[Way]]) -> tuple[Way, ...]:
    """Return the ways of taking each of several actions, none where one is not allowed."""
    if not all(by_action):
        return ()
    best = [[way for way in ways if not way.needs][:1] or ways for ways in by_action]
    return tuple(joined(each) for each in islice(product(*best), _KEPT))


def _names(principal: Principal, action: str) -> tuple[str, ...]:
    """Return a name for each pattern under which some statement allows an action.

    A boundary or control policy may allow it on fewer names than the principal's own policies do,
    and a denial may leave some out.
    """
    some = (_name(each, action, principal.account) for each in left_free(principal, action))
    return tuple(dict.fromkeys(some))


def left_free(principal: Principal, action: str, beside: Iterable[Statement] = ()) -> Iterator[str]:
    """Yield the patterns of names that a principal's policies allow, or that they deny all but.

    `beside` are the statements of other policies that name the action.
    """
    for each in (*_speaking(principal, action), *beside):
        for pattern in _patterns(each):
            ready = replaced(pattern, principal.context.value) if each.variables else pattern
            if isinstance(ready, str):
                yield ready


def patterns_of(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield the patterns of names that statements allow, or that they deny all but, as written."""
    for each in statements:
        yield from _patterns(each)


def _patterns(statement: Statement) -> tuple[str, ...]:
    """Return the patterns of names that a statement allows, or that it denies all but."""
    if statement.effect is Effect.ALLOW:
        all_but = statement.but_resources or not statement.resources
        return ("*",) if all_but else statement.resources
    return statement.resources if statement.but_resources else ()


def _speaking(principal: Principal, action: str) -> Iterator[Statement]:
    """Yield the statements of every policy of a principal that name an action."""
    own = principal.policies
    for layer in (own.identity, *([own.boundary] if own.boundary else []), *own.scps):
        yield from layer.naming(action)


def _name(pattern: str, action: str, account: str) -> str:
    service = action.partition(":")[0].lower()
    if pattern == "*":
        return f"arn:aws:{service}:us-east-1:{account}:{NAME}/{NAME}"
    fields = pattern.split(":", 5)
    if len(fields) > 4 and fields[4] in {"*", ""} and fields[2] != "s3":  # noqa: PLR2004  the fifth field of an ARN
        fields[4] = account
    return ":".join(fields).replace("*", NAME).replace("?", "x")
