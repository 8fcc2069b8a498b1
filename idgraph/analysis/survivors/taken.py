"""Actions that a log shows to have been taken after a reset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from idgraph.analysis.resets.event_log import Event
from idgraph.analysis.survivors.clock import Kill
from idgraph.analysis.survivors.tables import Change, tables

PART_OF_THE_RESET = timedelta(minutes=1)
"""A platform logs its own bookkeeping with a reset; so soon after it, that is no action."""


def logged_kinds() -> frozenset[str]:
    """Return the kinds of events that show an action or its undoing."""
    kinds = ((each.logged_as, each.undone_as) for each in _shown())
    return frozenset(kind for pair in kinds for kind in pair if kind)


def taken(events: Iterable[Event], identity: str, platform: str, at: datetime) -> tuple[Kill, ...]:
    """Return what was done to an identity after its reset, and not undone, in the order of time."""
    mine = [each for each in events if each.target == identity and each.succeeded and each.at]
    return tuple(
        sorted(
            (
                Kill(change, moment)
                for change in _shown()
                if change.platform == platform
                for moment in _moments(mine, change)
                if moment > at + PART_OF_THE_RESET
            ),
            key=lambda kill: kill.at,
        )
    )


def _shown() -> Iterator[Change]:
    for table in tables().values():
        yield from (each for each in table.actions if each.logged_as)


def _moments(events: Iterable[Event], change: Change) -> list[datetime]:
    listed = list(events)
    done = [_at(each) for each in listed if each.kind == change.logged_as]
    undone = [_at(each) for each in listed if each.kind == change.undone_as]
    return [each for each in done if not any(later >= each for later in undone)]


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event.at)
