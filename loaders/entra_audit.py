"""The directory audit log of Entra ID: who changed what, resets of accounts among it.

Read are the answers of `GET /auditLogs/directoryAudits` (one page, several, or the records as a
list or as JSON lines), what Azure Monitor exports of them, and what the admin center downloads,
JSON or CSV. A download as CSV gives no ids to events: the row itself is taken as one.

Sources: Microsoft Graph, directoryAudit and targetResource resource types; Microsoft Learn,
Microsoft Entra audit log categories and activities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from idgraph.records import EventRecord, Ignored
from idgraph.vocabulary import events
from idgraph.vocabulary.events import EventKind, as_seen, event_map
from loaders._fields import ZERO, Item, as_guid
from loaders._logs import (
    Belongs,
    Log,
    address,
    kind_of,
    needed,
    needed_time,
    properties,
    row_id,
    utc_column,
)

NAME = "entra_audit"
RECORD = "directory audit"

_NAMES = event_map("entra")
_KEY = re.compile(r"KeyIdentifier=([0-9a-fA-F-]{36})")
_TICKET = re.compile(r"[\w#./-]{1,64}")  # a number, never a text

_GRANTED_FIRST = frozenset({events.APP_ROLE_GRANTED.name, events.CONSENT_GRANTED.name})
_ROLES = frozenset(
    kind.name
    for kind in (
        events.ROLE_GRANTED,
        events.ROLE_MADE_ELIGIBLE,
        events.ROLE_ACTIVATION_REQUESTED,
        events.ROLE_ACTIVATION_APPROVED,
        events.ROLE_ACTIVATED,
    )
)
_JOINS = frozenset({events.GROUP_MEMBER_ADDED.name, events.OWNER_ADDED.name})
_PRINCIPALS = frozenset({"user", "serviceprincipal", "group", "device", "application"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One of the things that an event is about."""

    id: str
    type: str  # in lower case: user, group, role, application, serviceprincipal …
    upn: str
    changed: Mapping[str, tuple[str, str]]  # a property's name -> what it was and is

    @property
    def end(self) -> str:
        """The id, or else the alias, that graphs know it by."""
        return self.id or address(self.upn)

    def now(self, name: str) -> str:
        """Return the GUID that a property has now, "" when there is none."""
        return as_guid(self.changed[name][1].strip('" ')) if name in self.changed else ""


def _convert(item: Item, scope: str) -> EventRecord | Ignored:
    activity = needed(item, "activityDisplayName")
    resources = tuple(_resource(each) for each in item.children("targetResources"))
    kind, left_out = kind_of(_NAMES, activity, _reasons(item, resources))
    if kind is None:
        return left_out
    return _event(item, activity, kind, resources, scope)


def _unwrap(item: Item) -> Item:
    """Return the audit of a record: itself, or what Azure Monitor wraps as `properties`."""
    if "activityDisplayName" not in item.value and isinstance(item.value.get("properties"), dict):
        return wrapped(item)
    return item


def _reasons(item: Item, resources: Sequence[Resource]) -> Iterator[str]:
    yield item.text("resultReason")
    for resource in resources:
        yield from (name for name, (old, new) in resource.changed.items() if old != new)


def _resource(item: Item) -> Resource:
    given = as_guid(item.text("id"))
    return Resource(
        id="" if given == ZERO else given,
        type=item.text("type").casefold(),
        upn=item.text("userPrincipalName"),
        changed={
            each.text("displayName"): (each.text("oldValue"), each.text("newValue"))
            for each in item.children("modifiedProperties")
        },
    )


def _event(
    item: Item, activity: str, kind: EventKind, resources: Sequence[Resource], scope: str
) -> EventRecord:
    by = item.child("initiatedBy")
    user, app = by.child("user"), by.child("app")
    details = _details(item)
    actor = _actor(user, app)
    target, gained = _ends(kind, resources, details, scope)
    if kind is events.PERMISSION_GRANTED:  # elevateAccess: who asks is who gains
        target, gained = actor, scope
    keys, kind = _keys(kind, resources)
    kind = as_seen(kind, actor, target)
    return EventRecord(
        record=RECORD,
        id=needed(item, "id"),
        kind=kind.name,
        at=needed_time(item, "activityDateTime"),
        actor=actor,
        target=target,
        properties=properties(
            activity=activity,
            result=_result(item),
            object=gained,
            actor_name=user.text("userPrincipalName") or app.text("displayName"),
            target_name=next((each.upn for each in resources if each.upn), ""),
            channel=_channel(kind, user, app),
            ticket=_ticket(details),
            tenant=scope,
            ip=user.text("ipAddress") or details.get("ipaddr", ""),
            correlation=item.text("correlationId"),
            key=keys,
        ),
        evidence=item.place,
    )


def _actor(user: Item, app: Item) -> str:
    person = user.guid_if_any("id") or address(user.text("userPrincipalName"))
    client = app.guid_if_any("appId")
    service = app.guid_if_any("servicePrincipalId") or (f"appid:{client}" if client else "")
    return person or service


def _details(item: Item) -> dict[str, str]:
    return {each.text("key"): each.text("value") for each in item.children("additionalDetails")}


def _ends(
    kind: EventKind, resources: Sequence[Resource], details: Mapping[str, str], scope: str
) -> tuple[str, str]:
    """Return who gains and what is gained; the log's order of the two depends on the kind."""
    if kind.name in _ROLES:
        who = [each for each in resources if each.type in _PRINCIPALS and each.end]
        return (who[0].end if who else ""), _role(resources, details, scope)
    if kind is events.FEDERATION_CHANGED:  # a domain has no id
        return scope, ""
    ends = [each.end for each in resources if each.end]
    first, second = (*ends, "", "")[:2]
    if kind.name in _JOINS:
        return first, second or _told(resources, ".ObjectID")
    if kind.name in _GRANTED_FIRST:
        who_gains = second or _told(resources, "ServicePrincipal.ObjectID", "User.ObjectID")
        return (who_gains, first) if who_gains else (first, "")
    return first, ""


def _told(resources: Sequence[Resource], *endings: str) -> str:
    """Return the first GUID under a changed property whose name ends so."""
    for each in resources:
        for name in each.changed:
            if name.endswith(endings) and (found := each.now(name)):
                return found
    return ""


def _role(resources: Sequence[Resource], details: Mapping[str, str], scope: str) -> str:
    """Return the role as graphs know it: its definition, qualified by the tenant."""
    told = (
        _told(resources, "Role.TemplateId"),
        as_guid(details.get("RoleDefinitionOriginId", "")),
        as_guid(details.get("TemplateId", "")),
        next((each.id for each in resources if each.type == "role"), ""),
        _told(resources, "Role.ObjectID"),
    )
    definition = next(filter(None, told), "")
    return f"{definition}@{scope}" if definition and as_guid(scope) else definition


def _keys(kind: EventKind, resources: Sequence[Resource]) -> tuple[tuple[str, ...], EventKind]:
    """Return the ids of the keys added; where none was added and some were removed, those."""
    if kind is not events.CREDENTIAL_ADDED:
        return (), kind
    before, after = set[str](), set[str]()
    for each in resources:
        old, new = each.changed.get("KeyDescription", ("", ""))
        before.update(key.lower() for key in _KEY.findall(old))
        after.update(key.lower() for key in _KEY.findall(new))
    if before - after and not after - before:
        return tuple(sorted(before - after)), events.CREDENTIAL_REMOVED
    return tuple(sorted(after - before)), kind


def _result(item: Item) -> str:
    given = item.text("result").casefold()
    return events.SUCCESS if given == "success" else events.FAILURE if given else ""


def _channel(kind: EventKind, user: Item, app: Item) -> str:
    if not user.value and app.value:
        return "automation"
    return "portal" if kind is events.PASSWORD_RESET_SELF_SERVICE else ""


def _ticket(details: Mapping[str, str]) -> str:
    given = details.get("TicketNumber", "").strip()
    return given if _TICKET.fullmatch(given) else ""


def _belongs(item: Item) -> Iterator[Belongs]:
    """Yield the tenants named: for certain by Azure Monitor and by PIM, likely by the actor."""
    for sure in (item.text("tenantId"), _details(item).get("tid", "")):
        if tenant := as_guid(sure):
            yield Belongs(tenant, sure=True)
    if tenant := as_guid(item.child("initiatedBy").child("user").text("homeTenantId")):
        yield Belongs(tenant)


def wrapped(item: Item) -> Item:
    """Return what Azure Monitor wraps as `properties`, with the tenant that it says beside."""
    inner = item.child("properties")
    return Item({"tenantId": item.value.get("tenantId"), **inner.value}, inner.place, item.faults)


def clean_tenant(scope: str) -> str:
    """Return a tenant's id or domain in lower case."""
    return scope.strip().casefold()


def _from_row(row: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a row of the admin center's download as Microsoft Graph gives it."""
    return {
        "id": row_id(row),
        "activityDisplayName": row.get("activity", ""),
        "activityDateTime": utc_column(row.get("date (utc)", "")),
        "correlationId": row.get("correlationid", ""),
        "result": row.get("result", ""),
        "resultReason": row.get("resultreason", ""),
        "initiatedBy": _initiator(row),
        "targetResources": list(_numbered_targets(row)),
        "additionalDetails": [
            {"key": key, "value": row.get(f"additionaldetail{number}value", "")}
            for number, key in _numbered(row, "additionaldetail{}key")
        ],
    }


def _initiator(row: Mapping[str, str]) -> Mapping[str, Any]:
    user = {
        "id": row.get("actorobjectid") or None,
        "userPrincipalName": row.get("actoruserprincipalname", ""),
        "homeTenantId": row.get("actorhometenantid", ""),
        "ipAddress": row.get("ipaddress") or row.get("actoripaddress", ""),
    }
    app = {
        "servicePrincipalId": row.get("actorserviceprincipalid") or None,
        "displayName": row.get("actorserviceprincipalname") or row.get("actordisplayname", ""),
    }
    is_app = row.get("actortype", "").casefold().startswith(("app", "service"))
    return {"app": app} if is_app else {"user": user}


def _numbered_targets(row: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for number, kind in _numbered(row, "target{}type"):
        at = f"target{number}"
        yield {
            "type": kind,
            "id": row.get(f"{at}objectid", ""),
            "userPrincipalName": row.get(f"{at}userprincipalname", ""),
            "modifiedProperties": [
                {
                    "displayName": name,
                    "oldValue": row.get(f"{at}modifiedproperty{each}oldvalue", ""),
                    "newValue": row.get(f"{at}modifiedproperty{each}newvalue", ""),
                }
                for each, name in _numbered(row, f"{at}modifiedproperty{{}}name")
            ],
        }


def _numbered(row: Mapping[str, str], column: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers and cells of columns that are counted from 1, up to the first empty."""
    for number in count(1):
        cell = row.get(column.format(number), "")
        if not cell:
            return
        yield number, cell


LOG = Log(
    loader=NAME,
    record=RECORD,
    lists=("value", "records"),
    belongs=_belongs,
    unwrap=_unwrap,
    convert=_convert,
    clean_scope=clean_tenant,
    scope_is="tenant",
    export_hint="Export it from /auditLogs/directoryAudits, or download the audit log.",
    suffixes=(".json", ".jsonl", ".ndjson", ".csv"),
    from_row=_from_row,
    columns=("date (utc)", "activity"),
)
LOADER = LOG.loader_of(
    "the directory audit log of Entra ID: Microsoft Graph's JSON, or the download (JSON, CSV)"
)
