"""Rank on the generated graph: every identity against every target, exactly, at once."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pytest

from idgraph.analysis.rank import ORDER, identities, rank
from idgraph.analysis.rank.starts import Everybody
from idgraph.analysis.reach import CLASSES
from idgraph.analysis.scenario import FULL_TAKEOVER
from idgraph.analysis.walk import VERDICTS, walk
from idgraph.graph import TrustGraph
from tests.benchmarks import generated

SIZE = os.environ.get("IDGRAPH_BENCH_SIZE", "L")
ROUNDS = 3
CHECKED = 5  # identities whose counts are compared with a walk

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module", params=["none", "resets", "all"])
def graph(request) -> TrustGraph:
    made = generated.graph(SIZE, guards=request.param)
    made.keep("guards of this graph", lambda: request.param)
    return made


def timed(question: Callable[[], object]) -> tuple[float, float]:
    """Return the median of the time and of the processor's time, in seconds."""
    times = []
    for _ in range(ROUNDS):
        begun, worked = time.perf_counter(), time.process_time()
        question()
        times.append((time.perf_counter() - begun, time.process_time() - worked))
    return median(each for each, _ in times), median(each for _, each in times)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def guards_of(graph: TrustGraph) -> str:
    return graph.keep("guards of this graph", lambda: "")


@pytest.mark.parametrize("classes", [("privileged",), ORDER], ids=["privileged", "all classes"])
def test_rank(graph, classes):
    begun = time.perf_counter()
    rank(graph, classes=classes)
    first = time.perf_counter() - begun
    taken, worked = timed(lambda: rank(graph, classes=classes))
    answer = rank(graph, classes=classes)
    targets = sum(int(graph.has(CLASSES[name][0]).sum()) for name in classes)

    print(
        f"\n{SIZE}, guards {guards_of(graph)}: {len(answer):,} identities against {targets:,} "
        f"targets: {taken:.2f} s ({worked:.2f} s of the processor), first question {first:.2f} s; "
        f"peak memory of this process {peak():,.0f} MB"
    )


def test_the_counts_are_those_of_a_walk(graph):
    starts = np.array(generated.sources(graph, CHECKED), np.int32)
    members = [graph.has(CLASSES[name][0]) for name in ORDER]
    counts = Everybody(graph, starts).counts(members)
    for at, start in enumerate(starts.tolist()):
        found = walk(graph, start).verdicts
        for number, mask in enumerate(members):
            mine = found[mask & (found >= 0)]
            assert counts[at, number].tolist() == np.bincount(mine, minlength=3).tolist()


def test_who_reaches_one_target(graph):
    starts = identities(graph, FULL_TAKEOVER)
    target = int(generated.tier0(graph, SIZE)[0])
    taken, worked = timed(lambda: Everybody(graph, starts).verdicts(target))
    found = Everybody(graph, starts).verdicts(target)
    counts = {each.value: int((found == at).sum()) for at, each in enumerate(VERDICTS)}

    print(
        f"\n{SIZE}, guards {guards_of(graph)}: whose reset reaches one target: {taken:.2f} s "
        f"({worked:.2f} s of the processor): {counts}"
    )
