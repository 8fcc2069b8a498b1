"""Laws that hold for every store."""

from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idgraph import derive
from idgraph.errors import IdGraphError, InputError, StaleLoadError, StoreError, UnknownNameError
from idgraph.graph import TrustGraph
from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    EventRecord,
    Ignored,
    NodeRecord,
    OwnerClaim,
    Rejected,
)
from idgraph.resolve import resolve
from idgraph.resolve.frames import json_text, read_list
from tests.idgraph.stores.tenant import (
    OTHER,
    SOURCE,
    claim,
    complete,
    day,
    edges_of,
    event,
    group,
    load,
    member,
    partial,
    user,
)
from tests.neo4j.examples import OBSERVED_NODES, every_kind, load_all

TENANT = [user("ada"), user("bob"), group("ops"), member("ada", "ops"), *complete()]

HOSTILE = [
    "'; DROP TABLE nodes;--",
    'he said "no"',
    "back\\slash",
    "a\0b",
    "🦊👩‍👩‍👧",
    "\u202egnp.exe",
    "line\nbreak\r\ttab",
    "",
    " ",
    "NULL",
    "x" * 300_000,
    "<script>alert(1)</script>",
    "{{7*7}}%s%n$1",
    "ﬀ Straße İ",
]

text = st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
properties = st.dictionaries(
    text,
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
    | st.lists(text, max_size=3).map(tuple),
    max_size=4,
)
node_records = st.builds(
    NodeRecord,
    record=text,
    id=text,
    kind=st.sampled_from(["EntraUser", "EntraGroup"]),
    name=text,
    aliases=st.lists(text, max_size=2).map(tuple),
    properties=properties,
    evidence=text,
    mention=st.booleans(),
)
edge_records = st.builds(
    EdgeRecord,
    record=text,
    source=text,
    kind=st.sampled_from(["MEMBER_OF", "OWNS"]),
    target=text,
    key=text,
    properties=properties,
    guards=st.lists(text, max_size=2).map(tuple),
    evidence=text,
)
claim_records = st.builds(
    OwnerClaim,
    record=text,
    node=text,
    owner=text,
    claim=text,
    said_by=text,
    said_at=text,
    evidence=text,
)


def _unique(records, *fields):
    return list({tuple(getattr(each, name) for name in fields): each for each in records}.values())


def _same_value(a, b):
    return type(a) is type(b) and a == b


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(node_records, max_size=5),
    st.lists(edge_records, max_size=5),
    st.lists(claim_records, max_size=3),
)
def test_a_store_gives_back_what_it_was_given(store_factory, nodes, edges, claims):
    nodes = _unique(nodes, "record", "id")
    edges = _unique(edges, "source", "kind", "target", "key")
    claims = _unique(claims, "node", "owner", "claim")
    store = store_factory()
    load(store, [*nodes, *edges, *claims])
    found = store.observations()
    assert _rows(found.nodes, "record", "id", "kind", "name", "mention", "evidence") == {
        (n.record, n.id, n.kind, n.name, n.mention, n.evidence) for n in nodes
    }
    assert _rows(found.edges, "record", "start", "kind", "end", "key", "evidence") == {
        (e.record, e.source, e.kind, e.target, e.key, e.evidence) for e in edges
    }
    columns = ("record", "node", "owner", "claim", "said_by", "said_at", "evidence")
    assert _rows(found.claims, *columns) == {
        tuple(getattr(each, name) for name in columns) for each in claims
    }
    stored = {(row.record, row.id): row for row in found.nodes.itertuples()}
    for node in nodes:
        row = stored[node.record, node.id]
        assert read_list(row.aliases) == tuple(sorted(set(node.aliases)))
        kept = json.loads(row.properties or "{}")
        assert kept.keys() == node.properties.keys()
        assert all(_same_value(_listed(node.properties[name]), kept[name]) for name in kept)


def _listed(value):
    return list(value) if isinstance(value, tuple) else value


def _rows(frame, *columns):
    return set(frame[list(columns)].astype(object).itertuples(index=False, name=None))


def test_a_declared_property_comes_back_in_its_type(store):
    stated = {
        "account_enabled": True,
        "upn": "ada",
        "domains": ("a", "b"),
        "score": 3,
        "ratio": 2.0,
    }
    load(store, [user("ada", **stated)])
    snapshot = store.snapshot()
    kept = snapshot.node_properties[snapshot.position("user-ada")]
    assert kept == stated
    assert {name: type(value) for name, value in kept.items()} == {
        name: type(value) for name, value in stated.items()
    }
    assert store.node_details(["user-ada"])["user-ada"].properties == stated


@pytest.mark.parametrize("records", [[], TENANT], ids=["empty", "tenant"])
def test_columns_have_the_same_types_whether_or_not_there_are_rows(store_factory, records):
    store, tenant = store_factory(), store_factory()
    load(store, records)
    load(tenant, [*TENANT, claim("group-ops", "Ada"), event(1)])
    graph, full = store.graph(), tenant.graph()
    for name in TrustGraph.__dataclass_fields__:
        if isinstance(column := getattr(graph, name), np.ndarray):
            assert column.dtype == getattr(full, name).dtype, name
    for name in ("nodes", "edges", "claims", "coverage", "conflicts"):
        one, other = getattr(store.observations(), name), getattr(tenant.observations(), name)
        assert list(one.columns) == list(other.columns)
        assert [each.kind for each in one.dtypes] == [each.kind for each in other.dtypes], name
    for name in ("ptr", "evidence", "node_rows"):
        mine, theirs = (getattr(each.projection(), name) for each in (store, tenant))
        assert mine.dtype == theirs.dtype


def test_an_empty_load_is_an_empty_graph(store):
    done = load(store, [])
    assert (done.number, done.nodes, done.edges, done.opened, done.closed) == (1, 0, 0, 0, 0)
    assert (store.graph().n, store.graph().m) == (0, 0)
    assert store.head() == 1


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_comes_back_unharmed(store, hostile):
    node = NodeRecord(
        record=hostile,
        id=f"id{hostile}",
        kind="EntraUser",
        name=hostile,
        aliases=(hostile,),
        properties={hostile: hostile, "list": (hostile,)},
        evidence=hostile,
    )
    edge = EdgeRecord(
        record=hostile,
        source=node.id,
        kind="MEMBER_OF",
        target=f"group{hostile}",
        key=hostile,
        guards=(hostile,),
        evidence=hostile,
    )
    load(
        store,
        [
            node,
            edge,
            OwnerClaim(record=hostile, node=node.id, owner=hostile, claim=hostile),
            CoverageRecord(record=hostile, count=1, complete=True, about=hostile),
            Rejected(record=hostile, place=hostile, reason=hostile),
            Ignored(record=hostile),
        ],
        files=[hostile],
    )
    assert load(store, [node, edge]).opened == 0
    snapshot, graph = store.snapshot(), store.graph()
    at = snapshot.position(node.id)
    assert snapshot.node_properties[at] == {hostile: hostile, "list": (hostile,)}
    assert snapshot.edges["MEMBER_OF"].keys.tolist() == [hostile]
    assert graph.ids.tolist() == sorted([node.id, edge.target])
    assert graph.names[graph.position(node.id)] == (hostile or node.id)
    assert graph.guards_of(0) == (hostile,)
    assert store.loads()[0].files == (hostile,)
    assert store.loads()[0].ignored == {hostile: 1}
    assert store.rejects(1).to_numpy().tolist() == [[hostile] * 3]


@pytest.mark.parametrize("field", ["name", "upn", "manager"])
def test_half_a_surrogate_pair_in_a_contradiction_does_no_harm(store, field):
    twins = [
        NodeRecord(
            record="U",
            id="u",
            kind="EntraUser",
            name=text if field == "name" else "",
            properties={} if field == "name" else {field: text},
        )
        for text in ("a", "\ud800")
    ]
    done = load(store, [*twins, EdgeRecord(record="M", source="u", kind="MEMBER_OF", target="g")])

    assert done.conflicts == 1
    assert store.conflicts(done.number)["field"].tolist() == [field]
    assert store.graph().m == 1


@pytest.mark.parametrize("profile", ["strict", "bloodhound"])
def test_every_kind_at_once_joined_to_itself_and_all_others_is_derived_from(store, profile):
    load_all(store, every_kind())

    assert store.graph(profile=profile).n >= len(OBSERVED_NODES)


@pytest.mark.parametrize("profile", ["strict", "bloodhound"])
def test_an_id_of_a_role_that_is_something_else_does_no_harm(store, profile):
    load(
        store,
        [
            NodeRecord(record="A", id="x@t1", kind="AzureLogicApp"),
            NodeRecord(record="U", id="u", kind="EntraUser"),
            EdgeRecord(
                record="R",
                source="u",
                kind="HAS_SCOPED_ROLE",
                target="g",
                properties={"role_id": "x@t1"},
            ),
        ],
    )

    assert store.graph(profile=profile).n >= 3


def test_half_a_surrogate_pair_is_spelt_out_and_keeps_texts_apart(store):
    names = ["\ud800", "\ud801", "plain"]
    load(
        store,
        [
            *(NodeRecord(record="AZUser", id=each, kind="EntraUser", name=each) for each in names),
            *(
                EdgeRecord(record="m", source=each, kind="MEMBER_OF", target="g", key=each)
                for each in names
            ),
            Rejected(record="AZUser", place="\ud800", reason="\udfff"),
        ],
    )
    assert store.graph().ids.tolist() == ["\\ud800", "\\ud801", "g", "plain"]
    assert store.graph().m == 3
    assert store.rejects(1)["reason"].tolist() == ["\\udfff"]


def test_the_same_content_again_opens_and_closes_nothing_but_is_a_load(store):
    load(store, TENANT)
    before = store.observations()
    again = load(store, TENANT, observed_at=day(2))
    assert (again.number, again.opened, again.closed) == (2, 0, 0)
    assert store.head() == 2
    pd.testing.assert_frame_equal(before.nodes, store.observations().nodes)
    pd.testing.assert_frame_equal(before.edges, store.observations().edges)


def test_evidence_is_neither_identity_nor_content(store):
    load(store, TENANT)
    moved = [
        user("ada", evidence="elsewhere"),
        user("bob"),
        group("ops"),
        member("ada", "ops", evidence="elsewhere"),
        *complete(),
    ]
    again = load(store, moved, files=["other.json"])
    assert (again.opened, again.closed) == (0, 0)
    assert store.node_details(["user-ada"])["user-ada"].evidence == ("users.json#/data/ada",)


def test_a_changed_file_opens_and_closes_only_what_changed(store):
    load(store, [*TENANT, claim("group-ops", "ada"), *complete("owners")])
    changed = [
        user("ada", department="IT"),  # content: closes one, opens one
        user("bob"),
        user("eve"),  # new: opens one
        group("ops"),
        member("bob", "ops"),  # another edge: closes one, opens one
        claim("group-ops", "bob"),  # another claim: closes one, opens one
        *complete(),
        *complete("owners"),
    ]
    done = load(store, changed, observed_at=day(2))
    assert (done.opened, done.closed) == (4, 3)
    assert edges_of(store) == {("user-bob", "MEMBER_OF", "group-ops")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Another"),
        ("kind", "EntraGroup"),
        ("aliases", ("upn:x",)),
        ("properties", {"upn": "x"}),
        ("mention", True),
    ],
)
def test_a_changed_field_of_a_node_is_another_row(store, field, value):
    fields = {"record": "AZUser", "id": "u", "kind": "EntraUser", "name": "Ada"}
    load(store, [NodeRecord(**fields)])
    done = load(store, [NodeRecord(**{**fields, field: value})])
    assert (done.opened, done.closed) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value", "closed"),
    [
        ("properties", {"a": 1}, 1),
        ("guards", ("mfa:u",), 1),
        ("record", "Another", 1),
        ("key", "k", 0),  # another identity: the list is partial, so the old one stays
        ("target", "h", 0),
    ],
)
def test_a_changed_field_of_an_edge_is_another_row(store, field, value, closed):
    fields = {"record": "AZGroupMember", "source": "u", "kind": "MEMBER_OF", "target": "g"}
    load(store, [EdgeRecord(**fields)])
    done = load(store, [EdgeRecord(**{**fields, field: value})])
    assert (done.opened, done.closed) == (1, closed)


def test_only_what_a_complete_list_leaves_out_is_closed(store):
    load(store, [*TENANT, claim("group-ops", "ada")])
    load(store, TENANT, source=OTHER)
    rest = [user("bob"), group("ops")]
    assert load(store, rest, observed_at=day(2)).closed == 0
    assert load(store, [*rest, *partial("AZUser", "AZGroupMember")], observed_at=day(3)).closed == 0
    assert edges_of(store) == {("user-ada", "MEMBER_OF", "group-ops")}
    assert load(store, [*rest, *complete("AZUser")], observed_at=day(4)).closed == 1
    assert load(store, complete("AZGroupMember"), observed_at=day(5)).closed == 1
    sources = store.observations().edges["source"].tolist()
    assert sources == [str(OTHER)], "another source keeps its own"
    assert len(store.observations().claims) == 1


def test_a_record_kind_of_several_files_is_complete_only_if_all_are(store):
    load(store, TENANT)
    done = load(store, [user("ada"), *complete("AZUser"), *partial("AZUser")], observed_at=day(2))
    assert done.closed == 0
    (coverage,) = [each for each in store.snapshot().coverage if each.record == "AZUser"]
    assert (coverage.count, coverage.complete, coverage.about) == (2, False, "the rest")


def test_events_are_never_closed(store):
    load(store, [event(1), event(2), *complete("audit")])
    done = load(store, [event(2), event(3), *complete("audit")], observed_at=day(2))
    assert (done.opened, done.closed) == (1, 0)
    assert store.events()["id"].tolist() == ["e1", "e2", "e3"]
    assert store.events(as_of=day(1))["id"].tolist() == ["e1", "e2"]


def test_a_row_number_is_never_used_again(store):
    load(store, TENANT)
    seen = _all_rows(store)
    load(store, [user("ada", department="IT"), event(1), *complete("AZGroupMember")])
    now = _all_rows(store)
    load(store, TENANT, observed_at=day(2))
    last = _all_rows(store)
    assert len(seen) == len(set(seen))
    assert min(set(now) - set(seen)) > max(seen)
    assert min(set(last) - set(now)) > max(now)


def _all_rows(store):
    found = store.observations()
    frames = (found.nodes, found.edges, found.claims, store.events())
    return [int(row) for frame in frames for row in frame["row"]]


def test_as_of_shows_what_was_known_of_that_moment(store):
    load(store, [user("ada"), group("ops"), member("ada", "ops"), *complete()], observed_at=day(1))
    load(store, [user("ada"), user("eve"), group("ops"), *complete()], observed_at=day(3))
    load(store, TENANT, source=OTHER, observed_at=day(2))
    ada = ("user-ada", "MEMBER_OF", "group-ops")
    assert edges_of(store, as_of="2026-02-01") == set()
    assert store.graph(as_of="2026-02-01").n == 0
    assert edges_of(store, as_of=day(1)) == {ada}
    assert store.observations(as_of=day(1)).nodes["id"].tolist() == ["group-ops", "user-ada"]
    assert edges_of(store, as_of=day(2)) == {ada}
    assert len(store.observations(as_of=day(2)).edges) == 2
    assert len(store.observations(as_of=day(3)).edges) == 1
    assert [store.head(as_of=each) for each in ("2026-01-01", day(1), day(2), day(3))] == [
        0,
        1,
        3,
        3,
    ]
    assert [each.source for each in store.loads()] == [SOURCE, SOURCE, OTHER]
    assert store.node_details(["user-bob"], as_of=day(1)) == {}
    assert store.node_details(["user-bob"], as_of=day(2)).keys() == {"user-bob"}


def test_two_moments_with_one_newest_load_are_still_two(store):
    load(store, [user("ada"), *complete()], observed_at=day(5))
    load(store, [user("bob"), *complete()], source=OTHER, observed_at=day(1))
    assert store.head(as_of=day(1)) == store.head(as_of=day(5)) == 2
    assert store.graph(as_of=day(1)).ids.tolist() == ["user-bob"]
    assert store.graph(as_of=day(5)).ids.tolist() == ["user-ada", "user-bob"]
    assert store.graph(as_of=day(1)).ids.tolist() == ["user-bob"], "cached by then"


def test_moments_are_compared_as_times_not_as_text(store):
    load(store, [user("ada")], observed_at="2026-03-01T09:00:00+02:00")
    assert store.loads()[0].observed_at == "2026-03-01T07:00:00Z"
    assert store.graph(as_of="2026-03-01T08:30:00+01:00").n == 1
    assert store.graph(as_of="2026-03-01T06:59:59.5Z").n == 0
    load(store, [user("ada")], observed_at="2026-03-01T07:00:00.500Z")
    with pytest.raises(StaleLoadError):
        load(store, [user("ada")], observed_at="2026-03-01T07:00:00.4Z")


@pytest.mark.parametrize("moment", ["yesterday", "", "2026-13-01", "2026-03-01T25:00:00Z"])
def test_what_is_not_a_time_is_said_to_be_none(store, moment):
    with pytest.raises(InputError, match="is not a time"):
        load(store, [], observed_at=moment)
    load(store, [])
    with pytest.raises(InputError, match="is not a time"):
        store.graph(as_of=moment)


def test_a_load_older_than_its_source_is_refused_and_changes_nothing(store):
    load(store, TENANT, observed_at=day(3))
    with pytest.raises(StaleLoadError, match="is older than what the store holds") as caught:
        load(store, [*complete()], observed_at=day(2))
    assert caught.value.hint
    assert store.head() == 1
    assert load(store, TENANT, source=OTHER, observed_at=day(1)).number == 2
    assert load(store, TENANT, observed_at=day(3)).number == 3, "the same moment is not older"


def test_a_load_that_is_left_without_commit_never_was(store):
    load(store, TENANT)
    with store.begin(SOURCE, observed_at=day(2), observed_is_guess=False, files=[]) as writing:
        writing.write([user("eve"), *complete()])
    with pytest.raises(RuntimeError, match="out of luck"):
        _fails_within(store)
    assert store.head() == 1
    assert store.graph().ids.tolist() == ["group-ops", "user-ada", "user-bob"]
    assert load(store, TENANT, observed_at=day(2)).number == 2


def _fails_within(store):
    with store.begin(SOURCE, observed_at=day(2), observed_is_guess=False, files=[]) as writing:
        writing.write([user("eve")])
        raise RuntimeError("out of luck")


def test_a_load_that_is_over_takes_nothing_more(store):
    with store.begin(SOURCE, observed_at=day(1), observed_is_guess=False, files=[]) as writing:
        writing.commit()
        for more in (lambda: writing.write([user("ada")]), writing.commit):
            with pytest.raises(StoreError, match="is over"):
                more()
        writing.abort()
    assert store.head() == 1


def test_a_rule_that_fails_leaves_the_last_good_state(store, monkeypatch):
    load(store, TENANT)

    def fails(*_):
        raise RuntimeError("a rule with a fault")

    with monkeypatch.context() as patch:
        patch.setattr(derive, "derive", fails)
        with pytest.raises(RuntimeError, match="a rule with a fault"):
            load(store, [user("eve")], observed_at=day(2))
    assert store.head() == 1
    assert load(store, [user("eve")], observed_at=day(2)).opened == 1


@pytest.mark.parametrize(
    "value", [None, 1.5j, {"a": 1}, b"x", float("nan"), float("inf"), 2**63, (1, 2), ("a", None)]
)
def test_a_property_of_another_type_is_refused_before_anything_is_stored(store, value):
    with pytest.raises(InputError, match=r"property 'p' of user-ada is of a type") as caught:
        load(store, [user("ada", p=value)])
    assert caught.value.hint
    assert str(value) not in str(caught.value).replace("NoneType", "")


def test_what_is_not_a_record_is_refused(store):
    with pytest.raises(InputError, match="a str is not a record"):
        load(store, ["user"])


def test_columns_and_records_are_the_same_load(store_factory):
    by_records, by_columns = store_factory(), store_factory()
    load(by_records, TENANT)
    nodes = [each for each in TENANT if isinstance(each, NodeRecord)]
    edges = [member("ada", "ops"), member("bob", "ops")]
    load(by_records, edges)
    with by_columns.begin(
        SOURCE, observed_at=day(1), observed_is_guess=False, files=["tenant.json"]
    ) as writing:
        writing.write_columns(
            nodes=pd.DataFrame(
                {
                    "record": pd.Categorical([each.record for each in nodes]),
                    "id": [each.id for each in nodes],
                    "kind": pd.Categorical([each.kind for each in nodes]),
                    "name": [each.name for each in nodes],
                    "aliases": [json_text(each.aliases) for each in nodes],
                    "evidence": [each.evidence for each in nodes],
                },
                index=[7, 7, 7],
            ),
            edges=pd.DataFrame(
                {
                    "record": [each.record for each in edges],
                    "start": pd.Categorical([each.source for each in edges]),
                    "kind": [each.kind for each in edges],
                    "end": [each.target for each in edges],
                    "key": [None, ""],
                    "evidence": [each.evidence for each in edges],
                },
                index=[5, 0],
            ),
        )
        shared = pd.CategoricalDtype(["group-ops", "unused", "user-ada", "user-bob"])
        writing.write_columns(  # the same again, now with shared categories
            edges=pd.DataFrame(
                {
                    "record": "AZGroupMember",
                    "start": pd.Series(["user-ada", "user-bob"], dtype=shared),
                    "kind": "MEMBER_OF",
                    "end": pd.Series(["group-ops", "group-ops"], dtype=shared),
                    "evidence": [each.evidence for each in edges],
                }
            )
        )
        writing.write(complete())
        writing.commit()
    one, other = by_records.observations(), by_columns.observations()
    for name in ("nodes", "edges", "coverage"):
        columns = [each for each in getattr(one, name).columns if each != "row"]
        assert _rows(getattr(one, name), *columns) == _rows(getattr(other, name), *columns)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ({"edges": pd.DataFrame({"start": ["a"], "kind": ["MEMBER_OF"]})}, "has no column end"),
        ({"nodes": pd.DataFrame({"id": ["a"]})}, "has no column kind"),
        (
            {"edges": pd.DataFrame({"start": ["a", None], "kind": ["OWNS"] * 2, "end": ["b"] * 2})},
            "the start of an edge is missing",
        ),
    ],
)
def test_columns_that_say_nothing_are_refused(store, frames, said):
    with (
        store.begin(SOURCE, observed_at=day(1), observed_is_guess=False, files=[]) as writing,
        pytest.raises(InputError, match=said),
    ):
        writing.write_columns(**frames)


def test_equal_records_of_one_load_are_one_row(store):
    twice = [
        user("ada"),
        user("ada", evidence="a"),
        member("ada", "ops"),
        member("ada", "ops"),
        event(1),
        event(1),
        claim("user-ada", "x"),
        claim("user-ada", "x"),
    ]
    done = load(store, twice)
    assert (done.opened, done.accepted, done.conflicts) == (4, 8, 0)
    assert (done.nodes, done.edges) == (1, 1)
    assert store.node_details(["user-ada"])["user-ada"].evidence == ("a",), "the first by text"


CONTRARY = [
    NodeRecord(
        record="AZUser",
        id="u",
        kind="EntraUser",
        name="A",
        evidence="1",
        properties={"account_enabled": False, "upn": "a", "only": 1},
        aliases=("x",),
    ),
    NodeRecord(
        record="AZUser",
        id="u",
        kind="EntraUser",
        name="B",
        evidence="2",
        properties={"account_enabled": True, "upn": "b"},
        aliases=("y",),
    ),
    NodeRecord(
        record="AZUser",
        id="u",
        kind="EntraGroup",
        name="",
        evidence="3",
        mention=True,
        properties={"upn": "z", "extra": "e"},
    ),
]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_contradictions_inside_a_load_are_kept_by_rule_and_reported(store, order):
    edges = [
        EdgeRecord(
            record="m",
            source="u",
            kind="MEMBER_OF",
            target="g",
            guards=("network:x", "pim:r"),
            properties={"p": "a"},
            evidence="1",
        ),
        EdgeRecord(
            record="m",
            source="u",
            kind="MEMBER_OF",
            target="g",
            guards=("mfa:u",),
            properties={"p": "b"},
            evidence="2",
        ),
        EdgeRecord(
            record="l",
            source="u",
            kind="MEMBER_OF",
            target="g",
            guards=("mfa:u",),
            properties={"p": "b"},
            evidence="3",
        ),
    ]
    done = load(store, [CONTRARY[at] for at in order] + [edges[at] for at in order])
    (node,) = store.observations().nodes.to_dict("records")
    assert (node["kind"], node["name"], bool(node["mention"])) == ("EntraUser", "B", False)
    assert node["aliases"] == '["x","y"]'
    assert json.loads(node["properties"]) == {
        "account_enabled": True,
        "upn": "b",
        "only": 1,
        "extra": "e",
    }
    (edge,) = store.observations().edges.to_dict("records")
    assert (edge["guards"], edge["properties"]) == ('["mfa:u"]', '{"p":"b"}'), "the fewest guards"
    assert edge["record"] == "l"
    assert done.conflicts == 5
    inside = store.conflicts(1)
    assert inside[["node", "field", "kept"]].to_numpy().tolist() == [
        ["u", "account_enabled", "true"],
        ["u", "name", "B"],
        ["u", "upn", "b"],
        ["u MEMBER_OF g", "guards", '["mfa:u"]'],
        ["u MEMBER_OF g", "p", "b"],
    ]
    assert inside["values"][0] == ("false", "true")
    assert inside["evidence"][0] == ("1", "2")
    assert len(store.snapshot().conflicts) == 5


def test_a_contradiction_is_gone_with_the_load_that_no_longer_has_it(store):
    load(store, [*CONTRARY, *complete("AZUser")])
    load(store, [*CONTRARY, *complete("AZUser")], observed_at=day(2))
    assert len(store.snapshot().conflicts) == 3
    load(store, [CONTRARY[1], *complete("AZUser")], observed_at=day(3))
    assert store.snapshot().conflicts == ()
    assert len(store.snapshot(as_of=day(2)).conflicts) == 3


def test_a_load_says_what_became_of_its_records(store):
    done = load(
        store,
        [
            *TENANT,
            member("nobody", "ops"),
            event(1),
            Ignored(record="AZDevice"),
            Ignored(record="AZDevice", reason="unknown"),
            Ignored(record="AZTenant"),
            Rejected(record="AZUser", place="f#/9", reason="no id"),
        ],
        files=["a.json", "b.json"],
    )
    (kept,) = store.loads()
    assert kept == done
    assert (kept.source, kept.files, kept.observed_is_guess) == (
        SOURCE,
        ("a.json", "b.json"),
        False,
    )
    assert kept.ignored == {"AZDevice": 2, "AZTenant": 1}
    assert (kept.accepted, kept.rejected, kept.stubs) == (6, 1, 1)
    assert store.rejects(1).to_dict("records") == [
        {"record": "AZUser", "place": "f#/9", "reason": "no id"}
    ]
    assert len(store.rejects(2)) == 0


def test_evidence_is_found_by_row_open_or_closed(store):
    load(store, [user("ada", upn="a"), member("ada", "ops"), event(1), claim("user-ada", "x")])
    rows = sorted(_all_rows(store))
    load(store, complete(), observed_at=day(2))
    found = store.evidence([*rows, 10**9])
    assert list(found) == rows
    assert sorted(each.evidence for each in found.values()) == [
        (),
        (),
        ("members.json#/data/ops/ada",),
        ("users.json#/data/ada",),
    ]
    assert {"upn": "a"} in [dict(each.properties) for each in found.values()]
    assert store.evidence([]) == {}


def test_each_edge_of_the_graph_leads_to_its_evidence(store):
    load(store, TENANT)
    projection = store.projection()
    graph = projection.graph
    for edge in range(graph.m):
        rows = projection.rows_of(edge).tolist()
        assert rows
        assert all(each.evidence for each in store.evidence(rows).values())
    at = graph.position("user-ada")
    (detail,) = store.evidence([projection.node_rows[at]]).values()
    assert detail.evidence == ("users.json#/data/ada",)


def test_details_of_a_node_are_merged_over_its_records(store):
    load(store, [user("ada", upn="ada"), user("ada", record="AZOwner", evidence="o", mail="m")])
    details = store.node_details(["user-ada", "user-ada", "nobody"])
    assert details.keys() == {"user-ada"}
    assert details["user-ada"].properties == {"upn": "ada", "mail": "m"}
    assert details["user-ada"].evidence == ("o", "users.json#/data/ada")
    assert store.node_details([]) == {}


def test_the_graph_is_the_same_from_the_cache_and_anew(store, monkeypatch):
    load(store, TENANT)
    kept = store.projection()
    anew = derive.derive(resolve(store.observations(), derive.CATALOGUE), derive.profile("strict"))
    _assert_same(kept, anew)
    monkeypatch.setattr(derive, "RULES_VERSION", "another")
    _assert_same(store.projection(), anew)
    _assert_same(store.projection(), anew)


def _assert_same(one, other):
    for name in ("ptr", "evidence", "node_rows"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in TrustGraph.__dataclass_fields__:
        column = getattr(one.graph, name)
        if isinstance(column, np.ndarray):
            np.testing.assert_array_equal(column, getattr(other.graph, name))
            assert column.dtype == getattr(other.graph, name).dtype
    assert one.graph.guard_sets == other.graph.guard_sets


@pytest.fixture
def derivations(monkeypatch):
    seen = []
    true = derive.derive

    def counted(snapshot, profile):
        seen.append(profile.name)
        return true(snapshot, profile)

    monkeypatch.setattr(derive, "derive", counted)
    return seen


def test_each_projection_is_derived_once(store, derivations, monkeypatch):
    load(store, TENANT)
    assert derivations == ["strict"]
    for _ in range(2):
        store.graph()
        store.projection()
    assert derivations == ["strict"], "the commit built it"
    for _ in range(2):
        store.graph(profile="bloodhound")
    assert derivations == ["strict", "bloodhound"]
    load(store, TENANT, observed_at=day(2))
    store.graph()
    store.graph(profile="bloodhound")
    assert derivations == ["strict", "bloodhound"], "nothing changed, so what was kept still holds"
    monkeypatch.setattr(derive, "RULES_VERSION", "another")
    for _ in range(2):
        store.graph()
    assert derivations == ["strict", "bloodhound", "strict"], "other rules, another projection"


def test_a_load_that_changes_coverage_alone_is_derived_anew(store, derivations):
    load(store, TENANT)
    load(store, [*TENANT, *partial("AZDevice")], observed_at=day(2))
    assert derivations == ["strict", "strict"]


def test_old_moments_do_not_push_out_what_the_head_needs(store, derivations):
    for number in range(1, 9):
        load(store, [user("ada", department=str(number))], observed_at=day(number))
    store.graph(profile="bloodhound")
    for number in range(1, 9):
        store.graph(as_of=day(number))
    derivations.clear()
    store.graph()
    store.graph(profile="bloodhound")
    assert derivations == []


def test_an_unknown_profile_is_named(store):
    load(store, TENANT)
    with pytest.raises(UnknownNameError, match="strikt"):
        store.graph(profile="strikt")


def test_every_error_says_what_to_do(store):
    with pytest.raises(IdGraphError) as caught:
        store.loads()
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_record_kind_not_in_the_catalogue_is_kept_and_noted(store):
    load(
        store,
        [
            NodeRecord(record="r", id="x", kind="NotYet", name="X"),
            EdgeRecord(record="r", source="x", kind="NOT_YET", target="y"),
        ],
    )
    snapshot = store.snapshot()
    assert [note.subject for note in snapshot.notes] == ["NOT_YET", "NotYet"]
    assert store.graph().ids.tolist() == ["x"]


def test_order_of_records_does_not_matter(store_factory):
    one, other = store_factory(), store_factory()
    records = [
        *TENANT,
        *CONTRARY,
        member("bob", "ops"),
        EventRecord(record="audit", id="1", kind="k", at=day(1)),
    ]
    load(one, records)
    load(other, records[::-1])
    left, right = one.graph(), other.graph()
    assert left.ids.tolist() == right.ids.tolist()
    assert left.kinds.tolist() == right.kinds.tolist()
    assert edges_of(one) == edges_of(other)
    assert one.snapshot().node_properties == other.snapshot().node_properties
