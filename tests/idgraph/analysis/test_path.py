"""The best paths, against all simple paths of small graphs."""

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis.needs import blind, proper
from idgraph.analysis.path import paths
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.walk import Verdict, walk
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    GROUP,
    HUB,
    ROLE,
    USER,
    VAULT,
    random_world,
    world,
)


def all_routes(graph, target):
    """Return the shown nodes of each simple path with the least that it costs."""
    walked = walk(graph, 0)
    plain = nx.MultiDiGraph()
    plain.add_nodes_from(range(graph.n))
    for edge in range(graph.m):
        if graph.walkable[edge]:
            plain.add_edge(int(graph.source[edge]), int(graph.target[edge]), key=edge)
    routes = {}
    for found in nx.all_simple_edge_paths(plain, 0, target):
        edges = [key for _, _, key in found]
        heads = tuple(v for _, v, _ in found if not graph.hubs[v])
        asked = tuple(sorted(guard for edge in edges for guard in walked.needed_on(edge)))
        inside = sum(bool(graph.hubs[u] and not graph.hubs[v]) for u, v, _ in found)
        cost = (len(blind(asked)), len(proper(asked)), len(edges) - inside)
        routes[heads] = min(cost, routes.get(heads, cost))
    return routes


def cost_of(walked, route):
    edges = [edge for step in route.path for edge in step.edges]
    asked = tuple(sorted(guard for edge in edges for guard in walked.needed_on(edge)))
    return len(blind(asked)), len(proper(asked)), route.hops


@settings(max_examples=200, deadline=None)
@given(chance=st.randoms(use_true_random=False), k=st.integers(1, 5))
def test_behind_the_first_they_are_the_cheapest_of_all_simple_paths(chance, k):
    graph = random_world(chance, 7)
    target = chance.randrange(1, graph.n)
    if graph.hubs[target]:
        return
    routes = all_routes(graph, target)
    found = paths(graph, 0, target, k).paths

    assert len(found) == min(k, len(routes))
    shown = [tuple(graph.position(step.target) for step in route.path) for route in found]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(routes)
    others = sorted(cost for heads, cost in routes.items() if heads != shown[0])
    walked = walk(graph, 0)
    assert sorted(cost_of(walked, route) for route in found[1:]) == others[: k - 1]


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_the_first_one_has_the_verdict_and_the_steps_that_reach_shows(chance):
    graph = random_world(chance)
    target = graph.n - 1
    walked, found = walk(graph, 0), paths(graph, 0, target, 2)
    verdict = walked.verdict(target)

    assert bool(found) == (verdict is not None and target != 0)
    if found:
        assert found[0].verdict is verdict
        assert found[0].guards == walked.guards(target)
        assert [edge for step in found[0].path for edge in step.edges] == list(walked.path(target))


def test_different_hubs_or_parallel_edges_between_the_same_nodes_are_one_path():
    graph = world(
        {"a": USER, "g": HUB, "h": HUB, "z": ROLE},
        [
            ("a", "HAS", "g", ()),
            ("g", "HAS", "z", ()),
            ("a", "HAS", "h", ()),
            ("h", "HAS", "z", ()),
            ("a", "TAKES", "g", ()),
        ],
    )

    assert len(paths(graph, "a", "z", 5)) == 1


def test_a_sure_path_stands_before_a_shorter_one_with_a_guard():
    graph = world(
        {"a": USER, "b": GROUP, "c": GROUP, "z": ROLE},
        [
            ("a", "HAS", "z", ("pim:z",)),
            ("a", "HAS", "b", ()),
            ("b", "HAS", "c", ()),
            ("c", "HAS", "z", ()),
        ],
    )
    found = paths(graph, "a", "z")

    assert [(each.verdict, each.hops) for each in found] == [
        (Verdict.REACHED, 3),
        (Verdict.REACHED_IF, 1),
    ]


def test_the_path_of_reach_is_first_though_it_asks_for_its_one_guard_twice():
    graph = world(
        {"a": USER, "b": GROUP, "z": ROLE},
        [
            ("a", "HAS", "b", ("condition:k",)),
            ("b", "HAS", "z", ("condition:k",)),
            ("a", "HAS", "z", ("pim:p", "pim:q")),
        ],
    )

    assert [each.guards for each in paths(graph, "a", "z")] == [
        ("condition:k",),
        ("pim:p", "pim:q"),
    ]
    assert paths(graph, "a", "z", 1)[0].guards == ("condition:k",)


def test_where_no_path_leads_it_says_so_and_what_could_change_it():
    graph = world(
        {"a": USER, "s": BLIND_SPOT, "v": VAULT},
        [("a", "HAS", "s", ("unknown:policies",))],
    )
    found = paths(graph, "a", "v", provenance=Provenance(missing=("vault policies",)))

    assert not found
    assert "policies" in found.blind_spots
    assert "No path leads from A to V." in found.explain()
    assert "vault policies" in found.explain()
    assert found.to_json()["paths"] == []
    assert repr(found) == "Paths(no path from A to V)"


def test_a_search_that_was_cut_says_so():
    count = 9
    nodes = {f"n{at}": GROUP for at in range(count)}
    edges = [(f"n{one}", "HAS", f"n{other}", ()) for one in range(count) for other in range(count)]
    found = paths(world(nodes, edges), "n0", "n8", 50, most=20)

    assert found.cut
    assert len(found) > 0
    assert "The search was cut" in found.explain()


def test_the_json_lists_each_path_with_its_verdict():
    graph = world({"a": USER, "z": ROLE}, [("a", "HAS", "z", ("pim:z",))])
    said = paths(graph, "a", "z").to_json()

    assert list(said)[:2] == ["identity", "target"]
    assert [list(each) for each in said["paths"]] == [
        ["hops", "verdict", "guards", "assumes", "path"]
    ]
    assert said["paths"][0]["verdict"] == "reached_if"


def test_a_node_needs_no_path_to_itself():
    graph = world({"a": USER}, [])

    assert len(paths(graph, "a", "a")) == 0


def test_the_table_holds_a_row_for_each_step():
    graph = world(
        {"a": USER, "b": GROUP, "z": ROLE},
        [("a", "HAS", "b", ()), ("b", "HAS", "z", ()), ("a", "HAS", "z", ())],
    )

    assert list(paths(graph, "a", "z").to_frame()["path"]) == [1, 2, 2]
