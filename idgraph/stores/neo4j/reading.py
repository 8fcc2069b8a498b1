"""What is read of a server beside rows: its head, and the graph that a head shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from idgraph.errors import StoreError
from idgraph.stores.neo4j.connection import Record, Server, Transaction
from idgraph.stores.neo4j.lease import check_form
from idgraph.stores.neo4j.packs import joined
from idgraph.stores.neo4j.schema import HEAD_ID, HEAD_LABEL, LABEL, PACK_LABEL
from idgraph.stores.neo4j.shown import TABLES, Shown, nothing
from idgraph.stores.protocol import Size

_HEAD: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) "
    "RETURN now.form AS form, now.head AS head, now.swept AS swept, "
    "coalesce(now.rules, '') AS rules, now.nodes AS nodes, now.edges AS edges"
)
_GRAPHS: LiteralString = (
    f"MATCH (now:{HEAD_LABEL}) RETURN now.graph AS graph ORDER BY graph LIMIT 10"
)
_SHOWN: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) "
    "WHERE p.table IN $tables AND p.since <= $head < p.until "
    "RETURN p.table AS table, p.data AS data, p.rules AS rules ORDER BY p.table, p.at"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit; derived edges that were closed at `swept` or before are gone."""

    number: int
    swept: int
    rules: str  # the version that its derived edges were found by
    size: Size


def head(server: Server) -> Head:
    """Return the head of the graph.

    Raises
    ------
    StoreError
        There is no such graph.
    """
    address = server.address

    def work(transaction: Transaction) -> Record | list[str]:
        found = transaction.run(_HEAD, graph=address.graph, id=HEAD_ID).single()
        if found is not None:
            return found
        return [record["graph"] for record in transaction.run(_GRAPHS)]

    found = server.read(work)
    if isinstance(found, list):
        raise _absent(server, found)
    check_form(server, found["form"])
    size = Size(found["nodes"] or 0, found["edges"] or 0)
    return Head(found["head"], found["swept"], found["rules"], size)


def _absent(server: Server, graphs: list[str]) -> StoreError:
    there = f" (there are: {', '.join(graphs)})" if graphs else ""
    return StoreError(
        f"no graph named {server.address.graph!r} at {server.address.uri}",
        f"was found{there}",
        hint="Load something first: idgraph load azurehound FILE --store URL.",
    )


def shown_at(
    server: Server, number: int, rules: str | None = None, tables: Sequence[str] = TABLES
) -> Shown:
    """Return the graph that a head shows; of other rules than the given ones, nothing.

    Raises
    ------
    StoreError
        The head moved on so far meanwhile that its graph is gone.
    """
    parameters = {"graph": server.address.graph, "head": number, "tables": list(tables)}

    def work(transaction: Transaction) -> dict[str, list[bytes]] | None:
        found: dict[str, list[bytes]] = {}
        for table, data, made_by in transaction.run(_SHOWN, parameters):
            if rules is not None and made_by != rules:
                return None
            found.setdefault(table, []).append(data)
        return found

    found = server.read(work)
    if not found:
        return nothing()
    empty = nothing().frames()
    return Shown(*(joined(found[name]) if name in found else empty[name] for name in TABLES))
