"""The incident in the formats of its sources: Microsoft Graph's logs, and a CSV of tickets.

Facts about the formats, not their code: `GET /auditLogs/directoryAudits` and `/auditLogs/signIns`
answer pages with `value`, times in UTC; a changed property's values are JSON inside a text; what a
target gains stands among its changed properties and as a second target.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sample_data import ids, plan
from sample_data.azurehound_shape import Json
from sample_data.incident import (
    METHODS,
    PIM,
    Entry,
    Role,
    SignIn,
    Thing,
    Ticket,
)
from sample_data.roster import GRAPH_CLIENT, Application, Person, Team

CLIENTS = {
    "Azure Portal": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
    "Office 365 Portal": "00000006-0000-0ff1-ce00-000000000000",
    "My Signins": "19db86c3-b2b9-44cc-b339-36da233a3be2",
    "Azure Key Vault": "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
    "Windows Azure Service Management API": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
}
"""The client ids of Microsoft's own applications that are signed in to."""
FAILURES = {
    0: "Other.",
    50074: "Strong Authentication is required.",
}
TICKET_COLUMNS = (
    "ticket", "identity", "method", "channel", "proof", "requester", "approvers", "executors",
    "vendor", "tenant", "requested_at", "approved_at", "executed_at", "summary",
)  # fmt: skip


def page(of: str, found: Iterable[Json]) -> str:
    """Return one page of a log as Microsoft Graph answers it."""
    context = f"https://graph.microsoft.com/v1.0/$metadata#auditLogs/{of}"
    text = json.dumps({"@odata.context": context, "value": list(found)}, indent=1)
    return f"{text}\n"


def audit(entry: Entry) -> Json:
    """Return an entry of the directory audit log."""
    correlation = ids.guid(f"audit/{entry.at}/{entry.activity}")
    return {
        "id": f"{_prefix(entry)}_{correlation}_{ids.guid(correlation)[:5].upper()}",
        "category": entry.category,
        "correlationId": correlation,
        "result": entry.result,
        "resultReason": entry.reason,
        "activityDisplayName": entry.activity,
        "activityDateTime": entry.at.replace("Z", ".0415226Z"),
        "loggedByService": entry.service,
        "operationType": "Update",
        "userAgent": None,
        "initiatedBy": _initiator(entry),
        "targetResources": list(_targets(entry)),
        "additionalDetails": list(_details(entry)),
    }


def _prefix(entry: Entry) -> str:
    return {"Core Directory": "Directory", METHODS: METHODS, PIM: PIM}.get(entry.service, "SSPR")


def _initiator(entry: Entry) -> Json:
    if isinstance(entry.by, Application):
        app = {
            "appId": entry.by.client,
            "displayName": entry.by.name,
            "servicePrincipalId": entry.by.principal,
            "servicePrincipalName": None,
        }
        return {"app": app, "user": None}
    user = {
        "id": entry.by.id,
        "displayName": entry.by.name,
        "userPrincipalName": entry.by.login,
        "ipAddress": entry.ip or None,
        "userType": "Guest" if entry.by.guest else "Member",
        "homeTenantId": plan.TENANT_ID,
        "homeTenantName": None,
    }
    return {"app": None, "user": user}


def _targets(entry: Entry) -> Iterator[Json]:
    """Yield what the entry is about; the log of activations names the role first."""
    if isinstance(entry.gains, Role):
        yield _target(entry.gains.id, entry.gains.name, "Role")
        yield _target(ids.guid(f"request/{entry.at}"), "", "Request")
        yield _of(entry.to, [])
        return
    yield _of(entry.to, [*_changed(entry), *_gained(entry.gains)])
    if entry.gains:
        yield _of(entry.gains, [])


def _of(thing: Thing, changed: Iterable[Json]) -> Json:
    upn = thing.login if isinstance(thing, Person) else None
    made = _target(thing.id, thing.name, _kind(thing))
    return made | {"userPrincipalName": upn, "modifiedProperties": list(changed)}


def _target(node: str, name: str, kind: str) -> Json:
    return {
        "id": node,
        "displayName": name,
        "type": kind,
        "userPrincipalName": None,
        "groupType": "unknownFutureValue" if kind == "Group" else None,
        "modifiedProperties": [],
    }


def _kind(thing: Thing) -> str:
    match thing:
        case Person():
            return "User"
        case Team():
            return "Group"
        case _:
            return "Application"


def _changed(entry: Entry) -> Iterator[Json]:
    for name, value in entry.changed:
        told = [_key(value)] if name == "KeyDescription" else value
        yield _property(name, json.dumps(told))
    if entry.canary:
        name = "TemporaryAccessPass" if entry.service == METHODS else "SecretText"
        yield _property(name, json.dumps(plan.CANARY))


def _key(name: str) -> str:
    told = f"KeyIdentifier={ids.credential_id(name)},KeyType=Password,KeyUsage=Verify"
    return f"[{told},DisplayName={name}]"


def _gained(thing: Thing | None) -> Iterator[Json]:
    if thing:
        yield _property(f"{_kind(thing)}.ObjectID", json.dumps(thing.id))
        yield _property(f"{_kind(thing)}.DisplayName", json.dumps(thing.name))


def _property(name: str, new: str) -> Json:
    return {"displayName": name, "oldValue": "[]", "newValue": new}


def _details(entry: Entry) -> Iterator[Json]:
    if isinstance(entry.gains, Role):
        told = {
            "RoleDefinitionOriginId": entry.gains.id,
            "RoleDefinitionOriginType": "BuiltInRole",
            "TemplateId": entry.gains.id,
            "tid": plan.TENANT_ID,
            "ipaddr": entry.ip,
        }
        yield from ({"key": key, "value": value} for key, value in told.items())


def sign_in(it: SignIn) -> Json:
    """Return a sign-in of a person or of a service principal."""
    made = ids.guid(f"sign-in/{it.at}/{it.who.id}")
    return {
        "id": made,
        "createdDateTime": it.at,
        **(_person(it.who, it) if isinstance(it.who, Person) else _service(it.who, it)),
        "ipAddress": it.ip,
        "correlationId": ids.guid(f"correlation/{made}"),
        "conditionalAccessStatus": "notApplied",
        "authenticationRequirement": (
            "multiFactorAuthentication" if it.factors > 1 else "singleFactorAuthentication"
        ),
        "authenticationProcessingDetails": [{"key": "Session token", "value": plan.CANARY}],
        "resourceTenantId": plan.TENANT_ID,
        "homeTenantId": plan.TENANT_ID,
        "status": {
            "errorCode": it.error,
            "failureReason": FAILURES[it.error],
            "additionalDetails": None,
        },
        "deviceDetail": {"deviceId": "", "displayName": None, "isCompliant": None},
        "location": {"city": None, "state": None, "countryOrRegion": None},
        "appliedConditionalAccessPolicies": [],
    }


def _person(who: Person, it: SignIn) -> Json:
    return {
        "userDisplayName": who.name,
        "userPrincipalName": who.login,
        "userId": who.id,
        "appId": CLIENTS[it.to],
        "appDisplayName": it.to,
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": GRAPH_CLIENT,
        "clientAppUsed": "Browser",
        "isInteractive": True,
        "signInEventTypes": ["interactiveUser"],
    }


def _service(who: Application, it: SignIn) -> Json:
    return {
        "userDisplayName": "",
        "userPrincipalName": "",
        "userId": "",
        "servicePrincipalId": who.principal,
        "servicePrincipalName": who.name,
        "servicePrincipalCredentialKeyId": ids.credential_id(it.credential),
        "appId": who.client,
        "appDisplayName": who.name,
        "resourceDisplayName": it.to,
        "resourceId": CLIENTS[it.to],
        "clientAppUsed": "",
        "isInteractive": False,
        "signInEventTypes": ["servicePrincipal"],
    }


def tickets(found: Iterable[Ticket]) -> str:
    """Return tickets as CSV, each with times in the zone of the desk that wrote it."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, TICKET_COLUMNS, lineterminator="\n")
    table.writeheader()
    for it in found:
        table.writerow(
            {
                "ticket": it.number,
                "identity": it.identity.login,
                "method": it.method,
                "channel": it.channel,
                "proof": it.proof,
                "requester": it.requester,
                "approvers": "; ".join(it.approvers),
                "executors": "; ".join(it.executors),
                "vendor": it.vendor,
                "tenant": plan.TENANT_ID,
                "requested_at": _in_zone(it.requested_at, it.zone),
                "approved_at": _in_zone(it.approved_at, it.zone),
                "executed_at": _in_zone(it.executed_at, it.zone),
                "summary": it.summary.format(canary=plan.CANARY),
            }
        )
    return text.getvalue()


def _in_zone(moment: str, zone: str) -> str:
    """Return a UTC time as a clock in another zone shows it, with the offset behind."""
    if not moment:
        return ""
    shift = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[4:]))
    shown = datetime.fromisoformat(moment).replace(tzinfo=None) + shift
    return f"{shown.isoformat()}{zone}"
