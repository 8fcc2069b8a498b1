"""Needs of one size of which nothing is asked for again: a node keeps the one that ranks first.

They spread together. A need that comes second at a node can never come first behind it, so one
number a node is enough: the place of the need among its rivals, and the steps, packed into one.
The exception is a node that asks again for a guard on the way out that it asks for on the way in
(an account whose second factor opens the account, and then a role): there the first need that
holds the guard is kept as well.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.held import FREE
from idgraph.analysis.labels import Labels, joined
from idgraph.graph import Bools, Ints

if TYPE_CHECKING:
    from idgraph.analysis.layers import Layers

Places = NDArray[np.int64]

_NOTHING = np.iinfo(np.int64).max
_STEPS = 32  # bits
FEW = 50  # needs that are put in their places one by one


def settle(layers: Layers, seeds: Labels) -> Labels:
    """Return what the nodes behind some seeds keep of them."""
    at_home = seeds.where(_at_home(layers, seeds))
    seeds = joined([seeds, _echoes(layers, at_home.where(_of_use(layers, at_home)))])
    places_of, ranked = _by_rank(layers, seeds.needs)
    places = _spread(layers, seeds, places_of)
    nodes = np.flatnonzero(places != _NOTHING).astype(np.int32)
    needs = ranked[places[nodes] >> _STEPS]
    hops = (places[nodes] & ((1 << _STEPS) - 1)).astype(np.int32)
    took = layers.held.enter(nodes, needs, layers.at_home(needs, nodes))
    kept = Labels(needs, nodes, hops).where(took)
    return joined([kept, _kept_at_home(layers, seeds.where(_at_home(layers, seeds)), kept)])


def _by_rank(layers: Layers, needs: Ints) -> tuple[Places, Ints]:
    """Return the place of each need by rank, and the needs by their places."""
    known = layers.edges
    if int(needs.max(initial=0)) < len(known.needs):
        return known.rank_of_need[needs].astype(np.int64), known.needs_by_rank
    numbers, which = np.unique(needs, return_inverse=True)
    first_new = int(np.searchsorted(numbers, len(known.needs)))
    old, rank = numbers[:first_new], layers.needs.rank
    new = sorted(numbers[first_new:].tolist(), key=rank)  # the walk's own
    ranked = old[np.argsort(known.rank_of_need[old], kind="stable")]
    if len(new) > FEW:
        ranked = np.array(sorted(numbers.tolist(), key=rank), np.int32)
    else:
        at = [bisect_left(ranked, rank(each), key=lambda one: rank(int(one))) for each in new]
        ranked = np.insert(ranked, at, new).astype(np.int32)
    place = np.empty(len(numbers), np.int64)
    place[np.searchsorted(numbers, ranked)] = np.arange(len(numbers))
    return place[which], ranked


def _spread(layers: Layers, seeds: Labels, place: Places) -> Places:
    """Return, by node, the first place and the fewest steps with it, packed."""
    places = np.full(len(layers.base), _NOTHING, np.int64)
    front = _better(layers, places, seeds.nodes, place << _STEPS | seeds.hops)
    while len(front):
        tails, heads = _onward(layers, front)
        front = _better(layers, places, heads, places[tails] + layers.steps(tails, heads))
    return places


def _better(layers: Layers, places: Places, nodes: Ints, offered: Places) -> Ints:
    """Take what is better than what nodes have, and return the nodes that changed."""
    useful = (offered < places[nodes]) & ~layers.held.settled[nodes]
    nodes, offered = nodes[useful], offered[useful]
    np.minimum.at(places, nodes, offered)
    return np.unique(nodes)


def _onward(layers: Layers, front: Ints) -> tuple[Ints, Ints]:
    """Return the ends of the open edges out of some nodes."""
    tails, heads = [], []
    for adjacency in (layers.clean, layers.guarded):
        slots = adjacency.slots(front)
        rows = np.repeat(front, adjacency.ptr[front + 1] - adjacency.ptr[front])
        if adjacency is layers.guarded:
            is_open = layers.open[slots]
            slots, rows = slots[is_open], rows[is_open]
        tails.append(rows)
        heads.append(adjacency.nbr[slots])
    return np.concatenate(tails), np.concatenate(heads)


# Guards that a node asks for on the way in and on the way out.


def _at_home(layers: Layers, labels: Labels) -> Bools:
    """Return which labels stand at a node that may ask again for a guard of theirs."""
    not_free: Bools = layers.held.of_node[labels.nodes] != FREE
    return not_free & layers.at_home(labels.needs, labels.nodes)


def _of_use(layers: Layers, labels: Labels) -> Bools:
    """Return which labels their nodes, as they are asked now, would take."""
    rows = zip(labels.nodes.tolist(), labels.needs.tolist(), strict=True)
    return np.array([layers.held.would_take(node, need) for node, need in rows], bool)


def _echoes(layers: Layers, seeds: Labels) -> Labels:
    """Return what seeds become behind the slots that ask only for what was just passed."""
    guarded = layers.guarded
    slots = guarded.slots(seeds.nodes)
    owner = np.repeat(
        np.arange(len(seeds.nodes)), guarded.ptr[seeds.nodes + 1] - guarded.ptr[seeds.nodes]
    )
    asked = np.flatnonzero(layers.asked[slots] > 0)
    again = [
        at
        for at in asked.tolist()
        if layers.needs.union(int(seeds.needs[owner[at]]), int(layers.asked[slots[at]]))
        == seeds.needs[owner[at]]
    ]
    slots, owner = slots[again], owner[again]
    tails, heads = seeds.nodes[owner], guarded.nbr[slots]
    hops = seeds.hops[owner] + layers.steps(tails, heads)
    return Labels(seeds.needs[owner], heads, hops.astype(np.int32))


def _kept_at_home(layers: Layers, seeds: Labels, kept: Labels) -> Labels:
    """Return the seeds that their nodes keep beside the need that ranks first there."""
    if not len(seeds.nodes):
        return seeds
    first = dict(zip(kept.nodes.tolist(), kept.needs.tolist(), strict=True))
    rows = zip(seeds.nodes.tolist(), seeds.needs.tolist(), seeds.hops.tolist(), strict=True)
    fewest: dict[tuple[int, int], int] = {}
    for node, need, hops in rows:
        if not _says_as_much(layers, first.get(node), need, node):
            fewest[node, need] = min(hops, fewest.get((node, need), hops))
    home = np.ones(1, bool)
    found = [
        (need, node, hops)
        for (node, need), hops in sorted(
            fewest.items(), key=lambda item: (layers.needs.rank(item[0][1]), item[0])
        )
        if layers.held.enter(np.array([node], np.int32), np.array([need], np.int32), home)[0]
    ]
    columns = np.array(found, np.int32).reshape(-1, 3)
    return Labels(columns[:, 0], columns[:, 1], columns[:, 2])


def _says_as_much(layers: Layers, first: int | None, need: int, node: int) -> bool:
    """Return whether the need that ranks first at a node holds all that is asked there again."""
    if first is None:
        return False
    again = layers.held.asked_again_at(node).intersection(layers.needs[need])
    return again.issubset(layers.needs[first])
