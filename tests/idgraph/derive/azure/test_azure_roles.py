"""What each built-in role opens, at each scope, by its documented permissions."""

from __future__ import annotations

import pytest

from idgraph.derive.azure.roles import CAPABILITIES, ROLES
from tests.idgraph.derive.azure.estates import (
    ACCESS_ADMIN,
    COMPUTE,
    CONTRIBUTOR,
    ELSEWHERE,
    OTHER,
    OWNER,
    RBAC_ADMIN,
    READER,
    RG,
    SUB,
    TEAM,
    TENANT,
    TOP,
    TYPES,
    assign,
    container,
    furnished,
    resource,
)
from tests.idgraph.derive.build import guards_of, reachable

VAULT, STORE, BLOBS = "AzureKeyVault", "AzureStorageAccount", "AzureStorageContainer"
ALL = frozenset({*TYPES, BLOBS})
DATA = frozenset({STORE, BLOBS})
VM, SET, AKS = "AzureVM", "AzureVMScaleSet", "AzureManagedCluster"

# Role, and what it opens in a vault of the role model; storage keys are allowed unless known not.
OPENS = {
    "Owner": ALL,
    "User Access Administrator": ALL,
    "Role Based Access Control Administrator": ALL,
    "Contributor": COMPUTE | DATA,
    "Key Vault Contributor": frozenset(),
    "Key Vault Data Access Administrator": frozenset({VAULT}),
    "Key Vault Administrator": frozenset({VAULT}),
    "Key Vault Secrets Officer": frozenset({VAULT}),
    "Key Vault Secrets User": frozenset({VAULT}),
    "Key Vault Certificate User": frozenset({VAULT}),
    "Storage Account Contributor": DATA,
    "App Compliance Automation Administrator": DATA,
    "Storage Account Key Operator Service Role": DATA,
    "Reader and Data Access": DATA,
    "Storage Blob Data Reader": DATA,
    "Storage Blob Data Contributor": DATA,
    "Storage Blob Data Owner": DATA,
    "Storage Actions Blob Data Operator": DATA,
    "Storage Actions Task Assignment Contributor": DATA,
    "Avere Operator": DATA,
    "Virtual Machine Contributor": DATA | {VM, SET},
    "Avere Contributor": DATA | {VM},
    "VM Restore Operator": DATA | {VM},
    "Log Analytics Contributor": DATA | {VM},
    "Virtual Machine Administrator Login": frozenset({VM}),
    "Virtual Machine User Login": frozenset({VM}),
    "Virtual Machine Data Access Administrator": frozenset({VM}),
    "Website Contributor": frozenset({"AzureWebApp", "AzureFunctionApp"}),
    "Automation Contributor": frozenset({"AzureAutomationAccount"}),
    "Logic App Contributor": DATA | {"AzureLogicApp"},
    "Azure Kubernetes Service Contributor Role": frozenset({AKS}),
    "Azure Kubernetes Service Cluster Admin Role": frozenset({AKS}),
    "Azure Kubernetes Service RBAC Cluster Admin": frozenset({AKS}),
    "Azure Kubernetes Service RBAC Admin": frozenset({AKS}),
    "Azure Kubernetes Service RBAC Writer": frozenset({AKS}),
}
READS_BLOBS = {
    "Owner",
    "User Access Administrator",
    "Role Based Access Control Administrator",
    "Storage Blob Data Reader",
    "Storage Blob Data Contributor",
    "Storage Blob Data Owner",
    "Storage Actions Blob Data Operator",
    "Storage Actions Task Assignment Contributor",
    "Avere Operator",
    "Avere Contributor",
    "VM Restore Operator",
}
IDS = {role.name: role.id for role in ROLES}


def node_of(kind: str) -> str:
    return container() if kind == BLOBS else resource(kind)


def opened(build, start: str = "u", **passes) -> set[str]:
    reached = reachable(build.derive(), start, **passes)
    return {kind for kind in ALL if node_of(kind) in reached}


def test_every_role_is_judged_in_this_table():
    assert set(OPENS) == set(IDS)
    assert len({role.id for role in ROLES}) == len(ROLES)


def test_every_capability_is_given_by_a_role():
    assert {grant.capability for role in ROLES for grant in role.grants} == set(CAPABILITIES)


@pytest.mark.parametrize("scope", [TENANT, TOP, TEAM, SUB, RG])
@pytest.mark.parametrize("role", OPENS)
def test_a_role_at_a_scope_opens_what_its_permissions_allow(role, scope):
    assert opened(assign(furnished(), IDS[role], scope)) == OPENS[role]


@pytest.mark.parametrize("kind", sorted(ALL))
@pytest.mark.parametrize("role", OPENS)
def test_a_role_at_a_resource_opens_that_resource_and_what_it_holds(role, kind):
    held = {kind} & OPENS[role]
    if kind == STORE and held:
        held = DATA
    if kind == BLOBS and role not in READS_BLOBS:
        held = set()  # keys are the account's, not the container's
    assert opened(assign(furnished(), IDS[role], node_of(kind))) == held


@pytest.mark.parametrize("scope", [OTHER, ELSEWHERE])
@pytest.mark.parametrize("role", OPENS)
def test_a_role_opens_nothing_beside_its_scope(role, scope):
    assert opened(assign(furnished(), IDS[role], scope)) == set()


@pytest.mark.parametrize("scope", [TOP, SUB, RG])
@pytest.mark.parametrize("role", [READER, "00000000-0000-0000-0000-000000000000"])
def test_a_role_without_power_opens_nothing(role, scope):
    assert reachable(assign(furnished(), role, scope).derive(), "u") == set()


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (TOP, {TOP, TEAM, SUB, OTHER, RG, ELSEWHERE}),
        (TEAM, {TEAM, SUB, RG}),
        (SUB, {SUB, RG}),
        (RG, {RG}),
    ],
)
@pytest.mark.parametrize("role", [OWNER, ACCESS_ADMIN, RBAC_ADMIN])
def test_an_administrator_holds_its_scope_and_those_below(role, scope, held):
    scopes = {TENANT, TOP, TEAM, SUB, OTHER, RG, ELSEWHERE}
    assert reachable(assign(furnished(), role, scope).derive(), "u") & scopes == held


@pytest.mark.parametrize("scope", [TOP, TEAM, SUB, RG])
def test_a_contributor_holds_no_scope(scope):
    scopes = {TENANT, TOP, TEAM, SUB, OTHER, RG, ELSEWHERE}
    assert not reachable(assign(furnished(), CONTRIBUTOR, scope).derive(), "u") & scopes


def test_a_role_is_a_power_that_stands_for_its_scope():
    graph = assign(furnished(), CONTRIBUTOR, SUB).derive().graph
    power = graph.position(f"{CONTRIBUTOR}@{SUB}")
    assert graph.kind_name(power) == "Power"
    assert graph.names[power] == "Contributor at s1"
    assert graph.ids[graph.stands_for[power]] == SUB


def test_a_condition_may_narrow_an_administrator_of_roles():
    projection = assign(furnished(), RBAC_ADMIN, SUB).derive()
    assert guards_of(projection, "ADMINISTERS", "u", SUB) == {("assume:role_assignment_condition",)}
    for scope in (TENANT, SUB, RG):
        assert opened(assign(furnished(), RBAC_ADMIN, scope), passes=()) == set()
        assert opened(assign(furnished(), ACCESS_ADMIN, scope), passes=()) == ALL
    vault = resource(VAULT)
    projection = assign(furnished(), RBAC_ADMIN, vault).derive()
    assert guards_of(projection, "CAN_GRANT_SELF_SECRETS", "u", vault) == {
        ("assume:role_assignment_condition",)
    }


@pytest.mark.parametrize(
    ("role", "fact"),
    [
        ("Virtual Machine Administrator Login", "entra_login"),
        ("Virtual Machine User Login", "entra_login"),
        ("Azure Kubernetes Service Cluster Admin Role", "aks_local_accounts"),
        ("Azure Kubernetes Service RBAC Writer", "aks_azure_rbac"),
    ],
)
@pytest.mark.parametrize("at_resource", [False, True])
def test_what_a_role_needs_to_be_of_use_is_assumed(role, fact, at_resource):
    [kind] = OPENS[role]
    build = assign(furnished(), IDS[role], resource(kind) if at_resource else SUB)
    assert opened(build, passes=()) == set()
    assert opened(build, passes=(f"assume:{fact}",)) == {kind}


def test_guards_of_an_assignment_stay_on_the_way():
    build = assign(furnished(), CONTRIBUTOR, SUB, guards=("condition:7",))
    assert opened(build, passes=("assume",)) == set()
    assert opened(build, passes=("assume", "condition")) == COMPUTE | DATA
    build = assign(furnished(), OWNER, resource(VM), guards=("condition:7",))
    assert opened(build) == set()


def test_a_role_of_a_group_is_its_members():
    build = assign(furnished(), OWNER, RG, principal="g").node("EntraGroup", "g")
    assert opened(build.edge("MEMBER_OF", "u", "g")) == ALL


def test_a_role_definition_may_be_printed_with_its_full_id_in_any_case():
    full = f"/subscriptions/S1/providers/Microsoft.Authorization/roleDefinitions/{OWNER.upper()}"
    assert opened(assign(furnished(), full, SUB)) == ALL


def test_code_on_a_resource_acts_as_its_identity():
    build = assign(furnished(), CONTRIBUTOR, SUB).node("EntraManagedIdentity", "mi")
    build.edge("HAS_IDENTITY", resource("AzureFunctionApp"), "mi")
    assert "mi" in reachable(build.derive(), "u")
