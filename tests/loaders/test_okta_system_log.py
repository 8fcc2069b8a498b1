"""Okta's system log."""

import pytest

from idgraph.errors import InputError
from tests.loaders.logs import NOON, ORG, okta, okta_user, read

NAME = "okta_system_log"


def event(folder, name="user.mfa.factor.deactivate", **more):
    return read(NAME, folder, [okta(1, eventType=name, **more)], scope=ORG).event


def node(name):
    return f"okta:{ORG}/{name}"


def test_an_event_says_who_did_what_to_whom(tmp_path):
    found = read(NAME, tmp_path, [okta(1)]).event

    assert (found.record, found.id, found.at) == ("system log event", "okta-1", NOON)
    assert found.kind == "MFA_METHOD_REMOVED"
    assert (found.actor, found.target) == (node("00uOMAR"), node("00uADA"))
    assert dict(found.properties) == {
        "activity": "user.mfa.factor.deactivate",
        "result": "success",
        "actor_name": "omar@acme.example",
        "target_name": "ada@acme.example",
        "channel": "portal",
        "tenant": ORG,
        "ip": "192.0.2.7",
        "correlation": "t1",
    }


@pytest.mark.parametrize(
    ("name", "targets", "target", "gained"),
    [
        (
            "group.user_membership.add",
            [okta_user("00uADA", "ada"), {"id": "00gADMINS", "type": "UserGroup"}],
            "00uADA",
            node("00gADMINS"),
        ),
        (
            "application.user_membership.add",
            [
                {"id": "0uaX", "type": "AppUser"},
                {"id": "0oaX", "type": "AppInstance"},
                okta_user("00uADA", "ada"),
            ],
            "00uADA",
            node("0oaX"),
        ),
        (
            "user.account.privilege.grant",
            [
                okta_user("00uADA", "ada"),
                {"id": None, "type": "ROLE", "displayName": "Super Administrator"},
            ],
            "00uADA",
            f"okta:{ORG}/role/Super Administrator",
        ),
        ("system.api_token.create", [{"id": "00Tx", "type": "Token"}], "00Tx", None),
        ("user.session.start", [{"id": "0oaX", "type": "AppInstance"}], "00uOMAR", None),
        ("user.session.clear", [okta_user("00uADA", "ada")], "00uADA", None),
        ("user.session.start", None, "00uOMAR", None),
    ],
)
def test_the_one_that_gains_is_the_target(name, targets, target, gained, tmp_path):
    found = event(tmp_path, name, target=targets)

    assert (found.target, found.properties.get("object")) == (node(target), gained)


@pytest.mark.parametrize(
    ("name", "own", "kind"),
    [
        ("user.account.reset_password", False, "PASSWORD_RESET_BY_ADMIN"),
        ("user.account.reset_password", True, "PASSWORD_RESET_SELF_SERVICE"),
        ("user.account.update_password", True, "PASSWORD_CHANGED"),
        ("user.account.update_password", False, "PASSWORD_RESET_BY_ADMIN"),
    ],
)
def test_what_a_password_event_is_depends_on_who_did_it(name, own, kind, tmp_path):
    target = okta_user("00uOMAR", "omar") if own else okta_user("00uADA", "ada")

    assert event(tmp_path, name, target=[target]).kind == kind


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("SUCCESS", "success"),
        ("ALLOW", "success"),
        ("FAILURE", "failure"),
        ("DENY", "failure"),
        (None, None),
    ],
)
def test_an_outcome_is_success_or_failure_or_not_told(result, told, tmp_path):
    assert event(tmp_path, outcome={"result": result}).properties.get("result") == told


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({}, "portal"),
        ({"transaction": {"type": "JOB", "id": "t"}}, "automation"),
        ({"transaction": {"type": "WEB", "detail": {"requestApiTokenId": "00Tx"}}}, "api"),
        ({"actor": {"id": "spr1", "type": "SystemPrincipal"}}, "automation"),
        ({"transaction": None}, None),
    ],
)
def test_the_channel_is_how_the_call_was_made(fields, channel, tmp_path):
    assert event(tmp_path, **fields).properties.get("channel") == channel


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ("Acme.Okta.com", ORG),
        ("https://acme-admin.okta.com/admin/reports", ORG),
        ("login.acme.example", "login.acme.example"),
    ],
)
def test_an_organisation_is_its_host(given, scope, tmp_path):
    found = read(NAME, tmp_path, [okta(1)], scope=given)

    assert found.reading.source.scope == scope
    assert found.event.target == f"okta:{scope}/00uADA"


def test_a_host_that_is_no_organisation_names_none(tmp_path):
    strange = okta(1, debugContext={"debugData": {"origin": "https://evil.example/acme.okta.com"}})

    assert read(NAME, tmp_path, [strange, strange, okta(2)]).reading.source.scope == ORG
    with pytest.raises(InputError, match="does not say which organisation"):
        read(NAME, tmp_path, [strange])


def test_a_new_client_secret_is_dropped_and_counted(tmp_path):
    target = {"id": "0oaX", "type": "AppInstance", "detailEntry": {"clientSecret": "s3cr3t-value"}}

    found = read(
        NAME,
        tmp_path,
        [okta(1, eventType="app.oauth2.credentials.lifecycle.create", target=[target])],
    )

    assert found.event.kind == "CREDENTIAL_ADDED"
    assert "s3cr3t" not in repr(found.records)
    assert found.reading.counts.values_dropped == 1
