"""One source to a class of targets by one edge, and the class to each target by one more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from idgraph.catalogue import EdgeKind
from idgraph.derive.rules import Findings
from idgraph.graph import Ints, Longs
from idgraph.vocabulary.common import HUB

Guards = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A node that has a power, with the row that says so.

    `kind` is for a source that leads to the class by another kind of edge: a blind spot.
    """

    node: int
    row: int
    guards: Guards = ()
    kind: EdgeKind | None = None

    def with_guards(self, *more: str) -> Source:
        """Return the source under further guards."""
        return replace(self, guards=(*self.guards, *more))


@dataclass
class Links:
    """Edges of several kinds under way; given to the findings at once, in columns."""

    findings: Findings
    _ends: dict[str, list[tuple[Ints, Ints, Longs]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _guards: dict[str, list[Guards]] = field(default_factory=lambda: defaultdict(list))
    _kinds: dict[str, EdgeKind] = field(default_factory=dict)

    def add(
        self,
        kind: EdgeKind,
        source: int | Ints,
        target: int | Ints,
        row: int | Longs,
        guards: Guards | Sequence[Guards] = (),
    ) -> None:
        """Add edges; a scalar end, row or one tuple of guards holds for all of them."""
        tail, head, rows = np.broadcast_arrays(
            np.atleast_1d(source), np.atleast_1d(target), np.atleast_1d(row)
        )
        self._kinds[kind.name] = kind
        self._ends[kind.name].append((tail, head, rows))
        self._guards[kind.name].extend(_by_edge(guards, len(tail)))

    def through_hub(
        self,
        kind: EdgeKind,
        hub: tuple[str, str],
        sources: Iterable[Source],
        targets: Ints,
        guards: Guards | Sequence[Guards] = (),
    ) -> None:
        """Add a hub, by what its id ends in and its name, from every source to every target."""
        sources = tuple(sources)
        if not sources or not len(targets):
            return
        ending, name = hub
        node = self.findings.node(f"hub:{kind.name}:{ending}", HUB, name)
        for each in sources:
            self.add(each.kind or kind, each.node, node, each.row, each.guards)
        self.add(kind, node, targets, self._rows(targets), guards)

    def _rows(self, targets: Ints) -> Longs:
        """Return the rows that describe some nodes, -1 for a node of ours."""
        rows = np.full(len(targets), -1, np.int64)
        observed = targets < self.findings.snapshot.n
        rows[observed] = self.findings.snapshot.node_row[targets[observed]]
        return rows

    def close(self) -> None:
        """Give the edges to the findings."""
        for name, ends in self._ends.items():
            tail, head, rows = (np.concatenate(column) for column in zip(*ends, strict=True))
            self.findings.link(
                self._kinds[name], tail, head, guards=self._guards[name], evidence=(rows,)
            )


def _by_edge(guards: Guards | Sequence[Guards], count: int) -> list[Guards]:
    if all(isinstance(each, str) for each in guards):
        return [tuple(str(each) for each in guards)] * count
    return [tuple(each) for each in guards]
