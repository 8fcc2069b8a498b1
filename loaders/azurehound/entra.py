"""The record kinds that describe the directory: its objects and their credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from idgraph.records import Record, Value
from idgraph.vocabulary import entra as vocabulary
from idgraph.vocabulary.federation import is_github, issuer_of, repository_in
from loaders._fields import Item, Unusable, as_guid, known, salvage
from loaders._repositories import mentioned as repository
from loaders.azurehound.export import Convert, Export, Later, at_application
from loaders.azurehound.nodes import (
    described,
    edge,
    named,
    upn_and_mail,
)

IN_SAML_ROLE = ":saml-provider/"  # an app role's value that names a role of AWS and its provider
SECRET_FIELDS = ("secretText", "key", "hint")  # a hint is the first characters of the secret


def _directory(item: Item) -> dict[str, Value]:
    return known(
        tenant_id=item.guid_if_any("tenantId"),
        created=item.time("createdDateTime"),
        description=item.text("description"),
    )


def _tenant(item: Item, export: Export) -> Iterator[Record]:
    tenant = item.guid_if_any("tenantId") or as_guid(item.text("id").rpartition("/")[2])
    if not tenant:
        raise Unusable(item.at("tenantId"), "is missing or not a GUID")
    properties = known(
        tenant_id=tenant,
        default_domain=item.text("defaultDomain"),
        domains=item.texts("domains"),
        collected=item.flag("collected"),
        category=item.text("tenantCategory"),
    )
    yield described(
        item,
        export,
        vocabulary.TENANT,
        tenant,
        properties,
        name=item.text("displayName"),
        aliases=(f"/tenants/{tenant}",),
    )


def _user(item: Item, export: Export) -> Iterator[Record]:
    signed_in = item.child("signInActivity")
    sid = item.text("onPremisesSecurityIdentifier").upper()
    properties = _directory(item) | known(
        upn=item.text("userPrincipalName"),
        mail=item.text("mail"),
        account_enabled=item.flag("accountEnabled"),
        user_type=item.text("userType"),
        job_title=item.text("jobTitle"),
        department=item.text("department"),
        synced=item.flag("onPremisesSyncEnabled"),
        on_premises_sid=sid,
        password_changed=item.time("lastPasswordChangeDateTime"),
        last_sign_in=signed_in.time("lastSignInDateTime"),
        last_sign_in_non_interactive=signed_in.time("lastNonInteractiveSignInDateTime"),
    )
    yield described(
        item,
        export,
        vocabulary.USER,
        item.guid("id"),
        properties,
        name=item.text("displayName"),
        aliases=(*upn_and_mail(item), *named("sid", sid)),
    )


def _group(item: Item, export: Export) -> Iterator[Record]:
    sid = item.text("onPremisesSecurityIdentifier").upper()
    properties = _directory(item) | known(
        role_assignable=item.flag("isAssignableToRole"),
        security_enabled=item.flag("securityEnabled"),
        synced=item.flag("onPremisesSyncEnabled"),
        on_premises_sid=sid,
        membership_rule=item.text("membershipRule"),
        membership_rule_state=item.text("membershipRuleProcessingState"),
        group_types=item.texts("groupTypes"),
        visibility=item.text("visibility"),
    )
    yield described(
        item,
        export,
        vocabulary.GROUP,
        item.guid("id"),
        properties,
        name=item.text("displayName"),
        aliases=named("sid", sid),
    )


def _device(item: Item, export: Export) -> Iterator[Record]:
    properties = _directory(item) | known(
        device_id=item.text("deviceId").lower(),
        os=item.text("operatingSystem"),
        os_version=item.text("operatingSystemVersion"),
        trust_type=item.text("trustType"),
        compliant=item.flag("isCompliant"),
        managed=item.flag("isManaged"),
    )
    yield described(
        item,
        export,
        vocabulary.DEVICE,
        item.guid("id"),
        properties,
        name=item.text("displayName"),
    )


def _app(item: Item, export: Export) -> Iterator[Record]:
    object_id, client_id = item.guid("id"), item.guid_if_any("appId")
    if client_id:
        export.apps[client_id] = object_id
    export.apps[object_id] = object_id
    redirects = [
        uri
        for client in ("web", "spa", "publicClient")
        for uri in item.child(client).texts("redirectUris")
    ]
    properties = _directory(item) | known(
        app_id=client_id,
        publisher_domain=item.text("publisherDomain"),
        audience=item.text("signInAudience"),
        notes=item.text("notes"),
        tags=item.texts("tags"),
        identifier_uris=item.texts("identifierUris"),
        redirect_uris=tuple(redirects),
    )
    yield described(
        item,
        export,
        vocabulary.APP,
        object_id,
        properties,
        name=item.text("displayName"),
        aliases=named("appid", client_id),
    )
    yield from _credentials(item, export, object_id)


def _service_principal(item: Item, export: Export) -> Iterator[Record]:
    object_id, client_id = item.guid("id"), item.guid_if_any("appId")
    kind_of = item.text("servicePrincipalType")
    is_managed = kind_of.lower() == "managedidentity"
    properties = _directory(item) | known(
        app_id=client_id,
        app_name=item.text("appDisplayName"),
        account_enabled=item.flag("accountEnabled"),
        app_owner_organization_id=item.guid_if_any("appOwnerOrganizationId"),
        service_principal_type=kind_of,
        alternative_names=tuple(map(_resource_in_lower_case, item.texts("alternativeNames"))),
        notification_mails=item.texts("notificationEmailAddresses"),
        notes=item.text("notes"),
        tags=item.texts("tags"),
        **_single_sign_on(item),
    )
    yield described(
        item,
        export,
        vocabulary.MANAGED_IDENTITY if is_managed else vocabulary.SERVICE_PRINCIPAL,
        object_id,
        properties,
        name=item.text("displayName"),
        aliases=named("appid", client_id),
    )
    yield from _credentials(item, export, object_id)


def _single_sign_on(item: Item) -> dict[str, Value]:
    """Return what says where an application signs people in, and whom."""
    roles = list(item.children("appRoles"))
    return known(
        assignment_required=item.flag("appRoleAssignmentRequired"),
        app_role_count=len(roles),
        saml_roles=tuple(
            f"{each.guid_if_any('id')}={each.text('value')}"
            for each in roles
            if IN_SAML_ROLE in each.text("value")
        ),
        identifiers=item.texts("servicePrincipalNames"),
        reply_urls=item.texts("replyUrls"),
        login_url=item.text("loginUrl"),
    )


def _resource_in_lower_case(name: str) -> str:
    return name.lower() if name.startswith("/") else name


def _credentials(item: Item, export: Export, owner: str) -> Iterator[Record]:
    tenant = item.guid_if_any("tenantId")
    for field, what in (("passwordCredentials", "client secret"), ("keyCredentials", "key")):
        convert = partial(_credential, export=export, owner=owner, what=what, tenant=tenant)
        yield from salvage(item.children(field), convert)


def _credential(
    item: Item, *, export: Export, owner: str, what: str, tenant: str
) -> Iterator[Record]:
    export.counts.values_dropped += sum(bool(item.value.get(field)) for field in SECRET_FIELDS)
    key_id = item.guid("keyId")
    properties = known(
        tenant_id=tenant,
        key_id=key_id,
        credential_type=item.text("type") or what,
        usage=item.text("usage"),
        start=item.time("startDateTime"),
        end=item.time("endDateTime"),
    )
    node = described(
        item,
        export,
        vocabulary.CREDENTIAL,
        f"{owner}/credential/{key_id}",
        properties,
        name=item.text("displayName") or f"{what} {key_id}",
    )
    yield node
    yield edge(item, export, node.id, vocabulary.CREDENTIAL_OF, owner, key_id)


def _federated(item: Item, export: Export) -> Iterator[Record | Later]:
    client, tenant = item.guid("appId"), item.guid_if_any("tenantId")
    for entry in item.children("fics"):
        convert = partial(_federated_credential, export=export, client=client, tenant=tenant)
        yield from at_application(salvage([entry.child("fic")], convert), export, client)


def _federated_credential(
    item: Item, *, export: Export, client: str, tenant: str
) -> Iterator[Record]:
    issuer, subject = item.text("issuer"), item.text("subject")
    properties = known(
        tenant_id=tenant,
        issuer=issuer,
        subject=subject,
        claims_expression=item.child("claimsMatchingExpression").text("value"),
        audiences=item.texts("audiences"),
        description=item.text("description"),
    )
    node = described(
        item,
        export,
        vocabulary.FEDERATED_CREDENTIAL,
        item.guid("id"),
        properties,
        name=item.text("name"),
        aliases=named("oidc", f"{issuer}|{subject}" if issuer and subject else ""),
    )
    yield node
    yield edge(item, export, node.id, vocabulary.AUTHENTICATES_AS, f"appid:{client}", node.id)
    if is_github(issuer_of(issuer)):
        yield from repository(repository_in(subject), export.record, item.place)


CONVERTERS: Mapping[str, Convert] = {
    "AZTenant": _tenant,
    "AZUser": _user,
    "AZGroup": _group,
    "AZDevice": _device,
    "AZApp": _app,
    "AZServicePrincipal": _service_principal,
    "AZFederatedIdentityCredential": _federated,
}
