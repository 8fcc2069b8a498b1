"""What one node reaches, with the verdict, the steps and the path to each node.

The verdict on a node is the best over all paths to it:

reached      there is a path on which every guard is passed
reached if   every path asks for guards that are not passed; the set shown is minimal by
             inclusion, and of those the smallest, then the lexicographically first
cannot tell  every path runs through a blind spot; of those the one with the fewest blind spots,
             then the fewest guards

The path shown needs exactly the set shown. It is the shortest one, in shown steps (two edges
through a hub are one step), among the paths that rest on no assumption if there is one, and
otherwise the shortest of all. Ties are broken from the end: by the lowest id of the node before,
then among parallel edges by the fewest guards, the fewest assumptions, the order of the edge
kinds, the row.

A gate whose legs are held, each by another account, is one more start, as many steps away as the
longest of its legs (`opening`). Where legs are held only under conditions, what opens the gate
is worked out beforehand (`minimal`).

What a reset method asks for on the start itself is passed while walking, and belongs to every
need afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.edges import LAYER, SHARED, View, cut_off, edges
from idgraph.analysis.levels import levels, relaxed
from idgraph.analysis.minimal import Minimal, upstream
from idgraph.analysis.needs import Need, Needs, blind, proper, rank, subject
from idgraph.analysis.opening import legs_held, open_gates
from idgraph.analysis.region import Region, region
from idgraph.analysis.route import Found, route
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.search import CAP, Search, Shortcuts, Way
from idgraph.analysis.unasked import unasked
from idgraph.catalogue import MFA
from idgraph.graph import Bools, Flag, Ints, TrustGraph


class Verdict(StrEnum):
    """How sure it is that a node is reached."""

    REACHED = "reached"
    REACHED_IF = "reached_if"
    CANNOT_TELL = "cannot_tell"


VERDICTS = tuple(Verdict)
NOT_REACHED = -1

Verdicts = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Walk:
    """The answer for every node of a graph; the columns are aligned with the graph's nodes."""

    graph: TrustGraph
    start: int
    scenario: Scenario
    verdicts: Verdicts  # (n,) index into VERDICTS, NOT_REACHED where no path leads
    hops: Ints  # (n,) shown steps of the path shown, NOT_REACHED where no path leads
    guards_cut: bool  # a node had more needs than are kept: a set shown may not be the smallest
    entry: Need  # what every path needs, on the start itself
    _needs: Needs
    _need: Ints
    _clean: _Answer
    _full: _Answer

    def __repr__(self) -> str:
        counts = (
            f"{int((self.verdicts == at).sum()):,} {verdict.value}"
            for at, verdict in enumerate(VERDICTS)
        )
        return f"Walk(from {self.graph.ids[self.start]!r}: {', '.join(counts)})"

    @cached_property
    def view(self) -> View:
        """The edges that were walked, assumptions made."""
        return self._full.search.view.assuming(assume=True)

    def verdict(self, node: int) -> Verdict | None:
        """Return the verdict on a node, None when no path leads to it."""
        code = int(self.verdicts[node])
        return VERDICTS[code] if code >= 0 else None

    def guards(self, node: int) -> tuple[str, ...]:
        """Return the guards that are not passed and that the path shown needs."""
        if self._need[node] < 0 or node == self.start:
            return ()
        return self._with_entry(proper(self._needs[self._need[node]]))

    def _with_entry(self, guards: Need) -> Need:
        return tuple(sorted({*self.entry, *guards})) if self.entry else guards

    def needed(self, node: int) -> Need:
        """Return all that the path shown needs, blind spots among it."""
        return self._with_entry(self._needs[max(0, self._need[node])])

    def sufficient(self, node: int) -> tuple[Need, ...]:
        """Return all sets of guards that suffice to reach a node, minimal by inclusion.

        The one shown comes first. None where the node is not reached or cannot be told about.
        """
        if self.verdict(node) not in {Verdict.REACHED, Verdict.REACHED_IF}:
            return ()
        first = proper(self._needs[self._need[node]])
        found = (self._needs[each] for each in self._minimal.of(node))
        others = sorted((each for each in found if not blind(each)), key=rank)
        kept = [first, *(each for each in others if not set(first) <= set(each))]
        return tuple(self._with_entry(each) for each in kept)

    @property
    def cap(self) -> int:
        """How many needs were kept per node."""
        return self._full.cap

    @property
    def sufficient_cut(self) -> bool:
        """Whether more sets suffice than are listed."""
        return self._minimal.cut

    @cached_property
    def _minimal(self) -> Minimal:
        search = self._full.search
        return Minimal(search.view, search.base, self._full.cap)

    def blind_spots(self, node: int) -> tuple[str, ...]:
        """Return the subjects of the blind spots on the path shown."""
        needed = self._needs[self._need[node]] if self._need[node] > 0 else ()
        return tuple(subject(guard) for guard in blind(needed))

    def path(self, node: int) -> Way:
        """Return the edges of the path shown, from the start; none for the start itself.

        Where it leads through a gate they begin at the last one, and the legs stand beside.

        Raises
        ------
        LookupError
            No path leads to the node.
        """
        if self._need[node] < 0:
            raise LookupError(f"no path leads to {self.graph.ids[node]}")
        return self._answer(node).path(node)

    def edge_into(self, node: int) -> int:
        """Return the last edge of the path shown, -1 for the start."""
        way = self.path(node)
        return way[-1] if way else -1

    def assumes(self, node: int) -> tuple[str, ...]:
        """Return the assumptions that the path shown rests on, sorted."""
        way = self.path(node).every()
        return tuple(sorted({each for edge in way for each in self.assumed_on(edge)}))

    def needed_on(self, edge: int) -> tuple[str, ...]:
        """Return what an edge still needs under the scenario, blind spots among it.

        An edge from the start needs what the reset method asks for, too.
        """
        needed = self._needs[self.view.need_of_edge(edge)]
        return self._with_entry(needed) if self._leaves_start(edge) else needed

    def assumed_on(self, edge: int) -> tuple[str, ...]:
        """Return the assumptions that an edge rests on, from the start those of the reset too."""
        assumed = self.view.assumed(edge)
        if not self._leaves_start(edge):
            return assumed
        return tuple(sorted({*assumed, *self.scenario.assumed()}))

    def _leaves_start(self, edge: int) -> bool:
        return int(self.graph.source[edge]) == self.start

    def _answer(self, node: int) -> _Answer:
        same = self._clean.search.need[node] == self._full.search.need[node]
        return self._clean if same else self._full


def walk(
    graph: TrustGraph, start: int, scenario: Scenario = FULL_TAKEOVER, *, cap: int = CAP
) -> Walk:
    """Return what a node reaches under a scenario; `cap` limits the needs kept per node.

    Raises
    ------
    InputError
        The reset method makes no sense on the start.
    """
    start_id = str(graph.ids[start])
    scenario.method.check(graph.catalogue.node_kinds[graph.kinds[start]], start_id)
    scenario = replace(
        scenario,
        factorless=bool(graph.has(Flag.FACTORLESS)[start]),
        disabled=bool(graph.has(Flag.DISABLED)[start]),
        unasked=unasked(graph, scenario.passes, (MFA.of(start_id), *scenario.asked(start_id))),
    )
    view = _view(graph, start, scenario)
    if scenario.stopped(start_id):
        view = replace(view, edges=cut_off(view.edges))
    hops = levels(view.edges, start)
    found = _search(view, _base(view, hops), cap)
    if not _assumptions_matter(found):
        clean = full = _Answer(found, cap)
    else:
        view = view.assuming(assume=True)
        more = _search(view, _base(view, found.base), cap, found)
        same = more.need == found.need
        clean, full = _Answer(found, cap, same), _Answer(more, cap, ~same)
    need = full.search.need
    entry = scenario.entry(start_id)
    return Walk(
        graph=graph,
        start=start,
        scenario=scenario,
        verdicts=_verdicts(full.search, entry),
        hops=_hops(clean, full),
        guards_cut=clean.cut or full.cut or view.edges.gates.cut,
        entry=entry,
        _needs=view.needs,
        _need=need,
        _clean=clean,
        _full=full,
    )


def _view(graph: TrustGraph, start: int, scenario: Scenario) -> View:
    """Return what is walked: the edges under the scenario, no assumption made as yet.

    Of a kind that is passed but for guards that hold, all the others are passed one by one.
    """
    start_id = str(graph.ids[start])
    parted = {guard.partition(":")[0] for guard in scenario.holds} & scenario.kinds
    by_kind = edges(graph, scenario.kinds - parted)
    known = by_kind.guarding.anchors if parted else ()
    others = {guard for guard in known if guard.partition(":")[0] in parted}
    singles = scenario.singles(start_id) | set(scenario.entry(start_id))
    return View(
        by_kind,
        Needs(by_kind.needs),
        frozenset(singles | (others - scenario.holds)),
        assume=False,
        start=start,
        holds=scenario.holds,
    )


def _base(view: View, hops: Ints) -> Ints:
    """Return the steps to what is reached outright, from those by fewer open edges."""
    base = relaxed(view, hops, np.flatnonzero(view.open).astype(np.int32))
    if not view.edges.gates:
        return base
    opened = base.copy()
    return opened if len(open_gates(view, opened)) else base


def _search(view: View, base: Ints, cap: int, before: Search | None = None) -> Search:
    """Return a search; what opens gates only under conditions is worked out beforehand."""
    gates, within = view.edges.gates, before.within if before else None
    shut = np.flatnonzero(base[gates.node] < 0).tolist()
    if shut:
        within = within or region(view.edges, base)
        if legs_held(view, (base >= 0) | (within.place >= 0), shut):
            return _through_gates(view, base, cap, within)
    plain = before if before and before.minimal is None else None
    return Search(view, view.start, base, cap, before=plain, within=within)


def _through_gates(view: View, base: Ints, cap: int, within: Region) -> Search:
    minimal = Minimal(view, base, cap, upstream(view.edges, base))
    search = Search(view, view.start, base, cap, gates=minimal.gates(), within=within)
    search.cut |= minimal.cut
    search.minimal = minimal
    return search


def _assumptions_matter(search: Search) -> bool:
    """Return whether an assumption could better the verdict on any node."""
    known = search.view.edges
    doubtful = known.doubtful[known.guarded_sets]
    if doubtful.any():
        from_here = search.need[known.guarded_tails] >= 0
        if (doubtful & from_here & (search.need[known.guarded.nbr] != 0)).any():
            return True
    return _assumed_parts_matter(search)


def _assumed_parts_matter(search: Search) -> bool:
    """Return whether an assumption could help to open a gate."""
    gates = search.view.edges.gates
    if not gates:
        return False
    assuming = search.view.assuming(assume=True).need_of_parts >= 0
    doubtful = assuming & (search.view.need_of_parts < 0)
    shut = search.need[gates.node[gates.gate_of_leg[gates.leg]]] != 0
    return bool((doubtful & shut & (search.need[gates.tails] >= 0)).any())


def _hops(clean: _Answer, full: _Answer) -> Ints:
    if full is clean:
        return clean.hops
    return np.where(full.search.need == clean.search.need, clean.hops, full.hops)


def _verdicts(search: Search, entry: Need) -> Verdicts:
    verdicts = np.minimum(search.need, 1 if search.behind else 0).astype(np.int8)
    if search.behind is not None:
        behind = np.flatnonzero(verdicts > 0).astype(np.int32)
        verdicts[behind[search.behind.layer(search.need[behind]) >= LAYER]] = 2
    if entry:
        verdicts[verdicts == 0] = 1
        verdicts[search.start] = 0
    return verdicts


class _Answer:
    """A search made exact in its hops, for the nodes that it is asked about.

    A search counts the steps of the shortest path that takes on each guard only where there is
    no way around it. Where a guard is asked for twice, taking it on early can be shorter; such
    needs are searched once more with those guards passed.
    """

    def __init__(self, search: Search, cap: int, asked: Bools | None = None) -> None:
        self.asked = asked
        self.search = search
        self.cap = cap
        self.hops = search.hops
        self.cut = search.cut
        self._again: dict[int, tuple[Found, int]] = {}
        twice = self._asked_twice()
        if twice:
            self.hops = search.hops.copy()
        for guards, needs in sorted(twice.items()):
            self._search_again(guards, needs)

    def _asked_twice(self) -> dict[tuple[str, ...], dict[int, Ints]]:
        """Return nodes by their need, those whose steps are not sure, by the guards behind it.

        Those are the guards that a need asks for twice, or all of a need that opens a gate.
        """
        search, found = self.search, dict[tuple[str, ...], dict[int, Ints]]()
        if search.behind is None:
            return found
        behind = search.need > 0
        wanted = behind if self.asked is None else behind & self.asked
        nodes: Ints = np.flatnonzero(wanted).astype(np.int32)
        again = search.behind.asked_again(search.need[nodes])
        if search.minimal is not None:
            again |= search.minimal.may_open_a_gate(search.need[nodes])
        nodes = nodes[again]
        nodes = nodes[np.argsort(search.need[nodes], kind="stable")]
        used, starts = np.unique(search.need[nodes], return_index=True)
        for number, some in zip(used.tolist(), np.split(nodes, starts[1:]), strict=False):
            guards = self._unsure_guards(search.view.needs[number])
            if guards:
                found.setdefault(guards, {})[number] = some
        return found

    def _unsure_guards(self, need: Need) -> Need:
        minimal = self.search.minimal
        if minimal is not None and minimal.opens_a_gate(need):
            return need
        anchors = self.search.view.edges.guarding.anchors
        return tuple(guard for guard in need if self._twice(guard, anchors[guard], need))

    def _twice(self, guard: str, anchor: int, need: tuple[str, ...]) -> bool:
        if anchor < 0:
            return anchor == SHARED
        others = (set(self.search.view.needs[each]) for each in self.search.held(anchor))
        return any(guard not in other and other <= set(need) for other in others)

    def _search_again(self, guards: tuple[str, ...], found: dict[int, Ints]) -> None:
        needs = self.search.view.needs
        lefts = [tuple(each for each in needs[number] if each not in guards) for number in found]
        numbers = list(map(needs.number, lefts))
        view = self.search.view.passing(guards)
        if any(numbers):
            only = frozenset(guard for left in lefts for guard in left)
            base, within = _base(view, self.search.base), self.search.within
            again = Search(view, self.search.start, base, self.cap, only, within=within)
            self.cut |= again.cut
            for nodes, left in zip(found.values(), numbers, strict=True):
                mine = nodes[again.need[nodes] == left]
                self._nearer(mine, again.hops[mine], (again, left))
        else:
            most = max(int(self.hops[nodes].max()) for nodes in found.values()) - 1
            shortcuts = Shortcuts(self.search, view, self._scratch, most)
            for nodes in found.values():
                self._nearer(nodes, shortcuts.hops_of(nodes), (shortcuts, 0))

    @cached_property
    def _scratch(self) -> Ints:
        return self.search.base.copy()

    def _nearer(self, nodes: Ints, hops: Ints, found: tuple[Found, int]) -> None:
        """Take over what a further search found for a need, where it is fewer steps."""
        better = (hops >= 0) & (hops < self.hops[nodes])
        self.hops[nodes[better]] = hops[better]
        self._again |= dict.fromkeys(nodes[better].tolist(), found)

    def path(self, node: int) -> Way:
        """Return the edges of the path shown to a node."""
        need = int(self.search.need[node])
        search, left = self._again.get(node, (self.search, need))
        return route(search, node, left, int(self.hops[node]))
