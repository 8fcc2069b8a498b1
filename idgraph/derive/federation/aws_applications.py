"""Enterprise applications of Entra that sign people in to AWS, and whom each lets in.

An application is one of IAM Identity Center when an identifier, a reply URL or its sign-on URL is
of the form that Identity Center gives out; those name the identity store or the instance. It is
one of "AWS Single-Account Access" when they are those of the sign-in page of IAM roles.

Source: Microsoft Learn, "Microsoft Entra SSO integration with AWS IAM Identity Center", "… with
AWS Single-Account Access", "Assign users and groups to an application" (the members of a nested
group are not assigned); IAM Identity Center User Guide, "Connect to an external identity
provider"; IAM User Guide, "Configure SAML assertions for the authentication response" (a role and
its provider, in either order).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from idgraph.catalogue import ASSUME
from idgraph.derive.closures import once, tenant_of
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

APP_ASSIGNMENT = ASSUME.of("app_assignment")
Guards = tuple[str, ...]

_SIGN_IN = r"(?:[a-z0-9-]+\.)*signin\.(?:aws|aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)"
_CENTER = re.compile(
    rf"https://(?:{_SIGN_IN}/platform/saml/"
    r"|identitycenter\.amazonaws\.com/ssoins-"
    r"|portal\.sso\.[a-z0-9-]+\.amazonaws\.com/saml/"
    r"|d-[0-9a-f]{10}\.awsapps\.com/start)"
)
_ROLES = re.compile(rf"https://{_SIGN_IN}/saml(?:#.*)?")
_NAMED = re.compile(r"\b(?:d-[0-9a-f]{10}|ssoins-[0-9a-z]{12,16})\b")
_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/\S+")
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::(\d{12}):saml-provider/\S+")


@dataclass(frozen=True, slots=True)
class SamlRole:
    """A role and the SAML provider that an assertion names together, both as ARNs."""

    role: str
    provider: str
    account: str  # of the provider

    def of(self, role: str) -> SamlRole:
        """Return another role with the same provider."""
        return replace(self, role=role)


@dataclass(frozen=True, slots=True)
class Application:
    """A service principal that signs people in to AWS."""

    node: int
    row: int
    tenant: str
    stores: frozenset[str]  # identity stores and instances of Identity Center that it names
    center: bool  # its addresses are those of an Identity Center
    audiences: tuple[str, ...]  # where it sends assertions for IAM roles
    roles: Mapping[str, SamlRole]  # by app role id
    enabled: bool
    assignment_required: bool | None
    assignments_known: bool  # whether all who are assigned were loaded


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody may use an application: under which doubt, and the row that says so."""

    guards: Guards
    row: int


@dataclass(frozen=True)
class Applications:
    """The applications of a snapshot that sign people in to AWS."""

    snapshot: Snapshot

    @cached_property
    def all(self) -> tuple[Application, ...]:
        """Every one, in the order of their positions."""
        tenant = tenant_of(self.snapshot)
        some = self.snapshot.of_kind(entra.SERVICE_PRINCIPAL.name).tolist()
        found = (self._application(at, str(tenant[at])) for at in some)
        return tuple(each for each in found if each is not None)

    def _application(self, at: int, tenant: str) -> Application | None:
        said = self.snapshot.node_properties[at]
        urls = [each.lower() for each in self._addresses(said, tenant)]
        center = [each for each in urls if _CENTER.match(each)]
        audiences = tuple(dict.fromkeys(each.partition("#")[0] for each in urls if _is_roles(each)))
        roles = dict(_roles(said.get("saml_roles", ())))
        if not (center or audiences or roles):
            return None
        required = said.get("assignment_required")
        return Application(
            node=at,
            row=int(self.snapshot.node_row[at]),
            tenant=tenant,
            stores=frozenset(name for each in center for name in _NAMED.findall(each)),
            center=bool(center),
            audiences=audiences,
            roles=roles,
            enabled=said.get("account_enabled") is not False,
            assignment_required=required if isinstance(required, bool) else None,
            assignments_known=bool(said.get("app_role_count"))
            and self.complete(tenant, "AZAppRoleAssignment")
            and self.complete(tenant, "AZGroupMember"),
        )

    def _addresses(self, said: Mapping[str, object], tenant: str) -> Iterator[str]:
        yield from _texts(said, "identifiers", "reply_urls")
        yield str(said.get("login_url", ""))
        client = str(said.get("app_id", "")).lower()
        for app in self._registrations.get((tenant, client), ()):
            yield from _texts(self.snapshot.node_properties[app], "identifier_uris")
            yield from _texts(self.snapshot.node_properties[app], "redirect_uris")

    @cached_property
    def _registrations(self) -> dict[tuple[str, str], list[int]]:
        tenant = tenant_of(self.snapshot)
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at in self.snapshot.of_kind(entra.APP.name).tolist():
            client = str(self.snapshot.node_properties[at].get("app_id", "")).lower()
            if client:
                found[str(tenant[at]), client].append(at)
        return found

    def complete(self, tenant: str, record: str) -> bool:
        """Return whether a record kind of a tenant was loaded whole."""
        return any(
            each.complete and each.record == record and each.source.endswith(f":{tenant}")
            for each in self.snapshot.coverage
        )

    def all_read(self, tenant: str) -> bool:
        """Return whether every service principal of a tenant was loaded with its addresses."""
        of = tenant_of(self.snapshot)
        some = self.snapshot.of_kind(entra.SERVICE_PRINCIPAL.name).tolist()
        read = (
            "assignment_required" in self.snapshot.node_properties[at]
            for at in some
            if of[at] == tenant and not self.snapshot.stub[at]
        )
        return self.complete(tenant, "AZServicePrincipal") and all(read)

    @cached_property
    def nesting(self) -> frozenset[int]:
        """The groups that have groups as members."""
        table = self.snapshot.edges[entra.MEMBER_OF.name]
        inner = self.snapshot.is_kind(entra.GROUP.name)[table.source]
        return frozenset(table.target[inner].tolist())

    @cached_property
    def assigned(self) -> dict[int, dict[int, int]]:
        """By application, who is assigned to it: the row of an assignment, by position."""
        table = self.snapshot.edges[entra.HAS_APP_ROLE.name]
        some = table.where(np.isin(table.target, [each.node for each in self.all]))
        found: dict[int, dict[int, int]] = defaultdict(dict)
        ends = zip(some.source.tolist(), some.target.tolist(), some.row.tolist(), strict=True)
        for who, application, row in ends:
            found[application].setdefault(who, row)
        return dict(found)

    @cached_property
    def _admitted(self) -> dict[int, dict[int, int]]:
        """By application, who is assigned or a direct member of a group that is."""
        table = self.snapshot.edges[entra.MEMBER_OF.name]
        found: dict[int, dict[int, int]] = {}
        for application, holders in self.assigned.items():
            inside = np.isin(table.target, list(holders))
            members = zip(table.source[inside].tolist(), table.target[inside].tolist(), strict=True)
            found[application] = {who: holders[group] for who, group in members} | holders
        return found

    def admits(self, application: Application, user: int) -> Admission | None:
        """Return how a user may use an application, None where it is known that he may not."""
        if not application.enabled:
            return None
        row = self._admitted.get(application.node, {}).get(user)
        if row is not None:
            return Admission((), row)
        if application.assignment_required is False:
            return Admission((), application.row)
        if application.assignment_required and application.assignments_known:
            return None
        return Admission((APP_ASSIGNMENT,), application.row)


@once
def applications_of(snapshot: Snapshot) -> Applications:
    """Return the applications of a snapshot that sign people in to AWS."""
    return Applications(snapshot)


def _is_roles(url: str) -> bool:
    return _ROLES.fullmatch(url) is not None


def _roles(said: Iterable[object]) -> Iterator[tuple[str, SamlRole]]:
    """Yield the role and provider that the value of an app role names, by the app role's id."""
    for each in said:
        app_role, _, value = str(each).partition("=")
        parts = [part.strip() for part in value.split(",")]
        roles = [part for part in parts if _ROLE.fullmatch(part)]
        providers = [found for part in parts if (found := _PROVIDER.fullmatch(part))]
        if app_role and len(parts) == len((*roles, *providers)) == 2:  # noqa: PLR2004  a pair
            role, provider = next(iter(roles), ""), next(iter(providers), None)
            if role and provider:
                yield app_role, SamlRole(role, provider[0], provider[1])


def _texts(said: Mapping[str, object], *names: str) -> Iterator[str]:
    for name in names:
        some = said.get(name, ())
        if isinstance(some, (list, tuple)):
            yield from map(str, some)
