"""From events to acts of resetting: what a log tells in several entries is one reset.

A reset of a password is logged by the service that was asked and by the directory; on Okta's
Identity Engine a reset of all factors is logged factor by factor. Entries are one act when they
are about one identity and one kind of reset and belong to one transaction, or follow within
`TOGETHER` with one actor. A factor that somebody else removes is a reset of factors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from idgraph.analysis.resets.event_log import Event
from idgraph.analysis.window import moment_of
from idgraph.vocabulary import events as kinds
from idgraph.vocabulary.events import EVENT_KINDS

TOGETHER = timedelta(seconds=60)
"""Longest time from the first entry of an act to its last, where no transaction joins them."""

FAMILIES = {
    "password_admin": "password",
    "password_sspr": "password",
    "password_user": "password",
    "mfa_reset": "factor",
    "mfa_register": "factor",
    "tap": "factor",
    "secret_rotate": "key",
    "key_create": "key",
}
"""Methods that a ticket may confuse; a method that is not here is a family of its own."""

_TELLING = ("password_sspr", "password_admin", "password_user")  # the first of these names an act


@dataclass(frozen=True, slots=True)
class Act:
    """One reset as logs tell it, its entries in the order of time."""

    method: str
    events: tuple[Event, ...]

    @property
    def main(self) -> Event:
        """The entry that tells most: of this method, with an actor, the earliest."""
        return min(
            self.events,
            key=lambda each: (method_of(each) != self.method, not each.actor, each.at, each.id),
        )

    @property
    def identity(self) -> str:
        """Whose reset it is, "" where the log does not say."""
        return self.main.target

    @property
    def at(self) -> str:
        """When it was executed: the time of the first entry."""
        return self.events[0].at

    @property
    def executors(self) -> tuple[str, ...]:
        """Who executed it; () where the log names nobody."""
        return tuple(filter(None, (self.main.actor,)))

    @property
    def by_itself(self) -> bool:
        """Whether the identity did it to itself."""
        return bool(self.identity) and self.main.actor == self.identity

    def text(self, name: str) -> str:
        """Return a property, of the entry that tells most or of any."""
        return next(filter(None, (each.text(name) for each in (self.main, *self.events))), "")


def family(method: str) -> str:
    """Return what a method belongs to, for comparing it with what a ticket says."""
    return FAMILIES.get(method, method)


def method_of(event: Event) -> str:
    """Return the reset method that an entry is, "" where it is none."""
    if event.kind == kinds.MFA_METHOD_REMOVED.name:
        return "" if event.actor == event.target else "mfa_reset"
    return EVENT_KINDS[event.kind].reset if event.kind in EVENT_KINDS else ""


def acts_of(events: Iterable[Event]) -> tuple[Act, ...]:
    """Return the resets among events that came about, in the order of time; events come so."""
    apart: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        method = method_of(event)
        if method and event.succeeded:
            apart[event.target or event.id, _one_kind(method)].append(event)
    found = [act for entries in apart.values() for act in _acts(entries)]
    return tuple(sorted(found, key=lambda each: (each.at, each.main.id)))


def refused(events: Iterable[Event]) -> tuple[Act, ...]:
    """Return the resets that were tried and did not come about, an entry each."""
    return tuple(
        Act(method_of(each), (each,)) for each in events if method_of(each) and not each.succeeded
    )


def _one_kind(method: str) -> str:
    return "password" if method in _TELLING else method


def _acts(entries: Iterable[Event]) -> list[Act]:
    """Return the acts that entries of one identity and kind, in the order of time, tell of."""
    groups: list[list[Event]] = []
    recent: list[list[Event]] = []  # begun within `TOGETHER`
    by_transaction: dict[str, list[Event]] = {}
    for entry in entries:
        recent = [each for each in recent if _near(each[0], entry)]
        transaction = entry.text("correlation")
        group = by_transaction.get(transaction) if transaction else None
        group = group or next((each for each in recent if _same_hands(entry, each)), None)
        if group is None:
            group = []
            groups.append(group)
            recent.append(group)
        group.append(entry)
        if transaction:
            by_transaction.setdefault(transaction, group)
    return [Act(_method(group), tuple(group)) for group in groups]


def _near(first: Event, entry: Event) -> bool:
    begun, now = moment_of(first.at), moment_of(entry.at)
    return begun is not None and now is not None and now - begun <= TOGETHER


def _same_hands(entry: Event, group: Iterable[Event]) -> bool:
    return any(_same_hand(entry, each) for each in group)


def _same_hand(one: Event, other: Event) -> bool:
    """Return whether two entries may be of one doer.

    The directory logs a self-service reset as the doing of the service that carried it out.
    """
    if not (one.actor and other.actor) or one.actor == other.actor:
        return True
    return "password_sspr" in {method_of(one), method_of(other)}


def _method(group: Sequence[Event]) -> str:
    methods = [method_of(each) for each in group]
    return next((each for each in _TELLING if each in methods), methods[0])
