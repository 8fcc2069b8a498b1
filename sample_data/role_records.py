"""Entra roles in AzureHound's shape: definitions, holders, activation policies."""

from __future__ import annotations

from collections.abc import Iterator

from sample_data import applications, directory, ids, plan
from sample_data.azurehound_shape import Json, Record, compact
from sample_data.directory import Activation, Role

_TENANT = {"tenantId": plan.TENANT_ID, "tenantName": plan.TENANT_NAME}
APPLICATION_STRUCTS: Json = {
    "api": {},
    "info": {},
    "optionalClaims": {},
    "parentalControlSettings": {},
    "publicClient": {},
    "spa": {},
    "verifiedPublisher": {},
    "web": {"implicitGrantSettings": {}},
}
"""The structs inside an application, which AzureHound also uses for a role's scope."""


def role_records() -> Iterator[Record]:
    """Yield definitions, holders, activation policies and eligible accounts."""
    for role in directory.ROLES:
        yield role_definition(role)
        yield role_assignments(role)
        yield activation_policy(role)
    for template, principal, scope in directory.ELIGIBLE:
        yield (
            "AZRoleEligibilityScheduleInstance",
            compact(
                id=ids.guid(f"eligible/{template}/{principal}{scope.rstrip('/')}"),
                roleDefinitionId=template,
                principalId=principal,
                directoryScopeId=scope,
                startDateTime="2025-01-15T08:00:00Z",
                tenantId=plan.TENANT_ID,
            ),
        )


def role_definition(role: Role) -> Record:
    """Return a role definition; only a built-in one says so."""
    return "AZRole", {
        "id": role.id,
        **compact(
            displayName=role.name,
            isBuiltIn=role.built_in,
            isEnabled=True,
            resourceScopes=["/"],
            rolePermissions=[{"allowedResourceActions": list(role.actions)}],
            templateId=role.id,
            version="1",
        ),
        **_TENANT,
    }


def role_assignments(role: Role) -> Record:
    """Return who holds a role actively, at which directory scope."""
    found = [
        {
            "id": ids.guid(f"assignment/{template}/{principal}/{scope}"),
            "roleDefinitionId": template,
            "principalId": principal,
            "directoryScopeId": scope,
            "roleDefinition": {},
            "directoryScope": _directory_scope(scope),
            "appScope": {},
        }
        for template, principal, scope in directory.ASSIGNMENTS
        if template == role.id
    ]
    return "AZRoleAssignment", {
        "roleAssignments": found or None,
        "roleDefinitionId": role.id,
        "tenantId": plan.TENANT_ID,
    }


def _directory_scope(scope: str) -> Json:
    node = scope.rsplit("/", 1)[1]
    if not node:
        return APPLICATION_STRUCTS
    app = next((it for it in applications.APPLICATIONS if it.id == node), None)
    stated = compact(appId=app.client if app else "", displayName=app.name if app else "Graz")
    return {"id": node, **stated, **APPLICATION_STRUCTS}


def activation_policy(role: Role) -> Record:
    """Return what PIM asks for on activation of a role."""
    asks = directory.ACTIVATION.get(role.id, Activation())
    policy = f"DirectoryRole_{plan.TENANT_ID}_{ids.guid(f'policy/{role.id}')}"
    return "AZRoleManagementPolicyAssignment", compact(
        policyId=policy,
        scopeId="/",
        scopeType="DirectoryRole",
        policy={"rules": _rules(asks)},
        id=f"{policy}_{role.id}",
        roleDefinitionId=role.id,
        endUserAssignmentRequiresApproval=asks.approval,
        endUserAssignmentUserApprovers=list(asks.user_approvers),
        endUserAssignmentGroupApprovers=list(asks.group_approvers),
        endUserAssignmentRequiresMFA=asks.mfa,
        endUserAssignmentRequiresJustification=asks.justification,
        endUserAssignmentRequiresTicketInformation=asks.ticket,
        tenantId=plan.TENANT_ID,
    )


def _rules(asks: Activation) -> list[Json]:
    enabled = (
        ("MultiFactorAuthentication", asks.mfa),
        ("Justification", asks.justification),
        ("Ticketing", asks.ticket),
    )
    return [
        {
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule",
            "enabledRules": [name for name, on in enabled if on],
            "id": "Enablement_EndUser_Assignment",
        },
        {
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "id": "Approval_EndUser_Assignment",
            "setting": {"isApprovalRequired": asks.approval},
        },
    ]
