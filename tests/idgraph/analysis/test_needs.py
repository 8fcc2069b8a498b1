"""The order of needs, and when one makes another superfluous."""

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from idgraph.analysis.needs import Needs, beats, rank

GUARDS = ("mfa:a", "mfa:b", "pim:c", "unknown:d", "unknown:e")

needs = st.sets(st.sampled_from(GUARDS)).map(lambda some: tuple(sorted(some)))


def plus(need, more):
    return tuple(sorted({*need, *more}))


@given(needs, needs)
def test_going_on_never_betters_a_rank(need, more):
    assert rank(plus(need, more)) >= rank(need)


@given(needs, needs, st.sets(st.sampled_from(GUARDS)))
def test_what_beats_another_ranks_no_later_on_every_way_on(one, other, live):
    spent = set(other) - live
    ways = chain.from_iterable(
        combinations(sorted(set(GUARDS) - spent), size) for size in range(len(GUARDS) + 1)
    )
    if beats(one, other, live):
        for way in ways:
            assert rank(plus(one, way)) <= rank(plus(other, way))


@given(needs, needs)
def test_a_part_of_a_need_beats_it_whatever_is_asked_again(one, other):
    assert beats(one, plus(one, other), set(GUARDS))


def test_a_blind_spot_ranks_behind_any_number_of_guards():
    assert rank(("mfa:a", "mfa:b", "pim:c")) < rank(("unknown:d",))


def test_a_child_numbers_what_is_new_and_leaves_its_parent_alone():
    parent = Needs()
    known = parent.number(("mfa:a",))
    child = Needs(parent)
    new = child.union(known, child.number(("pim:c",)))

    assert (child.number(("mfa:a",)), child[new]) == (known, ("mfa:a", "pim:c"))
    assert (len(parent), list(child)[:2]) == (2, [(), ("mfa:a",)])
