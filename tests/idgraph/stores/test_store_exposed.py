"""Who is exposed, and whose reset would hurt most, is the same whatever keeps the graph."""

from __future__ import annotations

import pytest

from idgraph import explorer
from idgraph.explorer import Explorer

PRODUCTION = "Northlight Production"
SOME = 3  # identities compared with reach


@pytest.fixture
def both(store_factory, sample_store) -> tuple[Explorer, Explorer]:
    """The sample company in a file, and in a store of each kind."""
    other = Explorer(store_factory())
    explorer.load_sample(other)
    return explorer.open(sample_store), other


def test_rank_and_exposed_are_the_same_and_rank_counts_what_reach_counts(both):
    kept, other = both
    ranked = other.rank(nhis=True)

    assert ranked.to_json() == kept.rank(nhis=True).to_json()
    for each in ranked.identities[:SOME]:
        reached = other.reach(each.id).counts
        assert each.counts == {name: reached[name] for name in each.counts}
    ours, theirs = kept.exposed(PRODUCTION), other.exposed(PRODUCTION)
    assert ours.counts == theirs.counts
    assert [each.way for each in ours.groups] == [each.way for each in theirs.groups]
    assert [each.nodes.tolist() for each in ours.groups] == [
        each.nodes.tolist() for each in theirs.groups
    ]
