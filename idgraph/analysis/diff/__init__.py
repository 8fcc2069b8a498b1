"""What is different between two moments: what was observed, what follows from it, what was seen.

A difference of coverage is told as that: what a moment never loaded is neither added nor removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from idgraph.analysis import display
from idgraph.analysis.diff.derived import derived
from idgraph.analysis.diff.facts import (
    CLAIM,
    DERIVED,
    EDGE,
    NODE,
    ORDER,
    Change,
    Fact,
    Found,
    differing,
    with_evidence,
)
from idgraph.analysis.diff.moments import Moment, Origin, Seen, moment
from idgraph.analysis.evidence import edge_texts
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.derive import Projection
from idgraph.errors import UnknownNameError
from idgraph.snapshot import Conflict
from idgraph.stores.protocol import Store

if TYPE_CHECKING:
    import pandas as pd

MOST_TOLD = 10  # facts of a kind and change told in words

TABLES = {
    NODE: ("nodes", "object"),
    EDGE: ("edges", "relation"),
    CLAIM: ("claims", "owner claim"),
    DERIVED: ("derived", "derived relation"),
}


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """A record kind of a source of which the two moments saw different parts."""

    source: str
    record: str
    before: Seen
    after: Seen
    count_before: int
    count_after: int
    facts: int = 0  # observed facts that are therefore no change

    def to_json(self) -> dict[str, Any]:
        """Return the record kind as `--json` prints it."""
        return {
            "source": self.source,
            "record": self.record,
            "before": {"seen": self.before.value, "count": self.count_before},
            "after": {"seen": self.after.value, "count": self.count_after},
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """One of the two moments: its time, and the loads that it consists of."""

    as_of: str
    loads: tuple[int, ...]
    sources: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the moment as `--json` prints it."""
        return {"as_of": self.as_of, "loads": list(self.loads), "sources": list(self.sources)}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Diff:
    """The answer to "what is different?"; `facts` are sorted: objects, relations, claims, derived.

    A fact that is not `sure` may be no change: the other moment did not see its list whole.
    """

    before: At
    after: At
    facts: tuple[Fact, ...]
    conflicts_added: tuple[Conflict, ...] = ()
    conflicts_removed: tuple[Conflict, ...] = ()
    coverage: tuple[CoverageChange, ...] = ()
    derived_unseen: int = 0  # derived relations owed to coverage alone
    activity: int = 0  # objects of which only the last use changed
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.facts)

    def __bool__(self) -> bool:
        """Whether anything at all is different."""
        return bool(self.facts or self.conflicts_added or self.conflicts_removed or self.coverage)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts)

    @property
    def nodes(self) -> tuple[Fact, ...]:
        """The objects that differ."""
        return self._about(NODE)

    @property
    def edges(self) -> tuple[Fact, ...]:
        """The observed relations that differ."""
        return self._about(EDGE)

    @property
    def claims(self) -> tuple[Fact, ...]:
        """The owner claims that differ."""
        return self._about(CLAIM)

    @property
    def derived(self) -> tuple[Fact, ...]:
        """The derived relations that differ, each with the facts that make the difference."""
        return self._about(DERIVED)

    def _about(self, about: str) -> tuple[Fact, ...]:
        return tuple(each for each in self.facts if each.about == about)

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of facts by what they are about and what became of them."""
        found = Counter((each.about, each.change) for each in self.facts)
        return {
            TABLES[about][0]: {change.value: found[about, change] for change in Change}
            for about in ORDER
        }

    @property
    def summary(self) -> str:
        """The answer in a line."""
        ends = f"from {self.before.as_of} to {self.after.as_of}"
        observed = [each for each in self.facts if each.about != DERIVED]
        if not self.facts:
            return f"nothing that was seen is different {ends}"
        said = [
            f"{sum(each.change is change for each in observed):,} {change.value}"
            for change in Change
        ]
        follows = display.count_of(len(self.derived), "derived relation")
        unsure = sum(not each.sure for each in self.facts)
        aside = f", {unsure:,} not for certain" if unsure else ""
        return f"{display.listed(said)} {ends}, {follows} with them{aside}"

    def __repr__(self) -> str:
        return display.plain(f"Diff({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row[:7] for row in self._rows()]
        return display.mimebundle(self.summary, _COLUMNS[:7], rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.facts:
            yield (
                TABLES[each.about][0],
                each.change.value,
                each.kind,
                str(each),
                each.sure,
                each.source,
                each.because,
                each.id,
                each.target,
                each.key,
                each.record,
                each.evidence,
            )

    def to_frame(self, which: str = "facts") -> pd.DataFrame:
        """Return the facts that differ, a row each, or the record kinds seen differently.

        Raises
        ------
        UnknownNameError
            There is no such table.
        """
        import pandas as pd

        if which == "facts":
            return pd.DataFrame(list(self._rows()), columns=_COLUMNS)
        if which == "coverage":
            rows = [
                (each.source, each.record, each.before.value, each.after.value, each.facts)
                for each in self.coverage
            ]
            return pd.DataFrame(rows, columns=["source", "record", "before", "after", "facts"])
        raise UnknownNameError(f"table {which!r}", "does not exist", hint="Use: facts, coverage.")

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph diff --json` prints it."""
        said: dict[str, Any] = {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "counts": self.counts,
        }
        for about in ORDER:
            said[TABLES[about][0]] = [each.to_json() for each in self._about(about)]
        return said | {
            "conflicts": {
                "added": [_conflict_json(each) for each in self.conflicts_added],
                "removed": [_conflict_json(each) for each in self.conflicts_removed],
            },
            "coverage": [each.to_json() for each in self.coverage],
            "derived_unseen": self.derived_unseen,
            "activity": self.activity,
        }

    def explain(self) -> str:
        """Return the difference in plain sentences."""
        lines = [f"{self.summary[:1].upper()}{self.summary[1:]}."]
        for about in ORDER:
            for change in Change:
                some = [each for each in self._about(about) if each.change is change]
                lines += _told(some, f"{change.value.capitalize()} {TABLES[about][1]}s")
        lines += _conflicts_told(self.conflicts_added, "New contradictions")
        lines += _conflicts_told(self.conflicts_removed, "Contradictions that are gone")
        lines += [*coverage_told(self.coverage, self.before.as_of, self.after.as_of)]
        return "\n".join(display.plain(each) for each in lines)


_COLUMNS = [
    "about",
    "change",
    "kind",
    "words",
    "sure",
    "source",
    "because",
    "id",
    "target",
    "key",
    "record",
    "evidence",
]


@dataclass(frozen=True, eq=False)
class Compared:
    """Two moments of a store side by side, under one profile."""

    store: Store
    moments: tuple[Moment, Moment]
    projections: tuple[Projection, Projection]

    @classmethod
    def of(
        cls, store: Store, before: str | None, after: str | None, profile: str = "strict"
    ) -> Compared:
        """Read two moments of a store, None being now."""
        return cls(
            store,
            (moment(store, before), moment(store, after)),
            (
                store.projection(as_of=before, profile=profile),
                store.projection(as_of=after, profile=profile),
            ),
        )

    def evidence(self, side: int) -> Callable[[Sequence[int]], list[tuple[str, ...]]]:
        """Return a function from edges of the first or second graph to their evidence."""
        projection = self.projections[side]

        def texts(edges: Sequence[int]) -> list[tuple[str, ...]]:
            behind = [projection.behind(edge).tolist() for edge in edges]
            return edge_texts(self.store, behind)

        return texts

    def unseen(self, side: int, edge: int) -> tuple[Origin, ...]:
        """Return the lists behind an edge that the other moment never saw."""
        here, other = self.moments[side], self.moments[1 - side]
        rows = self.projections[side].rows_of(edge)
        origins = set(here.origins(rows[~other.has(rows)]))
        return tuple(sorted(each for each in origins if other.seen(each) is Seen.NOT))

    @cached_property
    def _found(self) -> Found:
        return differing(*self.moments)

    def diff(self, provenance: Provenance = UNKNOWN_ORIGIN) -> Diff:
        """Return what is different."""
        found = self._found
        follows, unseen = derived(self.moments, self.projections, found.facts)
        facts = [*found.facts, *follows]
        conflicts = [_conflicts(each) for each in self.moments]
        return Diff(
            before=_at(self.moments[0]),
            after=_at(self.moments[1]),
            facts=with_evidence(facts, texts_of(self.store, facts)),
            conflicts_added=_without(conflicts[1], conflicts[0]),
            conflicts_removed=_without(conflicts[0], conflicts[1]),
            coverage=coverage_changes(*self.moments, found.unseen_before + found.unseen_after),
            derived_unseen=unseen,
            activity=found.activity,
            provenance=provenance,
        )


def diff(store: Store, before: str | None, after: str | None, *, profile: str = "strict") -> Diff:
    """Return what is different between two moments of a store, None being now."""
    return Compared.of(store, before, after, profile).diff()


def texts_of(store: Store, facts: Iterable[Fact]) -> dict[int, tuple[str, ...]]:
    """Return the evidence of the rows behind facts, in one request."""
    rows = sorted({row for each in facts for row in each.rows})
    return {row: each.evidence for row, each in store.evidence(rows).items()} if rows else {}


def _at(side: Moment) -> At:
    return At(
        as_of=side.at,
        loads=tuple(each.number for each in side.loads),
        sources=tuple(sorted(side.sources)),
    )


def _conflicts(side: Moment) -> dict[tuple[Any, ...], Conflict]:
    """Return the contradictions of a moment; where they are read from does not matter."""
    return {
        (each.node, each.field, tuple(each.values), each.kept): each
        for each in side.snapshot.conflicts
    }


def _without(
    some: Mapping[tuple[Any, ...], Conflict], others: Mapping[tuple[Any, ...], Conflict]
) -> tuple[Conflict, ...]:
    return tuple(each for key, each in sorted(some.items()) if key not in others)


def coverage_changes(
    before: Moment, after: Moment, unseen: Mapping[Origin, int]
) -> tuple[CoverageChange, ...]:
    """Return the record kinds of which the two moments saw different parts, sorted."""
    nothing = (Seen.NOT, 0)
    rows = []
    for origin in sorted({*before.states, *after.states}):
        one, other = before.states.get(origin, nothing), after.states.get(origin, nothing)
        if one[0] is not other[0]:
            rows.append(
                CoverageChange(*origin, one[0], other[0], one[1], other[1], unseen.get(origin, 0))
            )
    return tuple(rows)


def coverage_told(changes: Iterable[CoverageChange], before: str, after: str) -> Iterator[str]:
    """Return a difference of coverage in words, a line for each source and turn."""
    groups: dict[tuple[str, Seen, Seen], list[CoverageChange]] = {}
    for each in changes:
        groups.setdefault((each.source, each.before, each.after), []).append(each)
    if groups:
        yield ""
        yield "Seen differently, which is no change of what was there:"
    for (source, one, other), some in groups.items():
        shown = display.listed([each.record for each in some[:MOST_TOLD]])
        more = f" and {len(some) - MOST_TOLD:,} more" if len(some) > MOST_TOLD else ""
        hidden = sum(each.facts for each in some)
        aside = f"; {display.count_of(hidden, 'fact')} left out" if hidden else ""
        yield (
            f"  {source}: {SEEN_WORDS[one]} on {before}, {SEEN_WORDS[other]} on {after}: "
            f"{shown}{more}{aside}."
        )


SEEN_WORDS = {Seen.WHOLE: "seen whole", Seen.PARTLY: "seen in part", Seen.NOT: "not loaded"}


def _told(facts: list[Fact], head: str) -> Iterator[str]:
    if not facts:
        return
    yield ""
    yield f"{head} ({len(facts):,}):"
    for each in facts[:MOST_TOLD]:
        doubt = (
            "" if each.sure else " [not for certain: its list was not seen whole before or after]"
        )
        why = f", because {'; '.join(each.because)}" if each.because else ""
        places = f" (evidence: {', '.join(each.evidence)})" if each.evidence else ""
        yield f"  {each}{why}{doubt}{places}"
    if len(facts) > MOST_TOLD:
        yield f"  … and {len(facts) - MOST_TOLD:,} more, in to_frame()."


def _conflicts_told(conflicts: tuple[Conflict, ...], head: str) -> Iterator[str]:
    if conflicts:
        yield ""
        yield f"{head} ({len(conflicts):,}):"
    for each in conflicts[:MOST_TOLD]:
        yield f"  {each.node}: {each.field} is said to be {display.listed(each.values)}."


def _conflict_json(each: Conflict) -> dict[str, Any]:
    return {
        "node": each.node,
        "field": each.field,
        "values": list(each.values),
        "kept": each.kept,
        "evidence": list(each.evidence),
    }
