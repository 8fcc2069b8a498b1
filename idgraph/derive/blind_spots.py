"""Edges that data nobody loaded could add, each through a node that names what is missing."""

from __future__ import annotations

from idgraph import vocabulary
from idgraph.catalogue import EdgeKind, Flow
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between

_OBSERVED = tuple(kind for kind in vocabulary.NODE_KINDS if not kind.synthetic)

MAY_LEAD_TO = EdgeKind(
    name="MAY_LEAD_TO",
    reads="may lead to",
    ends=(
        *between((*_OBSERVED, POWER), (BLIND_SPOT,)),
        *between((BLIND_SPOT,), (*_OBSERVED, POWER, HUB)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Nothing that is known: the data which would say so was not loaded.",
    verify="Load what the blind spot names, then ask again.",
    remove="Load what the blind spot names; until then treat its targets as undecided.",
    logged="Nothing: it stands for what was not seen.",
    frameworks=("NIST-CSF:ID.AM-03", "NIST-CSF:RS.AN-08"),
    source="Microsoft Learn: Assign Microsoft Entra roles, administrative unit scope",
    misses="It carries an unknown guard, so what hangs on it is never called reached.",
)
