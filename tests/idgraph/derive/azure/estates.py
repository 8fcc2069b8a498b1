"""One small Azure estate, by hand: a tenant, two management groups, two subscriptions."""

from __future__ import annotations

from typing import Any

from tests.idgraph.derive.build import Build

TENANT = "11111111-1111-1111-1111-111111111111"
GROUPS = "/providers/microsoft.management/managementgroups/"
TOP, TEAM = f"{GROUPS}top", f"{GROUPS}team"
SUB, OTHER = "/subscriptions/s1", "/subscriptions/s2"
RG, ELSEWHERE = f"{SUB}/resourcegroups/rg", f"{OTHER}/resourcegroups/rg"

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ACCESS_ADMIN = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
RBAC_ADMIN = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
VAULT_ACCESS_ADMIN = "8b54135c-b56d-4d72-a534-26097cfdc8d8"
ACCOUNT_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
KEY_OPERATOR = "81a9662b-bebf-436f-a333-f67b29880f12"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
VM_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
VM_LOGIN = "1c0163c0-47e6-4577-8991-ea5c82e286e4"

TYPES = {
    "AzureKeyVault": "microsoft.keyvault/vaults",
    "AzureStorageAccount": "microsoft.storage/storageaccounts",
    "AzureVM": "microsoft.compute/virtualmachines",
    "AzureVMScaleSet": "microsoft.compute/virtualmachinescalesets",
    "AzureFunctionApp": "microsoft.web/sites",
    "AzureWebApp": "microsoft.web/sites",
    "AzureLogicApp": "microsoft.logic/workflows",
    "AzureAutomationAccount": "microsoft.automation/automationaccounts",
    "AzureContainerRegistry": "microsoft.containerregistry/registries",
    "AzureManagedCluster": "microsoft.containerservice/managedclusters",
}
COMPUTE = frozenset(TYPES) - {"AzureKeyVault", "AzureStorageAccount"}


def resource(kind: str, name: str = "", group: str = RG) -> str:
    """Return the ARM id of a resource; by default its name is its kind's."""
    return f"{group}/providers/{TYPES[kind]}/{name or kind.lower()}"


def container(name: str = "c", account: str = "") -> str:
    """Return the ARM id of a blob container."""
    account = account or resource("AzureStorageAccount")
    return f"{account}/blobservices/default/containers/{name}"


def estate() -> Build:
    """Return tenant, top > team > s1 > rg, and beside them team's neighbour top > s2 > rg."""
    build = Build().node("EntraTenant", TENANT, tenant_id=TENANT).node("EntraUser", "u")
    for scope in (TOP, TEAM):
        build.node("AzureManagementGroup", scope, scope.rpartition("/")[2], tenant_id=TENANT)
    for scope in (SUB, OTHER):
        build.node("AzureSubscription", scope, scope.rpartition("/")[2], tenant_id=TENANT)
    build.node("AzureResourceGroup", RG, "rg").node("AzureResourceGroup", ELSEWHERE, "rg2")
    build.edge("CONTAINS", TENANT, TOP).edge("CONTAINS", TENANT, SUB).edge("CONTAINS", TOP, TEAM)
    build.edge("CONTAINS", TEAM, SUB).edge("CONTAINS", TOP, OTHER)
    return build.edge("CONTAINS", SUB, RG).edge("CONTAINS", OTHER, ELSEWHERE)


def add(build: Build, kind: str, name: str = "", group: str = RG, **properties: Any) -> str:
    """Add a resource to its group and return its id."""
    node_id = resource(kind, name, group)
    build.node(kind, node_id, name or kind, **properties).edge("CONTAINS", group, node_id)
    return node_id


def furnished(*, rbac_mode: bool = True) -> Build:
    """Return the estate with one resource of each kind in rg, and a vault elsewhere."""
    build = estate()
    for kind in TYPES:
        mode = {"rbac_mode": rbac_mode, "policies_read": True} if kind == "AzureKeyVault" else {}
        add(build, kind, **mode)
    build.node("AzureStorageContainer", container())
    build.edge("CONTAINS", resource("AzureStorageAccount"), container())
    add(build, "AzureKeyVault", "far", ELSEWHERE, rbac_mode=rbac_mode, policies_read=True)
    return build


def assign(build: Build, role: str, scope: str, principal: str = "u", **more: Any) -> Build:
    """Assign a role."""
    return build.edge("HAS_RBAC_ROLE", principal, scope, role_definition_id=role, **more)
