"""The part of a graph that can be walked from a node, fetched level by level from a store.

The walker itself is that of the whole graph: it finds in the part every step, guard, gate and
blind spot that it could meet, because whatever can be walked is fetched, on whatever condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from idgraph.catalogue import Catalogue
from idgraph.derive import CATALOGUE, Projection
from idgraph.errors import StoreError, UnknownNameError
from idgraph.graph import TrustGraph, graph_from_columns

TRIES = 3  # to read one state of a store that is being loaded


@dataclass(frozen=True, slots=True)
class Step:
    """An edge that can be walked; `guards` is the number of its guard set."""

    source: str
    target: str
    kind: str
    guards: int
    rows: tuple[int, ...]  # the store rows behind it


@dataclass(frozen=True, slots=True)
class Found:
    """A node; `stands_for` is None where it stands for itself, "" where for nothing."""

    id: str
    name: str
    kind: str
    flags: int
    stands_for: str | None


class Frontiers(Protocol):
    """A store that gives its current graph piece by piece."""

    def head(self) -> int:
        """Return the number of the newest commit."""

    def guard_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of guards that edges carry, by number."""

    def out_edges(self, nodes: Sequence[str]) -> list[Step]:
        """Return the edges that can be walked from some nodes."""

    def found(self, ids: Sequence[str]) -> list[Found]:
        """Return nodes by id; one that is not in the graph is left out."""


def walkable_part(
    store: Frontiers, start: str, catalogue: Catalogue = CATALOGUE, *, also: Sequence[str] = ()
) -> Projection:
    """Return all that can be walked from a node, on whatever condition.

    `also` are further nodes to be in the part, such as a target that may not be reached.

    Raises
    ------
    UnknownNameError
        No node has this id.
    StoreError
        Loads kept changing the graph while it was read.
    """
    for _ in range(TRIES):
        head = store.head()
        part = _part(store, start, catalogue, also)
        if store.head() == head:
            return part
    raise StoreError(
        "the graph", "was changed by a load each time it was read", hint="Ask again in a while."
    )


def _part(store: Frontiers, start: str, catalogue: Catalogue, also: Sequence[str]) -> Projection:
    nodes = {each.id: each for each in store.found([start])}
    if start not in nodes:
        raise UnknownNameError(f"node {start!r}", "is not in the graph")
    steps: list[Step] = []
    frontier = [start]
    while frontier:
        new = store.out_edges(frontier)
        steps += new
        frontier = sorted({step.target for step in new} - nodes.keys())
        nodes.update((each.id, each) for each in store.found(frontier))
    nodes.update((each.id, each) for each in store.found(sorted(set(also) - nodes.keys())))
    behind = {each.stands_for for each in nodes.values() if each.stands_for} - nodes.keys()
    nodes.update((each.id, each) for each in store.found(sorted(behind)))
    return _assembled(list(nodes.values()), steps, store.guard_sets(), catalogue)


def _assembled(
    nodes: Sequence[Found],
    steps: Iterable[Step],
    guard_sets: tuple[tuple[str, ...], ...],
    catalogue: Catalogue,
) -> Projection:
    place = {each.id: at for at, each in enumerate(nodes)}
    ordered = sorted(steps, key=lambda step: step.rows)
    graph = graph_from_columns(
        catalogue,
        ids=[each.id for each in nodes],
        kinds=[each.kind for each in nodes],
        names=[each.name for each in nodes],
        flags=np.array([each.flags for each in nodes], np.uint16),
        stands_for=np.array(
            [
                at if each.stands_for is None else place.get(each.stands_for, -1)
                for at, each in enumerate(nodes)
            ],
            np.int32,
        ),
        source=[place[step.source] for step in ordered],
        target=[place[step.target] for step in ordered],
        edge_kinds=[step.kind for step in ordered],
        guards=np.array([step.guards for step in ordered], np.int32),
        guard_sets=guard_sets,
    )
    rows = [ordered[at].rows for at in graph.rows.tolist()]
    ptr = np.zeros(graph.m + 1, np.int64)
    np.cumsum([len(each) for each in rows], out=ptr[1:])
    evidence = np.array([row for each in rows for row in each], np.int64)
    numbered = replace(graph, rows=np.arange(graph.m, dtype=np.int64))
    return Projection(numbered, ptr, evidence, np.full(graph.n, -1, np.int64))


def graph_of(nodes: Sequence[Found], catalogue: Catalogue = CATALOGUE) -> TrustGraph:
    """Return nodes as a graph without edges."""
    return _assembled(nodes, (), ((),), catalogue).graph


def steps_of(whole: Projection, nodes: Sequence[str]) -> list[Step]:
    """Return the edges of a whole graph that can be walked from some nodes."""
    graph = whole.graph
    tails = np.isin(graph.source, _positions(whole, nodes)) & graph.walkable
    return [
        Step(
            graph.ids[graph.source[at]],
            graph.ids[graph.target[at]],
            graph.edge_kind_name(at),
            int(graph.guards[at]),
            tuple(whole.behind(at).tolist()),
        )
        for at in np.flatnonzero(tails).tolist()
    ]


def nodes_of(whole: Projection, ids: Sequence[str]) -> list[Found]:
    """Return nodes of a whole graph by id."""
    graph = whole.graph
    return [
        Found(
            graph.ids[at],
            graph.names[at],
            graph.kind_name(at),
            int(graph.flags[at]),
            _behind(graph, at),
        )
        for at in _positions(whole, ids)
    ]


def _behind(graph: TrustGraph, at: int) -> str | None:
    other = int(graph.stands_for[at])
    if other == at:
        return None
    return str(graph.ids[other]) if other >= 0 else ""


def _positions(whole: Projection, ids: Sequence[str]) -> list[int]:
    place = {node: at for at, node in enumerate(whole.graph.ids)}
    return sorted(place[node] for node in set(ids) & place.keys())
