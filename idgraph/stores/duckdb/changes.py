"""What a load changes: which rows it opens, which it closes. Sets in SQL, no loop.

Rows are found by a hash of their identity and compared by what they hold. The hash is computed
on both sides when it is needed and never stored, so a newer DuckDB may hash otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import DuckDBPyConnection as Connection

from idgraph.stores.duckdb.connection import value
from idgraph.stores.duckdb.schema import TABLES, Table, listed


def compare(
    connection: Connection, source: int, load: int, next_row: int, complete: Sequence[str]
) -> tuple[int, int, int]:
    """Fill `opening_…` and `closing_…` of each table.

    Return how many rows open, how many close, and the row number that is free afterwards.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE complete (record VARCHAR)")
    if complete:
        connection.executemany("INSERT INTO complete VALUES (?)", [[name] for name in complete])
    opened = closed = 0
    for table in TABLES:
        known = _differing(connection, table, source)
        opening = _opening(table, source, load, next_row, new=not known)
        connection.execute(opening)
        opened += _count(connection, f"opening_{table.name}")
        next_row += 1 + int(
            value(connection, f"SELECT coalesce(max(rowid), 0) FROM staged_{table.name}")
        )
        closed += _closing(connection, table)
    return opened, closed, next_row


def says_the_same(connection: Connection, source: int) -> bool:
    """Return whether a load that changed no row also adds nothing beside its rows."""
    return all(
        not value(
            connection,
            f"SELECT count(*) FROM (SELECT * EXCLUDE (load) FROM new_{name} EXCEPT "
            f"SELECT * EXCLUDE (source, load) FROM open_{name} WHERE source = {source})",
        )
        for name in ("coverage", "conflicts")
    )


def show_pending(connection: Connection, source: int) -> None:
    """Make `open_nodes`, `open_edges` … show the rows as they will be after the load."""
    for name in ("conflicts", "coverage"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE kept_{name} AS FROM open_{name} o "
            f"WHERE o.source <> {source} OR o.record NOT IN (SELECT record FROM new_coverage)"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW open_{name} AS FROM kept_{name} "
            f"UNION ALL SELECT {source}::SMALLINT AS source, * FROM new_{name}"
        )
    for table in TABLES:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW open_{table.name} AS "
            f"SELECT * FROM store.{table.name} WHERE closed IS NULL "
            f"AND row NOT IN (FROM closing_{table.name}) "
            f"UNION ALL FROM opening_{table.name}"
        )


def _differing(connection: Connection, table: Table, source: int) -> bool:
    """Fill `differing` with staged and stored rows that have no equal on the other side.

    Return whether anything was stored; if not, all that is staged differs and nothing is filled.
    """
    stored = f"store.{table.name} WHERE source = {source} AND closed IS NULL"
    known = bool(_count(connection, f"(FROM {stored} LIMIT 1)"))
    columns = [name for name in table.columns[:-1] if name not in table.words]
    equal = " AND ".join(f's."{name}" = x."{name}"' for name in columns)
    words = " AND ".join(f'hash(s."{name}") = x."{name}"' for name in table.words)
    hashed = "".join(f', hash("{name}") AS "{name}"' for name in table.words)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE differing AS "
        f"SELECT s.rowid AS staged, x.row AS stored FROM staged_{table.name} s FULL JOIN "
        f"(SELECT row, {listed(columns)}, hash({listed(table.identity)}) AS same{hashed} "
        f"FROM {stored}) x ON s.same = x.same AND {equal}{' AND ' if words else ''}{words} "
        f"WHERE (s.rowid IS NULL OR x.row IS NULL) AND {known}"
    )
    return known


def _opening(table: Table, source: int, load: int, next_row: int, *, new: bool) -> str:
    """Return the SQL that makes `opening_…`; of a new source everything opens, uncopied."""
    what = "VIEW" if new else "TABLE"
    where = "true" if new else "rowid IN (SELECT staged FROM differing WHERE stored IS NULL)"
    return (
        f"CREATE OR REPLACE TEMP {what} opening_{table.name} AS "
        f"SELECT {next_row} + rowid AS row, {source}::SMALLINT AS source, "
        f"{listed(table.columns)}, {load}::INTEGER AS opened, NULL::INTEGER AS closed "
        f"FROM staged_{table.name} WHERE {where}"
    )


def _count(connection: Connection, relation: str) -> int:
    return int(value(connection, f"SELECT count(*) FROM {relation}"))


def _closing(connection: Connection, table: Table) -> int:
    """Fill `closing_…`: rows that are stated otherwise now, or are gone from a complete list."""
    gone = "x.record IN (FROM complete)" if table.closes else "false"
    same = " AND ".join(f'o."{name}" = x."{name}"' for name in table.identity)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE closing_{table.name} AS SELECT x.row "
        f"FROM store.{table.name} x WHERE x.row IN "
        f"(SELECT stored FROM differing WHERE staged IS NULL) "
        f"AND ({gone} OR EXISTS (SELECT 1 FROM opening_{table.name} o WHERE {same}))"
    )
    return _count(connection, f"closing_{table.name}")


def apply(connection: Connection, load: int) -> None:
    """Close and open the rows in the store."""
    for table in TABLES:
        connection.execute(
            f"UPDATE store.{table.name} SET closed = {load} "
            f"WHERE row IN (FROM closing_{table.name})"
        )
        connection.execute(f"INSERT INTO store.{table.name} FROM opening_{table.name}")
