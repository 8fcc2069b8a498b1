"""How a principal makes itself administrator of its account, method by method.

Each method ends in the same place: a role or user with every permission that the account's own
limits leave. So each asks at its end whether such a principal may create one more administrator.

Source: pathfinding.cloud by Datadog (Apache-2.0), catalogue of 2025-12-17, by the ids given;
Rhino Security Labs, AWS IAM privilege escalation methods, for SetDefaultPolicyVersion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Estate, Principal
from idgraph.derive.aws.grants import Targets, joined, may
from idgraph.derive.aws.policy import Context, Layer, Way, parse_policy
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.vocabulary import aws

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ALL = parse_policy("", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
_ATTACHING = Context({"iam:policyarn": (ADMINISTRATOR,)}, frozenset({"iam:permissionsboundary"}))
_UNBOUNDED = Context(absent=frozenset({"iam:permissionsboundary"}))
NEW = (  # a new role or user, with every permission
    ("new role, attached", ("iam:CreateRole", "iam:AttachRolePolicy")),
    ("new role, inline", ("iam:CreateRole", "iam:PutRolePolicy")),
    ("new user, attached", ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey")),
    ("new user, inline", ("iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey")),
)
ON_SELF = {  # by kind: what gives a principal a policy of its own making
    aws.USER.name: (("iam-007", "iam:PutUserPolicy"), ("iam-008", "iam:AttachUserPolicy")),
    aws.ROLE.name: (("iam-005", "iam:PutRolePolicy"), ("iam-009", "iam:AttachRolePolicy")),
}
ON_GROUP = (("iam-011", "iam:PutGroupPolicy"), ("iam-010", "iam:AttachGroupPolicy"))
ON_POLICY = ("iam-001", "iam:CreatePolicyVersion")
ON_VERSION = ("set-default-version", "iam:SetDefaultPolicyVersion")
INTO_GROUP = ("iam-013", "iam:AddUserToGroup")


@dataclass(frozen=True, slots=True)
class Escalation:
    """One way to be administrator of the account."""

    method: str
    way: Way


def escalations(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """Yield the ways in which a principal is, or makes itself, administrator of its account."""
    yield from _new(principal)
    yield from _by_grant(estate, principal)
    yield from _by_version(estate, principal)
    yield from _by_group(estate, principal)


def administers(principal: Principal) -> tuple[Way, ...]:
    """Return the ways in which a principal that has every permission may use them.

    Its boundary and the account's service control policies still bind it.
    """
    everything = replace(principal.policies, identity=Layer((_ALL,)))
    found = list(_new(replace(principal, policies=everything)))
    return tuple(each.way for each in found[:1])


def _new(principal: Principal) -> Iterator[Escalation]:
    for name, actions in NEW:
        given = _ATTACHING if any("Attach" in each for each in actions) else _UNBOUNDED
        ways = some(principal, actions, given)
        yield from (Escalation(name, way) for way in ways)
        if any(not way.needs for way in ways):
            return


def _then(method: str, ways: Sequence[Way], after: Sequence[Way]) -> Iterator[Escalation]:
    for way in ways:
        for end in after:
            yield Escalation(method, joined((way, end)))


def _by_grant(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """A policy put on or attached to the principal itself, its groups, or one that it has."""
    after = _when_granted(estate, principal)
    if not after:
        return
    kind = aws.USER.name if principal.node in estate.users else aws.ROLE.name
    bound = estate.boundary_arn(principal.node)
    given = Context({"iam:policyarn": (ADMINISTRATOR,)}, frozenset())
    given = given.having({"iam:permissionsboundary": (bound,)}) if bound else _ATTACHING
    for method, action in ON_SELF[kind]:
        yield from _then(method, _on(principal, action, (principal.arn,), given), after)
    groups = tuple(map(estate.arn, estate.groups_of.get(principal.node, ())))
    for method, action in ON_GROUP:
        yield from _then(method, _on(principal, action, groups, _ATTACHING), after)
    held = tuple(estate.arn(at) for at in estate.customer_policies(principal.node))
    yield from _then(ON_POLICY[0], _on(principal, ON_POLICY[1], held), after)


def _when_granted(estate: Estate, principal: Principal) -> tuple[Way, ...]:
    """Return how it would be administrator with every permission, its boundary away if it may."""
    after = administers(principal)
    if after or principal.policies.boundary is None:
        return after
    sort = "User" if principal.node in estate.users else "Role"
    away = _on(principal, f"iam:Delete{sort}PermissionsBoundary", (principal.arn,))
    free = replace(principal, policies=replace(principal.policies, boundary=None))
    return tuple(joined((way, end)) for way in away for end in administers(free))


def _by_version(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """An older version of a policy that it has, made the default again."""
    for at in estate.customer_policies(principal.node):
        ways = _on(principal, ON_VERSION[1], (estate.arn(at),))
        for policy in estate.versions(at).values() if ways else ():
            then = list(_new(principal.with_identity(policy)))
            yield from _then(ON_VERSION[0], ways, [each.way for each in then[:1]])


def _by_group(estate: Estate, principal: Principal) -> Iterator[Escalation]:
    """Membership of a group with more permissions."""
    if principal.node not in estate.users:
        return
    groups = estate.groups_in(principal.account)
    targets = Targets(groups, tuple(map(estate.arn, groups.tolist())))
    for grant in may(principal, INTO_GROUP[1], targets):
        for number in grant.at.tolist():
            policies = estate.layer(estate.policies_of.get(int(groups[number]), ()))[0].policies
            then = list(_new(principal.with_identity(*policies))) if policies else []
            yield from _then(INTO_GROUP[0], (grant.way,), [each.way for each in then[:1]])


def _on(
    principal: Principal, action: str, arns: Sequence[str], given: Context = EMPTY
) -> list[Way]:
    if not arns:
        return []
    targets = Targets(np.arange(len(arns), dtype=np.int32), tuple(arns))
    return [grant.way for grant in may(principal, action, targets, given)]
