"""The search for the least that is needed to reach each node.

What is reached outright comes first, by levels. Behind it needs are taken layer by layer, a layer
being a number of blind spots and a number of guards: going on adds to a need, never takes away, so
all that a layer starts from is known when its turn comes. Within a layer

- needs that no way on asks for again run together, in columns: each node keeps the one that ranks
  first (`rivals`), and most of what lies behind guards is settled so;
- needs that may be asked for again run one by one, and a node keeps several of them while none
  serves as well as another (`needs.beats`), at most CAP.
"""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import View
from idgraph.analysis.layers import Layers
from idgraph.analysis.levels import UNREACHED, bring_nearer
from idgraph.graph import Ints

State = tuple[int, int, int]  # a node, what was needed to reach it, the steps

CAP = 16  # needs kept per node; `cut` says that one was dropped


class Search:
    """One search from one node; `need[v]` is the number of the least need, -1 where none serves.

    `base` are the steps to what is reached outright. `only` limits the search to needs made of
    these guards.
    """

    def __init__(
        self, view: View, start: int, base: Ints, cap: int = CAP, only: frozenset[str] | None = None
    ) -> None:
        self.view = view
        self.start = start
        self.base = base
        self.tree: Ints | None = None  # made when a path is first asked for
        self.routes: dict[State, tuple[int, ...]] = {}  # the edges to what was asked for
        self.need: Ints = np.minimum(base, 0)
        self.hops = base
        self.cut = False
        self._layers: Layers | None = None
        slots = self._way_out()
        if len(slots) and only != frozenset():
            layers = Layers(view, base, cap, only)
            layers.run(slots)
            self._layers, self.cut = layers, layers.cut
            self.need, self.hops = layers.best()

    def _way_out(self) -> Ints:
        """Return the guarded slots that lead from what is reached to what is not."""
        edges = self.view.edges
        wanted = (self.view.need > 0) & (self.base[edges.guarded_tails] >= 0)
        return np.flatnonzero(wanted & (self.base[edges.guarded.nbr] < 0)).astype(np.int32)

    @property
    def behind(self) -> Layers | None:
        """What lies behind guards, None where nothing does."""
        return self._layers

    def hops_at(self, node: int, need: int) -> int:
        """Return the shown steps to a node when just this is needed, or UNREACHED."""
        if need == 0:
            return int(self.base[node])
        return self._layers.hops_at(node, need) if self._layers else UNREACHED

    def held(self, node: int) -> tuple[int, ...]:
        """Return the numbers of the needs that a node was reached with."""
        if self.base[node] >= 0:
            return (0,)
        return self._layers.held_by(node) if self._layers else ()

    def step(self, tail: int, head: int) -> int:
        """Return what an edge adds to the shown steps: nothing where it leaves a hub."""
        hubs = self.view.edges.graph.hubs
        return 0 if hubs[tail] and not hubs[head] else 1


class Shortcuts:
    """What is reached outright once more guards are passed, kept as what that brings nearer."""

    def __init__(self, search: Search, view: View, scratch: Ints) -> None:
        """`scratch` holds the search's own steps, and does again afterwards."""
        self.view = view
        self.start = search.start
        self.step = search.step
        self.tree: Ints | None = None
        self.routes: dict[State, tuple[int, ...]] = {}
        self._base = search.base
        opened = np.flatnonzero(view.open & ~search.view.open).astype(np.int32)
        self._nodes = bring_nearer(view, scratch, opened)
        self._hops = scratch[self._nodes]
        scratch[self._nodes] = search.base[self._nodes]

    def hops_of(self, nodes: Ints) -> Ints:
        """Return the shown steps to nodes."""
        at = np.searchsorted(self._nodes, nodes)
        at[at == len(self._nodes)] = 0
        if not len(self._nodes):
            return self._base[nodes]
        hops: Ints = np.where(self._nodes[at] == nodes, self._hops[at], self._base[nodes])
        return hops

    def hops_at(self, node: int, need: int) -> int:
        """Return the shown steps to a node, UNREACHED when more would be needed."""
        return int(self.hops_of(np.array([node]))[0]) if need == 0 else UNREACHED

    def held(self, node: int) -> tuple[int, ...]:
        """Return that a node needs nothing more, if it is reached."""
        return (0,) if self.hops_at(node, 0) >= 0 else ()
