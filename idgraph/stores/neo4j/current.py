"""The graph as people's Cypher reads it: kinds as labels and types, opened and closed by commits.

Texts of queries come from the catalogue and this page; what an export says is only ever a
parameter.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from idgraph.catalogue import Catalogue, EdgeKind
from idgraph.derive import RULES_VERSION
from idgraph.errors import ModelError, StoreError
from idgraph.graph import Flag, Longs
from idgraph.resolve.frames import read_list, texts
from idgraph.stores.neo4j import difference
from idgraph.stores.neo4j.lease import Lease, Statement
from idgraph.stores.neo4j.schema import FLAGS, LABEL, OPEN, stored_id
from idgraph.stores.neo4j.shown import Shown

AT_ONCE = 10_000  # rows of a transaction
_CHUNK = 200_000  # edges whose records are looked up together
PROJECTION = f"strict/{RULES_VERSION}"  # what derived edges say they belong to

Stated = Callable[[pd.DataFrame], pd.DataFrame]

_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")

_KNOWN = (
    f"UNWIND $ids AS wanted MATCH (n:{LABEL} {{graph: $graph, id: wanted}}) "
    "RETURN n.id, n.kind, keys(n)"
)
_CLOSE_NODES = (
    f"UNWIND $ids AS wanted MATCH (n:{LABEL} {{graph: $graph, id: wanted}}) SET n.closed = $load"
)


@dataclass(frozen=True)
class Change:
    """Positions of what a commit shows otherwise, and what is only to be written with the head."""

    statements: tuple[Statement, ...]
    superseded: int  # derived edges that only readers of the older head still need


def bring(
    lease: Lease, old: Shown, new: Shown, load: int, catalogue: Catalogue, stated: Stated
) -> Change:
    """Write what a load opens and closes, still unseen; return what becomes visible with it.

    Raises
    ------
    StoreError
        The graph in the server is not the one that was read: something else changed it.
    """
    nodes = difference.nodes(old, new)
    edges = difference.edges(old, new)
    known = _known(lease, new, nodes.new)
    fresh = [at for at in nodes.new.tolist() if _key(new, at) not in known]
    _write(lease, _created(new, fresh, load))
    _write(lease, _linked(new, edges.new, load, catalogue, stated))
    superseded = _unlink(lease, old, edges.gone, load, catalogue)
    gone = [_key(old, at) for at in nodes.gone.tolist()]
    _write(lease, ((_CLOSE_NODES, {"ids": ids, "load": load}) for ids in _lists(gone)))
    again = [at for at in nodes.new.tolist() if _key(new, at) in known]
    changed = [
        *_changed(old, new, nodes, catalogue),
        *_returned(new, again, known, load, catalogue),
    ]
    return Change(tuple(changed), superseded)


def _write(lease: Lease, statements: Iterable[Statement]) -> None:
    for statement in statements:
        lease.write([statement])


def _lists(values: Sequence[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(values), AT_ONCE):
        yield list(values[first : first + AT_ONCE])


def _key(graph: Shown, at: int) -> str:
    return stored_id(str(graph.nodes["id"].to_numpy()[at]))


# Nodes.


def _known(lease: Lease, new: Shown, positions: Longs) -> dict[str, tuple[str, list[str]]]:
    """Return kind and properties of nodes that are new to the graph but were there before."""
    if not lease.head:
        return {}
    ids = [stored_id(node_id) for node_id in texts(new.nodes["id"])[positions]]
    found: dict[str, tuple[str, list[str]]] = {}
    for part in _lists(ids):
        (rows,) = lease.write([(_KNOWN, {"ids": part})])
        found.update({node_id: (kind, names) for node_id, kind, names in rows})
    return found


def _created(new: Shown, positions: Sequence[int], load: int) -> Iterator[Statement]:
    by_kind: dict[str, list[int]] = {}
    kinds = texts(new.nodes["kind"])
    for at in positions:
        by_kind.setdefault(kinds[at], []).append(at)
    row = _node_rows(new)
    for kind, members in by_kind.items():
        for part in _lists(members):
            rows = [[_key(new, at), row(at)] for at in part]
            yield _create_nodes(kind), {"rows": rows, "load": load, "open": OPEN, "kind": kind}


@cache
def _create_nodes(kind: str) -> str:
    return (
        f"UNWIND $rows AS row CREATE (n:{LABEL}:{kind} {{graph: $graph, id: row[0], kind: $kind, "
        "opened: $load, closed: $open}) SET n += row[1]"
    )


def _node_rows(graph: Shown) -> Callable[[int], dict[str, Any]]:
    """Return a function from a position to the properties of that node."""
    ids, names = texts(graph.nodes["id"]), texts(graph.nodes["name"])
    properties = texts(graph.nodes["properties"])
    flags = graph.nodes["flags"].to_numpy(np.int64)
    behind = difference.behind(graph)

    def row(at: int) -> dict[str, Any]:
        stated = json.loads(properties[at]) if properties[at] else {}
        classes = {word: True for flag, word in FLAGS.items() if _is_in(int(flags[at]), flag)}
        own = {"name": names[at], "flags": int(flags[at])}
        if behind[at] is not None:
            own["stands_for"] = stored_id(behind[at])
        if stored_id(ids[at]) != ids[at]:
            own["true_id"] = ids[at]
        return {**_whole(stated), **classes, **own}

    return row


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties in which UTF-8 can hold every text: half a surrogate pair is spelt out."""
    try:
        json.dumps(properties, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return {name: _spelt_out(value) for name, value in properties.items()}
    return properties


def _spelt_out(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelt_out(each) for each in value]
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _is_in(flags: int, flag: Flag) -> bool:
    """Return whether a node is in a class; one of ours is in none but its own."""
    hidden = flags & Flag.SYNTHETIC and flag is not Flag.SYNTHETIC
    return bool(flags & flag) and not hidden


def _changed(
    old: Shown, new: Shown, nodes: difference.Nodes, catalogue: Catalogue
) -> Iterator[Statement]:
    was, now = _node_rows(old), _node_rows(new)
    old_kinds, kinds = texts(old.nodes["kind"]), texts(new.nodes["kind"])
    groups: dict[tuple[str, str], list[list[Any]]] = {}
    for before, at in zip(nodes.before.tolist(), nodes.changed.tolist(), strict=True):
        row = now(at)
        dropped = dict.fromkeys(was(before).keys() - row.keys())
        groups.setdefault((old_kinds[before], kinds[at]), []).append(
            [_key(new, at), {**dropped, **row}]
        )
    for (before_kind, kind), rows in groups.items():
        yield from _relabelled(before_kind, kind, rows, catalogue)


def _returned(
    new: Shown,
    positions: Iterable[int],
    known: Mapping[str, tuple[str, list[str]]],
    load: int,
    catalogue: Catalogue,
) -> Iterator[Statement]:
    """Return statements for nodes that were closed before, or left by others' relationships."""
    now, kinds = _node_rows(new), texts(new.nodes["kind"])
    keep = {"graph", "id", "kind"}
    for at in positions:
        kind, names = known[_key(new, at)]
        row = {**dict.fromkeys(set(names) - keep), **now(at), "opened": load, "closed": OPEN}
        yield from _relabelled(kind, kinds[at], [[_key(new, at), row]], catalogue)


def _relabelled(
    before: str, kind: str, rows: Sequence[Any], catalogue: Catalogue
) -> Iterator[Statement]:
    known = {each.name for each in catalogue.node_kinds}
    text = _change_nodes(before if before in known else kind, kind)
    for part in _lists(rows):
        yield text, {"rows": part, "kind": kind}


@cache
def _change_nodes(before: str, kind: str) -> str:
    labels = f"REMOVE n:{before} SET n:{kind} " if before != kind else ""
    return (
        f"UNWIND $rows AS row MATCH (n:{LABEL} {{graph: $graph, id: row[0]}}) "
        f"{labels}SET n += row[1], n.kind = $kind"
    )


# Edges.


def _linked(
    new: Shown, positions: Longs, load: int, catalogue: Catalogue, stated: Stated
) -> Iterator[Statement]:
    kinds = texts(new.edges["kind"])[positions]
    order = np.argsort(kinds, kind="stable")
    positions, kinds = positions[order], kinds[order]
    for first in range(0, len(positions), _CHUNK):
        part = positions[first : first + _CHUNK]
        rows = _edge_rows(new, part, stated, catalogue)
        named = kinds[first : first + _CHUNK]
        starts = np.flatnonzero(np.append(True, named[1:] != named[:-1])).tolist()
        for start, end in zip(starts, [*starts[1:], len(part)], strict=True):
            kind = catalogue.edge(named[start])
            for some in _lists(range(start, end)):
                parameters = {
                    "rows": [rows(at) for at in some],
                    "load": load,
                    "open": OPEN,
                    "flow": kind.flow.value if kind.walkable else None,
                }
                yield _create_edges(kind.name, _declared(kind)), parameters


def _declared(kind: EdgeKind) -> tuple[str, ...]:
    names = tuple(kind.properties)
    for name in names:
        if not _WORD.match(name):
            raise ModelError(f"property {name!r} of {kind.name}", "is not a plain word")
    return names


@cache
def _create_edges(kind: str, properties: tuple[str, ...]) -> str:
    more = "".join(f", `{name}`: row[{9 + at}]" for at, name in enumerate(properties))
    return (
        f"UNWIND $rows AS row MATCH (a:{LABEL} {{graph: $graph, id: row[0]}}) "
        f"MATCH (b:{LABEL} {{graph: $graph, id: row[1]}}) "
        f"CREATE (a)-[:{kind} {{opened: $load, closed: $open, flow: $flow, rows: row[2], "
        "guards: row[3], projection: row[4], source: row[5], record: row[6], key: row[7], "
        f"evidence: row[8]{more}}}]->(b)"
    )


def _edge_rows(
    graph: Shown, positions: Longs, stated: Stated, catalogue: Catalogue
) -> Callable[[int], list[Any]]:
    """Return a function from a place in `positions` to what is written of that edge."""
    ids = texts(graph.nodes["id"])
    source = graph.edges["source"].to_numpy()[positions]
    target = graph.edges["target"].to_numpy()[positions]
    kinds = texts(graph.edges["kind"])[positions]
    guards = graph.guard_texts[positions]
    evidence = _evidence(graph, positions)
    known = _Records(stated, evidence)
    properties = {kind.name: tuple(kind.properties) for kind in catalogue.edge_kinds}

    def row(at: int) -> list[Any]:
        record = known.of(kinds[at], evidence[at])
        head = [
            stored_id(ids[source[at]]),
            stored_id(ids[target[at]]),
            evidence[at],
            list(read_list(guards[at])) or None,
        ]
        if record is None:
            return [*head, PROJECTION]
        more = _whole(json.loads(record["properties"])) if record["properties"] else {}
        told = [record[name] for name in ("source", "record", "key", "evidence")]
        return [*head, None, *told, *(more.get(name) for name in properties[kinds[at]])]

    return row


class _Records:
    """The records of edges that were observed, by their row."""

    def __init__(self, stated: Stated, evidence: Sequence[list[int]]) -> None:
        single = sorted({rows[0] for rows in evidence if len(rows) == 1})
        frame = stated(pd.DataFrame({"row": np.array(single, np.int64)}))
        self.place = {row: at for at, row in enumerate(frame["row"].tolist())}
        self.columns = {name: texts(frame[name]) for name in frame.columns if name != "row"}

    def of(self, kind: str, rows: Sequence[int]) -> dict[str, str] | None:
        """Return the record that an edge was observed in, None where a rule found it."""
        at = self.place.get(rows[0]) if len(rows) == 1 else None
        if at is None or self.columns["kind"][at] != kind:
            return None
        return {name: column[at] for name, column in self.columns.items()}


def _evidence(graph: Shown, positions: Longs) -> list[list[int]]:
    ptr, rows = graph.ptr, graph.evidence["row"].to_numpy(np.int64)
    return [rows[ptr[at] : ptr[at + 1]].tolist() for at in positions.tolist()]


def _unlink(lease: Lease, old: Shown, positions: Longs, load: int, catalogue: Catalogue) -> int:
    """Close edges; return how many of them a rule had found."""
    known = {kind.name for kind in catalogue.edge_kinds}
    ids, kinds = texts(old.nodes["id"]), texts(old.edges["kind"])
    source, target = (old.edges[name].to_numpy() for name in ("source", "target"))
    guards, evidence = old.guard_texts, _evidence(old, positions)
    counts: dict[str, Counter[tuple[Any, ...]]] = {}
    for at, rows in zip(positions.tolist(), evidence, strict=True):
        ends = (stored_id(ids[source[at]]), stored_id(ids[target[at]]))
        counts.setdefault(kinds[at] if kinds[at] in known else "", Counter())[
            (*ends, tuple(rows), read_list(guards[at]))
        ] += 1
    superseded = 0
    for kind, edges in counts.items():
        for part in _lists(list(edges.items())):
            rows_ = [[*edge[:2], list(edge[2]), list(edge[3]), count] for edge, count in part]
            ((found,),) = lease.write(
                [(_close_edges(kind), {"rows": rows_, "load": load, "open": OPEN})]
            ) or (((0, 0),),)
            superseded += _checked(lease, found, sum(count for _, count in part))
    return superseded


def _checked(lease: Lease, found: Sequence[int], wanted: int) -> int:
    if found and found[0] != wanted:
        raise StoreError(
            lease.server.address.subject,
            f"was changed by something else ({wanted - found[0]} of its edges are not there)",
            hint="Load into a new graph: add ?graph=NAME to the URL.",
        )
    return found[1] if found else 1


@cache
def _close_edges(kind: str) -> str:
    typed = f":{kind}" if kind else ""
    return (
        f"UNWIND $rows AS row MATCH (a:{LABEL} {{graph: $graph, id: row[0]}})-[r{typed}]->"
        f"(b:{LABEL} {{graph: $graph, id: row[1]}}) "
        "WHERE r.closed = $open AND r.opened < $load AND r.rows = row[2] "
        "AND coalesce(r.guards, []) = row[3] "
        "WITH row, collect(r)[..row[4]] AS found UNWIND found AS r SET r.closed = $load "
        "RETURN count(r), count(r.projection)"
    )
