"""Which ticket asked for which reset.

The number of the ticket in the log decides. Where the log has none, a ticket and a reset of the
same identity belong together when the ticket's time (executed, or else approved, or else
requested) and the log's lie within `MATCH` of each other and their methods are of one family. A
ticket that names a method belongs to one reset, the nearest; one that names none to all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from idgraph.analysis.resets.acts import Act, family
from idgraph.analysis.resets.event_log import Event
from idgraph.analysis.window import moment_of

MATCH = timedelta(minutes=15)
"""How far apart the service desk's clock and hand may be from the log's."""


@dataclass(frozen=True, slots=True)
class Case:
    """A reset with its ticket, or one of the two where the other is not known."""

    act: Act | None
    ticket: Event | None

    @property
    def at(self) -> str:
        """When it happened, as far as anybody says."""
        return self.act.at if self.act else self.ticket.at if self.ticket else ""


@dataclass(frozen=True, slots=True, order=True)
class _Match:
    """A possible pair, the best first."""

    other_number: bool
    other_method: bool
    apart: timedelta
    act: int
    ticket: int


def cases_of(acts: Sequence[Act], tickets: Sequence[Event]) -> tuple[Case, ...]:
    """Return every act with its ticket, and every ticket that no act belongs to."""
    taken: dict[int, int] = {}  # act -> ticket
    spent: set[int] = set()  # tickets that have their one act
    for match in sorted(_matches(acts, tickets)):
        if match.act in taken or match.ticket in spent:
            continue
        taken[match.act] = match.ticket
        if match.other_number and tickets[match.ticket].text("method"):
            spent.add(match.ticket)
    found = [Case(act, tickets[taken[at]] if at in taken else None) for at, act in enumerate(acts)]
    found += [
        Case(None, ticket) for at, ticket in enumerate(tickets) if at not in set(taken.values())
    ]
    return tuple(found)


def _matches(acts: Sequence[Act], tickets: Sequence[Event]) -> Iterator[_Match]:
    by_name: dict[str, list[int]] = {}
    by_number: dict[str, list[int]] = {}
    for at, ticket in enumerate(tickets):
        by_number.setdefault(ticket.text("ticket"), []).append(at)
        by_name.setdefault(_called(ticket.target), []).append(at)
    for at, act in enumerate(acts):
        said = act.text("ticket")
        numbered = by_number.get(said, []) if said else []
        if numbered:
            yield from _by_number(at, act, numbered, tickets)
            continue
        called = dict.fromkeys((_called(act.identity), act.text("target_name").casefold()))
        near = dict.fromkeys(each for name in called if name for each in by_name.get(name, ()))
        yield from _by_time(at, act, near, tickets)


def _by_number(
    at: int, act: Act, numbered: Iterable[int], tickets: Sequence[Event]
) -> Iterator[_Match]:
    """Yield the rows of the ticket that the log names, of other identities only if of no own."""
    own = [each for each in numbered if _called(tickets[each].target) == _called(act.identity)]
    for each in own or numbered:
        yield _Match(
            other_number=False,
            other_method=tickets[each].text("method") != act.method,
            apart=_apart(act, tickets[each]) or timedelta(),
            act=at,
            ticket=each,
        )


def _by_time(at: int, act: Act, near: Iterable[int], tickets: Sequence[Event]) -> Iterator[_Match]:
    for each in near:
        method, apart = tickets[each].text("method"), _apart(act, tickets[each])
        exact = method in {"", act.method}
        if apart is None or apart > MATCH or family(method or act.method) != family(act.method):
            continue
        if act.by_itself and method != act.method:  # what one does alone afterwards is not it
            continue
        yield _Match(other_number=True, other_method=not exact, apart=apart, act=at, ticket=each)


def _apart(act: Act, ticket: Event) -> timedelta | None:
    one, other = moment_of(act.at), moment_of(ticket.at)
    return None if one is None or other is None else abs(one - other)


def _called(end: str) -> str:
    """Return an end as text to compare: an address without what says that it is one."""
    return end.removeprefix("upn:").casefold()
