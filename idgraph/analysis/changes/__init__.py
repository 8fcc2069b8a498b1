"""What was granted, created, added, changed or removed inside a window, told by three witnesses.

platform    the platform's own times, as the records state them
event       the events of a log
first seen  what a load saw that the load before of the same source did not

They are kept apart and never made one: a platform's time may be set by whoever makes the object,
a log may have gaps, and a load says only that something happened since the load before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from idgraph.analysis import display
from idgraph.analysis.diff.facts import Change
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import Identity
from idgraph.analysis.window import Window
from idgraph.analysis.witness import Witness
from idgraph.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

MOST_TOLD = 12


HEADS = {
    Witness.PLATFORM: "By the platform's own times",
    Witness.EVENT: "By the events of a log",
    Witness.FIRST_SEEN: "First seen by a load, so at some time since the load before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedChange:
    """Something that one witness says happened; times are ISO 8601 in UTC."""

    witness: Witness
    change: Change
    kind: str  # of the object, the relation or the event; the word of an owner claim
    id: str  # of the object, or of the one that gains
    name: str
    target: str = ""  # what is gained: a relation's end, an event's object
    target_name: str = ""
    words: str
    at: str
    since: str = ""  # first seen: when the load before looked, so it happened between the two
    by: str = ""  # event: who did it
    by_name: str = ""
    source: str
    sure: bool = True  # False: the load before did not see the list whole
    rows: tuple[int, ...] = ()  # in the store
    evidence: tuple[str, ...] = ()

    @property
    def ends(self) -> frozenset[str]:
        """The ids that it is about, and of who did it."""
        return frozenset((self.id, self.target, self.by)) - {""}

    @property
    def order(self) -> tuple[Any, ...]:
        """What sorts changes: by time, then always the same way."""
        return self.at, self.change.value, self.kind, self.id, self.target, self.words, self.source

    def to_json(self) -> dict[str, Any]:
        """Return the change as `--json` prints it."""
        said: dict[str, Any] = {
            "change": self.change.value,
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "target": self.target,
            "target_name": self.target_name,
            "words": self.words,
            "at": self.at,
            "source": self.source,
            "evidence": list(self.evidence),
        }
        if self.witness is Witness.EVENT:
            said |= {"by": self.by, "by_name": self.by_name}
        if self.witness is Witness.FIRST_SEEN:
            said |= {"since": self.since, "sure": self.sure}
        return said


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Changes:
    """The answer to "what changed inside the window?", one list a witness, each by time."""

    window: Window
    by_platform: tuple[TimedChange, ...]
    by_event: tuple[TimedChange, ...]
    first_seen: tuple[TimedChange, ...]
    notes: tuple[str, ...] = ()  # what each witness could not say
    identity: Identity | None = None  # only what is about it, or done by it
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return sum(map(len, self.by_witness.values()))

    def __iter__(self) -> Iterator[TimedChange]:
        for some in self.by_witness.values():
            yield from some

    @cached_property
    def by_witness(self) -> dict[Witness, tuple[TimedChange, ...]]:
        """The changes by who says so."""
        return {
            Witness.PLATFORM: self.by_platform,
            Witness.EVENT: self.by_event,
            Witness.FIRST_SEEN: self.first_seen,
        }

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of changes by witness and by what became of things."""
        return {
            witness.value: {
                change.value: sum(each.change is change for each in some) for change in Change
            }
            for witness, some in self.by_witness.items()
        }

    def about(self, identity: Identity) -> Changes:
        """Return the changes that are about an identity, or done by it."""
        kept = [
            tuple(each for each in some if identity.id in each.ends)
            for some in self.by_witness.values()
        ]
        return Changes(
            window=self.window,
            by_platform=kept[0],
            by_event=kept[1],
            first_seen=kept[2],
            notes=self.notes,
            identity=identity,
            provenance=self.provenance,
        )

    def named(self, text: str) -> Identity | None:
        """Return who of those that changed is called so, though no graph may know it any more."""
        folded = text.strip().casefold()
        for each in self:
            for node, name in ((each.id, each.name), (each.by, each.by_name)):
                if node and folded in {node.casefold(), name.casefold()}:
                    return Identity(node, "", name)
        return None

    @property
    def summary(self) -> str:
        """The answer in a line."""
        platform, event, seen = map(len, self.by_witness.values())
        whom = f" about {self.identity.name}" if self.identity else ""
        return (
            f"{display.count_of(platform, 'change')}{whom} by the platform's own times, "
            f"{event:,} by events, {seen:,} by what a load first saw, in {self.window}"
        )

    def __repr__(self) -> str:
        return display.plain(f"Changes({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row[:6] for row in self._rows()]
        return display.mimebundle(self.summary, _COLUMNS[:6], rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self:
            yield (
                each.witness.value,
                each.at,
                each.change.value,
                each.words,
                each.by_name or each.by,
                each.since,
                each.kind,
                each.id,
                each.target,
                each.sure,
                each.source,
                each.evidence,
            )

    def to_frame(self, which: str = "changes") -> pd.DataFrame:
        """Return a row for each change: of all witnesses (`changes`), or of one by its name.

        Raises
        ------
        UnknownNameError
            There is no such table.
        """
        import pandas as pd

        frame = pd.DataFrame(list(self._rows()), columns=_COLUMNS)
        if which == "changes":
            return frame
        if which not in set(Witness):
            raise UnknownNameError(
                f"table {which!r}",
                "does not exist",
                hint=f"Use: changes, {', '.join(Witness)}.",
            )
        return frame[frame["witness"] == which].reset_index(drop=True)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph changes --json` prints it."""
        return {
            "window": self.window.to_json(),
            "identity": self.identity.to_json() if self.identity else None,
            "counts": self.counts,
            **{
                witness.value: [each.to_json() for each in some]
                for witness, some in self.by_witness.items()
            },
            "notes": list(self.notes),
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the changes in plain sentences, one list a witness."""
        lines = [f"{self.summary}."]
        for witness, some in self.by_witness.items():
            lines += ["", f"{HEADS[witness]} ({len(some):,}):"]
            lines += [f"  {told(each)}" for each in some[:MOST_TOLD]]
            if len(some) > MOST_TOLD:
                lines.append(f"  … and {len(some) - MOST_TOLD:,} more, in to_frame().")
        if self.notes:
            lines += ["", *self.notes]
        return "\n".join(display.plain(each) for each in lines)


_COLUMNS = [
    "witness",
    "at",
    "change",
    "words",
    "by",
    "since",
    "kind",
    "id",
    "target",
    "sure",
    "source",
    "evidence",
]


def told(each: TimedChange) -> str:
    """Return a change in a line."""
    who = f" by {each.by_name or each.by}" if each.by else ""
    doubt = "" if each.sure else " [not for certain: its list was not seen whole before]"
    places = f" (evidence: {', '.join(each.evidence)})" if each.evidence else ""
    return f"{each.at}  {each.change.value}{who}: {each.words}{doubt}{places}"
