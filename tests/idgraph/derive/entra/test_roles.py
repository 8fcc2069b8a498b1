import pytest

from idgraph.derive.entra.roles import built_in
from idgraph.graph import Flag
from tests.idgraph.derive.build import edges, flagged, guards_of, pairs, reachable
from tests.idgraph.derive.entra.tenant import TEMPLATES, T, Tenant, role, tenant

ROLE_WRITE = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
ASSIGNMENT_WRITE = "dd199f4a-f148-40a4-a2ec-f0069cc799ec"
ELIGIBILITY_WRITE = "fee28b28-e1f3-4841-818e-2704dc62245f"
APP_ROLE_WRITE = "06b708a9-e830-4db3-a914-8e69da51d44f"
ROOT = f"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9@/@{T}"


def _granters(build, target):
    return {source for source, end in pairs(build.derive(), "CAN_GRANT_ROLE") if end == target}


@pytest.mark.parametrize("target", ["GA", "PA", "APPLICATION_ADMIN"])
def test_every_role_is_granted_by_who_writes_role_assignments(target):
    build = tenant().service("bot").permit("sp-bot", ROLE_WRITE)
    build.service("pim").permit("sp-pim", ASSIGNMENT_WRITE)

    assert _granters(build, role(target)) == {
        role("GA"),
        role("PRA"),
        role("PT2"),
        "sp-bot",
        "sp-pim",
    }


def test_making_somebody_eligible_leaves_the_activation():
    build = tenant().service("pim").permit("sp-pim", ELIGIBILITY_WRITE)

    assert guards_of(build.derive(), "CAN_GRANT_ROLE", "sp-pim", role("GA")) == {
        (f"pim:{role('GA')}",)
    }


def test_granting_application_permissions_leads_to_global_administrator():
    build = tenant().service("bot").permit("sp-bot", APP_ROLE_WRITE)

    assert pairs(build.derive(), "CAN_GRANT_APP_ROLE") == {("sp-bot", role("GA"))}
    assert T in reachable(build.derive(), "sp-bot")


@pytest.mark.parametrize("permission", [APP_ROLE_WRITE, ROLE_WRITE])
def test_global_administrator_is_reached_even_where_no_export_holds_the_role(permission):
    build = Tenant().node("EntraTenant", T).settled().service("bot").permit("sp-bot", permission)
    projection = build.derive()

    found = reachable(projection, "sp-bot")
    assert {role("GA"), T, ROOT} <= found
    graph = projection.graph
    assert graph.kind_name(graph.position(role("GA"))) == "Power"


def test_no_power_is_made_up_where_nobody_has_it():
    build = Tenant().node("EntraTenant", T).settled().user("u")

    assert set(build.derive().graph.ids) == {T, f"settled-{T}", "u"}


def test_global_administrator_administers_the_tenant():
    assert pairs(tenant().derive(), "ADMINISTERS_TENANT") == {(role("GA"), T)}


def test_people_elevate_access_and_service_principals_by_assumption():
    build = tenant().user("boss", "GA").user("keeper", "PRA").user("clerk", "HA")
    build.service("bot").edge("HAS_ROLE", "sp-bot", role("GA"))
    build.group("admins", "inner", role_assignable=True).edge("HAS_ROLE", "admins", role("GA"))
    build.user("inner")
    projection = build.derive()

    assert {each for each in edges(projection, "CAN_ELEVATE_ACCESS") if each[1] != role("GA")} == {
        ("CAN_ELEVATE_ACCESS", who, ROOT, ()) for who in ("boss", "keeper", "inner")
    }
    assert guards_of(projection, "CAN_ELEVATE_ACCESS", role("GA"), ROOT) == {
        ("assume:elevate_access_by_service_principal",)
    }


def test_a_service_principal_alone_elevates_access_by_that_assumption_only():
    projection = tenant().service("bot").edge("HAS_ROLE", "sp-bot", role("GA")).derive()

    assert ROOT in reachable(projection, "sp-bot")
    assert ROOT not in reachable(projection, "sp-bot", passes=())


def test_people_eligible_for_it_elevate_access_once_they_activated():
    build = tenant().user("direct").user("inner").group("g", "inner", role_assignable=True)
    build.node("EntraRole", role("GA"), activation_requires_mfa=True)
    for principal in ("direct", "g"):
        build.edge("ELIGIBLE_FOR", principal, role("GA"), directory_scope="/")
    projection = build.derive()

    pim = f"pim:{role('GA')}"
    assert guards_of(projection, "CAN_ELEVATE_ACCESS", "direct", ROOT) == {("mfa:direct", pim)}
    assert guards_of(projection, "CAN_ELEVATE_ACCESS", "inner", ROOT) == {(pim,)}


@pytest.mark.parametrize(
    ("policy", "guards"),
    [
        ({}, ()),
        ({"activation_requires_mfa": False, "activation_requires_approval": False}, ()),
        ({"activation_requires_mfa": True}, ("mfa:u",)),
        ({"activation_requires_approval": True}, (f"approval:{role('UA')}",)),
        (
            {"activation_requires_mfa": True, "activation_requires_approval": True},
            (f"approval:{role('UA')}", "mfa:u"),
        ),
        (
            {"activation_requires_context": True},
            (f"condition:authentication context of {role('UA')}",),
        ),
        ({"activation_requires_justification": True, "activation_requires_ticket": True}, ()),
    ],
)
def test_activation_is_a_guard_and_its_policy_adds_more(policy, guards):
    build = tenant().user("u").node("EntraRole", role("UA"), **policy)
    build.edge("ELIGIBLE_FOR", "u", role("UA"), directory_scope="/")

    assert guards_of(build.derive(), "CAN_ACTIVATE_ROLE", "u", role("UA")) == {
        tuple(sorted((*guards, f"pim:{role('UA')}")))
    }


def test_an_eligible_role_is_not_held_until_it_is_activated():
    build = tenant().user("u").edge("ELIGIBLE_FOR", "u", role("GA"), directory_scope="/")
    projection = build.derive()

    assert role("GA") not in reachable(projection, "u")
    assert T in reachable(projection, "u", passes=["assume", "pim"])


def test_a_role_eligible_over_a_unit_is_activated_there():
    build = tenant().user("u").user("member")
    build.node("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False)
    build.edge("IN_UNIT", "member", "au")
    build.edge("ELIGIBLE_FOR", "u", role("HA"), directory_scope="/administrativeUnits/AU")
    projection = build.derive()

    power = f"{role('HA')}@au"
    assert edges(projection, "CAN_ACTIVATE_ROLE") == {
        ("CAN_ACTIVATE_ROLE", "u", power, (f"pim:{role('HA')}",))
    }
    assert guards_of(projection, "CAN_RESET_PASSWORD", power, "member") == {("mfa:member",)}


def test_approving_gives_the_approver_nothing():
    build = tenant().user("approver").edge("APPROVES_ACTIVATION", "approver", role("GA"))

    assert reachable(build.derive(), "approver", passes=["assume", "pim", "approval"]) == set()


def test_service_principals_cannot_activate():
    build = tenant().service("bot").edge("ELIGIBLE_FOR", "sp-bot", role("GA"), directory_scope="/")

    assert pairs(build.derive(), "CAN_ACTIVATE_ROLE") == set()


def test_intune_administrators_run_code_on_managed_windows_devices():
    build = tenant()
    for device, properties in {
        "pc": {"os": "Windows", "managed": True},
        "server": {"os": "WINDOWS Server"},
        "byod": {"os": "Windows", "managed": False},
        "phone": {"os": "iOS", "managed": True},
    }.items():
        build.node("EntraDevice", device, tenant_id=T, **properties)
    projection = build.derive()

    assert {each for each in edges(projection, "CAN_EXECUTE_ON") if each[1] != role("GA")} == {
        ("CAN_EXECUTE_ON", role("INTUNE_ADMIN"), "pc", ()),
        ("CAN_EXECUTE_ON", role("INTUNE_ADMIN"), "server", ("assume:device_managed",)),
    }


ORDINARY = {
    "DIRECTORY_READERS",
    "GUEST_INVITER",
    "MESSAGE_CENTER_READER",
    "REPORTS_READER",
    "USAGE_SUMMARY_READER",
    "UX_SUCCESS_MANAGER",
    "DIRECTORY_SYNC",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_built_in_role_is_privileged_by_what_it_permits(name):
    found = flagged(tenant().derive(), Flag.PRIVILEGED)

    assert (role(name) in found) is (name not in ORDINARY)


@pytest.mark.parametrize(
    ("action", "privileged"),
    [
        ("microsoft.directory/applications/credentials/update", True),
        ("microsoft.directory/applications.myOrganization/owners/update", True),
        ("microsoft.directory/groups.security.assignedMembership/members/update", True),
        ("microsoft.directory/conditionalAccessPolicies/basic/update", True),
        ("microsoft.directory/domains/federationConfiguration/basic/update", True),
        ("microsoft.directory/bitlockerKeys/key/read", True),
        ("microsoft.directory/applications/basic/update", False),
        ("microsoft.directory/groups/basic/update", False),
        ("microsoft.directory/users/password/read", False),
        ("microsoft.directory/auditLogs/allProperties/read", False),
        ("microsoft.office365.exchange/allEntities/basic/allTasks", False),
    ],
)
def test_a_custom_role_is_privileged_by_its_actions(action, privileged):
    build = tenant().node(
        "EntraRole", "custom", "Reader", tenant_id=T, built_in=False, actions=(action,)
    )

    assert ("custom" in flagged(build.derive(), Flag.PRIVILEGED)) is privileged


def test_a_built_in_role_outside_the_list_is_judged_by_the_actions_of_the_export():
    build = tenant().node(
        "EntraRole",
        f"new@{T}",
        built_in=True,
        template_id="new",
        actions=("microsoft.directory/policies/basic/update",),
    )

    assert f"new@{T}" in flagged(build.derive(), Flag.PRIVILEGED)


def test_the_list_of_built_in_roles_spells_ids_in_lower_case():
    assert all(template == template.lower() for template in built_in())
    assert len(built_in()) == 32
