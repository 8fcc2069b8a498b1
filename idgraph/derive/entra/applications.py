"""Applications as targets: which registrations and service principals take a new credential.

Managed identities take none, and a service principal of a foreign or Microsoft's own application
is left out: its credentials are its publisher's. A registration has no instance lock; a service
principal may have one, set by the registration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind
from idgraph.derive.closures import once, tenant_of
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.permissions import holders
from idgraph.derive.entra.roles import Actions, can, roles_of
from idgraph.derive.entra.scoped import scoped_roles
from idgraph.graph import Bools, Ints, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

HOME_TENANT = ASSUME.of("app_home_tenant")
INSTANCE_LOCK = ASSUME.of("app_instance_lock")
SINGLE_DIRECTORY = ASSUME.of("app_single_directory")

_SINGLE, _SHARED, _UNKNOWN = "single-directory", "multi-directory", "unknown-audience"


@dataclass(frozen=True, slots=True)
class Writes:
    """The actions that write something on applications, by what they cover."""

    registrations: Actions
    own_registrations: Actions  # of single-directory applications only
    service_principals: Actions


@dataclass(frozen=True, slots=True)
class Applications:
    """The applications of a snapshot that can be given a credential."""

    tenant: Texts  # (n,)
    registration: Bools  # (n,)
    audience: Texts  # (n,) one of the three classes of registrations
    service_principal: Bools  # (n,)
    guards: tuple[Guards, ...]  # (n,) what a new credential of the node rests on

    def guards_of(self, targets: Ints) -> list[Guards]:
        """Return what a new credential of each target rests on."""
        return [self.guards[each] for each in targets]


@once
def applications_of(snapshot: Snapshot) -> Applications:
    """Return the applications of a snapshot as targets."""
    tenant = tenant_of(snapshot)
    foreign, homeless = _strangers(snapshot, tenant)
    locked, lockable = snapshot.true("instance_lock"), ~snapshot.false("instance_lock")
    identity = np.array(
        [
            str(each or "").lower() == "managedidentity"
            for each in snapshot.value("service_principal_type")
        ],
        bool,
    )
    writable = snapshot.is_kind(entra.SERVICE_PRINCIPAL.name) & ~identity & ~foreign & ~locked
    doubts = [
        ((HOME_TENANT,) if no_home else ()) + ((INSTANCE_LOCK,) if lock else ())
        for no_home, lock in zip(homeless & writable, lockable & writable, strict=True)
    ]
    audience = np.array([_audience(each) for each in snapshot.value("audience")], object)
    registration = snapshot.is_kind(entra.APP.name)
    return Applications(tenant, registration, audience, writable, tuple(doubts))


def _audience(said: object) -> str:
    if not said:
        return _UNKNOWN
    return _SINGLE if str(said).lower() == "azureadmyorg" else _SHARED


def _strangers(snapshot: Snapshot, tenant: Texts) -> tuple[Bools, Bools]:
    """Return which nodes belong to another tenant's application, and of which nobody knows."""
    app_ids = [str(each or "").lower() for each in snapshot.value("app_id")]
    registered = {
        (tenant[at], app_ids[at]) for at in snapshot.of_kind(entra.APP.name) if app_ids[at]
    }
    owner = [str(each or "").lower() for each in snapshot.value("app_owner_organization_id")]
    known = [bool(said and own) for said, own in zip(owner, tenant, strict=True)]
    at_home = [each in registered for each in zip(tenant, app_ids, strict=True)]
    other = [said != own for said, own in zip(owner, tenant, strict=True)]
    return (
        np.array(known, bool) & np.array(other, bool),
        ~np.array(known, bool) & ~np.array(at_home, bool),
    )


@dataclass(frozen=True, slots=True)
class _Class:
    """One class of targets, and the guards of a source by what its actions cover."""

    name: str
    about: str
    members: Ints

    def covered(self, actions: frozenset[str], writes: Writes) -> Guards | None:
        """Return what the power of a role over the class rests on, or None if it has none."""
        if self.name == "service-principals":
            return () if can(actions, writes.service_principals) else None
        if can(actions, writes.registrations):
            return ()
        own = can(actions, writes.own_registrations) and self.name != _SHARED
        return ((SINGLE_DIRECTORY,) if self.name == _UNKNOWN else ()) if own else None


def _classes(applications: Applications, among: Ints) -> Iterator[_Class]:
    """Yield the classes that some nodes fall into."""
    registrations = among[applications.registration[among]]
    for audience in (_SINGLE, _SHARED, _UNKNOWN):
        of_it = registrations[applications.audience[registrations] == audience]
        yield _Class(audience, f"{audience} app registrations", of_it)
    services = among[applications.service_principal[among]]
    yield _Class("service-principals", "service principals of this tenant's applications", services)


@dataclass(frozen=True, slots=True)
class _Power:
    """Somebody with actions over applications of a tenant or of one scope."""

    source: Source
    actions: frozenset[str]


def find_writers(
    snapshot: Snapshot,
    links: Links,
    kind: EdgeKind,
    writes: Writes,
    *,
    permissions: Sequence[str] = (),
    except_for: Writes | None = None,
) -> Applications:
    """Add the edges of roles, scoped roles and permissions that write on applications.

    `except_for` leaves out a class of targets over which a source has those actions, too.
    """
    applications = applications_of(snapshot)
    everything = _permitted(snapshot, permissions)
    wide = list(_by_role(snapshot, writes))  # a unit holds no applications
    for tenant in sorted({each for each, _ in (*wide, *everything)}):
        powers = [power for own, power in wide if own == tenant]
        permitted = [power.source for own, power in everything if own == tenant]
        here = np.flatnonzero(applications.tenant == tenant).astype(np.int32)
        for each in _classes(applications, here):
            sources = [*_covering(powers, each, writes, except_for), *permitted]
            _link(links, kind, applications, tenant, each, sources)
    _at_scopes(snapshot, links, kind, writes, applications, except_for)
    return applications


def _covering(
    powers: Sequence[_Power], targets: _Class, writes: Writes, except_for: Writes | None
) -> Iterator[Source]:
    for power in powers:
        guards = targets.covered(power.actions, writes)
        stronger = except_for and targets.covered(power.actions, except_for) is not None
        if guards is not None and not stronger:
            yield power.source.with_guards(*guards)


def _link(
    links: Links,
    kind: EdgeKind,
    applications: Applications,
    scope: str,
    targets: _Class,
    sources: Sequence[Source],
) -> None:
    guards = applications.guards_of(targets.members) if sources else ()
    hub = (f"{scope}:{targets.name}", f"{targets.about} ({kind.reads})")
    links.through_hub(kind, hub, sources, targets.members, guards)


def _any_of(writes: Writes) -> tuple[Actions, ...]:
    return writes.registrations, writes.own_registrations, writes.service_principals


def _by_role(snapshot: Snapshot, writes: Writes) -> Iterator[tuple[str, _Power]]:
    roles = roles_of(snapshot)
    for at, tenant, actions in zip(roles.at, roles.tenant, roles.actions, strict=True):
        if any(can(actions, each) for each in _any_of(writes)):
            yield tenant, _Power(Source(int(at), int(snapshot.node_row[at])), actions)


def _permitted(snapshot: Snapshot, permissions: Sequence[str]) -> list[tuple[str, _Power]]:
    granted, tenant = holders(snapshot, *permissions), tenant_of(snapshot)
    return [
        (str(tenant[at]), _Power(Source(int(at), int(row)), frozenset()))
        for at, row in zip(granted.at, granted.row, strict=True)
    ]


def _at_scopes(
    snapshot: Snapshot,
    links: Links,
    kind: EdgeKind,
    writes: Writes,
    applications: Applications,
    except_for: Writes | None,
) -> None:
    scoped = scoped_roles(snapshot)
    by_scope: dict[str, tuple[Ints, list[_Power]]] = {}
    for role in scoped.all:
        if scoped.known(role) and any(role.can(each) for each in _any_of(writes)):
            power = _Power(Source(role.node(links.findings), role.row), role.actions)
            scope = f"{role.tenant}:{role.scope.id}"
            by_scope.setdefault(scope, (scoped.targets(role), []))[1].append(power)
    for scope, (targets, powers) in by_scope.items():
        for each in _classes(applications, targets):
            sources = list(_covering(powers, each, writes, except_for))
            _link(links, kind, applications, scope, each, sources)
