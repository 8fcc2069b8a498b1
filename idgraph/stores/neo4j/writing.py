"""A load under way: compared and projected in a copy, then sent; moving the head shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import Any, LiteralString, Self

import pandas as pd

from idgraph import derive
from idgraph.errors import StoreError
from idgraph.records import Record, Source
from idgraph.stores.duckdb import parcels
from idgraph.stores.duckdb.schema import TABLES
from idgraph.stores.duckdb.writing import DuckDBWriting
from idgraph.stores.neo4j import cleaning, lease, names, packs
from idgraph.stores.neo4j.ahead import ahead
from idgraph.stores.neo4j.connection import Server
from idgraph.stores.neo4j.current import Change, bring
from idgraph.stores.neo4j.lease import Lease, Statement
from idgraph.stores.neo4j.reading import head, shown_at
from idgraph.stores.neo4j.replica import Replica
from idgraph.stores.neo4j.schema import LABEL, OPEN, PACK_LABEL, pack_id
from idgraph.stores.neo4j.shown import TABLES as SHOWN
from idgraph.stores.neo4j.shown import changed, shown
from idgraph.stores.protocol import Load

Adopt = Callable[[Replica], None]  # takes the copy that a commit leaves behind

_PACKS_AT_ONCE = 20
_RECORDS = frozenset(table.name for table in TABLES)

_LOADING: LiteralString = f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) SET now.loading = $load"
_PUT: LiteralString = (
    f"UNWIND $packs AS pack CREATE (p:{LABEL}:{PACK_LABEL} {{graph: $graph, id: pack[0]}}) "
    "SET p.table = pack[1], p.at = pack[2], p.data = pack[3], p.first = pack[4], "
    "p.last = pack[5], p.load = $load, p.since = $load, p.until = $open, p.rules = $rules"
)
_REPLACE: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) WHERE p.table IN $tables AND p.until = $open "
    "AND p.since < $load SET p.until = $load"
)
_MOVE: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) "
    "SET now.head = $load, now.loading = $load, now.superseded = now.superseded + $superseded, "
    "now.rules = $rules, now.nodes = $nodes, now.edges = $edges"
)


def begin(
    server: Server,
    replica: Replica,
    source: Source,
    *,
    observed_at: str,
    observed_is_guess: bool,
    files: Sequence[str],
    adopt: Adopt,
) -> Neo4jWriting:
    """Begin a load: take the lease, and clean up what a load that was cut off left behind.

    Raises
    ------
    StoreBusyError
        Another process writes.
    StaleLoadError
        The source has a load of a later moment.
    """
    held = lease.take(server)
    try:
        held.keep_alive()
        if held.unfinished:
            cleaning.undo(held)
        cleaning.sweep(held)
        replica.follow(server, held.head, rows=True)
        return Neo4jWriting(
            held,
            replica.fork(),
            source,
            observed_at=observed_at,
            observed_is_guess=observed_is_guess,
            files=files,
            adopt=adopt,
        )
    except BaseException:
        with suppress(StoreError):
            held.release()
        held.end()
        raise


class Neo4jWriting:
    """A load into a graph in Neo4j; see `Writing`."""

    def __init__(
        self,
        held: Lease,
        copy: Replica,
        source: Source,
        *,
        observed_at: str,
        observed_is_guess: bool,
        files: Sequence[str],
        adopt: Adopt,
    ) -> None:
        self._lease = held
        self._adopt = adopt
        self._copy = copy
        self._over = False
        self._sent = False
        with copy.file.reading() as connection:
            self._ends = parcels.known_ends(connection)
        try:
            self._inner: DuckDBWriting = copy.store.begin(
                source, observed_at=observed_at, observed_is_guess=observed_is_guess, files=files
            )
        except BaseException:
            copy.remove()
            raise

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
        self._inner.write(records)

    def write_columns(
        self, *, nodes: pd.DataFrame | None = None, edges: pd.DataFrame | None = None
    ) -> None:
        """Take nodes and edges in columns."""
        self._inner.write_columns(nodes=nodes, edges=edges)

    def commit(self) -> Load:
        """Close what a complete record kind no longer states, project, and make it visible."""
        try:
            load = self._inner.commit()
            if not self._over:
                self._send(load)
        except BaseException:
            self.abort()
            raise
        self._end()
        self._adopt(self._copy.got_to(load.number))
        return load

    def abort(self) -> None:
        """Undo everything since the load began; nothing happens when it is over."""
        if self._over:
            return
        self._inner.abort()
        with suppress(StoreError):  # the next load undoes what this one cannot
            if self._sent:
                cleaning.undo(self._lease)
            self._lease.release()
        self._end()
        self._copy.remove()

    def _end(self) -> None:
        self._over = True
        self._lease.end()

    def _send(self, load: Load) -> None:
        held, number = self._lease, load.number
        held.write([(_LOADING, {"load": number})])
        self._sent = True
        with self._copy.file.reading() as connection:
            parcel = parcels.export(connection, number, self._ends)
        _put(held, parcel, number)
        statements = self._show(load)
        held.write([*statements, (lease.RELEASE, {})])

    def _show(self, load: Load) -> tuple[Statement, ...]:
        """Write how the load changes the graph that people read; return what makes it visible."""
        held, store = self._lease, self._copy.store
        old, projection = shown_at(held.server, held.head), store.projection()
        new = shown(projection, store.snapshot())
        tables = changed(old, new)
        change = Change((), 0)
        if tables:
            change = bring(held, old, new, load.number, derive.CATALOGUE, self._stated)
        if head(held.server).rules != derive.RULES_VERSION:
            tables = list(SHOWN)
        _put(held, {name: new.frames()[name] for name in tables}, load.number)
        if tables or load.opened or load.closed:
            _put_names(held, names.frames(projection.graph, store.aliases()), load.number)
            tables.append(names.TABLE)
        replaced = {"tables": tables, "load": load.number, "open": OPEN}
        moved = {
            "load": load.number,
            "superseded": change.superseded,
            "rules": derive.RULES_VERSION,
            "nodes": projection.graph.n,
            "edges": projection.graph.m,
        }
        return *change.statements, (_REPLACE, replaced), (_MOVE, moved)

    def _stated(self, rows: pd.DataFrame) -> pd.DataFrame:
        with self._copy.file.reading() as connection:
            return parcels.stated(connection, rows)


def _put(held: Lease, parcel: Mapping[str, pd.DataFrame], number: int) -> None:
    """Write columns in packs."""
    frames = (
        (table, frame.iloc[first : first + size])
        for table, frame in parcel.items()
        for size in (packs.SIZE * (5 if table in SHOWN else 1),)
        for first in range(0, len(frame), size)
    )
    _put_packs(held, frames, number)


def _put_names(held: Lease, frames: Iterable[pd.DataFrame], number: int) -> None:
    _put_packs(held, ((names.TABLE, frame) for frame in frames), number)


def _put_packs(held: Lease, frames: Iterable[tuple[str, pd.DataFrame]], number: int) -> None:
    """Write frames, a pack each."""
    for some in ahead(_packed(frames, number)):
        rules = derive.RULES_VERSION
        held.write([(_PUT, {"packs": some, "load": number, "open": OPEN, "rules": rules})])


def _packed(frames: Iterable[tuple[str, pd.DataFrame]], number: int) -> Iterator[list[list[Any]]]:
    """Yield packs, some at once; those of a table are numbered as they come."""
    numbers: Counter[str] = Counter()
    waiting = iter(frames)
    while some := list(islice(waiting, _PACKS_AT_ONCE)):
        made = []
        for table, frame in some:
            made.append(_pack(table, numbers[table], frame, number))
            numbers[table] += 1
        yield made


def _pack(table: str, at: int, frame: pd.DataFrame, number: int) -> list[Any]:
    """Return a pack; of the rows of records, also the first and the last number."""
    ends = frame["row"].iloc[[0, -1]].tolist() if table in _RECORDS else [None, None]
    return [pack_id(number, table, at), table, at, packs.pack(frame), *ends]
