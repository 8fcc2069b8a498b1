"""Who can add himself to which group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.owners import ownerships
from idgraph.derive.entra.permissions import (
    DIRECTORY_READ_WRITE_ALL,
    GROUP_MEMBER_READ_WRITE_ALL,
    GROUP_READ_WRITE_ALL,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
    holders,
)
from idgraph.derive.entra.roles import Actions, actions, can, roles_of
from idgraph.derive.entra.scoped import ScopedRole, ScopedRoles, blind_source, scoped_roles
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools, Ints, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import GROUP, ROLE, SERVICE_IDENTITIES, USER

NOT_ROLE_ASSIGNABLE = ASSUME.of("group_not_role_assignable")

_WRITABLE = r"(\.assignedmembership)?/((members|owners)/update|allproperties/(alltasks|update))"
_SECURITY = actions(rf"groups(\.security)?{_WRITABLE}")
_UNIFIED = actions(rf"groups(\.unified)?{_WRITABLE}")
_ASSIGNABLE = actions(rf"groupsassignabletoroles{_WRITABLE}")
_PLAIN = (GROUP_READ_WRITE_ALL, GROUP_MEMBER_READ_WRITE_ALL, DIRECTORY_READ_WRITE_ALL)
_ASSIGNS = (ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,)

CAN_ADD_MEMBER = EdgeKind(
    name="CAN_ADD_MEMBER",
    reads="can add members to",
    ends=(
        *between((USER, *SERVICE_IDENTITIES), (GROUP,)),
        *between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)),
        (HUB, GROUP),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Add one's own account and have everything that is granted to the group.",
    verify="Owners of the group; roles and Microsoft Graph permissions that update its members; "
    "whether the group is role-assignable, dynamic or synced.",
    remove="Remove the owner or the role; make a group that grants much role-assignable, or put "
    "it into a restricted management administrative unit.",
    logged="Audit log, GroupManagement: Add member to group, Add owner to group.",
    frameworks=("ATT&CK:T1098", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-07", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Group management permissions for custom roles; Default user "
    "permissions, Group owner permissions; Use Microsoft Entra groups to manage role assignments",
    bloodhound="AZAddMembers",
    misses="A role that may edit membership rules could write one that fits its holder, or turn "
    "the group into an assigned one; owners may not, by the documentation. Requests to join, "
    "access packages, eligible memberships, and members added on premises are not followed.",
)


@dataclass(frozen=True, slots=True)
class _Class:
    """Groups that the same actions and permissions write."""

    name: str
    about: str
    writes: Actions
    permissions: Sequence[str]
    members: Ints
    assignable: bool


@dataclass(frozen=True, slots=True)
class _Groups:
    """The groups of a snapshot whose members can be chosen at all."""

    tenant: Texts  # (n,)
    open: Bools  # (n,) neither dynamic nor synced
    assignable: Bools
    unified: Bools
    guards: tuple[Guards, ...]  # (n,)

    def classes(self, among: Ints) -> Iterator[_Class]:
        """Yield the classes that some nodes fall into."""
        among = among[self.open[among]]
        assignable, unified = self.assignable[among], self.unified[among]
        for name, about, writes, of_it in (
            ("security", "security groups", _SECURITY, ~assignable & ~unified),
            ("unified", "Microsoft 365 groups", _UNIFIED, ~assignable & unified),
        ):
            yield _Class(name, about, writes, _PLAIN, among[of_it], assignable=False)
        yield _Class(
            "role-assignable",
            "role-assignable groups",
            _ASSIGNABLE,
            _ASSIGNS,
            among[assignable],
            assignable=True,
        )


def _groups(snapshot: Snapshot) -> _Groups:
    group = snapshot.is_kind(GROUP.name)
    types = [
        tuple(str(each).lower() for each in said or ()) for said in snapshot.value("group_types")
    ]
    dynamic = np.array(["dynamicmembership" in each for each in types], bool)
    assignable = snapshot.true("role_assignable")
    undecided = group & ~assignable & ~snapshot.false("role_assignable")
    return _Groups(
        tenant_of(snapshot),
        group & ~snapshot.true("synced") & ~dynamic & ~_ruled(snapshot),
        assignable,
        np.array(["unified" in each for each in types], bool),
        tuple((NOT_ROLE_ASSIGNABLE,) if each else () for each in undecided),
    )


def _ruled(snapshot: Snapshot) -> Bools:
    """Return whether a rule decides who is a member, as far as it is not known to be paused."""
    pairs = zip(
        snapshot.value("membership_rule"), snapshot.value("membership_rule_state"), strict=True
    )
    return np.array([bool(rule) and str(state).lower() != "paused" for rule, state in pairs], bool)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    groups, scoped, links = _groups(snapshot), scoped_roles(snapshot), Links(findings)
    roles = roles_of(snapshot)
    tenants = {*roles.tenant, *groups.tenant[holders(snapshot, *_PLAIN, *_ASSIGNS).at]}
    for tenant in sorted(tenants):
        here = (groups.tenant == tenant) & _within_reach(groups, scoped)
        for each in groups.classes(np.flatnonzero(here).astype(np.int32)):
            _link_wide(snapshot, links, scoped, tenant, groups, each)
    _link_scoped(links, scoped, groups)
    _link_owners(snapshot, links, scoped, groups)
    links.close()


def _within_reach(groups: _Groups, scoped: ScopedRoles) -> Bools:
    """Leave out what a restricted unit keeps from tenant-wide roles.

    Role-assignable groups stay: their writers can take them out of the unit.
    """
    return groups.assignable | ~scoped.units.guarded


def _link_wide(
    snapshot: Snapshot,
    links: Links,
    scoped: ScopedRoles,
    tenant: str,
    groups: _Groups,
    targets: _Class,
) -> None:
    doubt = () if targets.assignable else scoped.units.doubt(tenant)
    able = (*_by_role(snapshot, tenant, targets), *_by_permission(snapshot, tenant, targets))
    blind = (role for role in scoped.blind(targets.writes) if role.tenant == tenant)
    sources = [each.with_guards(*doubt) for each in able]
    sources.extend(blind_source(links.findings, role) for role in blind)
    _through_hub(links, tenant, groups, targets, sources)


def _through_hub(
    links: Links, scope: str, groups: _Groups, targets: _Class, sources: Sequence[Source]
) -> None:
    guards = [groups.guards[each] for each in targets.members] if sources else ()
    hub = (f"{scope}:{targets.name}", f"{targets.about} ({CAN_ADD_MEMBER.reads})")
    links.through_hub(CAN_ADD_MEMBER, hub, sources, targets.members, guards)


def _by_role(snapshot: Snapshot, tenant: str, targets: _Class) -> Iterator[Source]:
    roles = roles_of(snapshot)
    for at, own, held in zip(roles.at, roles.tenant, roles.actions, strict=True):
        if own == tenant and can(held, targets.writes):
            yield Source(int(at), int(snapshot.node_row[at]))


def _by_permission(snapshot: Snapshot, tenant: str, targets: _Class) -> Iterator[Source]:
    granted, tenants = holders(snapshot, *targets.permissions), tenant_of(snapshot)
    for at, row in zip(granted.at, granted.row, strict=True):
        if tenants[at] == tenant:
            yield Source(int(at), int(row))


def _link_scoped(links: Links, scoped: ScopedRoles, groups: _Groups) -> None:
    by_scope: dict[str, list[ScopedRole]] = {}
    for role in scoped.all:
        if scoped.known(role):
            by_scope.setdefault(f"{role.tenant}:{role.scope.id}", []).append(role)
    for scope, roles in by_scope.items():
        for targets in groups.classes(scoped.targets(roles[0])):
            able = [role for role in roles if len(targets.members) and role.can(targets.writes)]
            sources = [Source(role.node(links.findings), role.row) for role in able]
            _through_hub(links, scope, groups, targets, sources)


def _link_owners(snapshot: Snapshot, links: Links, scoped: ScopedRoles, groups: _Groups) -> None:
    owned = ownerships(snapshot, *_PLAIN, *_ASSIGNS)
    owned = owned.where((groups.open & ~scoped.units.guarded)[owned.owned])
    doubt = [scoped.units.doubt(each) for each in groups.tenant[owned.owned]]
    guards = [(*one, *other) for one, other in zip(owned.guards, doubt, strict=True)]
    links.add(CAN_ADD_MEMBER, owned.owner, owned.owned, owned.row, guards)


RULE = Rule(
    name="entra group members",
    kinds=(CAN_ADD_MEMBER, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
