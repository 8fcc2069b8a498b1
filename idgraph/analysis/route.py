"""From what a search found back to the edges of the path to one node."""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import View
from idgraph.analysis.levels import UNREACHED
from idgraph.analysis.opening import stands
from idgraph.analysis.search import Search, Shortcuts, State, Way
from idgraph.graph import Bools, Csr, Ints

Found = Search | Shortcuts


def route(search: Found, node: int, need: int, hops: int) -> Way:
    """Return the way to a node, from the start or from a gate; what ways share is kept."""
    graph = search.view.edges.graph
    at = (node, need, hops)
    behind: list[tuple[State, int]] = []
    while at not in search.routes:
        if at[:2] == (search.start, 0):
            search.routes[at] = Way()
            break
        if graph.gates[at[0]]:
            search.routes[at] = Way((), _legs(search, at[0], at[2]))
            break
        edge, need = _before(search, *at)
        behind.append((at, edge))
        tail = int(graph.source[edge])
        at = (tail, need, at[2] - search.step(tail, at[0]))
    way = search.routes[at]
    for state, edge in reversed(behind):
        way = search.routes[state] = way.then(edge)
    return way


def _legs(search: Found, gate: int, hops: int) -> tuple[Way, ...]:
    """Return the ways that open a gate, those of accounts that stand in for others among them."""
    parts, legs = search.view.edges.gates.parts, list[Way]()
    for account, number in stands(search, gate, hops):
        part = parts[number]
        to_leg = _outright(search, part.node)
        legs.append(Way((*to_leg, *part.edges), to_leg.legs))
        if account not in {part.node, search.start}:
            legs.append(_outright(search, account))
    return tuple(legs)


def _outright(search: Found, node: int) -> Way:
    return route(search, node, 0, search.hops_at(node, 0))


def _before(search: Found, node: int, need: int, hops: int) -> tuple[int, int]:
    """Return the edge into a node on the path shown, and what was needed before it."""
    if need == 0 and isinstance(search, Search):
        return _open_edge(search, node)
    return _needing_edge(search, node, need, hops)


# To what is reached outright.


def _open_edge(search: Search, node: int) -> tuple[int, int]:
    if search.tree is None:
        search.tree = _tree(search)
    return _best_parallel(search.view, int(search.tree[node])), 0


def _tree(search: Search) -> Ints:
    """Return, for each node reached outright, the first edge from the level before.

    Edges are sorted by their ends: the first one comes from the lowest position.
    """
    view, hops = search.view, search.base
    nodes = np.flatnonzero(hops != UNREACHED).astype(np.int32)
    tree = np.full(len(hops), np.iinfo(np.int32).max, np.int32)
    for adjacency in (view.edges.clean, view.edges.guarded):
        slots = adjacency.slots(nodes)
        if adjacency is view.edges.guarded:
            slots = slots[np.flatnonzero(view.open[slots])]
        slots = slots[_on_a_shortest_path(search, adjacency, slots)]
        backwards = slots[::-1]  # the last writer wins
        first = np.full(len(hops), np.iinfo(np.int32).max, np.int32)
        first[adjacency.nbr[backwards]] = adjacency.eid[backwards]
        tree = np.minimum(tree, first)
    return tree


def _on_a_shortest_path(search: Search, adjacency: Csr, slots: Ints) -> Bools:
    graph, hops = search.view.edges.graph, search.base
    tails, heads = graph.source[adjacency.eid[slots]], adjacency.nbr[slots]
    step = 1 - (graph.hubs[tails] & ~graph.hubs[heads])
    kept: Bools = hops[tails] + step == hops[heads]
    return kept


def _best_parallel(view: View, edge: int) -> int:
    """Return the edge to show among those that are open and have the same ends."""
    graph = view.edges.graph
    ends = (graph.source[edge], graph.target[edge])
    last = edge + 1
    while last < graph.m and (graph.source[last], graph.target[last]) == ends:
        last += 1
    open_ones = (
        each for each in range(edge, last) if graph.walkable[each] and view.need_of_edge(each) == 0
    )
    return min(open_ones, key=lambda each: edge_order(view, each))


def edge_order(view: View, edge: int) -> tuple[int, int, int, int]:
    """Return the order of parallel edges: the fewest guards, then assumptions, kind, row."""
    graph = view.edges.graph
    return (
        len(view.needs[view.need_of_edge(edge)]),
        len(view.assumed(edge)),
        int(graph.edge_kinds[edge]),
        int(graph.rows[edge]),
    )


# To what is reached only with guards.


def _needing_edge(search: Found, node: int, need: int, hops: int) -> tuple[int, int]:
    view = search.view
    graph, back = view.edges.graph, view.edges.graph.back()
    ways = []
    for edge in back.eid[back.ptr[node] : back.ptr[node + 1]].tolist():
        asked = view.need_of_edge(edge)
        if asked < 0 or view.needs.union(asked, need) != need:
            continue
        tail = int(graph.source[edge])
        before = hops - search.step(tail, node)
        ways += [
            (tail, edge_order(view, edge), view.needs.rank(held), edge, held)
            for held in search.held(tail)
            if view.needs.union(held, asked) == need and search.hops_at(tail, held) == before
        ]
    *_, edge, held = min(ways)
    return edge, held
