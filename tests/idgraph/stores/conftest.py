"""One suite for every kind of store: a kind joins by a line in FACTORIES."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from idgraph.stores import open_store
from idgraph.stores.protocol import Store
from tests.neo4j.fixtures import mortal_server, neo4j_server, neo4j_url

__all__ = ["mortal_server", "neo4j_server", "neo4j_url"]

StoreFactory = Callable[[], Store]


def _duckdb(request: pytest.FixtureRequest) -> StoreFactory:
    numbers, folder = count(), request.getfixturevalue("tmp_path")
    return lambda: open_store(str(folder / f"store-{next(numbers)}.duckdb"))


def _neo4j(request: pytest.FixtureRequest) -> StoreFactory:
    numbers, url = count(), request.getfixturevalue("neo4j_url")
    return lambda: open_store(f"{url}-{next(numbers)}")


FACTORIES = {"duckdb": _duckdb, "neo4j": _neo4j}
MARKS = {"neo4j": (pytest.mark.neo4j, pytest.mark.timeout(600))}  # a server takes its time


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, ())) for name in FACTORIES])
def store_factory(request) -> StoreFactory:
    return FACTORIES[request.param](request)


@pytest.fixture
def store(store_factory) -> Store:
    return store_factory()
