"""The ends of edges become positions: an id, an alias, or a stub for what nobody described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from idgraph.catalogue import Catalogue
from idgraph.graph import Bools, Ints, Longs, Texts
from idgraph.resolve.frames import coded
from idgraph.resolve.nodes import UNIDENTIFIED, MergedNodes
from idgraph.snapshot import BlindSpotNote, allowed_ends

ALIAS_PREFIXES = ("appid:", "upn:", "mail:", "sid:", "oidc:", "vault:", "/tenants/")

OUT = -1  # of a kind or a position: the edge is left out

_ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Stub:
    """A node that only edges name; its kind is the one that all of them allow, if just one."""

    id: str
    kind: str
    row: int  # the first edge that names it


@dataclass(frozen=True)
class ResolvedEnds:
    """Edge columns with ends as positions: first the described nodes, then the stubs."""

    kind: Ints  # (m,) codes of the catalogue, OUT for an edge left out
    source: Ints  # (m,)
    target: Ints  # (m,)
    stubs: tuple[Stub, ...]
    notes: tuple[BlindSpotNote, ...]


@dataclass(frozen=True)
class _Side:
    """One end of all edges, and the node kinds that each edge kind allows there."""

    name: str
    text: Ints  # (m,) codes of the distinct texts of both ends
    allowed: NDArray[np.bool_]  # (edge kinds, node kinds)


def resolve_ends(frame: pd.DataFrame, nodes: MergedNodes, catalogue: Catalogue) -> ResolvedEnds:
    """Return the positions of the ends of all edges, and what could not be decided."""
    kind, notes = _kind_codes(frame, catalogue)
    sides, names = _sides(frame, catalogue)
    rows = np.asarray(frame["row"], np.int64)
    described = pd.Index(nodes.ids).get_indexer(pd.Index(names)).astype(np.int32)
    aliases = _Aliases(nodes, names, described, catalogue)
    stubs, place = _stubs(sides, kind, rows, names, (described < 0) & ~aliases.known, catalogue)
    at = np.where(place >= 0, place + np.int32(len(nodes.ids)), described).astype(np.int32)
    ends = []
    for side in sides:
        position, ambiguous = aliases.resolved(side, kind, rows, at)
        ends.append(position)
        notes += ambiguous
    kind = np.where((ends[0] == OUT) | (ends[1] == OUT), OUT, kind).astype(np.int32)
    codes = _node_codes([*nodes.kinds, *(stub.kind for stub in stubs)], catalogue)
    notes += _forbid(kind, (ends[0], ends[1]), rows, codes, catalogue)
    notes += [_unresolved(stub) for stub in stubs if stub.id.startswith(ALIAS_PREFIXES)]
    return ResolvedEnds(kind, ends[0], ends[1], stubs, tuple(notes))


def _unresolved(stub: Stub) -> BlindSpotNote:
    return BlindSpotNote(
        "UNRESOLVED_ALIAS", stub.id, f"No loaded object answers to {stub.id} (row {stub.row})."
    )


def _kind_codes(frame: pd.DataFrame, catalogue: Catalogue) -> tuple[Ints, list[BlindSpotNote]]:
    codes, names = coded(frame["kind"])
    known = {kind.name: at for at, kind in enumerate(catalogue.edge_kinds)}
    counts = np.bincount(codes, minlength=len(names))
    notes = [
        BlindSpotNote("UNKNOWN_KIND", name, f"{count} edges of a kind not known here are left out.")
        for name, count in zip(names, counts, strict=True)
        if name not in known and count
    ]
    table = np.array([known.get(name, OUT) for name in names], np.int32)
    return table[codes], notes


def _node_codes(kinds: Iterable[str], catalogue: Catalogue) -> Ints:
    code = {kind.name: at for at, kind in enumerate(catalogue.node_kinds)}
    return np.array([code[kind] for kind in kinds], np.int32)


def _sides(frame: pd.DataFrame, catalogue: Catalogue) -> tuple[tuple[_Side, _Side], Texts]:
    """Return both sides with their texts as codes of one list of distinct texts."""
    tail, tails = coded(frame["start"])
    head, heads = coded(frame["end"])
    if tails is not heads:
        codes, names = pd.factorize(np.concatenate((tails, heads)))
        move = codes.astype(np.int32)
        tail, head = move[: len(tails)][tail], move[len(tails) :][head]
        tails = np.asarray(names, object)
    starts = _allowed_at([kind.source_kinds() for kind in catalogue.edge_kinds], catalogue)
    targets = _allowed_at([kind.target_kinds() for kind in catalogue.edge_kinds], catalogue)
    return (_Side("start", tail, starts), _Side("end", head, targets)), tails


def _allowed_at(kinds: Sequence[frozenset[str]], catalogue: Catalogue) -> NDArray[np.bool_]:
    nodes = catalogue.node_kinds
    table = [[node.name in each for node in nodes] for each in kinds]
    return np.array(table, np.bool_).reshape(len(kinds), len(nodes))


class _Aliases:
    """Which nodes each end text may mean that is nobody's id."""

    def __init__(
        self, nodes: MergedNodes, names: Texts, described: Ints, catalogue: Catalogue
    ) -> None:
        self.nodes = nodes
        self.names = names
        self.catalogue = catalogue
        self.codes = _node_codes(nodes.kinds, catalogue)
        self.anything = catalogue.node_code(UNIDENTIFIED)
        text = pd.Index(names).get_indexer(pd.Index(nodes.aliases)).astype(np.int64)
        used = text >= 0
        used[used] = described[text[used]] < 0
        pairs = np.unique(np.stack((text[used], nodes.alias_of[used])), axis=1)
        self.node = pairs[1].astype(np.int32)  # candidates, by text
        self.count = np.bincount(pairs[0], minlength=len(names))
        self.first = np.cumsum(self.count) - self.count
        self.known = self.count > 0

    def resolved(
        self, side: _Side, kind: Ints, rows: Longs, at: Ints
    ) -> tuple[Ints, list[BlindSpotNote]]:
        """Return the positions of one side, OUT where an alias cannot be decided."""
        position = at[side.text]
        open_ = np.flatnonzero(self.known[side.text] & (kind != OUT))
        questions, number = np.unique(
            kind[open_].astype(np.int64) * len(self.names) + side.text[open_], return_inverse=True
        )
        kinds, texts = np.divmod(questions, max(len(self.names), 1))
        answers, several = self._answers(side, kinds, texts)
        position[open_] = answers[number]
        notes = [
            self._note(side, int(kinds[ask]), self.names[texts[ask]], rows[open_[number == ask]])
            for ask in several
        ]
        return position, notes

    def _answers(self, side: _Side, kinds: Longs, texts: Longs) -> tuple[Ints, Longs]:
        """Return the one node each question means, OUT where several fit, and which those are."""
        width = self.count[texts]
        asked = np.repeat(np.arange(len(texts)), width)
        before = np.cumsum(width) - width
        slot = np.arange(len(asked)) + np.repeat(self.first[texts] - before, width)
        node = self.node[slot]
        fits = side.allowed[kinds[asked], self.codes[node]] | (self.codes[node] == self.anything)
        fitting = np.bincount(asked[fits], minlength=len(texts))
        use = fits | (fitting[asked] == 0)
        number = np.where(fitting > 0, fitting, width)
        answers = np.full(len(texts), OUT, np.int32)
        sure = use & (number[asked] == 1)
        answers[asked[sure]] = node[sure]
        return answers, np.flatnonzero(number > 1)

    def _note(self, side: _Side, kind: int, text: str, rows: Longs) -> BlindSpotNote:
        name = self.catalogue.edge_kinds[kind].name
        return BlindSpotNote(
            "AMBIGUOUS_ALIAS",
            text,
            f"{text} at the {side.name} of {name} means several objects, so {len(rows)} edges are "
            f"left out ({shown_rows(rows)}).",
        )


def shown_rows(rows: Longs) -> str:
    """Return row numbers for people, a few of them when there are many."""
    ordered = [str(row) for row in sorted(rows.tolist())]
    more = ", …" if len(ordered) > _ROWS_SHOWN else ""
    return f"row {', '.join(ordered[:_ROWS_SHOWN])}{more}"


def _stubs(
    sides: Sequence[_Side],
    kind: Ints,
    rows: Longs,
    names: Texts,
    nobody: Bools,
    catalogue: Catalogue,
) -> tuple[tuple[Stub, ...], Ints]:
    """Return a stub for each text that is nobody's, and for each text the number of its stub."""
    first = np.full(len(names), np.iinfo(np.int64).max)
    possible = np.ones((len(names), len(catalogue.node_kinds)), np.bool_)
    for side in sides:
        at = np.flatnonzero(nobody[side.text] & (kind != OUT))
        np.minimum.at(first, side.text[at], rows[at])
        uses = np.unique(np.stack((side.text[at], kind[at])), axis=1)
        np.logical_and.at(possible, uses[0], side.allowed[uses[1]])
    named = np.flatnonzero(first != np.iinfo(np.int64).max)
    single = possible[named].sum(axis=1) == 1
    codes = np.where(single, possible[named].argmax(axis=1), catalogue.node_code(UNIDENTIFIED))
    place = np.full(len(names), -1, np.int32)
    place[named] = np.arange(len(named), dtype=np.int32)
    stubs = tuple(
        Stub(names[text], catalogue.node_kinds[code].name, int(first[text]))
        for text, code in zip(named, codes, strict=True)
    )
    return stubs, place


def _forbid(
    kind: Ints, ends: tuple[Ints, Ints], rows: Longs, codes: Ints, catalogue: Catalogue
) -> list[BlindSpotNote]:
    """Leave out, in place, the edges whose ends their kind does not allow; return notes of them."""
    notes = []
    for code in np.unique(kind[kind != OUT]).tolist():
        name = catalogue.edge_kinds[code].name
        at = np.flatnonzero(kind == code)
        tail, head = codes[ends[0][at]], codes[ends[1][at]]
        bad = ~allowed_ends(catalogue, name)[tail, head]
        kind[at[bad]] = OUT
        pairs = Counter(zip(tail[bad].tolist(), head[bad].tolist(), strict=True))
        for (start, end), count in sorted(pairs.items()):
            here = rows[at[bad & (tail == start) & (head == end)]]
            between = (catalogue.node_kinds[start].name, catalogue.node_kinds[end].name)
            notes.append(_not_allowed(name, between, count, here))
    return notes


def _not_allowed(name: str, between: tuple[str, str], count: int, rows: Longs) -> BlindSpotNote:
    return BlindSpotNote(
        "ENDS_NOT_ALLOWED",
        name,
        f"{count} edges from {between[0]} to {between[1]} are left out: {name} does not run there "
        f"({shown_rows(rows)}).",
    )
