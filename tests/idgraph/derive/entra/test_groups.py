import pytest

from tests.idgraph.derive.build import guards_of, pairs
from tests.idgraph.derive.entra.tenant import T, role, tenant

GROUP_WRITE = "62a82d76-70ea-41e2-9197-370581804d09"
MEMBER_WRITE = "dbaae8cf-10b5-4b86-a4a1-f871c94c6695"
DIRECTORY_WRITE = "19dbc75e-c2e2-444c-a770-ec69d8559fc7"
ROLE_WRITE = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"


def _writers(build, group="g"):
    return {source for source, end in pairs(build.derive(), "CAN_ADD_MEMBER") if end == group}


def test_members_of_a_security_group_are_chosen_by_roles_whose_actions_say_so():
    build = tenant().group("g")

    assert _writers(build) == {
        role(each)
        for each in ("GA", "UA", "GROUPS_ADMIN", "DIRECTORY_WRITERS", "INTUNE_ADMIN", "PT1", "PT2")
    }


def test_a_role_over_microsoft_365_groups_leaves_security_groups_alone():
    build = tenant().group("g", group_types=("Unified",))

    assert role("EXCHANGE_ADMIN") in _writers(build)
    assert role("INTUNE_ADMIN") not in _writers(build)
    assert role("EXCHANGE_ADMIN") not in _writers(tenant().group("g"))


def test_members_of_a_role_assignable_group_are_chosen_by_who_grants_roles():
    build = tenant().group("g", role_assignable=True).user("owner").edge("OWNS", "owner", "g")
    build.service("bot").permit("sp-bot", ROLE_WRITE)
    for number, permission in enumerate((GROUP_WRITE, MEMBER_WRITE, DIRECTORY_WRITE)):
        build.service(f"no{number}").permit(f"sp-no{number}", permission)

    assert _writers(build) == {role("GA"), role("PRA"), "owner", "sp-bot"}


@pytest.mark.parametrize("permission", [GROUP_WRITE, MEMBER_WRITE, DIRECTORY_WRITE])
def test_applications_choose_members_of_other_groups(permission):
    build = tenant().group("g").service("bot").permit("sp-bot", permission)

    assert "sp-bot" in _writers(build)


@pytest.mark.parametrize(
    "properties",
    [
        {"synced": True},
        {"group_types": ("DynamicMembership",)},
        {"membership_rule": 'user.department -eq "it"', "membership_rule_state": "On"},
        {"membership_rule": 'user.department -eq "it"'},
    ],
)
def test_nobody_adds_members_to_a_group_that_a_rule_or_another_directory_fills(properties):
    build = tenant().group("g", **properties).user("owner").edge("OWNS", "owner", "g")
    build.service("bot").permit("sp-bot", GROUP_WRITE)

    assert _writers(build) == set()


def test_a_rule_that_is_paused_leaves_the_choice_to_people():
    build = tenant().group("g", membership_rule="x", membership_rule_state="Paused")

    assert role("GA") in _writers(build)


def test_a_group_of_which_nobody_knows_whether_roles_are_assigned_to_it_is_an_assumption():
    build = tenant().group("g", role_assignable=None)

    assert guards_of(build.derive(), "CAN_ADD_MEMBER", role("UA"), "g") == {
        ("assume:group_not_role_assignable",)
    }


def test_a_restricted_unit_keeps_roles_applications_and_owners_from_its_groups():
    build = tenant().group("g").user("owner").edge("OWNS", "owner", "g")
    build.node(
        "EntraAdministrativeUnit", "vault", tenant_id=T, restricted=True, member_list_read=True
    ).edge("IN_UNIT", "g", "vault")
    build.service("bot").permit("sp-bot", GROUP_WRITE)

    assert _writers(build) == {f"{role('GROUPS_ADMIN')}@vault"}


def test_an_owner_may_be_kept_out_by_a_unit_nobody_loaded():
    build = tenant().group("g").user("owner").edge("OWNS", "owner", "g")
    del build.nodes[f"settled-{T}"]

    assert guards_of(build.derive(), "CAN_ADD_MEMBER", "owner", "g") == {
        ("assume:restricted_management_unit",)
    }


def test_an_owner_that_is_an_application_needs_a_permission():
    build = tenant().group("g").service("bot").service("idle").permit("sp-bot", MEMBER_WRITE)
    build.edge("OWNS", "sp-bot", "g").edge("OWNS", "sp-idle", "g")
    projection = build.derive()

    assert guards_of(projection, "CAN_ADD_MEMBER", "sp-idle", "g") == {
        ("assume:owner_app_permission",)
    }
    assert guards_of(projection, "CAN_ADD_MEMBER", "sp-bot", "g") == {()}
