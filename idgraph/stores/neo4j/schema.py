"""What idgraph keeps in Neo4j, and the words it uses there.

Every node of ours has the label `IdGraph` and is unique by `graph` and `id`; no other label has a
constraint. Node kinds are further labels, edge kinds are types. Everything carries `opened` and
`closed`, the commits between which it holds; `closed` is `OPEN` while nothing closed it. What the
newest commit shows is what `CURRENT` selects: a load writes rows of a commit that is not the head
yet, and moving `head` shows all of them at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from idgraph.catalogue import Catalogue
from idgraph.graph import Flag

SCHEMA_VERSION = 1
OLDEST_SERVER = (5, 26)

LABEL = "IdGraph"
HEAD_LABEL = "IdGraphHead"
PACK_LABEL = "IdGraphPack"
CONSTRAINT = "idgraph_unique_id"
OPEN = 2**31 - 1  # commits never get there

_OURS = "idgraph:"
HEAD_ID = f"{_OURS}head"
_LONGEST = 2000  # bytes: an index keeps no longer key

# With `now` as the head of a graph, this selects what is current, of nodes and relationships.
CURRENT: Final = "x.opened <= now.head < x.closed"

FLAGS: Mapping[Flag, str] = {
    Flag.NHI: "is_nhi",
    Flag.PRIVILEGED: "is_privileged",
    Flag.SECRET_STORE: "is_secret_store",
    Flag.DATA: "is_data",
    Flag.PERSON: "is_person",
    Flag.WANTS_OWNER: "wants_owner",
    Flag.SYNTHETIC: "is_synthetic",
    Flag.STUB: "is_stub",
    Flag.FACTORLESS: "is_factorless",
    Flag.DISABLED: "is_disabled",
}
NODE_WORDS = frozenset(
    {"graph", "id", "true_id", "kind", "name", "opened", "closed", "flags", "stands_for"}
    | set(FLAGS.values())
)
EDGE_WORDS = frozenset(
    {
        "opened",
        "closed",
        "flow",
        "rows",
        "guards",
        "source",
        "record",
        "key",
        "evidence",
        "projection",
    }
)


def stored_id(node_id: str) -> str:
    """Return the text by which a node is kept: its id, unless that is ours or too long."""
    if len(node_id) * 4 > _LONGEST and len(node_id.encode()) > _LONGEST:
        return f"{_OURS}long:{hashlib.sha256(node_id.encode()).hexdigest()}"
    return f"{_OURS}id:{node_id}" if node_id.startswith(_OURS) else node_id


def pack_id(load: int, table: str, at: int) -> str:
    """Return the id of a pack."""
    return f"{_OURS}pack:{load}:{table}:{at}"


def taken_words(catalogue: Catalogue) -> frozenset[str]:
    """Return properties of kinds that have the name of one of ours; there ought to be none."""
    nodes = {name for kind in catalogue.node_kinds for name in kind.properties} & NODE_WORDS
    edges = {name for kind in catalogue.edge_kinds for name in kind.properties} & EDGE_WORDS
    return frozenset(nodes | edges)
