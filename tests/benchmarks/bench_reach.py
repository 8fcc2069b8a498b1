"""Reach on the generated graph, against scipy's bare search on the same arrays in the same run."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pytest

from idgraph.analysis.path import paths
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from idgraph.graph import TrustGraph
from tests.benchmarks import generated

SIZE = os.environ.get("IDGRAPH_BENCH_SIZE", "L")
ROUNDS = 5

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def plain() -> TrustGraph:
    return generated.graph(SIZE)


def bare(graph: TrustGraph) -> Callable[[int], Any]:
    from scipy.sparse import csgraph, csr_array

    out = graph.out()
    matrix = csr_array((np.ones(len(out.nbr)), out.nbr, out.ptr), shape=(graph.n, graph.n))
    return lambda start: csgraph.breadth_first_order(matrix, start, return_predecessors=True)


def timed(starts: list[int], *questions: Callable[[int], Any]) -> list[float]:
    """Return the median time of each question in ms, asked in turn."""
    times: list[list[float]] = [[] for _ in questions]
    for _ in range(ROUNDS):
        for start in starts:
            for at, question in enumerate(questions):
                begun = time.perf_counter()
                question(start)
                times[at].append(1000 * (time.perf_counter() - begun))
    return [median(each) for each in times]


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_plain_reach(plain):
    starts = generated.sources(plain)
    walk(plain, starts[0])
    base, ours = timed(starts, bare(plain), lambda start: walk(plain, start))
    reached = int((walk(plain, starts[0]).verdicts >= 0).sum())

    print(f"\n{SIZE}: {reached:,} nodes reached from the first source")
    print(f"plain reach {ours:.1f} ms, scipy's bare search {base:.1f} ms: {ours / base:.2f} x")


@pytest.mark.parametrize("guards", ["resets", "all", "gates"])
def test_guarded_reach(plain, guards):
    guarded = generated.graph(SIZE, guards=guards)
    starts = generated.sources(plain)
    same = {start: guarded.position(str(plain.ids[start])) for start in starts}
    begun = time.perf_counter()
    walk(guarded, same[starts[0]])
    first = time.perf_counter() - begun
    more = Scenario(passes=frozenset({"mfa"}))
    walk(guarded, same[starts[0]], more)
    base, unguarded, ours, passing = timed(
        starts,
        bare(plain),
        lambda start: walk(plain, start),
        lambda start: walk(guarded, same[start]),
        lambda start: walk(guarded, same[start], more),
    )
    found = walk(guarded, same[starts[0]])

    print(f"\n{guards}: {found!r}, cut: {found.guards_cut}; first question {first:.2f} s")
    print(f"guarded reach {ours:.1f} ms: {ours / unguarded:.2f} x plain, {ours / base:.2f} x scipy")
    print(f"second factors passed {passing:.1f} ms: {passing / unguarded:.2f} x plain")


def test_first_paths(plain):
    start = generated.sources(plain)[0]
    found = walk(plain, start)
    jewels = [int(node) for node in generated.tier0(plain, SIZE) if found.verdicts[node] >= 0]
    begun = time.perf_counter()
    for node in jewels:
        found.path(node)
    taken = 1000 * (time.perf_counter() - begun)

    print(f"\npaths to {len(jewels)} targets: {taken:.0f} ms, with the tree of all edges")


def test_the_answer_with_its_targets(plain):
    start = generated.sources(plain)[0]
    begun = time.perf_counter()
    answer = reach(plain, start)
    asked = time.perf_counter()
    rows = sum(len(each) for each in (answer.nhis, answer.privileged, answer.secret_stores))

    print(
        f"\nreach {1000 * (asked - begun):.0f} ms; {rows:,} targets listed in "
        f"{time.perf_counter() - asked:.2f} s; peak memory of this process {peak():,.0f} MB"
    )


def test_five_best_paths(plain):
    start = generated.sources(plain)[0]
    found = walk(plain, start)
    jewels = [int(node) for node in generated.tier0(plain, SIZE) if found.verdicts[node] >= 0]
    target = jewels[len(jewels) // 2]
    paths(plain, start, target)
    begun = time.perf_counter()
    answer = paths(plain, start, target, k=5)

    print(f"\nfive best paths {1000 * (time.perf_counter() - begun):.0f} ms: {answer!r}")
