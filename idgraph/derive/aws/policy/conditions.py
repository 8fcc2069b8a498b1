"""Condition operators, in three values.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for
multivalued context keys". Several values of a key are alternatives, of a negated operator none
may match; a key that the request lacks fails every operator but the negated ones, `IfExists`,
`ForAllValues` and `Null: true`. To a set operator an empty value is as none.
"""

from __future__ import annotations

import base64
import binascii
import operator as compare
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network

from idgraph.derive.aws.policy.context import Context, Values
from idgraph.derive.aws.policy.documents import Condition
from idgraph.derive.aws.policy.patterns import arn_glob, glob, replaced
from idgraph.derive.aws.policy.truth import NO, YES, Truth, known, unknown

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
Test = Callable[[str, str], bool]  # (the policy's value, the request's) -> whether it matches


def holds(condition: Condition, context: Context, *, variables: bool) -> Truth:
    """Return whether a condition holds for a request; unknown names the condition itself."""
    found = context.value(condition.key)
    if condition.operator == "Null":
        return _null(condition, found)
    if isinstance(found, Truth) and not found.no:
        return _undecided(condition)
    if isinstance(found, tuple) and condition.quantifier:
        found = tuple(each for each in found if each) or NO
    if isinstance(found, Truth):
        return _without(condition)
    wanted = _wanted(condition, context, variables=variables)
    return unknown(condition) if wanted is None else known(_matches(condition, wanted, found))


def _null(condition: Condition, found: Values | Truth) -> Truth:
    """`Null: true` asks that the key is absent, `Null: false` that it is there."""
    asked = {each.lower() for each in condition.values}
    if asked == {"true", "false"}:
        return YES
    if isinstance(found, Truth) and not found.no:
        return unknown(condition)
    absent = isinstance(found, Truth) or not found
    return known(absent == (asked == {"true"}))


def _without(condition: Condition) -> Truth:
    """Return the truth where the request lacks the key."""
    if condition.if_exists or condition.quantifier == "ForAllValues":
        return YES
    if condition.quantifier == "ForAnyValue":
        return NO
    return known(_negated(condition.operator))


def _undecided(condition: Condition) -> Truth:
    """Return the truth where nobody knows the key: certain only if every value would do."""
    anything = condition.operator in {"StringLike", "ArnLike", "ArnEquals"}
    if anything and "*" in condition.values and _without(condition).yes:
        return YES
    return unknown(condition)


def _wanted(condition: Condition, context: Context, *, variables: bool) -> Values | None:
    """Return the policy's values with their variables replaced, None where one is not known.

    A value whose variable the request lacks can match nothing and is left out. That nothing may
    match it is no help to a negated operator: AWS may then take the statement for invalid.

    Source: IAM User Guide, "IAM policy elements: Variables and tags", the note on top.
    """
    if not variables:
        return condition.values
    ready = [replaced(each, context.value) for each in condition.values]
    lost = [each for each in ready if isinstance(each, Truth)]
    if not all(each.no for each in lost) or (lost and _negated(condition.operator)):
        return None
    return tuple(each for each in ready if isinstance(each, str))


def _matches(condition: Condition, wanted: Values, found: Values) -> bool:
    positive, negated = _positive(condition.operator), _negated(condition.operator)
    test = _TESTS[positive]

    def fits(value: str) -> bool:
        return any(test(each, value) for each in wanted) != negated

    if condition.quantifier == "ForAnyValue":
        return any(map(fits, found))
    if condition.quantifier == "ForAllValues" or negated:
        return all(map(fits, found))
    return any(map(fits, found))


def _negated(name: str) -> bool:
    return "Not" in name


def _positive(name: str) -> str:
    return name.replace("Not", "")


def _number(how: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, value: str) -> bool:
        numbers = [float(each) for each in (value, wanted) if _NUMBER.fullmatch(each)]
        return len(numbers) == 2 and how(*numbers)  # noqa: PLR2004  the value and the policy's

    return test


def _date(how: Callable[[datetime, datetime], bool]) -> Test:
    def test(wanted: str, value: str) -> bool:
        left, right = _moment(value), _moment(wanted)
        return left is not None and right is not None and how(left, right)

    return test


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    """Return an ISO 8601 time or one in seconds since 1970; None for what is neither."""
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _address(wanted: str, value: str) -> bool:
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _bytes(wanted: str, value: str) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


_TESTS: dict[str, Test] = {
    "StringEquals": lambda wanted, value: _plain(wanted) == value,
    "StringEqualsIgnoreCase": lambda wanted, value: _plain(wanted).lower() == value.lower(),
    "StringLike": lambda wanted, value: glob(wanted)(value),
    "NumericEquals": _number(compare.eq),
    "NumericLessThan": _number(compare.lt),
    "NumericLessThanEquals": _number(compare.le),
    "NumericGreaterThan": _number(compare.gt),
    "NumericGreaterThanEquals": _number(compare.ge),
    "DateEquals": _date(compare.eq),
    "DateLessThan": _date(compare.lt),
    "DateLessThanEquals": _date(compare.le),
    "DateGreaterThan": _date(compare.gt),
    "DateGreaterThanEquals": _date(compare.ge),
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "BinaryEquals": _bytes,
    "IpAddress": _address,
    "ArnEquals": lambda wanted, value: arn_glob(wanted)(value),  # the same as ArnLike
    "ArnLike": lambda wanted, value: arn_glob(wanted)(value),
}


def _plain(text: str) -> str:
    """Return a text with the characters that a replaced variable had marked as no wildcards."""
    return text.replace("\ue000", "*").replace("\ue001", "?").replace("\ue002", "$")
