"""Loads and coverage in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group
from rich.table import Table

from idgraph.analysis.display import plain
from idgraph.snapshot import Coverage
from idgraph.stores.protocol import Load
from idgraph.views.terminal.base import SHOWN, indented, line, listing, rest, show


def loaded(
    title: str, summary: str, rejected: Sequence[tuple[str, str]], hints: Sequence[str]
) -> None:
    """Print what a load brought, and what it refused."""
    show(line(f"{title[:1].upper()}{title[1:]}", "bold"), line(f"{summary}."))
    if rejected:
        show(
            indented(listing(("rejected at", "because it"), rejected[:SHOWN])),
            rest(len(rejected) - SHOWN, "--json has all"),
        )
    show(*(line(each, "dim") for each in hints))


def loads(summary: str, listed: Sequence[Load]) -> None:
    """Print what was loaded, oldest first."""
    show(line(f"{summary}.", "bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for each in listed:
        grid.add_row(f"{each.number}.", _load(each))
    if listed:
        show("", indented(grid))


def _load(load: Load) -> Group:
    guess = ", by the file's time" if load.observed_is_guess else ""
    rejected = f" · {load.rejected:,} rejected" if load.rejected else ""
    return Group(
        line(plain(load.source, 100)),
        line(f"seen {load.observed_at}{guess} · loaded {load.loaded_at[:19]}Z", "dim"),
        line(
            f"{load.nodes:,} nodes, {load.edges:,} edges · {load.opened:,} facts new, "
            f"{load.closed:,} ended{rejected}",
            "dim",
        ),
    )


def coverage(
    summary: str,
    loaded: Sequence[Coverage],
    missing: Sequence[Coverage],
    notes: Sequence[str],
    conflicts: Sequence[str],
) -> None:
    """Print what was not seen of each source, what was, and what could not be decided."""
    show(line(f"{summary}.", "bold"))
    for source, some in _by_source(missing):
        rows = ((each.record, _not_seen(each)) for each in some)
        show("", line(f"Not seen whole: {plain(source, 60)}"))
        show(indented(listing(("record", "what is missing"), rows)))
    for source, some in _by_source(loaded):
        kinds = ", ".join(f"{each.record}\N{NO-BREAK SPACE}{each.count:,}" for each in some)
        show("", line(f"Seen whole: {plain(source, 60)}"), indented(line(kinds, "dim")))
    for title, texts in (("Contradictions", conflicts), ("Not decided", notes)):
        if texts:
            told = (indented(line(each, "yellow")) for each in texts)
            show("", line(f"{title} ({len(texts):,})", "bold"), *told)


def _by_source(some: Sequence[Coverage]) -> list[tuple[str, list[Coverage]]]:
    ordered = sorted(some, key=lambda each: each.source)
    return [(name, list(mine)) for name, mine in groupby(ordered, lambda each: each.source)]


def _not_seen(seen: Coverage) -> str:
    verb = "was" if seen.count == 1 else "were"
    counted = f"{seen.count:,} {verb} seen" if seen.count else ""
    return "; ".join(filter(None, (seen.about, counted)))
