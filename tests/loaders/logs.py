"""Records of logs as each platform writes them, and what is made of them in one call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from idgraph.records import EventRecord, Ignored, Rejected
from loaders import Reading, loader

TENANT = "11111111-1111-4111-8111-111111111111"
ORG = "acme.okta.com"
ACCOUNT = "111122223333"
ADA = "aaaaaaaa-0000-4000-8000-00000000000a"
OMAR = "bbbbbbbb-0000-4000-8000-00000000000b"
APP = "cccccccc-0000-4000-8000-00000000000c"
PRINCIPAL = "dddddddd-0000-4000-8000-00000000000d"
GROUP = "eeeeeeee-0000-4000-8000-00000000000e"
NOON = "2026-11-20T12:00:00Z"


def user(node: str, name: str, *changed: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": node,
        "type": "User",
        "userPrincipalName": f"{name}@acme.example",
        "modifiedProperties": list(changed),
    }


def thing(node: str, kind: str, *changed: dict[str, Any]) -> dict[str, Any]:
    return {"id": node, "type": kind, "displayName": kind, "modifiedProperties": list(changed)}


def change(name: str, new: str, old: str = "[]") -> dict[str, Any]:
    return {"displayName": name, "oldValue": old, "newValue": new}


def audit(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"Directory_{number}",
        "activityDisplayName": "Reset password (by admin)",
        "activityDateTime": NOON,
        "result": "success",
        "resultReason": "",
        "correlationId": f"c{number}",
        "initiatedBy": {
            "user": {
                "id": OMAR,
                "userPrincipalName": "omar@acme.example",
                "ipAddress": "192.0.2.7",
                "homeTenantId": TENANT,
            },
            "app": None,
        },
        "targetResources": [user(ADA, "ada")],
        "additionalDetails": [],
    } | more


def sign_in(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{number:08}-0000-4000-8000-000000000000",
        "createdDateTime": NOON,
        "userId": ADA,
        "userPrincipalName": "ada@acme.example",
        "appId": APP,
        "ipAddress": "192.0.2.9",
        "correlationId": f"s{number}",
        "status": {"errorCode": 0},
        "authenticationRequirement": "multiFactorAuthentication",
        "homeTenantId": TENANT,
    } | more


def okta_user(node: str, name: str) -> dict[str, Any]:
    return {"id": node, "type": "User", "alternateId": f"{name}@acme.example"}


def okta(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "uuid": f"okta-{number}",
        "published": "2026-11-20T12:00:00.000Z",
        "eventType": "user.mfa.factor.deactivate",
        "actor": okta_user("00uOMAR", "omar"),
        "client": {"ipAddress": "192.0.2.7"},
        "outcome": {"result": "SUCCESS", "reason": "User reset OKTA_VERIFY_PUSH factor"},
        "target": [okta_user("00uADA", "ada")],
        "transaction": {"type": "WEB", "id": f"t{number}", "detail": {}},
        "debugContext": {"debugData": {"origin": f"https://{ORG}"}},
    } | more


def aws_user(name: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }


def trail(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.09",
        "eventID": f"aws-{number}",
        "eventTime": NOON,
        "eventSource": "iam.amazonaws.com",
        "eventName": "UpdateLoginProfile",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userIdentity": aws_user("omar"),
        "requestParameters": {"userName": "ada"},
        "responseElements": None,
        "requestID": f"r{number}",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    } | more


@dataclass
class Read:
    """A reading and everything it gave."""

    reading: Reading
    records: list[Any]

    @property
    def events(self) -> list[EventRecord]:
        return [each for each in self.records if isinstance(each, EventRecord)]

    @property
    def event(self) -> EventRecord:
        (only,) = self.events
        return only

    @property
    def ignored(self) -> list[tuple[str, str]]:
        return [(each.record, each.reason) for each in self.records if isinstance(each, Ignored)]

    @property
    def rejected(self) -> list[tuple[str, str]]:
        return [(each.place, each.reason) for each in self.records if isinstance(each, Rejected)]


def read(name: str, folder: Any, document: Any, file: str = "log.json", **options: Any) -> Read:
    """Write a document, or text or bytes as they are, and read it."""
    path = folder / file
    if isinstance(document, bytes):
        path.write_bytes(document)
    else:
        text = document if isinstance(document, str) else json.dumps(document)
        path.write_text(text, encoding="utf-8")
    reading = loader(name).parse([path], **options)
    return Read(reading, list(reading))
