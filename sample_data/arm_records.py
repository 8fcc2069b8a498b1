"""The Azure half of the export: scopes, resources, and who holds which role where.

As in a real run, the list of a scope also holds what the scope inherits; only an assignment whose
`scope` is the scope itself was made there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sample_data import estate, ids, plan
from sample_data.azurehound_shape import ROLE_LISTS, Json, Record, compact
from sample_data.estate import GRANTS, Grant, Policy, Resource, Vault

KINDS = {
    "vm": "AZVM",
    "scale_set": "AZVMScaleSet",
    "function": "AZFunctionApp",
    "web": "AZWebApp",
    "logic": "AZLogicApp",
    "automation": "AZAutomationAccount",
    "cluster": "AZManagedCluster",
    "registry": "AZContainerRegistry",
    "storage": "AZStorageAccount",
}
ROLE_OF_LIST = {
    "owner": estate.OWNER,
    "contributor": estate.CONTRIBUTOR,
    "userAccessAdmin": estate.ACCESS_ADMIN,
    "kvContributor": estate.VAULT_CONTRIBUTOR,
    "avereContributor": estate.AVERE_CONTRIBUTOR,
    "adminLogin": estate.VM_ADMIN_LOGIN,
}
_TENANT = {"tenantId": plan.TENANT_ID}


def arm_records() -> Iterator[Record]:
    """Yield every Azure record."""
    yield from _management_groups()
    yield from _subscriptions()
    for group in estate.GROUPS:
        yield resource_group(group)
        yield from role_lists("ResourceGroup", group.id)
    for vault in estate.VAULTS:
        yield from _vault(vault)
    for it in estate.RESOURCES:
        yield from _resource(it)


def _management_groups() -> Iterator[Record]:
    named = ((estate.ROOT, "Tenant Root Group"), (estate.LANDING_ZONES, "Landing zones"))
    for node, name in named:
        yield (
            "AZManagementGroup",
            {
                "id": node,
                "name": _last(node),
                "properties": {"details": {}, "displayName": name, **_TENANT},
                "type": "Microsoft.Management/managementGroups",
                **_TENANT,
            },
        )
        yield from role_lists("ManagementGroup", node)
    yield from _descendants(estate.ROOT)
    yield from _descendants(estate.LANDING_ZONES)


def _descendants(above: str) -> Iterator[Record]:
    """Yield all that lies below; each names its own parent, so two lists repeat the same."""
    below = [(ids.subscription(key), estate.LANDING_ZONES) for key in estate.SUBSCRIPTIONS]
    if above == estate.ROOT:
        below.insert(0, (estate.LANDING_ZONES, estate.ROOT))
    for node, parent in below:
        kind = "/subscriptions" if "/subscriptions/" in node else "managementGroups"
        yield (
            "AZManagementGroupDescendant",
            {
                "id": node,
                "name": _last(node),
                "properties": {"parent": {"id": parent}},
                "type": kind if kind.startswith("/") else f"Microsoft.Management/{kind}",
            },
        )


def _subscriptions() -> Iterator[Record]:
    for key, name in estate.SUBSCRIPTIONS.items():
        node = ids.subscription(key)
        yield (
            "AZSubscription",
            {
                "id": node,
                "authorizationSource": "RoleBased",
                "displayName": name,
                "state": "Enabled",
                "subscriptionId": _last(node),
                "subscriptionPolicies": {"quotaId": "EnterpriseAgreement_2014-09-01"},
                "tags": estate.SUBSCRIPTION_TAGS[key],
                **_TENANT,
            },
        )
        yield from role_lists("Subscription", node)


def resource_group(group: estate.Group) -> Record:
    """Return a resource group."""
    managed = estate.CLUSTER.id if group is estate.NODES else ""
    return "AZResourceGroup", {
        "id": group.id,
        **compact(location=estate.LOCATION, managedBy=managed, name=group.name),
        "properties": {"provisioningState": "Succeeded"},
        **({"tags": group.tags} if group.tags else {}),
        "type": "Microsoft.Resources/resourceGroups",
        "subscriptionId": ids.subscription(group.sub),
        **_TENANT,
    }


def _vault(vault: Vault) -> Iterator[Record]:
    yield key_vault(vault)
    for policy in vault.policies:
        # the collector's own list misses what grants secrets only, or says "get" in another case
        if "Get" in (*policy.keys, *policy.certificates):
            yield "AZKeyVaultAccessPolicy", {**_policy(policy), "keyVaultId": vault.id}
    yield from role_lists("KeyVault", vault.id)
    yield (
        "AZKeyVaultRoleAssignment",
        _holders(
            "virtualMachineId", vault.id, "roleAssignments", "roleAssignment", _here(vault.id)
        ),
    )


def key_vault(vault: Vault) -> Record:
    """Return a vault; unlike the other resources it names its subscription by the bare GUID."""
    return "AZKeyVault", {
        "id": vault.id,
        "location": estate.LOCATION,
        "name": vault.name,
        "properties": {
            **compact(
                accessPolicies=[_policy(it) for it in vault.policies],
                enablePurgeProtection=vault.rbac,
                enableRbacAuthorization=vault.rbac,
                enableSoftDelete=True,
            ),
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow"},
            "sku": {"family": "A", "name": "standard"},
            **_TENANT,
            "vaultUri": f"https://{vault.name}.vault.azure.net/",
        },
        **({"tags": vault.tags} if vault.tags else {}),
        "type": "Microsoft.KeyVault/vaults",
        "subscriptionId": _last(ids.subscription(vault.group.sub)),
        "resourceGroup": vault.group.id,
        **_TENANT,
    }


def _policy(policy: Policy) -> Json:
    return {
        "applicationId": "",
        "objectId": policy.principal,
        "permissions": {
            "certificates": list(policy.certificates),
            "keys": list(policy.keys),
            "secrets": list(policy.secrets),
            "storage": None,
        },
        **_TENANT,
    }


def _resource(it: Resource) -> Iterator[Record]:
    kind = KINDS[it.kind]
    yield resource(it)
    for name in it.containers:
        yield storage_container(it, name)
    if it.kind == "vm":
        yield from role_lists("VM", it.id)
        return
    assignees = [
        {"assignee": _assignment(grant), "objectId": it.id, "roleDefinitionId": grant.role}
        for grant in _here(it.id)
    ]
    yield f"{kind}RoleAssignment", {"assignees": assignees or None, "objectId": it.id}


def resource(it: Resource) -> Record:
    """Return a resource with its managed identities."""
    named = (
        {"resourceGroupName": it.group.name} if it.kind in ("function", "web", "storage") else {}
    )
    return KINDS[it.kind], {
        "id": it.id,
        **({} if it.kind == "storage" else {"identity": _identity(it)}),
        "location": estate.LOCATION,
        "name": it.name,
        "properties": _properties(it),
        **({"tags": it.tags} if it.tags else {}),
        "type": ids.PROVIDERS[it.kind],
        **({"kind": "functionapp,linux"} if it.kind == "function" else {}),
        **({"kind": "app,linux"} if it.kind == "web" else {}),
        "subscriptionId": ids.subscription(it.group.sub),
        "resourceGroupId": it.group.id,
        **named,
        **_TENANT,
    }


def _properties(it: Resource) -> Json:
    match it.kind:
        case "cluster":
            return {"nodeResourceGroup": estate.NODES.name}
        case "vm":
            windows = it in (estate.DIRECTORY_VM, estate.HR_VM)
            disk = {"osDisk": {"osType": "Windows" if windows else "Linux"}}
            return {"storageProfile": disk, "provisioningState": "Succeeded"}
        case "storage":
            return {"allowSharedKeyAccess": True, "supportsHttpsTrafficOnly": True}
        case _:
            return {}


def _identity(it: Resource) -> Json:
    """Return the identity block; a system-assigned one is named by its principal alone."""
    assigned = {}
    for name in it.user_assigned:
        identity = estate.USER_ASSIGNED_BY_NAME[name]
        assigned[identity.arm] = {
            "clientId": ids.client_id(identity.key),
            "principalId": identity.principal,
        }
    kinds = ["SystemAssigned"] * it.system + ["UserAssigned"] * bool(assigned)
    return compact(
        principalId=estate.IDENTITY_OF[it.id].principal if it.system else "",
        tenantId=plan.TENANT_ID if it.system else "",
        type=", ".join(kinds),
    ) | ({"userAssignedIdentities": assigned} if assigned else {})


def storage_container(account: Resource, name: str) -> Record:
    """Return a blob container."""
    return "AZStorageContainer", {
        "id": f"{account.id}/blobServices/default/containers/{name}",
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "name": name,
        "properties": {"publicAccess": "None"},
        "subscriptionId": ids.subscription(account.group.sub),
        "resourceGroupId": account.group.id,
        "resourceGroupName": account.group.name,
        "storageAccountId": account.id,
        **_TENANT,
    }


def role_lists(thing: str, scope: str) -> Iterator[Record]:
    """Yield the "who holds this role here" records of a scope, inherited assignments included."""
    for found in ROLE_LISTS.values():
        if found.thing == thing:
            held = [grant for grant in _here(scope) if grant.role == ROLE_OF_LIST[found.one]]
            yield found.kind, _holders(found.key, scope, found.plural, found.one, held)


def _holders(key: str, scope: str, plural: str, one: str, held: list[Grant]) -> Json:
    return {plural: [{one: _assignment(it), key: scope} for it in held] or None, key: scope}


def _here(scope: str) -> list[Grant]:
    """Return the grants at a scope and above it."""
    above = {scope, estate.ROOT}
    if scope != estate.ROOT:
        above.add(estate.LANDING_ZONES)
    return [it for it in GRANTS if it.scope in above or scope.startswith(it.scope + "/")]


def _assignment(grant: Grant) -> Json:
    name = ids.guid(f"grant/{grant.principal}/{grant.role}/{grant.scope}")
    at = "/".join(grant.scope.split("/")[:3]) if "/subscriptions/" in grant.scope else ""
    authorization = "providers/Microsoft.Authorization"
    return {
        "id": f"{grant.scope}/{authorization}/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": grant.principal,
            "roleDefinitionId": f"{at}/{authorization}/roleDefinitions/{grant.role}",
            "scope": grant.scope,
        },
    }


def _last(node: str) -> str:
    return node.rsplit("/", 1)[1]
