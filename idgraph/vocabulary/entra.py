"""Entra ID: objects of a directory and the relations that an export states between them.

Ids are object ids in lower case; a built-in role is `<definition id>@<tenant id>`, because every
tenant has the same definition ids; a tenant is its GUID. A registration and a service principal
are two nodes, each by its own object id, and both declare the alias `appid:<client id>`.
"""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow, NodeKind, PropertyType
from idgraph.vocabulary.common import between

_BOOL, _INT, _STR, _TIME, _STRS = (
    PropertyType.BOOL,
    PropertyType.INT,
    PropertyType.STR,
    PropertyType.TIME,
    PropertyType.STRS,
)
_DIRECTORY = {"tenant_id": _STR, "created": _TIME, "description": _STR}

TENANT = NodeKind(
    name="EntraTenant",
    label="Entra tenant",
    platform="entra",
    about="A directory; to hold it is to be its Global Administrator.",
    is_directory=True,
    is_privileged=True,
    shape="star",
    properties={
        "tenant_id": _STR,
        "default_domain": _STR,
        "domains": _STRS,
        "collected": _BOOL,
        "category": _STR,
    },
)
USER = NodeKind(
    name="EntraUser",
    label="user",
    platform="entra",
    about="An account that a person signs in with.",
    is_person=True,
    shape="dot",
    properties={
        **_DIRECTORY,
        "upn": _STR,
        "mail": _STR,
        "account_enabled": _BOOL,
        "user_type": _STR,  # Member or Guest
        "job_title": _STR,
        "department": _STR,
        "synced": _BOOL,  # comes from an on-premises directory
        "on_premises_sid": _STR,
        "password_changed": _TIME,
        "last_sign_in": _TIME,
        "last_sign_in_non_interactive": _TIME,
    },
)
GROUP = NodeKind(
    name="EntraGroup",
    label="group",
    platform="entra",
    about="A security group; to hold it is to have what its members have.",
    wants_owner=True,
    shape="square",
    properties={
        **_DIRECTORY,
        "role_assignable": _BOOL,
        "security_enabled": _BOOL,
        "synced": _BOOL,
        "on_premises_sid": _STR,
        "membership_rule": _STR,
        "membership_rule_state": _STR,  # On while the rule decides who is a member
        "group_types": _STRS,
        "visibility": _STR,
        "owner_list_read": _BOOL,
    },
)
DEVICE = NodeKind(
    name="EntraDevice",
    label="device",
    platform="entra",
    about="A registered device; to hold it is to run code on it.",
    shape="box",
    properties={
        **_DIRECTORY,
        "device_id": _STR,
        "os": _STR,
        "os_version": _STR,
        "trust_type": _STR,
        "compliant": _BOOL,
        "managed": _BOOL,
    },
)
APP = NodeKind(
    name="EntraApp",
    label="app registration",
    platform="entra",
    about="The definition of an application; a credential added to it signs in as its "
    "service principals.",
    is_nhi=True,
    wants_owner=True,
    shape="diamond",
    properties={
        **_DIRECTORY,
        "app_id": _STR,
        "publisher_domain": _STR,
        "audience": _STR,
        "notes": _STR,
        "tags": _STRS,
        "identifier_uris": _STRS,
        "redirect_uris": _STRS,
        "owner_list_read": _BOOL,
    },
)
_SERVICE_PRINCIPAL = {
    **_DIRECTORY,
    "app_id": _STR,
    "app_name": _STR,
    "account_enabled": _BOOL,
    "app_owner_organization_id": _STR,  # the tenant that registered the application
    "service_principal_type": _STR,
    "instance_lock": _BOOL,  # servicePrincipalLockConfiguration protects its credentials
    "assignment_required": _BOOL,  # only those assigned to the application sign in to it
    "app_role_count": _INT,  # assignments are listed only of an application that has app roles
    "saml_roles": _STRS,  # <app role id>=<its value>, of app roles that name a SAML provider
    "identifiers": _STRS,  # servicePrincipalNames
    "reply_urls": _STRS,
    "login_url": _STR,
    "alternative_names": _STRS,
    "notification_mails": _STRS,
    "notes": _STR,
    "tags": _STRS,
    "owner_list_read": _BOOL,
}
SERVICE_PRINCIPAL = NodeKind(
    name="EntraServicePrincipal",
    label="service principal",
    platform="entra",
    about="An application's identity in this tenant.",
    is_nhi=True,
    wants_owner=True,
    shape="diamond",
    properties=_SERVICE_PRINCIPAL,
)
MANAGED_IDENTITY = NodeKind(
    name="EntraManagedIdentity",
    label="managed identity",
    platform="entra",
    about="A service principal whose credentials the platform keeps; only code on the resources "
    "it is assigned to can use it.",
    is_nhi=True,
    wants_owner=True,
    shape="diamond",
    properties=_SERVICE_PRINCIPAL,
)
ROLE = NodeKind(
    name="EntraRole",
    label="directory role",
    platform="entra",
    about="A directory role held over the whole tenant; privileged by its permissions.",
    shape="star",
    properties={
        "tenant_id": _STR,
        "template_id": _STR,
        "built_in": _BOOL,
        "enabled": _BOOL,
        "description": _STR,
        "actions": _STRS,
        "activation_requires_approval": _BOOL,
        "activation_requires_mfa": _BOOL,
        "activation_requires_context": _BOOL,
        "activation_requires_justification": _BOOL,
        "activation_requires_ticket": _BOOL,
    },
)
UNIT = NodeKind(
    name="EntraAdministrativeUnit",
    label="administrative unit",
    platform="entra",
    about="A part of the directory that roles can be scoped to.",
    shape="box",
    properties={**_DIRECTORY, "restricted": _BOOL, "member_list_read": _BOOL},
)
CREDENTIAL = NodeKind(
    name="EntraCredential",
    label="application credential",
    platform="entra",
    about="A client secret or certificate of an application: its key id, name and dates, "
    "never its value.",
    shape="box",
    properties={
        "tenant_id": _STR,
        "key_id": _STR,
        "credential_type": _STR,
        "usage": _STR,
        "start": _TIME,
        "end": _TIME,
    },
)
FEDERATED_CREDENTIAL = NodeKind(
    name="EntraFederatedCredential",
    label="federated credential",
    platform="entra",
    about="An outside issuer and subject whose tokens an application accepts.",
    is_nhi=True,
    shape="box",
    properties={
        "tenant_id": _STR,
        "issuer": _STR,
        "subject": _STR,
        "claims_expression": _STR,  # of a flexible credential, which has no subject
        "audiences": _STRS,
        "description": _STR,
    },
)

NODE_KINDS = (
    TENANT,
    USER,
    GROUP,
    DEVICE,
    APP,
    SERVICE_PRINCIPAL,
    MANAGED_IDENTITY,
    ROLE,
    UNIT,
    CREDENTIAL,
    FEDERATED_CREDENTIAL,
)
SERVICE_IDENTITIES = (SERVICE_PRINCIPAL, MANAGED_IDENTITY)
PRINCIPALS = (USER, GROUP, *SERVICE_IDENTITIES)

MEMBER_OF = EdgeKind(
    name="MEMBER_OF",
    reads="is a member of",
    ends=between(PRINCIPALS, (GROUP,)),
    flow=Flow.RIGHTS,
    allows="Everything that is granted to the group is granted to its members.",
    verify="List the members of the group in the Entra admin center, or GET "
    "/groups/{id}/members with Microsoft Graph.",
    remove="Remove the member from the group; for a dynamic group change the rule, for a synced "
    "one remove it on premises.",
    logged="Audit log, GroupManagement: Add member to group. Using the membership is not logged.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05", "ATT&CK:T1078.004"),
    source="Microsoft Learn: Learn about groups and access rights in Microsoft Entra ID",
    bloodhound="AZMemberOf",
)
DEVICE_MEMBER_OF = EdgeKind(
    name="DEVICE_MEMBER_OF",
    reads="is a device in",
    ends=between((DEVICE,), (GROUP,)),
    bloodhound="AZMemberOf",
)
OWNS = EdgeKind(
    name="OWNS",
    reads="is a directory owner of",
    ends=between((USER, *SERVICE_IDENTITIES), (APP, *SERVICE_IDENTITIES, GROUP, DEVICE)),
    bloodhound="AZOwns",
)
HAS_ROLE = EdgeKind(
    name="HAS_ROLE",
    reads="holds, over the whole tenant,",
    ends=between(PRINCIPALS, (ROLE,)),
    flow=Flow.RIGHTS,
    allows="Every action of the role, over the whole tenant.",
    verify="Entra admin center, Roles and administrators, Assignments; or GET "
    "/roleManagement/directory/roleAssignments with Microsoft Graph.",
    remove="Remove the assignment, or replace it by a time-bound eligible one in Privileged "
    "Identity Management.",
    logged="Audit log, RoleManagement: Add member to role. What the role then does is logged by "
    "the service it acts on.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-09", "CSA-CCM:IAM-10", "ATT&CK:T1078.004"),
    source="Microsoft Learn: Overview of role-based access control in Microsoft Entra ID",
    bloodhound="AZHasRole",
)
HAS_SCOPED_ROLE = EdgeKind(
    name="HAS_SCOPED_ROLE",
    reads="holds a directory role over",
    ends=between(PRINCIPALS, (UNIT, APP, *SERVICE_IDENTITIES, GROUP, USER, DEVICE)),
    bloodhound="AZHasRole",
    properties={"role_id": _STR},  # the id of the EntraRole node
)
ELIGIBLE_FOR = EdgeKind(
    name="ELIGIBLE_FOR",
    reads="is eligible for",
    ends=between(PRINCIPALS, (ROLE,)),
    bloodhound="AZRoleEligible",
    properties={"directory_scope": _STR, "start": _TIME, "end": _TIME},  # "/" is the tenant
)
APPROVES_ACTIVATION = EdgeKind(
    name="APPROVES_ACTIVATION",
    reads="approves activations of",
    ends=between((USER, GROUP), (ROLE,)),
    bloodhound="AZRoleApprover",
)
HAS_APP_ROLE = EdgeKind(
    name="HAS_APP_ROLE",
    reads="is granted an application permission of",
    ends=between(PRINCIPALS, SERVICE_IDENTITIES),
    properties={"app_role_id": _STR, "resource_app_id": _STR, "created": _TIME},
)
IN_UNIT = EdgeKind(
    name="IN_UNIT",
    reads="is in the administrative unit",
    ends=between((USER, GROUP, DEVICE, APP, *SERVICE_IDENTITIES), (UNIT,)),
)
CREDENTIAL_OF = EdgeKind(
    name="CREDENTIAL_OF",
    reads="is a credential of",
    ends=between((CREDENTIAL,), (APP, *SERVICE_IDENTITIES)),
    flow=Flow.RIGHTS,
    allows="Whoever holds the secret or private key signs in as the application.",
    verify="Certificates and secrets of the registration; for a service principal GET "
    "/servicePrincipals/{id}?$select=passwordCredentials,keyCredentials.",
    remove="Remove the credential from the registration and from the service principal "
    "(removePassword, removeKey), after those who can add one were cut off.",
    logged="Service principal sign-in log, with the credential's key id.",
    frameworks=("OWASP-NHI:NHI7:2025", "NIST-CSF:PR.AA-01", "ATT&CK:T1078.004"),
    source="Microsoft Learn: Respond to a compromised or malicious application",
)
AUTHENTICATES_AS = EdgeKind(
    name="AUTHENTICATES_AS",
    reads="signs in as",
    ends=between((FEDERATED_CREDENTIAL,), (APP, MANAGED_IDENTITY)),
    flow=Flow.RIGHTS,
    allows="A token of that issuer with that subject is exchanged for one of the application.",
    verify="Federated credentials of the registration, or GET "
    "/applications/{id}/federatedIdentityCredentials.",
    remove="Delete the federated credential, or narrow its subject.",
    logged="Service principal sign-in log, credential type federated identity credential.",
    frameworks=("OWASP-NHI:NHI4:2025", "NIST-CSF:PR.AA-04", "ATT&CK:T1550.001"),
    source="Microsoft Learn: Workload identity federation concepts",
    bloodhound="AZAuthenticatesTo",
)

EDGE_KINDS = (
    MEMBER_OF,
    DEVICE_MEMBER_OF,
    OWNS,
    HAS_ROLE,
    HAS_SCOPED_ROLE,
    ELIGIBLE_FOR,
    APPROVES_ACTIVATION,
    HAS_APP_ROLE,
    IN_UNIT,
    CREDENTIAL_OF,
    AUTHENTICATES_AS,
)
