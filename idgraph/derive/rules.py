"""The form of a rule: it reads a snapshot and returns what it found, in columns.

A rule never reads another rule's findings, so their order is free. It speaks of nodes by
position; a node of its own (a power, a hub, a blind spot) gets a handle from `Findings.node`,
and the same id from two rules becomes one node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from idgraph.catalogue import EdgeKind, NodeKind
from idgraph.errors import ModelError
from idgraph.graph import Flag, Ints, Longs
from idgraph.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node that a rule introduces; `stands_for` is a position or -1.

    It is synthetic, or an object of a platform that others only name: a subject of tokens.
    """

    id: str
    kind: NodeKind
    name: str
    stands_for: int


@dataclass(frozen=True, slots=True)
class FoundEdges:
    """Edges of one kind: ends as positions or handles, guards by edge, evidence as store rows."""

    kind: EdgeKind
    source: Ints  # (m,)
    target: Ints  # (m,)
    guards: tuple[tuple[str, ...], ...]  # (m,) or one entry for all
    evidence: tuple[Longs, ...]  # columns of (m,) row numbers, -1 for none


@dataclass
class Findings:
    """What one rule found; built by its methods only."""

    snapshot: Snapshot
    nodes: list[NewNode] = field(default_factory=list)
    edges: list[FoundEdges] = field(default_factory=list)
    flags: list[tuple[Ints, Flag]] = field(default_factory=list)
    _handles: dict[str, int] = field(default_factory=dict)

    def node(self, node_id: str, kind: NodeKind, name: str, stands_for: int = -1) -> int:
        """Return the handle of a node of the rule's own, made when first asked for.

        When the snapshot has a node of this id, its position is returned.
        """
        known = self.snapshot.position(node_id)
        if known >= 0:
            return known
        if node_id not in self._handles:
            self._handles[node_id] = self.snapshot.n + len(self.nodes)
            self.nodes.append(NewNode(node_id, kind, name, int(stands_for)))
        return self._handles[node_id]

    def link(
        self,
        kind: EdgeKind,
        source: ArrayLike,
        target: ArrayLike,
        *,
        guards: Sequence[str] | Sequence[tuple[str, ...]] = (),
        evidence: Iterable[ArrayLike] = (),
    ) -> None:
        """Add edges; a scalar end, one tuple of guards or a scalar row holds for all of them.

        `guards` is one conjunction for all edges (a sequence of texts), or one tuple an edge.
        """
        tail, head = (np.atleast_1d(np.asarray(end, np.int32)) for end in (source, target))
        tail, head = np.broadcast_arrays(tail, head)
        if not len(tail):
            return
        columns = tuple(
            np.broadcast_to(np.asarray(rows, np.int64), (len(tail),)) for rows in evidence
        )
        self.edges.append(FoundEdges(kind, tail, head, _guards(guards, len(tail)), columns))

    def flag(self, positions: ArrayLike, flag: Flag) -> None:
        """Put nodes into a class that depends on more than their kind."""
        self.flags.append((np.atleast_1d(np.asarray(positions, np.int32)), flag))


def _guards(
    guards: Sequence[str] | Sequence[tuple[str, ...]], count: int
) -> tuple[tuple[str, ...], ...]:
    texts = [guard for guard in guards if isinstance(guard, str)]
    if len(texts) == len(guards):
        return (tuple(sorted(set(texts))),)
    if len(guards) != count:
        raise ModelError("guards of found edges", f"are {len(guards)}, the edges {count}")
    return tuple(tuple(sorted(set(each))) for each in guards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named way from observations to derived edges; `kinds` is all that it may find."""

    name: str
    kinds: tuple[EdgeKind, ...]
    find: Callable[[Snapshot, Findings], None]
    nodes: tuple[NodeKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A set of rules, and what they are meant to equal."""

    name: str
    about: str
    rules: tuple[Rule, ...]
