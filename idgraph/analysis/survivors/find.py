"""Joins the tables with what an identity holds: the rows of the answer, and its clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from idgraph.analysis.methods import method
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import Identity
from idgraph.analysis.survivors.clock import (
    Batch,
    Clock,
    Ending,
    Key,
    Kill,
    Reckoning,
    effect,
    later,
    stamp,
)
from idgraph.analysis.survivors.holdings import Holding, Holdings, platforms_seen
from idgraph.analysis.survivors.result import Ender, Survivor, Survivors
from idgraph.analysis.survivors.tables import (
    PLATFORMS,
    Artefact,
    Cell,
    Change,
    Fate,
    Life,
    Table,
    actions,
    tables,
)
from idgraph.analysis.walk import walk
from idgraph.errors import InputError
from idgraph.graph import TrustGraph
from idgraph.snapshot import Snapshot

AT_HOME = "the home tenant, which alone resets a guest and revokes its tokens"

_ORDER = {fate: at for at, fate in enumerate((Fate.SURVIVES, Fate.CANNOT_TELL, Fate.REVOKED))}
_NAMES = {
    "aws": "AWS",
    "okta": "Okta",
    "google": "Google",
    "github": "GitHub",
    "salesforce": "Salesforce",
    "entra": "Entra",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A reset, and what was done about it; moments are in UTC.

    `at` is when it was done, `now` the moment from which further actions are counted (the reset's
    own by default). `killed` are actions already taken, `logged` those that a log shows. `seen_at`
    is the moment at which, or after which, the platforms were looked at.
    """

    reset: str
    at: datetime
    now: datetime | None = None
    variant: str | None = None
    killed: tuple[Kill, ...] = ()
    logged: tuple[Kill, ...] = ()
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        for kill in self.kills:
            if kill.at < self.at:
                raise InputError(
                    f"the action {kill.change.id}",
                    f"was taken at {stamp(kill.at)}, before the reset at {stamp(self.at)}",
                    hint="What was issued after it lives on: leave it out.",
                )

    @property
    def kills(self) -> tuple[Kill, ...]:
        """All actions taken."""
        return (*self.killed, *self.logged)


def survivors(
    graph: TrustGraph,
    snapshot: Snapshot,
    start: int,
    question: Question,
    provenance: Provenance = UNKNOWN_ORIGIN,
) -> Survivors:
    """Return what outlives the reset of an identity, given by its position in the graph.

    The snapshot is of the same moment as the graph.

    Raises
    ------
    InputError
        The method makes no sense on this kind of identity, is not documented for its platform or
        not in this variant.
    UnknownNameError
        There is no such method.
    """
    kind = graph.catalogue.node_kinds[int(graph.kinds[start])]
    wanted = method(question.reset)
    wanted.check(kind, str(graph.names[start]))
    change = _table(kind.platform, str(graph.ids[start])).reset(wanted.name, question.variant)
    holdings = Holdings(snapshot, walk(graph, start))
    return _Case(holdings=holdings, change=change, question=question).answer(provenance)


def _table(platform: str, name: str) -> Table:
    if platform not in tables():
        raise InputError(
            name,
            "is of no platform for which it is known what survives a reset",
            hint=f"Known: {', '.join(_NAMES[each] for each in PLATFORMS)}. Load what describes it.",
        )
    return tables()[platform]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A holding with what the reset did to it."""

    holding: Holding
    cell: Cell
    why: str

    @property
    def key(self) -> Key:
        return self.holding.artefact.id, self.holding.own


@dataclass(frozen=True, slots=True)
class _End:
    """What became of an artefact: one issued before the reset, and the last of its class."""

    verdict: Fate
    ending: Ending
    last: Ending
    aside: str = ""  # what to add to the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One reset of one identity."""

    holdings: Holdings
    change: Change
    question: Question

    @property
    def at(self) -> datetime:
        return self.question.at

    def answer(self, provenance: Provenance) -> Survivors:
        judged = [
            self._judge(each)
            for each in self.holdings.find()
            if not each.artefact.given or each.artefact.id in self.change.gives
        ]
        batches = self._batches(judged)
        reckoning = Reckoning(batches, self.at, self.question.kills, guest=self._guest)
        ends = self._ends(judged, reckoning)
        rows = [self._row(each, end) for each, end in zip(judged, ends, strict=True)]
        return Survivors(
            identity=self._named(self.holdings.start),
            change=self.change,
            rows=tuple(sorted(rows, key=lambda row: (_ORDER[row.verdict], not row.own))),
            clock=Clock(reckoning=reckoning, now=self._now, changes=tuple(actions().values())),
            notes=tuple(self._notes(reckoning)),
            provenance=provenance,
        )

    @property
    def _now(self) -> datetime:
        return max(self.question.now or self.at, self.at)

    # What the reset did.

    def _judge(self, held: Holding) -> _Judged:
        thing = held.artefact
        if held.ends is not None and held.ends <= self.at:
            cell = Cell(fate=Fate.REVOKED, source=thing.source)
            return self._judged(held, cell, f"it ended at {stamp(held.ends)}, before the reset")
        if thing.idle_where_false:
            cell = Cell(fate=Fate.REVOKED, source=thing.source)
            return self._judged(held, cell, f"it was inactive when it was seen{held.aside}")
        if not held.own:
            holder = self._named(held.holder).name
            cell = Cell(fate=Fate.SURVIVES, source=thing.source)
            why = f"{self._named(self.holdings.start).name} reaches {holder}; no reset touches it"
            why += held.aside
            if held.starts is not None and held.starts >= self.at:
                why = f"{why}; it was added at {stamp(held.starts)}, after the reset"
            return self._judged(held, cell, why)
        if thing.given:
            cell = Cell(fate=Fate.SURVIVES, source=thing.source)
            return self._judged(held, cell, f"{self.change.name}: that hands it out")
        cell = self._cell(held)
        said = {
            Fate.SURVIVES: "that does not end it",
            Fate.REVOKED: f"that ends it {cell.delay}",
            Fate.CANNOT_TELL: "whether that ends it cannot be told",
        }
        return self._judged(held, cell, f"{self.change.name}: {said[cell.fate]}{held.aside}")

    def _cell(self, held: Holding) -> Cell:
        thing, cell = held.artefact, self.change.cell(held.artefact.id)
        at_home = self.holdings.is_guest and thing.kept_at_home
        if at_home and cell.fate is not Fate.SURVIVES:
            return replace(cell, fate=Fate.CANNOT_TELL, missing=AT_HOME)
        seen = self.question.seen_at
        still_there = thing.is_node and seen is not None and seen >= self.at
        if still_there and cell.fate is Fate.CANNOT_TELL:
            return replace(cell, fate=Fate.SURVIVES, missing="")
        return cell

    def _judged(self, held: Holding, cell: Cell, why: str) -> _Judged:
        if cell.fate is Fate.SURVIVES and held.missing:
            cell = replace(cell, fate=Fate.CANNOT_TELL, missing=held.missing)
        return _Judged(holding=held, cell=cell, why=why)

    # The clock.

    def _batches(self, judged: Iterable[_Judged]) -> dict[Key, Batch]:
        together: Mapping[Key, list[_Judged]] = defaultdict(list)
        for each in judged:
            together[each.key].append(each)
        made = {key: self._batch(some) for key, some in together.items()}
        return {key: batch for key, batch in made.items() if batch is not None}

    def _batch(self, some: Sequence[_Judged]) -> Batch | None:
        """Return the batch of all artefacts of one class; none where all ended before."""
        thing, own = some[0].holding.artefact, some[0].holding.own
        worst = min(some, key=lambda each: _ORDER[each.cell.fate]).cell
        if not thing.is_node:
            life = max((each.holding.life for each in some), key=lambda life: life.length)
            alive = worst.fate is Fate.SURVIVES
            return Batch(artefact=thing, own=own, cell=worst, sure=alive, stated=life)
        living = [each for each in some if each.cell.fate is not Fate.REVOKED]
        if not living:
            return None
        sure = [each for each in living if each.cell.fate is Fate.SURVIVES]
        ending = Ending(
            max((self._stated(each).earliest for each in sure), default=self.at),
            max(self._stated(each).latest for each in living),
        )
        return Batch(artefact=thing, own=own, cell=worst, sure=bool(sure), ends=ending)

    def _stated(self, judged: _Judged) -> Ending:
        """Return when one thing ends by itself: at its end date, or not before its lifetime."""
        held, life = judged.holding, judged.holding.life
        if held.ends is not None:
            return Ending(held.ends, held.ends)
        return Ending(later(self.at, life.least), later(self.at, life.most))

    # Rows.

    def _row(self, judged: _Judged, end: _End) -> Survivor:
        held, cell = judged.holding, judged.cell
        thing = held.artefact
        return Survivor(
            artefact=thing.id,
            name=thing.name,
            on=self._named(held.node),
            holder=self._named(held.holder),
            verdict=end.verdict,
            ending=end.ending,
            last=end.last,
            lives=held.life.words,
            why=f"{judged.why}{end.aside}",
            rule=f"{self.change.platform}:{self.change.id}/{thing.id}",
            killed_by=enders(thing, guest=self._guest),
            sources=tuple(dict.fromkeys((cell.source, thing.source))),
            missing=cell.missing if end.verdict is Fate.CANNOT_TELL else "",
            given=thing.given,
            own=held.own,
            over=end.last.latest <= self._now,
        )

    def _end(self, judged: _Judged, reckoning: Reckoning) -> _End:
        """Return what becomes of an artefact, the kills counted."""
        alone, verdict = self._alone(judged), judged.cell.fate
        ending = self._one(judged)
        if self._is_over(judged):
            return _End(verdict, ending, ending)
        last, kill = reckoning.ending(alone), reckoning.ended_by(alone)
        if verdict is Fate.REVOKED:
            again = reckoning.born(alone).latest > self.at
            aside = ", but new ones can be had with what is left" if again else ""
            return _End(verdict, ending, last, aside)
        if kill is None:
            return _End(verdict, ending, last)
        cell = effect(kill.change, alone.artefact, guest=self._guest)
        dead = later(kill.at, cell.delay.most)
        if dead >= ending.latest:
            return _End(verdict, ending, last)
        killed = Ending(min(ending.earliest, dead), dead)
        return _End(Fate.REVOKED, killed, last, f"; {kill.change.id} at {stamp(kill.at)} does")

    def _ends(self, judged: Iterable[_Judged], reckoning: Reckoning) -> Iterator[_End]:
        """Return what becomes of each; what is of one class, with one end date, ends alike."""
        known: dict[tuple[Key, Cell, datetime | None, Life], _End] = {}
        for each in judged:
            alike = (each.key, each.cell, each.holding.ends, each.holding.life)
            if alike not in known:
                known[alike] = self._end(each, reckoning)
            yield known[alike]

    def _alone(self, judged: _Judged) -> Batch:
        held = judged.holding
        return Batch(
            artefact=held.artefact,
            own=held.own,
            cell=judged.cell,
            sure=judged.cell.fate is Fate.SURVIVES,
            ends=self._stated(judged) if held.artefact.is_node else None,
            stated=held.life,
        )

    def _one(self, judged: _Judged) -> Ending:
        """Return when one that was issued before the reset ends, if nothing more is done."""
        if judged.cell.fate is Fate.REVOKED and not self._is_over(judged):
            ended = later(self.at, judged.cell.delay.most)
            return Ending(ended, ended)
        stated = self._stated(judged)
        if judged.cell.fate is Fate.CANNOT_TELL:
            return Ending(min(self.at, stated.latest), stated.latest)
        return stated

    def _is_over(self, judged: _Judged) -> bool:
        ends = judged.holding.ends
        return ends is not None and ends <= self.at

    @property
    def _guest(self) -> bool:
        return self.holdings.is_guest

    def _named(self, node: int) -> Identity:
        graph = self.holdings.graph
        return Identity(str(graph.ids[node]), graph.kind_name(node), str(graph.names[node]))

    # What to know beside the rows.

    def _notes(self, reckoning: Reckoning) -> Iterator[str]:
        change, table = self.change, tables()[self.change.platform]
        others = [
            each.variant
            for each in table.changes.values()
            if each.method == change.method and each.id != change.id
        ]
        if change.assumed:
            yield (
                f"Taken to be: {change.name}, the way that leaves most alive; the other: "
                f"--variant {' or '.join(others)}."
            )
        yield (
            "Sessions and tokens are counted by class, as whoever was signed in may hold them; "
            "which of them there are is not known."
        )
        if self.holdings.is_guest:
            yield "The account is a guest: its sessions are revoked in its home tenant, not here."
        if self.holdings.is_disabled():
            yield "The account was disabled when it was seen: while it stays so, it gets no tokens."
        for kill in self.question.logged:
            yield f"The log shows {kill.change.id} at {stamp(kill.at)}: it is counted."
        for kill in reckoning.killed_in_vain():
            yield f"The action {kill.change.id} at {stamp(kill.at)} ends nothing here."
        unseen = [each for each in PLATFORMS if each not in platforms_seen(self.holdings.snapshot)]
        if unseen:
            yield (
                f"Not loaded: {', '.join(_NAMES[each] for each in unseen)}. Keys and tokens of the "
                "same person there are untouched by this reset and not counted."
            )


@cache
def enders(thing: Artefact, *, guest: bool) -> tuple[Ender, ...]:
    """Return the actions that end an artefact, or may end it, in the order of the tables."""
    done = ((change, effect(change, thing, guest=guest)) for change in actions().values())
    return tuple(
        Ender(change.id, change.do, change.operation, str(cell.delay), cell.fate is Fate.REVOKED)
        for change, cell in done
        if cell.fate is not Fate.SURVIVES
    )
