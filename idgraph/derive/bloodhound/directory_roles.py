"""Directory roles in BloodHound CE: scope is ignored, eligibility and approval are walked."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.bloodhound import holders as roles
from idgraph.derive.bloodhound.holders import (
    application_admins,
    roles_by_tenant,
    scoped,
)
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.can_activate_role import CAN_ACTIVATE_ROLE
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import between

_VERIFY = "Entra admin center, Roles and administrators, Assignments of the role."
_LOGGED = "Audit log, RoleManagement."
_FRAMEWORKS = ("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10", "ATT&CK:T1078.004")

BH_HAS_ROLE = EdgeKind(
    name="BH_HAS_ROLE",
    reads="holds, to BloodHound CE over the whole tenant,",
    ends=between(entra.PRINCIPALS, (entra.ROLE,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Every action of the role, though over one unit or object only.",
    verify=_VERIFY,
    remove="Remove the assignment.",
    logged=_LOGGED,
    frameworks=_FRAMEWORKS,
    source="BloodHound CE: AZHasRole",
    bloodhound="AZHasRole",
    misses="Known error (BloodHound issue 942): the scope of the assignment is ignored.",
)
BH_APP_ADMIN = EdgeKind(
    name="BH_APP_ADMIN",
    reads="is an application administrator of",
    ends=between(entra.PRINCIPALS, entra.SERVICE_IDENTITIES),
    flow=Flow.CONTROL,
    derived=True,
    allows="Add a credential to the application and sign in as it.",
    verify=_VERIFY,
    remove="Remove the assignment.",
    logged="Audit log, ApplicationManagement: Add service principal credentials.",
    frameworks=("ATT&CK:T1098.001", "NIST-CSF:PR.AA-05"),
    source="BloodHound CE: AZAppAdmin, AZCloudAppAdmin",
    bloodhound="AZAppAdmin, AZCloudAppAdmin",
    misses="Known error: at a registration the edge ends at a node that is no application there, "
    "so it is left out here.",
)
BH_ROLE_APPROVER = EdgeKind(
    name="BH_ROLE_APPROVER",
    reads="approves, which BloodHound CE walks, activations of",
    ends=between((entra.USER, entra.GROUP, entra.ROLE), (entra.ROLE,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Approve somebody else's activation of the role; it gives the approver nothing.",
    verify="Privileged Identity Management, settings of the role, approvers.",
    remove="Name other approvers.",
    logged="Audit log, RoleManagement: approval of an activation request.",
    frameworks=_FRAMEWORKS,
    source="BloodHound CE: AZRoleApprover",
    bloodhound="AZRoleApprover",
    misses="Known error: to approve is taken for holding the role.",
)
BH_DIRECTORY_ADMIN = EdgeKind(
    name="BH_DIRECTORY_ADMIN",
    reads="is, to BloodHound CE, in control of",
    ends=between(entra.PRINCIPALS, (entra.TENANT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Act as Global, Privileged Role or Privileged Authentication Administrator.",
    verify=_VERIFY,
    remove="Remove the assignment.",
    logged=_LOGGED,
    frameworks=_FRAMEWORKS,
    source="BloodHound CE: AZGlobalAdmin, AZPrivilegedRoleAdmin, AZPrivilegedAuthAdmin",
    bloodhound="AZGlobalAdmin, AZPrivilegedRoleAdmin, AZPrivilegedAuthAdmin",
    misses="Known errors: a role that is reached without being held adds nobody; a scope is "
    "ignored; a Privileged Authentication Administrator is taken for the whole tenant's.",
)

_DIRECTORY_ADMINS = (
    roles.GLOBAL_ADMIN,
    roles.PRIVILEGED_ROLE_ADMIN,
    roles.PRIVILEGED_AUTH_ADMIN,
)
_DEFAULT_APPROVERS = (roles.GLOBAL_ADMIN, roles.PRIVILEGED_ROLE_ADMIN)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    _scoped(snapshot, findings)
    _eligible(snapshot, findings)
    _approvers(snapshot, findings)
    _directory_admins(snapshot, findings)


def _scoped(snapshot: Snapshot, findings: Findings) -> None:
    table, role = scoped(snapshot)
    narrow = application_admins(snapshot)
    at = np.flatnonzero((role >= 0) & ~narrow)
    findings.link(BH_HAS_ROLE, table.source[at], role[at], evidence=(table.row[at],))

    principal = snapshot.is_kind(*(kind.name for kind in entra.SERVICE_IDENTITIES))
    own = table.where(narrow & principal[table.target])
    findings.link(BH_APP_ADMIN, own.source, own.target, evidence=(own.row,))


def _eligible(snapshot: Snapshot, findings: Findings) -> None:
    """Find the eligible roles as held: activation, its second factor and approval are ignored."""
    table = snapshot.edges[entra.ELIGIBLE_FOR.name]
    wide = np.array([each in {"", "/"} for each in table.text("directory_scope")], bool)
    service = snapshot.is_kind(*(kind.name for kind in entra.SERVICE_IDENTITIES))
    table = table.where(wide & ~service[table.source])
    findings.link(CAN_ACTIVATE_ROLE, table.source, table.target, evidence=(table.row,))


def _approvers(snapshot: Snapshot, findings: Findings) -> None:
    asks = snapshot.is_kind(entra.ROLE.name) & snapshot.true("activation_requires_approval")
    table = snapshot.edges[entra.APPROVES_ACTIVATION.name]
    table = table.where(asks[table.target])
    findings.link(BH_ROLE_APPROVER, table.source, table.target, evidence=(table.row,))

    unnamed = asks.copy()
    unnamed[table.target] = False
    _default_approvers(snapshot, findings, unnamed)


def _default_approvers(snapshot: Snapshot, findings: Findings, unnamed: Bools) -> None:
    """Where nobody is named, Global and Privileged Role Administrators approve."""
    tenant = tenant_of(snapshot)
    for each, approvers in roles_by_tenant(snapshot, _DEFAULT_APPROVERS).items():
        asking = np.flatnonzero(unnamed & (tenant == each))
        for role in approvers:
            rows = snapshot.node_row[asking]
            findings.link(BH_ROLE_APPROVER, role, asking, evidence=(rows,))


def _directory_admins(snapshot: Snapshot, findings: Findings) -> None:
    held = roles.members(snapshot, _DIRECTORY_ADMINS)
    tenant = snapshot.positions(tenant_of(snapshot)[held.role])
    known = np.flatnonzero((tenant >= 0) & snapshot.is_kind(entra.TENANT.name)[tenant])
    findings.link(
        BH_DIRECTORY_ADMIN, held.principal[known], tenant[known], evidence=(held.row[known],)
    )


RULE = Rule(
    name="bloodhound directory roles",
    kinds=(BH_HAS_ROLE, BH_APP_ADMIN, CAN_ACTIVATE_ROLE, BH_ROLE_APPROVER, BH_DIRECTORY_ADMIN),
    find=_find,
)
