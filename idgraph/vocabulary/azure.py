"""Azure resources: scopes, secret stores, data, compute, and what an export states of them.

Ids are ARM resource ids in lower case; a vault's secret is its identifier
(`https://<vault>.vault.azure.net/secrets/<name>`) in lower case. A scope node stands for being
its administrator; a vault or a storage account for reading its content; a compute resource for
running code on it. Anything less is a power of its own.
"""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow, NodeKind, PropertyType
from idgraph.vocabulary.common import between
from idgraph.vocabulary.entra import GROUP, SERVICE_IDENTITIES, TENANT, USER

_BOOL, _STR, _TIME, _STRS = (
    PropertyType.BOOL,
    PropertyType.STR,
    PropertyType.TIME,
    PropertyType.STRS,
)
_RESOURCE = {
    "tenant_id": _STR,
    "location": _STR,
    "resource_type": _STR,
    "tags": _STRS,
    "created": _TIME,
}


def _scope(name: str, label: str, *, privileged: bool) -> NodeKind:
    return NodeKind(
        name=name,
        label=label,
        platform="azure",
        about=f"To hold a {label} is to be its administrator: to own it or to grant its roles.",
        is_privileged=privileged,
        wants_owner=True,
        shape="star" if privileged else "box",
        properties={**_RESOURCE, "subscription_id": _STR, "state": _STR},
    )


def _compute(name: str, label: str) -> NodeKind:
    return NodeKind(
        name=name,
        label=label,
        platform="azure",
        about=f"To hold a {label} is to run code on it.",
        wants_owner=True,
        shape="box",
        properties={**_RESOURCE, "identity_type": _STR, "os": _STR},
    )


MANAGEMENT_GROUP = _scope("AzureManagementGroup", "management group", privileged=True)
SUBSCRIPTION = _scope("AzureSubscription", "subscription", privileged=True)
RESOURCE_GROUP = _scope("AzureResourceGroup", "resource group", privileged=False)
VAULT = NodeKind(
    name="AzureKeyVault",
    label="key vault",
    platform="azure",
    about="To hold a vault is to read its secrets; managing it is a power of its own.",
    is_secret_store=True,
    wants_owner=True,
    shape="database",
    properties={
        **_RESOURCE,
        "vault_uri": _STR,
        "rbac_mode": _BOOL,  # enableRbacAuthorization: access policies are inactive
        "policies_read": _BOOL,  # the export holds the vault's own properties
        "network_restricted": _BOOL,
        "purge_protection": _BOOL,
    },
)
VAULT_SECRET = NodeKind(
    name="AzureKeyVaultSecret",
    label="vault secret",
    platform="azure",
    about="A secret by its name, dates and tags, never its value; to hold it is to read it.",
    shape="box",
    properties={
        "enabled": _BOOL,
        "created": _TIME,
        "updated": _TIME,
        "start": _TIME,
        "end": _TIME,
        "content_type": _STR,
        "managed": _BOOL,
        "tags": _STRS,
        "opens_app_id": _STR,
        "opens_key_id": _STR,
        "opens_access_key": _STR,
        "opens_repository": _STR,
    },
)
STORAGE_ACCOUNT = NodeKind(
    name="AzureStorageAccount",
    label="storage account",
    platform="azure",
    about="To hold a storage account is to read its data.",
    is_data=True,
    wants_owner=True,
    shape="database",
    properties={
        **_RESOURCE,
        "shared_key_access": _BOOL,
        "public_access": _BOOL,
        "network_restricted": _BOOL,
    },
)
STORAGE_CONTAINER = NodeKind(
    name="AzureStorageContainer",
    label="blob container",
    platform="azure",
    about="To hold a container is to read its blobs.",
    is_data=True,
    shape="database",
    properties={**_RESOURCE, "public_access": _STR},
)
VM = _compute("AzureVM", "virtual machine")
SCALE_SET = _compute("AzureVMScaleSet", "VM scale set")
FUNCTION_APP = _compute("AzureFunctionApp", "function app")
WEB_APP = _compute("AzureWebApp", "web app")
LOGIC_APP = _compute("AzureLogicApp", "logic app")
AUTOMATION_ACCOUNT = _compute("AzureAutomationAccount", "automation account")
CONTAINER_REGISTRY = _compute("AzureContainerRegistry", "container registry")
MANAGED_CLUSTER = _compute("AzureManagedCluster", "Kubernetes cluster")

COMPUTE = (
    VM,
    SCALE_SET,
    FUNCTION_APP,
    WEB_APP,
    LOGIC_APP,
    AUTOMATION_ACCOUNT,
    CONTAINER_REGISTRY,
    MANAGED_CLUSTER,
)
SCOPES = (MANAGEMENT_GROUP, SUBSCRIPTION, RESOURCE_GROUP)
RESOURCES = (VAULT, STORAGE_ACCOUNT, STORAGE_CONTAINER, *COMPUTE)
NODE_KINDS = (*SCOPES, VAULT, VAULT_SECRET, STORAGE_ACCOUNT, STORAGE_CONTAINER, *COMPUTE)

_PRINCIPALS = (USER, GROUP, *SERVICE_IDENTITIES)

CONTAINS = EdgeKind(
    name="CONTAINS",
    reads="contains",
    ends=(
        *between((TENANT,), (MANAGEMENT_GROUP, SUBSCRIPTION)),
        *between((MANAGEMENT_GROUP,), (MANAGEMENT_GROUP, SUBSCRIPTION)),
        *between((SUBSCRIPTION,), (RESOURCE_GROUP,)),
        *between((RESOURCE_GROUP,), (VAULT, STORAGE_ACCOUNT, *COMPUTE)),
        *between((STORAGE_ACCOUNT,), (STORAGE_CONTAINER,)),
        *between((VAULT,), (VAULT_SECRET,)),
    ),
    bloodhound="AZContains",
)
HAS_RBAC_ROLE = EdgeKind(
    name="HAS_RBAC_ROLE",
    reads="is assigned an Azure role at",
    ends=between(_PRINCIPALS, (TENANT, *SCOPES, *RESOURCES)),  # the tenant stands for scope "/"
    properties={"role_definition_id": _STR, "role_name": _STR},  # the definition's GUID
)
VAULT_POLICY = EdgeKind(
    name="VAULT_POLICY",
    reads="is named in an access policy of",
    ends=between(_PRINCIPALS, (VAULT,)),
    properties={
        "secrets": _STRS,
        "keys": _STRS,
        "certificates": _STRS,
        "storage": _STRS,
        "application_id": _STR,
    },
)
HAS_IDENTITY = EdgeKind(
    name="HAS_IDENTITY",
    reads="runs as",
    ends=between(COMPUTE, SERVICE_IDENTITIES),
    flow=Flow.RIGHTS,
    allows="Code on the resource asks the local identity endpoint for tokens of this identity.",
    verify="The resource's Identity blade, or its `identity` property in the ARM export.",
    remove="Take the identity off the resource, or its roles away; a token already issued lives "
    "up to 24 hours.",
    logged="Managed identity sign-in log; not which code on the resource asked.",
    frameworks=("OWASP-NHI:NHI5:2025", "NIST-CSF:PR.AA-05", "ATT&CK:T1552.005"),
    source="Microsoft Learn: How managed identities for Azure resources work",
    bloodhound="AZManagedIdentity",
)
NODE_RESOURCE_GROUP = EdgeKind(
    name="NODE_RESOURCE_GROUP",
    reads="keeps its nodes in",
    ends=between((MANAGED_CLUSTER,), (RESOURCE_GROUP,)),
    bloodhound="AZNodeResourceGroup",
)

EDGE_KINDS = (CONTAINS, HAS_RBAC_ROLE, VAULT_POLICY, HAS_IDENTITY, NODE_RESOURCE_GROUP)
