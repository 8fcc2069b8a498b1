import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis.needs import blind, proper, subject
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from tests.idgraph.analysis.worlds import Oracle, random_world

SCENARIOS = (
    Scenario(),
    Scenario(reset="password_admin"),
    Scenario(passes=frozenset({"mfa"})),
    Scenario(reset="mfa_reset", passes=frozenset({"mfa", "condition:c", "pim"})),
    Scenario(passes=frozenset({"unknown", "device"})),
)


def check(graph, start, scenario):
    found = walk(graph, start, scenario)
    truth = Oracle(graph, start, scenario)
    assert not found.guards_cut
    for node in range(graph.n):
        said = found.verdict(node)
        assert (said.value if said else None) == truth.verdict(node), node
        if said is None:
            assert found.hops[node] == -1
            continue
        need, hops, clean = truth.best[node]
        assert found.guards(node) == proper(need), node
        assert found.blind_spots(node) == tuple(map(subject, blind(need)))
        assert found.hops[node] == hops, node
        check_path(graph, found, truth, node)
        assert (found.assumes(node) == ()) == clean


def check_path(graph, found, truth, node):
    path = found.path(node)
    need, hops, _ = truth.best[node]
    places = [found.start, *(int(graph.target[edge]) for edge in path)]
    assert [int(graph.source[edge]) for edge in path] == places[:-1]
    assert places[-1] == node
    assert all(graph.walkable[edge] for edge in path)
    assert set().union(*(truth.needs[edge] for edge in path)) == set(need)
    assert sum(not (graph.hubs[a] and not graph.hubs[b]) for a, b in pairwise(places)) == hops
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("block", range(20))
def test_verdict_hops_guards_and_blind_spots_agree_with_trying_every_subset(scenario, block):
    chance = random.Random(f"{block}")
    for _ in range(50):
        graph = random_world(chance)
        check(graph, 0, scenario)
