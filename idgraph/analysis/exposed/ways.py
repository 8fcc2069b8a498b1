"""The ways to reset identities that reach a target, each with the identities that it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from idgraph.analysis.exposed.reset_paths import ROLE_HOLDERS, SELF, ResetPathInto
from idgraph.analysis.rank import identities
from idgraph.analysis.rank.guards import Openness
from idgraph.analysis.rank.starts import Everybody
from idgraph.analysis.reach import Identity
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.steps import Evidence, Path, Storyteller, Texts, all_steps
from idgraph.analysis.walk import NOT_REACHED, VERDICTS, Verdict, Verdicts, Walk, walk
from idgraph.graph import Bools, Ints, TrustGraph

Ways = Callable[[int], Sequence[ResetPathInto]]
"""Returns the ways to reset an account, by its position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An identity whose reset reaches the target, and the best path from it."""

    id: str
    kind: str
    name: str
    verdict: Verdict
    hops: int
    guards: tuple[str, ...]
    assumes: tuple[str, ...]
    blind_spots: tuple[str, ...]
    evidence: tuple[str, ...]  # that the identity can be reset this way
    path: Path

    def to_json(self) -> dict[str, Any]:
        """Return the identity as `--json` prints it."""
        said: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "verdict": self.verdict.value,
            "hops": self.hops,
            "guards": list(self.guards),
            "assumes": list(self.assumes),
            "evidence": list(self.evidence),
            "path": [step.to_json() for step in self.path],
        }
        unseen = {"blind_spots": list(self.blind_spots)}
        return said | (unseen if self.verdict is Verdict.CANNOT_TELL else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetWay:
    """A way to carry out resets, and the identities on which it would reach the target.

    The fields up to `approvals` are those of `ResetPathInto`; all are empty where no way to reset
    these identities is known. `executors` are the accounts and groups that can carry it out.
    """

    path: str
    name: str
    method: str
    executor: str
    executors: tuple[Identity, ...]
    vendor: str
    channel: str
    proof: str
    approvals: int | None
    counts: dict[str, int]  # of all identities, by verdict
    identities: tuple[Exposure, ...]  # those listed

    @property
    def total(self) -> int:
        """How many identities it would reach the target by."""
        return sum(self.counts.values())

    @property
    def is_known(self) -> bool:
        """Whether it is known who could carry it out."""
        return bool(self.path)

    def to_json(self) -> dict[str, Any]:
        """Return the way as `--json` prints it."""
        return {
            "path": self.path,
            "name": self.name,
            "method": self.method,
            "executor": self.executor,
            "executors": [each.to_json() for each in self.executors],
            "vendor": self.vendor,
            "channel": self.channel,
            "proof": self.proof,
            "approvals": self.approvals,
            "counts": self.counts,
            "total": self.total,
            "identities": [each.to_json() for each in self.identities],
        }


@dataclass(frozen=True, eq=False)
class Group:
    """A way to carry out resets, and the identities on which it reaches the target."""

    way: ResetPathInto | None  # what all of them share; None where no way is known
    scenario: Scenario
    nodes: Ints  # by verdict, then by id
    verdicts: Verdicts
    edges: dict[int, tuple[int, ...]]  # by node: the edges that say it can be reset so

    @property
    def order(self) -> tuple[Any, ...]:
        """Where the way stands in the answer; what nobody is known to carry out comes last."""
        way = self.way
        if way is None:
            return (1,)
        return 0, *way.order, way.method, way.executors, self.scenario.reset or ""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Groups the identities that reach a target by the ways to reset them."""

    graph: TrustGraph
    target: int
    passes: frozenset[str]
    _verdicts: dict[Scenario, Verdicts] = field(default_factory=dict)

    def groups(self, ways: Ways, *, nhis: bool) -> tuple[Group, ...]:
        """Return the groups, weakest proof first."""
        scenario = Scenario(passes=self.passes)
        starts = identities(self.graph, scenario, nhis=nhis)
        verdicts = self._verdicts_of(scenario, starts)
        found: dict[ResetPathInto | None, dict[int, tuple[int, ...]]] = {}
        for start in np.flatnonzero(verdicts != NOT_REACHED).tolist():
            for way in _by_others(ways(start), str(self.graph.ids[start])) or (None,):
                edges = found.setdefault(_shared(way), {})
                edges[start] = (*edges.get(start, ()), *(way.edges if way else ()))
        split = (self._split(way, edges, starts) for way, edges in found.items())
        return tuple(sorted((each for some in split for each in some), key=lambda each: each.order))

    def _split(
        self, way: ResetPathInto | None, edges: dict[int, tuple[int, ...]], starts: Ints
    ) -> Iterator[Group]:
        """Yield those of whom the way reaches the target.

        Where its method makes no sense on a kind of identity, that is taken over whole.
        """
        nodes = np.array(sorted(edges), np.int32)
        scenario = Scenario(reset=(way.method if way else "") or None, passes=self.passes)
        fits = _fits(self.graph, scenario, nodes)
        for some, how in ((nodes[fits], scenario), (nodes[~fits], Scenario(passes=self.passes))):
            if not len(some):
                continue
            verdicts = self._verdicts_of(how, starts)[some]
            order = np.lexsort((some, verdicts))
            order = order[verdicts[order] != NOT_REACHED]
            if len(order):
                yield Group(way, how, some[order], verdicts[order], edges)

    def _verdicts_of(self, scenario: Scenario, starts: Ints) -> Verdicts:
        """Return the verdict on the target for each node of the graph, worked out once."""
        if scenario not in self._verdicts:
            fitting = starts[_fits(self.graph, scenario, starts)]
            verdicts = np.full(self.graph.n, NOT_REACHED, np.int8)
            verdicts[fitting] = Everybody(self.graph, fitting, scenario).verdicts(self.target)
            self._verdicts[scenario] = verdicts
        return self._verdicts[scenario]


def _fits(graph: TrustGraph, scenario: Scenario, nodes: Ints) -> Bools:
    fits = np.array([scenario.method.fits(kind) for kind in graph.catalogue.node_kinds], bool)
    on_nodes: Bools = fits[graph.kinds[nodes]]
    return on_nodes


def _by_others(ways: Iterable[ResetPathInto], own: str) -> list[ResetPathInto]:
    """Return the ways that somebody can go: no role without a holder, nobody on his own account.

    Self-service is the person's own; who a desk's people are, need not be known. Whoever holds a
    role stays named with the others, or each holder would stand in a group of his own.
    """
    found = []
    for way in ways:
        others = [each for each in way.executors if each != own]
        needs_holder = way.executor == ROLE_HOLDERS or own in way.executors
        if way.executor == SELF or others or not needs_holder:
            found.append(way)
    return found


def _shared(way: ResetPathInto | None) -> ResetPathInto | None:
    """Return what a way has in common for all whom it resets."""
    if way is None:
        return None
    executors = () if way.executor == SELF else way.executors
    return replace(way, executors=executors, guards=(), edges=(), evidence=())


def tally(verdicts: Verdicts) -> dict[str, int]:
    """Return how often each verdict occurs."""
    return {each.value: int((verdicts == at).sum()) for at, each in enumerate(VERDICTS)}


@dataclass(frozen=True, eq=False)
class Teller:
    """Walks from the identities listed, each reset in the same way once, and tells their paths."""

    graph: TrustGraph
    target: int
    limit: int | None
    evidence: Evidence
    _walked: dict[tuple[Scenario, int], Exposure] = field(default_factory=dict)

    def tell(self, groups: Sequence[Group]) -> tuple[ResetWay, ...]:
        """Return the ways to reset with the identities listed; evidence is fetched once."""
        listed = [group.nodes[: self.limit].tolist() for group in groups]
        told = [
            [self._exposure(group, at) for at in range(len(nodes))]
            for group, nodes in zip(groups, listed, strict=True)
        ]
        resets = [
            [group.edges[start] for start in nodes]
            for group, nodes in zip(groups, listed, strict=True)
        ]
        texts = self._texts(told, resets)
        return tuple(
            self._way(group, tuple(map(partial(_proved, texts), exposures, edges)))
            for group, exposures, edges in zip(groups, told, resets, strict=True)
        )

    def _way(self, group: Group, exposures: tuple[Exposure, ...]) -> ResetWay:
        way = group.way
        return ResetWay(
            path=way.path if way else "",
            name=way.name if way else "",
            method=way.method if way else "",
            executor=way.executor if way else "",
            executors=tuple(map(self._executor, way.executors)) if way else (),
            vendor=way.vendor if way else "",
            channel=way.channel if way else "",
            proof=way.proof if way else "",
            approvals=way.approvals if way else None,
            counts=tally(group.verdicts),
            identities=exposures,
        )

    def _executor(self, node_id: str) -> Identity:
        at = int(np.searchsorted(self.graph.ids, node_id))
        if at < self.graph.n and self.graph.ids[at] == node_id:
            return named(self.graph, at)
        return Identity(node_id, "", node_id)

    def _texts(
        self, told: Sequence[Sequence[Exposure]], resets: Sequence[Sequence[tuple[int, ...]]]
    ) -> Texts:
        """Return the evidence of all edges shown."""
        shown = {edge for some in resets for edges in some for edge in edges}
        for some in told:
            shown.update(e for each in some for step in all_steps(each.path) for e in step.edges)
        edges = sorted(shown)
        return dict(zip(edges, self.evidence(edges), strict=True)) if edges else {}

    def _exposure(self, group: Group, at: int) -> Exposure:
        """Return how an identity of a group reaches the target, without evidence as yet."""
        scenario, start = group.scenario, int(group.nodes[at])
        if (scenario, start) not in self._walked:
            surely = group.verdicts[at] == VERDICTS.index(Verdict.REACHED)
            asked = self._surely(scenario, start) if surely else scenario
            self._walked[scenario, start] = self._found(walk(self.graph, start, asked))
        return self._walked[scenario, start]

    def _surely(self, scenario: Scenario, start: int) -> Scenario:
        """Return the scenario in which every guard holds that is not passed.

        What is surely reached is reached by the same paths, and conditions are not searched.
        """
        graph = self.graph
        asked = graph.keep(("asked", scenario), lambda: Openness(graph, scenario).asked)
        own = scenario.singles(str(graph.ids[start]))
        return replace(scenario, holds=scenario.holds | (asked - own))

    def _found(self, found: Walk) -> Exposure:
        verdict = found.verdict(self.target)
        if verdict is None:
            raise LookupError(f"no path leads to {self.graph.ids[self.target]}")
        teller = Storyteller(self.graph, found.needed_on, found.assumed_on)
        return Exposure(
            **named(self.graph, found.start).to_json(),
            verdict=verdict,
            hops=int(found.hops[self.target]),
            guards=found.guards(self.target),
            assumes=found.assumes(self.target),
            blind_spots=found.blind_spots(self.target),
            evidence=(),
            path=teller.tell([found.path(self.target)])[0],
        )


def _proved(texts: Texts, each: Exposure, resets: tuple[int, ...]) -> Exposure:
    """Return an exposure with the evidence of the reset and of each step."""
    return replace(each, evidence=_said(texts, resets), path=_proved_path(texts, each.path))


def _proved_path(texts: Texts, path: Path) -> Path:
    return tuple(
        replace(
            step,
            evidence=_said(texts, step.edges),
            legs=tuple(_proved_path(texts, leg) for leg in step.legs),
        )
        for step in path
    )


def _said(texts: Texts, edges: Iterable[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for edge in edges for text in texts[edge]))


def named(graph: TrustGraph, node: int) -> Identity:
    """Return a node as an answer names it."""
    return Identity(str(graph.ids[node]), graph.kind_name(node), str(graph.names[node]))
