"""What outlives a reset in AWS, by hand from AWS's own pages: IAM, STS and Identity Center."""

from __future__ import annotations

from datetime import timedelta

import pytest

from idgraph.analysis.survivors import Kill, Question, action, survivors
from idgraph.analysis.survivors.clock import FOREVER
from idgraph.derive import CATALOGUE, derive
from idgraph.derive.rules import Profile, Rule
from idgraph.errors import InputError
from tests.idgraph.analysis.survivors.estate import AT
from tests.idgraph.derive.aws.accounts import ONE, Account, allow, short, trusts

ASSUME = allow("sts:AssumeRole")
KEY, IDLE = "AKIAEXAMPLEACTIVE000", "AKIAEXAMPLEIDLE00000"
SSO = "d-1234567890/user/42"


def account() -> Account:
    """Return Una with two keys, who assumes `deploy`, which assumes `far` and reads a secret."""
    made = Account()
    una = made.user("una", ASSUME, mfa=True, login_profile=True, access_keys=1)
    key(made, KEY, una, active=True, last_used="2026-10-30T07:15:00Z")
    key(made, IDLE, una, active=False)
    made.user("bare", login_profile=False)
    named = trusts({"AWS": una})
    deploy = made.role(
        "deploy",
        ASSUME,
        allow("secretsmanager:GetSecretValue"),
        trust=named,
        max_session_seconds=4 * 3600,
    )
    made.role("far", trust=trusts({"AWS": deploy}), max_session_seconds=12 * 3600)
    made.thing("AWSSecret", f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db", name="db")
    made.build.node("AWSRootUser", made.root(), "root", access_keys=0)
    made.build.node("AWSSSOUser", SSO, "sol")
    return made


def key(made: Account, name: str, user: str, **said) -> None:
    made.build.node("AWSAccessKey", name, **said).edge("HAS_ACCESS_KEY", user, name)


@pytest.fixture(scope="module")
def made():
    known = account().build
    return known.derive().graph, known.snapshot()


def ask(made, who, reset, *killed, **more):
    graph, snapshot = made
    kills = tuple(Kill(action(name), AT) for name in killed)
    start = next(at for at, each in enumerate(graph.ids) if short(str(each)) == who)
    question = Question(reset=reset, at=AT, killed=kills, **more)
    return survivors(graph, snapshot, start, question)


def fates(answer):
    return {(row.artefact, short(row.on.id)): row.verdict.value for row in answer.rows}


def only(answer, artefact):
    (row,) = [each for each in answer.rows if each.artefact == artefact]
    return row


# AWS ends nothing with a reset: by kind of account, what lives on whatever was reset.
IAM_HOLDS = {
    ("aws_access_key", KEY): "survives",
    ("aws_idle_key", IDLE): "revoked",  # it was inactive before
    ("aws_service_credential", "una"): "cannot_tell",
    ("aws_session_token", "una"): "survives",
    ("aws_federation_token", "una"): "survives",
    ("aws_console_session", "una"): "survives",
    ("aws_role_session", "deploy"): "survives",
    ("aws_chained_session", "far"): "survives",
    ("aws_known_secret", f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db"): "survives",
}
GIVEN = {
    "login_profile": {"aws_console_password": "survives"},
    "password_admin": {"aws_console_password": "survives"},
    "password_user": {"aws_console_password": "survives"},
    "key_create": {"aws_new_key": "survives"},
    "mfa_reset": {"aws_added_factor": "survives", "aws_known_password": "cannot_tell"},
    "mfa_register": {"aws_added_factor": "survives", "aws_known_password": "cannot_tell"},
}


@pytest.mark.parametrize("method", GIVEN)
def test_a_reset_of_an_iam_user_ends_nothing_and_hands_out_what_its_method_gives(made, method):
    given = {(name, "una"): fate for name, fate in GIVEN[method].items()}

    assert fates(ask(made, "una", method)) == IAM_HOLDS | given


@pytest.mark.parametrize(
    ("method", "given"),
    {
        "password_sspr": {"aws_root_password"},
        "password_user": {"aws_root_password"},
        "key_create": {"aws_new_root_key"},
        "mfa_reset": {"aws_added_factor"},
    }.items(),
)
def test_a_root_user_has_sessions_that_no_policy_ends(made, method, given):
    answer = ask(made, "arn:aws:iam::111122223333:root", method)

    assert {row.artefact for row in answer.rows} == {"aws_root_session", *given}
    assert not only(answer, "aws_root_session").killed_by
    assert {each.action for each in answer.clock.actions} <= {"recover_root", "remove_mfa_device"}


def test_a_user_of_identity_center_has_the_portals_session_for_up_to_ninety_days(made):
    row = only(ask(made, SSO, "mfa_reset"), "aws_portal_session")

    assert row.ending.latest == AT + timedelta(days=90)
    assert [(each.action, each.delay) for each in row.killed_by] == [
        ("disable_portal_user", "within 60 min")
    ]


# Each thing by itself.


def test_a_key_is_told_by_its_id_with_its_last_use(made):
    row = only(ask(made, "una", "login_profile"), "aws_access_key")

    assert (row.on.name, short(row.holder.id)) == (KEY, "una")
    assert row.why.endswith("; it was last used at 2026-10-30T07:15:00Z")
    assert row.ending.latest == FOREVER
    assert [each.action for each in row.killed_by] == [
        "deactivate_keys",
        "delete_keys",
        "deny_user",
    ]


def test_an_inactive_key_is_told_as_such(made):
    row = only(ask(made, "una", "login_profile"), "aws_idle_key")

    assert (row.verdict, row.on.name) == ("revoked", IDLE)
    assert row.why == "it was inactive when it was seen"


def test_a_role_session_lives_as_long_as_the_role_allows_after_the_last_of_the_users_own(made):
    kills = ("deactivate_keys", "delete_login_profile", "rotate_aws_secrets")
    answer = ask(made, "una", "login_profile", *kills)
    row = only(answer, "aws_role_session")

    assert row.ending.latest == AT + timedelta(hours=4)
    assert row.last.latest == AT + timedelta(hours=36 + 4)  # by credentials of GetSessionToken
    assert "here at most 4 h" in row.lives


def test_a_chained_session_lives_an_hour_whatever_its_role_allows(made):
    row = only(ask(made, "una", "login_profile"), "aws_chained_session")

    assert row.ending.latest == AT + timedelta(hours=1)


def test_roles_that_assume_one_another_bring_new_sessions_until_all_are_revoked():
    made = Account()
    una = made.user("una", ASSUME)
    one, two = made.arn("role", "one"), made.arn("role", "two")
    made.role("one", ASSUME, trust=[trusts({"AWS": una}), trusts({"AWS": two})])
    made.role("two", ASSUME, trust=trusts({"AWS": one}))
    made.role("end", trust=trusts({"AWS": two}))
    pair = made.build.derive().graph, made.build.snapshot()
    rows = {
        short(row.on.id): row
        for row in ask(pair, "una", "login_profile").rows
        if row.artefact == "aws_chained_session"
    }

    assert {name for name, row in rows.items() if row.ending.latest == FOREVER} == {"one", "two"}
    assert rows["end"].ending.latest == AT + timedelta(hours=1)
    assert "can assume one another" in rows["one"].lives
    kills = ("deny_user", "delete_login_profile", "revoke_role_sessions")
    ended = ask(pair, "una", "login_profile", *kills, "rotate_aws_secrets")
    assert only_of(ended, "aws_chained_session", "one").verdict == "revoked"


def only_of(answer, artefact, name):
    found = [each for each in answer.rows if each.artefact == artefact]
    (row,) = [each for each in found if short(each.on.id) == name]
    return row


def test_federation_credentials_outlive_the_key_that_they_were_got_with(made):
    alone = only(ask(made, "una", "key_create", "delete_keys"), "aws_federation_token")
    kills = ("delete_keys", "revoke_user_sessions")
    denied = only(ask(made, "una", "key_create", *kills), "aws_federation_token")

    assert alone.last.latest == AT + timedelta(hours=36)
    assert (denied.verdict, denied.last.latest) == ("revoked", AT)


def test_revoking_role_sessions_is_in_vain_while_the_user_can_sign_in(made):
    alone = only(ask(made, "una", "login_profile", "revoke_role_sessions"), "aws_role_session")
    answer = ask(made, "una", "login_profile", "delete_login_profile", "deny_user",
                 "rotate_aws_secrets", "revoke_role_sessions")  # fmt: skip

    assert alone.last.latest == FOREVER
    assert only(answer, "aws_role_session").verdict == "revoked"


def test_revoking_role_sessions_may_be_in_vain_while_a_secret_that_was_read_is_not_changed(made):
    kills = ("delete_login_profile", "deny_user", "revoke_role_sessions")
    kept = only(ask(made, "una", "login_profile", *kills), "aws_role_session")
    changed = ask(made, "una", "login_profile", *kills, "rotate_aws_secrets")

    assert kept.last.latest == FOREVER
    assert kept.last.earliest <= AT + timedelta(minutes=15)  # it may open nothing
    assert only(changed, "aws_role_session").last.latest == AT


def test_a_key_of_the_root_user_is_no_users_key():
    made = Account()
    made.build.node("AWSRootUser", made.root(), "root", access_keys=1)
    key(made, KEY, made.root(), active=True)
    pair = made.build.derive().graph, made.build.snapshot()
    answer = ask(pair, made.root(), "password_sspr")

    assert {row.artefact for row in answer.rows if row.on.id == KEY} == {"aws_root_key"}
    assert [each.action for each in only(answer, "aws_root_key").killed_by] == ["recover_root"]


def test_everything_that_can_be_done_ends_what_a_user_holds(made):
    assert "no end" not in ask(made, "una", "login_profile").clock.after.words


# What is not listed.


@pytest.mark.parametrize(
    ("said", "listed", "told"),
    [
        ({}, 0, "cannot_tell"),  # nobody counts or lists any
        ({}, 1, None),  # a list of a user's keys is whole: there are two at most
        ({"access_keys": 0}, 0, None),
        ({"access_keys": 2}, 1, "survives"),
        ({"access_keys": 1}, 1, None),
    ],
)
def test_keys_that_are_counted_and_not_listed_are_told(said, listed, told):
    made = Account()
    una = made.user("una", **said)
    for number in range(listed):
        key(made, f"AKIA{number}", una, active=True)
    found = fates(ask((made.build.derive().graph, made.build.snapshot()), "una", "login_profile"))

    assert found.get(("aws_unlisted_key", "una")) == told


def test_without_a_console_password_none_can_have_been_known(made):
    assert ("aws_known_password", "bare") not in fates(ask(made, "bare", "mfa_reset"))


def test_what_could_be_given_to_other_users_is_told_of_them():
    made = Account()
    made.user("boss", allow("iam:CreateAccessKey"))
    made.user("una", access_keys=0)
    pair = made.build.derive().graph, made.build.snapshot()

    assert fates(ask(pair, "boss", "login_profile"))["aws_added_credential", "una"] == "cannot_tell"


def test_what_ran_with_a_role_gets_fresh_credentials_until_it_is_stopped():
    made = Account()
    made.user("una", allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]))
    made.role("worker", trust=[{"Effect": "Allow", "Action": "sts:AssumeRole",
                                "Principal": {"Service": "lambda.amazonaws.com"}}])  # fmt: skip
    pair = made.build.derive().graph, made.build.snapshot()
    answer = ask(pair, "una", "key_create", "revoke_role_sessions")

    assert only(answer, "aws_workload").missing.startswith("a list of workloads newer")
    assert only(answer, "aws_workload_session").verdict != "revoked"
    stopped = ask(pair, "una", "key_create", "stop_workloads", "revoke_role_sessions")
    assert only(stopped, "aws_workload_session").verdict == "revoked"


@pytest.mark.parametrize(
    ("who", "method", "hint"),
    [
        ("deploy", "login_profile", "Leave out the reset method"),
        (KEY, "key_create", "Leave out the reset method"),
        (SSO, "login_profile", "Use password_admin or"),
        ("una", "password_sspr", "Use password_admin or"),
    ],
)
def test_a_method_that_aws_has_not_for_a_kind_is_refused_with_those_it_has(made, who, method, hint):
    with pytest.raises(InputError, match=hint):
        ask(made, who, method)


# Sessions that begin on another platform.


def federated() -> Account:
    """Return Ada of Entra ID, who signs in to Identity Center as Sol and takes a role there."""
    made = Account()
    build = made.build
    build.node("EntraUser", "ada", account_enabled=True, user_type="Member")
    build.node("AWSSSOUser", SSO, "sol")
    role = made.role("AWSReservedSSO_Admin_0123456789abcdef", max_session_seconds=12 * 3600)
    made.reached = (("SIGNS_IN_AS", "ada", SSO), ("TAKES_ASSIGNED_ROLE", SSO, role))
    return made


def linked(made: Account):
    """Return the graph with edges that rules of other platforms find, and the snapshot."""
    snapshot = made.build.snapshot()
    at = {str(each): number for number, each in enumerate(snapshot.ids)}

    def find(_, findings):
        for kind, source, target in made.reached:
            findings.link(CATALOGUE.edge(kind), at[source], at[target])

    kinds = tuple(CATALOGUE.edge(kind) for kind, *_ in made.reached)
    rule = Rule(name="of a test", kinds=kinds, find=find)
    return derive(snapshot, Profile(name="x", about="A test's.", rules=(rule,))).graph, snapshot


def test_revoking_entra_sessions_leaves_the_portal_and_its_role_sessions_on_their_own_clocks():
    kills = ("revoke_sessions", "disable_account")
    answer = ask(linked(federated()), "ada", "tap", *kills)
    portal, role = only(answer, "aws_portal_session"), only(answer, "aws_permission_set_session")

    assert (portal.verdict, portal.ending.latest) == ("survives", AT + timedelta(days=90))
    assert (role.verdict, role.ending.latest) == ("survives", AT + timedelta(hours=12))
    assert role.last.latest == portal.last.latest + timedelta(hours=12)
    assert [each.action for each in role.killed_by] == ["deny_portal_user"]


def test_the_portals_session_ends_within_the_hour_and_leaves_the_roles_sessions():
    kills = ("revoke_sessions", "disable_account", "delete_tap", "remove_methods")
    answer = ask(linked(federated()), "ada", "tap", *kills, "disable_portal_user")
    row = only(answer, "aws_portal_session")

    assert [each.action for each in row.killed_by] == ["disable_portal_user"]
    assert only(answer, "aws_permission_set_session").verdict == "survives"
