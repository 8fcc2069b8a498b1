"""The search for the least that is needed to reach each node.

What is reached outright comes first, by levels. Behind it, needs are taken in the order of their
rank, and each runs as one wave of levels over the nodes where nothing before it serves as well
(`needs.beats`). Ranks never fall along a path, so the first need to reach a node is the least one
for it and nothing is ever taken back. A node keeps further needs only while a guard of theirs may
be asked for again on the way on, and at most CAP of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from idgraph.analysis.edges import SHARED, SPENT, View
from idgraph.analysis.levels import UNREACHED, levels
from idgraph.analysis.needs import beats
from idgraph.graph import Bools, Ints

CAP = 16  # needs kept per node; `cut` says that one was dropped
FIRST_THINNING = 32  # waves; doubled each time

_FREE = 1  # the number of the held set of a node that is reached outright


class Label(NamedTuple):
    """The nodes that one need reaches, ascending, and the shown steps to each."""

    nodes: Ints
    hops: Ints

    def at(self, node: int) -> int:
        """Return the steps to a node, UNREACHED when the need does not reach it."""
        place = int(np.searchsorted(self.nodes, node))
        here = place < len(self.nodes) and self.nodes[place] == node
        return int(self.hops[place]) if here else UNREACHED


class Search:
    """One search from one node; `need[v]` is the number of the least need, -1 where none serves."""

    def __init__(self, view: View, start: int, cap: int = CAP) -> None:
        self.view = view
        self.start = start
        self.cut = False
        self.base = levels(view, start)
        self.hops = self.base
        self.need: Ints = np.where(self.base >= 0, 0, -1).astype(np.int32)
        self.labels: dict[int, Label] = {}
        self._waves: _Waves | None = None
        self.tree: Ints | None = None  # made when a path is first asked for, as is `before`
        self.before: dict[tuple[int, int, int], tuple[int, int]] = {}
        self.cap = cap
        slots = self._way_out()
        if len(slots):
            self.hops = self.base.copy()
            self._waves = _Waves(self, slots)
            self._waves.run()

    def _way_out(self) -> Ints:
        """Return the guarded slots that lead from what is reached to what is not."""
        edges = self.view.edges
        hops = self.base
        wanted = (self.view.need > 0) & (hops[edges.guarded_tails] >= 0)
        return np.flatnonzero(wanted & (hops[edges.guarded.nbr] < 0)).astype(np.int32)

    def hops_at(self, node: int, need: int) -> int:
        """Return the shown steps to a node when just this is needed, or UNREACHED."""
        if need == 0:
            return int(self.base[node])
        label = self.labels.get(need)
        at = label.at(node) if label else UNREACHED
        return int(self.hops[node]) if at < 0 and self.need[node] == need else at

    def held(self, node: int) -> tuple[int, ...]:
        """Return the numbers of the needs that a node was reached with, the least one first."""
        mine = int(self.need[node])
        if mine <= 0 or self._waves is None:
            return (mine,) if mine >= 0 else ()
        return (mine, *(each for each in self._waves.held_by(node) if each != mine))

    def step(self, tail: int, head: int) -> int:
        """Return what an edge adds to the shown steps: nothing where it leaves a hub."""
        hubs = self.view.edges.graph.hubs
        return 0 if hubs[tail] and not hubs[head] else 1


class _Waves:
    """The part of a search that lies behind guards."""

    def __init__(self, search: Search, slots: Ints) -> None:
        self.search = search
        self.view = search.view
        self.needs = search.view.needs
        self.edges = search.view.edges
        self.hubs = self.edges.graph.hubs
        self.local = _guards_by_anchor(self.edges.guarding.anchors)
        self.held = np.where(search.base >= 0, _FREE, 0).astype(np.int32)
        self.sets: list[tuple[int, ...]] = [(), (0,)]  # held sets by number
        self.final = [False, True]  # by held set: nothing spent can be added any more
        self.numbers = {each: number for number, each in enumerate(self.sets)}
        self.memo: dict[tuple[int, int], int] = {}
        self.pending: dict[int, list[tuple[Ints, Ints]]] = {}
        self.heap: list[tuple[object, int]] = []
        self.leaves: list[tuple[Ints, Ints, Ints]] = []
        self._take_seeds(slots)

    def _take_seeds(self, slots: Ints) -> None:
        need = self.view.need[slots]
        head = self.edges.guarded.nbr[slots]
        tail = self.edges.guarded_tails[slots]
        hops = self.search.base[tail] + 1 - (self.hubs[tail] & ~self.hubs[head])
        own = need >= len(self.edges.needs)  # needs of this walk only have no ranks at hand
        for number in np.unique(need[own]).tolist():
            here = own & (need == number)
            self._await(number, head[here], hops[here])
        order = np.flatnonzero(~own)
        order = order[np.argsort(self.edges.rank_of_need[need[order]], kind="stable")]
        self.seeds = (need[order], head[order], hops[order].astype(np.int32))

    def _await(self, need: int, nodes: Ints, hops: Ints) -> None:
        if need not in self.pending:
            self.pending[need] = []
            heappush(self.heap, (self.needs.rank(need), need))
        self.pending[need].append((nodes, hops.astype(np.int32)))

    def run(self) -> None:
        """Take all needs in the order of their rank."""
        done, next_thinning = 0, 0
        while True:
            if done >= next_thinning:
                self._thin()
                next_thinning = max(FIRST_THINNING, 2 * done)
            need = self._next()
            if need is None:
                break
            done += 1
            self._wave(need, *self._seeds_of(need))
        self._settle_leaves()

    def _next(self) -> int | None:
        first = int(self.seeds[0][0]) if len(self.seeds[0]) else None
        if self.heap and (first is None or self.heap[0][0] < self.needs.rank(first)):
            first = self.heap[0][1]
        return first

    def _seeds_of(self, need: int) -> tuple[Ints, Ints]:
        found = []
        if self.heap and self.heap[0][1] == need:
            heappop(self.heap)
            found += self.pending.pop(need)
        numbers, heads, hops = self.seeds
        count = _run_length(numbers, need)
        if count:
            found.append((heads[:count], hops[:count]))
            self.seeds = (numbers[count:], heads[count:], hops[count:])
        return (np.concatenate([each[0] for each in found]),
                np.concatenate([each[1] for each in found]))

    # One wave.

    def _wave(self, need: int, nodes: Ints, hops: Ints) -> None:
        by_hops = np.argsort(hops, kind="stable")
        nodes, hops = nodes[by_hops], hops[by_hops]
        reached: list[tuple[Ints, int]] = []
        front, at, level = nodes[:0], 0, 0
        while len(front) or at < len(nodes):
            level = level if len(front) else int(hops[at])
            until = at + int(np.searchsorted(hops[at:], level, side="right"))
            front = self._enter(np.concatenate((front, nodes[at:until])), need)
            at = until
            inside = front[self.hubs[front]]
            onward = front[:0]
            if len(inside):
                through = self._heads(inside, need, level, leaving_hubs=True)
                within = self._enter(through[~self.hubs[through]], need)
                onward = through[self.hubs[through]]
                reached.append((inside, level))
                front = np.concatenate((front[~self.hubs[front]], within))
            reached.append((front, level))
            level += 1
            front = np.concatenate((onward, self._heads(front, need, level)))
        self._record(need, reached)

    def _record(self, need: int, reached: list[tuple[Ints, int]]) -> None:
        nodes = np.concatenate([each for each, _ in reached])
        if not len(nodes):
            return
        hops = np.repeat(
            np.array([level for _, level in reached], np.int32),
            [len(each) for each, _ in reached],
        )
        order = np.argsort(nodes)
        self.search.labels[need] = Label(nodes[order], hops[order])
        new = self.search.need[nodes] < 0
        self.search.need[nodes[new]] = need
        self.search.hops[nodes[new]] = hops[new]

    def _heads(self, front: Ints, need: int, level: int, *, leaving_hubs: bool = False) -> Ints:
        """Return where a need leads from some nodes; what needs more is put off."""
        edges = self.edges
        heads = edges.clean.nbr[edges.clean.slots(front)]
        slots = edges.guarded.slots(front)
        slots = slots[(self.view.need[slots] >= 0) & (self.held[edges.guarded.nbr[slots]] != _FREE)]
        if not len(slots):
            return heads
        asked, which = np.unique(self.view.need[slots], return_inverse=True)
        together = np.array([self.needs.union(need, int(each)) for each in asked], np.int32)[which]
        onward = edges.guarded.nbr[slots]
        more = together != need
        self._put_off(together[more], onward[more], level, leaving_hubs=leaving_hubs)
        return np.concatenate((heads, onward[~more]))

    def _put_off(self, needs: Ints, heads: Ints, level: int, *, leaving_hubs: bool) -> None:
        hops = level + (self.hubs[heads] if leaving_hubs else np.zeros(len(heads), np.int32))
        for number in np.unique(needs).tolist():
            here = needs == number
            self._await(number, heads[here], hops[here])

    # What nodes hold.

    def _enter(self, nodes: Ints, need: int) -> Ints:
        """Give a need to those nodes that nothing serves as well, and return them, ascending."""
        nodes = np.unique(nodes)
        if not len(nodes):
            return nodes
        kinds, which = np.unique(self.held[nodes], return_inverse=True)
        then = np.array([self._with(int(each), need) for each in kinds], np.int32)[which]
        for node in self._own_nodes(need):
            at = np.searchsorted(nodes, node)
            if at < len(nodes) and nodes[at] == node:
                then[at] = self._with(int(self.held[node]), need, node)
        entered = then >= 0
        self.held[nodes[entered]] = then[entered]
        return nodes[entered]

    def _own_nodes(self, need: int) -> Iterator[int]:
        """Return the nodes at which a guard of this need may be asked for again."""
        anchors = self.edges.guarding.anchors
        for node in {anchors[guard] for guard in self.needs[need]}:
            if node >= 0:
                yield node

    def _with(self, held: int, need: int, node: int | None = None) -> int:
        """Return the held set that one becomes by a need, -1 when it serves as well already."""
        if held == _FREE:
            return -1
        if node is not None:
            return self._added(held, need, {*self.local.get(SHARED, ()), *self.local[node]})
        if (held, need) not in self.memo:
            self.memo[held, need] = self._added(held, need, self.local.get(SHARED, frozenset()))
        return self.memo[held, need]

    def _added(self, held: int, need: int, live: set[str] | frozenset[str]) -> int:
        mine = self.needs[need]
        if any(beats(self.needs[each], mine, live) for each in self.sets[held]):
            return -1
        if len(self.sets[held]) >= self.search.cap:
            self.search.cut = True
            return -1
        together = (*self.sets[held], need)
        if together not in self.numbers:
            self.numbers[together] = len(self.sets)
            self.sets.append(together)
            self.final.append(self.final[held] or self._spent(need))
        return self.numbers[together]

    def _spent(self, need: int) -> bool:
        return self.edges.guarding.spent(self.needs[need])

    def held_by(self, node: int) -> tuple[int, ...]:
        """Return the numbers of the needs that waves gave to a node."""
        return self.sets[self.held[node]]

    # Nodes behind a guard that lead nowhere new: most of them, where many accounts can be reset.

    def _thin(self) -> None:
        """Set aside the seeds whose nodes could hand on nothing that is still of use."""
        numbers, heads, hops = self.seeds
        if not len(heads):
            return
        idle = self._idle(np.unique(heads))
        leaf = idle[heads] & self.edges.spent_need[numbers]
        self.leaves.append((numbers[leaf], heads[leaf], hops[leaf]))
        self.seeds = (numbers[~leaf], heads[~leaf], hops[~leaf])

    def _idle(self, nodes: Ints) -> Bools:
        """Return, by node, whether it is one of these and leads only to nodes that are final."""
        edges, final = self.edges, np.array(self.final)
        idle = np.zeros(len(self.held), bool)
        idle[nodes] = True
        for adjacency in (edges.clean, edges.guarded):
            slots = adjacency.slots(nodes)
            tails = np.repeat(nodes, adjacency.ptr[nodes + 1] - adjacency.ptr[nodes])
            busy = ~final[self.held[adjacency.nbr[slots]]]
            if adjacency is edges.guarded:
                busy &= self.view.need[slots] >= 0
            idle[tails[busy]] = False
        return idle

    def _settle_leaves(self) -> None:
        """Give each leaf the least need that leads to it."""
        if not self.leaves:
            return
        numbers, heads, hops = (np.concatenate(column) for column in zip(*self.leaves, strict=True))
        order = np.lexsort((hops, self.edges.rank_of_need[numbers], heads))
        nodes, first = np.unique(heads[order], return_index=True)
        need, steps = numbers[order][first], hops[order][first]
        for at in np.flatnonzero(self.search.need[nodes] >= 0).tolist():
            self._compare(int(nodes[at]), int(need[at]), int(steps[at]))
        new = self.search.need[nodes] < 0
        self.search.need[nodes[new]] = need[new]
        self.search.hops[nodes[new]] = steps[new]

    def _compare(self, node: int, need: int, hops: int) -> None:
        search = self.search
        now = (self.needs.rank(int(search.need[node])), int(search.hops[node]))
        if (self.needs.rank(need), hops) < now:
            search.need[node] = need
            search.hops[node] = hops


def _guards_by_anchor(anchors: dict[str, int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for guard, anchor in anchors.items():
        if anchor != SPENT:
            found.setdefault(anchor, set()).add(guard)
    return {anchor: frozenset(guards) for anchor, guards in found.items()}


def _run_length(numbers: Ints, need: int) -> int:
    """Return how many entries at the front are this need; equal ones stand together."""
    if not len(numbers) or numbers[0] != need:
        return 0
    other = np.flatnonzero(numbers[: 64] != need)
    if len(other):
        return int(other[0])
    other = np.flatnonzero(numbers != need)
    return int(other[0]) if len(other) else len(numbers)
