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
from idgraph.stores.neo4j.ahead import ahead
from idgraph.stores.neo4j.lease import Lease, Statement
from idgraph.stores.neo4j.schema import FLAGS, LABEL, OPEN, stored_id
from idgraph.stores.neo4j.shown import Shown

AT_ONCE = 10_000  # rows of a transaction
_CHUNK = 200_000  # edges whose records are looked up together
_SEPARATOR = "\x1f"  # between texts that are sent as one
_NODE_TEXTS = ("id", "name")
_EDGE_TEXTS = ("node", "start", "end", "row", "key", "evidence")
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
    ids = texts(new.nodes["id"])
    fresh = [at for at in nodes.new.tolist() if not known or stored_id(ids[at]) not in known]
    _write(lease, _created(new, fresh, load))
    _write(lease, _linked(new, edges.new, load, catalogue, stated))
    superseded = _unlink(lease, old, edges.gone, load, catalogue)
    gone = [_key(old, at) for at in nodes.gone.tolist()]
    _write(lease, ((_CLOSE_NODES, {"ids": ids, "load": load}) for ids in _lists(gone)))
    again = [at for at in nodes.new.tolist() if known and stored_id(ids[at]) in known]
    changed = [
        *_changed(old, new, nodes, catalogue),
        *_returned(new, again, known, load, catalogue),
    ]
    return Change(tuple(changed), superseded)


def _write(lease: Lease, statements: Iterable[Statement]) -> None:
    for statement in ahead(statements):
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
        rows = lease.read((_KNOWN, {"ids": part}))
        found.update({node_id: (kind, names) for node_id, kind, names in rows})
    return found


def _created(new: Shown, positions: Sequence[int], load: int) -> Iterator[Statement]:
    """Return statements that make nodes; those of one are alike in kind and classes."""
    kinds, flags = texts(new.nodes["kind"]), new.nodes["flags"].to_numpy(np.int64)
    groups: dict[tuple[str, int], list[int]] = {}
    for at in positions:
        groups.setdefault((kinds[at], int(flags[at])), []).append(at)
    columns = _NodeColumns(new)
    for (kind, classes), members in groups.items():
        for part in _lists(members):
            sent = columns.of(part)
            yield (
                _create_nodes(
                    kind, isinstance(sent["id"], str), tuple(_classes(classes)), tuple(sent["more"])
                ),
                {
                    **sent,
                    "last": len(part) - 1,
                    "load": load,
                    "open": OPEN,
                    "separator": _SEPARATOR,
                    "kind": kind,
                    "flags": classes,
                },
            )


@cache
def _create_nodes(
    kind: str,
    joined: bool,  # noqa: FBT001  it says which of two texts
    classes: tuple[str, ...],
    properties: tuple[str, ...],
) -> str:
    """Return the text that makes nodes; every property is named in it, which is the quickest."""
    more = "".join(f", {name}: true" for name in classes)
    more += "".join(f", `{_plain(kind, name)}`: $more.`{name}`[i]" for name in properties)
    return (
        f"WITH {_columns(_NODE_TEXTS, joined)} UNWIND range(0, $last) AS i "
        f"CREATE (n:{LABEL}:{kind} {{graph: $graph, id: ids[i], kind: $kind, name: names[i], "
        f"flags: $flags, opened: $load, closed: $open{more}}})"
    )


def _columns(names: Iterable[str], joined: bool) -> str:  # noqa: FBT001  it says which of two texts
    """Return how texts become lists again, named in the plural."""
    if joined:
        return ", ".join(f"split(${name}, $separator) AS {name}s" for name in names)
    return ", ".join(f"${name} AS {name}s" for name in names)


def _joined(columns: Mapping[str, list[str]]) -> Mapping[str, str | list[str]]:
    """Return columns of texts, each as one text if that can be taken apart again.

    One text is packed many times as quickly as a list of them.
    """
    joined = {name: _SEPARATOR.join(column) for name, column in columns.items()}
    fits = all(
        text.count(_SEPARATOR) == len(column) - 1
        for text, column in zip(joined.values(), columns.values(), strict=True)
    )
    return joined if fits else columns


class _NodeColumns:
    """What is sent of nodes to be made."""

    def __init__(self, graph: Shown) -> None:
        self.ids = texts(graph.nodes["id"])
        self.names = texts(graph.nodes["name"])
        self.properties = texts(graph.nodes["properties"])
        self.behind = difference.behind(graph)

    def of(self, part: Sequence[int]) -> dict[str, Any]:
        """Return the columns of some nodes; `more` are those that not every node has."""
        ids = [stored_id(self.ids[at]) for at in part]
        true = [
            self.ids[at] if self.ids[at] != own else None for at, own in zip(part, ids, strict=True)
        ]
        behind = [_stored(self.behind[at]) for at in part]
        stated = [_whole(json.loads(text)) if (text := self.properties[at]) else {} for at in part]
        more = {
            name: [each.get(name) for each in stated]
            for name in sorted({name for each in stated for name in each})
        }
        more |= {"true_id": true} if any(true) else {}
        more |= {"stands_for": behind} if any(each is not None for each in behind) else {}
        return {**_joined({"id": ids, "name": [self.names[at] for at in part]}), "more": more}


def _stored(node_id: str | None) -> str | None:
    return None if node_id is None else stored_id(node_id)


def _node_rows(graph: Shown) -> Callable[[int], dict[str, Any]]:
    """Return a function from a position to the properties of that node."""
    ids, names = texts(graph.nodes["id"]), texts(graph.nodes["name"])
    properties = texts(graph.nodes["properties"])
    flags = graph.nodes["flags"].to_numpy(np.int64)
    behind = difference.behind(graph)

    def row(at: int) -> dict[str, Any]:
        stated = json.loads(properties[at]) if properties[at] else {}
        own = {"name": names[at], "flags": int(flags[at])}
        if behind[at] is not None:
            own["stands_for"] = stored_id(behind[at])
        if stored_id(ids[at]) != ids[at]:
            own["true_id"] = ids[at]
        return {**_whole(stated), **_classes(int(flags[at])), **own}

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


@cache
def _classes(flags: int) -> dict[str, bool]:
    """Return the classes of a node; one of ours is in none but its own."""
    own = flags & Flag.SYNTHETIC
    return {
        word: True
        for flag, word in FLAGS.items()
        if flags & flag and (flag is Flag.SYNTHETIC or not own)
    }


def _changed(
    old: Shown, new: Shown, nodes: difference.Nodes, catalogue: Catalogue
) -> Iterator[Statement]:
    """Return statements that change nodes; what stays as it is, is not sent.

    They run with the move of the head, so they are held in the memory of the server together.
    """
    was, now = _node_rows(old), _node_rows(new)
    old_kinds, kinds = texts(old.nodes["kind"]), texts(new.nodes["kind"])
    groups: dict[tuple[str, str], list[list[Any]]] = {}
    for before, at in zip(nodes.before.tolist(), nodes.changed.tolist(), strict=True):
        groups.setdefault((old_kinds[before], kinds[at]), []).append(
            [_key(new, at), _different(was(before), now(at))]
        )
    for (before_kind, kind), rows in groups.items():
        yield from _relabelled(before_kind, kind, rows, catalogue)


def _different(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs in two sets of properties, None for what is gone."""
    return {
        name: now.get(name)
        for name in was.keys() | now.keys()
        if name not in was or name not in now or not _is_same(was[name], now[name])
    }


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two values are kept alike: 1, 1.0 and True are not."""
    return type(one) is type(other) and bool(one == other)


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
    """Return statements that open edges; those of one are alike in kind, source and record."""
    for first in range(0, len(positions), _CHUNK):
        edges = _Openings(new, positions[first : first + _CHUNK], stated)
        for (kind_name, source, record), members in edges.alike():
            kind = catalogue.edge(kind_name)
            for part in _lists(members):
                columns = edges.columns(np.array(part, np.int64), kind)
                yield (
                    _create_edges(
                        kind.name,
                        _declared(kind),
                        isinstance(columns["node"], str),
                        edges.are_single(part),
                    ),
                    {
                        **columns,
                        "last": len(part) - 1,
                        "load": load,
                        "open": OPEN,
                        "separator": _SEPARATOR,
                        "flow": kind.flow.value if kind.walkable else None,
                        "source": source,
                        "record": record,
                        "projection": None if source else PROJECTION,
                    },
                )


def _declared(kind: EdgeKind) -> tuple[str, ...]:
    return tuple(_plain(kind.name, name) for name in kind.properties)


def _plain(kind: str, name: str) -> str:
    """Return the name of a property, which becomes part of a query."""
    if not _WORD.match(name):
        raise ModelError(f"property {name!r} of {kind}", "is not a plain word")
    return name


@cache
def _create_edges(
    kind: str,
    properties: tuple[str, ...],
    joined: bool,  # noqa: FBT001  it says which of two texts
    single: bool,  # noqa: FBT001  as joined
) -> str:
    rows = "toInteger(rows[i])"
    if not single:
        rows = "row IN split(rows[i], ',') WHERE row <> '' | toInteger(row)"
    more = "".join(f", `{name}`: $more.`{name}`[i]" for name in properties)
    return (
        f"WITH {_columns(_EDGE_TEXTS, joined)} UNWIND range(0, size(nodes) - 1) AS at "
        f"MATCH (n:{LABEL} {{graph: $graph, id: nodes[at]}}) "
        "WITH starts, ends, rows, keys, evidences, at, n ORDER BY at "
        "WITH starts, ends, rows, keys, evidences, collect(n) AS found "
        "UNWIND range(0, $last) AS i WITH found[toInteger(starts[i])] AS a, "
        "found[toInteger(ends[i])] AS b, rows, keys, evidences, i "
        f"CREATE (a)-[:{kind} {{opened: $load, closed: $open, flow: $flow, "
        f"rows: [{rows}], "
        "guards: $guards[i], projection: $projection, source: $source, record: $record, "
        f"key: keys[i], evidence: evidences[i]{more}}}]->(b)"
    )


def _told(columns: Mapping[str, Any], *, observed: bool) -> dict[str, Any]:
    """Return columns without what no record told: a rule's edges have no key and no evidence."""
    return {
        name: None if name in {"key", "evidence"} and not observed else column
        for name, column in columns.items()
    }


class _Openings:
    """Edges to be opened, with the records that the observed ones come from."""

    def __init__(self, graph: Shown, positions: Longs, stated: Stated) -> None:
        self.ids = texts(graph.nodes["id"])
        self.starts = graph.edges["source"].to_numpy()[positions]
        self.ends = graph.edges["target"].to_numpy()[positions]
        self.kinds = texts(graph.edges["kind"])[positions]
        self.guards = graph.guard_texts[positions]
        self.rows = _evidence(graph, positions)
        single = np.array([rows[0] if len(rows) == 1 else -1 for rows in self.rows], np.int64)
        frame = stated(pd.DataFrame({"row": np.unique(single)}))
        self.place = pd.Index(frame["row"]).get_indexer(pd.Index(single))
        self.stated = {name: texts(frame[name]) for name in frame.columns if name != "row"}
        observed = self.place >= 0
        observed[observed] &= self.stated["kind"][self.place[observed]] == self.kinds[observed]
        self.place[~observed] = -1

    def _of(self, name: str, at: Longs) -> list[str | None]:
        """Return what the records of edges say, None for edges that a rule found."""
        column = np.empty(len(self.stated[name]) + 1, object)  # the last one is None
        column[:-1] = self.stated[name]
        found: list[str | None] = column[self.place[at]].tolist()
        return found

    def alike(self) -> Iterator[tuple[tuple[str, str | None, str | None], list[int]]]:
        """Return edges by kind, source and record; the last two are None where a rule found it."""
        every = np.arange(len(self.kinds))
        groups: dict[tuple[str, str | None, str | None], list[int]] = {}
        keys = zip(self.kinds, self._of("source", every), self._of("record", every), strict=True)
        for at, key in enumerate(keys):
            groups.setdefault(key, []).append(at)
        yield from groups.items()

    def are_single(self, part: Sequence[int]) -> bool:
        """Return whether each of some edges rests on exactly one row."""
        return all(len(self.rows[at]) == 1 for at in part)

    def columns(self, at: Longs, kind: EdgeKind) -> dict[str, Any]:
        """Return the columns of some edges; texts are joined, which is the quickest way to send."""
        ends, place = np.unique(
            np.concatenate((self.starts[at], self.ends[at])), return_inverse=True
        )
        columns = {
            "node": [stored_id(node) for node in self.ids[ends]],
            "start": list(map(str, place[: len(at)].tolist())),
            "end": list(map(str, place[len(at) :].tolist())),
            "row": [",".join(map(str, self.rows[each])) for each in at.tolist()],
            "key": [text or "" for text in self._of("key", at)],
            "evidence": [text or "" for text in self._of("evidence", at)],
        }
        guards = [list(read_list(text)) or None for text in self.guards[at]]
        return {
            **_told(_joined(columns), observed=bool(self.place[at[0]] >= 0)),
            "guards": guards if any(guards) else None,
            "more": self._more(at, kind),
        }

    def _more(self, at: Longs, kind: EdgeKind) -> dict[str, list[Any]]:
        if not kind.properties:
            return {}
        read = [_whole(json.loads(text)) if text else {} for text in self._of("properties", at)]
        return {name: [each.get(name) for each in read] for name in kind.properties}


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
            (found,) = lease.write(
                [(_close_edges(kind), {"rows": rows_, "load": load, "open": OPEN})]
            )
            superseded += _checked(lease, found, sum(count for _, count in part))
    return superseded


def _checked(lease: Lease, found: Sequence[Sequence[int]], wanted: int) -> int:
    """Return how many of the closed edges a rule had found; no answer is of a batch sent twice."""
    if not found:
        return wanted
    ((closed, derived),) = found
    if closed != wanted:
        raise StoreError(
            lease.server.address.subject,
            f"was changed by something else ({wanted - closed} of its edges are not there)",
            hint="Load into a new graph: add ?graph=NAME to the URL.",
        )
    return derived


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
