"""Loads made up by hypothesis: every kind, every property type, hostile texts, doubles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from idgraph.catalogue import PropertyType
from idgraph.derive import CATALOGUE
from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    EventRecord,
    Ignored,
    NodeRecord,
    OwnerClaim,
    Rejected,
    Source,
)

THOROUGH = bool(os.environ.get("IDGRAPH_THOROUGH"))  # more examples than a usual run has time for

HOSTILE = (
    "'; MATCH (n) DETACH DELETE n //",
    '"}) RETURN 1 //',
    "`x`",
    "idgraph:head",
    "idgraph:id:u1",
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "\u202egnp.exe",
    "\ud800",
    "a\0b",
    "",
    " ",
    "e\u0301",
    "\u00e9",
    "x" * 2001,  # longer than a key may be
    "\U0001f600",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
IDS = st.one_of(st.sampled_from(["u1", "u2", "g1", "g2", "sp1", "x@t1"]), st.sampled_from(HOSTILE))
ALIASES = st.sampled_from(["upn:ada@x", "appid:1", "mail:a@x", "u2", "alias"])
ENDS = st.one_of(IDS, ALIASES)
RECORDS = ("AZUser", "AZGroup", "AZGroupMember", "")
OBSERVED_NODES = tuple(kind for kind in CATALOGUE.node_kinds if not kind.synthetic)
OBSERVED_EDGES = tuple(kind for kind in CATALOGUE.edge_kinds if not kind.derived)

VALUES: dict[PropertyType, st.SearchStrategy[Any]] = {
    PropertyType.BOOL: st.booleans(),
    PropertyType.INT: st.integers(-(2**63), 2**63 - 1),
    PropertyType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    PropertyType.STR: TEXTS,
    PropertyType.TIME: st.just("2026-01-01T00:00:00Z"),
    PropertyType.STRS: st.lists(TEXTS, max_size=3).map(tuple),
}
ANY_VALUE = st.one_of(*VALUES.values())


@dataclass(frozen=True)
class Loading:
    """One load of a history."""

    source: Source
    observed_at: str
    records: Sequence[Any]


def properties(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    declared = {name: VALUES[wanted] for name, wanted in kind.properties.items()}
    stray = st.dictionaries(st.sampled_from(["stray", "graph", "opened"]), ANY_VALUE, max_size=1)
    known = st.fixed_dictionaries({}, optional=declared)
    return st.tuples(known, stray).map(lambda both: {**both[1], **both[0]})


@st.composite
def nodes(draw) -> NodeRecord:
    kind = draw(st.sampled_from(OBSERVED_NODES))
    return NodeRecord(
        record=draw(st.sampled_from(RECORDS)),
        id=draw(IDS),
        kind=kind.name,
        name=draw(TEXTS),
        aliases=tuple(draw(st.lists(ALIASES, max_size=2))),
        properties=draw(properties(kind)),
        evidence=draw(TEXTS),
        mention=draw(st.booleans()),
    )


GUARDS = st.lists(st.sampled_from(["mfa:u1", "pim:g1", "condition:x"]), max_size=2).map(tuple)


@st.composite
def edges(draw) -> EdgeRecord:
    kind = draw(st.sampled_from(OBSERVED_EDGES))
    return EdgeRecord(
        record=draw(st.sampled_from(RECORDS)),
        source=draw(ENDS),
        kind=kind.name,
        target=draw(ENDS),
        key=draw(st.sampled_from(["", "k1", "k2"])),
        properties=draw(properties(kind)),
        guards=draw(GUARDS),
        evidence=draw(TEXTS),
    )


CLAIMS = st.builds(
    OwnerClaim, record=st.sampled_from(RECORDS), node=ENDS, owner=TEXTS, claim=TEXTS, said_by=TEXTS
)
EVENTS = st.builds(
    EventRecord,
    record=st.sampled_from(RECORDS),
    id=TEXTS,
    kind=st.just("SignIn"),
    at=st.just("2026-01-01T00:00:00Z"),
    actor=ENDS,
    target=ENDS,
)
COVERAGE = st.builds(
    CoverageRecord,
    record=st.sampled_from(RECORDS),
    count=st.integers(0, 9),
    complete=st.booleans(),
    about=TEXTS,
)
NOTES = st.one_of(
    st.builds(Ignored, record=st.sampled_from(RECORDS), reason=TEXTS),
    st.builds(Rejected, record=st.sampled_from(RECORDS), place=TEXTS, reason=TEXTS),
)
RECORD = st.one_of(nodes(), edges(), edges(), CLAIMS, EVENTS, COVERAGE, NOTES)


@st.composite
def histories(draw, most: int = 3) -> list[Loading]:
    """Return loads of up to two sources, oldest first."""
    scopes = draw(st.lists(st.sampled_from(["one", "two"]), min_size=1, max_size=most))
    return [
        Loading(
            Source(loader="azurehound", scope=scope),
            f"2026-01-{at + 1:02d}T00:00:00Z",
            draw(st.lists(RECORD, max_size=12)),
        )
        for at, scope in enumerate(scopes)
    ]


SAMPLES = {
    PropertyType.BOOL: False,
    PropertyType.INT: -(2**63),
    PropertyType.FLOAT: 0.1,
    PropertyType.STR: "é\0'\"",
    PropertyType.TIME: "2026-01-01T00:00:00Z",
    PropertyType.STRS: ("", "b", "a"),
}


def every_kind() -> list[Loading]:
    nodes = [
        NodeRecord(
            record="All",
            id=kind.name.lower(),
            kind=kind.name,
            name=kind.label,
            properties={name: SAMPLES[wanted] for name, wanted in kind.properties.items()},
            evidence=f"all.json#/{kind.name}",
        )
        for kind in OBSERVED_NODES
    ]
    edges = [
        EdgeRecord(
            record="All",
            source=source.name.lower(),
            kind=kind.name,
            target=target.name.lower(),
            key=f"{source.name} {target.name}",
            properties={name: SAMPLES[wanted] for name, wanted in kind.properties.items()},
            evidence=f"all.json#/{kind.name}",
        )
        for kind in CATALOGUE.edge_kinds
        if not kind.derived
        for source, target in kind.ends
    ]
    return [
        Loading(Source(loader="azurehound", scope="t"), "2026-01-01T00:00:00Z", [*nodes, *edges])
    ]


def load_all(store: Any, history: Sequence[Loading]) -> None:
    for each in history:
        with store.begin(
            each.source, observed_at=each.observed_at, observed_is_guess=False, files=()
        ) as writing:
            writing.write(each.records)
            writing.commit()
