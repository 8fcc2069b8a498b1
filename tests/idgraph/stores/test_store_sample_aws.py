"""The way from Entra into AWS is the same whatever keeps the graph."""

from __future__ import annotations

import pytest

from idgraph import explorer
from idgraph.explorer import EXAMPLE_IDENTITY, Explorer
from sample_data import plan_aws


@pytest.fixture
def both(store_factory, sample_store) -> tuple[Explorer, Explorer]:
    """The sample company in a file, and in a store of each kind."""
    other = Explorer(store_factory())
    explorer.load_sample(other)
    return explorer.open(sample_store), other


def told(answer):
    """Return what an answer says, without the name of the store."""
    return {key: some for key, some in answer.to_json().items() if key != "provenance"}


@pytest.mark.slow
def test_what_is_reached_in_aws_and_who_answers_for_it_are_the_same(both):
    kept, other = both

    assert told(other.reach(EXAMPLE_IDENTITY)) == told(kept.reach(EXAMPLE_IDENTITY))
    assert other.unowned().to_json() == kept.unowned().to_json()
    for who, what in (
        (EXAMPLE_IDENTITY, plan_aws.WAY_IN[-1]),
        (EXAMPLE_IDENTITY, plan_aws.PRODUCTION),
        (plan_aws.SERVICE_DESK.arn, plan_aws.PRODUCTION),
    ):
        ours, theirs = (each.path(who, what, k=1) for each in both)
        assert theirs.explain() == ours.explain()
    ours, theirs = (each.exposed(plan_aws.PRODUCTION, limit=0) for each in both)
    assert theirs.counts == ours.counts
