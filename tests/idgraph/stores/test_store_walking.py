"""What is fetched level by level answers as the whole graph does, on every store."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from idgraph import explorer
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.errors import UnknownNameError
from idgraph.graph import Flag
from idgraph.stores.walking import walkable_part
from tests.neo4j.company import loading
from tests.neo4j.examples import histories, load_all

# What an example is made of is long, and only of use where it fails.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

SCENARIOS = (Scenario(), Scenario(passes=frozenset({"mfa", "pim"})))


def answers(graph, start: str):
    return [reach(graph, start, scenario).to_json(all_objects=True) for scenario in SCENARIOS]


@given(history=histories(2))
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes of a server
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_reach_over_the_part_is_reach_over_the_whole(store_factory, history):
    store = store_factory()
    load_all(store, history)
    whole = store.graph()

    for start in whole.ids[:6]:
        assert answers(walkable_part(store, start).graph, start) == answers(whole, start)


@pytest.mark.slow
def test_the_part_of_the_sample_is_small_and_says_the_same(store):
    explorer.load_sample(explorer.Explorer(store))
    whole = store.projection()
    people = np.flatnonzero(whole.graph.has(Flag.PERSON))
    sizes = []
    for at in people[:: max(len(people) // 12, 1)]:
        start = whole.graph.ids[at]
        part = walkable_part(store, start)
        assert answers(part.graph, start) == answers(whole.graph, start)
        sizes.append(part.graph.n)

    assert min(sizes) < whole.graph.n / 4


def test_a_node_that_is_not_there_is_said(store):
    load_all(store, [loading(1)])

    with pytest.raises(UnknownNameError, match="is not in the graph"):
        walkable_part(store, "nobody")
