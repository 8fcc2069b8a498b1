"""How a principal makes itself administrator of its account, method by method.

Each method ends in the same place: a role or user with every permission that the account's own
limits leave. So each asks at its end whether such a principal may create one more administrator.

Source: pathfinding.cloud by Datadog (Apache-2.0), catalogue of 2025-12-17, by the ids noted;
Rhino Security Labs, AWS IAM privilege escalation methods, for SetDefaultPolicyVersion; IAM User
Guide, "Permissions boundaries for IAM entities" and "Policy evaluation logic", for boundaries that
are taken away and policies that deny.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.grants import joined, may, of_arns, of_nodes
from idgraph.derive.aws.methods import BY_ID, Method
from idgraph.derive.aws.policy import EVERYTHING, Context, Effect, Layer, Policy, Way
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.closures import once
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
RESERVED = ":role/aws-reserved/"
_BOUNDARY = "iam:permissionsboundary"
_POLICY = "iam:policyarn"
_ATTACHING = Context({_POLICY: (ADMINISTRATOR,)}, frozenset({_BOUNDARY}))
_UNBOUNDED = Context(absent=frozenset({_BOUNDARY}))


def _by_ids(*ids: str) -> tuple[Method, ...]:
    return tuple(BY_ID[each] for each in ids)


NEW = _by_ids("new-role-attached", "new-role-inline", "new-user-attached", "new-user-inline")
EVERYTHING_ALREADY = BY_ID["every-permission"]
ON_SELF = {  # by kind: what gives a principal a policy of its own making
    aws.USER.name: _by_ids("iam-007", "iam-008"),
    aws.ROLE.name: _by_ids("iam-005", "iam-009"),
}
ON_GROUP = _by_ids("iam-011", "iam-010")
ON_POLICY = BY_ID["iam-001"]
ON_VERSION = BY_ID["set-default-version"]
INTO_GROUP = BY_ID["iam-013"]
ON_BOUNDARY = BY_ID["boundary-version"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """A way to more permissions, with the methods that it is made of."""

    by: tuple[Method, ...]
    way: Way

    def then(self, other: Escalation) -> Escalation:
        """Return this one followed by another."""
        by = tuple(dict.fromkeys((*self.by, *other.by)))
        return Escalation(by, joined((self.way, other.way)))


def escalations(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """Yield the ways in which a principal is, or makes itself, administrator of its account."""
    yield from _new(principal)
    yield from _by_grant(estate, principal)
    yield from _by_version(estate, principal)
    yield from _by_group(estate, principal)
    for step, freed in _freed(estate, principal):
        yield from map(step.then, chain(_new(freed), _by_grant(estate, freed)))


def administers(estate: Estate, principal: Principal) -> tuple[Escalation, ...]:
    """Return the way in which a principal that is given every permission may use them, or none.

    What its boundary, policies of its own that deny and the account's service control policies
    forbid still binds it, but for what it may then take away. By which method it would make the
    next administrator no longer matters, so that is not named.
    """
    given = principal.with_identity(EVERYTHING)
    return tuple(islice(chain(_ends(given), _ends_freed(estate, given)), 1))


def _ends(principal: Principal) -> Iterator[Escalation]:
    return (Escalation((), each.way) for each in _new(principal))


def _ends_freed(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    return (step.then(end) for step, free in _freed(estate, principal) for end in _ends(free))


def changeable(estate: Estate, account: str) -> Ints:
    """Return the roles of an account that its principals may change.

    Those of IAM Identity Center are AWS's to change alone, whatever a policy allows.

    Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies".
    """
    return _changeable(estate.snapshot).get(account, positions(()))


@once
def _changeable(snapshot: Snapshot) -> dict[str, Ints]:
    estate = survey(snapshot)
    by_account: dict[str, list[int]] = defaultdict(list)
    for role in estate.roles.tolist():
        if not is_reserved(estate.arn(role)):
            by_account[estate.account_of.get(role, "")].append(role)
    return {account: positions(roles) for account, roles in by_account.items()}


def is_reserved(arn: str) -> bool:
    """Return whether AWS alone may change a role, by its ARN."""
    return RESERVED in arn


def is_administrator(principal: Principal) -> bool:
    """Return whether a principal may create an administrator as it stands."""
    return any(not each.way.needs for each in _new(principal))


def allowed_on(
    principal: Principal, action: str, arns: Sequence[str], given: Context = EMPTY
) -> list[Way]:
    """Return the ways in which an action is allowed on one of some resources."""
    return [grant.way for grant in may(principal, action, of_arns(arns), given)]


def _new(principal: Principal) -> Iterator[Escalation]:
    for method in NEW:
        given = _ATTACHING if any("Attach" in each for each in method.actions) else _UNBOUNDED
        ways = some(principal, method.actions, given)
        for way in ways:
            plain = all(map(_allows_everything, way.statements))
            yield Escalation((EVERYTHING_ALREADY if plain else method,), way)
        if any(not way.needs for way in ways):
            return


def _allows_everything(statement: Statement) -> bool:
    return "*" in statement.actions and "*" in statement.resources


def _then(method: Method, ways: Iterable[Way], after: Sequence[Escalation]) -> Iterator[Escalation]:
    yield from (Escalation((method,), way).then(end) for way in ways for end in after)


def _by_grant(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """A policy put on or attached to the principal itself, its groups, or one that it has."""
    found = list(to_itself(estate, principal))
    after = administers(estate, principal) if found else ()
    yield from (step.then(end) for step in found for end in after)


def to_itself(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """Yield the ways in which a principal gives itself any permission that its limits leave."""
    kind = _kind(estate, principal)
    itself = () if is_reserved(principal.arn) else (principal.arn,)
    groups = tuple(map(estate.arn, estate.groups_of.get(principal.node, ())))
    held = tuple(estate.arn(at) for at in estate.customer_policies(principal.node))
    bound = estate.boundary_arn(principal.node) if principal.policies.boundary else ""
    given = _ATTACHING if not bound else Context({_POLICY: (ADMINISTRATOR,), _BOUNDARY: (bound,)})
    found = [
        *((method, method.actions[0], itself, given) for method in ON_SELF[kind]),
        *((method, method.actions[0], groups, _ATTACHING) for method in ON_GROUP),
        (ON_POLICY, ON_POLICY.actions[0], held, EMPTY),
    ]
    for method, action, arns, known in found:
        ways = allowed_on(principal, action, arns, known) if arns else []
        yield from (Escalation((method,), way) for way in ways)


def _by_version(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """An older version of a policy that it has, made the default again."""
    for way, _, changed in switched(estate, principal):
        yield from _then(ON_VERSION, (way,), _direct(estate, changed))


def switched(estate: Estate, principal: Principal) -> Iterator[tuple[Way, Policy, Principal]]:
    """Yield the principal with another version of a policy that it has, and how it gets that."""
    for at in estate.customer_policies(principal.node):
        ways = allowed_on(principal, ON_VERSION.actions[0], (estate.arn(at),))
        for policy in estate.versions(at).values() if ways else ():
            changed = without(principal, {estate.arn(at)}).with_identity(policy)
            yield from ((way, policy, changed) for way in ways)


def new_bounded(estate: Estate, principal: Principal) -> Iterator[tuple[Escalation, Layer]]:
    """Yield how a principal makes one with every permission under a boundary that it has to set.

    Source: IAM User Guide, "Delegating responsibility to others using permissions boundaries".
    """
    asked = {
        value
        for method in NEW
        for statement in principal.policies.identity.naming(method.actions[0])
        for condition in statement.conditions
        for value in condition.values
        if condition.key.lower() == _BOUNDARY
    }
    for arn in sorted(asked):
        at = estate.snapshot.position(arn)
        if at >= 0 and estate.read(at):
            given = Context({_POLICY: (ADMINISTRATOR,), _BOUNDARY: (arn,)})
            found = ((each, way) for each in NEW for way in some(principal, each.actions, given))
            for method, way in islice(found, 1):
                yield Escalation((method,), way), estate.layer((at,))[0]


def _by_group(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """Membership of a group with more permissions."""
    if principal.node not in estate.users:
        return
    groups = estate.groups_in(principal.account)
    for grant in may(principal, INTO_GROUP.actions[0], of_nodes(estate, groups)):
        for number in grant.at.tolist():
            policies = group_policies(estate, int(groups[number]))
            then = _direct(estate, principal.with_identity(*policies)) if policies else ()
            yield from _then(INTO_GROUP, (grant.way,), then)


def group_policies(estate: Estate, group: int) -> tuple[Policy, ...]:
    """Return the policies of a group that were loaded."""
    return estate.layer(estate.policies_of.get(group, ()))[0].policies


def _direct(estate: Estate, principal: Principal) -> tuple[Escalation, ...]:
    """Return the first way of a principal that takes nothing away and joins nothing."""
    return tuple(islice(chain(_new(principal), _by_grant(estate, principal)), 1))


# What stops a principal, and may be taken away by it.


def _freed(estate: Estate, principal: Principal) -> Iterator[tuple[Escalation, Principal]]:
    """Yield the principal without its boundary, without policies that deny, and without both."""
    if is_reserved(principal.arn):
        return
    unbound = list(_unbound(estate, principal))
    yield from unbound[:1]
    for base_step, base in ((None, principal), *unbound[:1]):
        undenied = _undenied(estate, base)
        if undenied is not None:
            step, freed = undenied
            yield (base_step.then(step) if base_step else step), freed


def _unbound(estate: Estate, principal: Principal) -> Iterator[tuple[Escalation, Principal]]:
    """Yield the principal without its boundary, in each way in which it may take it away."""
    bound = estate.boundary_arn(principal.node)
    if principal.policies.boundary is None or not bound:
        return
    sort = _sort(estate, principal)
    free = replace(principal, policies=replace(principal.policies, boundary=None))
    own = bound.split(":")[4:5] == [principal.account]  # not one of AWS's
    ways = (
        (BY_ID[f"{sort}-boundary-deleted"], principal.arn, Context({_BOUNDARY: (bound,)})),
        (BY_ID[f"{sort}-boundary-replaced"], principal.arn, Context({_BOUNDARY: (ADMINISTRATOR,)})),
        *([(ON_BOUNDARY, bound, EMPTY)] if own else []),
    )
    for method, arn, given in ways:
        for way in allowed_on(principal, method.actions[0], (arn,), given):
            yield Escalation((method,), way), free


def _undenied(estate: Estate, principal: Principal) -> tuple[Escalation, Principal] | None:
    """Return the principal without the policies that deny something and that it may get rid of."""
    denying = {each.name for each in principal.policies.identity.policies if denies(each)}
    if not denying:
        return None
    steps: list[Escalation] = []
    gone: set[str] = set()
    for method, arn, names, given in _removals(estate, principal, denying):
        for way in allowed_on(principal, method.actions[0], (arn,), given)[:1]:
            steps.append(Escalation((method,), way))
            gone |= names
    if not steps:
        return None
    whole = steps[0]
    for step in steps[1:]:
        whole = whole.then(step)
    return whole, without(principal, gone)


def _removals(
    estate: Estate, principal: Principal, denying: set[str]
) -> Iterator[tuple[Method, str, set[str], Context]]:
    """Yield how to be rid of each policy that denies: method, resource, policies, what is known."""
    sort = _sort(estate, principal)
    for at in estate.policies_of.get(principal.node, ()):
        name = estate.arn(at)
        if name not in denying:
            continue
        if "#" in name:  # an inline policy
            yield BY_ID[f"{sort}-policy-deleted"], principal.arn, {name}, EMPTY
        else:
            known = Context({_POLICY: (name,)})
            yield BY_ID[f"{sort}-policy-detached"], principal.arn, {name}, known
    for group in estate.groups_of.get(principal.node, ()):
        names = {estate.arn(at) for at in estate.policies_of.get(group, ())}
        if names & denying:
            yield BY_ID["group-left"], estate.arn(group), names, EMPTY


def without(principal: Principal, names: set[str]) -> Principal:
    """Return a principal without the policies of some names."""
    layer = principal.policies.identity
    kept = Layer(tuple(each for each in layer.policies if each.name not in names), layer.missing)
    return replace(principal, policies=replace(principal.policies, identity=kept))


def denies(policy: Policy) -> bool:
    """Return whether a policy denies anything."""
    return any(each.effect is Effect.DENY for each in policy.statements)


def _kind(estate: Estate, principal: Principal) -> str:
    return aws.USER.name if principal.node in estate.users else aws.ROLE.name


def _sort(estate: Estate, principal: Principal) -> str:
    return "user" if principal.node in estate.users else "role"
