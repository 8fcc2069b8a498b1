"""Laws of the graph's columns and its adjacency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.derive import CATALOGUE
from idgraph.errors import UnknownNameError
from idgraph.graph import Flag, csr, graph_from_columns

EDGES = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40),
    )
)


def made(ids, edges=(), kinds="EntraUser", **columns):
    return graph_from_columns(
        CATALOGUE,
        ids=ids,
        kinds=[kinds] * len(ids) if isinstance(kinds, str) else kinds,
        source=[source for source, _ in edges],
        target=[target for _, target in edges],
        edge_kinds=["MEMBER_OF"] * len(edges),
        **columns,
    )


@given(EDGES)
def test_adjacency_keeps_every_edge_once_and_in_its_row(case):
    n, pairs = case
    tail = np.array([a for a, _ in pairs], np.int32)
    head = np.array([b for _, b in pairs], np.int32)
    rows = csr(n, tail, head)
    seen = [
        (v, int(rows.nbr[s]), int(rows.eid[s]))
        for v in range(n)
        for s in range(rows.ptr[v], rows.ptr[v + 1])
    ]
    assert sorted(edge for *_, edge in seen) == list(range(len(pairs)))
    assert all(pairs[edge] == (v, to) for v, to, edge in seen)


@given(EDGES, st.randoms())
def test_a_graph_does_not_depend_on_the_order_it_is_built_in(case, random):
    n, pairs = case
    ids = [f"id-{v:02}" for v in range(n)]
    order, edge_order = list(range(n)), list(range(len(pairs)))
    random.shuffle(order)
    random.shuffle(edge_order)
    at = {old: new for new, old in enumerate(order)}
    rows = np.array(edge_order, np.int64)
    moved = [(at[pairs[e][0]], at[pairs[e][1]]) for e in edge_order]
    one, other = made(ids, pairs), made([ids[v] for v in order], moved, rows=rows)
    assert list(one.ids) == list(other.ids)
    for column in ("source", "target", "edge_kinds", "guards", "rows"):
        assert (getattr(one, column) == getattr(other, column)).all()


def test_parallel_edges_are_kept():
    assert made(["a", "b"], [(0, 1), (0, 1)]).out().ptr.tolist() == [0, 2, 2]


def test_two_nodes_of_one_id_are_refused():
    with pytest.raises(ValueError, match="one id"):
        made(["a", "a"])


def test_the_adjacency_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        made(["a", "b"], [(0, 1)]).out().nbr[0] = 0


def test_an_edge_without_flow_is_not_in_the_walkable_adjacency():
    graph = graph_from_columns(
        CATALOGUE,
        ids=["a", "b"],
        kinds=["EntraUser", "EntraApp"],
        source=[0],
        target=[1],
        edge_kinds=["OWNS"],
    )
    assert not len(graph.out().nbr)


def test_an_unknown_id_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean ada"):
        made(["ada", "bob"]).position("adda")


def test_an_empty_graph_is_a_graph():
    graph = made([])
    assert (graph.n, graph.m, len(graph.out().ptr)) == (0, 0, 1)


def test_a_power_node_stands_for_its_object_wherever_sorting_puts_it():
    graph = graph_from_columns(
        CATALOGUE,
        ids=["z-vault", "a-power"],
        kinds=["AzureKeyVault", "Power"],
        stands_for=np.array([0, 0], np.int32),
    )
    assert graph.ids[graph.stands_for[graph.position("a-power")]] == "z-vault"


def test_a_synthetic_node_is_in_no_class():
    graph = made(["h"], kinds=["Hub"], flags=np.array([Flag.NHI | Flag.SYNTHETIC], np.uint16))
    assert not graph.has(Flag.NHI).any()


def test_importing_idgraph_loads_none_of_the_heavy_libraries():
    import subprocess
    import sys

    heavy = {"duckdb", "neo4j", "pyvis", "scipy", "pandas"}
    code = f"import idgraph, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
