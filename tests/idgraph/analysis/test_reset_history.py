"""What is known of an identity, and which entries are one act, against slow readings."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idgraph.analysis.resets.acts import TOGETHER, acts_of, method_of, refused
from idgraph.analysis.resets.event_log import Event, WhoIsWho
from idgraph.analysis.resets.history import History, Known, Span

START = datetime.fromisoformat("2026-11-20T12:00:00+00:00")

seconds = st.integers(0, 400)
moments = seconds.map(
    lambda after: (START + timedelta(seconds=after)).isoformat().replace("+00:00", "Z")
)


def event(kind, at, number, actor="ada", target="ada", **said):
    return Event(
        id=f"e{number}",
        record="log",
        kind=kind,
        at=at,
        actor=actor,
        target=target,
        said=said,
        scope="t",
        evidence=f"log#/{number}",
    )


@st.composite
def lives(draw):
    """Return events of one identity in the order of time."""
    parts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["SIGN_IN", "SIGN_IN", "ROLE_ACTIVATED"]),
                moments,
                st.sampled_from(["", "a", "b", "c"]),
                st.sampled_from(["single", "multiple", ""]),
            ),
            max_size=8,
        )
    )
    made = [
        event(kind, at, number, ip=ip, strength=strength)
        for number, (kind, at, ip, strength) in enumerate(parts)
    ]
    return sorted(made, key=lambda each: (each.at, each.id))


@given(lives(), moments, st.sampled_from(["a", "b", "c", "d"]))
def test_a_history_answers_as_if_it_were_read_from_end_to_end(life, at, address):
    history = History(life)
    before = [each for each in life if each.kind == "SIGN_IN" and each.at < at]
    addresses = {each.text("ip") for each in before} - {""}
    strong = [each.at for each in before if each.text("strength") == "multiple"]

    assert history.is_new(address, at) == (bool(addresses) and address not in addresses)
    assert history.had_factors(at) == bool(strong)
    assert history.last_with_factors(at) == max(strong, default="")
    for own in (set(), {each.id for each in life[::2]}):
        later = [each for each in life if each.at >= at and each.id not in own]
        assert history.first_from(at, own) is (later[0] if later else None)


@given(lives())
def test_a_history_holds_what_came_about_and_only_of_the_identity(life):
    failed = event("SIGN_IN", "2026-11-20T12:00:00Z", "failed", result="failure")
    other = event("SIGN_IN", "2026-11-20T12:00:00Z", "other", actor="bob")
    known = Known(WhoIsWho(), tickets=False, audits=(), sign_ins=(), done=[failed, *life, other])

    assert list(known.history("ada").done) == life


@st.composite
def logs(draw):
    """Return entries of resets of a few identities, in the order of time."""
    parts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [
                        "PASSWORD_RESET_BY_ADMIN",
                        "PASSWORD_RESET_SELF_SERVICE",
                        "MFA_METHOD_REMOVED",
                        "MFA_RESET",
                        "SIGN_IN",
                    ]
                ),
                moments,
                st.sampled_from(["ada", "omar", ""]),
                st.sampled_from(["ada", "bob", ""]),
                st.sampled_from(["", "t1", "t2"]),
                st.sampled_from(["success", "failure"]),
            ),
            max_size=8,
        )
    )
    made = [
        event(kind, at, number, actor, target, correlation=correlation, result=result)
        for number, (kind, at, actor, target, correlation, result) in enumerate(parts)
    ]
    return sorted(made, key=lambda each: (each.at, each.id))


def seconds_between(one, other):
    return datetime.fromisoformat(other.at) - datetime.fromisoformat(one.at)


@given(logs())
def test_every_entry_of_a_reset_is_in_one_act_and_no_other_entry_in_any(log):
    acts = acts_of(log)
    told = sorted(each.id for act in acts for each in act.events)

    assert told == sorted(each.id for each in log if method_of(each) and each.succeeded)
    assert len(refused(log)) == len([e for e in log if method_of(e) and not e.succeeded])


@given(logs())
def test_an_act_is_of_one_identity_and_of_one_transaction_or_minute(log):
    for act in acts_of(log):
        first = act.events[0]
        assert {each.target for each in act.events} == {act.identity}
        assert act.at == first.at == min(each.at for each in act.events)
        for each in act.events[1:]:
            shared = each.text("correlation") and any(
                each.text("correlation") == other.text("correlation")
                for other in act.events
                if other is not each
            )
            assert shared or seconds_between(first, each) <= TOGETHER


@given(logs())
def test_entries_of_one_transaction_about_one_identity_are_never_two_acts(log):
    seen = {}
    for act in acts_of(log):
        for each in act.events:
            if each.text("correlation") and each.target:
                kind = "password" if "password" in act.method else act.method
                key = each.text("correlation"), each.target, kind
                assert seen.setdefault(key, act) is act


def test_a_log_covers_what_lies_between_its_first_entry_and_its_taking():
    span = Span("t", first="2026-11-20", last="2026-11-22", taken="2026-11-24")

    assert [span.covers(f"2026-11-{day}") for day in (19, 20, 22, 24, 25)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert not Span("t", "2026-11-20", "2026-11-22", "").covers("2026-11-23")
