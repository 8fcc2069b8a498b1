"""App roles of Entra that name an IAM role and its provider, and who decides what is asserted."""

from __future__ import annotations

import pytest

from idgraph.snapshot import Coverage
from tests.idgraph.derive.aws.accounts import ONE, TWO, service
from tests.idgraph.derive.aws.accounts import trusts as trusts_aws
from tests.idgraph.derive.entra.tenant import T, role
from tests.idgraph.derive.federation.center import (
    ADA,
    ADMINS,
    ALL,
    BOB,
    OTHER,
    STORE,
    Company,
    trusts_saml,
)

GRAPH_WRITE = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"  # Application.ReadWrite.All
ROLE, PROVIDER = f"arn:aws:iam::{ONE}:role/deploy", f"arn:aws:iam::{ONE}:saml-provider/entra"
DOUBT = ("assume:saml_provider_tenant",)
PAIR = f"{ROLE},{PROVIDER}"
SIGN_IN = "https://signin.aws.amazon.com/saml"


def company(value=PAIR, trust=None, **more):
    made = Company().person(ADA, "ada@contoso.example")
    made.application("aws", identifier=f"{SIGN_IN}#1", saml_roles=(f"r1={value}",), **more)
    made.account().role("deploy", ALL, trust=trust or trusts_saml(PROVIDER))
    return made.assign(ADA, "aws", "R1")


def takes(made):
    return made.guards("CAN_ASSUME_WITH_SAML")


@pytest.mark.parametrize("value", [PAIR, f"{PROVIDER},{ROLE}", f"{ROLE}, {PROVIDER}"])
def test_the_role_and_its_provider_stand_in_either_order(value):
    assert takes(company(value)) == {(ADA, "deploy"): DOUBT}


@pytest.mark.parametrize(
    "value",
    [
        ROLE,
        PROVIDER,
        f"{ROLE},{ROLE}",
        f"{PROVIDER},{PROVIDER}",
        f"{ROLE},{PROVIDER},{PROVIDER}",
        f"{ROLE},arn:aws:iam::{ONE}:saml-provider/another",  # which the role does not trust
        f"{ROLE},arn:aws:iam::{TWO}:saml-provider/entra",  # of another account
        "<script>,arn:aws:iam::1:saml-provider/x",
    ],
)
def test_anything_else_takes_on_nothing(value):
    assert takes(company(value)) == {}


def test_a_provider_of_another_account_opens_nothing_though_the_role_names_it():
    foreign = f"arn:aws:iam::{TWO}:saml-provider/entra"
    assert takes(company(f"{ROLE},{foreign}", trust=trusts_saml(foreign))) == {}


def test_only_those_assigned_that_app_role_take_it_on():
    made = company().person(BOB, "bob@contoso.example").assign(BOB, "aws", "another")
    assert takes(made) == {(ADA, "deploy"): DOUBT}


def test_an_assigned_group_takes_it_on_for_its_direct_members():
    made = company().assign(ADMINS, "aws", "r1")
    made.build.group(ADMINS, BOB)
    assert takes(made)[ADMINS, "deploy"] == DOUBT
    made.build.group("inner").edge("MEMBER_OF", "inner", ADMINS)
    assert takes(made)[ADMINS, "deploy"] == ("assume:direct_member", *DOUBT)


@pytest.mark.parametrize(
    "trust",
    [
        service("ec2"),
        trusts_aws({"AWS": ONE}),
        trusts_saml(f"arn:aws:iam::{ONE}:saml-provider/another"),
        trusts_saml(PROVIDER, **{"SAML:aud": "https://elsewhere.example/saml"}),
        trusts_saml(PROVIDER, **{"SAML:iss": f"https://sts.windows.net/{OTHER}/"}),
        trusts_saml(PROVIDER) | {"Effect": "Deny"},
        trusts_saml(PROVIDER) | {"Action": "sts:AssumeRole"},
    ],
)
def test_a_trust_policy_that_does_not_let_these_assertions_in_wins(trust):
    assert takes(company(trust=trust)) == {}


def test_the_issuer_is_the_tenant_and_the_subject_is_not_known():
    trust = trusts_saml(
        PROVIDER,
        **{"SAML:iss": f"https://sts.windows.net/{T}/", "SAML:sub": "ada@contoso.example"},
    )
    assert takes(company(trust=trust)) == {
        (ADA, "deploy"): (*DOUBT, "condition:StringEquals SAML:sub ada@contoso.example")
    }


def test_an_assertion_goes_where_the_application_sends_it():
    regional = "https://eu-west-1.signin.aws.amazon.com/saml"
    trust = trusts_saml(PROVIDER, **{"SAML:aud": regional})
    assert takes(company(trust=trust)) == {}
    assert takes(company(trust=trust, reply_urls=(regional,))) == {(ADA, "deploy"): DOUBT}


@pytest.mark.parametrize(
    ("issuer", "found"),
    [
        (f"https://sts.windows.net/{T}/", {(ADA, "deploy"): ()}),
        (f"https://sts.windows.net/{T.upper()}/", {(ADA, "deploy"): ()}),
        (f"https://sts.windows.net/{OTHER}/", {}),
        ("http://www.okta.com/exk1", {}),
    ],
)
def test_the_entity_id_of_the_provider_says_whose_assertions_it_takes(issuer, found):
    made = company()
    made.account().thing("AWSSAMLProvider", PROVIDER, entity_id=issuer)
    assert takes(made) == found


def test_a_provider_that_is_not_in_the_account_any_more_takes_none():
    made = company()
    made.coverage.append(Coverage(f"aws_iam:{ONE}", "SAML provider", 0, complete=True, about=""))
    assert takes(made) == {}
    made.account().thing("AWSSAMLProvider", PROVIDER)
    assert takes(made) == {(ADA, "deploy"): DOUBT}


@pytest.mark.parametrize("more", [{"account_enabled": False}])
def test_a_disabled_application_gives_no_roles(more):
    assert takes(company(**more)) == {}


def test_a_disabled_account_takes_none():
    made = company()
    made.build.user(ADA, account_enabled=False)
    assert takes(made) == {}


def test_a_role_that_was_not_loaded_is_told_as_not_seen():
    role_arn = f"arn:aws:iam::{TWO}:role/deploy"
    made = company(f"{role_arn},arn:aws:iam::{TWO}:saml-provider/entra")
    assert takes(made) == {}
    subject = f"blind:saml-role:{role_arn}"
    guards = {(s, t): g for _, s, t, g in made.edges("MAY_LEAD_TO")}
    assert guards[ADA, subject] == ()
    assert guards[subject, TWO] == (f"unknown:IAM role of {role_arn}",)


# Who decides what is asserted.


def claims(made):
    return {source for source, target in made.pairs("CAN_WRITE_CLAIMS") if target == CLAIMS}


CLAIMS = "sp-aws#saml_claims"
APPLICATION_ADMIN = role("APPLICATION_ADMIN")


def test_application_administrators_decide_who_signs_in():
    made = company()
    made.build.user(BOB, "APPLICATION_ADMIN")
    assert claims(made) == {APPLICATION_ADMIN}
    assert made.reach(BOB) >= {CLAIMS, "deploy", ONE}


@pytest.mark.parametrize(
    ("action", "found"),
    [
        ("microsoft.directory/servicePrincipals/policies/update", True),
        ("microsoft.directory/servicePrincipals/owners/update", True),
        ("microsoft.directory/servicePrincipals/allProperties/allTasks", True),
        ("microsoft.directory/servicePrincipals/credentials/update", False),
        ("microsoft.directory/applications/allProperties/update", False),
        ("microsoft.directory/servicePrincipals/policies/read", False),
    ],
)
def test_a_custom_role_does_by_its_actions(action, found):
    made = company()
    made.build.node("EntraRole", f"custom@{T}", tenant_id=T, built_in=False, actions=(action,))
    assert (f"custom@{T}" in claims(made)) is found


def test_an_owner_of_the_service_principal_does_and_one_of_the_registration_does_not():
    made = company().person(BOB, "bob@contoso.example")
    made.build.node("EntraApp", "app-aws", tenant_id=T, app_id="client-aws")
    made.build.edge("OWNS", ADA, "sp-aws").edge("OWNS", BOB, "app-aws")
    assert claims(made) - {APPLICATION_ADMIN} == {ADA}


def test_an_application_that_writes_every_application_does():
    made = company()
    made.build.app("robot").permit("sp-robot", GRAPH_WRITE)
    assert claims(made) - {APPLICATION_ADMIN} == {"sp-robot"}


def test_to_act_as_the_service_principal_signs_nothing():
    made = company()
    assert CLAIMS not in made.reach("sp-aws")


def test_an_application_of_another_sort_has_no_such_power():
    made = Company().application("wiki", identifier="https://wiki.example/")
    assert made.pairs("CAN_WRITE_CLAIMS") == set()


def test_every_role_that_trusts_the_provider_may_be_asserted_not_only_those_with_an_app_role():
    made = company()
    made.account().role("other", trust=trusts_saml(PROVIDER))
    made.account().role("elsewhere", trust=trusts_saml(f"{PROVIDER}-2"))
    assert made.guards("SIGNS_IN_ANYBODY") == {
        (CLAIMS, "deploy"): DOUBT,
        (CLAIMS, "other"): DOUBT,
    }


def test_what_a_trust_policy_asks_of_the_subject_is_for_the_forger_to_write():
    named = {"SAML:sub": "ada@contoso.example", "SAML:aud": "https://elsewhere.example/saml"}
    assert company(trust=trusts_saml(PROVIDER, **named)).guards("SIGNS_IN_ANYBODY") == {
        (CLAIMS, "deploy"): DOUBT
    }
    issued = {"SAML:iss": f"https://sts.windows.net/{OTHER}/"}
    assert not company(trust=trusts_saml(PROVIDER, **issued)).pairs("SIGNS_IN_ANYBODY")


def test_every_user_of_the_identity_center_may_be_asserted_through_one_hub():
    made = Company().application()
    for number in range(3):
        made.sso_user(f"u-{number}", f"somebody-{number}")
    made.sso_user("u-else", "else", store="d-1111111111")
    power = "sp-center#saml_claims"
    assert made.pairs("SIGNS_IN_ANYBODY") == {(power, f"u-{number}") for number in range(3)}
    graph = made.derive().graph
    kind = graph.catalogue.edge_code("SIGNS_IN_ANYBODY")
    assert int((graph.edge_kinds == kind).sum()) == 1 + 3
    assert f"hub:SIGNS_IN_ANYBODY:{STORE}" in graph.ids


def test_whoever_writes_the_claims_of_a_disabled_application_enables_it_first():
    made = company(account_enabled=False)
    assert made.guards("SIGNS_IN_ANYBODY") == {
        (CLAIMS, "deploy"): (*DOUBT, "assume:service_principal_enabled")
    }


ASSIGN = "microsoft.directory/servicePrincipals/appRoleAssignedTo/update"
GIVES = "sp-aws#app_roles"


def assigners(made):
    return {source for source, target in made.pairs("CAN_ASSIGN_APP_ROLES") if target == GIVES}


@pytest.mark.parametrize("name", ["UA", "DIRECTORY_WRITERS", "PRA", "PT2"])
def test_whoever_may_assign_app_roles_gives_himself_the_role_of_one(name):
    made = company()
    made.build.roles(name).user(BOB, name)
    assert assigners(made) == {role(name)}
    assert made.guards("GIVES_IAM_ROLE") == {(GIVES, "deploy"): DOUBT}
    assert made.reach(BOB) >= {GIVES, "deploy", ONE}


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        ((ASSIGN,), True),
        ((ASSIGN.replace("update", "read"),), False),
        (("microsoft.directory/servicePrincipals/credentials/update",), False),
        ((ASSIGN, "microsoft.directory/servicePrincipals/policies/update"), False),  # writes claims
    ],
)
def test_a_custom_role_assigns_app_roles_by_its_actions(actions, found):
    made = company()
    made.build.node("EntraRole", f"custom@{T}", tenant_id=T, built_in=False, actions=actions)
    assert (f"custom@{T}" in assigners(made)) is found


def test_an_application_that_writes_app_role_assignments_gives_them_too():
    made = company()
    made.build.app("robot").permit("sp-robot", "06b708a9-e830-4db3-a914-8e69da51d44f")
    assert assigners(made) == {"sp-robot"}


def test_a_new_assignment_opens_only_what_an_app_role_names():
    made = company()
    made.account().role("other", trust=trusts_saml(PROVIDER))
    assert made.pairs("GIVES_IAM_ROLE") == {(GIVES, "deploy")}
    assert not company(account_enabled=False).pairs("GIVES_IAM_ROLE")
