"""What a secret opens elsewhere, by its tags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idgraph.derive import STRICT, derive
from idgraph.snapshot import Coverage
from tests.idgraph.derive.build import Build, edges, reachable

SECRETS = {
    "AzureKeyVaultSecret": "https://v.vault.azure.net/secrets/s",
    "AWSSecret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf",
    "AWSParameter": "arn:aws:ssm:eu-west-1:111122223333:parameter/s",
}
KEY = "AKIAIOSFODNN7EXAMPLE"
USER = "arn:aws:iam::111122223333:user/bob"
EACH = pytest.mark.parametrize("kind", SECRETS)


def world(kind, **opens):
    return Build().node(kind, SECRETS[kind], **opens)


def keyed(build, **said):
    build.node("AWSUser", USER).node("AWSAccessKey", KEY, **said)
    return build.edge("HAS_ACCESS_KEY", USER, KEY)


def opened(build):
    return {(target, guards) for _, _, target, guards in edges(build.derive(), "OPENS")}


@EACH
def test_a_secret_that_names_an_access_key_signs_as_its_user(kind):
    build = keyed(world(kind, opens_access_key=KEY), active=True)
    assert opened(build) == {(KEY, ())}
    assert {KEY, USER} <= reachable(build.derive(), SECRETS[kind], passes=())


@EACH
def test_an_inactive_key_opens_nothing(kind):
    assert opened(keyed(world(kind, opens_access_key=KEY), active=False)) == set()


ACCOUNT = "111122223333"


def coverage(build, *, whole):
    listed = Coverage(f"aws_iam:{ACCOUNT}", "access key", 1, complete=whole, about="")
    return replace(build.node("AWSAccount", ACCOUNT).snapshot(), coverage=(listed,))


def test_a_key_that_nobody_loaded_is_listed_and_whose_it_is_cannot_be_told():
    assert opened(world("AWSSecret", opens_access_key=KEY)) == {(KEY, ("assume:secret_tag",))}
    found = derive(coverage(world("AWSSecret", opens_access_key=KEY), whole=False), STRICT)
    assert KEY in reachable(found, SECRETS["AWSSecret"], passes=("assume",))
    assert ACCOUNT not in reachable(found, SECRETS["AWSSecret"], passes=("assume",))
    assert ACCOUNT in reachable(found, SECRETS["AWSSecret"], passes=("assume", "unknown"))


def test_a_key_that_is_not_among_all_keys_of_every_account_is_gone_and_opens_nothing():
    found = derive(coverage(world("AWSSecret", opens_access_key=KEY), whole=True), STRICT)
    assert edges(found, "OPENS") == set()


def test_a_key_of_unknown_state_is_taken_for_active():
    assert opened(keyed(world("AWSSecret", opens_access_key=KEY))) == {(KEY, ())}


@EACH
def test_a_secret_that_names_a_repository_is_taken_to_be_able_to_write_to_it(kind):
    build = world(kind, opens_repository="Northlight/Platform-Deploy")
    assert opened(build) == {("github:northlight/platform-deploy", ("assume:repository_token",))}


@EACH
def test_a_secret_that_names_an_application_signs_in_as_it(kind):
    build = world(kind, opens_app_id="client", opens_key_id="k1")
    build.node("EntraApp", "app", app_id="client").node(
        "EntraServicePrincipal", "sp", app_id="client"
    )
    build.node("EntraCredential", "app/k1", key_id="k1").edge("CREDENTIAL_OF", "app/k1", "app")
    assert opened(build) == {("sp", ())}


@pytest.mark.parametrize("said", ["", "northlight", "a/b/c", "<script>/x", "a b/c"])
def test_what_is_no_repository_opens_none(said):
    assert opened(world("AWSSecret", opens_repository=said)) == set()


def test_one_repository_of_several_secrets_is_one_node():
    build = world("AWSSecret", opens_repository="O/R")
    build.node("AzureKeyVaultSecret", SECRETS["AzureKeyVaultSecret"], opens_repository="o/r")
    assert opened(build) == {("github:o/r", ("assume:repository_token",))}
