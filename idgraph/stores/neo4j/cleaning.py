"""Undoing a load that was cut off, and dropping what nobody can ask for any more."""

from __future__ import annotations

from typing import LiteralString

from idgraph.stores.neo4j.lease import Lease
from idgraph.stores.neo4j.schema import HEAD_LABEL, LABEL, OPEN, PACK_LABEL

_NODES: LiteralString = (
    f"MATCH (x:{LABEL} {{graph: $graph}}) WHERE NOT x:{HEAD_LABEL} AND NOT x:{PACK_LABEL} "
)
_PACKS: LiteralString = f"MATCH (x:{PACK_LABEL} {{graph: $graph}}) WHERE "
_EDGES: LiteralString = (
    f"MATCH (:{LABEL} {{graph: $graph}})-[x]->(:{LABEL} {{graph: $graph}}) "
    "WHERE x.rows IS NOT NULL "
)
_STILL_OURS: LiteralString = (
    f"MATCH (now:{LABEL} {{graph: $graph, id: $id}}) WHERE now.lease = $token "
)


def _each(found: LiteralString, what: LiteralString) -> LiteralString:
    """Return a statement that does something in many small transactions, while the lease holds."""
    return f"{found} WITH x CALL (x) {{ {_STILL_OURS} {what} }} IN TRANSACTIONS OF 10000 ROWS"


# A node that somebody else's relationship holds on to stays, where nobody sees it.
_UNDO: tuple[LiteralString, ...] = (
    _each(_EDGES + "AND x.opened > $head", "DELETE x"),
    _each(_EDGES + "AND $head < x.closed < $open", "SET x.closed = $open"),
    _each(_NODES + "AND $head < x.closed < $open", "SET x.closed = $open"),
    _each(_PACKS + "x.since > $head", "DELETE x"),
    _each(_PACKS + "$head < x.until < $open", "SET x.until = $open"),
    _each(_NODES + "AND x.opened > $head AND NOT (x)--()", "DELETE x"),
    _each(_NODES + "AND x.opened > $head", "SET x.opened = $open"),
)
_SWEEP_EDGES: LiteralString = _each(
    _EDGES + "AND x.closed <= $head AND x.projection IS NOT NULL", "DELETE x"
)
_SWEEP_PACKS: LiteralString = _each(_PACKS + "x.until <= $head", "DELETE x")
_UNDONE: LiteralString = f"{_STILL_OURS} SET now.loading = now.head"
_SWEPT: LiteralString = f"{_STILL_OURS} SET now.swept = now.head, now.superseded = 0"


def undo(lease: Lease) -> None:
    """Take back every opening and closing of a load that did not become visible."""
    _run(lease, _UNDO)
    lease.write([(_UNDONE, {})])


def sweep(lease: Lease) -> None:
    """Drop derived edges and projections that no longer hold; who reads an older head is told."""
    lease.write([(_SWEPT, {})])
    _run(lease, (_SWEEP_EDGES, _SWEEP_PACKS) if lease.superseded else (_SWEEP_PACKS,))


def _run(lease: Lease, statements: tuple[LiteralString, ...]) -> None:
    parameters = {**lease.parameters, "head": lease.head, "open": OPEN}
    for text in statements:
        lease.server.run(text, **parameters)
