"""The part of a search that lies behind guards, layer by layer.

Nodes are places in the region behind what is reached outright, where nothing else is said.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.edges import Facts, View, facts
from idgraph.analysis.held import FREE, Held
from idgraph.analysis.labels import Labels, joined
from idgraph.analysis.levels import UNREACHED
from idgraph.analysis.region import Region
from idgraph.analysis.rivals import settle
from idgraph.graph import Bools, Csr, Ints

Keys = NDArray[np.int64]


class Layers:
    """What is needed where nothing is reached outright."""

    def __init__(
        self,
        view: View,
        base: Ints,
        cap: int,
        only: frozenset[str] | None,
        within: Region,
        before: Layers | None = None,
    ) -> None:
        """`before` is the same search without assumptions, of which all is kept that holds."""
        self.view = view
        self.edges = view.edges
        self.needs = view.needs
        self.within = within
        self.clean = within.clean
        self.guarded = within.guarded
        self.asked: Ints = view.need[within.guarded.eid]  # by slot of `guarded`, as `view.need`
        self.open: Bools = self.asked == 0
        self.base: Ints = base[within.nodes]
        self.held = Held(view, self.base, within.nodes, cap)
        self._whole = base
        self._before = before
        self._anew: Bools | None = None if before is None else self._changed(before)
        self._only = only
        self._pending: dict[int, list[Labels]] = {}
        self._found: dict[int, list[tuple[Keys, Ints]]] = {}  # by layer: keys ascending, hops
        self._need: Ints = np.minimum(self.base, 0)
        self._hops: Ints = self.base.copy()
        if before is not None and self._anew is not None:
            self._take_over(before, ~self._anew)

    @property
    def cut(self) -> bool:
        """Whether a need was dropped because a node held too many."""
        return self.held.cut

    def run(self, slots: Ints, more: Labels) -> None:
        """Take all layers, from the guarded slots that lead out of what is reached outright.

        `more` are nodes that are reached with a need by other ways: gates.
        """
        place = self.within.place
        self._await(Labels(more.needs, place[more.nodes], more.hops))
        tails, heads = self.edges.guarded_tails[slots], self.edges.guarded.nbr[slots]
        hubs = self.edges.graph.hubs
        hops = self._whole[tails] + 1 - (hubs[tails] & ~hubs[heads])
        seeds = Labels(self.view.need[slots], place[heads], hops.astype(np.int32))
        if self._before is not None and self._anew is not None:
            seeds = seeds.where(self._anew[seeds.nodes])
            self._lead_on(self._before, self._anew)
        self._await(seeds)
        while self._pending:
            layer = min(self._pending)
            self._run_layer(layer, joined(self._pending.pop(layer)))

    def steps(self, tails: Ints, heads: Ints) -> Ints:
        """Return what edges of the region add to the shown steps."""
        hubs = self.within.hubs
        steps: Ints = 1 - (hubs[tails] & ~hubs[heads])
        return steps

    def best(self) -> tuple[Ints, Ints]:
        """Return the least need of each node of the graph and the shown steps with it."""
        need, hops = np.minimum(self._whole, 0), self._whole.copy()
        need[self.within.nodes], hops[self.within.nodes] = self._need, self._hops
        return need, hops

    def hops_at(self, node: int, need: int) -> int:
        """Return the shown steps to a node with a need, UNREACHED when it does not hold it."""
        place = int(self.within.place[node])
        if place < 0:
            return UNREACHED
        if self._before is not None and self._anew is not None and not self._anew[place]:
            return self._before.hops_at(node, need)
        key = need * len(self.base) + place
        layer = int(self.layer(np.array([need], np.int32))[0])
        for keys, hops in self._found.get(layer, ()):
            at = int(np.searchsorted(keys, key))
            if at < len(keys) and keys[at] == key:
                return int(hops[at])
        return UNREACHED

    def held_by(self, node: int) -> tuple[int, ...]:
        """Return the needs that a node holds."""
        place = int(self.within.place[node])
        if self._before is not None and self._anew is not None and not self._anew[place]:
            return self._before.held_by(node)
        return self.held.by(place) if place >= 0 else ()

    # What assumptions change, and what they leave as it was.

    def _take_over(self, before: Layers, kept: Bools) -> None:
        self._need[kept] = before._need[kept]
        self._hops[kept] = before._hops[kept]

    def _changed(self, before: Layers) -> Bools:
        """Return the places at which more, or the same in fewer steps, may be reached than before.

        Whatever an assumption leads to, and what lies behind it.
        """
        known, place = self.edges, self.within.place
        nearer: Bools = self._whole != before._whole
        slots = known.doubtful[known.guarded_sets] | nearer[known.guarded_tails]
        heads = place[known.guarded.nbr[slots]]
        anew: Bools = nearer[self.within.nodes]
        anew[heads[heads >= 0]] = True
        front = np.flatnonzero(anew).astype(np.int32)
        while len(front):
            nearby = [each.nbr[each.slots(front)] for each in (self.clean, self.guarded)]
            heads = np.concatenate(nearby)
            front = np.unique(heads[~anew[heads]])
            anew[front] = True
        return anew

    def _lead_on(self, before: Layers, anew: Bools) -> None:
        """Await what the labels that stay as they were become where they lead to the others."""
        for found in before._found.values():
            for keys, hops in found:
                needs, nodes = np.divmod(keys, len(self.base))
                labels = Labels(needs.astype(np.int32), nodes.astype(np.int32), hops)
                labels = labels.where(~anew[nodes])
                for adjacency in (self.clean, self.guarded):
                    self._lead(labels, adjacency, anew)

    def _lead(self, labels: Labels, adjacency: Csr, anew: Bools) -> None:
        slots = adjacency.slots(labels.nodes)
        width = adjacency.ptr[labels.nodes + 1] - adjacency.ptr[labels.nodes]
        owner = np.repeat(np.arange(len(labels.nodes)), width)
        useful = anew[adjacency.nbr[slots]] & (self.base[adjacency.nbr[slots]] < 0)
        if adjacency is self.guarded:
            useful &= self.asked[slots] >= 0
        slots, owner = slots[useful], owner[useful]
        needs, tails, heads = labels.needs[owner], labels.nodes[owner], adjacency.nbr[slots]
        if adjacency is self.guarded:
            needs = self._unions(needs, self.asked[slots])
        hops = labels.hops[owner] + self.steps(tails, heads)
        self._await(Labels(needs, heads, hops.astype(np.int32)))

    # Needs by layer.

    def _facts(self, needs: Ints) -> Facts:
        """Return facts that hold a row for each of these needs.

        Needs that came up in this walk stand behind those that edges ask for.
        """
        kept: dict[str, Facts] = self.needs.facts
        known = kept.get("facts") or self.edges.facts
        if len(needs) and needs.max() >= len(known.layer):
            new = [self.needs[each] for each in range(len(known.layer), len(self.needs))]
            known = kept["facts"] = _both(known, facts(self.edges.guarding, new))
        return known

    def layer(self, needs: Ints) -> Ints:
        """Return the layers of needs."""
        return self._facts(needs).layer[needs]

    def shared(self, needs: Ints) -> Bools:
        """Return whether each need holds a guard that may be asked for again anywhere."""
        return self._facts(needs).shared[needs]

    def asked_again(self, needs: Ints) -> Bools:
        """Return whether a guard of each need may be asked for again somewhere."""
        known = self._facts(needs)
        return known.shared[needs] | (known.homes[needs] >= 0).any(axis=1)

    def at_home(self, needs: Ints, nodes: Ints) -> Bools:
        """Return whether each node may ask for a guard of its need again."""
        return self._facts(needs).at_home(needs, self.within.nodes[nodes])

    def _await(self, labels: Labels) -> None:
        if self._only is not None and len(labels.needs):
            labels = labels.where(self._wanted(labels.needs, self._only))
        layers = self.layer(labels.needs)
        for layer in np.unique(layers).tolist():
            self._pending.setdefault(layer, []).append(labels.where(layers == layer))

    def _wanted(self, needs: Ints, only: frozenset[str]) -> Bools:
        """Return which needs hold none but these guards."""
        wanted: Bools = np.isin(needs, self.edges.made_of(only)) | (needs == 0)
        own = np.flatnonzero(needs >= len(self.edges.needs))
        wanted[own] = [only.issuperset(self.needs[need]) for need in needs[own].tolist()]
        return wanted

    def _run_layer(self, layer: int, seeds: Labels) -> None:
        shared = self.shared(seeds.needs)
        if not shared.all():
            labels = settle(self, seeds.where(~shared))
            self._take(layer, labels)
            self.held.settled[labels.nodes] = True
            self._go_on(labels)
        seeds = seeds.where(shared)
        for need in sorted(np.unique(seeds.needs).tolist(), key=self.needs.rank):
            labels = self._wave(need, seeds.where(seeds.needs == need))
            self._take(layer, labels)
            self._go_on(labels)

    def _take(self, layer: int, labels: Labels) -> None:
        """Keep labels, and let each better what is known of its node."""
        if not len(labels.nodes):
            return
        keys = labels.needs.astype(np.int64) * len(self.base) + labels.nodes
        order = np.argsort(keys)
        self._found.setdefault(layer, []).append((keys[order], labels.hops[order]))
        better = self._ranks_before(labels.needs, self._need[labels.nodes])
        labels = labels.where(better)
        first = self._first_by_rank(labels)
        self._need[labels.nodes[first]] = labels.needs[first]
        self._hops[labels.nodes[first]] = labels.hops[first]

    def _ranks_before(self, needs: Ints, others: Ints) -> Bools:
        before: Bools = others < 0
        for at in np.flatnonzero(~before).tolist():
            before[at] = self.needs.rank(int(needs[at])) < self.needs.rank(int(others[at]))
        return before

    def _first_by_rank(self, labels: Labels) -> Ints:
        """Return, for nodes that come with several needs, where the first in rank is."""
        nodes, count = np.unique(labels.nodes, return_counts=True)
        if len(nodes) == len(labels.nodes):
            return np.arange(len(nodes), dtype=np.int32)
        several = np.isin(labels.nodes, nodes[count > 1])
        chosen: dict[int, int] = {}
        for at in np.flatnonzero(several).tolist():
            node = int(labels.nodes[at])
            other = chosen.setdefault(node, at)
            if self.needs.rank(int(labels.needs[at])) < self.needs.rank(int(labels.needs[other])):
                chosen[node] = at
        alone = np.flatnonzero(~several)
        return np.concatenate((alone, list(chosen.values()))).astype(np.int32)

    # From one layer to those behind it.

    def _go_on(self, labels: Labels) -> None:
        """Await what each label becomes behind the guarded slots of its node."""
        guarded = self.guarded
        slots = guarded.slots(labels.nodes)
        owner = np.repeat(
            np.arange(len(labels.nodes), dtype=np.int32),
            guarded.ptr[labels.nodes + 1] - guarded.ptr[labels.nodes],
        )
        useful = self._useful(labels, slots, owner)
        slots, owner = slots[useful], owner[useful]
        if not len(slots):
            return
        together = self._unions(labels.needs[owner], self.asked[slots])
        tails, heads = labels.nodes[owner], guarded.nbr[slots]
        hops = labels.hops[owner] + self.steps(tails, heads)
        more = together != labels.needs[owner]
        self._await(Labels(together, heads, hops.astype(np.int32)).where(more))

    def _unions(self, needs: Ints, more: Ints) -> Ints:
        """Return needs with what is asked for besides."""
        used, which = np.unique(needs.astype(np.int64) << 32 | more, return_inverse=True)
        together = [self.needs.union(pair >> 32, pair & 0xFFFFFFFF) for pair in used.tolist()]
        return np.array(together, np.int32)[which]

    def _useful(self, labels: Labels, slots: Ints, owner: Ints) -> Ints:
        """Return the slots that ask for more and lead where more could be of use.

        A settled node has no use for a larger need that nothing asks for again.
        """
        asked, heads = self.asked[slots], self.guarded.nbr[slots]
        useful = np.flatnonzero((asked > 0) & (self.held.of_node[heads] != FREE))
        late = useful[self.held.settled[heads[useful]]]
        if len(late):
            spent = ~self.shared(asked[late]) & ~self.shared(labels.needs[owner[late]])
            spent &= ~self.at_home(asked[late], heads[late])
            useful = np.setdiff1d(useful, late[spent], assume_unique=True)
        return useful.astype(np.int32)

    # One need by itself.

    def _wave(self, need: int, seeds: Labels) -> Labels:
        by_hops = np.argsort(seeds.hops, kind="stable")
        nodes, hops = seeds.nodes[by_hops], seeds.hops[by_hops]
        reached: list[Labels] = []
        front, at, level = nodes[:0], 0, 0
        while len(front) or at < len(nodes):
            level = level if len(front) else int(hops[at])
            until = at + int(np.searchsorted(hops[at:], level, side="right"))
            front = self._enter(np.concatenate((front, nodes[at:until])), need)
            at = until
            inside = self.within.hubs[front]
            through = self._heads(front[inside], need)
            within = self._enter(through[~self.within.hubs[through]], need)
            reached.append(_at_level(need, np.concatenate((front, within)), level))
            onward = np.concatenate((front[~inside], within))
            front = np.concatenate((through[self.within.hubs[through]], self._heads(onward, need)))
            level += 1
        return joined(reached)

    def _enter(self, nodes: Ints, need: int) -> Ints:
        nodes = np.unique(nodes)
        needs = np.full(len(nodes), need, np.int32)
        return nodes[self.held.enter(nodes, needs, self.at_home(needs, nodes))]

    def _heads(self, front: Ints, need: int) -> Ints:
        """Return where some nodes lead with a need and nothing more."""
        clean, guarded = self.clean, self.guarded
        slots = guarded.slots(front)
        asked, which = np.unique(self.asked[slots], return_inverse=True)
        enough = np.array(
            [each >= 0 and self.needs.union(need, each) == need for each in asked.tolist()], bool
        )
        return np.concatenate((clean.nbr[clean.slots(front)], guarded.nbr[slots[enough[which]]]))


def _at_level(need: int, nodes: Ints, level: int) -> Labels:
    return Labels(
        np.full(len(nodes), need, np.int32),
        nodes.astype(np.int32),
        np.full(len(nodes), level, np.int32),
    )


def _both(one: Facts, other: Facts) -> Facts:
    width = max(one.homes.shape[1], other.homes.shape[1])
    homes = [
        np.pad(each.homes, ((0, 0), (0, width - each.homes.shape[1])), constant_values=-1)
        for each in (one, other)
    ]
    return Facts(
        np.concatenate((one.layer, other.layer)),
        np.concatenate((one.shared, other.shared)),
        np.concatenate(homes),
    )
