"""From a generated AzureHound file to an answer: time, memory, and edges per user.

Each size runs in a process of its own, as the command line would: load (parse, store, derive),
then reach from the stored projection. Prints figures and judges none.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sample_data.tenant import write_tenant

SIZES = (5_000, 20_000, 80_000)
GOAL = 60  # seconds for 20,000 users on two cores

RUN = """
import json, resource, sys, time
from idgraph.explorer import Explorer
from idgraph.stores import open_store

file, store = sys.argv[1:]
started = time.perf_counter()
explorer = Explorer(open_store(store))
load = explorer.load("azurehound", file).load
loaded = time.perf_counter()
graph = explorer.graph()
start = next(name for kind, name in zip(graph.kinds, graph.ids)
             if graph.catalogue.node_kinds[kind].name == "EntraUser")
answer = Explorer(open_store(store)).reach(start)
answer.to_json()
done = time.perf_counter()
print(json.dumps({
    "load": loaded - started, "reach": done - loaded, "nodes": graph.n, "edges": graph.m,
    "walkable": int(graph.walkable.sum()), "observed": load.edges,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


@pytest.mark.benchmark
def test_a_tenant_is_loaded_derived_and_answered(tmp_path: Path) -> None:
    print()
    print("   users     file    load   reach     all   peak  edges/user  walkable/user")
    for users in SIZES:
        file, store = tmp_path / f"{users}.json", tmp_path / f"{users}.duckdb"
        write_tenant(file, users, 7)
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(file), str(store)],
            capture_output=True,
            text=True,
            check=True,
        )
        seen = json.loads(done.stdout)
        print(
            f"{users:8,} {file.stat().st_size / 1e6:6.0f}MB {seen['load']:6.1f}s"
            f" {seen['reach']:6.1f}s {seen['load'] + seen['reach']:6.1f}s"
            f" {seen['peak_mb']:5.0f}M {seen['edges'] / users:11.2f}"
            f" {seen['walkable'] / users:14.2f}"
        )
    print(f"   goal for 20,000 users: {GOAL} s")
