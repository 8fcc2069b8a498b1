"""The best paths between two nodes, explained.

Best-first over partial paths, each with the exact cost that is still ahead of it, so the first
paths completed are the cheapest ones. A blind spot costs more than any number of guards, a guard
more than any number of steps: a path that is sure comes before one that is not. Guards are
counted as often as they are asked for; the path that reach shows, which counts each once, always
stands first. A gate that opens is one more place to start from, at the cost of opening it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis import display
from idgraph.analysis.levels import adjacent_levels
from idgraph.analysis.needs import blind, proper, rank, subject
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import Identity
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.search import Way
from idgraph.analysis.steps import (
    Evidence,
    Path,
    Storyteller,
    all_steps,
    length,
    no_evidence,
    numbered,
)
from idgraph.analysis.walk import Verdict, Walk, walk
from idgraph.graph import Csr, Ints, TrustGraph, csr

if TYPE_CHECKING:
    import pandas as pd

MOST_LOOKED_AT = 200_000  # partial paths; the answer says when the search was cut

_STEP, _GUARD, _BLIND_SPOT = 1.0, 1e5, 1e10

Costs = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path: its verdict, what it needs, and its steps."""

    verdict: Verdict
    hops: int
    guards: tuple[str, ...]
    assumes: tuple[str, ...]
    blind_spots: tuple[str, ...]
    path: Path

    def to_json(self) -> dict[str, Any]:
        """Return the path as `--json` prints it."""
        said: dict[str, Any] = {
            "hops": self.hops,
            "verdict": self.verdict.value,
            "guards": list(self.guards),
            "assumes": list(self.assumes),
            "path": [step.to_json() for step in self.path],
        }
        unseen = {"blind_spots": list(self.blind_spots)}
        return said | (unseen if self.verdict is Verdict.CANNOT_TELL else {})


@dataclass(frozen=True, eq=False, repr=False)
class Paths:
    """The answer to "how does it get there?": the best paths, the best one first."""

    identity: Identity
    target: Identity
    scenario: Scenario
    paths: tuple[Route, ...]
    cut: bool  # the search was given up before all paths of this quality were found
    blind_spots: tuple[str, ...]  # reached from the start: what could add a path
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Route]:
        return iter(self.paths)

    def __getitem__(self, at: int) -> Route:
        return self.paths[at]

    def __bool__(self) -> bool:
        return bool(self.paths)

    @property
    def summary(self) -> str:
        """The answer in a line."""
        ends = f"from {self.identity.name} to {self.target.name}"
        if not self.paths:
            return f"no path {ends}"
        best = self.paths[0]
        said = f"{display.count_of(len(self.paths), 'path')} {ends}"
        verdict = best.verdict.value.replace("_", " ")
        return f"{said}, the best in {display.count_of(best.hops, 'step')}: {verdict}"

    def __repr__(self) -> str:
        return display.plain(f"Paths({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = list(self._rows())
        return display.mimebundle(self.summary, _COLUMNS, rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for number, route in enumerate(self.paths, 1):
            for leg, at, step in numbered(route.path):
                yield (
                    number,
                    leg,
                    at,
                    step.source,
                    step.kind,
                    step.target,
                    step.sentence,
                    step.guards,
                    step.assumes,
                    step.evidence,
                )

    def to_frame(self) -> pd.DataFrame:
        """Return the steps of all paths, a row each."""
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=_COLUMNS)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph path --json` prints it."""
        return {
            "identity": self.identity.to_json(),
            "target": self.target.to_json(),
            "scenario": self.scenario.to_json(self.identity.id),
            "as_of": self.provenance.as_of,
            "profile": self.provenance.profile,
            "paths": [each.to_json() for each in self.paths],
            "cut": self.cut,
            "blind_spots": list(self.blind_spots),
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the paths in plain sentences; without one, what could add one."""
        from idgraph.analysis.telling import tell_paths

        return tell_paths(self)


_COLUMNS = [
    "path",
    "leg",
    "step",
    "source",
    "kind",
    "target",
    "sentence",
    "guards",
    "assumes",
    "evidence",
]


def paths(
    graph: TrustGraph,
    start: int | str,
    target: int | str,
    k: int = 3,
    *,
    scenario: Scenario = FULL_TAKEOVER,
    evidence: Evidence = no_evidence,
    provenance: Provenance = UNKNOWN_ORIGIN,
    most: int = MOST_LOOKED_AT,
) -> Paths:
    """Return the best k paths that take different ways; ends are positions or ids.

    Two paths are different when they show different nodes: parallel edges and different hubs
    between the same nodes make one.
    """
    ends = [graph.position(end) if isinstance(end, str) else end for end in (start, target)]
    walked = walk(graph, ends[0], scenario)
    search = _BestFirst(walked, ends[1])
    found, cut = search.run(k, most) if ends[0] != ends[1] else ([], False)
    teller = Storyteller(graph, walked.needed_on, walked.assumed_on, evidence)
    told = teller.tell(found)
    return Paths(
        identity=_named(graph, ends[0]),
        target=_named(graph, ends[1]),
        scenario=walked.scenario,
        paths=tuple(map(_route, told)),
        cut=cut,
        blind_spots=_blind_spots_met(walked),
        provenance=provenance,
    )


def _named(graph: TrustGraph, node: int) -> Identity:
    return Identity(str(graph.ids[node]), graph.kind_name(node), str(graph.names[node]))


def _route(path: Path) -> Route:
    steps = list(all_steps(path))
    unseen = tuple(sorted({spot for step in steps for spot in step.blind_spots}))
    guards = tuple(sorted({guard for step in steps for guard in step.guards}))
    verdict = Verdict.REACHED_IF if guards else Verdict.REACHED
    return Route(
        verdict=Verdict.CANNOT_TELL if unseen else verdict,
        hops=length(path),
        guards=guards,
        assumes=tuple(sorted({each for step in steps for each in step.assumes})),
        blind_spots=unseen,
        path=path,
    )


def _blind_spots_met(walked: Walk) -> tuple[str, ...]:
    """Return the blind spots that what is reached leads into."""
    graph = walked.graph
    known = walked.view.edges
    slots = np.flatnonzero(walked.verdicts[known.guarded_tails] >= 0)
    met = {
        subject(guard)
        for number in np.unique(walked.view.need[slots]).tolist()
        if number > 0
        for guard in blind(walked.view.needs[number])
    }
    nodes = np.flatnonzero(graph.blind_spots & (walked.verdicts >= 0))
    return tuple(sorted({*met, *(str(graph.names[node]) for node in nodes)}))


class _Partial(NamedTuple):
    """A path under construction, in the order in which they are looked at."""

    total: float  # the cost of the cheapest path that goes on from it
    newest: int  # the last one made goes first: it is the deepest
    cost: float
    nodes: tuple[int, ...]
    edges: tuple[int, ...]


class _BestFirst:
    """The search for one target."""

    def __init__(self, walked: Walk, target: int) -> None:
        self.walked = walked
        self.graph = walked.graph
        self.target = target
        self.out, self.back = _walked_into(self.graph)

    @cached_property
    def cost_of_set(self) -> Costs:
        """What the guards of an edge cost, by its guard set."""
        view = self.walked.view
        costs = [
            _cost(view.needs[number]) if number >= 0 else np.inf
            for number in view.need_of_sets.tolist()
        ]
        return np.array(costs)

    def costs(self, edges: Ints) -> Costs:
        """Return what walking each edge costs."""
        graph = self.graph
        if len(self.cost_of_set) == 1:
            costs = np.full(len(edges), self.cost_of_set[0] + _STEP)
        else:
            costs = self.cost_of_set[self.walked.view.edges.guarding.of_edge[edges]] + _STEP
        if graph.hubs.any():
            costs -= (graph.hubs[graph.source[edges]] & ~graph.hubs[graph.target[edges]]) * _STEP
        return costs

    @cached_property
    def ahead(self) -> Costs:
        """The exact cost from each node to the target, infinite where there is no way."""
        from scipy.sparse import csgraph, csr_array

        back, n = self.back, self.graph.n
        if self._steps_only:
            steps = adjacent_levels(self.graph, back, self.target)
            return np.where(steps < 0, np.inf, steps)
        matrix = csr_array((self.costs(back.eid), back.nbr, back.ptr), shape=(n, n))
        costs: Costs = csgraph.dijkstra(matrix, indices=[self.target])[0]
        return costs

    @property
    def _steps_only(self) -> bool:
        """Whether a path costs its edges and nothing else."""
        return not self.graph.hubs.any() and not self.cost_of_set.any()

    def run(self, k: int, most: int) -> tuple[list[Way], bool]:
        """Return the ways of the best paths, and whether the search was cut."""
        if self.walked.verdict(self.target) is None:
            return [], False
        shown = self.walked.path(self.target)
        found = {self._nodes_shown(shown): shown}
        cut = False
        for looked, way in enumerate(self._completed(k) if k > 1 else ()):
            if way is not None:
                found.setdefault(self._nodes_shown(way), way)
            cut = way is None and looked >= most
            if cut or len(found) >= k:
                break
        first, *others = found.values()
        return [first, *sorted(others, key=self._order)], cut

    def _completed(self, k: int) -> Iterator[Way | None]:
        """Yield the way of each path completed, cheapest first, and None for a look between."""
        heap = sorted(self._starts())
        made = 0
        while heap:
            partial = heapq.heappop(heap)
            if partial.nodes[-1] == self.target:
                first = partial.nodes[0]
                legs = () if first == self.walked.start else self.walked.path(first).legs
                yield Way(partial.edges, legs)
                continue
            yield None
            for node, edge, cost, total in self._onward(partial, k):
                made += 1
                heapq.heappush(
                    heap,
                    _Partial(total, -made, cost, (*partial.nodes, node), (*partial.edges, edge)),
                )

    def _starts(self) -> Iterator[_Partial]:
        """Yield the start, and the gates that open, each at the cost of opening it."""
        walked = self.walked
        gates = np.flatnonzero(self.graph.gates & (walked.verdicts >= 0))
        for node in {walked.start, *gates.tolist()}:
            cost = walked.hops[node] * _STEP + _cost(walked.needed(node))
            total = float(cost + self.ahead[node])
            if np.isfinite(total):
                yield _Partial(total, 0, float(cost), (node,), ())

    def _onward(self, partial: _Partial, k: int) -> Iterator[tuple[int, int, float, float]]:
        """Yield the best ways on: as many as could all be needed, though some lead back."""
        ptr, last = self.out.ptr, partial.nodes[-1]
        row = slice(int(ptr[last]), int(ptr[last + 1]))
        heads, edges = self.out.nbr[row], self.out.eid[row]
        costs = self.costs(edges)
        total = partial.cost + costs + self.ahead[heads]
        order = np.lexsort((edges, total))
        order = order[np.isfinite(total[order])]
        wanted = k + 1 + len(partial.nodes)
        taken = set(partial.nodes)
        given: set[int] = set()
        for at in order.tolist():
            head = int(heads[at])
            if head in given:
                continue
            given.add(head)
            if head not in taken:
                yield head, int(edges[at]), partial.cost + float(costs[at]), float(total[at])
            if len(given) >= wanted:
                break

    def _nodes_shown(self, way: Way) -> tuple[int, ...]:
        """Return the nodes of a way, the gate it starts at among them."""
        heads = self.graph.target[list(way)]
        gate = self.graph.source[list(way[:1])] if way.legs else heads[:0]
        return (*gate.tolist(), *heads[~self.graph.hubs[heads]].tolist())

    def _order(self, way: Way) -> tuple[Any, ...]:
        needed = {each for edge in way.every() for each in self.walked.needed_on(edge)}
        need = tuple(sorted(needed))
        unseen, guards, *_ = rank(need)
        nodes = self._nodes_shown(way)
        steps = len(nodes)
        if way.legs:
            steps += int(self.walked.hops[nodes[0]]) - 1
        return unseen, guards, steps, blind(need), proper(need), nodes, way


def _walked_into(graph: TrustGraph) -> tuple[Csr, Csr]:
    """Return the adjacency both ways, without the edges into gates: those are opened."""
    if not graph.gates.any():
        return graph.out(), graph.back()
    return graph.keep("walked into", lambda: _shut(graph))


def _shut(graph: TrustGraph) -> tuple[Csr, Csr]:
    walked = graph.walkable & ~graph.gates[graph.target]
    out = csr(graph.n, graph.source, graph.target, walked)
    return out, csr(graph.n, graph.target, graph.source, walked)


def _cost(need: tuple[str, ...]) -> float:
    unseen = len(blind(need))
    return unseen * _BLIND_SPOT + (len(need) - unseen) * _GUARD
