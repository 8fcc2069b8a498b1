"""What every store can do, and the columns that cross its edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

import pandas as pd

from idgraph.derive.projection import Projection
from idgraph.graph import TrustGraph
from idgraph.records import Record, Source
from idgraph.resolve.frames import Observations
from idgraph.snapshot import Coverage, Snapshot
from idgraph.stores.naming import Named
from idgraph.stores.walking import Found, Step

__all__ = ["AnswersCypher", "Detail", "Load", "Observations", "Size", "Store", "Writing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One committed load: what was read, of which moment, and what became of its records."""

    number: int  # the commit; intervals [opened, closed) are made of these
    source: Source
    observed_at: str  # ISO 8601 UTC: when the platform was looked at
    observed_is_guess: bool  # taken from the file's time, not from the export
    loaded_at: str
    files: tuple[str, ...]
    nodes: int  # different nodes that the load stated
    edges: int  # different edges that the load stated
    accepted: int  # nodes, edges, claims and events taken, doubles included
    ignored: Mapping[str, int]  # by record kind
    rejected: int
    opened: int  # rows that this load opened
    closed: int  # rows that this load closed
    conflicts: int = 0  # contradictions between records of this load
    stubs: int = 0  # nodes of the whole graph, after the load, that nothing describes


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is shown of a node or an edge beyond its columns."""

    evidence: tuple[str, ...]
    properties: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """How much the current graph under the strict rules holds, synthetic nodes among it.

    Where today's rules have not derived it yet, it is near: what was observed, or what older
    rules derived.
    """

    nodes: int
    edges: int


class Writing(Protocol):
    """A load under way; nothing is visible before `commit`, and leaving without it undoes all.

    A context manager: leaving the block without a commit aborts.
    """

    def write(self, records: Iterable[Record]) -> None:
        """Take a batch of records.

        Raises
        ------
        InputError
            A property is of a type that no store keeps.
        """

    def write_columns(
        self, *, nodes: pd.DataFrame | None = None, edges: pd.DataFrame | None = None
    ) -> None:
        """Take nodes and edges in columns, named as in `Observations` without row and source.

        Of nodes, id and kind are needed, of edges start, kind and end; a column left out is
        empty. Lists and mappings come as `json_text` writes them. Categorical columns are the
        quickest.
        """

    def commit(self) -> Load:
        """Close what a complete record kind no longer states, project, and make it visible."""

    def abort(self) -> None:
        """Undo everything since the load began."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class AnswersCypher(Protocol):
    """A store that can be asked in Cypher as well."""

    def cypher(self, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        """Return the answer to a named query, asked in a transaction that cannot write.

        Raises
        ------
        UnknownNameError
            There is no such query.
        InputError
            A parameter is missing, not known, or not of its type.
        """


class Store(Protocol):
    """A place for observations and their projections; one writer at a time."""

    url: str

    def begin(
        self,
        source: Source,
        *,
        observed_at: str,
        observed_is_guess: bool,
        files: Sequence[str],
    ) -> Writing:
        """Begin a load.

        Raises
        ------
        StoreBusyError
            Another process writes.
        StaleLoadError
            The source has a load of a later moment.
        """

    def loads(self) -> tuple[Load, ...]:
        """Return all committed loads, oldest first."""

    def head(self, as_of: str | None = None) -> int:
        """Return the number of the newest commit, or of the newest seen at a moment; 0 if none."""

    def observations(self, as_of: str | None = None) -> Observations:
        """Return all rows open at a moment."""

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """Return the observed graph of a moment: what rules and owner claims read."""

    def graph(self, *, as_of: str | None = None, profile: str = "strict") -> TrustGraph:
        """Return the graph of a moment under a profile, from the cached projection if any."""

    def projection(self, *, as_of: str | None = None, profile: str = "strict") -> Projection:
        """Return the graph together with its evidence rows."""

    def rows_behind(
        self, edges: Sequence[int], *, as_of: str | None = None, profile: str = "strict"
    ) -> dict[int, list[int]]:
        """Return what stands behind a few edges of the graph, as `Projection.behind` does."""

    def coverage(self, as_of: str | None = None) -> tuple[Coverage, ...]:
        """Return what was seen of each record kind of each source."""

    def size(self) -> Size:
        """Return how large the current graph is, without reading it."""

    def named(self, text: str) -> Named:
        """Return the nodes of the current graph that a text may mean, with their aliases."""

    def guard_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of guards that edges of the current graph carry, by number."""

    def out_edges(self, nodes: Sequence[str]) -> list[Step]:
        """Return the edges of the current graph that can be walked from some nodes."""

    def found(self, ids: Sequence[str]) -> list[Found]:
        """Return nodes of the current graph by id; one that is not there is left out."""

    def node_details(self, ids: Sequence[str], as_of: str | None = None) -> dict[str, Detail]:
        """Return what is known of nodes, by id; an id that no record describes is left out."""

    def aliases(self, as_of: str | None = None) -> list[tuple[str, str]]:
        """Return every alias with the id of a node that declares it, sorted."""

    def evidence(self, rows: Sequence[int]) -> dict[int, Detail]:
        """Return what is known of store rows, open or closed, by row number."""

    def events(self, as_of: str | None = None) -> pd.DataFrame:
        """Return the events known at a moment: row and the fields of EventRecord."""

    def rejects(self, load: int) -> pd.DataFrame:
        """Return the rejected records of a load: record, place, reason."""

    def conflicts(self, load: int) -> pd.DataFrame:
        """Return the contradictions inside a load: node, field, values, kept, evidence."""
