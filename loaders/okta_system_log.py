"""The system log of an Okta organisation.

Read are the answers of `GET /api/v1/logs`: a list, several lists, or JSON lines. No record names
the organisation for certain, so it is best given with --scope; otherwise the host that most
records came through is taken. Ids are `okta:<organisation>/<id>`.

On Identity Engine a reset of all factors is no event of its own: each factor is deactivated. That
these belong together is found out later, by who asks for resets.

Sources: Okta, System Log API and its event types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from idgraph.records import EventRecord, Ignored
from idgraph.vocabulary import events
from idgraph.vocabulary.events import EventKind, as_seen, event_map
from loaders._fields import Item
from loaders._logs import Belongs, Log, kind_of, needed, needed_time, properties

NAME = "okta_system_log"
RECORD = "system log event"

_NAMES = event_map("okta")
_HOST = re.compile(r"[a-z0-9-]+\.(?:okta|oktapreview|okta-emea|okta-gov)\.com")
_ADMIN = re.compile(r"-admin(?=\.okta)")
_SUCCESSES = frozenset({"success", "allow"})
_PEOPLE = ("user", "appuser")
_GAINED = ("usergroup", "role", "appinstance", "identityprovider", "resourceset", "scope")
_ABOUT_THE_ACTOR = frozenset({events.SIGN_IN.name, events.ADMIN_CONSOLE_OPENED.name})


def _convert(item: Item, scope: str) -> EventRecord | Ignored:
    name = needed(item, "eventType")
    kind, left_out = kind_of(_NAMES, name)
    if kind is None:
        return left_out
    actor = item.child("actor")
    who = _id(actor, scope)
    target, gained = _ends(kind, tuple(item.children("target")))
    named = target or actor
    end = _id(named, scope)
    kind = as_seen(kind, who, end)
    return EventRecord(
        record=RECORD,
        id=needed(item, "uuid"),
        kind=kind.name,
        at=needed_time(item, "published"),
        actor=who,
        target=end,
        properties=properties(
            activity=name,
            result=_result(item),
            object=_gained(gained, scope),
            actor_name=actor.text("alternateId"),
            target_name=named.text("alternateId"),
            channel=_channel(item, actor),
            tenant=scope,
            ip=item.child("client").text("ipAddress"),
            correlation=item.child("transaction").text("id"),
        ),
        evidence=item.place,
    )


def _id(item: Item, scope: str) -> str:
    given = item.text("id").strip()
    return f"okta:{scope}/{given}" if given and given != "unknown" else ""


def _ends(kind: EventKind, targets: Sequence[Item]) -> tuple[Item | None, Item | None]:
    """Return whom an event is about, None for the actor itself, and what that one gains."""
    if kind.name in _ABOUT_THE_ACTOR or not targets:
        return None, None
    people = [each for wanted in _PEOPLE for each in targets if _type(each) == wanted]
    target = people[0] if people else targets[0]
    gained = [each for wanted in _GAINED for each in targets if _type(each) == wanted]
    others = [each for each in gained if each is not target]
    return target, others[0] if others else None


def _type(item: Item) -> str:
    return item.text("type").casefold().replace("_", "").replace(" ", "")


def _gained(item: Item | None, scope: str) -> str:
    """Return what is gained by its id; a role that has none by its name."""
    if item is None:
        return ""
    name = item.text("displayName").strip()
    return _id(item, scope) or (f"okta:{scope}/{_type(item)}/{name}" if name else "")


def _result(item: Item) -> str:
    given = item.child("outcome").text("result").casefold()
    return events.SUCCESS if given in _SUCCESSES else events.FAILURE if given else ""


def _channel(item: Item, actor: Item) -> str:
    """Return by which way it was done: a job, a call with an API token, or a web page."""
    transaction = item.child("transaction")
    if _type(actor) == "systemprincipal" or transaction.text("type").casefold() == "job":
        return "automation"
    if transaction.child("detail").value.get("requestApiTokenId"):
        return "api"
    return "portal" if transaction.text("type").casefold() == "web" else ""


def _belongs(item: Item) -> Iterator[Belongs]:
    """Yield the hosts that a record names."""
    data = item.child("debugContext").child("debugData")
    issuer = item.child("authenticationContext").child("issuer").value.get("id")
    for given in (data.value.get("origin"), data.value.get("url"), issuer):
        if isinstance(given, str) and (host := clean_organisation(given)) and _HOST.fullmatch(host):
            yield Belongs(host)


def clean_organisation(scope: str) -> str:
    """Return an organisation's host: in lower case, without scheme, path and `-admin`."""
    text = scope.strip().casefold()
    try:
        host = urlsplit(text).hostname if "://" in text else text.partition("/")[0]
    except ValueError:
        return ""
    return _ADMIN.sub("", host or "")


LOG = Log(
    loader=NAME,
    record=RECORD,
    lists=("value",),
    belongs=_belongs,
    convert=_convert,
    clean_scope=clean_organisation,
    scope_is="organisation",
    export_hint="Export it from /api/v1/logs.",
)
LOADER = LOG.loader_of("the system log of Okta: /api/v1/logs, JSON or JSON lines")
