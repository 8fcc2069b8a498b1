"""The shared store: one graph of a Neo4j database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import pandas as pd

from idgraph import derive
from idgraph.derive import Projection
from idgraph.graph import TrustGraph
from idgraph.records import Source
from idgraph.resolve.frames import Observations
from idgraph.snapshot import Coverage, Snapshot
from idgraph.stores.duckdb import DuckDBStore
from idgraph.stores.naming import Named, gathered, named_in
from idgraph.stores.neo4j import frontier, library, names, reading, writing
from idgraph.stores.neo4j.address import address
from idgraph.stores.neo4j.connection import Server
from idgraph.stores.neo4j.replica import Replica
from idgraph.stores.neo4j.rows import evidence
from idgraph.stores.neo4j.shown import projection_of
from idgraph.stores.protocol import Detail, Load, Size
from idgraph.stores.walking import Found, Step, nodes_of, steps_of
from idgraph.stores.writers import require_writable

_PROFILE = "strict"  # the one whose graph every commit shows


class Neo4jStore:
    """Observations and the current graph in Neo4j; see `Store`.

    `patience` is how long, in seconds, a server that went away is waited for.
    """

    def __init__(self, url: str, *, read_only: bool = False, patience: float = 30.0) -> None:
        where = address(url)
        self.url = where.url
        self.read_only = read_only
        self.server = Server(where, patience=patience)
        self._replica: Replica | None = None
        self._kept: tuple[tuple[int, str], Projection] | None = None
        self._sets: tuple[int, tuple[tuple[str, ...], ...]] | None = None  # of a head

    def __repr__(self) -> str:
        return f"Neo4jStore({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and drop what was copied; both come back when needed."""
        self.server.close()
        if self._replica is not None:
            self._replica.remove()
            self._replica = None
        self._kept = self._sets = None

    def begin(
        self,
        source: Source,
        *,
        observed_at: str,
        observed_is_guess: bool = False,
        files: Sequence[str] = (),
    ) -> writing.Neo4jWriting:
        """Begin a load; the first one makes the graph.

        Raises
        ------
        StoreError
            The store was opened for reading only, or cannot be written.
        StoreBusyError
            Another process writes.
        StaleLoadError
            The source has a load of a later moment.
        """
        require_writable(self.server.address.subject, read_only=self.read_only)
        return writing.begin(
            self.server,
            self._copy(),
            source,
            observed_at=observed_at,
            observed_is_guess=observed_is_guess,
            files=files,
            adopt=self._adopted,
        )

    def loads(self) -> tuple[Load, ...]:
        """Return all committed loads, oldest first."""
        return self._books().loads()

    def head(self, as_of: str | None = None) -> int:
        """Return the number of the newest commit, or of the newest seen at a moment; 0 if none."""
        if as_of is None:
            return reading.head(self.server).number
        return self._books().head(as_of)

    def observations(self, as_of: str | None = None) -> Observations:
        """Return all rows open at a moment."""
        return self._rows().observations(as_of)

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """Return the observed graph of a moment."""
        return self._rows().snapshot(as_of)

    def graph(self, *, as_of: str | None = None, profile: str = _PROFILE) -> TrustGraph:
        """Return the graph of a moment under a profile."""
        return self.projection(as_of=as_of, profile=profile).graph

    def projection(self, *, as_of: str | None = None, profile: str = _PROFILE) -> Projection:
        """Return the graph together with its evidence rows.

        That of the head is read as it is kept; any other is derived here.
        """
        number = reading.head(self.server).number
        if profile != _PROFILE or not self._is_newest(as_of):
            return self._rows().projection(as_of=as_of, profile=profile)
        key = (number, derive.RULES_VERSION)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, self._shown(number) or self._rows().projection())
        return self._kept[1]

    def rows_behind(
        self, edges: Sequence[int], *, as_of: str | None = None, profile: str = _PROFILE
    ) -> dict[int, list[int]]:
        """Return what stands behind a few edges of the graph, as `Projection.behind` does."""
        whole = self.projection(as_of=as_of, profile=profile)
        return {int(edge): whole.behind(edge).tolist() for edge in sorted(edges)}

    def coverage(self, as_of: str | None = None) -> tuple[Coverage, ...]:
        """Return what was seen of each record kind of each source."""
        return self._books().coverage(as_of)

    def size(self) -> Size:
        """Return how large the current graph is, without reading it."""
        return reading.head(self.server).size

    def named(self, text: str) -> Named:
        """Return the nodes of the current graph that a text may mean, with their aliases."""
        head = reading.head(self.server)
        if head.rules != derive.RULES_VERSION:
            return named_in(self.projection(), self.aliases(), text)
        nodes = frontier.found(self.server, names.called(self.server, head.number, text))
        ids = [each.id for each in nodes]
        return gathered(nodes, names.aliases_of(self.server, head.number, ids))

    def guard_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of guards that edges of the current graph carry, by number."""
        head = reading.head(self.server)
        if head.rules != derive.RULES_VERSION:
            return self.projection().graph.guard_sets
        if self._sets is None or self._sets[0] != head.number:
            self._sets = head.number, frontier.guard_sets(self.server, head.number)
        return self._sets[1]

    def out_edges(self, nodes: Sequence[str]) -> list[Step]:
        """Return the edges of the current graph that can be walked from some nodes."""
        if reading.head(self.server).rules != derive.RULES_VERSION:
            return steps_of(self.projection(), nodes)
        return frontier.out_edges(self.server, nodes, self.guard_sets())

    def found(self, ids: Sequence[str]) -> list[Found]:
        """Return nodes of the current graph by id; one that is not there is left out."""
        if reading.head(self.server).rules != derive.RULES_VERSION:
            return nodes_of(self.projection(), ids)
        return frontier.found(self.server, ids)

    def node_details(self, ids: Sequence[str], as_of: str | None = None) -> dict[str, Detail]:
        """Return what is known of nodes, by id; an id that no record describes is left out."""
        return self._rows().node_details(ids, as_of)

    def aliases(self, as_of: str | None = None) -> list[tuple[str, str]]:
        """Return every alias with the id of a node that declares it, sorted."""
        return self._rows().aliases(as_of)

    def evidence(self, rows: Sequence[int]) -> dict[int, Detail]:
        """Return what is known of store rows, open or closed, by row number.

        They come from the copy if it has them all, else a few packs are read.
        """
        head = reading.head(self.server).number
        if self._replica is not None and self._replica.has_rows(head):
            return self._replica.store.evidence(rows)
        return evidence(self.server, head, rows, derive.CATALOGUE)

    def events(self, as_of: str | None = None) -> pd.DataFrame:
        """Return the events known at a moment: row and the fields of EventRecord."""
        return self._rows().events(as_of)

    def rejects(self, load: int) -> pd.DataFrame:
        """Return the rejected records of a load: record, place, reason."""
        return self._books().rejects(load)

    def conflicts(self, load: int) -> pd.DataFrame:
        """Return the contradictions inside a load: node, field, values, kept, evidence."""
        return self._books().conflicts(load)

    def cypher(self, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        """Return the answer to a named query, asked in a transaction that cannot write."""
        return library.run(self.server, name, parameters)

    def _shown(self, number: int) -> Projection | None:
        kept = reading.shown_at(self.server, number, derive.RULES_VERSION)
        if not len(kept.nodes):
            return None
        return projection_of(kept, derive.CATALOGUE)

    def _is_newest(self, as_of: str | None) -> bool:
        if as_of is None:
            return True
        self._books()
        return self._copy().is_newest(as_of)

    def _adopted(self, copy: Replica) -> None:
        if self._replica is not None:
            self._replica.remove()
        self._replica = copy

    def _copy(self) -> Replica:
        if self._replica is None:
            self._replica = Replica()
        return self._replica

    def _books(self) -> DuckDBStore:
        return self._copy().follow(self.server, reading.head(self.server).number, rows=False)

    def _rows(self) -> DuckDBStore:
        return self._copy().follow(self.server, reading.head(self.server).number, rows=True)
