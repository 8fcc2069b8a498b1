"""Whether two stores answer alike, and whether people's Cypher sees what Python sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from idgraph.derive import PROFILES

OBSERVED = ("nodes", "edges", "claims", "coverage", "conflicts")

CURRENT_EDGES = """
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (a:IdGraph {graph: $graph})-[r]->(b:IdGraph)
WHERE r.opened <= now.head < r.closed
  AND a.opened <= now.head < a.closed AND b.opened <= now.head < b.closed
RETURN coalesce(a.true_id, a.id), coalesce(b.true_id, b.id), type(r), coalesce(r.guards, []), r.rows
"""
CURRENT_NODES = """
MATCH (now:IdGraph {graph: $graph, id: 'idgraph:head'})
MATCH (n:IdGraph {graph: $graph}) WHERE n.opened <= now.head < n.closed
RETURN coalesce(n.true_id, n.id), n.kind, n.name, n.flags, labels(n)
"""


def assert_alike(one: Any, other: Any, profiles: Iterable[str] = PROFILES) -> None:
    """Compare everything that two stores answer, graphs under the given profiles."""
    loads = [[replace(load, loaded_at="") for load in store.loads()] for store in (one, other)]
    assert loads[0] == loads[1]
    moments = [None, *sorted({load.observed_at for load in loads[0]}), "2000-01-01T00:00:00Z"]
    for moment in moments:
        assert one.head(moment) == other.head(moment)
        assert_rows_alike(one, other, moment)
        edges = range(min(one.graph(as_of=moment).m, 20))
        assert one.rows_behind(edges, as_of=moment) == other.rows_behind(edges, as_of=moment)
        for profile in profiles:
            assert_projections_alike(
                one.projection(as_of=moment, profile=profile),
                other.projection(as_of=moment, profile=profile),
            )
    for load in loads[0]:
        assert_frame_equal(one.rejects(load.number), other.rejects(load.number))
        assert_frame_equal(one.conflicts(load.number), other.conflicts(load.number))


def assert_rows_alike(one: Any, other: Any, moment: str | None = None) -> None:
    ours, theirs = one.observations(moment), other.observations(moment)
    for name in OBSERVED:
        assert_frame_equal(plain(getattr(ours, name)), plain(getattr(theirs, name)))
    assert_frame_equal(plain(one.events(moment)), plain(other.events(moment)))
    assert one.coverage(moment) == other.coverage(moment)
    assert one.aliases(moment) == other.aliases(moment)
    ids = list(dict.fromkeys(ours.nodes["id"]))[:50]
    assert one.node_details(ids, moment) == other.node_details(ids, moment)
    rows = [*ours.nodes["row"][:50], *ours.edges["row"][:50], *ours.claims["row"][:50]]
    assert one.evidence(rows) == other.evidence(rows)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which categories are texts: how they are kept is no matter."""
    categories = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(categories, object))


def assert_projections_alike(one: Any, other: Any) -> None:
    for name in ("ids", "names", "kinds", "flags", "stands_for", "source", "target"):
        np.testing.assert_array_equal(getattr(one.graph, name), getattr(other.graph, name))
    for name in ("edge_kinds", "guards", "rows"):
        np.testing.assert_array_equal(getattr(one.graph, name), getattr(other.graph, name))
    assert one.graph.guard_sets == other.graph.guard_sets
    for name in ("ptr", "evidence", "node_rows"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def assert_cypher_sees(driver: Any, graph: str, projection: Any) -> None:
    """Compare what the documented predicate selects with a projection."""
    asked = {"graph": graph}
    edges = driver.execute_query(CURRENT_EDGES, parameters_=asked).records
    assert sorted(_edge(*record.values()) for record in edges) == sorted(_edges(projection))
    nodes = driver.execute_query(CURRENT_NODES, parameters_=asked).records
    found = sorted((*record.values()[:4], sorted(record.values()[4])) for record in nodes)
    own = projection.graph
    assert found == [
        (own.ids[at], kind, own.names[at], int(own.flags[at]), sorted(["IdGraph", kind]))
        for at, kind in ((at, own.kind_name(at)) for at in range(own.n))
    ]


def _edge(source: str, target: str, kind: str, guards: Any, rows: Any) -> tuple[Any, ...]:
    return source, target, kind, tuple(guards), tuple(int(row) for row in rows)


def _edges(projection: Any) -> list[tuple[Any, ...]]:
    graph = projection.graph
    return [
        _edge(
            graph.ids[graph.source[at]],
            graph.ids[graph.target[at]],
            graph.edge_kind_name(at),
            graph.guards_of(at),
            projection.behind(at),
        )
        for at in range(graph.m)
    ]
