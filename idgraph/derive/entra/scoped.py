"""Directory roles at a narrower scope than the tenant, each a power node of its own.

A role over an administrative unit acts on the unit's members, a role over another object on that
object. Where nobody loaded the members, a blind spot stands for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import UNKNOWN, NodeKind
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.closures import once, tenant_of
from idgraph.derive.entra.hubs import Source
from idgraph.derive.entra.roles import (
    GROUPS_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    Actions,
    Roles,
    built_in,
    can,
    role_name,
    roles_of,
    template_of,
)
from idgraph.derive.entra.units import Units, units_of
from idgraph.derive.rules import Findings
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import BLIND_SPOT, POWER

_UNIT_PATH = "/administrativeunits/"
_SELF_GRANTED = (PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, GROUPS_ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a role is scoped to; `at` is -1 where the export refers to it without holding it."""

    id: str
    at: int
    is_unit: bool


@dataclass(frozen=True, slots=True)
class ScopedRole:
    """One role at one scope, whoever holds it."""

    role_id: str
    template: str
    actions: frozenset[str]
    tenant: str
    scope: Scope
    row: int  # of the first assignment seen, or of the unit

    def can(self, pattern: Actions) -> bool:
        """Return whether the role has an action that a pattern matches."""
        return can(self.actions, pattern)

    @property
    def id(self) -> str:
        """The id of the power node."""
        return f"{self.role_id}@{self.scope.id}"

    def name(self, snapshot: Snapshot) -> str:
        """Return what the role at its scope is called."""
        over = str(snapshot.names[self.scope.at]) if self.scope.at >= 0 else self.scope.id
        return f"{_shown_name(snapshot, self.role_id)} over {over}"

    def node(self, findings: Findings) -> int:
        """Return the handle of the power node."""
        name = self.name(findings.snapshot)
        return findings.node(self.id, POWER, name, stands_for=self.scope.at)

    def blind_spot(self, findings: Findings) -> int:
        """Return the handle of the node that stands for members nobody loaded."""
        name = f"members of administrative unit {self.scope.id}, not loaded"
        node_id = f"blind:unit:{self.scope.id}:{self.role_id}"
        return findings.node(node_id, BLIND_SPOT, name, stands_for=self.scope.at)

    def unknown(self) -> tuple[str, ...]:
        """Return the guard of what hangs on the members of the unit."""
        return (UNKNOWN.of(f"unit members of {self.scope.id}"),)


@dataclass(frozen=True, slots=True)
class ScopedRoles:
    """The roles at narrower scopes of a snapshot."""

    all: tuple[ScopedRole, ...]
    units: Units
    none: Ints

    def blind(self, pattern: Actions) -> Iterator[ScopedRole]:
        """Yield the roles that can, of which nobody knows on whom."""
        return (each for each in self.all if not self.known(each) and each.can(pattern))

    def known(self, role: ScopedRole) -> bool:
        """Return whether what a role acts on is known."""
        at = role.scope.at
        return not role.scope.is_unit or bool(at >= 0 and self.units.listed[at])

    def targets(self, role: ScopedRole) -> Ints:
        """Return what a role acts on, restricted units respected."""
        if role.scope.is_unit:
            return self.units.members(role.scope.at)
        if role.scope.at < 0 or self.units.guarded[role.scope.at]:
            return self.none
        return np.array([role.scope.at], np.int32)


def blind_source(findings: Findings, role: ScopedRole) -> Source:
    """Return the blind spot of a role's unit as a source of whatever the role could do."""
    return Source(role.blind_spot(findings), role.row, role.unknown(), MAY_LEAD_TO)


@once
def scoped_roles(snapshot: Snapshot) -> ScopedRoles:
    """Return every role at a narrower scope that is held, can be activated or be given oneself."""
    units, roles, tenant = units_of(snapshot), roles_of(snapshot), tenant_of(snapshot)
    place = {str(snapshot.ids[at]): k for k, at in enumerate(roles.at)}
    found: dict[tuple[str, str], ScopedRole] = {}
    for role_id, scope, row in (*_held(snapshot), *_eligible(snapshot), *_open(snapshot, units)):
        if (role_id, scope.id) not in found:
            near = str(tenant[scope.at]) if scope.at >= 0 else ""
            found[role_id, scope.id] = _judged(roles, place, role_id, near, (scope, row))
    return ScopedRoles(tuple(found.values()), units, np.zeros(0, np.int32))


def eligible_scope(snapshot: Snapshot, directory_scope: str) -> Scope | None:
    """Return what a directory scope names, or None for the whole tenant."""
    path = directory_scope.lower()
    scope_id = path.rpartition("/")[2]
    if not scope_id:
        return None
    at = snapshot.position(scope_id)
    return Scope(scope_id, at, path.startswith(_UNIT_PATH) or _is(snapshot, at, entra.UNIT))


def _is(snapshot: Snapshot, at: int, kind: NodeKind) -> bool:
    return at >= 0 and snapshot.catalogue.node_kinds[snapshot.kinds[at]] is kind


def _held(snapshot: Snapshot) -> Iterator[tuple[str, Scope, int]]:
    table = snapshot.edges[entra.HAS_SCOPED_ROLE.name]
    for role_id, at, row in zip(table.text("role_id"), table.target, table.row, strict=True):
        scope = Scope(str(snapshot.ids[at]), int(at), _is(snapshot, int(at), entra.UNIT))
        yield str(role_id).lower(), scope, int(row)


def _eligible(snapshot: Snapshot) -> Iterator[tuple[str, Scope, int]]:
    table = snapshot.edges[entra.ELIGIBLE_FOR.name]
    for said, role, row in zip(table.text("directory_scope"), table.target, table.row, strict=True):
        scope = eligible_scope(snapshot, str(said))
        if scope:
            yield str(snapshot.ids[role]), scope, int(row)


def _open(snapshot: Snapshot, units: Units) -> Iterator[tuple[str, Scope, int]]:
    """Yield what whoever grants roles can give himself over a restricted unit."""
    tenant = tenant_of(snapshot)
    for unit in units.at[units.restricted[units.at]]:
        for template in _SELF_GRANTED:
            scope = Scope(str(snapshot.ids[unit]), int(unit), is_unit=True)
            yield f"{template}@{tenant[unit]}", scope, int(snapshot.node_row[unit])


def self_granted(roles: ScopedRoles, tenant: str) -> Iterator[ScopedRole]:
    """Yield the roles over restricted units of a tenant that whoever grants roles can take."""
    for each in roles.all:
        restricted = each.scope.at >= 0 and roles.units.restricted[each.scope.at]
        if restricted and each.tenant == tenant and each.template in _SELF_GRANTED:
            yield each


def _judged(
    roles: Roles, place: dict[str, int], role_id: str, tenant: str, found: tuple[Scope, int]
) -> ScopedRole:
    scope, row = found
    if role_id in place:
        at = place[role_id]
        template, held, tenant = roles.template[at], roles.actions[at], str(roles.tenant[at])
    else:
        template = template_of(role_id)
        known = built_in().get(template)
        held, tenant = known.actions if known else frozenset(), role_id.partition("@")[2] or tenant
    return ScopedRole(role_id, template, held, tenant, scope, row)


def _shown_name(snapshot: Snapshot, role_id: str) -> str:
    at = snapshot.position(role_id)
    return str(snapshot.names[at]) if at >= 0 and snapshot.names[at] else role_name(role_id)
