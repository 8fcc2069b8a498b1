"""The default store: one DuckDB file, opened briefly for each question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph import derive
from idgraph.derive import Projection
from idgraph.errors import StoreError
from idgraph.graph import TrustGraph
from idgraph.records import Source
from idgraph.resolve import resolve
from idgraph.resolve.frames import Observations
from idgraph.snapshot import Coverage, Snapshot
from idgraph.stores.duckdb import frontier, projections, reading, writing
from idgraph.stores.duckdb.connection import StoreFile
from idgraph.stores.duckdb.moments import instant, key_of, moment_at, show
from idgraph.stores.naming import Named, named_in
from idgraph.stores.protocol import Detail, Load, Size
from idgraph.stores.walking import Found, Step, nodes_of, steps_of
from idgraph.stores.writers import require_writable

T = TypeVar("T")

_CACHE_PATIENCE = 1.0  # seconds: keeping a projection is not worth waiting for


class DuckDBStore:
    """Observations and projections in one file; see `Store`.

    `patience` is how long, in seconds, to wait while another process holds the file.
    """

    def __init__(
        self, path: str | Path, *, read_only: bool = False, patience: float = 10.0
    ) -> None:
        self.url = str(path)
        self.read_only = read_only
        self._file = StoreFile(Path(path), patience)

    def __repr__(self) -> str:
        return f"DuckDBStore({self.url!r})"

    def begin(
        self,
        source: Source,
        *,
        observed_at: str,
        observed_is_guess: bool = False,
        files: Sequence[str] = (),
    ) -> writing.DuckDBWriting:
        """Begin a load; the first one makes the file.

        Raises
        ------
        StoreError
            The store was opened for reading only, or cannot be written.
        StoreBusyError
            Another process writes.
        StaleLoadError
            The source has a load of a later moment.
        """
        require_writable(self._file.subject, read_only=self.read_only)
        return writing.begin(
            self._file,
            source,
            observed_at=observed_at,
            observed_is_guess=observed_is_guess,
            files=files,
        )

    def loads(self) -> tuple[Load, ...]:
        """Return all committed loads, oldest first."""
        with self._file.reading() as connection:
            return reading.loads(connection)

    def head(self, as_of: str | None = None) -> int:
        """Return the number of the newest commit, or of the newest seen at a moment; 0 if none."""
        with self._file.reading() as connection:
            return max(moment_at(connection, _time(as_of)).values(), default=0)

    def observations(self, as_of: str | None = None) -> Observations:
        """Return all rows open at a moment."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            return reading.observations(connection, reading.ends_of(connection))

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """Return the observed graph of a moment."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            observed = reading.observations(connection, reading.ends_of(connection), lean=True)
        return resolve(observed, derive.CATALOGUE)

    def graph(self, *, as_of: str | None = None, profile: str = "strict") -> TrustGraph:
        """Return the graph of a moment under a profile, from the cached projection if any."""
        with self._file.reading() as connection:
            data = projections.find(connection, _key(connection, as_of, profile))
            kept = None
            if data is not None:
                kept = projections.read_graph(connection, data, derive.CATALOGUE)
        return kept or self._built(as_of, profile).graph

    def projection(self, *, as_of: str | None = None, profile: str = "strict") -> Projection:
        """Return the graph together with its evidence rows."""
        with self._file.reading() as connection:
            data = projections.find(connection, _key(connection, as_of, profile))
            kept = None
            if data is not None:
                kept = projections.read_projection(connection, data, derive.CATALOGUE)
        return kept or self._built(as_of, profile)

    def rows_behind(
        self, edges: Sequence[int], *, as_of: str | None = None, profile: str = "strict"
    ) -> dict[int, list[int]]:
        """Return what stands behind a few edges of the graph, as `Projection.behind` does."""
        with self._file.reading() as connection:
            data = projections.find(connection, _key(connection, as_of, profile))
            if data is not None:
                return projections.edge_rows(connection, data, edges)
        built = self._built(as_of, profile)
        return {int(edge): built.behind(edge).tolist() for edge in edges}

    def coverage(self, as_of: str | None = None) -> tuple[Coverage, ...]:
        """Return what was seen of each record kind of each source."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            return reading.coverage(connection)

    def size(self) -> Size:
        """Return how large the current graph is, without reading or deriving it."""
        with self._file.reading() as connection:
            data = projections.find(connection, _key(connection, None, "strict"))
            if data is not None:
                return frontier.size(connection, data)
            show(connection, moment_at(connection, None))
            return reading.size(connection)

    def named(self, text: str) -> Named:
        """Return the nodes of the current graph that a text may mean, with their aliases."""

        def kept(connection: Connection, data: int) -> Named:
            show(connection, moment_at(connection, None))
            return frontier.named(connection, data, text)

        return self._kept_or_built(kept, lambda whole: named_in(whole, self.aliases(), text))

    def guard_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of guards that edges of the current graph carry, by number."""
        return self._kept_or_built(frontier.guard_sets, lambda whole: whole.graph.guard_sets)

    def out_edges(self, nodes: Sequence[str]) -> list[Step]:
        """Return the edges of the current graph that can be walked from some nodes."""
        return self._kept_or_built(
            lambda connection, data: frontier.out_edges(connection, data, nodes, derive.CATALOGUE),
            lambda whole: steps_of(whole, nodes),
        )

    def found(self, ids: Sequence[str]) -> list[Found]:
        """Return nodes of the current graph by id; one that is not there is left out."""
        return self._kept_or_built(
            lambda connection, data: frontier.found(connection, data, ids),
            lambda whole: nodes_of(whole, ids),
        )

    def _kept_or_built(
        self, kept: Callable[[Connection, int], T], built: Callable[[Projection], T]
    ) -> T:
        """Ask the kept projection of the head, or build it."""
        with self._file.reading() as connection:
            data = projections.find(connection, _key(connection, None, "strict"))
            if data is not None:
                return kept(connection, data)
        return built(self._built(None, "strict"))

    def node_details(self, ids: Sequence[str], as_of: str | None = None) -> dict[str, Detail]:
        """Return what is known of nodes, by id; an id that no record describes is left out."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            return reading.details(connection, ids, derive.CATALOGUE)

    def aliases(self, as_of: str | None = None) -> list[tuple[str, str]]:
        """Return every alias with the id of a node that declares it, sorted."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            return reading.aliases(connection)

    def evidence(self, rows: Sequence[int]) -> dict[int, Detail]:
        """Return what is known of store rows, open or closed, by row number."""
        with self._file.reading() as connection:
            return reading.evidence_of(connection, rows, derive.CATALOGUE)

    def events(self, as_of: str | None = None) -> pd.DataFrame:
        """Return the events known at a moment: row and the fields of EventRecord."""
        with self._file.reading() as connection:
            show(connection, moment_at(connection, _time(as_of)))
            return reading.events(connection)

    def rejects(self, load: int) -> pd.DataFrame:
        """Return the rejected records of a load: record, place, reason."""
        with self._file.reading() as connection:
            return reading.rejects(connection, load)

    def conflicts(self, load: int) -> pd.DataFrame:
        """Return the contradictions inside a load: node, field, values, kept, evidence."""
        with self._file.reading() as connection:
            return reading.conflicts(connection, load)

    def _built(self, as_of: str | None, profile: str) -> Projection:
        """Derive a projection that was not kept, and keep it where that is possible."""
        with self._file.reading() as connection:
            moment = moment_at(connection, _time(as_of))
            key = _key(connection, as_of, profile)
            show(connection, moment)
            observed = reading.observations(connection, reading.ends_of(connection), lean=True)
        snapshot = resolve(observed, derive.CATALOGUE)
        built = derive.derive(snapshot, derive.profile(profile))
        if not self.read_only:
            self._keep(key, built)
        return built

    def _keep(self, key: projections.Key, built: Projection) -> None:
        """Keep a projection for the next one who asks; that nobody may is no harm."""
        file = StoreFile(self._file.path, min(_CACHE_PATIENCE, self._file.patience))
        with suppress(StoreError), file.writing() as connection:
            if projections.find(connection, key) is None:
                projections.save(connection, key, built)
                projections.prune(connection, key[2])


def _time(as_of: str | None) -> datetime | None:
    return None if as_of is None else instant(as_of, "the moment")


def _key(connection: Connection, as_of: str | None, profile: str) -> projections.Key:
    moment = key_of(moment_at(connection, _time(as_of)))
    return moment, derive.profile(profile).name, derive.RULES_VERSION
