"""Who can activate a role that he is eligible for."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.entra.activation import activation_guards
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.scoped import eligible_scope, scoped_roles
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import ELIGIBLE_FOR, GROUP, ROLE, SERVICE_IDENTITIES, USER

CAN_ACTIVATE_ROLE = EdgeKind(
    name="CAN_ACTIVATE_ROLE",
    reads="can activate",
    ends=between((USER, GROUP), (ROLE, POWER)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Activate the role in Privileged Identity Management and hold it for some hours.",
    verify="Eligible assignments of the role, and its settings: second factor, approval, "
    "authentication context.",
    remove="Remove the eligible assignment; ask for approval by somebody else, and for a strong "
    "second factor, at each activation.",
    logged="Audit log, RoleManagement: Add member to role requested (PIM activation), Add member "
    "to role completed (PIM activation).",
    frameworks=("ATT&CK:T1548.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10", "CSA-CCM:IAM-11"),
    source="Microsoft Learn: Configure Microsoft Entra role settings in Privileged Identity "
    "Management; Activate a Microsoft Entra role",
    bloodhound="AZRoleEligible",
    misses="Where the settings were not loaded, only the activation itself is a guard. Eligible "
    "membership of groups; justification and tickets, which stop nobody; start and end of the "
    "eligibility.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    table, links = snapshot.edges[ELIGIBLE_FOR.name], Links(findings)
    service = snapshot.is_kind(*(kind.name for kind in SERVICE_IDENTITIES))
    scoped = {(each.role_id, each.scope.id): each for each in scoped_roles(snapshot).all}
    scopes = table.text("directory_scope")
    for at in np.flatnonzero(~service[table.source]):
        role, principal = int(table.target[at]), int(table.source[at])
        scope = eligible_scope(snapshot, str(scopes[at]))
        narrower = scoped[str(snapshot.ids[role]), scope.id] if scope else None
        target = narrower.node(findings) if narrower else role
        guards = activation_guards(snapshot, role, principal)
        links.add(CAN_ACTIVATE_ROLE, principal, target, int(table.row[at]), guards)
    links.close()


RULE = Rule(name="entra role activation", kinds=(CAN_ACTIVATE_ROLE,), find=_find, nodes=(POWER,))
