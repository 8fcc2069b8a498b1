"""The current graph piece by piece: nodes by id, and the edges that can be walked from some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

from idgraph.resolve.frames import read_list
from idgraph.stores.neo4j import reading
from idgraph.stores.neo4j.connection import Server, Transaction
from idgraph.stores.neo4j.schema import HEAD_ID, LABEL, stored_id
from idgraph.stores.walking import Found, Step

AT_ONCE = 5_000  # nodes of a frontier asked for together

_NOW: LiteralString = f"MATCH (now:{LABEL} {{graph: $graph, id: $head}}) "
_FOUND: LiteralString = (
    f"{_NOW} UNWIND $ids AS wanted MATCH (n:{LABEL} {{graph: $graph, id: wanted}}) "
    "WHERE n.opened <= now.head < n.closed "
    "RETURN collect([coalesce(n.true_id, n.id), n.name, n.kind, n.flags, n.stands_for])"
)
# The ids of what stands behind are kept as ids are stored; those that differ are looked up.
_TRUE: LiteralString = (
    f"UNWIND $ids AS wanted MATCH (n:{LABEL} {{graph: $graph, id: wanted}}) "
    "WHERE n.true_id IS NOT NULL RETURN n.id, n.true_id"
)
_OUT: LiteralString = (
    f"{_NOW} UNWIND $ids AS wanted "
    f"MATCH (a:{LABEL} {{graph: $graph, id: wanted}})-[r]->(b:{LABEL} {{graph: $graph}}) "
    "WHERE r.flow IS NOT NULL AND r.opened <= now.head < r.closed "
    "RETURN collect(coalesce(a.true_id, a.id)), collect(coalesce(b.true_id, b.id)), "
    "collect(type(r)), collect(coalesce(r.guards, [])), collect(r.rows)"
)


def found(server: Server, ids: Sequence[str]) -> list[Found]:
    """Return the nodes that the head shows, of these ids."""
    rows = [row for (batch,) in _asked(server, _FOUND, ids) for row in batch]
    odd = [row[4] for row in rows if row[4] and row[4].startswith("idgraph:")]
    true: dict[str, str] = dict(_asked(server, _TRUE, odd, plain=True))
    return [
        Found(node, name, kind, flags, true.get(behind, behind))
        for node, name, kind, flags, behind in rows
    ]


def out_edges(
    server: Server, frontier: Sequence[str], guard_sets: Sequence[tuple[str, ...]]
) -> list[Step]:
    """Return the edges that can be walked from some nodes."""
    number = {guards: at for at, guards in enumerate(guard_sets)}
    return [
        Step(source, target, kind, number[tuple(guards)], tuple(rows))
        for columns in _asked(server, _OUT, frontier)
        for source, target, kind, guards, rows in zip(*columns, strict=True)
    ]


def guard_sets(server: Server, head: int) -> tuple[tuple[str, ...], ...]:
    """Return the sets of guards of the graph that a head shows."""
    kept = reading.shown_at(server, head, tables=("shown_guards",))
    return tuple(read_list(text) for text in kept.guards["guards"])


def _asked(
    server: Server, text: LiteralString, ids: Sequence[str], *, plain: bool = False
) -> Iterator[list[Any]]:
    for first in range(0, len(ids), AT_ONCE):
        part = ids[first : first + AT_ONCE]
        parameters = {
            "graph": server.address.graph,
            "head": HEAD_ID,
            "ids": part if plain else [stored_id(each) for each in part],
        }

        def work(transaction: Transaction, given: dict[str, Any] = parameters) -> list[list[Any]]:
            return [record.values() for record in transaction.run(text, given)]

        yield from server.read(work)
