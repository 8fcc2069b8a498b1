"""What one commit shows otherwise than the one before: sets of rows, in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from idgraph.graph import Bools, Longs, Texts
from idgraph.resolve.frames import coded, texts
from idgraph.stores.neo4j.shown import Shown


@dataclass(frozen=True)
class Nodes:
    """Positions of the nodes that differ: in the newer graph, except those that are gone."""

    new: Longs
    changed: Longs  # in the newer graph
    before: Longs  # the same nodes in the older one
    gone: Longs  # in the older graph


@dataclass(frozen=True)
class Edges:
    """Positions of the edges that differ."""

    new: Longs  # in the newer graph
    gone: Longs  # in the older graph


def nodes(old: Shown, new: Shown) -> Nodes:
    """Return how the nodes of two graphs differ."""
    before = pd.Index(texts(old.nodes["id"])).get_indexer(pd.Index(texts(new.nodes["id"])))
    both = np.flatnonzero(before >= 0)
    differs = np.zeros(len(both), np.bool_)
    for was, now in zip(_content(old), _content(new), strict=True):
        differs |= was[before[both]] != now[both]
    stays = np.zeros(len(old.nodes), np.bool_)
    stays[before[both]] = True
    changed = both[differs]
    return Nodes(np.flatnonzero(before < 0), changed, before[changed], np.flatnonzero(~stays))


def _content(graph: Shown) -> tuple[Any, ...]:
    plain = tuple(texts(graph.nodes[name]) for name in ("name", "kind", "properties"))
    return (*plain, graph.nodes["flags"].to_numpy(np.int64), behind(graph))


def behind(graph: Shown) -> Texts:
    """Return the id of what each node stands for: "" where there is nothing, None for itself."""
    ids, stands_for = texts(graph.nodes["id"]), graph.nodes["stands_for"].to_numpy(np.int64)
    found: Texts = np.where(stands_for >= 0, ids[stands_for] if len(ids) else ids, "")
    found[stands_for == np.arange(len(ids))] = None
    return found


def edges(old: Shown, new: Shown) -> Edges:
    """Return how the edges of two graphs differ, equal ones counted."""
    columns = _keys(old, new)
    is_new = np.zeros(len(old.edges) + len(new.edges), np.bool_)
    is_new[len(old.edges) :] = True
    order = np.lexsort((is_new, *columns))
    first = _starts([column[order] for column in columns])
    surplus = _surplus(first, is_new[order])
    found = order[surplus]
    return Edges(np.sort(found[is_new[found]]) - len(old.edges), np.sort(found[~is_new[found]]))


def _keys(old: Shown, new: Shown) -> list[Longs]:
    """Return what makes an edge the same edge, as numbers: of all old ones, then all new ones."""
    ends = _shared(texts(old.nodes["id"]), texts(new.nodes["id"]))
    kinds = _shared(texts(old.edges["kind"]), texts(new.edges["kind"]))
    guards = _shared(old.guard_texts, new.guard_texts)
    size = int(max((each.max(initial=0) for each in ends), default=0)) + 1
    pairs = [
        at[graph.edges["source"].to_numpy()].astype(np.int64) * size
        + at[graph.edges["target"].to_numpy()]
        for at, graph in zip(ends, (old, new), strict=True)
    ]
    width = max(
        (int(graph.edges["width"].max()) for graph in (old, new) if len(graph.edges)), default=0
    )
    rows = [_rows(graph, width) for graph in (old, new)]
    keys = [pairs, kinds, guards, *([each[at] for each in rows] for at in range(width))]
    return [np.concatenate(key) for key in keys]


def _shared(old: Texts, new: Texts) -> tuple[Longs, Longs]:
    codes, _ = coded(pd.Series(np.concatenate((old, new)), dtype=object))
    numbers = codes.astype(np.int64)
    return numbers[: len(old)], numbers[len(old) :]


def _rows(graph: Shown, width: int) -> list[Longs]:
    """Return the evidence of each edge as columns, -1 behind its end."""
    table = np.full((len(graph.edges), width), -1, np.int64)
    widths = graph.edges["width"].to_numpy()
    used = np.arange(width) < widths[:, None]
    table[used] = graph.evidence["row"].to_numpy(np.int64)
    return [table[:, at] for at in range(width)]


def _starts(columns: list[Longs]) -> Longs:
    """Return for each row of sorted columns where the run of its equals begins."""
    count = len(columns[0])
    new = np.zeros(count, np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    starts: Longs = np.maximum.accumulate(np.where(new, np.arange(count), 0))
    return starts


def _surplus(first: Longs, is_new: Bools) -> Bools:
    """Return which rows have no partner on the other side; within a run the old ones come first."""
    count = len(first)
    run = np.searchsorted(np.unique(first), first) if count else first
    old_in = np.bincount(run[~is_new], minlength=int(run.max(initial=-1)) + 1)
    new_in = np.bincount(run[is_new], minlength=len(old_in))
    matched = np.minimum(old_in, new_in)
    rank = np.arange(count) - first
    rank = np.where(is_new, rank - old_in[run], rank)
    surplus: Bools = rank >= matched[run]
    return surplus
