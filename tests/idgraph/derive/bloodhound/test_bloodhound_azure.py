"""Azure as BloodHound CE derives it, beside what the platform does."""

from __future__ import annotations

import pytest

from idgraph.derive import BLOODHOUND, STRICT
from tests.idgraph.derive.azure.estates import (
    ACCESS_ADMIN,
    COMPUTE,
    CONTRIBUTOR,
    ELSEWHERE,
    OTHER,
    OWNER,
    RBAC_ADMIN,
    RG,
    SECRETS_USER,
    SUB,
    TEAM,
    TENANT,
    TOP,
    TYPES,
    VAULT_CONTRIBUTOR,
    VM_CONTRIBUTOR,
    VM_LOGIN,
    add,
    assign,
    container,
    estate,
    furnished,
    resource,
)
from tests.idgraph.derive.build import Build, reachable

VAULT, VM, SET = resource("AzureKeyVault"), resource("AzureVM"), resource("AzureVMScaleSet")
INSIDE = {RG, *(resource(kind) for kind in TYPES if kind != "AzureStorageAccount")}
AVERE, WEBSITE = "4f8fab4f-1852-4a58-a46a-8eaf358af14a", "de139f84-1756-47ae-9be6-808fbbe84772"
AUTOMATION, LOGIC = "f353d9bd-d4a6-484e-a77a-8050b599b867", "87a39d53-fc1b-424a-814c-f7e04687dc9e"
AKS = "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"


def reached(build: Build, profile=BLOODHOUND) -> set[str]:
    return reachable(build.derive(profile), "u", passes=())


@pytest.mark.parametrize("role", [OWNER, ACCESS_ADMIN, CONTRIBUTOR])
@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (TOP, {TOP, TEAM, SUB, OTHER, ELSEWHERE, *INSIDE}),
        (TEAM, {TEAM, SUB, *INSIDE}),
        (SUB, {SUB, *INSIDE}),
        (RG, INSIDE),
    ],
)
def test_three_roles_hold_a_scope_and_all_it_contains(role, scope, held):
    far = {resource("AzureKeyVault", "far", ELSEWHERE)} if scope == TOP else set()
    assert reached(assign(furnished(), role, scope)) == held | far


def test_a_contributor_reads_a_vault_of_the_role_model_here_and_not_in_fact():
    build = assign(furnished(rbac_mode=True), CONTRIBUTOR, SUB)
    assert VAULT in reached(build)
    assert VAULT not in reached(build, STRICT)


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (OWNER, {*COMPUTE, "AzureKeyVault"}),
        (ACCESS_ADMIN, {*COMPUTE, "AzureKeyVault"}),
        (CONTRIBUTOR, {*COMPUTE, "AzureKeyVault"}),
        (VAULT_CONTRIBUTOR, {"AzureKeyVault"}),
        (VM_CONTRIBUTOR, {"AzureVM", "AzureVMScaleSet"}),
        (AVERE, {"AzureVM"}),
        (VM_LOGIN, {"AzureVM"}),
        (WEBSITE, {"AzureWebApp", "AzureFunctionApp"}),
        (AUTOMATION, {"AzureAutomationAccount"}),
        (LOGIC, {"AzureLogicApp"}),
        (AKS, {"AzureManagedCluster"}),
        (RBAC_ADMIN, set()),
        (SECRETS_USER, set()),
    ],
)
def test_a_role_assigned_at_a_resource_holds_it(role, kinds):
    for kind in TYPES:
        build = assign(furnished(), role, resource(kind))
        assert (resource(kind) in reached(build)) == (kind in kinds), kind


@pytest.mark.parametrize(
    "role", [RBAC_ADMIN, SECRETS_USER, VAULT_CONTRIBUTOR, VM_CONTRIBUTOR, VM_LOGIN, WEBSITE, AKS]
)
@pytest.mark.parametrize("scope", [TOP, SUB, RG])
def test_any_other_role_at_a_scope_is_not_seen(role, scope):
    assert reached(assign(furnished(), role, scope)) == set()


def test_storage_is_not_seen():
    account = resource("AzureStorageAccount")
    build = assign(assign(furnished(), OWNER, TOP), OWNER, account)
    assert not {account, container()} & reached(build)


@pytest.mark.parametrize(
    ("permissions", "walked"),
    [
        ({"secrets": ("get",)}, True),
        ({"secrets": ("Get",)}, True),
        ({"secrets": ("all",)}, False),
        ({"secrets": ("list",)}, False),
        ({"keys": ("get",)}, True),
        ({"certificates": ("get",)}, True),
        ({"storage": ("get",)}, False),
    ],
)
@pytest.mark.parametrize("rbac_mode", [False, True, None])
def test_get_on_anything_reaches_the_vault_in_any_model(permissions, walked, rbac_mode):
    build = estate()
    known = {} if rbac_mode is None else {"rbac_mode": rbac_mode}
    vault = add(build, "AzureKeyVault", network_restricted=True, **known)
    build.edge("VAULT_POLICY", "u", vault, application_id="client", **permissions)
    assert (vault in reached(build)) == walked


def test_a_cluster_holds_everything_in_its_node_group():
    nodes = f"{SUB}/resourcegroups/mc"
    build = estate()
    cluster = add(build, "AzureManagedCluster")
    build.node("AzureResourceGroup", nodes).edge("NODE_RESOURCE_GROUP", cluster, nodes)
    vault = add(build, "AzureKeyVault", group=nodes, rbac_mode=True)
    assert reached(assign(build, CONTRIBUTOR, cluster)) == {cluster, nodes, vault}


def test_the_tenant_holds_every_subscription():
    build = furnished().node("EntraRole", f"ga@{TENANT}", tenant_id=TENANT)
    graph = build.derive(BLOODHOUND)
    assert {TOP, TEAM, SUB, OTHER, *INSIDE} <= reachable(graph, TENANT, passes=())


def test_code_on_a_machine_acts_as_its_identity():
    build = assign(furnished(), VM_CONTRIBUTOR, VM).node("EntraManagedIdentity", "mi")
    assert "mi" in reached(build.edge("HAS_IDENTITY", VM, "mi"))
