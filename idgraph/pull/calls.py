"""The calls of `calls.toml`: what is asked of AWS, and what is kept of the answers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_LIST = Path(__file__).with_name("calls.toml")
_PREFIX = {"sso-admin": "sso"}  # where a permission's prefix is not the service's name
INTO_ITEM, NOWHERE = "+", "-"

Fields = Mapping[str, "Fields | None"]  # a field, and what is kept of it: None is all


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One member of an answer: what its items are, and where they go."""

    member: str = ""  # of the answer; "" is the answer itself
    one: bool = False  # the member is one item and no list
    record: str = ""  # the record kind that hangs on it
    keep: Fields
    each: str = ""  # the name of an item that is a bare text
    put: str = ""  # the member of a file, INTO_ITEM or NOWHERE
    rename: Mapping[str, str]
    add: Mapping[str, str]
    needs: str = ""
    own: str = ""

    @property
    def is_written(self) -> bool:
        """Whether its items are elements of a file."""
        return self.put not in (INTO_ITEM, NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation of AWS, asked once in a place or for each item of another call."""

    service: str
    operation: str
    why: str
    actions: tuple[str, ...]  # the permissions it needs
    parts: tuple[Part, ...]
    of: tuple[str, ...] = ()  # calls, with "/<member>" where they have several parts
    arguments: tuple[Mapping[str, Any], ...] = ({},)  # asked with each of them
    regional: bool = False
    organisation: bool = False
    begin: bool = False
    when: str = ""
    none: frozenset[str] = frozenset()
    batch: int = 1
    page: int = 0  # items asked for in a page, 0 where the service decides

    @property
    def name(self) -> str:
        """The service and the operation, as another call names it."""
        return f"{self.service}.{self.operation}"

    @property
    def records(self) -> tuple[str, ...]:
        """The record kinds whose completeness hangs on it."""
        return tuple(dict.fromkeys(part.record for part in self.parts if part.record))


@cache
def calls() -> tuple[Call, ...]:
    """Return all calls, in the order in which they are asked."""
    return tuple(map(_call, tomllib.loads(_LIST.read_text(encoding="utf-8"))["call"]))


def follows(call: Call, part: Part) -> tuple[Call, ...]:
    """Return the calls that are asked for each item of a part of a call."""
    names = {call.name, f"{call.name}/{part.member}"}
    return tuple(each for each in calls() if names & set(each.of))


def below(call: Call) -> tuple[Call, ...]:
    """Return the calls that hang on a call, near or far, each once."""
    found: dict[str, Call] = {}
    waiting = [call]
    while waiting:
        for each in (f for part in waiting[0].parts for f in follows(waiting[0], part)):
            if each.name not in found:
                found[each.name] = each
                waiting.append(each)
        del waiting[0]
    return tuple(found.values())


def named(name: str) -> Call:
    """Return the call of a name, such as `iam.ListAccessKeys`."""
    return next(call for call in calls() if call.name == name)


def policy(*, organisation: bool = True) -> dict[str, Any]:
    """Return the IAM policy with the permissions that the calls need, and no others.

    It is for all resources, because that is the only form most list calls know.
    """
    wide = {call.name for call in organisation_wide()}
    own = [call for call in calls() if call.name not in wide]
    statements = [_allow("ReadTheAccount", own)]
    if organisation:
        statements.append(_allow("ReadTheOrganisation", organisation_wide()))
    return {"Version": "2012-10-17", "Statement": statements}


def organisation_wide() -> tuple[Call, ...]:
    """Return the calls that AWS answers to the management account or its delegates only."""
    roots = [call for call in calls() if call.organisation]
    return tuple(each for root in roots for each in (root, *below(root)))


def _allow(sid: str, some: Sequence[Call]) -> dict[str, Any]:
    needed = sorted({action for call in some for action in call.actions})
    return {"Sid": sid, "Effect": "Allow", "Action": needed, "Resource": "*"}


def _call(raw: Mapping[str, Any]) -> Call:
    service, operation = raw["service"], raw["operation"]
    prefix = _PREFIX.get(service, service)
    return Call(
        service=service,
        operation=operation,
        why=raw["why"],
        actions=tuple(raw.get("actions", (f"{prefix}:{operation}",))),
        parts=tuple(map(_part, raw.get("part", [raw]))),
        of=tuple(raw.get("of", ())),
        arguments=(raw.get("with", {}), *raw.get("again", ())),
        regional=raw.get("where") == "region",
        organisation=raw.get("organisation", False),
        begin=raw.get("begin", False),
        when=raw.get("when", ""),
        none=frozenset(raw.get("none", ())),
        batch=raw.get("batch", 1),
        page=raw.get("page", 0),
    )


def _part(raw: Mapping[str, Any]) -> Part:
    member = raw.get("member", "")
    return Part(
        member=member,
        one=raw.get("one", not member),
        record=raw.get("record", ""),
        keep=_fields(raw.get("keep", ())),
        each=raw.get("each", ""),
        put=raw.get("put", member),
        rename=raw.get("rename", {}),
        add=raw.get("add", {}),
        needs=raw.get("needs", ""),
        own=raw.get("own", ""),
    )


def _fields(paths: Sequence[str]) -> Fields:
    """Return dotted paths as a tree."""
    tree: dict[str, Any] = {}
    for path in paths:
        *above, last = path.split(".")
        inside = tree
        for name in above:
            inside = inside.setdefault(name, {})
        inside[last] = None
    return tree
