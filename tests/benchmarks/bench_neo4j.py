"""Neo4j: load rate against Cartography's generic loader, reading, a re-load, memory.

Cartography is an extra of this benchmark alone; without it its line is left out:
`python -m pip install cartography`. So is the driver's extension in Rust, `neo4j-rust-ext`.
IDGRAPH_BENCH_USERS sets the size; every user has three memberships. Beside the time by the clock
stands the time of processors, of client and server together, which a busy machine changes less.
"""

from __future__ import annotations

import logging
import os
import resource
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from idgraph.records import CoverageRecord, Source
from idgraph.stores.neo4j import Neo4jStore
from tests.neo4j.fixtures import neo4j_server

__all__ = ["neo4j_server"]

USERS = int(os.environ.get("IDGRAPH_BENCH_USERS", "20000"))
WARM = 3  # small loads of each before anything is measured
GROUPS = max(USERS // 50, 1)
SOURCE = Source(loader="azurehound", scope="bench")

READ_EDGES = """
MATCH (a:IdGraph {graph: $graph})-[r:MEMBER_OF]->(b:IdGraph)
WHERE r.opened <= $head < r.closed
WITH collect(a.id) AS sources, collect(b.id) AS targets, collect(r.rows[0]) AS rows
UNWIND range(0, size(sources) - 1, 10000) AS at
RETURN sources[at..at + 10000], targets[at..at + 10000], rows[at..at + 10000]
"""

pytestmark = [pytest.mark.benchmark, pytest.mark.neo4j, pytest.mark.timeout(3600)]


def columns(change: float = 0.0) -> dict[str, pd.DataFrame]:
    """Return users, groups and memberships; a part of the memberships differs."""
    chance = np.random.default_rng(1)
    users = [f"user-{at:08d}" for at in range(USERS)]
    groups = [f"group-{at:06d}" for at in range(GROUPS)]
    ends = chance.integers(0, GROUPS, 3 * USERS)
    moved = chance.random(len(ends)) < change
    ends[moved] = (ends[moved] + 1) % GROUPS
    starts = np.repeat(np.arange(USERS), 3)
    pairs = pd.DataFrame({"start": starts, "end": ends}).drop_duplicates()
    nodes = pd.DataFrame(
        {"id": users + groups, "kind": ["EntraUser"] * USERS + ["EntraGroup"] * GROUPS}
    )
    nodes = nodes.assign(record="Nodes", name=nodes["id"])
    edges = pd.DataFrame(
        {
            "start": np.array(users, object)[pairs["start"]],
            "end": np.array(groups, object)[pairs["end"]],
        }
    )
    return {"nodes": nodes, "edges": edges.assign(kind="MEMBER_OF", record="Members")}


@dataclass(frozen=True)
class Cost:
    """What some work took, in seconds."""

    clock: float
    processors: float

    def __str__(self) -> str:
        return f"{self.clock:7.1f} s {self.processors:7.1f} s of processors"


def timed(server: Any, work: Callable[[], Any]) -> tuple[Cost, Any]:
    clock, processors = time.perf_counter(), processor_seconds(server)
    found = work()
    return Cost(time.perf_counter() - clock, processor_seconds(server) - processors), found


def processor_seconds(server: Any) -> float:
    """Return what client and server have used, the client alone where the server is not ours."""
    process = getattr(server.machine, "process", None)
    if process is None:
        return time.process_time()
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    used = sum(map(int, fields.split()[11:13]))
    return time.process_time() + used / os.sysconf("SC_CLK_TCK")


def load(store: Neo4jStore, day: int, frames: dict[str, pd.DataFrame]) -> Any:
    complete = [
        CoverageRecord(record=name, count=1, complete=True) for name in ("Nodes", "Members")
    ]
    with store.begin(SOURCE, observed_at=f"2026-01-{day:02d}T00:00:00Z") as writing:
        writing.write_columns(**frames)
        writing.write(complete)
        return writing.commit()


def server_memory(server: Any) -> float:
    """Return the resident memory of a server of our own in GB, 0 where it is not ours."""
    process = getattr(server.machine, "process", None)
    if process is None:
        return 0.0
    pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize() / 1e9


def by_cartography(server: Any, frames: dict[str, pd.DataFrame]) -> Cost | None:
    """Return what Cartography's generic loader takes for the same rows."""
    if find_spec("cartography") is None:
        return None
    from tests.benchmarks.cartography_models import Group, Membership, User, load, load_matchlinks

    nodes, edges = frames["nodes"], frames["edges"]
    logging.getLogger("cartography").setLevel(logging.ERROR)

    def work() -> None:
        with server.driver() as driver, driver.session() as session:
            for model, kind in ((User(), "EntraUser"), (Group(), "EntraGroup")):
                rows = nodes[nodes["kind"] == kind][["id", "name"]].to_dict("records")
                load(session, model, rows, lastupdated=1)
            rows = edges[["start", "end"]].to_dict("records")
            load_matchlinks(
                session, Membership(), rows, lastupdated=1,
                _sub_resource_label="BenchTenant", _sub_resource_id="t",
            )  # fmt: skip

    cost, _ = timed(server, work)
    with server.driver() as driver:
        driver.execute_query("MATCH (n:BenchUser|BenchGroup) DETACH DELETE n")
        for row in driver.execute_query("SHOW INDEXES YIELD name, labelsOrTypes").records:
            if {"BenchUser", "BenchGroup", "MEMBER_OF"} & set(row["labelsOrTypes"] or ()):
                driver.execute_query(f"DROP INDEX `{row['name']}` IF EXISTS")
    return cost


def read_relationships(server: Any, graph: str, head: int) -> tuple[Cost, int]:
    with server.driver() as driver:

        def work() -> int:
            with driver.session(default_access_mode="READ") as session:
                asked = session.run(READ_EDGES, graph=graph, head=head)
                return sum(len(record[0]) for record in asked)

        return timed(server, work)


def test_neo4j(neo4j_server, monkeypatch):
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    graph = f"test-{secrets.token_hex(6)}"
    url = f"{neo4j_server.uri}?graph={graph}"
    frames = columns()
    count = len(frames["nodes"]) + len(frames["edges"])
    few = {name: frame.head(3_000) for name, frame in frames.items()}
    for _ in range(WARM):  # the server gets warm for both
        by_cartography(neo4j_server, few)
        with Neo4jStore(f"{url}-{secrets.token_hex(3)}") as store:
            load(store, 1, few)
    theirs = by_cartography(neo4j_server, frames)
    url += "-b"
    with Neo4jStore(url) as store:
        ours, _ = timed(neo4j_server, lambda: load(store, 1, frames))
        print(f"\n{len(frames['nodes']):,} nodes, {len(frames['edges']):,} edges")
        print(f"load            {count / ours.clock:12,.0f} rows/s  {ours}")
        if theirs is not None:
            print(f"  Cartography   {count / theirs.clock:12,.0f} rows/s  {theirs}")
            print(f"  ratio         {theirs.clock / ours.clock:12.2f} x by the clock")
            print(f"                {theirs.processors / ours.processors:12.2f} x of processors")
        again, done = timed(neo4j_server, lambda: load(store, 2, columns(0.01)))
        print(f"1 % changed     {done.opened:,} opened, {done.closed:,} closed   {again}")
    with Neo4jStore(url) as store:
        cost, whole = timed(neo4j_server, store.graph)
        print(f"graph, packs    {whole.m / cost.clock:12,.0f} edges/s {cost}")
        rust = "with" if find_spec("neo4j._rust") else "without"
        cost, edges = read_relationships(neo4j_server, f"{graph}-b", store.head())
        print(f"relationships   {edges / cost.clock:12,.0f} edges/s {cost}, {rust} Rust")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"memory          client {peak:.2f} GB, server {server_memory(neo4j_server):.2f} GB")
    with neo4j_server.driver() as driver, driver.session() as session:
        session.run(
            "MATCH (n:IdGraph) WHERE n.graph STARTS WITH $graph "
            "CALL (n) { DETACH DELETE n } IN TRANSACTIONS",
            graph=graph,
        ).consume()
