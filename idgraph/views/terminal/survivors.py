"""What survives a reset, in a terminal: the last minute first, then the rows, then what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from idgraph.analysis.display import plain
from idgraph.analysis.survivors import Fate, Survivors
from idgraph.analysis.survivors import actions as known_actions
from idgraph.analysis.survivors.clock import Step
from idgraph.views.terminal.base import indented, line, listing, rest, show, show_whole
from idgraph.views.timeline import Bar, Timeline

SHOWN = 30  # classes of artefacts before "and N more"

_STYLES = {Fate.SURVIVES: "bold red", Fate.CANNOT_TELL: "cyan", Fate.REVOKED: "green"}
_HEADS = {
    Fate.SURVIVES: "Survives",
    Fate.CANNOT_TELL: "Cannot be told",
    Fate.REVOKED: "Ended",
}


def survivors(answer: Survivors, chart: Path | None = None) -> None:
    """Print what survives a reset, and what shortens the attacker's time."""
    ending = answer.clock.ending
    show(
        line(f"The attacker's last possible minute: {ending.words}.", "bold"),
        line(
            f"{answer.identity.name} ({answer.identity.id}) · {answer.change.name} · "
            f"reset at {answer.clock.to_json()['reset_at']} · as of {answer.provenance.as_of}",
            "dim",
        ),
        "",
    )
    bars = Timeline(answer).bars
    for fate, head in _HEADS.items():
        some = [bar for bar in bars if bar.verdict is fate]
        if some:
            rows = sum(row.verdict is fate for row in answer.rows)
            table = _ended(some[:SHOWN]) if fate is Fate.REVOKED else _alive(some[:SHOWN])
            show(line(f"{head} ({rows:,})", _STYLES[fate]), indented(table))
            show(rest(len(some) - SHOWN, "--json has all"), "")
    show(*_plan(answer))
    show(*(line(each, "dim") for each in answer.notes))
    show(line("Every row with its reasons, ids and sources: --json", "dim"))
    if chart is not None:
        show_whole(f"The timeline: {chart}", style="bold")


def _alive(bars: Sequence[Bar]) -> Table:
    rows = (
        (
            bar.name,
            plain(bar.whose, 48),
            _until(bar),
            ", ".join(bar.killed_by) or "nothing, sooner",
            ", ".join(bar.sources),
        )
        for bar in bars
    )
    return listing(("what", "whose", "until", "ended by", "source"), rows)


def _until(bar: Bar) -> str:
    if bar.over:
        return f"{bar.until} (over)"
    if bar.last.latest == bar.ending.latest:
        return bar.until
    return f"{bar.until}; new ones: {bar.last.words}"


def _ended(bars: Sequence[Bar]) -> Table:
    rows = ((bar.name, plain(bar.whose, 48), bar.until, ", ".join(bar.sources)) for bar in bars)
    return listing(("what", "whose", "ended at", "source"), rows)


def _plan(answer: Survivors) -> Iterator[Any]:
    clock = answer.clock
    if not clock.steps:
        yield line("No action of a defender would make the last minute sooner.")
        yield ""
        return
    yield line("What shortens it soonest", "bold")
    yield indented(_steps(clock.steps))
    if clock.restore:
        yield line("Before what was disabled is enabled again, as well", "bold")
        yield indented(_steps(clock.restore, brief=True))
    yield ""


def _steps(steps: Sequence[Step], *, brief: bool = False) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    taken: set[str] = set()
    for number, step in enumerate(steps, 1):
        again = "  again:" if step.action in taken else ""
        taken.add(step.action)
        parts = [
            Text.assemble((plain(step.action), "bold"), again, f"  {plain(step.do)}"),
            line(f"{step.operation}", "dim"),
        ]
        if not brief:
            parts.append(line(f"at {step.at}; then the last minute is: {step.then}", "yellow"))
        grid.add_row(f"{number}.", Group(*parts))
    return grid


def actions() -> None:
    """Print the actions that a defender can take."""
    rows = ((each.id, each.platform, each.do) for each in known_actions().values())
    show(listing(("action", "platform", "what it is"), rows))
