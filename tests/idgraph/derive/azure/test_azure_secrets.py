"""Which application a vault's secret signs in as."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.build import Build, edges, reachable

SECRET = "https://v.vault.azure.net/secrets/s"
TAG = ("assume:secret_tag",)


def world(**opens: str) -> Build:
    build = Build().node("AzureKeyVaultSecret", SECRET, **opens)
    return build.node("EntraUser", "u")


def registered(build: Build, *keys: str) -> Build:
    build.node("EntraApp", "app", app_id="client")
    build.node("EntraServicePrincipal", "sp", app_id="client")
    for key in keys:
        build.node("EntraCredential", f"app/{key}", key_id=key)
        build.edge("CREDENTIAL_OF", f"app/{key}", "app")
    return build


def opens(build: Build) -> set[tuple[str, tuple[str, ...]]]:
    return {(target, guards) for _, _, target, guards in edges(build.derive(), "OPENS")}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, set()),
        ({"opens_app_id": "client"}, {("sp", TAG)}),
        ({"opens_app_id": "CLIENT"}, {("sp", TAG)}),
        ({"opens_app_id": "client", "opens_key_id": "k1"}, {("sp", ())}),
        ({"opens_app_id": "client", "opens_key_id": "K1"}, {("sp", ())}),
        ({"opens_app_id": "client", "opens_key_id": "gone"}, set()),
        ({"opens_app_id": "nobody"}, set()),
        ({"opens_app_id": "nobody", "opens_key_id": "k1"}, set()),
        ({"opens_key_id": "k1"}, set()),
    ],
)
def test_a_secret_signs_in_as_the_application_it_names(tags, expected):
    assert opens(registered(world(**tags), "k1", "k2")) == expected


def test_a_key_id_is_looked_for_on_the_service_principal_too():
    build = registered(world(opens_app_id="client", opens_key_id="k9"))
    build.node("EntraServicePrincipal", "sp2", app_id="client")
    build.node("EntraCredential", "sp/k9", key_id="k9").edge("CREDENTIAL_OF", "sp/k9", "sp")
    assert opens(build) == {("sp", ())}


def test_an_application_without_an_instance_is_its_registration():
    build = world(opens_app_id="client").node("EntraApp", "app", app_id="client")
    assert opens(build) == {("app", TAG)}
    build = world(opens_app_id="client", opens_key_id="k").node("EntraApp", "app", app_id="client")
    build.node("EntraCredential", "c", key_id="k").edge("CREDENTIAL_OF", "c", "app")
    assert opens(build) == {("app", ())}


def test_a_secret_does_not_rewrite_the_registration():
    build = registered(world(opens_app_id="client", opens_key_id="k1"), "k1")
    assert reachable(build.derive(), SECRET) == {"sp"}


def test_of_an_application_registered_elsewhere_no_key_can_be_ruled_out():
    build = world(opens_app_id="client", opens_key_id="k1")
    build.node("EntraServicePrincipal", "sp", app_id="client")
    assert opens(build) == {("sp", TAG)}


def test_a_managed_identity_is_never_opened_by_a_secret():
    build = world(opens_app_id="client").node("EntraManagedIdentity", "mi", app_id="client")
    assert opens(build) == set()


@pytest.mark.parametrize(
    ("end", "alive"),
    [
        ("2024-01-31T00:00:00Z", False),
        ("2026-05-01T11:59:59Z", False),
        ("2026-05-01T12:00:01Z", True),
        ("2099-01-01T00:00:00Z", True),
        (None, True),
    ],
)
@pytest.mark.parametrize("seen", ["created", "last_sign_in", "password_changed"])
def test_a_credential_that_had_ended_when_something_else_happened_is_dead(end, alive, seen):
    build = registered(world(opens_app_id="client", opens_key_id="k1"))
    known = {"end": end} if end else {}
    build.node("EntraCredential", "c", key_id="k1", **known).edge("CREDENTIAL_OF", "c", "app")
    build.node("EntraUser", "u", **{seen: "2026-05-01T12:00:00Z"})
    assert opens(build) == ({("sp", ())} if alive else set())


def test_the_end_of_the_secret_itself_stops_nobody_from_reading_it():
    build = world(opens_app_id="client", opens_key_id="k1", end="2020-01-01T00:00:00Z")
    build.node("EntraUser", "u", last_sign_in="2026-05-01T12:00:00Z")
    assert opens(registered(build, "k1")) == {("sp", ())}


def test_a_dead_credential_of_a_foreign_application_is_not_doubted():
    build = world(opens_app_id="client", opens_key_id="k1", updated="2026-05-01T12:00:00Z")
    build.node("EntraServicePrincipal", "sp", app_id="client")
    build.node("EntraCredential", "c", key_id="k1", end="2024-01-31T00:00:00Z")
    assert opens(build.edge("CREDENTIAL_OF", "c", "sp")) == set()


@pytest.mark.parametrize(
    ("said", "expected"),
    [({}, ()), ({"enabled": True}, ()), ({"enabled": False}, ("assume:secret_enabled",))],
)
def test_a_disabled_secret_is_read_by_nobody_until_somebody_enables_it(said, expected):
    build = Build().node("AzureKeyVault", "v").node("AzureKeyVaultSecret", SECRET, **said)
    build.edge("CONTAINS", "v", SECRET)
    assert edges(build.derive(), "HOLDS_SECRET") == {("HOLDS_SECRET", "v", SECRET, expected)}
