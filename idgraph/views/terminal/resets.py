"""Resets in a terminal: each with its parties, and under it what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group
from rich.table import Table
from rich.text import Text

from idgraph.analysis.resets.answer import ResetEvent, Resets
from idgraph.analysis.resets.findings import finding_kind
from idgraph.views.terminal.base import indented, line, listing, rest, show

SHOWN = 40  # resets before "and N more"
_WRONG, _DOUBT = "red", "cyan"


def resets(answer: Resets) -> None:
    """Print the resets in the order of time, then how often what is wrong."""
    show(line(f"{answer.summary}.", "bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for each in answer.events[:SHOWN]:
        grid.add_row(line(each.at or "no time known", "dim"), _reset(answer, each))
    if answer.events:
        show("", indented(grid), rest(len(answer) - SHOWN, "--json has all"))
    if answer.counts:
        rows = ((code, count, finding_kind(code).reads) for code, count in answer.counts.items())
        show("", listing(("finding", "count", "the reset"), rows))
    if answer.refused:
        show("", line(f"Tried and failed, not listed: {len(answer.refused):,}"))
    if answer.notes:
        show("", *(line(f"Not known: {note}.") for note in answer.notes))
    if answer.events:
        show("", line("Start from one: idgraph reach --reset-event ID", "dim"))


def from_reset(told: str) -> None:
    """Print which reset an answer starts from."""
    show(line(told, "dim"), "")


def _reset(answer: Resets, each: ResetEvent) -> Group:
    ticket = f" · ticket {each.ticket}" if each.ticket else ""
    by = _names(answer, each.executors)
    vendor = f" ({each.vendor})" if each.vendor and each.vendor not in by else ""
    executed = f"executed by {by}{vendor}"
    used = f"first used {each.first_use_at}" if each.first_use_at else "no use of it is known"
    how = f"by {each.channel}, proof {each.proof}" if each.assisted else "by itself"
    return Group(
        line(f"{each.method} of {answer.name(each.identity)}", "bold"),
        line(
            f"requested by {answer.name(each.requester)} · approved by "
            f"{_names(answer, each.approvers) or 'nobody'} · {executed}"
        ),
        line(f"{how} · {used}{ticket}"),
        *(_finding(found.code, found.detail) for found in each.findings),
        line(f"{each.id}", "dim"),
        Text(""),
    )


def _finding(code: str, detail: str) -> Text:
    style = _DOUBT if finding_kind(code).doubt else _WRONG
    return line(f"{code}{f': {detail}' if detail else ''}", style)


def _names(answer: Resets, parties: Iterable[str]) -> str:
    return ", ".join(answer.name(each) for each in parties)
