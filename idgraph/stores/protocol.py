"""What every store can do, and the columns that cross its edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from idgraph.derive.projection import Projection
from idgraph.graph import TrustGraph
from idgraph.records import Record, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One committed load: what was read, of which moment, and what became of its records."""

    number: int  # the commit; intervals [opened, closed) are made of these
    source: Source
    observed_at: str  # ISO 8601 UTC: when the platform was looked at
    observed_is_guess: bool  # taken from the file's time, not from the export
    loaded_at: str
    files: tuple[str, ...]
    nodes: int
    edges: int
    accepted: int
    ignored: Mapping[str, int]  # by record kind
    rejected: int
    opened: int  # rows that this load opened
    closed: int  # rows that this load closed
    conflicts: int = 0
    stubs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is shown of a node or an edge beyond its columns."""

    evidence: tuple[str, ...]
    properties: Mapping[str, object]


@dataclass(frozen=True)
class Observations:
    """All rows that are open at one moment, as the loaders stated them.

    nodes : row, source, record, id, kind, name, mention, aliases, properties, evidence
    edges : row, source, record, start, kind, end, key, properties, guards, evidence
    claims : row, source, record, node, owner, claim, said_by, said_at, evidence
    coverage : source, record, count, complete, about
    Lists and mappings are kept as JSON text.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    claims: pd.DataFrame
    coverage: pd.DataFrame


class Writing(Protocol):
    """A load under way; nothing is visible before `commit`, and leaving without it undoes all."""

    def write(self, records: Iterable[Record]) -> None:
        """Take a batch of records."""

    def commit(self) -> Load:
        """Close what a complete record kind no longer states, project, and make it visible."""

    def abort(self) -> None:
        """Undo everything since the load began."""


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
        """Return the number of the newest commit, or of the last one seen at a moment."""

    def observations(self, as_of: str | None = None) -> Observations:
        """Return all rows open at a moment."""

    def graph(self, *, as_of: str | None = None, profile: str = "strict") -> TrustGraph:
        """Return the graph of a moment under a profile, from the cached projection if any."""

    def projection(self, *, as_of: str | None = None, profile: str = "strict") -> Projection:
        """Return the graph together with its evidence rows."""

    def node_details(self, ids: Sequence[str], as_of: str | None = None) -> dict[str, Detail]:
        """Return what is known of nodes, by id."""

    def evidence(self, rows: Sequence[int]) -> dict[int, Detail]:
        """Return what is known of store rows, by row number."""

    def rejects(self, load: int) -> pd.DataFrame:
        """Return the rejected records of a load: record, place, reason."""
