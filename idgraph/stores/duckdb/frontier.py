"""A kept projection piece by piece: nodes by id, and the edges that can be walked from some."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.catalogue import Catalogue
from idgraph.resolve.frames import read_list
from idgraph.stores.duckdb.connection import registered
from idgraph.stores.walking import Found, Step


def found(connection: Connection, data: int, ids: Sequence[str]) -> list[Found]:
    """Return nodes of a projection by id."""
    with registered(connection, wanted=_ids(ids)):
        rows = connection.execute(
            f"WITH nodes AS (SELECT *, row_number() OVER (ORDER BY rowid) - 1 AS at "
            f"FROM store.p{data}.nodes) "
            "SELECT n.id, n.name, k.name, n.flags, CASE WHEN n.stands_for = n.at THEN NULL "
            "ELSE coalesce(b.id, '') END FROM nodes n "
            f"JOIN store.p{data}.kinds k ON k.what = 'node' AND k.code = n.kind "
            "LEFT JOIN nodes b ON b.at = n.stands_for "
            "WHERE n.id IN (SELECT id FROM wanted)"
        ).fetchall()
    return [Found(*row) for row in rows]


def out_edges(
    connection: Connection, data: int, frontier: Sequence[str], catalogue: Catalogue
) -> list[Step]:
    """Return the edges of a projection that can be walked from some nodes."""
    kinds = pd.DataFrame({"name": [each.name for each in catalogue.edge_kinds if each.walkable]})
    with registered(connection, wanted=_ids(frontier), walkable=kinds):
        rows = connection.execute(
            f"WITH nodes AS (SELECT id, row_number() OVER (ORDER BY rowid) - 1 AS at "
            f"FROM store.p{data}.nodes), edges AS (SELECT *, row_number() OVER (ORDER BY rowid) "
            f"- 1 AS at FROM store.p{data}.edges) "
            "SELECT s.id, t.id, k.name, e.guards, (SELECT list(v.row ORDER BY v.rowid) "
            f"FROM store.p{data}.evidence v WHERE v.edge = e.at) FROM edges e "
            "JOIN nodes s ON s.at = e.source JOIN nodes t ON t.at = e.target "
            f"JOIN store.p{data}.kinds k ON k.what = 'edge' AND k.code = e.kind "
            "WHERE s.id IN (SELECT id FROM wanted) AND k.name IN (SELECT name FROM walkable)"
        ).fetchall()
    return [
        Step(source, target, kind, guards, tuple(behind or ()))
        for source, target, kind, guards, behind in rows
    ]


def guard_sets(connection: Connection, data: int) -> tuple[tuple[str, ...], ...]:
    """Return the sets of guards of a projection, by number."""
    rows = connection.execute(f"SELECT guards FROM store.p{data}.guard_sets ORDER BY number")
    return tuple(read_list(text) for (text,) in rows.fetchall())


def _ids(ids: Sequence[str]) -> pd.DataFrame:
    column = np.empty(len(ids), object)
    column[:] = ids
    return pd.DataFrame({"id": column})
