"""Administrative units: who is in them, and which of them keep tenant-wide roles out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import ASSUME
from idgraph.derive.closures import once, tenant_of
from idgraph.graph import Bools, Csr, Ints, csr
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

RESTRICTED_UNIT = ASSUME.of("restricted_management_unit")


@dataclass(frozen=True, slots=True)
class Units:
    """The administrative units of a snapshot.

    `guarded` objects are in a unit that is known as restricted: only roles at that unit manage
    them. In an unsettled tenant there may be more such objects than the export shows.
    """

    at: Ints  # (k,) node positions
    restricted: Bools  # (n,) whether a node is a unit known as restricted
    listed: Bools  # (n,) whether a node is a unit whose members are known
    guarded: Bools  # (n,)
    settled: frozenset[str]  # tenants
    inside: Csr  # rows are units, neighbours their members

    def members(self, unit: int) -> Ints:
        """Return the members that a role at a unit manages."""
        members = self.inside.nbr[self.inside.ptr[unit] : self.inside.ptr[unit + 1]]
        return members if self.restricted[unit] else members[~self.guarded[members]]

    def doubt(self, tenant: str) -> tuple[str, ...]:
        """Return what a tenant-wide power over users or groups of a tenant rests on."""
        return () if tenant in self.settled else (RESTRICTED_UNIT,)


@once
def units_of(snapshot: Snapshot) -> Units:
    """Return the administrative units of a snapshot."""
    table = snapshot.edges[entra.IN_UNIT.name]
    units = snapshot.of_kind(entra.UNIT.name)
    is_unit = snapshot.is_kind(entra.UNIT.name)
    restricted = is_unit & snapshot.true("restricted")
    listed = is_unit & snapshot.true("member_list_read")
    listed[table.target] = True
    guarded = np.zeros(snapshot.n, bool)
    guarded[table.source[restricted[table.target]]] = True
    return Units(
        units,
        restricted,
        listed,
        guarded,
        _settled(snapshot, units, listed),
        csr(snapshot.n, table.target, table.source),
    )


def _settled(snapshot: Snapshot, units: Ints, listed: Bools) -> frozenset[str]:
    """Return the tenants of which every restricted unit and its members are known.

    A unit that is only mentioned, by a role over it, says that nobody listed the units.
    """
    tenant = tenant_of(snapshot)
    known = snapshot.false("restricted") | (snapshot.true("restricted") & listed)
    known &= ~snapshot.stub
    open_ended = set(tenant[units[~known[units]]])
    return frozenset(set(tenant[units]) - open_ended)
