"""Event kinds, and the names that platforms give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.analysis.methods import METHODS
from idgraph.errors import ModelError, UnknownNameError
from idgraph.vocabulary import events
from idgraph.vocabulary.events import (
    EVENT_KINDS,
    EventKind,
    as_seen,
    event_kind,
    event_map,
    event_maps,
    normal,
    parse,
)

each_kind = pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=lambda kind: kind.name)
each_platform = pytest.mark.parametrize("platform", event_maps())


@each_kind
def test_every_kind_is_what_some_platform_logs(kind):
    assert any(each.kind is kind for names in event_maps().values() for each in names)


@each_kind
def test_a_kind_names_a_reset_method_or_none(kind):
    assert kind.reset in {"", *METHODS}


@each_kind
def test_the_other_kind_that_it_may_be_is_a_kind(kind):
    assert {kind.by_self, kind.by_other} <= {"", *EVENT_KINDS}


def test_every_reset_method_is_an_event():
    assert {kind.reset for kind in EVENT_KINDS.values()} - {""} == set(METHODS)


def test_every_constant_is_listed():
    declared = [each for each in vars(events).values() if isinstance(each, EventKind)]

    assert {each.name for each in declared} == set(EVENT_KINDS)
    assert all(getattr(events, name) is kind for name, kind in EVENT_KINDS.items())


@each_platform
def test_every_name_has_its_source(platform):
    assert all(each.source and each.name == each.name.strip() for each in event_map(platform))


def test_a_kind_is_found_by_its_name():
    assert event_kind("MFA_RESET") is events.MFA_RESET
    with pytest.raises(UnknownNameError, match=r"Did you mean MFA_RESET\?"):
        event_kind("MFA_RESETS")
    with pytest.raises(UnknownNameError, match=r"Did you mean okta\?"):
        event_map("octa")


@pytest.mark.parametrize(
    ("platform", "name", "kind"),
    [
        ("entra", "Reset user password", "PASSWORD_RESET_BY_ADMIN"),
        ("entra", "Reset password", "PASSWORD_RESET_BY_ADMIN"),
        ("entra", "Update StsRefreshTokenValidFrom Timestamp", "SESSIONS_REVOKED"),
        (
            "entra",
            "Update application \u2013 Certificates and secrets management ",
            "CREDENTIAL_ADDED",
        ),
        (
            "entra",
            "Update application - Certificates and secrets management",
            "CREDENTIAL_ADDED",
        ),
        ("entra", "Add member to role completed (PIM activation)", "ROLE_ACTIVATED"),
        ("entra", "Set federation settings on domain", "FEDERATION_CHANGED"),
        ("okta", "user.mfa.factor.reset_all", "MFA_RESET"),
        ("okta", "system.idp.lifecycle.create", "IDP_CREATED"),
        ("okta", "user.session.access_admin_app", "ADMIN_CONSOLE_OPENED"),
        ("aws", "UpdateLoginProfile", "LOGIN_PROFILE_CHANGED"),
        ("aws", "StopLogging", "LOGGING_STOPPED"),
        ("aws", "GetSecretValue", "SECRET_READ"),
        ("aws", "AssumeRoleWithSAML", "ROLE_ASSUMED"),
    ],
)
def test_a_name_that_an_attack_leaves_is_known(platform, name, kind):
    assert event_map(platform).find(name).kind is EVENT_KINDS[kind]


def test_a_name_that_nobody_knows_means_nothing():
    assert event_map("entra").find("Update lunch menu") is None


def test_a_row_with_a_reason_is_meant_only_with_it():
    names = event_map("entra")
    reason = "Admin registered temporary access pass method for user"

    assert names.find("Admin registered security info", [reason]).kind is (
        events.TEMPORARY_PASS_ISSUED
    )
    assert names.find("Admin registered security info", ["", "other"]).kind is (
        events.MFA_METHOD_ADDED
    )
    assert names.find("Update user", [""]).kind is None
    assert names.find("Update user", ["", "MobilePhone"]).kind is events.RECOVERY_CONTACT_CHANGED


@given(st.text())
def test_to_fold_a_name_twice_is_to_fold_it_once(name):
    assert normal(normal(name)) == normal(name)


@pytest.mark.parametrize(
    ("kind", "actor", "target", "seen"),
    [
        ("PASSWORD_RESET_BY_ADMIN", "a", "a", "PASSWORD_RESET_SELF_SERVICE"),
        ("PASSWORD_RESET_BY_ADMIN", "a", "b", "PASSWORD_RESET_BY_ADMIN"),
        ("PASSWORD_RESET_BY_ADMIN", "", "", "PASSWORD_RESET_BY_ADMIN"),
        ("PASSWORD_CHANGED", "a", "b", "PASSWORD_RESET_BY_ADMIN"),
        ("PASSWORD_CHANGED", "a", "a", "PASSWORD_CHANGED"),
        ("PASSWORD_CHANGED", "", "b", "PASSWORD_CHANGED"),
        ("MFA_RESET", "a", "a", "MFA_RESET"),
    ],
)
def test_what_an_event_is_depends_on_who_did_it(kind, actor, target, seen):
    assert as_seen(EVENT_KINDS[kind], actor, target) is EVENT_KINDS[seen]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": "reset"}, "is not spelt in UPPER_SNAKE"),
        ({"about": ""}, "does not say what it is"),
        ({"change": "a role"}, "does not begin its change with"),
    ],
)
def test_a_kind_declared_wrongly_is_refused(fields, fault):
    with pytest.raises(ModelError, match=fault):
        EventKind(**{"name": "RESET", "about": "x", **fields})


GOOD = """
[sources]
doc = "a document"

[[events]]
platform = "p"
kind = "SIGN_IN"
source = "doc"
names = ["Log in"]
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"SIGN_IN"', '"SIGNIN"', "a kind 'SIGNIN' that does not exist"),
        ('source = "doc"', 'source = "other"', "a source 'other' that is not listed"),
        ("names", "name", "cannot be read"),
        ('["Log in"]', '["Log in", "LOG  IN"]', "maps a name twice"),
        ("[sources]", "[sources", "cannot be read"),
    ],
)
def test_a_list_with_a_mistake_is_refused(old, new, fault):
    assert [each.name for each in parse(GOOD)["p"]] == ["Log in"]
    with pytest.raises(ModelError, match=fault):
        parse(GOOD.replace(old, new, 1))
