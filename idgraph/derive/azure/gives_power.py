"""What a role at a scope gives there: the capabilities that scopes below inherit."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import survey
from idgraph.derive.azure.roles import CAPABILITIES
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER

GIVES_POWER = EdgeKind(
    name="GIVES_POWER",
    reads="includes",
    ends=((POWER, POWER),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="What the role's definition permits, at its scope and below.",
    verify="The role's page among the Azure built-in roles: Actions and DataActions.",
    remove="Replace the role by a narrower one, or assign it at a smaller scope.",
    logged="Nothing: the role always includes it.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Azure built-in roles; Understand scope for Azure RBAC",
    misses="Capabilities that lead nowhere below the scope are left out.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    roles = estate.granting.distinct()
    for capability in CAPABILITIES:
        scopes = estate.spread(capability)
        at = roles.where(roles.give(capability) & np.isin(roles.scope, scopes))
        findings.link(
            GIVES_POWER,
            estate.role_powers(findings, at),
            estate.capability_powers(findings, capability, at.scope),
            guards=at.assumed(capability),
            evidence=(at.row,),
        )


RULE = Rule(name="azure capabilities", kinds=(GIVES_POWER,), find=_find, nodes=(POWER,))
