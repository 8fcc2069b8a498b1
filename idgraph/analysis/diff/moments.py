"""What a store held at a moment: the rows, what they resolve to, and how whole each list was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from idgraph.analysis.window import moment_of
from idgraph.derive import CATALOGUE
from idgraph.graph import Bools, Codes, Ints, Longs, Texts
from idgraph.resolve import resolve
from idgraph.resolve.frames import Observations, coded, texts
from idgraph.snapshot import EdgeTable, Snapshot
from idgraph.stores.protocol import Load, Store


class Seen(StrEnum):
    """How much of a record kind the loads of a moment saw."""

    WHOLE = "whole"  # what is not in it was not there
    PARTLY = "partly"  # what is not in it may have been there
    NOT = "not"


class Origin(NamedTuple):
    """Where a row comes from: a source, and the export's own name for the kind of record."""

    source: str
    record: str

    def __str__(self) -> str:
        return f"{self.record} of {self.source}"


@dataclass(frozen=True)
class EdgeColumns:
    """The resolved edges of a snapshot in one table, sorted by row; a row makes one edge."""

    row: Longs
    source: Ints  # positions in the snapshot
    target: Ints
    kind: Codes
    place: Ints  # in the snapshot's table of the kind


@dataclass(frozen=True, eq=False)
class Moment:
    """What a store held at a moment."""

    at: str  # ISO 8601 in UTC
    loads: tuple[Load, ...]  # of each source the one that the moment consists of
    observed: Observations
    snapshot: Snapshot

    @cached_property
    def sources(self) -> frozenset[str]:
        """The sources that were loaded by then."""
        return frozenset(str(each.source) for each in self.loads)

    @cached_property
    def rows(self) -> Longs:
        """The numbers of all rows that were open, ascending."""
        return self._rows[0]

    def has(self, rows: Longs | Sequence[int]) -> Bools:
        """Return whether each row was open."""
        return np.isin(np.asarray(rows, np.int64), self.rows)

    def origins(self, rows: Longs | Sequence[int]) -> list[Origin]:
        """Return where each row comes from; the rows were open."""
        numbers, of_row, origins = self._rows
        found = of_row[np.searchsorted(numbers, np.asarray(rows, np.int64))]
        return [origins[at] for at in found.tolist()]

    @cached_property
    def _rows(self) -> tuple[Longs, Ints, tuple[Origin, ...]]:
        """All rows, the number of their origin, and the origins."""
        place: dict[Origin, int] = {}
        rows, numbers = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
        for frame in (self.observed.nodes, self.observed.edges, self.observed.claims):
            rows.append(np.asarray(frame["row"], np.int64))
            numbers.append(_origins(frame, place))
        joined, of_row = np.concatenate(rows), np.concatenate(numbers)
        order = np.argsort(joined, kind="stable")
        return joined[order], of_row[order], tuple(place)

    @cached_property
    def states(self) -> Mapping[Origin, tuple[Seen, int]]:
        """How much was seen of each record kind, and how many records."""
        unsaid = (Seen.PARTLY, 0)  # there, though no load says how much of it
        found = dict.fromkeys(self._rows[2], unsaid)
        for each in self.snapshot.coverage:
            some = Seen.PARTLY if each.count else Seen.NOT
            origin = Origin(each.source, each.record)
            state = Seen.WHOLE if each.complete else some
            if state is Seen.NOT and origin in found:
                state = Seen.PARTLY
            found[origin] = (state, each.count)
        return found

    def seen(self, origin: Origin) -> Seen:
        """Return how much of a record kind the loads of this moment saw."""
        return self.states.get(origin, (Seen.NOT, 0))[0]

    @cached_property
    def edges(self) -> EdgeColumns:
        """The resolved edges in one table."""
        tables = list(self.snapshot.edges.items())
        sizes = [len(table) for _, table in tables]
        codes = [self.snapshot.catalogue.edge_code(name) for name, _ in tables]
        row = _joined([table.row for _, table in tables], np.int64)
        order = np.argsort(row, kind="stable")
        return EdgeColumns(
            row=row[order],
            source=_joined([table.source for _, table in tables], np.int32)[order],
            target=_joined([table.target for _, table in tables], np.int32)[order],
            kind=np.repeat(np.array(codes, np.int16), sizes)[order],
            place=_joined([np.arange(size, dtype=np.int32) for size in sizes], np.int32)[order],
        )

    def table(self, kind: int) -> EdgeTable:
        """Return the resolved edges of a kind by its code."""
        return self.snapshot.edges[self.snapshot.catalogue.edge_kinds[kind].name]

    @cached_property
    def node_rows(self) -> tuple[Longs, Texts]:
        """The rows that describe or mention nodes, and whom."""
        frame = self.observed.nodes
        return np.asarray(frame["row"], np.int64), texts(frame["id"])


def moment(store: Store, as_of: str | None) -> Moment:
    """Return what a store held at a moment, or holds now."""
    observed = store.observations(as_of)
    loads = loads_at(store.loads(), as_of)
    latest = max((each.observed_at for each in loads), default="")
    return Moment(as_of or latest, loads, observed, resolve(observed, CATALOGUE))


def loads_at(loads: Iterable[Load], as_of: str | None) -> tuple[Load, ...]:
    """Return the newest load of each source, of those seen by a moment, oldest first."""
    limit = moment_of(as_of) if as_of is not None else None
    newest = {
        each.source: each
        for each in loads
        if limit is None or ((seen := moment_of(each.observed_at)) and seen <= limit)
    }
    return tuple(sorted(newest.values(), key=lambda each: each.number))


def _origins(frame: pd.DataFrame, place: dict[Origin, int]) -> Ints:
    """Return the number of each row's origin; new ones are put into `place`."""
    (source, sources), (record, records) = coded(frame["source"]), coded(frame["record"])
    pairs, of_row = np.unique(
        source.astype(np.int64) * max(len(records), 1) + record, return_inverse=True
    )
    numbers = [
        place.setdefault(Origin(str(sources[at]), str(records[name])), len(place))
        for at, name in (divmod(pair, max(len(records), 1)) for pair in pairs.tolist())
    ]
    return np.array(numbers, np.int32)[of_row] if numbers else np.zeros(0, np.int32)


def _joined(parts: list[Any], dtype: type) -> Any:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)
