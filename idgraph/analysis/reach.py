"""What can be reached from an identity: the targets by class, each with the path shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.find import NameIndex
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.steps import (
    Evidence,
    Path,
    Step,
    Storyteller,
    all_steps,
    no_evidence,
    numbered,
)
from idgraph.analysis.walk import VERDICTS, Verdict, Walk, walk
from idgraph.errors import UnknownNameError
from idgraph.graph import Bools, Flag, Ints, TrustGraph

if TYPE_CHECKING:
    import pandas as pd

    from idgraph.analysis.changes.marks import Marks
    from idgraph.analysis.controls import Controls
    from idgraph.analysis.doubt import Bounds, Doubt, Doubts, Resolver

__all__ = ["CLASSES", "Evidence", "Identity", "Path", "Reach", "Reached", "Step", "Target", "reach"]

CLASSES = {
    "nhis": (Flag.NHI, "non-human identity", "non-human identities"),
    "privileged": (Flag.PRIVILEGED, "privileged role or scope", "privileged roles and scopes"),
    "secret_stores": (Flag.SECRET_STORE, "secret store", "secret stores"),
    "data": (Flag.DATA, "data store", "data stores"),
}


MOST_ROWS = 10  # controls told


@dataclass(frozen=True, slots=True)
class Identity:
    """A node as an answer names it."""

    id: str
    kind: str
    name: str

    def to_json(self) -> dict[str, str]:
        """Return the node as `--json` prints it."""
        return {"id": self.id, "kind": self.kind, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A platform's object that is reached, and how surely."""

    id: str
    kind: str
    name: str
    hops: int
    verdict: Verdict
    guards: tuple[str, ...]
    blind_spots: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object as `--json --all` prints it."""
        said = {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "hops": self.hops,
            "verdict": self.verdict.value,
            "guards": list(self.guards),
        }
        return said | _unseen(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Reached):
    """A reached object of a class that matters, with the path shown.

    `sufficient` are all sets of guards that suffice, minimal by inclusion, `guards` the first.
    """

    assumes: tuple[str, ...]
    sufficient: tuple[tuple[str, ...], ...]
    path: Path

    @property
    def added(self) -> tuple[str, ...]:
        """Who says that a step of the path was added inside the window asked about."""
        said = {each.witness.value for step in all_steps(self.path) for each in step.added}
        return tuple(sorted(said))

    def to_json(self) -> dict[str, Any]:
        """Return the target as `--json` prints it."""
        enough = {"sufficient": [list(each) for each in self.sufficient]}
        conditional = self.verdict is Verdict.REACHED_IF
        return (
            {
                "id": self.id,
                "kind": self.kind,
                "name": self.name,
                "hops": self.hops,
                "verdict": self.verdict.value,
                "guards": list(self.guards),
                "assumes": list(self.assumes),
                "path": [step.to_json() for step in self.path],
            }
            | (enough if conditional else _unseen(self))
            | self._added_json()
        )

    def _added_json(self) -> dict[str, Any]:
        return {"added": list(self.added)} if self.added else {}


def _unseen(row: Reached) -> dict[str, Any]:
    if row.verdict is not Verdict.CANNOT_TELL:
        return {}
    return {"blind_spots": list(row.blind_spots)}


@dataclass(frozen=True, eq=False, repr=False)
class Reach:
    """The answer to "what can be reached from it?".

    Targets, paths and evidence are worked out when first asked for, evidence in one request.
    """

    walk: Walk
    provenance: Provenance = UNKNOWN_ORIGIN
    evidence: Evidence = no_evidence
    marks: Marks | None = None  # of a window: what was added in it

    @property
    def graph(self) -> TrustGraph:
        """The graph that was walked."""
        return self.walk.graph

    @property
    def scenario(self) -> Scenario:
        """What the attacker was taken to be able to do."""
        return self.walk.scenario

    @property
    def passes(self) -> tuple[str, ...]:
        """All guards and guard kinds passed, the identity's own second factor among them."""
        return self.scenario.passed(self.identity.id)

    @cached_property
    def identity(self) -> Identity:
        """The identity that was asked about."""
        return self._named(self.walk.start)

    @property
    def nhis(self) -> tuple[Target, ...]:
        """The non-human identities reached."""
        return self._targets["nhis"]

    @property
    def privileged(self) -> tuple[Target, ...]:
        """The privileged roles and scopes reached."""
        return self._targets["privileged"]

    @property
    def secret_stores(self) -> tuple[Target, ...]:
        """The secret stores of which the content can be read."""
        return self._targets["secret_stores"]

    @property
    def data(self) -> tuple[Target, ...]:
        """The data stores of which the content can be read."""
        return self._targets["data"]

    @cached_property
    def reached(self) -> tuple[Reached, ...]:
        """Every platform object reached, surely first, then by steps and id."""
        return tuple(Reached(**self._row(node)) for node in self._ordered(self._objects).tolist())

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """The number of objects by verdict, for each class and for all."""
        classes = {name: self._members(name) for name in CLASSES}
        return {
            name: self._tally(mask) for name, mask in (classes | {"all": self._objects}).items()
        }

    @cached_property
    def bounds(self) -> dict[str, Bounds]:
        """The number of objects reached at least, as stated and at most, for each class and all."""
        return self._resolver.bounds()

    def doubts(self) -> Doubts:
        """Return what was not seen, and how many results hang on it, most first."""
        return self._resolver.doubts(self.identity)

    @cached_property
    def settles_most(self) -> Doubt | None:
        """What would settle most results; None where nothing would, or it takes long to tell."""
        return next(iter(self.doubts().deciding), None) if self.told_quickly else None

    @property
    def told_quickly(self) -> bool:
        """Whether bounds and doubts are worked out so quickly that they stand in every text."""
        return self._resolver.quick

    @cached_property
    def overall(self) -> Bounds:
        """The number of targets of any class reached at least, as stated and at most."""
        return self._resolver.overall()

    @cached_property
    def _resolver(self) -> Resolver:
        from idgraph.analysis.doubt import Resolver

        classes = {name: self._members(name) for name in CLASSES} | {"all": self._objects}
        return Resolver(self.walk, classes, self.provenance)

    @property
    def guards_cut(self) -> bool:
        """Whether a set of guards shown may not be the smallest, and `cannot tell` too careful."""
        return self.walk.guards_cut

    def path_to(self, name: str) -> Path:
        """Return the path shown to an object, by its id or name; no steps when none leads there."""
        node = self._names.find(name, role="target")
        if self.walk.verdict(node) is None:
            return ()
        return self._storyteller.tell([self.walk.path(node)])[0]

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex.of(self.graph)

    # Worked out once.

    @cached_property
    def _objects(self) -> Bools:
        objects = (self.walk.verdicts >= 0) & ~self.graph.synthetic
        objects[self.walk.start] = False
        return objects

    def members(self, name: str) -> Bools:
        """Return which nodes are reached objects of a class."""
        return self._members(name)

    def _members(self, name: str) -> Bools:
        members: Bools = self._objects & self.graph.has(CLASSES[name][0])
        return members

    def _tally(self, mask: Bools) -> dict[str, int]:
        verdicts = self.walk.verdicts[mask]
        return {each.value: int((verdicts == at).sum()) for at, each in enumerate(VERDICTS)}

    def _ordered(self, mask: Bools) -> Ints:
        nodes = np.flatnonzero(mask).astype(np.int32)
        return nodes[np.lexsort((nodes, self.walk.hops[nodes], self.walk.verdicts[nodes]))]

    @cached_property
    def _storyteller(self) -> Storyteller:
        return Storyteller(self.graph, self.walk.needed_on, self.walk.assumed_on, self.evidence)

    @cached_property
    def _targets(self) -> dict[str, tuple[Target, ...]]:
        by_class = {name: self._ordered(self._members(name)).tolist() for name in CLASSES}
        nodes = sorted({node for some in by_class.values() for node in some})
        paths = self._storyteller.tell([self.walk.path(node) for node in nodes])
        if self.marks is not None:
            paths = self.marks.on(self.graph, paths)
        targets = {node: self._target(node, path) for node, path in zip(nodes, paths, strict=True)}
        return {name: tuple(targets[node] for node in some) for name, some in by_class.items()}

    def _target(self, node: int, path: Path) -> Target:
        assumed = {each for step in all_steps(path) for each in step.assumes}
        return Target(
            **self._row(node),
            assumes=tuple(sorted(assumed)),
            sufficient=self.walk.sufficient(node),
            path=path,
        )

    def _row(self, node: int) -> dict[str, Any]:
        return {
            **self._named(node).to_json(),
            "hops": int(self.walk.hops[node]),
            "verdict": VERDICTS[self.walk.verdicts[node]],
            "guards": self.walk.guards(node),
            "blind_spots": self.walk.blind_spots(node),
        }

    def _named(self, node: int) -> Identity:
        graph = self.graph
        return Identity(str(graph.ids[node]), graph.kind_name(node), str(graph.names[node]))

    # Shown.

    def to_frame(self, which: str = "targets") -> pd.DataFrame:
        """Return the targets (a class by its name, or all), the objects reached, or the steps.

        Raises
        ------
        UnknownNameError
            There is no such table.
        """
        import pandas as pd

        tables = {
            "targets": self._target_rows,
            "reached": self._reached_rows,
            "steps": self._step_rows,
        }
        if which in CLASSES:
            return pd.DataFrame(self._target_rows((which,)), columns=_TARGET_COLUMNS)
        if which not in tables:
            choices = ", ".join((*tables, *CLASSES))
            raise UnknownNameError(f"table {which!r}", "does not exist", hint=f"Use: {choices}.")
        columns = {"targets": _TARGET_COLUMNS, "reached": _REACHED_COLUMNS, "steps": _STEP_COLUMNS}
        return pd.DataFrame(list(tables[which]()), columns=columns[which])

    def _target_rows(self, classes: Sequence[str] = tuple(CLASSES)) -> list[tuple[Any, ...]]:
        return [
            (name, *_reached_row(each), each.assumes)
            for name in classes
            for each in self._targets[name]
        ]

    def _reached_rows(self) -> list[tuple[Any, ...]]:
        return [_reached_row(each) for each in self.reached]

    def _step_rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self._distinct_targets():
            for leg, number, step in numbered(each.path):
                yield (
                    each.id,
                    leg,
                    number,
                    step.source,
                    step.kind,
                    step.target,
                    step.sentence,
                    step.guards,
                    step.assumes,
                    step.evidence,
                )

    def _distinct_targets(self) -> list[Target]:
        return list({each.id: each for name in CLASSES for each in self._targets[name]}.values())

    def controls(self, most: int = MOST_ROWS) -> Controls:
        """Return which single control would take most away, and which opens most."""
        from idgraph.analysis.controls import controls

        return controls(self, most)

    def to_json(
        self,
        *,
        all_objects: bool = False,
        with_controls: bool = False,
        with_doubts: bool = False,
    ) -> dict[str, Any]:
        """Return the answer as `idgraph reach --json` prints it, with --all every object reached.

        `guards_cut` stands in it only when it is so, `controls` and `doubts` only when asked for.
        """
        said: dict[str, Any] = {
            "identity": self.identity.to_json(),
            "scenario": self.scenario.to_json(self.identity.id),
            "as_of": self.provenance.as_of,
            "profile": self.provenance.profile,
            "counts": self.counts,
            "bounds": {name: each.to_json() for name, each in self.bounds.items()},
        }
        said |= {name: [each.to_json() for each in self._targets[name]] for name in CLASSES}
        said["coverage"] = {
            **self.provenance.coverage_json(),
            "sources": self.provenance.sources(),
        }
        said["settles_most"] = self.settles_most.to_json() if self.settles_most else None
        if all_objects:
            said["reached"] = [each.to_json() for each in self.reached]
        if with_controls:
            said["controls"] = self.controls().to_json()
        if with_doubts:
            said["doubts"] = self.doubts().to_json()
        if self.marks is not None:
            said["window"] = self.marks.changes.window.to_json()
        if self.guards_cut:
            said["guards_cut"] = True
        return said

    @property
    def summary(self) -> str:
        """The answer in a line."""
        said = [
            display.count_of(sum(self.counts[name].values()), one, many)
            for name, (_, one, many) in CLASSES.items()
        ]
        return f"{self.identity.name} reaches {display.listed(said)}{self._unsure()}"

    def _unsure(self) -> str:
        tally = self._tally(self._any_class)
        conditional, unknown = tally[Verdict.REACHED_IF], tally[Verdict.CANNOT_TELL]
        said = [f"{conditional:,} only under conditions"] * bool(conditional)
        said += [f"{unknown:,} that cannot be told"] * bool(unknown)
        told = f", {display.listed(said)} among them" if said else ", none under a condition"
        if not self.told_quickly:
            return told
        sure = self.overall
        return told if sure.least == sure.stated else f"{told}; at least {sure.least:,} in any case"

    @property
    def _any_class(self) -> Bools:
        flags = Flag(0)
        for flag, _, _ in CLASSES.values():
            flags |= flag
        members: Bools = self._objects & self.graph.has(flags)
        return members

    def __repr__(self) -> str:
        return display.plain(f"Reach({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row[:7] for row in self._target_rows()]
        return display.mimebundle(
            self.summary, _TARGET_COLUMNS[:7], rows[: display.ROWS_SHOWN], len(rows)
        )

    def explain(self) -> str:
        """Return the answer in plain sentences: what, by which path, on what conditions."""
        from idgraph.analysis.telling import tell_reach

        return tell_reach(self)


_REACHED_COLUMNS = ["id", "kind", "name", "hops", "verdict", "guards", "blind_spots"]
_TARGET_COLUMNS = ["class", *_REACHED_COLUMNS, "assumes"]
_STEP_COLUMNS = [
    "target_id",
    "leg",
    "step",
    "source",
    "kind",
    "target",
    "sentence",
    "guards",
    "assumes",
    "evidence",
]


def _reached_row(each: Reached) -> tuple[Any, ...]:
    return (
        each.id,
        each.kind,
        each.name,
        each.hops,
        each.verdict.value,
        each.guards,
        each.blind_spots,
    )


def reach(
    graph: TrustGraph,
    start: int | str,
    scenario: Scenario = FULL_TAKEOVER,
    *,
    evidence: Evidence = no_evidence,
    provenance: Provenance = UNKNOWN_ORIGIN,
) -> Reach:
    """Return what an identity reaches; `start` is its position or id.

    `evidence` returns the evidence texts of edges by their positions; it is called once for all
    steps shown.

    Raises
    ------
    InputError
        The reset method makes no sense on the identity.
    """
    position = graph.position(start) if isinstance(start, str) else start
    return Reach(walk(graph, position, scenario), provenance, evidence)
