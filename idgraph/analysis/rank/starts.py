"""What every one of many identities reaches under a scenario, worked out for all of them at once.

Equal to a walk from each: *reached* and *reached if* and *cannot tell* are reach over three sets
of edges (`condense_guards`). What a reset opens to the identity alone becomes the edges of a node
of its own beside it, its *twin*, which nothing leads to. Where such an edge does not leave the
identity itself, or the identity is no account and the graph has gates, it is walked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from idgraph.analysis.edges import edges
from idgraph.analysis.gates import Part
from idgraph.analysis.rank.condense import Condensed, condense
from idgraph.analysis.rank.counting import Counts, reach_counts
from idgraph.analysis.rank.gates import Gate, Gates, Leg, opened
from idgraph.analysis.rank.guards import Openness
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.walk import NOT_REACHED, VERDICTS, Verdict, Verdicts, walk
from idgraph.graph import Bools, Flag, Ints, TrustGraph


@dataclass(frozen=True, eq=False)
class Everybody:
    """Many starts in one graph, all reset in the same way."""

    graph: TrustGraph
    starts: Ints  # positions, without repeats
    scenario: Scenario = FULL_TAKEOVER

    def counts(self, classes: Sequence[Bools]) -> Counts:
        """Return how many members of each class each start reaches, itself left out.

        Parameters
        ----------
        classes
            Whether each node is a member, shape (n,) each.

        Returns
        -------
        Counts
            Shape (starts, classes, verdicts), the verdicts in the order of `VERDICTS`.
        """
        found = np.zeros((len(self.starts), len(classes), len(VERDICTS)), np.int64)
        counted = {level: level.counts(self.starts, classes) for level in set(self._levels)}
        within = np.zeros((len(self.starts), len(classes)), np.int64)
        for at, level in enumerate(self._levels):
            surer, within = within, counted[level] * self._gets_in[at][:, None]
            found[:, :, at] = within - surer
        for at in np.flatnonzero(self.walked).tolist():
            found[at] = self._walked_counts(at, classes)
        return found

    def verdicts(self, target: int) -> Verdicts:
        """Return the verdict of each start on one target: an index into VERDICTS, as in a walk.

        A start that is the target is NOT_REACHED.
        """
        verdicts = np.full(len(self.starts), NOT_REACHED, np.int8)
        for at in reversed(range(len(VERDICTS))):
            reaches = self._levels[at].reaching(target)[self.starts]
            verdicts[reaches & self._gets_in[at]] = at
        for at in np.flatnonzero(self.walked).tolist():
            verdicts[at] = self._walked_verdicts(at)[target]
        return np.where(self.starts == target, NOT_REACHED, verdicts).astype(np.int8)

    @cached_property
    def walked(self) -> Bools:
        """Whether each start has to be walked by itself."""
        own, graph = self._openness.own, self.graph
        alone = np.zeros(graph.n, bool)
        alone[own.start[own.start != graph.source[own.edge]]] = True
        if graph.gates.any():
            alone |= ~graph.accounts
        walked: Bools = alone[self.starts]
        return walked

    def _walked_verdicts(self, at: int) -> Verdicts:
        return walk(self.graph, int(self.starts[at]), self.scenario).verdicts

    def _walked_counts(self, at: int, classes: Sequence[Bools]) -> Counts:
        verdicts = self._walked_verdicts(at).copy()
        verdicts[self.starts[at]] = NOT_REACHED
        found = [verdicts[members & (verdicts != NOT_REACHED)] for members in classes]
        return np.array([np.bincount(each, minlength=len(VERDICTS)) for each in found])

    @cached_property
    def _gets_in(self) -> tuple[Bools, ...]:
        """For each verdict, whether the reset lets the attacker in so surely at each start."""
        method, scenario = self.scenario.method, self.scenario
        if not (method.asks or scenario.holds):
            return (np.ones(len(self.starts), bool),) * len(VERDICTS)
        graph, factorless = self.graph, replace(scenario, factorless=True)
        has_none = graph.has(Flag.FACTORLESS)[self.starts].tolist()
        ids = [str(each) for each in graph.ids[self.starts]]
        asked = [factorless if none else scenario for none in has_none]
        pairs = list(zip(asked, ids, strict=True))
        at_best = ~np.array([each.stopped(start) for each, start in pairs], bool)
        at_once = at_best & np.array([not each.entry(start) for each, start in pairs], bool)
        return at_once, at_best, at_best

    @cached_property
    def _openness(self) -> Openness:
        return Openness(self.graph, self.scenario)

    @cached_property
    def _levels(self) -> tuple[_Level, ...]:
        """For each verdict, the reach within which a target has it or a surer one."""
        twins = _Twins.of(self._openness)
        levels: list[_Level] = []
        for verdict in VERDICTS:
            level = _Level(self._openness, verdict, twins, levels[-1] if levels else None)
            levels.append(level if level.goes_farther else levels[-1])
        return tuple(levels)


@dataclass(frozen=True, eq=False)
class _Twins:
    """Nodes beside starts, which have what a reset opens to the start alone."""

    starts: Ints  # (twins,) ascending
    tails: Ints  # the place of the twin in `starts`, for each edge
    heads: Ints

    @classmethod
    def of(cls, openness: Openness) -> _Twins:
        """Return the twins of all starts that have open edges of their own."""
        graph, own = openness.graph, openness.own
        at_home = own.start == graph.source[own.edge]
        starts, tails = np.unique(own.start[at_home], return_inverse=True)
        return cls(starts, tails.astype(np.int32), graph.target[own.edge[at_home]])

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, n: int) -> Ints:
        """Return, for each of n nodes, the node to start from: its twin, if it has one."""
        rows = np.arange(n, dtype=np.int32)
        rows[self.starts] = n + np.arange(len(self), dtype=np.int32)
        return rows


@dataclass(frozen=True, eq=False)
class _Level:
    """Reach over the edges that serve a verdict, gates opened for whom they open."""

    openness: Openness
    verdict: Verdict
    twins: _Twins
    surer: _Level | None  # reach over some of these edges

    @property
    def graph(self) -> TrustGraph:
        """The graph."""
        return self.openness.graph

    @cached_property
    def edges(self) -> Bools:
        """The edges that serve."""
        return self.openness.edges(self.verdict)

    @cached_property
    def goes_farther(self) -> bool:
        """Whether anything can be reached that is not reached surer; twins have it only there."""
        surer = self.surer
        if surer is None or (surer.verdict is Verdict.REACHED and self.twins):
            return True
        return bool((self.edges != surer.edges).any())

    def counts(self, starts: Ints, classes: Sequence[Bools]) -> Counts:
        """Return how many members each start reaches, itself left out; (starts, classes)."""
        dag = self._dag
        of_node = dag.component[: self.graph.n]
        weights = [np.bincount(of_node[each], minlength=dag.count) for each in classes]
        found = reach_counts(dag, np.stack(weights, axis=1))
        own = np.stack([each[starts] for each in classes], axis=1)
        counts: Counts = found[dag.component[self._rows[starts]]] - own
        return counts

    def reaching(self, target: int) -> Bools:
        """Return whether each node reaches a target when it is what is started from."""
        dag = self._dag
        reaching: Bools = dag.above(int(dag.component[target]))[dag.component[self._rows]]
        return reaching

    @cached_property
    def _rows(self) -> Ints:
        return self.twins.rows(self.graph.n)

    @cached_property
    def _dag(self) -> Condensed:
        has_gates = self.graph.gates.any()
        return opened(self._shut, self._gates()) if has_gates else self._shut

    @cached_property
    def _shut(self) -> Condensed:
        """The components while all gates are shut, made from those of the surer reach."""
        graph, twins, surer = self.graph, self.twins, self.surer
        edges = self.edges & ~graph.gates[graph.target] if graph.gates.any() else self.edges
        if surer is not None:
            more = edges & ~surer.edges
            return surer._shut.with_edges(graph.source[more], graph.target[more])  # noqa: SLF001  its own kind
        return condense(
            graph.n + len(twins),
            np.concatenate((graph.source[edges], graph.n + twins.tails, self._rows[twins.starts])),
            np.concatenate((graph.target[edges], twins.heads, twins.starts)),
        )

    def _gates(self) -> Gates:
        graph = self.graph
        known = edges(graph, self.openness.scenario.kinds).gates
        gates = tuple(
            Gate(
                int(node),
                int(known.k[number]),
                tuple(
                    self._leg([known.parts[at] for at in known.parts_of(leg)])
                    for leg in known.legs_of(number)
                ),
            )
            for number, node in enumerate(known.node)
        )
        twins = dict(enumerate(self.twins.starts.tolist(), graph.n))
        return Gates(gates, np.flatnonzero(graph.accounts).astype(np.int32), twins)

    def _leg(self, parts: Sequence[Part]) -> Leg:
        """Return who may stand for a leg by the parts that lead to it."""
        accounts, anyone = set[int](), set[int]()
        for part in parts:
            (anyone if part.any_account else accounts).update(self._holders(part))
        node = int(self.graph.source[parts[0].edges[-1]])
        return Leg(node, frozenset(accounts), frozenset(anyone))

    def _holders(self, part: Part) -> Iterator[int]:
        """Yield the nodes that hold a leg by a part: the one that it starts at, or its twin."""
        graph = self.graph
        if not (graph.accounts[part.node] or graph.gates[part.node]):
            return
        if self.openness.serves(self.verdict, part.guards):
            yield part.node
        elif self.twins and self.openness.only_start(part.guards) == part.node:
            yield int(self._rows[part.node])
