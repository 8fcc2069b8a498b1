import pytest

from tests.idgraph.derive.build import edges, guards_of, pairs, reachable
from tests.idgraph.derive.entra.tenant import TEMPLATES, T, role, tenant

RESETTERS = ("PA", "HA", "AA", "UA", "PAA", "GA", "PT1", "PT2")

# Microsoft's table, copied out by hand; the partner roles as its note says.
TABLE = {
    "nothing": "PA HA AA UA PAA GA PT1 PT2",
    "membership of a role-assignable group": "PAA GA PT2",
    "ownership of a role-assignable group": "PAA GA PT2",
    "a role over a restricted unit": "PAA GA PT2",
    "DIRECTORY_READERS": "PA HA AA UA PAA GA PT2",
    "GUEST_INVITER": "PA HA AA UA PAA GA PT2",
    "PA": "PA HA AA UA PAA GA PT2",
    "HA": "HA UA PAA GA PT2",
    "AA": "AA PAA GA PT2",
    "UA": "UA PAA GA PT2",
    "GROUPS_ADMIN": "UA PAA GA PT2",
    "MESSAGE_CENTER_READER": "HA AA UA PAA GA PT2",
    "REPORTS_READER": "HA AA UA PAA GA PT2",
    "USAGE_SUMMARY_READER": "HA AA UA PAA GA PT2",
    "UX_SUCCESS_MANAGER": "HA AA UA PAA GA PT2",
    "PAA": "PAA GA PT2",
    "PRA": "PAA GA PT2",
    "APPLICATION_ADMIN": "PAA GA PT2",
    "a custom role": "PAA GA PT2",
    "GA": "PAA GA PT2",
}


def _target(holding):
    build = tenant()
    if holding == "membership of a role-assignable group":
        return build.user("target").group("rag", "target", role_assignable=True)
    if holding == "ownership of a role-assignable group":
        build.user("target").group("rag", role_assignable=True)
        return build.edge("OWNS", "target", "rag")
    if holding == "a role over a restricted unit":
        build.user("target").node(
            "EntraAdministrativeUnit", "vault", tenant_id=T, restricted=True, member_list_read=True
        )
        return build.edge("HAS_SCOPED_ROLE", "target", "vault", role_id=role("DIRECTORY_READERS"))
    if holding == "a custom role":
        build.user("target").node("EntraRole", f"custom@{T}", built_in=False, actions=())
        return build.edge("HAS_ROLE", "target", f"custom@{T}")
    return build.user("target", *(() if holding == "nothing" else (holding,)))


def _resetters(build, kind="CAN_RESET_PASSWORD", target="target"):
    found = {source for source, end in pairs(build.derive(), kind) if end == target}
    return {name for name in RESETTERS if role(name) in found}


@pytest.mark.parametrize(
    ("holding", "resetter"), [(holding, resetter) for holding in TABLE for resetter in RESETTERS]
)
def test_a_password_is_reset_by_whom_the_table_names(holding, resetter):
    allowed = resetter in TABLE[holding].split()

    assert (resetter in _resetters(_target(holding))) is allowed


def test_nobody_outside_the_table_resets():
    found = pairs(_target("nothing").derive(), "CAN_RESET_PASSWORD")

    assert {source for source, _ in found} == {role(name) for name in RESETTERS}


def test_of_several_roles_each_must_be_within_reach_of_the_resetter():
    build = tenant().user("target", "HA", "REPORTS_READER", "AA")

    assert _resetters(build) == {"PAA", "GA", "PT2"}
    assert _resetters(tenant().user("target", "HA", "REPORTS_READER")) == {
        "HA",
        "UA",
        "PAA",
        "GA",
        "PT2",
    }


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_role_held_through_groups_protects(depth):
    build = tenant().user("target").edge("MEMBER_OF", "target", "g0")
    for level in range(depth):
        build.group(f"g{level}")
        if level:
            build.edge("MEMBER_OF", f"g{level - 1}", f"g{level}")
    build.edge("HAS_ROLE", f"g{depth - 1}", role("PRA"))

    assert _resetters(build) == {"PAA", "GA", "PT2"}


def test_a_role_over_an_ordinary_unit_counts_as_a_role():
    build = (
        tenant()
        .user("target")
        .node("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False, member_list_read=True)
    )
    build.edge("HAS_SCOPED_ROLE", "target", "au", role_id=role("HA"))

    assert _resetters(build) == set(TABLE["HA"].split())


def test_an_ordinary_group_protects_nobody():
    build = tenant().user("target").group("g", "target").edge("OWNS", "target", "g")

    assert _resetters(build) == set(RESETTERS)


def test_a_reset_leaves_the_targets_own_second_factor():
    found = guards_of(tenant().user("target").derive(), "CAN_RESET_PASSWORD", role("HA"), "target")

    assert found == {("mfa:target",)}


def test_a_role_one_is_only_eligible_for_protects_by_assumption_only():
    build = tenant().user("target").edge("ELIGIBLE_FOR", "target", role("PRA"), directory_scope="/")
    projection = build.derive()

    helpdesk = guards_of(projection, "CAN_RESET_PASSWORD", role("HA"), "target")
    privileged = guards_of(projection, "CAN_RESET_PASSWORD", role("PAA"), "target")
    assert helpdesk == {("assume:eligible_role_protection", "mfa:target")}
    assert privileged == {("mfa:target",)}


def test_an_eligible_role_within_reach_leaves_no_doubt():
    build = (
        tenant()
        .user("target")
        .edge("ELIGIBLE_FOR", "target", role("REPORTS_READER"), directory_scope="/")
    )
    projection = build.derive()

    assert guards_of(projection, "CAN_RESET_PASSWORD", role("HA"), "target") == {("mfa:target",)}
    assert guards_of(projection, "CAN_RESET_PASSWORD", role("PA"), "target") == {
        ("assume:eligible_role_protection", "mfa:target")
    }


def test_a_disabled_account_is_opened_only_by_who_may_enable_it():
    build = tenant().user("target", account_enabled=False)

    assert _resetters(build) == {"AA", "UA", "PAA", "GA", "PT1", "PT2"}


def test_a_disabled_holder_of_a_role_is_opened_where_the_row_allows():
    build = tenant().user("target", "HA", account_enabled=False)

    assert _resetters(build) == {"UA", "PAA", "GA", "PT2"}


def test_a_synced_account_needs_writeback():
    build = tenant().user("target", synced=True)
    projection = build.derive()

    for kind in ("CAN_RESET_PASSWORD", "CAN_RESET_MFA"):
        (guards,) = guards_of(projection, kind, role("GA"), "target")
        assert "assume:password_writeback" in guards
    assert guards_of(projection, "CAN_ISSUE_TAP", role("GA"), "target") == {("assume:tap_policy",)}


@pytest.mark.parametrize(
    "properties",
    [
        {"user_type": "Guest"},
        {"upn": "ada_other.example#EXT#@contoso.example"},
    ],
)
def test_the_password_of_a_guest_is_kept_elsewhere(properties):
    projection = tenant().user("target", **properties).derive()

    kinds = ("CAN_RESET_PASSWORD", "CAN_RESET_MFA", "CAN_ISSUE_TAP")
    assert not [each for each in edges(projection, *kinds) if each[2] == "target"]


def test_restricted_units_that_nobody_loaded_are_an_assumption():
    build = tenant().user("target")
    del build.nodes[f"settled-{T}"]
    projection = build.derive()

    assert guards_of(projection, "CAN_RESET_PASSWORD", role("HA"), "target") == {
        ("assume:restricted_management_unit", "mfa:target")
    }
    assert guards_of(projection, "CAN_RESET_MFA", role("AA"), "target") == {
        ("assume:restricted_management_unit",)
    }


@pytest.mark.parametrize(
    "unit",
    [
        {"restricted": None, "member_list_read": True},
        {"restricted": True},
        {},
    ],
)
def test_one_unit_in_doubt_is_enough_for_the_assumption(unit):
    build = tenant().user("target").node("EntraAdministrativeUnit", "au", tenant_id=T, **unit)

    (guards,) = guards_of(build.derive(), "CAN_RESET_PASSWORD", role("HA"), "target")
    assert "assume:restricted_management_unit" in guards


@pytest.mark.parametrize("holding", TABLE)
def test_a_second_factor_is_reset_by_authentication_administrators(holding):
    expected = {"AA", "PAA", "GA"} & set(TABLE[holding].split())

    assert _resetters(_target(holding), "CAN_RESET_MFA") == expected


@pytest.mark.parametrize("holding", TABLE)
def test_a_pass_is_issued_for_members_by_one_more_role_than_for_administrators(holding):
    expected = {"PAA", "GA"} | ({"AA"} if holding == "nothing" else set())

    assert _resetters(_target(holding), "CAN_ISSUE_TAP") == expected


def test_resetting_the_second_factor_too_needs_no_second_factor():
    projection = tenant().user("target").derive()

    assert guards_of(projection, "CAN_RESET_MFA", role("AA"), "target") == {()}


def test_a_custom_role_resets_accounts_without_a_role():
    build = tenant().user("ordinary").user("reader", "DIRECTORY_READERS")
    build.node(
        "EntraRole",
        f"desk@{T}",
        built_in=False,
        actions=("microsoft.directory/users/password/update",),
    )

    found = pairs(build.derive(), "CAN_RESET_PASSWORD")
    assert {end for source, end in found if source == f"desk@{T}"} == {"ordinary"}


def test_a_custom_role_named_like_a_built_in_one_is_judged_by_its_actions():
    build = tenant().user("target")
    build.node("EntraRole", f"custom@{T}", "Global Administrator", built_in=False, actions=())

    assert f"custom@{T}" not in {each[0] for each in pairs(build.derive(), "CAN_RESET_PASSWORD")}


PASSWORDS = "cc117bb9-00cf-4eb8-b580-ea2a878fe8f7"
METHODS = "50483e42-d915-4231-9639-7fdb7fd190e5"
TAP_ONLY = "627169a8-8c15-451c-861a-5b80e383de5c"


def test_an_application_with_the_password_permission_resets_accounts_without_a_role():
    build = tenant().user("ordinary").user("boss", "GA").service("bot").permit("sp-bot", PASSWORDS)
    projection = build.derive()

    found = {end for source, end in pairs(projection, "CAN_RESET_PASSWORD") if source == "sp-bot"}
    assert found == {"ordinary"}
    assert guards_of(projection, "CAN_RESET_PASSWORD", "sp-bot", "ordinary") == {
        ("assume:app_only_password_reset", "mfa:ordinary")
    }


@pytest.mark.parametrize("permission", [METHODS, TAP_ONLY])
def test_an_application_with_the_methods_permission_issues_passes_for_everybody(permission):
    build = tenant().user("ordinary").user("boss", "GA").service("bot").permit("sp-bot", permission)
    projection = build.derive()

    found = {end for source, end in pairs(projection, "CAN_ISSUE_TAP") if source == "sp-bot"}
    assert found == {"ordinary", "boss"}
    assert "sp-bot" not in {each[0] for each in pairs(projection, "CAN_RESET_PASSWORD")}


@pytest.mark.parametrize(
    "permission",
    [
        "741f803b-c850-494e-b5df-cde7c675a1ca",  # User.ReadWrite.All
        "19dbc75e-c2e2-444c-a770-ec69d8559fc7",  # Directory.ReadWrite.All
    ],
)
def test_writing_profiles_sets_no_password(permission):
    build = tenant().user("ordinary").service("bot").permit("sp-bot", permission)

    kinds = ("CAN_RESET_PASSWORD", "CAN_RESET_MFA", "CAN_ISSUE_TAP")
    assert "sp-bot" not in {each[1] for each in edges(build.derive(), *kinds)}


def test_a_permission_of_another_interface_is_another_permission():
    build = tenant().user("ordinary").service("bot").service("other")
    build.edge(
        "HAS_APP_ROLE", "sp-bot", "sp-other", app_role_id=METHODS, resource_app_id="client-other"
    )

    assert "sp-bot" not in {each[0] for each in pairs(build.derive(), "CAN_ISSUE_TAP")}


def test_the_roles_of_one_tenant_say_nothing_about_another():
    other = "22222222-2222-2222-2222-222222222222"
    build = tenant().user("here").roles("GA", "HA", tenant=other).user("there", tenant=other)
    build.node("EntraTenant", other)
    found = pairs(build.derive(), "CAN_RESET_PASSWORD")

    assert (role("HA"), "here") in found
    assert (role("HA", other), "there") in found
    assert not {(role("HA"), "there"), (role("HA", other), "here")} & found


def test_a_reset_names_the_rows_it_was_derived_from():
    build = tenant().user("target")
    projection = build.derive()
    graph = projection.graph
    rows = {name: build.nodes[name][3] for name in ("target", role("HA"))}
    hubs = graph.hubs
    into = [
        e
        for e in range(graph.m)
        if graph.ids[graph.source[e]] == role("HA")
        and graph.edge_kind_name(e) == "CAN_RESET_PASSWORD"
    ]
    out = [
        e
        for e in range(graph.m)
        if hubs[graph.source[e]] and graph.ids[graph.target[e]] == "target"
    ]

    assert [list(projection.rows_of(each)) for each in into] == [[rows[role("HA")]]]
    assert all(list(projection.rows_of(each)) == [rows["target"]] for each in out)


def test_a_help_desk_account_reaches_the_role_of_whom_it_resets_behind_a_second_factor():
    build = tenant().user("desk", "HA").user("reader", "MESSAGE_CENTER_READER")
    projection = build.derive()

    assert "reader" not in reachable(projection, "desk")
    assert role("MESSAGE_CENTER_READER") in reachable(projection, "desk", ["assume", "mfa"])


def test_units_that_are_only_mentioned_were_not_listed():
    build = (
        tenant()
        .user("target")
        .mention("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False)
    )

    (guards,) = guards_of(build.derive(), "CAN_RESET_PASSWORD", role("HA"), "target")
    assert "assume:restricted_management_unit" in guards


def test_a_tenant_that_is_merely_known_of_confuses_nobody():
    build = tenant().user("target", tenant_id=None).node("EntraTenant", "partner")

    assert _resetters(build) == set(RESETTERS)


def test_a_custom_role_with_the_template_id_of_a_built_in_one_is_not_it():
    build = tenant().app("x")
    build.node(
        "EntraRole",
        f"custom@{T}",
        tenant_id=T,
        built_in=False,
        actions=(),
        template_id=TEMPLATES["APPLICATION_ADMIN"],
    )

    assert f"custom@{T}" not in {each[0] for each in pairs(build.derive(), "CAN_ADD_SECRET")}


def test_eligibility_over_a_restricted_unit_may_protect_from_all_but_the_highest():
    build = (
        tenant()
        .user("target")
        .node(
            "EntraAdministrativeUnit", "vault", tenant_id=T, restricted=True, member_list_read=True
        )
    )
    build.edge(
        "ELIGIBLE_FOR",
        "target",
        role("REPORTS_READER"),
        directory_scope="/administrativeUnits/vault",
    )
    projection = build.derive()

    assert guards_of(projection, "CAN_RESET_PASSWORD", role("HA"), "target") == {
        ("assume:eligible_role_protection", "mfa:target")
    }
    assert guards_of(projection, "CAN_RESET_PASSWORD", role("GA"), "target") == {("mfa:target",)}
