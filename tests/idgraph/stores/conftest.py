"""One suite for every kind of store: a kind joins by a line in FACTORIES."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from idgraph.stores import open_store
from idgraph.stores.protocol import Store

StoreFactory = Callable[[], Store]


def _duckdb(folder: Path) -> StoreFactory:
    numbers = count()
    return lambda: open_store(str(folder / f"store-{next(numbers)}.duckdb"))


FACTORIES = {"duckdb": _duckdb}


@pytest.fixture(params=sorted(FACTORIES))
def store_factory(request, tmp_path) -> StoreFactory:
    return FACTORIES[request.param](tmp_path)


@pytest.fixture
def store(store_factory) -> Store:
    return store_factory()
