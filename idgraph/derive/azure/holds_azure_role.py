"""Who holds a role at a scope that gives less than being its administrator."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.assignments import Assignments
from idgraph.derive.azure.estate import Estate, survey
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import PRINCIPALS

HOLDS_AZURE_ROLE = EdgeKind(
    name="HOLDS_AZURE_ROLE",
    reads="holds the Azure role",
    ends=between(PRINCIPALS, (POWER,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Every action of the role, at the scope and below.",
    verify="Access control (IAM) of the scope, Role assignments; or GET "
    "{scope}/providers/Microsoft.Authorization/roleAssignments.",
    remove="Delete the role assignment at the scope where it was made, or make it eligible in "
    "Privileged Identity Management.",
    logged="Azure Activity Log, roleAssignments/write, when it was assigned; what the role then "
    "does is logged by the service it acts on.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Azure built-in roles",
    bloodhound="AZContributor",
    misses="Custom roles and built-in roles that idgraph has not judged; eligible assignments; "
    "deny assignments and conditions of assignments.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    _link(estate, findings, estate.granting)
    at = estate.administering
    _link(estate, findings, at.where(estate.tree.is_root[at.scope]))


def _link(estate: Estate, findings: Findings, at: Assignments) -> None:
    powers = estate.role_powers(findings, at)
    findings.link(
        HOLDS_AZURE_ROLE,
        at.principal,
        powers,
        guards=at.administering_guards(),
        evidence=(at.row,),
    )


RULE = Rule(name="azure roles", kinds=(HOLDS_AZURE_ROLE,), find=_find, nodes=(POWER,))
