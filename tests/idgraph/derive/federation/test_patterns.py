"""Patterns of subjects, against every short text there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.derive.federation.patterns import Begun, covers, overlap

LETTERS = "abc"  # a pattern uses two of them, so that one letter is always new to it
TEXTS = tuple("".join(each) for size in range(6) for each in product(LETTERS, repeat=size))
patterns = st.text("ab*?", max_size=4)


def fits(pattern, text):
    """Say letter by letter, by hand, whether a text fits."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


@given(patterns, patterns)
def test_two_patterns_overlap_when_some_text_fits_both(one, other):
    assert overlap(one, other) == any(fits(one, each) and fits(other, each) for each in TEXTS)


@given(patterns, patterns)
def test_a_pattern_covers_another_when_all_of_its_texts_fit(wide, narrow):
    assert covers(wide, narrow) == all(fits(wide, each) for each in TEXTS if fits(narrow, each))


@given(st.lists(patterns), patterns)
def test_whatever_overlaps_is_near(several, one):
    near = list(Begun((each, each) for each in several).near(one))
    assert sorted(near) == sorted(each for each in several if each in near)
    assert {each for each in several if overlap(each, one)} <= set(near)


def test_what_begins_in_another_way_is_not_near():
    near = Begun((each, each) for each in ("repo:a/*", "repo:b/*", "repo:a/r:x", "*")).near
    assert list(near("repo:a/r:*")) == ["*", "repo:a/*", "repo:a/r:x"]


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("repo:octo-org/*", "repo:octo-org/octo-repo:ref:refs/heads/main", True),
        ("repo:octo-org/*", "repo:octo-org/octo-repo:*", True),
        ("repo:octo-org/*", "repo:octo-organisation/octo-repo:*", False),
        ("repo:octo-org*", "repo:octo-organisation/octo-repo:*", True),  # a well-known mistake
        ("repo:octo-org/octo-repo:ref:refs/heads/*", "repo:octo-org/octo-repo:*", False),
        ("repo:Octo-Org/*", "repo:octo-org/octo-repo:*", False),
        ("*", "", True),
        ("?*", "*?", True),
        ("system:serviceaccount:prod:*", "system:serviceaccount:prod:billing", True),
    ],
)
def test_a_subject_is_covered_letter_by_letter(wide, narrow, expected):
    assert covers(wide, narrow) is expected
