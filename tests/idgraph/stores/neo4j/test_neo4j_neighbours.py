"""Other applications and other graphs in the same database are never touched."""

from __future__ import annotations

import pytest

from idgraph.errors import StoreError
from idgraph.records import EdgeRecord, NodeRecord
from idgraph.stores.duckdb import DuckDBStore
from idgraph.stores.neo4j import Neo4jStore
from idgraph.stores.neo4j.writing import Neo4jWriting
from tests.neo4j.company import SOURCE, loading
from tests.neo4j.examples import Loading, load_all
from tests.neo4j.likeness import assert_alike, assert_cypher_sees

THEIRS = """
CREATE (t:EntraTenant:Theirs {id: 't'}) WITH t UNWIND range(0, 40) AS at
CREATE (u:EntraUser:Theirs {id: 'u' + at, name: 'theirs', lastupdated: 1, graph: 'default',
  opened: 1, closed: 9})
CREATE (u)-[:MEMBER_OF {lastupdated: 1, opened: 1, closed: 9, rows: [1]}]->(:EntraGroup:Theirs
  {id: 'g' + at})
CREATE (u)<-[:RESOURCE]-(t)
"""
SEEN = """
MATCH (n:Theirs) OPTIONAL MATCH (n)-[r]->(m:Theirs)
RETURN labels(n) AS labels, properties(n) AS node, type(r) AS type, properties(r) AS edge,
  m.id AS target ORDER BY labels, n.id, type, target
"""


@pytest.fixture
def neighbour(neo4j_server):
    """Another application's graph, with labels, types and an index like ours."""
    with neo4j_server.driver() as driver:
        driver.execute_query(THEIRS)
        driver.execute_query("CREATE INDEX theirs IF NOT EXISTS FOR (n:EntraUser) ON (n.id)")
        yield driver
        driver.execute_query("MATCH (n:Theirs) DETACH DELETE n")
        driver.execute_query("DROP INDEX theirs IF EXISTS")
        driver.execute_query("DROP CONSTRAINT theirs_unique IF EXISTS")


def seen(driver):
    schema = driver.execute_query(
        "SHOW INDEXES YIELD name, labelsOrTypes, properties, type "
        "RETURN name, labelsOrTypes, properties, type ORDER BY name"
    ).records
    others = [row.values() for row in schema if row["name"] != "idgraph_unique_id"]
    return [row.values() for row in driver.execute_query(SEEN).records], others


def abort_after_sending(store, monkeypatch) -> None:
    """Let a load fail when everything is written but the head."""
    monkeypatch.setattr(Neo4jWriting, "_show", lambda *_: pytest.fail("as asked"))
    with pytest.raises(pytest.fail.Exception, match="as asked"):
        load_all(store, [loading(4)])


def test_another_application_keeps_every_node_edge_and_index(
    neo4j_url, neo4j_server, neighbour, tmp_path, monkeypatch
):
    embedded = DuckDBStore(tmp_path / "twin.duckdb")
    before = seen(neighbour)
    with Neo4jStore(neo4j_url) as shared:
        for number in (1, 2, 3):
            for store in (embedded, shared):
                load_all(store, [loading(number)])
        abort_after_sending(shared, monkeypatch)

        assert seen(neighbour) == before
        assert_alike(embedded, shared, ("strict",))
        graph = shared.server.address.graph
        assert_cypher_sees(neighbour, graph, embedded.projection())


def test_an_edge_that_others_draw_to_a_node_of_ours_stays(neo4j_url, neighbour):
    with Neo4jStore(neo4j_url) as shared:
        load_all(shared, [loading(1)])
        graph = shared.server.address.graph
        neighbour.execute_query(
            "MATCH (n:IdGraph {graph: $graph}), (t:EntraTenant:Theirs) WHERE n.kind IS NOT NULL "
            "CREATE (t)-[:NOTES {opened: 99, closed: 99}]->(n)",
            graph=graph,
        )
        load_all(shared, [loading(2), loading(3)])

        (found,) = neighbour.execute_query(
            "MATCH (:Theirs)-[r:NOTES]->(n:IdGraph {graph: $graph}) RETURN count(r)", graph=graph
        ).records
    assert found[0] > 30


def test_only_our_label_has_a_constraint_of_ours(neo4j_url, neighbour):
    with Neo4jStore(neo4j_url) as shared:
        load_all(shared, [loading(1)])
    found = neighbour.execute_query("SHOW CONSTRAINTS YIELD name, labelsOrTypes").records

    assert [row.values() for row in found] == [["idgraph_unique_id", ["IdGraph"]]]


def test_a_constraint_of_others_that_forbids_our_nodes_is_said_in_one_sentence(
    neo4j_url, neighbour
):
    neighbour.execute_query("DROP INDEX theirs IF EXISTS")
    neighbour.execute_query(
        "CREATE CONSTRAINT theirs_unique FOR (n:EntraUser) REQUIRE n.id IS UNIQUE"
    )
    before = seen(neighbour)
    with Neo4jStore(neo4j_url) as shared:
        with pytest.raises(StoreError, match="has a constraint of another application"):
            load_all(shared, [loading(1)])
        assert shared.head() == 0
    assert seen(neighbour) == before


def test_two_graphs_in_one_database_do_not_see_each_other(neo4j_url, neo4j_server, tmp_path):
    twins = [DuckDBStore(tmp_path / f"{name}.duckdb") for name in "ab"]
    with (
        Neo4jStore(f"{neo4j_url}-a") as one,
        Neo4jStore(f"{neo4j_url}-b") as other,
        neo4j_server.driver() as driver,
    ):
        for numbers, stores in (((1, 2), (one, twins[0])), ((3,), (other, twins[1]))):
            for store in stores:
                load_all(store, [loading(number) for number in numbers])

        for twin, store in zip(twins, (one, other), strict=True):
            assert_alike(twin, store, ("strict",))
            assert_cypher_sees(driver, store.server.address.graph, twin.projection())


def test_parallel_edges_with_different_keys_survive(neo4j_url, neo4j_server):
    records = [
        NodeRecord(record="U", id="u", kind="EntraUser"),
        NodeRecord(record="G", id="g", kind="EntraGroup"),
        *(
            EdgeRecord(record="M", source="u", kind="MEMBER_OF", target="g", key=key)
            for key in ("", "one", "two")
        ),
    ]
    with Neo4jStore(neo4j_url) as shared, neo4j_server.driver() as driver:
        load_all(shared, [Loading(SOURCE, "2026-01-01T00:00:00Z", records)])
        (found,) = driver.execute_query(
            "MATCH (:EntraUser {graph: $graph})-[r:MEMBER_OF]->() RETURN collect(r.key) AS keys",
            graph=shared.server.address.graph,
        ).records
        assert sorted(found["keys"]) == ["", "one", "two"]
        assert shared.graph().m == 3
