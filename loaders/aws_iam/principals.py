"""`aws iam get-account-authorization-details`: users, groups, roles and managed policies.

Source: IAM API Reference, GetAccountAuthorizationDetails; its quirks are those of the command
line (decoded documents) and of the raw API (URL-encoded ones).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from idgraph.records import Record
from idgraph.vocabulary import aws
from loaders._fields import Item, Unusable, known, salvage
from loaders._repositories import mentioned, trusted
from loaders.aws_iam.documents import Version, document_in, is_document, listed, policy, statements
from loaders.aws_iam.export import Export, Kind, Later, arn, edge, node, resource
from loaders.aws_iam.sources import account_in

SERVICE_LINKED = "/aws-service-role/"
OF_AWS = ":iam::aws:policy/"


def user(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of UserDetailList."""
    thing, name = arn(item, "Arn"), item.text("UserName")
    account = account_in(thing)
    export.users[account, name] = thing
    said = known(user_name=name, created=item.time("CreateDate"))
    yield from resource(
        item, export, aws.USER, thing, name=name or thing, account=account, properties=said
    )
    for group in item.texts("GroupList"):
        prefix = f"{thing.partition(':user')[0]}:group"
        yield Later(partial(_membership, item, export, thing, (prefix, group)))
    yield from _policies(item, export, thing, account, "UserPolicyList")
    yield from _boundary(item, export, thing)


def _membership(
    item: Item, export: Export, user_arn: str, named: tuple[str, str], _account: str
) -> Iterator[Record]:
    """Yield a membership: groups are listed by name, and an ARN holds the group's path, too."""
    found = export.groups.get(named, "/".join(named))
    yield edge(item, export, user_arn, aws.IN_GROUP, found)


def group(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of GroupDetailList."""
    thing, name = arn(item, "Arn"), item.text("GroupName")
    account = account_in(thing)
    export.groups[f"{thing.partition(':group')[0]}:group", name] = thing
    said = known(created=item.time("CreateDate"))
    yield from resource(
        item, export, aws.GROUP, thing, name=name or thing, account=account, properties=said
    )
    yield from _policies(item, export, thing, account, "GroupPolicyList")


def role(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of RoleDetailList."""
    thing, name = arn(item, "Arn"), item.text("RoleName")
    account = account_in(thing)
    used = item.child("RoleLastUsed")
    said = known(
        role_name=name,
        created=item.time("CreateDate"),
        service_linked=SERVICE_LINKED in thing,
        last_used=used.time("LastUsedDate"),
    )
    yield from resource(
        item, export, aws.ROLE, thing, name=name or thing, account=account, properties=said
    )
    trust = document_in(item, "AssumeRolePolicyDocument")
    yield from policy(
        item,
        export,
        trust,
        policy_id=f"{thing}#trust",
        policy_type="trust",
        name=f"trust policy of {name}",
        account=account,
        holder=(thing, aws.HAS_TRUST_POLICY),
    )
    for place, statement in listed(trust):
        for repository in trusted(statement) if isinstance(statement, dict) else ():
            yield from mentioned(repository, export.record, f"{trust.place}{place}")
    for profile in item.children("InstanceProfileList"):
        yield from instance_profile(profile, export, role_arn=thing)
    yield from _policies(item, export, thing, account, "RolePolicyList")
    yield from _boundary(item, export, thing)


def instance_profile(item: Item, export: Export, role_arn: str = "") -> Iterator[Record]:
    """Yield an instance profile and the role in it."""
    thing = arn(item, "Arn")
    name = item.text("InstanceProfileName")
    said = known(account_id=account_in(thing), created=item.time("CreateDate"))
    yield node(item, export, aws.INSTANCE_PROFILE, thing, name=name or thing, properties=said)
    roles = [role_arn] if role_arn else [arn(each, "Arn") for each in item.children("Roles")]
    for each in roles:
        yield edge(item, export, each, aws.IN_PROFILE, thing)


def managed(item: Item, export: Export) -> Iterator[Record | Later]:
    """Convert an element of Policies: a managed policy with its versions."""
    thing, name = arn(item, "Arn"), item.text("PolicyName")
    if ":organizations:" in thing:  # `list-policies` of an organisation: no documents
        return
    name = name or thing.rpartition("/")[2]
    account = account_in(thing)
    default = item.text("DefaultVersionId")
    versions = list(item.children("PolicyVersionList"))
    read: list[Record] = []
    whole = False
    for version in versions:
        named = version.text("VersionId")
        is_default = version.flag_if_any("IsDefaultVersion") or named == default
        document = document_in(version, "Document")
        is_only = is_default or len(versions) == 1
        faults = len(document.faults)
        read += statements(document, export, thing, Version(named, default=is_only))
        understood = is_document(document) and len(document.faults) == faults
        whole = whole or (understood and is_only)
    if whole:
        export.documents.add(thing)
    said = known(
        account_id=account,
        policy_type="aws" if OF_AWS in thing else "managed",
        created=item.time("CreateDate"),
        default_version=default,
        document_read=whole or None,
    )
    yield node(item, export, aws.POLICY, thing, name=name, properties=said)
    yield from read


def _policies(
    item: Item, export: Export, thing: str, account: str, inline: str
) -> Iterator[Record]:
    """Yield the policies of a principal: those of its own and those attached."""

    def own(each: Item) -> Iterator[Record]:
        name = each.text("PolicyName")
        if not name:
            raise Unusable(each.at("PolicyName"), "is missing")
        yield from policy(
            each,
            export,
            document_in(each, "PolicyDocument"),
            policy_id=f"{thing}#policy/{name}",
            policy_type="inline",
            name=name,
            account=account,
            holder=(thing, aws.HAS_POLICY),
        )

    def attached(each: Item) -> Iterator[Record]:
        yield from refers(each, export, thing, aws.HAS_POLICY, "PolicyArn")

    yield from salvage(item.children(inline), own)
    yield from salvage(item.children("AttachedManagedPolicies"), attached)
    named = {inline: "PolicyName", "AttachedManagedPolicies": "PolicyArn", "GroupList": ""}
    for member in (key for key, name in named.items() if _is_lost(item.value.get(key), name)):
        lost = f"{thing}#{member}"
        yield node(item, export, aws.POLICY, lost, name=f"{member} of {thing}", mention=True)
        yield edge(item, export, thing, aws.HAS_POLICY, lost)


def _is_lost(raw: Any, name: str) -> bool:
    """Return whether a list, or one that it names, cannot be told: what is allowed is unknown."""
    if raw is None:
        return False
    if not isinstance(raw, list):
        return True
    named = (each.get(name) if isinstance(each, dict) else each for each in raw)
    return not all(isinstance(each, str) and each for each in named)


def _boundary(item: Item, export: Export, thing: str) -> Iterator[Record]:
    """Yield the boundary of a principal; one that is not understood is unknown, never none."""
    boundary = item.child("PermissionsBoundary")
    if item.value.get("PermissionsBoundary") in (None, {}):
        return
    try:
        yield from refers(boundary, export, thing, aws.HAS_BOUNDARY, "PermissionsBoundaryArn")
    except Unusable as unusable:
        if boundary.value:
            item.faults.append(unusable.fault)
        lost = f"{thing}#boundary"
        yield node(boundary, export, aws.POLICY, lost, name=f"boundary of {thing}", mention=True)
        yield edge(boundary, export, thing, aws.HAS_BOUNDARY, lost)


def refers(item: Item, export: Export, thing: str, kind: Kind, key: str) -> Iterator[Record]:
    """Yield that a principal has a managed policy, which may not be among those read."""
    found = arn(item, key)
    if export.account in ("", account_in(thing)):
        export.wanted.setdefault(found, item)
    yield node(item, export, aws.POLICY, found, name=found.rpartition("/")[2], mention=True)
    yield edge(item, export, thing, kind, found)
