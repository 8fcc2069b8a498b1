"""Survivors in words: what lives on first, then the clock, then what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from idgraph.analysis import display
from idgraph.analysis.survivors.clock import FOREVER, Clock
from idgraph.analysis.survivors.tables import Fate
from idgraph.analysis.telling import not_loaded

if TYPE_CHECKING:
    from idgraph.analysis.survivors.result import Survivor, Survivors

MOST = 20  # rows of a verdict told in words

_HEADS = {
    Fate.SURVIVES: "Alive",
    Fate.CANNOT_TELL: "Cannot be told",
    Fate.REVOKED: "Ended",
}


def tell(answer: Survivors) -> str:
    """Return what survives, in words."""
    lines = [f"{answer.summary}.", f"Counted on: {answer.change.name}."]
    for fate, head in _HEADS.items():
        rows = [each for each in answer.rows if each.verdict is fate]
        if rows:
            lines += ["", f"{head} ({len(rows):,}):"]
            lines += [f"  {_row(each)}" for each in rows[:MOST]]
        if len(rows) > MOST:
            lines.append(f"  … and {len(rows) - MOST:,} more, in to_frame().")
    lines += ["", *_clock(answer.clock), "", *answer.notes, not_loaded(answer.provenance)]
    return "\n".join(display.plain(each) for each in lines)


def _row(row: Survivor) -> str:
    whose = f" of {row.holder.name}" if row.holder.id != row.on.id else ""
    parts = [f"{row.name}, {row.on.name}{whose}: {row.why}."]
    if row.verdict is not Fate.REVOKED:
        parts += [f"Lives {_until(row)}.", _ended_by(row)]
    if row.missing:
        parts.append(f"Not known: {row.missing}.")
    return " ".join([*parts, f"[{', '.join(each.key for each in row.sources)}]"])


def _until(row: Survivor) -> str:
    """Return until when one lives, and until when new ones can be had."""
    one = f"until {row.ending.words}: {row.lives}"
    if row.ending.latest == FOREVER:
        one = row.lives
    again = row.last.latest > row.ending.latest
    return one if not again else f"{one}; the last of new ones: {row.last.words}"


def _ended_by(row: Survivor) -> str:
    sure = [f"{each.action} ({each.delay})" for each in row.killed_by if each.sure]
    perhaps = [each.action for each in row.killed_by if not each.sure]
    if not sure and not perhaps:
        return "Nothing ends it sooner."
    said = [f"Ended by {', or '.join(sure)}."] if sure else []
    return " ".join([*said, *([f"Perhaps by {', or '.join(perhaps)}."] if perhaps else [])])


def _clock(clock: Clock) -> Iterator[str]:
    yield f"The attacker's last possible minute, if nothing more is done: {clock.ending.words}."
    if not clock.steps:
        yield "No action of a defender would make it sooner."
        return
    yield "What shortens it soonest, in this order:"
    for number, step in enumerate(clock.steps, 1):
        yield f"  {number}. At {step.at}: {step.do} ({step.operation})."
        yield f"     Ends {display.listed(step.ends)}. Then the last minute is: {step.then}."
    if clock.restore:
        yield "What was only disabled, comes back with it. Before that, as well:"
        for step in clock.restore:
            yield f"  - {step.do} ({step.operation})."
