"""The trust graph in columns: nodes sorted by id, edges sorted by their ends, CSR both ways.

Positions follow the order of ids, so a tie broken by the lowest position is broken by id, and
answers do not depend on the order of loading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from idgraph.catalogue import Catalogue, Role
from idgraph.errors import UnknownNameError, did_you_mean

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Codes = NDArray[np.int16]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

T = TypeVar("T")


class Flag(IntFlag):
    """Classes of a node, as bits of one column."""

    NHI = 1
    PRIVILEGED = 2
    SECRET_STORE = 4
    DATA = 8
    PERSON = 16
    WANTS_OWNER = 32
    SYNTHETIC = 64
    STUB = 128  # only referred to, never described by an export
    FACTORLESS = 256  # an account with no second factor registered, as its export says
    DISABLED = 512  # nobody signs in as it until somebody enables it again


@dataclass(frozen=True, slots=True)
class Csr:
    """Adjacency: the slots of row v are `ptr[v]:ptr[v + 1]`; parallel edges are kept."""

    ptr: Ints  # (n + 1,)
    nbr: Ints  # (slots,) the node at the other end
    eid: Ints  # (slots,) the edge's position in the edge columns

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.ptr) - 1

    def slots(self, front: Ints) -> Ints:
        """Return the slots of several rows, row by row."""
        first, width = self.ptr[front], self.ptr[front + 1] - self.ptr[front]
        start = np.repeat(first - (np.cumsum(width) - width), width)
        return (start + np.arange(len(start))).astype(np.int32)


def csr(n: int, tail: Ints, head: Ints, keep: Bools | None = None) -> Csr:
    """Return the adjacency of n nodes; within a row, slots keep the order of the edges."""
    eid = np.arange(len(tail), dtype=np.int32)
    if keep is not None:
        eid = eid[keep]
    order = np.argsort(tail[eid], kind="stable")
    eid = np.ascontiguousarray(eid[order])
    ptr = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(tail[eid], minlength=n), out=ptr[1:])
    return _frozen(Csr(ptr, np.ascontiguousarray(head[eid]), eid))


def _frozen(adjacency: Csr) -> Csr:
    for array in (adjacency.ptr, adjacency.nbr, adjacency.eid):
        array.flags.writeable = False
    return adjacency


@dataclass(frozen=True)
class TrustGraph:
    """Nodes and edges of one moment under one profile; immutable.

    `guard_sets[guards[e]]` are the guards of edge e, a conjunction. `rows[e]` is the number of
    the edge's row in the store that evidence is fetched by. `stands_for[v]` is the platform's
    object behind a power node, v itself for a platform's object, and -1 where there is none.
    """

    catalogue: Catalogue
    ids: Texts  # (n,) sorted, unique
    names: Texts  # (n,) display text as the export has it
    kinds: Codes  # (n,) codes of catalogue.node_kinds
    flags: NDArray[np.uint16]  # (n,) bits of Flag
    stands_for: Ints  # (n,)
    source: Ints  # (m,)
    target: Ints  # (m,)
    edge_kinds: Codes  # (m,) codes of catalogue.edge_kinds
    guards: Ints  # (m,) index into guard_sets
    rows: Longs  # (m,)
    guard_sets: tuple[tuple[str, ...], ...] = ((),)
    _adjacency: dict[Any, Csr] = field(default_factory=dict, repr=False, compare=False)
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """The number of nodes, synthetic ones among them."""
        return len(self.ids)

    @property
    def m(self) -> int:
        """The number of edges."""
        return len(self.source)

    def __repr__(self) -> str:
        return f"TrustGraph({self.n:,} nodes, {self.m:,} edges)"

    @cached_property
    def walkable(self) -> Bools:
        """Whether power runs along each edge."""
        by_kind = np.array([kind.walkable for kind in self.catalogue.edge_kinds], bool)
        walks: Bools = by_kind[self.edge_kinds]
        return walks

    @cached_property
    def synthetic(self) -> Bools:
        """Whether each node is ours and not the platform's."""
        ours: Bools = (self.flags & Flag.SYNTHETIC) != 0
        return ours

    @cached_property
    def hubs(self) -> Bools:
        """Whether each node is a hub: two edges through it are one step."""
        return self._role(Role.HUB)

    @cached_property
    def blind_spots(self) -> Bools:
        """Whether each node stands for edges that missing data could add."""
        return self._role(Role.BLIND_SPOT)

    @cached_property
    def gates(self) -> Bools:
        """Whether each node opens only when enough of its legs are held."""
        return self._role(Role.GATE)

    @cached_property
    def accounts(self) -> Bools:
        """Whether each node is of a kind that one signs in as, a person or not."""
        by_kind = np.array(
            [kind.is_person or kind.is_nhi for kind in self.catalogue.node_kinds], bool
        )
        accounts: Bools = by_kind[self.kinds]
        return accounts

    def _role(self, role: Role) -> Bools:
        by_kind = np.array([kind.role is role for kind in self.catalogue.node_kinds], bool)
        plays: Bools = by_kind[self.kinds]
        return plays

    def has(self, flag: Flag) -> Bools:
        """Return whether each node is in a class; synthetic nodes are in none."""
        members: Bools = ((self.flags & flag) != 0) & ~self.synthetic
        return members

    def out(self) -> Csr:
        """Return the walkable edges by their source, cached."""
        return self._cached("out", self.source, self.target)

    def back(self) -> Csr:
        """Return the walkable edges by their target, cached."""
        return self._cached("back", self.target, self.source)

    def _cached(self, name: str, tail: Ints, head: Ints) -> Csr:
        if name not in self._adjacency:
            self._adjacency[name] = csr(self.n, tail, head, self.walkable)
        return self._adjacency[name]

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what an analysis works out once for this graph, made when first asked for."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def position(self, node_id: str) -> int:
        """Return the position of an id.

        Raises
        ------
        UnknownNameError
            No node has this id.
        """
        at = int(np.searchsorted(self.ids, node_id))
        if at < self.n and self.ids[at] == node_id:
            return at
        raise UnknownNameError(
            f"node {node_id!r}", "is not in the graph", hint=did_you_mean(node_id, self.ids[:1000])
        )

    def kind_name(self, position: int) -> str:
        """Return the name of a node's kind."""
        return self.catalogue.node_kinds[int(self.kinds[position])].name

    def edge_kind_name(self, edge: int) -> str:
        """Return the name of an edge's kind."""
        return self.catalogue.edge_kinds[int(self.edge_kinds[edge])].name

    def guards_of(self, edge: int) -> tuple[str, ...]:
        """Return the guards of an edge, sorted."""
        return self.guard_sets[self.guards[edge]]

    def of_kind(self, *names: str) -> Ints:
        """Return the positions of all nodes of these kinds."""
        codes = [self.catalogue.node_code(name) for name in names]
        return np.flatnonzero(np.isin(self.kinds, codes)).astype(np.int32)


def graph_from_columns(  # noqa: PLR0913  one argument a column
    catalogue: Catalogue,
    *,
    ids: Sequence[str] | Texts,
    kinds: Sequence[str] | Codes,
    names: Sequence[str] | Texts | None = None,
    flags: NDArray[np.uint16] | None = None,
    stands_for: Ints | None = None,
    source: Iterable[int] | Ints = (),
    target: Iterable[int] | Ints = (),
    edge_kinds: Sequence[str] | Codes = (),
    guards: Ints | None = None,
    rows: Longs | None = None,
    guard_sets: tuple[tuple[str, ...], ...] = ((),),
) -> TrustGraph:
    """Return a graph from columns in any order: nodes are sorted by id, edges by their ends.

    `flags` defaults to what the kinds say; `rows` to the given order of the edges. Kinds may be
    given by name or by code. Raises ValueError when two nodes have one id.
    """
    id_column = _texts(ids)
    kind_codes = _codes(kinds, catalogue.node_code)
    n = len(id_column)
    order = np.argsort(id_column, kind="stable")
    place = np.empty(n, np.int32)
    place[order] = np.arange(n, dtype=np.int32)
    id_column = id_column[order]
    if n > 1 and (id_column[1:] == id_column[:-1]).any():
        raise ValueError("two nodes have one id")
    kind_codes = kind_codes[order]
    own_flags = flags_of_kinds(catalogue)[kind_codes] if flags is None else flags[order]
    behind = place if stands_for is None else _moved(stands_for, place)
    tail = place[np.asarray(source, np.int64)] if n else np.zeros(0, np.int32)
    head = place[np.asarray(target, np.int64)] if n else np.zeros(0, np.int32)
    codes = _codes(edge_kinds, catalogue.edge_code)
    sets = np.zeros(len(tail), np.int32) if guards is None else np.asarray(guards, np.int32)
    numbers = np.arange(len(tail), dtype=np.int64) if rows is None else np.asarray(rows, np.int64)
    edge_order = np.lexsort((numbers, sets, codes, head, tail))
    return TrustGraph(
        catalogue=catalogue,
        ids=id_column,
        names=(id_column if names is None else _texts(names)[order]),
        kinds=kind_codes,
        flags=own_flags.astype(np.uint16),
        stands_for=behind[order].astype(np.int32),
        source=tail[edge_order],
        target=head[edge_order],
        edge_kinds=codes[edge_order],
        guards=sets[edge_order],
        rows=numbers[edge_order],
        guard_sets=guard_sets,
    )


def flags_of_kinds(catalogue: Catalogue) -> NDArray[np.uint16]:
    """Return, for each code of a node kind, the flags that the kind alone gives."""
    return np.array(
        [
            (Flag.NHI * kind.is_nhi)
            | (Flag.PRIVILEGED * kind.is_privileged)
            | (Flag.SECRET_STORE * kind.is_secret_store)
            | (Flag.DATA * kind.is_data)
            | (Flag.PERSON * kind.is_person)
            | (Flag.WANTS_OWNER * kind.wants_owner)
            | (Flag.SYNTHETIC * kind.synthetic)
            for kind in catalogue.node_kinds
        ],
        np.uint16,
    )


def _moved(positions: Ints, place: Ints) -> Ints:
    moved = np.full(len(positions), -1, np.int32)
    known = positions >= 0
    moved[known] = place[positions[known]]
    return moved


def _texts(values: Sequence[str] | Texts) -> Texts:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _codes(names: Sequence[str] | Codes, code: Callable[[str], int]) -> Codes:
    if isinstance(names, np.ndarray) and names.dtype.kind in "iu":
        return names.astype(np.int16)
    table: dict[str, int] = {}
    out = np.empty(len(names), np.int16)
    for at, name in enumerate(names):
        if name not in table:
            table[name] = code(name)
        out[at] = table[name]
    return out
