"""What an AzureHound export holds of each record kind, and what it can never hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from idgraph.records import CoverageRecord

UNKNOWN_KIND = "a record kind nobody here knows"

IGNORED: Mapping[str, str] = {
    "AZAppMember": "no collector writes it any more",
    "AZEntraDS": "domain services have no kind in the vocabulary",
    "AZEntraDSRoleAssignment": "domain services have no kind in the vocabulary",
    "AZOAuth2PermissionGrant": "delegated consent has no kind in the vocabulary",
}

LISTED: Mapping[str, str] = {  # what `azurehound list` writes, and what is not known without it
    "AZTenant": "the tenant's name and domains are not known",
    "AZUser": "users are not known",
    "AZGroup": "groups are not known",
    "AZGroupMember": "who is in a group is not known",
    "AZGroupOwner": "who owns a group is not known",
    "AZDevice": "devices are not known",
    "AZApp": "app registrations are not known",
    "AZAppOwner": "who owns an app registration is not known",
    "AZFederatedIdentityCredential": "federated credentials are not known",
    "AZServicePrincipal": "service principals are not known",
    "AZServicePrincipalOwner": "who owns a service principal is not known",
    "AZAppRoleAssignment": "application permissions are not known",
    "AZRole": "directory roles and their actions are not known",
    "AZRoleAssignment": "who holds a directory role is not known",
    "AZRoleEligibilityScheduleInstance": "who is eligible for a directory role is not known",
    "AZRoleManagementPolicyAssignment": "what activating a directory role asks for is not known",
    "AZManagementGroup": "management groups are not known",
    "AZManagementGroupDescendant": "what a management group contains is not known",
    "AZManagementGroupOwner": "owners of management groups are not known",
    "AZManagementGroupContributor": "contributors of management groups are not known",
    "AZManagementGroupUserAccessAdmin": "who grants access to management groups is not known",
    "AZSubscription": "subscriptions are not known",
    "AZSubscriptionOwner": "owners of subscriptions are not known",
    "AZSubscriptionContributor": "contributors of subscriptions are not known",
    "AZSubscriptionUserAccessAdmin": "who grants access to subscriptions is not known",
    "AZResourceGroup": "resource groups are not known",
    "AZResourceGroupOwner": "owners of resource groups are not known",
    "AZResourceGroupContributor": "contributors of resource groups are not known",
    "AZResourceGroupUserAccessAdmin": "who grants access to resource groups is not known",
    "AZKeyVault": "vaults are not known",
    "AZKeyVaultAccessPolicy": "access policies are known from the vaults' own properties only",
    "AZKeyVaultOwner": "owners of vaults are not known",
    "AZKeyVaultContributor": "contributors of vaults are not known",
    "AZKeyVaultKVContributor": "vault contributors are not known",
    "AZKeyVaultUserAccessAdmin": "who grants access to vaults is not known",
    "AZVM": "virtual machines are not known",
    "AZVMOwner": "owners of virtual machines are not known",
    "AZVMContributor": "contributors of virtual machines are not known",
    "AZVMAvereContributor": "Avere contributors of virtual machines are not known",
    "AZVMAdminLogin": "who signs in to virtual machines as administrator is not known",
    "AZVMUserAccessAdmin": "who grants access to virtual machines is not known",
    "AZVMScaleSet": "VM scale sets are not known",
    "AZVMScaleSetRoleAssignment": "who holds a role on a VM scale set is not known",
    "AZFunctionApp": "function apps are not known",
    "AZFunctionAppRoleAssignment": "who holds a role on a function app is not known",
    "AZWebApp": "web apps are not known",
    "AZWebAppRoleAssignment": "who holds a role on a web app is not known",
    "AZLogicApp": "logic apps are not known",
    "AZLogicAppRoleAssignment": "who holds a role on a logic app is not known",
    "AZAutomationAccount": "automation accounts are not known",
    "AZAutomationAccountRoleAssignment": "who holds a role on an automation account is not known",
    "AZContainerRegistry": "container registries are not known",
    "AZContainerRegistryRoleAssignment": "who holds a role on a registry is not known",
    "AZManagedCluster": "Kubernetes clusters are not known",
    "AZManagedClusterRoleAssignment": "who holds a role on a cluster is not known",
}

NEVER: Mapping[str, str] = {  # what AzureHound does not write
    "administrative unit membership": "who is in an administrative unit is not collected",
    "app instance lock": "whether an application's credentials are locked is not collected",
    "OAuth2 permission grants": "delegated consent is not read",
    "M365-only groups": "groups that are not security enabled are not collected",
    "PIM for groups": "eligible group members and owners are not collected",
    "Azure role eligibility": "eligible Azure role assignments are not collected",
    "conditional access": "conditional access policies are not collected",
    "managed identity federated credentials": "outside issuers that a managed identity trusts "
    "are not collected",
    "sign-in logs": "AzureHound holds no sign-ins; entra_signins loads them",
}
VAULT_ROLES = "vault data-plane RBAC roles"
VAULT_ROLES_ABOUT = (
    "who reads a vault in RBAC mode is not collected by `azurehound list`; add "
    "`azurehound list key-vault-role-assignments` and those of its scopes"
)
_STATES_VAULT_ROLES = frozenset(
    ("AZKeyVaultRoleAssignment", "AZResourceGroupRoleAssignment", "AZSubscriptionRoleAssignment")
)


@dataclass(slots=True)
class Seen:
    """How much of one record kind was read."""

    count: int = 0
    faults: int = 0
    ignored: str = ""  # why, when the kind is ignored


def coverage(seen: Mapping[str, Seen], *, whole: bool) -> Iterator[CoverageRecord]:
    """Yield what was seen of each record kind, then what is missing."""
    for kind in sorted(seen):
        if kind:
            yield _of_kind(kind, seen[kind], whole=whole)
    for kind, about in LISTED.items():
        if kind not in seen:
            yield _missing(kind, f"no {kind} records: {about}")
    for what, about in NEVER.items():
        yield _missing(what, about)
    if not set(seen) >= _STATES_VAULT_ROLES:
        yield _missing(VAULT_ROLES, VAULT_ROLES_ABOUT)


def _of_kind(kind: str, seen: Seen, *, whole: bool) -> CoverageRecord:
    about = _about(kind, seen, whole=whole)
    return CoverageRecord(record=kind, count=seen.count, complete=not about, about=about)


def _about(kind: str, seen: Seen, *, whole: bool) -> str:
    if seen.ignored:
        return seen.ignored
    if seen.faults:
        return f"{seen.faults} parts of {kind} records could not be understood"
    return "" if whole else "the export holds another number of records than it says"


def _missing(record: str, about: str) -> CoverageRecord:
    return CoverageRecord(record=record, count=0, complete=False, about=about)
