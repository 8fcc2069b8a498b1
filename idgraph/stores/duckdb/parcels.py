"""What one load added to a store, in columns: carried from one store into another, row for row."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.stores.duckdb.connection import StoreFile, registered, value
from idgraph.stores.duckdb.schema import NOTES, TABLES, listed

BOOKS = ("sources", "loads", "counter", *NOTES)  # what is known of the loads themselves
ROWS = ("ends", *(table.name for table in TABLES), "closed")  # what the loads state

Parcel = Mapping[str, pd.DataFrame]


def known_ends(connection: Connection) -> int:
    """Return how many texts of ends a store knows."""
    return int(value(connection, "SELECT count(*) FROM store.ends"))


def export(connection: Connection, load: int, ends: int) -> dict[str, pd.DataFrame]:
    """Return what a load added; `ends` is how many texts of ends were known before it."""
    run = connection.execute
    frames = {
        table.name: run(
            f"SELECT * EXCLUDE (closed) FROM store.{table.name} WHERE opened = ? ORDER BY row",
            [load],
        ).df()
        for table in TABLES
    }
    frames["closed"] = run(_closed(load)).df()
    frames["ends"] = run("SELECT * FROM store.ends WHERE number >= ? ORDER BY ALL", [ends]).df()
    frames["loads"] = run("SELECT * FROM store.loads WHERE number = ?", [load]).df()
    frames["sources"] = run(
        "SELECT * FROM store.sources WHERE number IN (SELECT source FROM store.loads "
        "GROUP BY source HAVING min(number) = ?)",
        [load],
    ).df()
    frames["counter"] = run("SELECT next_row FROM store.meta").df()
    for name in NOTES:
        frames[name] = run(f"SELECT * FROM store.{name} WHERE load = ?", [load]).df()
    return frames


def _closed(load: int) -> str:
    parts = (f"SELECT row FROM store.{each.name} WHERE closed = {int(load)}" for each in TABLES)
    return f"SELECT row, {int(load)}::INTEGER AS closed FROM ({' UNION ALL '.join(parts)})"


def take_in(file: StoreFile, parcel: Parcel) -> None:
    """Add what some loads added elsewhere; tables that are not in the parcel stay as they are."""
    with file.writing() as connection:
        for name, frame in parcel.items():
            if name in {"closed", "counter"}:
                continue
            columns = listed(list(frame.columns))
            with registered(connection, parcel=frame):
                connection.execute(
                    f"INSERT INTO store.{name} ({columns}) SELECT {columns} FROM parcel"
                )
        if "closed" in parcel:
            _close(connection, parcel["closed"])
        if "counter" in parcel:
            _move_head(connection, int(parcel["counter"]["next_row"].max()))


def _close(connection: Connection, closed: pd.DataFrame) -> None:
    with registered(connection, parcel=closed):
        for table in TABLES:
            connection.execute(
                f"UPDATE store.{table.name} AS t SET closed = p.closed FROM parcel p "
                "WHERE t.row = p.row AND t.closed IS NULL"
            )


def _move_head(connection: Connection, next_row: int) -> None:
    connection.execute(
        "UPDATE store.meta SET next_row = ?, head = (SELECT max(number) FROM store.loads)",
        [next_row],
    )


def stated(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the edges of a frame of row numbers state beside their ends, by row."""
    with registered(connection, wanted=rows):
        return connection.execute(
            "SELECT e.row, s.loader || ':' || s.scope AS source, e.record, e.key, e.properties, "
            "e.evidence, e.kind FROM store.edges e JOIN store.sources s ON s.number = e.source "
            "WHERE e.row IN (SELECT row FROM wanted) ORDER BY e.row"
        ).df()
