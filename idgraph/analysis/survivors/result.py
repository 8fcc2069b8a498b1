"""The answer to "what survives the reset?": rows with their sources, and the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from idgraph.analysis import display
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import Identity
from idgraph.analysis.survivors.clock import FOREVER, Clock, Ending, stamp
from idgraph.analysis.survivors.tables import Change, Fate, Source
from idgraph.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Ender:
    """An action that ends an artefact, and how soon; `sure` unless that hangs on the unknown."""

    action: str
    do: str
    operation: str
    delay: str
    sure: bool

    def to_json(self) -> dict[str, Any]:
        """Return the action as `--json` prints it."""
        return {
            "action": self.action,
            "do": self.do,
            "operation": self.operation,
            "delay": self.delay,
            "sure": self.sure,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """One artefact on one object, and what became of it.

    `on` is the object that it is or belongs to, `holder` the identity or application whose it is.
    `ending` is when one issued before the reset ends, `last` when the last of its kind does, new
    ones included; `lives` says in words what that depends on. `missing` names the data without
    which nobody can tell.
    """

    artefact: str
    name: str
    on: Identity
    holder: Identity
    verdict: Fate
    ending: Ending
    last: Ending
    lives: str
    why: str
    rule: str  # platform:change/artefact
    killed_by: tuple[Ender, ...]
    sources: tuple[Source, ...]  # of the rule, then of the lifetime
    missing: str = ""
    given: bool = False  # handed out by the reset itself
    own: bool = True  # of the identity itself, not of what it reaches
    over: bool = False  # it has ended by the moment from which actions are counted

    @property
    def until(self) -> str:
        """When it ends, in words: `until it is removed`, a moment, or between two."""
        if self.ending.latest == FOREVER:
            return self.lives
        return self.ending.words

    def to_json(self) -> dict[str, Any]:
        """Return the row as `--json` prints it; a moment is null where there is no end."""
        return {
            "artefact": self.artefact,
            "name": self.name,
            "on": self.on.to_json(),
            "holder": self.holder.to_json(),
            "verdict": self.verdict.value,
            **self.ending.to_json(),
            "last": self.last.to_json(),
            "over": self.over,
            "until": self.until,
            "lives": self.lives,
            "why": self.why,
            "rule": self.rule,
            "given": self.given,
            "missing": self.missing,
            "killed_by": [each.to_json() for each in self.killed_by],
            "sources": [each.to_json() for each in self.sources],
        }


_COLUMNS = [
    "verdict",
    "artefact",
    "name",
    "on",
    "kind",
    "id",
    "holder",
    "earliest",
    "latest",
    "last",
    "lives",
    "why",
    "killed_by",
    "missing",
    "given",
    "rule",
    "sources",
]
_SHOWN = ["verdict", "what", "on", "until", "ended by", "source"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Survivors:
    """What outlives a reset: those that survive first, then those of which nobody can tell."""

    identity: Identity
    change: Change
    rows: tuple[Survivor, ...]
    clock: Clock
    notes: tuple[str, ...] = ()
    provenance: Provenance = UNKNOWN_ORIGIN

    @property
    def reset(self) -> str:
        """The reset method."""
        return self.change.method

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows by verdict."""
        found = Counter(each.verdict for each in self.rows)
        return {fate.value: found[fate] for fate in Fate}

    @property
    def alive(self) -> tuple[Survivor, ...]:
        """The rows that survive, or of which that cannot be told."""
        return tuple(each for each in self.rows if each.verdict is not Fate.REVOKED)

    @property
    def summary(self) -> str:
        """The answer in a line."""
        count = self.counts
        said = display.count_of(count["survives"], "thing survives", "things survive")
        return (
            f"{said} the reset {self.reset} of {self.identity.name}, {count['cannot_tell']:,} "
            f"cannot be told, {count['revoked']:,} ended; "
            f"the attacker's last minute: {self.clock.ending.words}"
        )

    def __repr__(self) -> str:
        return display.plain(f"Survivors({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [
            (
                each.verdict.value,
                each.name,
                each.on.name,
                each.until,
                ", ".join(one.action for one in each.killed_by),
                each.sources[0].key,
            )
            for each in self.rows
        ]
        return display.mimebundle(self.summary, _SHOWN, rows[: display.ROWS_SHOWN], len(rows))

    def to_frame(self, which: str = "rows") -> pd.DataFrame:
        """Return a table: `rows`, the `steps` of the clock, or all `actions`.

        Raises
        ------
        UnknownNameError
            There is no such table.
        """
        import pandas as pd

        if which == "rows":
            return pd.DataFrame(list(self._frame_rows()), columns=_COLUMNS)
        tables = {
            "steps": [each.to_json() for each in self.clock.steps],
            "actions": [each.to_json() for each in self.clock.actions],
        }
        if which not in tables:
            hint = f"Use: rows, {', '.join(tables)}."
            raise UnknownNameError(f"table {which!r}", "does not exist", hint=hint)
        return pd.DataFrame(tables[which])

    def _frame_rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.rows:
            yield (
                each.verdict.value,
                each.artefact,
                each.name,
                each.on.name,
                each.on.kind,
                each.on.id,
                each.holder.name,
                stamp(each.ending.earliest),
                stamp(each.ending.latest),
                stamp(each.last.latest),
                each.lives,
                each.why,
                tuple(one.action for one in each.killed_by),
                each.missing,
                each.given,
                each.rule,
                tuple(one.key for one in each.sources),
            )

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph survivors --json` prints it."""
        return {
            "identity": self.identity.to_json(),
            "reset": self.reset,
            "variant": self.change.variant or None,
            "rule": f"{self.change.platform}:{self.change.id}",
            "as_of": self.provenance.as_of,
            "counts": self.counts,
            "survivors": [each.to_json() for each in self.rows],
            "clock": self.clock.to_json(),
            "notes": list(self.notes),
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the answer in plain sentences: what lives on, until when, what ends it."""
        from idgraph.analysis.survivors.telling import tell

        return tell(self)
