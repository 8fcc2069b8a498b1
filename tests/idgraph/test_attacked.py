"""Faults that a stranger found by building small tenants, each held down by a law."""

from __future__ import annotations

import json

import pytest

from idgraph.errors import InputError, UnknownNameError
from idgraph.explorer import Explorer
from idgraph.stores import open_store

TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "/subscriptions/22222222-2222-4222-8222-222222222222"
VAULT = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"


def guid(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def record(kind, **data):
    return {"kind": kind, "data": data}


def user(number, name, **more):
    upn = f"{name}@t.example"
    return record(
        "AZUser",
        id=guid(number),
        displayName=name,
        userPrincipalName=upn,
        accountEnabled=True,
        userType="Member",
        tenantId=TENANT,
        **more,
    )


def app(number, client, name):
    return record("AZApp", id=guid(number), appId=guid(client), displayName=name, tenantId=TENANT)


def principal(number, client, name, **more):
    return record(
        "AZServicePrincipal",
        id=guid(number),
        appId=guid(client),
        displayName=name,
        servicePrincipalType="Application",
        appOwnerOrganizationId=TENANT,
        tenantId=TENANT,
        **more,
    )


def app_owner(outer, inner, *owners):
    each = [
        {
            "appId": guid(inner),
            "owner": {
                "id": guid(owner),
                "@odata.type": "#microsoft.graph.user",
                "displayName": "o",
            },
        }
        for owner in owners
    ]
    return record("AZAppOwner", appId=guid(outer), owners=each or None, tenantId=TENANT)


@pytest.fixture
def explore(tmp_path):
    def made(*records):
        tenant = record(
            "AZTenant", id=f"/tenants/{TENANT}", tenantId=TENANT, displayName="T", collected=True
        )
        data = [tenant, *records]
        file = tmp_path / "t.json"
        meta = {"type": "azure", "version": 5, "count": len(data)}
        file.write_text(json.dumps({"data": data, "meta": meta}))
        explorer = Explorer(open_store(str(tmp_path / "t.duckdb")))
        explorer.load("azurehound", file)
        return explorer

    return made


def test_a_tenant_without_any_owner_claim_has_an_answer(explore):
    answer = explore(user(1, "ada")).unowned()
    assert answer.unowned == ()


def test_a_tenant_whose_only_owner_is_valid_has_an_answer_and_a_view(explore, tmp_path):
    explorer = explore(user(1, "ada"), app(2, 3, "A"), app_owner(3, 2, 1))
    assert explorer.unowned().unowned == ()
    assert explorer.reach("ada").view(tmp_path / "v.html").exists()


@pytest.mark.parametrize(("outer", "inner"), [(3, 2), (3, 3), (2, 2)])
def test_an_app_owner_reaches_the_registration_whichever_id_names_it(explore, outer, inner):
    explorer = explore(
        user(1, "ada"),
        app(2, 3, "A"),
        app_owner(outer, inner, 1),
        principal(4, 3, "A", accountEnabled=True),
    )
    assert {each.id for each in explorer.reach("ada").nhis} == {guid(2), guid(4)}


def test_a_disabled_service_principal_is_reached_only_as_long_as_somebody_enables_it(explore):
    explorer = explore(user(1, "ada"), app(2, 3, "A"), app_owner(3, 2, 1), principal(4, 3, "A"))
    (found,) = (each for each in explorer.reach("ada").nhis if each.id == guid(4))
    assert found.assumes == ("assume:service_principal_enabled",)


def test_a_member_of_an_eligible_group_activates_with_its_own_second_factor(explore):
    role = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
    explorer = explore(
        user(1, "ada"),
        record(
            "AZGroup",
            id=guid(5),
            displayName="G",
            securityEnabled=True,
            isAssignableToRole=True,
            tenantId=TENANT,
        ),
        record(
            "AZGroupMember",
            groupId=guid(5),
            members=[
                {
                    "groupId": guid(5),
                    "member": {
                        "id": guid(1),
                        "@odata.type": "#microsoft.graph.user",
                        "displayName": "ada",
                    },
                }
            ],
        ),
        record(
            "AZRole",
            id=role,
            templateId=role,
            displayName="Application Administrator",
            isBuiltIn=True,
            isEnabled=True,
            tenantId=TENANT,
        ),
        record(
            "AZRoleEligibilityScheduleInstance",
            id="e1",
            roleDefinitionId=role,
            principalId=guid(5),
            directoryScopeId="/",
            tenantId=TENANT,
        ),
        record(
            "AZRoleManagementPolicyAssignment",
            id="p1",
            roleDefinitionId=role,
            tenantId=TENANT,
            endUserAssignmentRequiresMFA=True,
        ),
    )
    (found,) = explorer.reach("ada").privileged
    assert found.guards == (f"pim:{role}@{TENANT}",)


def test_a_role_over_a_unit_leaves_no_doubt_about_applications_which_no_unit_holds(explore):
    role = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
    explorer = explore(
        user(1, "ada"),
        app(2, 3, "A"),
        principal(4, 3, "A", accountEnabled=True),
        record(
            "AZRole",
            id=role,
            templateId=role,
            displayName="Application Administrator",
            isBuiltIn=True,
            isEnabled=True,
            tenantId=TENANT,
        ),
        record(
            "AZRoleAssignment",
            roleDefinitionId=role,
            tenantId=TENANT,
            roleAssignments=[
                {
                    "id": "a1",
                    "roleDefinitionId": role,
                    "principalId": guid(1),
                    "directoryScopeId": f"/administrativeUnits/{guid(9)}",
                }
            ],
        ),
    )
    assert explorer.reach("ada").nhis == ()


# Resets of the sample company.

ADAS = "NL-20431"  # the ticket of the reset of Ada's second factor


@pytest.fixture
def company(sample_store):
    return Explorer(open_store(str(sample_store)))


def test_a_reset_of_somebody_else_than_was_asked_about_is_refused(company):
    for ask in (company.reach, company.survivors):
        with pytest.raises(InputError, match="was of Ada Marlowe, not of Yusuf Demir"):
            ask("yusuf.demir@northlight.example", reset_event=ADAS)
        assert ask("ada.marlowe@northlight.example", reset_event=ADAS)


def test_a_reset_by_another_method_than_was_asked_about_is_refused(company):
    for ask in (company.reach, company.survivors):
        with pytest.raises(InputError, match="was mfa_reset, not tap"):
            ask(reset="tap", reset_event=ADAS)


def test_a_reset_of_an_account_that_no_directory_knows_is_nobodys(company):
    (event,) = (
        each
        for each in company.resets().events
        if "IDENTITY_NOT_IN_GRAPH" in {finding.code for finding in each.findings}
    )
    for ask in (company.reach, company.survivors):
        with pytest.raises(InputError, match="no loaded directory knows"):
            ask(reset_event=event.id)


def test_no_reset_goes_by_an_empty_name(company):
    with pytest.raises(UnknownNameError, match="is not known"):
        company.reach(reset_event=" ")


def test_two_loads_of_one_moment_are_not_compared(company):
    with pytest.raises(InputError, match="are one"):
        company.diff("3", "4")
    assert not company.diff("3", "3").to_frame().shape[0]


def test_whoever_holds_the_tenant_is_its_administrator(company):
    tenant = company.reach("Northlight Instruments", reset="federation_reset")
    assert "62e90394-69f5-4237-9190-012177145e10" in {
        each.id.partition("@")[0] for each in tenant.privileged
    }


def test_nobody_is_said_to_reset_himself_for_others_or_by_a_role_that_nobody_holds(company):
    answer = company.exposed("Ada Marlowe", limit=None)
    assert answer.ways
    for way in answer.ways:
        carried = {each.id for each in way.executors}
        assert carried or not way.is_known or way.executor == "self"
        if way.executor != "self" and len(carried) == 1:
            assert not carried & {each.id for each in way.identities}
