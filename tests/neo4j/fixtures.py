"""Fixtures of a real Neo4j server; a conftest imports them, and all share one server."""

from __future__ import annotations

import secrets

import pytest

from tests.neo4j.server import Server, Unavailable, obtain


@pytest.fixture(scope="session")
def neo4j_server() -> Server:
    """The server of this test run."""
    found = obtain()
    if isinstance(found, Unavailable):
        pytest.skip(f"no Neo4j server: {found}")
    return found


@pytest.fixture
def neo4j_url(neo4j_server: Server, monkeypatch: pytest.MonkeyPatch):
    """The URL of a graph of its own, gone after the test; credentials are in the environment."""
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    graph = f"test-{secrets.token_hex(6)}"
    yield f"{neo4j_server.uri}?graph={graph}"
    with neo4j_server.driver() as driver:
        driver.execute_query(
            "MATCH (n:IdGraph) WHERE n.graph STARTS WITH $graph DETACH DELETE n", graph=graph
        )


@pytest.fixture
def mortal_server(neo4j_server: Server) -> Server:
    """The server, where it may be killed and started again on the same data."""
    if neo4j_server.machine is None:
        pytest.skip("a server that is somebody else's is not killed")
    return neo4j_server
