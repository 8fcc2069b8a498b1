"""The walkable edges of a graph, sorted by what a scenario still has to pass on them.

Worked out once for a graph and a set of passed guard kinds, and kept with the graph. Guards that
are passed one by one (the start's own second factor) are laid over it by a `View`, so that
asking about another identity rebuilds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from idgraph.analysis.gates import NO_GATES, Gates, gates_of
from idgraph.analysis.needs import Needs, blind, is_blind
from idgraph.catalogue import ASSUME, UNKNOWN
from idgraph.graph import Bools, Csr, Ints, TrustGraph, csr

GuardSets = tuple[tuple[str, ...], ...]

SHARED, SPENT = -2, -1  # anchors of guards that have no node of their own

_ASSUME = f"{ASSUME.name}:"


def is_assumption(guard: str) -> bool:
    """Return whether a guard stands for missing data that could only remove its edge."""
    return guard.startswith(_ASSUME)


@dataclass(frozen=True)
class Guarding:
    """The guards on the edges of a graph; no way through a blind spot is without one."""

    of_edge: Ints  # (m,) index into sets
    sets: GuardSets
    anchors: dict[str, int]  # by guard; see `_anchors`

    @cached_property
    def live(self) -> dict[int, frozenset[str]]:
        """The guards that may be asked for again, by where: SHARED, or a node's position."""
        live: dict[int, set[str]] = {SHARED: set()}
        for guard, anchor in self.anchors.items():
            if anchor != SPENT:
                live.setdefault(anchor, set()).add(guard)
        return {anchor: frozenset(guards) for anchor, guards in live.items()}

    def asked_again(self, need: Iterable[str]) -> tuple[bool, tuple[int, ...]]:
        """Return whether a guard of a need may be asked for again anywhere, and at which nodes."""
        anchors = {self.anchors[guard] for guard in need}
        shared = SHARED in anchors
        return shared, tuple(sorted(anchors - {SPENT, SHARED}))


def guarding(graph: TrustGraph) -> Guarding:
    """Return the guards on a graph's edges."""
    return graph.keep("guarding", lambda: _guarding(graph))


def _guarding(graph: TrustGraph) -> Guarding:
    of_edge, sets = graph.guards, graph.guard_sets
    unmarked = _unmarked_blind_edges(graph)
    if len(unmarked):
        of_edge, sets = _marked(graph, unmarked)
    return Guarding(of_edge, sets, _anchors(graph, of_edge, sets))


def _unmarked_blind_edges(graph: TrustGraph) -> Ints:
    """Return the edges out of a blind spot that one can take without a guard that says so."""
    if not graph.blind_spots.any():
        return np.zeros(0, np.int32)
    marked_sets = np.array([any(map(is_blind, each)) for each in graph.guard_sets], bool)
    unmarked = graph.walkable & ~marked_sets[graph.guards]
    entered_unmarked = np.zeros(graph.n, bool)
    entered_unmarked[graph.target[unmarked]] = True
    tails = graph.source
    out = unmarked & graph.blind_spots[tails] & entered_unmarked[tails]
    return np.flatnonzero(out).astype(np.int32)


def _marked(graph: TrustGraph, edges: Ints) -> tuple[Ints, GuardSets]:
    new: dict[tuple[str, ...], int] = {}
    of_edge = graph.guards.copy()
    for edge in edges.tolist():
        guard = UNKNOWN.of(graph.ids[graph.source[edge]])
        marked = tuple(sorted({*graph.guard_sets[graph.guards[edge]], guard}))
        of_edge[edge] = new.setdefault(marked, len(graph.guard_sets) + len(new))
    return of_edge, (*graph.guard_sets, *new)


def _anchors(graph: TrustGraph, of_edge: Ints, sets: GuardSets) -> dict[str, int]:
    """Return, for each guard, the one node at which a simple path may be asked for it again.

    SPENT when all its edges enter one node: after it, never again. A node's position when all
    its edges enter or leave that node: only there. SHARED when it may be asked for anywhere.
    """
    guarded = np.array([bool(each) for each in sets], bool)
    edges = np.flatnonzero(graph.walkable & guarded[of_edge])
    names = sorted({guard for each in sets for guard in each})
    place = {name: at for at, name in enumerate(names)}
    width = np.array([len(each) for each in sets])
    start = np.cumsum(width) - width
    flat = np.array([place[guard] for each in sets for guard in each], np.int64)
    wide = width[of_edge[edges]]
    first = np.repeat(start[of_edge[edges]] - (np.cumsum(wide) - wide), wide)
    guards = flat[first + np.arange(len(first))]
    by_guard = np.argsort(guards, kind="stable")
    guards, rows = guards[by_guard], np.repeat(edges, wide)[by_guard]
    used, at = np.unique(guards, return_index=True)
    starts = at.astype(np.int32)
    anchors = _anchor_of_each(graph.source[rows], graph.target[rows], starts)
    unused = dict.fromkeys(names, SPENT)
    return unused | {names[at]: anchor for at, anchor in zip(used.tolist(), anchors, strict=True)}


def _anchor_of_each(tail: Ints, head: Ints, at: Ints) -> list[int]:
    """Return the anchor of each run of edges; a run starts at each of `at`."""
    if not len(at):
        return []
    count = np.diff([*at, len(tail)])
    anchor = np.full(len(at), SHARED)
    for end in (tail[at], head[at]):
        mine = np.repeat(end, count)
        all_touch = np.logical_and.reduceat((tail == mine) | (head == mine), at)
        anchor[all_touch] = end[all_touch]
    anchor[np.logical_and.reduceat(head == np.repeat(head[at], count), at)] = SPENT
    return [int(each) for each in anchor]


def table_of(rows: Sequence[tuple[int, ...]]) -> Ints:
    """Return rows of different lengths as a table, filled up with -1."""
    width = max(map(len, rows), default=0)
    filled = [(*row, *(-1,) * (width - len(row))) for row in rows]
    return np.array(filled, np.int32).reshape(len(rows), width)


@dataclass(frozen=True)
class Facts:
    """What decides how needs are searched, in columns."""

    layer: Ints  # blind spots in the high bits, guards in the low ones
    shared: Bools  # a guard of it may be asked for again anywhere
    homes: Ints  # (needs, …) the nodes at which a guard may be asked for again; -1 fills the rows

    def at_home(self, needs: Ints, nodes: Ints) -> Bools:
        """Return whether each node may ask for a guard of its need again."""
        at_home: Bools = (self.homes[needs] == nodes[:, None]).any(axis=1)
        return at_home


LAYER = 1024  # the guards of a need are fewer


def facts(guarding: Guarding, needs: Sequence[tuple[str, ...]]) -> Facts:
    """Return the facts about some needs."""
    unseen = [len(blind(need)) for need in needs]
    layers = [seen * LAYER + len(need) - seen for seen, need in zip(unseen, needs, strict=True)]
    again = list(map(guarding.asked_again, needs))
    return Facts(
        np.array(layers, np.int32),
        np.array([shared for shared, _ in again], bool),
        table_of([homes for _, homes in again]),
    )


@dataclass(frozen=True)
class Edges:
    """Walkable edges under a set of passed guard kinds.

    An edge is clean when nothing is needed and nothing assumed for it; all others are guarded
    and listed apart, by their tail. Edges from a leg into its gate are in neither list: a gate
    is opened, not walked into.
    """

    graph: TrustGraph
    kinds: frozenset[str]  # of guards, passed
    guarding: Guarding
    needs: Needs
    need_of_set: Ints  # by guard set: the number of what is still needed
    doubtful: Bools  # by guard set: holds an assumption
    clean: Csr
    guarded: Csr
    gates: Gates

    @cached_property
    def needs_by_rank(self) -> Ints:
        """The needs in the order of their ranks."""
        return np.array(sorted(range(len(self.needs)), key=self.needs.rank), np.int32)

    @cached_property
    def rank_of_need(self) -> Ints:
        """The place of each need in that order."""
        places = np.empty(len(self.needs), np.int32)
        places[self.needs_by_rank] = np.arange(len(self.needs))
        return places

    @cached_property
    def facts(self) -> Facts:
        """What is asked of every need again and again."""
        return facts(self.guarding, list(self.needs))

    @cached_property
    def guarded_sets(self) -> Ints:
        """The guard set of each slot of `guarded`."""
        return self.guarding.of_edge[self.guarded.eid]

    @cached_property
    def guarded_tails(self) -> Ints:
        """The tail of each slot of `guarded`."""
        return self.graph.source[self.guarded.eid]

    @cached_property
    def sets_by_guard(self) -> dict[str, list[int]]:
        """The guard sets that each guard is in."""
        found: dict[str, list[int]] = {}
        for number, guards in enumerate(self.guarding.sets):
            for guard in guards:
                found.setdefault(guard, []).append(number)
        return found

    @cached_property
    def sizes(self) -> Ints:
        """How many guards each need holds."""
        return np.array([len(need) for need in self.needs], np.int32)

    def made_of(self, guards: frozenset[str]) -> Ints:
        """Return the needs that hold none but these guards, ascending."""
        numbers = [number for each in guards for number in self.needs_by_guard.get(each, ())]
        found, count = np.unique(np.array(numbers, np.int32), return_counts=True)
        made_of: Ints = found[count == self.sizes[found]]
        return made_of

    @cached_property
    def need_of_part_sets(self) -> tuple[tuple[str, ...], ...]:
        """By guard set on the parts of gates: what is still needed."""
        return tuple(_left(each, self.kinds) for each in self.gates.guard_sets)

    @cached_property
    def part_sets_by_guard(self) -> dict[str, list[int]]:
        """The guard sets on the parts of gates that each guard is in."""
        found: dict[str, list[int]] = {}
        for number, guards in enumerate(self.gates.guard_sets):
            for guard in guards:
                found.setdefault(guard, []).append(number)
        return found

    @cached_property
    def needs_by_guard(self) -> dict[str, list[int]]:
        """The needs that each guard is in."""
        found: dict[str, list[int]] = {}
        for number, need in enumerate(self.needs):
            for guard in need:
                found.setdefault(guard, []).append(number)
        return found


def edges(graph: TrustGraph, kinds: frozenset[str]) -> Edges:
    """Return the walkable edges of a graph, those guards passed that are of these kinds."""
    return graph.keep(("edges", kinds), lambda: _edges(graph, kinds))


def _edges(graph: TrustGraph, kinds: frozenset[str]) -> Edges:
    guards = guarding(graph)
    needs = Needs()
    need_of_set = np.array([needs.number(_left(each, kinds)) for each in guards.sets], np.int32)
    doubtful = np.array([any(map(is_assumption, each)) for each in guards.sets], bool)
    easy = (need_of_set == 0) & ~doubtful
    gates = _gates(graph)
    walked = graph.walkable & ~graph.gates[graph.target] if gates else graph.walkable
    if easy.all() and not gates:
        clean, guarded = graph.out(), csr(graph.n, graph.source[:0], graph.target[:0])
    else:
        of_edge = easy[guards.of_edge]
        clean = csr(graph.n, graph.source, graph.target, walked & of_edge)
        guarded = csr(graph.n, graph.source, graph.target, walked & ~of_edge)
    return Edges(graph, kinds, guards, needs, need_of_set, doubtful, clean, guarded, gates)


def cut_off(known: Edges) -> Edges:
    """Return no edges at all: what is left when nobody gets away from the start."""
    graph = known.graph
    none = csr(graph.n, graph.source[:0], graph.target[:0])
    return replace(known, clean=none, guarded=none, gates=NO_GATES)


def _gates(graph: TrustGraph) -> Gates:
    """Return the gates of a graph, whatever is passed: worked out once."""
    guards = guarding(graph)
    return graph.keep("gates", lambda: gates_of(graph, guards.of_edge, guards.sets))


def _left(guards: Iterable[str], kinds: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        guard
        for guard in guards
        if not is_assumption(guard) and guard.partition(":")[0] not in kinds
    )


@dataclass(frozen=True)
class View:
    """Edges as one walk sees them: single guards passed or held, assumptions made or not.

    `needs` is the walk's own: numbers of one walk mean the same in all its views. What asks for
    a guard or rests on an assumption in `holds` is not walked.
    """

    edges: Edges
    needs: Needs
    singles: frozenset[str]
    assume: bool
    start: int
    holds: frozenset[str] = frozenset()

    @cached_property
    def need_of_sets(self) -> Ints:
        """By guard set: the number of what is still needed; -1 where it is not to be walked."""
        known, needs = self.edges, self.needs
        touched = [
            number
            for guard in sorted(self.singles | self.holds)
            for number in known.sets_by_guard.get(guard, ())
        ]
        if not touched:
            return known.need_of_set
        patched = known.need_of_set.copy()
        for number in touched:
            left = tuple(
                each for each in needs[known.need_of_set[number]] if each not in self.singles
            )
            stopped = not self.holds.isdisjoint(known.guarding.sets[number])
            patched[number] = -1 if stopped else needs.number(left)
        return patched

    @cached_property
    def need(self) -> Ints:
        """What each guarded slot still needs; -1 where it is not to be walked."""
        need = self.need_of_sets[self.edges.guarded_sets]
        if self.assume:
            return need
        return np.where(self.edges.doubtful[self.edges.guarded_sets], -1, need)

    @cached_property
    def open(self) -> Bools:
        """Whether a guarded slot can be walked as it is."""
        is_open: Bools = self.need == 0
        return is_open

    @cached_property
    def has_open(self) -> bool:
        """Whether any guarded slot can be walked as it is."""
        return bool(self.open.any())

    @cached_property
    def need_of_parts(self) -> Ints:
        """By part of a gate: what it still needs; -1 where it is not to be walked.

        Only an account stands for a leg, and the node that is started from as one; behind
        another gate anybody does.
        """
        gates, graph, known = self.edges.gates, self.edges.graph, self.edges
        by_set = self._whole_parts().copy()
        touched = {
            number
            for guard in self.singles | self.holds
            for number in known.part_sets_by_guard.get(guard, ())
        }
        for number in sorted(touched):
            by_set[number] = self._need_of(number)
        if "stands" not in self.needs.facts:
            tails = gates.tails
            stands = graph.accounts[tails] | graph.gates[tails] | (tails == self.start)
            self.needs.facts["stands"] = stands
        found = np.where(self.needs.facts["stands"], by_set[gates.set_of_part], -1)
        return found.astype(np.int32)

    def _whole_parts(self) -> Ints:
        """By guard set on parts: what is needed when no single guard is passed."""
        kept, key = self.needs.facts, ("parts", self.assume)
        if key not in kept:
            sets = range(len(self.edges.gates.guard_sets))
            free = replace(self, singles=frozenset(), holds=frozenset())
            kept[key] = np.array(list(map(free._need_of, sets)), np.int32)  # noqa: SLF001  of its own kind
        whole: Ints = kept[key]
        return whole

    def _need_of(self, number: int) -> int:
        guards = self.edges.gates.guard_sets[number]
        if not self.assume and any(map(is_assumption, guards)):
            return -1
        if not self.holds.isdisjoint(guards):
            return -1
        left = self.edges.need_of_part_sets[number]
        return self.needs.number(tuple(each for each in left if each not in self.singles))

    def need_of_edge(self, edge: int) -> int:
        """Return what an edge still needs; -1 where it is not to be walked."""
        number = self.edges.guarding.of_edge[edge]
        if self.edges.doubtful[number] and not self.assume:
            return -1
        return int(self.need_of_sets[number])

    def assumed(self, edge: int) -> tuple[str, ...]:
        """Return the assumptions that an edge rests on."""
        guards = self.edges.guarding.sets[self.edges.guarding.of_edge[edge]]
        return tuple(guard for guard in guards if is_assumption(guard))

    def passing(self, more: Iterable[str]) -> View:
        """Return the view with more single guards passed."""
        return replace(self, singles=self.singles | frozenset(more))

    def assuming(self, *, assume: bool) -> View:
        """Return the view with assumptions made, or not."""
        return replace(self, assume=assume)
