"""Ids of the fictional tenant: functions of a name, so a story is told once and never drifts."""

from __future__ import annotations

import hashlib

DOMAIN = "northlight.example"
PROVIDERS = {
    "vault": "Microsoft.KeyVault/vaults",
    "storage": "Microsoft.Storage/storageAccounts",
    "vm": "Microsoft.Compute/virtualMachines",
    "scale_set": "Microsoft.Compute/virtualMachineScaleSets",
    "function": "Microsoft.Web/sites",
    "web": "Microsoft.Web/sites",
    "logic": "Microsoft.Logic/workflows",
    "automation": "Microsoft.Automation/automationAccounts",
    "cluster": "Microsoft.ContainerService/managedClusters",
    "registry": "Microsoft.ContainerRegistry/registries",
    "identity": "Microsoft.ManagedIdentity/userAssignedIdentities",
}


def guid(name: str) -> str:
    """Return the version-4-shaped GUID that stands for a name, always the same one."""
    digits = hashlib.sha256(f"northlight/{name}".encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


TENANT = guid("tenant")


def user_id(key: str) -> str:
    """Return the object id of a person."""
    return guid(f"user/{key}")


def group_id(key: str) -> str:
    """Return the object id of a group."""
    return guid(f"group/{key}")


def app_object_id(key: str) -> str:
    """Return the object id of an app registration, which is not its client id."""
    return guid(f"app/{key}")


def client_id(key: str) -> str:
    """Return the client id (`appId`) shared by a registration and its service principal."""
    return guid(f"client/{key}")


def principal_id(key: str) -> str:
    """Return the object id of a service principal."""
    return guid(f"principal/{key}")


def credential_id(key: str) -> str:
    """Return the `keyId` of a password or key credential."""
    return guid(f"credential/{key}")


def unit_id(key: str) -> str:
    """Return the object id of an administrative unit."""
    return guid(f"unit/{key}")


def management_group(name: str) -> str:
    """Return the ARM id of a management group, in the casing that ARM prints."""
    return f"/providers/Microsoft.Management/managementGroups/{name}"


def subscription(key: str) -> str:
    """Return the ARM id of a subscription."""
    return f"/subscriptions/{guid(f'subscription/{key}')}"


def resource_group(sub: str, name: str) -> str:
    """Return the ARM id of a resource group, in the casing that ARM prints."""
    return f"{subscription(sub)}/resourceGroups/{name}"


def resource(kind: str, group: str, name: str) -> str:
    """Return the ARM id of a resource in a group given by its ARM id."""
    return f"{group}/providers/{PROVIDERS[kind]}/{name}"


def secret(vault: str, name: str) -> str:
    """Return the id of a secret in a vault given by its name."""
    return f"https://{vault}.vault.azure.net/secrets/{name}"
