"""Two moments against a naive difference of sets of small histories; and cases by hand."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idgraph.analysis.diff import Compared, diff
from idgraph.analysis.diff.facts import Change, differing
from idgraph.analysis.diff.moments import Seen, moment
from idgraph.errors import UnknownNameError
from idgraph.records import CoverageRecord, EdgeRecord, NodeRecord, OwnerClaim
from idgraph.stores import open_store
from tests.idgraph.stores.tenant import (
    OTHER,
    SOURCE,
    claim,
    complete,
    day,
    group,
    load,
    member,
    partial,
    user,
)

ADDED, REMOVED, CHANGED = Change
NAMES = {SOURCE: ("ada", "bob"), OTHER: ("cyd", "dan")}
HOSTILE = "<script>alert(1)</script>\u202e\n{{7*7}}"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "store.duckdb"))


quick = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def told(facts, *, sure=False):
    """Return facts as a set that a test can write down."""
    return {
        (each.change, each.about, each.id, each.target, *((each.sure,) if sure else ()))
        for each in facts
    }


# A naive history: sets that are replaced by whole lists and added to by partial ones.

loads_of = st.fixed_dictionaries(
    {
        "source": st.sampled_from((SOURCE, OTHER)),
        "users": st.dictionaries(st.integers(0, 1), st.sampled_from(("clerk", "chief"))),
        "members": st.sets(st.tuples(st.integers(0, 1), st.sampled_from(("ops", "dev")))),
        "whole_users": st.booleans(),
        "whole_members": st.booleans(),
    }
)
histories = st.lists(loads_of, min_size=1, max_size=5)


def records(each):
    names = NAMES[each["source"]]
    mark = names[0]  # groups are of one source
    yield from (user(names[at], job_title=title) for at, title in each["users"].items())
    yield from (group(f"{mark}-{name}") for name in ("ops", "dev"))
    yield from (member(names[at], f"{mark}-{name}") for at, name in each["members"])
    yield from complete("AZGroup")
    yield from complete("AZUser") if each["whole_users"] else partial("AZUser")
    yield from complete("AZGroupMember") if each["whole_members"] else partial("AZGroupMember")


def states(history):
    """Return, after each load, the users and members of each source, and what was seen whole."""
    users, members, whole = defaultdict(dict), defaultdict(set), {}
    for each in history:
        source, names = each["source"], NAMES[each["source"]]
        given = {f"user-{names[at]}": title for at, title in each["users"].items()}
        joined = {(f"user-{names[at]}", f"group-{names[0]}-{name}") for at, name in each["members"]}
        users[source] = given if each["whole_users"] else users[source] | given
        members[source] = joined if each["whole_members"] else members[source] | joined
        whole[source] = (each["whole_users"], each["whole_members"])
        yield (
            {key: dict(some) for key, some in users.items()},
            {key: set(some) for key, some in members.items()},
            dict(whole),
        )


def naive(before, after):
    """Return the difference of two states, fact by fact."""
    found = set()
    for source in set(before[2]) & set(after[2]):
        sides = [(each[0][source], each[1][source], each[2][source]) for each in (before, after)]
        for node in {f"user-{name}" for name in NAMES[source]}:
            found |= naive_node(node, sides)
        for change, one, other in ((REMOVED, 0, 1), (ADDED, 1, 0)):
            for edge in sides[one][1] - sides[other][1]:
                found.add((change, "edge", *edge, sides[other][2][1]))
    return found


def naive_node(node, sides):
    titles = [users.get(node) for users, _, _ in sides]
    there = [
        title is not None or any(node == who for who, _ in members)
        for title, (_, members, _) in zip(titles, sides, strict=True)
    ]
    if there == [False, False] or (all(there) and titles[0] == titles[1]):
        return set()
    if all(there):
        lost = [side for side in (0, 1) if titles[side] is None]
        sure = not lost or sides[lost[0]][2][0]
        return {(CHANGED, "node", node, "", sure)}
    side = there.index(True)
    described = titles[side] is not None
    sure = sides[1 - side][2][0 if described else 1]
    return {(ADDED if side else REMOVED, "node", node, "", sure)}


@pytest.fixture
def histories_held(tmp_path):
    """Return a function that loads a history into a store and reads each of its moments."""
    numbers = count()

    def hold(history):
        store = open_store(str(tmp_path / f"{next(numbers)}.duckdb"))
        for number, each in enumerate(history, 1):
            load(store, records(each), source=each["source"], observed_at=day(number))
        return [moment(store, day(number)) for number in range(1, len(history) + 1)]

    return hold


@quick
@given(histories)
def test_a_difference_is_that_of_the_sets_that_lists_replace_or_add_to(histories_held, history):
    held, known = histories_held(history), list(states(history))
    for here, before in zip(held, known, strict=True):
        assert not differing(here, here).facts
        for there, after in zip(held, known, strict=True):
            found = differing(here, there)
            back = differing(there, here)
            assert told(found.facts, sure=True) == naive(before, after)
            assert {mirrored(each) for each in back.facts} == set(map(plain, found.facts))
            assert found.unseen_before == back.unseen_after


def plain(fact):
    fields = tuple((each.name, each.before, each.after) for each in fact.fields)
    return (*fact.identity, fact.change, fact.sure, fields, frozenset(fact.rows))


def mirrored(fact):
    turned = tuple(replace(each, before=each.after, after=each.before) for each in fact.fields)
    return plain(replace(fact, change=fact.change.reversed, fields=turned))


# By hand.


def tenant(*more, whole=("AZUser", "AZGroup", "AZGroupMember")):
    return [user("ada"), user("bob"), group("ops"), *more, *complete(*whole)]


def test_what_was_added_removed_and_stated_otherwise_is_told_apart(store):
    load(store, tenant(member("ada", "ops")), observed_at=day(1))
    changed = [
        user("ada", job_title="chief"),
        user("eve"),
        group("ops"),
        member("eve", "ops"),
        *complete(),
    ]
    load(store, changed, observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert told(found) == {
        (CHANGED, "node", "user-ada", ""),
        (REMOVED, "node", "user-bob", ""),
        (ADDED, "node", "user-eve", ""),
        (REMOVED, "edge", "user-ada", "group-ops"),
        (ADDED, "edge", "user-eve", "group-ops"),
    }
    (ada,) = (each for each in found if each.change is CHANGED)
    assert [(each.name, each.before, each.after) for each in ada.fields] == [
        ("job_title", None, "chief")
    ]
    (joined,) = (each for each in found.edges if each.change is ADDED)
    assert joined.words == "Eve is a member of ops"
    assert joined.evidence == ("members.json#/data/ops/eve",)
    assert joined.source == str(SOURCE)
    assert found.counts["edges"] == {"added": 1, "removed": 1, "changed": 0}


def test_a_row_that_was_opened_and_closed_in_between_is_no_difference(store):
    load(store, tenant(), observed_at=day(1))
    load(store, tenant(member("ada", "ops")), observed_at=day(2))
    load(store, tenant(), observed_at=day(3))
    assert not diff(store, day(1), day(3))
    assert told(diff(store, day(1), day(2)).edges) == {(ADDED, "edge", "user-ada", "group-ops")}


def test_a_partial_load_removes_nothing_and_what_it_adds_is_certain(store):
    load(store, tenant(member("ada", "ops")), observed_at=day(1))
    load(
        store,
        [user("ada"), member("bob", "ops"), *partial("AZUser", "AZGroupMember")],
        observed_at=day(2),
    )
    found = diff(store, day(1), day(2))
    assert told(found, sure=True) == {(ADDED, "edge", "user-bob", "group-ops", True)}
    assert {(each.record, each.before, each.after) for each in found.coverage} == {
        ("AZUser", Seen.WHOLE, Seen.PARTLY),
        ("AZGroupMember", Seen.WHOLE, Seen.PARTLY),
    }


def test_what_a_list_seen_in_part_did_not_hold_may_have_been_there_all_along(store):
    load(
        store,
        [user("ada"), group("ops"), *complete("AZUser", "AZGroup"), *partial("AZGroupMember")],
        observed_at=day(1),
    )
    load(store, [user("ada"), group("ops"), member("ada", "ops"), *complete()], observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert told(found, sure=True) == {(ADDED, "edge", "user-ada", "group-ops", False)}
    assert "1 not for certain" in found.summary
    assert "not for certain" in found.explain()


def test_a_source_that_was_not_loaded_is_a_difference_of_coverage_and_of_nothing_else(store):
    load(store, tenant(member("ada", "ops")), observed_at=day(1))
    others = [user("cyd"), group("dev"), member("cyd", "dev"), *complete()]
    load(store, others, source=OTHER, observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert not list(found)
    assert {(each.record, each.before, each.after, each.facts) for each in found.coverage} == {
        ("AZUser", Seen.NOT, Seen.WHOLE, 1),
        ("AZGroup", Seen.NOT, Seen.WHOLE, 1),
        ("AZGroupMember", Seen.NOT, Seen.WHOLE, 1),
    }
    assert {each.source for each in found.coverage} == {str(OTHER)}
    assert "not loaded on" in found.explain()


def test_a_record_kind_that_was_not_loaded_is_a_difference_of_coverage(store):
    load(store, [user("ada"), group("ops"), *complete("AZUser", "AZGroup")], observed_at=day(1))
    load(store, [user("ada"), group("ops"), member("ada", "ops"), *complete()], observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert not list(found)
    assert [(each.record, each.before, each.facts) for each in found.coverage] == [
        ("AZGroupMember", Seen.NOT, 1)
    ]


def owns(name, app):
    return EdgeRecord(
        record="AZAppOwner",
        source=f"user-{name}",
        kind="OWNS",
        target=app,
        evidence=f"owners.json#/{name}",
    )


def app(title="Robot"):
    return NodeRecord(
        record="AZApp",
        id="app-robot",
        kind="EntraApp",
        name=title,
        properties={"tenant_id": SOURCE.scope, "app_id": "client-robot"},
        evidence="apps.json#/0",
    )


APPS = ("AZUser", "AZApp", "AZAppOwner")


def test_a_derived_relation_says_which_facts_make_the_difference(store):
    load(store, [user("ada"), app(), *complete(*APPS)], observed_at=day(1))
    load(
        store, [user("ada"), app(), owns("ada", "app-robot"), *complete(*APPS)], observed_at=day(2)
    )
    found = diff(store, day(1), day(2))
    assert told(found) == {
        (ADDED, "edge", "user-ada", "app-robot"),
        (ADDED, "derived", "user-ada", "app-robot"),
    }
    (follows,) = found.derived
    assert follows.kind == "CAN_ADD_SECRET"
    assert follows.because == ("Ada is a directory owner of Robot",)
    assert follows.evidence == ("owners.json#/ada",)
    assert follows.sure


def test_the_difference_is_the_mirror_of_the_difference_the_other_way_round(store):
    others = [user("cyd"), group("dev"), member("cyd", "dev"), *complete()]
    lists = complete(*APPS)
    load(store, [user("ada"), app(), owns("ada", "app-robot"), *lists], observed_at=day(1))
    load(store, [user("ada", job_title="chief"), user("bob"), app(), *lists], observed_at=day(2))
    load(store, others, source=OTHER, observed_at=day(3))
    there, back = diff(store, day(1), day(3)), diff(store, day(3), day(1))
    assert {each.change for each in there} == set(Change)
    assert there.derived
    assert {mirrored(each) for each in back} == set(map(plain, there))
    assert {(each.source, each.record, each.before, each.after) for each in there.coverage} == {
        (each.source, each.record, each.after, each.before) for each in back.coverage
    }
    assert not diff(store, day(3), day(3))


def test_a_derived_relation_that_only_a_new_source_brings_is_no_change(store):
    load(store, [user("ada"), app(), *complete("AZUser", "AZApp")], observed_at=day(1))
    load(
        store, [user("ada"), app(), owns("ada", "app-robot"), *complete(*APPS)], observed_at=day(2)
    )
    found = diff(store, day(1), day(2))
    assert not list(found)
    assert found.derived_unseen == 1


def test_a_relation_with_other_properties_is_changed_and_one_with_another_key_is_another(store):
    def granted(key, start):
        return EdgeRecord(
            record="AZAppRoleAssignment",
            source="user-ada",
            kind="ELIGIBLE_FOR",
            target="role-1",
            key=key,
            properties={"directory_scope": "/", "start": start},
        )

    role = NodeRecord(record="AZRole", id="role-1", kind="EntraRole", name="Reader")
    lists = complete("AZUser", "AZRole", "AZAppRoleAssignment")
    load(store, [user("ada"), role, granted("k1", day(1)), *lists], observed_at=day(1))
    load(store, [user("ada"), role, granted("k1", day(2)), *lists], observed_at=day(2))
    load(store, [user("ada"), role, granted("k2", day(2)), *lists], observed_at=day(3))
    (later,) = diff(store, day(1), day(2)).edges
    assert (later.change, later.key) == (CHANGED, "k1")
    assert str(later).endswith(f"(start: {day(1)} → {day(2)})")
    assert {(each.change, each.key) for each in diff(store, day(2), day(3)).edges} == {
        (REMOVED, "k1"),
        (ADDED, "k2"),
    }


def test_the_last_sign_in_is_counted_and_not_told(store):
    load(store, [user("ada", last_sign_in=day(1)), *complete("AZUser")], observed_at=day(1))
    load(store, [user("ada", last_sign_in=day(2)), *complete("AZUser")], observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert not list(found)
    assert found.activity == 1


def test_owner_claims_are_facts_too(store):
    lists = [user("ada"), *complete("AZUser", "owners")]
    load(store, [*lists, claim("user-ada", "bob")], observed_at=day(1))
    moved = OwnerClaim(
        record="owners", node="user-ada", owner="eve", claim="register", said_by="cmdb"
    )
    load(store, [*lists, moved], observed_at=day(2))
    assert told(diff(store, day(1), day(2)).claims) == {
        (REMOVED, "claim", "user-ada", "bob"),
        (ADDED, "claim", "user-ada", "eve"),
    }


def test_a_new_contradiction_between_sources_is_told(store):
    load(store, [user("ada", job_title="clerk"), *complete("AZUser")], observed_at=day(1))
    load(
        store,
        [user("ada", job_title="chief"), *complete("AZUser")],
        source=OTHER,
        observed_at=day(2),
    )
    found = diff(store, day(1), day(2))
    assert [(each.node, each.field) for each in found.conflicts_added] == [
        ("user-ada", "job_title")
    ]
    assert not found.conflicts_removed
    assert found.to_json()["conflicts"]["added"][0]["values"] == ["chief", "clerk"]


def test_an_end_that_becomes_known_moves_the_relation_to_what_it_means(store):
    loose = EdgeRecord(
        record="AZGroupMember",
        source="upn:ada@northlight.example",
        kind="MEMBER_OF",
        target="group-ops",
    )
    load(store, [group("ops"), loose, *complete()], observed_at=day(1))
    load(store, [group("ops"), user("ada"), loose, *complete()], observed_at=day(2))
    assert told(diff(store, day(1), day(2))) == {
        (REMOVED, "node", "upn:ada@northlight.example", ""),
        (ADDED, "node", "user-ada", ""),
        (REMOVED, "edge", "upn:ada@northlight.example", "group-ops"),
        (ADDED, "edge", "user-ada", "group-ops"),
    }


def test_hostile_names_are_shown_as_text_in_every_form(store):
    named = replace(user("ada"), name=HOSTILE, properties={"job_title": HOSTILE})
    load(store, [user("ada"), group("ops"), *complete()], observed_at=day(1))
    load(store, [named, group("ops"), member("ada", "ops"), *complete()], observed_at=day(2))
    found = diff(store, day(1), day(2))
    shown = found._repr_mimebundle_()
    for text in (repr(found), shown["text/plain"], shown["text/html"], found.explain()):
        assert "\u202e" not in text
    assert "<script>" not in shown["text/html"]
    assert json.loads(json.dumps(found.to_json()))["counts"]["edges"]["added"] == 1
    assert len(found.to_frame()) == len(found)


def test_a_table_that_does_not_exist_is_refused(store):
    load(store, tenant(), observed_at=day(1))
    with pytest.raises(UnknownNameError, match="table 'people' does not exist"):
        diff(store, None, None).to_frame("people")
    assert diff(store, None, None).to_frame("coverage").empty


def test_a_list_that_no_load_says_anything_about_was_seen_in_part(store):
    load(store, [user("ada")], observed_at=day(1))
    load(store, [user("ada"), user("bob")], observed_at=day(2))
    assert told(diff(store, day(1), day(2)), sure=True) == {(ADDED, "node", "user-bob", "", False)}


def test_a_list_that_is_known_to_be_missing_was_not_seen(store):
    gap = CoverageRecord(record="AZGroupMember", count=0, complete=False, about="not collected")
    load(
        store, [user("ada"), group("ops"), gap, *complete("AZUser", "AZGroup")], observed_at=day(1)
    )
    load(store, [user("ada"), group("ops"), member("ada", "ops"), *complete()], observed_at=day(2))
    found = diff(store, day(1), day(2))
    assert not list(found)
    assert [each.before for each in found.coverage] == [Seen.NOT]


def test_the_evidence_of_edges_is_that_of_the_store(store):
    load(
        store, [user("ada"), app(), owns("ada", "app-robot"), *complete(*APPS)], observed_at=day(1)
    )
    compared = Compared.of(store, None, None)
    graph = compared.projections[0].graph
    told_of = compared.evidence(0)(list(range(graph.m)))
    assert set(told_of) == {("owners.json#/ada",)}
