"""The tables of the store, and how an older file becomes a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SCHEMA_VERSION = 1


ENDS = frozenset({"start", "end"})  # ids and aliases, kept as numbers of the table `ends`


@dataclass(frozen=True, slots=True)
class Table:
    """A table of intervals: what makes a row the same row, and what makes it another one."""

    name: str
    identity: tuple[str, ...]
    content: tuple[str, ...]
    closes: bool = True  # whether a complete list without the row closes it
    words: tuple[str, ...] = ()  # columns of few words of ours, compared by their hash alone

    @property
    def columns(self) -> tuple[str, ...]:
        """All that a record states."""
        return (*self.identity, *self.content, "evidence")

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which a row says nothing."""
        return tuple(
            name for name in (*self.identity, *self.content) if name in {"id", "kind", *ENDS}
        )

    def type_of(self, column: str) -> str:
        """Return the SQL type of a column."""
        if column in ENDS:
            return "INTEGER"
        return "BOOLEAN" if column == "mention" else "VARCHAR"


NODES = Table("nodes", ("record", "id"), ("kind", "name", "mention", "aliases", "properties"))
EDGES = Table(
    "edges",
    ("start", "kind", "end", "key"),
    ("record", "properties", "guards"),
    words=("kind", "record"),
)
CLAIMS = Table("claims", ("node", "owner", "claim"), ("record", "said_by", "said_at"))
EVENTS = Table(
    "events",
    ("record", "id"),
    ("kind", "at", "actor", "target", "properties"),
    closes=False,  # a log's window moves on; what happened has happened
)
TABLES = (NODES, EDGES, CLAIMS, EVENTS)

# What a load leaves beside its rows.
NOTES = {
    "coverage": {
        "load": "INTEGER",
        "record": "VARCHAR",
        "count": "BIGINT",
        "complete": "BOOLEAN",
        "about": "VARCHAR",
    },
    "ignored": {"load": "INTEGER", "record": "VARCHAR", "reason": "VARCHAR", "count": "BIGINT"},
    "rejects": {"load": "INTEGER", "record": "VARCHAR", "place": "VARCHAR", "reason": "VARCHAR"},
    "conflicts": {
        "load": "INTEGER",
        "record": "VARCHAR",
        "node": "VARCHAR",
        "field": "VARCHAR",
        "values": "VARCHAR",
        "kept": "VARCHAR",
        "evidence": "VARCHAR",
    },
}

# `end` is a word of SQL, so names of columns are always quoted.


def listed(columns: Sequence[str], of: str = "") -> str:
    """Return columns as SQL."""
    prefix = f"{of}." if of else ""
    return ", ".join(f'{prefix}"{column}"' for column in columns)


def _intervals(table: Table) -> str:
    stated = ", ".join(f'"{name}" {table.type_of(name)} NOT NULL' for name in table.columns)
    return (
        f"CREATE TABLE {table.name} (row BIGINT NOT NULL, source SMALLINT NOT NULL, {stated}, "
        "opened INTEGER NOT NULL, closed INTEGER)"
    )


def _typed(columns: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns.items())


_ONCE = {
    "meta": {
        "schema_version": "INTEGER",
        "head": "INTEGER",
        "next_row": "BIGINT",
        "lease": "VARCHAR",
        "lease_pid": "BIGINT",
        "lease_host": "VARCHAR",
        "lease_until": "TIMESTAMP",
    },
    "sources": {"number": "SMALLINT", "loader": "VARCHAR", "scope": "VARCHAR"},
    "loads": {
        "number": "INTEGER",
        "source": "SMALLINT",
        "observed_at": "TIMESTAMP",
        "observed_is_guess": "BOOLEAN",
        "loaded_at": "TIMESTAMP",
        "files": "VARCHAR",
        "nodes": "BIGINT",
        "edges": "BIGINT",
        "accepted": "BIGINT",
        "rejected": "BIGINT",
        "opened": "BIGINT",
        "closed": "BIGINT",
        "conflicts": "BIGINT",
        "stubs": "BIGINT",
    },
    "ends": {"number": "INTEGER", "text": "VARCHAR"},
    "projections": {
        "moment": "VARCHAR",
        "profile": "VARCHAR",
        "rules_version": "VARCHAR",
        "data": "INTEGER",
    },
}

CREATE = (
    *(f"CREATE TABLE {name} ({_typed(each)})" for name, each in {**_ONCE, **NOTES}.items()),
    *(_intervals(table) for table in TABLES),
    f"INSERT INTO meta VALUES ({SCHEMA_VERSION}, 0, 1, NULL, NULL, NULL, NULL)",
)

# MIGRATIONS[v] are the statements that make a file of version v one of version v + 1.
MIGRATIONS: dict[int, tuple[str, ...]] = {}
