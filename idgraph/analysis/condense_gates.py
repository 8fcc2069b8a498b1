"""Gates for everybody at once: for whom each one opens.

A component opens a gate when enough legs of it can be taken by as many different accounts that
it holds. Whether there are enough is a matter of counting (Hall's theorem): the most legs that
can be taken at once are all legs, less the greatest surplus of some of them over the accounts
that may stand for any of those. The counts are those of `condense_count`, exact for every
component in one pass.

Who opens a gate opens it for everybody who reaches the opener. So an opened gate becomes an edge
from each lowest opener to the gate; what that leads to may open others, and the counting is
repeated until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from idgraph.analysis.condense import Condensed
from idgraph.analysis.condense_count import Counts, reach_counts
from idgraph.graph import Bools, Ints

COLUMNS = 32  # counted in one pass


@dataclass(frozen=True, slots=True)
class Leg:
    """Who may stand for a leg: accounts, and nodes whose holder lets any account held stand."""

    accounts: frozenset[int] = frozenset()
    anyone: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: how many of its legs have to be held, each by another account."""

    node: int
    asks: int
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class Gates:
    """The gates of a graph, with all that may stand for their legs by the edges that are open."""

    gates: tuple[Gate, ...]
    accounts: Ints  # positions of all accounts
    twins: Mapping[int, int]  # nodes that stand for another: the account as which they do

    def column(self, nodes: frozenset[int]) -> Ints:
        """Return nodes to be counted; a twin counts only where its account does not."""
        counted = (node for node in nodes if self.twins.get(node) not in nodes)
        return np.array(sorted(counted), np.int64)


def opened(dag: Condensed, gates: Gates) -> Condensed:
    """Return the components once every gate is open to those who can open it.

    `dag` is made of the open edges that do not enter a gate.
    """
    while True:
        tails, heads = _openings(dag, gates)
        if not len(tails):
            return dag
        dag = dag.with_edges(tails, heads)


def _openings(dag: Condensed, gates: Gates) -> tuple[Ints, Ints]:
    """Return edges to gates from the lowest components that can open them, and could not yet."""
    tails, heads = list[Ints](), list[Ints]()
    for gate, opens in _can_open(dag, gates):
        new = opens & ~dag.above(int(dag.component[gate.node]))
        not_lowest = np.zeros(dag.count, bool)
        not_lowest[dag.tails[new[dag.heads]]] = True
        lowest = np.flatnonzero(new & ~not_lowest)
        tails.append(dag.members[lowest])
        heads.append(np.full(len(lowest), gate.node, np.int32))
    none = np.zeros(0, np.int32)
    return np.concatenate((none, *tails)), np.concatenate((none, *heads))


def _can_open(dag: Condensed, gates: Gates) -> Iterator[tuple[Gate, Bools]]:
    """Yield each gate with the components that hold enough accounts to open it."""
    cases = [_Case(gate) for gate in gates.gates]
    columns = [gates.column(nodes) for case in cases for nodes in case.nodes]
    counted = _counted(dag, [gates.accounts, *columns])
    everyone = next(counted)
    for case in cases:
        yield case.gate, case.opens(everyone, [next(counted) for _ in case.nodes])


def _counted(dag: Condensed, columns: Sequence[Ints]) -> Iterator[Counts]:
    """Yield, for each column of nodes, how many of them each component reaches."""
    for first in range(0, len(columns), COLUMNS):
        some = columns[first : first + COLUMNS]
        weights = [np.bincount(dag.component[each], minlength=dag.count) for each in some]
        yield from reach_counts(dag, np.stack(weights, axis=1)).T


@dataclass(frozen=True)
class _Case:
    """What has to be counted for a gate.

    Of legs that the same may stand for, all count or none: more of them stand on nobody else.
    """

    gate: Gate

    @cached_property
    def _alike(self) -> dict[Leg, int]:
        """How many legs each set of accounts may stand for."""
        legs = self.gate.legs
        return {leg: legs.count(leg) for leg in legs}

    @cached_property
    def _choices(self) -> list[tuple[Leg, ...]]:
        kinds = list(self._alike)
        sizes = range(1, len(kinds) + 1)
        return [chosen for size in sizes for chosen in combinations(kinds, size)]

    @cached_property
    def nodes(self) -> list[frozenset[int]]:
        """For each choice: who may stand for its legs, and the nodes whose holders let anybody."""
        together = frozenset[int]().union
        return [
            each
            for some in self._choices
            for each in (
                together(*(leg.accounts for leg in some)),
                together(*(leg.anyone for leg in some)),
            )
        ]

    def opens(self, everyone: Counts, held: list[Counts]) -> Bools:
        """Return which components can take enough legs, from how many they hold of `nodes`."""
        legs = len(self.gate.legs)
        taken = np.full(len(everyone), legs)
        for some, accounts, anyone in zip(self._choices, held[::2], held[1::2], strict=True):
            asked = sum(self._alike[leg] for leg in some)
            standing = np.where(anyone > 0, everyone, accounts)
            taken = np.minimum(taken, legs - asked + standing)
        opens: Bools = taken >= self.gate.asks
        return opens
