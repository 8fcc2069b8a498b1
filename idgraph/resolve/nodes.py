"""Many records of one node become one node: full records first, mentions fill the gaps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from idgraph.catalogue import Catalogue
from idgraph.graph import Bools, Ints, Longs, Texts
from idgraph.resolve.frames import read_list, reader, texts, typed, types_of
from idgraph.snapshot import BlindSpotNote, Conflict

UNIDENTIFIED = "Unidentified"


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One record of a node, with its properties parsed."""

    row: int
    kind: str
    name: str
    mention: bool
    properties: Mapping[str, Any]
    evidence: str

    @property
    def fullness(self) -> tuple[bool, int, str, int]:
        """What sorts the fullest record first, whichever was loaded first."""
        return self.mention, -len(self.properties), self.evidence, self.row


@dataclass(frozen=True, slots=True)
class MergedNode:
    """A node after its records were put together."""

    row: int
    kind: str
    name: str
    stub: bool
    properties: Mapping[str, Any]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class MergedNodes:
    """All described or mentioned nodes, sorted by id, and the aliases they declare."""

    ids: Texts  # (n,) sorted, unique
    names: Texts  # (n,)
    kinds: Texts  # (n,) names of kinds
    stub: Bools  # (n,)
    rows: Longs  # (n,)
    properties: Sequence[Mapping[str, Any]]  # (n,)
    aliases: Texts  # (a,)
    alias_of: Ints  # (a,) positions
    conflicts: tuple[Conflict, ...]
    notes: tuple[BlindSpotNote, ...]


def rank(value: Any) -> tuple[str, Any]:
    """Return what orders values of a property, of whatever type: the last one is kept."""
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int | float):
        return "number", value
    return type(value).__name__, value


def shown(value: Any) -> str:
    """Return a value of a property as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def merge_node(node: str, rows: Iterable[NodeRow]) -> MergedNode:
    """Return one node of all its records; the same for any order of them."""
    ordered = sorted(rows, key=lambda row: row.fullness)
    full = [row for row in ordered if not row.mention]
    mentions = [row for row in ordered if row.mention]
    kind, conflicts = _kind(node, full, mentions)
    properties = dict(_last_values(mentions))
    for name, value in _last_values(full).items():
        properties[name] = value
        conflicts += _contradiction(node, name, [row for row in full if name in row.properties])
    return MergedNode(
        ordered[0].row,
        kind,
        _last(row.name for row in full) or _last(row.name for row in mentions) or node,
        not full,
        properties,
        tuple(conflicts),
    )


def _last(values: Iterable[str]) -> str:
    return max(values, default="")


def _kind(
    node: str, full: Sequence[NodeRow], mentions: Sequence[NodeRow]
) -> tuple[str, list[Conflict]]:
    stated = [row for row in full if row.kind != UNIDENTIFIED]
    kinds = {row.kind for row in stated}
    if not kinds:
        kinds = {row.kind for row in mentions} - {UNIDENTIFIED}
        return max(kinds, default=UNIDENTIFIED), []
    kept = max(kinds)
    if len(kinds) == 1:
        return kept, []
    return kept, [Conflict(node, "kind", tuple(sorted(kinds)), kept, _evidence(stated))]


def _last_values(rows: Sequence[NodeRow]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        for name, value in row.properties.items():
            if name not in found or rank(value) > rank(found[name]):
                found[name] = value
    return found


def _contradiction(node: str, name: str, rows: Sequence[NodeRow]) -> list[Conflict]:
    values = {rank(row.properties[name]): row.properties[name] for row in rows}
    if len(values) == 1:
        return []
    ordered = tuple(shown(values[key]) for key in sorted(values))
    return [Conflict(node, name, ordered, ordered[-1], _evidence(rows))]


def _evidence(rows: Sequence[NodeRow]) -> tuple[str, ...]:
    return tuple(sorted({row.evidence for row in rows if row.evidence}))


def merge_nodes(frame: pd.DataFrame, catalogue: Catalogue) -> MergedNodes:
    """Return all nodes that records describe or mention."""
    table = _Table(frame, catalogue)
    first = table.start[:-1]
    names = np.where(table.names[first] == "", table.ids[first], table.names[first])
    kinds, stub, rows = table.kinds[first], table.mention[first], table.rows[first]
    properties = [table.read(text) for text in table.properties[first]]
    conflicts: list[Conflict] = []
    for at in table.several():
        node = merge_node(table.ids[first[at]], table.group(at))
        names[at], kinds[at], stub[at], rows[at] = node.name, node.kind, node.stub, node.row
        properties[at] = node.properties
        conflicts.extend(node.conflicts)
    aliases, alias_of = table.declared_aliases()
    fitted, strange = _typed_by_kind(properties, kinds, catalogue)
    return MergedNodes(
        table.ids[first],
        names,
        kinds,
        stub,
        rows,
        fitted,
        aliases,
        alias_of,
        tuple(conflicts),
        (*table.notes, *strange),
    )


def _typed_by_kind(
    properties: Sequence[Mapping[str, Any]], kinds: Texts, catalogue: Catalogue
) -> tuple[list[Mapping[str, Any]], list[BlindSpotNote]]:
    declared = {kind.name: types_of(kind.properties) for kind in catalogue.node_kinds}
    fitted: list[Mapping[str, Any]] = []
    strange: Counter[tuple[str, str]] = Counter()
    for each, kind in zip(properties, kinds, strict=True):
        kept, bad = typed(each, declared[kind])
        fitted.append(kept)
        strange.update((kind, name) for name in bad)
    return fitted, strange_notes(strange)


def strange_notes(strange: Mapping[tuple[str, str], int]) -> list[BlindSpotNote]:
    """Return a note for each property whose values were not of the declared type."""
    return [
        BlindSpotNote(
            "PROPERTY_TYPE",
            f"{kind}.{name}",
            f"{count} values are not of the declared type and count as unknown",
        )
        for (kind, name), count in sorted(strange.items())
    ]


class _Table:
    """The node rows, grouped by id, full records before mentions and by row within."""

    def __init__(self, frame: pd.DataFrame, catalogue: Catalogue) -> None:
        ids = texts(frame["id"])
        by_id = np.argsort(ids, kind="stable")
        new = np.ones(len(ids), bool)
        new[1:] = ids[by_id][1:] != ids[by_id][:-1]
        group = np.cumsum(new) - 1
        mention = np.asarray(frame["mention"], np.bool_)
        rows = np.asarray(frame["row"], np.int64)
        order = by_id[np.lexsort((rows[by_id], mention[by_id], group))]
        self.read = reader()
        self.ids, self.rows, self.mention = ids[order], rows[order], mention[order]
        self.names = texts(frame["name"])[order]
        self.aliases = texts(frame["aliases"])[order]
        self.properties = texts(frame["properties"])[order]
        self.evidence = texts(frame["evidence"])[order]
        self.kinds, self.notes = known_kinds(
            texts(frame["kind"])[order], {kind.name for kind in catalogue.node_kinds}
        )
        self.start = np.append(np.flatnonzero(new), len(ids)).astype(np.int64)
        self.group_of = group

    def several(self) -> Longs:
        """Return the groups in which another record than the first has something to add."""
        first = self.start[:-1][self.group_of]
        bare = self.mention & (self.aliases == "") & (self.properties == "")
        settled = ~self.mention & (self.names != "") & (self.kinds != UNIDENTIFIED)
        adds = ~(bare & settled[first])
        adds[self.start[:-1]] = False
        return np.unique(self.group_of[adds]).astype(np.int64)

    def group(self, at: int) -> list[NodeRow]:
        """Return the records of one node."""
        return [
            NodeRow(
                int(self.rows[i]),
                self.kinds[i],
                self.names[i],
                bool(self.mention[i]),
                self.read(self.properties[i]),
                self.evidence[i],
            )
            for i in range(self.start[at], self.start[at + 1])
        ]

    def declared_aliases(self) -> tuple[Texts, Ints]:
        """Return each alias with the position of the node that declares it."""
        some = np.flatnonzero(self.aliases != "")
        lists = [read_list(text) for text in self.aliases[some]]
        owner = np.repeat(self.group_of[some], [len(each) for each in lists])
        flat = np.empty(len(owner), object)
        flat[:] = [alias for each in lists for alias in each]
        return flat, owner.astype(np.int32)


def known_kinds(kinds: Texts, known: set[str]) -> tuple[Texts, list[BlindSpotNote]]:
    """Return kinds with those that the catalogue lacks as Unidentified, and notes of them."""
    codes, names = pd.factorize(kinds)
    strange = [name for name in names if name not in known]
    if not strange:
        return kinds, []
    counts = np.bincount(codes, minlength=len(names))
    notes = [
        BlindSpotNote(
            "UNKNOWN_KIND", name, f"{counts[at]} records are of a node kind that is not known here"
        )
        for at, name in enumerate(names)
        if name in strange
    ]
    replaced = np.array([UNIDENTIFIED if name in strange else name for name in names], object)
    return replaced[codes], notes
