"""Small snapshots by hand, and a slow and simple reading of what was derived from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from idgraph.derive import CATALOGUE, STRICT, derive
from idgraph.derive.projection import Projection
from idgraph.derive.rules import Profile
from idgraph.graph import Flag
from idgraph.snapshot import EdgeTable, Snapshot

Edge = tuple[str, str, str, tuple[str, ...]]


@dataclass
class Build:
    """A snapshot under construction; rows are numbered in the order of the calls.

    `Build().node("EntraUser", "u1", account_enabled=True).edge("MEMBER_OF", "u1", "g1")`; an end
    that no call described becomes an `Unidentified` stub.
    """

    nodes: dict[str, tuple[str, str, dict[str, Any], int]] = field(default_factory=dict)
    edges: list[tuple[str, str, str, str, tuple[str, ...], dict[str, Any], int]] = field(
        default_factory=list
    )
    rows: int = 0

    def node(self, kind: str, node_id: str, name: str = "", **properties: Any) -> Self:
        """Add a node, or describe again one that is there: its properties merge."""
        known = self.nodes.get(node_id, (kind, name, {}, self.rows))
        merged = {**known[2], **properties}
        row = known[3] if known[3] >= 0 else self.rows
        self.nodes[node_id] = (kind, name or known[1] or node_id, merged, row)
        self.rows += 1
        return self

    def mention(self, kind: str, node_id: str, **properties: Any) -> Self:
        """Add a node that an export only refers to; describing it later ends that."""
        self.nodes.setdefault(node_id, (kind, node_id, properties, -1))
        return self

    def edge(
        self,
        kind: str,
        source: str,
        target: str,
        key: str = "",
        guards: tuple[str, ...] = (),
        **properties: Any,
    ) -> Self:
        """Add an observed edge."""
        self.edges.append((kind, source, target, key, guards, properties, self.rows))
        self.rows += 1
        return self

    def snapshot(self) -> Snapshot:
        """Return the columns."""
        described = dict(self.nodes)
        for _, source, target, *_ in self.edges:
            for end in (source, target):
                described.setdefault(end, ("Unidentified", end, {}, -1))
        ids = sorted(described)
        place = {node_id: at for at, node_id in enumerate(ids)}
        return Snapshot(
            catalogue=CATALOGUE,
            ids=_texts(ids),
            names=_texts([described[each][1] for each in ids]),
            kinds=np.array([CATALOGUE.node_code(described[i][0]) for i in ids], np.int16),
            stub=np.array([described[each][3] < 0 for each in ids], bool),
            node_row=np.array([described[each][3] for each in ids], np.int64),
            edges={
                kind.name: self._table(kind.name, place)
                for kind in CATALOGUE.edge_kinds
                if not kind.derived
            },
            node_properties=tuple(described[each][2] for each in ids),
        )

    def _table(self, kind: str, place: dict[str, int]) -> EdgeTable:
        rows = sorted(
            (each for each in self.edges if each[0] == kind),
            key=lambda each: (place[each[1]], place[each[2]], each[3]),
        )
        return EdgeTable(
            source=np.array([place[each[1]] for each in rows], np.int32),
            target=np.array([place[each[2]] for each in rows], np.int32),
            row=np.array([each[6] for each in rows], np.int64),
            keys=_texts([each[3] for each in rows]),
            guards=tuple(each[4] for each in rows),
            properties=tuple(each[5] for each in rows),
        )

    def derive(self, profile: Profile = STRICT) -> Projection:
        """Return the projection of the snapshot under a profile."""
        return derive(self.snapshot(), profile)


def edges(projection: Projection, *kinds: str, expand: bool = True) -> set[Edge]:
    """Return (kind, source id, target id, guards) of the edges, of these kinds or of all.

    With `expand`, two edges through a hub become one, and their guards add up.
    """
    graph = projection.graph
    plain: set[Edge] = set()
    members: dict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for at in np.flatnonzero(graph.hubs[graph.source]) if expand else ():
        members[int(graph.source[at])].append((graph.ids[graph.target[at]], graph.guards_of(at)))
    for at in range(graph.m):
        kind = graph.edge_kind_name(at)
        source, target = int(graph.source[at]), int(graph.target[at])
        if (kinds and kind not in kinds) or (expand and graph.hubs[source]):
            continue
        guards = graph.guards_of(at)
        ends = members[target] if expand and graph.hubs[target] else [(graph.ids[target], ())]
        for end, more in ends:
            plain.add((kind, graph.ids[source], end, tuple(sorted({*guards, *more}))))
    return plain


def pairs(projection: Projection, kind: str) -> set[tuple[str, str]]:
    """Return (source id, target id) of every edge of a kind, hubs expanded."""
    return {(source, target) for _, source, target, _ in edges(projection, kind)}


def guards_of(projection: Projection, kind: str, source: str, target: str) -> set[tuple[str, ...]]:
    """Return the guard sets of the parallel edges between two nodes, hubs expanded."""
    return {each[3] for each in edges(projection, kind) if each[1:3] == (source, target)}


def reachable(projection: Projection, start: str, passes: Iterable[str] = ("assume",)) -> set[str]:
    """Return the ids a walk reaches, by a loop that anybody can check.

    `passes` are kinds of guards, or single guards, that the attacker passes; synthetic nodes are
    walked and listed like others.
    """
    passed = set(passes)
    graph = projection.graph
    steps: dict[int, list[int]] = defaultdict(list)
    for at in np.flatnonzero(graph.walkable):
        guards = graph.guards_of(at)
        if all(each in passed or each.split(":", 1)[0] in passed for each in guards):
            steps[int(graph.source[at])].append(int(graph.target[at]))
    seen, front = {graph.position(start)}, [graph.position(start)]
    while front:
        for after in steps[front.pop()]:
            if after not in seen:
                seen.add(after)
                front.append(after)
    return {graph.ids[each] for each in seen} - {start}


def flagged(projection: Projection, flag: Flag) -> set[str]:
    """Return the ids of the nodes in a class."""
    return set(projection.graph.ids[projection.graph.has(flag)])


def _texts(values: list[str]) -> Any:
    column = np.empty(len(values), object)
    column[:] = values
    return column
