"""The part of a graph that is not reached outright, cut out with positions of its own.

What lies behind guards is usually small beside the whole graph; a search that works on this part
alone touches nothing else. It holds whatever could be walked to, on whatever condition, so one
region serves every search of a walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.analysis.edges import Edges
from idgraph.graph import Bools, Csr, Ints


@dataclass(frozen=True, eq=False)
class Region:
    """Some nodes and the walkable edges among them, by places in `nodes`."""

    nodes: Ints  # (size,) positions in the graph, as they were met
    place: Ints  # (n,) by position in the graph; -1 where a node is not in the region
    hubs: Bools  # (size,)
    clean: Csr
    guarded: Csr  # eid: the slot among all guarded ones


def region(known: Edges, base: Ints) -> Region:
    """Return what lies behind the nodes that are reached outright, shut gates among it."""
    behind = base < 0
    way_out = behind[known.guarded.nbr] & ~behind[known.guarded_tails]
    gates = known.gates.node
    front = np.concatenate((known.guarded.nbr[way_out], gates[behind[gates]]))
    clean, guarded = _CutOut(known.clean, behind), _CutOut(known.guarded, behind)
    place = np.full(len(base), -1, np.int32)
    size, met = 0, list[Ints]()
    while len(front := np.unique(front[place[front] < 0])):
        place[front] = np.arange(size, size + len(front), dtype=np.int32)
        size += len(front)
        met.append(front)
        front = np.concatenate((clean.heads(front), guarded.heads(front)))
    nodes = np.concatenate((known.guarded.nbr[:0], *met))
    hubs = known.graph.hubs[nodes]
    return Region(nodes, place, hubs, clean.adjacency(place), guarded.adjacency(place))


class _CutOut:
    """The edges among the nodes of a region, gathered in the order in which these are met."""

    def __init__(self, whole: Csr, behind: Bools) -> None:
        self._whole, self._behind = whole, behind
        self._heads, self._slots = [whole.nbr[:0]], [whole.nbr[:0]]
        self._widths = [np.zeros(1, np.int32)]

    def heads(self, front: Ints) -> Ints:
        """Return where nodes lead inside the region."""
        whole = self._whole
        slots = whole.slots(front)
        inside = self._behind[whole.nbr[slots]]
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(inside)))
        ends = np.cumsum(whole.ptr[front + 1] - whole.ptr[front])
        widths = np.diff(before[ends], prepend=0)
        slots = slots[inside]
        heads: Ints = whole.nbr[slots]
        self._heads.append(heads)
        self._slots.append(slots)
        self._widths.append(widths.astype(np.int32))
        return heads

    def adjacency(self, place: Ints) -> Csr:
        """Return the edges by places."""
        ptr = np.cumsum(np.concatenate(self._widths)).astype(np.int32)
        heads = place[np.concatenate(self._heads)]
        return Csr(ptr, heads, np.concatenate(self._slots))
