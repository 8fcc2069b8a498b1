"""Kinds that no platform prints: stubs, powers, hubs, gates, blind spots."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from idgraph.catalogue import NodeKind, Role


def between(
    sources: Iterable[NodeKind], targets: Iterable[NodeKind]
) -> tuple[tuple[NodeKind, NodeKind], ...]:
    """Return every pair of a source kind and a target kind, as allowed ends of an edge kind."""
    return tuple(product(tuple(sources), tuple(targets)))


UNIDENTIFIED = NodeKind(
    name="Unidentified",
    label="unidentified object",
    platform="any",
    about="Something an export refers to without saying what it is; allowed at any end.",
    shape="triangleDown",
)
POWER = NodeKind(
    name="Power",
    label="power",
    platform="any",
    about="One power over an object that is less than holding it: a role at a scope, "
    "managing a vault.",
    role=Role.POWER,
    shape="hexagon",
)
HUB = NodeKind(
    name="Hub",
    label="class of targets",
    platform="any",
    about="Everything that one kind of power covers at one scope, so that edges stay linear.",
    role=Role.HUB,
    shape="dot",
)
GATE = NodeKind(
    name="Gate",
    label="gate",
    platform="any",
    about="Opens when as many of its legs are held as it asks for.",
    role=Role.GATE,
    shape="square",
)
LEG = NodeKind(
    name="Leg",
    label="leg of a gate",
    platform="any",
    about="Held as soon as one of its holders is.",
    role=Role.LEG,
    shape="dot",
)
BLIND_SPOT = NodeKind(
    name="BlindSpot",
    label="blind spot",
    platform="any",
    about="Stands for edges that data nobody loaded could add.",
    role=Role.BLIND_SPOT,
    shape="triangleDown",
)

NODE_KINDS = (UNIDENTIFIED, POWER, HUB, GATE, LEG, BLIND_SPOT)
SYNTHETIC = (POWER, HUB, GATE, LEG, BLIND_SPOT)
