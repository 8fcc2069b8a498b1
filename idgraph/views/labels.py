"""Labels short enough to stand under a mark; the full name is always in the details."""

from __future__ import annotations

import re
import unicodedata

from idgraph.views.page import shown

WIDTH = 21  # cells of a line; a wide character takes two
_BREAK = re.compile(r"[\s\-_./@:|]")


def label_lines(text: str, width: int = WIDTH) -> tuple[str, ...]:
    """Return a name in one or two lines; what does not fit is elided in the middle."""
    name = shown(text).strip()
    if _cells(name) <= width:
        return (name,)
    head = _first_line(name, width)
    return head.strip(), _elided(name[len(head) :].strip(), width)


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _first_line(name: str, width: int) -> str:
    fits = _prefix(name, width)
    breaks = [match.end() for match in _BREAK.finditer(fits)]
    return fits[: breaks[-1]] if breaks and breaks[-1] * 3 > len(fits) else fits


def _elided(text: str, width: int) -> str:
    if _cells(text) <= width:
        return text
    tail = _prefix(text[::-1], (width - 1) // 2)[::-1]
    return f"{_prefix(text, width - 1 - _cells(tail))}…{tail}"


def _prefix(text: str, width: int) -> str:
    cells = 0
    for at, char in enumerate(text):
        cells += _cells(char)
        if cells > width:
            return text[:at]
    return text
