"""Laws of the answer: what a reset leaves alive of a real identity, with sources."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from idgraph.analysis.methods import METHODS
from idgraph.analysis.resets.event_log import Event
from idgraph.analysis.survivors import actions
from idgraph.analysis.survivors.clock import FOREVER, stamp
from idgraph.analysis.survivors.taken import logged_kinds, taken
from idgraph.errors import InputError, UnknownNameError
from tests.idgraph.analysis.survivors.estate import (
    AFTER,
    AT,
    BEFORE,
    ask,
    credential,
    fates,
    only,
    tenant,
)
from tests.idgraph.derive.build import Build
from tests.idgraph.derive.entra.tenant import Tenant, role

PERSONAL = tuple(
    name for name in METHODS if name not in {"secret_rotate", "key_create", "login_profile"}
)
HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u202e"


def minutes(count: int) -> datetime:
    return AT + timedelta(minutes=count)


def test_methods_leave_visibly_different_things_alive():
    answers = {
        (method, variant): tuple(sorted(fates(ask("ada", method, variant=variant)).items()))
        for method, variant in (
            ("password_admin", "azure_portal"),
            ("password_admin", "admin_center"),
            ("mfa_reset", "re_register"),
            ("mfa_reset", "all_methods"),
            ("tap", None),
            ("recovery_contact_change", None),
        )
    }

    assert len(set(answers.values())) == len(answers)


@pytest.mark.parametrize(
    ("method", "given"),
    {
        "password_admin": {"new_password"},
        "password_sspr": {"new_password"},
        "password_user": {"new_password"},
        "tap": {"tap", "added_method"},
        "mfa_reset": {"added_method", "known_password"},
        "mfa_register": {"added_method", "known_password"},
        "recovery_contact_change": {"recovery_contact"},
        "federation_reset": {"federation_trust"},
    }.items(),
)
def test_what_a_reset_hands_out_is_among_what_lives_on(method, given):
    assert {row.artefact for row in ask("ada", method).rows if row.given} == given


def test_a_person_has_sessions_by_class_and_what_the_graph_holds():
    found = fates(ask("ada", "mfa_reset"))

    assert found == {
        **{
            (name, "ada"): "survives"
            for name in (
                "password_cookie",
                "password_token",
                "non_password_cookie",
                "non_password_token",
                "confidential_client_token",
                "prt_password",
                "prt_other",
                "access_token",
                "cae_token",
                "app_session_cookie",
                "added_method",
            )
        },
        **{
            (name, "ada"): "cannot_tell"  # no loaded export says whether there is any
            for name in ("app_password", "oauth_grant", "old_passkey", "known_password")
        },
        ("old_factor", "ada"): "revoked",
        ("device", "pad"): "survives",
        ("credential", "cred-new"): "survives",
        ("credential", "cred-open"): "survives",
        ("credential", "cred-old"): "revoked",
        ("federated_credential", "fic"): "survives",
        ("added_credential", "app"): "cannot_tell",
        ("workload_token", "sp"): "survives",
        ("workload_cae_token", "sp"): "cannot_tell",
        ("known_secret", "secret"): "survives",
        ("known_secret", "dated"): "survives",
    }


def test_an_identity_that_owns_nothing_has_only_its_own():
    answer = ask("eli", "mfa_reset")

    assert {row.on.id for row in answer.rows} == {"eli"}


# Dates.


def test_an_access_token_ends_an_hour_to_an_hour_and_a_half_after_the_reset():
    row = only(ask("ada", "password_admin"), "access_token")

    assert (row.ending.earliest, row.ending.latest) == (minutes(60), minutes(90))
    assert row.last.latest == FOREVER  # what is left brings new ones
    assert row.until == "between 2026-11-02T15:00:00Z and 2026-11-02T15:30:00Z"


def test_what_has_ended_by_now_is_over_unless_new_ones_can_be_had():
    kills = [f"{name}@0" for name in ("disable_account", "delete_tap")]
    answer = ask("ada", "tap", *kills, now=minutes(91))

    assert only(answer, "access_token").over
    assert not only(answer, "cae_token").over
    assert not only(ask("ada", "tap", now=minutes(91)), "access_token").over


def test_a_credential_lives_until_the_end_date_that_the_export_states():
    row = only(ask("ada", "mfa_reset"), "credential", "cred-new")

    assert row.until == "2027-11-02T00:00:00Z"
    assert (row.holder.id, row.on.name) == ("app", "new")
    assert "added at 2026-11-02T15:00:00Z, after the reset" in row.why


def test_a_credential_that_had_ended_is_told_as_ended():
    row = only(ask("ada", "mfa_reset"), "credential", "cred-old")

    assert (row.verdict, row.why) == (
        "revoked",
        "it ended at 2026-01-01T00:00:00Z, before the reset",
    )


def test_a_credential_without_an_end_date_has_no_end():
    row = only(ask("ada", "mfa_reset"), "credential", "cred-open")

    assert (row.ending.latest, row.to_json()["latest"]) == (FOREVER, None)


def test_a_secret_of_a_vault_lives_as_long_as_what_it_opens():
    answer = ask("ada", "mfa_reset")

    assert only(answer, "known_secret", "dated").until == "2027-11-02T00:00:00Z"
    assert only(answer, "known_secret", "secret").ending.latest == FOREVER


def test_a_secret_opening_what_two_credentials_are_named_is_open_ended():
    made = tenant()
    credential(made, "twin", of="other", end="2028-01-01T00:00:00Z")
    made.nodes["cred-twin"][2]["key_id"] = "key-new"

    row = only(ask("ada", "mfa_reset", made=made), "known_secret", "dated")

    assert row.ending.latest == FOREVER


# Kinds of accounts.


@pytest.mark.parametrize(("who", "fate"), [("sam", "survives"), ("una", "cannot_tell")])
def test_the_old_hash_of_a_synced_account_lives_on_in_active_directory(who, fate):
    row = only(ask(who, "password_admin"), "ad_password_hash", who)

    assert row.verdict == fate
    assert [each.action for each in row.killed_by] == ["reset_ad_password_twice"]
    assert "replication" in row.killed_by[0].delay


def test_a_cloud_account_has_no_hash_in_active_directory():
    assert not fates(ask("ada", "password_admin"), "ad_password_hash")


def test_what_a_reset_ends_of_a_guest_only_the_home_tenant_knows():
    row = only(ask("gus", "password_admin"), "password_token", "gus")

    assert row.verdict == "cannot_tell"
    assert "home tenant" in row.missing


def test_a_guest_is_revoked_at_home_and_not_here():
    here = fates(ask("gus", "mfa_reset", "revoke_sessions", "remove_methods"))
    home = fates(ask("gus", "mfa_reset", "revoke_sessions_at_home", "recover_at_home"))

    assert here["password_token", "gus"] == "survives"
    assert home["password_token", "gus"] == "revoked"


def test_a_guest_can_be_disabled_here():
    assert fates(ask("gus", "mfa_reset", "disable_account"))["password_token", "gus"] == "revoked"


def test_only_a_guest_is_offered_what_the_home_tenant_can_do():
    def offered(who):
        return {each.action for each in ask(who, "mfa_reset").clock.actions}

    assert "revoke_sessions_at_home" in offered("gus") - offered("ada")
    assert "revoke_sessions" in offered("ada") - offered("gus")


def test_a_disabled_account_is_noted():
    assert any("disabled when it was seen" in note for note in ask("off", "mfa_reset").notes)


def test_what_is_reached_only_under_a_condition_cannot_be_told():
    made = tenant()
    made.edge("ELIGIBLE_FOR", "eli", role("APPLICATION_ADMIN"), directory_scope="/")
    made.nodes[role("APPLICATION_ADMIN")][2]["actions"] = (
        "microsoft.directory/applications/credentials/update",
    )

    row = only(ask("eli", "mfa_reset", made=made), "credential", "cred-new")

    assert row.verdict == "cannot_tell"
    assert row.missing.startswith("whether the attacker activates the eligible role")


# Applications.


@pytest.mark.parametrize(
    ("seen_at", "fate"), [(BEFORE, "cannot_tell"), (AFTER, "survives"), (None, "cannot_tell")]
)
def test_a_rotation_leaves_older_credentials_if_a_later_export_still_lists_them(seen_at, fate):
    row = only(ask("sp", "secret_rotate", seen_at=seen_at), "credential", "cred-open")

    assert row.verdict == fate
    assert bool(row.missing) == (fate == "cannot_tell")


@pytest.mark.parametrize("half", ["app", "sp"])
def test_an_application_has_no_sessions_of_a_person(half):
    kinds = {row.artefact for row in ask(half, "key_create").rows if row.own}

    assert kinds == {
        "new_credential",
        "credential",
        "federated_credential",
        "workload_token",
        "workload_cae_token",
    }


@pytest.mark.parametrize("half", ["app", "sp"])
def test_an_application_ends_when_its_credentials_do(half):
    answer = ask(
        half, "key_create", "remove_credentials", "remove_federated_credentials", now=minutes(60)
    )
    token = only(answer, "workload_token", "sp")

    assert token.last.latest == minutes(60 + 90)


@pytest.mark.parametrize("half", ["app", "sp"])
def test_a_secret_is_changed_only_when_no_token_of_the_application_is_left(half):
    steps = {step.action: step.at for step in ask(half, "secret_rotate").clock.steps}

    assert steps["disable_service_principals"] == stamp(AT)
    assert steps["rotate_secrets"] == stamp(minutes(24 * 60))  # a token of a day, for Graph


# Actions.


@pytest.mark.parametrize("late", [1, 60])
def test_a_killed_artefact_ends_at_the_kill(late):
    kills = [f"{name}@{late}" for name in ("revoke_sessions", "remove_methods", "reset_password")]
    answer = ask("ada", "mfa_reset", *kills)
    row = only(answer, "non_password_token")

    assert (row.verdict, row.ending.latest) == ("revoked", minutes(late))
    assert f"revoke_sessions at {stamp(minutes(late))}" in row.why


def test_revoking_sessions_is_in_vain_while_a_method_of_the_attacker_is_left():
    answer = ask("ada", "mfa_reset", "revoke_sessions")

    assert only(answer, "non_password_token").verdict == "survives"


def test_removing_credentials_is_in_vain_while_an_access_token_is_left():
    first = ask("ada", "mfa_reset", "disable_account@0", "remove_credentials@60")
    later = ask("ada", "mfa_reset", "disable_account@0", f"remove_credentials@{28 * 60}")

    assert only(first, "added_credential", "app").verdict == "cannot_tell"
    assert only(later, "added_credential", "app").verdict == "revoked"
    assert only(first, "credential", "cred-open").verdict == "revoked"


@pytest.mark.parametrize("method", PERSONAL)
def test_no_action_ever_adds_a_survivor(method):
    alive = {(row.artefact, row.on.id) for row in ask("ada", method).alive}
    last = ask("ada", method).clock.ending

    for name in actions():
        answer = ask("ada", method, name)
        assert {(row.artefact, row.on.id) for row in answer.alive} <= alive, name
        assert answer.clock.ending.latest <= last.latest, name


def test_all_steps_of_the_plan_taken_leave_nothing_without_an_end():
    answer = ask("ada", "mfa_reset", now=minutes(30))

    assert answer.clock.ending.latest == FOREVER
    # Half an hour late; 28 hours for the last token under continuous access evaluation; then
    # the application's own last token, a day.
    assert answer.clock.after.latest == minutes(30 + 28 * 60 + 24 * 60)


def test_the_plan_comes_out_as_it_says():
    answer = ask("ada", "tap", now=minutes(10))
    taken_ = [
        f"{step.action}@{(datetime.fromisoformat(step.at) - AT) // timedelta(minutes=1)}"
        for step in answer.clock.steps
    ]

    assert ask("ada", "tap", *taken_).clock.ending == answer.clock.after


def test_an_action_before_the_reset_is_refused():
    with pytest.raises(InputError, match="before the reset"):
        ask("ada", "tap", "revoke_sessions@-5")


def test_an_action_that_ends_nothing_here_is_noted():
    notes = ask("ada", "tap", "deactivate_keys").notes

    assert "The action deactivate_keys at 2026-11-02T15:00:00Z ends nothing here." in notes


# What a log shows.


def event(kind: str, late: int, **more) -> Event:
    stated = {"id": "e", "record": "r", "actor": "", "target": "ada", "said": {}, "scope": "",
              "evidence": ""}  # fmt: skip
    return Event(kind=kind, at=stamp(minutes(late)), **{**stated, **more})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("SESSIONS_REVOKED", 90)], [("revoke_sessions", 90)]),
        ([("SESSIONS_REVOKED", 0)], []),  # the platform's own bookkeeping of the reset
        ([("SESSIONS_REVOKED", -9)], []),
        ([("ACCOUNT_DISABLED", 30)], [("disable_account", 30)]),
        ([("ACCOUNT_DISABLED", 30), ("ACCOUNT_ENABLED", 40)], []),
        ([("ACCOUNT_ENABLED", 20), ("ACCOUNT_DISABLED", 30)], [("disable_account", 30)]),
        ([("SIGN_IN", 30)], []),
    ],
)
def test_actions_that_a_log_shows_are_taken_as_taken(events, expected):
    found = taken([event(*each) for each in events], "ada", "entra", AT)

    assert [(kill.change.id, kill.at) for kill in found] == [
        (name, minutes(late)) for name, late in expected
    ]


def test_what_failed_or_was_done_to_somebody_else_is_no_action():
    others = event("SESSIONS_REVOKED", 30, target="sam")
    failed = event("SESSIONS_REVOKED", 30, said={"result": "failure"})

    assert not taken([others, failed], "ada", "entra", AT)
    assert logged_kinds() == {"SESSIONS_REVOKED", "ACCOUNT_DISABLED", "ACCOUNT_ENABLED"}


def test_a_logged_action_is_counted_and_told():
    kills = taken([event("ACCOUNT_DISABLED", 30)], "ada", "entra", AT)
    answer = ask("ada", "mfa_reset", logged=kills)

    assert only(answer, "password_token").verdict == "revoked"
    assert any("The log shows disable_account" in note for note in answer.notes)


# Refusals.


def test_an_unknown_method_is_refused_with_the_closest():
    with pytest.raises(UnknownNameError, match="Did you mean mfa_reset"):
        ask("ada", "mfa_rest")


def test_a_method_that_makes_no_sense_here_is_refused():
    with pytest.raises(InputError, match="secret_rotate"):
        ask("ada", "secret_rotate")


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match="azure_portal, admin_center"):
        ask("ada", "password_admin", variant="portal")


def test_a_variant_of_a_method_that_has_none_is_refused():
    with pytest.raises(InputError, match="Leave out the variant"):
        ask("ada", "tap", variant="portal")


def test_what_is_only_referred_to_is_of_no_platform():
    made = Build().edge("MEMBER_OF", "ghost", "group")

    with pytest.raises(InputError, match="ghost is of no platform"):
        ask("ghost", "mfa_reset", made=made)


# Every answer.


@pytest.mark.parametrize("method", PERSONAL)
def test_every_row_carries_its_source_with_the_version_of_the_table(method):
    for row in ask("ada", method).rows:
        assert row.sources
        assert all(each.key and each.document and each.dated for each in row.sources)
        assert {each.version for each in row.sources} == {"entra 2026-11"}
        assert row.rule.startswith("entra:")
        assert row.lives


@pytest.mark.parametrize("method", PERSONAL)
def test_what_cannot_be_told_says_what_is_missing_and_nothing_else_does(method):
    for row in ask("ada", method).rows:
        assert bool(row.missing) == (row.verdict == "cannot_tell")


def test_the_same_question_has_the_same_answer():
    assert ask("ada", "tap").to_json() == ask("ada", "tap").to_json()


def test_an_answer_is_json_and_says_which_variant_was_assumed():
    said = json.loads(json.dumps(ask("ada", "password_admin").to_json()))

    assert (said["reset"], said["variant"]) == ("password_admin", "azure_portal")
    assert said["counts"] == ask("ada", "password_admin").counts
    assert set(said) == {
        "identity", "reset", "variant", "rule", "as_of", "counts", "survivors", "clock", "notes",
        "coverage",
    }  # fmt: skip
    assert any("the way that leaves most alive" in note for note in said["notes"])


def test_an_answer_has_a_table_of_rows_steps_and_actions():
    answer = ask("ada", "tap")

    assert len(answer.to_frame()) == len(answer.rows)
    assert len(answer.to_frame("steps")) == len(answer.clock.steps)
    assert len(answer.to_frame("actions")) == len(answer.clock.actions)
    with pytest.raises(UnknownNameError, match="rows, steps, actions"):
        answer.to_frame("row")


def test_an_empty_directory_has_an_answer_too():
    answer = ask("u", "mfa_reset", made=Tenant().user("u"))

    assert answer.counts["survives"] > 0
    assert "no end" in answer.summary


def test_hostile_names_come_out_as_text():
    made = tenant()
    made.nodes["ada"] = ("EntraUser", HOSTILE, *made.nodes["ada"][2:])
    answer = ask("ada", "mfa_reset", made=made)
    bundle = answer._repr_mimebundle_()

    for text in (repr(answer), answer.explain(), bundle["text/plain"], bundle["text/html"]):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<img" not in bundle["text/html"]


def test_the_words_say_what_lives_what_ends_it_and_what_comes_first():
    words = ask("ada", "mfa_reset", now=AFTER).explain()

    assert "The attacker's last possible minute, if nothing more is done: no end." in words
    assert "  1. At 2026-11-03T06:00:00Z: Disable the account" in words
    assert "client secret or certificate, open of Release: ada reaches Release" in words
    assert "Not known: OAuth2 permission grants of the account." in words
    assert "[entra-rule, entra-refresh-tokens]" in words


def test_a_directory_can_be_asked_about_its_federation():
    made = tenant().node("EntraTenant", "t1", "Northlight")
    answer = ask("t1", "federation_reset", made=made)

    assert fates(answer)["federation_trust", "t1"] == "survives"


def test_the_moment_of_the_reset_is_in_utc_whatever_the_zone():
    here = AT.astimezone(UTC)

    assert ask("ada", "tap", at=here).to_json() == ask("ada", "tap").to_json()
