"""What happens to identities, in words of ours, and the names that platforms give it.

An event kind says the same on every platform. `events.toml` maps each platform's own event names
to kinds, and lists the names that are known and of no use here. Names are compared in any case,
with any dash and any spacing, because logs, portals and documentation differ in these.

`actor` is who did it, `target` the identity or object it was done to. Where two are concerned
(a member and a group, an owner and an application) the target is the one that gains, and the
property `object` is what it gains.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idgraph.errors import ModelError, UnknownNameError, did_you_mean

_LIST = Path(__file__).with_name("events.toml")
_UPPER_SNAKE = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_AROUND_DASH = re.compile(r"\s*-\s*")

SUCCESS = "success"
FAILURE = "failure"

CHANNELS = ("phone", "portal", "chat", "api", "automation")
"""How a reset was asked for or done."""

PROPERTIES = MappingProxyType(
    {
        "activity": "the platform's own name of the event",
        "result": f"{SUCCESS} or {FAILURE}",
        "object": "what the target gains: the group, role, application or trust, by its id",
        "actor_name": "the account name that the log gives the actor",
        "target_name": "the account name that the log gives the target",
        "channel": f"one of {', '.join(CHANNELS)}",
        "proof": "how the caller was known, a proof level or the ticket's own word",
        "method": "the reset method a ticket names, or the sign-in method a log names",
        "ticket": "the number of the ticket",
        "tenant": "the tenant, organisation or account",
        "vendor": "the company that executed it",
        "requester": "who asked for it",
        "approvers": "who approved it",
        "executors": "who executed it",
        "requested_at": "when it was asked for",
        "approved_at": "when it was approved",
        "executed_at": "when it was executed",
        "first_use_at": "when the identity was first used afterwards",
        "ip": "the address it came from",
        "correlation": "the platform's id of the transaction it belongs to",
        "strength": "single or multiple: the factors a sign-in was asked for",
        "application": "the application signed in to",
        "key": "the ids of the keys added or removed",
        "session": "the name of the role session that acted",
    }
)
"""The properties an event may have; times are ISO 8601 in UTC, parties are ids or aliases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """A kind of event, the same on every platform."""

    name: str  # UPPER_SNAKE
    about: str
    reset: str = ""  # the reset method that it is
    change: str = ""  # "adds …", "grants …", "creates …", "changes …" or "removes …"
    by_self: str = ""  # the kind that it is when actor and target are one
    by_other: str = ""  # the kind that it is when the actor is somebody else

    def __post_init__(self) -> None:
        if not _UPPER_SNAKE.match(self.name):
            raise ModelError(f"event kind {self.name!r}", "is not spelt in UPPER_SNAKE")
        if not self.about:
            raise ModelError(f"event kind {self.name}", "does not say what it is")
        if self.change and self.change.partition(" ")[0] not in _CHANGES:
            raise ModelError(
                f"event kind {self.name}", f"does not begin its change with {' or '.join(_CHANGES)}"
            )

    @property
    def gives(self) -> bool:
        """Whether somebody has more after it than before."""
        return self.change.startswith(("adds ", "grants ", "creates "))


_CHANGES = ("adds", "grants", "creates", "changes", "removes")

PASSWORD_RESET_BY_ADMIN = EventKind(
    name="PASSWORD_RESET_BY_ADMIN",
    about="Somebody else gave the account another password.",
    reset="password_admin",
    change="changes the password",
    by_self="PASSWORD_RESET_SELF_SERVICE",
)
PASSWORD_RESET_SELF_SERVICE = EventKind(
    name="PASSWORD_RESET_SELF_SERVICE",
    about="The account got another password by self-service, without the old one.",
    reset="password_sspr",
    change="changes the password",
)
PASSWORD_CHANGED = EventKind(
    name="PASSWORD_CHANGED",
    about="The account's password was changed with the old one.",
    reset="password_user",
    change="changes the password",
    by_other="PASSWORD_RESET_BY_ADMIN",
)
TEMPORARY_PASS_ISSUED = EventKind(
    name="TEMPORARY_PASS_ISSUED",
    about="A pass was issued that signs in without password or second factor.",
    reset="tap",
    change="adds a temporary pass",
)
MFA_RESET = EventKind(
    name="MFA_RESET",
    about="The account's second factors were reset: the next sign-in registers new ones.",
    reset="mfa_reset",
    change="removes the second factors",
)
MFA_METHOD_ADDED = EventKind(
    name="MFA_METHOD_ADDED",
    about="A sign-in method was registered for the account.",
    reset="mfa_register",
    change="adds a sign-in method",
)
MFA_METHOD_REMOVED = EventKind(
    name="MFA_METHOD_REMOVED",
    about="A sign-in method of the account was removed.",
    change="removes a sign-in method",
)
RECOVERY_CONTACT_CHANGED = EventKind(
    name="RECOVERY_CONTACT_CHANGED",
    about="A telephone number or mail address by which the account is recovered was changed.",
    reset="recovery_contact_change",
    change="changes a recovery contact",
)
SESSIONS_REVOKED = EventKind(
    name="SESSIONS_REVOKED",
    about="The account's sessions and refresh tokens were revoked.",
    change="removes sessions",
)
SIGN_IN = EventKind(name="SIGN_IN", about="The identity signed in, or tried to.")
ADMIN_CONSOLE_OPENED = EventKind(
    name="ADMIN_CONSOLE_OPENED", about="The identity opened the administrators' console."
)
ROLE_GRANTED = EventKind(
    name="ROLE_GRANTED",
    about="An identity was given a role.",
    change="grants a role",
)
ROLE_MADE_ELIGIBLE = EventKind(
    name="ROLE_MADE_ELIGIBLE",
    about="An identity may activate a role from now on.",
    change="grants the right to activate a role",
)
ROLE_ACTIVATION_REQUESTED = EventKind(
    name="ROLE_ACTIVATION_REQUESTED", about="An identity asked to activate an eligible role."
)
ROLE_ACTIVATION_APPROVED = EventKind(
    name="ROLE_ACTIVATION_APPROVED", about="Somebody approved that a role is activated."
)
ROLE_ACTIVATED = EventKind(
    name="ROLE_ACTIVATED",
    about="An eligible role was activated for a time.",
    change="grants a role for a time",
)
GROUP_MEMBER_ADDED = EventKind(
    name="GROUP_MEMBER_ADDED",
    about="An identity was added to a group.",
    change="adds a member to a group",
)
OWNER_ADDED = EventKind(
    name="OWNER_ADDED",
    about="An identity became an owner of a group or an application.",
    change="adds an owner",
)
CREDENTIAL_ADDED = EventKind(
    name="CREDENTIAL_ADDED",
    about="A secret, certificate or federated credential was added to a non-human identity.",
    reset="secret_rotate",
    change="adds a credential",
)
CREDENTIAL_REMOVED = EventKind(
    name="CREDENTIAL_REMOVED",
    about="A secret, certificate or federated credential was removed.",
    change="removes a credential",
)
CONSENT_GRANTED = EventKind(
    name="CONSENT_GRANTED",
    about="An application was allowed to act for users.",
    change="grants an application delegated permissions",
)
APP_ROLE_GRANTED = EventKind(
    name="APP_ROLE_GRANTED",
    about="An identity was given an application permission.",
    change="grants an application permission",
)
FEDERATION_CHANGED = EventKind(
    name="FEDERATION_CHANGED",
    about="Whose assertions are believed for a domain or organisation was changed.",
    reset="federation_reset",
    change="changes a federation trust",
)
POLICY_CHANGED = EventKind(
    name="POLICY_CHANGED",
    about="A rule on sign-in, access or authentication methods was changed.",
    change="changes a policy",
)
DEVICE_REGISTERED = EventKind(
    name="DEVICE_REGISTERED",
    about="A device was registered or joined.",
    change="adds a device",
)
ACCOUNT_CREATED = EventKind(
    name="ACCOUNT_CREATED", about="An account was created.", change="creates an account"
)
ACCOUNT_DISABLED = EventKind(
    name="ACCOUNT_DISABLED",
    about="An account was disabled, suspended or locked.",
    change="removes the right to sign in",
)
ACCOUNT_ENABLED = EventKind(
    name="ACCOUNT_ENABLED",
    about="An account was enabled or unlocked.",
    change="grants the right to sign in",
)
ACCOUNT_DELETED = EventKind(
    name="ACCOUNT_DELETED", about="An account was deleted.", change="removes an account"
)
API_TOKEN_CREATED = EventKind(
    name="API_TOKEN_CREATED",
    about="A token was made that acts as its maker, whatever happens to the password.",
    change="creates an API token",
)
IDP_CREATED = EventKind(
    name="IDP_CREATED",
    about="An identity provider was added, whose assertions are believed.",
    change="adds an identity provider",
)
ACCESS_KEY_CREATED = EventKind(
    name="ACCESS_KEY_CREATED",
    about="An access key was made for an identity.",
    reset="key_create",
    change="creates an access key",
)
ACCESS_KEY_CHANGED = EventKind(
    name="ACCESS_KEY_CHANGED",
    about="An access key was enabled, disabled or deleted.",
    change="changes an access key",
)
LOGIN_PROFILE_CHANGED = EventKind(
    name="LOGIN_PROFILE_CHANGED",
    about="An identity was given a password for the console.",
    reset="login_profile",
    change="changes the console password",
)
ROLE_ASSUMED = EventKind(name="ROLE_ASSUMED", about="An identity took the session of a role.")
TRUST_POLICY_CHANGED = EventKind(
    name="TRUST_POLICY_CHANGED",
    about="Who may assume a role was changed.",
    change="changes a trust policy",
)
PERMISSION_GRANTED = EventKind(
    name="PERMISSION_GRANTED",
    about="Permissions were given to an identity, or on a resource.",
    change="grants permissions",
)
SECRET_READ = EventKind(name="SECRET_READ", about="The value of a secret was read.")
LOGGING_STOPPED = EventKind(
    name="LOGGING_STOPPED",
    about="A log was stopped, deleted or narrowed.",
    change="removes a log",
)
RESET_TICKET = EventKind(name="RESET_TICKET", about="A service desk's record of a reset.")

EVENT_KINDS = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            PASSWORD_RESET_BY_ADMIN,
            PASSWORD_RESET_SELF_SERVICE,
            PASSWORD_CHANGED,
            TEMPORARY_PASS_ISSUED,
            MFA_RESET,
            MFA_METHOD_ADDED,
            MFA_METHOD_REMOVED,
            RECOVERY_CONTACT_CHANGED,
            SESSIONS_REVOKED,
            SIGN_IN,
            ADMIN_CONSOLE_OPENED,
            ROLE_GRANTED,
            ROLE_MADE_ELIGIBLE,
            ROLE_ACTIVATION_REQUESTED,
            ROLE_ACTIVATION_APPROVED,
            ROLE_ACTIVATED,
            GROUP_MEMBER_ADDED,
            OWNER_ADDED,
            CREDENTIAL_ADDED,
            CREDENTIAL_REMOVED,
            CONSENT_GRANTED,
            APP_ROLE_GRANTED,
            FEDERATION_CHANGED,
            POLICY_CHANGED,
            DEVICE_REGISTERED,
            ACCOUNT_CREATED,
            ACCOUNT_DISABLED,
            ACCOUNT_ENABLED,
            ACCOUNT_DELETED,
            API_TOKEN_CREATED,
            IDP_CREATED,
            ACCESS_KEY_CREATED,
            ACCESS_KEY_CHANGED,
            LOGIN_PROFILE_CHANGED,
            ROLE_ASSUMED,
            TRUST_POLICY_CHANGED,
            PERMISSION_GRANTED,
            SECRET_READ,
            LOGGING_STOPPED,
            RESET_TICKET,
        )
    }
)


def as_seen(kind: EventKind, actor: str, target: str) -> EventKind:
    """Return what an event is, once it is known whether actor and target are one."""
    if not (actor and target):
        return kind
    other = kind.by_self if actor == target else kind.by_other
    return EVENT_KINDS[other] if other else kind


@dataclass(frozen=True, slots=True, kw_only=True)
class EventName:
    """What a platform's own event name means; `kind` is None where it is of no use here."""

    platform: str
    name: str  # as the platform documents it
    kind: EventKind | None
    source: str  # the document that lists the name
    reason: str = ""  # what must stand with it: a reason given, a property changed; normalised


@dataclass(frozen=True, eq=False)
class EventMap:
    """The event names of one platform."""

    platform: str
    names: tuple[EventName, ...]

    def __post_init__(self) -> None:
        if len(self._table) < len(self.names):
            raise ModelError(f"the list of events of {self.platform}", "maps a name twice")

    @cached_property
    def _table(self) -> Mapping[tuple[str, str], EventName]:
        return {(normal(each.name), each.reason): each for each in self.names}

    @cached_property
    def _reasoned(self) -> frozenset[str]:
        return frozenset(name for name, reason in self._table if reason)

    def find(self, name: str, reasons: Iterable[str] = ()) -> EventName | None:
        """Return what a name means, None when nobody here knows it.

        A row that asks for a reason is meant when it is among those the log gives.
        """
        folded = normal(name)
        for reason in filter(None, reasons) if folded in self._reasoned else ():
            found = self._table.get((folded, normal(reason)))
            if found is not None:
                return found
        return self._table.get((folded, ""))

    def __iter__(self) -> Iterator[EventName]:
        return iter(self.names)


def normal(name: str) -> str:
    """Return an event name without case, kind of dash, and spacing."""
    dashed = _AROUND_DASH.sub("-", _DASHES.sub("-", name))
    return " ".join(dashed.split()).casefold()


def event_kind(name: str) -> EventKind:
    """Return an event kind by its name.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    try:
        return EVENT_KINDS[name]
    except KeyError:
        raise UnknownNameError(
            f"event kind {name!r}", "does not exist", hint=did_you_mean(name, EVENT_KINDS)
        ) from None


def event_map(platform: str) -> EventMap:
    """Return the event names of a platform.

    Raises
    ------
    UnknownNameError
        No names of it are listed.
    """
    try:
        return event_maps()[platform]
    except KeyError:
        raise UnknownNameError(
            f"platform {platform!r}",
            "has no event names",
            hint=did_you_mean(platform, event_maps()),
        ) from None


@cache
def event_maps() -> Mapping[str, EventMap]:
    """Return the event names of every platform."""
    return parse(_LIST.read_text(encoding="utf-8"))


def parse(text: str) -> Mapping[str, EventMap]:
    """Return the event names that a list in TOML declares, by platform.

    Raises
    ------
    ModelError
        Something is missing, not known, or declared twice.
    """
    try:
        whole = tomllib.loads(text)
        rows = [
            name for table in whole["events"] for name in _names(sources=whole["sources"], **table)
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelError("the list of events", f"cannot be read: {error}") from error
    return MappingProxyType(
        {
            platform: EventMap(platform, tuple(each for each in rows if each.platform == platform))
            for platform in dict.fromkeys(each.platform for each in rows)
        }
    )


def _names(
    *,
    sources: Mapping[str, str],
    platform: str,
    names: Iterable[Any],
    source: str,
    kind: str = "",
    reason: str = "",
) -> Iterator[EventName]:
    if source not in sources:
        raise ModelError(f"events of {platform}", f"name a source {source!r} that is not listed")
    if kind and kind not in EVENT_KINDS:
        raise ModelError(f"events of {platform}", f"name a kind {kind!r} that does not exist")
    for name in names:
        yield EventName(
            platform=platform,
            name=str(name),
            kind=EVENT_KINDS[kind] if kind else None,
            source=sources[source],
            reason=normal(reason),
        )
