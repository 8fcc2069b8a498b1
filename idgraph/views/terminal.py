"""Answers in a terminal: the answer first, then the paths, then what was not seen.

Every text from a store passes through `plain`, and reaches rich as Text, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from idgraph.analysis.path import Paths
from idgraph.analysis.reach import Reach, Step, Target
from idgraph.ownership import Unowned
from idgraph.stores.protocol import Load
from idgraph.views.plain import plain

SHOWN = 12  # rows of a table before "and N more"
CLASSES = (
    ("privileged", "Privileged roles and scopes"),
    ("nhis", "Non-human identities"),
    ("secret_stores", "Secret stores"),
    ("data", "Data"),
)
VERDICT_WORDS = {"reached": "reached", "reached_if": "reached if", "cannot_tell": "cannot tell"}
VERDICT_STYLES = {"reached": "bold red", "reached_if": "yellow", "cannot_tell": "cyan"}


def console() -> Console:
    """Return the console that answers are printed on."""
    return Console(highlight=False, markup=False, emoji=False)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, out: Console | None = None
) -> None:
    """Print a plain table."""
    (out or console()).print(_table(columns, rows))


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        numeric = column in {"hops", "nodes", "edges", "rows", "count", "load"}
        grid.add_column(column, overflow="fold", justify="right" if numeric else "left")
    for row in rows:
        grid.add_row(*(each if isinstance(each, Text) else Text(plain(each)) for each in row))
    return grid


def heading(text: str, aside: str = "") -> Text:
    """Return a heading with an aside in a quieter style."""
    return Text.assemble((plain(text), "bold"), (f"  {plain(aside)}" if aside else "", "dim"))
