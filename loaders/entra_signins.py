"""The sign-in logs of Entra ID: who signed in, from where, with how many factors.

Read are the answers of `GET /auditLogs/signIns` (one page, several, or the records as a list or
as JSON lines), what Azure Monitor exports of them, and what the admin center downloads, JSON or
CSV. Sign-ins of people, service principals and managed identities are read alike. Of the tokens
issued nothing is kept.

Source: Microsoft Graph, signIn resource type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from idgraph.records import EventRecord
from idgraph.vocabulary import events
from loaders._fields import Item, Unusable, as_guid
from loaders._logs import (
    Belongs,
    Log,
    address,
    needed,
    needed_time,
    properties,
    utc_column,
)
from loaders.entra_audit import clean_tenant, wrapped

NAME = "entra_signins"
RECORD = "sign-in"
ACTIVITY = "Sign-in activity"
STRENGTHS = {
    "singlefactorauthentication": "single",
    "multifactorauthentication": "multiple",
}
_PLAIN = re.compile(r"[\s-]+")
_SUCCEEDED = "0"  # the error code of a sign-in without an error


def _convert(item: Item, scope: str) -> EventRecord:
    who = _identity(item)
    return EventRecord(
        record=RECORD,
        id=needed(item, "id"),
        kind=events.SIGN_IN.name,
        at=needed_time(item, "createdDateTime"),
        actor=who,
        target=who,
        properties=properties(
            activity=ACTIVITY,
            result=_result(item),
            actor_name=item.text("userPrincipalName") or item.text("servicePrincipalName"),
            tenant=scope,
            ip=item.text("ipAddress"),
            correlation=item.text("correlationId"),
            strength=STRENGTHS.get(item.text("authenticationRequirement").casefold(), ""),
            method=_methods(item),
            application=_application(item),
        ),
        evidence=item.place,
    )


def _unwrap(item: Item) -> Item:
    if "createdDateTime" not in item.value and isinstance(item.value.get("properties"), dict):
        return wrapped(item)
    return item


def _identity(item: Item) -> str:
    """Return who signed in; an account that the log knows by name alone is given by its alias.

    Raises
    ------
    Unusable
        The record names nobody.
    """
    found = (
        item.guid_if_any("servicePrincipalId")
        or item.guid_if_any("userId")
        or address(item.text("userPrincipalName"))
    )
    if not found:
        raise Unusable(item.at("userId"), "is missing, as are a name and a service principal")
    return found


def _result(item: Item) -> str:
    code = item.child("status").value.get("errorCode")
    if code is None:
        code = item.value.get("errorCode")
    if code is None or isinstance(code, bool):
        return ""
    whole = str(code).strip().removesuffix(".0")
    return events.SUCCESS if whole == _SUCCEEDED else events.FAILURE


def _methods(item: Item) -> str:
    """Return the methods that succeeded, in the order of the log."""
    done = (
        each.text("authenticationMethod")
        for each in item.children("authenticationDetails")
        if each.value.get("succeeded") is True
    )
    return ", ".join(dict.fromkeys(filter(None, done))) or item.text("authenticationMethod")


def _application(item: Item) -> str:
    client = as_guid(item.text("appId"))
    return f"appid:{client}" if client else ""


def _belongs(item: Item) -> Iterator[Belongs]:
    """Yield the tenants named: a tenant's log holds its members and those who visit it."""
    if tenant := as_guid(item.text("tenantId")):
        yield Belongs(tenant, sure=True)
    for likely in ("homeTenantId", "resourceTenantId"):
        if tenant := as_guid(item.text(likely)):
            yield Belongs(tenant)


def _from_row(row: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a row of the admin center's download as Microsoft Graph gives it."""
    return {
        "id": row.get("request id", ""),
        "createdDateTime": utc_column(row.get("date (utc)", "")),
        "userId": row.get("user id") or None,
        "userPrincipalName": row.get("username", ""),
        "servicePrincipalId": row.get("service principal id") or None,
        "servicePrincipalName": row.get("service principal name", ""),
        "correlationId": row.get("correlation id", ""),
        "appId": row.get("application id", ""),
        "ipAddress": row.get("ip address", ""),
        "errorCode": _code(row),
        "homeTenantId": row.get("home tenant id", ""),
        "resourceTenantId": row.get("resource tenant id", ""),
        "authenticationRequirement": _PLAIN.sub("", row.get("authentication requirement", "")),
        "authenticationMethod": row.get("multifactor authentication auth method", ""),
    }


def _code(row: Mapping[str, str]) -> str | None:
    """Return the error code; a download leaves it empty where the status is Success."""
    if row.get("status", "").casefold() == "success":
        return _SUCCEEDED
    return row.get("sign-in error code") or row.get("status") or None


LOG = Log(
    loader=NAME,
    record=RECORD,
    lists=("value", "records"),
    belongs=_belongs,
    unwrap=_unwrap,
    convert=_convert,
    clean_scope=clean_tenant,
    scope_is="tenant",
    export_hint="Export it from /auditLogs/signIns, or download the sign-in log.",
    suffixes=(".json", ".jsonl", ".ndjson", ".csv"),
    from_row=_from_row,
    columns=("date (utc)", "request id"),
)
LOADER = LOG.loader_of(
    "the sign-in logs of Entra ID: Microsoft Graph's JSON, or the download (JSON, CSV)"
)
