"""Writes records as AzureHound writes them: its JSON shapes, its envelope, its two casings.

Facts about the format, not its code: fields marked `omitempty` vanish when false, empty or zero;
an empty list without that mark is `null`; embedded structs stay as `{}`; Go escapes `<`, `>` and
`&`; `meta` comes last. Before the summer of 2026 ids were as the APIs print them (`Casing.AS_IS`),
since then ids and display names are in upper case (`Casing.UPPER`), some fields excepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

Json = dict[str, Any]
Record = tuple[str, Json]


class Casing(StrEnum):
    """How ids and display names are spelled."""

    AS_IS = "as-is"
    UPPER = "upper"


_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_NODE = ("id", "tenantId", "tenantName", "displayName")
_RESOURCE = ("id", "resourceGroupId", "tenantId", "identity.principalId")
_ASSIGNEES = (
    "objectId",
    "assignees[].objectId",
    "assignees[].assignee.properties.principalId",
    "assignees[].assignee.properties.scope",
)
_HOSTS = ("VM", "FunctionApp", "WebApp", "LogicApp", "AutomationAccount", "ContainerRegistry")


def _holders(scope: str, plural: str, one: str) -> tuple[str, ...]:
    return (
        scope,
        f"{plural}[].{scope}",
        f"{plural}[].{one}.properties.principalId",
        f"{plural}[].{one}.properties.scope",
    )


UPPER_FIELDS: Mapping[str, tuple[str, ...]] = {
    "AZTenant": ("tenantId", "displayName"),
    "AZUser": (*_NODE, "onPremisesSecurityIdentifier"),
    "AZGroup": (*_NODE, "onPremisesSecurityIdentifier"),
    "AZDevice": _NODE,
    "AZApp": (*_NODE, "appId"),
    "AZServicePrincipal": (*_NODE, "appId", "appOwnerOrganizationId"),
    "AZRole": _NODE,
    "AZGroupMember": ("groupId", "members[].groupId", "members[].member.id"),
    "AZGroupOwner": ("groupId", "owners[].groupId", "owners[].owner.id"),
    "AZAppOwner": ("appId", "owners[].appId", "owners[].owner.id"),
    "AZServicePrincipalOwner": (
        "servicePrincipalId",
        "owners[].servicePrincipalId",
        "owners[].owner.id",
    ),
    "AZFederatedIdentityCredential": (
        "appId", "tenantId", "tenantName", "fics[].appId", "fics[].fic.id",
    ),
    "AZAppRoleAssignment": ("principalId", "resourceId", "tenantId"),
    "AZRoleAssignment": (
        "roleDefinitionId",
        "tenantId",
        "roleAssignments[].principalId",
        "roleAssignments[].directoryScopeId",
    ),
    "AZRoleEligibilityScheduleInstance": ("roleDefinitionId", "principalId", "tenantId"),
    "AZRoleManagementPolicyAssignment": (
        "roleDefinitionId",
        "tenantId",
        "endUserAssignmentUserApprovers[]",
        "endUserAssignmentGroupApprovers[]",
    ),
    "AZManagementGroup": ("id", "tenantId"),
    "AZManagementGroupDescendant": ("id", "properties.parent.id"),
    "AZSubscription": ("id", "tenantId", "displayName"),
    "AZResourceGroup": ("id", "tenantId"),
    "AZKeyVault": ("id", "resourceGroup", "tenantId"),
    "AZKeyVaultAccessPolicy": ("objectId", "keyVaultId"),
    "AZKeyVaultRoleAssignment": _holders("virtualMachineId", "roleAssignments", "roleAssignment"),
    "AZManagedCluster": ("id", "resourceGroupId", "tenantId"),
    "AZManagedClusterRoleAssignment": _ASSIGNEES,
    "AZVMScaleSet": _RESOURCE,
    "AZVMScaleSetRoleAssignment": _ASSIGNEES,
    **{f"AZ{host}": _RESOURCE for host in _HOSTS},
    **{f"AZ{host}RoleAssignment": _ASSIGNEES for host in _HOSTS if host != "VM"},
}  # fmt: skip
"""Which fields the new casing turns to upper case; the rest keep theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleList:
    """How AzureHound writes who holds one Azure role at one sort of scope."""

    thing: str
    kind: str
    key: str
    plural: str
    one: str


_SCOPE_KEYS = {
    "ManagementGroup": "managementGroupId",
    "Subscription": "subscriptionId",
    "ResourceGroup": "resourceGroupId",
    "KeyVault": "keyVaultId",
    "VM": "virtualMachineId",
}
_EVERYWHERE = ("owner", "contributor", "userAccessAdmin")
_ALSO = {"KeyVault": ("kvContributor",), "VM": ("avereContributor", "adminLogin")}


def _role_list(thing: str, one: str) -> RoleList:
    suffix = "KVContributor" if one == "kvContributor" else f"{one[0].upper()}{one[1:]}"
    return RoleList(
        thing=thing, kind=f"AZ{thing}{suffix}", key=_SCOPE_KEYS[thing], plural=f"{one}s", one=one
    )


ROLE_LISTS: Mapping[str, RoleList] = {
    made.kind: made
    for thing in _SCOPE_KEYS
    for one in _EVERYWHERE + _ALSO.get(thing, ())
    for made in (_role_list(thing, one),)
}
"""By record kind: `AZSubscriptionOwner`, `AZVMAdminLogin`, …"""


def compact(**fields: Any) -> Json:
    """Return the fields that `omitempty` keeps; an embedded struct, even empty, is kept."""
    return {key: value for key, value in fields.items() if value or isinstance(value, dict)}


def write(stream: TextIO, records: Iterable[Record], casing: Casing = Casing.AS_IS) -> int:
    """Write one AzureHound output, return how many records it holds."""
    count = 0
    stream.write('{\n\t"data": [\n')
    for kind, data in records:
        stream.write(",\n\t\t" if count else "\t\t")
        stream.write(line(kind, spelled(kind, data, casing)))
        count += 1
    stream.write(f'\n\t],\n\t"meta": {dump({"type": "azure", "version": 5, "count": count})}\n}}\n')
    return count


def line(kind: str, data: Json) -> str:
    """Return one record as AzureHound prints it, on one line."""
    return dump({"kind": kind, "data": data})


def dump(value: Json) -> str:
    """Return JSON as Go's encoder writes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def spelled(kind: str, data: Json, casing: Casing) -> Json:
    """Return a record's data in a casing; a new value where anything changes."""
    if casing is Casing.AS_IS:
        return data
    copy: Json = json.loads(json.dumps(data))
    for path in _upper_fields(kind):
        _raise(copy, path.split("."))
    for identity in copy.get("identity", {}).get("userAssignedIdentities", {}).values():
        identity["principalId"] = upper(identity["principalId"])
    return copy


def _upper_fields(kind: str) -> tuple[str, ...]:
    if found := ROLE_LISTS.get(kind):
        return _holders(found.key, found.plural, found.one)
    return UPPER_FIELDS.get(kind, ())


def _raise(node: Json, path: list[str]) -> None:
    head, rest = path[0], path[1:]
    key = head.removesuffix("[]")
    value = node.get(key)
    if value is None:
        return
    if not rest:
        node[key] = [upper(item) for item in value] if head != key else upper(value)
        return
    for item in value if head != key else [value]:
        _raise(item, rest)


def upper(text: str) -> str:
    """Return text in upper case letter by letter, as Go does: `ß` stays one letter."""
    return "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in text)
