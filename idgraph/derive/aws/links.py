"""From many to many without a cross product: whoever has the same targets shares a hub."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from idgraph.catalogue import EdgeKind
from idgraph.derive.rules import Findings
from idgraph.vocabulary.common import HUB

Guards = tuple[str, ...]
NOTHING = -1  # no row


class Head(NamedTuple):
    """A target with what is asked for there, whoever comes; compared by the thousand."""

    node: int
    guards: Guards = ()
    rows: tuple[int, ...] = ()


@dataclass
class Fan:
    """Edges of one kind under way: each source with its guards and rows, and all its targets."""

    findings: Findings
    kind: EdgeKind
    what: str  # completes "… of <account>", the name of a hub
    account: str
    _sources: dict[tuple[Head, ...], dict[tuple[int, Guards], tuple[int, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(
        self, source: int, heads: Iterable[Head], guards: Guards = (), rows: Iterable[int] = ()
    ) -> None:
        """Add a source that leads to some targets under guards of its own."""
        some = tuple(heads)
        if some:
            self._sources[some].setdefault((source, guards), tuple(rows))

    def close(self) -> None:
        """Give the edges to the findings."""
        edges: list[tuple[int, int, Guards, tuple[int, ...]]] = []
        for heads, sources in self._sources.items():
            if len(heads) > 1 and len(sources) > 1:
                hub = self._hub(heads)
                edges += [(tail, hub, own, rows) for (tail, own), rows in sources.items()]
                edges += [(hub, each.node, each.guards, each.rows) for each in heads]
                continue
            for (tail, own), rows in sources.items():
                edges += [
                    (tail, each.node, (*own, *each.guards), (*rows, *each.rows))
                    for each in heads
                    if each.node != tail
                ]
        _link(self.findings, self.kind, edges)

    def _hub(self, heads: Sequence[Head]) -> int:
        ids = self.findings.snapshot.ids
        told = "\n".join(f"{ids[each.node]} {each.guards}" for each in heads)
        mark = sha256(told.encode()).hexdigest()[:12]
        name = f"{len(heads)} {self.what} of {self.account}"
        return self.findings.node(f"hub:{self.kind.name}:{self.account}:{mark}", HUB, name)


def _link(
    findings: Findings, kind: EdgeKind, edges: Sequence[tuple[int, int, Guards, tuple[int, ...]]]
) -> None:
    if not edges:
        return
    width = max(1, *(len(rows) for *_, rows in edges))
    padded = [(*rows, *(NOTHING,) * (width - len(rows))) for *_, rows in edges]
    findings.link(
        kind,
        np.array([tail for tail, *_ in edges], np.int32),
        np.array([head for _, head, *_ in edges], np.int32),
        guards=[guards for *_, guards, _ in edges],
        evidence=tuple(np.array(column, np.int64) for column in zip(*padded, strict=True)),
    )
