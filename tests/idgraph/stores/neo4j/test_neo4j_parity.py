"""Neo4j answers as DuckDB does, row for row, and Cypher sees the graph that Python sees."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from idgraph.derive import CATALOGUE
from idgraph.records import Source
from idgraph.stores.duckdb import DuckDBStore
from idgraph.stores.neo4j import Neo4jStore
from idgraph.stores.neo4j.schema import taken_words
from tests.neo4j.examples import THOROUGH, Loading, every_kind, histories, load_all
from tests.neo4j.likeness import assert_alike, assert_cypher_sees

# What an example is made of is long, and only of use where it fails.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

SOURCE = Source(loader="azurehound", scope="t")


@pytest.fixture
def neo4j_store(neo4j_url):
    with Neo4jStore(neo4j_url) as store:
        yield store


@given(history=histories())
@settings(
    max_examples=25 if THOROUGH else 6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes of a server
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.timeout(600)
def test_both_stores_answer_alike(neo4j_url, neo4j_server, tmp_path, history):
    url = f"{neo4j_url}-{secrets.token_hex(4)}"
    embedded = DuckDBStore(tmp_path / f"{secrets.token_hex(4)}.duckdb")
    with Neo4jStore(url) as shared, Neo4jStore(url) as reader, neo4j_server.driver() as driver:
        for at in range(len(history)):
            for store in (embedded, shared):
                load_all(store, history[at : at + 1])
            graph = url.partition("graph=")[2]
            assert_cypher_sees(driver, graph, embedded.projection())

        assert_alike(embedded, reader)


def test_every_kind_and_every_property_comes_back(neo4j_store, neo4j_server, tmp_path):
    embedded = DuckDBStore(tmp_path / "all.duckdb")
    for store in (embedded, neo4j_store):
        load_all(store, every_kind())

    assert_alike(embedded, neo4j_store)
    with neo4j_server.driver() as driver:
        assert_cypher_sees(driver, neo4j_store.server.address.graph, embedded.projection())


def test_properties_are_native_in_cypher(neo4j_store, neo4j_server):
    load_all(neo4j_store, every_kind())

    with neo4j_server.driver() as driver:
        graph = neo4j_store.server.address.graph
        (record,) = driver.execute_query(
            "MATCH (u:EntraUser {graph: $graph}) RETURN u.account_enabled, u.upn, u.created",
            graph=graph,
        ).records
        (role,) = driver.execute_query(
            "MATCH (:IdGraph {graph: $graph})-[r:ELIGIBLE_FOR]->(:EntraRole) "
            "RETURN DISTINCT r.directory_scope, r.source, r.evidence",
            graph=graph,
        ).records
    assert record.values() == [False, "é\0'\"", "2026-01-01T00:00:00Z"]
    assert role.values() == ["é\0'\"", "azurehound:t", "all.json#/ELIGIBLE_FOR"]


def test_an_empty_load_makes_an_empty_graph(neo4j_store, tmp_path):
    embedded = DuckDBStore(tmp_path / "empty.duckdb")
    for store in (embedded, neo4j_store):
        load_all(store, [Loading(SOURCE, "2026-01-01T00:00:00Z", [])])

    assert_alike(embedded, neo4j_store)
    assert neo4j_store.graph().n == 0


def test_no_kind_has_a_property_named_like_one_of_ours():
    assert taken_words(CATALOGUE) == frozenset()
