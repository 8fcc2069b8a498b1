"""The gates of a graph: who may stand for which leg, and by which part of a way.

A gate opens when k of its legs are held, each by another account. Who stands for a leg is the
last account on the way to it: what lies between that account and the gate is a *part*. Where a
control edge lies on a part (whoever may add members to the approvers), any account that is held
may stand for the leg, and so it may behind another gate. The edge from a holder to the leg, and
that from the leg to the gate, say who holds it and control nothing.

A gate's parts are worked out once for a graph and a set of passed guard kinds. Of the parts from
one account to one leg those are kept that are best in something: guards, steps, who may stand.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from idgraph.catalogue import Flow, Role
from idgraph.graph import Bools, Ints, TrustGraph
from idgraph.vocabulary.common import gate_threshold

GuardSet = tuple[str, ...]

MOST_PARTS = 64  # kept at one node on the way back from a leg; `cut` says that one was dropped


@dataclass(frozen=True, slots=True)
class Part:
    """The end of a way: from a node, usually an account, through a leg to its gate."""

    node: int
    hops: int  # shown steps; from the leg to the gate is none
    any_account: bool  # whoever is held may stand for the leg
    guards: GuardSet
    edges: tuple[int, ...]  # the last one enters the gate

    def serves(self, other: Part) -> bool:
        """Return whether it is as good as another part from the same node."""
        return (
            self.hops <= other.hops
            and self.any_account >= other.any_account
            and set(self.guards) <= set(other.guards)
        )


@dataclass(frozen=True, eq=False)
class Gates:
    """All gates with their parts, in columns; a leg is numbered apart for each gate it leads to."""

    node: Ints  # (gates,) positions, ascending
    k: Ints  # (gates,) how many legs are asked for
    legs: Ints  # (gates + 1,) the legs of gate g are legs[g]:legs[g + 1]
    parts: tuple[Part, ...]
    leg: Ints  # (parts,) the leg of each part, ascending
    cut: bool

    def __len__(self) -> int:
        return len(self.node)

    def __bool__(self) -> bool:
        return bool(len(self.node))

    @cached_property
    def gate_of_leg(self) -> Ints:
        """The gate of each leg."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.legs))

    @cached_property
    def tails(self) -> Ints:
        """The node that each part starts at."""
        return np.array([part.node for part in self.parts], np.int32)

    @cached_property
    def hops(self) -> Ints:
        """The steps of each part."""
        return np.array([part.hops for part in self.parts], np.int32)

    @cached_property
    def any_account(self) -> Bools:
        """Whether anybody held may stand for the leg by each part."""
        return np.array([part.any_account for part in self.parts], bool)

    @cached_property
    def guard_sets(self) -> tuple[GuardSet, ...]:
        """The different sets of guards on parts."""
        return tuple(dict.fromkeys(part.guards for part in self.parts))

    @cached_property
    def set_of_part(self) -> Ints:
        """The guard set of each part."""
        place = {guards: at for at, guards in enumerate(self.guard_sets)}
        return np.array([place[part.guards] for part in self.parts], np.int32)

    @cached_property
    def first_part(self) -> Ints:
        """Where the parts of each leg begin; one more than there are legs."""
        return np.searchsorted(self.leg, np.arange(self.legs[-1] + 1)).astype(np.int32)

    def parts_of(self, leg: int) -> range:
        """Return the numbers of the parts of a leg."""
        return range(int(self.first_part[leg]), int(self.first_part[leg + 1]))

    def legs_of(self, gate: int) -> range:
        """Return the legs of a gate."""
        return range(int(self.legs[gate]), int(self.legs[gate + 1]))

    def number(self, node: int) -> int:
        """Return the number of the gate at a node."""
        return int(np.searchsorted(self.node, node))


_NONE = np.zeros(0, np.int32)
NO_GATES = Gates(_NONE, _NONE, np.zeros(1, np.int32), (), _NONE, cut=False)


def gates_of(graph: TrustGraph, of_edge: Ints, sets: tuple[GuardSet, ...]) -> Gates:
    """Return the gates of a graph; `sets[of_edge[e]]` are the guards on edge e."""
    nodes = np.flatnonzero(graph.gates).astype(np.int32)
    search = _Backwards(graph, of_edge, sets)
    legs, parts, leg_of_part = [0], list[Part](), list[int]()
    for gate in nodes.tolist():
        by_leg = search.legs(gate)
        for at, last in enumerate(by_leg.values(), legs[-1]):
            found = search.parts(gate, last)
            parts += found
            leg_of_part += [at] * len(found)
        legs.append(legs[-1] + len(by_leg))
    return Gates(
        node=nodes,
        k=np.array([gate_threshold(str(graph.ids[gate])) for gate in nodes.tolist()], np.int32),
        legs=np.array(legs, np.int32),
        parts=tuple(parts),
        leg=np.array(leg_of_part, np.int32),
        cut=search.cut,
    )


class _Backwards:
    """The search from a leg back to the accounts that may stand for it."""

    def __init__(self, graph: TrustGraph, of_edge: Ints, sets: tuple[GuardSet, ...]) -> None:
        self.graph = graph
        self.back = graph.back()
        self.cut = False
        self._of_edge, self._sets = of_edge, sets
        kinds = graph.catalogue.edge_kinds
        self._controls = np.array([kind.flow is Flow.CONTROL for kind in kinds], bool)
        self._leg_codes = {
            code for code, kind in enumerate(graph.catalogue.node_kinds) if kind.role is Role.LEG
        }

    def legs(self, gate: int) -> dict[int, list[int]]:
        """Return the edges into a gate by the leg that they leave."""
        legs: dict[int, list[int]] = {}
        for edge in self._into(gate):
            legs.setdefault(int(self.graph.source[edge]), []).append(edge)
        return legs

    def parts(self, gate: int, last: Iterable[int]) -> list[Part]:
        """Return the parts that end with one of these edges into a gate, by node and steps."""
        kept: dict[int, list[Part]] = {}
        waiting: list[tuple[tuple[object, ...], Part]] = []
        for edge in last:
            leg = int(self.graph.source[edge])
            part = Part(leg, 0, any_account=False, guards=self._on(edge), edges=(edge,))
            self._wait(waiting, part)
        while waiting:
            part = heapq.heappop(waiting)[1]
            have = kept.setdefault(part.node, [])
            if any(each.serves(part) for each in have):
                continue
            if len(have) >= MOST_PARTS:
                self.cut = True
                continue
            have.append(part)
            for longer in self._longer(part, gate):
                self._wait(waiting, longer)
        return [part for node in sorted(kept) for part in kept[node]]

    def _wait(self, waiting: list[tuple[tuple[object, ...], Part]], part: Part) -> None:
        order = [(len(self._on(edge)), self._place(edge)) for edge in part.edges]
        key = (part.hops, not part.any_account, len(part.guards), part.guards, part.node, order)
        heapq.heappush(waiting, (key, part))

    def _place(self, edge: int) -> tuple[int, int, int, int]:
        graph = self.graph
        ends = int(graph.source[edge]), int(graph.target[edge])
        return *ends, int(graph.edge_kinds[edge]), int(graph.rows[edge])

    def _longer(self, part: Part, gate: int) -> Iterator[Part]:
        """Yield the parts that begin one edge earlier."""
        graph, head = self.graph, part.node
        if graph.accounts[head] or graph.gates[head]:
            return
        hubs, into_leg = graph.hubs, int(graph.kinds[head]) in self._leg_codes
        for edge in self._into(head):
            tail = int(graph.source[edge])
            if tail == gate:
                continue
            controls = bool(self._controls[graph.edge_kinds[edge]]) and not into_leg
            yield Part(
                node=tail,
                hops=part.hops + int(not (hubs[tail] and not hubs[head])),
                any_account=part.any_account or controls or bool(graph.gates[tail]),
                guards=tuple(sorted({*part.guards, *self._on(edge)})),
                edges=(edge, *part.edges),
            )

    def _into(self, node: int) -> list[int]:
        back = self.back
        return [int(edge) for edge in back.eid[back.ptr[node] : back.ptr[node + 1]]]

    def _on(self, edge: int) -> GuardSet:
        return self._sets[self._of_edge[edge]]
