"""`idgraph cypher` lists, prints and runs the named queries."""

from __future__ import annotations

import secrets

import pytest

from idgraph import explorer
from idgraph.stores.neo4j.library import queries
from tests.idgraph.commands import run
from tests.neo4j.company import loading
from tests.neo4j.examples import load_all
from tests.neo4j.fixtures import neo4j_server, neo4j_url

__all__ = ["neo4j_server", "neo4j_url"]

NAMES = [each.name for each in queries()]


def test_without_a_name_all_queries_are_listed():
    said = run("cypher")

    assert said.code == 0
    for each in queries():
        assert each.name in said.out
        assert all(name in said.out for name in each.asks)
    assert [each["name"] for each in run("cypher", "--json").json["queries"]] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_query_is_printed_as_it_is_kept(name):
    said = run("cypher", name)

    assert said.code == 0
    assert said.out == next(each.text for each in queries() if each.name == name)
    assert said.out.startswith(f"// name: {name}\n// question: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stub",), "Did you mean stubs?"),
        (("--run",), "the query to run is not named"),
        (("-p", "group=x"), "the query to run is not named"),
        (("stubs", "-p", "group"), "is not of the form KEY=VALUE"),
        (("stubs", "-p", "=x"), "is not of the form KEY=VALUE"),
        (("members_of_group", "-p", "group=x"), "Add --run."),
    ],
)
def test_a_call_that_means_nothing_is_refused_in_one_sentence(words, said):
    answer = run("cypher", *words)

    assert answer.code == 2
    assert said in answer.sentence
    assert not answer.out


def test_a_duckdb_store_says_that_it_answers_no_cypher(sample_store):
    answer = run("cypher", "stubs", "--run", "--store", str(sample_store))

    assert answer.code == 2
    assert "is not kept in Neo4j, and only Neo4j answers Cypher" in answer.sentence


@pytest.mark.neo4j
@pytest.mark.timeout(600)
def test_a_query_is_run_with_its_parameters(neo4j_url):
    store = explorer.open(neo4j_url, create=True).store
    load_all(store, [loading(1)])
    store.close()
    members = run(
        "cypher", "members_of_group", "--run", "-p", "group=g1", "--json", "--store", neo4j_url
    ).json
    table = run("cypher", "members_of_group", "--run", "-p", "group=g1", "--store", neo4j_url)
    nobody = run("cypher", "members_of_group", "--run", "-p", "group=no", "--store", neo4j_url)

    assert members["query"] == "members_of_group"
    assert {each["id"] for each in members["rows"]} == {"u0", "u6", "u10", "u16", "u20", "u26"}
    assert {each["depth"] for each in members["rows"]} == {1}
    assert table.code == 0
    assert "User 26 of day 0" in table.out
    assert nobody.out.strip() == "nothing was found"


@pytest.mark.neo4j
@pytest.mark.timeout(600)
def test_a_graph_that_is_not_there_is_said(neo4j_url):
    absent = f"{neo4j_url}-{secrets.token_hex(3)}"
    answer = run("cypher", "stubs", "--run", "--store", absent)

    assert answer.code == 2
    assert "no graph named" in answer.sentence
