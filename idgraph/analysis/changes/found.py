"""How each witness is heard: the times in the records, the log, and one load after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.changes import Changes, TimedChange
from idgraph.analysis.diff.facts import ACTIVITY, Change, Fact, differing, sentence
from idgraph.analysis.diff.moments import Moment, Origin, loads_at, moment
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.resets.event_log import Event, WhoIsWho, events_of
from idgraph.analysis.window import Window, moment_of
from idgraph.analysis.witness import Witness
from idgraph.catalogue import EdgeKind, NodeKind, PropertyType
from idgraph.snapshot import Snapshot
from idgraph.stores.protocol import Load, Store
from idgraph.vocabulary.azure import CONTAINS
from idgraph.vocabulary.entra import CREDENTIAL_OF
from idgraph.vocabulary.events import EVENT_KINDS, EventKind

PLATFORM_TIMES: Mapping[str, tuple[Change, str, str]] = {
    "created": (Change.ADDED, "was created", "was granted"),
    "start": (Change.ADDED, "is valid from then on", "is in force from then on"),
    "updated": (Change.CHANGED, "was changed", "was changed"),
    "last_changed": (Change.CHANGED, "was changed", "was changed"),
    "password_changed": (Change.CHANGED, "had its password changed", ""),
}
"""By property: what happened at that time, in words for an object and for a relation."""

OTHER_TIMES = ACTIVITY | {"end", "last_tested"}
"""Times in records at which nothing was granted, created or changed."""

_BELONGS = {CREDENTIAL_OF.name: False, CONTAINS.name: True}  # whether the start is the holder
_OF_CHANGE = {"removes": Change.REMOVED, "changes": Change.CHANGED}  # the other verbs add


def changes(store: Store, window: Window, *, provenance: Provenance = UNKNOWN_ORIGIN) -> Changes:
    """Return what happened inside a window, as each witness tells it.

    The platform's times are read from every load in the window, the one before it and the newest;
    events from all logs; what was first seen by comparing each load in the window with the one
    before it.
    """
    return changes_of(History(store, window), provenance=provenance)


def changes_of(history: History, *, provenance: Provenance = UNKNOWN_ORIGIN) -> Changes:
    """Return what happened inside the window of a history."""
    store, window = history.store, history.window
    platform = _with_evidence(store, _by_platform(history))
    seen = _with_evidence(store, history.first_seen())
    return Changes(
        window=window,
        by_platform=platform,
        by_event=history.log.changes(window),
        first_seen=seen,
        notes=tuple(history.notes()),
        provenance=provenance,
    )


def _with_evidence(store: Store, found: Iterable[TimedChange]) -> tuple[TimedChange, ...]:
    listed = sorted(found, key=lambda each: each.order)
    rows = sorted({row for each in listed for row in each.rows})
    texts = {row: each.evidence for row, each in store.evidence(rows).items()} if rows else {}
    return tuple(
        replace(
            each,
            evidence=tuple(dict.fromkeys(text for row in each.rows for text in texts.get(row, ()))),
        )
        for each in listed
    )


class History:
    """The moments of a store that a window asks for, each read once."""

    def __init__(self, store: Store, window: Window) -> None:
        self.store = store
        self.window = window
        self.loads = store.loads()
        self.newest = moment(store, None)
        self.log = Log.of(store)
        self.unseen: Counter[Origin] = Counter()
        self.activity = 0

    @cached_property
    def times(self) -> list[str]:
        """When loads in the window looked, each once, ascending."""
        inside = {each.observed_at for each in self.loads if self.window.holds(each.observed_at)}
        return sorted(inside, key=_when)

    @cached_property
    def before(self) -> str | None:
        """The moment that the first load in the window is compared with; None if there is none."""
        limit = self.window.before
        if limit is None:
            return None
        return (
            limit if any(_when(each.observed_at) <= _when(limit) for each in self.loads) else None
        )

    @cached_property
    def moments(self) -> list[Moment]:
        """What the store held before the window and after each moment in it."""
        named = [self.before] if self.before else []
        return [self._held(each) for each in (*named, *self.times)]

    def _held(self, as_of: str) -> Moment:
        """Return what the store held at a moment; what it holds now is read already."""
        if loads_at(self.loads, as_of) == self.newest.loads:
            return replace(self.newest, at=as_of)
        return moment(self.store, as_of)

    def first_seen(self) -> list[TimedChange]:
        """Return what each load in the window saw otherwise than the one before of its source."""
        found = []
        for before, after in zip(self.moments, self.moments[1:], strict=False):
            differs = differing(before, after)
            self.unseen += differs.unseen_before
            self.activity += differs.activity
            then, now = _observed(before.loads), _observed(after.loads)
            found += [
                _seen_first(each, then.get(each.source, ""), now.get(each.source, after.at))
                for each in differs.facts
            ]
        return found

    def notes(self) -> Iterator[str]:
        """Yield what the witnesses could not say."""
        if not self.times:
            yield "No load looked inside the window, so nothing could be first seen in it."
        elif len(self.moments) == 1:
            yield "No load is older than those in the window, so nothing is known to be new."
        for origin, number in sorted(self.unseen.items()):
            facts = display.count_of(number, "fact")
            yield f"{facts} left out: no earlier load saw {origin.record} of {origin.source}."
        if self.activity:
            yield f"{display.count_of(self.activity, 'account')} changed by being used only."
        if not self.log.events:
            yield "No log is loaded."
        elif self.log.failed(self.window):
            yield f"{display.count_of(self.log.failed(self.window), 'attempt')} failed, by the log."


def _when(text: str) -> Any:
    return moment_of(text)


def _observed(loads: Iterable[Load]) -> dict[str, str]:
    return {str(each.source): each.observed_at for each in loads}


def _seen_first(fact: Fact, since: str, at: str) -> TimedChange:
    return TimedChange(
        witness=Witness.FIRST_SEEN,
        change=fact.change,
        kind=fact.kind,
        id=fact.id,
        name=fact.name,
        target=fact.target,
        target_name=fact.target_name,
        words=str(fact),
        at=at,
        since=since,
        source=fact.source,
        sure=fact.sure,
        rows=fact.rows,
    )


# The platform's own times.


def _by_platform(history: History) -> Iterator[TimedChange]:
    told: set[tuple[str, ...]] = set()
    for each in (history.newest, *reversed(history.moments)):
        for found in _stated(each, history.window):
            key = (found.kind, found.id, found.target, found.words, found.at, found.source)
            if key not in told:
                told.add(key)
                yield found


def _stated(here: Moment, window: Window) -> Iterator[TimedChange]:
    yield from _of_nodes(here, window)
    for name, table in here.snapshot.edges.items():
        kind = here.snapshot.catalogue.edge(name)
        if _timed(kind):
            for at, properties in enumerate(table.properties):
                for when, change, words in _times(kind, properties, window):
                    yield _of_edge(here, kind, at, when, change, words[1])


def _of_nodes(here: Moment, window: Window) -> Iterator[TimedChange]:
    snapshot = here.snapshot
    kinds = snapshot.catalogue.node_kinds
    timed = np.array([_timed(kind) for kind in kinds], bool)
    holders = cache(lambda: _holders(snapshot))  # only where something is told
    for node in np.flatnonzero(timed[snapshot.kinds]).tolist():
        kind = kinds[snapshot.kinds[node]]
        for when, change, words in _times(kind, snapshot.node_properties[node], window):
            holder = holders().get(node)
            of = f" of {snapshot.names[holder]}" if holder is not None else ""
            name, row = str(snapshot.names[node]), int(snapshot.node_row[node])
            yield TimedChange(
                witness=Witness.PLATFORM,
                change=change,
                kind=kind.name,
                id=str(snapshot.ids[node]),
                name=name,
                target=str(snapshot.ids[holder]) if holder is not None else "",
                target_name=str(snapshot.names[holder]) if holder is not None else "",
                words=f"{kind.label} {name}{of} {words[0]}",
                at=when,
                source=here.origins([row])[0].source,
                rows=(row,),
            )


def _of_edge(
    here: Moment, kind: EdgeKind, at: int, when: str, change: Change, words: str
) -> TimedChange:
    snapshot, table = here.snapshot, here.snapshot.edges[kind.name]
    ends, row = (int(table.source[at]), int(table.target[at])), int(table.row[at])
    return TimedChange(
        witness=Witness.PLATFORM,
        change=change,
        kind=kind.name,
        id=str(snapshot.ids[ends[0]]),
        name=str(snapshot.names[ends[0]]),
        target=str(snapshot.ids[ends[1]]),
        target_name=str(snapshot.names[ends[1]]),
        words=f"{sentence(snapshot, ends[0], kind.reads, ends[1])}: {words}",
        at=when,
        source=here.origins([row])[0].source,
        rows=(row,),
    )


def _timed(kind: NodeKind | EdgeKind) -> bool:
    return any(
        declared is PropertyType.TIME and name in PLATFORM_TIMES
        for name, declared in kind.properties.items()
    )


def _times(
    kind: NodeKind | EdgeKind, properties: Mapping[str, Any], window: Window
) -> Iterator[tuple[str, Change, tuple[str, str]]]:
    """Yield each time in the window at which something happened, what, and its words."""
    told = set()
    for name, (change, *words) in PLATFORM_TIMES.items():
        when = properties.get(name)
        if kind.properties.get(name) is not PropertyType.TIME or not isinstance(when, str):
            continue
        if when not in told and window.holds(when):  # made and changed at once is made
            told.add(when)
            yield when, change, (words[0], words[1])


def _holders(snapshot: Snapshot) -> dict[int, int]:
    """Return, for a credential or a part, what it belongs to."""
    found: dict[int, int] = {}
    for name, starts_at_holder in _BELONGS.items():
        table = snapshot.edges[name]
        ends = (table.target, table.source) if starts_at_holder else (table.source, table.target)
        found |= dict(zip(ends[0].tolist(), ends[1].tolist(), strict=True))
    return found


# The log.


@dataclass(frozen=True, eq=False)
class Log:
    """The events of all logs, each once, with their parties named as the graph names them."""

    events: tuple[Event, ...]
    who: WhoIsWho

    @classmethod
    def of(cls, store: Store) -> Log:
        """Return the log of a store."""
        who = WhoIsWho(store.graph(), store.aliases())
        return cls(events_of(store.events(), who), who)

    def failed(self, window: Window) -> int:
        """Return the number of changes in the window that the log says were refused."""
        return sum(not each.succeeded for each, _ in self._inside(window))

    def changes(self, window: Window) -> tuple[TimedChange, ...]:
        """Return the changes in the window, by time; refused attempts are none."""
        found = [self._change(each, kind) for each, kind in self._inside(window) if each.succeeded]
        return tuple(sorted(found, key=lambda each: each.order))

    def _inside(self, window: Window) -> Iterator[tuple[Event, EventKind]]:
        for each in self.events:
            kind = EVENT_KINDS.get(each.kind)
            if kind is not None and kind.change and window.holds(each.at):
                yield each, kind

    def _change(self, event: Event, kind: EventKind) -> TimedChange:
        gained = next((self.who.node(each) for each in event.texts("object") if each), "")
        name, gained_name = self._name(event.target), self._name(gained)
        parties = ", ".join(filter(None, (name, gained_name)))
        told = kind.about[:1].lower() + kind.about[1:].rstrip(".")
        return TimedChange(
            witness=Witness.EVENT,
            change=_OF_CHANGE.get(kind.change.partition(" ")[0], Change.ADDED),
            kind=kind.name,
            id=event.target,
            name=name,
            target=gained,
            target_name=gained_name,
            words=f"{parties}: {told}" if parties else told,
            at=event.at,
            by=event.actor or event.text("actor_name"),
            by_name=self._name(event.actor) or event.text("actor_name"),
            source=event.scope,
            evidence=(event.evidence,) if event.evidence else (),
        )

    def _name(self, node: str) -> str:
        """Return what a party is called; one that nobody knows keeps what the log says."""
        return self.who.name(node) or node
