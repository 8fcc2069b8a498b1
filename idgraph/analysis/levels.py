"""Breadth-first levels in shown steps: two edges through a hub are one step.

scipy walks when there is neither a hub nor a guarded edge that happens to be open; otherwise an
exact 0-1 frontier in numpy does, in which a hub is expanded within its own level.
"""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import View
from idgraph.graph import Csr, Ints, TrustGraph

UNREACHED = -1


def levels(view: View, start: int) -> Ints:
    """Return the number of shown steps to each node by open edges, UNREACHED where there are none.

    shape (n,)
    """
    graph = view.edges.graph
    if graph.hubs.any() or view.has_open:
        return _by_frontier(view, start)
    return _by_scipy(graph, view.edges.clean, start)


def _by_scipy(graph: TrustGraph, adjacency: Csr, start: int) -> Ints:
    from scipy.sparse import csgraph, csr_array

    ones = graph.keep(("ones", len(adjacency.nbr)), lambda: np.ones(len(adjacency.nbr)))
    matrix = csr_array((ones, adjacency.nbr, adjacency.ptr), shape=(graph.n, graph.n))
    order, before = csgraph.breadth_first_order(matrix, start, return_predecessors=True)
    place = np.empty(graph.n, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    parent = place[before[order[1:]]]  # ascending: a queue hands out nodes in its own order
    ends = [0, 1]
    while True:
        end = 1 + int(np.searchsorted(parent, ends[-1]))
        if end == ends[-1]:
            break
        ends.append(end)
    hops = np.full(graph.n, UNREACHED, np.int32)
    hops[order] = np.repeat(np.arange(len(ends) - 1, dtype=np.int32), np.diff(ends))
    return hops


def _by_frontier(view: View, start: int) -> Ints:
    hubs = view.edges.graph.hubs
    hops = np.full(len(hubs), UNREACHED, np.int32)
    scratch = np.empty(len(hubs), np.int32)
    hops[start] = 0
    front, level = np.array([start], np.int32), 0
    while len(front):
        inside = hubs[front]
        through = open_heads(view, front[inside])
        within = _enter(through[~hubs[through]], hops, scratch, level)
        front = np.concatenate((front[~inside], within))
        onward = np.concatenate((open_heads(view, front), through[hubs[through]]))
        level += 1
        front = _enter(onward, hops, scratch, level)
    return hops


def _enter(heads: Ints, hops: Ints, scratch: Ints, level: int) -> Ints:
    """Mark the nodes that are new, and return each of them once."""
    new = heads[hops[heads] == UNREACHED]
    hops[new] = level
    numbers = np.arange(len(new), dtype=np.int32)
    scratch[new] = numbers
    return new[scratch[new] == numbers]


def open_heads(view: View, front: Ints) -> Ints:
    """Return where the open edges of several nodes lead, with repeats."""
    edges = view.edges
    heads = edges.clean.nbr[edges.clean.slots(front)]
    if not view.has_open:
        return heads
    slots = edges.guarded.slots(front)
    return np.concatenate((heads, edges.guarded.nbr[slots[view.open[slots]]]))
