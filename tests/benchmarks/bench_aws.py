"""An AWS account from its authorization details to a trust graph: time, and PMapper beside it.

Prints figures and judges none. PMapper (AGPL-3, dead since 2022) is no dependency: put it into an
environment of its own and name that environment's Python,

    python -m venv pm && pm/bin/pip install principalmapper==1.1.5
    IDGRAPH_PMAPPER=pm/bin/python python -m pytest tests/benchmarks/bench_aws.py -s -m benchmark

Both read the same file in the same run, and CPU time is compared. PMapper looks at each pair of
principals, so its time a principal grows with the account; ours is shown at the same sizes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.aws_account import account

SIZES = ((250, 375), (1_000, 1_500), (2_000, 3_000))  # principals, policies
BESIDE = int(os.environ.get("IDGRAPH_PMAPPER_UP_TO", "1000"))  # principals
GOAL = 5  # seconds to derive the largest
RATIO = 50  # times PMapper, a principal
SHOWN = 4  # examples of each disagreement

RUN = """
import json, sys, time
from idgraph.derive import STRICT, derive
from idgraph.explorer import Explorer
from idgraph.stores import open_store

file, store = sys.argv[1:]
Explorer  # imported beforehand: its time is not the account's
began = time.process_time()
opened = open_store(store)
Explorer(opened).load("aws_iam", file)
loaded = time.process_time()
snapshot = opened.snapshot()
read = time.process_time()
graph = derive(snapshot, STRICT).graph
done = time.process_time()

HOW = {"CAN_ASSUME", "CAN_ADD_CREDENTIAL", "CAN_EDIT_TRUST", "CAN_PASS_ROLE", "CAN_RUN_ON"}
found, administrators, members = set(), set(), {}
for at in range(graph.m):
    kind, source, target = graph.edge_kind_name(at), int(graph.source[at]), int(graph.target[at])
    if kind in HOW and graph.hubs[source]:
        members.setdefault(source, []).append((target, not graph.guards_of(at)))
for at in range(graph.m):
    kind, source, target = graph.edge_kind_name(at), int(graph.source[at]), int(graph.target[at])
    if kind == "ADMINISTERS_ACCOUNT":
        administrators.add((graph.ids[source], not graph.guards_of(at)))
    if kind in HOW and not graph.hubs[source]:
        for end, free in members.get(target, [(target, True)]):
            free = free and not graph.guards_of(at)
            found.add((graph.ids[source], kind, graph.ids[end], free))
print(json.dumps({
    "all": loaded - began, "derive": done - read, "edges": graph.m,
    "found": sorted(found), "administrators": sorted(administrators),
}))
"""


@pytest.mark.benchmark
@pytest.mark.timeout(3600)
def test_an_account_is_derived(tmp_path: Path) -> None:
    pmapper = os.environ.get("IDGRAPH_PMAPPER", "")
    print()
    print("principals  policies   load all    derive   derive/principal")
    for principals, policies in SIZES:
        file = tmp_path / f"{principals}.json"
        file.write_text(json.dumps(account(principals, policies)), encoding="utf-8")
        ours = _run(sys.executable, "-c", RUN, str(file), str(file.with_suffix(".duckdb")))
        print(
            f"{principals:10,} {policies:9,} {ours['all']:9.2f}s {ours['derive']:8.2f}s"
            f" {1000 * ours['derive'] / principals:13.2f}ms"
        )
        if pmapper and principals <= BESIDE:
            theirs = _run(pmapper, str(Path(__file__).with_name("pmapper_graph.py")), str(file))
            _beside(ours, theirs)
    print(f"   goal for the largest: {GOAL} s of CPU to derive it; {RATIO} x PMapper a principal")
    if not pmapper:
        print("   PMapper was not run: IDGRAPH_PMAPPER names no Python that has it")


def _run(*command: str) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _beside(ours: Any, theirs: Any) -> None:
    count, seconds = theirs["principals"], theirs["read"] + theirs["edges"]
    print(
        f"   PMapper: {seconds:.1f}s, {1000 * seconds / count:.1f}ms a principal;"
        f" {seconds / ours['derive']:.0f} x our derivation, {seconds / ours['all']:.0f} x"
        " reading, storing and deriving"
    )
    certain = {arn for arn, free in ours["administrators"] if free}
    perhaps = {arn for arn, free in ours["administrators"] if not free} - certain
    told = set(theirs["administrators"])
    print(
        f"   administrators: both {len(certain & told)}, ours under a condition and theirs without"
        f" {len(perhaps & told)}, ours alone {len(certain - told)} (and {len(perhaps - told)} under"
        f" a condition), theirs alone {len(told - certain - perhaps)}"
    )
    _examples("theirs alone", sorted(told - certain - perhaps))
    _edges(ours["found"], theirs["found"], told | certain)


def _edges(ours: Any, theirs: Any, silent: set[str]) -> None:
    """Compare who becomes whom; PMapper tells no edges of those it takes for administrators."""
    some = sorted((free, kind, one, other) for one, kind, other, free in ours if one != other)
    mine = {
        (one, other): f"{kind}{'' if free else ', under a condition'}"
        for free, kind, one, other in some  # those that are free last: they tell the pair
        if one not in silent
    }
    them = {(one, other): why for one, why, other in theirs if one not in silent}
    both, alone, missed = mine.keys() & them.keys(), mine.keys() - them.keys(), them.keys() - mine
    print(f"   pairs: both {len(both):,}, ours alone {len(alone):,}, theirs alone {len(missed):,}")
    print(f"      both, by our kind: {dict(Counter(mine[pair] for pair in sorted(both)))}")
    print(f"      ours alone, by kind: {dict(Counter(mine[pair] for pair in sorted(alone)))}")
    print(f"      theirs alone, by their reason: {dict(Counter(them[pair] for pair in missed))}")
    _examples("ours alone", [(*pair, mine[pair]) for pair in sorted(alone)])
    _examples("theirs alone", [(*pair, them[pair]) for pair in sorted(missed)])


def _examples(what: str, some: list[Any]) -> None:
    for each in some[:: max(1, len(some) // SHOWN)][:SHOWN]:
        print(f"         {what}: {each}")
