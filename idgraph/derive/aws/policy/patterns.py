"""Wildcards, ARNs and policy variables.

Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards within the fields of an
ARN, at the end of one, missing fields), "IAM JSON policy elements: Condition operators" (ARNs),
"IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from idgraph.derive.aws.policy.truth import NO, YES, Truth, known, unknown

FIELDS = 6  # arn:partition:service:region:account:resource
_ESCAPED = {"*": "\ue000", "?": "\ue001", "$": "\ue002"}  # ${*}: the character itself
_BACK = {mark: re.escape(char) for char, mark in _ESCAPED.items()}
_WILD = re.compile("[*?\ue000\ue001\ue002]")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*\Z")


@lru_cache(maxsize=65536)
def glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for a text in which `*` is any run of characters and `?` any one."""
    if pattern == "*":
        return lambda _text: True
    if literal(pattern) == len(pattern):
        return pattern.__eq__
    return _compiled(_expression(pattern, "."))


@lru_cache(maxsize=65536)
def arn_glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for an ARN, field by field, as a condition on ARNs compares them.

    Missing fields of the pattern are wildcards; a pattern that is no ARN is compared as a text.
    """
    if not pattern.startswith("arn:"):
        return glob(pattern)
    return _compiled(_of_fields(pattern, spanning=False))


@lru_cache(maxsize=65536)
def resource_glob(pattern: str) -> Callable[[str], bool]:
    """Return a test for an ARN as Resource names it: a `*` that ends a field may span colons."""
    if not pattern.startswith("arn:"):
        return glob(pattern)
    return _compiled(_of_fields(pattern, spanning=True))


def literal(pattern: str) -> int:
    """Return the length of the text with which all that a pattern takes in begins."""
    found = _WILD.search(pattern)
    return found.start() if found else len(pattern)


def _of_fields(pattern: str, *, spanning: bool) -> str:
    """Return the expression of an ARN pattern; the last field takes in any character."""
    fields = pattern.split(":", FIELDS - 1)
    fields += ["*"] * (FIELDS - len(fields))
    spans = [spanning and field.endswith("*") for field in fields[:-1]]
    if sum(spans) > 1:  # taken for one text: colons of a name could be tried without end
        return _expression(":".join(fields), ".")
    inner = [
        _expression(field.rstrip("*"), "[^:]") + ".*" if spans_on else _expression(field, "[^:]")
        for field, spans_on in zip(fields[:-1], spans, strict=True)
    ]
    return ":".join((*inner, _expression(fields[-1], ".")))


def _compiled(expression: str) -> Callable[[str], bool]:
    matches = re.compile(expression, re.DOTALL).fullmatch
    return lambda text: matches(text) is not None


def _expression(pattern: str, one: str) -> str:
    """Return the expression of a pattern whose `?` is `one` character and whose `*` any number.

    What stands between two `*` is looked for once, at its first place: a pattern of many `*`
    costs no more than its length times that of the text.
    """
    first, *rest = (_piece(each, one) for each in pattern.split("*"))
    if not rest:
        return first
    *middle, last = rest
    return f"{first}{''.join(f'(?>{one}*?{each})' for each in middle if each)}{one}*{last}"


def _piece(text: str, one: str) -> str:
    return "".join(one if each == "?" else _BACK.get(each) or re.escape(each) for each in text)


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


def keys_in(pattern: str) -> Iterator[str]:
    """Yield the condition keys of a pattern's variables, in lower case."""
    for inner in _VARIABLE.findall(pattern):
        if inner not in _ESCAPED:
            default = _DEFAULT.match(inner)
            yield (default.group(1) if default else inner.strip()).lower()


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
