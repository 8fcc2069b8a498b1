"""What was observed at one moment, resolved: columns for rules to read.

A snapshot's nodes are the objects that loaders described or referred to; its edges end at
positions. Rules in `derive/` read it and nothing else. Properties are parsed once, by column,
when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from idgraph.catalogue import Catalogue
from idgraph.graph import Bools, Codes, Ints, Longs, Texts


@dataclass(frozen=True)
class EdgeTable:
    """The observed edges of one kind, in the snapshot's order."""

    source: Ints  # (m,) node positions
    target: Ints  # (m,)
    row: Longs  # (m,) row number in the store: the evidence
    keys: Texts  # (m,)
    guards: tuple[tuple[str, ...], ...]  # (m,)
    properties: tuple[Mapping[str, Any], ...]  # (m,)

    def __len__(self) -> int:
        return len(self.source)

    def text(self, name: str) -> Texts:
        """Return a text property of each edge, "" where it is absent."""
        return _column([each.get(name, "") for each in self.properties])

    def strs(self, name: str) -> list[tuple[str, ...]]:
        """Return a list property of each edge, () where it is absent."""
        return [tuple(each.get(name, ())) for each in self.properties]

    def where(self, keep: Bools) -> EdgeTable:
        """Return the edges that a mask keeps."""
        at = np.flatnonzero(keep)
        return EdgeTable(
            self.source[at],
            self.target[at],
            self.row[at],
            self.keys[at],
            tuple(self.guards[i] for i in at),
            tuple(self.properties[i] for i in at),
        )


@dataclass(frozen=True, slots=True)
class BlindSpotNote:
    """Something not known that resolving or loading found: an ambiguous alias, a stub."""

    code: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rows that contradict each other about one node; `kept` is what is used."""

    node: str
    field: str
    values: tuple[str, ...]
    kept: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """An owner claim, resolved: `owner` is a position or -1 where the text names nobody known."""

    node: int
    owner: int
    text: str
    claim: str
    said_by: str
    said_at: str
    row: int


@dataclass(frozen=True)
class Coverage:
    """What one source's latest load saw of one record kind."""

    source: str
    record: str
    count: int
    complete: bool
    about: str


@dataclass(frozen=True)
class Snapshot:
    """The observed graph at one moment."""

    catalogue: Catalogue
    ids: Texts  # (n,) sorted, unique
    names: Texts  # (n,)
    kinds: Codes  # (n,)
    stub: Bools  # (n,) only referred to, never described
    node_row: Longs  # (n,) row of the fullest record of the node: its evidence
    edges: Mapping[str, EdgeTable]  # by edge kind name; every observed kind has a table
    node_properties: tuple[Mapping[str, Any], ...]  # (n,) merged over all records
    claims: tuple[Claim, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[BlindSpotNote, ...] = ()
    _columns: dict[str, Texts] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.ids)

    def of_kind(self, *names: str) -> Ints:
        """Return the positions of all nodes of these kinds, ascending."""
        codes = [self.catalogue.node_code(name) for name in names]
        return np.flatnonzero(np.isin(self.kinds, codes)).astype(np.int32)

    def is_kind(self, *names: str) -> Bools:
        """Return whether each node is of one of these kinds."""
        return np.isin(self.kinds, [self.catalogue.node_code(name) for name in names])

    def value(self, name: str) -> Texts:
        """Return a property of every node, None where it is unknown."""
        if name not in self._columns:
            self._columns[name] = _column([each.get(name) for each in self.node_properties])
        return self._columns[name]

    def true(self, name: str) -> Bools:
        """Return whether a property is known to be true."""
        known: Bools = self.value(name) == True  # noqa: E712  an object column, by element
        return known

    def false(self, name: str) -> Bools:
        """Return whether a property is known to be false."""
        known: Bools = self.value(name) == False  # noqa: E712  an object column, by element
        return known

    def position(self, node_id: str) -> int:
        """Return the position of an id, or -1."""
        at = int(np.searchsorted(self.ids, node_id))
        return at if at < self.n and self.ids[at] == node_id else -1

    def positions(self, ids: Texts) -> Ints:
        """Return the position of each id, -1 where there is none."""
        if not self.n:
            return np.full(len(ids), -1, np.int32)
        at = np.searchsorted(self.ids, ids).clip(0, self.n - 1)
        return np.where(self.ids[at] == ids, at, -1).astype(np.int32)


def _column(values: list[Any]) -> Texts:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def allowed_ends(catalogue: Catalogue, edge_kind: str) -> Bools:
    """Return, by code of the source's and the target's kind, whether an edge kind allows it.

    An unidentified object is allowed wherever any node is.
    """
    size = len(catalogue.node_kinds)
    table = np.zeros((size, size), bool)
    for source, target in catalogue.edge(edge_kind).ends:
        table[catalogue.node_code(source.name), catalogue.node_code(target.name)] = True
    anything = catalogue.node_code("Unidentified")
    table[anything, :] |= table.any(axis=0)
    table[:, anything] |= table.any(axis=1)
    table[anything, anything] = True
    return table
