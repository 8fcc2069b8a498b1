import pytest

from tests.idgraph.derive.build import edges, guards_of, pairs, reachable
from tests.idgraph.derive.entra.tenant import T, role, tenant

FOREIGN = "99999999-9999-9999-9999-999999999999"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
WRITE_ALL = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
WRITE_OWNED = "18a4783c-866b-4cc7-a460-3d5e5662c884"
DIRECTORY_WRITE = "19dbc75e-c2e2-444c-a770-ec69d8559fc7"


def _writers(build, target, kind="CAN_ADD_SECRET"):
    return {source for source, end in pairs(build.derive(), kind) if end == target}


def test_roles_add_credentials_to_what_their_actions_cover():
    build = tenant().app("x")

    on_service_principals = {role("GA"), role("APPLICATION_ADMIN"), role("CLOUD_APPLICATION_ADMIN")}
    assert _writers(build, "sp-x") == on_service_principals
    assert _writers(build, "app-x") == {*on_service_principals, role("PT1"), role("PT2")}


def test_a_role_that_writes_owners_only_makes_itself_an_owner():
    build = tenant().app("x")

    assert _writers(build, "app-x", "CAN_ADD_OWNER") == {role("HYBRID_IDENTITY_ADMIN")}
    assert _writers(build, "sp-x", "CAN_ADD_OWNER") == {role("HYBRID_IDENTITY_ADMIN")}


def test_directory_synchronization_accounts_write_no_application():
    build = tenant().app("x")
    build.node(
        "EntraRole",
        role("DIRECTORY_SYNC"),
        actions=("microsoft.directory/servicePrincipals/credentials/update",),
    )

    assert role("DIRECTORY_SYNC") not in _writers(build, "sp-x")


@pytest.mark.parametrize(
    "service",
    [
        {"kind": "EntraManagedIdentity"},
        {"service_principal_type": "ManagedIdentity", "app_owner_organization_id": T},
        {"app_owner_organization_id": FOREIGN},
        {"app_owner_organization_id": MICROSOFT},
        {"app_owner_organization_id": T, "instance_lock": True},
    ],
)
@pytest.mark.parametrize("kind", ["CAN_ADD_SECRET", "CAN_ADD_OWNER"])
def test_a_service_principal_that_takes_no_credential_is_no_target(service, kind):
    build = tenant().user("owner").service("x", **service).service("bot")
    build.permit("sp-bot", WRITE_ALL).edge("OWNS", "owner", "sp-x")

    assert _writers(build, "sp-x", kind) == set()


def test_a_lock_that_was_not_exported_is_an_assumption_on_the_service_principal_only():
    build = tenant().user("owner").app("x", instance_lock=None)
    build.edge("OWNS", "owner", "sp-x").edge("OWNS", "owner", "app-x")
    projection = build.derive()

    for source in ("owner", role("APPLICATION_ADMIN")):
        assert guards_of(projection, "CAN_ADD_SECRET", source, "sp-x") == {
            ("assume:app_instance_lock",)
        }
        assert guards_of(projection, "CAN_ADD_SECRET", source, "app-x") == {()}


def test_an_unknown_home_is_settled_by_a_registration_of_the_same_client_id():
    build = tenant().app("home", app_owner_organization_id=None).service("lost")
    projection = build.derive()

    admin = role("APPLICATION_ADMIN")
    assert guards_of(projection, "CAN_ADD_SECRET", admin, "sp-home") == {()}
    assert guards_of(projection, "CAN_ADD_SECRET", admin, "sp-lost") == {
        ("assume:app_home_tenant",)
    }


@pytest.mark.parametrize("permission", [WRITE_ALL, DIRECTORY_WRITE])
def test_an_application_may_be_permitted_to_write_all_applications(permission):
    build = tenant().app("x").service("bot").permit("sp-bot", permission)

    assert "sp-bot" in _writers(build, "app-x")
    assert "sp-bot" in _writers(build, "sp-x")


def test_an_application_writes_what_it_owns_if_it_is_permitted_to():
    build = tenant().app("x").app("y").service("bot").service("idle")
    build.permit("sp-bot", WRITE_OWNED)
    build.edge("OWNS", "sp-bot", "app-x").edge("OWNS", "sp-idle", "app-x")
    projection = build.derive()

    assert guards_of(projection, "CAN_ADD_SECRET", "sp-bot", "app-x") == {()}
    assert guards_of(projection, "CAN_ADD_SECRET", "sp-bot", "app-y") == set()
    assert guards_of(projection, "CAN_ADD_SECRET", "sp-idle", "app-x") == {
        ("assume:owner_app_permission",)
    }


def test_a_guest_acts_as_owner_where_guests_have_what_members_have():
    build = tenant().app("x").user("guest", user_type="Guest").edge("OWNS", "guest", "app-x")

    assert guards_of(build.derive(), "CAN_ADD_SECRET", "guest", "app-x") == {
        ("assume:guest_owner_access",)
    }


@pytest.mark.parametrize(
    ("audience", "guards"),
    [
        ("AzureADMyOrg", {()}),
        ("AzureADMultipleOrgs", set()),
        (None, {("assume:app_single_directory",)}),
    ],
)
def test_a_custom_role_over_single_directory_applications_writes_no_others(audience, guards):
    build = tenant().app("x")
    build.node("EntraApp", "app-x", audience=audience)
    build.node(
        "EntraRole",
        f"custom@{T}",
        built_in=False,
        actions=("microsoft.directory/applications.myOrganization/credentials/update",),
    )

    assert guards_of(build.derive(), "CAN_ADD_SECRET", f"custom@{T}", "app-x") == guards


def test_a_role_over_one_application_writes_that_one_only():
    build = tenant().app("x").app("y").user("dev")
    build.edge("HAS_SCOPED_ROLE", "dev", "app-x", role_id=role("APPLICATION_ADMIN"))
    power = f"{role('APPLICATION_ADMIN')}@app-x"
    projection = build.derive()

    assert ("dev", power) in pairs(projection, "HOLDS_SCOPED_ROLE")
    assert {end for source, end in pairs(projection, "CAN_ADD_SECRET") if source == power} == {
        "app-x"
    }
    found = reachable(projection, "dev")
    assert {"app-x", "sp-x"} <= found
    assert not {"app-y", "sp-y", role("APPLICATION_ADMIN")} & found


def test_a_power_node_stands_for_what_the_role_is_scoped_to():
    build = tenant().app("x").user("dev")
    build.edge("HAS_SCOPED_ROLE", "dev", "app-x", role_id=role("APPLICATION_ADMIN"))
    graph = build.derive().graph

    power = graph.position(f"{role('APPLICATION_ADMIN')}@app-x")
    assert graph.ids[graph.stands_for[power]] == "app-x"


def test_a_registration_signs_in_as_its_service_principal():
    build = tenant().app("x").app("y")

    assert pairs(build.derive(), "RUNS_AS") == {("app-x", "sp-x"), ("app-y", "sp-y")}


def test_a_registration_signs_in_as_its_instances_in_other_tenants():
    other = "22222222-2222-2222-2222-222222222222"
    build = tenant().app("x").node("EntraTenant", other)
    build.node(
        "EntraServicePrincipal",
        "sp-abroad",
        tenant_id=other,
        app_id="CLIENT-X",
        app_owner_organization_id=T,
    )
    build.node("EntraServicePrincipal", "sp-stranger", tenant_id=other, app_id="client-x")

    assert pairs(build.derive(), "RUNS_AS") == {("app-x", "sp-x"), ("app-x", "sp-abroad")}


def test_an_owner_reaches_what_the_application_is_permitted():
    build = tenant().app("x").user("dev").edge("OWNS", "dev", "app-x")
    build.permit("sp-x", "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8")

    assert {"sp-x", role("GA"), T} <= reachable(build.derive(), "dev")


def test_applications_are_no_product_of_roles_and_targets():
    build = tenant()
    for number in range(30):
        build.app(f"a{number}")
    raw = edges(build.derive(), "CAN_ADD_SECRET", expand=False)

    into_hubs = {each for each in raw if each[2].startswith("hub:")}
    assert len(raw) - len(into_hubs) == 60
    assert len(into_hubs) < 12
