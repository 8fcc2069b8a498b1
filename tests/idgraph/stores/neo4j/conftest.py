"""What the tests of the Neo4j store share."""

from __future__ import annotations

import pytest

SERVERS = frozenset({"neo4j_server", "mortal_server"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a server."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.neo4j)
            item.add_marker(pytest.mark.timeout(600))  # the first one waits for the server
