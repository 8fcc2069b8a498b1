"""How results look: plain text for any terminal, and a small table of HTML.

Names come from directories in which attackers write. Here, and only here, they become something
to look at: every text is escaped once for the place it goes to. Control characters could move the
cursor or recolour the screen, and characters of direction could show one name as another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

ROWS_SHOWN = 20

_LINE_ENDS = {"\n": "\\x0a", "\r": "\\x0d"}
_CELL = "text-align:left;padding:2px 10px 2px 0;vertical-align:top"


def plain(text: object, limit: int | None = None) -> str:
    """Return a text in one line, each character that cannot be printed as a visible escape.

    With a limit, a longer text is cut in the middle, so that both ends stay readable.
    """
    shown = unicodedata.normalize("NFC", str(text))
    if not shown.isprintable():
        shown = "".join(map(_visible, shown))
    if limit is None or len(shown) <= limit:
        return shown
    head = (limit - 1) * 2 // 3
    return f"{shown[:head]}…{shown[len(shown) - (limit - 1 - head) :]}"


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":  # a space of some width
        return character
    return _LINE_ENDS.get(character) or ascii(character)[1:-1]


def html(text: object) -> str:
    """Return a text for the inside of an HTML element or a quoted attribute."""
    return escape(plain(text), quote=True)


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    if len(words) < 2:  # noqa: PLR2004  one word is no list
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def mimebundle(
    summary: str, columns: Sequence[str], rows: Iterable[Sequence[object]], total: int
) -> dict[str, str]:
    """Return what `_repr_mimebundle_` gives: the summary, and with it a table of the first rows."""
    body = [f"<tr>{''.join(_cell(each) for each in row)}</tr>" for row in rows]
    head = "".join(f'<th scope="col" style="{_CELL}">{html(name)}</th>' for name in columns)
    parts = [f"<p>{html(summary)}</p>"]
    if body:
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>")
    if total > len(body):
        parts.append(f"<p>The first {len(body):,} of {total:,} rows.</p>")
    return {"text/plain": plain(summary), "text/html": "".join(parts)}


def _cell(value: object) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
    return f'<td style="{_CELL}">{html(shown)}</td>'
