"""What nodes are called, in packs: the one that a text belongs to is found without the others.

A text belongs to a pack by its hash, so no server has to compare texts as Python does.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import LiteralString

import pandas as pd

from idgraph.graph import TrustGraph
from idgraph.stores.naming import keys_of_alias
from idgraph.stores.neo4j.connection import Server, Transaction
from idgraph.stores.neo4j.packs import joined
from idgraph.stores.neo4j.schema import PACK_LABEL

TABLE = "shown_names"
SIZE = 50_000  # rows of a pack, about

_COLUMNS = ("key", "node", "alias")

_COUNT: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) "
    "WHERE p.table = $table AND p.since <= $head < p.until RETURN count(p) AS packs"
)
_SOME: LiteralString = (
    f"MATCH (p:{PACK_LABEL} {{graph: $graph}}) "
    "WHERE p.table = $table AND p.since <= $head < p.until AND p.at IN $wanted "
    "RETURN p.data AS data ORDER BY p.at"
)


def frames(graph: TrustGraph, aliases: Sequence[tuple[str, str]]) -> list[pd.DataFrame]:
    """Return the packs of a graph as frames.

    A row says that a node is called by a key, its name or its id in any case; or that it has an
    alias, which is found by its keys and by the node's id. An id that is its own key needs no row.
    """
    rows = list(_rows(graph, aliases))
    packs = -(-len(rows) // SIZE)
    buckets: list[list[tuple[str, str, str]]] = [[] for _ in range(packs)]
    for row in rows:
        buckets[_bucket(row[0], packs)].append(row)
    return [pd.DataFrame(bucket, columns=pd.Index(_COLUMNS), dtype=object) for bucket in buckets]


def _rows(graph: TrustGraph, aliases: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    for node, name in zip(graph.ids, graph.names, strict=True):
        for key in {node.casefold(), name.casefold()} - {node}:
            yield key, node, ""
    for alias, node in aliases:
        for key in {*keys_of_alias(alias), node}:
            yield key, node, alias


def _bucket(key: str, packs: int) -> int:
    return zlib.crc32(key.encode(errors="surrogatepass")) % packs


def called(server: Server, head: int, text: str) -> list[str]:
    """Return ids of nodes that a text may mean; one of them may be in no graph."""
    key = text.casefold()
    rows = _belonging(server, head, [key])
    itself = {key} if key == key.encode(errors="ignore").decode() else set()
    return sorted(
        itself
        | {
            node
            for of_key, node, alias in rows
            if of_key == key and (not alias or key in keys_of_alias(alias))
        }
    )


def aliases_of(server: Server, head: int, nodes: Sequence[str]) -> list[tuple[str, str]]:
    """Return all aliases of nodes."""
    wanted = set(nodes)
    rows = _belonging(server, head, nodes)
    return sorted({(alias, node) for key, node, alias in rows if alias and key == node in wanted})


def _belonging(server: Server, head: int, keys: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return the rows of all packs that keys belong to."""
    given = {"graph": server.address.graph, "table": TABLE, "head": head}

    def work(transaction: Transaction) -> list[bytes]:
        packs: int = transaction.run(_COUNT, given).single(strict=True)["packs"]
        wanted = sorted({_bucket(key, packs) for key in keys}) if packs else []
        found = transaction.run(_SOME, {**given, "wanted": wanted})
        return [record["data"] for record in found]

    frame = joined(server.read(work))
    if not len(frame):
        return []
    return list(zip(*(frame[name] for name in _COLUMNS), strict=True))
