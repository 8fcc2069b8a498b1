"""The record kinds of Azure: scopes, vaults, data, compute, and who is assigned what at them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from idgraph.records import EdgeRecord, OwnerClaim, Record, Value
from idgraph.vocabulary import azure, entra
from loaders._fields import Item, Unusable, as_arm_id, as_guid, known, people, salvage
from loaders._tags import owner_tags, told
from loaders.azurehound.export import Convert, Export, Later
from loaders.azurehound.nodes import Kind, described, edge, mentioned, named

ROOT = "/"  # the scope above all management groups: the tenant
VAULT_SUFFIX = ".vault.azure.net"

_SUBSCRIPTION = re.compile(r"/subscriptions/[^/]+")
_GROUP_NAME = re.compile(r"[\w().-]{1,90}")
_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+")


def _scope_of(resource: str, scope: re.Pattern[str]) -> str:
    """Return the subscription or resource group that a resource id begins with, "" if none."""
    found = scope.match(resource)
    return found[0] if found and found[0] != resource else ""


# What every resource has.


def _resource(item: Item) -> dict[str, Value]:
    tags = item.child("tags")
    return known(
        tenant_id=item.guid_if_any("tenantId"),
        location=item.text("location"),
        resource_type=item.text("type"),
        tags=told({key: tags.text(key) for key in tags.value}),
    )


def _owner_claims(item: Item, export: Export, node: str) -> Iterator[Record]:
    tags = item.child("tags")
    for key in owner_tags(tags.value):
        for owner in people(tags.text(key)):
            yield OwnerClaim(
                record=export.record,
                node=node,
                owner=owner,
                claim=f"tag:{key.lower()}",
                said_by="Azure tag",
                evidence=tags.at(key),
            )


def _contained(item: Item, export: Export, outer: str, inner: str) -> Iterator[Record]:
    if outer:
        yield edge(item, export, outer, azure.CONTAINS, inner)


def _scope(item: Item, export: Export, *, kind: Kind) -> Iterator[Record]:
    scope, details = item.arm_id("id"), item.child("properties")
    subscription = _SUBSCRIPTION.match(scope)
    properties = _resource(item) | known(
        subscription_id=subscription[0].rpartition("/")[2] if subscription else "",
        state=item.text("state"),
    )
    name = item.text("displayName") or details.text("displayName") or item.text("name")
    yield described(item, export, kind, scope, properties, name=name)
    in_group = kind is azure.RESOURCE_GROUP
    outer = _scope_of(scope, _SUBSCRIPTION) if in_group else item.guid_if_any("tenantId")
    yield from _contained(item, export, outer, scope)
    yield from _owner_claims(item, export, scope)


def _descendant(item: Item, export: Export) -> Iterator[Record]:
    inner, details = item.arm_id("id"), item.child("properties")
    outer = details.child("parent").arm_id("id")
    is_subscription = inner.startswith("/subscriptions/")
    kind = azure.SUBSCRIPTION if is_subscription else azure.MANAGEMENT_GROUP
    yield mentioned(item, export, kind, inner, name=details.text("display_name"))
    yield edge(item, export, outer, azure.CONTAINS, inner)


# Vaults and data.


def _vault(item: Item, export: Export) -> Iterator[Record]:
    vault, details = item.arm_id("id"), item.child("properties")
    name = item.text("name")
    properties = _resource(item) | (_vault_properties(details) if details.value else {})
    host = _host(details.text("vaultUri")) or (f"{name.lower()}{VAULT_SUFFIX}" if name else "")
    aliases = named("vault", host)
    yield described(item, export, azure.VAULT, vault, properties, name=name, aliases=aliases)
    yield from _contained(item, export, _scope_of(vault, _GROUP), vault)
    yield from _owner_claims(item, export, vault)
    policies = partial(_policy, export=export, vault=vault)
    yield from salvage(details.children("accessPolicies"), policies)


def _vault_properties(details: Item) -> dict[str, Value]:
    return known(
        vault_uri=details.text("vaultUri"),
        rbac_mode=details.flag("enableRbacAuthorization"),
        policies_read=True,
        network_restricted=_restricted(details),
        purge_protection=details.flag("enablePurgeProtection"),
    )


def _host(uri: str) -> str:
    return uri.lower().removeprefix("https://").partition("/")[0].partition(":")[0]


def _restricted(details: Item) -> bool:
    default = details.child("networkAcls").text("defaultAction")
    return default.lower() == "deny" or details.text("publicNetworkAccess").lower() == "disabled"


def _policy(item: Item, *, export: Export, vault: str) -> Iterator[Record]:
    holder, application = item.guid("objectId"), item.guid_if_any("applicationId")
    permissions = item.child("permissions")
    granted = {
        field: tuple(sorted({each.lower() for each in permissions.texts(field)}))
        for field in ("secrets", "keys", "certificates", "storage")
    }
    properties = known(**granted, application_id=application)
    key = f"{holder}|{application}"
    yield edge(item, export, holder, azure.VAULT_POLICY, vault, key, properties)


def _policy_alone(item: Item, export: Export) -> Iterator[Record]:
    vault = item.arm_id("keyVaultId")
    yield mentioned(item, export, azure.VAULT, vault)
    yield from _policy(item, export=export, vault=vault)


def _storage_account(item: Item, export: Export) -> Iterator[Record]:
    account, details = item.arm_id("id"), item.child("properties")
    # Both switches are on when they were never set, and a missing false looks the same.
    properties = _resource(item) | known(
        shared_key_access=details.flag_if_any("allowSharedKeyAccess"),
        public_access=details.flag_if_any("allowBlobPublicAccess"),
        network_restricted=_restricted(details),
        created=details.time("creationTime"),
    )
    name = item.text("name")
    yield described(item, export, azure.STORAGE_ACCOUNT, account, properties, name=name)
    yield from _contained(item, export, _scope_of(account, _GROUP), account)
    yield from _owner_claims(item, export, account)


def _storage_container(item: Item, export: Export) -> Iterator[Record]:
    container = item.arm_id("id")
    account = as_arm_id(item.text("storageAccountId")) or container.partition("/blobservices/")[0]
    properties = _resource(item) | known(
        public_access=item.child("properties").text("publicAccess")
    )
    name = item.text("name")
    yield described(item, export, azure.STORAGE_CONTAINER, container, properties, name=name)
    yield from _contained(item, export, "" if account == container else account, container)


# Compute.


def _compute(item: Item, export: Export, *, kind: Kind) -> Iterator[Record]:
    resource, identity = item.arm_id("id"), item.child("identity")
    disk = item.child("properties").child("storageProfile").child("osDisk")
    properties = _resource(item) | known(
        identity_type=identity.text("type"), os=disk.text("osType")
    )
    name = item.text("name")
    yield described(item, export, kind, resource, properties, name=name)
    yield from _contained(item, export, _scope_of(resource, _GROUP), resource)
    yield from _identities(identity, export, resource)
    yield from _owner_claims(item, export, resource)


def _identities(identity: Item, export: Export, resource: str) -> Iterator[Record]:
    convert = partial(_identity, export=export, resource=resource)
    if identity.guid_if_any("principalId"):
        yield from convert(identity)
    assigned = (inner for _, inner in identity.child("userAssignedIdentities").members())
    yield from salvage(assigned, convert)


def _identity(item: Item, *, export: Export, resource: str) -> Iterator[Record]:
    principal, client = item.guid("principalId"), item.guid_if_any("clientId")
    aliases = named("appid", client)
    yield mentioned(item, export, entra.MANAGED_IDENTITY, principal, aliases=aliases)
    yield edge(item, export, resource, azure.HAS_IDENTITY, principal)


def _cluster(item: Item, export: Export) -> Iterator[Record]:
    yield from _compute(item, export, kind=azure.MANAGED_CLUSTER)
    cluster, details = item.arm_id("id"), item.child("properties")
    group = details.text("nodeResourceGroup").lower()
    if not group:
        return
    if not _GROUP_NAME.fullmatch(group):
        details.note("nodeResourceGroup", "is no name of a resource group")
        return
    group = f"{_scope_of(cluster, _SUBSCRIPTION)}/resourcegroups/{group}"
    yield mentioned(item, export, azure.RESOURCE_GROUP, group)
    yield edge(item, export, cluster, azure.NODE_RESOURCE_GROUP, group)


# Role assignments.


def _assignments(
    item: Item, export: Export, *, key: str, entries: str, kind: Kind
) -> Iterator[Record | Later]:
    resource = _place_of(item, key)
    yield mentioned(item, export, kind, resource)
    for entry in item.children(entries):
        convert = partial(_assignment, entry=entry, export=export, resource=resource)
        yield from salvage([entry.child(entries.removesuffix("s"))], convert)


def _place_of(item: Item, key: str) -> str:
    """Return the resource that a record is about.

    AZKeyVaultRoleAssignment calls the vault a virtual machine, and a subscription may be named
    by its GUID alone.
    """
    if key == "keyVaultId" and key not in item.value:
        return item.arm_id("virtualMachineId")
    subscription = as_guid(item.text(key)) if key == "subscriptionId" else ""
    return f"/subscriptions/{subscription}" if subscription else item.arm_id(key)


def _assignment(
    item: Item, *, entry: Item, export: Export, resource: str
) -> Iterator[Record | Later]:
    details = item.child("properties")
    scope = _scope_stated(details, resource)
    definition = details.text("roleDefinitionId") or entry.text("roleDefinitionId")
    role = as_guid(definition.rpartition("/")[2])
    if not role:
        raise Unusable(details.at("roleDefinitionId"), "is missing or names no role")

    holder = details.guid("principalId")
    key = (item.text("id") or item.text("name")).lower()
    properties = known(role_definition_id=role, role_name=details.text("roleDefinitionName"))
    held = edge(item, export, holder, azure.HAS_RBAC_ROLE, scope, key, properties)
    if scope != ROOT:
        yield held
    elif export.is_news(held):
        yield Later(lambda tenant: _at_the_tenant(held, tenant, details.at("scope")))


def _scope_stated(details: Item, resource: str) -> str:
    """Return the assignment's own scope; without one, the resource it was found at."""
    if details.value.get("scope") in (None, ROOT):
        return ROOT if details.value.get("scope") else resource
    return details.arm_id("scope")


def _at_the_tenant(held: EdgeRecord, tenant: str, place: str) -> Iterator[Record]:
    if not as_guid(tenant):
        raise Unusable(place, "is the whole tenant, and no record or scope names the tenant")
    yield replace(held, target=as_guid(tenant))


_COMPUTE: Mapping[str, Kind] = {
    "AZVM": azure.VM,
    "AZVMScaleSet": azure.SCALE_SET,
    "AZFunctionApp": azure.FUNCTION_APP,
    "AZWebApp": azure.WEB_APP,
    "AZLogicApp": azure.LOGIC_APP,
    "AZAutomationAccount": azure.AUTOMATION_ACCOUNT,
    "AZContainerRegistry": azure.CONTAINER_REGISTRY,
}
_ASSIGNEES = {
    **_COMPUTE,
    "AZManagedCluster": azure.MANAGED_CLUSTER,
    "AZStorageAccount": azure.STORAGE_ACCOUNT,
}
del _ASSIGNEES["AZVM"]  # one of the older kinds, which name their lists by the role

_BY_ROLE = {  # the ending of the record kind, and the list it holds
    "Owner": "owners",
    "Contributor": "contributors",
    "UserAccessAdmin": "userAccessAdmins",
    "RoleAssignment": "roleAssignments",
}
_ON_VAULT = {**_BY_ROLE, "KVContributor": "kvContributors"}
_ON_VM = {
    **_BY_ROLE,
    "AdminLogin": "adminLogins",
    "AvereContributor": "avereContributors",
    "VMContributor": "vmContributors",
}
_ROLE_LISTS: tuple[tuple[str, str, Kind, Mapping[str, str]], ...] = (
    ("AZManagementGroup", "managementGroupId", azure.MANAGEMENT_GROUP, _BY_ROLE),
    ("AZSubscription", "subscriptionId", azure.SUBSCRIPTION, _BY_ROLE),
    ("AZResourceGroup", "resourceGroupId", azure.RESOURCE_GROUP, _BY_ROLE),
    ("AZKeyVault", "keyVaultId", azure.VAULT, _ON_VAULT),
    ("AZVM", "virtualMachineId", azure.VM, _ON_VM),
    *(
        (record, "objectId", kind, {"RoleAssignment": "assignees"})
        for record, kind in _ASSIGNEES.items()
    ),
)

CONVERTERS: Mapping[str, Convert] = {
    "AZManagementGroup": partial(_scope, kind=azure.MANAGEMENT_GROUP),
    "AZManagementGroupDescendant": _descendant,
    "AZSubscription": partial(_scope, kind=azure.SUBSCRIPTION),
    "AZResourceGroup": partial(_scope, kind=azure.RESOURCE_GROUP),
    "AZKeyVault": _vault,
    "AZKeyVaultAccessPolicy": _policy_alone,
    "AZStorageAccount": _storage_account,
    "AZStorageContainer": _storage_container,
    "AZManagedCluster": _cluster,
    **{record: partial(_compute, kind=kind) for record, kind in _COMPUTE.items()},
    **{
        f"{record}{ending}": partial(_assignments, key=key, entries=entries, kind=kind)
        for record, key, kind, lists in _ROLE_LISTS
        for ending, entries in lists.items()
    },
}
