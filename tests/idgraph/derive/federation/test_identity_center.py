"""Who of Entra signs in as whom in IAM Identity Center, and which roles are assigned there."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, allow, deny
from tests.idgraph.derive.federation.center import (
    ADA,
    ADMINS,
    ALL,
    BOB,
    INSTANCE,
    ISSUER,
    OTHER,
    STORE,
    Company,
    role_name,
    set_arn,
    trusts_saml,
)

ADA_UPN = "ada@contoso.example"
TENANT = ("assume:identity_center_tenant",)
ASSIGNMENT = ("assume:app_assignment",)


def signs_in(company):
    return company.guards("SIGNS_IN_AS")


def with_ada(name="Ada@Contoso.example", **more):
    return Company().person(ADA, ADA_UPN).sso_user("u-ada", name, **more)


# Who signs in.


def test_nothing_loaded_of_the_identity_source_is_assumed_not_known():
    assert signs_in(with_ada()) == {(ADA, "u-ada"): TENANT}


def test_the_user_name_is_compared_without_case_and_whole():
    assert signs_in(with_ada("ada")) == {}


def test_an_external_id_that_is_the_object_id_proves_who_it_is_whatever_the_user_name():
    assert signs_in(with_ada("somebody", external=ADA.upper())) == {(ADA, "u-ada"): ()}


def test_one_user_that_scim_made_proves_the_tenant_for_all_users_of_the_store():
    company = with_ada().person(BOB, "bob@contoso.example")
    company.sso_user("u-bob", "bob", external=BOB)
    assert signs_in(company) == {(ADA, "u-ada"): (), (BOB, "u-bob"): ()}


def test_an_issuer_that_names_the_tenant_proves_it():
    named = f"https://sts.windows.net/{'11111111-1111-1111-1111-111111111111'}/|ada.nickname"
    assert signs_in(with_ada(external=named)) == {(ADA, "u-ada"): ()}


@pytest.mark.parametrize(
    "addresses",
    [
        {"identifiers": (ISSUER,)},
        {"identifiers": ("client", ISSUER.upper())},
        {"reply_urls": (f"https://us-east-1.signin.aws.amazon.com/platform/saml/acs/{STORE}",)},
        {"login_url": f"https://{STORE}.awsapps.com/start"},
    ],
)
def test_an_application_that_names_the_store_makes_it_certain(addresses):
    company = with_ada().application(required=False, **{"identifiers": (), **addresses})
    assert signs_in(company) == {(ADA, "u-ada"): ()}


def test_a_registration_names_the_store_as_well():
    company = with_ada().application(required=False, identifier="")
    company.build.node(
        "EntraApp",
        "app-center",
        tenant_id="11111111-1111-1111-1111-111111111111",
        app_id="CLIENT-center",
        identifier_uris=(ISSUER,),
    )
    assert signs_in(company) == {(ADA, "u-ada"): ()}


def test_an_address_at_another_host_names_nothing():
    company = with_ada().application(identifier=f"https://evil.example/platform/saml/{STORE}")
    assert signs_in(company) == {(ADA, "u-ada"): TENANT}


def test_an_application_of_another_tenant_excludes_this_one():
    company = with_ada().application("theirs", tenant_id=OTHER)
    assert signs_in(company) == {}


def test_one_user_name_in_two_tenants_is_of_the_tenant_whose_application_names_the_store():
    company = with_ada().application(required=False).person(BOB, ADA_UPN, tenant=OTHER)
    assert signs_in(company) == {(ADA, "u-ada"): ()}


def test_one_user_name_in_two_tenants_is_of_either_where_nothing_names_the_store():
    company = with_ada().person(BOB, ADA_UPN, tenant=OTHER)
    assert signs_in(company) == {(ADA, "u-ada"): TENANT, (BOB, "u-ada"): TENANT}


def test_two_tenants_that_both_name_the_store_are_each_assumed():
    company = with_ada().application(required=False)
    company.application("theirs", required=False, tenant_id=OTHER)
    company.person(BOB, ADA_UPN, tenant=OTHER)
    assert signs_in(company) == {(ADA, "u-ada"): TENANT, (BOB, "u-ada"): TENANT}


def test_whoever_is_not_assigned_does_not_sign_in_whichever_of_two_tenants_it_is():
    company = with_ada().application().whole()
    company.application("theirs", tenant_id=OTHER).whole(source=f"azurehound:{OTHER}")
    company.person(BOB, ADA_UPN, tenant=OTHER).assign(BOB, "theirs")
    assert signs_in(company) == {(BOB, "u-ada"): TENANT}


def test_a_tenant_without_such_an_application_signs_nobody_in():
    assert signs_in(with_ada().application(identifier="").whole()) == {}


def test_an_application_of_an_identity_center_not_named_leaves_it_open():
    reply = ("https://eu-west-1.sso.signin.aws/platform/saml/acs/4f0c-11",)
    company = with_ada().application(identifier="", reply_urls=reply).whole()
    assert signs_in(company) == {(ADA, "u-ada"): TENANT}


def test_service_principals_that_were_not_loaded_whole_exclude_nothing():
    company = with_ada().application(identifier="").whole("AZAppRoleAssignment")
    assert signs_in(company) == {(ADA, "u-ada"): TENANT}


def test_an_account_that_is_disabled_signs_in_nowhere():
    company = Company().person(ADA, ADA_UPN, account_enabled=False).sso_user("u-ada", ADA_UPN)
    assert signs_in(company) == {}


def test_a_user_who_is_disabled_in_identity_center_is_signed_in_by_nobody():
    company = with_ada(external=ADA, enabled=False).application(required=False)
    assert signs_in(company) == {}
    assert company.pairs("SIGNS_IN_ANYBODY") == set()


def test_an_instance_says_which_store_it_has():
    named = f"https://identitycenter.amazonaws.com/{INSTANCE}"
    company = with_ada().application(required=False, identifier=named)
    assert signs_in(company) == {(ADA, "u-ada"): TENANT}
    instance = f"arn:aws:sso:::instance/{INSTANCE}"
    company.build.node("AWSIdentityCenter", instance, identity_store=STORE)
    assert signs_in(company) == {(ADA, "u-ada"): ()}


def test_an_assignment_tells_the_instance_as_well():
    named = f"https://identitycenter.amazonaws.com/{INSTANCE}"
    company = with_ada().application(required=False, identifier=named).permission_set("Admin")
    assert signs_in(company.assigned("u-ada", "Admin")) == {(ADA, "u-ada"): ()}


# Who is assigned to the application.


def test_whoever_is_assigned_signs_in():
    assert signs_in(with_ada().application().assign(ADA).whole()) == {(ADA, "u-ada"): ()}


def test_whoever_is_not_assigned_does_not_where_all_assignments_are_known():
    assert signs_in(with_ada().application().assign(BOB).whole()) == {}


def test_whoever_is_not_assigned_may_be_where_assignments_are_not_all_known():
    assert signs_in(with_ada().application().assign(BOB)) == {(ADA, "u-ada"): ASSIGNMENT}


def test_assignments_of_an_application_without_app_roles_are_never_collected():
    company = with_ada().application(app_role_count=0).whole()
    assert signs_in(company) == {(ADA, "u-ada"): ASSIGNMENT}


def test_a_member_of_an_assigned_group_signs_in_and_one_of_a_group_within_it_does_not():
    company = with_ada().application().assign(ADMINS).whole().person(BOB, "bob@contoso.example")
    company.sso_user("u-bob", "bob@contoso.example")
    company.build.group(ADMINS, ADA, "inner").group("inner", BOB)
    assert signs_in(company) == {(ADA, "u-ada"): ()}


def test_a_disabled_application_lets_nobody_in():
    company = with_ada().application(required=False, account_enabled=False).assign(ADA)
    assert signs_in(company) == {}


# Groups.


def test_a_group_that_scim_made_takes_the_members_of_its_group_in_entra():
    company = Company().sso_group("g-admins", external=ADMINS)
    company.build.group(ADMINS, ADA)
    assert company.guards("IS_PROVISIONED_AS") == {(ADMINS, "g-admins"): ()}


def test_a_group_that_is_not_assigned_to_the_application_passes_nothing_on_by_itself():
    company = Company().application().whole().sso_group("g-old", external=ADMINS)
    company.build.group(ADMINS, BOB).user(BOB)
    ((_, guards),) = company.guards("IS_PROVISIONED_AS").items()
    assert [each.partition(":")[0] for each in guards] == ["condition"]
    assert "g-old" not in company.reach(BOB)
    company.assign(ADMINS)
    assert company.guards("IS_PROVISIONED_AS") == {(ADMINS, "g-old"): ()}


def test_a_group_may_be_assigned_where_assignments_are_not_all_known():
    company = Company().application().sso_group("g-old", external=ADMINS)
    company.build.group(ADMINS, BOB)
    assert company.guards("IS_PROVISIONED_AS") == {(ADMINS, "g-old"): ("assume:app_assignment",)}


def test_a_disabled_application_lets_no_group_in():
    company = Company().application(account_enabled=False).sso_group("g-old", external=ADMINS)
    company.build.group(ADMINS, BOB)
    company.assign(ADMINS)
    assert company.pairs("IS_PROVISIONED_AS") == set()


def test_groups_within_a_group_are_not_provisioned():
    company = Company().sso_group("g-admins", external=ADMINS)
    company.build.group(ADMINS, ADA, "inner").group("inner", BOB)
    assert company.guards("IS_PROVISIONED_AS") == {(ADMINS, "g-admins"): ("assume:direct_member",)}


def test_a_group_found_by_its_name_must_be_assigned_to_the_application():
    company = Company().application().sso_group("g-admins", name="AWS Admins")
    company.build.group(ADMINS, name="aws admins").group("same-name", name="AWS Admins")
    assert company.pairs("IS_PROVISIONED_AS") == set()
    company.assign(ADMINS)
    assert company.guards("IS_PROVISIONED_AS") == {
        (ADMINS, "g-admins"): ("assume:group_provisioning",)
    }


# Which roles are assigned.


def assigned_company():
    company = with_ada(external=ADA).permission_set("Admin").permission_set("Read_Only")
    company.reserved("Admin")
    company.reserved("Read_Only", allow("s3:Get*"))
    company.reserved("Admin", account=TWO)
    return company


def test_an_assignment_takes_on_the_role_of_that_set_in_that_account():
    company = assigned_company().assigned("u-ada", "Read_Only")
    assert company.guards("TAKES_ASSIGNED_ROLE") == {("u-ada", role_name("Read_Only")): ()}


def test_an_assignment_in_another_account_opens_nothing_here():
    company = assigned_company().assigned("u-ada", "Admin", TWO)
    assert f"arn:aws:iam::{TWO}:role" in next(
        target for _, _, target, _ in edges_of(company, "TAKES_ASSIGNED_ROLE")
    )
    assert ONE not in company.reach(ADA)
    assert TWO in company.reach(ADA)


def edges_of(company, kind):
    from tests.idgraph.derive.build import edges

    return edges(company.derive(), kind)


def test_a_group_passes_its_assignments_to_its_members():
    company = assigned_company().sso_group("g-admins", "u-ada").assigned("g-admins", "Admin")
    assert company.pairs("HAS_ASSIGNMENTS_OF") == {("u-ada", "g-admins")}
    assert company.reach(ADA, passes=()) >= {"u-ada", "g-admins", role_name("Admin"), ONE}


def test_a_group_of_entra_reaches_the_account_through_the_group_that_scim_made():
    company = (
        assigned_company().sso_group("g-admins", external=ADMINS).assigned("g-admins", "Admin")
    )
    company.build.group(ADMINS, BOB).user(BOB)
    assert company.reach(BOB, passes=()) >= {ADMINS, "g-admins", role_name("Admin"), ONE}


def test_a_role_of_that_name_that_identity_center_did_not_make_is_none_of_its_roles():
    company = with_ada(external=ADA).permission_set("Admin").assigned("u-ada", "Admin")
    account = company.account()
    provider = account.arn("saml-provider", "AWSSSO_0011223344556677_DO_NOT_DELETE")
    account.role(role_name("Admin"), ALL, trust=trusts_saml(provider))
    assert company.pairs("TAKES_ASSIGNED_ROLE") == set()


def test_a_role_that_trusts_another_provider_is_not_taken_on():
    company = with_ada(external=ADA).permission_set("Admin").assigned("u-ada", "Admin")
    account = company.account()
    name = f"aws-reserved/sso.amazonaws.com/{role_name('Admin')}"
    account.role(name, ALL, trust=trusts_saml(account.arn("saml-provider", "entra")))
    assert company.pairs("TAKES_ASSIGNED_ROLE") == set()


def test_two_roles_of_one_set_in_one_account_are_each_assumed():
    company = assigned_company().assigned("u-ada", "Admin")
    company.reserved("Admin", suffix="fedcba9876543210")
    doubt = ("assume:permission_set_role",)
    assert company.guards("TAKES_ASSIGNED_ROLE") == {
        ("u-ada", role_name("Admin")): doubt,
        ("u-ada", role_name("Admin", "fedcba9876543210")): doubt,
    }


def test_what_the_trust_policy_asks_beyond_the_audience_is_a_condition():
    company = with_ada(external=ADA).permission_set("Admin").assigned("u-ada", "Admin")
    account = company.account()
    provider = account.arn("saml-provider", "AWSSSO_0011223344556677_DO_NOT_DELETE")
    trust = trusts_saml(provider, **{"SAML:sub_type": "persistent"})
    account.role(f"aws-reserved/sso.amazonaws.com/{role_name('Admin')}", ALL, trust=trust)
    assert company.guards("TAKES_ASSIGNED_ROLE") == {
        ("u-ada", role_name("Admin")): ("condition:StringEquals SAML:sub_type persistent",)
    }


# Accounts and assignments that were not loaded.


def test_a_set_with_every_permission_administers_an_account_of_which_nothing_was_loaded():
    company = with_ada(external=ADA).permission_set("Admin", ALL).assigned("u-ada", "Admin")
    assert company.guards("ADMINISTERS_BY_ASSIGNMENT") == {("u-ada", ONE): ()}
    assert ONE in company.reach(ADA, passes=())


def test_two_sets_that_administer_one_account_are_two_edges():
    company = with_ada(external=ADA)
    for name in ("Admin", "Owner"):
        company.permission_set(name, ALL).assigned("u-ada", name)
    graph = company.derive().graph
    kind = graph.catalogue.edge_code("ADMINISTERS_BY_ASSIGNMENT")
    assert int((graph.edge_kinds == kind).sum()) == 2


def test_a_set_with_few_permissions_does_not_and_leaves_no_doubt():
    company = with_ada(external=ADA).permission_set("Read", allow("s3:Get*"))
    company.assigned("u-ada", "Read")
    assert company.edges("ADMINISTERS_BY_ASSIGNMENT", "MAY_LEAD_TO") == set()


def test_a_service_control_policy_of_the_account_binds_the_set():
    company = with_ada(external=ADA).permission_set("Admin", ALL).assigned("u-ada", "Admin")
    company.account().scp("no-iam", ALL, deny("iam:*"))
    assert company.edges("ADMINISTERS_BY_ASSIGNMENT", "MAY_LEAD_TO") == set()


def test_a_boundary_of_the_set_that_was_not_loaded_is_unknown_never_none():
    company = with_ada(external=ADA).permission_set("Admin", ALL).assigned("u-ada", "Admin")
    policy = f"arn:aws:iam::{TWO}:policy/unread"
    company.build.mention("AWSPolicy", policy).edge("HAS_BOUNDARY", set_arn("Admin"), policy)
    found = company.guards("ADMINISTERS_BY_ASSIGNMENT")
    assert set(found) == {("u-ada", ONE)}
    assert all(each.startswith("condition:") for guards in found.values() for each in guards)
    assert all(found.values())


def test_a_set_of_which_nothing_is_known_may_administer_the_account():
    company = with_ada(external=ADA).permission_set("Admin").assigned("u-ada", "Admin")
    assert company.guards("MAY_LEAD_TO") == {
        ("u-ada", blind(f"{set_arn('Admin')}@{ONE}")): (),
        (blind(f"{set_arn('Admin')}@{ONE}"), ONE): (
            f"unknown:IAM role of {set_arn('Admin')}@{ONE}",
        ),
    }


def blind(subject):
    return f"blind:permission-set:{subject}"


def test_a_role_to_which_nobody_is_assigned_is_not_passed_over():
    company = with_ada(external=ADA)
    company.reserved("Admin")
    assert company.guards("MAY_LEAD_TO") == {
        ("u-ada", "blind:account-assignments"): (),
        ("blind:account-assignments", role_name("Admin")): (
            f"unknown:account assignments of {ONE}",
        ),
    }
    assert ONE not in company.reach(ADA)
    assert ONE in company.reach(ADA, passes=("unknown",))


def test_where_no_user_of_identity_center_is_known_those_assigned_to_the_application_may_be():
    company = Company().person(ADA, ADA_UPN).person(BOB, "bob@contoso.example")
    company.application().assign(ADA)
    company.reserved("Admin")
    assert company.pairs("MAY_LEAD_TO") >= {(ADA, "blind:account-assignments")}
    assert (BOB, "blind:account-assignments") not in company.pairs("MAY_LEAD_TO")


@pytest.mark.parametrize("size", [10, 20])
def test_edges_grow_with_what_is_assigned(size):
    company = Company().permission_set("Admin").sso_group("g")
    for number in range(size):
        account = f"{111122220000 + number}"
        company.reserved("Admin", account=account)
        company.assigned("g", "Admin", account)
        company.sso_user(f"u-{number}", f"u{number}@x")
        company.build.edge("IN_GROUP", f"u-{number}", "g")
    graph = company.derive().graph
    kinds = [
        graph.catalogue.edge_code(each) for each in ("TAKES_ASSIGNED_ROLE", "HAS_ASSIGNMENTS_OF")
    ]
    assert [int((graph.edge_kinds == each).sum()) for each in kinds] == [size, size]
