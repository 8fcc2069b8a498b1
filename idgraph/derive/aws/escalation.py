"""How a principal makes itself administrator of its account, method by method.

Each method ends in the same place: a role or user with every permission that the account's own
limits leave. So each asks at its end whether such a principal may create one more administrator.

Source: pathfinding.cloud by Datadog (Apache-2.0), catalogue of 2025-12-17, by the ids noted;
Rhino Security Labs, AWS IAM privilege escalation methods, for SetDefaultPolicyVersion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Estate, Principal
from idgraph.derive.aws.grants import joined, may, of_arns, of_nodes
from idgraph.derive.aws.policy import EVERYTHING, Context, Layer, Way
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.vocabulary import aws

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ATTACHING = Context({"iam:policyarn": (ADMINISTRATOR,)}, frozenset({"iam:permissionsboundary"}))
_UNBOUNDED = Context(absent=frozenset({"iam:permissionsboundary"}))
NEW = (  # a new role or user, with every permission
    ("iam:CreateRole", "iam:AttachRolePolicy"),
    ("iam:CreateRole", "iam:PutRolePolicy"),
    ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"),
    ("iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"),
)
ON_SELF = {  # by kind: what gives a principal a policy of its own making
    aws.USER.name: ("iam:PutUserPolicy", "iam:AttachUserPolicy"),  # iam-007, iam-008
    aws.ROLE.name: ("iam:PutRolePolicy", "iam:AttachRolePolicy"),  # iam-005, iam-009
}
ON_GROUP = ("iam:PutGroupPolicy", "iam:AttachGroupPolicy")  # iam-011, iam-010
ON_POLICY = "iam:CreatePolicyVersion"  # iam-001
ON_VERSION = "iam:SetDefaultPolicyVersion"
INTO_GROUP = "iam:AddUserToGroup"  # iam-013


def escalations(estate: Estate, principal: Principal) -> Iterator[Way]:
    """Yield the ways in which a principal is, or makes itself, administrator of its account."""
    yield from _new(principal)
    yield from _by_grant(estate, principal)
    yield from _by_version(estate, principal)
    yield from _by_group(estate, principal)


def administers(principal: Principal) -> tuple[Way, ...]:
    """Return the way in which a principal that has every permission may use them, none if none.

    Its boundary and the account's service control policies still bind it.
    """
    everything = replace(principal.policies, identity=Layer((EVERYTHING,)))
    return _first(replace(principal, policies=everything))


def _new(principal: Principal) -> Iterator[Way]:
    for actions in NEW:
        given = _ATTACHING if any("Attach" in each for each in actions) else _UNBOUNDED
        ways = some(principal, actions, given)
        yield from ways
        if any(not way.needs for way in ways):
            return


def _first(principal: Principal) -> tuple[Way, ...]:
    return tuple(islice(_new(principal), 1))


def _then(ways: Sequence[Way], after: Sequence[Way]) -> Iterator[Way]:
    yield from (joined((way, end)) for way in ways for end in after)


def _by_grant(estate: Estate, principal: Principal) -> Iterator[Way]:
    """A policy put on or attached to the principal itself, its groups, or one that it has."""
    after = _when_granted(estate, principal)
    if not after:
        return
    kind = aws.USER.name if principal.node in estate.users else aws.ROLE.name
    bound = estate.boundary_arn(principal.node)
    given = Context({"iam:policyarn": (ADMINISTRATOR,)}, frozenset())
    given = given.having({"iam:permissionsboundary": (bound,)}) if bound else _ATTACHING
    for action in ON_SELF[kind]:
        yield from _then(_on(principal, action, (principal.arn,), given), after)
    groups = tuple(map(estate.arn, estate.groups_of.get(principal.node, ())))
    for action in ON_GROUP:
        yield from _then(_on(principal, action, groups, _ATTACHING), after)
    held = tuple(estate.arn(at) for at in estate.customer_policies(principal.node))
    yield from _then(_on(principal, ON_POLICY, held), after)


def _when_granted(estate: Estate, principal: Principal) -> tuple[Way, ...]:
    """Return how it would be administrator with every permission, its boundary away if it may."""
    after = administers(principal)
    if after or principal.policies.boundary is None:
        return after
    sort = "User" if principal.node in estate.users else "Role"
    away = _on(principal, f"iam:Delete{sort}PermissionsBoundary", (principal.arn,))
    free = replace(principal, policies=replace(principal.policies, boundary=None))
    return tuple(_then(away, administers(free)))


def _by_version(estate: Estate, principal: Principal) -> Iterator[Way]:
    """An older version of a policy that it has, made the default again."""
    for at in estate.customer_policies(principal.node):
        ways = _on(principal, ON_VERSION, (estate.arn(at),))
        for policy in estate.versions(at).values() if ways else ():
            yield from _then(ways, _first(principal.with_identity(policy)))


def _by_group(estate: Estate, principal: Principal) -> Iterator[Way]:
    """Membership of a group with more permissions."""
    if principal.node not in estate.users:
        return
    groups = estate.groups_in(principal.account)
    for grant in may(principal, INTO_GROUP, of_nodes(estate, groups)):
        for number in grant.at.tolist():
            policies = estate.layer(estate.policies_of.get(int(groups[number]), ()))[0].policies
            then = _first(principal.with_identity(*policies)) if policies else ()
            yield from _then((grant.way,), then)


def _on(
    principal: Principal, action: str, arns: Sequence[str], given: Context = EMPTY
) -> list[Way]:
    return [grant.way for grant in may(principal, action, of_arns(arns), given)]
