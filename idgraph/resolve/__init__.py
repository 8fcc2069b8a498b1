"""From observations to a snapshot: one node an id, ends as positions, claims with their nodes.

The result does not depend on the order of the rows. What cannot be decided is left out and
noted; nothing is invented but stubs, which stand for what records only refer to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from idgraph.catalogue import Catalogue, EdgeKind
from idgraph.graph import Ints, Texts
from idgraph.resolve.claims import names_of, resolve_claims
from idgraph.resolve.ends import OUT, ResolvedEnds, resolve_ends
from idgraph.resolve.frames import (
    CONFLICT_COLUMNS,
    COVERAGE_COLUMNS,
    NO_PROPERTIES,
    Observations,
    coded,
    read_list,
    reader,
    texts,
    typed,
    types_of,
)
from idgraph.resolve.nodes import MergedNodes, merge_nodes, strange_notes
from idgraph.snapshot import BlindSpotNote, Claim, Conflict, Coverage, EdgeTable, Snapshot

__all__ = ["Observations", "resolve"]

T = TypeVar("T")


def resolve(observations: Observations, catalogue: Catalogue) -> Snapshot:
    """Return the observed graph of one moment."""
    merged = merge_nodes(observations.nodes, catalogue)
    ends = resolve_ends(observations.edges, merged, catalogue)
    ids = _texts([*merged.ids, *(stub.id for stub in ends.stubs)])
    order = np.argsort(ids, kind="stable")
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    edges, strange = _edge_tables(observations.edges, ends, place, catalogue)
    claims, unclear = _claims(observations.claims, ids[order], merged, place)
    codes = [catalogue.node_code(kind) for kind in _with_stubs(merged.kinds, ends, "kind")]
    properties = [*merged.properties, *([NO_PROPERTIES] * len(ends.stubs))]
    return Snapshot(
        catalogue=catalogue,
        ids=ids[order],
        names=_with_stubs(merged.names, ends, "id")[order],
        kinds=np.array(codes, np.int16)[order],
        stub=np.concatenate((merged.stub, np.ones(len(ends.stubs), np.bool_)))[order],
        node_row=_with_stubs(merged.rows, ends, "row").astype(np.int64)[order],
        edges=edges,
        node_properties=tuple(properties[at] for at in order),
        claims=claims,
        coverage=_coverage(observations.coverage),
        conflicts=_conflicts(observations.conflicts, merged.conflicts),
        notes=_sorted((*merged.notes, *ends.notes, *strange, *unclear)),
    )


def _texts(values: Sequence[Any]) -> Texts:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _with_stubs(column: NDArray[Any], ends: ResolvedEnds, name: str) -> Texts:
    return _texts([*column, *(getattr(stub, name) for stub in ends.stubs)])


def _edge_tables(
    frame: pd.DataFrame, ends: ResolvedEnds, place: Ints, catalogue: Catalogue
) -> tuple[dict[str, EdgeTable], list[BlindSpotNote]]:
    rows = np.asarray(frame["row"], np.int64)
    kept = np.flatnonzero(ends.kind != OUT)
    kept = kept[np.lexsort((rows[kept], ends.kind[kept]))]
    keys, read = texts(frame["key"])[kept], reader()
    guards, properties = coded(frame["guards"]), coded(frame["properties"])
    lists = _texts([read_list(text) for text in guards[1]])[guards[0][kept]]
    tables: dict[str, EdgeTable] = {}
    strange: Counter[tuple[str, str]] = Counter()
    codes = np.arange(len(catalogue.edge_kinds) + 1)
    bounds = np.searchsorted(ends.kind[kept], codes).tolist()
    for kind, first, last in zip(catalogue.edge_kinds, bounds[:-1], bounds[1:], strict=True):
        if kind.derived and first == last:
            continue
        at = kept[first:last]
        parsed, bad = _parsed(kind, properties[1], properties[0][at], read)
        strange.update(bad)
        tables[kind.name] = EdgeTable(
            source=place[ends.source[at]],
            target=place[ends.target[at]],
            row=rows[at],
            keys=keys[first:last],
            guards=tuple(lists[first:last].tolist()),
            properties=parsed,
        )
    return tables, strange_notes(strange)


def _parsed(
    kind: EdgeKind, distinct: Texts, codes: Ints, read: Callable[[str], Mapping[str, Any]]
) -> tuple[tuple[Mapping[str, Any], ...], Counter[tuple[str, str]]]:
    """Return the properties of one kind's edges, equal text parsed once."""
    declared = types_of(kind.properties)
    used, number = np.unique(codes, return_inverse=True)
    counts = np.bincount(number, minlength=len(used))
    column = np.empty(len(used), object)
    strange: Counter[tuple[str, str]] = Counter()
    for at, text in enumerate(distinct[used]):
        column[at], bad = typed(read(text), declared)
        for name in bad:
            strange[kind.name, name] += int(counts[at])
    return tuple(column[number].tolist()), strange


def _claims(
    frame: pd.DataFrame, ids: Texts, merged: MergedNodes, place: Ints
) -> tuple[tuple[Claim, ...], tuple[BlindSpotNote, ...]]:
    if not len(frame):
        return (), ()
    return resolve_claims(frame, names_of(ids, merged.aliases, place[merged.alias_of].tolist()))


def _coverage(frame: pd.DataFrame) -> tuple[Coverage, ...]:
    columns = [frame[name].tolist() for name in COVERAGE_COLUMNS]
    return tuple(Coverage(*row) for row in sorted(zip(*columns, strict=True)))


def _conflicts(frame: pd.DataFrame, merged: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Return the contradictions inside one load together with those between records."""
    columns = [frame[name].tolist() for name in CONFLICT_COLUMNS]
    inside = [
        Conflict(node, field, read_list(values), kept, read_list(evidence))
        for node, field, values, kept, evidence in zip(*columns, strict=True)
    ]
    return _sorted({*inside, *merged})


def _sorted(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(set(values), key=repr))
