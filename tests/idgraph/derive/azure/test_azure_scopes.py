"""Inheritance: which scope contains which, by statement or by id, up to the root scope."""

from __future__ import annotations

import pytest

from idgraph.derive.azure.scopes import tree
from tests.idgraph.derive.azure.estates import (
    ACCESS_ADMIN,
    CONTRIBUTOR,
    ELSEWHERE,
    GROUPS,
    OTHER,
    OWNER,
    RG,
    SECRETS_USER,
    SUB,
    TEAM,
    TENANT,
    TOP,
    add,
    assign,
    estate,
    furnished,
    resource,
)
from tests.idgraph.derive.build import Build, edges, reachable

ROOT = f"{ACCESS_ADMIN}@/@{TENANT}"
FAR = resource("AzureKeyVault", "far", ELSEWHERE)


def parents(build: Build) -> dict[str, str]:
    snapshot = build.snapshot()
    hung = tree(snapshot).parent
    return {
        str(snapshot.ids[at]): str(snapshot.ids[hung[at]])
        for at in range(snapshot.n)
        if hung[at] >= 0
    }


def test_the_tree_follows_what_is_stated():
    assert parents(estate()) == {
        TOP: TENANT,
        TEAM: TOP,
        SUB: TEAM,
        OTHER: TOP,
        RG: SUB,
        ELSEWHERE: OTHER,
    }


def test_a_subscription_of_no_known_group_hangs_from_its_tenant():
    build = Build().node("EntraTenant", TENANT).node("AzureSubscription", SUB, tenant_id=TENANT)
    assert parents(build) == {SUB: TENANT}
    stated = Build().node("EntraTenant", TENANT).node("AzureSubscription", SUB)
    assert parents(stated.edge("CONTAINS", TENANT, SUB)) == {SUB: TENANT}


def test_an_undescribed_group_is_of_the_tenant_of_what_it_contains():
    build = Build().node("EntraTenant", TENANT).node("AzureSubscription", SUB, tenant_id=TENANT)
    assert parents(build.edge("CONTAINS", TOP, SUB)) == {SUB: TOP, TOP: TENANT}


def test_a_subscription_of_another_tenant_hangs_from_nothing():
    build = Build().node("EntraTenant", TENANT).node("AzureSubscription", SUB, tenant_id="other")
    assert parents(build) == {}


@pytest.mark.parametrize(
    ("known", "hangs_from"),
    [((SUB, RG), RG), ((SUB,), SUB), ((), None)],
)
def test_where_containment_is_not_stated_the_id_tells_it(known, hangs_from):
    vault = resource("AzureKeyVault")
    build = Build().node("AzureKeyVault", vault, rbac_mode=True)
    for scope in known:
        build.node("AzureSubscription" if scope == SUB else "AzureResourceGroup", scope)
    assert parents(build).get(vault) == hangs_from
    if hangs_from:
        assert vault in reachable(assign(build, OWNER, known[0]).derive(), "u")


def test_a_scope_that_is_only_assigned_at_still_contains():
    vault = resource("AzureKeyVault")
    build = assign(Build().node("AzureKeyVault", vault, rbac_mode=True), OWNER, SUB)
    assert reachable(build.derive(), "u") == {SUB, vault}


def test_an_assignment_at_a_resource_nobody_loaded_ends_there():
    database = f"{RG}/providers/microsoft.sql/servers/db"
    build = assign(furnished(), OWNER, database)
    assign(build, CONTRIBUTOR, database)
    assert reachable(build.derive(), "u") == {database, f"{CONTRIBUTOR}@{database}"}


@pytest.mark.parametrize("length", [1, 2, 5])
def test_scopes_in_a_circle_contain_nothing(length):
    build = Build()
    names = [f"{GROUPS}{at}" for at in range(length)]
    for at, name in enumerate(names):
        build.node("AzureManagementGroup", name).edge("CONTAINS", name, names[at - 1])
    assert parents(build) == {}


def test_an_administrator_of_the_root_scope_holds_every_scope_of_the_tenant():
    build = furnished()
    build.node("AzureSubscription", "/subscriptions/loose", tenant_id=TENANT)
    build.node("AzureSubscription", "/subscriptions/foreign", tenant_id="other")
    reached = reachable(assign(build, OWNER, TENANT).derive(), "u")
    assert {ROOT, TOP, TEAM, SUB, RG, OTHER, FAR, "/subscriptions/loose"} <= reached
    assert not {TENANT, "/subscriptions/foreign"} & reached


@pytest.mark.parametrize("role", [OWNER, ACCESS_ADMIN])
def test_administrators_of_the_root_scope_share_one_power(role):
    found = edges(assign(estate(), role, TENANT).derive(), "HOLDS_AZURE_ROLE", "INHERITS")
    assert ("HOLDS_AZURE_ROLE", "u", ROOT, ()) in found
    assert ("INHERITS", ROOT, TOP, ()) in found


def test_the_power_over_the_root_scope_is_there_without_an_assignment():
    graph = estate().derive().graph
    at = graph.position(ROOT)
    assert graph.names[at] == "User Access Administrator at the Azure root scope"
    assert graph.stands_for[at] == -1


def test_a_lesser_role_at_the_root_scope_is_inherited_as_what_it_is():
    reached = reachable(assign(furnished(), SECRETS_USER, TENANT).derive(), "u")
    assert f"{SECRETS_USER}@/@{TENANT}" in reached
    assert {resource("AzureKeyVault"), FAR} <= reached
    assert not {ROOT, TOP, SUB, RG} & reached


def test_containment_itself_is_not_walked():
    projection = furnished().derive()
    contains = projection.graph.catalogue.edge("CONTAINS")
    assert not contains.walkable
    assert reachable(projection, TENANT) == set()


@pytest.mark.parametrize(
    ("held_at", "stands_at"),
    [(TOP, {TOP, TEAM, SUB, RG}), (TEAM, {TEAM, SUB, RG}), (RG, {RG}), (OTHER, set())],
)
def test_powers_stand_only_where_they_are_held_and_of_use(held_at, stands_at):
    build = estate()
    add(build, "AzureKeyVault", rbac_mode=True)
    add(build, "AzureVM", group=ELSEWHERE)
    ids = assign(build, SECRETS_USER, held_at).derive().graph.ids
    powers = {each for each in ids if "#" in each}
    assert powers == {f"{scope}#vault-secrets" for scope in stands_at}


def test_every_derived_edge_names_its_evidence():
    build = furnished(rbac_mode=False)
    for role in (OWNER, CONTRIBUTOR, SECRETS_USER):
        for scope in (TENANT, SUB, resource("AzureVM")):
            assign(build, role, scope)
    projection = build.derive()
    graph = projection.graph
    for at in range(graph.m):
        assert len(projection.rows_of(at)) >= 1, graph.edge_kind_name(at)
