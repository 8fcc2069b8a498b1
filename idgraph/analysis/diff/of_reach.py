"""What an identity reaches at one moment and not at another, and because of which facts.

A target that is reached now and was not is owed to the steps of its path that no edge made
possible before; one that is no longer reached, to the steps of its old path that are gone. The
facts behind those steps which only one moment has are the cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.diff import At, Compared, CoverageChange, Diff, coverage_told
from idgraph.analysis.diff.facts import DERIVED, Change, Fact
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import CLASSES, Identity, Reach, Target
from idgraph.analysis.steps import Path, Step
from idgraph.analysis.walk import VERDICTS, Verdict
from idgraph.graph import TrustGraph

if TYPE_CHECKING:
    import pandas as pd

MOST_TOLD = 10
MOST_CAUSES = 3  # told in one sentence

COVERAGE = "coverage"
UNBLOCKED = "unblocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why one moment alone has a step: a fact, a list not loaded, or an obstacle that is gone."""

    kind: str  # added, removed, changed, coverage or unblocked
    words: str
    source: str = ""
    sure: bool = True
    evidence: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the cause as `--json` prints it."""
        return {
            "kind": self.kind,
            "words": self.words,
            "source": self.source,
            "sure": self.sure,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChange:
    """A target that is reached otherwise, with the path of the moment that reaches it better."""

    change: Change
    classes: tuple[str, ...]
    id: str
    kind: str
    name: str
    before: Verdict | None
    after: Verdict | None
    guards: tuple[str, ...]  # that the path still needs
    because: tuple[Cause, ...]
    steps: tuple[str, ...]  # sentences of the steps that only one moment has
    path: Path

    @property
    def is_change(self) -> bool:
        """Whether more is behind it than that one moment loaded less."""
        return any(each.kind != COVERAGE for each in self.because) or not self.because

    def to_json(self) -> dict[str, Any]:
        """Return the target as `--json` prints it."""
        return {
            "change": self.change.value,
            "classes": list(self.classes),
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "before": self.before.value if self.before else None,
            "after": self.after.value if self.after else None,
            "guards": list(self.guards),
            "is_change": self.is_change,
            "because": [each.to_json() for each in self.because],
            "steps": list(self.steps),
            "path": [step.to_json() for step in self.path],
        }


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReachDiff:
    """The answer to "what is reached now that was not, and why?"."""

    identity: Identity
    reset: str | None
    passes: tuple[str, ...]
    before: At
    after: At
    known: tuple[bool, bool]  # whether the identity was known before, and after
    reached: tuple[dict[str, int], dict[str, int]]  # by class and `all`, with any verdict
    targets: tuple[TargetChange, ...]
    coverage: tuple[CoverageChange, ...] = ()
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.targets)

    def __iter__(self) -> Iterator[TargetChange]:
        return iter(self.targets)

    @property
    def appeared(self) -> tuple[TargetChange, ...]:
        """The targets that are reached now and were not, as far as that is a change."""
        return self._with(Change.ADDED)

    @property
    def vanished(self) -> tuple[TargetChange, ...]:
        """The targets that were reached and are not, as far as that is a change."""
        return self._with(Change.REMOVED)

    @property
    def changed(self) -> tuple[TargetChange, ...]:
        """The targets of which the verdict is another."""
        return self._with(Change.CHANGED)

    @property
    def seen_otherwise(self) -> tuple[TargetChange, ...]:
        """The targets that differ only because one moment loaded less than the other."""
        return tuple(each for each in self.targets if not each.is_change)

    def _with(self, change: Change) -> tuple[TargetChange, ...]:
        return tuple(each for each in self.targets if each.change is change and each.is_change)

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of targets by class: reached before and after, appeared, vanished, changed."""
        return {
            name: {
                "before": self.reached[0][name],
                "after": self.reached[1][name],
                "appeared": _in_class(self.appeared, name),
                "vanished": _in_class(self.vanished, name),
                "changed": _in_class(self.changed, name),
                "seen_otherwise": _in_class(self.seen_otherwise, name),
            }
            for name in CLASSES
        }

    @property
    def causes(self) -> tuple[tuple[Cause, int], ...]:
        """The causes with the number of targets that each is behind, most first."""
        found = Counter(cause for each in self.targets for cause in each.because)
        return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0].words)))

    @property
    def summary(self) -> str:
        """The answer in a line: what more and what less, because of what."""
        said = [*self._counted(self.appeared, "more"), *self._counted(self.vanished, "fewer")]
        if self.changed:
            said.append(f"{len(self.changed):,} with another verdict")
        if not said:
            return f"{self.identity.name} reaches the same as on {self.before.as_of}{self._aside()}"
        reasons = [each.words for each, _ in self.causes if each.kind != COVERAGE]
        why = f", because {'; '.join(reasons[:MOST_CAUSES])}" if reasons else ""
        more = len(reasons) - MOST_CAUSES
        also = f"; and {more:,} more" if more > 0 else ""
        return (
            f"{self.identity.name} reaches {display.listed(said)} than on {self.before.as_of}"
            f"{why}{also}{self._aside()}"
        )

    def _counted(self, targets: Iterable[TargetChange], word: str) -> Iterator[str]:
        some = list(targets)
        for name, (_, one, many) in CLASSES.items():
            if number := _in_class(some, name):
                yield display.count_of(number, f"{word} {one}", f"{word} {many}")

    def _aside(self) -> str:
        if not all(self.known):
            return f" (it was not known {'after' if self.known[0] else 'before'})"
        number = len(self.seen_otherwise)
        differ = "differs" if number == 1 else "differ"
        return f"; {number:,} {differ} only by what was loaded" if number else ""

    def __repr__(self) -> str:
        return display.plain(f"ReachDiff({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row[:6] for row in self._rows()]
        return display.mimebundle(self.summary, _COLUMNS[:6], rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.targets:
            yield (
                each.change.value if each.is_change else COVERAGE,
                each.name,
                each.kind,
                each.before.value if each.before else "",
                each.after.value if each.after else "",
                tuple(cause.words for cause in each.because),
                each.steps,
                each.classes,
                each.id,
                each.guards,
            )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each target that is reached otherwise."""
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=_COLUMNS)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph diff --reach --json` prints it."""
        return {
            "identity": self.identity.to_json(),
            "scenario": {"reset": self.reset, "passes": list(self.passes)},
            "before": self.before.to_json() | {"known": self.known[0]},
            "after": self.after.to_json() | {"known": self.known[1]},
            "profile": self.provenance.profile,
            "counts": self.counts,
            "summary": self.summary,
            "appeared": [each.to_json() for each in self.appeared],
            "vanished": [each.to_json() for each in self.vanished],
            "changed": [each.to_json() for each in self.changed],
            "seen_otherwise": [each.to_json() for each in self.seen_otherwise],
            "because": [each.to_json() | {"targets": number} for each, number in self.causes],
            "coverage": [each.to_json() for each in self.coverage],
        }

    def explain(self) -> str:
        """Return the difference in plain sentences."""
        lines = [f"{self.summary}."]
        for head, some in (
            (f"Reached on {self.after.as_of}, and not before", self.appeared),
            ("No longer reached", self.vanished),
            ("Reached otherwise", self.changed),
            ("Different only by what was loaded", self.seen_otherwise),
        ):
            lines += _told(head, some)
        lines += coverage_told(self.coverage, self.before.as_of, self.after.as_of)
        return "\n".join(display.plain(each) for each in lines)


_COLUMNS = [
    "change",
    "name",
    "kind",
    "before",
    "after",
    "because",
    "steps",
    "classes",
    "id",
    "guards",
]


def _in_class(targets: Iterable[TargetChange], name: str) -> int:
    return sum(name in each.classes for each in targets)


def _told(head: str, targets: Sequence[TargetChange]) -> Iterator[str]:
    if not targets:
        return
    yield ""
    yield f"{head} ({len(targets):,}):"
    for each in targets[:MOST_TOLD]:
        verdicts = [
            (verdict.value if verdict else "not reached").replace("_", " ")
            for verdict in (each.before, each.after)
        ]
        yield f"  {each.name}: {' → '.join(verdicts)}."
        for cause in each.because:
            places = f" (evidence: {', '.join(cause.evidence)})" if cause.evidence else ""
            doubt = "" if cause.sure else " [not for certain]"
            yield f"    because {cause.words}{doubt}{places}"
    if len(targets) > MOST_TOLD:
        yield f"  … and {len(targets) - MOST_TOLD:,} more, in to_frame()."


def reach_diff(
    before: Reach | None, after: Reach | None, compared: Compared, difference: Diff
) -> ReachDiff:
    """Return what is reached otherwise; None where the identity is not known at that moment.

    Both answers are about the graphs of `compared`, and `difference` is what it says.

    Raises
    ------
    ValueError
        The identity is known at neither moment.
    """
    answer = after or before
    if answer is None:
        raise ValueError("the identity is known at neither moment")
    sides = _Side(before), _Side(after)
    return ReachDiff(
        identity=answer.identity,
        reset=answer.scenario.reset,
        passes=answer.passes,
        before=difference.before,
        after=difference.after,
        known=(before is not None, after is not None),
        reached=(sides[0].counts, sides[1].counts),
        targets=_changes(sides, _Because(sides, compared, difference)),
        coverage=difference.coverage,
        provenance=answer.provenance,
    )


class _Side:
    """The answer of one moment."""

    def __init__(self, answer: Reach | None) -> None:
        self.answer = answer

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The targets of all classes by id."""
        return {each.id: each for name in CLASSES for each in self._of_class(name)}

    def classes(self, target: str) -> tuple[str, ...]:
        """Return the classes that a target is in."""
        return tuple(
            name for name in CLASSES if any(each.id == target for each in self._of_class(name))
        )

    @property
    def counts(self) -> dict[str, int]:
        """The number of targets of each class, with any verdict."""
        return {name: len(self._of_class(name)) for name in CLASSES}

    def _of_class(self, name: str) -> tuple[Target, ...]:
        found: tuple[Target, ...] = getattr(self.answer, name) if self.answer else ()
        return found


def could_walk(graph: TrustGraph, edge: int, other: TrustGraph) -> bool:
    """Return whether a graph lets one go where an edge of another does, and asks no more."""
    ends = str(other.ids[other.source[edge]]), str(other.ids[other.target[edge]])
    asked = set(other.guards_of(edge))
    return any(guards <= asked for guards in _walkable_between(graph, *ends))


def _walkable_between(graph: TrustGraph, source: str, target: str) -> Iterator[set[str]]:
    """Yield the guards of each walkable edge between two nodes, named by their ids."""
    ends = []
    for node in (source, target):
        at = int(np.searchsorted(graph.ids, node))
        if at >= graph.n or graph.ids[at] != node:
            return
        ends.append(at)
    first, last = np.searchsorted(graph.source, [ends[0], ends[0] + 1])
    row = graph.target[first:last]
    for edge in range(*(first + np.searchsorted(row, [ends[1], ends[1] + 1])).tolist()):
        if graph.walkable[edge]:
            yield set(graph.guards_of(edge))


def edges_of(step: Step) -> Iterator[tuple[Step, int]]:
    """Yield the edges of a step, those of a gate's legs among them, each with its own step."""
    for edge in step.edges:
        yield step, edge
    for leg in getattr(step, "legs", ()):
        for part in leg:
            yield from edges_of(part)


def _changes(sides: tuple[_Side, _Side], because: _Because) -> tuple[TargetChange, ...]:
    found = []
    for target in sorted({*sides[0].targets, *sides[1].targets}):
        verdicts = [
            side.targets[target].verdict if target in side.targets else None for side in sides
        ]
        if verdicts[0] is not verdicts[1]:
            found.append(_change(target, (verdicts[0], verdicts[1]), sides, because))
    places = [Change.ADDED, Change.REMOVED, Change.CHANGED]
    return tuple(sorted(found, key=lambda each: (places.index(each.change), each.kind, each.id)))


def _change(
    target: str,
    verdicts: tuple[Verdict | None, Verdict | None],
    sides: tuple[_Side, _Side],
    because: _Because,
) -> TargetChange:
    better = 1 if _order(verdicts[1]) < _order(verdicts[0]) else 0
    shown = sides[better].targets[target]
    steps = because.steps(shown.path, better)
    change = Change.CHANGED if None not in verdicts else (Change.REMOVED, Change.ADDED)[better]
    return TargetChange(
        change=change,
        classes=sides[better].classes(target),
        id=target,
        kind=shown.kind,
        name=shown.name,
        before=verdicts[0],
        after=verdicts[1],
        guards=shown.guards,
        because=because.of(steps, better),
        steps=tuple(dict.fromkeys(step.sentence for step, _ in steps)),
        path=shown.path,
    )


def _order(verdict: Verdict | None) -> int:
    return VERDICTS.index(verdict) if verdict else len(VERDICTS)


class _Because:
    """The facts behind steps that one moment alone has."""

    def __init__(self, sides: tuple[_Side, _Side], compared: Compared, difference: Diff) -> None:
        self.sides = sides
        self.compared = compared
        self.facts = {
            row: each for each in difference if each.about != DERIVED for row in each.rows
        }
        self._kept: dict[tuple[int, int], tuple[Cause, ...]] = {}

    def steps(self, path: Path, side: int) -> list[tuple[Step, int]]:
        """Return the edges of a path that the other moment could not walk, with their steps."""
        graph, other = (self.compared.projections[at].graph for at in (side, 1 - side))
        return [
            (step, edge)
            for whole in path
            for step, edge in edges_of(whole)
            if not could_walk(other, edge, graph)
        ]

    def of(self, steps: Iterable[tuple[Step, int]], side: int) -> tuple[Cause, ...]:
        """Return the causes of some edges, each once."""
        causes = [cause for step, edge in steps for cause in self._of_edge(step, edge, side)]
        return tuple(dict.fromkeys(causes))

    def _of_edge(self, step: Step, edge: int, side: int) -> tuple[Cause, ...]:
        if (side, edge) not in self._kept:
            self._kept[side, edge] = tuple(self._causes(step, edge, side))
        return self._kept[side, edge]

    def _causes(self, step: Step, edge: int, side: int) -> Iterator[Cause]:
        """Yield the facts behind an edge that one moment alone has, or what else explains it."""
        rows = self.compared.projections[side].rows_of(edge).tolist()
        told = list(dict.fromkeys(self.facts[row] for row in rows if row in self.facts))
        alone = [each for each in told if each.change is not Change.CHANGED]
        unseen = self.compared.unseen(side, edge)
        for fact in alone or told:
            yield _cause(fact)
        for origin in unseen:
            when = self.compared.moments[1 - side].at
            words = f"{origin.record} of {origin.source} was not loaded on {when}"
            yield Cause(kind=COVERAGE, words=words, source=origin.source)
        if not told and not unseen:
            yield from self._unblocked(step, side)

    def _unblocked(self, step: Step, side: int) -> Iterator[Cause]:
        """Yield what stood in the way on the other side: all that is behind the step was there."""
        ends = {step.source, step.target}
        in_the_way = (Change.REMOVED if side else Change.ADDED, Change.CHANGED)
        near = [
            each
            for each in dict.fromkeys(self.facts.values())
            if each.change in in_the_way and ends & {each.id, each.target}
        ]
        for each in near:
            yield _cause(each)
        if not near:
            why = "what stood in its way is gone" if side else "something stands in its way"
            yield Cause(kind=UNBLOCKED, words=f"{why}: {step.sentence}")


_MARKS = {Change.ADDED: " (new)", Change.REMOVED: " (gone)", Change.CHANGED: ""}


def _cause(fact: Fact) -> Cause:
    return Cause(
        kind=fact.change.value,
        words=f"{fact}{_MARKS[fact.change]}",
        source=fact.source,
        sure=fact.sure,
        evidence=fact.evidence,
    )
