"""AZOwns: a directory owner as in control of what it owns, guests and devices included."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.entra.can_add_member import CAN_ADD_MEMBER
from idgraph.derive.entra.can_add_secret import CAN_ADD_SECRET
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import between

BH_OWNS = EdgeKind(
    name="BH_OWNS",
    reads="owns, and to BloodHound CE controls,",
    ends=between((entra.USER, *entra.SERVICE_IDENTITIES), (entra.MANAGED_IDENTITY, entra.DEVICE)),
    flow=Flow.CONTROL,
    derived=True,
    allows="What a directory owner may do: nothing to a managed identity; to a device, read its "
    "recovery keys.",
    verify="The owners of the object, GET /{object}/owners.",
    remove="Remove the owner.",
    logged="Audit log: Add owner.",
    frameworks=("NIST-CSF:PR.AA-05",),
    source="BloodHound CE: AZOwns",
    bloodhound="AZOwns",
    misses="Known error: an owner is taken to hold whatever it owns.",
)

_BY_KIND = (
    (CAN_ADD_SECRET, (entra.APP, entra.SERVICE_PRINCIPAL)),
    (CAN_ADD_MEMBER, (entra.GROUP,)),
    (BH_OWNS, (entra.MANAGED_IDENTITY, entra.DEVICE)),
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    every = snapshot.edges[entra.OWNS.name]
    for kind, owned in _BY_KIND:
        table = every.where(snapshot.is_kind(*(each.name for each in owned))[every.target])
        findings.link(kind, table.source, table.target, evidence=(table.row,))


RULE = Rule(name="bloodhound owners", kinds=(CAN_ADD_SECRET, CAN_ADD_MEMBER, BH_OWNS), find=_find)
