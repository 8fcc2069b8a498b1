"""A tenant of any size for benchmarks, streamed: `write_tenant(path, users=200_000, seed=1)`.

Takes time linear in the users and memory that does not grow with them: ids are arithmetic, the
members of a group are drawn by a stride through the users, and the longest line is written piece
by piece. The shapes are AzureHound's; the company is nobody's.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from typing import TextIO

from sample_data import directory, estate
from sample_data.applications import GRAPH_ROLES
from sample_data.azurehound_shape import Json, dump, line
from sample_data.directory import Role
from sample_data.roster import GRAPH_CLIENT

DOMAIN = "big.example"
GROUPS_PER_USER = 8
SKEW = 0.8
NESTED_EVERY = 20
ROLE_ASSIGNABLE_EVERY = 500
OWNED = 0.7
USERS_AMONG_PRINCIPALS, USERS_AND_GROUPS = 0.5, 0.75

# The first field of an id says what the thing is, the last which one.
TENANT, USER, GROUP, APP, CLIENT, PRINCIPAL, IDENTITY, SUBSCRIPTION, OTHER = range(1, 10)


@dataclass(slots=True)
class TenantCounts:
    """How much a generated tenant holds; written while it streams."""

    users: int = 0
    groups: int = 0
    memberships: int = 0
    nested: int = 0
    apps: int = 0
    service_principals: int = 0
    managed_identities: int = 0
    owners: int = 0
    roles: int = 0
    role_assignments: int = 0
    eligible: int = 0
    app_role_assignments: int = 0
    subscriptions: int = 0
    resource_groups: int = 0
    vms: int = 0
    vaults: int = 0
    access_policies: int = 0
    azure_grants: int = 0
    records: int = 0

    def __str__(self) -> str:
        return "\n".join(f"{it.name:>22} {getattr(self, it.name):>12,}" for it in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tenant:
    """The sizes of a tenant, and the ids that follow from them."""

    users: int
    seed: int

    def id(self, kind: int, at: int = 0) -> str:
        return f"{kind:08x}-{self.seed & 0xFFFF:04x}-4000-8000-{at:012x}"

    @property
    def tenant(self) -> str:
        return self.id(TENANT)

    @property
    def groups(self) -> int:
        return max(20, self.users * 3 // 10)

    @property
    def apps(self) -> int:
        return max(1, self.users * 12 // 100)

    @property
    def subscriptions(self) -> int:
        return max(1, self.users // 1000)

    @property
    def resource_groups(self) -> int:
        return max(1, self.users // 100)

    @property
    def vms(self) -> int:
        return max(2, self.users * 3 // 100)

    @property
    def vaults(self) -> int:
        return max(1, self.users // 100)

    def subscription(self, at: int) -> str:
        return f"/subscriptions/{self.id(SUBSCRIPTION, at)}"

    def resource_group(self, at: int) -> str:
        return f"{self.subscription(at % self.subscriptions)}/resourceGroups/rg-{at}"

    def resource(self, provider: str, name: str, at: int) -> str:
        return f"{self.resource_group(at % self.resource_groups)}/providers/{provider}/{name}-{at}"


class _Writer:
    """An AzureHound output in the making."""

    def __init__(self, stream: TextIO, shape: _Tenant) -> None:
        self.stream = stream
        self.shape = shape
        self.random = Random(shape.seed)  # noqa: S311  a benchmark's shape, not a secret
        self.counts = TenantCounts()

    def add(self, kind: str, data: Json) -> None:
        self._open()
        self.stream.write(line(kind, data))

    def add_list(self, kind: str, plural: str, items: Iterable[str], **tail: str) -> int:
        """Write a list record item by item, `null` for an empty list; return the items."""
        self._open()
        self.stream.write(f'{{"kind":"{kind}","data":{{"{plural}":')
        written = 0
        for written, item in enumerate(items, start=1):
            self.stream.write(f",{item}" if written > 1 else f"[{item}")
        self.stream.write("]" if written else "null")
        rest = "".join(f',"{key}":"{value}"' for key, value in tail.items())
        self.stream.write(f"{rest}}}}}")
        return written

    def _open(self) -> None:
        self.stream.write(",\n\t\t" if self.counts.records else '{\n\t"data": [\n\t\t')
        self.counts.records += 1

    def close(self) -> None:
        meta = dump({"type": "azure", "version": 5, "count": self.counts.records})
        self.stream.write(f'\n\t],\n\t"meta": {meta}\n}}\n')

    def user(self) -> str:
        """Return the id of any user."""
        return self.shape.id(USER, self.random.randrange(self.shape.users))

    def principal(self) -> str:
        """Return the id of any principal: mostly users, some groups and service principals."""
        dice = self.random.random()
        if dice < USERS_AMONG_PRINCIPALS:
            return self.user()
        if dice < USERS_AND_GROUPS:
            return self.shape.id(GROUP, self.random.randrange(self.shape.groups))
        return self.shape.id(PRINCIPAL, self.random.randrange(self.shape.apps))


def write_tenant(path: Path, users: int, seed: int) -> TenantCounts:
    """Write an AzureHound output of a tenant with that many users, return what it holds."""
    shape = _Tenant(users=users, seed=seed)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        writer = _Writer(stream, shape)
        for part in (_people, _groups, _applications, _identities, _roles, _scopes, _vaults, _vms):
            part(writer)
        writer.close()
    return writer.counts


def _named(shape: _Tenant) -> Json:
    return {"tenantId": shape.tenant, "tenantName": "Big"}


def _people(out: _Writer) -> None:
    shape, named = out.shape, _named(out.shape)
    out.add(
        "AZTenant",
        {
            "defaultDomain": DOMAIN,
            "displayName": "Big",
            "id": f"/tenants/{shape.tenant}",
            "tenantCategory": "Home",
            "tenantId": shape.tenant,
            "collected": True,
        },
    )
    for at in range(shape.users):
        out.add(
            "AZUser",
            {
                "id": shape.id(USER, at),
                **({"accountEnabled": True} if at % 25 else {}),
                "createdDateTime": "2023-05-04T08:00:00Z",
                "displayName": f"User {at}",
                "lastPasswordChangeDateTime": "2026-04-01T08:00:00Z",
                **({"onPremisesSyncEnabled": True} if at % 2 else {}),
                "userPrincipalName": f"user{at}@{DOMAIN}",
                "userType": "Member" if at % 20 else "Guest",
                **named,
            },
        )
    out.counts.users = shape.users


def _groups(out: _Writer) -> None:
    shape, named = out.shape, _named(out.shape)
    scale = GROUPS_PER_USER * shape.users / sum(at**-SKEW for at in range(1, shape.groups + 1))
    for at in range(shape.groups):
        group = shape.id(GROUP, at)
        out.add(
            "AZGroup",
            {
                "id": group,
                "displayName": f"Group {at}",
                **({"isAssignableToRole": True} if _role_assignable(at) else {}),
                "securityEnabled": True,
                **named,
            },
        )
        size = min(shape.users, max(1, round(scale * (at + 1) ** -SKEW)))
        out.add_list("AZGroupMember", "members", _members(out, at, size), groupId=group)
        owner = _owners(out, "groupId", group)
        out.counts.owners += out.add_list("AZGroupOwner", "owners", owner, groupId=group)
    out.counts.groups = shape.groups


def _role_assignable(at: int) -> bool:
    return at % ROLE_ASSIGNABLE_EVERY == ROLE_ASSIGNABLE_EVERY - 1


def _members(out: _Writer, at: int, size: int) -> Iterator[str]:
    """Yield a group's member entries: distinct users, and every twentieth group its child."""
    shape, group = out.shape, out.shape.id(GROUP, at)
    stride = _stride(out.random, shape.users)
    start = out.random.randrange(shape.users)
    for step in range(size):
        yield _member(group, shape.id(USER, (start + step * stride) % shape.users), "user")
    out.counts.memberships += size

    child = at * NESTED_EVERY
    if at and child < shape.groups and not _role_assignable(at):
        yield _member(group, shape.id(GROUP, child), "group")
        out.counts.nested += 1


def _stride(random: Random, users: int) -> int:
    stride = random.randrange(1, users)
    while math.gcd(stride, users) != 1:
        stride = stride % users + 1
    return stride


def _member(group: str, member: str, kind: str) -> str:
    odata = f'"@odata.type":"#microsoft.graph.{kind}"'
    return f'{{"groupId":"{group}","member":{{{odata},"id":"{member}"}}}}'


def _owners(out: _Writer, key: str, node: str) -> Iterator[str]:
    """Yield one owner entry for most nodes, none for the rest."""
    if out.random.random() < OWNED:
        owner = f'{{"@odata.type":"#microsoft.graph.user","id":"{out.user()}"}}'
        yield f'{{"{key}":"{node}","owner":{owner}}}'


def _applications(out: _Writer) -> None:
    shape, named = out.shape, _named(out.shape)
    out.add("AZServicePrincipal", _graph(shape))
    roles = list(GRAPH_ROLES.values())
    for at in range(shape.apps):
        app, client, principal = (shape.id(kind, at) for kind in (APP, CLIENT, PRINCIPAL))
        common = {"appId": client, "displayName": f"Application {at}", **named}
        out.add("AZApp", {"id": app, **common, **_passwords(out, at)})
        owner = _owners(out, "appId", app)
        out.counts.owners += out.add_list("AZAppOwner", "owners", owner, appId=client)
        kind = {"servicePrincipalType": "Application", "appOwnerOrganizationId": shape.tenant}
        out.add("AZServicePrincipal", {"id": principal, "accountEnabled": True, **common, **kind})
        owner = _owners(out, "servicePrincipalId", principal)
        out.counts.owners += out.add_list(
            "AZServicePrincipalOwner", "owners", owner, servicePrincipalId=principal
        )
        if at % 10 == 0:
            # one application in a thousand holds a powerful role, the others harmless ones
            role = roles[0] if at % 1000 == 0 else roles[3 + at // 10 % (len(roles) - 3)]
            out.add("AZAppRoleAssignment", _app_role_assignment(shape, principal, role))
            out.counts.app_role_assignments += 1
    out.counts.apps = shape.apps
    out.counts.service_principals = shape.apps + 1


def _graph(shape: _Tenant) -> Json:
    return {
        "id": shape.id(OTHER),
        "accountEnabled": True,
        "appId": GRAPH_CLIENT,
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "appRoles": [{"id": role, "value": name} for name, role in GRAPH_ROLES.items()],
        "displayName": "Microsoft Graph",
        "servicePrincipalType": "Application",
        **_named(shape),
    }


def _passwords(out: _Writer, at: int) -> Json:
    if at % 5 in (3, 4):
        return {}
    end = f"20{25 + at % 3}-09-01T00:00:00Z"
    credential = {
        "displayName": "",
        "endDateTime": end,
        "hint": "",
        "keyId": out.shape.id(9, at + 1),
    }
    return {"passwordCredentials": [credential | {"startDateTime": "2024-09-01T00:00:00Z"}]}


def _app_role_assignment(shape: _Tenant, principal: str, role: str) -> Json:
    return {
        "appRoleId": role,
        "createdDateTime": "2025-01-01T00:00:00Z",
        "id": f"{principal}/{role}",
        "principalDisplayName": "",
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": shape.id(OTHER),
        "appId": GRAPH_CLIENT,
        "tenantId": shape.tenant,
    }


def _identities(out: _Writer) -> None:
    """Write the managed identities: every second virtual machine has its own."""
    shape = out.shape
    for at in range(0, shape.vms, 2):
        out.add(
            "AZServicePrincipal",
            {
                "id": shape.id(IDENTITY, at),
                "accountEnabled": True,
                "alternativeNames": ["isExplicit=False", _vm_id(shape, at)],
                "appId": shape.id(CLIENT, shape.apps + at),
                "displayName": f"vm-{at}",
                "servicePrincipalType": "ManagedIdentity",
                **_named(shape),
            },
        )
        out.counts.managed_identities += 1


def _vm_id(shape: _Tenant, at: int) -> str:
    return shape.resource("Microsoft.Compute/virtualMachines", "vm", at)


def _roles(out: _Writer) -> None:
    shape = out.shape
    for number, role in enumerate(directory.ROLES):
        out.add("AZRole", _role(role, shape))
        found = list(_role_holders(out, number, role))
        out.add(
            "AZRoleAssignment",
            {"roleAssignments": found, "roleDefinitionId": role.id, "tenantId": shape.tenant},
        )
        out.counts.role_assignments += len(found)
    for at in range(max(1, shape.users // 1000)):
        role = directory.ROLES[at % len(directory.ROLES)]
        out.add(
            "AZRoleEligibilityScheduleInstance",
            {
                "id": f"eligible-{at}",
                "roleDefinitionId": role.id,
                "principalId": out.user(),
                "directoryScopeId": "/",
                "tenantId": shape.tenant,
            },
        )
        out.counts.eligible += 1
    out.counts.roles = len(directory.ROLES)


def _role(role: Role, shape: _Tenant) -> Json:
    return {
        "id": role.id,
        "displayName": role.name,
        **({"isBuiltIn": True} if role.built_in else {}),
        "isEnabled": True,
        "rolePermissions": [{"allowedResourceActions": list(role.actions)}],
        "templateId": role.id,
        **_named(shape),
    }


def _role_holders(out: _Writer, number: int, role: Role) -> Iterator[Json]:
    """Yield a few dozen to a few hundred holders, at most one user in twenty, one group too."""
    shape = out.shape
    count = min(24 + number * 37 % 280, max(1, shape.users // 20))
    holders = [shape.id(USER, at) for at in out.random.sample(range(shape.users), count)]
    group = (number + 1) * ROLE_ASSIGNABLE_EVERY - 1
    if group < shape.groups:
        holders.append(shape.id(GROUP, group))
    for holder in holders:
        yield {
            "id": f"{role.id}/{holder}",
            "roleDefinitionId": role.id,
            "principalId": holder,
            "directoryScopeId": "/",
        }


def _scopes(out: _Writer) -> None:
    shape, tenant = out.shape, {"tenantId": out.shape.tenant}
    for at in range(shape.subscriptions):
        node = shape.subscription(at)
        named = {"displayName": f"Subscription {at}", "subscriptionId": shape.id(SUBSCRIPTION, at)}
        out.add("AZSubscription", {"id": node, **named, **tenant})
        _held(out, "AZSubscriptionOwner", "subscriptionId", "owner", node, estate.OWNER, 2)
        _held(
            out, "AZSubscriptionContributor", "subscriptionId", "contributor", node,
            estate.CONTRIBUTOR, 3,
        )  # fmt: skip
        _held(
            out, "AZSubscriptionUserAccessAdmin", "subscriptionId", "userAccessAdmin", node,
            estate.ACCESS_ADMIN, 1,
        )  # fmt: skip
    for at in range(shape.resource_groups):
        node = shape.resource_group(at)
        above = {"subscriptionId": shape.subscription(at % shape.subscriptions)}
        out.add("AZResourceGroup", {"id": node, "name": f"rg-{at}", **above, **tenant})
        _held(out, "AZResourceGroupOwner", "resourceGroupId", "owner", node, estate.OWNER, at % 2)
        _held(
            out, "AZResourceGroupContributor", "resourceGroupId", "contributor", node,
            estate.CONTRIBUTOR, 1,
        )  # fmt: skip
    out.counts.subscriptions = shape.subscriptions
    out.counts.resource_groups = shape.resource_groups


def _held(out: _Writer, kind: str, key: str, one: str, scope: str, role: str, count: int) -> None:
    """Write who holds an Azure role at a scope."""
    found = []
    for at in range(count):
        properties = {"principalId": out.principal(), "roleDefinitionId": role, "scope": scope}
        name = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}-{at}"
        found.append(dump({one: {"id": name, "properties": properties}, key: scope}))
    out.counts.azure_grants += out.add_list(kind, f"{one}s", found, **{key: scope})


def _vaults(out: _Writer) -> None:
    shape = out.shape
    for at in range(shape.vaults):
        node = shape.resource("Microsoft.KeyVault/vaults", "kv", at)
        rbac = at % 2 == 1
        policies = [] if rbac else [_policy(out) for _ in range(3)]
        mode: Json = {"enableRbacAuthorization": True} if rbac else {"accessPolicies": policies}
        out.add(
            "AZKeyVault",
            {
                "id": node,
                "name": f"kv-{at}",
                "properties": {**mode, "vaultUri": f"https://kv-{at}.vault.azure.net/"},
                "resourceGroup": shape.resource_group(at % shape.resource_groups),
                "tenantId": shape.tenant,
            },
        )
        out.counts.access_policies += len(policies)
        _held(
            out, "AZKeyVaultKVContributor", "keyVaultId", "kvContributor", node,
            estate.VAULT_CONTRIBUTOR, int(at % 3 == 0),
        )  # fmt: skip
    out.counts.vaults = shape.vaults


def _policy(out: _Writer) -> Json:
    permissions = {"certificates": [], "keys": [], "secrets": ["Get", "List"], "storage": None}
    return {"applicationId": "", "objectId": out.principal(), "permissions": permissions}


def _vms(out: _Writer) -> None:
    shape = out.shape
    for at in range(shape.vms):
        node = _vm_id(shape, at)
        identity = {"principalId": shape.id(IDENTITY, at), "type": "SystemAssigned"}
        group = at % shape.resource_groups
        out.add(
            "AZVM",
            {
                "id": node,
                "identity": {} if at % 2 else identity,
                "name": f"vm-{at}",
                "resourceGroupId": shape.resource_group(group),
                "subscriptionId": shape.subscription(group % shape.subscriptions),
                "tenantId": shape.tenant,
            },
        )
        _held(
            out, "AZVMAdminLogin", "virtualMachineId", "adminLogin", node, estate.VM_ADMIN_LOGIN,
            int(at % 4 == 0),
        )  # fmt: skip
    out.counts.vms = shape.vms


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write one tenant."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.tenant", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    print(write_tenant(given.out, given.users, given.seed))  # noqa: T201  the counts are the answer


if __name__ == "__main__":
    main()
