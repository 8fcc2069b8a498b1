"""Projections kept as integer columns, a schema of the database each; kinds go by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.catalogue import Catalogue
from idgraph.derive.projection import Projection
from idgraph.graph import TrustGraph
from idgraph.resolve.frames import json_text, read_list
from idgraph.stores.duckdb.connection import registered, value
from idgraph.stores.duckdb.moments import key_of, moment_at

KEPT = 4  # projections of other moments and older rules that stay

Key = tuple[str, str, str]  # moment, profile, rules version

_COLUMNS = {
    "nodes": "id VARCHAR, name VARCHAR, kind SMALLINT, flags USMALLINT, stands_for INTEGER, "
    "row BIGINT",
    "edges": "source INTEGER, target INTEGER, kind SMALLINT, guards INTEGER",
    "evidence": "edge INTEGER, row BIGINT",
    "kinds": "what VARCHAR, code SMALLINT, name VARCHAR",
    "guard_sets": "number INTEGER, guards VARCHAR",
}


def find(connection: Connection, key: Key) -> int | None:
    """Return the number of a projection's data, None where it was not kept."""
    found = value(
        connection,
        "SELECT max(data) FROM store.projections "
        "WHERE moment = ? AND profile = ? AND rules_version = ?",
        list(key),
    )
    return None if found is None else int(found)


def save(connection: Connection, key: Key, projection: Projection) -> None:
    """Keep a projection; within a transaction."""
    data = 1 + int(value(connection, "SELECT coalesce(max(data), 0) FROM store.projections"))
    connection.execute(f"CREATE SCHEMA store.p{data}")
    for name, frame in _frames(projection).items():
        connection.execute(f"CREATE TABLE store.p{data}.{name} ({_COLUMNS[name]})")
        with registered(connection, saved=frame):
            connection.execute(f"INSERT INTO store.p{data}.{name} FROM saved")
    connection.execute("INSERT INTO store.projections VALUES (?, ?, ?, ?)", [*key, data])


def carry_over(connection: Connection, old: str, new: str) -> None:
    """Let a moment in which nothing changed have the projections of the one before."""
    connection.execute(
        "INSERT INTO store.projections SELECT ?, profile, rules_version, data "
        "FROM store.projections WHERE moment = ?",
        [new, old],
    )


def prune(connection: Connection, rules_version: str) -> None:
    """Drop all but a few projections, and none that the current head needs."""
    head = key_of(moment_at(connection, None))
    connection.execute(
        "DELETE FROM store.projections WHERE (moment <> $1 OR rules_version <> $2) "
        "AND rowid NOT IN (SELECT rowid FROM store.projections "
        "WHERE moment <> $1 OR rules_version <> $2 ORDER BY data DESC, rowid DESC LIMIT $3)",
        [head, rules_version, KEPT],
    )
    schemas = connection.execute(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'store' "
        "AND regexp_matches(schema_name, '^p[0-9]+$') AND schema_name NOT IN "
        "(SELECT 'p' || data FROM store.projections)"
    ).fetchall()
    for (name,) in schemas:
        connection.execute(f"DROP SCHEMA store.{name} CASCADE")


def read_graph(connection: Connection, data: int, catalogue: Catalogue) -> TrustGraph | None:
    """Return a kept graph, None where it speaks of a kind that no longer exists."""
    node_codes = _codes(connection, data, "node", [kind.name for kind in catalogue.node_kinds])
    edge_codes = _codes(connection, data, "edge", [kind.name for kind in catalogue.edge_kinds])
    if node_codes is None or edge_codes is None:
        return None
    nodes = _columns(connection, data, "nodes", "id, name, kind, flags, stands_for")
    edges = _columns(connection, data, "edges", "source, target, kind, guards")
    sets = connection.execute(
        f"SELECT guards FROM store.p{data}.guard_sets ORDER BY number"
    ).fetchall()
    return TrustGraph(
        catalogue=catalogue,
        ids=nodes["id"],
        names=nodes["name"],
        kinds=node_codes[nodes["kind"]],
        flags=nodes["flags"],
        stands_for=nodes["stands_for"],
        source=edges["source"],
        target=edges["target"],
        edge_kinds=edge_codes[edges["kind"]],
        guards=edges["guards"],
        rows=np.arange(len(edges["source"]), dtype=np.int64),
        guard_sets=tuple(read_list(text) for (text,) in sets),
    )


def read_projection(connection: Connection, data: int, catalogue: Catalogue) -> Projection | None:
    """Return a kept projection, None where it speaks of a kind that no longer exists."""
    graph = read_graph(connection, data, catalogue)
    if graph is None:
        return None
    evidence = _columns(connection, data, "evidence", "edge, row")
    ptr = np.zeros(graph.m + 1, np.int64)
    np.cumsum(np.bincount(evidence["edge"], minlength=graph.m), out=ptr[1:])
    rows = _columns(connection, data, "nodes", "row")["row"]
    return Projection(graph, ptr, evidence["row"], rows)


def edge_rows(connection: Connection, data: int, edges: Sequence[int]) -> dict[int, list[int]]:
    """Return the store rows behind a few edges of a kept projection."""
    found: dict[int, list[int]] = {int(edge): [] for edge in edges}
    wanted = pd.DataFrame({"edge": np.array(sorted(found), np.int32)})
    with registered(connection, wanted=wanted):
        pairs = connection.execute(
            f"SELECT edge, row FROM store.p{data}.evidence "
            "WHERE edge IN (SELECT edge FROM wanted) ORDER BY rowid"
        ).fetchall()
    for edge, row in pairs:
        found[edge].append(row)
    return found


def _frames(projection: Projection) -> dict[str, pd.DataFrame]:
    graph = projection.graph
    edge = np.repeat(np.arange(graph.m, dtype=np.int32), np.diff(projection.ptr))
    kinds = {
        "node": [kind.name for kind in graph.catalogue.node_kinds],
        "edge": [kind.name for kind in graph.catalogue.edge_kinds],
    }
    rows = [(what, at, name) for what, names in kinds.items() for at, name in enumerate(names)]
    sets = [(at, json_text(guards)) for at, guards in enumerate(graph.guard_sets)]
    return {
        "nodes": pd.DataFrame(
            {
                "id": graph.ids,
                "name": graph.names,
                "kind": graph.kinds,
                "flags": graph.flags,
                "stands_for": graph.stands_for,
                "row": projection.node_rows,
            }
        ),
        "edges": pd.DataFrame(
            {
                "source": graph.source,
                "target": graph.target,
                "kind": graph.edge_kinds,
                "guards": graph.guards,
            }
        ),
        "evidence": pd.DataFrame({"edge": edge, "row": projection.evidence}),
        "kinds": pd.DataFrame(rows, columns=["what", "code", "name"]),
        "guard_sets": pd.DataFrame(sets, columns=["number", "guards"]),
    }


def _columns(connection: Connection, data: int, table: str, columns: str) -> dict[str, Any]:
    return connection.execute(f"SELECT {columns} FROM store.p{data}.{table}").fetchnumpy()


def _codes(connection: Connection, data: int, what: str, names: Iterable[str]) -> Any:
    """Return today's code for each code of a kept projection."""
    today = {name: code for code, name in enumerate(names)}
    kept = connection.execute(
        f"SELECT name FROM store.p{data}.kinds WHERE what = ? ORDER BY code", [what]
    ).fetchall()
    if any(name not in today for (name,) in kept):
        return None
    return np.array([today[name] for (name,) in kept], np.int16)
