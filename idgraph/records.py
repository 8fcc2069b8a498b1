"""What a loader yields: nodes, edges, events, owner claims, coverage, and what it refused.

A record's end is an id or an alias (`appid:…`, `upn:…`, `mail:…`); nodes declare their aliases.
Which of several nodes an alias means is decided by the kinds that the edge kind allows there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Value = bool | int | float | str | tuple[str, ...]

NO_PROPERTIES: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows belong: a loader and the tenant, account or organisation the export names."""

    loader: str
    scope: str

    def __str__(self) -> str:
        return f"{self.loader}:{self.scope}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """One object as an export states it.

    `record` is the export's own name for the record kind (`AZUser`): only a load that saw that
    kind completely may close the row. A `mention` names an object that the record only refers to
    (a member, an owner): it fills gaps, never contradicts, and alone makes a stub.
    """

    record: str
    id: str
    kind: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    properties: Mapping[str, Value] = field(default_factory=lambda: NO_PROPERTIES)
    evidence: str = ""
    mention: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRecord:
    """One relation as an export states it; `key` is the platform's own name for it, if any."""

    record: str
    source: str
    kind: str
    target: str
    key: str = ""
    properties: Mapping[str, Value] = field(default_factory=lambda: NO_PROPERTIES)
    guards: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerClaim:
    """Somebody or something is said to own a node; `owner` is an id, an alias or free text."""

    record: str
    node: str
    owner: str
    claim: str  # directory_owner, tag:<key>, or the register's own word
    said_by: str = ""  # the system the claim comes from
    said_at: str = ""  # ISO 8601 date or time, empty when unknown
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """Something that happened, as a log states it; times are ISO 8601 in UTC."""

    record: str
    id: str
    kind: str
    at: str
    actor: str = ""
    target: str = ""
    properties: Mapping[str, Value] = field(default_factory=lambda: NO_PROPERTIES)
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRecord:
    """What a load saw of one record kind; only a complete one may close rows.

    `about` says in words what is not known when the kind is missing or partial.
    """

    record: str
    count: int
    complete: bool
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A record left out on purpose, or of a kind nobody here knows."""

    record: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record that could not be understood: file and JSON pointer, and why."""

    record: str
    place: str
    reason: str


Record = NodeRecord | EdgeRecord | OwnerClaim | EventRecord | CoverageRecord | Ignored | Rejected
