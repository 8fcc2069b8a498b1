"""What a load has stated so far, in columns, in memory and spilling to disk beside the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.errors import InputError
from idgraph.graph import Ints, Texts
from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    EventRecord,
    Ignored,
    NodeRecord,
    OwnerClaim,
    Record,
    Rejected,
    Value,
)
from idgraph.resolve.frames import coded, json_text
from idgraph.stores.duckdb.connection import registered
from idgraph.stores.duckdb.schema import CLAIMS, EDGES, ENDS, EVENTS, NODES, TABLES, Table, listed

BATCH = 50_000  # records held as objects before they become columns

_INT64 = 2**63
_SCALARS = frozenset({bool, float, str})


class Staging:
    """The records of one load on their way into a store."""

    def __init__(self, connection: Connection, ends: Mapping[str, int]) -> None:
        self.connection = connection
        self.ends = dict(ends)  # every text that the store knows as an end, and its number
        self.known_ends = len(self.ends)
        self.accepted = 0
        self.coverage: dict[str, CoverageRecord] = {}
        self.ignored: Counter[tuple[str, str]] = Counter()
        self.rejected: list[Rejected] = []
        self._buffers: dict[type, list[Any]] = {
            kind: [] for kind in (NodeRecord, EdgeRecord, OwnerClaim, EventRecord)
        }
        for table in TABLES:
            stated = ", ".join(f'"{name}" {table.type_of(name)}' for name in table.columns)
            connection.execute(f"CREATE TEMP TABLE staged_{table.name} ({stated}, same UBIGINT)")

    def write(self, records: Iterable[Record]) -> None:
        """Take records of any kind."""
        waiting = sum(len(buffer) for buffer in self._buffers.values())
        for record in records:
            buffer = self._buffers.get(type(record))
            if buffer is None:
                self._note(record)
                continue
            buffer.append(record)
            waiting += 1
            if waiting >= BATCH:
                self.flush()
                waiting = 0

    def _note(self, record: Any) -> None:
        if isinstance(record, CoverageRecord):
            self.coverage[record.record] = _joined(self.coverage.get(record.record), record)
        elif isinstance(record, Ignored):
            self.ignored[record.record, record.reason] += 1
        elif isinstance(record, Rejected):
            self.rejected.append(record)
        else:
            raise InputError(f"a {type(record).__name__}", "is not a record that a store takes")

    def flush(self) -> None:
        """Turn the records that wait into columns."""
        for kind, table, columns in _COLUMNS:
            records = self._buffers[kind]
            if records:
                self._buffers[kind] = []
                self.stage(table, pd.DataFrame(columns(records)))

    def stage(self, table: Table, frame: pd.DataFrame) -> None:
        """Take rows in columns; a column left out is empty."""
        missing = [name for name in table.needed if name not in frame]
        if missing:
            raise InputError(f"a batch of {table.name}", f"has no column {', '.join(missing)}")
        given = frame.reset_index(drop=True)
        columns = {name: given[name] for name in table.columns if name in given}
        numbers = _Numbers(self.ends)
        for name in [each for each in columns if each in ENDS]:
            columns[name] = numbers.of(columns[name], f"the {name} of an edge")
        try:
            self._insert(table, pd.DataFrame(columns))
        except UnicodeError:
            clean = {name: storable(column) for name, column in columns.items()}
            self._insert(table, pd.DataFrame(clean))
        self.accepted += len(frame)

    def _insert(self, table: Table, frame: pd.DataFrame) -> None:
        stated = ", ".join(_selected(table, name, frame) for name in table.columns)
        with registered(self.connection, batch=frame):
            try:
                self.connection.execute(
                    f"INSERT INTO staged_{table.name} "
                    f"SELECT *, hash({listed(table.identity)}) FROM (SELECT {stated} FROM batch)"
                )
            except duckdb.InvalidInputException as error:
                if "surrogate" in str(error):
                    raise UnicodeError from error
                raise


def _selected(table: Table, name: str, frame: pd.DataFrame) -> str:
    kind = table.type_of(name)
    empty = "false" if kind == "BOOLEAN" else "''"
    if name not in frame:
        return f'{empty} AS "{name}"'
    column = f'"{name}"::{kind}'
    return f'{column if kind == "INTEGER" else f"coalesce({column}, {empty})"} AS "{name}"'


class _Numbers:
    """Ends of one batch as numbers; both ends often share their categories."""

    def __init__(self, ends: dict[str, int]) -> None:
        self.ends = ends
        self._known: list[tuple[Any, Ints]] = []

    def of(self, column: pd.Series[Any], subject: str) -> Any:
        """Return a column of ends as numbers, giving new ones to texts that are new."""
        codes, names = coded(column)
        if len(codes) and codes.min() < 0:
            raise InputError(subject, "is missing")
        if not isinstance(column.dtype, pd.CategoricalDtype):
            return pd.Series(self._numbered(names)[codes])
        categories = column.cat.categories
        for known, numbers in self._known:
            if known is categories:
                return pd.Series(numbers[codes])
        self._known.append((categories, self._numbered(names)))
        return pd.Series(self._known[-1][1][codes])

    def _numbered(self, names: Texts) -> Ints:
        ends = self.ends
        texts = encodable(names.tolist())
        return np.array([ends.setdefault(text, len(ends)) for text in texts], np.int32)


def _joined(known: CoverageRecord | None, more: CoverageRecord) -> CoverageRecord:
    """Return the coverage of several files of one record kind: complete only if all are."""
    if known is None:
        return more
    return CoverageRecord(
        record=more.record,
        count=known.count + more.count,
        complete=known.complete and more.complete,
        about=max(known.about, more.about),
    )


def encodable(texts: list[str]) -> list[str]:
    """Return texts that UTF-8 can hold: half a surrogate pair is spelt out."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [text.encode("utf-8", "backslashreplace").decode() for text in texts]
    return texts


def storable(column: Any) -> Any:
    """Return a column in which every text can be stored."""
    if isinstance(column, np.ndarray) or column.dtype.kind in "biu":
        return column
    codes, names = coded(pd.Series(column))
    clean = np.array([*encodable([str(name) for name in names]), ""], object)
    return pd.Series(clean[codes], dtype=object)  # code -1 is the empty text at the end


def _nodes(records: Sequence[NodeRecord]) -> dict[str, Any]:
    return {
        **_texts(records, "record", "id", "kind", "name", "evidence"),
        "mention": np.array([each.mention for each in records], np.bool_),
        "aliases": [json_text(sorted(set(each.aliases))) for each in records],
        "properties": _properties(records, lambda each: each.id),
    }


def _edges(records: Sequence[EdgeRecord]) -> dict[str, Any]:
    return {
        **_texts(records, "record", "kind", "key", "evidence"),
        "start": [each.source for each in records],
        "end": [each.target for each in records],
        "guards": [json_text(sorted(set(each.guards))) for each in records],
        "properties": _properties(records, lambda each: f"{each.source} {each.kind}"),
    }


def _claims(records: Sequence[OwnerClaim]) -> dict[str, Any]:
    return _texts(records, *CLAIMS.columns)


def _events(records: Sequence[EventRecord]) -> dict[str, Any]:
    return {
        **_texts(records, "record", "id", "kind", "at", "actor", "target", "evidence"),
        "properties": _properties(records, lambda each: each.id),
    }


def _texts(records: Sequence[Any], *names: str) -> dict[str, Any]:
    return {name: [getattr(each, name) for each in records] for name in names}


def _properties(records: Sequence[Any], subject: Callable[[Any], str]) -> list[str]:
    return [
        json_text(_checked(each.properties, subject(each))) if each.properties else ""
        for each in records
    ]


def _checked(properties: Mapping[str, Value], subject: str) -> Mapping[str, Value]:
    for name, value in properties.items():
        if not _is_value(value):
            raise InputError(
                f"property {name!r} of {subject}",
                f"is of a type that no store keeps ({type(value).__name__})",
                hint="Use bool, int64, finite float, str or a tuple of str.",
            )
    return properties


def _is_value(value: object) -> bool:
    if type(value) is float:
        return value - value == 0  # neither infinite nor not a number
    if type(value) in _SCALARS:
        return True
    if type(value) is int:
        return -_INT64 <= value < _INT64
    return isinstance(value, tuple | list) and all(type(each) is str for each in value)


_COLUMNS: tuple[tuple[type, Table, Callable[[Any], dict[str, Any]]], ...] = (
    (NodeRecord, NODES, _nodes),
    (EdgeRecord, EDGES, _edges),
    (OwnerClaim, CLAIMS, _claims),
    (EventRecord, EVENTS, _events),
)
