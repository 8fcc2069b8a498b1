"""From a snapshot and a profile's rules to the trust graph: observed and derived edges together.

`derive` is a pure function. Its output, a projection, is cached in the store and never versioned
row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from idgraph.catalogue import Catalogue
from idgraph.derive.rules import Findings, FoundEdges, NewNode, Profile
from idgraph.errors import ModelError
from idgraph.graph import Flag, Ints, Longs, TrustGraph, flags_of_kinds, graph_from_columns
from idgraph.snapshot import Snapshot, allowed_ends

NOTHING = -1  # no row


@dataclass(frozen=True)
class Projection:
    """A trust graph with, for each edge, the store rows that it was observed in or derived from.

    `graph.rows[e]` is e: the evidence of edge e is `evidence[ptr[e]:ptr[e + 1]]`, in which a
    number below -1 stands for a method by which a rule found the edge. `node_rows[v]` is the row
    of the record that describes node v, -1 for a node of ours.
    """

    graph: TrustGraph
    ptr: Longs  # (m + 1,)
    evidence: Longs  # (sum of evidence,)
    node_rows: Longs  # (n,)

    def rows_of(self, edge: int) -> Longs:
        """Return the store rows behind one edge."""
        some = self.behind(edge)
        return some[some >= 0]

    def behind(self, edge: int) -> Longs:
        """Return all that stands behind one edge: store rows, and numbers of methods below -1."""
        return self.evidence[self.ptr[edge] : self.ptr[edge + 1]]


def derive(snapshot: Snapshot, profile: Profile) -> Projection:
    """Return the trust graph of a snapshot under a profile.

    Raises
    ------
    ModelError
        A rule found an edge of a kind it does not declare, or between ends the kind forbids.
    """
    found = [_run(snapshot, rule) for rule in profile.rules]
    nodes, moves = _unified_nodes(snapshot, found)
    columns = _Columns(snapshot.catalogue)
    for name, table in snapshot.edges.items():
        columns.add(name, table.source, table.target, table.guards, (table.row,))
    for findings, move in zip(found, moves, strict=True):
        for edges in findings.edges:
            _check_ends(snapshot, nodes, edges, move)
            columns.add(
                edges.kind.name,
                move[edges.source],
                move[edges.target],
                edges.guards,
                edges.evidence,
            )
    return _assemble(snapshot, nodes, _flags(snapshot, nodes, found), columns)


def _run(snapshot: Snapshot, rule: Any) -> Findings:
    findings = Findings(snapshot)
    rule.find(snapshot, findings)
    stray = {edges.kind.name for edges in findings.edges} - {kind.name for kind in rule.kinds}
    if stray:
        raise ModelError(f"rule {rule.name}", f"found {', '.join(sorted(stray))}, undeclared")
    return findings


def _unified_nodes(
    snapshot: Snapshot, found: Sequence[Findings]
) -> tuple[list[NewNode], list[Ints]]:
    """Return the new nodes of all rules, each id once, and each rule's handles as positions."""
    place: dict[str, int] = {}
    nodes: list[NewNode] = []
    moves = []
    for findings in found:
        move = np.arange(snapshot.n + len(findings.nodes), dtype=np.int32)
        for at, node in enumerate(findings.nodes):
            if node.id not in place:
                place[node.id] = snapshot.n + len(nodes)
                nodes.append(node)
            move[snapshot.n + at] = place[node.id]
        moves.append(move)
    return nodes, moves


def _check_ends(
    snapshot: Snapshot, nodes: Sequence[NewNode], edges: FoundEdges, move: Ints
) -> None:
    codes = np.concatenate(
        (snapshot.kinds, [snapshot.catalogue.node_code(node.kind.name) for node in nodes])
    ).astype(np.int64)
    allowed = allowed_ends(snapshot.catalogue, edges.kind.name)
    ok = allowed[codes[move[edges.source]], codes[move[edges.target]]]
    if not ok.all():
        at = int(np.flatnonzero(~ok)[0])
        kinds = snapshot.catalogue.node_kinds
        ends = (
            kinds[codes[move[edges.source[at]]]].name,
            kinds[codes[move[edges.target[at]]]].name,
        )
        raise ModelError(f"edge kind {edges.kind.name}", f"was found from {ends[0]} to {ends[1]}")


def _flags(
    snapshot: Snapshot, nodes: Sequence[NewNode], found: Iterable[Findings]
) -> np.ndarray[Any, np.dtype[np.uint16]]:
    by_kind = flags_of_kinds(snapshot.catalogue)
    new = [snapshot.catalogue.node_code(node.kind.name) for node in nodes]
    flags = by_kind[np.concatenate((snapshot.kinds, np.array(new, np.int16)))].astype(np.uint16)
    flags[: snapshot.n][snapshot.stub] |= np.uint16(Flag.STUB)
    for findings in found:
        for positions, flag in findings.flags:
            flags[positions] |= np.uint16(flag)
    return flags


class _Columns:
    """Edge columns under construction; equal guard sets are interned."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.source: list[Ints] = []
        self.target: list[Ints] = []
        self.kinds: list[np.ndarray[Any, Any]] = []
        self.guards: list[Ints] = []
        self.evidence: list[tuple[Longs, ...]] = []
        self.sets: dict[tuple[str, ...], int] = {(): 0}

    def add(
        self,
        kind: str,
        source: Ints,
        target: Ints,
        guards: Sequence[tuple[str, ...]],
        evidence: tuple[Longs, ...],
    ) -> None:
        count = len(source)
        numbers = [self.sets.setdefault(each, len(self.sets)) for each in guards]
        if len(numbers) == 1:
            numbers *= count
        self.source.append(source)
        self.target.append(target)
        self.kinds.append(np.full(count, self.catalogue.edge_code(kind), np.int16))
        self.guards.append(np.array(numbers, np.int32))
        self.evidence.append(evidence)

    def ragged_evidence(self) -> tuple[Longs, Longs]:
        """Return all evidence rows as (ptr, rows), in the order the edges were added."""
        width = max((len(columns) for columns in self.evidence), default=0)
        blocks = [
            _padded(columns, len(tail), width)
            for columns, tail in zip(self.evidence, self.source, strict=True)
        ]
        table = np.concatenate(blocks) if blocks else np.zeros((0, width), np.int64)
        used = table != NOTHING  # below it are numbers of a rule's methods
        ptr = np.zeros(len(table) + 1, np.int64)
        np.cumsum(used.sum(axis=1), out=ptr[1:])
        return ptr, table[used]


def _padded(columns: tuple[Longs, ...], count: int, width: int) -> Longs:
    table = np.full((count, width), NOTHING, np.int64)
    for at, column in enumerate(columns):
        table[:, at] = column
    return table


def _assemble(
    snapshot: Snapshot,
    nodes: Sequence[NewNode],
    flags: np.ndarray[Any, np.dtype[np.uint16]],
    columns: _Columns,
) -> Projection:
    n = snapshot.n + len(nodes)
    new_codes = [snapshot.catalogue.node_code(node.kind.name) for node in nodes]
    behind = np.arange(n, dtype=np.int32)
    behind[snapshot.n :] = [node.stands_for for node in nodes]
    graph = graph_from_columns(
        snapshot.catalogue,
        ids=[*snapshot.ids, *(node.id for node in nodes)],
        kinds=np.concatenate((snapshot.kinds, np.array(new_codes, np.int16))),
        names=[*snapshot.names, *(node.name for node in nodes)],
        flags=flags,
        stands_for=behind,
        source=_joined(columns.source),
        target=_joined(columns.target),
        edge_kinds=_joined(columns.kinds).astype(np.int16),
        guards=_joined(columns.guards),
        guard_sets=tuple(columns.sets),
    )
    ptr, evidence = columns.ragged_evidence()
    node_rows = np.full(n, -1, np.int64)
    node_rows[np.searchsorted(graph.ids, snapshot.ids)] = snapshot.node_row
    return _renumbered(graph, ptr, evidence, node_rows)


def _renumbered(graph: TrustGraph, ptr: Longs, evidence: Longs, node_rows: Longs) -> Projection:
    """Return a projection whose evidence follows the graph's order of edges."""
    width = np.diff(ptr)[graph.rows]
    new_ptr = np.zeros(graph.m + 1, np.int64)
    np.cumsum(width, out=new_ptr[1:])
    start = np.repeat(ptr[graph.rows] - new_ptr[:-1], width)
    moved = evidence[start + np.arange(int(new_ptr[-1]))]
    rows = np.arange(graph.m, dtype=np.int64)
    return Projection(_with_rows(graph, rows), new_ptr, moved, node_rows)


def _with_rows(graph: TrustGraph, rows: Longs) -> TrustGraph:
    return TrustGraph(
        catalogue=graph.catalogue,
        ids=graph.ids,
        names=graph.names,
        kinds=graph.kinds,
        flags=graph.flags,
        stands_for=graph.stands_for,
        source=graph.source,
        target=graph.target,
        edge_kinds=graph.edge_kinds,
        guards=graph.guards,
        rows=rows,
        guard_sets=graph.guard_sets,
    )


def _joined(parts: Sequence[np.ndarray[Any, Any]]) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)
