"""Breadth-first levels in shown steps: two edges through a hub are one step.

scipy walks where there is no hub; otherwise an exact 0-1 frontier in numpy does, in which a hub is
expanded within its own level. Edges that a view opens beside the clean ones are worked in
afterwards: only what they bring nearer is walked again.
"""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import Edges, View
from idgraph.graph import Csr, Ints, TrustGraph

UNREACHED = -1
FARTHEST = np.iinfo(np.int32).max


def levels(edges: Edges, start: int) -> Ints:
    """Return the number of shown steps to each node by clean edges, UNREACHED without a way.

    shape (n,)
    """
    if edges.graph.hubs.any():
        return _by_frontier(edges, start)
    return adjacent_levels(edges.graph, edges.clean, start)


def adjacent_levels(graph: TrustGraph, adjacency: Csr, start: int) -> Ints:
    """Return the number of edges to each node, hubs counted like any other, UNREACHED without."""
    from scipy.sparse import csgraph, csr_array

    ones = graph.keep(("ones", len(adjacency.nbr)), lambda: np.ones(len(adjacency.nbr)))
    matrix = csr_array((ones, adjacency.nbr, adjacency.ptr), shape=(graph.n, graph.n))
    order, before = csgraph.breadth_first_order(matrix, start, return_predecessors=True)
    return _hops(graph.n, order, before)


def _hops(n: int, order: Ints, before: Ints) -> Ints:
    """Return the levels of a search from its order of visits and the node before each.

    A queue hands out nodes level by level, so a level ends where the node before is no longer of
    the level above: that is found by halving.
    """
    hops = np.full(n, UNREACHED, np.int32)
    hops[order[:1]] = 0
    first, last, level = 0, 1, 0
    while first < last:
        hops[order[first:last]] = level
        low, high = last, len(order)
        while low < high:
            middle = (low + high) // 2
            inside = hops[before[order[middle]]] == level
            low, high = (middle + 1, high) if inside else (low, middle)
        first, last, level = last, low, level + 1
    return hops


def _by_frontier(edges: Edges, start: int) -> Ints:
    hubs = edges.graph.hubs
    hops = np.full(len(hubs), UNREACHED, np.int32)
    scratch = np.empty(len(hubs), np.int32)
    hops[start] = 0
    front, level = np.array([start], np.int32), 0
    while len(front):
        inside = hubs[front]
        through = _clean_heads(edges, front[inside])
        within = _enter(through[~hubs[through]], hops, scratch, level)
        front = np.concatenate((front[~inside], within))
        onward = np.concatenate((_clean_heads(edges, front), through[hubs[through]]))
        level += 1
        front = _enter(onward, hops, scratch, level)
    return hops


def _clean_heads(edges: Edges, front: Ints) -> Ints:
    return edges.clean.nbr[edges.clean.slots(front)]


def _enter(heads: Ints, hops: Ints, scratch: Ints, level: int) -> Ints:
    """Mark the nodes that are new, and return each of them once."""
    new = heads[hops[heads] == UNREACHED]
    hops[new] = level
    numbers = np.arange(len(new), dtype=np.int32)
    scratch[new] = numbers
    once: Ints = new[scratch[new] == numbers]
    return once


def relaxed(view: View, hops: Ints, opened: Ints) -> Ints:
    """Return the steps once more guarded slots are open; `hops` when they bring nothing nearer."""
    if not len(_offers(view, hops, opened)[0]):
        return hops
    nearer = hops.copy()
    bring_nearer(view, nearer, opened)
    return nearer


def _offers(view: View, hops: Ints, opened: Ints) -> tuple[Ints, Ints]:
    """Return the nodes that opened slots bring nearer at once, and the steps, fewest first."""
    guarded = view.edges.guarded
    hubs = view.edges.graph.hubs
    tails, heads = view.edges.guarded_tails[opened], guarded.nbr[opened]
    offered = hops[tails] + 1 - (hubs[tails] & ~hubs[heads])
    useful = (hops[tails] >= 0) & ((hops[heads] < 0) | (offered < hops[heads]))
    heads, offered = heads[useful], offered[useful]
    order = np.argsort(offered, kind="stable")
    return heads[order], offered[order]


def bring_nearer(view: View, hops: Ints, opened: Ints, most: int = FARTHEST) -> Ints:
    """Work opened slots into the steps, in place, and return the nodes that changed.

    What is more than `most` steps away is left as it was.
    """
    return spread(view, hops, *_offers(view, hops, opened), most)


def spread(view: View, hops: Ints, nodes: Ints, offered: Ints, most: int = FARTHEST) -> Ints:
    """Work nodes with their steps, fewest first, into the steps, and return what changed."""
    hubs = view.edges.graph.hubs
    changed = [nodes[:0]]
    front, at, level = nodes[:0], 0, 0
    while len(front) or at < len(nodes):
        level = level if len(front) else int(offered[at])
        if level > most:
            break
        until = at + int(np.searchsorted(offered[at:], level, side="right"))
        front = _nearer(np.concatenate((front, nodes[at:until])), hops, level)
        at = until
        inside = hubs[front]
        through = open_heads(view, front[inside])
        within = _nearer(through[~hubs[through]], hops, level)
        changed += [front, within]
        front = np.concatenate((front[~inside], within))
        front = np.concatenate((open_heads(view, front), through[hubs[through]]))
        level += 1
    return np.unique(np.concatenate(changed))


def _nearer(nodes: Ints, hops: Ints, level: int) -> Ints:
    nodes = np.unique(nodes[(hops[nodes] < 0) | (hops[nodes] > level)])
    hops[nodes] = level
    return nodes


def open_heads(view: View, front: Ints) -> Ints:
    """Return where the open edges of several nodes lead, with repeats."""
    heads = _clean_heads(view.edges, front)
    if not view.has_open:
        return heads
    slots = view.edges.guarded.slots(front)
    return np.concatenate((heads, view.edges.guarded.nbr[slots[view.open[slots]]]))
