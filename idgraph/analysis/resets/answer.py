"""A reset as it is told, and the answer to "what was reset?"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from idgraph.analysis import display
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.resets.findings import Finding
from idgraph.analysis.window import Window, window_of
from idgraph.errors import AmbiguousNameError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"
MOST_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetEvent:
    """One reset. Parties are ids, aliases or free text as the sources have them, or "unknown".

    Times are ISO 8601 in UTC, "" where nobody says. Nobody has to approve what an identity does
    to itself: then `approvers` is empty.
    """

    id: str  # of the log's entry; of a ticket that no log shows, the ticket's number
    identity: str
    method: str
    channel: str = UNKNOWN
    proof: str = UNKNOWN
    requester: str = UNKNOWN
    approvers: tuple[str, ...] = (UNKNOWN,)
    executors: tuple[str, ...] = (UNKNOWN,)
    vendor: str = ""
    ticket: str = ""
    tenant: str = ""
    requested_at: str = ""
    approved_at: str = ""
    executed_at: str = ""
    first_use_at: str = ""
    first_use_ip: str = ""
    evidence: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def assisted(self) -> bool:
        """Whether somebody else than the identity executed it, as far as is known."""
        return self.executors != (self.identity,)

    @property
    def at(self) -> str:
        """When it happened, or else when it was asked for; "" where nobody says."""
        return self.executed_at or self.approved_at or self.requested_at

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings."""
        return tuple(each.code for each in self.findings)

    def to_json(self, names: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the reset as `idgraph resets --json` prints it."""
        called = names or {}

        def party(text: str) -> dict[str, str]:
            return {"id": text, "name": called.get(text, "")}

        return {
            "id": self.id,
            "identity": party(self.identity),
            "method": self.method,
            "channel": self.channel,
            "proof": self.proof,
            "requester": party(self.requester),
            "approvers": [party(each) for each in self.approvers],
            "executors": [party(each) for each in self.executors],
            "vendor": self.vendor,
            "ticket": self.ticket,
            "tenant": self.tenant,
            "requested_at": self.requested_at,
            "approved_at": self.approved_at,
            "executed_at": self.executed_at,
            "first_use_at": self.first_use_at,
            "first_use_ip": self.first_use_ip,
            "findings": [each.to_json() for each in self.findings],
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A reset that was tried and failed."""

    identity: str
    at: str


@dataclass(frozen=True, eq=False, repr=False)
class Resets:
    """The answer to "what was reset?", in the order of time."""

    events: tuple[ResetEvent, ...]
    names: Mapping[str, str] = field(default_factory=dict)  # of parties, by id
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()  # what cannot be told, and why
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[ResetEvent]:
        return iter(self.events)

    def find(self, text: str) -> ResetEvent:
        """Return a reset by its id, or by the number of its ticket if only one has it.

        Raises
        ------
        UnknownNameError
            There is none.
        AmbiguousNameError
            Several have this ticket.
        """
        wanted = text.strip()
        found = [each for each in self.events if each.id == wanted]
        found = found or [
            each for each in self.events if wanted and each.ticket.casefold() == wanted.casefold()
        ]
        if len(found) == 1:
            return found[0]
        if not found:
            known = [each.id for each in self.events] + [each.ticket for each in self.events]
            hint = did_you_mean(wanted, filter(None, known)) or "`idgraph resets` lists them."
            raise UnknownNameError(f"reset event {text!r}", "is not known", hint=hint)
        raise AmbiguousNameError(
            text, [(each.id, each.method, self.name(each.identity)) for each in found]
        )

    def name(self, party: str) -> str:
        """Return what a party is called, the party itself where nobody says."""
        return self.names.get(party) or party

    def where(self, *, window: Window | str | None = None, identity: str | None = None) -> Resets:
        """Return the resets in a window, by when they happened, and of an identity.

        An identity is an id, or a name or address as the logs have it, in any case. A reset of
        which no time is known lies in no window.

        Raises
        ------
        InputError
            The window cannot be understood.
        """
        stretch = window_of(window)

        def wanted(each: ResetEvent | Refused) -> bool:
            inside = stretch is None or stretch.holds(each.at)
            return inside and (identity is None or self._is_called(each.identity, identity))

        return replace(
            self,
            events=tuple(filter(wanted, self.events)),
            refused=tuple(filter(wanted, self.refused)),
        )

    def _is_called(self, party: str, text: str) -> bool:
        wanted = text.strip().casefold()
        called = {party, party.partition(":")[2], self.names.get(party, "")}
        return wanted in {each.casefold() for each in called if each}

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of resets that each finding is made of, most first."""
        found = Counter(code for each in self.events for code in set(each.codes))
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    @property
    def summary(self) -> str:
        """The answer in a line."""
        known = [each.identity for each in self.events if each.identity != UNKNOWN]
        wrong = sum(any(not each.kind.doubt for each in event.findings) for event in self.events)
        said = display.count_of(len(self.events), "reset")
        whose = display.count_of(len(set(known)), "identity", "identities")
        aside = [f"{len(self) - len(known):,} of nobody knows whom"] * (len(known) < len(self))
        aside += [f"{wrong:,} with something wrong"]
        return ", ".join([f"{said} of {whose}", *aside])

    def __repr__(self) -> str:
        return display.plain(f"Resets({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [
            (
                each.at,
                self.name(each.identity),
                each.method,
                self.name(each.requester),
                tuple(self.name(party) for party in each.approvers),
                tuple(self.name(party) for party in each.executors),
                each.proof,
                each.ticket,
                each.codes,
            )
            for each in self.events[: display.ROWS_SHOWN]
        ]
        return display.mimebundle(self.summary, _SHOWN, rows, len(self.events))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each reset."""
        import pandas as pd

        rows = [
            (
                *(getattr(each, name) for name in _COLUMNS),
                self.name(each.identity),
                each.codes,
            )
            for each in self.events
        ]
        return pd.DataFrame(rows, columns=[*_COLUMNS, "identity_name", "findings"])

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph resets --json` prints it."""
        return {
            "resets": [each.to_json(self.names) for each in self.events],
            "counts": self.counts,
            "refused": len(self.refused),
            "notes": list(self.notes),
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the answer in plain sentences."""
        lines = [f"{self.summary}."]
        for each in self.events[:MOST_TOLD]:
            lines += ["", self.sentence(each), *(f"  {found.sentence}" for found in each.findings)]
        if len(self.events) > MOST_TOLD:
            lines.append(f"… and {len(self.events) - MOST_TOLD:,} more, in to_frame().")
        if self.refused:
            lines += ["", f"{display.count_of(len(self.refused), 'reset')} more failed."]
        lines += [f"Not known: {note}." for note in self.notes]
        return "\n".join(display.plain(each) for each in lines)

    def sentence(self, each: ResetEvent) -> str:
        """Return a reset as a sentence."""
        approvers = display.listed([self.name(party) for party in each.approvers]) or "nobody"
        executors = display.listed([self.name(party) for party in each.executors])
        used = f", first used at {each.first_use_at}" if each.first_use_at else ""
        return (
            f"{each.at or 'At an unknown time'}: {each.method} of {self.name(each.identity)}, "
            f"requested by {self.name(each.requester)}, approved by {approvers}, "
            f"executed by {executors}{used}."
        )


_COLUMNS = [
    "id",
    "identity",
    "method",
    "channel",
    "proof",
    "requester",
    "approvers",
    "executors",
    "vendor",
    "ticket",
    "tenant",
    "requested_at",
    "approved_at",
    "executed_at",
    "first_use_at",
    "first_use_ip",
    "evidence",
]
_SHOWN = [
    "when",
    "identity",
    "method",
    "requester",
    "approvers",
    "executors",
    "proof",
    "ticket",
    "findings",
]
