"""How a power over a scope runs down to the scopes it contains; CONTAINS itself is not walked."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import Estate, survey
from idgraph.derive.azure.roles import CAPABILITIES, Capability
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER, between

INHERITS = EdgeKind(
    name="INHERITS",
    reads="covers",
    ends=(*between((*azure.SCOPES, POWER), azure.SCOPES), (POWER, POWER)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="The same power over the scope below: role assignments hold at their scope and at "
    "every scope it contains.",
    verify="Access control (IAM) of the lower scope lists the assignment as inherited.",
    remove="Assign the role at the lower scope that needs it instead; inheritance itself cannot "
    "be broken, except by a deny assignment of a managed application or deployment stack.",
    logged="Nothing: inheritance is not an event.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Understand scope for Azure RBAC",
    bloodhound="AZContains",
    misses="Deny assignments.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    _administrators(estate, findings)
    for capability in CAPABILITIES:
        _holders(estate, findings, capability)


def _administrators(estate: Estate, findings: Findings) -> None:
    tree = estate.tree
    below = tree.scopes_below()
    above = tree.parent[below].copy()
    for tenant in np.unique(above[tree.is_root[above]]):
        above[above == tenant] = estate.root_power(findings, int(tenant))
    findings.link(INHERITS, above, below, evidence=(tree.row[below],))


def _holders(estate: Estate, findings: Findings, capability: Capability) -> None:
    scopes = estate.spread(capability)
    power = np.full(estate.snapshot.n, -1, np.int32)
    power[scopes] = estate.capability_powers(findings, capability, scopes)
    below: Ints = scopes[estate.tree.parent[scopes] >= 0]
    below = below[power[estate.tree.parent[below]] >= 0]
    findings.link(
        INHERITS,
        power[estate.tree.parent[below]],
        power[below],
        evidence=(estate.tree.row[below],),
    )


RULE = Rule(name="azure inheritance", kinds=(INHERITS,), find=_find, nodes=(POWER,))
