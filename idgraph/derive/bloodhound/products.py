"""Products that BloodHound CE writes out edge by edge, kept as one hub a tenant and class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from idgraph.catalogue import EdgeKind
from idgraph.derive.bloodhound.holders import members, roles_by_tenant
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.hubs import Links, Source
from idgraph.derive.entra.permissions import holders as granted
from idgraph.graph import Bools, Ints, Longs
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

Sources = Mapping[str, list[Source]]  # by tenant id


def product(links: Links, kind: EdgeKind, name: str, sources: Sources, targets: Bools) -> None:
    """Link every source to every target of its tenant, through a hub."""
    tenant = tenant_of(links.findings.snapshot)
    for each, several in sources.items():
        here = np.flatnonzero(targets & (tenant == each)).astype(np.int32)
        hub = (f"bloodhound:{each}:{name}", f"{name} (BloodHound CE)")
        links.through_hub(kind, hub, several, here)


def together(*several: Sources) -> Sources:
    """Return the sources of several ways as one, by tenant."""
    found: dict[str, list[Source]] = defaultdict(list)
    for sources in several:
        for tenant, each in sources.items():
            found[tenant] += each
    return found


def by_role(snapshot: Snapshot, templates: Iterable[str]) -> Sources:
    """Return the role nodes of some templates as sources."""
    return {
        tenant: [Source(int(at), int(snapshot.node_row[at])) for at in roles]
        for tenant, roles in roles_by_tenant(snapshot, templates).items()
    }


def by_permission(snapshot: Snapshot, *permissions: str) -> Sources:
    """Return the service identities that hold one of some Microsoft Graph permissions."""
    found = granted(snapshot, *permissions)
    return _sources(snapshot, found.at, found.row)


def by_member(snapshot: Snapshot, templates: Iterable[str]) -> Sources:
    """Return the users and service identities that hold one of some roles."""
    held = members(snapshot, templates)
    kinds = (entra.USER.name, *(kind.name for kind in entra.SERVICE_IDENTITIES))
    own = snapshot.is_kind(*kinds)[held.principal]
    return _sources(snapshot, held.principal[own], held.row[own])


def _sources(snapshot: Snapshot, at: Ints, row: Longs) -> Sources:
    tenant = tenant_of(snapshot)
    found: dict[str, list[Source]] = defaultdict(list)
    for node, number in zip(at, row, strict=True):
        found[str(tenant[node])].append(Source(int(node), int(number)))
    return found
