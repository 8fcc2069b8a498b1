"""The record kinds of directory roles and application permissions: what they are, who has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from idgraph.records import NodeRecord, Record
from idgraph.vocabulary import common
from idgraph.vocabulary import entra as vocabulary
from loaders._fields import Item, Unusable, as_guid, known, salvage
from loaders.azurehound.export import Convert, Export
from loaders.azurehound.nodes import (
    Kind,
    described,
    directory_kind,
    edge,
    mentioned,
    named,
)

PRINCIPAL_TYPES: Mapping[str, Kind] = {
    "user": vocabulary.USER,
    "group": vocabulary.GROUP,
    "serviceprincipal": vocabulary.SERVICE_PRINCIPAL,
}
TENANT_WIDE = "/"
_UNIT = "/administrativeunits/"


def _role(item: Item, export: Export) -> Iterator[Record]:
    tenant = export.tenant_of(item)
    actions = {
        action
        for permission in item.children("rolePermissions")
        for action in permission.texts("allowedResourceActions")
    }
    properties = known(
        tenant_id=tenant,
        template_id=item.guid_if_any("templateId"),
        built_in=item.flag("isBuiltIn"),
        enabled=item.flag("isEnabled"),
        description=item.text("description"),
        actions=tuple(sorted(actions)),
    )
    yield described(
        item,
        export,
        vocabulary.ROLE,
        f"{item.guid('id')}@{tenant}",
        properties,
        name=item.text("displayName"),
    )


def _role_assignments(item: Item, export: Export) -> Iterator[Record]:
    role = f"{item.guid('roleDefinitionId')}@{export.tenant_of(item)}"
    yield mentioned(item, export, vocabulary.ROLE, role)
    convert = partial(_role_assignment, export=export, role=role)
    yield from salvage(item.children("roleAssignments"), convert)


def _role_assignment(item: Item, *, export: Export, role: str) -> Iterator[Record]:
    if item.text("appScopeId"):
        return  # a scope inside one application: no power over the directory
    holder, key = item.guid("principalId"), item.text("id")
    scope = item.text("directoryScopeId").lower()
    if scope == TENANT_WIDE:
        yield edge(item, export, holder, vocabulary.HAS_ROLE, role, key)
        return
    target = _scope_object(item, export, scope)
    yield target
    yield edge(
        item, export, holder, vocabulary.HAS_SCOPED_ROLE, target.id, key, known(role_id=role)
    )


def _scope_object(item: Item, export: Export, scope: str) -> NodeRecord:
    object_id = as_guid(scope.rpartition("/")[2])
    if not object_id or scope not in (f"/{object_id}", f"{_UNIT}{object_id}"):
        raise Unusable(item.at("directoryScopeId"), "is missing or names no object")
    is_unit, stated = scope.startswith(_UNIT), item.child("directoryScope")
    restricted = stated.flag_if_any("isMemberManagementRestricted") if is_unit else None
    client = "" if is_unit else stated.guid_if_any("appId")
    return mentioned(
        item,
        export,
        vocabulary.UNIT if is_unit else directory_kind(stated),
        object_id,
        known(restricted=restricted),
        name=stated.text("displayName"),
        aliases=named("appid", client),
    )


def _eligibility(item: Item, export: Export) -> Iterator[Record]:
    role = f"{item.guid('roleDefinitionId')}@{export.tenant_of(item)}"
    properties = known(
        directory_scope=item.text("directoryScopeId").lower(),
        start=item.time("startDateTime"),
        end=item.time("endDateTime"),
    )
    eligible = item.guid("principalId")
    key = item.text("id")
    yield edge(item, export, eligible, vocabulary.ELIGIBLE_FOR, role, key, properties)


def _activation_policy(item: Item, export: Export) -> Iterator[Record]:
    role = f"{item.guid('roleDefinitionId')}@{export.tenant_of(item)}"
    asks = "endUserAssignmentRequires"
    properties = known(
        activation_requires_approval=item.flag(f"{asks}Approval"),
        activation_requires_mfa=item.flag(f"{asks}MFA"),
        activation_requires_context=item.flag(f"{asks}CAPAuthenticationContext"),
        activation_requires_justification=item.flag(f"{asks}Justification"),
        activation_requires_ticket=item.flag(f"{asks}TicketInformation"),
    )
    yield mentioned(item, export, vocabulary.ROLE, role, properties)
    yield from _approvers(item, export, role, "endUserAssignmentUserApprovers", vocabulary.USER)
    yield from _approvers(item, export, role, "endUserAssignmentGroupApprovers", vocabulary.GROUP)


def _approvers(item: Item, export: Export, role: str, field: str, kind: Kind) -> Iterator[Record]:
    for text in item.texts(field):
        approver = as_guid(text)
        if approver:
            yield mentioned(item, export, kind, approver)
            yield edge(item, export, approver, vocabulary.APPROVES_ACTIVATION, role)
        else:
            item.note(field, "holds an entry that is not a GUID")


def _app_role_assignment(item: Item, export: Export) -> Iterator[Record]:
    principal, resource = item.guid("principalId"), item.guid("resourceId")
    role, client = item.guid("appRoleId"), item.guid_if_any("appId")
    kind = PRINCIPAL_TYPES.get(item.text("principalType").lower(), common.UNIDENTIFIED)
    yield mentioned(item, export, kind, principal, name=item.text("principalDisplayName"))
    yield mentioned(
        item,
        export,
        vocabulary.SERVICE_PRINCIPAL,
        resource,
        name=item.text("resourceDisplayName"),
        aliases=named("appid", client),
    )
    properties = known(
        app_role_id=role, resource_app_id=client, created=item.time("createdDateTime")
    )
    key = item.text("id") or role
    yield edge(item, export, principal, vocabulary.HAS_APP_ROLE, resource, key, properties)


CONVERTERS: Mapping[str, Convert] = {
    "AZAppRoleAssignment": _app_role_assignment,
    "AZRole": _role,
    "AZRoleAssignment": _role_assignments,
    "AZRoleEligibilityScheduleInstance": _eligibility,
    "AZRoleManagementPolicyAssignment": _activation_policy,
}
