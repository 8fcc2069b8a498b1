"""What each of three witnesses says of a window, kept apart; cases by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from idgraph.analysis.changes.found import OTHER_TIMES, PLATFORM_TIMES, changes
from idgraph.analysis.changes.marks import Marks
from idgraph.analysis.diff.facts import Change
from idgraph.analysis.reach import Identity, reach
from idgraph.analysis.window import Window
from idgraph.analysis.witness import Witness
from idgraph.catalogue import PropertyType
from idgraph.derive import CATALOGUE
from idgraph.errors import UnknownNameError
from idgraph.records import EdgeRecord, EventRecord, NodeRecord
from idgraph.stores import open_store
from tests.idgraph.stores.tenant import (
    OTHER,
    SOURCE,
    complete,
    day,
    group,
    load,
    member,
    partial,
    user,
)

ADDED, REMOVED, CHANGED = Change
LOG = replace(SOURCE, loader="entra_audit")
HOSTILE = "<script>alert(1)</script>\u202e\n"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "store.duckdb"))


def between(first, last):
    return Window.parse(f"{day(first)}..{day(last)}")


def said(some):
    """Return changes as a set that a test can write down."""
    return {(each.change, each.kind, each.id, each.target, each.at) for each in some}


def robot(**properties):
    return NodeRecord(
        record="AZApp",
        id="app-robot",
        kind="EntraApp",
        name="Robot",
        properties={"tenant_id": SOURCE.scope, **properties},
        evidence="apps.json#/0",
    )


def secret(**properties):
    yield NodeRecord(
        record="AZApp",
        id="app-robot/credential/k1",
        kind="EntraCredential",
        name="deploy",
        properties=properties,
        evidence="apps.json#/0/keys/0",
    )
    yield EdgeRecord(
        record="AZApp",
        source="app-robot/credential/k1",
        kind="CREDENTIAL_OF",
        target="app-robot",
        key="k1",
    )


def event(kind, at, *, number=1, actor="user-bob", target="user-ada", **properties):
    return EventRecord(
        record="audit",
        id=f"e{number}",
        kind=kind,
        at=at,
        actor=actor,
        target=target,
        properties=properties,
        evidence=f"audit.json#/{number}",
    )


# The platform's own times.


def test_the_platforms_times_tell_what_was_made_inside_the_window(store):
    load(
        store,
        [
            user("ada", created=day(2), password_changed=day(3), last_sign_in=day(3)),
            user("bob", created=day(9)),
            robot(created=day(1)),
            *secret(start=day(3), end=day(4)),
            *complete("AZUser", "AZApp"),
        ],
        observed_at=day(20),
    )
    found = changes(store, between(2, 4))
    assert said(found.by_platform) == {
        (ADDED, "EntraUser", "user-ada", "", day(2)),
        (CHANGED, "EntraUser", "user-ada", "", day(3)),
        (ADDED, "EntraCredential", "app-robot/credential/k1", "app-robot", day(3)),
    }
    words = {each.words for each in found.by_platform}
    assert "application credential deploy of Robot is valid from then on" in words
    assert {each.evidence for each in found.by_platform} == {
        ("users.json#/data/ada",),
        ("apps.json#/0/keys/0",),
    }
    assert not found.by_event
    assert not found.first_seen


def test_a_time_in_a_relation_tells_when_it_was_granted(store):
    role = NodeRecord(record="AZRole", id="role-1", kind="EntraRole", name="Reader")
    eligible = EdgeRecord(
        record="AZElig",
        source="user-ada",
        kind="ELIGIBLE_FOR",
        target="role-1",
        properties={"start": day(3)},
        evidence="elig.json#/0",
    )
    load(store, [user("ada"), role, eligible, *complete("AZUser")], observed_at=day(5))
    (found,) = changes(store, between(3, 3)).by_platform
    assert (found.kind, found.id, found.target, found.at) == (
        "ELIGIBLE_FOR",
        "user-ada",
        "role-1",
        day(3),
    )
    assert found.evidence == ("elig.json#/0",)


def test_what_was_made_and_changed_at_once_is_made(store):
    kept = NodeRecord(
        record="secret",
        id="https://kv.vault.azure.net/secrets/a",
        kind="AzureKeyVaultSecret",
        name="a",
        properties={"created": day(2), "updated": day(2)},
    )
    load(store, [kept, *complete("secret")], observed_at=day(5))
    assert [each.change for each in changes(store, between(1, 3)).by_platform] == [ADDED]


def test_the_platforms_time_of_what_is_gone_by_now_is_still_told(store):
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(1))
    load(store, [user("ada"), user("bob", created=day(2)), *complete("AZUser")], observed_at=day(3))
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(9))
    assert said(changes(store, between(2, 4)).by_platform) == {
        (ADDED, "EntraUser", "user-bob", "", day(2))
    }


def test_every_time_that_records_keep_is_told_or_left_out_on_purpose():
    kept = {
        name
        for kind in CATALOGUE
        for name, declared in kind.properties.items()
        if declared is PropertyType.TIME
    }
    assert kept <= set(PLATFORM_TIMES) | OTHER_TIMES
    assert not set(PLATFORM_TIMES) & OTHER_TIMES


# The log.


def test_events_tell_who_changed_what_and_refused_attempts_are_counted(store):
    load(store, [user("ada"), user("bob"), group("ops"), *complete()], observed_at=day(1))
    load(
        store,
        [
            event("GROUP_MEMBER_ADDED", day(2), object="group-ops", result="success"),
            event("MFA_RESET", day(3), number=2, target="upn:ada@northlight.example"),
            event("SIGN_IN", day(3), number=3),
            event("ROLE_GRANTED", day(3), number=4, result="failure"),
            event("SECRET_READ", day(3), number=5),
            event("NOT_OURS", day(3), number=6),
            event("OWNER_ADDED", day(9), number=7),
            event("ACCOUNT_CREATED", day(3), number=8, target="nobody", actor=""),
        ],
        source=LOG,
        observed_at=day(10),
    )
    found = changes(store, between(1, 4))
    assert said(found.by_event) == {
        (ADDED, "GROUP_MEMBER_ADDED", "user-ada", "group-ops", day(2)),
        (REMOVED, "MFA_RESET", "user-ada", "", day(3)),
        (ADDED, "ACCOUNT_CREATED", "nobody", "", day(3)),
    }
    first = found.by_event[0]
    assert (first.by, first.by_name, first.name, first.target_name) == (
        "user-bob",
        "Bob",
        "Ada",
        "ops",
    )
    assert first.evidence == ("audit.json#/1",)
    assert "1 attempt failed, by the log." in found.notes
    assert not found.first_seen


# What a load first saw.


def history(store):
    load(store, [user("ada"), group("ops"), *complete()], observed_at=day(1))
    load(store, [user("ada"), group("ops"), member("ada", "ops"), *complete()], observed_at=day(3))
    load(store, [user("ada"), user("eve"), group("ops"), *complete()], observed_at=day(5))


def test_what_a_load_first_saw_happened_since_the_load_before(store):
    history(store)
    found = changes(store, between(2, 6)).first_seen
    assert said(found) == {
        (ADDED, "MEMBER_OF", "user-ada", "group-ops", day(3)),
        (REMOVED, "MEMBER_OF", "user-ada", "group-ops", day(5)),
        (ADDED, "EntraUser", "user-eve", "", day(5)),
    }
    assert {(each.since, each.at) for each in found} == {(day(1), day(3)), (day(3), day(5))}
    assert all(each.sure for each in found)


def test_a_load_that_looked_outside_the_window_tells_nothing_of_it(store):
    history(store)
    assert said(changes(store, between(4, 6)).first_seen) == {
        (REMOVED, "MEMBER_OF", "user-ada", "group-ops", day(5)),
        (ADDED, "EntraUser", "user-eve", "", day(5)),
    }
    empty = changes(store, between(6, 9))
    assert not len(empty)
    assert "No load looked inside the window, so nothing could be first seen in it." in empty.notes


def test_the_first_load_of_a_source_is_no_change(store):
    history(store)
    load(store, [user("cyd"), *complete("AZUser")], source=OTHER, observed_at=day(5))
    everything = changes(store, Window.parse(f"{day(1)}.."))
    assert "user-cyd" not in {each.id for each in everything.first_seen}
    assert f"1 fact left out: no earlier load saw AZUser of {OTHER}." in everything.notes
    assert said(changes(store, Window.parse(f"..{day(9)}")).first_seen) == said(
        everything.first_seen
    )


def test_a_list_that_was_seen_in_part_before_makes_what_is_first_seen_uncertain(store):
    load(store, [user("ada"), *partial("AZUser")], observed_at=day(1))
    load(store, [user("ada"), user("bob"), *complete("AZUser")], observed_at=day(2))
    (found,) = changes(store, between(2, 2)).first_seen
    assert not found.sure


# Kept apart.


def test_three_witnesses_of_one_thing_are_never_made_one(store):
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(1))
    load(store, [user("ada"), user("eve", created=day(2)), *complete("AZUser")], observed_at=day(3))
    load(
        store,
        [event("ACCOUNT_CREATED", "2026-03-02T10:00:00Z", target="user-eve")],
        source=LOG,
        observed_at=day(4),
    )
    found = changes(store, between(2, 4))
    assert [(each.witness, each.id, each.at) for each in found] == [
        (Witness.PLATFORM, "user-eve", day(2)),
        (Witness.EVENT, "user-eve", "2026-03-02T10:00:00Z"),
        (Witness.FIRST_SEEN, "user-eve", day(3)),
    ]
    told = found.to_json()
    assert [len(told[name]) for name in Witness] == [1, 1, 1]
    assert told["counts"]["event"] == {"added": 1, "removed": 0, "changed": 0}
    for witness in Witness:
        assert set(found.to_frame(witness)["witness"]) == {witness.value}
    with pytest.raises(UnknownNameError, match="table 'all' does not exist"):
        found.to_frame("all")


def test_changes_about_an_identity_are_those_that_name_it_at_any_end(store):
    load(store, [user("ada"), user("bob"), group("ops"), *complete()], observed_at=day(1))
    load(
        store,
        [user("ada"), user("bob"), group("ops"), member("ada", "ops"), *complete()],
        observed_at=day(2),
    )
    load(store, [event("MFA_RESET", day(2))], source=LOG, observed_at=day(3))
    found = changes(store, between(2, 3))
    about = {name: found.about(Identity(name, "", name)) for name in ("user-ada", "user-bob", "x")}
    assert [len(each) for each in about.values()] == [2, 1, 0]
    assert about["user-bob"].by_event[0].by == "user-bob"
    assert about["x"].to_json()["identity"]["id"] == "x"


def test_hostile_words_are_shown_as_text_in_every_form(store):
    named = replace(user("eve", created=day(2)), name=HOSTILE)
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(1))
    load(store, [user("ada"), named, *complete("AZUser")], observed_at=day(3))
    found = changes(store, between(2, 4))
    shown = found._repr_mimebundle_()
    for text in (repr(found), shown["text/plain"], shown["text/html"], found.explain()):
        assert "\u202e" not in text
    assert "<script>" not in shown["text/html"]
    assert json.loads(json.dumps(found.to_json()))["platform"][0]["name"] == HOSTILE


# Steps of a path that were added inside a window.


def owns(name):
    return EdgeRecord(record="AZAppOwner", source=f"user-{name}", kind="OWNS", target="app-robot")


LISTS = ("AZUser", "AZGroup", "AZGroupMember", "AZApp", "AZAppOwner")


def marked(store, window, start="user-ada", as_of=None):
    graph = store.graph(as_of=as_of)
    marks = Marks.of(store, window, as_of=as_of, profile="strict")
    return replace(reach(graph, start), marks=marks)


def told_by(target):
    return {(each.witness, each.at) for step in target.path for each in step.added}


def test_a_step_is_marked_by_each_witness_that_says_it_was_added(store):
    base = [user("ada"), robot(), *complete(*LISTS)]
    load(store, base, observed_at=day(1))
    load(store, [*base, owns("ada")], observed_at=day(3))
    log = [event("OWNER_ADDED", day(2), object="app-robot")]
    load(store, log, source=LOG, observed_at=day(3))
    (target,) = marked(store, between(2, 4)).nhis
    assert told_by(target) == {(Witness.EVENT, day(2)), (Witness.FIRST_SEEN, day(3))}
    assert target.added == ("event", "first_seen")
    assert target.to_json()["added"] == ["event", "first_seen"]
    assert {each["witness"] for each in target.to_json()["path"][0]["added"]} == {
        "event",
        "first_seen",
    }
    (older,) = marked(store, between(4, 6)).nhis
    assert older.added == ()
    assert "added" not in older.to_json()


def test_a_step_to_what_was_made_in_the_window_is_marked_by_the_platform(store):
    lists = complete(*LISTS)
    load(store, [user("ada"), *lists], observed_at=day(1))
    load(store, [user("ada"), robot(created=day(2)), owns("ada"), *lists], observed_at=day(9))
    (target,) = marked(store, between(2, 4)).nhis
    assert told_by(target) == {(Witness.PLATFORM, day(2))}
    assert marked(store, between(3, 4)).nhis[0].added == ()


def test_a_step_that_was_only_stated_otherwise_is_not_marked(store):
    base = [user("ada"), robot(), *complete(*LISTS)]
    load(store, [*base, owns("ada")], observed_at=day(1))
    load(store, [*base, replace(owns("ada"), properties={"note": "x"})], observed_at=day(3))
    assert [each.change for each in changes(store, between(2, 4)).first_seen] == [CHANGED]
    (target,) = marked(store, between(2, 4)).nhis
    assert target.added == ()


def test_a_step_that_was_added_after_the_window_is_not_marked(store):
    base = [user("ada"), robot(), *complete(*LISTS)]
    load(store, base, observed_at=day(1))
    load(store, [*base, user("bob")], observed_at=day(3))
    load(store, [*base, user("bob"), owns("ada")], observed_at=day(5))
    assert marked(store, between(2, 4)).nhis[0].added == ()
    assert marked(store, between(4, 6)).nhis[0].added == ("first_seen",)


def test_a_step_that_only_a_new_source_shows_is_not_marked(store):
    load(store, [user("ada"), robot(), *complete("AZUser", "AZApp")], observed_at=day(1))
    load(store, [user("ada"), robot(), owns("ada"), *complete(*LISTS)], observed_at=day(3))
    (target,) = marked(store, between(2, 4)).nhis
    assert target.added == ()


def test_an_answer_with_a_window_says_in_words_what_was_added(store):
    base = [user("ada"), robot(), *complete(*LISTS)]
    load(store, base, observed_at=day(1))
    load(store, [*base, owns("ada")], observed_at=day(3))
    found = marked(store, between(2, 4))
    assert "1 path has a step that was added in" in found.explain()
    assert found.to_json()["window"] == {"from": day(2), "to": day(4)}
    assert "window" not in reach(store.graph(), "user-ada").to_json()
