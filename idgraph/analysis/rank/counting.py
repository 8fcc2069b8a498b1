"""How much each component reaches, counted exactly: sets, with the bulk of them counted once.

In a graph without circles the targets of a component are its own and those of all it leads to,
each counted once, so their sets have to be united. Most of a large graph hangs on a few *trunks*:
a giant component, a group that everybody is in. What lies below a trunk is counted once for the
trunk; a component that reaches a trunk keeps in its set only what no trunk of its leads to, and
the sets stay small. Which components are taken for trunks changes the time, never the count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from idgraph.analysis.rank.condense import Condensed, Index, Rows, from_the_ends
from idgraph.graph import Bools

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TRUNKS = 8  # at most 64: a bit each
AT_ONCE = 8_000_000  # entries of sets that are united in one piece

Counts = NDArray[np.int64]
Bits = NDArray[np.uint64]


def reach_counts(dag: Condensed, weights: Counts, *, trunks: int = TRUNKS) -> Counts:
    """Return, for each component, the sum of the weights of all it reaches, itself among them.

    Parameters
    ----------
    dag
        The components.
    weights
        How much each component counts, shape (components, classes).
    trunks
        How many trunks are tried.

    Returns
    -------
    Counts
        Shape (components, classes).
    """
    lie = _Lie.of(dag, _trunks(dag, trunks))
    counts = _below_trunks(lie, weights)
    for rows, found in _Sets(dag, lie, weights).counted():
        counts[rows] += found
    return counts


def _trunks(dag: Condensed, most: int) -> Index:
    """Return the components through which much of the reach is likely to run.

    The largest component, then those that are entered from the most others.
    """
    entered = np.bincount(dag.heads, minlength=dag.count)
    likely = entered + dag.sizes() * (np.diff(dag.out.ptr) > 0)
    likely[np.diff(dag.out.ptr) == 0] = 0
    largest = np.argsort(-likely, kind="stable")[:most]
    return largest[likely[largest] > 1]


@dataclass(frozen=True)
class _Lie:
    """Where components lie: a bit for each trunk."""

    above: Bits  # (components,) the trunks that each component reaches
    below: Bits  # (components,) the trunks that reach each component

    @classmethod
    def of(cls, dag: Condensed, trunks: Index) -> _Lie:
        above, below = (np.zeros(dag.count, np.uint64) for _ in range(2))
        for number, trunk in enumerate(trunks.tolist()):
            bit = np.uint64(1 << number)
            above[dag.above(trunk)] |= bit
            below[dag.below(trunk)] |= bit
        return cls(above, below)

    def covered(self, tails: Index, heads: Index) -> Bools:
        """Return whether a trunk that each tail reaches leads to its head."""
        covered: Bools = (self.above[tails] & self.below[heads]) != 0
        return covered


def _below_trunks(lie: _Lie, weights: Counts) -> Counts:
    """Return the sum of the weights below all trunks that each component reaches."""
    sides, at_side = np.unique(lie.below, return_inverse=True)
    sums = np.zeros((len(sides), weights.shape[1]), np.int64)
    for column in range(weights.shape[1]):
        sums[:, column] = np.bincount(at_side, weights[:, column], minlength=len(sides))
    groups, group = np.unique(lie.above, return_inverse=True)
    table = ((groups[:, None] & sides[None, :]) != 0).astype(np.int64) @ sums
    counts: Counts = table[group]
    return counts


class _Sets:
    """The targets that no trunk accounts for, united level by level.

    Rows are numbered in the order in which they are done: first a row for each target, which
    holds just that, then the components from the ends.
    """

    def __init__(self, dag: Condensed, lie: _Lie, weights: Counts) -> None:
        self.lie = lie
        self.targets = np.flatnonzero(weights.any(axis=1)).astype(np.int32)
        self.weights = weights[self.targets]
        left = ~lie.covered(dag.tails, dag.heads)
        self.edges = _Numbered(dag.count, dag.tails[left], dag.heads[left], self.targets)

    def counted(self) -> Iterator[tuple[Index, Counts]]:
        """Yield components with what they reach beyond their trunks."""
        united = _United(len(self.targets), self.edges.led_to)
        for first, last in self._pieces(united):
            components = self.edges.components(first, last)
            sets = self._uncovered(self._leads(first, last) @ united.sets, components)
            united.add(sets)
            yield components, sets @ self.weights

    def _pieces(self, united: _United) -> Iterator[tuple[int, int]]:
        """Yield where the rows of each level begin and end, cut where they bring too much."""
        ptr, nbr = self.edges.rows.ptr, self.edges.rows.nbr
        for first, last in self.edges.levels:
            heads = nbr[ptr[first] : ptr[last]]
            before = np.concatenate(([0], np.cumsum(united.width(heads))))
            piece = before[ptr[first + 1 : last + 1] - ptr[first]] // AT_ONCE
            cuts = [first, *(first + 1 + np.flatnonzero(np.diff(piece))).tolist(), last]
            yield from pairwise(cuts)

    def _leads(self, first: int, last: int) -> csr_array:
        from scipy.sparse import csr_array

        ptr, nbr = self.edges.rows.ptr[first : last + 1], self.edges.rows.nbr
        heads = nbr[ptr[0] : ptr[-1]]
        return csr_array((np.ones(len(heads), bool), heads, ptr - ptr[0]), (last - first, first))

    def _uncovered(self, sets: csr_array, components: Index) -> csr_array:
        """Return the sets without the targets that a trunk of the component leads to."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(components)), np.diff(sets.indptr))
        left = ~self.lie.covered(components[rows], self.targets[sets.indices])
        if left.all():
            return sets
        ptr = _starts(np.bincount(rows[left], minlength=len(components)))
        return csr_array((sets.data[left], sets.indices[left], ptr), shape=sets.shape)


class _Numbered:
    """Edges by the numbers of rows: a row for each target, then the components from the ends."""

    def __init__(self, count: int, tails: Index, heads: Index, targets: Index) -> None:
        """`targets` holds the component of each target, to which that leads, too."""
        levels = list(from_the_ends(_rows(count, tails, heads), _rows(count, heads, tails)))
        self._order = np.concatenate([np.zeros(0, np.int64), *levels])
        self._targets = len(targets)
        ends = _starts(np.array([self._targets, *map(len, levels)], np.int64))[1:].tolist()
        self.levels = list(pairwise(ends))
        number = np.empty(count, np.int64)
        number[self._order] = np.arange(count) + self._targets
        self.rows = _rows(
            count + self._targets,
            np.concatenate((number[tails], number[targets])),
            np.concatenate((number[heads], np.arange(self._targets))),
        )
        self.led_to = np.zeros(count + self._targets, bool)
        self.led_to[self.rows.nbr] = True

    def components(self, first: int, last: int) -> Index:
        """Return the components with these numbers."""
        return self._order[first - self._targets : last - self._targets]


class _United:
    """The sets of the rows done so far; the set of a row that nothing leads to is not kept."""

    def __init__(self, targets: int, led_to: Bools) -> None:
        self._led_to = led_to
        self._targets = targets
        self._ptr = np.zeros(len(led_to) + 1, np.int64)
        self._ptr[: targets + 1] = np.arange(targets + 1)
        self._nbr = np.arange(targets, dtype=np.int32)
        self._done = targets

    @property
    def sets(self) -> csr_array:
        """The sets, a row each."""
        from scipy.sparse import csr_array

        ptr = self._ptr[: self._done + 1]
        nbr = self._nbr[: ptr[-1]]
        return csr_array((np.ones(len(nbr), bool), nbr, ptr), shape=(self._done, self._targets))

    def width(self, rows: Index) -> Index:
        """Return how many targets are in the set of each row."""
        return self._ptr[rows + 1] - self._ptr[rows]

    def add(self, sets: csr_array) -> None:
        """Take the sets of the next rows."""
        last = self._done + sets.shape[0]
        kept = self._led_to[self._done : last]
        width = np.where(kept, np.diff(sets.indptr), 0)
        begin = int(self._ptr[self._done])
        self._ptr[self._done + 1 : last + 1] = begin + np.cumsum(width)
        end = int(self._ptr[last])
        if end > len(self._nbr):
            self._nbr = np.resize(self._nbr, max(end, 2 * len(self._nbr)))
        self._nbr[begin:end] = sets.indices[np.repeat(kept, np.diff(sets.indptr))]
        self._done = last


def _rows(count: int, tails: Index, heads: Index) -> Rows:
    """Return edges without repeats by their tails."""
    from scipy.sparse import coo_array, csr_array

    ones = np.ones(len(tails), np.int8)
    sorted_ = csr_array(coo_array((ones, (tails, heads)), shape=(count, count)))
    return Rows(sorted_.indptr, sorted_.indices)


def _starts(width: Index) -> Index:
    return np.concatenate(([0], np.cumsum(width)))
