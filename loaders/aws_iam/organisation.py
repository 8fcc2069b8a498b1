"""Organizations and IAM Identity Center: control policies, permission sets, who is assigned."""

from __future__ import annotations

from collections.abc import Iterator

from idgraph.records import Record
from idgraph.vocabulary import aws
from loaders._fields import Item, Unusable, known, salvage
from loaders.aws_iam.documents import document_in, policy
from loaders.aws_iam.export import ACCOUNT, Export, Kind, Later, arn, edge, node, tags_of, told_tags

TYPES = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
TARGETS: dict[str, Kind] = {
    "ACCOUNT": aws.ACCOUNT,
    "ORGANIZATIONAL_UNIT": aws.UNIT,
    "ROOT": aws.ORGANISATION,
}


def control_policy(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an organisation's policy: its summary, its content, and what it is attached to."""
    summary = item.child("PolicySummary")
    thing = arn(summary, "Arn")
    kind = TYPES.get(summary.text("Type"))
    if kind is None:
        return
    name = summary.text("Name") or thing
    targets = list(salvage(item.children("Targets"), _target))
    read = list(
        policy(
            item,
            export,
            document_in(item, "Content"),
            policy_id=thing,
            policy_type=kind,
            name=name,
            account="",
            holder=("", aws.HAS_CONTROL_POLICY),
        )
    )
    yield from (each for each in read if getattr(each, "source", None) != "")
    for place, target, target_kind, target_name in targets:
        yield node(place, export, target_kind, target, name=target_name, mention=True)
        yield edge(place, export, target, aws.HAS_CONTROL_POLICY, thing)


def _target(item: Item) -> Iterator[tuple[Item, str, Kind, str]]:
    target, kind = item.text("TargetId"), TARGETS.get(item.text("Type"))
    if not target or kind is None:
        raise Unusable(item.place, "names no account, unit or root")
    yield item, target, kind, item.text("Name") or target


def account(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Accounts of an organisation."""
    thing = item.text("Id")
    if not ACCOUNT.fullmatch(thing):
        raise Unusable(item.at("Id"), "is no account id")
    said = known(account_id=thing, tags=told_tags(tags_of(item)))
    yield node(item, export, aws.ACCOUNT, thing, name=item.text("Name") or thing, properties=said)
    parent = item.text("ParentId")
    if parent:
        kind = aws.UNIT if parent.startswith("ou-") else aws.ORGANISATION
        yield node(item, export, kind, parent, name=parent, mention=True)
        yield edge(item, export, thing, aws.UNDER, parent)


def permission_set(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert a permission set, with the policies that were read along."""
    thing = arn(item, "PermissionSetArn")
    name = item.text("Name") or thing
    said = known(
        session=item.text("SessionDuration"),
        created=item.time("CreatedDate"),
        tags=told_tags(tags_of(item)),
    )
    yield node(item, export, aws.PERMISSION_SET, thing, name=name, properties=said)


def assignment(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of AccountAssignments."""
    target, at = arn(item, "PermissionSetArn"), item.text("AccountId")
    who, sort = item.text("PrincipalId"), item.text("PrincipalType")
    kind = {"USER": aws.SSO_USER, "GROUP": aws.SSO_GROUP}.get(sort)
    if kind is None or not who or not ACCOUNT.fullmatch(at):
        raise Unusable(item.place, "names no principal or no account")
    yield node(item, export, kind, who, name=who, mention=True)
    said = known(account_id=at)
    yield edge(item, export, who, aws.ASSIGNED, target, key=at, properties=said)


def sso_user(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Users of an identity store."""
    thing, name = item.text("UserId"), item.text("UserName")
    if not thing or "IdentityStoreId" not in item.value:
        raise Unusable(item.place, "names no user of an identity store")
    mails = [each.text("Value") for each in item.children("Emails")]
    outside = [each.text("Id") for each in item.children("ExternalIds")]
    said = known(
        user_name=name,
        mail=next(iter(mails), ""),
        identity_store=item.text("IdentityStoreId"),
        external_id=next(iter(outside), ""),
    )
    shown = item.text("DisplayName") or name or thing
    yield node(item, export, aws.SSO_USER, thing, name=shown, properties=said)


def sso_group(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Groups of an identity store."""
    thing = item.text("GroupId")
    if not thing or "IdentityStoreId" not in item.value:
        raise Unusable(item.place, "names no group of an identity store")
    outside = [each.text("Id") for each in item.children("ExternalIds")]
    said = known(identity_store=item.text("IdentityStoreId"), external_id=next(iter(outside), ""))
    shown = item.text("DisplayName") or thing
    yield node(item, export, aws.SSO_GROUP, thing, name=shown, properties=said)


def membership(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of GroupMemberships of an identity store."""
    group, user = item.text("GroupId"), item.child("MemberId").text("UserId")
    if not group or not user:
        raise Unusable(item.place, "names no group or no user")
    yield edge(item, export, user, aws.IN_GROUP, group)


def oidc_provider(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of OpenIDConnectProviderList."""
    thing = arn(item, "Arn")
    url = item.text("Url") or thing.partition("oidc-provider/")[2]
    said = known(
        account_id=export.account_of(thing),
        url=url,
        audiences=item.texts("ClientIDList"),
        created=item.time("CreateDate"),
    )
    yield node(item, export, aws.OIDC_PROVIDER, thing, name=url, properties=said)


def saml_provider(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of SAMLProviderList."""
    thing = arn(item, "Arn")
    said = known(account_id=export.account_of(thing), created=item.time("CreateDate"))
    name = thing.partition("saml-provider/")[2]
    yield node(item, export, aws.SAML_PROVIDER, thing, name=name, properties=said)
