"""The steps of a path as they are shown: two edges through a hub are one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from idgraph.analysis.needs import blind, proper, subject
from idgraph.catalogue import GUARD_KINDS
from idgraph.graph import TrustGraph

Evidence = Callable[[Sequence[int]], Sequence[tuple[str, ...]]]

_READS = {kind.name: kind.reads for kind in GUARD_KINDS}


def no_evidence(edges: Sequence[int]) -> list[tuple[str, ...]]:
    """Return no evidence for each edge: what a graph without a store has."""
    return [() for _ in edges]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a path: who does what to whom, on what evidence, and what is still needed.

    Ends are node ids; a power is named by its own id. `guards` are those not passed under the
    scenario.
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
        return said | ({"blind_spots": list(self.blind_spots)} if self.blind_spots else {})


Path = tuple[Step, ...]


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
        """Return the steps of several routes, each a sequence of edges."""
        grouped = [self._through_hubs(route) for route in routes]
        groups = {group for route in grouped for group in route}
        shown = sorted({edge for group in groups for edge in group})
        texts = dict(zip(shown, self._evidence(shown), strict=True)) if shown else {}
        steps = {group: self._step(group, texts) for group in groups}
        return [tuple(steps[group] for group in route) for route in grouped]

    def _through_hubs(self, route: Sequence[int]) -> list[tuple[int, ...]]:
        groups: list[tuple[int, ...]] = []
        hubs, sources = self._graph.hubs, self._graph.source
        for edge in route:
            if groups and hubs[sources[edge]]:
                groups[-1] += (edge,)
            else:
                groups.append((edge,))
        return groups

    def _step(self, edges: tuple[int, ...], texts: dict[int, tuple[str, ...]]) -> Step:
        graph = self._graph
        source, target = int(graph.source[edges[0]]), int(graph.target[edges[-1]])
        kind = graph.catalogue.edge_kinds[graph.edge_kinds[edges[-1]]]
        needed = _together(map(self._needed_on, edges))
        names = str(graph.names[source]), str(graph.names[target])
        return Step(
            source=str(graph.ids[source]),
            kind=kind.name,
            target=str(graph.ids[target]),
            sentence=self._sentence(source, kind.reads, target),
            source_name=names[0],
            target_name=names[1],
            evidence=tuple(dict.fromkeys(text for edge in edges for text in texts[edge])),
            guards=proper(needed),
            assumes=_together(map(self._assumed_on, edges)),
            blind_spots=tuple(map(subject, blind(needed))),
            edges=edges,
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


def _together(guards: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({each for some in guards for each in some}))


def in_words(guard: str) -> str:
    """Return a guard as the end of a sentence that begins "only if the attacker"."""
    kind, _, on = guard.partition(":")
    return f"{_READS.get(kind, 'passes ' + kind)} ({on})" if on else _READS.get(kind, guard)
