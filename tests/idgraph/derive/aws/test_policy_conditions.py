"""Condition operators decide as the IAM User Guide says, and say when nobody can know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.derive.aws.policy import Condition, Context
from idgraph.derive.aws.policy.conditions import holds
from idgraph.derive.aws.policy.documents import OPERATORS

KEY = "aws:thing"


def truth(operator, wanted, found, *, quantifier="", if_exists=False, absent=False):
    """Return True, False or None; `found` None means that nobody knows."""
    condition = Condition(operator, KEY, tuple(wanted), quantifier, if_exists)
    known = Context(
        {KEY: tuple(found)} if found is not None else {},
        frozenset({KEY}) if absent else frozenset(),
    )
    return holds(condition, known, variables=True).value


# By the table "IAM JSON policy elements: Condition operators".
@pytest.mark.parametrize(
    ("operator", "wanted", "value", "matches"),
    [
        ("StringEquals", "Paul", "Paul", True),
        ("StringEquals", "Paul", "paul", False),
        ("StringEquals", "P*", "Paul", False),
        ("StringEqualsIgnoreCase", "PAUL", "paul", True),
        ("StringLike", "P?u*", "Paul", True),
        ("StringLike", "p*", "Paul", False),
        ("StringNotEquals", "Paul", "Mary", True),
        ("StringNotEquals", "Paul", "Paul", False),
        ("StringNotLike", "P*", "Paul", False),
        ("StringNotEqualsIgnoreCase", "PAUL", "paul", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "11", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
        ("DateLessThan", "2020-01-01", "2019-12-31T23:59:59Z", True),
        ("DateLessThan", "1577836800", "2019-12-31T23:59:59Z", True),  # epoch of 2020-01-01
        ("DateEquals", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00Z", True),
        ("Bool", "true", "true", True),
        ("Bool", "true", "false", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
        ("ArnLike", "arn:aws:sns:*:123456789012:t*", "arn:aws:sns:eu-west-1:123456789012:t1", True),
        ("ArnEquals", "arn:aws:iam::*:role/a?", "arn:aws:iam::123456789012:role/ab", True),
        ("ArnLike", "arn:aws:*:role/a", "arn:aws:iam::123456789012:role/a", False),  # by field
        ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/a", False),
    ],
)
def test_a_value_matches_as_its_operator_says(operator, wanted, value, matches):
    assert truth(operator, [wanted], [value]) is matches


@pytest.mark.parametrize("operator", [each for each in OPERATORS if each != "Null"])
def test_a_key_that_is_absent_fails_all_but_negated_operators(operator):
    assert truth(operator, ["1"], None, absent=True) is ("Not" in operator)


@pytest.mark.parametrize("operator", [each for each in OPERATORS if each != "Null"])
def test_if_exists_holds_where_the_key_is_absent(operator):
    assert truth(operator, ["1"], None, absent=True, if_exists=True) is True


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_key_that_nobody_knows_is_unknown_and_names_the_condition(operator):
    condition = Condition(operator, KEY, ("1",))
    result = holds(condition, Context(), variables=True)
    assert result.value is None
    assert result.needs == {condition}


def test_a_wildcard_for_an_unknown_key_is_certain_only_if_absence_would_do():
    assert truth("StringLike", ["*"], None) is None
    assert truth("StringLike", ["*"], None, if_exists=True) is True


@pytest.mark.parametrize(
    ("asked", "there", "result"),
    [("true", False, True), ("true", True, False), ("false", True, True), ("false", False, False)],
)
def test_null_asks_whether_the_key_is_absent(asked, there, result):
    found = ["x"] if there else None
    assert truth("Null", [asked], found, absent=not there) is result


def test_several_values_are_alternatives_and_none_may_match_a_negated_operator():
    assert truth("StringEquals", ["a", "b"], ["b"]) is True
    assert truth("StringNotEquals", ["a", "b"], ["b"]) is False
    assert truth("StringNotEquals", ["a", "b"], ["c"]) is True


# "Set operators for multivalued context keys".
@pytest.mark.parametrize(
    ("quantifier", "operator", "wanted", "found", "result"),
    [
        ("ForAllValues", "StringEquals", ["a", "b"], ["a"], True),
        ("ForAllValues", "StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues", "StringEquals", ["a"], [], True),
        ("ForAnyValue", "StringEquals", ["a", "b"], ["c", "a"], True),
        ("ForAnyValue", "StringEquals", ["a"], ["c"], False),
        ("ForAnyValue", "StringEquals", ["a"], [], False),
        ("ForAllValues", "StringNotEquals", ["a"], ["b", "c"], True),
        ("ForAllValues", "StringNotEquals", ["a"], ["b", "a"], False),
        ("ForAnyValue", "StringNotEquals", ["a"], ["a", "b"], True),
        ("ForAnyValue", "StringNotEquals", ["a"], ["a"], False),
    ],
)
def test_set_operators_ask_all_or_any_of_the_requests_values(
    quantifier, operator, wanted, found, result
):
    assert truth(operator, wanted, found, quantifier=quantifier) is result


@pytest.mark.parametrize(("quantifier", "result"), [("ForAllValues", True), ("ForAnyValue", False)])
def test_an_absent_key_has_all_values_and_no_value(quantifier, result):
    assert truth("StringEquals", ["a"], None, absent=True, quantifier=quantifier) is result


def test_a_variable_in_a_condition_is_the_requests_own_value():
    condition = Condition("StringEquals", KEY, ("${aws:username}",))
    same = Context({KEY: ("ada",), "aws:username": ("ada",)})
    other = Context({KEY: ("ada",), "aws:username": ("bob",)})
    assert holds(condition, same, variables=True).yes
    assert holds(condition, other, variables=True).no
    assert holds(condition, same, variables=False).no
    assert holds(condition, Context({KEY: ("ada",)}), variables=True).value is None


def test_a_name_with_a_star_is_no_wildcard():
    condition = Condition("StringLike", KEY, ("${aws:username}/*",))
    context = Context({KEY: ("bob/x",), "aws:username": ("*",)})
    assert holds(condition, context, variables=True).no


@given(st.text(alphabet="ab*?.$[(", max_size=8), st.text(alphabet="ab.", max_size=8))
def test_wildcards_match_as_a_literal_reading_of_them(pattern, text):
    assert truth("StringLike", [pattern], [text]) is _naive(pattern, text)


def _naive(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_naive(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and _naive(pattern[1:], text[1:])
