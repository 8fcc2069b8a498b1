"""Loading, reloading and opening a DuckDB store; prints, never judges.

IDGRAPH_BENCH_EDGES sets the size: 10000000 is the large graph of the design, with a tenth as
many nodes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from idgraph.derive import CATALOGUE
from idgraph.records import CoverageRecord, Source
from idgraph.resolve import resolve
from idgraph.stores import open_store
from idgraph.stores.duckdb.writing import DuckDBWriting

pytestmark = pytest.mark.benchmark

EDGES = int(os.environ.get("IDGRAPH_BENCH_EDGES", "1000000"))
SOURCE = Source(loader="bench", scope="tenant")


class Tenant:
    """Users and groups, most edges memberships; ends are categorical, as loaders in columns do."""

    def __init__(self, edges: int) -> None:
        random = np.random.default_rng(7)
        n = edges // 10
        users = n // 2
        ids = np.array([f"00000000-0000-0000-0000-{at:012d}" for at in range(n)], object)
        self.dtype = pd.CategoricalDtype(pd.Index(ids, dtype=object))
        self.nodes = pd.DataFrame(
            {
                "record": _repeated(["AZUser", "AZGroup"], np.arange(n) >= users),
                "id": ids,
                "kind": _repeated(["EntraUser", "EntraGroup"], np.arange(n) >= users),
                "name": ids,
                "properties": [f'{{"description":"{at}"}}' for at in range(n)],
                "evidence": [f"tenant.json#/data/{at}" for at in range(n)],
            }
        )
        self.start = random.integers(0, n, edges).astype(np.int32)
        self.end = (users + random.integers(0, n - users, edges)).astype(np.int32)
        self.evidence = np.array([f"tenant.json#/data/{at}" for at in range(edges)], object)
        self.random, self.users, self.n = random, users, n

    def edges(self) -> pd.DataFrame:
        """Return the edges as a loader would hand them over."""
        return pd.DataFrame(
            {
                "record": _repeated(["AZGroupMember"], np.zeros(len(self.start), bool)),
                "start": pd.Categorical.from_codes(self.start, dtype=self.dtype),
                "kind": _repeated(["MEMBER_OF"], np.zeros(len(self.start), bool)),
                "end": pd.Categorical.from_codes(self.end, dtype=self.dtype),
                "evidence": self.evidence,
            }
        )

    def change(self, share: float) -> None:
        """Let a share of the edges end elsewhere."""
        count = int(len(self.end) * share)
        at = self.random.choice(len(self.end), count, replace=False)
        self.end[at] = self.users + self.random.integers(0, self.n - self.users, count)


def _repeated(names: list[str], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.astype(np.int8), categories=names)


@contextmanager
def _timed(what: str, times: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    times[what] = times.get(what, 0.0) + time.perf_counter() - start


def _load(store, tenant: Tenant, times: dict[str, float], monkeypatch):
    projected = DuckDBWriting._projected

    def timed(self, observed):
        with _timed("derivation", times):
            return projected(self, observed)

    monkeypatch.setattr(DuckDBWriting, "_projected", timed)
    nodes, edges = tenant.nodes, tenant.edges()
    with (
        _timed("all", times),
        store.begin(
            SOURCE, observed_at="2026-03-01T00:00:00Z", observed_is_guess=False, files=[]
        ) as load,
    ):
        with _timed("staging", times):
            load.write_columns(nodes=nodes, edges=edges)
            load.write(
                CoverageRecord(record=name, count=1, complete=True)
                for name in ("AZUser", "AZGroup", "AZGroupMember")
            )
        done = load.commit()
    monkeypatch.setattr(DuckDBWriting, "_projected", projected)
    return done


def test_a_load_a_reload_and_opening(tmp_path, monkeypatch):
    store = open_store(str(tmp_path / "bench.duckdb"))
    tenant = Tenant(EDGES)
    for title, share in (("first load", None), ("same again", 0.0), ("1 % changed", 0.01)):
        if share is not None:
            tenant.change(share)
        times: dict[str, float] = {}
        load = _load(store, tenant, times, monkeypatch)
        own = times["all"] - times.get("derivation", 0.0)
        print(
            f"\n{title}: {own:.2f} s without derivation ({EDGES / own:,.0f} edges/s), "
            f"of it staging {times['staging']:.2f} s; derivation "
            f"{times.get('derivation', 0.0):.2f} s; "
            f"{load.opened:,} opened, {load.closed:,} closed"
        )
    for title, ask in (("graph", store.graph), ("projection", store.projection)):
        start = time.perf_counter()
        ask()
        print(f"open and read the {title}: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    observed = store.observations()
    print(f"observations: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    resolve(observed, CATALOGUE)
    print(f"resolve: {time.perf_counter() - start:.2f} s")
    size = (tmp_path / "bench.duckdb").stat().st_size
    print(f"file: {size / 2**20:,.0f} MiB")
