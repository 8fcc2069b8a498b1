"""Kinds that no platform prints: stubs, powers, hubs, gates, blind spots."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from idgraph.catalogue import NodeKind, Role
from idgraph.errors import ModelError


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
    about="Opens when as many of its legs are held as it asks for, each by another account.",
    role=Role.GATE,
    shape="square",
)
LEG = NodeKind(
    name="Leg",
    label="leg of a gate",
    platform="any",
    about="Held as soon as one of its holders is; that account is its representative.",
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

_GATE = re.compile(r"gate:([1-9][0-9]*):.", re.DOTALL)


def gate_id(k: int, subject: str) -> str:
    """Return the id of the gate over a subject that opens when k of its legs are held.

    Raises
    ------
    ModelError
        k is less than 1, or there is no subject.
    """
    made = f"gate:{k}:{subject}"
    if not _GATE.match(made):
        raise ModelError(f"gate {made!r}", "does not say how many legs of what it asks for")
    return made


def gate_threshold(node_id: str) -> int:
    """Return how many legs a gate asks for.

    Raises
    ------
    ModelError
        The id is not that of a gate.
    """
    found = _GATE.match(node_id)
    if found is None:
        raise ModelError(f"node {node_id!r}", "is not the id of a gate: gate:<legs>:<subject>")
    return int(found[1])


def leg_id(name: str, subject: str) -> str:
    """Return the id of a leg of the gate over a subject: who may take that part in opening it."""
    return f"leg:{name}:{subject}"
