"""CloudTrail: what was called in an AWS account, by whom.

Read are the files that a trail delivers (`{"Records": […]}`, packed or not, with the folders that
they stand in), JSON lines of events, and the answer of `aws cloudtrail lookup-events`, which holds
each event as a text. Files of several accounts are one log when --scope names them together.

Who acted is the identity whose power was used: of a role's session the role, of a federated
user's session the user who began it. An IAM user is known by name in requests, so the ARN of one
whose path is not `/` is not the one that the account's inventory gives.

Sources: AWS, CloudTrail record contents, CloudTrail userIdentity element, and the API references
of the services.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from idgraph.errors import InputError
from idgraph.records import EventRecord, Ignored
from idgraph.vocabulary import events
from idgraph.vocabulary.events import EventKind, as_seen, event_map
from loaders._fields import Item, Unusable, printable
from loaders._logs import (
    NO_USE,
    Belongs,
    Log,
    kind_of,
    needed,
    needed_time,
    properties,
)

NAME = "aws_cloudtrail"
RECORD = "trail event"
DIGEST = "digest"  # what CloudTrail signs its files with

_NAMES = event_map("aws")
_ACCOUNT = re.compile(r"\d{12}")
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")

_SUBJECTS = {"WebIdentityUser": "oidc", "SAMLUser": "saml"}  # the alias scheme of each
_ACCOUNTS = {"Root": "arn:aws:iam::{account}:root", "AWSAccount": "aws:account/{account}"}

# What a request names, in the order in which it is looked for, and the id it stands for.
_NAMED = (
    ("userName", "arn:{partition}:iam::{account}:user/{name}"),
    ("roleName", "arn:{partition}:iam::{account}:role/{name}"),
    ("groupName", "arn:{partition}:iam::{account}:group/{name}"),
    ("roleArn", "{name}"),
    ("secretId", "{name}"),
    ("sAMLProviderArn", "{name}"),
    ("openIDConnectProviderArn", "{name}"),
    ("policyArn", "{name}"),
    ("bucketName", "arn:{partition}:s3:::{name}"),
    ("snapshotId", "arn:{partition}:ec2:{region}:{account}:snapshot/{name}"),
    ("imageId", "arn:{partition}:ec2:{region}:{account}:image/{name}"),
    ("keyId", "{name}"),
    ("principalId", "aws:identitystore/{name}"),
    ("userId", "aws:identitystore/{name}"),
    ("name", "{name}"),
)
_GAINED = ("groupName", "policyArn", "permissionSetArn")
_ON_ONESELF = frozenset(
    {
        events.SIGN_IN.name,
        events.PASSWORD_CHANGED.name,
        events.PASSWORD_RESET_SELF_SERVICE.name,
        events.RECOVERY_CONTACT_CHANGED.name,
        events.ACCESS_KEY_CREATED.name,
        events.ACCESS_KEY_CHANGED.name,
        events.MFA_METHOD_ADDED.name,
        events.MFA_METHOD_REMOVED.name,
        events.CREDENTIAL_ADDED.name,
        events.CREDENTIAL_REMOVED.name,
    }
)


def _convert(item: Item, scope: str) -> EventRecord | Ignored:
    if "digestStartTime" in item.value:
        return Ignored(record=DIGEST, reason=NO_USE)
    name = needed(item, "eventName")
    needed(item, "eventSource")
    kind, left_out = kind_of(_NAMES, name)
    if kind is None:
        return left_out
    _same_account(item, scope)
    return _event(item, name, kind)


def _unwrap(item: Item) -> Item:
    """Return an event; `lookup-events` gives it as a text inside.

    Raises
    ------
    Unusable
        The text is no JSON object.
    """
    text = item.value.get("CloudTrailEvent")
    if not isinstance(text, str):
        return item
    at = item.at("CloudTrailEvent")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable(at, "is not JSON") from None
    if not isinstance(value, dict):
        raise Unusable(at, "is not an object")
    return Item(value, at, item.faults)


def _same_account(event: Item, scope: str) -> None:
    account = _account(event)
    if _ACCOUNT.fullmatch(scope) and account and account != scope:
        raise InputError(
            "the log",
            f"holds events of several accounts, {scope} and {account} among them",
            place=event.place,
            hint="Name them together with --scope, e.g. --scope o-exampleorgid.",
        )


def _account(event: Item) -> str:
    """Return the account that received the event, or else that of the caller."""
    received = event.text("recipientAccountId") or event.child("userIdentity").text("accountId")
    return received if _ACCOUNT.fullmatch(received) else ""


def _event(event: Item, name: str, kind: EventKind) -> EventRecord:
    identity, asked = event.child("userIdentity"), event.child("requestParameters")
    answered = event.child("responseElements")
    actor = _actor(identity)
    target, gained = _ends(kind, event, asked, actor)
    kind = as_seen(kind, actor, target)
    return EventRecord(
        record=RECORD,
        id=needed(event, "eventID"),
        kind=kind.name,
        at=needed_time(event, "eventTime"),
        actor=actor,
        target=target,
        properties=properties(
            activity=name,
            result=_result(event, answered, name),
            object=gained,
            actor_name=identity.text("userName") or identity.text("invokedBy"),
            target_name=asked.text("userName"),
            channel=_channel(event, identity),
            tenant=_account(event),
            ip=event.text("sourceIPAddress"),
            correlation=event.text("requestID"),
            strength=_strength(event, identity),
            key=_keys(asked, answered),
            session=_session(identity),
        ),
        evidence=event.place,
    )


def _actor(identity: Item) -> str:
    """Return the identity whose power was used; "" where AWS itself acted."""
    kind = identity.text("type")
    if kind in _SUBJECTS:
        return _federated(
            _SUBJECTS[kind], identity.text("identityProvider"), identity.text("userName")
        )
    issuer = identity.child("sessionContext").child("sessionIssuer").text("arn")
    if issuer and kind in {"AssumedRole", "FederatedUser"}:
        return issuer
    return identity.text("arn") or _without_arn(kind, identity)


def _without_arn(kind: str, identity: Item) -> str:
    user, account = identity.child("onBehalfOf").text("userId"), identity.text("accountId")
    if kind == "IdentityCenterUser" and user:
        return f"aws:identitystore/{user}"
    form = _ACCOUNTS.get(kind, "")
    return form.format(account=account) if account else ""


def _federated(scheme: str, provider: str, subject: str) -> str:
    if not subject:
        return ""
    issuer = provider.partition(":oidc-provider/")[2] or provider
    return f"{scheme}:{issuer}|{subject}"


def _ends(kind: EventKind, event: Item, asked: Item, actor: str) -> tuple[str, str]:
    """Return what the call was about and what that gains."""
    names = _of_request(event, asked)
    if kind is events.ROLE_ASSUMED:
        return names.get("roleArn") or actor, ""
    target = next(iter(names.values()), "")
    if not target and kind.name in _ON_ONESELF:
        target = actor
    gained = next((names[key] for key in _GAINED if names.get(key, target) != target), "")
    return target, gained


def _of_request(event: Item, asked: Item) -> dict[str, str]:
    """Return the ids that a request names, by the parameter, in the order looked for."""
    arn = _PARTITION.match(event.child("userIdentity").text("arn"))
    at = {
        "partition": arn.group(1) if arn else "aws",
        "account": _account(event),
        "region": event.text("awsRegion"),
    }
    return {
        key: form.format(name=printable(asked.value[key]), **at)
        for key, form in _NAMED
        if isinstance(asked.value.get(key), str) and asked.value[key]
    }


def _result(event: Item, answered: Item, name: str) -> str:
    said = answered.value.get(name)  # of console sign-ins: Success or Failure
    failed = event.value.get("errorCode") or event.value.get("errorMessage") or said == "Failure"
    return events.FAILURE if failed else events.SUCCESS


def _channel(event: Item, identity: Item) -> str:
    if identity.text("type") == "AWSService" or identity.value.get("invokedBy"):
        return "automation"
    console = event.value.get("sessionCredentialFromConsole") in {True, "true"}
    if console or event.text("eventType") == "AwsConsoleSignIn":
        return "portal"
    return "api"


def _strength(event: Item, identity: Item) -> str:
    used = event.child("additionalEventData").value.get("MFAUsed")
    passed = (
        identity.child("sessionContext").child("attributes").value.get("mfaAuthenticated") or used
    )
    return {"true": "multiple", "Yes": "multiple", "false": "single", "No": "single"}.get(
        str(passed), ""
    )


def _keys(asked: Item, answered: Item) -> tuple[str, ...]:
    made = answered.child("accessKey").value.get("accessKeyId")
    named = asked.value.get("accessKeyId")
    return tuple(sorted({key for key in (made, named) if isinstance(key, str) and key}))


def _session(identity: Item) -> str:
    """Return the name of the session that acted: of a role's, the last part of its ARN."""
    arn = identity.text("arn")
    return arn.rpartition("/")[2] if ":assumed-role/" in arn else ""


def _belongs(item: Item) -> Iterator[Belongs]:
    if account := _account(item):
        yield Belongs(account, sure=True)


def clean_account(scope: str) -> str:
    """Return an account or an organisation as it is named."""
    return scope.strip().casefold()


LOG = Log(
    loader=NAME,
    record=RECORD,
    lists=("Records", "Events"),
    belongs=_belongs,
    unwrap=_unwrap,
    convert=_convert,
    clean_scope=clean_account,
    scope_is="account",
    export_hint="Take the files of a trail, or the answer of `aws cloudtrail lookup-events`.",
    deep=True,
)
LOADER = LOG.loader_of(
    "CloudTrail: the files of a trail (.json, .json.gz, folders), or `lookup-events`"
)
