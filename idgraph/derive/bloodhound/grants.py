"""AZMGGrantRole, AZMGGrantAppRoles and AZExecuteCommand."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.bloodhound.holders import INTUNE_ADMIN
from idgraph.derive.bloodhound.products import by_member, by_permission, product
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.can_grant_role import CAN_GRANT_ROLE
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.permissions import (
    APP_ROLE_ASSIGNMENT_READ_WRITE_ALL,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
    holders,
)
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import HUB, between

BH_GRANT_APP_ROLES = EdgeKind(
    name="BH_GRANT_APP_ROLES",
    reads="can grant application permissions in",
    ends=between(entra.SERVICE_IDENTITIES, (entra.TENANT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Grant itself any application permission, and with it any directory role.",
    verify="The Microsoft Graph permissions of the service principal.",
    remove="Revoke the permission.",
    logged="Audit log, ApplicationManagement: Add app role assignment to service principal.",
    frameworks=("ATT&CK:T1098.003", "OWASP-NHI:NHI5:2025", "CSA-CCM:IAM-10"),
    source="BloodHound CE: AZMGGrantAppRoles",
    bloodhound="AZMGGrantAppRoles",
    misses="Directory roles that consent to application permissions have no such edge.",
)
BH_EXECUTE_COMMAND = EdgeKind(
    name="BH_EXECUTE_COMMAND",
    reads="can, by a role, run code on",
    ends=(
        *between((entra.USER, *entra.SERVICE_IDENTITIES), (HUB,)),
        (HUB, entra.DEVICE),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Deploy a script that runs as the system on the device.",
    verify="Holders of Intune Administrator; whether the device is enrolled.",
    remove="Take the role away.",
    logged="Intune audit log: creation and assignment of scripts.",
    frameworks=("ATT&CK:T1072", "NIST-CSF:PR.AA-05"),
    source="BloodHound CE: AZExecuteCommand",
    bloodhound="AZExecuteCommand",
    misses="Known errors: devices that nobody manages are not left out; the edge starts at the "
    "holder, so the role reached otherwise adds nobody.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    writers = by_permission(snapshot, ROLE_MANAGEMENT_READ_WRITE_DIRECTORY)
    product(links, CAN_GRANT_ROLE, "every role", writers, snapshot.is_kind(entra.ROLE.name))
    admins = by_member(snapshot, (INTUNE_ADMIN,))
    product(links, BH_EXECUTE_COMMAND, "Windows devices", admins, _windows(snapshot))
    links.close()
    _app_roles(snapshot, findings)


def _windows(snapshot: Snapshot) -> Bools:
    systems = snapshot.value("os")
    windows = np.array(["windows" in str(each or "").lower() for each in systems], bool)
    return windows & snapshot.is_kind(entra.DEVICE.name)


def _app_roles(snapshot: Snapshot, findings: Findings) -> None:
    granted = holders(
        snapshot, APP_ROLE_ASSIGNMENT_READ_WRITE_ALL, ROLE_MANAGEMENT_READ_WRITE_DIRECTORY
    )
    tenant = snapshot.positions(tenant_of(snapshot)[granted.at])
    known = (tenant >= 0) & snapshot.is_kind(entra.TENANT.name)[tenant]
    findings.link(
        BH_GRANT_APP_ROLES, granted.at[known], tenant[known], evidence=(granted.row[known],)
    )


RULE = Rule(
    name="bloodhound grants",
    kinds=(CAN_GRANT_ROLE, BH_GRANT_APP_ROLES, BH_EXECUTE_COMMAND),
    find=_find,
    nodes=(HUB,),
)
