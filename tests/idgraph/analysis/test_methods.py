"""What each reset method gives an attacker, and on what it can be used."""

import pytest

from idgraph.analysis.methods import METHODS, TAKEOVER, method
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict, walk
from idgraph.catalogue import NodeKind
from idgraph.derive.assumptions import ASSUMPTIONS
from idgraph.errors import InputError, UnknownNameError
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import UNIDENTIFIED
from tests.idgraph.analysis.worlds import GROUP, ROBOT, ROLE, USER, VAULT, world

PERSON, NHI, DIRECTORY = entra.USER, entra.SERVICE_PRINCIPAL, entra.TENANT

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


def aws_user():
    return NodeKind(
        name="AwsUserOfATest", label="user", platform="aws", about="A test's.", is_person=True
    )


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
        ("password_admin", [PERSON]),
        ("password_sspr", [PERSON]),
        ("password_user", [PERSON]),
        ("tap", [PERSON]),
        ("mfa_reset", [PERSON]),
        ("mfa_register", [PERSON]),
        ("recovery_contact_change", [PERSON]),
        ("secret_rotate", [NHI]),
        ("key_create", [NHI, "aws"]),
        ("login_profile", ["aws"]),
        ("federation_reset", [PERSON, DIRECTORY]),
    ],
)
def test_a_method_fits_what_it_can_be_used_on_and_nothing_else(name, fitting):
    aws = aws_user()
    wanted = {aws.name if kind == "aws" else kind.name for kind in fitting}
    people_anywhere = wanted & {PERSON.name} and name != "tap"
    wanted |= {aws.name} if people_anywhere else set()
    kinds = (PERSON, NHI, DIRECTORY, aws, entra.GROUP, entra.ROLE)

    assert {kind.name for kind in kinds if METHODS[name].fits(kind)} == wanted
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
