"""Roles, groups, applications, devices and permissions as BloodHound CE derives them."""

from __future__ import annotations

import pytest

from idgraph.derive import BLOODHOUND
from tests.idgraph.derive.build import Build, edges, pairs, reachable

TENANT = "t"
GRAPH = "00000003-0000-0000-c000-000000000000"
GLOBAL, PRIVILEGED_ROLE = (
    "62e90394-69f5-4237-9190-012177145e10",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
)
PRIVILEGED_AUTH = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
APP_ADMIN, CLOUD_APP_ADMIN = (
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
)
USER_ADMIN, GROUPS_ADMIN = (
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "fdd7a751-b60b-444a-984c-02652fe8fa1c",
)
INTUNE, KNOWLEDGE = "3a2c62db-5318-420d-8d74-23affee5d9d5", "b5a8dcf3-09d5-43a9-a639-8e29ef291470"
WRITERS, GOVERNANCE = "9360feb5-f418-4baa-8175-e2a00bac4301", "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"
KNOWLEDGE_MANAGER = "744ec460-397e-42ad-a462-8b3f9747a02c"
HYBRID, TIER1 = "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "4ba39ca4-527c-499a-b93d-d9b492c50246"
TIER2, SYNC = "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "d29b2b05-8046-44ba-8758-1e26182fcf32"
READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"

PERMISSIONS = {
    "Application": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    "AppRoleAssignment": "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Directory": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    "Group": "62a82d76-70ea-41e2-9197-370581804d09",
    "GroupMember": "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    "RoleManagement": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "ServicePrincipalEndpoint": "89c8469c-83ad-45f7-8ff2-6e3d4285709e",
    "Mail": "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
}
OBJECTS = ("app", "sp", "foreign", "managed", "plain", "dynamic", "synced", "privileged", "pc")


def directory(*templates: str) -> Build:
    build = Build().node("EntraTenant", TENANT, tenant_id=TENANT)
    own = {"tenant_id": TENANT}
    build.node("EntraUser", "u", **own).node("EntraServicePrincipal", "x", app_id="x", **own)
    build.node("EntraApp", "app", app_id="client", **own)
    build.node("EntraServicePrincipal", "sp", app_id="client", instance_lock=True, **own)
    build.node("EntraServicePrincipal", "foreign", app_owner_organization_id="t9", **own)
    build.node("EntraManagedIdentity", "managed", **own)
    build.node("EntraGroup", "plain", role_assignable=False, **own)
    build.node("EntraGroup", "dynamic", group_types=("DynamicMembership",), **own)
    build.node("EntraGroup", "synced", synced=True, **own)
    build.node("EntraGroup", "privileged", role_assignable=True, **own)
    build.node("EntraDevice", "pc", os="Windows 11", managed=False, **own)
    build.node("EntraDevice", "mac", os="macOS", **own)
    for template in templates:
        build.node("EntraRole", role(template), template_id=template, **own)
    return build


def role(template: str) -> str:
    return f"{template}@{TENANT}"


def reached(build: Build, start: str = "u") -> set[str]:
    return reachable(build.derive(BLOODHOUND), start, passes=())


def held(template: str) -> Build:
    return directory(template).edge("HAS_ROLE", "u", role(template))


@pytest.mark.parametrize("template", [GLOBAL, PRIVILEGED_ROLE, PRIVILEGED_AUTH])
def test_three_roles_hold_the_tenant_and_all_it_contains(template):
    assert {TENANT, *OBJECTS, "x", "mac"} <= reached(held(template))
    assert TENANT not in reached(held(READERS))


def test_a_role_by_one_role_assignable_group_counts_and_by_nesting_does_not():
    build = directory(GLOBAL).edge("HAS_ROLE", "privileged", role(GLOBAL))
    build.edge("MEMBER_OF", "u", "privileged").edge("MEMBER_OF", "x", "plain")
    build.edge("MEMBER_OF", "plain", "privileged")
    admins = {source for source, _ in pairs(build.derive(BLOODHOUND), "BH_DIRECTORY_ADMIN")}
    assert admins == {"privileged", "u", "plain"}


def test_a_role_by_an_ordinary_group_does_not_count():
    build = (
        directory(GLOBAL).edge("HAS_ROLE", "plain", role(GLOBAL)).edge("MEMBER_OF", "u", "plain")
    )
    admins = {source for source, _ in pairs(build.derive(BLOODHOUND), "BH_DIRECTORY_ADMIN")}
    assert admins == {"plain"}


def test_a_role_that_is_only_reached_does_not_hold_the_tenant():
    build = directory(GLOBAL).edge("ELIGIBLE_FOR", "u", role(GLOBAL), directory_scope="/")
    assert role(GLOBAL) in reached(build)
    assert TENANT not in reached(build)


@pytest.mark.parametrize(
    ("scope", "walked"), [("/", True), ("", True), ("/administrativeUnits/au", False)]
)
def test_an_eligible_role_is_walked_where_it_is_of_the_tenant(scope, walked):
    build = directory(READERS).edge("ELIGIBLE_FOR", "u", role(READERS), directory_scope=scope)
    assert (role(READERS) in reached(build)) == walked


@pytest.mark.parametrize("asks", [True, False, None])
def test_an_approver_holds_the_role_that_asks_for_approval(asks):
    known = {} if asks is None else {"activation_requires_approval": asks}
    build = directory().node("EntraRole", role(READERS), tenant_id=TENANT, **known)
    build.edge("APPROVES_ACTIVATION", "u", role(READERS))
    assert (role(READERS) in reached(build)) == (asks is True)


def test_where_no_approver_is_named_two_roles_approve():
    build = directory(GLOBAL, PRIVILEGED_ROLE, USER_ADMIN)
    build.node("EntraRole", role(READERS), tenant_id=TENANT, activation_requires_approval=True)
    found = pairs(build.derive(BLOODHOUND), "BH_ROLE_APPROVER")
    assert found == {(role(GLOBAL), role(READERS)), (role(PRIVILEGED_ROLE), role(READERS))}
    named = build.edge("APPROVES_ACTIVATION", "u", role(READERS)).derive(BLOODHOUND)
    assert pairs(named, "BH_ROLE_APPROVER") == {("u", role(READERS))}


PLAIN = {"plain", "dynamic", "synced"}


@pytest.mark.parametrize(
    ("template", "groups"),
    [
        (GLOBAL, {*PLAIN, "privileged"}),
        (PRIVILEGED_ROLE, {*PLAIN, "privileged"}),
        (GROUPS_ADMIN, PLAIN),
        (WRITERS, PLAIN),
        (GOVERNANCE, PLAIN),
        (USER_ADMIN, PLAIN),
        (INTUNE, PLAIN),
        (KNOWLEDGE, PLAIN),
        (KNOWLEDGE_MANAGER, PLAIN),
        (READERS, set()),
    ],
)
def test_roles_add_members_to_dynamic_and_synced_groups_too(template, groups):
    found = pairs(held(template).derive(BLOODHOUND), "BH_ADD_MEMBERS")
    assert found == {("u", group) for group in groups}


@pytest.mark.parametrize("template", [APP_ADMIN, CLOUD_APP_ADMIN])
def test_application_administrators_add_secrets_to_everything(template):
    projection = held(template).derive(BLOODHOUND)
    added = edges(projection, "CAN_ADD_SECRET", "BH_ADD_SECRET")
    assert {(source, target) for _, source, target, _ in added} == {
        (role(template), each) for each in ("app", "sp", "foreign", "managed", "x")
    }
    assert {each[2] for each in added if each[0] == "BH_ADD_SECRET"} == {"managed"}


@pytest.mark.parametrize("template", [HYBRID, TIER1, TIER2, SYNC])
def test_four_roles_become_owners_of_every_application(template):
    added = edges(held(template).derive(BLOODHOUND), "CAN_ADD_OWNER", "BH_ADD_OWNER")
    assert {each[2] for each in added} == {"app", "sp", "foreign", "managed", "x"}
    assert {each[1] for each in added} == {role(template)}


@pytest.mark.parametrize("template", [APP_ADMIN, CLOUD_APP_ADMIN])
def test_an_application_administrator_of_one_principal_holds_that_one(template):
    build = directory(template).edge("HAS_SCOPED_ROLE", "u", "sp", role_id=role(template))
    assert reached(build) == {"sp"}


def test_an_application_administrator_of_one_registration_ends_at_a_node_nobody_has():
    build = directory(APP_ADMIN).edge("HAS_SCOPED_ROLE", "u", "app", role_id=role(APP_ADMIN))
    assert reached(build) == set()


def test_any_other_scoped_role_is_of_the_whole_tenant():
    build = directory(USER_ADMIN).node("EntraAdministrativeUnit", "au", tenant_id=TENANT)
    build.edge("HAS_SCOPED_ROLE", "u", "au", role_id=role(USER_ADMIN))
    assert {role(USER_ADMIN), *PLAIN} <= reached(build)


@pytest.mark.parametrize("holder", ["u", "x"])
def test_intune_administrators_run_code_on_every_windows_device(holder):
    build = directory(INTUNE).edge("HAS_ROLE", holder, role(INTUNE))
    assert pairs(build.derive(BLOODHOUND), "BH_EXECUTE_COMMAND") == {(holder, "pc")}


APPS = {"app", "sp", "foreign", "managed", "x"}


@pytest.mark.parametrize(
    ("permission", "secrets", "owners", "members", "roles", "tenant"),
    [
        ("Application", APPS, APPS, set(), False, False),
        ("AppRoleAssignment", set(), set(), set(), False, True),
        ("Directory", set(), PLAIN, PLAIN, False, False),
        ("Group", set(), PLAIN, PLAIN, False, False),
        ("GroupMember", set(), set(), PLAIN, False, False),
        (
            "RoleManagement",
            APPS,
            {*APPS, *PLAIN, "privileged"},
            {*PLAIN, "privileged"},
            True,
            True,
        ),
        ("ServicePrincipalEndpoint", set(), APPS - {"app"}, set(), False, False),
        ("Mail", set(), set(), set(), False, False),
    ],
)
def test_seven_permissions_of_microsoft_graph(permission, secrets, owners, members, roles, tenant):
    build = directory(READERS).node("EntraServicePrincipal", "graph", app_id=GRAPH, tenant_id="ms")
    build.edge("HAS_APP_ROLE", "x", "graph", app_role_id=PERMISSIONS[permission])
    projection = build.derive(BLOODHOUND)

    def targets(*kinds: str) -> set[str]:
        return {each[2] for each in edges(projection, *kinds) if each[1] == "x"}

    assert targets("CAN_ADD_SECRET", "BH_ADD_SECRET") == secrets
    assert targets("CAN_ADD_OWNER", "BH_ADD_OWNER") == owners
    assert targets("CAN_ADD_MEMBER") == members
    assert targets("CAN_GRANT_ROLE") == ({role(READERS)} if roles else set())
    assert targets("BH_GRANT_APP_ROLES") == ({TENANT} if tenant else set())


def test_a_permission_of_another_interface_gives_nothing():
    build = directory(READERS).node("EntraServicePrincipal", "other", app_id="other")
    build.edge("HAS_APP_ROLE", "x", "other", app_role_id=PERMISSIONS["Application"])
    assert reached(build, "x") == set()


@pytest.mark.parametrize("owned", ["app", "sp", "managed", "plain", "dynamic", "pc"])
def test_an_owner_holds_whatever_it_owns(owned):
    assert owned in reached(directory().edge("OWNS", "u", owned))


def test_a_registration_runs_as_its_service_principal():
    assert reached(directory(), "app") == {"sp"}


def test_hubs_keep_the_edges_linear():
    def size(count: int) -> int:
        build = directory(APP_ADMIN, CLOUD_APP_ADMIN, GLOBAL, USER_ADMIN)
        for at in range(count):
            build.node("EntraApp", f"app{at}", tenant_id=TENANT)
            build.node("EntraUser", f"user{at}", tenant_id=TENANT)
            build.node("EntraGroup", f"group{at}", tenant_id=TENANT)
            build.edge("HAS_ROLE", f"user{at}", role(USER_ADMIN))
            build.node("EntraServicePrincipal", f"sp{at}", tenant_id=TENANT)
            permission = PERMISSIONS["RoleManagement"]
            build.edge(
                "HAS_APP_ROLE", f"sp{at}", "g", app_role_id=permission, resource_app_id=GRAPH
            )
        return build.derive(BLOODHOUND).graph.m

    assert size(80) - size(40) == 2 * (size(40) - size(20))


def test_no_hub_leads_to_a_hub_and_none_is_shared_with_strict():
    build = directory(APP_ADMIN, GLOBAL, USER_ADMIN, INTUNE, TIER1)
    for template in (APP_ADMIN, GLOBAL, USER_ADMIN, INTUNE, TIER1):
        build.edge("HAS_ROLE", "u", role(template))
    graph, strict = build.derive(BLOODHOUND).graph, build.derive().graph
    assert graph.hubs.any()
    assert not (graph.hubs[graph.source] & graph.hubs[graph.target]).any()
    assert not set(graph.ids[graph.hubs]) & set(strict.ids[strict.hubs])
