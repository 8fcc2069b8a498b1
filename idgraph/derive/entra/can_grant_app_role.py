"""Who can grant application permissions, and so become Global Administrator in two calls."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.permissions import APP_ROLE_ASSIGNMENT_READ_WRITE_ALL, holders
from idgraph.derive.entra.tenants import global_administrator
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES

CAN_GRANT_APP_ROLE = EdgeKind(
    name="CAN_GRANT_APP_ROLE",
    reads="can grant itself the permissions of",
    ends=between(SERVICE_IDENTITIES, (ROLE, POWER)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Grant itself RoleManagement.ReadWrite.Directory, then assign itself Global "
    "Administrator.",
    verify="The application permissions of the service principal: "
    "AppRoleAssignment.ReadWrite.All of Microsoft Graph.",
    remove="Revoke the permission; let an administrator consent instead.",
    logged="Audit log, ApplicationManagement: Add app role assignment to service principal; then "
    "RoleManagement: Add member to role.",
    frameworks=("ATT&CK:T1098.003", "OWASP-NHI:NHI5:2025", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Microsoft Graph permissions reference, "
    "AppRoleAssignment.ReadWrite.All; Grant an appRoleAssignment to a service principal",
    bloodhound="AZMGGrantAppRoles",
    misses="Roles that consent to permissions of other interfaces than Microsoft Graph.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    granted, tenant = holders(snapshot, APP_ROLE_ASSIGNMENT_READ_WRITE_ALL), tenant_of(snapshot)
    for at, row in zip(granted.at, granted.row, strict=True):
        if tenant[at]:
            target = global_administrator(findings, str(tenant[at]))
            findings.link(CAN_GRANT_APP_ROLE, at, target, evidence=(row,))


RULE = Rule(
    name="entra application permissions", kinds=(CAN_GRANT_APP_ROLE,), find=_find, nodes=(POWER,)
)
