"""Who is, or makes itself, administrator of an account."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.escalation import ON_POLICY, administers, escalations
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.granted import Granted
from idgraph.derive.aws.grants import joined, may, of_nodes
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.policy import Way
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import between

ADMINISTERS_ACCOUNT = EdgeKind(
    name="ADMINISTERS_ACCOUNT",
    reads="is, or can make itself, administrator of",
    ends=between((aws.USER, aws.ROLE, aws.ROOT_USER), (aws.ACCOUNT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Give any identity of the account any permission, within its service control policies.",
    verify="The statements named: together they allow it to create a principal with every "
    "permission, or to give one such permissions.",
    remove="Take away one of the permissions named, or set a permissions boundary that does not "
    "hold them.",
    logged="CloudTrail: CreateRole, AttachRolePolicy, PutRolePolicy, CreatePolicyVersion, "
    "AttachUserPolicy, PutUserPolicy, AddUserToGroup, CreateAccessKey.",
    frameworks=("ATT&CK:T1098.003", "ATT&CK:T1548.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="pathfinding.cloud (Datadog), iam-001 to iam-021; IAM User Guide: Permissions "
    "boundaries for IAM entities",
    misses="Two principals of whom only both together suffice; permissions of services that "
    "change policies by other names.",
)
ON_ROLE = ("iam:AttachRolePolicy", "iam:PutRolePolicy")  # iam-014, -017, -019, -021
ON_USER = ("iam:AttachUserPolicy", "iam:PutUserPolicy")  # iam-015, -018
_WAYS = 3  # shown of one principal, those with the fewest needs


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    granted = Granted(estate, findings, ADMINISTERS_ACCOUNT, "accounts")
    for principal in estate.principals:
        account = estate.accounts.get(principal.account, -1)
        for way in _ways(estate, trust, principal) if account >= 0 else ():
            granted.add(principal, way, (Head(account),))
    granted.close()
    for root in estate.of(aws.ROOT_USER.name).tolist():
        account = estate.accounts.get(estate.account_of.get(root, ""), -1)
        if account >= 0:
            row = snapshot.node_row[root]
            findings.link(ADMINISTERS_ACCOUNT, root, account, evidence=(row,))


def _ways(estate: Estate, trust: Trust, principal: Principal) -> list[Way]:
    """Return the ways with the fewest needs; one without any makes all others needless."""
    found: list[Way] = []
    for way in chain(escalations(estate, principal), _by_another(estate, trust, principal)):
        if not way.needs:
            return [way]
        found.append(way)
    return sorted(found, key=lambda way: (len(way.needs), sorted(map(str, way.needs))))[:_WAYS]


def _by_another(estate: Estate, trust: Trust, principal: Principal) -> Iterator[Way]:
    """Give another principal every permission, then become it."""
    yield from _by_role(estate, _Into(trust, principal))
    users = estate.users_in(principal.account)
    targets = of_nodes(estate, users)
    for grant in (each for action in ON_USER for each in may(principal, action, targets)):
        some = of_nodes(estate, users[grant.at])
        for key in may(principal, "iam:CreateAccessKey", some):
            for user in some.nodes[key.at].tolist():
                yield from _become(estate, principal, user, grant.way, [key.way])


def _by_role(estate: Estate, into: _Into) -> Iterator[Way]:
    """Give a role a policy, or write a new version of one that it has (iam-016, iam-020)."""
    principal = into.principal
    roles = estate.roles_in(principal.account)
    targets = of_nodes(estate, roles)
    for grant in (each for action in ON_ROLE for each in may(principal, action, targets)):
        for role in roles[grant.at].tolist():
            yield from _become(estate, principal, role, grant.way, into.ways(role))
    policies = positions(estate.roles_with)
    for grant in may(principal, ON_POLICY, of_nodes(estate, policies)):
        some = policies[grant.at].tolist()
        for role in dict.fromkeys(role for policy in some for role in estate.roles_with[policy]):
            yield from _become(estate, principal, role, grant.way, into.ways(role))


class _Into:
    """How one principal becomes which role of its account: by its trust policy, or a new one."""

    def __init__(self, trust: Trust, principal: Principal) -> None:
        self.trust = trust
        self.principal = principal
        self._known: dict[int, list[Way]] = {}

    @cached_property
    def _editing(self) -> dict[int, list[Way]]:
        estate = self.trust.estate
        roles = estate.roles_in(self.principal.account)
        found: dict[int, list[Way]] = {}
        for grant in may(self.principal, "iam:UpdateAssumeRolePolicy", of_nodes(estate, roles)):
            for role in roles[grant.at].tolist():
                found.setdefault(role, []).append(grant.way)
        return found

    def ways(self, role: int) -> list[Way]:
        """Return the ways to be a role."""
        if role not in self._known:
            by_trust = self.trust.principal(role, self.principal)
            self._known[role] = [*by_trust, *self._editing.get(role, ())]
        return self._known[role]


def _become(
    estate: Estate, principal: Principal, other: int, granted: Way, into: list[Way]
) -> Iterator[Way]:
    if other == principal.node:
        return
    after = administers(estate.by_node[other]) if into else ()
    yield from (joined((granted, way, end)) for way in into for end in after)


RULE = Rule(name="aws administrators", kinds=(ADMINISTERS_ACCOUNT,), find=_find)
