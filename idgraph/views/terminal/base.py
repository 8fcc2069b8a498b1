"""What every answer in a terminal is made of: a console, tables and lines.

Every text from a store passes through `plain`, and reaches rich as Text, never as markup.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from idgraph.analysis.display import plain

SHOWN = 12  # rows of a table before "and N more"
UNATTENDED_WIDTH = 120  # where the output is no terminal and nobody says how wide
_NUMBERS = frozenset({"steps", "count"})
_CUT = frozenset({"by way of"})  # columns that stay on one line, whatever is lost
_WHOLE = _NUMBERS | {"verdict", "reason", "loader", "query"}  # columns that are never folded


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line, which ends in peace when a reader goes away."""
        raise BrokenPipeError


def console() -> Console:
    """Return the console that answers are printed on."""
    out = _Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = UNATTENDED_WIDTH
    return out


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table."""
    console().print(listing(columns, rows))


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a plain table of texts made safe to print."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        grid.add_column(
            column,
            overflow="ellipsis" if column in _CUT else "fold",
            justify="right" if column in _NUMBERS else "left",
            no_wrap=column in _WHOLE,
        )
    for row in rows:
        grid.add_row(*(each if isinstance(each, Text) else Text(plain(each)) for each in row))
    return grid


def line(text: str, style: str = "") -> Text:
    """Return a text made safe to print."""
    return Text(plain(text), style=style)


def indented(part: Any, by: int = 2) -> Padding:
    """Return a part moved to the right."""
    return Padding(part, (0, 0, 0, by), expand=False)


def rest(count: int, more: str) -> Text | None:
    """Return how many rows are not shown and where they are, None when all are."""
    return line(f"  and {count:,} more: {more}", "dim") if count > 0 else None


def show(*parts: Any) -> None:
    """Print parts of an answer one under the other; None is left out."""
    out = console()
    for part in parts:
        if part is not None:
            out.print(part)


def show_whole(*lines: str, style: str = "") -> None:
    """Print lines without breaking them, so that a command can be copied."""
    out = console()
    for each in lines:
        out.print(line(each, style), soft_wrap=True)


def command(*words: str, store: str | None = None) -> str:
    """Return a command of idgraph as one would type it."""
    named = ("--store", store) if store else ()
    return shlex.join(("idgraph", *words, *named))
