"""Which derived relations are there at one moment and not, or otherwise guarded, at another.

Both graphs are derived by today's rules. Edges are compared as sets of ends, kind and guards, in
columns; only those that differ are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd

from idgraph.analysis.diff.facts import DERIVED, Change, Fact, FieldChange, told
from idgraph.analysis.diff.moments import Moment, Seen
from idgraph.derive import Projection
from idgraph.graph import Bools, Longs, TrustGraph

GuardSet = tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """One of the two moments, with its graph and the keys of its edges."""

    moment: Moment
    projection: Projection
    ends: Longs  # (m,) number of source, target and kind together, the same on both sides
    whole: Longs  # (m,) with the guards

    @property
    def graph(self) -> TrustGraph:
        """The graph of the moment."""
        return self.projection.graph

    def new_rows(self, edge: int, other: Side) -> list[int]:
        """Return the rows behind an edge that the other moment does not have."""
        rows = self.projection.rows_of(edge)
        return [int(row) for row in rows[~other.moment.has(rows)]]


def derived(
    moments: tuple[Moment, Moment],
    projections: tuple[Projection, Projection],
    facts: Iterable[Fact],
) -> tuple[list[Fact], int]:
    """Return the derived relations that differ, and the number of those owed to coverage alone.

    `facts` are the observed ones that differ: they say why.
    """
    sides = _sides(moments, projections)
    words = {row: str(each) for each in facts for row in each.rows}
    found = _Found(sides, words)
    return sorted(found.facts(), key=lambda each: each.order), found.unseen


def _sides(
    moments: tuple[Moment, Moment], projections: tuple[Projection, Projection]
) -> tuple[Side, Side]:
    graphs = [each.graph for each in projections]
    ids = pd.Index(graphs[1].ids)
    places = [ids.get_indexer(pd.Index(graphs[0].ids)), np.arange(graphs[1].n)]
    strange = places[0] < 0  # nodes of the first graph alone are numbered on
    places[0][strange] = graphs[1].n + np.arange(int(strange.sum()))
    size = graphs[1].n + int(strange.sum())
    sets: dict[GuardSet, int] = {}
    ends, guards = [], []
    for graph, place in zip(graphs, places, strict=True):
        pair = place[graph.source].astype(np.int64) * size + place[graph.target]
        ends.append(pair * len(graph.catalogue.edge_kinds) + graph.edge_kinds)
        numbers = [sets.setdefault(each, len(sets)) for each in graph.guard_sets]
        guards.append(np.array(numbers, np.int64)[graph.guards])
    _, number = np.unique(np.concatenate(ends), return_inverse=True)  # small again
    split = np.split(number.astype(np.int64), [len(ends[0])])
    first, second = (
        Side(moment, projection, end, end * len(sets) + guard)
        for moment, projection, end, guard in zip(moments, projections, split, guards, strict=True)
    )
    return first, second


class _Found:
    """The edges that differ, grouped by their ends and kind."""

    def __init__(self, sides: tuple[Side, Side], words: Mapping[int, str]) -> None:
        self.sides = sides
        self.words = words
        self.unseen = 0

    def facts(self) -> list[Fact]:
        """Return a fact for each pair of ends and kind that differs, but for coverage alone."""
        kinds = self.sides[0].graph.catalogue.edge_kinds
        is_derived = np.array([kind.derived for kind in kinds], bool)
        only = [
            is_derived[one.graph.edge_kinds] & ~np.isin(one.whole, other.whole)
            for one, other in (self.sides, self.sides[::-1])
        ]
        groups = np.unique(
            np.concatenate([side.ends[mask] for side, mask in zip(self.sides, only, strict=True)])
        )
        edges = [_by_group(side.ends, groups) for side in self.sides]
        return [
            fact
            for group in groups.tolist()
            if (fact := self._fact([some.get(group, ()) for some in edges], only)) is not None
        ]

    def _fact(self, edges: list[Sequence[int]], only: list[Bools]) -> Fact | None:
        side = 1 if edges[1] else 0
        change = Change.CHANGED if all(edges) else (Change.REMOVED, Change.ADDED)[side]
        new = [
            row
            for here, there, some, mask in (
                (*self.sides, edges[0], only[0]),
                (*self.sides[::-1], edges[1], only[1]),
            )
            for edge in some
            if mask[edge]
            for row in here.new_rows(edge, there)
        ]
        states = self._states(new)
        if states == {Seen.NOT}:
            self.unseen += 1
            return None
        fact = self._of_edge(side, edges[side][0], change)
        rows = tuple(chain.from_iterable(self._rows(at, some) for at, some in enumerate(edges)))
        because = [self.words[row] for row in sorted(set(new)) if row in self.words]
        fields = self._guards(edges) if change is Change.CHANGED else ()
        return replace(
            fact,
            rows=rows,
            fields=fields,
            sure=states <= {Seen.WHOLE},
            because=tuple(dict.fromkeys(because)),
        )

    def _states(self, rows: Sequence[int]) -> set[Seen]:
        """Return how well each moment saw the lists of rows that only the other has."""
        found = set()
        for here, there in (self.sides, self.sides[::-1]):
            some = [row for row, has in zip(rows, here.moment.has(rows), strict=True) if has]
            found |= {there.moment.seen(origin) for origin in here.moment.origins(some)}
        return found

    def _rows(self, at: int, edges: Iterable[int]) -> tuple[int, ...]:
        side = self.sides[at]
        return tuple(dict.fromkeys(int(r) for e in edges for r in side.projection.rows_of(e)))

    def _guards(self, edges: list[Sequence[int]]) -> tuple[FieldChange, ...]:
        said = [
            tuple(sorted({", ".join(side.graph.guards_of(edge)) or "none" for edge in some}))
            for side, some in zip(self.sides, edges, strict=True)
        ]
        return (FieldChange("guards", said[0], said[1]),)

    def _of_edge(self, at: int, edge: int, change: Change) -> Fact:
        side = self.sides[at]
        graph = side.graph
        kind = graph.catalogue.edge_kinds[graph.edge_kinds[edge]]
        ends = [
            (str(graph.names[node]), int(graph.kinds[node]))
            for node in (graph.source[edge], graph.target[edge])
        ]
        rows = side.projection.rows_of(edge)
        return Fact(
            change=change,
            about=DERIVED,
            kind=kind.name,
            id=str(graph.ids[graph.source[edge]]),
            name=ends[0][0],
            target=str(graph.ids[graph.target[edge]]),
            target_name=ends[1][0],
            words=told(graph.catalogue, ends[0], kind.reads, ends[1]),
            source=", ".join(sorted({each.source for each in side.moment.origins(rows)})),
            record="derived",
            rows=(),
        )


def _by_group(ends: Longs, groups: Longs) -> dict[int, list[int]]:
    """Return, for each group asked about, the edges with these ends and kind."""
    found: dict[int, list[int]] = {}
    edges = np.flatnonzero(np.isin(ends, groups))
    for edge, group in zip(edges.tolist(), ends[edges].tolist(), strict=True):
        found.setdefault(group, []).append(edge)
    return found
