"""The sample company on both stores: equal answers, and Cypher that says what Python says."""

from __future__ import annotations

import secrets
from collections import Counter

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from idgraph import explorer
from idgraph.errors import InputError, StoreError, UnknownNameError
from idgraph.graph import Flag
from idgraph.stores.neo4j import library
from tests.neo4j.examples import THOROUGH
from tests.neo4j.likeness import assert_cypher_sees, assert_projections_alike, assert_rows_alike


@pytest.fixture(scope="module")
def both(neo4j_server, tmp_path_factory):
    """The sample company in DuckDB and in Neo4j."""
    embedded = explorer.sample(tmp_path_factory.mktemp("sample") / "sample.duckdb")
    graph = f"test-{secrets.token_hex(6)}"
    with pytest.MonkeyPatch.context() as patched:
        for name, value in neo4j_server.environment().items():
            patched.setenv(name, value)
        shared = explorer.open(f"{neo4j_server.uri}?graph={graph}", create=True)
        explorer.load_sample(shared)
        yield embedded, shared
        shared.store.close()
        with neo4j_server.driver() as driver:
            driver.execute_query("MATCH (n:IdGraph {graph: $graph}) DETACH DELETE n", graph=graph)


def test_the_rows_and_the_graph_are_the_same(both, neo4j_server):
    embedded, shared = both

    assert_rows_alike(embedded.store, shared.store)
    for profile in ("strict", "bloodhound"):
        assert_projections_alike(
            embedded.store.projection(profile=profile), shared.store.projection(profile=profile)
        )
    with neo4j_server.driver() as driver:
        graph = shared.store.server.address.graph
        assert_cypher_sees(driver, graph, embedded.store.projection())


def test_reach_is_the_same(both):
    embedded, shared = both
    graph = embedded.store.graph()
    everybody = [graph.ids[at] for at in np.flatnonzero(graph.has(Flag.PERSON | Flag.NHI))]
    some = everybody if THOROUGH else everybody[:: len(everybody) // 20]

    assert len(some) >= 20
    for person in some:
        ours, theirs = embedded.reach(person), shared.reach(person)
        assert ours.to_json(all_objects=True) == theirs.to_json(all_objects=True)


def test_paths_and_unowned_are_the_same(both):
    embedded, shared = both
    who = explorer.EXAMPLE_IDENTITY
    for target in embedded.reach(who).nhis[:5]:
        assert embedded.path(who, target.id).to_json() == shared.path(who, target.id).to_json()

    assert_frame_equal(embedded.unowned().to_frame(), shared.unowned().to_frame())


def edges(graph):
    """Return (source, kind, target, guards) of all edges, by position."""
    for at in range(graph.m):
        yield (
            int(graph.source[at]),
            graph.catalogue.edge_kinds[graph.edge_kinds[at]],
            int(graph.target[at]),
            graph.guards_of(at),
        )


def closure(graph, start: int, *, back: bool) -> dict[int, int]:
    """Return the depth of all that is joined to a node by memberships."""
    joined = [
        (head, tail) if back else (tail, head)
        for tail, kind, head, _ in edges(graph)
        if kind.name == "MEMBER_OF"
    ]
    depth, front = {start: 0}, [start]
    while front:
        front = [b for a, b in joined if a in front and b not in depth]
        depth.update({at: 1 + max(depth.values()) for at in front})
    return {at: steps for at, steps in depth.items() if at != start}


def rows(frame):
    return sorted(tuple(map(repr, row)) for row in frame.itertuples(index=False, name=None))


def alike(frame, expected) -> None:
    assert rows(frame) == sorted(tuple(map(repr, row)) for row in expected)
    assert len(frame)


def named(graph, at: int) -> tuple[str, str, str]:
    return graph.ids[at], graph.kind_name(at), graph.names[at]


@pytest.fixture
def graph(both):
    return both[0].store.graph()


@pytest.fixture
def ask(both):
    return both[1].cypher


def a_group(graph) -> int:
    """Return the group with the most members, nested ones among them."""
    groups = graph.of_kind("EntraGroup")
    return int(max(groups, key=lambda at: len(closure(graph, int(at), back=True))))


def test_members_and_groups(graph, ask):
    group = a_group(graph)
    members = closure(graph, group, back=True)
    alike(
        ask("members_of_group", group=graph.ids[group]),
        [(*named(graph, at), depth) for at, depth in members.items()],
    )
    member = min(members)
    alike(
        ask("groups_of_identity", identity=graph.ids[member]),
        [
            (graph.ids[at], graph.names[at], depth)
            for at, depth in closure(graph, member, back=False).items()
        ],
    )


def test_next_steps_and_who_controls(graph, ask):
    tails = Counter(tail for tail, kind, *_ in edges(graph) if kind.walkable)
    heads = Counter(head for _, kind, head, _ in edges(graph) if kind.walkable)
    tail, head = tails.most_common(1)[0][0], heads.most_common(1)[0][0]
    steps = Counter(
        (kind.name, *named(graph, b), repr(list(guards)))
        for a, kind, b, guards in edges(graph)
        if kind.walkable and a == tail
    )
    found = ask("next_steps", identity=graph.ids[tail])
    found["guards"] = [repr(list(each)) for each in found["guards"]]
    alike(found, [(*key, count) for key, count in steps.items()])
    steps = Counter(
        (*named(graph, a), kind.name, repr(list(guards)))
        for a, kind, b, guards in edges(graph)
        if kind.walkable and b == head
    )
    found = ask("who_controls", target=graph.ids[head])
    found["guards"] = [repr(list(each)) for each in found["guards"]]
    alike(found, [(*key, count) for key, count in steps.items()])


def test_privileged_identities(graph, ask):
    privileged = graph.has(Flag.PRIVILEGED)
    holders = graph.has(Flag.PERSON) | graph.has(Flag.NHI)
    expected = set()
    for tail, kind, head, _ in edges(graph):
        if kind.flow.value == "rights" and kind.name != "MEMBER_OF" and privileged[head]:
            for at in (tail, *closure(graph, tail, back=True)):
                if holders[at]:
                    end = (kind.name, graph.ids[head], graph.names[head])
                    expected.add((*named(graph, at), *end))
    alike(ask("privileged_identities"), expected)


def test_shortest_way(graph, ask):
    steps: dict[int, set[int]] = {}
    for tail, kind, head, guards in edges(graph):
        if kind.walkable and not guards:
            steps.setdefault(tail, set()).add(head)
    for start in sorted(steps)[:10]:
        depth, front = {start: 0}, {start}
        while front:
            front = {b for a in front for b in steps.get(a, ())} - depth.keys()
            depth.update(dict.fromkeys(front, 1 + max(depth.values())))
        far = max(depth, key=lambda at: (depth[at], at))
        if far != start:
            found = ask("shortest_way", source=graph.ids[start], target=graph.ids[far])
            assert found["edges"].tolist() == [depth[far]]
    assert not len(ask("shortest_way", source=graph.ids[0], target="nobody"))


def test_stubs_and_nodes_without_directory_owner(both, graph, ask):
    snapshot = both[0].store.snapshot()
    ends = Counter(
        int(at)
        for table in snapshot.edges.values()
        for tail, head in zip(table.source, table.target, strict=True)
        for at in {int(tail), int(head)}
    )
    stubs = [int(at) for at in np.flatnonzero(snapshot.stub)]
    kind = [each.name for each in snapshot.catalogue.node_kinds]
    expected = [(snapshot.ids[at], kind[snapshot.kinds[at]], ends[at]) for at in stubs]
    assert rows(ask("stubs")) == sorted(tuple(map(repr, row)) for row in expected)

    owned = {head for _, kind, head, _ in edges(graph) if kind.name == "OWNS"}
    wanting = np.flatnonzero(graph.has(Flag.WANTS_OWNER))
    alike(
        ask("without_directory_owner"), [named(graph, at) for at in wanting if int(at) not in owned]
    )


def test_what_is_new_and_the_kinds_of_edges(both, graph, ask):
    store = both[0].store
    snapshot = store.snapshot()
    count = sum(len(table) for table in snapshot.edges.values())
    assert len(ask("new_since", load=0)) == count
    assert not len(ask("new_since", load=store.head()))

    kinds = Counter(kind.name for _, kind, _, _ in edges(graph))
    found = ask("kinds_of_edges")
    assert dict(zip(found["kind"], found["edges"], strict=True)) == dict(kinds)
    assert found["derived"].sum() == graph.m - count


def test_a_query_is_documented_and_named_as_its_file():
    known = library.queries()

    assert len(known) == 10
    for each in known:
        assert each.question.endswith("?")
        assert "graph" in each.parameters
        assert all(f"${name}" in each.text for name in each.parameters)
        assert library.query(each.name) is each


def test_an_unknown_query_or_parameter_is_refused(both):
    with pytest.raises(UnknownNameError, match="Did you mean stubs"):
        library.query("stub")
    with pytest.raises(InputError, match="needs the parameter 'group'"):
        both[1].cypher("members_of_group")
    for strange in ("x", "graph"):
        with pytest.raises(InputError, match=f"does not know the parameter '{strange}'"):
            both[1].cypher("stubs", **{strange: "1"})


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("new_since", {"load": "one"}, "'load' of query new_since is not a whole number"),
        ("new_since", {"load": True}, "is not a whole number"),
        ("new_since", {"load": 1.5}, "is not a whole number"),
        ("new_since", {"load": 2**63}, "is not a whole number"),
        ("members_of_group", {"group": 1}, "is not a text that UTF-8 can hold"),
        ("members_of_group", {"group": "\ud800"}, "is not a text that UTF-8 can hold"),
    ],
)
def test_a_parameter_of_another_type_is_refused(both, name, parameters, said):
    with pytest.raises(InputError, match=said):
        both[1].cypher(name, **parameters)


def test_a_number_may_be_given_as_text(both):
    assert_frame_equal(both[1].cypher("new_since", load="0"), both[1].cypher("new_since", load=0))


def test_a_store_that_is_not_in_neo4j_says_so(both):
    with pytest.raises(StoreError, match="is not kept in Neo4j"):
        both[0].cypher("stubs")


HOSTILE = "x'}) DETACH DELETE n //"


def test_a_parameter_is_never_part_of_the_query(both, graph):
    assert not len(both[1].cypher("members_of_group", group=HOSTILE))
    assert both[1].cypher("kinds_of_edges")["edges"].sum() == graph.m


def test_a_query_cannot_write(both, monkeypatch):
    text = "// name: bad\n// question: ?\n// graph: x\nCREATE (n:IdGraph {graph: $graph, id: 'x'})"
    monkeypatch.setattr(library, "query", lambda _: library._read(text))

    with pytest.raises(StoreError, match="could not do what was asked"):
        both[1].cypher("bad")
