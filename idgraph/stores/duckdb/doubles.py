"""Records of one load with one identity become one: equal ones silently, others by a rule.

Of contradictory values the one that sorts last is kept, field by field, True over False; of
guards the fewest, so that no doubt hides an edge. The rule does not depend on the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from idgraph.resolve.frames import json_text, read_list, reader
from idgraph.resolve.nodes import UNIDENTIFIED, rank, shown
from idgraph.stores.duckdb.connection import registered, value
from idgraph.stores.duckdb.schema import TABLES, Table, listed
from idgraph.stores.duckdb.staging import Staging, storable

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Clash:
    """A contradiction between records of one load: a row of the table `conflicts`."""

    record: str
    node: str
    field: str
    values: tuple[str, ...]
    kept: str
    evidence: tuple[str, ...]


def unite(staging: Staging) -> list[Clash]:
    """Leave one staged row an identity; return what contradicted."""
    clashes: list[Clash] = []
    for table in TABLES:
        clashes += _unite(staging, table)
    return clashes


def _unite(staging: Staging, table: Table) -> list[Clash]:
    run = staging.connection.execute
    staged, once = f"staged_{table.name}", f"once_{table.name}"
    run(
        f"CREATE OR REPLACE TEMP TABLE doubles AS "
        f"SELECT same FROM {staged} GROUP BY same HAVING count(*) > 1"
    )
    if not value(staging.connection, "SELECT count(*) FROM doubles"):
        return []
    stated = listed(table.columns[:-1])
    run(
        f"CREATE TEMP TABLE {once} AS SELECT {stated}, min(evidence) AS evidence, same "
        f"FROM {staged} WHERE same IN (FROM doubles) GROUP BY {stated}, same ORDER BY {stated}"
    )
    run(f"DELETE FROM {staged} WHERE same IN (FROM doubles)")
    identity = listed(table.identity)
    several = f"count(*) OVER (PARTITION BY {identity}) > 1"
    contrary = run(f"SELECT * EXCLUDE (same) FROM {once} QUALIFY {several}").df()
    run(f"INSERT INTO {staged} FROM {once} QUALIFY NOT {several} ORDER BY {identity}")
    run(f"DROP TABLE {once}")
    merged, clashes = _merged(table, contrary, staging)
    if merged:
        hashes = f"hash({identity})"
        columns = listed(table.columns)
        frame = pd.DataFrame(merged)
        frame = pd.DataFrame({name: storable(frame[name]) for name in frame.columns})
        types = ", ".join(f'"{name}"::{table.type_of(name)} AS "{name}"' for name in table.columns)
        with registered(staging.connection, merged=frame):
            run(
                f"INSERT INTO {staged} SELECT {columns}, {hashes} FROM (SELECT {types} FROM merged)"
            )
    return clashes


def _merged(
    table: Table, contrary: pd.DataFrame, staging: Staging
) -> tuple[list[Row], list[Clash]]:
    if contrary.empty:
        return [], []
    names = {number: text for text, number in staging.ends.items()} if "end" in contrary else {}
    stated: list[Row] = [
        dict(zip(contrary.columns, row, strict=True))
        for row in contrary.itertuples(index=False, name=None)
    ]
    rows = sorted(stated, key=lambda row: _identity(table, row))
    merged: list[Row] = []
    clashes: list[Clash] = []
    for _, group in groupby(rows, key=lambda row: _identity(table, row)):
        row, found = _one(table, list(group), names)
        merged.append(row)
        clashes += found
    return merged, clashes


def _identity(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.identity)


def _one(table: Table, rows: Sequence[Row], names: dict[int, str]) -> tuple[Row, list[Clash]]:
    """Return one row of several with one identity, and what contradicted."""
    full = [row for row in rows if not row.get("mention")] or list(rows)
    gaps = [row for row in rows if row not in full]
    result = {**rows[0], "evidence": min(row["evidence"] for row in full)}
    found: list[tuple[str, list[Any], Any]] = []
    for field in table.content:
        if field == "properties":
            result[field], contrary = _properties(full, gaps)
            found += contrary
        elif field == "aliases":
            result[field] = json_text(_union(row[field] for row in rows))
        else:
            values = _different(full, field)
            result[field] = _kept(field, values or _different(rows, field))
            if len(values) > 1 and field != "record":
                found.append((field, values, result[field]))
    evidence = tuple(sorted({row["evidence"] for row in full if row["evidence"]}))
    return result, [
        Clash(
            result["record"],
            _subject(table, result, names),
            field,
            tuple(shown(value) for value in values),
            shown(kept),
            evidence,
        )
        for field, values, kept in found
    ]


def _different(rows: Iterable[Row], field: str) -> list[Any]:
    """Return the values of a field, in order, without those that say nothing."""
    values = {row[field] for row in rows}
    nothing = {"name": "", "kind": UNIDENTIFIED}.get(field)
    return sorted(values - {nothing} or values if field == "kind" else values - {nothing})


def _kept(field: str, values: Sequence[Any]) -> Any:
    if not values:
        return ""
    if field == "guards":
        return min(values, key=lambda text: (len(read_list(text)), text))
    if field == "record":
        return values[0]
    return values[-1]


def _union(lists: Iterable[str]) -> list[str]:
    return sorted({each for text in lists for each in read_list(text)})


def _properties(
    full: Sequence[Row], gaps: Sequence[Row]
) -> tuple[str, list[tuple[str, list[Any], Any]]]:
    read = reader()
    last: dict[str, Any] = {}
    contrary = []
    for rows in (gaps, full):
        for name in sorted({name for row in rows for name in read(row["properties"])}):
            stated = [read(row["properties"]) for row in rows]
            values = {rank(each[name]): each[name] for each in stated if name in each}
            ordered = [values[key] for key in sorted(values)]
            last[name] = ordered[-1]
            if rows is full and len(ordered) > 1:
                contrary.append((name, ordered, ordered[-1]))
    return json_text(last), contrary


def _subject(table: Table, row: Row, names: dict[int, str]) -> str:
    if table.name == "nodes":
        return str(row["id"])
    if table.name == "edges":
        return f"{names[row['start']]} {row['kind']} {names[row['end']]}"
    return str(row.get("node") or row.get("id"))
