"""Whom a role's trust policy lets in: its account, a principal by name, a service."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from idgraph.derive.aws.estate import OF_MEMBERS, Estate, Principal, survey
from idgraph.derive.aws.policy import (
    EVERYTHING,
    Asker,
    Caller,
    Condition,
    Context,
    Effect,
    Layer,
    Policies,
    Request,
    Way,
    decide,
)
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.policy.patterns import replaced
from idgraph.derive.aws.policy.principals import Named, named
from idgraph.derive.closures import once
from idgraph.snapshot import Snapshot

ASSUME = "sts:AssumeRole"
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([^/]+)/[^/]+")
_OF_THE_ASKER = ("aws:principal", "aws:user")


@dataclass(frozen=True)
class Trust:
    """The trust policies of an estate."""

    estate: Estate
    _members: dict[tuple[int, str], tuple[Way, ...]] = field(default_factory=dict)
    _services: dict[tuple[str, str], dict[int, tuple[Way, ...]]] = field(default_factory=dict)

    @cached_property
    def layers(self) -> dict[int, Layer]:
        """The trust policy of each role, by position."""
        return {role: self.estate.trust(role) for role in self.estate.roles.tolist()}

    @cached_property
    def by_name(self) -> dict[int, tuple[int, ...]]:
        """The roles whose trust policy names a principal, or a session of it, by the principal."""
        places = {each.arn: each.node for each in self.estate.principals}
        some = (arn for layer in self.layers.values() for arn in _arns(layer.statements()))
        places |= {
            session: self._holders[key]
            for session in dict.fromkeys(some)
            if (key := _role_of(session)) in self._holders
        }
        found: dict[int, list[int]] = defaultdict(list)
        for role, layer in self.layers.items():
            for arn in dict.fromkeys(_arns(layer.statements())):
                if arn in places:
                    found[places[arn]].append(role)
        return {node: tuple(roles) for node, roles in found.items()}

    @cached_property
    def _holders(self) -> dict[tuple[str, str], int]:
        """The roles by account and name, as the ARN of a session names them."""
        of = self.estate.account_of
        return {
            (of.get(role, ""), self.estate.arn(role).rpartition("/")[2]): role
            for role in self.layers
        }

    @cached_property
    def one_by_one(self) -> frozenset[int]:
        """The roles whose trust policy lets in anybody, refuses some, or asks who it is."""
        return frozenset(
            role
            for role, layer in self.layers.items()
            if any(each.effect is Effect.DENY for each in layer.statements())
            or "*" in _arns(layer.statements())
            or _asks_who(layer.statements())
            or _asks_who(self._controls(role))
        )

    def _controls(self, role: int) -> Iterator[Statement]:
        """Yield the statements of the resource control policies that bind a role."""
        for level in self.estate.resource_controls(self.estate.account_of.get(role, "")):
            yield from level.naming(ASSUME)

    def members(self, role: int, account: str) -> tuple[Way, ...]:
        """Return how a principal of an account, not named itself, may be let in.

        Its own policies must allow it as well; who it is, is not known here.
        """
        key = (role, account)
        if key not in self._members:
            asker = Asker(f"arn:aws:iam::{account}:user/", account, Caller.USER)
            own = Policies(identity=Layer((EVERYTHING,)))
            known = self.estate.of_members(account)
            self._members[key] = self._ways(role, asker, own, known, Named.ACCOUNT)
        return self._members[key]

    def outsider(self, role: int, account: str) -> tuple[Way, ...]:
        """Return how a role lets in an account of which nothing was loaded.

        Whom of its own it sends, and what their policies allow, is the account's to say; so each
        principal of the account that the trust policy names is tried as well.
        """
        arns = {f"arn:aws:iam::{account}:root"}
        arns |= {arn for arn in _arns(self.layers[role].statements()) if f"::{account}:" in arn}
        own = Policies(identity=Layer((EVERYTHING,)))
        ways: dict[Way, None] = {}
        for arn in sorted(arns):
            sort = Caller.ROLE if ":role/" in arn or ":assumed-role/" in arn else Caller.USER
            session = arn if ":assumed-role/" in arn else ""
            asker = Asker(arn, account, sort, session=session)
            some = self._ways(role, asker, own, EMPTY, Named.ACCOUNT)
            ways.update(dict.fromkeys(some))
        return tuple(ways)

    def principal(self, role: int, principal: Principal) -> tuple[Way, ...]:
        """Return how one principal may take on a role, by its policies and the role's."""
        found = self._asked_by(role, principal, principal.asker)
        for arn in dict.fromkeys(_arns(self.layers[role].statements())):
            if self._holders.get(_role_of(arn)) == principal.node and not _free(found):
                need = f"the session is named {arn.rpartition('/')[2]}"
                ways = self._asked_by(role, principal, replace(principal.asker, session=arn))
                found += tuple(Way(way.needs | {need}, way.statements) for way in ways)
        return found

    def _asked_by(self, role: int, principal: Principal, asker: Asker) -> tuple[Way, ...]:
        return self._ways(role, asker, principal.policies, principal.context, Named.ACCOUNT)

    def trusting(self, service: str, account: str) -> dict[int, tuple[Way, ...]]:
        """Return the roles of an account that a service takes on for workloads of the account."""
        key = (service, account)
        if key not in self._services:
            asker = Asker(service, "", Caller.SERVICE)
            context = self.estate.of_service(service, account)
            ways = {
                role: self._ways(role, asker, Policies(), context, Named.ANYONE)
                for role in self.layers
                if self.estate.account_of.get(role) == account
            }
            self._services[key] = {role: some for role, some in ways.items() if some}
        return self._services[key]

    def _ways(
        self, role: int, asker: Asker, own: Policies, context: Context, least: Named
    ) -> tuple[Way, ...]:
        layer = self.layers[role]
        if _closest(layer.statements(), asker) < least and not layer.missing:
            return ()
        account = self.estate.account_of.get(role, "")
        known = context.having(self.estate.of_things_in(account).values)
        request = Request(ASSUME, str(self.estate.snapshot.ids[role]), asker, account, known)
        rcps = self.estate.resource_controls(account)
        policies = replace(own, resource=layer, resource_decides=True, rcps=rcps)
        ways = decide(request, policies).ways
        return tuple(Way(_unmet(way.needs, known), way.statements) for way in ways)


@once
def trusts(snapshot: Snapshot) -> Trust:
    """Return the trust policies of a snapshot."""
    return Trust(survey(snapshot))


def _unmet(needs: frozenset[object], known: Context) -> frozenset[object]:
    """Return what must hold but for the name of the session, which is for whoever asks to choose.

    Source: IAM User Guide, "IAM and AWS STS condition context keys": sts:RoleSessionName.
    """
    named = [
        each
        for each in needs
        if isinstance(each, Condition)
        and each.key.lower() == "sts:rolesessionname"
        and each.operator in {"StringEquals", "StringLike", "StringEqualsIgnoreCase"}
        and any(isinstance(replaced(value, known.value), str) for value in each.values)
    ]
    return needs - {*named} if len(named) == 1 else needs


def _free(ways: Iterable[Way]) -> bool:
    return any(not way.needs for way in ways)


def _role_of(arn: str) -> tuple[str, str]:
    """Return the account and the name of the role that the ARN of a session names."""
    found = _SESSION.fullmatch(arn)
    return (found[1], found[2]) if found else ("", "")


def _arns(statements: Iterable[Statement]) -> Iterator[str]:
    for each in statements:
        for kind, name in each.principals or ():
            if kind == "AWS" and each.effect is Effect.ALLOW:
                yield name


def _closest(statements: Iterable[Statement], asker: Asker) -> Named:
    return max(
        (named(each, asker) for each in statements if each.effect is Effect.ALLOW),
        default=Named.NOT,
    )


def _asks_who(statements: Iterable[Statement]) -> bool:
    return any(
        (each.key.lower().startswith(_OF_THE_ASKER) and each.key.lower() not in OF_MEMBERS)
        or any("${aws:" in value.lower() for value in each.values)
        for statement in statements
        for each in statement.conditions
    )
