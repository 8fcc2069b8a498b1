"""Wildcards, ARNs and policy variables.

Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards within the fields of an
ARN, missing fields), "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from idgraph.derive.aws.policy.truth import NO, YES, Truth, known, unknown

FIELDS = 6  # arn:partition:service:region:account:resource
_ESCAPED = {"*": "\ue000", "?": "\ue001", "$": "\ue002"}  # ${*}: the character itself
_BACK = {mark: re.escape(char) for char, mark in _ESCAPED.items()}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*\Z")


@lru_cache(maxsize=65536)
def glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for a text in which `*` is any run of characters and `?` any one."""
    if pattern == "*":
        return lambda _text: True
    if not any(mark in pattern for mark in "*?\ue000\ue001\ue002"):
        return pattern.__eq__
    body = "".join(_piece(each) for each in pattern)
    matches = re.compile(body, re.DOTALL).fullmatch
    return lambda text: matches(text) is not None


def _piece(character: str) -> str:
    if character == "*":
        return ".*"
    if character == "?":
        return "."
    return _BACK.get(character) or re.escape(character)


@lru_cache(maxsize=65536)
def arn_glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for an ARN, field by field; missing fields of the pattern are wildcards.

    A pattern that is no ARN is compared as a text, with its wildcards.
    """
    if not pattern.startswith("arn:") or pattern == "*":
        return glob(pattern)
    fields = pattern.split(":", FIELDS - 1)
    tests = [glob(field) for field in (*fields, *("*",) * (FIELDS - len(fields)))]

    def test(arn: str) -> bool:
        parts = arn.split(":", FIELDS - 1)
        return len(parts) == FIELDS and all(
            check(part) for check, part in zip(tests, parts, strict=True)
        )

    return test


def replaced(pattern: str, value: Callable[[str], tuple[str, ...] | Truth]) -> str | Truth:
    """Return a pattern with its variables replaced.

    `value` gives the values of a condition key, or a Truth: NO where the request has no such key,
    unknown where nobody knows. NO comes back where a variable has no value and no default (the
    statement then matches nothing), unknown where it hangs on one that is not known.
    """
    if "${" not in pattern:
        return pattern
    doubt: Truth = YES

    def put(match: re.Match[str]) -> str:
        nonlocal doubt
        inner = match.group(1)
        if inner in _ESCAPED:
            return _ESCAPED[inner]
        default = _DEFAULT.match(inner)
        key = default.group(1) if default else inner.strip()
        found = value(key)
        if isinstance(found, tuple) and len(found) == 1:
            return _literal(found[0])
        if default and isinstance(found, Truth) and found.no:
            return _literal(default.group(2))
        doubt = doubt & (found if isinstance(found, Truth) else NO)  # a list is no text
        return ""

    text = _VARIABLE.sub(put, pattern)
    return text if doubt.yes else doubt


def _literal(text: str) -> str:
    """Return a text in which wildcards stand for themselves: a name is no pattern."""
    return "".join(_ESCAPED.get(each, each) for each in text)


def any_match(
    patterns: tuple[str, ...],
    text: str,
    *,
    test: Callable[[str], Callable[[str], bool]],
    value: Callable[[str], tuple[str, ...] | Truth] | None,
) -> Truth:
    """Return whether a text fits one of some patterns; `value` replaces variables, None leaves."""
    doubts: set[object] = set()
    for pattern in patterns:
        ready = replaced(pattern, value) if value else pattern
        if isinstance(ready, Truth):
            if not ready.no:
                doubts |= ready.needs
            continue
        if test(ready)(text):
            return YES
    return unknown(*doubts) if doubts else known(value=False)
