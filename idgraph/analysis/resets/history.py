"""What an identity did, in the order of time: when it was used, from where, with which factors."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from idgraph.analysis import display
from idgraph.analysis.resets.event_log import Event, WhoIsWho
from idgraph.vocabulary.events import SIGN_IN


@dataclass(frozen=True, eq=False)
class History:
    """The events of one identity that it brought off, by time and id."""

    done: Sequence[Event]

    @cached_property
    def _times(self) -> list[str]:
        return [each.at for each in self.done]

    @cached_property
    def _sign_ins(self) -> list[Event]:
        return [each for each in self.done if each.kind == SIGN_IN.name]

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        """When it first signed in from each address."""
        first: dict[str, str] = {}
        for each in self._sign_ins:
            if address := each.text("ip"):
                first.setdefault(address, each.at)
        return first

    @cached_property
    def _several_factors(self) -> list[str]:
        return [each.at for each in self._sign_ins if each.text("strength") == "multiple"]

    def first_from(self, at: str, apart_from: Container[str]) -> Event | None:
        """Return the first event at a moment or later, apart from those of some ids."""
        later = range(bisect_left(self._times, at), len(self.done))
        return next((self.done[n] for n in later if self.done[n].id not in apart_from), None)

    def is_new(self, address: str, at: str) -> bool:
        """Return whether it signed in before a moment, and never from this address."""
        known = [first for first in self._addresses.values() if first < at]
        return bool(known) and not ("" < self._addresses.get(address, at) < at)

    def had_factors(self, at: str) -> bool:
        """Return whether it signed in with several factors before a moment."""
        return bisect_left(self._several_factors, at) > 0

    def last_with_factors(self, at: str) -> str:
        """Return when it last signed in with several factors before a moment, "" if never."""
        before = bisect_left(self._several_factors, at)
        return self._several_factors[before - 1] if before else ""


@dataclass(frozen=True, slots=True)
class Span:
    """What a log covers: from its first entry to its last, and on to when it was taken."""

    scope: str  # the tenant, organisation or account
    first: str
    last: str
    taken: str

    def covers(self, at: str) -> bool:
        """Return whether an entry of that time would be in it."""
        return self.first <= at <= max(self.last, self.taken)


@dataclass(frozen=True, eq=False)
class Known:
    """What is loaded, as far as resets are judged by it."""

    who: WhoIsWho
    tickets: bool  # whether a register of tickets is loaded
    audits: Sequence[Span]  # logs of what was done
    sign_ins: Sequence[Span]
    done: Iterable[Event] = field(default=(), repr=False)
    _histories: dict[str, History] = field(default_factory=dict, repr=False)

    @cached_property
    def _by_actor(self) -> Mapping[str, Sequence[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.done:
            if event.succeeded and event.actor and event.at:
                found[event.actor].append(event)
        return found

    def history(self, identity: str) -> History:
        """Return what an identity did, under all its ids."""
        if identity not in self._histories:
            events = (
                each
                for node in self.who.one_with(identity)
                for each in self._by_actor.get(node, ())
            )
            done = sorted(events, key=lambda each: (each.at, each.record, each.id))
            self._histories[identity] = History(done)
        return self._histories[identity]

    def shows(self, at: str, scope: str) -> Span | None:
        """Return the log that a reset of that time would stand in, None where none is loaded.

        Of a tenant that no log is of, any log may be meant: tickets call tenants as they like.
        """
        own = [each for each in self.audits if each.scope == scope] or self.audits
        return next((each for each in own if each.covers(at)), None)

    def shows_sign_ins(self, scope: str, at: str) -> bool:
        """Return whether sign-ins of that time are loaded."""
        return any(each.scope == scope and each.covers(at) for each in self.sign_ins)

    def names(self, parties: Iterable[str]) -> str:
        """Return parties by their names, as a list in a sentence."""
        return display.listed([self.who.name(each) or each for each in sorted(parties)])
