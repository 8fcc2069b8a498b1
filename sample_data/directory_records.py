"""The Entra half of the export: one function for each AzureHound record kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from sample_data import applications, estate, ids, mass, plan, roster
from sample_data.azurehound_shape import Json, Record, compact
from sample_data.estate import Identity
from sample_data.role_records import APPLICATION_STRUCTS, role_records
from sample_data.roster import Application, Credential, Foreign, Person, Team

_TENANT = {"tenantId": plan.TENANT_ID, "tenantName": plan.TENANT_NAME}
GALLERY_ROLE = "8774f594-1d59-4279-b9d9-59ef09a23530"
_LAST_SIGN_IN = "2026-10-%02dT08:%02d:00Z"
_USER_STRUCTS: Json = {
    "employeeOrgData": {},
    "mailboxSettings": {"automaticRepliesSetting": {}, "language": {}, "workingHours": {}},
    "onPremisesExtensionAttributes": {},
    "passwordProfile": {},
}


def directory_records(random: Random) -> Iterator[Record]:
    """Yield every Entra record; the seed decides about the ordinary people only."""
    crowd = mass.people(random, mass.USERS - len(roster.PEOPLE))
    devices = mass.devices(random)
    yield tenant()
    yield from (user(random, person) for person in (*roster.PEOPLE, *crowd))
    yield from (device(it) for it in devices)
    yield from _groups(random, crowd, devices)
    yield from _applications()
    yield from _service_principals()
    yield from _app_role_assignments()
    yield from role_records()


def tenant() -> Record:
    """Return the collected tenant."""
    return "AZTenant", compact(
        country="Austria",
        countryCode="AT",
        defaultDomain=ids.DOMAIN,
        displayName=plan.TENANT_NAME,
        domains=[ids.DOMAIN, "northlight.onmicrosoft.example"],
        id=f"/tenants/{plan.TENANT_ID}",
        tenantCategory="Home",
        tenantId=plan.TENANT_ID,
        tenantType="AAD",
        collected=True,
    )


def user(random: Random, person: Person) -> Record:
    """Return an account; whoever left has no recent sign-in."""
    month, day, minute = random.randint(1, 9), random.randint(1, 28), random.randint(0, 59)
    made, changed = random.randint(2015, 2023), 2026 if person.enabled else 2023
    seen = _LAST_SIGN_IN % (day, minute) if person.enabled else "2024-02-28T16:40:00Z"
    sid = f"S-1-5-21-3623811015-3361044348-30300820-{1000 + int(person.id[:4], 16)}"
    return "AZUser", {
        "id": person.id,
        **compact(
            accountEnabled=person.enabled,
            createdDateTime=f"{made}-0{month}-{day:02}T09:{minute:02}:00Z",
            displayName=person.name,
            jobTitle=person.title,
            lastPasswordChangeDateTime=f"{changed}-0{month}-{day:02}T07:{minute:02}:00Z",
            mail="" if person in roster.BREAK_GLASS else person.upn or person.login,
            onPremisesSecurityIdentifier=sid if person.synced else "",
            onPremisesSyncEnabled=person.synced,
            signInActivity={"lastSignInDateTime": seen},
            userPrincipalName=person.login,
            userType="Guest" if person.guest else "Member",
        ),
        **_USER_STRUCTS,
        **_TENANT,
    }


def device(it: mass.Device) -> Record:
    """Return a registered device."""
    return "AZDevice", {
        "id": it.id,
        **compact(
            accountEnabled=True,
            deviceId=ids.guid(f"device-id/{it.key}"),
            displayName=it.name,
            isCompliant=it.compliant,
            isManaged=it.compliant,
            operatingSystem=it.system,
            operatingSystemVersion=it.version,
            trustType=it.trust,
        ),
        "onPremisesExtensionAttributes": {},
        **_TENANT,
    }


def _groups(
    random: Random, crowd: tuple[Person, ...], devices: tuple[mass.Device, ...]
) -> Iterator[Record]:
    people = {person.id: person for person in (*roster.PEOPLE, *crowd)}
    members = {team.key: list(team.members) for team in roster.TEAMS}
    members["all-staff"] += [person.id for person in crowd if person.enabled and not person.guest]
    members |= {team.key: ids_ for team, ids_ in mass.memberships(random, crowd)}
    laptops = {it.id: it for it in devices if it.system == "Windows"}
    members[mass.team_key("Intune Laptops")] += list(laptops)

    teams = (*roster.TEAMS, *mass.TEAMS)
    names = {team.id: team.name for team in teams} | {it.id: it.name for it in devices}
    for team in teams:
        yield group(team)
        found = [_directory_object(it, people, names, laptops) for it in members[team.key]]
        yield "AZGroupMember", _listed("groupId", team.id, "members", "member", found)
        owners = [_directory_object(it, people, names, laptops) for it in team.owners]
        yield "AZGroupOwner", _listed("groupId", team.id, "owners", "owner", owners)


def group(team: Team) -> Record:
    """Return a security group."""
    sid = f"S-1-5-21-3623811015-3361044348-30300820-{5000 + int(team.id[:4], 16)}"
    return "AZGroup", {
        "id": team.id,
        **compact(
            createdDateTime="2021-04-12T10:00:00Z",
            displayName=team.name,
            groupTypes=["DynamicMembership"] if team.rule else [],
            isAssignableToRole=team.role_assignable,
            membershipRule=team.rule,
            membershipRuleProcessingState="On" if team.rule else "",
            onPremisesSecurityIdentifier=sid if team.synced else "",
            onPremisesSyncEnabled=team.synced,
            securityEnabled=True,
            visibility="Private" if team.role_assignable else "",
        ),
        **_TENANT,
    }


def _directory_object(
    it: str, people: dict[str, Person], names: dict[str, str], devices: dict[str, mass.Device]
) -> Json:
    """Return the raw directory object that stands in a member or owner list, keys sorted."""
    if person := people.get(it):
        return {
            "@odata.type": "#microsoft.graph.user",
            "displayName": person.name,
            "id": it,
            "userPrincipalName": person.login,
        }
    kind = "device" if it in devices else "group"
    return {"@odata.type": f"#microsoft.graph.{kind}", "displayName": names[it], "id": it}


def _listed(key: str, node: str, plural: str, one: str, found: Iterable[Json]) -> Json:
    """Return a list record; AzureHound writes `null` for a list it collected and found empty."""
    return {plural: [{key: node, one: it} for it in found] or None, key: node}


def _applications() -> Iterator[Record]:
    for app in applications.APPLICATIONS:
        yield registration(app)
        owners = [{"appId": app.id, "owner": _owner(it)} for it in app.owners]
        yield "AZAppOwner", {"owners": owners or None, "appId": app.client}
        if app.federations:
            yield federated_credentials(app)


def registration(app: Application) -> Record:
    """Return an app registration: its object id is `id`, its client id is `appId`."""
    return "AZApp", {
        "id": app.id,
        **compact(
            appId=app.client,
            appRoles=_role_definitions(app),
            createdDateTime="2022-05-17T11:20:00Z",
            displayName=app.name,
            identifierUris=_identifiers(app),
            keyCredentials=[_key(it) for it in app.credentials if it.certificate],
            passwordCredentials=[
                _password(it)
                for it in app.credentials
                if not it.certificate and not it.on_principal
            ],
            publisherDomain=ids.DOMAIN,
            requiredResourceAccess=_requested(app),
            signInAudience="AzureADMyOrg",
        ),
        **APPLICATION_STRUCTS,
        **_TENANT,
    }


def _requested(app: Application) -> list[Json]:
    access = [{"id": applications.GRAPH_ROLES[it], "type": "Role"} for it in app.graph_roles]
    return [{"resourceAppId": roster.GRAPH_CLIENT, "resourceAccess": access}] if access else []


def _identifiers(app: Application) -> list[str]:
    if app.sign_on:
        return [app.sign_on.identifier]
    return [f"api://{app.client}"] if app.app_roles else []


def _role_definitions(app: Application) -> list[Json]:
    if app.sign_on:  # what Entra gives every application of its gallery
        return [_app_role(GALLERY_ROLE, "", "User") | {"displayName": "msiam_access"}]
    return [_app_role(ids.guid(f"app-role/{it}"), it, "User") for it in app.app_roles]


def _app_role(role: str, value: str, member: str) -> Json:
    return {
        "allowedMemberTypes": [member],
        "displayName": value,
        "id": role,
        "isEnabled": True,
        "value": value,
    }


def _password(credential: Credential) -> Json:
    canary = {"secretText": plan.CANARY} if credential.canary else {}
    return {
        "displayName": credential.name,
        "endDateTime": credential.end,
        "hint": credential.id[:3],
        "keyId": credential.id,
        **canary,
        "startDateTime": credential.start,
    }


def _key(credential: Credential) -> Json:
    return {
        "customKeyIdentifier": credential.id.replace("-", "").upper(),
        "displayName": credential.name,
        "endDateTime": credential.end,
        "key": "",
        "keyId": credential.id,
        "startDateTime": credential.start,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


def federated_credentials(app: Application) -> Record:
    """Return the outside tokens that a registration accepts."""
    found = [
        {
            "appId": app.client,
            "fic": {
                "audiences": ["api://AzureADTokenExchange"],
                "id": ids.guid(f"fic/{app.key}/{it.name}"),
                "issuer": it.issuer,
                "name": it.name,
                "subject": it.subject,
            },
        }
        for it in app.federations
    ]
    return "AZFederatedIdentityCredential", {"fics": found, "appId": app.client, **_TENANT}


def _owner(it: str) -> Json:
    if person := _PEOPLE.get(it):
        return {
            "@odata.type": "#microsoft.graph.user",
            "displayName": person.name,
            "id": it,
            "userPrincipalName": person.login,
        }
    app = _APPS[it]
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "appId": app.client,
        "displayName": app.name,
        "id": it,
        "servicePrincipalType": "Application",
    }


_PEOPLE = {person.id: person for person in roster.PEOPLE}
_APPS = {app.principal: app for app in applications.APPLICATIONS}


def _service_principals() -> Iterator[Record]:
    for app in applications.APPLICATIONS:
        yield service_principal(app)
        if app.principal_owners is not None:
            owners = [_owner(it) for it in app.principal_owners]
            yield _principal_owners(app.principal, owners)
    for identity in estate.IDENTITIES:
        yield managed_identity(identity)
        yield _principal_owners(identity.principal, [])
    for foreign in applications.FOREIGN:
        yield foreign_principal(foreign)
        yield _principal_owners(foreign.principal, [])


def _principal_owners(principal: str, owners: list[Json]) -> Record:
    record = _listed("servicePrincipalId", principal, "owners", "owner", owners)
    return "AZServicePrincipalOwner", record


def service_principal(app: Application) -> Record:
    """Return the service principal of one of the tenant's own applications."""
    return "AZServicePrincipal", _principal(
        app.principal,
        app.client,
        app.name,
        accountEnabled=app.enabled,
        appOwnerOrganizationId=plan.TENANT_ID,
        appRoles=_role_definitions(app),
        passwordCredentials=[_password(it) for it in app.credentials if it.on_principal],
        servicePrincipalType="Application",
        tags=["WindowsAzureActiveDirectoryIntegratedApp"],
        names=(app.sign_on.identifier,) if app.sign_on else (),
        **_sign_on(app),
    )


def _sign_on(app: Application) -> Json:
    """Return what a service principal of the gallery says of single sign-on, if it is one."""
    if app.sign_on is None:
        return {}
    return {
        "appRoleAssignmentRequired": True,
        "preferredSingleSignOnMode": "saml",
        "replyUrls": [app.sign_on.reply_url],
    }


def managed_identity(identity: Identity) -> Record:
    """Return the service principal of a managed identity; its Azure resource is in the names."""
    explicit = f"isExplicit={identity.explicit}"
    return "AZServicePrincipal", _principal(
        identity.principal,
        ids.client_id(identity.key),
        identity.name,
        accountEnabled=True,
        alternativeNames=[explicit, identity.arm],
        servicePrincipalType="ManagedIdentity",
    )


def foreign_principal(foreign: Foreign) -> Record:
    """Return a service principal whose registration is somebody else's."""
    return "AZServicePrincipal", _principal(
        foreign.principal,
        foreign.client,
        foreign.name,
        accountEnabled=True,
        appOwnerOrganizationId=foreign.home,
        appRoles=[_app_role(role, value, "Application") for value, role in foreign.app_roles],
        servicePrincipalType="Application",
    )


def _principal(
    node: str, client: str, name: str, *, names: Iterable[str] = (), **fields: object
) -> Json:
    return {
        "id": node,
        **compact(appDisplayName=name, appId=client, displayName=name, **fields),
        "info": {},
        "samlSingleSignOnSettings": {},
        "servicePrincipalNames": [client, *names],
        "verifiedPublisher": {},
        **_TENANT,
    }


def _app_role_assignments() -> Iterator[Record]:
    graph = applications.GRAPH
    for app in applications.APPLICATIONS:
        for value in app.graph_roles:
            role = applications.GRAPH_ROLES[value]
            yield _app_role_assignment(
                role, app.principal, app.name, "ServicePrincipal", graph.principal, graph.name,
                graph.client,
            )  # fmt: skip
    shop = applications.SHOP_ADMIN
    for person, value in ((roster.OWNER_POOL[4], "Shop.Manage"), (roster.ELIF, "Shop.Read")):
        yield _app_role_assignment(
            ids.guid(f"app-role/{value}"), person.id, person.name, "User", shop.principal,
            shop.name, shop.client,
        )  # fmt: skip
    center = applications.IDENTITY_CENTER
    for principal, name, kind in center.sign_on.assigned if center.sign_on else ():
        yield _app_role_assignment(
            GALLERY_ROLE, principal, name, kind, center.principal, center.name, center.client
        )


def _app_role_assignment(
    role: str, principal: str, name: str, kind: str, resource: str, resource_name: str, client: str
) -> Record:
    return "AZAppRoleAssignment", {
        "appRoleId": role,
        "createdDateTime": "2023-02-07T13:05:00Z",
        "id": ids.guid(f"app-role-assignment/{role}/{principal}"),
        "principalDisplayName": name,
        "principalId": principal,
        "principalType": kind,
        "resourceDisplayName": resource_name,
        "resourceId": resource,
        "appId": client,
        "tenantId": plan.TENANT_ID,
    }
