"""A few of the rows that loads stated, by their numbers, from the packs that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np

from idgraph.catalogue import Catalogue
from idgraph.graph import Longs
from idgraph.resolve.frames import reader, typed, types_of
from idgraph.stores.neo4j.connection import Server, Transaction
from idgraph.stores.neo4j.packs import joined
from idgraph.stores.neo4j.schema import PACK_LABEL
from idgraph.stores.protocol import Detail

AT_ONCE = 50  # packs

_KNOWN: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) WHERE p.load <= $head AND p.first IS NOT NULL "
    "RETURN p.id AS id, p.first AS first, p.last AS last"
)
_SOME: LiteralString = (
    f"UNWIND $ids AS wanted MATCH (p:{PACK_LABEL} {{graph: $graph, id: wanted}}) "
    "RETURN p.data AS data"
)


def evidence(
    server: Server, head: int, rows: Sequence[int], catalogue: Catalogue
) -> dict[int, Detail]:
    """Return evidence and properties of rows, whatever table they are in."""
    wanted = np.unique(np.asarray(rows, np.int64))
    ids = _holding(server, head, wanted)
    found: dict[int, Detail] = {}
    for first in range(0, len(ids), AT_ONCE):
        for data in _read(server, _SOME, ids=ids[first : first + AT_ONCE]):
            found.update(_details(data[0], wanted, catalogue))
    return dict(sorted(found.items()))


def _holding(server: Server, head: int, wanted: Longs) -> list[str]:
    """Return the ids of the packs that hold rows: those of one pack follow one another."""
    known = _read(server, _KNOWN, head=head)
    return [
        pack
        for pack, first, last in known
        if np.searchsorted(wanted, first) < np.searchsorted(wanted, last, side="right")
    ]


def _read(server: Server, text: LiteralString, **parameters: Any) -> list[list[Any]]:
    given = {"graph": server.address.graph, **parameters}

    def work(transaction: Transaction) -> list[list[Any]]:
        return [record.values() for record in transaction.run(text, given)]

    return server.read(work)


def _details(data: bytes, wanted: Longs, catalogue: Catalogue) -> dict[int, Detail]:
    frame = joined([data])
    frame = frame[frame["row"].isin(wanted)]
    read = reader()
    declared = {kind.name: types_of(kind.properties) for kind in catalogue}
    has_more = "properties" in frame.columns
    columns = ("row", "evidence", "kind", "properties") if has_more else ("row", "evidence")
    found: dict[int, Detail] = {}
    for row, text, *more in zip(*(frame[name].tolist() for name in columns), strict=True):
        kind, properties = more or ("", "")
        typed_, _ = typed(read(properties), declared.get(kind, {}))
        found[row] = Detail(evidence=(text,) if text else (), properties=typed_)
    return found
