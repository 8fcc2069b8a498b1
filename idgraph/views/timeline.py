"""What survives a reset, over time: bars from the reset to the end of each class of artefacts.

The axis runs in stops from an hour to years, for what lives an hour and what lives for years stand
side by side; it is marked as not to scale. Shape, pattern and words say what colour says. The same
facts stand in a table, for whoever cannot see the chart or wants to copy from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idgraph.analysis.display import plain
from idgraph.analysis.survivors import Ending, Fate, Survivor, Survivors
from idgraph.analysis.survivors.clock import FOREVER, stamp
from idgraph.errors import IdGraphError
from idgraph.shipped import make_folder
from idgraph.views.page import data_uri, render, shown
from idgraph.views.palette import LIGHT, TONES

if TYPE_CHECKING:
    import pandas as pd

WORDS = {Fate.SURVIVES: "survives", Fate.CANNOT_TELL: "cannot tell", Fate.REVOKED: "ended"}

_STOPS = (
    (timedelta(), "reset"),
    (timedelta(hours=1), "1 hour"),
    (timedelta(hours=12), "12 hours"),
    (timedelta(days=2), "2 days"),
    (timedelta(days=14), "14 days"),
    (timedelta(days=90), "90 days"),
    (timedelta(days=365), "1 year"),
    (timedelta(days=5 * 365), "5 years"),
)
_LABELS, _PLOT, _NEVER = 450, 560, 90  # widths, in the units of the drawing
_ROW, _HEAD, _FOOT = 26, 76, 66
_STEP_LABEL = 70  # the width that the words of a step take
_FILLS = {
    Fate.SURVIVES: TONES["privileged"],
    Fate.CANNOT_TELL: TONES["nhi"],
    Fate.REVOKED: LIGHT["muted"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A class of artefacts of the identity, or of what it reaches, as one bar."""

    name: str
    whose: str
    verdict: Fate
    ending: Ending  # of those issued before the reset
    last: Ending  # of new ones, too
    until: str
    over: bool  # all of it has ended by the moment from which actions are counted
    killed_by: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Timeline:
    """The chart of an answer and the table beside it; nothing in it asks any network."""

    answer: Survivors

    @property
    def title(self) -> str:
        """What the chart shows, in a line."""
        one = self.answer
        return f"What survives the reset {one.reset} of {one.identity.name}"

    @property
    def description(self) -> str:
        """What the chart shows, for whoever cannot see it."""
        count = self.answer.counts
        return (
            f"A bar for each class of sessions, tokens and keys, from the reset at "
            f"{stamp(self.answer.clock.at)} to its end. {count['survives']} survive, "
            f"{count['cannot_tell']} cannot be told, {count['revoked']} ended. The attacker's last "
            f"minute: {self.answer.clock.ending.words}. The same is in the table."
        )

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The classes, in the order of the answer's rows."""
        return tuple(_bar(some) for some in _together(self.answer.rows))

    def svg(self) -> str:
        """Return the chart as an SVG file's text."""
        return str(render("timeline.svg.j2", self._drawn()))

    def write(self, path: str | Path) -> Path:
        """Write the chart as an SVG file and return where.

        Raises
        ------
        IdGraphError
            The file cannot be written.
        """
        target = Path(path)
        make_folder(target.parent)
        try:
            target.write_text(self.svg(), encoding="utf-8")
        except OSError as fault:
            raise IdGraphError(
                f"the chart {target}",
                f"cannot be written: {fault.strerror or fault}",
                hint="Name a file in a folder that you may write to.",
            ) from fault
        return target

    def to_frame(self) -> pd.DataFrame:
        """Return the table beside the chart: a row for each bar."""
        import pandas as pd  # noqa: PLC0415  a chart alone needs none

        return pd.DataFrame([self._cells(bar) for bar in self.bars], columns=list(_HEADS))

    def __repr__(self) -> str:
        return f"Timeline({shown(self.title)}: {len(self.bars)} bars)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        page = render(
            "timeline.html.j2",
            {
                "title": self.title,
                "description": self.description,
                "chart": data_uri("image/svg+xml", self.svg()),
                "heads": _HEADS,
                "rows": [self._cells(bar) for bar in self.bars],
            },
        )
        return {"text/plain": shown(f"{self.title}. {self.description}"), "text/html": str(page)}

    def _cells(self, bar: Bar) -> tuple[str, ...]:
        return (
            WORDS[bar.verdict],
            bar.name,
            bar.whose,
            f"{bar.until} (over)" if bar.over else bar.until,
            bar.last.words,
            ", ".join(bar.killed_by),
            ", ".join(bar.sources),
        )

    # Drawing.

    def _drawn(self) -> dict[str, Any]:
        bars, clock = self.bars, self.answer.clock
        top = _HEAD + _ROW * len(bars)
        return {
            "title": self.title,
            "description": self.description,
            "width": _LABELS + _PLOT + _NEVER,
            "height": top + _FOOT,
            "labels": _LABELS,
            "head": _HEAD,
            "foot": top,
            "never": _LABELS + _PLOT,
            "stops": [{"x": self._x(clock.at + span), "text": text} for span, text in _STOPS],
            "rows": [self._row(bar, at) for at, bar in enumerate(bars)],
            "kills": list(self._kills()),
            "reset_at": stamp(clock.at),
            "fills": {WORDS[fate].replace(" ", "-"): fill for fate, fill in _FILLS.items()},
            "theme": LIGHT,
        }

    def _row(self, bar: Bar, at: int) -> Mapping[str, Any]:
        return {
            "y": _HEAD + _ROW * at,
            "height": _ROW,
            "shaded": at % 2 == 1,
            "label": plain(bar.name, 58),
            "whose": plain(bar.whose, 60),
            "verdict": WORDS[bar.verdict],
            "fill": _FILLS[bar.verdict],
            "sure": bar.verdict is Fate.SURVIVES,
            "ended": bar.verdict is Fate.REVOKED,
            "start": self._x(self.answer.clock.at),
            "first": self._x(bar.ending.earliest),
            "end": self._x(bar.ending.latest),
            "endless": bar.ending.latest == FOREVER,
            "last": self._x(bar.last.latest) if bar.last.latest > bar.ending.latest else None,
            "last_endless": bar.last.latest == FOREVER,
        }

    def _kills(self) -> Iterator[Mapping[str, Any]]:
        """Return a mark for each moment of the plan, with the numbers of its steps."""
        numbers: dict[str, list[int]] = {}
        for number, step in enumerate(self.answer.clock.steps, 1):
            numbers.setdefault(step.at, []).append(number)
        clear = 0.0
        for moment, steps in sorted(numbers.items()):
            x = self._x(datetime.fromisoformat(moment))
            words = f"steps {steps[0]}-{steps[-1]}" if len(steps) > 1 else f"step {steps[0]}"
            yield {"x": x, "text": words, "lower": x < clear}  # below one that is too near
            clear = x + _STEP_LABEL

    def _x(self, moment: datetime) -> float:
        """Return where a moment stands: between two stops in proportion, never at the far end."""
        if moment == FOREVER:
            return _LABELS + _PLOT + _NEVER - 14
        span = max(moment - self.answer.clock.at, timedelta())
        width = _PLOT / len(_STOPS)
        for at, ((before, _), (after, _)) in enumerate(pairwise(_STOPS)):
            if span <= after:
                return round(_LABELS + width * (at + (span - before) / (after - before)), 1)
        return _LABELS + width * (len(_STOPS) - 0.5)


_HEADS = (
    "verdict",
    "what",
    "whose",
    "one issued before the reset lives",
    "the last new one ends",
    "ended by",
    "source",
)


def timeline(answer: Survivors) -> Timeline:
    """Return the chart of what survives a reset."""
    return Timeline(answer)


def _together(rows: Sequence[Survivor]) -> list[list[Survivor]]:
    groups: dict[tuple[str, bool, Fate], list[Survivor]] = {}
    for row in rows:
        groups.setdefault((row.artefact, row.own, row.verdict), []).append(row)
    return list(groups.values())


def _bar(rows: Sequence[Survivor]) -> Bar:
    first = rows[0]
    ending = _longest([row.ending for row in rows])
    same = {row.until for row in rows}
    several = first.lives if ending.latest == FOREVER else ending.words
    return Bar(
        name=first.name,
        whose=_whose(rows),
        verdict=first.verdict,
        ending=ending,
        last=_longest([row.last for row in rows]),
        until=same.pop() if len(same) == 1 else several,
        over=all(row.over for row in rows),
        killed_by=tuple(
            each.action if each.sure else f"perhaps {each.action}" for each in first.killed_by
        ),
        sources=tuple(dict.fromkeys(one.key for row in rows for one in row.sources)),
    )


def _longest(endings: Sequence[Ending]) -> Ending:
    return Ending(max(each.earliest for each in endings), max(each.latest for each in endings))


def _whose(rows: Sequence[Survivor]) -> str:
    names = list(dict.fromkeys(row.holder.name for row in rows))
    more = len(names) - 2
    return ", ".join(names[:2]) + (f" and {more} more" if more > 0 else "")
