"""Laws of resolving: order does not matter, nothing is guessed, what is left out is noted."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.catalogue import Catalogue, EdgeKind, NodeKind, PropertyType
from idgraph.resolve import Observations, resolve
from idgraph.resolve.frames import (
    CLAIM_COLUMNS,
    COVERAGE_COLUMNS,
    EDGE_COLUMNS,
    NODE_COLUMNS,
    frame,
    json_text,
)
from idgraph.snapshot import Conflict
from idgraph.vocabulary.common import UNIDENTIFIED, between

USER = NodeKind(
    name="User",
    label="user",
    platform="x",
    about="A user.",
    properties={
        "on": PropertyType.BOOL,
        "n": PropertyType.INT,
        "f": PropertyType.FLOAT,
        "s": PropertyType.STR,
        "t": PropertyType.TIME,
        "l": PropertyType.STRS,
    },
)
GROUP = NodeKind(name="Group", label="group", platform="x", about="A group.")
APP = NodeKind(name="App", label="registration", platform="x", about="A registration.")
SP = NodeKind(name="Principal", label="principal", platform="x", about="A service principal.")
MEMBER = EdgeKind(name="MEMBER", reads="is in", ends=between((USER, SP, GROUP), (GROUP,)))
OWNS = EdgeKind(
    name="OWNS",
    reads="owns",
    ends=between((USER, SP), (APP, SP, GROUP)),
    properties={"since": PropertyType.TIME, "share": PropertyType.FLOAT},
)
RUNS = EdgeKind(name="RUNS", reads="runs", ends=between((APP,), (SP,)))
CATALOGUE = Catalogue((UNIDENTIFIED, USER, GROUP, APP, SP), (MEMBER, OWNS, RUNS))
GUID = "aaaaaaaa-0000-0000-0000-00000000000a"


def node(
    row,
    id_,
    kind="User",
    *,
    name="",
    mention=False,
    aliases=(),
    source="s:1",
    record="r",
    **properties,
):
    return (
        row,
        source,
        record,
        id_,
        kind,
        name,
        mention,
        json_text(aliases),
        json_text(properties),
        f"file#{row}",
    )


def edge(row, start, kind, end, *, key="", guards=(), **properties):
    return (
        row,
        "s:1",
        "e",
        start,
        kind,
        end,
        key,
        json_text(properties),
        json_text(guards),
        f"file#{row}",
    )


def claim(row, about, owner, said_by="cmdb"):
    return (row, "s:1", "c", about, owner, "register", said_by, "", f"file#{row}")


def observed(nodes=(), edges=(), claims=(), coverage=()):
    return Observations(
        nodes=frame(NODE_COLUMNS, nodes),
        edges=frame(EDGE_COLUMNS, edges),
        claims=frame(CLAIM_COLUMNS, claims),
        coverage=frame(COVERAGE_COLUMNS, coverage),
    )


def resolved(nodes=(), edges=(), claims=(), coverage=()):
    return resolve(observed(nodes, edges, claims, coverage), CATALOGUE)


def seen(snapshot):
    """Everything in a snapshot, as values that can be compared."""
    kinds = [CATALOGUE.node_kinds[code].name for code in snapshot.kinds]
    return {
        "nodes": [
            (*each[:5], dict(each[5]))
            for each in zip(
                snapshot.ids,
                snapshot.names,
                kinds,
                snapshot.stub.tolist(),
                snapshot.node_row.tolist(),
                snapshot.node_properties,
                strict=True,
            )
        ],
        "edges": {
            name: [
                (snapshot.ids[s], snapshot.ids[t], *rest[:3], dict(rest[3]))
                for s, t, *rest in zip(
                    table.source,
                    table.target,
                    table.row.tolist(),
                    table.keys,
                    table.guards,
                    table.properties,
                    strict=True,
                )
            ]
            for name, table in snapshot.edges.items()
        },
        "claims": snapshot.claims,
        "coverage": snapshot.coverage,
        "conflicts": snapshot.conflicts,
        "notes": snapshot.notes,
    }


def kind_of(snapshot, id_):
    return CATALOGUE.node_kinds[snapshot.kinds[snapshot.position(id_)]].name


def codes(snapshot):
    return [note.code for note in snapshot.notes]


def ends(snapshot, kind):
    table = snapshot.edges[kind]
    return list(zip(snapshot.ids[table.source], snapshot.ids[table.target], strict=True))


# A slow and plain oracle


SIDES = {kind.name: (kind.source_kinds(), kind.target_kinds()) for kind in CATALOGUE.edge_kinds}
ALLOWED = {
    kind.name: {(source.name, target.name) for source, target in kind.ends}
    for kind in CATALOGUE.edge_kinds
}


def oracle(nodes, edges):
    """Return ids with kinds, stubs, the edges left in, and the codes of notes."""
    kinds, stubs, aliases = oracle_nodes(nodes)
    described, wanted = set(kinds), {}
    for _, _, _, start, kind, end, *_ in edges:
        for text, allowed in zip((start, end), SIDES[kind], strict=True):
            if text not in described and text not in aliases:
                wanted[text] = wanted.get(text, allowed) & allowed
    for text, allowed in wanted.items():
        kinds[text] = next(iter(allowed)) if len(allowed) == 1 else "Unidentified"
    kept, notes = set(), set()
    for row, _, _, start, kind, end, *_ in edges:
        found = [
            oracle_end(text, allowed, kinds, aliases)
            for text, allowed in zip((start, end), SIDES[kind], strict=True)
        ]
        if any(len(each) > 1 for each in found):
            notes.add("AMBIGUOUS_ALIAS")
            continue
        (source,), (target,) = found
        if oracle_allows(kind, kinds[source], kinds[target]):
            kept.add((row, source, kind, target))
        else:
            notes.add("ENDS_NOT_ALLOWED")
    return kinds, stubs | set(wanted), kept, notes


def oracle_nodes(nodes):
    rows, kinds, stubs, aliases = defaultdict(list), {}, set(), defaultdict(set)
    for each in nodes:
        rows[each[3]].append(each)
        for alias in json.loads(each[7] or "[]"):
            aliases[alias].add(each[3])
    for id_, group in rows.items():
        full = {each[4] for each in group if not each[6]}
        mentioned = {each[4] for each in group if each[6]}
        nothing = {"Unidentified"}
        kinds[id_] = max((full - nothing) or (mentioned - nothing) or nothing)
        if not full:
            stubs.add(id_)
    return kinds, stubs, aliases


def oracle_end(text, allowed, kinds, aliases):
    if text in kinds:
        return {text}
    fitting = {each for each in aliases[text] if kinds[each] in allowed | {"Unidentified"}}
    return fitting or aliases[text]


def oracle_allows(kind, source, target):
    return any(
        source in (start, "Unidentified") and target in (end, "Unidentified")
        for start, end in ALLOWED[kind]
    )


names = st.sampled_from(["a", "b", "c", "upn:a", "appid:1", "x"])
kinds = st.sampled_from(["User", "Group", "App", "Principal", "Unidentified"])
node_rows = st.lists(
    st.tuples(names, kinds, st.booleans(), st.lists(names, max_size=2)), max_size=6
).map(
    lambda rows: [
        node(at, id_, kind, mention=mention, aliases=aliases)
        for at, (id_, kind, mention, aliases) in enumerate(rows)
    ]
)
edge_rows = st.lists(
    st.tuples(names, st.sampled_from(["MEMBER", "OWNS", "RUNS"]), names), max_size=8
).map(lambda rows: [edge(100 + at, *each) for at, each in enumerate(rows)])


@settings(max_examples=400, deadline=None)
@given(node_rows, edge_rows)
def test_it_equals_a_plain_oracle(nodes, edges):
    snapshot = resolved(nodes, edges)
    kinds, stubs, kept, notes = oracle(nodes, edges)
    assert {id_: kind_of(snapshot, id_) for id_ in snapshot.ids} == kinds
    assert set(snapshot.ids[snapshot.stub]) == stubs
    assert {
        (int(row), snapshot.ids[s], name, snapshot.ids[t])
        for name, table in snapshot.edges.items()
        for row, s, t in zip(table.row, table.source, table.target, strict=True)
    } == kept
    assert set(codes(snapshot)) - {"UNRESOLVED_ALIAS"} == notes


@settings(max_examples=60, deadline=None)
@given(node_rows, edge_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(nodes, edges, random):
    claims = [claim(200 + at, text, "A") for at, text in enumerate(["a", "appid:1", "x"])]
    before = seen(resolved(nodes, edges, claims))
    shuffled = [random.sample(rows, len(rows)) for rows in (nodes, edges, claims)]
    assert seen(resolved(*shuffled)) == before


@settings(max_examples=30, deadline=None)
@given(node_rows, edge_rows)
def test_categories_are_the_same_as_text(nodes, edges):
    plain = observed(nodes, edges)
    few = Observations(
        nodes=plain.nodes.astype({"kind": "category", "source": "category", "id": "category"}),
        edges=plain.edges.astype(dict.fromkeys(["start", "end", "kind", "guards"], "category")),
    )
    assert seen(resolve(few, CATALOGUE)) == seen(resolve(plain, CATALOGUE))


def test_nothing_resolves_to_an_empty_snapshot():
    snapshot = resolve(Observations(), CATALOGUE)
    assert snapshot.n == 0
    assert set(snapshot.edges) == {"MEMBER", "OWNS", "RUNS"}
    full = resolved([node(0, "u"), node(1, "g", "Group")], [edge(2, "u", "MEMBER", "g")])
    for name in ("ids", "names", "kinds", "stub", "node_row"):
        assert getattr(snapshot, name).dtype == getattr(full, name).dtype
    for name in ("source", "target", "row", "keys"):
        one, other = snapshot.edges["MEMBER"], full.edges["MEMBER"]
        assert getattr(one, name).dtype == getattr(other, name).dtype


# Nodes


def test_full_records_are_merged_field_by_field_and_mentions_fill_the_gaps():
    snapshot = resolved(
        [
            node(3, "u", "User", name="Ada", s="x"),
            node(1, "u", "Unidentified", source="t:1", n=1),
            node(0, "u", "Group", mention=True, name="not this", s="gap", t="2026-01-01T00:00:00Z"),
        ]
    )
    assert seen(snapshot)["nodes"] == [
        ("u", "Ada", "User", False, 1, {"s": "x", "n": 1, "t": "2026-01-01T00:00:00Z"})
    ]
    assert snapshot.conflicts == ()


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_contradiction_is_a_conflict_and_the_last_value_by_order_is_kept(order):
    rows = [
        node(1, "u", "User", on=True, n=9, s="a", l=("x",)),
        node(2, "u", "Group", source="t:1", on=False, n=10, s="a", l=("y",)),
        node(3, "u", "User", source="t:2", mention=True, n=11, s="z"),
    ]
    snapshot = resolved([rows[at] for at in order])
    both = ("file#1", "file#2")
    assert snapshot.conflicts == (
        Conflict("u", "kind", ("Group", "User"), "User", both),
        Conflict("u", "l", ('["x"]', '["y"]'), '["y"]', both),
        Conflict("u", "n", ("9", "10"), "10", both),
        Conflict("u", "on", ("false", "true"), "true", both),
    )
    assert snapshot.node_properties[0] == {"on": True, "n": 10, "s": "a", "l": ("y",)}


def test_the_row_of_a_node_is_that_of_its_fullest_record():
    rows = [
        node(5, "u", s="a"),
        node(4, "u", source="t:1", s="a", n=1),
        node(3, "u", source="t:2", s="a", n=1),
        node(1, "u", mention=True, source="t:3", s="a", n=1, f=1.0),
    ]
    assert resolved(rows).node_row.tolist() == [3]


@pytest.mark.parametrize("mentions", [1, 3])
def test_a_node_that_is_only_mentioned_is_a_stub(mentions):
    rows = [node(at, "u", "User", mention=True, source=f"s:{at}") for at in range(mentions)]
    snapshot = resolved(rows)
    assert seen(snapshot)["nodes"] == [("u", "u", "User", True, 0, {})]


def test_a_bare_mention_adds_nothing_to_a_settled_record():
    rows = [node(1, "u", name="Ada"), node(0, "u", "Group", mention=True, name="Bob")]
    assert seen(resolved(rows))["nodes"] == [("u", "Ada", "User", False, 1, {})]
    unnamed = [node(1, "u"), node(0, "u", mention=True, name="Bob")]
    assert resolved(unnamed).names.tolist() == ["Bob"]


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ({"on": True, "n": 3, "f": 2.5, "s": "x", "t": "z", "l": ("a", "b"), "u": ("c",)}, None),
        ({"f": 3}, {"f": 3.0}),
        ({"n": 3.0}, {"n": 3}),
        ({"l": "one"}, {"l": ("one",)}),
        ({"l": ()}, {"l": ()}),
        ({"on": 1, "n": "3", "f": True, "s": 3, "t": False, "l": 1, "other": 1}, {"other": 1}),
        ({"n": 2.5, "f": "1"}, {}),
    ],
)
def test_a_declared_property_has_its_type_or_is_unknown(stored, kept):
    snapshot = resolved([node(0, "u", **stored)])
    (properties,) = snapshot.node_properties
    expected = stored if kept is None else kept
    assert properties == expected
    assert [type(properties[name]) for name in expected] == [
        type(value) for value in expected.values()
    ]
    lost = sorted(set(stored) - set(properties))
    assert [note.subject for note in snapshot.notes] == [f"User.{name}" for name in lost]
    assert set(codes(snapshot)) <= {"PROPERTY_TYPE"}


def test_a_kind_that_is_not_known_is_unidentified_and_noted():
    snapshot = resolved(
        [node(0, "u", "Martian"), node(1, "v", "Martian")], [edge(2, "u", "ORBITS", "v")]
    )
    assert kind_of(snapshot, "u") == "Unidentified"
    assert [(note.code, note.subject) for note in snapshot.notes] == [
        ("UNKNOWN_KIND", "Martian"),
        ("UNKNOWN_KIND", "ORBITS"),
    ]


# Ends


@pytest.mark.parametrize(
    ("edges", "kind"),
    [
        ([("u", "MEMBER", "?")], "Group"),
        ([("?", "MEMBER", "g")], "Unidentified"),
        ([("?", "RUNS", "p")], "App"),
        ([("?", "MEMBER", "g"), ("u", "MEMBER", "?")], "Group"),
        ([("?", "OWNS", "g"), ("u", "OWNS", "?")], "Principal"),
        ([("?", "RUNS", "p"), ("u", "MEMBER", "?")], "Unidentified"),
    ],
)
def test_a_stub_is_of_the_one_kind_that_all_its_edges_allow(edges, kind):
    described = [node(0, "u"), node(1, "g", "Group"), node(2, "p", "Principal")]
    snapshot = resolved(described, [edge(10 + at, *each) for at, each in enumerate(edges)])
    at = snapshot.position("?")
    assert (kind_of(snapshot, "?"), bool(snapshot.stub[at])) == (kind, True)
    assert (snapshot.names[at], snapshot.node_row[at]) == ("?", 10)
    assert sum(len(table) for table in snapshot.edges.values()) == len(edges)
    assert snapshot.notes == ()


def test_an_exact_id_wins_over_an_alias():
    snapshot = resolved(
        [node(0, "x"), node(1, "y", aliases=("x",)), node(2, "g", "Group")],
        [edge(3, "x", "MEMBER", "g")],
    )
    assert ends(snapshot, "MEMBER") == [("x", "g")]


def test_an_alias_means_the_node_whose_kind_fits_there():
    nodes = [
        node(0, "app", "App", aliases=("appid:1",)),
        node(1, "sp", "Principal", aliases=("appid:1",)),
        node(2, "g", "Group"),
        node(3, "u"),
    ]
    edges = [
        edge(10, "appid:1", "MEMBER", "g"),
        edge(11, "appid:1", "RUNS", "appid:1"),
        edge(12, "u", "OWNS", "appid:1"),
        edge(13, "u", "OWNS", "appid:1", key="another"),
    ]
    snapshot = resolved(nodes, edges)
    assert ends(snapshot, "MEMBER") == [("sp", "g")]
    assert ends(snapshot, "RUNS") == [("app", "sp")]
    assert ends(snapshot, "OWNS") == []
    (note,) = snapshot.notes
    assert (note.code, note.subject) == ("AMBIGUOUS_ALIAS", "appid:1")
    assert "2 edges" in note.text
    assert "row 12, 13" in note.text


def test_an_alias_that_nobody_declares_is_a_stub_and_noted():
    snapshot = resolved([node(0, "g", "Group")], [edge(1, "upn:ada", "MEMBER", "g")])
    assert ends(snapshot, "MEMBER") == [("upn:ada", "g")]
    assert snapshot.stub.tolist() == [False, True]
    (note,) = snapshot.notes
    assert (note.code, note.subject) == ("UNRESOLVED_ALIAS", "upn:ada")


def test_an_alias_declared_twice_by_one_node_is_not_ambiguous():
    nodes = [
        node(0, "u", aliases=("upn:a", "mail:a")),
        node(1, "u", source="t:1", aliases=("upn:a",)),
        node(2, "g", "Group"),
    ]
    assert ends(resolved(nodes, [edge(3, "upn:a", "MEMBER", "g")]), "MEMBER") == [("u", "g")]


def test_edges_whose_ends_are_not_allowed_are_left_out_and_noted():
    nodes = [node(0, "u"), node(1, "v"), node(2, "g", "Group"), node(3, "?", "Unidentified")]
    edges = [
        edge(10, "u", "MEMBER", "v"),
        edge(11, "v", "MEMBER", "u"),
        edge(12, "g", "OWNS", "u"),
        edge(13, "u", "MEMBER", "?"),
        edge(14, "?", "MEMBER", "?"),
        edge(15, "?", "RUNS", "u"),
    ]
    snapshot = resolved(nodes, edges)
    assert ends(snapshot, "MEMBER") == [("u", "?"), ("?", "?")]
    assert [(note.code, note.subject) for note in snapshot.notes] == [
        ("ENDS_NOT_ALLOWED", "MEMBER"),
        ("ENDS_NOT_ALLOWED", "OWNS"),
        ("ENDS_NOT_ALLOWED", "RUNS"),
    ]
    assert snapshot.notes[0].text.startswith("2 edges from User to User")
    assert "row 10, 11" in snapshot.notes[0].text


def test_many_rows_of_one_note_are_cut():
    nodes = [node(0, "u"), node(1, "v")]
    snapshot = resolved(nodes, [edge(10 + at, "u", "MEMBER", "v", key=str(at)) for at in range(50)])
    (note,) = snapshot.notes
    assert note.text.startswith("50 edges")
    assert note.text.count(",") < 30


def test_self_loops_and_parallel_edges_are_kept():
    edges = [edge(10, "g", "MEMBER", "g"), edge(11, "g", "MEMBER", "g", key="k")]
    snapshot = resolved([node(0, "g", "Group")], edges)
    assert ends(snapshot, "MEMBER") == [("g", "g"), ("g", "g")]
    assert snapshot.edges["MEMBER"].keys.tolist() == ["", "k"]


def test_edges_keep_guards_and_properties_in_their_types():
    edges = [
        edge(
            10, "u", "OWNS", "g", guards=("mfa:u", "pim:r"), since="2026-01-01T00:00:00Z", share=1
        ),
        edge(11, "u", "OWNS", "g", key="k", since=3),
        edge(12, "u", "OWNS", "g", key="l", since=3),
    ]
    table = (snapshot := resolved([node(0, "u"), node(1, "g", "Group")], edges)).edges["OWNS"]
    assert table.guards == (("mfa:u", "pim:r"), (), ())
    assert table.properties == ({"since": "2026-01-01T00:00:00Z", "share": 1.0}, {}, {})
    assert isinstance(table.properties[0]["share"], float)
    (note,) = snapshot.notes
    assert (note.code, note.subject) == ("PROPERTY_TYPE", "OWNS.since")
    assert note.text.startswith("2 values")


# Claims

PEOPLE = [
    node(0, "u", name="Ada", aliases=("upn:ada@northlight.example",)),
    node(1, "v", name="Bob", aliases=("upn:bob@northlight.example", "mail:b@northlight.example")),
    node(2, "app", "App", aliases=(f"appid:{GUID}",)),
    node(3, "sp", "Principal", aliases=(f"appid:{GUID}",)),
    node(4, "g", "Group", aliases=("mail:ada@northlight.example", "team")),
    node(5, "h", "Group", aliases=("team",)),
]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("u", "u"),
        ("U", "u"),
        (" u ", "u"),
        ("ADA@northlight.example", "u"),
        ("upn:ADA@northlight.example", "u"),
        ("mail:ada@northlight.example", "g"),
        ("b@northlight.example", "v"),
        ("eve@northlight.example", None),
        ("Ada", None),
        ("", None),
    ],
)
def test_an_owner_is_found_by_id_or_alias_in_any_case(text, owner):
    snapshot = resolved(PEOPLE, claims=[claim(10, "g", text)])
    (found,) = snapshot.claims
    assert found.owner == (snapshot.position(owner) if owner else -1)
    assert (found.text, found.node, found.row) == (text, snapshot.position("g"), 10)
    assert snapshot.notes == ()


@pytest.mark.parametrize("text", ["team", "TEAM", GUID, f"appid:{GUID}", GUID.upper()])
def test_an_owner_that_several_answer_to_is_nobody_and_noted(text):
    snapshot = resolved(PEOPLE, claims=[claim(10, "g", text)])
    assert [each.owner for each in snapshot.claims] == [-1]
    assert codes(snapshot) == ["AMBIGUOUS_ALIAS"]


@pytest.mark.parametrize("text", [GUID, GUID.upper(), f"appid:{GUID}"])
def test_a_claim_by_client_id_is_about_the_registration_and_its_principal(text):
    snapshot = resolved(PEOPLE, claims=[claim(10, text, "u")])
    assert [snapshot.ids[each.node] for each in snapshot.claims] == ["app", "sp"]
    assert {snapshot.ids[each.owner] for each in snapshot.claims} == {"u"}
    assert snapshot.notes == ()


def test_a_guid_is_an_id_first():
    nodes = [*PEOPLE, node(9, GUID, "Group")]
    snapshot = resolved(nodes, claims=[claim(10, GUID, "u")])
    assert [snapshot.ids[each.node] for each in snapshot.claims] == [GUID]


def test_a_claim_about_several_that_are_not_one_application_is_left_out():
    snapshot = resolved(PEOPLE, claims=[claim(10, "team", "u")])
    assert snapshot.claims == ()
    assert codes(snapshot) == ["AMBIGUOUS_ALIAS"]


def test_a_claim_about_nothing_known_is_noted():
    snapshot = resolved(PEOPLE, claims=[claim(10, "nothing", "u")])
    assert snapshot.claims == ()
    (note,) = snapshot.notes
    assert (note.code, note.subject) == ("CLAIM_ABOUT_UNKNOWN_NODE", "nothing")


def test_a_claim_may_be_about_a_stub():
    snapshot = resolved(PEOPLE, [edge(6, "u", "MEMBER", "z")], [claim(10, "Z", "u")])
    assert [snapshot.ids[each.node] for each in snapshot.claims] == ["z"]


def test_coverage_and_conflicts_of_loads_are_handed_on():
    given_ = observed(coverage=[("s:1", "b", 2, False, "why"), ("s:1", "a", 1, True, "")])
    inside = pd.DataFrame(
        [("u", "n", '["1","2"]', "2", '["f"]')],
        columns=["node", "field", "values", "kept", "evidence"],
    )
    both = Observations(coverage=given_.coverage, conflicts=inside)
    snapshot = resolve(both, CATALOGUE)
    assert [(each.record, each.complete) for each in snapshot.coverage] == [
        ("a", True),
        ("b", False),
    ]
    assert isinstance(snapshot.coverage[0].count, int)
    assert snapshot.conflicts == (Conflict("u", "n", ("1", "2"), "2", ("f",)),)


def test_positions_follow_the_order_of_ids():
    snapshot = resolved([node(0, "b"), node(1, "C")], [edge(2, "a", "MEMBER", "Z")])
    assert snapshot.ids.tolist() == sorted(["b", "C", "a", "Z"])
    assert (np.diff([snapshot.position(each) for each in snapshot.ids]) == 1).all()
