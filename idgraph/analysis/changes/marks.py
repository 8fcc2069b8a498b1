"""Which steps of a path were added inside a window, by each witness for itself.

platform    a record behind the step, or an object it is about, was made in the window
event       a log tells that one end of the step gained the other, or that its end was made
first seen  no load before the window let one take the step, and one inside it does
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from idgraph.analysis.changes import Changes, TimedChange
from idgraph.analysis.changes.found import History, changes_of
from idgraph.analysis.diff.facts import Change
from idgraph.analysis.diff.of_reach import could_walk
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.steps import Path, Step
from idgraph.analysis.window import Window
from idgraph.analysis.witness import Added, Witness
from idgraph.derive import CATALOGUE
from idgraph.graph import TrustGraph
from idgraph.stores.protocol import Store
from idgraph.vocabulary.events import EVENT_KINDS


@dataclass(frozen=True, eq=False)
class Marks:
    """What was added inside a window, to be looked up by the edges of one graph of a store."""

    history: History
    changes: Changes
    as_of: str | None  # the moment of the graph
    profile: str

    @classmethod
    def of(
        cls,
        store: Store,
        window: Window,
        *,
        as_of: str | None,
        profile: str,
        provenance: Provenance = UNKNOWN_ORIGIN,
    ) -> Marks:
        """Return the marks of a window on the graph of a moment."""
        history = History(store, window)
        return cls(history, changes_of(history, provenance=provenance), as_of, profile)

    def on(self, graph: TrustGraph, paths: Sequence[Path]) -> list[Path]:
        """Return paths with what was added on each step; they were told of this graph."""
        edges = sorted({edge for path in paths for edge in _edges(path)})
        store = self.history.store
        rows = store.rows_behind(edges, as_of=self.as_of, profile=self.profile) if edges else {}
        found = {
            edge: self._of_edge(graph, edge, [row for row in rows[edge] if row >= 0])
            for edge in edges
        }
        return [_marked(path, found) for path in paths]

    def _of_edge(self, graph: TrustGraph, edge: int, rows: Sequence[int]) -> tuple[Added, ...]:
        ends = str(graph.ids[graph.source[edge]]), str(graph.ids[graph.target[edge]])
        stated = [self._by_row[row] for row in rows if row in self._by_row]
        stated += [self._born[end] for end in ends if end in self._born]
        told = self._by_ends.get(frozenset(ends), []) + self._made.get(ends[1], [])
        firsts = [*stated[:1], *sorted(told, key=lambda each: each.order)[:1]]
        seen = self._seen_first(graph, edge, rows)
        return (*(Added(each.witness, each.at, each.words) for each in firsts), *seen)

    @cached_property
    def _by_row(self) -> Mapping[int, TimedChange]:
        """What the platform says was made in the window, by the row that says so."""
        return {
            row: each
            for each in reversed(self.changes.by_platform)
            if each.change is Change.ADDED
            for row in each.rows
        }

    @cached_property
    def _born(self) -> Mapping[str, TimedChange]:
        """What the platform says of objects that were made in the window, by their id."""
        kinds = {kind.name for kind in CATALOGUE.node_kinds}
        return {
            each.id: each
            for each in reversed(self.changes.by_platform)
            if each.change is Change.ADDED and each.kind in kinds
        }

    @cached_property
    def _by_ends(self) -> Mapping[frozenset[str], list[TimedChange]]:
        """What a log says that one gained of another, by the two."""
        found: dict[frozenset[str], list[TimedChange]] = {}
        for each in self.changes.by_event:
            if EVENT_KINDS[each.kind].gives and each.id and each.target:
                found.setdefault(frozenset((each.id, each.target)), []).append(each)
        return found

    @cached_property
    def _made(self) -> Mapping[str, list[TimedChange]]:
        """What a log says was created, by its id."""
        found: dict[str, list[TimedChange]] = {}
        for each in self.changes.by_event:
            if EVENT_KINDS[each.kind].change.startswith("creates ") and each.id:
                found.setdefault(each.id, []).append(each)
        return found

    # First seen.

    @cached_property
    def _ends(self) -> tuple[TrustGraph, TrustGraph] | None:
        """The graphs before the window and at its end, None where no load looked in it."""
        moments = self.history.moments
        if len(moments) < 2:  # noqa: PLR2004  before, and after
            return None
        first, last = (
            self.history.store.graph(as_of=each.at, profile=self.profile)
            for each in (moments[0], moments[-1])
        )
        return first, last

    @cached_property
    def _first_seen(self) -> Mapping[int, str]:
        """When a load first saw a fact, by its row."""
        return {
            row: each.at for each in reversed(self.changes.first_seen) for row in each.rows[-1:]
        }

    def _seen_first(self, graph: TrustGraph, edge: int, rows: Sequence[int]) -> tuple[Added, ...]:
        if self._ends is None:
            return ()
        before, after = self._ends
        if could_walk(before, edge, graph) or not could_walk(after, edge, graph):
            return ()
        times = [self._first_seen[row] for row in rows if row in self._first_seen]
        moments = self.history.moments
        if times:
            return (Added(Witness.FIRST_SEEN, min(times), "was not there before"),)
        if moments[0].has(rows).all():  # what stood in the way is gone
            return (Added(Witness.FIRST_SEEN, moments[-1].at, "was not possible before"),)
        return ()  # it rests on what nobody had loaded: no change that is known


def _edges(path: Path) -> list[int]:
    return [
        edge
        for step in path
        for edge in (*step.edges, *(each for leg in step.legs for each in _edges(leg)))
    ]


def _marked(path: Path, found: Mapping[int, tuple[Added, ...]]) -> Path:
    return tuple(_marked_step(step, found) for step in path)


def _marked_step(step: Step, found: Mapping[int, tuple[Added, ...]]) -> Step:
    added = dict.fromkeys(each for edge in step.edges for each in found[edge])
    legs = tuple(_marked(leg, found) for leg in step.legs)
    return replace(step, added=tuple(added), legs=legs) if added or legs else step
