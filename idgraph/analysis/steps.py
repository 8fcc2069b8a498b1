"""The steps of a path as they are shown: two edges through a hub are one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from idgraph.analysis.needs import blind, proper, subject
from idgraph.analysis.search import Way
from idgraph.analysis.witness import Added
from idgraph.catalogue import GUARD_KINDS
from idgraph.graph import TrustGraph

Texts = dict[int, tuple[str, ...]]  # evidence by edge
Evidence = Callable[[Sequence[int]], Sequence[tuple[str, ...]]]

_READS = {kind.name: kind.reads for kind in GUARD_KINDS}


def no_evidence(edges: Sequence[int]) -> list[tuple[str, ...]]:
    """Return no evidence for each edge: what a graph without a store has."""
    return [() for _ in edges]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a path: who does what to whom, on what evidence, and what is still needed.

    Ends are node ids; a power is named by its own id. `guards` are those not passed under the
    scenario. A step out of a gate has `legs`, the paths that open it: each ends at the gate, or
    at an account that stands for a leg which others lead to.
    """

    source: str
    kind: str
    target: str
    sentence: str
    source_name: str
    target_name: str
    evidence: tuple[str, ...]
    guards: tuple[str, ...]
    assumes: tuple[str, ...]
    blind_spots: tuple[str, ...]
    edges: tuple[int, ...]  # positions in the graph's edge columns
    legs: tuple[Path, ...] = ()
    added: tuple[Added, ...] = ()  # who says that it was added inside the window asked about

    def __repr__(self) -> str:
        return f"Step({self.source} {self.kind} {self.target})"

    def to_json(self) -> dict[str, Any]:
        """Return the step as `--json` prints it."""
        said: dict[str, Any] = {
            "source": self.source,
            "kind": self.kind,
            "target": self.target,
            "evidence": list(self.evidence),
            "guards": list(self.guards),
            "assumes": list(self.assumes),
            "sentence": self.sentence,
        }
        if self.blind_spots:
            said["blind_spots"] = list(self.blind_spots)
        if self.added:
            said["added"] = [each.to_json() for each in self.added]
        if self.legs:
            said["legs"] = [[step.to_json() for step in leg] for leg in self.legs]
        return said


Path = tuple[Step, ...]


def all_steps(path: Path) -> Iterator[Step]:
    """Yield the steps of a path, those of the legs of a gate before the step out of it."""
    for step in path:
        for leg in step.legs:
            yield from all_steps(leg)
        yield step


def numbered(path: Path, leg: str = "") -> Iterator[tuple[str, int, Step]]:
    """Yield steps with their number and the leg they are in: "1.2", or "" beside all legs."""
    for number, step in enumerate(path, 1):
        for at, other in enumerate(step.legs, 1):
            yield from numbered(other, f"{leg}/{number}.{at}" if leg else f"{number}.{at}")
        yield leg, number, step


def length(path: Path) -> int:
    """Return how many steps a path takes; of the legs of a gate the longest counts."""
    behind = max((length(leg) for step in path for leg in step.legs), default=0)
    return len(path) + behind


class Storyteller:
    """Turns edges into steps; evidence is fetched once, for all paths together."""

    def __init__(
        self,
        graph: TrustGraph,
        needed_on: Callable[[int], tuple[str, ...]],
        assumed_on: Callable[[int], tuple[str, ...]],
        evidence: Evidence = no_evidence,
    ) -> None:
        self._graph = graph
        self._needed_on = needed_on
        self._assumed_on = assumed_on
        self._evidence = evidence

    def tell(self, routes: Iterable[Sequence[int]]) -> list[Path]:
        """Return the steps of several routes, each a sequence of edges, legs beside a `Way`."""
        ways = [route if isinstance(route, Way) else Way(route) for route in routes]
        shown = sorted({edge for way in ways for edge in way.every()})
        texts = dict(zip(shown, self._evidence(shown), strict=True)) if shown else {}
        steps: dict[Any, Step] = {}
        return [self._path(way, texts, steps) for way in ways]

    def _path(self, way: Way, texts: Texts, steps: dict[Any, Step]) -> Path:
        """Return the steps of a way; what ways share is told once."""
        told = []
        for at, group in enumerate(self._groups(way)):
            legs = way.legs if at == 0 else ()
            key = (group, tuple(map(_key, legs)))
            if key not in steps:
                paths = tuple(self._path(leg, texts, steps) for leg in legs)
                steps[key] = self._step(group, texts, paths)
            told.append(steps[key])
        return tuple(told)

    def _groups(self, way: Sequence[int]) -> list[tuple[int, ...]]:
        """Return edges by the step they are shown as: through a hub, and through a leg, is one."""
        groups: list[tuple[int, ...]] = []
        hubs, gates, graph = self._graph.hubs, self._graph.gates, self._graph
        for edge in way:
            if groups and (hubs[graph.source[edge]] or gates[graph.target[edge]]):
                groups[-1] += (edge,)
            else:
                groups.append((edge,))
        return groups

    def _step(self, edges: tuple[int, ...], texts: Texts, legs: tuple[Path, ...]) -> Step:
        graph = self._graph
        source, target = int(graph.source[edges[0]]), int(graph.target[edges[-1]])
        telling = edges[-2] if graph.gates[target] and len(edges) > 1 else edges[-1]
        kind = graph.catalogue.edge_kinds[graph.edge_kinds[telling]]
        needed = _together(map(self._needed_on, edges))
        names = str(graph.names[source]), str(graph.names[target])
        return Step(
            source=str(graph.ids[source]),
            kind=kind.name,
            target=str(graph.ids[target]),
            sentence=self._sentence(source, kind.reads, int(graph.target[telling])),
            source_name=names[0],
            target_name=names[1],
            evidence=tuple(dict.fromkeys(text for edge in edges for text in texts[edge])),
            guards=proper(needed),
            assumes=_together(map(self._assumed_on, edges)),
            blind_spots=tuple(map(subject, blind(needed))),
            edges=edges,
            legs=legs,
        )

    def _sentence(self, source: int, reads: str, target: int) -> str:
        """Return a step in words; two nodes of one name are told apart by their kinds."""
        graph = self._graph
        first, second = str(graph.names[source]), str(graph.names[target])
        if first.casefold() == second.casefold():
            kinds = graph.catalogue.node_kinds
            first += f" ({kinds[graph.kinds[source]].label})"
            second += f" ({kinds[graph.kinds[target]].label})"
        return f"{first} {reads} {second}"


def _key(way: Way) -> tuple[Any, ...]:
    return tuple(way), tuple(map(_key, way.legs))


def _together(guards: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({each for some in guards for each in some}))


def in_words(guard: str) -> str:
    """Return a guard as the end of a sentence that begins "only if the attacker"."""
    kind, _, on = guard.partition(":")
    return f"{_READS.get(kind, 'passes ' + kind)} ({on})" if on else _READS.get(kind, guard)
