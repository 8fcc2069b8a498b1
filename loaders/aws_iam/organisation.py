"""Organizations and IAM Identity Center: control policies, permission sets, who is assigned."""

from __future__ import annotations

from collections.abc import Iterator

from idgraph.records import Record, Value
from idgraph.vocabulary import aws
from loaders._fields import Item, Unusable, known, salvage
from loaders._tags import told
from loaders.aws_iam.documents import document_in, policy
from loaders.aws_iam.export import Export, Kind, Later, arn, claims, edge, node, tags_of
from loaders.aws_iam.principals import refers
from loaders.aws_iam.sources import ACCOUNT_ID, account_in

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
    """Convert an element of Accounts of an organisation; `ParentId` is the unit it stands under.

    The ARN of an account of an organisation names the management account before the account.
    """
    thing = item.text("Id")
    if not ACCOUNT_ID.fullmatch(thing):
        raise Unusable(item.at("Id"), "is no account id")
    tags, manager = tags_of(item), account_in(item.text("Arn"))
    said = known(
        account_id=thing,
        management=thing == manager if manager else None,
        tags=told(tags),
    )
    yield node(item, export, aws.ACCOUNT, thing, name=item.text("Name") or thing, properties=said)
    yield from claims(item, export, thing, tags)
    yield from _under(item, export, thing)


def unit(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of OrganizationalUnits; `ParentId` is what it stands under."""
    thing = item.text("Id")
    if not thing.startswith("ou-"):
        raise Unusable(item.at("Id"), "is no id of an organisational unit")
    yield node(item, export, aws.UNIT, thing, name=item.text("Name") or thing)
    yield from _under(item, export, thing)


def root(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Roots: the top of an organisation, known by its id."""
    thing = item.text("Id")
    if not thing.startswith("r-"):
        raise Unusable(item.at("Id"), "is no id of a root")
    said = known(management_account_id=account_in(item.text("Arn")))
    name = item.text("Name") or thing
    yield node(item, export, aws.ORGANISATION, thing, name=name, properties=said)


def _under(item: Item, export: Export, thing: str) -> Iterator[Record]:
    parent = item.text("ParentId")
    if parent:
        kind = aws.UNIT if parent.startswith("ou-") else aws.ORGANISATION
        yield node(item, export, kind, parent, name=parent, mention=True)
        yield edge(item, export, thing, aws.UNDER, parent)


def instance(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Instances of IAM Identity Center: which identity store it has."""
    thing, store = arn(item, "InstanceArn"), item.text("IdentityStoreId")
    said = known(
        identity_store=store,
        account_id=item.text("OwnerAccountId"),
        created=item.time("CreatedDate"),
    )
    name = item.text("Name") or thing.rpartition("/")[2]
    yield node(item, export, aws.IDENTITY_CENTER, thing, name=name, properties=said)


def permission_set(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert a permission set, with the policies that were read along.

    A customer managed policy is named, not told by ARN: each account has one of its own, and only
    the role made of the set in that account says what it allows.
    """
    thing = arn(item, "PermissionSetArn")
    name = item.text("Name") or thing
    said = known(
        instance=item.text("InstanceArn") or _instance_of(thing),
        session=item.text("SessionDuration"),
        created=item.time("CreatedDate"),
        tags=told(tags_of(item)),
    )
    yield node(item, export, aws.PERMISSION_SET, thing, name=name, properties=said)
    if item.value.get("InlinePolicy"):
        yield from policy(
            item,
            export,
            document_in(item, "InlinePolicy"),
            policy_id=f"{thing}#policy/inline",
            policy_type="inline",
            name=f"inline policy of {name}",
            account="",
            holder=(thing, aws.HAS_POLICY),
        )
    for each in item.children("AttachedManagedPolicies"):
        yield from refers(each, export, thing, aws.HAS_POLICY, "Arn")
    boundary = item.child("PermissionsBoundary")
    if boundary.value.get("ManagedPolicyArn"):
        yield from refers(boundary, export, thing, aws.HAS_BOUNDARY, "ManagedPolicyArn")


def _instance_of(permission_set_arn: str) -> str:
    parts = permission_set_arn.replace(":permissionSet/", ":instance/").split("/")
    return "/".join(parts[:2])


def assignment(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of AccountAssignments."""
    target, at = arn(item, "PermissionSetArn"), item.text("AccountId")
    who, sort = item.text("PrincipalId"), item.text("PrincipalType")
    kind = {"USER": aws.SSO_USER, "GROUP": aws.SSO_GROUP}.get(sort)
    if kind is None or not who or not ACCOUNT_ID.fullmatch(at):
        raise Unusable(item.place, "names no principal or no account")
    yield node(item, export, kind, who, name=who, mention=True)
    said = known(account_id=at)
    yield edge(item, export, who, aws.ASSIGNED, target, key=at, properties=said)


def sso_user(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Users of an identity store."""
    thing, name = item.text("UserId"), item.text("UserName")
    if not thing or "IdentityStoreId" not in item.value:
        raise Unusable(item.place, "names no user of an identity store")
    store = item.text("IdentityStoreId")
    emails = list(item.children("Emails"))
    mails = [each.text("Value") for each in emails]
    primary = [each.text("Value") for each in emails if each.flag("Primary")]
    said = known(
        user_name=name,
        mail=next(iter([*primary, *mails]), ""),
        mails=tuple(filter(None, mails)),
        identity_store=store,
        **_outside(item),
        created=item.time("CreatedAt"),
        enabled={"ENABLED": True, "DISABLED": False}.get(item.text("UserStatus")),
    )
    shown = item.text("DisplayName") or name or thing
    also = (f"sso:{store}|{name.lower()}",) if store and name else ()
    yield node(item, export, aws.SSO_USER, thing, name=shown, properties=said, aliases=also)


def sso_group(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Groups of an identity store."""
    thing = item.text("GroupId")
    if not thing or "IdentityStoreId" not in item.value:
        raise Unusable(item.place, "names no group of an identity store")
    said = known(identity_store=item.text("IdentityStoreId"), **_outside(item))
    shown = item.text("DisplayName") or thing
    yield node(item, export, aws.SSO_GROUP, thing, name=shown, properties=said)


def _outside(item: Item) -> dict[str, Value]:
    """Return the ids that a user or group has at the directories which provision it."""
    found = [(each.text("Issuer"), each.text("Id")) for each in item.children("ExternalIds")]
    return known(
        external_id=next((id_ for _, id_ in found if id_), ""),
        external_ids=tuple(f"{issuer}|{id_}" for issuer, id_ in found if id_),
    )


def membership(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of GroupMemberships of an identity store."""
    group, user = item.text("GroupId"), item.child("MemberId").text("UserId")
    if not group or not user:
        raise Unusable(item.place, "names no group or no user")
    yield edge(item, export, user, aws.IN_GROUP, group)


def oidc_provider(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of OpenIDConnectProviderList, or the answer about one of them."""
    if "Arn" not in item.value:
        raise Unusable(item.at("Arn"), "is missing: `get-open-id-connect-provider` leaves it out")
    thing = arn(item, "Arn")
    url = item.text("Url") or thing.partition("oidc-provider/")[2]
    said = known(
        account_id=account_in(thing),
        url=url,
        audiences=item.texts("ClientIDList"),
        created=item.time("CreateDate"),
        tags=told(tags_of(item)),
    )
    yield node(item, export, aws.OIDC_PROVIDER, thing, name=url, properties=said)


def saml_provider(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of SAMLProviderList; `EntityId` is its metadata's, put beside."""
    thing = arn(item, "Arn")
    said = known(
        account_id=account_in(thing),
        created=item.time("CreateDate"),
        entity_id=item.text("EntityId"),
        tags=told(tags_of(item)),
    )
    name = thing.partition("saml-provider/")[2]
    yield node(item, export, aws.SAML_PROVIDER, thing, name=name, properties=said)
