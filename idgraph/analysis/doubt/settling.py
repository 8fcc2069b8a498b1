"""What would settle a doubt: the record kind, setting or test that says how it really is.

Where a loader names the same thing in its coverage, the words are that name, so that an answer
can say of which source it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from idgraph.catalogue import ASSUME

_CLUSTERS = "settings of Kubernetes clusters (aadProfile, disableLocalAccounts)"
_AUTHENTICATION = "authentication methods policy"
_APPLICATIONS = "AZApp"
_TEST = "a test in a tenant of one's own"

SETTLES_ASSUMPTION: Mapping[str, str] = {
    "aks_azure_rbac": _CLUSTERS,
    "aks_local_accounts": _CLUSTERS,
    "app_home_tenant": _APPLICATIONS,
    "app_instance_lock": "app instance lock",
    "app_only_password_reset": _TEST,
    "app_single_directory": _APPLICATIONS,
    "device_managed": "devices that Intune manages",
    "elevate_access_by_service_principal": _TEST,
    "eligible_role_protection": _TEST,
    "entra_login": "extensions of virtual machines (sign-in with Entra accounts)",
    "federated_second_factor": "federation settings of the domain (federatedIdpMfaBehavior)",
    "group_not_role_assignable": "AZGroup",
    "guest_owner_access": "authorization policy (what guests may do)",
    "owner_app_permission": _TEST,
    "password_writeback": "settings of the synchronisation (password writeback)",
    "reset_without_approval": "reset register",
    "restricted_management_unit": "administrative unit membership",
    "role_assignment_condition": "conditions of Azure role assignments",
    "secret_tag": "the record of who set the secret, and for which key",
    "self_service_methods": _AUTHENTICATION,
    "service_principal_enabled": "whether the service principal is used again",
    "shared_key_access": "AZStorageAccount",
    "tap_policy": _AUTHENTICATION,
}
"""By the subject of an `assume:` guard."""

SETTLES_BLIND_SPOT: Mapping[str, str] = {
    "permission model of ": "AZKeyVault",
    "self-approval of ": "reset register",
    "tenant of ": "reset register",
    "unit members of ": "administrative unit membership",
}
"""By how the subject of an `unknown:` guard begins."""


HINTED = frozenset({"administrative unit membership", "app instance lock"})
"""What loaders name as missing and the graph itself says wherever it matters."""


def settled_by(guard: str) -> str:
    """Return what would settle a doubt; the doubt's own subject where nothing better is known."""
    kind, _, subject = guard.partition(":")
    if kind == ASSUME.name:
        return SETTLES_ASSUMPTION.get(subject, subject.replace("_", " "))
    begun = (what for start, what in SETTLES_BLIND_SPOT.items() if subject.startswith(start))
    return next(begun, subject)
