"""Each record kind of AzureHound, with what it must become worked out by hand."""

import pytest

from idgraph.records import EdgeRecord, NodeRecord, OwnerClaim, Rejected
from loaders.azurehound import CONVERTERS

TENANT = "11111111-1111-4111-8111-111111111111"
ADA = "aaaaaaaa-0000-4000-8000-000000000001"
BOB = "aaaaaaaa-0000-4000-8000-000000000002"
GROUP = "bbbbbbbb-0000-4000-8000-000000000001"
INNER = "bbbbbbbb-0000-4000-8000-000000000002"
DEVICE = "cccccccc-0000-4000-8000-000000000001"
APP = "dddddddd-0000-4000-8000-000000000001"
CLIENT = "dddddddd-0000-4000-8000-0000000000ff"
PRINCIPAL = "eeeeeeee-0000-4000-8000-000000000001"
IDENTITY = "eeeeeeee-0000-4000-8000-000000000002"
GRAPH = "eeeeeeee-0000-4000-8000-000000000003"
GRAPH_CLIENT = "00000003-0000-0000-c000-000000000000"
KEY = "99999999-0000-4000-8000-000000000001"
CERTIFICATE = "99999999-0000-4000-8000-000000000002"
FEDERATED = "99999999-0000-4000-8000-000000000003"
DEFINITION = "88888888-0000-4000-8000-000000000001"
ROLE = f"{DEFINITION}@{TENANT}"
UNIT = "77777777-0000-4000-8000-000000000001"
APP_ROLE = "66666666-0000-4000-8000-000000000001"
SUBSCRIPTION_ID = "55555555-0000-4000-8000-000000000001"
SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
RG = f"{SUBSCRIPTION}/resourcegroups/rg-one"
MG = "/providers/microsoft.management/managementgroups/root"
MG_INNER = "/providers/microsoft.management/managementgroups/inner"
VAULT = f"{RG}/providers/microsoft.keyvault/vaults/kv-one"
STORAGE = f"{RG}/providers/microsoft.storage/storageaccounts/one"
CONTAINER = f"{STORAGE}/blobservices/default/containers/c"
OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
IN_TENANT = {"tenantId": TENANT, "tenantName": "Example"}
ME = {"tenant_id": TENANT}


def node(kind, node_id, name="", aliases=(), mention=False, **properties):
    return ("node", kind, node_id, name, tuple(aliases), mention, frozenset(properties.items()))


def mention(kind, node_id, name="", aliases=(), **properties):
    return node(kind, node_id, name, aliases, mention=True, **properties)


def edge(source, kind, target, key="", **properties):
    return ("edge", source, kind, target, key, frozenset(properties.items()))


def claim(where, owner, said):
    return ("claim", where, owner, said)


def plain(record):
    match record:
        case NodeRecord():
            return node(
                record.kind,
                record.id,
                record.name,
                record.aliases,
                record.mention,
                **record.properties,
            )
        case EdgeRecord():
            return edge(record.source, record.kind, record.target, record.key, **record.properties)
        case OwnerClaim():
            return claim(record.node, record.owner, record.claim)


def assignment(scope, key="assignment-1", role=OWNER_ROLE):
    """Return a role assignment as ARM states it, with the scope and id in ARM's own case."""
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{key}",
        "name": key,
        "properties": {
            "principalId": ADA,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "scope": scope,
        },
    }


def assigned(scope, key="assignment-1", role=OWNER_ROLE):
    return edge(
        ADA,
        "HAS_RBAC_ROLE",
        scope,
        f"{scope}/providers/microsoft.authorization/roleassignments/{key}",
        role_definition_id=role,
    )


def person(node_id, name="", kind="user", **more):
    return {"id": node_id, "@odata.type": f"#microsoft.graph.{kind}", "displayName": name} | more


CASES = {
    "AZTenant": (
        {
            "id": f"/tenants/{TENANT}",
            "tenantId": TENANT,
            "displayName": "Example",
            "defaultDomain": "example.org",
            "domains": ["example.org", "b.example"],
            "tenantCategory": "Home",
            "collected": True,
        },
        {
            node(
                "EntraTenant",
                TENANT,
                "Example",
                [f"/tenants/{TENANT}"],
                tenant_id=TENANT,
                default_domain="example.org",
                domains=("example.org", "b.example"),
                collected=True,
                category="Home",
            )
        },
    ),
    "AZUser": (
        {
            "id": ADA,
            "userPrincipalName": "Ada@Example.org",
            "mail": "Ada.M@example.org",
            "displayName": "Ada",
            "accountEnabled": True,
            "userType": "Member",
            "jobTitle": "Engineer",
            "createdDateTime": "2024-01-02T03:04:05Z",
            "lastPasswordChangeDateTime": "2025-01-02T05:04:05.1234567+02:00",
            "onPremisesSecurityIdentifier": "s-1-5-21-1-2-3-1104",
            "signInActivity": {
                "lastSignInDateTime": "2026-01-01T00:00:00Z",
                "lastNonInteractiveSignInDateTime": "2026-01-02T00:00:00Z",
            },
            "passwordProfile": {},
            **IN_TENANT,
        },
        {
            node(
                "EntraUser",
                ADA,
                "Ada",
                ["upn:ada@example.org", "mail:ada.m@example.org", "sid:S-1-5-21-1-2-3-1104"],
                tenant_id=TENANT,
                created="2024-01-02T03:04:05Z",
                upn="Ada@Example.org",
                mail="Ada.M@example.org",
                account_enabled=True,
                user_type="Member",
                job_title="Engineer",
                synced=False,
                on_premises_sid="S-1-5-21-1-2-3-1104",
                password_changed="2025-01-02T03:04:05Z",
                last_sign_in="2026-01-01T00:00:00Z",
                last_sign_in_non_interactive="2026-01-02T00:00:00Z",
            )
        },
    ),
    "AZGroup": (
        {
            "id": GROUP,
            "displayName": "Helpers",
            "isAssignableToRole": True,
            "securityEnabled": True,
            "membershipRule": '(user.department -eq "IT")',
            "membershipRuleProcessingState": "On",
            "groupTypes": ["DynamicMembership"],
            "visibility": "Private",
            **IN_TENANT,
        },
        {
            node(
                "EntraGroup",
                GROUP,
                "Helpers",
                tenant_id=TENANT,
                role_assignable=True,
                security_enabled=True,
                synced=False,
                membership_rule='(user.department -eq "IT")',
                membership_rule_state="On",
                group_types=("DynamicMembership",),
                visibility="Private",
            )
        },
    ),
    "AZGroupMember": (
        {
            "groupId": GROUP,
            "members": [
                {"groupId": GROUP, "member": person(ADA, "Ada", userPrincipalName="ada@x.org")},
                {"groupId": GROUP, "member": person(INNER, "Inner", "group")},
                {"groupId": GROUP, "member": person(DEVICE, "PC", "device")},
                {"groupId": GROUP, "member": person(PRINCIPAL, "App", "servicePrincipal")},
                {"groupId": GROUP, "member": {"id": BOB}},
            ],
        },
        {
            mention("EntraGroup", GROUP),
            mention("EntraUser", ADA, "Ada", ["upn:ada@x.org"], upn="ada@x.org"),
            mention("EntraGroup", INNER, "Inner"),
            mention("EntraDevice", DEVICE, "PC"),
            mention("EntraServicePrincipal", PRINCIPAL, "App"),
            mention("Unidentified", BOB),
            edge(ADA, "MEMBER_OF", GROUP),
            edge(INNER, "MEMBER_OF", GROUP),
            edge(DEVICE, "DEVICE_MEMBER_OF", GROUP),
            edge(PRINCIPAL, "MEMBER_OF", GROUP),
            edge(BOB, "MEMBER_OF", GROUP),
        },
    ),
    "AZGroupOwner": (
        {"groupId": GROUP, "owners": [{"groupId": GROUP, "owner": person(ADA, "Ada")}]},
        {
            mention("EntraGroup", GROUP, owner_list_read=True),
            mention("EntraUser", ADA, "Ada"),
            edge(ADA, "OWNS", GROUP),
        },
    ),
    "AZDevice": (
        {
            "id": DEVICE,
            "deviceId": "CCCCCCCC-0000-4000-8000-00000000000A",
            "displayName": "PC-1",
            "operatingSystem": "Windows",
            "operatingSystemVersion": "11",
            "trustType": "AzureAd",
            "isCompliant": True,
            **IN_TENANT,
        },
        {
            node(
                "EntraDevice",
                DEVICE,
                "PC-1",
                tenant_id=TENANT,
                device_id="cccccccc-0000-4000-8000-00000000000a",
                os="Windows",
                os_version="11",
                trust_type="AzureAd",
                compliant=True,
                managed=False,
            )
        },
    ),
    "AZDeviceOwner": (
        {"deviceId": DEVICE, "owners": [{"deviceId": DEVICE, "owner": person(ADA, "Ada")}]},
        {
            mention("EntraDevice", DEVICE),
            mention("EntraUser", ADA, "Ada"),
            edge(ADA, "OWNS", DEVICE),
        },
    ),
    "AZApp": (
        {
            "id": APP,
            "appId": CLIENT,
            "displayName": "Shop",
            "publisherDomain": "example.org",
            "signInAudience": "AzureADMyOrg",
            "createdDateTime": "2024-01-02T03:04:05Z",
            "description": "Sells.",
            "notes": "ask Ada",
            "tags": ["web"],
            "identifierUris": ["api://shop"],
            "web": {"redirectUris": ["https://shop.example.org"]},
            "spa": {"redirectUris": ["https://spa.example.org"]},
            "publicClient": {},
            "passwordCredentials": [
                {
                    "keyId": KEY,
                    "displayName": "ci",
                    "hint": "abc",
                    "secretText": "CANARY-abc",
                    "startDateTime": "2025-01-01T00:00:00Z",
                    "endDateTime": "2027-01-01T00:00:00Z",
                }
            ],
            "keyCredentials": [
                {
                    "keyId": CERTIFICATE,
                    "type": "AsymmetricX509Cert",
                    "usage": "Verify",
                    "key": "CANARY-key",
                    "endDateTime": "2027-01-01T00:00:00Z",
                }
            ],
            **IN_TENANT,
        },
        {
            node(
                "EntraApp",
                APP,
                "Shop",
                [f"appid:{CLIENT}"],
                tenant_id=TENANT,
                created="2024-01-02T03:04:05Z",
                description="Sells.",
                app_id=CLIENT,
                publisher_domain="example.org",
                audience="AzureADMyOrg",
                notes="ask Ada",
                tags=("web",),
                identifier_uris=("api://shop",),
                redirect_uris=("https://shop.example.org", "https://spa.example.org"),
            ),
            node(
                "EntraCredential",
                f"{APP}/credential/{KEY}",
                "ci",
                tenant_id=TENANT,
                key_id=KEY,
                credential_type="client secret",
                start="2025-01-01T00:00:00Z",
                end="2027-01-01T00:00:00Z",
            ),
            node(
                "EntraCredential",
                f"{APP}/credential/{CERTIFICATE}",
                f"key {CERTIFICATE}",
                tenant_id=TENANT,
                key_id=CERTIFICATE,
                credential_type="AsymmetricX509Cert",
                usage="Verify",
                end="2027-01-01T00:00:00Z",
            ),
            edge(f"{APP}/credential/{KEY}", "CREDENTIAL_OF", APP, KEY),
            edge(f"{APP}/credential/{CERTIFICATE}", "CREDENTIAL_OF", APP, CERTIFICATE),
        },
    ),
    "AZAppOwner": (
        {"appId": CLIENT, "owners": [{"appId": APP, "owner": person(ADA, "Ada")}]},
        {
            mention("EntraApp", APP, aliases=[f"appid:{CLIENT}"], owner_list_read=True),
            mention("EntraUser", ADA, "Ada"),
            edge(ADA, "OWNS", APP),
        },
    ),
    "AZFederatedIdentityCredential": (
        {
            "appId": CLIENT,
            "fics": [
                {
                    "appId": CLIENT,
                    "fic": {
                        "id": FEDERATED,
                        "name": "main",
                        "issuer": "https://token.actions.example",
                        "subject": "repo:Example/x:ref:refs/heads/main",
                        "audiences": ["api://AzureADTokenExchange"],
                        "description": "deploys",
                    },
                }
            ],
            **IN_TENANT,
        },
        {
            node(
                "EntraFederatedCredential",
                FEDERATED,
                "main",
                ["oidc:https://token.actions.example|repo:Example/x:ref:refs/heads/main"],
                tenant_id=TENANT,
                issuer="https://token.actions.example",
                subject="repo:Example/x:ref:refs/heads/main",
                audiences=("api://AzureADTokenExchange",),
                description="deploys",
            ),
            edge(FEDERATED, "AUTHENTICATES_AS", f"appid:{CLIENT}", FEDERATED),
        },
    ),
    "AZServicePrincipal": (
        {
            "id": IDENTITY,
            "appId": CLIENT,
            "displayName": "id-one",
            "appDisplayName": "id-one",
            "accountEnabled": True,
            "appOwnerOrganizationId": GRAPH_CLIENT,
            "servicePrincipalType": "ManagedIdentity",
            "alternativeNames": ["isExplicit=True", f"{RG.upper()}/x"],
            "notificationEmailAddresses": ["a@x.org"],
            "notes": "n",
            "tags": ["t"],
            **IN_TENANT,
        },
        {
            node(
                "EntraManagedIdentity",
                IDENTITY,
                "id-one",
                [f"appid:{CLIENT}"],
                tenant_id=TENANT,
                app_id=CLIENT,
                app_name="id-one",
                account_enabled=True,
                app_owner_organization_id=GRAPH_CLIENT,
                service_principal_type="ManagedIdentity",
                alternative_names=("isExplicit=True", f"{RG}/x"),
                notification_mails=("a@x.org",),
                notes="n",
                tags=("t",),
                assignment_required=False,
                app_role_count=0,
            )
        },
    ),
    "AZServicePrincipalOwner": (
        {
            "servicePrincipalId": PRINCIPAL,
            "owners": [
                {"servicePrincipalId": PRINCIPAL, "owner": person(IDENTITY, "", "servicePrincipal")}
            ],
        },
        {
            mention("EntraServicePrincipal", PRINCIPAL, owner_list_read=True),
            mention("EntraServicePrincipal", IDENTITY),
            edge(IDENTITY, "OWNS", PRINCIPAL),
        },
    ),
    "AZAppRoleAssignment": (
        {
            "id": "aBc-_1",
            "appRoleId": APP_ROLE,
            "principalId": PRINCIPAL,
            "principalType": "ServicePrincipal",
            "principalDisplayName": "Robot",
            "resourceId": GRAPH,
            "resourceDisplayName": "Microsoft Graph",
            "appId": GRAPH_CLIENT,
            "createdDateTime": "2025-05-05T00:00:00Z",
            "tenantId": TENANT,
        },
        {
            mention("EntraServicePrincipal", PRINCIPAL, "Robot"),
            mention("EntraServicePrincipal", GRAPH, "Microsoft Graph", [f"appid:{GRAPH_CLIENT}"]),
            edge(
                PRINCIPAL,
                "HAS_APP_ROLE",
                GRAPH,
                "aBc-_1",
                app_role_id=APP_ROLE,
                resource_app_id=GRAPH_CLIENT,
                created="2025-05-05T00:00:00Z",
            ),
        },
    ),
    "AZRole": (
        {
            "id": DEFINITION,
            "templateId": DEFINITION,
            "displayName": "Helpdesk",
            "description": "Helps.",
            "isEnabled": True,
            "rolePermissions": [
                {"allowedResourceActions": ["b/update", "a/read"]},
                {"allowedResourceActions": ["a/read"], "condition": None},
            ],
            "tenantId": TENANT,
        },
        {
            node(
                "EntraRole",
                ROLE,
                "Helpdesk",
                tenant_id=TENANT,
                template_id=DEFINITION,
                built_in=False,
                enabled=True,
                description="Helps.",
                actions=("a/read", "b/update"),
            )
        },
    ),
    "AZRoleAssignment": (
        {
            "roleDefinitionId": DEFINITION,
            "tenantId": TENANT,
            "roleAssignments": [
                {"id": "k1", "principalId": ADA, "directoryScopeId": "/"},
                {"id": "k4", "principalId": ADA, "appScopeId": "/AccessPackageCatalog/1"},
                {
                    "id": "k2",
                    "principalId": BOB,
                    "directoryScopeId": f"/administrativeUnits/{UNIT.upper()}",
                    "directoryScope": {"displayName": "West", "isMemberManagementRestricted": True},
                },
                {
                    "id": "k3",
                    "principalId": PRINCIPAL,
                    "directoryScopeId": f"/{APP.upper()}",
                    "directoryScope": {"id": APP, "appId": CLIENT, "displayName": "Shop"},
                },
            ],
        },
        {
            mention("EntraRole", ROLE),
            mention("EntraAdministrativeUnit", UNIT, "West", restricted=True),
            mention("Unidentified", APP, "Shop", [f"appid:{CLIENT}"]),
            edge(ADA, "HAS_ROLE", ROLE, "k1"),
            edge(BOB, "HAS_SCOPED_ROLE", UNIT, "k2", role_id=ROLE),
            edge(PRINCIPAL, "HAS_SCOPED_ROLE", APP, "k3", role_id=ROLE),
        },
    ),
    "AZRoleEligibilityScheduleInstance": (
        {
            "id": "e1",
            "roleDefinitionId": DEFINITION,
            "principalId": GROUP,
            "directoryScopeId": "/",
            "startDateTime": "2025-01-01T00:00:00Z",
            "tenantId": TENANT,
        },
        {
            edge(
                GROUP,
                "ELIGIBLE_FOR",
                ROLE,
                "e1",
                directory_scope="/",
                start="2025-01-01T00:00:00Z",
            )
        },
    ),
    "AZRoleManagementPolicyAssignment": (
        {
            "id": "p1",
            "roleDefinitionId": DEFINITION,
            "tenantId": TENANT,
            "endUserAssignmentRequiresApproval": True,
            "endUserAssignmentRequiresMFA": True,
            "endUserAssignmentUserApprovers": [ADA],
            "endUserAssignmentGroupApprovers": [GROUP],
        },
        {
            mention(
                "EntraRole",
                ROLE,
                activation_requires_approval=True,
                activation_requires_mfa=True,
                activation_requires_context=False,
                activation_requires_justification=False,
                activation_requires_ticket=False,
            ),
            mention("EntraUser", ADA),
            mention("EntraGroup", GROUP),
            edge(ADA, "APPROVES_ACTIVATION", ROLE),
            edge(GROUP, "APPROVES_ACTIVATION", ROLE),
        },
    ),
    "AZManagementGroup": (
        {
            "id": MG,
            "name": "root",
            "type": "Microsoft.Management/managementGroups",
            "properties": {"displayName": "Root", "tenantId": TENANT},
            **IN_TENANT,
        },
        {
            node(
                "AzureManagementGroup",
                MG,
                "Root",
                tenant_id=TENANT,
                resource_type="Microsoft.Management/managementGroups",
            ),
            edge(TENANT, "CONTAINS", MG),
        },
    ),
    "AZManagementGroupDescendant": (
        {
            "id": SUBSCRIPTION,
            "name": SUBSCRIPTION_ID,
            "type": "Microsoft.Management/managementGroups/subscriptions",
            "properties": {"display_name": "Prod", "parent": {"id": MG_INNER}},
        },
        {
            mention("AzureSubscription", SUBSCRIPTION, "Prod"),
            edge(MG_INNER, "CONTAINS", SUBSCRIPTION),
        },
    ),
    "AZSubscription": (
        {
            "id": SUBSCRIPTION,
            "subscriptionId": SUBSCRIPTION_ID,
            "displayName": "Prod",
            "state": "Enabled",
            "tags": {"CostCenter": "4000", "Business-Owner": "Ada@x.org; bob@x.org"},
            **IN_TENANT,
        },
        {
            node(
                "AzureSubscription",
                SUBSCRIPTION,
                "Prod",
                tenant_id=TENANT,
                subscription_id=SUBSCRIPTION_ID,
                state="Enabled",
                tags=("Business-Owner=Ada@x.org; bob@x.org", "CostCenter=4000"),
            ),
            edge(TENANT, "CONTAINS", SUBSCRIPTION),
            claim(SUBSCRIPTION, "upn:ada@x.org", "tag:business-owner"),
            claim(SUBSCRIPTION, "upn:bob@x.org", "tag:business-owner"),
        },
    ),
    "AZResourceGroup": (
        {
            "id": RG,
            "name": "rg-one",
            "location": "westeurope",
            "tags": {"Owner": "devops"},
            **IN_TENANT,
        },
        {
            node(
                "AzureResourceGroup",
                RG,
                "rg-one",
                tenant_id=TENANT,
                subscription_id=SUBSCRIPTION_ID,
                location="westeurope",
                tags=("Owner=devops",),
            ),
            edge(SUBSCRIPTION, "CONTAINS", RG),
            claim(RG, "devops", "tag:owner"),
        },
    ),
    "AZKeyVault": (
        {
            "id": VAULT,
            "name": "kv-one",
            "location": "westeurope",
            "type": "Microsoft.KeyVault/vaults",
            "properties": {
                "vaultUri": "https://KV-one.vault.azure.net/",
                "enableRbacAuthorization": True,
                "enablePurgeProtection": True,
                "networkAcls": {"defaultAction": "deny"},
                "accessPolicies": [
                    {
                        "objectId": ADA,
                        "applicationId": "00000000-0000-0000-0000-000000000000",
                        "permissions": {"secrets": ["Get", "LIST", "get"], "keys": None},
                    },
                    {
                        "objectId": ADA,
                        "applicationId": CLIENT,
                        "permissions": {"certificates": ["all"]},
                    },
                ],
            },
            **IN_TENANT,
        },
        {
            node(
                "AzureKeyVault",
                VAULT,
                "kv-one",
                ["vault:kv-one.vault.azure.net"],
                tenant_id=TENANT,
                location="westeurope",
                resource_type="Microsoft.KeyVault/vaults",
                vault_uri="https://KV-one.vault.azure.net/",
                rbac_mode=True,
                policies_read=True,
                network_restricted=True,
                purge_protection=True,
            ),
            edge(RG, "CONTAINS", VAULT),
            edge(ADA, "VAULT_POLICY", VAULT, f"{ADA}|", secrets=("get", "list")),
            edge(
                ADA,
                "VAULT_POLICY",
                VAULT,
                f"{ADA}|{CLIENT}",
                certificates=("all",),
                application_id=CLIENT,
            ),
        },
    ),
    "AZKeyVaultAccessPolicy": (
        {
            "keyVaultId": VAULT,
            "objectId": ADA,
            "applicationId": "",
            "permissions": {"keys": ["Get"], "secrets": []},
        },
        {
            mention("AzureKeyVault", VAULT),
            edge(ADA, "VAULT_POLICY", VAULT, f"{ADA}|", keys=("get",)),
        },
    ),
    "AZStorageAccount": (
        {
            "id": STORAGE,
            "name": "one",
            "properties": {
                "allowSharedKeyAccess": True,
                "publicNetworkAccess": "Disabled",
                "creationTime": "2024-01-01T00:00:00Z",
            },
            **IN_TENANT,
        },
        {
            node(
                "AzureStorageAccount",
                STORAGE,
                "one",
                tenant_id=TENANT,
                shared_key_access=True,
                network_restricted=True,
                created="2024-01-01T00:00:00Z",
            ),
            edge(RG, "CONTAINS", STORAGE),
        },
    ),
    "AZStorageContainer": (
        {"id": CONTAINER, "name": "c", "properties": {"publicAccess": "None"}, **IN_TENANT},
        {
            node("AzureStorageContainer", CONTAINER, "c", tenant_id=TENANT, public_access="None"),
            edge(STORAGE, "CONTAINS", CONTAINER),
        },
    ),
    "AZManagedCluster": (
        {
            "id": f"{RG}/providers/microsoft.containerservice/managedclusters/aks",
            "name": "aks",
            "properties": {"nodeResourceGroup": "MC_rg-one_aks"},
            **IN_TENANT,
        },
        {
            node(
                "AzureManagedCluster",
                f"{RG}/providers/microsoft.containerservice/managedclusters/aks",
                "aks",
                tenant_id=TENANT,
            ),
            mention("AzureResourceGroup", f"{SUBSCRIPTION}/resourcegroups/mc_rg-one_aks"),
            edge(RG, "CONTAINS", f"{RG}/providers/microsoft.containerservice/managedclusters/aks"),
            edge(
                f"{RG}/providers/microsoft.containerservice/managedclusters/aks",
                "NODE_RESOURCE_GROUP",
                f"{SUBSCRIPTION}/resourcegroups/mc_rg-one_aks",
            ),
        },
    ),
}

COMPUTE = {
    "AZVM": "AzureVM",
    "AZVMScaleSet": "AzureVMScaleSet",
    "AZFunctionApp": "AzureFunctionApp",
    "AZWebApp": "AzureWebApp",
    "AZLogicApp": "AzureLogicApp",
    "AZAutomationAccount": "AzureAutomationAccount",
    "AZContainerRegistry": "AzureContainerRegistry",
}
THING = f"{RG}/providers/microsoft.any/things/one"
for record_kind, compute_kind in COMPUTE.items():
    CASES[record_kind] = (
        {
            "id": THING,
            "name": "one",
            "identity": {
                "type": "SystemAssigned, UserAssigned",
                "principalId": PRINCIPAL,
                "userAssignedIdentities": {
                    f"{RG}/id": {"clientId": CLIENT, "principalId": IDENTITY}
                },
            },
            "properties": {"storageProfile": {"osDisk": {"osType": "Linux"}}},
            **IN_TENANT,
        },
        {
            node(
                compute_kind,
                THING,
                "one",
                tenant_id=TENANT,
                identity_type="SystemAssigned, UserAssigned",
                os="Linux",
            ),
            mention("EntraManagedIdentity", PRINCIPAL),
            mention("EntraManagedIdentity", IDENTITY, aliases=[f"appid:{CLIENT}"]),
            edge(RG, "CONTAINS", THING),
            edge(THING, "HAS_IDENTITY", PRINCIPAL),
            edge(THING, "HAS_IDENTITY", IDENTITY),
        },
    )

ASSIGNMENTS = [  # record kind, key of the resource, list, entry, kind of the resource
    ("AZManagementGroupOwner", "managementGroupId", "owners", "owner", "AzureManagementGroup"),
    (
        "AZManagementGroupContributor",
        "managementGroupId",
        "contributors",
        "contributor",
        "AzureManagementGroup",
    ),
    (
        "AZManagementGroupUserAccessAdmin",
        "managementGroupId",
        "userAccessAdmins",
        "userAccessAdmin",
        "AzureManagementGroup",
    ),
    (
        "AZManagementGroupRoleAssignment",
        "managementGroupId",
        "roleAssignments",
        "roleAssignment",
        "AzureManagementGroup",
    ),
    ("AZSubscriptionOwner", "subscriptionId", "owners", "owner", "AzureSubscription"),
    (
        "AZSubscriptionContributor",
        "subscriptionId",
        "contributors",
        "contributor",
        "AzureSubscription",
    ),
    (
        "AZSubscriptionUserAccessAdmin",
        "subscriptionId",
        "userAccessAdmins",
        "userAccessAdmin",
        "AzureSubscription",
    ),
    (
        "AZSubscriptionRoleAssignment",
        "subscriptionId",
        "roleAssignments",
        "roleAssignment",
        "AzureSubscription",
    ),
    ("AZResourceGroupOwner", "resourceGroupId", "owners", "owner", "AzureResourceGroup"),
    (
        "AZResourceGroupContributor",
        "resourceGroupId",
        "contributors",
        "contributor",
        "AzureResourceGroup",
    ),
    (
        "AZResourceGroupUserAccessAdmin",
        "resourceGroupId",
        "userAccessAdmins",
        "userAccessAdmin",
        "AzureResourceGroup",
    ),
    (
        "AZResourceGroupRoleAssignment",
        "resourceGroupId",
        "roleAssignments",
        "roleAssignment",
        "AzureResourceGroup",
    ),
    ("AZKeyVaultOwner", "keyVaultId", "owners", "owner", "AzureKeyVault"),
    ("AZKeyVaultContributor", "keyVaultId", "contributors", "contributor", "AzureKeyVault"),
    (
        "AZKeyVaultUserAccessAdmin",
        "keyVaultId",
        "userAccessAdmins",
        "userAccessAdmin",
        "AzureKeyVault",
    ),
    ("AZKeyVaultKVContributor", "keyVaultId", "kvContributors", "kvContributor", "AzureKeyVault"),
    # The collector writes a vault's id under the name of a machine's.
    (
        "AZKeyVaultRoleAssignment",
        "virtualMachineId",
        "roleAssignments",
        "roleAssignment",
        "AzureKeyVault",
    ),
    ("AZVMOwner", "virtualMachineId", "owners", "owner", "AzureVM"),
    ("AZVMContributor", "virtualMachineId", "contributors", "contributor", "AzureVM"),
    ("AZVMUserAccessAdmin", "virtualMachineId", "userAccessAdmins", "userAccessAdmin", "AzureVM"),
    (
        "AZVMAvereContributor",
        "virtualMachineId",
        "avereContributors",
        "avereContributor",
        "AzureVM",
    ),
    ("AZVMVMContributor", "virtualMachineId", "vmContributors", "vmContributor", "AzureVM"),
    ("AZVMAdminLogin", "virtualMachineId", "adminLogins", "adminLogin", "AzureVM"),
    ("AZVMRoleAssignment", "virtualMachineId", "roleAssignments", "roleAssignment", "AzureVM"),
    *(
        (f"{kind}RoleAssignment", "objectId", "assignees", "assignee", name)
        for kind, name in {
            **COMPUTE,
            "AZManagedCluster": "AzureManagedCluster",
            "AZStorageAccount": "AzureStorageAccount",
        }.items()
        if kind != "AZVM"
    ),
]
for record_kind, key, entries, entry, resource_kind in ASSIGNMENTS:
    CASES[record_kind] = (
        {
            key: THING,
            entries: [
                {entry: assignment(THING), key: THING},
                {entry: assignment(MG, "inherited"), key: THING},
            ],
        },
        {mention(resource_kind, THING), assigned(THING), assigned(MG, "inherited")},
    )


@pytest.mark.parametrize("kind", CASES)
def test_a_record_becomes_what_it_states(azurehound, kind):
    data, expected = CASES[kind]

    done = azurehound((kind, data))

    assert done.reading.counts.rejected == []
    assert {said for record in done.records if (said := plain(record))} == expected


def test_every_record_kind_has_a_worked_example():
    assert set(CASES) == set(CONVERTERS)


def test_what_an_omitted_flag_of_a_user_means(azurehound):
    (user,) = azurehound(("AZUser", {"id": ADA})).of(NodeRecord)

    assert user.properties["account_enabled"] is False
    assert user.properties["synced"] is False


def test_what_is_not_said_of_a_mentioned_user_stays_unknown(azurehound):
    members = {"groupId": GROUP, "members": [{"member": person(ADA, "Ada")}]}

    found = azurehound(("AZGroupMember", members)).of(NodeRecord)

    assert [dict(node.properties) for node in found] == [{}, {}]


@pytest.mark.parametrize(
    ("kind", "key", "node_kind", "owned"),
    [
        ("AZGroupOwner", "groupId", "EntraGroup", GROUP),
        ("AZServicePrincipalOwner", "servicePrincipalId", "EntraServicePrincipal", PRINCIPAL),
    ],
)
@pytest.mark.parametrize("owners", [{}, {"owners": None}, {"owners": []}])
def test_an_empty_owner_list_is_a_list_that_was_read(
    azurehound, kind, key, node_kind, owned, owners
):
    done = azurehound((kind, {key: owned} | owners))

    assert {plain(node) for node in done.of(NodeRecord)} == {
        mention(node_kind, owned, owner_list_read=True)
    }
    assert done.reading.counts.accepted == 1


@pytest.mark.parametrize("app_stands_last", [True, False])
def test_an_empty_owner_list_of_an_app_finds_the_app_by_its_client_id(azurehound, app_stands_last):
    records = [("AZAppOwner", {"appId": CLIENT.upper(), "owners": None})]
    records.insert(0 if not app_stands_last else 1, ("AZApp", {"id": APP, "appId": CLIENT}))

    done = azurehound(*records)

    said = {plain(node) for node in done.of(NodeRecord) if node.mention}
    assert said == {mention("EntraApp", APP, aliases=[f"appid:{CLIENT}"], owner_list_read=True)}
    assert done.reading.counts.accepted == 2


def test_an_empty_owner_list_of_an_app_nobody_describes_keeps_its_client_id(azurehound):
    (node,) = azurehound(("AZAppOwner", {"appId": CLIENT})).of(NodeRecord)

    assert (node.id, node.aliases) == (f"appid:{CLIENT}", (f"appid:{CLIENT}",))


def test_an_inner_client_id_is_not_taken_for_an_object_id(azurehound):
    owners = {"appId": CLIENT, "owners": [{"appId": CLIENT, "owner": person(ADA)}]}

    (owns,) = azurehound(("AZAppOwner", owners)).of(EdgeRecord)

    assert owns.target == f"appid:{CLIENT}"


def test_a_service_principal_that_is_no_managed_identity_keeps_its_kind(azurehound):
    data = {
        "id": PRINCIPAL,
        "servicePrincipalType": "Application",
        "passwordCredentials": [{"keyId": KEY}],
    }

    done = azurehound(("AZServicePrincipal", data))

    assert done.of(NodeRecord)[0].kind == "EntraServicePrincipal"
    assert done.of(NodeRecord)[1].name == f"client secret {KEY}"
    assert [edge.target for edge in done.of(EdgeRecord)] == [PRINCIPAL]


def test_a_service_principal_says_where_it_signs_people_in_and_as_which_roles_of_aws(azurehound):
    pair = "arn:aws:iam::111122223333:role/a,arn:aws:iam::111122223333:saml-provider/b"
    data = {
        "id": PRINCIPAL,
        "appRoleAssignmentRequired": True,
        "appRoles": [
            {"id": KEY.upper(), "value": pair},
            {"id": CLIENT, "value": "Shop.Read"},
            {"id": GROUP},
        ],
        "servicePrincipalNames": [CLIENT, "https://signin.aws.amazon.com/saml#1"],
        "replyUrls": ["https://signin.aws.amazon.com/saml"],
        "loginUrl": "https://d-9067aa1122.awsapps.com/start",
    }

    (found,) = azurehound(("AZServicePrincipal", data)).of(NodeRecord)

    assert {
        name: found.properties[name]
        for name in ("assignment_required", "app_role_count", "saml_roles", "login_url")
    } == {
        "assignment_required": True,
        "app_role_count": 3,
        "saml_roles": (f"{KEY}={pair}",),
        "login_url": "https://d-9067aa1122.awsapps.com/start",
    }
    assert found.properties["identifiers"] == (CLIENT, "https://signin.aws.amazon.com/saml#1")
    assert found.properties["reply_urls"] == ("https://signin.aws.amazon.com/saml",)


def test_app_roles_of_another_form_are_told_and_left_out(azurehound):
    done = azurehound(("AZServicePrincipal", {"id": PRINCIPAL, "appRoles": ["x", {"value": 7}]}))

    assert done.of(NodeRecord)[0].properties["app_role_count"] == 1
    assert len(done.of(Rejected)) == 2


def test_an_assignment_at_the_root_is_one_at_the_tenant(azurehound):
    held = {"subscriptionId": SUBSCRIPTION_ID, "owners": [{"owner": assignment("/")}]}
    tenant = {"tenantId": TENANT, "collected": True}

    done = azurehound(("AZSubscriptionOwner", held), ("AZTenant", tenant), scope=None)

    assert [(edge.source, edge.target) for edge in done.of(EdgeRecord)] == [(ADA, TENANT)]
    assert done.of(NodeRecord)[0].id == SUBSCRIPTION


def test_an_assignment_at_the_root_of_an_unknown_tenant_is_rejected(azurehound):
    held = {"subscriptionId": SUBSCRIPTION, "owners": [{"owner": assignment("/")}]}

    done = azurehound(("AZSubscriptionOwner", held), scope=None)

    (rejected,) = done.reading.counts.rejected
    assert rejected.place.endswith("#/data/0/data/owners/0/owner/properties/scope")
    assert done.of(EdgeRecord) == []


def test_the_same_assignment_seen_at_two_resources_is_said_once(azurehound):
    inherited = {"owner": assignment(MG)}
    records = [
        ("AZResourceGroupOwner", {"resourceGroupId": f"{RG}{n}", "owners": [inherited]})
        for n in range(3)
    ]

    done = azurehound(*records)

    assert len(done.of(EdgeRecord)) == 1
    assert done.reading.counts.accepted == 3


def test_a_vault_whose_properties_were_left_out_says_nothing_of_its_policies(azurehound):
    (node,) = azurehound(("AZKeyVault", {"id": VAULT, "name": "KV-one"})).of(NodeRecord)

    assert dict(node.properties) == {}
    assert node.aliases == ("vault:kv-one.vault.azure.net",)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("Owner", True),
        ("OWNERS", True),
        ("owner-email", True),
        ("technical_owner", True),
        ("App Owner", True),
        ("managedBy", True),
        ("CostCenter", False),
        ("ownership", False),
    ],
)
def test_only_a_tag_that_names_an_owner_is_a_claim(azurehound, tag, said):
    done = azurehound(("AZVM", {"id": THING, "tags": {tag: "Ada  Marlowe"}}))

    claims = [("Ada Marlowe", f"tag:{tag.lower()}")] if said else []
    assert [(claim.owner, claim.claim) for claim in done.of(OwnerClaim)] == claims
