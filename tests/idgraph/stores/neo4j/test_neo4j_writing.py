"""A load writes what is different, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from neo4j import exceptions

from idgraph import derive
from idgraph.errors import StoreError
from idgraph.records import CoverageRecord, EdgeRecord, NodeRecord
from idgraph.stores.neo4j import Neo4jStore
from idgraph.stores.neo4j.address import address
from idgraph.stores.neo4j.connection import Server
from idgraph.stores.neo4j.current import _different
from tests.neo4j.company import SOURCE
from tests.neo4j.examples import Loading, load_all

SHOWN = {"shown_nodes", "shown_edges", "shown_evidence", "shown_guards", "shown_names"}


def day(number: int, *extra, name: str = "Ada") -> Loading:
    """Return a load of two users and two groups, and what is more."""
    records = [
        NodeRecord(record="U", id="ada", kind="EntraUser", name=name, aliases=("upn:ada@x",)),
        NodeRecord(record="U", id="bob", kind="EntraUser", name="Bob"),
        NodeRecord(record="G", id="g", kind="EntraGroup", name="G"),
        NodeRecord(record="G", id="h", kind="EntraGroup", name="H"),
        EdgeRecord(record="M", source="ada", kind="MEMBER_OF", target="g"),
        *(CoverageRecord(record=each, count=1, complete=True) for each in "UGM"),
        *extra,
    ]
    return Loading(SOURCE, f"2026-01-{number:02d}T00:00:00Z", records)


@pytest.fixture
def shared(neo4j_url):
    with Neo4jStore(neo4j_url) as store:
        load_all(store, [day(1)])
        yield store


def written(store) -> set[str]:
    """Return the tables of the shown graph that the newest load wrote."""
    head = store.head()
    rows = store.server.run(
        "MATCH (p:IdGraphPack {graph: $graph, since: $head}) RETURN DISTINCT p.table AS name",
        graph=store.server.address.graph,
        head=head,
    )
    return {row["name"] for row in rows} & SHOWN


def touched(store) -> int:
    """Return how many nodes and edges the newest load opened or closed."""
    (row,) = store.server.run(
        "MATCH (n:IdGraph {graph: $graph}) WHERE n.kind IS NOT NULL OPTIONAL MATCH (n)-[r]->() "
        "WITH collect(DISTINCT n) + collect(r) AS all UNWIND all AS x WITH x "
        "WHERE x.opened = $head OR x.closed = $head RETURN count(x) AS found",
        graph=store.server.address.graph,
        head=store.head(),
    )
    return int(row["found"])


def test_the_first_load_writes_every_table_that_has_rows(shared):
    assert written(shared) == SHOWN


def test_a_load_that_changes_nothing_writes_no_projection(shared):
    load_all(shared, [day(2)])

    assert shared.head() == 2
    assert not written(shared)
    assert not touched(shared)


def test_a_new_edge_leaves_the_nodes_as_they_are(shared):
    load_all(shared, [day(2, EdgeRecord(record="M", source="bob", kind="MEMBER_OF", target="h"))])

    assert "shown_edges" in written(shared)
    assert "shown_nodes" not in written(shared)
    assert touched(shared) == 1
    assert shared.graph().m == 2


def test_other_rules_write_everything_anew(shared, monkeypatch):
    monkeypatch.setattr(derive, "RULES_VERSION", "newer")
    load_all(shared, [day(2)])

    assert written(shared) == SHOWN
    assert shared.graph().m == 1
    assert [each.id for each in shared.found(["ada", "nobody"])] == ["ada"]


def test_a_new_alias_is_found_and_an_old_name_is_not(shared):
    twin = NodeRecord(record="V", id="ada", kind="EntraUser", aliases=("mail:a.m@x",), mention=True)
    load_all(shared, [day(2, twin, name="Ada Marlowe")])

    assert [each.id for each in shared.named("A.M@X").nodes] == ["ada"]
    assert shared.named("ada marlowe").aliases == (("mail:a.m@x", "ada"), ("upn:ada@x", "ada"))
    load_all(shared, [day(3, name="Ada M")])
    assert not shared.named("ada marlowe").nodes


@pytest.mark.parametrize(
    ("was", "now", "sent"),
    [
        ({"a": "x", "b": 1}, {"a": "x", "b": 1}, {}),
        ({"a": "x"}, {"a": "y", "b": 1}, {"a": "y", "b": 1}),
        ({"a": "x", "b": 1}, {"a": "x"}, {"b": None}),
        ({"a": 1}, {"a": 1.0}, {"a": 1.0}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({"a": ["x"]}, {"a": ["x"]}, {}),
        ({"a": ["x"]}, {"a": []}, {"a": []}),
    ],
)
def test_of_a_changed_node_only_what_differs_is_sent(was, now, sent):
    assert _different(was, now) == sent


@pytest.fixture
def losing(monkeypatch):
    """A server that loses the answer to as many commits as its attribute `losses` says."""
    server = Server(address("bolt://localhost"), patience=5.0)
    server.losses, server.done = 0, 0

    def work(_):
        server.done += 1
        if server.done <= server.losses:
            raise exceptions.IncompleteCommit("lost")
        return server.done

    @contextmanager
    def session(access, raw=()):
        with server.faults(raw):
            yield SimpleNamespace(execute_read=work, execute_write=work)

    monkeypatch.setattr(server, "_session", session)
    return server


@pytest.mark.parametrize("way", ["read", "write"])
def test_what_was_done_is_done_again_when_its_answer_is_lost(losing, way):
    losing.losses = 2

    assert getattr(losing, way)(None) == 3


@pytest.mark.parametrize("way", ["read", "write"])
def test_patience_with_lost_answers_ends(losing, way):
    losing.losses, losing.patience = 10**9, 0.1

    with pytest.raises(StoreError, match="cannot be reached, or stopped answering"):
        getattr(losing, way)(None)
