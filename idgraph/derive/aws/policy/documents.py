"""Policy documents, parsed once into statements; what is not understood is a fault with its place.

Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy
language".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from idgraph.derive.aws.policy.patterns import glob
from idgraph.errors import InputError

VERSIONS = ("2012-10-17", "2008-10-17")  # without a version a document is of 2008
WITH_VARIABLES = "2012-10-17"  # in an older document ${…} stands for itself
ANY_SERVICE = "*"
_ELEMENTS = frozenset(
    {
        "sid",
        "effect",
        "principal",
        "notprincipal",
        "action",
        "notaction",
        "resource",
        "notresource",
        "condition",
    }
)
_QUANTIFIERS = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
)
_OPERATORS = {name.lower(): name for name in OPERATORS}


class Effect(StrEnum):
    """What a statement does to the requests that it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a document that was not understood: where, and why."""

    pointer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a Condition block under one operator; the values are alternatives."""

    operator: str  # as AWS spells it, without qualifier and suffix
    key: str  # as written; keys are compared without case
    values: tuple[str, ...]
    quantifier: str = ""  # ForAllValues, ForAnyValue or none
    if_exists: bool = False

    def __str__(self) -> str:
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        suffix = "IfExists" if self.if_exists else ""
        return f"{prefix}{self.operator}{suffix} {self.key} {', '.join(self.values)}"


@dataclass(frozen=True, eq=False)  # a statement is itself alone
class Statement:
    """One statement; `pointer` is its place in the document, `policy` the document's name."""

    policy: str
    pointer: str
    sid: str
    effect: Effect
    actions: tuple[str, ...]  # lower case; `*` and `?` are wildcards
    but_actions: bool  # NotAction: every action but these
    resources: tuple[str, ...]  # none where the element is left out: the policy's own resource
    but_resources: bool
    principals: tuple[tuple[str, str], ...] | None  # (type, name); None in identity policies
    but_principals: bool
    conditions: tuple[Condition, ...]
    variables: bool  # whether ${…} is replaced

    def names(self, action: str) -> bool:
        """Return whether Action takes in an action, or NotAction leaves it in; without case."""
        name = action.lower()
        return any(glob(each)(name) for each in self.actions) != self.but_actions

    @property
    def services(self) -> frozenset[str]:
        """The services of whose actions it may speak, in lower case, or ANY_SERVICE."""
        if self.but_actions:
            return frozenset({ANY_SERVICE})
        heads = (each.partition(":")[0] for each in self.actions)
        return frozenset(ANY_SERVICE if {"*", "?"} & {*head} else head for head in heads)


@dataclass(frozen=True)
class Policy:
    """A document by the name that it has on the platform: an ARN, or an inline policy's name."""

    name: str
    statements: tuple[Statement, ...]
    faults: tuple[Fault, ...] = ()

    def naming(self, action: str) -> tuple[Statement, ...]:
        """Return the statements that name an action, remembered: many principals share policies."""
        service = action.partition(":")[0].lower()
        some = self._by_service.get(service, self._by_service[ANY_SERVICE])
        if not some:
            return ()
        if action not in self._named:
            self._named[action] = tuple(each for each in some if each.names(action))
        return self._named[action]

    @cached_property
    def _named(self) -> dict[str, tuple[Statement, ...]]:
        return {}

    @cached_property
    def _by_service(self) -> Mapping[str, list[Statement]]:
        """The statements that may speak of each service, in their order; of others, of any."""
        found: dict[str, list[Statement]] = {ANY_SERVICE: []}
        for each in self.statements:
            services = each.services
            for service in services - found.keys():
                found[service] = [*found[ANY_SERVICE]]
            for service in found if ANY_SERVICE in services else services:
                found[service].append(each)
        return found


def parse_policy(name: str, document: str | Mapping[str, Any]) -> Policy:
    """Return the statements of a document: JSON, JSON that is URL-encoded, or already parsed.

    A statement that is not understood becomes a fault and is left out; the rest stays.

    Raises
    ------
    InputError
        The text is not JSON, or not an object.
    """
    parsed = _parsed(name, document)
    version = parsed.get("Version", VERSIONS[1])
    faults: list[Fault] = []
    if version not in VERSIONS:
        faults.append(Fault("/Version", f"{version!r} is no version of the policy language"))
    faults += [
        Fault(f"/{key}", "is no element of a policy")
        for key in parsed
        if key not in {"Version", "Id", "Statement"}
    ]
    statements: list[Statement] = []
    for pointer, raw in _statements(parsed.get("Statement")):
        try:
            statements.append(_statement(name, pointer, raw, variables=version == WITH_VARIABLES))
        except _NotUnderstoodError as fault:
            faults.append(Fault(f"{pointer}{fault.place}", fault.reason))
    return Policy(name, tuple(statements), tuple(faults))


class _NotUnderstoodError(Exception):
    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


def _parsed(name: str, document: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(document, str):
        text = unquote(document) if document.lstrip()[:1] == "%" else document
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InputError(
                f"the policy {name}", f"is not JSON: {error}", hint="Export it again."
            ) from None
    if not isinstance(document, Mapping):
        raise InputError(f"the policy {name}", "is not a JSON object")
    return document


def _statements(raw: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(raw, list):
        yield from ((f"/Statement/{number}", each) for number, each in enumerate(raw))
    elif raw is not None:
        yield "/Statement", raw


def _statement(policy: str, pointer: str, raw: Any, *, variables: bool) -> Statement:
    if not isinstance(raw, Mapping):
        raise _NotUnderstoodError("", "a statement is an object")
    parts = {str(key).lower(): value for key, value in raw.items()}
    for key in raw:
        if str(key).lower() not in _ELEMENTS:
            raise _NotUnderstoodError(f"/{key}", "is no element of a statement")
    effect = {each.value.lower(): each for each in Effect}.get(str(parts.get("effect")).lower())
    if effect is None:
        raise _NotUnderstoodError("/Effect", "is neither Allow nor Deny")
    actions, but_actions = _one_of(parts, "Action", "NotAction")
    if actions is None:
        raise _NotUnderstoodError("", "names no action")
    resources, but_resources = _one_of(parts, "Resource", "NotResource")
    principals, but_principals = _principals(parts)
    return Statement(
        policy=policy,
        pointer=pointer,
        sid=str(parts.get("sid") or ""),
        effect=effect,
        actions=tuple(each.lower() for each in actions),
        but_actions=but_actions,
        resources=resources or (),
        but_resources=but_resources,
        principals=principals,
        but_principals=but_principals,
        conditions=tuple(_conditions(parts.get("condition"))),
        variables=variables,
    )


def _one_of(
    parts: Mapping[str, Any], name: str, inverse: str
) -> tuple[tuple[str, ...] | None, bool]:
    """Return the texts of an element or its inverse, and whether it is the inverse."""
    here, there = parts.get(name.lower()), parts.get(inverse.lower())
    if here is not None and there is not None:
        raise _NotUnderstoodError(f"/{inverse}", f"stands beside {name}")
    if there is not None:
        return _texts(there, inverse), True
    return (None if here is None else _texts(here, name)), False


def _texts(raw: Any, name: str) -> tuple[str, ...]:
    some = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(each, str) for each in some):
        raise _NotUnderstoodError(f"/{name}", "is neither a text nor a list of texts")
    return tuple(some)


def _principals(
    parts: Mapping[str, Any],
) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
    inverse = parts.get("notprincipal") is not None
    if inverse and parts.get("principal") is not None:
        raise _NotUnderstoodError("/NotPrincipal", "stands beside Principal")
    raw = parts.get("notprincipal" if inverse else "principal")
    if raw is None:
        return None, False
    name = "NotPrincipal" if inverse else "Principal"
    if raw == "*":  # the same as {"AWS": "*"}
        return (("AWS", "*"),), inverse
    if not isinstance(raw, Mapping):
        raise _NotUnderstoodError(f"/{name}", 'is neither "*" nor an object')
    kinds = {"aws": "AWS", "service": "Service", "federated": "Federated"}
    kinds["canonicaluser"] = "CanonicalUser"
    found: list[tuple[str, str]] = []
    for kind, some in raw.items():
        if str(kind).lower() not in kinds:
            raise _NotUnderstoodError(f"/{name}/{kind}", "is no type of principal")
        known = kinds[str(kind).lower()]
        found += [(known, each) for each in _texts(some, f"{name}/{kind}")]
    return tuple(found), inverse


def _conditions(raw: Any) -> Iterator[Condition]:
    if raw is None:
        return
    if not isinstance(raw, Mapping):
        raise _NotUnderstoodError("/Condition", "is not an object")
    for written, keys in raw.items():
        operator, quantifier, if_exists = _operator(str(written))
        if not isinstance(keys, Mapping):
            raise _NotUnderstoodError(f"/Condition/{written}", "is not an object")
        for key, values in keys.items():
            place = f"Condition/{written}/{key}"
            yield Condition(operator, str(key), _values(values, place), quantifier, if_exists)


def _operator(written: str) -> tuple[str, str, bool]:
    prefix, colon, rest = written.rpartition(":")
    quantifier = _QUANTIFIERS.get(prefix.lower(), "") if colon else ""
    base = rest.lower()
    if_exists = base.endswith("ifexists")
    name = _OPERATORS.get(base.removesuffix("ifexists"))
    if name is None or (colon and not quantifier) or (if_exists and name == "Null"):
        raise _NotUnderstoodError(f"/Condition/{written}", "is no operator of a condition")
    return name, quantifier, if_exists


def _values(raw: Any, place: str) -> tuple[str, ...]:
    some = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(each, str | bool | int | float) for each in some):
        raise _NotUnderstoodError(f"/{place}", "has a value that is no text, number or boolean")
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in some)


EVERYTHING = parse_policy("", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
"""The policy that allows everything: what an attacker gives himself."""
