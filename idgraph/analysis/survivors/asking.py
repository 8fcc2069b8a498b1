"""How a question about survivors is written: actions with their moments, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from idgraph.analysis.methods import METHODS
from idgraph.analysis.survivors.clock import Kill
from idgraph.analysis.survivors.tables import action
from idgraph.errors import InputError


def actions_named(
    texts: Iterable[str], now: datetime, moment: Callable[[str], datetime]
) -> tuple[Kill, ...]:
    """Return the kills that `ACTION` or `ACTION=TIME` name; without a time, as of now.

    Raises
    ------
    UnknownNameError
        There is no such action.
    """
    kills = []
    for text in texts:
        name, _, when = text.partition("=")
        kills.append(Kill(action(name.strip()), moment(when.strip()) if when.strip() else now))
    return tuple(kills)


def missing_reset(identity: str | None) -> InputError:
    """Return the error for a question that does not say how, or whom."""
    if identity is None:
        return InputError(
            "the question", "names no identity", hint="Name one, or a reset with --reset-event."
        )
    return InputError(
        f"the reset of {identity}",
        "is of no method, and what survives hangs on it",
        hint=f"Say --reset with one of: {', '.join(METHODS)}.",
    )
