"""Who can activate a role that he is eligible for."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.entra.activation import (
    activation_guards,
    eligibilities,
    with_factor,
    without_factor,
)
from idgraph.derive.entra.hubs import Links
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import GATE, POWER, between
from idgraph.vocabulary.entra import GROUP, ROLE, USER
from idgraph.vocabulary.resets import SECOND_FACTOR

CAN_ACTIVATE_ROLE = EdgeKind(
    name="CAN_ACTIVATE_ROLE",
    reads="can activate",
    ends=between((USER, GROUP, SECOND_FACTOR, GATE), (ROLE, POWER)),
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
    links = Links(findings)
    for each in eligibilities(snapshot):
        target = each.target(findings)
        guards = activation_guards(snapshot, each.role, each.principal)
        links.add(CAN_ACTIVATE_ROLE, each.principal, target, each.row, guards)
        passed = without_factor(snapshot, guards, each.principal)
        if passed != guards:
            strong = with_factor(findings, each.principal)
            links.add(CAN_ACTIVATE_ROLE, strong, target, each.row, passed)
    links.close()


RULE = Rule(
    name="entra role activation",
    kinds=(CAN_ACTIVATE_ROLE,),
    find=_find,
    nodes=(POWER, SECOND_FACTOR),
)
