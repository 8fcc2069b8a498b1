"""A pull in a terminal: what was asked, what was not seen, and how to load it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from idgraph.views.terminal.base import (
    SHOWN,
    command,
    indented,
    line,
    listing,
    rest,
    show,
    show_whole,
)


def pulled(
    title: str, unseen: Sequence[Sequence[str]], *, columns: Sequence[str], dropped: int
) -> None:
    """Print what was pulled, and what could not be."""
    show(
        line(f"{title}.", "bold"),
        line(f"{dropped:,} fields that idgraph does not read were not written.", "dim"),
    )
    if unseen:
        show(
            indented(listing(columns, unseen[:SHOWN])),
            rest(len(unseen) - SHOWN, "--json has all"),
        )


def to_load(folder: str, at: str, *, store: str | None) -> None:
    """Print the command that loads what was pulled."""
    show_whole(f"Next: {_load(folder, at, store)}", style="dim")


def stopped(title: str, folder: str, at: str, *, store: str | None) -> None:
    """Say on standard error what a pull that was stopped left, and how to load it."""
    screen = Console(stderr=True, highlight=False, markup=False, emoji=False)
    screen.print(line(f"{title}."))
    screen.print(line(f"To load it: {_load(folder, at, store)}"), soft_wrap=True)


def _load(folder: str, at: str, store: str | None) -> str:
    return command("load", "aws_iam", folder, "--observed-at", at, store=store)
