"""The reach of everybody at once: strong components, and what lies between them.

All nodes of a strong component reach the same, so the reach of every node follows from a graph
without circles. That graph is taken level by level from its ends: the components that lead
nowhere first, then those of which all successors are done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from idgraph.graph import Bools, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Index = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Rows:
    """Where the entries of each row stand: those of row v at `ptr[v]:ptr[v + 1]` of `nbr`."""

    ptr: Index  # (rows + 1,)
    nbr: Index  # (entries,)

    @cached_property
    def matrix(self) -> csr_array:
        """The entries as scipy wants them."""
        from scipy.sparse import csr_array

        count = len(self.ptr) - 1
        return csr_array((np.ones(len(self.nbr)), self.nbr, self.ptr), shape=(count, count))

    def of(self, rows: Index) -> Index:
        """Return the entries of several rows, row by row."""
        first, width = self.ptr[rows], self.width(rows)
        start = np.repeat(first - (np.cumsum(width) - width), width)
        found: Index = self.nbr[start + np.arange(len(start))]
        return found

    def width(self, rows: Index) -> Index:
        """Return the number of entries of each row."""
        width: Index = self.ptr[rows + 1] - self.ptr[rows]
        return width


@dataclass(frozen=True, eq=False)
class Condensed:
    """The strong components of a graph and the edges between them, without repeats."""

    component: Ints  # (n,) the component of each node
    out: Rows

    @property
    def count(self) -> int:
        """The number of components."""
        return len(self.out.ptr) - 1

    @cached_property
    def back(self) -> Rows:
        """The edges by their heads."""
        turned = _matrix(self.count, self.heads, self.tails)
        return Rows(turned.indptr, turned.indices)

    @property
    def heads(self) -> Index:
        """The component that each edge enters."""
        return self.out.nbr

    @cached_property
    def tails(self) -> Index:
        """The component that each edge leaves."""
        return np.repeat(np.arange(self.count, dtype=np.int32), np.diff(self.out.ptr))

    @cached_property
    def members(self) -> Ints:
        """One node of each component, the last one."""
        members = np.zeros(self.count, np.int32)
        members[self.component] = np.arange(len(self.component), dtype=np.int32)
        return members

    def above(self, component: int) -> Bools:
        """Return which components reach one, itself among them."""
        return _reached(self.back, component)

    def below(self, component: int) -> Bools:
        """Return which components one reaches, itself among them."""
        return _reached(self.out, component)

    def with_edges(self, tails: Ints, heads: Ints) -> Condensed:
        """Return the components once these edges between nodes are there too."""
        more = condense(
            self.count,
            np.concatenate((self.tails, self.component[tails])),
            np.concatenate((self.heads, self.component[heads])),
        )
        return Condensed(more.component[self.component], more.out)

    def sizes(self) -> Index:
        """Return the number of nodes of each component."""
        return np.bincount(self.component, minlength=self.count)


def condense(count: int, tails: Index, heads: Index) -> Condensed:
    """Return the strong components of `count` nodes and the edges between them."""
    from scipy.sparse import csgraph

    found, component = csgraph.connected_components(
        _matrix(count, tails, heads), directed=True, connection="strong"
    )
    tails, heads = component[tails], component[heads]
    between = tails != heads
    edges = _matrix(found, tails[between], heads[between])
    return Condensed(component, Rows(edges.indptr, edges.indices))


def _matrix(count: int, tails: Index, heads: Index) -> csr_array:
    """Return a matrix with an entry for each pair of ends.

    Parallel edges become one: with them scipy's search for strong components never ends.
    """
    from scipy.sparse import coo_array, csr_array

    ones = np.ones(len(tails))
    matrix = csr_array(coo_array((ones, (tails, heads)), shape=(count, count)))
    matrix.sum_duplicates()
    return matrix


def _reached(rows: Rows, start: int) -> Bools:
    from scipy.sparse import csgraph

    reached = np.zeros(len(rows.ptr) - 1, bool)
    order = csgraph.breadth_first_order(rows.matrix, start, return_predecessors=False)
    reached[order] = True
    return reached


def from_the_ends(out: Rows, back: Rows) -> Iterator[Index]:
    """Yield the rows of a graph without circles, level by level, each after all it leads to."""
    todo = np.diff(out.ptr)
    front = np.flatnonzero(todo == 0)
    while len(front):
        yield front
        before = back.of(front)
        np.subtract.at(todo, before, 1)
        front = np.unique(before[todo[before] == 0])
