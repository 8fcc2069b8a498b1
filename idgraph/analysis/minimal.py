"""All sets of guards that suffice, minimal by inclusion, for every node at once.

Needs are taken in layers, as in `layers`: of two needs of one layer none holds the other, so what
a node holds when its layer comes is what its new needs have to be compared with, and nothing has
to be taken back. Gates join: what opens one are the unions of what k of its legs need, each held
by another account.

A node keeps at most as many needs as the cap, those of the lower layers first; `cut` says that
one was dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.edges import LAYER, SHARED, Edges, View
from idgraph.analysis.labels import Labels
from idgraph.analysis.needs import Need, beats, blind
from idgraph.graph import Bools, Ints

Keys = NDArray[np.int64]

UNSURE = 1 << 20  # steps: more than any way takes, until they are worked out
MOST_OFFERS = 64  # of accounts with what they need, for a leg

_LOW = 0xFFFFFFFF
_EMPTY = np.zeros(0, np.int64)


def upstream(known: Edges, base: Ints) -> Bools:
    """Return the nodes from which gates that are shut might be opened."""
    gates, back = known.gates, known.graph.back()
    shut = base[gates.node[gates.gate_of_leg[gates.leg]]] < 0
    found = np.zeros(len(base), bool)
    if (gates.any_account & shut).any():
        return ~found  # whoever is held may stand for a leg
    front = gates.tails[shut]
    while len(front := np.unique(front[~found[front] & (base[front] < 0)])):
        found[front] = True
        front = back.nbr[back.slots(front)]
    found[gates.node] = True
    return found


class Minimal:
    """The minimal needs of each node that is not reached outright; of all, or `only` of some."""

    def __init__(self, view: View, base: Ints, cap: int, only: Bools | None = None) -> None:
        self._open = base < 0 if only is None else (base < 0) & only
        self.view = view
        self.needs = view.needs
        self.base = base
        self.cap = cap
        self.cut = False
        self._row = np.full(len(base), -1, np.int32)  # of the table, by node
        self._table = np.full((0, cap), -1, np.int32)
        self._count = np.zeros(0, np.int32)
        self._nodes = np.zeros(0, np.int32)  # by row
        self._pending: dict[int, list[Keys]] = {}
        self._subsets: dict[int, bool] = view.needs.facts.setdefault("subsets", {})
        self._layers: dict[int, int] = {}
        self._known_sizes = view.edges.sizes
        self._gates = _Offers(self)
        self._run()

    def of(self, node: int) -> tuple[int, ...]:
        """Return the minimal needs of a node, none where it is never reached."""
        if self.base[node] >= 0:
            return (0,)
        row = int(self._row[node])
        return tuple(self._table[row, : self._count[row]].tolist()) if row >= 0 else ()

    def reached(self, nodes: Ints) -> Bools:
        """Return which nodes are reached as far as is known."""
        reached: Bools = (self.base[nodes] >= 0) | (self._row[nodes] >= 0)
        return reached

    def held(self, among: Bools) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield nodes that are reached with a need, and their needs."""
        for node in sorted(self._nodes[among[self._nodes]].tolist()):
            yield node, self.of(node)

    def gates(self) -> Labels:
        """Return the gates that open with a need, with each that may be the best to go on with.

        A guard that only edges at one other node ask for is never asked for again behind a gate
        that it helped to open: that node is held already, and what lies behind it is reached
        without the gate.
        """
        gates = self.view.edges.gates.node
        rows = [
            (need, gate)
            for gate in gates[self.base[gates] < 0].tolist()
            for need in self._to_go_on_with(gate)
        ]
        columns = np.array(rows, np.int32).reshape(-1, 2)
        return Labels(columns[:, 0], columns[:, 1], np.full(len(rows), UNSURE, np.int32))

    def _to_go_on_with(self, gate: int) -> list[int]:
        live = self.view.edges.guarding.live
        again, kept = live[SHARED] | live.get(gate, frozenset()), list[int]()
        for need in sorted(self.of(gate), key=self.needs.rank):
            if not any(beats(self.needs[each], self.needs[need], again) for each in kept):
                kept.append(need)
        return kept

    def may_open_a_gate(self, needs: Ints) -> Bools:
        """Return which needs hold a guard that opens gates, those of this walk all but surely."""
        known = self.view.edges
        holding = [known.needs_by_guard.get(guard, []) for guard in self._keys]
        may = np.zeros(len(self.needs), bool)
        may[[number for numbers in holding for number in numbers]] = True
        may[len(known.needs) :] = True
        return may[needs]

    def opens_a_gate(self, need: Need) -> bool:
        """Return whether a gate that is shut opens for who passes what is needed."""
        mine = set(need)
        return any(mine.issuperset(each) for guard in need for each in self._keys.get(guard, ()))

    @cached_property
    def _keys(self) -> dict[str, list[Need]]:
        """What opens gates, by the first guard."""
        keys: dict[str, list[Need]] = {}
        gates = self.view.edges.gates.node
        opening = {need for gate in gates[self.base[gates] < 0].tolist() for need in self.of(gate)}
        for need in map(self.needs.__getitem__, sorted(opening)):
            keys.setdefault(need[0], []).append(need)
        return keys

    # By layer.

    def _run(self) -> None:
        self._go_on(np.flatnonzero(self.base >= 0).astype(np.int64))
        self._await(self._gates.opened(None))
        while self._pending:
            layer = min(self._pending)
            front = self._enter(np.unique(np.concatenate(self._pending.pop(layer))))
            while len(front):
                touched = [front]
                while len(front):
                    front = self._enter(self._go_on(front))
                    touched.append(front)
                opened = self._gates.opened(np.concatenate(touched) & _LOW)
                layers = self._layer_of(opened)
                self._await(opened[layers > layer])
                front = self._enter(opened[layers == layer])

    def _go_on(self, front: Keys) -> Keys:
        """Return what labels become by open edges; what asks for more awaits its layer."""
        heads = []
        known = self.view.edges
        for adjacency in (known.clean, known.guarded):
            nodes, needs = (front & _LOW).astype(np.int32), front >> 32
            slots = adjacency.slots(nodes)
            needs = np.repeat(needs, adjacency.ptr[nodes + 1] - adjacency.ptr[nodes])
            useful = self._open[adjacency.nbr[slots]]
            if adjacency is known.guarded:
                useful &= self.view.need[slots] >= 0
            slots, needs = slots[useful], needs[useful]
            together = needs
            if adjacency is known.guarded and len(slots):
                asked = self.view.need[slots]
                fresh = ~self._holds_one(adjacency.nbr[slots], needs, asked)
                slots, needs = slots[fresh], needs[fresh]
                together = self._unions(needs, asked[fresh])
            keys = together << 32 | adjacency.nbr[slots]
            more = together != needs
            self._await(np.unique(keys[more]))
            heads.append(keys[~more])
        return np.unique(np.concatenate(heads))

    def _unions(self, needs: Keys, more: Ints) -> Keys:
        pairs, which = np.unique(needs << 32 | more, return_inverse=True)
        together = [self.needs.union(pair >> 32, pair & _LOW) for pair in pairs.tolist()]
        return np.array(together, np.int64)[which]

    def _await(self, keys: Keys) -> None:
        layers = self._layer_of(keys)
        for layer in np.unique(layers).tolist():
            self._pending.setdefault(layer, []).append(keys[layers == layer])

    def _layer_of(self, keys: Keys) -> Ints:
        used, which = np.unique(keys >> 32, return_inverse=True)
        return np.array([self._layer(need) for need in used.tolist()], np.int32)[which]

    def _layer(self, number: int) -> int:
        if number not in self._layers:
            need = self.needs[number]
            self._layers[number] = len(blind(need)) * (LAYER - 1) + len(need)
        return self._layers[number]

    # What nodes hold.

    def _enter(self, keys: Keys) -> Keys:
        """Give nodes needs that hold none of theirs, and return the labels that were taken."""
        nodes = (keys & _LOW).astype(np.int32)
        new = self._open[nodes]
        keys, nodes = keys[new], nodes[new]
        if not len(keys):
            return _EMPTY
        rows = self._rows(nodes)
        same = (self._table[rows] == (keys >> 32)[:, None]).any(axis=1)
        full = self._count[rows] >= self.cap
        self.cut |= bool((full & ~same).any())
        keys, rows = keys[~same & ~full], rows[~same & ~full]
        fresh = ~self._dominated(rows, keys >> 32)
        keys, rows = keys[fresh], rows[fresh]
        order = np.lexsort((self._ranks(keys >> 32), rows))
        keys, rows = keys[order], rows[order]
        first = np.searchsorted(rows, rows)
        slots = self._count[rows] + np.arange(len(rows)) - first
        fits = slots < self.cap
        self.cut |= not fits.all()
        keys, rows, slots = keys[fits], rows[fits], slots[fits]
        self._table[rows, slots] = keys >> 32
        np.add.at(self._count, rows, 1)
        return keys

    def _holds_one(self, nodes: Ints, needs: Keys, asked: Ints) -> Bools:
        """Return which nodes hold one of two needs already, or more than they may."""
        rows = self._row[nodes]
        found = np.zeros(len(nodes), bool)
        known = np.flatnonzero(rows >= 0)
        held = self._table[rows[known]]
        same = (held == needs[known, None]) | (held == asked[known, None])
        full = self._count[rows[known]] >= self.cap
        self.cut |= bool((full & ~same.any(axis=1)).any())
        found[known] = same.any(axis=1) | full
        return found

    def _rows(self, nodes: Ints) -> Ints:
        """Return the rows of nodes in the table, which grows by those that had none."""
        fresh = np.unique(nodes[self._row[nodes] < 0])
        if len(fresh):
            self._row[fresh] = np.arange(len(fresh), dtype=np.int32) + len(self._nodes)
            self._nodes = np.concatenate((self._nodes, fresh))
        if len(self._nodes) > len(self._count):
            more = max(len(self._nodes) - len(self._count), len(self._count))
            self._table = np.concatenate((self._table, np.full((more, self.cap), -1, np.int32)))
            self._count = np.concatenate((self._count, np.zeros(more, np.int32)))
        return self._row[nodes]

    def _dominated(self, rows: Ints, needs: Keys) -> Bools:
        """Return which needs hold one that the row has already."""
        held = self._table[rows]
        sizes = self._sizes()
        at, _ = there = np.nonzero((held >= 0) & (sizes[held] < sizes[needs][:, None]))
        both = held[there].astype(np.int64) << 32 | needs[at]
        pairs, which = np.unique(both, return_inverse=True)
        inside = np.array([self._inside(pair) for pair in pairs.tolist()], bool)[which]
        dominated = np.zeros(len(rows), bool)
        dominated[at[inside]] = True
        return dominated

    def _sizes(self) -> Ints:
        """Return how many guards each need holds, those of this walk among them."""
        known = self._known_sizes
        new = [len(self.needs[each]) for each in range(len(known), len(self.needs))]
        self._known_sizes = np.concatenate((known, np.array(new, np.int32)))
        return self._known_sizes

    def _inside(self, pair: int) -> bool:
        if pair not in self._subsets:
            one, other = pair >> 32, pair & _LOW
            self._subsets[pair] = set(self.needs[one]) <= set(self.needs[other])
        return self._subsets[pair]

    def _ranks(self, needs: Keys) -> Ints:
        used, which = np.unique(needs, return_inverse=True)
        places = np.empty(len(used), np.int32)
        by_rank = sorted(range(len(used)), key=lambda at: self.needs.rank(int(used[at])))
        places[by_rank] = np.arange(len(used))
        return places[which]


Offer = tuple[int, int]  # a need and the account that is held with it


class _Offers:
    """What opens the gates that are shut, as far as it is known."""

    def __init__(self, minimal: Minimal) -> None:
        self._minimal = minimal
        self._needs = minimal.needs
        self._view = minimal.view
        self._gates = minimal.view.edges.gates
        self._shut = [
            each for each in range(len(self._gates)) if minimal.base[self._gates.node[each]] < 0
        ]
        self._usable = self._view.need_of_parts if self._shut else np.zeros(0, np.int32)
        self._held: dict[int, list[Offer]] = {}  # by k; nothing new is held while gates open
        self._accounts = self._view.edges.graph.accounts.copy() if self._shut else None
        if self._accounts is not None:
            self._accounts[self._view.start] = True

    def opened(self, touched: Keys | None) -> Keys:
        """Return labels of gates that open now, some nodes having got new needs."""
        self._held.clear()
        found = [
            need << 32 | int(self._gates.node[gate])
            for gate in self._concerned(touched)
            for need in self._openings(gate)
        ]
        return np.array(found, np.int64)

    def _concerned(self, touched: Keys | None) -> list[int]:
        gates = self._gates
        if not self._shut or touched is None:
            return self._shut
        usable = self._usable >= 0
        met = usable & np.isin(gates.tails, touched)
        concerned = set(gates.gate_of_leg[gates.leg[met]].tolist())
        if self._accounts is not None and self._accounts[touched].any():
            concerned.update(gates.gate_of_leg[gates.leg[usable & gates.any_account]].tolist())
        return [gate for gate in self._shut if gate in concerned]

    def _openings(self, gate: int) -> list[int]:
        """Return the minimal unions of what k legs need, each held by another account."""
        k = int(self._gates.k[gate])
        offers = [self._offers_to(leg, k) for leg in self._gates.legs_of(gate)]
        held = [offer for offer in offers if offer]
        found = {need for legs in combinations(held, k) for need in self._unions(legs, 0, ())}
        return self._smallest(found)

    def _unions(
        self, legs: tuple[list[Offer], ...], need: int, taken: tuple[int, ...]
    ) -> Iterator[int]:
        if len(taken) == len(legs):
            yield need
            return
        for more, account in legs[len(taken)]:
            if account not in taken:
                yield from self._unions(legs, self._needs.union(need, more), (*taken, account))

    def _smallest(self, needs: Iterable[int]) -> list[int]:
        kept: list[int] = []
        for need in sorted(needs, key=self._needs.rank):
            mine = set(self._needs[need])
            if not any(mine.issuperset(self._needs[each]) for each in kept):
                kept.append(need)
        self._minimal.cut |= len(kept) > self._minimal.cap
        return kept[: self._minimal.cap]

    def _offers_to(self, leg: int, k: int) -> list[Offer]:
        """Return who may stand for a leg and what that needs, as far as it can matter."""
        gates, graph, found = self._gates, self._view.edges.graph, set[Offer]()
        parts = np.array(gates.parts_of(leg), np.int32)
        held = self._minimal.reached(gates.tails[parts]) & (self._usable[parts] >= 0)
        for part in parts[held].tolist():
            asked, tail = int(self._usable[part]), gates.parts[part].node
            for need in self._minimal.of(tail):
                together = self._needs.union(asked, need)
                if not graph.gates[tail]:
                    found.add((together, tail))
                if gates.any_account[part]:
                    found.update(
                        (self._needs.union(together, more), account)
                        for more, account in self._anybody(k)
                    )
        return self._that_matter(found, k)

    def _anybody(self, k: int) -> list[Offer]:
        """Return accounts held, with what that needs."""
        if k not in self._held:
            self._held[k] = self._all_held(k)
        return self._held[k]

    def _all_held(self, k: int) -> list[Offer]:
        accounts = self._accounts
        if accounts is None:
            return []
        sure = np.flatnonzero(accounts & (self._minimal.base >= 0))[:k].tolist()
        found = {(0, account) for account in sure}
        if len(sure) < k:
            found.update(
                (need, node) for node, needs in self._minimal.held(accounts) for need in needs
            )
        return self._that_matter(found, k)

    def _that_matter(self, offers: Iterable[Offer], k: int) -> list[Offer]:
        """Return the offers for which there are not k others that need no more.

        One of k others is always free to stand instead.
        """
        kept: list[Offer] = []
        for need, account in sorted(
            offers, key=lambda offer: (self._needs.rank(offer[0]), offer[1])
        ):
            mine = set(self._needs[need])
            others = {who for less, who in kept if mine.issuperset(self._needs[less])}
            if account in others or len(others) >= k:
                continue
            if len(kept) >= MOST_OFFERS:
                self._minimal.cut = True
                break
            kept.append((need, account))
        return kept
