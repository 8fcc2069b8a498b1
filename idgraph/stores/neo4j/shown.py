"""The graph that a commit shows, in columns that need no catalogue to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from idgraph.catalogue import Catalogue
from idgraph.derive import Projection
from idgraph.graph import Longs, Texts, TrustGraph
from idgraph.resolve.frames import coded, json_text, read_list, texts
from idgraph.snapshot import Snapshot

TABLES = ("shown_nodes", "shown_edges", "shown_evidence", "shown_guards")


@dataclass(frozen=True)
class Shown:
    """The nodes and edges of a projection.

    nodes : id, name, kind, flags, stands_for, row, properties; sorted by id
    edges : source, target, kind, guards, width; ends are positions
    evidence : row; of the first edge so many as its width says, then of the next
    guards : guards; the sets that edges refer to by position
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    evidence: pd.DataFrame
    guards: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the columns by the name of their table."""
        return dict(zip(TABLES, (self.nodes, self.edges, self.evidence, self.guards), strict=True))

    @property
    def ptr(self) -> Longs:
        """Where the evidence of each edge begins, and behind the last one the end."""
        ptr = np.zeros(len(self.edges) + 1, np.int64)
        np.cumsum(self.edges["width"].to_numpy(), out=ptr[1:])
        return ptr

    @property
    def guard_texts(self) -> Texts:
        """The guards of each edge, as text."""
        texts = np.asarray(self.guards["guards"], dtype=object)
        found: Texts = texts[self.edges["guards"].to_numpy()]
        return found


def nothing() -> Shown:
    """Return the graph before the first commit."""
    empty: dict[str, Any] = {"text": pd.Series([], dtype=object), "int": np.zeros(0, np.int32)}
    kinds = {"id": "text", "name": "text", "kind": "text", "flags": "int", "stands_for": "int"}
    nodes = {**kinds, "row": "int", "properties": "text"}
    edges = {"source": "int", "target": "int", "kind": "text", "guards": "int", "width": "int"}
    tables = (nodes, edges, {"row": "int"}, {"guards": "text"})
    return Shown(
        *(pd.DataFrame({name: empty[kind] for name, kind in each.items()}) for each in tables)
    )


def changed(old: Shown, new: Shown) -> list[str]:
    """Return the names of the tables in which two graphs differ."""
    before, now = old.frames(), new.frames()
    return [name for name in TABLES if not _equal(before[name], now[name])]


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(_plain(one[name]), _plain(other[name])) for name in other.columns
    )


def _plain(column: pd.Series[Any]) -> Any:
    numeric = getattr(column.dtype, "kind", "O") in "iuf"
    return column.to_numpy() if numeric else texts(column)


def shown(projection: Projection, snapshot: Snapshot) -> Shown:
    """Return a projection in columns, with the properties that people's Cypher may ask for."""
    graph = projection.graph
    node_names = np.array([kind.name for kind in graph.catalogue.node_kinds], object)
    edge_names = np.array([kind.name for kind in graph.catalogue.edge_kinds], object)
    nodes = pd.DataFrame(
        {
            "id": graph.ids,
            "name": graph.names,
            "kind": _few(graph.kinds, node_names),
            "flags": graph.flags,
            "stands_for": graph.stands_for,
            "row": projection.node_rows,
            "properties": _properties(graph, snapshot),
        }
    )
    edges = pd.DataFrame(
        {
            "source": graph.source,
            "target": graph.target,
            "kind": _few(graph.edge_kinds, edge_names),
            "guards": graph.guards,
            "width": np.diff(projection.ptr).astype(np.int32),
        }
    )
    sets = pd.Series([json_text(each) for each in graph.guard_sets], dtype=object)
    return Shown(
        nodes,
        edges,
        pd.DataFrame({"row": projection.evidence}),
        pd.DataFrame({"guards": sets}),
    )


def _few(codes: Any, names: Texts) -> Any:
    return pd.Categorical.from_codes(
        np.asarray(codes, np.int32), dtype=pd.CategoricalDtype(pd.Index(names, dtype=object))
    )


def _properties(graph: TrustGraph, snapshot: Snapshot) -> Texts:
    """Return the declared properties of each node as text; nodes of ours have none."""
    declared = [kind.properties for kind in graph.catalogue.node_kinds]
    column = np.full(graph.n, "", object)
    place = np.searchsorted(graph.ids, snapshot.ids)
    for at, known, kind in zip(place, snapshot.node_properties, snapshot.kinds, strict=True):
        if known:
            wanted = declared[kind]
            column[at] = json_text({name: known[name] for name in known if name in wanted})
    return column


def projection_of(kept: Shown, catalogue: Catalogue) -> Projection | None:
    """Return a projection of its columns, None where it speaks of a kind that is not known."""
    node_kinds = _codes(kept.nodes["kind"], {kind.name: 0 for kind in catalogue.node_kinds})
    edge_kinds = _codes(kept.edges["kind"], {kind.name: 0 for kind in catalogue.edge_kinds})
    if node_kinds is None or edge_kinds is None:
        return None
    nodes, edges = kept.nodes, kept.edges
    graph = TrustGraph(
        catalogue=catalogue,
        ids=_objects(nodes["id"]),
        names=_objects(nodes["name"]),
        kinds=node_kinds,
        flags=nodes["flags"].to_numpy(np.uint16),
        stands_for=nodes["stands_for"].to_numpy(np.int32),
        source=edges["source"].to_numpy(np.int32),
        target=edges["target"].to_numpy(np.int32),
        edge_kinds=edge_kinds,
        guards=edges["guards"].to_numpy(np.int32),
        rows=np.arange(len(edges), dtype=np.int64),
        guard_sets=tuple(read_list(text) for text in kept.guards["guards"]),
    )
    evidence = kept.evidence["row"].to_numpy(np.int64)
    return Projection(graph, kept.ptr, evidence, nodes["row"].to_numpy(np.int64))


def _objects(column: pd.Series[Any]) -> Texts:
    return np.array(column, dtype=object)


def _codes(column: pd.Series[Any], names: Mapping[str, int]) -> Any:
    place = {name: at for at, name in enumerate(names)}
    codes, texts = coded(column)
    today = np.array([place.get(str(text), -1) for text in texts], np.int16)
    found = today[codes] if len(codes) else np.zeros(0, np.int16)
    return None if (found < 0).any() else found
