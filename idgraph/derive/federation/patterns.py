"""Patterns of subjects: whether one covers another, and whether two have a subject in common.

`*` is any run of characters, `?` any one; the case of letters counts, as it does in AWS.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (StringLike).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

from idgraph.derive.aws.policy.patterns import glob

T = TypeVar("T")

_WILD = re.compile(r"[*?]")
_RUN = re.compile(r"[*?]{2,}")
_SOME = str.maketrans("*?", "\ue0f0\ue0f1")  # letters that no subject has


def is_pattern(text: str) -> bool:
    """Return whether a text has a wildcard."""
    return "*" in text or "?" in text


@lru_cache(maxsize=65536)
def covers(pattern: str, other: str) -> bool:
    """Return whether every text that fits the other pattern fits this one, too."""
    if not is_pattern(other):
        return glob(pattern)(other)
    if not glob(pattern)(other.translate(_SOME)):  # one of the texts, by which most are told apart
        return False
    return _covers(_ordered(pattern), _ordered(other))


def _covers(wide: str, narrow: str) -> bool:
    """Walk both from the end: `found[j]` is whether the rest of wide covers narrow[j:]."""
    found = [not narrow[at:] for at in range(len(narrow) + 1)]
    for mark in reversed(wide):
        after, found = found, [False] * (len(narrow) + 1)
        for at in range(len(narrow), -1, -1):
            more = at < len(narrow)
            if mark == "*":
                found[at] = after[at] or (more and found[at + 1])
            elif more and narrow[at] == "*":  # nothing, or one more letter of any kind
                found[at] = found[at + 1] and mark == "?" and after[at]
            elif more:
                found[at] = mark in ("?", narrow[at]) and after[at + 1]
    return found[0]


@lru_cache(maxsize=65536)
def overlap(one: str, other: str) -> bool:
    """Return whether some text fits both patterns."""
    return _may_meet(one, other) and _overlap(one, other)


def _overlap(one: str, other: str) -> bool:
    """Walk the other letter by letter with every place of one that may have been come to.

    The places are the bits of a number, so a step costs little however long the pattern is.
    """
    stars, letters = _bits(one, "*"), (1 << len(one)) - 1
    places = _onward(1, stars)
    for mark in other:
        if mark == "*":
            places = (letters << 1 | 1) & -(places & -places)  # the first of them, and all beyond
        else:
            fitting = letters & ~stars if mark == "?" else _bits(one, mark) | _bits(one, "?")
            places = _onward((places & fitting) << 1 | places & stars, stars)
        if not places:
            return False
    return bool(places >> len(one) & 1)


@lru_cache(maxsize=4096)
def _bits(text: str, mark: str) -> int:
    """Return where a text has a mark, as bits."""
    return sum(1 << at for at, each in enumerate(text) if each == mark)


def _onward(places: int, stars: int) -> int:
    """Return the places with those beyond a `*` that stands for nothing."""
    while (more := places | (places & stars) << 1) != places:
        places = more
    return places


def _may_meet(one: str, other: str) -> bool:
    """Return whether what stands before the first wildcards is no contradiction: most differ."""
    head, start = beginning(one), beginning(other)
    return head.startswith(start) or start.startswith(head)


def beginning(pattern: str) -> str:
    """Return what stands before the first wildcard."""
    return _WILD.split(pattern, 1)[0]


class Begun(Generic[T]):
    """Things with a pattern each, by how it begins: of many, few need to be compared."""

    def __init__(self, things: Iterable[tuple[str, T]]) -> None:
        self._by: dict[str, list[T]] = defaultdict(list)
        for pattern, thing in things:
            self._by[beginning(pattern)].append(thing)
        self._texts = sorted(self._by)

    def near(self, pattern: str) -> Iterator[T]:
        """Yield the things of which the pattern begins as this one does, as far as both go."""
        begun = beginning(pattern)
        for end in range(len(begun)):
            yield from self._by.get(begun[:end], ())
        for at in range(bisect_left(self._texts, begun), len(self._texts)):
            if not self._texts[at].startswith(begun):
                return
            yield from self._by[self._texts[at]]


def _ordered(pattern: str) -> str:
    """Return an equal pattern in which a run of wildcards is written in one way: `??*`."""
    return _RUN.sub(lambda run: "?" * run[0].count("?") + "*" * ("*" in run[0]), pattern)
