"""IAM Identity Center as the rules need it: its users and groups, and which tenant signs them in.

An Identity Center has one identity source. With an outside one, whoever signs in is the user whose
user name the assertion names, and SCIM makes its users and groups; with its own directory, users
have a password there and nobody comes from Entra.

Source: IAM Identity Center User Guide, "Manage your identity source", "Connect to an external
identity provider", "SCIM profile and SAML 2.0 implementation"; Identity Store API Reference,
ExternalId.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from idgraph.derive.closures import once, tenant_of
from idgraph.derive.federation.aws_applications import (
    Application,
    Applications,
    applications_of,
)
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws, entra

_INSTANCE = re.compile(r":permissionSet/(ssoins-[^/]+)/", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SignsIn(Enum):
    """Whether a tenant signs the users of an identity store in."""

    YES = "an application of the tenant, and of no other, names the store"
    PERHAPS = "nothing loaded says so or excludes it"
    NO = "another tenant's application names the store, or none of the tenant's does"


@dataclass(frozen=True)
class IdentityCenter:
    """The users and groups of Identity Center in a snapshot, and the tenants behind them."""

    snapshot: Snapshot
    applications: Applications

    def store(self, at: int) -> str:
        """Return the identity store of a user, a group or an instance, "" where nobody says it."""
        return str(self.snapshot.node_properties[at].get("identity_store", "")).lower()

    def enabled(self, user: int) -> bool:
        """Return whether a user may sign in; one of whom nobody says it may."""
        return self.snapshot.node_properties[user].get("enabled") is not False

    def external_ids(self, at: int) -> tuple[tuple[str, str], ...]:
        """Return what others call a user or group: issuer and id, in lower case."""
        said = self.snapshot.node_properties[at]
        several = said.get("external_ids", ())
        texts = [str(each) for each in several] if isinstance(several, (list, tuple)) else []
        texts += [str(said["external_id"])] if "external_id" in said else []
        pairs = (each.lower().rpartition("|") for each in texts)
        return tuple(dict.fromkeys((issuer, name) for issuer, _, name in pairs if name))

    @cached_property
    def users(self) -> tuple[int, ...]:
        """The users, by position."""
        return tuple(self.snapshot.of_kind(aws.SSO_USER.name).tolist())

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The groups, by position."""
        return tuple(self.snapshot.of_kind(aws.SSO_GROUP.name).tolist())

    @cached_property
    def users_of(self) -> dict[str, tuple[int, ...]]:
        """The users of each identity store who are not disabled there."""
        found: dict[str, list[int]] = defaultdict(list)
        for user in self.users:
            if self.store(user) and self.enabled(user):
                found[self.store(user)].append(user)
        return {store: tuple(users) for store, users in found.items()}

    @cached_property
    def _instances(self) -> dict[str, frozenset[str]]:
        """The instances of each identity store: as they say it, or whose sets its users have."""
        found: dict[str, set[str]] = defaultdict(set)
        for at in self.snapshot.of_kind(aws.IDENTITY_CENTER.name).tolist():
            found[self.store(at)].add(str(self.snapshot.ids[at]).rpartition("/")[2].lower())
        table = self.snapshot.edges[aws.ASSIGNED.name]
        for who, what in zip(table.source.tolist(), table.target.tolist(), strict=True):
            named = _INSTANCE.search(str(self.snapshot.ids[what]))
            if named and self.store(who):
                found[self.store(who)].add(named[1].lower())
        return {store: frozenset(names) for store, names in found.items()}

    def of_store(self, store: str, tenant: str = "") -> tuple[Application, ...]:
        """Return the applications that name a store or its instance, of one tenant or of all."""
        names = {store, *self._instances.get(store, ())}
        return tuple(
            each
            for each in self.applications.all
            if each.stores & names and tenant in ("", each.tenant)
        )

    def stores_of(self, application: Application) -> tuple[str, ...]:
        """Return the stores that an application names."""
        return tuple(
            store
            for store in sorted(self.users_of)
            if application.stores & {store, *self._instances.get(store, ())}
        )

    def signs_in(self, store: str, tenant: str) -> SignsIn:
        """Return whether a tenant signs the users of a store in."""
        key = (store, tenant)
        if key not in self._verdicts:
            self._verdicts[key] = self._verdict(store, tenant)
        return self._verdicts[key]

    @cached_property
    def _verdicts(self) -> dict[tuple[str, str], SignsIn]:
        return {}

    def _verdict(self, store: str, tenant: str) -> SignsIn:
        tenants = {each.tenant for each in self.of_store(store)}
        if tenant in tenants:
            return SignsIn.YES if len(tenants) == 1 else SignsIn.PERHAPS
        unnamed = any(
            each.center and not each.stores and each.tenant == tenant
            for each in self.applications.all
        )
        excluded = bool(tenants) or (self.applications.all_read(tenant) and not unnamed)
        return SignsIn.NO if excluded else SignsIn.PERHAPS

    @cached_property
    def proven(self) -> frozenset[tuple[str, str]]:
        """The pairs of a store and a tenant of whose objects the store holds the ids."""
        of = tenant_of(self.snapshot)
        found = set()
        for at in (*self.users, *self.groups):
            store = self.store(at)
            for issuer, _ in self.external_ids(at):
                found |= {(store, tenant) for tenant in _GUID.findall(issuer)}
            for known in self.same_objects(at):
                found.add((store, str(of[known])))
        return frozenset(found)

    def same_objects(self, at: int) -> tuple[int, ...]:
        """Return the users and groups of Entra whose object id a user or group carries."""
        known = (self.snapshot.position(name) for _, name in self.external_ids(at))
        return tuple(each for each in known if each >= 0 and self._of_entra[each])

    @cached_property
    def _of_entra(self) -> Bools:
        return self.snapshot.is_kind(entra.USER.name, entra.GROUP.name)


@once
def identity_center(snapshot: Snapshot) -> IdentityCenter:
    """Return the users and groups of Identity Center in a snapshot."""
    return IdentityCenter(snapshot, applications_of(snapshot))
