"""Who is administrator of a scope: it owns the scope, or grants its roles."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import survey
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import between
from idgraph.vocabulary.entra import PRINCIPALS

ADMINISTERS = EdgeKind(
    name="ADMINISTERS",
    reads="is an administrator of",
    ends=between(PRINCIPALS, azure.SCOPES),
    flow=Flow.CONTROL,
    derived=True,
    allows="Give oneself any role at the scope and below, and so manage and read what is there.",
    verify="Access control (IAM) of the scope, Role assignments; or GET "
    "{scope}/providers/Microsoft.Authorization/roleAssignments.",
    remove="Delete the role assignment at the scope where it was made, or make it eligible in "
    "Privileged Identity Management.",
    logged="Azure Activity Log, roleAssignments/write, when the holder grants itself a role.",
    frameworks=(
        "ATT&CK:T1098.003",
        "NIST-CSF:PR.AA-05",
        "CSA-CCM:IAM-09",
        "CSA-CCM:IAM-10",
        "OWASP-NHI:NHI5:2025",
    ),
    source="Microsoft Learn: Azure built-in roles, Privileged",
    bloodhound="AZOwner, AZUserAccessAdministrator",
    misses="Custom roles with roleAssignments/write; eligible assignments; deny assignments; "
    "conditions on the assignment of an Owner or User Access Administrator.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    ours = estate.is_resource | estate.tree.is_root
    at = estate.administering
    at = at.where(~ours[at.scope])
    findings.link(
        ADMINISTERS,
        at.principal,
        at.scope,
        guards=at.administering_guards(),
        evidence=(at.row,),
    )


RULE = Rule(name="azure administrators", kinds=(ADMINISTERS,), find=_find)
