"""People as targets of a reset, in few classes: who may reset them, and what that rests on.

An account whose enabled, synced or guest state is not stated counts as an ordinary enabled one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from idgraph.derive.closures import inherited, once, tenant_of
from idgraph.derive.entra.reset_table import EVERY, Resetter, may_reset_holder_of
from idgraph.derive.entra.roles import roles_of, template_of
from idgraph.derive.entra.scoped import eligible_scope
from idgraph.derive.entra.units import Units, units_of
from idgraph.graph import Bools, Ints, Longs, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

_BITS = len(Resetter)
_UNPRIVILEGED = int(EVERY & ~Resetter.ANYBODY)


@dataclass(frozen=True, slots=True)
class AccountClass:
    """Accounts that are alike to every resetter."""

    resetters: Resetter  # by the roles that they hold
    protected: Resetter  # if roles that they are only eligible for protect them too
    disabled: bool
    synced: bool
    members: Ints

    @property
    def name(self) -> str:
        """The class, as the end of a hub's id."""
        marks = "-disabled" * self.disabled + "-synced" * self.synced
        return f"{int(self.resetters):02x}.{int(self.protected):02x}{marks}"

    def describe(self) -> str:
        """Return the class in words."""
        words = ["disabled"] * self.disabled + ["synced"] * self.synced
        who = "without a role" if Resetter.ORDINARY in self.resetters else "by their roles"
        return " ".join((*words, "accounts", who))


@dataclass(frozen=True, slots=True)
class Accounts:
    """Every account of a snapshot with its class, and which of them a reset can take at all."""

    tenant: Texts  # (n,)
    key: Longs  # (n,) the class
    open: Bools  # (n,) a person whose password lives in this tenant
    units: Units

    def wide(self, tenant: str) -> Iterator[AccountClass]:
        """Yield the classes of a tenant that tenant-wide powers act on."""
        at = np.flatnonzero(self.open & ~self.units.guarded & (self.tenant == tenant))
        return self.classes(at.astype(np.int32))

    def classes(self, among: Ints) -> Iterator[AccountClass]:
        """Yield the classes that some nodes fall into; nodes that are no target are left out."""
        among = among[self.open[among]]
        if not len(among):
            return
        order = among[np.argsort(self.key[among], kind="stable")]
        keys, first = np.unique(self.key[order], return_index=True)
        for key, members in zip(keys, np.split(order, first[1:]), strict=True):
            yield _decoded(int(key), members)


@once
def accounts_of(snapshot: Snapshot) -> Accounts:
    """Return the accounts of a snapshot as targets of a reset."""
    units = units_of(snapshot)
    held = _forbidden_by_roles(snapshot, units)
    eligible = _forbidden_by_eligibility(snapshot, units)
    resetters = int(EVERY) & ~inherited(snapshot, held)
    protected = int(EVERY) & ~inherited(snapshot, held | eligible)
    key = (
        resetters
        | protected << _BITS
        | snapshot.false("account_enabled").astype(np.int64) << 2 * _BITS
        | snapshot.true("synced").astype(np.int64) << (2 * _BITS + 1)
    )
    return Accounts(tenant_of(snapshot), key, _at_home(snapshot), units)


def _decoded(key: int, members: Ints) -> AccountClass:
    mask = (1 << _BITS) - 1
    return AccountClass(
        Resetter(key & mask),
        Resetter(key >> _BITS & mask),
        bool(key >> 2 * _BITS & 1),
        bool(key >> (2 * _BITS + 1) & 1),
        members,
    )


def _at_home(snapshot: Snapshot) -> Bools:
    """Leave out guests, and members whose UPN shows that another tenant keeps their password."""
    guest = [each == "Guest" for each in snapshot.value("user_type")]
    external = ["#ext#" in str(each or "").lower() for each in snapshot.value("upn")]
    stranger = np.array(guest, bool) | np.array(external, bool)
    home: Bools = snapshot.is_kind(entra.USER.name) & ~stranger
    return home


def _forbidden_by_roles(snapshot: Snapshot, units: Units) -> Longs:
    """Return, by principal, the resetters that its own roles, groups and ownerships keep out."""
    forbidden = np.zeros(snapshot.n, np.int64)
    wide = snapshot.edges[entra.HAS_ROLE.name]
    np.bitwise_or.at(forbidden, wide.source, _kept_out_by_role(snapshot)[wide.target])

    scoped = snapshot.edges[entra.HAS_SCOPED_ROLE.name]
    by_role = [
        int(EVERY & ~may_reset_holder_of(template_of(each))) for each in scoped.text("role_id")
    ]
    kept_out = np.where(units.restricted[scoped.target], _UNPRIVILEGED, np.array(by_role, np.int64))
    np.bitwise_or.at(forbidden, scoped.source, kept_out)

    assignable = snapshot.is_kind(entra.GROUP.name) & snapshot.true("role_assignable")
    forbidden[assignable] |= _UNPRIVILEGED
    owns = snapshot.edges[entra.OWNS.name]
    forbidden[owns.source[assignable[owns.target]]] |= _UNPRIVILEGED
    return forbidden


def _kept_out_by_role(snapshot: Snapshot) -> Longs:
    """Return, for each role node, the resetters that holding it keeps out."""
    roles = roles_of(snapshot)
    kept_out = np.full(snapshot.n, _UNPRIVILEGED, np.int64)
    kept_out[roles.at] = [int(EVERY & ~may_reset_holder_of(each)) for each in roles.template]
    return kept_out


def _forbidden_by_eligibility(snapshot: Snapshot, units: Units) -> Longs:
    """Return the resetters that roles one may activate would keep out, if they protect."""
    table = snapshot.edges[entra.ELIGIBLE_FOR.name]
    scopes = [eligible_scope(snapshot, str(each)) for each in table.text("directory_scope")]
    at_restricted = [bool(each and each.at >= 0 and units.restricted[each.at]) for each in scopes]
    forbidden = np.zeros(snapshot.n, np.int64)
    by_role = _kept_out_by_role(snapshot)[table.target]
    kept_out = np.where(np.array(at_restricted, bool), _UNPRIVILEGED, by_role)
    np.bitwise_or.at(forbidden, table.source, kept_out)
    return forbidden
