"""Moments: of each source one load, and the rows that were open then."""

from __future__ import annotations

from datetime import UTC, datetime

from duckdb import DuckDBPyConnection as Connection

from idgraph.errors import InputError
from idgraph.stores.duckdb.schema import TABLES

Moment = dict[int, int]  # by source number, the number of its load


def instant(text: str, subject: str = "the time") -> datetime:
    """Return a time in UTC, without a zone, as the store keeps it.

    Raises
    ------
    InputError
        The text is not an ISO 8601 time.
    """
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputError(
            f"{subject} {text!r}",
            "is not a time",
            hint="Write it as 2026-03-01T09:00:00Z.",
        ) from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def iso(moment: datetime) -> str:
    """Return a stored time as ISO 8601 text in UTC."""
    return f"{moment.isoformat()}Z"


def moment_at(connection: Connection, as_of: datetime | None) -> Moment:
    """Return of each source the latest load, or the latest not observed after a time."""
    rows = connection.execute(
        "SELECT source, max(number) FROM store.loads "
        "WHERE $1::TIMESTAMP IS NULL OR observed_at <= $1 GROUP BY source",
        [as_of],
    ).fetchall()
    return {int(source): int(load) for source, load in rows}


def key_of(moment: Moment) -> str:
    """Return the text by which projections of a moment are found."""
    return ",".join(str(load) for load in sorted(moment.values()))


def show(connection: Connection, moment: Moment) -> None:
    """Make `open_nodes`, `open_edges` … show the rows that were open at a moment."""
    connection.execute("CREATE OR REPLACE TEMP TABLE moment (source SMALLINT, load INTEGER)")
    if moment:
        pairs = [list(pair) for pair in moment.items()]
        connection.executemany("INSERT INTO moment VALUES (?, ?)", pairs)
    for table in TABLES:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW open_{table.name} AS "
            f"SELECT t.* FROM store.{table.name} t JOIN moment m ON t.source = m.source "
            "AND t.opened <= m.load AND (t.closed IS NULL OR t.closed > m.load)"
        )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW open_coverage AS "
        "SELECT l.source, c.* FROM store.coverage c JOIN store.loads l ON l.number = c.load "
        "JOIN moment m ON l.source = m.source AND c.load <= m.load "
        "QUALIFY c.load = max(c.load) OVER (PARTITION BY l.source, c.record)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW open_conflicts AS "
        "SELECT l.source, c.* FROM store.conflicts c JOIN store.loads l ON l.number = c.load "
        "JOIN moment m ON l.source = m.source AND c.load <= m.load "
        "WHERE NOT EXISTS (SELECT 1 FROM open_coverage o WHERE o.source = l.source "
        "AND o.record = c.record AND o.load > c.load)"
    )
