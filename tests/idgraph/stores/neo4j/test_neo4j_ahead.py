"""What is made ahead comes in order, and what goes wrong in the making is raised."""

from __future__ import annotations

import threading

import pytest

from idgraph.stores.neo4j.ahead import ahead


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_everything_comes_once_and_in_order(count):
    assert list(ahead(range(count))) == list(range(count))


@pytest.mark.parametrize("found", [None, 0, "", ()])
def test_what_is_empty_comes_as_well(found):
    assert list(ahead([found, found])) == [found, found]


def test_the_next_is_made_while_the_last_is_used():
    made = [threading.Event() for _ in range(3)]

    def making():
        for event in made:
            event.set()
            yield event

    for at, _ in enumerate(ahead(making())):
        assert made[min(at + 1, 2)].wait(10)


def test_never_more_than_one_is_made_ahead():
    made = []
    some = ahead(made.append(at) or at for at in range(9))
    for at in some:
        assert len(made) <= at + 2


def test_what_goes_wrong_is_raised_behind_what_went_well():
    def making():
        yield 1
        raise ValueError("as asked")

    some = ahead(making())
    assert next(some) == 1
    with pytest.raises(ValueError, match="as asked"):
        next(some)


def test_who_leaves_early_waits_for_nothing_but_the_one_under_way():
    before = threading.active_count()
    for _ in ahead(iter(int, 1)):
        break

    assert threading.active_count() <= before + 1
