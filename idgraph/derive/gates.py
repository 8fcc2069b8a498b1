"""Gates: what opens only when several accounts each take their part.

A leg is held as soon as one of its holders is; a gate opens when as many of its legs are held as
its id says, each by another account. Whoever holds one leg alone gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.entra.hubs import Links
from idgraph.vocabulary.common import GATE, LEG, gate_id, leg_id

IS_LEG_OF = EdgeKind(
    name="IS_LEG_OF",
    reads="is one part of",
    ends=((LEG, GATE),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Nothing alone: the gate opens when its other parts are held too, each by another "
    "account.",
    verify="Who may take each part, and whether one account may take two of them.",
    remove="Keep the holders of the parts apart: no account, group or desk that can reset the "
    "holders of both.",
    logged="Nothing of its own: each part is logged where it is taken.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-04", "CSA-CCM:IAM-11", "ATT&CK:T1548.005"),
    source="Microsoft Learn: Approve or deny requests for Microsoft Entra roles in Privileged "
    "Identity Management; CSA CCM v4, IAM-04 Separation of Duties",
    misses="Approvers who are deceived into approving: the gate asks for their accounts.",
)


def leg(links: Links, name: str, subject: str, words: str) -> int:
    """Return the handle of a leg: who may take that part in opening a gate over a subject."""
    return links.findings.node(leg_id(name, subject), LEG, words)


def gate(links: Links, subject: str, words: str, legs: Sequence[int], row: int) -> int:
    """Return the handle of the gate that opens when all of these legs are held.

    The edges from the legs carry a row as their evidence.
    """
    opened = links.findings.node(gate_id(len(legs), subject), GATE, words)
    for each in legs:
        links.add(IS_LEG_OF, each, opened, row)
    return opened
