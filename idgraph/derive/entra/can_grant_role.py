"""Who can assign directory roles, and so hold any of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from idgraph.catalogue import APPROVAL, PIM, EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.activation import needs_approval
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.permissions import (
    ROLE_ASSIGNMENT_SCHEDULE_READ_WRITE,
    ROLE_ELIGIBILITY_SCHEDULE_READ_WRITE,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
    holders,
)
from idgraph.derive.entra.roles import actions, can, roles_of
from idgraph.derive.entra.scoped import scoped_roles, self_granted
from idgraph.derive.entra.tenants import global_administrator
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES

_ASSIGNS_ROLES = actions(r"roleassignments/(create|allproperties/(alltasks|update))")
_ASSIGNING = (ROLE_MANAGEMENT_READ_WRITE_DIRECTORY, ROLE_ASSIGNMENT_SCHEDULE_READ_WRITE)

CAN_GRANT_ROLE = EdgeKind(
    name="CAN_GRANT_ROLE",
    reads="can assign",
    ends=(
        *between((ROLE, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (ROLE, POWER)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Assign any directory role to oneself, Global Administrator among them, and a role at "
    "a restricted administrative unit, too.",
    verify="Holders of Privileged Role Administrator and Global Administrator, and of the "
    "Microsoft Graph permissions that write role assignments.",
    remove="Take the role or the permission away; keep the remaining holders eligible, with "
    "approval by somebody else.",
    logged="Audit log, RoleManagement: Add member to role, Add eligible member to role, Add "
    "member to role scoped over Restricted Management Administrative Unit.",
    frameworks=(
        "ATT&CK:T1098.003",
        "NIST-CSF:PR.AA-05",
        "CSA-CCM:IAM-09",
        "CSA-CCM:IAM-10",
        "OWASP-NHI:NHI5:2025",
    ),
    source="Microsoft Learn: Microsoft Entra built-in roles; Restricted management administrative "
    "units; Microsoft Graph permissions reference",
    bloodhound="AZMGGrantRole",
    misses="Custom roles are judged by their actions, though the platform offers them none of "
    "these. Who may write eligibilities only needs a person's account to use one, and with an "
    "approver's account opens no gate. Approving an activation gives the approver nothing.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links, tenant = Links(findings), tenant_of(snapshot)
    roles = roles_of(snapshot)
    eligible = list(_by_permission(snapshot, (ROLE_ELIGIBILITY_SCHEDULE_READ_WRITE,)))
    granting = [*_by_role(snapshot), *_by_permission(snapshot, _ASSIGNING)]
    for own in sorted({str(tenant[each.node]) for each in (*granting, *eligible)} - {""}):
        here = roles.at[roles.tenant == own]
        _link_all(links, own, [each for each in granting if tenant[each.node] == own], here)
        able = [each for each in eligible if tenant[each.node] == own]
        _link_eligible(snapshot, links, own, able, here)
    links.close()


def _by_role(snapshot: Snapshot) -> Iterator[Source]:
    roles = roles_of(snapshot)
    for at, held in zip(roles.at, roles.actions, strict=True):
        if can(held, _ASSIGNS_ROLES):
            yield Source(int(at), int(snapshot.node_row[at]))


def _by_permission(snapshot: Snapshot, permissions: tuple[str, ...]) -> Iterator[Source]:
    granted = holders(snapshot, *permissions)
    for at, row in zip(granted.at, granted.row, strict=True):
        yield Source(int(at), int(row))


def _link_all(links: Links, tenant: str, sources: list[Source], roles: Ints) -> None:
    """Link every role of the tenant, and what can be taken over its restricted units."""
    findings = links.findings
    highest = global_administrator(findings, tenant)
    over_units = self_granted(scoped_roles(findings.snapshot), tenant)
    powers = {highest, *(role.node(findings) for role in over_units)}
    targets = np.array(sorted(powers | set(roles.tolist())), np.int32)
    links.through_hub(CAN_GRANT_ROLE, (f"{tenant}:roles", "every directory role"), sources, targets)


def _link_eligible(
    snapshot: Snapshot, links: Links, tenant: str, sources: list[Source], roles: Ints
) -> None:
    """Link roles that a source can only make somebody eligible for: activation is a guard."""
    guards = [_activation(snapshot, role) for role in roles.tolist()]
    hub = (f"{tenant}:eligible-roles", "every directory role, by eligibility")
    links.through_hub(CAN_GRANT_ROLE, hub, sources, roles, guards)


def _activation(snapshot: Snapshot, role: int) -> Guards:
    role_id = str(snapshot.ids[role])
    approved = (APPROVAL.of(role_id),) if needs_approval(snapshot, role) else ()
    return (PIM.of(role_id), *approved)


RULE = Rule(name="entra role assignments", kinds=(CAN_GRANT_ROLE,), find=_find, nodes=(HUB, POWER))
