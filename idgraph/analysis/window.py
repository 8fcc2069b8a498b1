"""A stretch of time, both ends included: `2026-11-19..2026-11-20T14:00Z`, or with one end open.

A day stands for its beginning where the window begins and for its end where the window ends. A
time without a zone is read as UTC, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from idgraph.errors import InputError

_BETWEEN = ".."
_FORM = "Write it as 2026-11-19..2026-11-20T14:00Z; either end may be left out."
_FIRST = datetime.min.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)  # nothing that is kept is finer


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment to another, in UTC and both included; None where an end is open.

    Raises
    ------
    InputError
        It ends before it begins.
    """

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise InputError(
                f"the window {self}", "ends before it begins", hint="Swap its two ends."
            )

    @classmethod
    def parse(cls, text: str) -> Window:
        """Return the window that a text means.

        Raises
        ------
        InputError
            It is not written as FROM..TO, an end is not a time, or it ends before it begins.
        """
        first, between, last = (part.strip() for part in text.partition(_BETWEEN))
        if not between or not (first or last):
            raise InputError(f"the window {text!r}", "is not written as FROM..TO", hint=_FORM)
        return cls(
            _end(first, time.min, text) if first else None,
            _end(last, time.max, text) if last else None,
        )

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment <= self.end
        )

    def __str__(self) -> str:
        return _BETWEEN.join((_shown(self.start, time.min), _shown(self.end, time.max)))

    def holds(self, text: str) -> bool:
        """Return whether a stored time lies in the window; a text that is no time never does."""
        moment = moment_of(text)
        return moment is not None and moment in self

    @property
    def before(self) -> str | None:
        """The last moment before the window, as ISO 8601; None where it has no beginning."""
        if self.start is None or self.start - _FIRST < _INSTANT:
            return None
        return iso(self.start - _INSTANT)

    def to_json(self) -> dict[str, str | None]:
        """Return the window as `--json` prints it."""
        return {
            "from": iso(self.start) if self.start else None,
            "to": iso(self.end) if self.end else None,
        }


def window_of(asked: Window | str | None) -> Window | None:
    """Return the window that was asked for, in either form."""
    return Window.parse(asked) if isinstance(asked, str) else asked


def moment_of(text: str) -> datetime | None:
    """Return a stored time in UTC, None where the text is no time; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # a first or last day of the calendar, moved by its zone
        return None


def iso(moment: datetime) -> str:
    """Return a moment as ISO 8601 text in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _shown(moment: datetime | None, of_day: time) -> str:
    """Return an end of a window as it may be written, a whole day by its date."""
    if moment is None:
        return ""
    return moment.date().isoformat() if moment.time() == of_day else iso(moment)


def _end(text: str, of_day: time, whole: str) -> datetime:
    """Return an end of a window; a day stands for its first or last moment."""
    try:
        return datetime.combine(date.fromisoformat(text), of_day, UTC)
    except ValueError:
        found = moment_of(text)
    if found is None:
        raise InputError(f"{text!r} in the window {whole!r}", "is not a time", hint=_FORM)
    return found
