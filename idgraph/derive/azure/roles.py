"""Azure built-in roles judged by what their documented permissions allow.

A role is known by the GUID of its definition, never by its name, which an administrator may have
given to a custom role too. Permissions: Microsoft Learn, Azure built-in roles (one page a
category). Roles that are not listed give nothing that idgraph follows, or are not known to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from idgraph.catalogue import ASSUME
from idgraph.vocabulary import azure


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One power at a scope that every scope below inherits; `name` ends the power node's id."""

    name: str
    label: str
    acts_on: tuple[str, ...]  # names of the node kinds that it leads to


@dataclass(frozen=True, slots=True)
class Grant:
    """A capability that a role gives, and what must be so for the role to be of use."""

    capability: Capability
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureRole:
    """A built-in role: an administrator of its scope, or the holder of capabilities there."""

    id: str
    name: str
    administers: bool = False
    assumes: tuple[str, ...] = ()  # of being an administrator
    grants: tuple[Grant, ...] = ()

    def gives(self, capability: Capability) -> bool:
        """Return whether the role gives a capability."""
        return any(each.capability is capability for each in self.grants)

    def assumed(self, capability: Capability) -> tuple[str, ...]:
        """Return what must be so for a capability that the role gives."""
        return next(each.assumes for each in self.grants if each.capability is capability)


_VAULT = (azure.VAULT.name,)
_ACCOUNT = (azure.STORAGE_ACCOUNT.name,)
_BLOBS = (azure.STORAGE_ACCOUNT.name, azure.STORAGE_CONTAINER.name)
_COMPUTE = tuple(kind.name for kind in azure.COMPUTE)

CONTRIBUTE = Capability(
    name="contribute", label="Writing resources", acts_on=(*_VAULT, *_ACCOUNT, *_COMPUTE)
)
VAULT_MANAGE = Capability(name="vault-manage", label="Managing key vaults", acts_on=_VAULT)
VAULT_GRANT = Capability(name="vault-grant", label="Granting key vault roles", acts_on=_VAULT)
VAULT_SECRETS = Capability(name="vault-secrets", label="Reading vault secrets", acts_on=_VAULT)
STORAGE = Capability(name="storage", label="Managing storage accounts", acts_on=_ACCOUNT)
STORAGE_KEYS = Capability(name="storage-keys", label="Listing storage keys", acts_on=_ACCOUNT)
STORAGE_DATA = Capability(name="storage-data", label="Reading blobs", acts_on=_BLOBS)
MACHINES = Capability(name="vm", label="Commanding virtual machines", acts_on=(azure.VM.name,))
SCALE_SETS = Capability(
    name="vm-scale-set", label="Commanding scale sets", acts_on=(azure.SCALE_SET.name,)
)
WEBSITES = Capability(
    name="website",
    label="Deploying web and function apps",
    acts_on=(azure.WEB_APP.name, azure.FUNCTION_APP.name),
)
AUTOMATION = Capability(
    name="automation", label="Writing runbooks", acts_on=(azure.AUTOMATION_ACCOUNT.name,)
)
LOGIC_APPS = Capability(
    name="logicapp", label="Editing logic apps", acts_on=(azure.LOGIC_APP.name,)
)
CLUSTERS = Capability(
    name="aks", label="Administering clusters", acts_on=(azure.MANAGED_CLUSTER.name,)
)

CAPABILITIES = (
    CONTRIBUTE,
    VAULT_MANAGE,
    VAULT_GRANT,
    VAULT_SECRETS,
    STORAGE,
    STORAGE_KEYS,
    STORAGE_DATA,
    MACHINES,
    SCALE_SETS,
    WEBSITES,
    AUTOMATION,
    LOGIC_APPS,
    CLUSTERS,
)
RUNS_CODE = (CONTRIBUTE, MACHINES, SCALE_SETS, WEBSITES, AUTOMATION, LOGIC_APPS, CLUSTERS)

# A role assignment may carry a condition that limits which roles it may assign; no export holds it.
ROLE_ASSIGNMENT_CONDITION = ASSUME.of("role_assignment_condition")
ENTRA_LOGIN = ASSUME.of("entra_login")  # the machine has the sign-in extension
LOCAL_ACCOUNTS = ASSUME.of("aks_local_accounts")  # the cluster accepts its local admin account
KUBERNETES_RBAC = ASSUME.of("aks_azure_rbac")  # the cluster asks Azure for Kubernetes rights

_LOGIN = (Grant(MACHINES, (ENTRA_LOGIN,)),)
_IN_CLUSTER = (Grant(CLUSTERS, (KUBERNETES_RBAC,)),)

OWNER = AzureRole(id="8e3af657-a8ff-443c-a75c-2fe8c4bcb635", name="Owner", administers=True)
USER_ACCESS_ADMINISTRATOR = AzureRole(
    id="18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", name="User Access Administrator", administers=True
)
RBAC_ADMINISTRATOR = AzureRole(
    id="f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    name="Role Based Access Control Administrator",
    administers=True,
    assumes=(ROLE_ASSIGNMENT_CONDITION,),
)
CONTRIBUTOR = AzureRole(
    id="b24988ac-6180-42a0-ab88-20f7382dd24c", name="Contributor", grants=(Grant(CONTRIBUTE),)
)

_VAULT_ROLES = (
    AzureRole(
        id="f25e0fa2-a7c8-4377-a976-54943a77a395",
        name="Key Vault Contributor",
        grants=(Grant(VAULT_MANAGE),),
    ),
    AzureRole(
        id="8b54135c-b56d-4d72-a534-26097cfdc8d8",
        name="Key Vault Data Access Administrator",  # its own condition allows the reading roles
        grants=(Grant(VAULT_GRANT),),
    ),
    AzureRole(
        id="00482a5a-887f-4fb3-b363-3b7fe8e74483",
        name="Key Vault Administrator",
        grants=(Grant(VAULT_SECRETS),),
    ),
    AzureRole(
        id="b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        name="Key Vault Secrets Officer",
        grants=(Grant(VAULT_SECRETS),),
    ),
    AzureRole(
        id="4633458b-17de-408a-b874-0445c86b69e6",
        name="Key Vault Secrets User",
        grants=(Grant(VAULT_SECRETS),),
    ),
    AzureRole(
        id="db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
        name="Key Vault Certificate User",  # has secrets/getSecret/action, of any secret
        grants=(Grant(VAULT_SECRETS),),
    ),
)
_STORAGE_ROLES = (
    AzureRole(
        id="17d1049b-9a84-46fb-8f53-869881c3d3ab",
        name="Storage Account Contributor",
        grants=(Grant(STORAGE),),
    ),
    AzureRole(
        id="0f37683f-2463-46b6-9ce7-9b788b988ba2",
        name="App Compliance Automation Administrator",  # storageAccounts/write and listKeys
        grants=(Grant(STORAGE),),
    ),
    AzureRole(
        id="81a9662b-bebf-436f-a333-f67b29880f12",
        name="Storage Account Key Operator Service Role",
        grants=(Grant(STORAGE_KEYS),),
    ),
    AzureRole(
        id="c12c1c16-33a1-487b-954d-41c89c60f349",
        name="Reader and Data Access",
        grants=(Grant(STORAGE_KEYS),),
    ),
    AzureRole(
        id="2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        name="Storage Blob Data Reader",
        grants=(Grant(STORAGE_DATA),),
    ),
    AzureRole(
        id="ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        name="Storage Blob Data Contributor",
        grants=(Grant(STORAGE_DATA),),
    ),
    AzureRole(
        id="b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        name="Storage Blob Data Owner",
        grants=(Grant(STORAGE_DATA),),
    ),
    AzureRole(
        id="4bad4d9e-2a13-4888-94bb-c8432f6f3040",
        name="Storage Actions Blob Data Operator",
        grants=(Grant(STORAGE_DATA),),
    ),
    AzureRole(
        id="77789c21-1643-48a2-8f27-47f858540b51",
        name="Storage Actions Task Assignment Contributor",  # may assign the role above
        grants=(Grant(STORAGE_DATA),),
    ),
    AzureRole(
        id="c025889f-8102-4ebf-b32c-fc0c6f0c6bd9",
        name="Avere Operator",
        grants=(Grant(STORAGE_DATA),),
    ),
)
_COMPUTE_ROLES = (
    AzureRole(
        id="9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        name="Virtual Machine Contributor",
        grants=(Grant(MACHINES), Grant(SCALE_SETS), Grant(STORAGE_KEYS)),
    ),
    AzureRole(
        id="4f8fab4f-1852-4a58-a46a-8eaf358af14a",
        name="Avere Contributor",
        grants=(Grant(MACHINES), Grant(STORAGE), Grant(STORAGE_DATA)),
    ),
    AzureRole(
        id="dfce8971-25e3-42e3-ba33-6055438e3080",
        name="VM Restore Operator",
        grants=(Grant(MACHINES), Grant(STORAGE), Grant(STORAGE_DATA)),
    ),
    AzureRole(
        id="92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        name="Log Analytics Contributor",  # virtualMachines/extensions/*, and listKeys
        grants=(Grant(MACHINES), Grant(STORAGE_KEYS)),
    ),
    AzureRole(
        id="1c0163c0-47e6-4577-8991-ea5c82e286e4",
        name="Virtual Machine Administrator Login",
        grants=_LOGIN,
    ),
    AzureRole(
        id="fb879df8-f326-4884-b1cf-06f3ad86be52",
        name="Virtual Machine User Login",
        grants=_LOGIN,
    ),
    AzureRole(
        id="66f75aeb-eabe-4b70-9f1e-c350c4c9ad04",
        name="Virtual Machine Data Access Administrator",  # may assign the two login roles
        grants=_LOGIN,
    ),
    AzureRole(
        id="de139f84-1756-47ae-9be6-808fbbe84772",
        name="Website Contributor",
        grants=(Grant(WEBSITES),),
    ),
    AzureRole(
        id="f353d9bd-d4a6-484e-a77a-8050b599b867",
        name="Automation Contributor",
        grants=(Grant(AUTOMATION),),
    ),
    AzureRole(
        id="87a39d53-fc1b-424a-814c-f7e04687dc9e",
        name="Logic App Contributor",
        grants=(Grant(LOGIC_APPS), Grant(STORAGE_KEYS)),
    ),
    AzureRole(
        id="ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
        name="Azure Kubernetes Service Contributor Role",
        grants=(Grant(CLUSTERS),),
    ),
    AzureRole(
        id="0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
        name="Azure Kubernetes Service Cluster Admin Role",
        grants=(Grant(CLUSTERS, (LOCAL_ACCOUNTS,)),),
    ),
    AzureRole(
        id="b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
        name="Azure Kubernetes Service RBAC Cluster Admin",
        grants=_IN_CLUSTER,
    ),
    AzureRole(
        id="3498e952-d568-435e-9b2c-8d77e338d7f7",
        name="Azure Kubernetes Service RBAC Admin",
        grants=_IN_CLUSTER,
    ),
    AzureRole(
        id="a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
        name="Azure Kubernetes Service RBAC Writer",
        grants=_IN_CLUSTER,
    ),
)

ROLES = (
    OWNER,
    USER_ACCESS_ADMINISTRATOR,
    RBAC_ADMINISTRATOR,
    CONTRIBUTOR,
    *_VAULT_ROLES,
    *_STORAGE_ROLES,
    *_COMPUTE_ROLES,
)
NUMBER = {role.id: number for number, role in enumerate(ROLES)}
