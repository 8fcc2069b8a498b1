"""Rows of the store as columns: `open_nodes` and the like must show a moment first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection as Connection

from idgraph.catalogue import Catalogue
from idgraph.records import Source
from idgraph.resolve.frames import (
    CLAIM_COLUMNS,
    CONFLICT_COLUMNS,
    COVERAGE_COLUMNS,
    EDGE_COLUMNS,
    NODE_COLUMNS,
    Observations,
    constant,
    read_list,
    reader,
    typed,
    types_of,
)
from idgraph.resolve.nodes import NodeRow, merge_node
from idgraph.snapshot import Coverage
from idgraph.stores.duckdb.connection import registered
from idgraph.stores.duckdb.moments import iso
from idgraph.stores.duckdb.schema import EVENTS, TABLES, listed
from idgraph.stores.protocol import Detail, Load, Size


def ends_of(connection: Connection) -> list[str]:
    """Return the texts of all ends, by their number."""
    found = connection.execute("SELECT text FROM store.ends ORDER BY number").fetchnumpy()["text"]
    return list(found)


def observations(
    connection: Connection,
    ends: Sequence[str],
    *,
    lean: bool = False,
    new_source: Source | None = None,
) -> Observations:
    """Return the rows that are open; a lean answer leaves out the evidence of edges.

    `new_source` is one that the store does not list yet.
    """
    sources = _sources(connection)
    if new_source is not None and str(new_source) not in sources:
        sources.append(str(new_source))
    nodes = _frame(connection, "open_nodes", NODE_COLUMNS, ("record", "kind"), "ORDER BY id, row")
    edges = _edges(connection, ends, lean=lean)
    claims = _frame(connection, "open_claims", CLAIM_COLUMNS, ("record",), "ORDER BY row")
    for frame in (nodes, edges, claims):
        frame["source"] = _categories(frame["source"], sources)
    covered = _covered(connection, sources)
    inside = connection.execute(
        f"SELECT DISTINCT {listed(CONFLICT_COLUMNS)} FROM open_conflicts ORDER BY ALL"
    ).df()
    return Observations(nodes, edges, claims, covered, inside)


def coverage(connection: Connection) -> tuple[Coverage, ...]:
    """Return what was seen of each record kind, by source."""
    frame = _covered(connection, _sources(connection))
    columns = zip(*(frame[name].tolist() for name in COVERAGE_COLUMNS), strict=True)
    return tuple(Coverage(*row) for row in columns)


def _covered(connection: Connection, sources: Sequence[str]) -> pd.DataFrame:
    covered = connection.execute(
        f"SELECT {listed(COVERAGE_COLUMNS)} FROM open_coverage ORDER BY source, record"
    ).df()
    covered["source"] = pd.Series([sources[at] for at in covered["source"]], dtype="str")
    return covered


def _sources(connection: Connection) -> list[str]:
    """Return the sources by number, from 0."""
    rows = connection.execute("SELECT loader, scope FROM store.sources ORDER BY number").fetchall()
    return [str(Source(loader=loader, scope=scope)) for loader, scope in rows]


def _categories(codes: pd.Series[Any], names: Sequence[str]) -> Any:
    return pd.Categorical.from_codes(
        np.asarray(codes), dtype=pd.CategoricalDtype(pd.Index(names, dtype=object)), validate=False
    )


def _edges(connection: Connection, ends: Sequence[str], *, lean: bool) -> pd.DataFrame:
    columns = EDGE_COLUMNS[:-1] if lean else EDGE_COLUMNS
    order = "" if lean else "ORDER BY row"
    frame = _frame(connection, "open_edges", columns, ("record", "kind"), order)
    dtype = pd.CategoricalDtype(pd.Index(_objects(ends), dtype=object))
    for name in ("start", "end"):
        frame[name] = pd.Categorical.from_codes(frame[name], dtype=dtype, validate=False)
    if lean:
        frame["evidence"] = constant("", len(frame))
    return frame


def _objects(texts: Sequence[str]) -> Any:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column


def _frame(
    connection: Connection,
    relation: str,
    columns: Iterable[str],
    few: Sequence[str],
    order: str,
) -> pd.DataFrame:
    """Return columns of a relation; those with few different texts as categories."""
    types = {name: f"few_{relation}_{name}" for name in few}
    for name, kind in types.items():
        connection.execute(f"DROP TYPE IF EXISTS {kind}")
        connection.execute(
            f'CREATE TEMP TYPE {kind} AS ENUM (SELECT DISTINCT "{name}" FROM {relation} ORDER BY 1)'
        )
    selected = ", ".join(
        f'"{name}"::{types[name]} AS "{name}"' if name in types else f'"{name}"' for name in columns
    )
    return connection.execute(f"SELECT {selected} FROM {relation} {order}").df()


def size(connection: Connection) -> Size:
    """Return how many nodes and edges were observed."""
    ((nodes, edges),) = connection.execute(
        "SELECT (SELECT count(DISTINCT id) FROM open_nodes), (SELECT count(*) FROM open_edges)"
    ).fetchall()
    return Size(nodes, edges)


def aliases(connection: Connection) -> list[tuple[str, str]]:
    """Return every alias with the id of a node that declares it, sorted."""
    return connection.execute(
        "SELECT DISTINCT unnest(from_json(aliases, '[\"VARCHAR\"]')) AS alias, id "
        "FROM open_nodes WHERE aliases <> '' ORDER BY ALL"
    ).fetchall()


def details(connection: Connection, ids: Sequence[str], catalogue: Catalogue) -> dict[str, Detail]:
    """Return evidence and merged properties of nodes, the fullest record first."""
    read = reader()
    groups: dict[str, list[NodeRow]] = {}
    with registered(connection, wanted=pd.DataFrame({"id": _objects(list(ids))})):
        rows = connection.execute(
            "SELECT id, row, kind, name, mention, properties, evidence FROM open_nodes "
            "WHERE id IN (SELECT id FROM wanted)"
        ).fetchall()
    for node, row, kind, name, mention, properties, evidence in rows:
        groups.setdefault(node, []).append(
            NodeRow(row, kind, name, mention, read(properties), evidence)
        )
    return {node: _detail(node, groups[node], catalogue) for node in sorted(groups)}


def _detail(node: str, rows: Sequence[NodeRow], catalogue: Catalogue) -> Detail:
    merged = merge_node(node, rows)
    known = {kind.name: kind for kind in catalogue.node_kinds}
    declared = types_of(known[merged.kind].properties) if merged.kind in known else {}
    ordered = sorted(rows, key=lambda row: row.fullness)
    evidence = dict.fromkeys(row.evidence for row in ordered if row.evidence)
    return Detail(evidence=tuple(evidence), properties=typed(merged.properties, declared)[0])


def evidence_of(
    connection: Connection, rows: Sequence[int], catalogue: Catalogue
) -> dict[int, Detail]:
    """Return evidence and properties of rows, whatever table they are in."""
    read = reader()
    declared = {kind.name: types_of(kind.properties) for kind in catalogue}
    wanted = pd.DataFrame({"row": np.unique(np.asarray(rows, np.int64))})
    found: dict[int, Detail] = {}
    with registered(connection, wanted=wanted):
        for table in TABLES:
            more = "kind, properties" if "properties" in table.columns else "'', ''"
            query = connection.execute(
                f"SELECT row, evidence, {more} "
                f"FROM store.{table.name} WHERE row IN (SELECT row FROM wanted)"
            )
            for row, evidence, kind, text in query.fetchall():
                properties = typed(read(text), declared.get(kind, {}))[0]
                found[row] = Detail(evidence=(evidence,) if evidence else (), properties=properties)
    return dict(sorted(found.items()))


def events(connection: Connection) -> pd.DataFrame:
    """Return the events that are open, by row."""
    columns = ("row", "source", *EVENTS.columns)
    frame = _frame(connection, "open_events", columns, ("record", "kind"), "ORDER BY row")
    frame["source"] = _categories(frame["source"], _sources(connection))
    return frame


def loads(connection: Connection) -> tuple[Load, ...]:
    """Return all loads, oldest first."""
    ignored: dict[int, dict[str, int]] = {}
    for load, record, count in connection.execute(
        "SELECT load, record, sum(count)::BIGINT FROM store.ignored GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        ignored.setdefault(load, {})[record] = count
    rows = connection.execute(
        "SELECT l.number, s.loader, s.scope, l.observed_at, l.observed_is_guess, l.loaded_at, "
        "l.files, l.nodes, l.edges, l.accepted, l.rejected, l.opened, l.closed, l.conflicts, "
        "l.stubs FROM store.loads l JOIN store.sources s ON s.number = l.source ORDER BY l.number"
    ).fetchall()
    return tuple(_load(row, ignored.get(row[0], {})) for row in rows)


def _load(row: tuple[Any, ...], ignored: dict[str, int]) -> Load:
    number, loader, scope, observed, guess, loaded, files, *counts = row
    nodes, edges, accepted, rejected, opened, closed, conflicts, stubs = counts
    return Load(
        number=number,
        source=Source(loader=loader, scope=scope),
        observed_at=iso(observed),
        observed_is_guess=guess,
        loaded_at=iso(loaded),
        files=tuple(json.loads(files)),
        nodes=nodes,
        edges=edges,
        accepted=accepted,
        ignored=ignored,
        rejected=rejected,
        opened=opened,
        closed=closed,
        conflicts=conflicts,
        stubs=stubs,
    )


def rejects(connection: Connection, load: int) -> pd.DataFrame:
    """Return what a load refused."""
    return connection.execute(
        "SELECT record, place, reason FROM store.rejects WHERE load = ? ORDER BY rowid", [load]
    ).df()


def conflicts(connection: Connection, load: int) -> pd.DataFrame:
    """Return what contradicted inside a load, lists as lists."""
    frame = connection.execute(
        f"SELECT {listed(CONFLICT_COLUMNS)} FROM store.conflicts WHERE load = ? ORDER BY ALL",
        [load],
    ).df()
    for name in ("values", "evidence"):
        frame[name] = pd.Series([read_list(text) for text in frame[name]], dtype=object)
    return frame
