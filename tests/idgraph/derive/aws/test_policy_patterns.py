"""Patterns match as AWS documents wildcards, and no pattern takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.derive.aws.policy.patterns import arn_glob, glob, keys_in, literal, resource_glob

LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:pay"
ROLE = "arn:aws:iam::111122223333:role/team/pay"


# IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs".
@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        ("*", LAMBDA, True),
        ("arn:aws:lambda:*:*:function:pay", LAMBDA, True),
        ("arn:aws:lambda:eu-*-1:111122223333:function:pay", LAMBDA, True),
        ("arn:aws:lambda:*:function:pay", LAMBDA, True),  # a `*` that ends a field spans colons
        ("arn:aws:lambda:eu-*t-1:function:pay", LAMBDA, False),  # one within a field does not
        ("arn:aws:lambda:eu-west-?:111122223333:function:pay", LAMBDA, True),
        ("arn:aws:lambda:eu-west-1?111122223333:function:pay", LAMBDA, False),  # nor does `?`
        ("arn:aws:lambda", LAMBDA, True),  # fields left out are any
        ("arn:aws:iam::111122223333:role/*", ROLE, True),  # `/` is a character like others
        ("arn:aws:iam::*:role/*/p?y", ROLE, True),
        ("arn:aws:iam::111122223333:Role/*", ROLE, False),  # case counts
        ("arn:aws:iam::111122223333:role/pay", ROLE, False),
    ],
)
def test_a_resource_is_named_with_wildcards_within_fields_and_at_their_ends(pattern, arn, matches):
    assert resource_glob(pattern)(arn) is matches


def test_a_condition_on_arns_compares_field_by_field():
    assert arn_glob("arn:aws:lambda:*:*:function:pay")(LAMBDA)
    assert not arn_glob("arn:aws:lambda:*:function:pay")(LAMBDA)


PATTERN = st.text(alphabet="ab*?:", max_size=9).map("arn:".__add__)
ARN = st.text(alphabet="ab:", min_size=3, max_size=12).map("arn:".__add__)


@given(PATTERN, ARN)
def test_fields_are_compared_one_by_one(pattern, arn):
    fields = pattern.split(":", 5)
    fields += ["*"] * (6 - len(fields))
    parts = arn.split(":", 5)
    same = len(parts) == 6 and all(map(_naive, fields, parts))
    assert arn_glob(pattern)(arn) is same
    assert resource_glob(pattern)(arn) or not same  # to name a resource takes no more


@given(st.text(alphabet="ab*?", max_size=9), st.text(alphabet="ab", max_size=9))
def test_all_that_matches_begins_with_what_stands_before_the_first_wildcard(pattern, text):
    if glob(pattern)(text):
        assert text.startswith(pattern[: literal(pattern)])


def _naive(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_naive(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and _naive(pattern[1:], text[1:])


@pytest.mark.parametrize(
    ("test", "pattern", "text"),
    [
        (glob, "a*" * 200 + "b", "a" * 2000),
        (resource_glob, "arn:*:*:*:*:" + "a*" * 200 + "x", "arn:" + ":a" * 2000),
        (arn_glob, "arn:" + "a*" * 100 + ":*:*", "arn:" + "a" * 2000),
    ],
)
def test_a_pattern_of_many_wildcards_is_no_way_to_make_it_hang(test, pattern, text):
    began = time.process_time()
    assert test(pattern)(text) is False
    assert time.process_time() - began < 1


def test_the_keys_of_variables_are_known_and_escaped_wildcards_are_none():
    pattern = "arn:aws:s3:::${aws:PrincipalTag/Team, 'all'}-${aws:username}-${*}"
    assert list(keys_in(pattern)) == ["aws:principaltag/team", "aws:username"]
