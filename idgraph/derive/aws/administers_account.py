"""Who is, or makes itself, administrator of an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.can_add_credential import MOST_KEYS, TWO_KEYS
from idgraph.derive.aws.can_pass_role import passed
from idgraph.derive.aws.escalation import (
    Escalation,
    administers,
    changeable,
    escalations,
    group_policies,
    is_administrator,
)
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.granted import Granted
from idgraph.derive.aws.grants import joined, may, may_all, may_at_all, of_nodes
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import BY_ID, Method, ids_for
from idgraph.derive.aws.policy import Way
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
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
    "allow it.",
    logged="CloudTrail: CreateRole, AttachRolePolicy, PutRolePolicy, CreatePolicyVersion, "
    "AttachUserPolicy, PutUserPolicy, AddUserToGroup, CreateAccessKey.",
    frameworks=("ATT&CK:T1098.003", "ATT&CK:T1548.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="IAM User Guide: Permissions boundaries for IAM entities; methods (pathfinding.cloud by "
    f"Datadog, where numbered): {ids_for('ADMINISTERS_ACCOUNT')}",
    misses="Two principals of whom only both together suffice; permissions of services that "
    "change policies by other names.",
)
_ON_ROLE = {  # by how the role is given more: by assuming it, and by editing its trust policy
    "iam:AttachRolePolicy": (BY_ID["iam-014"], BY_ID["iam-019"]),
    "iam:PutRolePolicy": (BY_ID["iam-017"], BY_ID["iam-021"]),
    "iam:CreatePolicyVersion": (BY_ID["iam-016"], BY_ID["iam-020"]),
}
_PASSED = {
    "iam:AttachRolePolicy": BY_ID["role-attached-passed"],
    "iam:PutRolePolicy": BY_ID["role-policy-passed"],
    "iam:CreatePolicyVersion": BY_ID["policy-version-passed"],
}
_ON_USER = {"iam:AttachUserPolicy": BY_ID["iam-015"], "iam:PutUserPolicy": BY_ID["iam-018"]}
_ON_GROUP = {
    "iam:PutGroupPolicy": BY_ID["group-user-key"],
    "iam:AttachGroupPolicy": BY_ID["group-attached-user-key"],
}
_NEW_VERSION = "iam:CreatePolicyVersion"
_JOIN = "iam:AddUserToGroup"
_FOR_USERS = (*_ON_USER, *_ON_GROUP, _NEW_VERSION, _JOIN)  # what gives a user more
_OF_USER = BY_ID["policy-version-user-key"]
_ADDED = BY_ID["added-user-key"]
_WAYS = 3  # shown of one principal, those with the fewest needs


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    others = _Others(trusts(snapshot))
    granted = Granted(estate, findings, ADMINISTERS_ACCOUNT, "accounts")
    for principal in estate.principals:
        account = estate.accounts.get(principal.account, -1)
        for found in _ways(others, principal) if account >= 0 else ():
            granted.add(principal, found.way, (Head(account),), by=found.by)
    granted.close()
    for root in estate.of(aws.ROOT_USER.name).tolist():
        account = estate.accounts.get(estate.account_of.get(root, ""), -1)
        if account >= 0:
            row = snapshot.node_row[root]
            findings.link(ADMINISTERS_ACCOUNT, root, account, evidence=(row,))


def _ways(others: _Others, principal: Principal) -> list[Escalation]:
    """Return the ways with the fewest needs; one without any makes all others needless."""
    found: list[Escalation] = []
    for each in chain(escalations(others.estate, principal), _by_another(others, principal)):
        if not each.way.needs:
            return [each]
        found.append(each)
    return sorted(found, key=lambda each: (len(each.way.needs), sorted(map(str, each.way.needs))))[
        :_WAYS
    ]


class _Others:
    """What each principal could do with every permission, found once for all who give it them."""

    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self.estate = trust.estate
        self._after: dict[int, tuple[Escalation, ...]] = {}

    def after(self, node: int) -> tuple[Escalation, ...]:
        """Return how a principal uses every permission, if it may."""
        if node not in self._after:
            self._after[node] = administers(self.estate, self.estate.by_node[node])
        return self._after[node]

    @cached_property
    def policies_of_roles(self) -> Ints:
        """The managed policies of the accounts' own that roles have."""
        return positions(self.estate.roles_with)

    @cached_property
    def policies_of_users(self) -> Ints:
        """The managed policies of the accounts' own that users have."""
        return positions(self.users_with)

    @cached_property
    def groups_of_users(self) -> Ints:
        """The groups that have a member."""
        return positions(self.users_of)

    @cached_property
    def users_of(self) -> dict[int, tuple[int, ...]]:
        """The users in each group."""
        found: dict[int, list[int]] = defaultdict(list)
        for user, groups in sorted(self.estate.groups_of.items()):
            for group in groups if user in self.estate.users else ():
                found[group].append(user)
        return {group: tuple(users) for group, users in found.items()}

    @cached_property
    def users_with(self) -> dict[int, tuple[int, ...]]:
        """The users that have each managed policy of the account's own, by a group or not."""
        found: dict[int, list[int]] = defaultdict(list)
        for user in sorted(self.estate.users):
            for policy in self.estate.customer_policies(user):
                found[policy].append(user)
        return {policy: tuple(users) for policy, users in found.items()}


def _by_another(others: _Others, principal: Principal) -> Iterator[Escalation]:
    """Give another principal every permission, then become it."""
    yield from _by_role(others, _Into(others.trust, principal))
    grants = any(may_at_all(principal, action) for action in _FOR_USERS)
    keys = _keys(others.estate, principal) if grants else {}
    if keys:
        yield from _by_user(others, principal, keys)
        yield from _by_added(others, principal, keys)
    yield from _by_passing(others, principal)


def _by_role(others: _Others, into: _Into) -> Iterator[Escalation]:
    """Give a role a policy, or write a new version of one that it has (iam-016, iam-020)."""
    principal = into.principal
    for action, methods in _ON_ROLE.items():
        for grant, role in _given(others, principal, action):
            for method, ways in zip(methods, into.ways(role), strict=True):
                yield from _become(others, principal, role, method, (grant,), ways)


def _by_passing(others: _Others, principal: Principal) -> Iterator[Escalation]:
    """Give a role more, then run a workload of one's own with it."""
    given = {action: list(_given(others, principal, action)) for action in _PASSED}
    if not any(given.values()):
        return
    for each in passed(others.trust, principal):
        roles = set(each.roles)
        for action, method in _PASSED.items():
            for grant, role in given[action]:
                ways = each.trusting[role] if role in roles else ()
                into = [joined((each.way, way)) for way in ways]
                yield from _become(others, principal, role, method, (grant,), into)


def _given(others: _Others, principal: Principal, action: str) -> Iterator[tuple[Way, int]]:
    """Yield the roles to which a principal may give more by an action, and how."""
    estate = others.estate
    on_policy = action == _NEW_VERSION
    nodes = others.policies_of_roles if on_policy else changeable(estate, principal.account)
    for grant in may(principal, action, of_nodes(estate, nodes)):
        at = nodes[grant.at].tolist()
        if on_policy:
            at = list(dict.fromkeys(role for policy in at for role in estate.roles_with[policy]))
        yield from ((grant.way, role) for role in at)


def _by_user(
    others: _Others, principal: Principal, keys: Mapping[int, list[Way]]
) -> Iterator[Escalation]:
    """Give a user, its group or a policy that it has more, then make a key of the user."""
    estate = others.estate
    users = estate.users_in(principal.account)
    groups, policies = others.groups_of_users, others.policies_of_users
    given: list[tuple[str, Method, Ints, Mapping[int, tuple[int, ...]] | None]] = [
        *((action, method, users, None) for action, method in _ON_USER.items()),
        *((action, method, groups, others.users_of) for action, method in _ON_GROUP.items()),
        (_NEW_VERSION, _OF_USER, policies, others.users_with),
    ]
    for action, method, nodes, of in given:
        for grant in may(principal, action, of_nodes(estate, nodes)):
            for at in nodes[grant.at].tolist():
                for user in (at,) if of is None else of[at]:
                    some = keys.get(user, [])
                    yield from _become(others, principal, user, method, (grant.way,), some)


def _by_added(
    others: _Others, principal: Principal, keys: Mapping[int, list[Way]]
) -> Iterator[Escalation]:
    """Add a user to a group of administrators, then make a key of the user."""
    estate = others.estate
    groups = estate.groups_in(principal.account)
    for grant in may(principal, _JOIN, of_nodes(estate, groups)):
        for group in groups[grant.at].tolist():
            policies = group_policies(estate, group)
            for user, ways in keys.items() if policies else ():
                after = estate.by_node[user].with_identity(*policies)
                if is_administrator(after):
                    yield from (Escalation((_ADDED,), joined((grant.way, way))) for way in ways)
                    break  # one user is enough


def _keys(estate: Estate, principal: Principal) -> dict[int, list[Way]]:
    """Return how a principal makes a key of each user but itself, where there may be room."""
    users = estate.users_in(principal.account)
    found: dict[int, list[Way]] = defaultdict(list)
    targets = of_nodes(estate, users)
    for grant in may(principal, "iam:CreateAccessKey", targets):
        for user in users[grant.at].tolist():
            count = estate.snapshot.node_properties[user].get("access_keys")
            if user != principal.node and not (isinstance(count, int) and count >= MOST_KEYS):
                needs = frozenset() if isinstance(count, int) else frozenset({TWO_KEYS})
                found[user].append(Way(grant.way.needs | needs, grant.way.statements))
    for grant in may_all(principal, ("iam:CreateAccessKey", "iam:DeleteAccessKey"), targets):
        for user in users[grant.at].tolist():
            if user != principal.node:
                found[user].append(grant.way)
    return dict(found)


class _Into:
    """How one principal becomes which role of its account: by its trust policy, or a new one."""

    def __init__(self, trust: Trust, principal: Principal) -> None:
        self.trust = trust
        self.principal = principal
        self._known: dict[int, tuple[list[Way], list[Way]]] = {}

    @cached_property
    def _editing(self) -> dict[int, list[Way]]:
        estate = self.trust.estate
        roles = changeable(estate, self.principal.account)
        found: dict[int, list[Way]] = {}
        for grant in may(self.principal, "iam:UpdateAssumeRolePolicy", of_nodes(estate, roles)):
            for role in roles[grant.at].tolist():
                found.setdefault(role, []).append(grant.way)
        return found

    def ways(self, role: int) -> tuple[list[Way], list[Way]]:
        """Return the ways to be a role: as its trust policy stands, and with another one."""
        if role not in self._known:
            by_trust = list(self.trust.principal(role, self.principal))
            self._known[role] = by_trust, self._editing.get(role, [])
        return self._known[role]


def _become(
    others: _Others,
    principal: Principal,
    other: int,
    method: Method,
    granted: Iterable[Way],
    into: Sequence[Way],
) -> Iterator[Escalation]:
    if other == principal.node or not into:
        return
    for end in others.after(other):
        for way in into:
            yield Escalation((method,), joined((*granted, way))).then(end)


RULE = Rule(name="aws administrators", kinds=(ADMINISTERS_ACCOUNT,), find=_find)
