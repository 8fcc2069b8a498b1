"""A kept projection piece by piece: nodes by id, and the edges that can be walked from some.

Its tables are written once and never changed, so the `rowid` of a row is its position.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.catalogue import Catalogue
from idgraph.resolve.frames import read_list
from idgraph.stores.duckdb.connection import registered, value
from idgraph.stores.naming import Named, gathered, meant_in
from idgraph.stores.protocol import Size
from idgraph.stores.walking import Found, Step

_AT_ONCE = 20_000  # rows

# DuckDB folds ASCII as Python does; a text of more bytes than characters is left to Python.
_MAY_BE = "(lower({0}) = $key OR strlen({0}) <> length({0}))"
_ALIASES = (
    "SELECT DISTINCT unnest(from_json(aliases, '[\"VARCHAR\"]')) AS alias, id "
    "FROM open_nodes WHERE aliases <> ''"
)


def found(connection: Connection, data: int, ids: Sequence[str]) -> list[Found]:
    """Return nodes of a projection by id."""
    with registered(connection, wanted=_ids(ids)):
        rows = connection.execute(
            "SELECT n.id, n.name, k.name, n.flags, CASE WHEN n.stands_for = n.rowid THEN NULL "
            f"ELSE coalesce(b.id, '') END FROM store.p{data}.nodes n "
            f"JOIN store.p{data}.kinds k ON k.what = 'node' AND k.code = n.kind "
            f"LEFT JOIN store.p{data}.nodes b ON b.rowid = n.stands_for "
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
            "WITH steps AS (SELECT e.rowid AS edge, s.id AS source, e.target, k.name AS kind, "
            f"e.guards FROM store.p{data}.edges e "
            f"JOIN store.p{data}.nodes s ON s.rowid = e.source "
            f"JOIN store.p{data}.kinds k ON k.what = 'edge' AND k.code = e.kind "
            "WHERE s.id IN (SELECT id FROM wanted) AND k.name IN (SELECT name FROM walkable)), "
            "behind AS (SELECT v.edge, list(v.row ORDER BY v.rowid) AS rows "
            f"FROM store.p{data}.evidence v WHERE v.edge IN (SELECT edge FROM steps) "
            "GROUP BY v.edge) SELECT s.source, t.id, s.kind, s.guards, b.rows FROM steps s "
            f"JOIN store.p{data}.nodes t ON t.rowid = s.target "
            "LEFT JOIN behind b ON b.edge = s.edge"
        ).fetchall()
    return [
        Step(source, target, kind, guards, tuple(behind or ()))
        for source, target, kind, guards, behind in rows
    ]


def guard_sets(connection: Connection, data: int) -> tuple[tuple[str, ...], ...]:
    """Return the sets of guards of a projection, by number."""
    rows = connection.execute(f"SELECT guards FROM store.p{data}.guard_sets ORDER BY number")
    return tuple(read_list(text) for (text,) in rows.fetchall())


def size(connection: Connection, data: int) -> Size:
    """Return how large a projection is."""
    counts = (
        int(value(connection, f"SELECT count(*) FROM store.p{data}.{table}"))
        for table in ("nodes", "edges")
    )
    return Size(*counts)


def named(connection: Connection, data: int, text: str) -> Named:
    """Return what a text may mean; `open_nodes` must show the moment of the projection."""
    key = text.casefold()
    asked = {"key": key.encode(errors="replace").decode()}
    rows = connection.execute(
        f"SELECT id, name FROM store.p{data}.nodes "
        f"WHERE {_MAY_BE.format('id')} OR {_MAY_BE.format('name')}",
        asked,
    )
    ids = {node for node, name in _all(rows) if key in {node.casefold(), name.casefold()}}
    bare = "substr(alias, strpos(alias, ':') + 1)"
    rows = connection.execute(
        f"WITH aliases AS ({_ALIASES}) SELECT alias, id FROM aliases "
        f"WHERE {_MAY_BE.format('alias')} OR lower({bare}) = $key",
        asked,
    )
    ids |= meant_in(_all(rows), key)
    nodes = found(connection, data, sorted(ids))
    with registered(connection, wanted=_ids(sorted(ids))):
        own = connection.execute(
            f"WITH aliases AS ({_ALIASES}) SELECT alias, id FROM aliases "
            "WHERE id IN (SELECT id FROM wanted)"
        ).fetchall()
    return gathered(nodes, own)


def _all(rows: Connection) -> Iterator[tuple[str, str]]:
    """Yield rows a few at a time."""
    while some := rows.fetchmany(_AT_ONCE):
        yield from some


def _ids(ids: Sequence[str]) -> pd.DataFrame:
    column = np.empty(len(ids), object)
    column[:] = ids
    return pd.DataFrame({"id": column})
