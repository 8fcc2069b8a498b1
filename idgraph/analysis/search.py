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

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from idgraph.analysis.edges import View
from idgraph.analysis.labels import Labels
from idgraph.analysis.layers import Layers
from idgraph.analysis.levels import UNREACHED, bring_nearer
from idgraph.analysis.opening import nearest_accounts, open_gates
from idgraph.analysis.region import Region, region
from idgraph.graph import Ints

if TYPE_CHECKING:
    from idgraph.analysis.minimal import Minimal

State = tuple[int, int, int]  # a node, what was needed to reach it, the steps

NO_LABELS = Labels(*(np.zeros(0, np.int32) for _ in range(3)))
CAP = 16  # needs kept per node; `cut` says that one was dropped


class Way(tuple[int, ...]):  # noqa: SLOT001  legs stand beside the edges
    """The edges of a way from the start, or from a gate: then `legs` are the ways that open it.

    A way to a leg ends with the edge into the gate; one to somebody who stands for a leg that
    others lead to ends at that account.
    """

    legs: tuple[Way, ...]

    def __new__(cls, edges: Iterable[int] = (), legs: tuple[Way, ...] = ()) -> Way:  # noqa: PYI034  no class of its own
        """Return the way of some edges behind some legs."""
        way = super().__new__(cls, edges)
        way.legs = legs
        return way

    def then(self, edge: int) -> Way:
        """Return the way that goes on by one edge."""
        return Way((*self, edge), self.legs)

    def every(self) -> Iterator[int]:
        """Yield all edges, those of the legs first."""
        for leg in self.legs:
            yield from leg.every()
        yield from self


class Search:
    """One search from one node; `need[v]` is the number of the least need, -1 where none serves.

    `base` are the steps to what is reached outright. `only` limits the search to needs made of
    these guards. `gates` are gates that open with a need, as `minimal` works them out. `before`
    is the same search without assumptions; `within` serves every search of a walk.
    """

    def __init__(
        self,
        view: View,
        start: int,
        base: Ints,
        cap: int = CAP,
        only: frozenset[str] | None = None,
        gates: Labels = NO_LABELS,
        before: Search | None = None,
        within: Region | None = None,
    ) -> None:
        self.view = view
        self.start = start
        self.base = base
        self.tree: Ints | None = None  # made when a path is first asked for
        self.routes: dict[State, Way] = {}  # the ways to what was asked for
        self.need: Ints = np.minimum(base, 0)
        self.hops = base
        self.cut = False
        self.within: Region | None = within or (before.within if before else None)
        self.minimal: Minimal | None = None  # made where gates open under conditions only
        self._layers: Layers | None = None
        slots = self._way_out()
        if (len(slots) or len(gates.nodes)) and only != frozenset():
            self.within = self.within or region(view.edges, base)
            former = before.behind if before else None
            layers = Layers(view, base, cap, only, self.within, former)
            layers.run(slots, gates)
            self._layers, self.cut = layers, layers.cut
            self.need, self.hops = layers.best()

    def _way_out(self) -> Ints:
        """Return the guarded slots that lead from what is reached to what is not."""
        edges = self.view.edges
        wanted = (self.view.need > 0) & (self.base[edges.guarded_tails] >= 0)
        return np.flatnonzero(wanted & (self.base[edges.guarded.nbr] < 0)).astype(np.int32)

    @cached_property
    def nearest(self) -> Ints:
        """The accounts held in the fewest steps, as many as a gate may ask for."""
        return nearest_accounts(self.view, self.base)

    def hops_of(self, nodes: Ints) -> Ints:
        """Return the shown steps to what is reached outright, UNREACHED to all else."""
        return self.base[nodes]

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

    def __init__(self, search: Search, view: View, scratch: Ints, most: int) -> None:
        """`scratch` holds the search's own steps, and does again afterwards.

        Of what is more than `most` steps away nothing new is said.
        """
        self.view = view
        self.start = search.start
        self.step = search.step
        self.tree: Ints | None = None
        self.routes: dict[State, Way] = {}
        self._base = search.base
        opened = np.flatnonzero(view.open & ~search.view.open).astype(np.int32)
        changed = bring_nearer(view, scratch, opened, most), open_gates(view, scratch)
        self._nodes = np.unique(np.concatenate(changed))
        self._hops = scratch[self._nodes]
        self.nearest = nearest_accounts(view, scratch)
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
