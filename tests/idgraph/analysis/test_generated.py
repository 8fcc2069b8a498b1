"""The generated graph lands on the figures that its description promises."""

import numpy as np
import pytest

from idgraph.analysis.walk import walk
from tests.benchmarks import generated


@pytest.mark.parametrize("seed", [7, 8])
def test_the_small_one_lands_on_its_figures(seed):
    found = generated.figures(generated.graph("S", seed))

    assert (found["nodes"], found["edges"]) == (10_000, 60_000)
    assert 42_440 <= found["walkable"] <= 42_520
    assert 7_200 <= found["components"] <= 7_450
    assert 2_430 <= found["largest"] <= 2_700
    assert found["loops"] <= 40


@pytest.mark.slow
def test_the_middle_one_lands_on_its_figures():
    found = generated.figures(generated.graph("M"))

    assert (found["nodes"], found["edges"]) == (100_000, 700_000)
    assert 491_300 <= found["walkable"] <= 491_500
    assert 453_500 <= found["pairs"] <= 455_500
    assert 70_000 <= found["components"] <= 71_000
    assert 27_000 <= found["largest"] <= 28_000
    assert 1_800 <= found["most in"] <= 2_050
    assert 5_300 <= found["most out"] <= 5_700


def test_a_walk_reaches_what_scipy_reaches():
    from scipy.sparse import csgraph, csr_array

    graph = generated.graph("S")
    out = graph.out()
    matrix = csr_array((np.ones(len(out.nbr)), out.nbr, out.ptr), shape=(graph.n, graph.n))
    for start in generated.sources(graph):
        truth = csgraph.dijkstra(matrix, indices=start, unweighted=True)

        assert (walk(graph, start).hops == np.where(np.isinf(truth), -1, truth)).all()


def test_guards_only_ever_take_away():
    plain, guarded = generated.graph("S"), generated.graph("S", guards="all")
    for start in generated.sources(plain):
        free, bound = walk(plain, start), walk(guarded, start)

        assert ((free.verdicts >= 0) == (bound.verdicts >= 0)).all()
        assert (bound.verdicts >= free.verdicts).all()
        assert not bound.guards_cut
