"""Which edges are open to everybody who starts under a scenario, and which to one start alone.

The verdict on a target is a question of three graphs: *reached* over the edges of which every
guard is passed, *reached if* over those that could be passed, *cannot tell* over all of them,
blind spots included. Only the first depends on who starts: what a reset passes on the identity
itself (its own second factor) opens edges to that start and to nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from idgraph.analysis.edges import Guarding, guarding, is_assumption
from idgraph.analysis.needs import is_blind, subject
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict
from idgraph.graph import Bools, Ints, TrustGraph

NOBODY = -1

Left = tuple[str, ...] | None  # guards that are not passed; None where nobody gets past


@dataclass(frozen=True)
class Own:
    """Edges that are open to one start alone, columns of one length."""

    start: Ints
    edge: Ints


@dataclass(frozen=True, eq=False)
class Openness:
    """The edges of a graph under a scenario, by who can walk them and how surely."""

    graph: TrustGraph
    scenario: Scenario

    def edges(self, verdict: Verdict) -> Bools:
        """Return which edges a target of this verdict, or a surer one, may be reached by."""
        of_set = np.array([_serves(verdict, left) for left in self._left_of_sets], bool)
        edges: Bools = self.graph.walkable & of_set[self._guarding.of_edge]
        return edges

    def serves(self, verdict: Verdict, guards: Iterable[str]) -> bool:
        """Return whether guards are no more than such a target may ask for, whoever starts."""
        return _serves(verdict, self._left(guards))

    @cached_property
    def own(self) -> Own:
        """The edges that the reset of one identity opens to it, and that lead elsewhere."""
        starts = np.array([self._start_of(left) for left in self._left_of_sets], np.int32)
        if (starts == NOBODY).all():
            return Own(starts[:0], starts[:0])
        start = starts[self._guarding.of_edge]
        edges = np.flatnonzero(
            self.graph.walkable & (start != NOBODY) & (start != self.graph.target)
        )
        return Own(start[edges], edges.astype(np.int32))

    def only_start(self, guards: Iterable[str]) -> int:
        """Return the one node that passes these guards when it is reset, or NOBODY."""
        return self._start_of(self._left(guards))

    def _start_of(self, left: Left) -> int:
        if not left:
            return NOBODY
        node = subject(left[0])
        if not self.scenario.singles(node).issuperset(left):
            return NOBODY
        at = int(np.searchsorted(self.graph.ids, node))
        return at if at < self.graph.n and self.graph.ids[at] == node else NOBODY

    @property
    def asked(self) -> frozenset[str]:
        """All guards that are not passed whoever starts."""
        return frozenset(guard for left in self._left_of_sets for guard in left or ())

    @cached_property
    def _guarding(self) -> Guarding:
        return guarding(self.graph)

    @cached_property
    def _left_of_sets(self) -> list[Left]:
        return [self._left(guards) for guards in self._guarding.sets]

    def _left(self, guards: Iterable[str]) -> Left:
        """Return the guards that are not passed whoever starts, None where nobody gets past."""
        if not self.scenario.holds.isdisjoint(guards):
            return None
        return tuple(
            guard
            for guard in guards
            if not is_assumption(guard)
            and guard not in self.scenario.passes
            and guard.partition(":")[0] not in self._kinds
        )

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return self.scenario.kinds


def _serves(verdict: Verdict, left: Left) -> bool:
    if left is None:
        return False
    match verdict:
        case Verdict.REACHED:
            return not left
        case Verdict.REACHED_IF:
            return not any(map(is_blind, left))
        case Verdict.CANNOT_TELL:
            return True
