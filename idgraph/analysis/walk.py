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

Gates are not walked: a graph that holds one is refused. Reach through gates is a fixpoint around
this search, in which a gate whose legs are held becomes one more start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.edges import LAYER, SHARED, View, edges
from idgraph.analysis.levels import levels, relaxed
from idgraph.analysis.needs import Needs, blind, proper, subject
from idgraph.analysis.route import Found, route
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.search import CAP, Search, Shortcuts
from idgraph.graph import Ints, TrustGraph


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
        return proper(self._needs[self._need[node]]) if self._need[node] > 0 else ()

    def blind_spots(self, node: int) -> tuple[str, ...]:
        """Return the subjects of the blind spots on the path shown."""
        needed = self._needs[self._need[node]] if self._need[node] > 0 else ()
        return tuple(subject(guard) for guard in blind(needed))

    def path(self, node: int) -> tuple[int, ...]:
        """Return the edges of the path shown, from the start; none for the start itself.

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
        return (-1, *self.path(node))[-1]

    def assumes(self, node: int) -> tuple[str, ...]:
        """Return the assumptions that the path shown rests on, sorted."""
        return tuple(sorted({each for edge in self.path(node) for each in self.assumed_on(edge)}))

    def needed_on(self, edge: int) -> tuple[str, ...]:
        """Return what an edge still needs under the scenario, blind spots among it."""
        return self._needs[self.view.need_of_edge(edge)]

    def assumed_on(self, edge: int) -> tuple[str, ...]:
        """Return the assumptions that an edge rests on."""
        return self.view.assumed(edge)

    def _answer(self, node: int) -> _Answer:
        same = self._clean.search.need[node] == self._full.search.need[node]
        return self._clean if same else self._full


def walk(
    graph: TrustGraph, start: int, scenario: Scenario = FULL_TAKEOVER, *, cap: int = CAP
) -> Walk:
    """Return what a node reaches under a scenario; `cap` limits the needs kept per node.

    Raises
    ------
    ModelError
        The graph holds a gate.
    """
    by_kind = edges(graph, scenario.kinds)
    needs = Needs(by_kind.needs)
    singles = scenario.singles(str(graph.ids[start]))
    view = View(by_kind, needs, singles, assume=False)
    clean = _Answer(Search(view, start, _base(view, levels(by_kind, start)), cap), cap)
    full = clean
    if _assumptions_matter(clean.search):
        view = view.assuming(assume=True)
        full = _Answer(Search(view, start, _base(view, clean.search.base), cap), cap)
    need = full.search.need
    return Walk(
        graph=graph,
        start=start,
        scenario=scenario,
        verdicts=_verdicts(full.search),
        hops=_hops(clean, full),
        guards_cut=clean.cut or full.cut,
        _needs=needs,
        _need=need,
        _clean=clean,
        _full=full,
    )


def _base(view: View, hops: Ints) -> Ints:
    """Return the steps to what is reached outright, from those by fewer open edges."""
    return relaxed(view, hops, np.flatnonzero(view.open).astype(np.int32))


def _assumptions_matter(search: Search) -> bool:
    """Return whether an assumption could better the verdict on any node."""
    known = search.view.edges
    doubtful = known.doubtful[known.guarded_sets]
    if not doubtful.any():
        return False
    from_here = search.need[known.guarded_tails] >= 0
    return bool((doubtful & from_here & (search.need[known.guarded.nbr] != 0)).any())


def _hops(clean: _Answer, full: _Answer) -> Ints:
    if full is clean:
        return clean.hops
    return np.where(full.search.need == clean.search.need, clean.hops, full.hops)


def _verdicts(search: Search) -> Verdicts:
    if search.behind is None:
        return np.minimum(search.need, 0).astype(np.int8)
    verdicts = np.minimum(search.need, 1).astype(np.int8)
    behind = np.flatnonzero(verdicts > 0).astype(np.int32)
    verdicts[behind[search.behind.layer(search.need[behind]) >= LAYER]] = 2
    return verdicts


class _Answer:
    """A search made exact in its hops.

    A search counts the steps of the shortest path that takes on each guard only where there is
    no way around it. Where a guard is asked for twice, taking it on early can be shorter; such
    needs are searched once more with those guards passed.
    """

    def __init__(self, search: Search, cap: int) -> None:
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
        """Return the nodes by their need, those needs that ask for a guard twice, by guards."""
        search, found = self.search, dict[tuple[str, ...], dict[int, Ints]]()
        if search.behind is None:
            return found
        anchors = search.view.edges.guarding.anchors
        nodes = np.flatnonzero(search.need > 0).astype(np.int32)
        nodes = nodes[search.behind.asked_again(search.need[nodes])]
        nodes = nodes[np.argsort(search.need[nodes], kind="stable")]
        used, starts = np.unique(search.need[nodes], return_index=True)
        for number, some in zip(used.tolist(), np.split(nodes, starts[1:]), strict=False):
            need = search.view.needs[number]
            guards = tuple(guard for guard in need if self._twice(guard, anchors[guard], need))
            if guards:
                found.setdefault(guards, {})[number] = some
        return found

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
            again = Search(view, self.search.start, _base(view, self.search.base), self.cap, only)
            self.cut |= again.cut
            for nodes, left in zip(found.values(), numbers, strict=True):
                mine = nodes[again.need[nodes] == left]
                self._nearer(mine, again.hops[mine], (again, left))
        else:
            shortcuts = Shortcuts(self.search, view, self._scratch)
            for nodes in found.values():
                self._nearer(nodes, shortcuts.hops_of(nodes), (shortcuts, 0))

    @cached_property
    def _scratch(self) -> Ints:
        return self.search.base.copy()

    def _nearer(self, nodes: Ints, hops: Ints, found: tuple[Found, int]) -> None:
        """Take over what a further search found for a need, where it is fewer steps."""
        better = hops < self.hops[nodes]
        self.hops[nodes[better]] = hops[better]
        self._again |= dict.fromkeys(nodes[better].tolist(), found)

    def path(self, node: int) -> tuple[int, ...]:
        """Return the edges of the path shown to a node."""
        need = int(self.search.need[node])
        search, left = self._again.get(node, (self.search, need))
        return route(search, node, left, int(self.hops[node]))
