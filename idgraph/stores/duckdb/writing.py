"""A load under way: staged outside the file, then put into it in one transaction."""

from __future__ import annotations

import glob
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph import derive
from idgraph.derive import Projection
from idgraph.errors import StaleLoadError, StoreError
from idgraph.records import Record, Source
from idgraph.resolve import resolve
from idgraph.resolve.frames import Observations, json_text
from idgraph.stores.duckdb import changes, lease, projections, reading
from idgraph.stores.duckdb.connection import (
    StoreFile,
    connect,
    registered,
    transaction,
    value,
)
from idgraph.stores.duckdb.doubles import Clash, unite
from idgraph.stores.duckdb.moments import Moment, instant, iso, key_of, moment_at, show
from idgraph.stores.duckdb.schema import EDGES, NODES, NOTES
from idgraph.stores.duckdb.staging import Staging, storable
from idgraph.stores.protocol import Load

STRICT = "strict"  # the profile whose projection every commit builds

_COMMIT_PATIENCE = 6  # times the usual: readers are brief, and a whole load hangs on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a load is of, and where the store stood when it began."""

    source: Source
    observed_at: datetime
    observed_is_guess: bool
    files: tuple[str, ...]
    number: int  # of the source, from 0
    head: int
    next_row: int
    token: str

    @property
    def load(self) -> int:
        """The number that the load will have."""
        return self.head + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a load will do to the store, once its records have been compared with it."""

    opened: int
    closed: int
    next_row: int  # the row number that is free afterwards
    nodes: int
    edges: int
    before: str  # key of the moment before
    after: str
    stubs: int | None  # where nothing changed: then the projection before still holds


def begin(
    file: StoreFile,
    source: Source,
    *,
    observed_at: str,
    observed_is_guess: bool,
    files: Sequence[str],
) -> DuckDBWriting:
    """Begin a load: take the lease, and clean up what a load that was cut off left behind.

    Raises
    ------
    StoreBusyError
        Another process writes.
    StaleLoadError
        The source has a load of a later moment.
    """
    seen = instant(observed_at, "the observation time")
    file.create()
    with file.writing() as connection:
        number, latest = _source(connection, source)
        if latest is not None and seen < latest:
            raise StaleLoadError(
                f"an export of {source} seen at {iso(seen)}",
                f"is older than what the store holds of it ({iso(latest)})",
                hint="Load exports in the order they were taken, or use a new store.",
            )
        head, next_row = connection.execute("SELECT head, next_row FROM store.meta").fetchall()[0]
        token = lease.take(connection, file.subject)
    start = Start(
        source=source,
        observed_at=seen,
        observed_is_guess=observed_is_guess,
        files=tuple(files),
        number=number,
        head=head,
        next_row=next_row,
        token=token,
    )
    try:
        return DuckDBWriting(file, start)
    except BaseException:
        _give_back(file, token)
        raise


def _source(connection: Connection, source: Source) -> tuple[int, datetime | None]:
    """Return the number of a source, new or known, and when it was last observed."""
    number = value(
        connection,
        "SELECT number FROM store.sources WHERE loader = ? AND scope = ?",
        [source.loader, source.scope],
    )
    if number is None:
        return int(value(connection, "SELECT count(*) FROM store.sources")), None
    latest = "SELECT max(observed_at) FROM store.loads WHERE source = ?"
    return int(number), value(connection, latest, [number])


def _give_back(file: StoreFile, token: str) -> None:
    lease.forget(token)
    with suppress(StoreError), file.writing() as connection:
        lease.release(connection, token)


class DuckDBWriting:
    """A load into a DuckDB file; see `Writing`."""

    def __init__(self, file: StoreFile, start: Start) -> None:
        self._file = file
        self._start = start
        self._renew_at = time.monotonic() + lease.LENGTH.total_seconds() / 2
        self._spill = _spill_folder(file.path, start.token)
        _clean(file.path, self._spill)
        self._connection = connect(self._spill)
        with file.attached(self._connection, read_only=True):
            ends = {text: at for at, text in enumerate(reading.ends_of(self._connection))}
        self._staging = Staging(self._connection, ends)
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def write(self, records: Iterable[Record]) -> None:
        """Take a batch of records."""
        self._open()
        self._staging.write(records)
        self._renew()

    def write_columns(
        self, *, nodes: pd.DataFrame | None = None, edges: pd.DataFrame | None = None
    ) -> None:
        """Take nodes and edges in columns."""
        self._open()
        for table, frame in ((NODES, nodes), (EDGES, edges)):
            if frame is not None:
                self._staging.stage(table, frame)
        self._renew()

    def abort(self) -> None:
        """Undo everything since the load began; nothing happens when it is over."""
        if self._over:
            return
        self._end()
        _give_back(self._file, self._start.token)

    def commit(self) -> Load:
        """Close what a complete record kind no longer states, project, and make it visible."""
        self._open()
        try:
            load = self._commit()
        except BaseException:
            self.abort()
            raise
        self._end()
        lease.forget(self._start.token)
        return load

    def _open(self) -> None:
        if self._over:
            raise StoreError(
                f"the load of {self._start.source}", "is over", hint="Begin another one."
            )

    def _end(self) -> None:
        self._over = True
        self._connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def _renew(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        with self._file.writing() as connection:
            lease.renew(connection, self._start.token, self._file.subject)
        self._renew_at = time.monotonic() + lease.LENGTH.total_seconds() / 2

    def _commit(self) -> Load:
        self._staging.flush()
        clashes = unite(self._staging)
        connection, file = self._connection, self._file
        self._stage_notes(clashes)
        with file.attached(connection, read_only=True):
            change, observed = self._compared()
        projection = None if observed is None else self._projected(observed)
        load = self._summary(change, projection, len(clashes))
        patient = StoreFile(file.path, file.patience * _COMMIT_PATIENCE)
        with patient.attached(connection, read_only=False), transaction(connection):
            lease.check(connection, self._start.token, file.subject)
            self._apply(load, change, projection)
        return load

    def _stage_notes(self, clashes: Sequence[Clash]) -> None:
        """Stage coverage, conflicts, and what was ignored or rejected."""
        load, staging = self._start.load, self._staging
        covered = [
            (load, each.record, each.count, each.complete, each.about)
            for each in staging.coverage.values()
        ]
        contrary = [
            (
                load,
                each.record,
                each.node,
                each.field,
                json_text(each.values),
                each.kept,
                json_text(each.evidence),
            )
            for each in clashes
        ]
        ignored = [(load, *key, count) for key, count in staging.ignored.items()]
        rejected = [(load, each.record, each.place, each.reason) for each in staging.rejected]
        rows: dict[str, Sequence[tuple[Any, ...]]] = {
            "coverage": covered,
            "conflicts": contrary,
            "ignored": ignored,
            "rejects": rejected,
        }
        for name, stated in rows.items():
            _stage_rows(self._connection, name, stated)

    def _compared(self) -> tuple[Change, Observations | None]:
        """Return what the load changes, and all observations unless nothing does."""
        connection, start = self._connection, self._start
        complete = [each.record for each in self._staging.coverage.values() if each.complete]
        opened, closed, next_row = changes.compare(
            connection, start.number, start.load, start.next_row, complete
        )
        before = moment_at(connection, None)
        show(connection, before)
        same = not (opened or closed) and changes.says_the_same(connection, start.number)
        stubs = _kept_stubs(connection, before) if same else None
        change = Change(
            opened=opened,
            closed=closed,
            next_row=next_row if opened else start.next_row,
            nodes=int(value(connection, "SELECT count(DISTINCT id) FROM staged_nodes")),
            edges=int(value(connection, "SELECT count(*) FROM staged_edges")),
            before=key_of(before),
            after=key_of({**before, start.number: start.load}),
            stubs=stubs,
        )
        if stubs is not None:
            return change, None
        changes.show_pending(connection, start.number)
        ends = list(self._staging.ends)
        return change, reading.observations(connection, ends, lean=True, new_source=start.source)

    def _projected(self, observed: Observations) -> tuple[Projection, int]:
        """Return the strict projection of the head to come, and how many stubs it has."""
        self._renew()
        snapshot = resolve(observed, derive.CATALOGUE)
        return derive.derive(snapshot, derive.profile(STRICT)), int(snapshot.stub.sum())

    def _summary(
        self, change: Change, projection: tuple[Projection, int] | None, conflicts: int
    ) -> Load:
        start, staging = self._start, self._staging
        ignored: Counter[str] = Counter()
        for (record, _), count in staging.ignored.items():
            ignored[record] += count
        return Load(
            number=start.load,
            source=start.source,
            observed_at=iso(start.observed_at),
            observed_is_guess=start.observed_is_guess,
            loaded_at=iso(datetime.now(UTC).replace(tzinfo=None)),
            files=start.files,
            nodes=change.nodes,
            edges=change.edges,
            accepted=staging.accepted,
            ignored=dict(sorted(ignored.items())),
            rejected=len(staging.rejected),
            opened=change.opened,
            closed=change.closed,
            conflicts=conflicts,
            stubs=(change.stubs or 0) if projection is None else projection[1],
        )

    def _apply(self, load: Load, change: Change, projection: tuple[Projection, int] | None) -> None:
        """Write everything into the store; within a transaction."""
        connection = self._connection
        self._add_source()
        self._add_ends()
        changes.apply(connection, load.number)
        for name in NOTES:
            connection.execute(f"INSERT INTO store.{name} FROM new_{name}")
        _add_load(connection, load, self._start.number)
        key = (change.after, STRICT, derive.RULES_VERSION)
        if projection is None:
            projections.carry_over(connection, change.before, change.after)
        else:
            projections.save(connection, key, projection[0])
        connection.execute(
            "UPDATE store.meta SET head = ?, next_row = ?",
            [load.number, change.next_row],
        )
        projections.prune(connection, key[2])
        lease.release(connection, self._start.token)

    def _add_source(self) -> None:
        source = self._start.source
        self._connection.execute(
            "INSERT INTO store.sources SELECT $1, $2, $3 "
            "WHERE NOT EXISTS (SELECT 1 FROM store.sources WHERE number = $1)",
            [self._start.number, source.loader, source.scope],
        )

    def _add_ends(self) -> None:
        known, texts = self._staging.known_ends, list(self._staging.ends)
        new = pd.DataFrame(
            {
                "number": np.arange(known, len(texts), dtype=np.int32),
                "text": pd.Series(texts[known:], dtype="str"),
            }
        )
        with registered(self._connection, new_ends=new):
            self._connection.execute("INSERT INTO store.ends FROM new_ends")


def _stage_rows(connection: Connection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = NOTES[name]
    stated = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"CREATE TEMP TABLE new_{name} ({stated})")
    if not rows:
        return
    data = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            column: storable(pd.Series(list(values)))
            for column, values in zip(columns, data, strict=True)
        }
    )
    with registered(connection, noted=frame):
        connection.execute(f"INSERT INTO new_{name} FROM noted")


def _kept_stubs(connection: Connection, moment: Moment) -> int | None:
    """Return the stubs of the head if its projection can stay, else None."""
    if projections.find(connection, (key_of(moment), STRICT, derive.RULES_VERSION)) is None:
        return None
    stubs = value(
        connection,
        "SELECT stubs FROM store.loads WHERE number = (SELECT head FROM store.meta)",
    )
    return int(stubs or 0)


def _add_load(connection: Connection, load: Load, source: int) -> None:
    connection.execute(
        f"INSERT INTO store.loads VALUES ({', '.join('?' * 14)})",
        [
            load.number,
            source,
            instant(load.observed_at),
            load.observed_is_guess,
            instant(load.loaded_at),
            json.dumps(load.files),
            load.nodes,
            load.edges,
            load.accepted,
            load.rejected,
            load.opened,
            load.closed,
            load.conflicts,
            load.stubs,
        ],
    )


def _spill_folder(path: Path, token: str) -> Path:
    return path.with_name(f".{path.name}.{token}.staging")


def _clean(path: Path, mine: Path) -> None:
    """Remove what loads that were cut off left beside the store."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.staging"):
        if left != mine:
            shutil.rmtree(left, ignore_errors=True)
    for half in path.parent.glob(f".{glob.escape(path.name)}.new-*"):
        half.unlink(missing_ok=True)
