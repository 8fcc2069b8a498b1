"""A small tenant to grow in tests: short names for built-in roles, and a settled directory."""

from __future__ import annotations

from typing import Any, Self

from tests.idgraph.derive.build import Build

T = "11111111-1111-1111-1111-111111111111"
GRAPH = "00000003-0000-0000-c000-000000000000"

TEMPLATES = {
    "PA": "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "HA": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "AA": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "UA": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "PAA": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "GA": "62e90394-69f5-4237-9190-012177145e10",
    "PRA": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "PT1": "4ba39ca4-527c-499a-b93d-d9b492c50246",
    "PT2": "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8",
    "DIRECTORY_READERS": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "GUEST_INVITER": "95e79109-95c0-4d8e-aee3-d01accf2d47b",
    "GROUPS_ADMIN": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "MESSAGE_CENTER_READER": "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",
    "REPORTS_READER": "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "USAGE_SUMMARY_READER": "75934031-6c7e-415a-99d7-48dbd49e875e",
    "UX_SUCCESS_MANAGER": "27460883-1df1-4691-b032-3b79643e5e63",
    "APPLICATION_ADMIN": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "CLOUD_APPLICATION_ADMIN": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "HYBRID_IDENTITY_ADMIN": "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    "DIRECTORY_SYNC": "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "DIRECTORY_WRITERS": "9360feb5-f418-4baa-8175-e2a00bac4301",
    "EXCHANGE_ADMIN": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "INTUNE_ADMIN": "3a2c62db-5318-420d-8d74-23affee5d9d5",
}


def role(name: str, tenant: str = T) -> str:
    """Return the node id of a built-in role."""
    return f"{TEMPLATES[name]}@{tenant}"


class Tenant(Build):
    """A build that knows tenants, roles and permissions by short names."""

    def roles(self, *names: str, tenant: str = T, **properties: Any) -> Self:
        """Add built-in roles, all of them without names."""
        for name in names or TEMPLATES:
            self.node(
                "EntraRole",
                role(name, tenant),
                tenant_id=tenant,
                built_in=True,
                template_id=TEMPLATES[name],
                **properties,
            )
        return self

    def settled(self, tenant: str = T) -> Self:
        """Say that restricted units were loaded and that there is none."""
        return self.node(
            "EntraAdministrativeUnit",
            f"settled-{tenant}",
            tenant_id=tenant,
            restricted=False,
            member_list_read=True,
        )

    def user(self, user_id: str, *held: str, tenant: str = T, **properties: Any) -> Self:
        """Add an enabled cloud member that holds some roles over the tenant."""
        stated = {
            "tenant_id": tenant,
            "account_enabled": True,
            "synced": False,
            "user_type": "Member",
            **properties,
        }
        self.node("EntraUser", user_id, **stated)
        for name in held:
            self.edge("HAS_ROLE", user_id, role(name, tenant))
        return self

    def group(self, group_id: str, *members: str, **properties: Any) -> Self:
        """Add an assigned cloud security group."""
        stated = {
            "tenant_id": T,
            "role_assignable": False,
            "synced": False,
            "group_types": (),
            **properties,
        }
        self.node("EntraGroup", group_id, **stated)
        for member in members:
            self.edge("MEMBER_OF", member, group_id)
        return self

    def app(self, name: str, **properties: Any) -> Self:
        """Add a registration `app-<name>` and its unlocked service principal `sp-<name>`."""
        self.node(
            "EntraApp", f"app-{name}", tenant_id=T, app_id=f"client-{name}", audience="AzureADMyOrg"
        )
        return self.service(name, **{"app_owner_organization_id": T, **properties})

    def service(self, name: str, kind: str = "EntraServicePrincipal", **properties: Any) -> Self:
        """Add a service principal `sp-<name>`, unlocked unless said otherwise."""
        stated = {"tenant_id": T, "app_id": f"client-{name}", "instance_lock": False, **properties}
        return self.node(kind, f"sp-{name}", **stated)

    def permit(self, service: str, permission: str) -> Self:
        """Grant an application permission of Microsoft Graph."""
        self.node(
            "EntraServicePrincipal",
            "sp-graph",
            tenant_id=T,
            app_id=GRAPH,
            app_owner_organization_id="f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        )
        return self.edge(
            "HAS_APP_ROLE",
            service,
            "sp-graph",
            key=permission,
            app_role_id=permission,
            resource_app_id=GRAPH,
        )


def tenant() -> Tenant:
    """Return a settled tenant with every role that tests name."""
    return Tenant().node("EntraTenant", T).roles().settled()
