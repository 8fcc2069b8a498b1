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

from idgraph.analysis.rank.condense import Condensed
from idgraph.analysis.rank.counting import Counts, reach_counts
from idgraph.graph import Bools, Ints

COLUMNS = 32  # counted in one pass


@dataclass(frozen=True, slots=True)
class Leg:
    """Who may stand for a leg: accounts, and nodes whose holder lets any account held stand."""

    node: int
    accounts: frozenset[int] = frozenset()
    anyone: frozenset[int] = frozenset()

    @property
    def standing(self) -> tuple[frozenset[int], frozenset[int]]:
        """What legs have in common that the same may stand for."""
        return self.accounts, self.anyone


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
        not_lowest = np.zeros(dag.count, bool)
        not_lowest[dag.tails[opens[dag.heads]]] = True
        lowest = np.flatnonzero(opens & ~not_lowest)
        tails.append(dag.members[lowest])
        heads.append(np.full(len(lowest), gate.node, np.int32))
    none = np.zeros(0, np.int32)
    return np.concatenate((none, *tails)), np.concatenate((none, *heads))


def _can_open(dag: Condensed, gates: Gates) -> Iterator[tuple[Gate, Bools]]:
    """Yield each gate that somebody can open and could not yet, with the components that can."""
    cases = [case for case in (_Case(dag, gate) for gate in gates.gates) if case.rows.any()]
    columns = [gates.column(nodes) for case in cases for nodes in case.nodes]
    everyone = [gates.accounts] if any(case.needs_everyone for case in cases) else []
    counted = _counted(dag, [*everyone, *columns])
    held = next(counted) if everyone else np.zeros(dag.count, np.int64)
    for case in cases:
        yield case.gate, case.opens(held, [next(counted) for _ in case.nodes])


def _counted(dag: Condensed, columns: Sequence[Ints]) -> Iterator[Counts]:
    """Yield, for each column of nodes, how many of them each component reaches."""
    for first in range(0, len(columns), COLUMNS):
        some = columns[first : first + COLUMNS]
        weights = [np.bincount(dag.component[each], minlength=dag.count) for each in some]
        yield from reach_counts(dag, np.stack(weights, axis=1)).T


@dataclass(frozen=True, eq=False)
class _Case:
    """A gate, with what has to be counted before it is known who can open it.

    Of legs that the same may stand for, all count or none: more of them stand on nobody else.
    Where one account is enough for some legs, that one of them is held says that there is one.
    """

    dag: Condensed
    gate: Gate

    @cached_property
    def rows(self) -> Bools:
        """The components that hold enough legs, and have not opened the gate."""
        enough = np.sum(list(self._held.values()), axis=0) >= self.gate.asks
        rows: Bools = enough & ~self.dag.above(int(self.dag.component[self.gate.node]))
        return rows

    @cached_property
    def _held(self) -> dict[Leg, Bools]:
        nobody = np.zeros(self.dag.count, bool)
        return {
            leg: self.dag.above(int(self.dag.component[leg.node])) if any(leg.standing) else nobody
            for leg in self.gate.legs
        }

    @cached_property
    def _choices(self) -> list[tuple[tuple[Leg, ...], int]]:
        """Some of the legs, with how many accounts have to stand for them, where that is any."""
        alike: dict[object, list[Leg]] = {}
        for leg in self.gate.legs:
            alike.setdefault(leg.standing, []).append(leg)
        spare = len(self.gate.legs) - self.gate.asks
        choices = (
            tuple(leg for legs in some for leg in legs)
            for size in range(1, len(alike) + 1)
            for some in combinations(alike.values(), size)
        )
        return [(legs, len(legs) - spare) for legs in choices if len(legs) > spare]

    @cached_property
    def nodes(self) -> list[frozenset[int]]:
        """What is counted: for some legs who may stand for them, and where anybody may."""
        counted = [legs for legs, asked in self._choices if asked > 1]
        return [each for legs in counted for each in _together(legs) if each]

    @property
    def needs_everyone(self) -> bool:
        """Whether it has to be known how many accounts are held at all."""
        return any(leg.anyone for leg in self.gate.legs)

    def opens(self, everyone: Counts, held: list[Counts]) -> Bools:
        """Return which components can take enough legs, from how many they hold of `nodes`."""
        opens, counted, none = self.rows.copy(), iter(held), np.zeros(self.dag.count, np.int64)
        for legs, asked in self._choices:
            if asked == 1:
                opens &= np.logical_or.reduce([self._held[leg] for leg in legs])
            else:
                accounts, anyone = (next(counted) if each else none for each in _together(legs))
                opens &= np.where(anyone > 0, everyone, accounts) >= asked
        return opens


def _together(legs: Sequence[Leg]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the accounts that may stand for some of the legs, and the nodes where anybody may."""
    together = frozenset[int]().union
    return together(*(leg.accounts for leg in legs)), together(*(leg.anyone for leg in legs))
