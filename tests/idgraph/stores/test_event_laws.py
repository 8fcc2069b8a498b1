"""Laws on events that hold for every store: a log is added to, and never closes anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idgraph.analysis.resets import resets
from idgraph.analysis.resets.event_log import WhoIsWho
from idgraph.records import CoverageRecord, EventRecord, Source
from tests.idgraph.stores.tenant import day, load, user

LOG = Source(loader="entra_audit", scope="11111111-aaaa-bbbb-cccc-000000000000")
OTHER = Source(loader="entra_signins", scope=LOG.scope)
COMPLETE = CoverageRecord(record="audit", count=1, complete=True)
COLUMNS = ("record", "id", "kind", "at", "actor", "target", "evidence")


def event(name, **fields):
    return EventRecord(
        **{
            "record": "audit",
            "id": name,
            "kind": "MFA_RESET",
            "at": "2026-03-01T08:00:00Z",
            "actor": "omar",
            "target": "upn:ada@northlight.example",
            "properties": {"approvers": ("a", "b"), "result": "success"},
            "evidence": f"log.json#/{name}",
            **fields,
        }
    )


def known(store, as_of=None):
    frame = store.events(as_of)
    return set(zip(*(frame[name] for name in COLUMNS), strict=True))


def told(*events):
    return {tuple(getattr(each, name) for name in COLUMNS) for each in events}


def add(store, *events, at=1, source=LOG):
    return load(store, [*events, COMPLETE], source=source, observed_at=day(at))


def test_events_come_back_as_they_were_given(store):
    given = [event("1"), event("2", actor="", target="", at="", properties={})]

    add(store, *given)

    assert known(store) == told(*given)


def test_a_log_loaded_twice_adds_nothing(store):
    given = [event("1"), event("2")]
    add(store, *given)

    again = add(store, *given, at=2)

    assert (again.opened, again.closed) == (0, 0)
    assert known(store) == told(*given)


def test_logs_that_overlap_add_what_is_new(store):
    add(store, event("1"), event("2"))

    more = add(store, event("2"), event("3"), at=2)

    assert (more.opened, more.closed) == (1, 0)
    assert known(store) == told(event("1"), event("2"), event("3"))


def test_a_log_that_has_moved_on_closes_nothing_even_if_it_is_complete(store):
    add(store, event("1"), event("2"))

    later = add(store, event("3"), at=2)

    assert later.closed == 0
    assert known(store) == told(event("1"), event("2"), event("3"))


def test_an_empty_log_closes_nothing(store):
    add(store, event("1"))

    assert add(store, at=2).closed == 0
    assert known(store) == told(event("1"))


def test_another_place_of_the_same_event_is_no_change(store):
    add(store, event("1"))

    again = add(store, event("1", evidence="other.json#/0"), at=2)

    assert (again.opened, again.closed) == (0, 0)


def test_an_event_told_otherwise_is_replaced(store):
    add(store, event("1"))

    changed = add(store, event("1", target="user-ada"), at=2)

    assert (changed.opened, changed.closed) == (1, 1)
    assert known(store) == told(event("1", target="user-ada"))
    assert known(store, day(1)) == told(event("1"))


def test_an_event_twice_in_one_load_is_one(store):
    loaded = add(store, event("1"), event("1"))

    assert loaded.opened == 1
    assert loaded.conflicts == 0


def test_the_order_of_a_log_does_not_matter(store_factory):
    given = [event(str(n), at=f"2026-03-0{9 - n}T08:00:00Z") for n in range(1, 6)]
    one, two = store_factory(), store_factory()

    add(one, *given)
    add(two, *reversed(given))

    assert known(one) == known(two) == told(*given)


def test_two_sources_keep_an_event_each(store):
    add(store, event("1"))
    add(store, event("1"), source=OTHER)

    assert list(store.events()["source"].astype(str)) == [str(LOG), str(OTHER)]


def test_events_of_identities_that_no_graph_source_knows_are_kept(store):
    add(store, event("1", actor="nobody", target="upn:nobody@nowhere.example"))

    assert store.graph().n == 0
    assert len(known(store)) == 1


def test_events_are_known_from_the_moment_their_log_was_seen(store):
    add(store, event("1"))
    add(store, event("2"), at=3)

    assert known(store, day(2)) == told(event("1"))
    assert known(store, day(3)) == told(event("1"), event("2"))


def test_no_event_changes_the_graph(store):
    load(store, [user("ada"), user("bob")])
    before = store.graph()

    add(store, event("1", actor="user-bob"), at=2)

    after = store.graph()
    assert list(before.ids) == list(after.ids)
    assert before.m == after.m


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), min_size=1, max_size=4))
def test_what_is_known_is_all_that_any_log_told(store_factory, logs):
    store = store_factory()
    for at, names in enumerate(logs, 1):
        add(store, *(event(name) for name in names), at=at)

    assert known(store) == told(*(event(name) for log in logs for name in log))


def test_the_evidence_of_an_event_is_found_by_its_row(store):
    add(store, replace(event("1"), evidence="log.json#/value/7"))

    row = int(store.events()["row"].iloc[0])
    assert store.evidence([row])[row].evidence == ("log.json#/value/7",)


def test_resets_are_told_alike_whatever_keeps_the_events(store):
    desk = Source(loader="tickets_csv", scope="desk")
    ticket = event(
        "NL-1|user-ada|mfa_reset",
        record="ticket",
        kind="RESET_TICKET",
        actor="",
        properties={"ticket": "NL-1", "method": "mfa_reset", "approvers": ("lead", "omar")},
    )
    load(store, [user("ada")])
    add(store, event("1", properties={"result": "success", "tenant": LOG.scope}))
    load(store, [replace(ticket, at="2026-03-01T08:09:00Z")], source=desk)

    (found,) = resets(store.events(), who=WhoIsWho(store.graph(), store.aliases()))

    assert (found.id, found.identity, found.ticket) == ("1", "user-ada", "NL-1")
    assert (found.approvers, found.executors) == (("lead", "omar"), ("omar",))
    assert found.evidence == ("log.json#/1", "log.json#/NL-1|user-ada|mfa_reset")
    assert set(found.codes) == {"UNKNOWN_REQUESTER", "UNKNOWN_PROOF", "SELF_EXECUTED"}
