"""The part of a graph that one answer is about, to ask again with a doubt settled either way.

Whatever a doubt might add is in an answer already, as `reached if` or `cannot tell`. So nothing
outside the nodes that a walk reached, on whatever condition, can matter, and the part is small
where the reach is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.edges import guarding
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import VERDICTS, Verdict, Verdicts, Walk, walk
from idgraph.catalogue import ASSUME, UNKNOWN
from idgraph.graph import Bools, Ints, TrustGraph, graph_from_columns

_REACHED = VERDICTS.index(Verdict.REACHED)


@dataclass(frozen=True, eq=False)
class Part:
    """What a walk reached on whatever condition, as a graph of its own."""

    graph: TrustGraph
    nodes: Ints  # (n,) positions in the whole graph
    start: int
    scenario: Scenario

    @classmethod
    def of(cls, walked: Walk) -> Part:
        """Return the part of a walk's graph."""
        whole = walked.graph
        nodes = np.flatnonzero(walked.verdicts >= 0).astype(np.int32)
        place = np.full(whole.n, -1, np.int32)
        place[nodes] = np.arange(len(nodes), dtype=np.int32)
        inside = (place[whole.source] >= 0) & (place[whole.target] >= 0) & whole.walkable
        return cls(
            _induced(whole, nodes, place, np.flatnonzero(inside)),
            nodes,
            int(place[walked.start]),
            walked.scenario,
        )

    @cached_property
    def doubts(self) -> frozenset[str]:
        """The assumptions and blind spots on the edges of the part, and those of the reset."""
        known = guarding(self.graph)
        found = {
            guard
            for number in np.unique(known.of_edge).tolist()
            for guard in known.sets[number]
            if is_doubt(guard)
        }
        return frozenset(found | set(self.scenario.assumed()))

    def least(self, doubts: Collection[str]) -> Verdicts:
        """Return the verdicts if assumptions fail and blind spots are empty, -1 for not reached."""
        gone = frozenset(doubts)
        held = gone & set(self.scenario.assumed())
        scenario = Scenario(self.scenario.reset, self.scenario.passes, self.scenario.holds | held)
        return walk(self._without(gone - held), self.start, scenario).verdicts

    def most(self, doubts: Collection[str]) -> Verdicts:
        """Return the verdicts if assumptions hold and blind spots are there."""
        spots = {each for each in doubts if each.startswith(f"{UNKNOWN.name}:")}
        scenario = Scenario(self.scenario.reset, self.scenario.passes | spots, self.scenario.holds)
        return walk(self.graph, self.start, scenario).verdicts

    def reached_at_least(self) -> Bools:
        """Return what is reached outright even if every assumption fails."""
        reached: Bools = self.least(self.doubts) == _REACHED
        return reached

    def _without(self, doubts: Collection[str]) -> TrustGraph:
        """Return the graph without the edges that rest on some doubts."""
        known = guarding(self.graph)
        resting = np.array([not set(doubts).isdisjoint(each) for each in known.sets], bool)
        nodes = np.arange(self.graph.n, dtype=np.int32)
        return _induced(self.graph, nodes, nodes, np.flatnonzero(~resting[known.of_edge]))


def is_doubt(guard: str) -> bool:
    """Return whether a guard stands for something that was not seen."""
    return guard.startswith((f"{ASSUME.name}:", f"{UNKNOWN.name}:"))


def _induced(whole: TrustGraph, nodes: Ints, place: Ints, edges: NDArray[np.integer]) -> TrustGraph:
    """Return a graph of some nodes and edges of another, with no more guard sets than it needs.

    Guards that mark a way through a blind spot are on the edges afterwards.
    """
    known = guarding(whole)
    used, guards = np.unique(known.of_edge[edges], return_inverse=True)
    behind = whole.stands_for[nodes]
    return graph_from_columns(
        whole.catalogue,
        ids=whole.ids[nodes],
        names=whole.names[nodes],
        kinds=whole.kinds[nodes],
        flags=whole.flags[nodes],
        stands_for=np.where(behind >= 0, place[behind], -1).astype(np.int32),
        source=place[whole.source[edges]],
        target=place[whole.target[edges]],
        edge_kinds=whole.edge_kinds[edges],
        guards=guards.astype(np.int32),
        rows=whole.rows[edges],
        guard_sets=tuple(known.sets[number] for number in used.tolist()) or ((),),
    )
