"""A DuckDB copy of what a graph in Neo4j keeps, in a private temporary folder.

Merging, comparing, resolving and every reading of rows happen in it, by the code of the DuckDB
store: what that answers, this answers. It follows the server load by load.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import LiteralString, Self

from idgraph.stores.duckdb import DuckDBStore, parcels
from idgraph.stores.duckdb.connection import StoreFile
from idgraph.stores.duckdb.moments import instant, moment_at
from idgraph.stores.neo4j.connection import Server, Transaction
from idgraph.stores.neo4j.packs import joined
from idgraph.stores.neo4j.schema import PACK_LABEL

_PACKS: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) "
    "WHERE $after < p.load <= $head AND p.table IN $tables "
    "RETURN p.table AS table, p.data AS data ORDER BY p.load, p.table, p.at"
)


class Replica:
    """A copy that knows how far it got, of the loads themselves and of their rows."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="idgraph-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.file = StoreFile(self.folder / "replica.duckdb")
        self.file.create()
        self.store = DuckDBStore(self.file.path)
        self._books = 0
        self._rows = 0

    def remove(self) -> None:
        """Delete the copy."""
        self._finalizer()

    def fork(self) -> Replica:
        """Return a copy of the copy."""
        other = Replica()
        shutil.copyfile(self.file.path, other.file.path)
        other._books, other._rows = self._books, self._rows
        return other

    def got_to(self, head: int) -> Self:
        """Note that a load was committed in the copy itself."""
        self._books = self._rows = head
        return self

    def has_rows(self, head: int) -> bool:
        """Return whether the copy holds all rows as far as a head."""
        return self._rows == head

    def is_newest(self, as_of: str) -> bool:
        """Return whether a moment shows of every source its newest load."""
        with self.file.reading() as connection:
            then = moment_at(connection, instant(as_of, "the moment"))
            return then == moment_at(connection, None)

    def follow(self, server: Server, head: int, *, rows: bool) -> DuckDBStore:
        """Return the copy after it got as far as a head: what is known of loads, or all rows."""
        if self._books < head:
            self._take(server, parcels.BOOKS, self._books, head)
            self._books = head
        if rows and self._rows < head:
            self._take(server, parcels.ROWS, self._rows, head)
            self._rows = head
        return self.store

    def _take(self, server: Server, tables: Iterable[str], after: int, head: int) -> None:
        parameters = {
            "graph": server.address.graph,
            "after": after,
            "head": head,
            "tables": list(tables),
        }

        def work(transaction: Transaction) -> dict[str, list[bytes]]:
            found: dict[str, list[bytes]] = {}
            for table, data in transaction.run(_PACKS, parameters):
                found.setdefault(table, []).append(data)
            return found

        found = server.read(work)
        parcels.take_in(self.file, {table: joined(parts) for table, parts in found.items()})
