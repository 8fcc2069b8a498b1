"""The clock: until when an attacker can go on, and what each action makes of that.

Artefacts are counted in batches: all of one class that the identity itself has, or that it
reaches. A batch ends when its last artefact can have ended. That is later than the reset plus a
lifetime where new ones can be had: whoever holds a refresh token at noon has an access token until
half past one, and whoever has that may add another secret until then. So an action ends a batch
only if it is taken when nothing is left that could bring new ones; taken sooner, it is in vain, and
it does not count. More actions never make an end later.

Times are UTC. The earliest end takes every unknown in the defender's favour, the latest in the
attacker's: between them lies the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from idgraph.analysis.survivors.tables import Artefact, Cell, Change, Fate, Life

FOREVER = datetime.max.replace(tzinfo=UTC)
"""No end, as a moment later than any other."""

Key = tuple[str, bool]  # artefact, whether the identity itself has it


def later(moment: datetime, span: timedelta | None) -> datetime:
    """Return a moment after a span; never, where either has no end."""
    if span is None or moment >= FOREVER - span:
        return FOREVER
    return moment + span


def stamp(moment: datetime) -> str | None:
    """Return a moment as ISO 8601 in UTC, None for never."""
    if moment == FOREVER:
        return None
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, order=True)
class Ending:
    """Between when and when something ends; `FOREVER` where it need not end at all."""

    earliest: datetime
    latest: datetime

    def to_json(self) -> dict[str, str | None]:
        """Return both moments as texts, null for never."""
        return {"earliest": stamp(self.earliest), "latest": stamp(self.latest)}

    @property
    def words(self) -> str:
        """The ending in words."""
        first, last = stamp(self.earliest), stamp(self.latest)
        if last is None:
            return f"no end, {first} at the earliest" if first else "no end"
        return f"{last}" if first == last else f"between {first} and {last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All artefacts of one class that the identity has, or that it reaches.

    `cell` is what the reset did to the class. `sure` says that at least one is there and survives
    for certain. `ends` are end dates that the platform states; they take the place of a lifetime.
    `stated` is a lifetime that the platform states, in place of the table's.
    """

    artefact: Artefact
    own: bool
    cell: Cell
    sure: bool
    ends: Ending | None = None
    stated: Life | None = None

    @property
    def key(self) -> Key:
        """The class, and whether the identity itself has it."""
        return self.artefact.id, self.own

    @property
    def life(self) -> Life:
        """How long one lives from its issue."""
        return self.stated or self.artefact.life

    @property
    def parents(self) -> tuple[Key, ...]:
        """The batches that new ones can be had with."""
        return (*self.sure_parents, *((name, False) for name in self.artefact.perhaps_by))

    @property
    def sure_parents(self) -> tuple[Key, ...]:
        """Those of them with which new ones can be had for certain."""
        thing = self.artefact
        same = tuple((name, self.own) for name in thing.minted_by)
        mine = () if self.own else (*thing.minted_by_own, *thing.abroad)
        return (*same, *((name, True) for name in mine))


@dataclass(frozen=True, slots=True)
class Kill:
    """An action, taken at a moment."""

    change: Change
    at: datetime


class Reckoning:
    """When each batch ends, given the kills made; worked out once."""

    def __init__(
        self,
        batches: Mapping[Key, Batch],
        at: datetime,
        kills: Iterable[Kill],
        *,
        guest: bool,
        order: Sequence[Key] | None = None,
    ) -> None:
        self.batches = batches
        self.order = order or in_order(batches)
        self.at = at
        self.kills = tuple(kills)
        self.guest = guest
        self.endings: dict[Key, Ending] = {}
        self._born: dict[Key, Ending] = {}
        for key in self.order:
            self.endings[key] = self.ending(batches[key])

    def ending(self, batch: Batch) -> Ending:
        """Return when an artefact like those of a batch ends; its parents are worked out."""
        born = self.born(batch)
        first, last = self._natural(batch, born)
        for kill in self.kills:
            cell = effect(kill.change, batch.artefact, guest=self.guest)
            if cell.fate is Fate.SURVIVES:
                continue
            if born.earliest <= kill.at:
                first = min(first, later(kill.at, self._felt(cell)))
            if cell.fate is Fate.REVOKED and born.latest <= kill.at:
                last = min(last, later(kill.at, cell.delay.most))
        return Ending(min(first, last), last)

    def _felt(self, cell: Cell) -> timedelta:
        """Return how soon an end is felt at the earliest: at once, unless it is documented."""
        return timedelta() if cell.fate is Fate.CANNOT_TELL else cell.delay.most

    def born(self, batch: Batch) -> Ending:
        """Return until when new ones of a batch can be had."""
        if batch.key not in self._born:
            self._born[batch.key] = self._had_until(batch)
        return self._born[batch.key]

    def _had_until(self, batch: Batch) -> Ending:
        known = [key for key in batch.parents if key in self.endings]
        last = max((self.endings[key].latest for key in known), default=self.at)
        certain = [key for key in batch.sure_parents if key in self.endings]
        sure = [self.endings[key].earliest for key in certain if self.batches[key].sure]
        return Ending(max(self.at, max(sure, default=self.at)), max(self.at, last))

    def _natural(self, batch: Batch, born: Ending) -> tuple[datetime, datetime]:
        """Return the earliest and the latest end if nothing is done after the reset."""
        if batch.ends is not None:
            return (batch.ends.earliest if batch.sure else self.at, batch.ends.latest)
        life, cell = batch.life, batch.cell
        first = later(born.earliest, life.least) if batch.sure else self.at
        last = later(born.latest, life.most)
        if cell.fate is not Fate.REVOKED:
            return first, last
        old = later(self.at, cell.delay.most)
        return (old, old) if born.latest <= self.at else (old, max(old, last))

    def ended_by(self, batch: Batch) -> Kill | None:
        """Return the kill that ends a batch for certain, the first of several."""
        born = self.born(batch).latest
        sure = [
            kill
            for kill in self.kills
            if effect(kill.change, batch.artefact, guest=self.guest).fate is Fate.REVOKED
            and born <= kill.at
        ]
        return min(sure, key=lambda kill: kill.at, default=None)

    def killed_in_vain(self) -> tuple[Kill, ...]:
        """Return the kills that end no batch, nor may end one."""
        return tuple(
            kill
            for kill in self.kills
            if all(
                effect(kill.change, each.artefact, guest=self.guest).fate is Fate.SURVIVES
                for each in self.batches.values()
            )
        )

    @cached_property
    def total(self) -> Ending:
        """The attacker's last possible minute."""
        return Ending(
            max((each.earliest for each in self.endings.values()), default=self.at),
            max((each.latest for each in self.endings.values()), default=self.at),
        )

    @cached_property
    def measure(self) -> tuple[int, datetime, float]:
        """How bad it is, least first: batches without end, the last minute, all time together."""
        lasts = [each.latest for each in self.endings.values()]
        span = sum((each - self.at).total_seconds() for each in lasts if each != FOREVER)
        return sum(each == FOREVER for each in lasts), self.total.latest, span

    def and_then(self, kill: Kill) -> Reckoning:
        """Return the reckoning with one kill more."""
        return self.with_kills((*self.kills, kill))

    def with_kills(self, kills: Iterable[Kill]) -> Reckoning:
        """Return the reckoning of the same batches with other kills."""
        return Reckoning(self.batches, self.at, kills, guest=self.guest, order=self.order)


def effect(change: Change, artefact: Artefact, *, guest: bool) -> Cell:
    """Return what an action does to an artefact; a guest's own can only be ended at home."""
    if artefact.id not in change.cells:
        return change.cell(artefact.id)
    elsewhere = guest and artefact.kept_at_home and not (change.also_guests or change.guests_only)
    if elsewhere or (change.guests_only and not guest):
        return Cell(fate=Fate.SURVIVES, source=change.source)
    return change.cell(artefact.id)


def in_order(batches: Mapping[Key, Batch]) -> list[Key]:
    """Return the batches, each after those it can be had with."""
    present = {
        key: {each for each in batch.parents if each in batches} for key, batch in batches.items()
    }
    return list(TopologicalSorter(present).static_order())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of the plan: what it ends, and the last minute after it."""

    action: str
    do: str
    operation: str
    at: str
    ends: tuple[str, ...]  # artefacts, in words
    left: int  # classes that may still be alive after it
    endless: int  # of them, those without an end
    ending: Ending

    @property
    def then(self) -> str:
        """The last minute after it, in words."""
        if not self.endless:
            return self.ending.words
        return f"no end, by {self.endless} of {self.left} kinds left"

    def to_json(self) -> dict[str, Any]:
        """Return the step as `--json` prints it."""
        return {
            "action": self.action,
            "do": self.do,
            "operation": self.operation,
            "at": self.at,
            "ends": list(self.ends),
            "left": self.left,
            "endless": self.endless,
            **self.ending.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action that would end something, taken alone."""

    action: str
    do: str
    operation: str
    ends: tuple[str, ...]  # artefacts that it ends, in words
    may_end: tuple[str, ...]  # and those of which that cannot be told
    delay: str
    ending: Ending  # the last minute, if it alone is taken

    def to_json(self) -> dict[str, Any]:
        """Return the action as `--json` prints it."""
        return {
            "action": self.action,
            "do": self.do,
            "operation": self.operation,
            "ends": list(self.ends),
            "may_end": list(self.may_end),
            "delay": self.delay,
            **self.ending.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Until when an attacker can go on after a reset, and what shortens that.

    `changes` are the actions that may be taken, `now` is the moment from which they are counted.
    The plan is worked out when it is first asked for.
    """

    reckoning: Reckoning = field(repr=False)
    now: datetime
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def at(self) -> datetime:
        """The moment of the reset."""
        return self.reckoning.at

    @property
    def ending(self) -> Ending:
        """The attacker's last possible minute if nothing more is done."""
        return self.reckoning.total

    @property
    def after(self) -> Ending:
        """The attacker's last possible minute once every step is taken."""
        return self.steps[-1].ending if self.steps else self.ending

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Every action that would end something, taken alone."""
        return tuple(_action(self.reckoning, each, self.now) for each in self._useful)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The order that shortens it soonest."""
        return tuple(_step(*each) for each in self._plan)

    @cached_property
    def restore(self) -> tuple[Step, ...]:
        """What else has to be done before what was disabled is enabled again."""
        kills = (*self.reckoning.kills, *(kill for kill, _, _ in self._plan))
        lasting = self.reckoning.with_kills(each for each in kills if not each.change.temporary)
        changes = [each for each in self._useful if not each.temporary]
        return tuple(_step(*each) for each in _plan(lasting, self.now, changes))

    @cached_property
    def _useful(self) -> tuple[Change, ...]:
        return tuple(each for each in self.changes if _touches(self.reckoning, each))

    @cached_property
    def _plan(self) -> tuple[tuple[Kill, Reckoning, Reckoning], ...]:
        return tuple(_plan(self.reckoning, self.now, self._useful))

    def to_json(self) -> dict[str, Any]:
        """Return the clock as `--json` prints it."""
        return {
            "reset_at": stamp(self.at),
            "counted_from": stamp(self.now),
            **self.ending.to_json(),
            "killed": [
                {"action": each.change.id, "at": stamp(each.at)} for each in self.reckoning.kills
            ],
            "steps": [each.to_json() for each in self.steps],
            "after_all": self.after.to_json(),
            "before_enabling": [each.to_json() for each in self.restore],
            "actions": [each.to_json() for each in self.actions],
        }


def _touches(reckoning: Reckoning, change: Change) -> bool:
    return any(
        effect(change, batch.artefact, guest=reckoning.guest).fate is not Fate.SURVIVES
        for batch in reckoning.batches.values()
        if reckoning.endings[batch.key].latest > reckoning.at
    )


def _action(reckoning: Reckoning, change: Change, now: datetime) -> Action:
    batches = [
        (batch.artefact.name, effect(change, batch.artefact, guest=reckoning.guest))
        for batch in reckoning.batches.values()
    ]
    ends = [name for name, cell in batches if cell.fate is Fate.REVOKED]
    may_end = [name for name, cell in batches if cell.fate is Fate.CANNOT_TELL]
    felt = [str(cell.delay) for _, cell in batches if cell.fate is not Fate.SURVIVES]
    return Action(
        action=change.id,
        do=change.do,
        operation=change.operation,
        ends=tuple(dict.fromkeys(ends)),
        may_end=tuple(dict.fromkeys(may_end)),
        delay="; ".join(dict.fromkeys(felt)),
        ending=reckoning.and_then(Kill(change, now)).total,
    )


def _plan(
    reckoning: Reckoning, now: datetime, changes: Sequence[Change]
) -> Iterator[tuple[Kill, Reckoning, Reckoning]]:
    """Yield kills with the reckoning before and after each, the most helpful first.

    It is always one of the first moment at which any helps: an action that would be in vain now,
    because what it ends could be had again, is put off to the moment at which it is not.
    """
    here = reckoning
    while (best := _best(here, now, changes)) is not None:
        kill, then = best
        yield kill, here, then
        here = then


def _best(
    here: Reckoning, now: datetime, changes: Sequence[Change]
) -> tuple[Kill, Reckoning] | None:
    """Return the kill that helps most at the first moment at which any helps."""
    options: dict[datetime, list[Kill]] = {}
    for change in changes:
        for moment in _moments(here, change, now):
            options.setdefault(moment, []).append(Kill(change, moment))
    for _, kills in sorted(options.items()):
        tried = [(kill, here.and_then(kill)) for kill in kills]
        helps = [each for each in tried if each[1].measure < here.measure]
        if helps:
            return min(helps, key=lambda each: each[1].measure)  # the first of equals
    return None


def _moments(here: Reckoning, change: Change, now: datetime) -> set[datetime]:
    """Return when an action would end something that lives longer."""
    found = set()
    for key, batch in here.batches.items():
        if effect(change, batch.artefact, guest=here.guest).fate is not Fate.REVOKED:
            continue
        moment = max(now, here.born(batch).latest)
        if moment < here.endings[key].latest:
            found.add(moment)
    return found


def _step(kill: Kill, before: Reckoning, after: Reckoning) -> Step:
    ends = [
        batch.artefact.name
        for key, batch in after.batches.items()
        if after.endings[key].latest < before.endings[key].latest
        and effect(kill.change, batch.artefact, guest=after.guest).fate is Fate.REVOKED
    ]
    return Step(
        action=kill.change.id,
        do=kill.change.do,
        operation=kill.change.operation,
        at=stamp(kill.at) or "",
        ends=tuple(dict.fromkeys(ends)),
        left=sum(ending.latest > kill.at for ending in after.endings.values()),
        endless=sum(ending.latest == FOREVER for ending in after.endings.values()),
        ending=after.total,
    )
