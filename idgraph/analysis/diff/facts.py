"""What is stated at one moment and not, or otherwise, at another: objects, relations, claims.

Rows that are open at both moments say the same, so only the others are looked at. A fact whose
list the other moment did not see whole may have been there: it is told as not sure. A fact whose
list the other moment did not see at all is no change: it is counted as a difference of coverage.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from idgraph.analysis.diff.moments import Moment, Origin, Seen
from idgraph.catalogue import Catalogue
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot

ACTIVITY = frozenset({"last_sign_in", "last_sign_in_non_interactive", "last_used"})
"""Properties that change by using an identity: they are counted, not told one by one."""


class Change(StrEnum):
    """What became of a fact from one moment to the next."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"

    @property
    def reversed(self) -> Change:
        """What it is when the two moments are swapped."""
        return {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}.get(self, self)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is stated otherwise; None where it is not stated."""

    name: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """Return the field as `--json` prints it."""
        return {"name": self.name, "before": _plain(self.before), "after": _plain(self.after)}

    def __str__(self) -> str:
        return f"{self.name}: {_said(self.before)} → {_said(self.after)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An object, a relation or an owner claim that is not the same at both moments."""

    change: Change
    about: str  # node, edge, claim or derived
    kind: str
    id: str  # of the object, of a relation's start, of the node that a claim is about
    name: str
    target: str = ""  # a relation's end, or the owner that a claim names
    target_name: str = ""
    key: str = ""
    words: str  # the fact itself, as a sentence or a noun
    fields: tuple[FieldChange, ...] = ()  # of a changed fact
    source: str
    record: str
    sure: bool = True  # False: the other moment did not see its list whole
    rows: tuple[int, ...]  # before, after
    evidence: tuple[str, ...] = ()
    because: tuple[str, ...] = ()  # of a derived relation: the facts that make the difference

    def to_json(self) -> dict[str, Any]:
        """Return the fact as `--json` prints it."""
        said: dict[str, Any] = {
            "change": self.change.value,
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
        }
        if self.about != NODE:
            said |= {"target": self.target, "target_name": self.target_name, "key": self.key}
        if self.about == DERIVED:
            said |= {"because": list(self.because)}
        return said | {
            "words": self.words,
            "fields": [each.to_json() for each in self.fields],
            "source": self.source,
            "record": self.record,
            "sure": self.sure,
            "evidence": list(self.evidence),
        }

    @property
    def order(self) -> tuple[Any, ...]:
        """What sorts facts the same way whatever the order of rows."""
        return (
            ORDER.index(self.about),
            tuple(Change).index(self.change),
            self.kind,
            self.id,
            self.target,
            self.key,
            self.source,
            self.record,
        )

    def __str__(self) -> str:
        fields = f" ({'; '.join(map(str, self.fields))})" if self.fields else ""
        return f"{self.words}{fields}"

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this fact, whatever became of it."""
        return self.about, self.kind, self.id, self.target, self.key, self.source


NODE, EDGE, CLAIM, DERIVED = "node", "edge", "claim", "derived"
ORDER = (NODE, EDGE, CLAIM, DERIVED)


@dataclass
class Found:
    """Facts that differ, and what is no difference of facts."""

    facts: list[Fact] = field(default_factory=list)
    unseen_before: Counter[Origin] = field(default_factory=Counter)  # not loaded before
    unseen_after: Counter[Origin] = field(default_factory=Counter)  # not loaded after
    activity: int = 0  # objects of which only the last use changed


def differing(before: Moment, after: Moment) -> Found:
    """Return what differs between two moments, sorted; evidence is not fetched yet."""
    found = Found()
    _nodes(before, after, found)
    _edges(before, after, found)
    _claims(before, after, found)
    found.facts.sort(key=lambda each: each.order)
    return found


def with_evidence(facts: Iterable[Fact], texts: Mapping[int, tuple[str, ...]]) -> tuple[Fact, ...]:
    """Return facts with the evidence of their rows."""
    return tuple(
        replace(
            each,
            evidence=tuple(dict.fromkeys(text for row in each.rows for text in texts.get(row, ()))),
        )
        for each in facts
    )


# Objects.


def _nodes(before: Moment, after: Moment, found: Found) -> None:
    sides = (before, after)
    changed_rows = [_rows_of_nodes(one, other) for one, other in (sides, sides[::-1])]
    ids = {*changed_rows[0], *changed_rows[1]}
    ids |= set(before.snapshot.ids) ^ set(after.snapshot.ids)  # stubs have no row of their own
    for node in sorted(ids):
        places = [side.snapshot.position(node) for side in sides]
        rows = [some.get(node, []) for some in changed_rows]
        fact = (
            _changed_node(sides, places, rows, found)
            if min(places) >= 0
            else _one_sided_node(sides, places, rows, found)
        )
        if fact is not None:
            found.facts.append(fact)


def _rows_of_nodes(one: Moment, other: Moment) -> dict[str, list[int]]:
    """Return, by node, the rows about it that only one moment has."""
    rows, ids = one.node_rows
    at = np.flatnonzero(~other.has(rows))
    found: dict[str, list[int]] = defaultdict(list)
    for row, node in zip(rows[at].tolist(), ids[at].tolist(), strict=True):
        found[node].append(row)
    return found


def _one_sided_node(
    sides: tuple[Moment, Moment], places: list[int], rows: list[list[int]], found: Found
) -> Fact | None:
    side = 1 if places[0] < 0 else 0
    here, other = sides[side], sides[1 - side]
    main = int(here.snapshot.node_row[places[side]])
    state, origin = _best(here, other, rows[side] or [main])
    if state is Seen.NOT:
        (found.unseen_before if side else found.unseen_after)[origin] += 1
        return None
    change = Change.ADDED if side else Change.REMOVED
    return _node_fact(here, places[side], change, origin, sure=state is Seen.WHOLE, rows=(main,))


def _changed_node(
    sides: tuple[Moment, Moment], places: list[int], rows: list[list[int]], found: Found
) -> Fact | None:
    fields = _node_fields(sides[0].snapshot, places[0], sides[1].snapshot, places[1])
    if not fields:
        return None
    if all(each.name in ACTIVITY for each in fields):
        found.activity += 1
        return None
    state = _state_of_both(sides, rows, found)
    if state is Seen.NOT:
        return None
    mains = tuple(int(side.snapshot.node_row[at]) for side, at in zip(sides, places, strict=True))
    side = 0 if sides[1].snapshot.stub[places[1]] else 1  # the one that says what it is
    (origin,) = sides[side].origins([mains[side]])
    sure = state is Seen.WHOLE
    fact = _node_fact(sides[side], places[side], Change.CHANGED, origin, sure=sure, rows=mains)
    return replace(fact, fields=fields)


def _state_of_both(sides: tuple[Moment, Moment], rows: list[list[int]], found: Found) -> Seen:
    """Return how well the lists behind an object were seen; what one moment never saw is counted.

    A record that both moments have is stated otherwise for certain, and so is what only others
    say of it.
    """
    origins = [set(side.origins(some)) for side, some in zip(sides, rows, strict=True)]
    if origins[0] & origins[1] or not any(rows):
        return Seen.WHOLE
    gone, new = _best(sides[0], sides[1], rows[0]), _best(sides[1], sides[0], rows[1])
    state = min(gone[0], new[0], key=tuple(Seen).index)
    if state is Seen.NOT and rows[0]:
        found.unseen_after[gone[1]] += 1
    if state is Seen.NOT and rows[1]:
        found.unseen_before[new[1]] += 1
    return state


def _best(here: Moment, other: Moment, rows: list[int]) -> tuple[Seen, Origin]:
    """Return how well the other moment saw the lists of some rows, and the list seen best."""
    ranked = [(tuple(Seen).index(other.seen(origin)), origin) for origin in set(here.origins(rows))]
    if not ranked:
        return Seen.NOT, Origin("", "")
    at, origin = min(ranked)
    return tuple(Seen)[at], origin


def _node_fields(
    one: Snapshot, first: int, other: Snapshot, second: int
) -> tuple[FieldChange, ...]:
    kinds = one.catalogue.node_kinds
    said = [
        {
            "name": str(side.names[at]),
            "kind": kinds[side.kinds[at]].name,
            "described": not side.stub[at],
            **{f".{name}": value for name, value in side.node_properties[at].items()},
        }
        for side, at in ((one, first), (other, second))
    ]
    return _fields(*said)


def _node_fact(
    here: Moment, at: int, change: Change, origin: Origin, *, sure: bool, rows: tuple[int, ...]
) -> Fact:
    snapshot = here.snapshot
    kind = snapshot.catalogue.node_kinds[snapshot.kinds[at]]
    name = str(snapshot.names[at])
    return Fact(
        change=change,
        about=NODE,
        kind=kind.name,
        id=str(snapshot.ids[at]),
        name=name,
        words=f"{kind.label} {name}",
        source=origin.source,
        record=origin.record,
        sure=sure,
        rows=rows,
    )


# Relations.


def _edges(before: Moment, after: Moment, found: Found) -> None:
    only = _only_on_one_side(before, after)
    gone: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in _edge_facts(before, after, only[0], Change.REMOVED, found.unseen_after):
        gone[fact.identity].append(fact)
    for fact in _edge_facts(after, before, only[1], Change.ADDED, found.unseen_before):
        restated = gone[fact.identity].pop(0) if gone.get(fact.identity) else None
        if restated is None:
            _keep(fact, before, found.unseen_before, found)
            continue
        rows = (*restated.rows, *fact.rows)
        fields = _edge_fields(before, rows[0], after, rows[1])
        if fields:
            changed = replace(fact, change=Change.CHANGED, sure=True, fields=fields, rows=rows)
            found.facts.append(changed)
    for facts in gone.values():
        for fact in facts:
            _keep(fact, after, found.unseen_after, found)


def _keep(fact: Fact, other: Moment, unseen: Counter[Origin], found: Found) -> None:
    """Keep a fact that one moment alone has, unless the other never saw such a list."""
    origin = Origin(fact.source, fact.record)
    state = other.seen(origin)
    if state is Seen.NOT:
        unseen[origin] += 1
    else:
        found.facts.append(replace(fact, sure=state is Seen.WHOLE))


def _only_on_one_side(before: Moment, after: Moment) -> tuple[Bools, Bools]:
    """Return which resolved edges of each moment the other does not have as they are."""
    a, b = before.edges, after.edges
    place = pd.Index(after.snapshot.ids).get_indexer(pd.Index(before.snapshot.ids))
    _, at_a, at_b = np.intersect1d(a.row, b.row, assume_unique=True, return_indices=True)
    same = (place[a.source[at_a]] == b.source[at_b]) & (place[a.target[at_a]] == b.target[at_b])
    only_a, only_b = np.ones(len(a.row), bool), np.ones(len(b.row), bool)
    only_a[at_a[same]] = False
    only_b[at_b[same]] = False
    return only_a, only_b


def _edge_facts(
    here: Moment, other: Moment, only: Bools, change: Change, unseen: Counter[Origin]
) -> Iterator[Fact]:
    """Yield the edges that one moment has; those of a source the other never saw are counted."""
    edges = np.flatnonzero(only)
    origins = here.origins(here.edges.row[edges])
    for edge, origin in zip(edges.tolist(), origins, strict=True):
        if origin.source in other.sources:
            yield _edge_fact(here, edge, change, origin)
        else:
            unseen[origin] += 1


def _edge_fact(here: Moment, edge: int, change: Change, origin: Origin) -> Fact:
    columns, snapshot = here.edges, here.snapshot
    kind = snapshot.catalogue.edge_kinds[columns.kind[edge]]
    ends = int(columns.source[edge]), int(columns.target[edge])
    table = here.table(int(columns.kind[edge]))
    return Fact(
        change=change,
        about=EDGE,
        kind=kind.name,
        id=str(snapshot.ids[ends[0]]),
        name=str(snapshot.names[ends[0]]),
        target=str(snapshot.ids[ends[1]]),
        target_name=str(snapshot.names[ends[1]]),
        key=str(table.keys[columns.place[edge]]),
        words=sentence(snapshot, ends[0], kind.reads, ends[1]),
        source=origin.source,
        record=origin.record,
        rows=(int(columns.row[edge]),),
    )


def sentence(snapshot: Snapshot, source: int, reads: str, target: int) -> str:
    """Return a relation in words; two nodes of one name are told apart by their kinds."""
    return told(
        snapshot.catalogue,
        (str(snapshot.names[source]), int(snapshot.kinds[source])),
        reads,
        (str(snapshot.names[target]), int(snapshot.kinds[target])),
    )


def told(catalogue: Catalogue, first: tuple[str, int], reads: str, second: tuple[str, int]) -> str:
    """Return a relation in words, of two names with the codes of their kinds."""
    names = [first[0], second[0]]
    if names[0].casefold() == names[1].casefold():
        labels = [catalogue.node_kinds[code].label for _, code in (first, second)]
        names = [f"{name} ({label})" for name, label in zip(names, labels, strict=True)]
    return f"{names[0]} {reads} {names[1]}"


def _edge_fields(before: Moment, old: int, after: Moment, new: int) -> tuple[FieldChange, ...]:
    said = []
    for side, row in ((before, old), (after, new)):
        edge = int(np.searchsorted(side.edges.row, row))
        table, at = side.table(int(side.edges.kind[edge])), int(side.edges.place[edge])
        said.append(
            {f".{name}": value for name, value in table.properties[at].items()}
            | {"guards": table.guards[at]}
        )
    return _fields(*said)


# Owner claims.


def _claims(before: Moment, after: Moment, found: Found) -> None:
    gone = {fact.identity: fact for fact in _claim_facts(before, after, Change.REMOVED)}
    for fact in _claim_facts(after, before, Change.ADDED):
        restated = gone.pop(fact.identity, None)
        if restated is None:
            _keep(fact, before, found.unseen_before, found)
        else:
            rows = (*restated.rows, *fact.rows)
            found.facts.append(replace(fact, change=Change.CHANGED, sure=True, rows=rows))
    for fact in gone.values():
        _keep(fact, after, found.unseen_after, found)


def _claim_facts(here: Moment, other: Moment, change: Change) -> Iterator[Fact]:
    frame = here.observed.claims
    rows = np.asarray(frame["row"], np.int64)
    alone = np.flatnonzero(~other.has(rows))
    listed = frame.iloc[alone][["row", "node", "owner", "claim"]].to_numpy(object).tolist()
    for (row, node, owner, claim), origin in zip(listed, here.origins(rows[alone]), strict=True):
        place = here.snapshot.position(str(node))
        name = str(here.snapshot.names[place]) if place >= 0 else str(node)
        yield Fact(
            change=change,
            about=CLAIM,
            kind=str(claim),
            id=str(node),
            name=name,
            target=str(owner),
            target_name=str(owner),
            words=f"{owner} is said to own {name} ({claim})",
            source=origin.source,
            record=origin.record,
            rows=(int(row),),
        )


# Fields.


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Return the fields that differ, by name; a property's name comes with a dot before it."""
    names = sorted({*before, *after})
    return tuple(
        FieldChange(name.removeprefix("."), before.get(name), after.get(name))
        for name in names
        if not _same(before.get(name), after.get(name))
    )


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _said(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
