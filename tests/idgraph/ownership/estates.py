"""Small estates for tests of ownership: nodes with properties, owners, members, claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from idgraph import vocabulary
from idgraph.catalogue import Catalogue
from idgraph.graph import Codes
from idgraph.snapshot import Claim, Coverage, EdgeTable, Snapshot

CATALOGUE = Catalogue(vocabulary.NODE_KINDS, vocabulary.EDGE_KINDS)

PERSON = {"account_enabled": True, "user_type": "Member"}
READ = {"owner_list_read": True}
ALL_KNOWN = (
    Coverage("t", "AZUser", 9, True, ""),
    Coverage("t", "AZGroupMember", 9, True, ""),
)

Node = tuple[str, Mapping[str, Any]]  # kind, properties; a kind that begins with "?" is a stub


def table(pairs: Iterable[tuple[int, int]], first_row: int) -> EdgeTable:
    ends = np.array(list(pairs), np.int32).reshape(-1, 2)
    count = len(ends)
    return EdgeTable(
        ends[:, 0], ends[:, 1], np.arange(first_row, first_row + count, dtype=np.int64),
        np.full(count, "", object), ((),) * count, ({},) * count,
    )  # fmt: skip


def estate(
    nodes: Mapping[str, Node],
    *,
    owns: Iterable[tuple[str, str]] = (),
    members: Iterable[tuple[str, str]] = (),
    claims: Iterable[tuple[str, str, str]] = (),  # node, text, claim; a text that is an id resolves
    coverage: tuple[Coverage, ...] = ALL_KNOWN,
) -> Snapshot:
    ids = sorted(nodes)
    place = {node: at for at, node in enumerate(ids)}
    kinds: Codes = np.array(
        [CATALOGUE.node_code(nodes[node][0].lstrip("?")) for node in ids], np.int16
    )
    edges = {kind.name: table((), 0) for kind in CATALOGUE.edge_kinds}
    edges["OWNS"] = table(((place[one], place[other]) for one, other in owns), 100)
    edges["MEMBER_OF"] = table(((place[one], place[other]) for one, other in members), 200)
    ids_column = np.array(ids, object)
    return Snapshot(
        catalogue=CATALOGUE,
        ids=ids_column,
        names=np.array([f"Name of {node}" for node in ids], object),
        kinds=kinds,
        stub=np.array([nodes[node][0].startswith("?") for node in ids]),
        node_row=np.arange(len(ids), dtype=np.int64),
        edges=edges,
        node_properties=tuple(dict(nodes[node][1]) for node in ids),
        claims=tuple(
            Claim(place[node], place.get(text, -1), text, claim, "register", "", 300 + at)
            for at, (node, text, claim) in enumerate(claims)
        ),
        coverage=coverage,
    )
