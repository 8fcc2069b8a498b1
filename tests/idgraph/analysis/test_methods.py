"""What each reset method gives an attacker, and on what it can be used."""

import pytest

from idgraph.analysis.methods import METHODS, TAKEOVER, method
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict, walk
from idgraph.derive.assumptions import ASSUMPTIONS
from idgraph.errors import InputError, UnknownNameError
from idgraph.vocabulary import aws, entra
from idgraph.vocabulary.common import UNIDENTIFIED
from tests.idgraph.analysis.worlds import GROUP, ROBOT, ROLE, USER, VAULT, world

PERSON, NHI, DIRECTORY = entra.USER, entra.SERVICE_PRINCIPAL, entra.TENANT
IAM, ROOT, SSO = aws.USER, aws.ROOT_USER, aws.SSO_USER
NO_AWS = (aws.ROLE, aws.ACCESS_KEY, aws.GROUP)  # nothing of theirs can be reset

# By hand: what every path asks for, whether the own second factor is passed, what is assumed.
SAID = {
    "password_admin": (["mfa"], False, []),
    "password_sspr": ([], True, ["self_service_methods"]),
    "password_user": ([], True, []),
    "tap": ([], True, ["tap_policy"]),
    "mfa_reset": (["password"], True, []),
    "mfa_register": (["password"], True, []),
    "recovery_contact_change": (["mfa", "recovery"], False, []),
    "secret_rotate": ([], False, []),
    "key_create": ([], False, []),
    "login_profile": (["mfa"], False, []),
    "federation_reset": ([], True, ["federated_second_factor"]),
}


def test_the_methods_are_those_of_a_reset_event():
    assert list(METHODS) == list(SAID)


@pytest.mark.parametrize("name", SAID)
def test_a_method_asks_for_passes_and_assumes_what_is_documented(name):
    asked, passes_own, assumed = SAID[name]
    known = METHODS[name]

    assert known.name == name
    assert known.entry("a") == tuple(f"{each}:a" for each in asked)
    assert known.own("a") == (("mfa:a",) if passes_own else ())
    assert known.assumptions() == tuple(f"assume:{each}" for each in assumed)


@pytest.mark.parametrize("name", SAID)
def test_a_method_says_what_was_done_what_it_gives_and_on_what_source(name):
    known = METHODS[name]

    assert known.words
    assert known.gives
    assert known.source.startswith("https://")
    assert set(known.assumes) <= set(ASSUMPTIONS)


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("password_admin", [PERSON, IAM, SSO]),
        ("password_sspr", [PERSON, ROOT, SSO]),
        ("password_user", [PERSON, IAM, ROOT, SSO]),
        ("tap", [PERSON]),
        ("mfa_reset", [PERSON, IAM, ROOT, SSO]),
        ("mfa_register", [PERSON, IAM, ROOT, SSO]),
        ("recovery_contact_change", [PERSON, ROOT, SSO]),
        ("secret_rotate", [NHI]),
        ("key_create", [NHI, IAM, ROOT]),
        ("login_profile", [IAM]),
        ("federation_reset", [PERSON, DIRECTORY, SSO]),
    ],
)
def test_a_method_fits_what_it_can_be_used_on_and_nothing_else(name, fitting):
    kinds = (PERSON, NHI, DIRECTORY, IAM, ROOT, SSO, *NO_AWS, entra.GROUP, entra.ROLE)

    assert [kind for kind in kinds if METHODS[name].fits(kind)] == fitting
    assert METHODS[name].fits(UNIDENTIFIED)


def test_anything_can_be_taken_over():
    assert method(None) is method("") is TAKEOVER
    for kind in (GROUP, ROLE, VAULT, USER):
        assert walk(world({"a": kind}, []), 0).verdict(0) is Verdict.REACHED


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (GROUP, "password_admin", "Leave out the reset method"),
        (ROBOT, "mfa_reset", "Use secret_rotate or key_create"),
        (USER, "tap", "on entra"),
        (USER, "login_profile", "on aws"),
    ],
)
def test_a_method_that_makes_no_sense_on_the_identity_is_refused(kind, name, hint):
    with pytest.raises(InputError, match=hint):
        walk(world({"a": kind}, []), 0, Scenario(name))


def test_a_method_that_does_not_exist_is_refused_with_a_hint():
    with pytest.raises(UnknownNameError, match="Did you mean mfa_reset"):
        Scenario("mfa_rest")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tap", "an account a person signs in with on entra"),
        ("login_profile", "AWSUser on aws"),
        ("key_create", "a non-human identity (on aws: AWSUser or AWSRootUser)"),
    ],
)
def test_what_a_method_can_be_used_on_is_told_once_a_platform(name, words):
    assert method(name).needs() == words
