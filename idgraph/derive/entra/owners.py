"""Directory owners, and what their ownership rests on.

A member acts as an owner by itself. A guest does where the directory gives guests what members
have; an application does where it holds a permission that covers what it owns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import ASSUME
from idgraph.derive.entra.hubs import Guards
from idgraph.derive.entra.permissions import holders
from idgraph.graph import Bools, Ints, Longs
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

GUEST_ACCESS = ASSUME.of("guest_owner_access")
OWNER_PERMISSION = ASSUME.of("owner_app_permission")


@dataclass(frozen=True, slots=True)
class Ownerships:
    """Ownerships of some kinds of objects."""

    owner: Ints
    owned: Ints
    row: Longs
    guards: tuple[Guards, ...]

    def where(self, keep: Bools) -> Ownerships:
        """Return the ownerships that a mask keeps."""
        at = np.flatnonzero(keep)
        return Ownerships(
            self.owner[at], self.owned[at], self.row[at], tuple(self.guards[i] for i in at)
        )


def ownerships(snapshot: Snapshot, *permissions: str) -> Ownerships:
    """Return every ownership; an application that holds one of the permissions needs no doubt."""
    table = snapshot.edges[entra.OWNS.name]
    permitted = np.zeros(snapshot.n, bool)
    permitted[holders(snapshot, *permissions).at] = True
    service = snapshot.is_kind(*(kind.name for kind in entra.SERVICE_IDENTITIES)) & ~permitted
    guest = np.array([each == "Guest" for each in snapshot.value("user_type")], bool)
    guards = tuple(
        (OWNER_PERMISSION,) if app else (GUEST_ACCESS,) if visitor else ()
        for app, visitor in zip(service[table.source], guest[table.source], strict=True)
    )
    return Ownerships(table.source, table.target, table.row, guards)
