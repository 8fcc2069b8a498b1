"""Activations that somebody else has to approve: the requester and the approver are two accounts.

Beside the gate stands the activation guarded by `approval:<role>`, so that a gate that stays shut
says what is missing. The requester stands for its leg as an account, so the account itself leads
to the leg, without a guard for its second factor: whatever leads to an account asks for that
factor already, or gives it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.activation import (
    Eligibility,
    eligibilities,
    needs_approval,
    request_guards,
    without_factor,
)
from idgraph.derive.entra.can_activate_role import CAN_ACTIVATE_ROLE
from idgraph.derive.entra.can_elevate_access import (
    CAN_ELEVATE_ACCESS,
    ELEVATING,
    root_power,
)
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from idgraph.derive.entra.tenants import administered_tenants, role_nodes
from idgraph.derive.gates import IS_LEG_OF, gate, leg
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import GATE, LEG, POWER, between
from idgraph.vocabulary.entra import APPROVES_ACTIVATION, GROUP, ROLE, USER

CAN_REQUEST_ACTIVATION = EdgeKind(
    name="CAN_REQUEST_ACTIVATION",
    reads="can ask for",
    ends=between((USER, GROUP), (LEG,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Ask for the activation of the role; somebody else has to approve it within a day.",
    verify="Eligible assignments of the role, and its settings: second factor, authentication "
    "context.",
    remove="Remove the eligible assignment.",
    logged="Audit log, RoleManagement: Add member to role requested (PIM activation).",
    frameworks=("ATT&CK:T1548.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10", "CSA-CCM:IAM-11"),
    source="Microsoft Learn: Configure Microsoft Entra role settings in Privileged Identity "
    "Management; Activate a Microsoft Entra role",
    misses="As CAN_ACTIVATE_ROLE.",
)

CAN_APPROVE_ACTIVATION = EdgeKind(
    name="CAN_APPROVE_ACTIVATION",
    reads="can approve",
    ends=between((USER, GROUP, ROLE), (LEG,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Approve the activation that another account asked for; it gives the approver nothing, "
    "and nobody approves a request of his own.",
    verify="Role settings, Activation: approvers. Where none is named, the active holders of "
    "Privileged Role Administrator and of Global Administrator approve.",
    remove="Name approvers whom nobody can reset who can also reset an eligible account.",
    logged="Audit log, RoleManagement: Add member to role request approved (PIM activation).",
    frameworks=("ATT&CK:T1548.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-04", "CSA-CCM:IAM-11"),
    source="Microsoft Learn: Configure Microsoft Entra role settings in Privileged Identity "
    "Management; Approve or deny requests for Microsoft Entra roles",
    bloodhound="AZRoleApprover",
    misses="Service principals cannot approve, but one in a group of approvers, or with one of "
    "the two roles, is taken for an approver. Approval of memberships of groups and of Azure "
    "roles, which are not exported. Approval of role activations has one stage.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    asked: dict[int, list[Eligibility]] = {}
    for each in eligibilities(snapshot):
        if needs_approval(snapshot, each.role):
            asked.setdefault(each.role, []).append(each)
    elevating = _elevating(snapshot)
    for role, some in asked.items():
        approver = _approver_leg(snapshot, links, role)
        for target, same in _by_target(findings, some):
            opened = _link_gate(links, role, target, same, approver)
            if target in elevating:
                power = root_power(findings, elevating[target])
                links.add(CAN_ELEVATE_ACCESS, opened, power, int(snapshot.node_row[role]))
    links.close()


def _elevating(snapshot: Snapshot) -> dict[int, str]:
    """Return the roles whose holders elevate their access in Azure, with their tenants.

    Whoever activates is a person, so the gate leads there without the doubt that a role has.
    """
    return {
        int(role): tenant
        for tenant in administered_tenants(snapshot)
        for template in ELEVATING
        for role in role_nodes(snapshot, tenant, template)
    }


def _by_target(
    findings: Findings, some: list[Eligibility]
) -> Iterator[tuple[int, list[Eligibility]]]:
    found: dict[int, list[Eligibility]] = {}
    for each in some:
        found.setdefault(each.target(findings), []).append(each)
    yield from found.items()


def _link_gate(
    links: Links, role: int, target: int, eligible: list[Eligibility], approver: int
) -> int:
    snapshot = links.findings.snapshot
    at_scope = eligible[0].narrower
    subject = at_scope.id if at_scope else str(snapshot.ids[role])
    name = at_scope.name(snapshot) if at_scope else str(snapshot.names[role])
    requester = leg(links, "requester", subject, f"an activation of {name}")
    for each in eligible:
        asked = request_guards(snapshot, role, each.principal)
        guards = without_factor(snapshot, asked, each.principal)
        links.add(CAN_REQUEST_ACTIVATION, each.principal, requester, each.row, guards)
    row = int(snapshot.node_row[role])
    opened = gate(links, subject, "requester and approver together", (requester, approver), row)
    links.add(CAN_ACTIVATE_ROLE, opened, target, row)
    return opened


def _approver_leg(snapshot: Snapshot, links: Links, role: int) -> int:
    """Return the leg of a role's approvers, one for all its scopes."""
    words = f"activations of {snapshot.names[role]}"
    approver = leg(links, "approver", str(snapshot.ids[role]), words)
    table = snapshot.edges[APPROVES_ACTIVATION.name]
    named = np.flatnonzero(table.target == role)
    links.add(CAN_APPROVE_ACTIVATION, table.source[named], approver, table.row[named])
    if not len(named):
        row = int(snapshot.node_row[role])
        links.add(CAN_APPROVE_ACTIVATION, _by_default(snapshot, role), approver, row)
    return approver


def _by_default(snapshot: Snapshot, role: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the roles whose holders approve where nobody is named."""
    tenant = str(tenant_of(snapshot)[role])
    found = [
        role_nodes(snapshot, tenant, template)
        for template in (PRIVILEGED_ROLE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
    ]
    return np.concatenate(found).astype(np.int32)


RULE = Rule(
    name="entra activation approvals",
    kinds=(
        CAN_REQUEST_ACTIVATION,
        CAN_APPROVE_ACTIVATION,
        IS_LEG_OF,
        CAN_ACTIVATE_ROLE,
        CAN_ELEVATE_ACCESS,
    ),
    find=_find,
    nodes=(POWER, LEG, GATE),
)
