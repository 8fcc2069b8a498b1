"""Azure role assignments in columns, by the roles that idgraph has judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.derive.azure.roles import NUMBER, ROLES, Capability
from idgraph.graph import Bools, Ints, Longs, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure

Guards = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assignments:
    """Role assignments whose role is known, in columns."""

    principal: Ints
    scope: Ints
    role: Ints  # number in ROLES
    row: Longs
    guards: tuple[Guards, ...]

    def where(self, keep: Bools) -> Assignments:
        """Return the assignments that a mask keeps."""
        at = np.flatnonzero(keep)
        kept = tuple(self.guards[i] for i in at)
        return Assignments(self.principal[at], self.scope[at], self.role[at], self.row[at], kept)

    def administers(self) -> Bools:
        """Return whether each role makes an administrator of its scope."""
        return np.array([role.administers for role in ROLES], bool)[self.role]

    def give(self, capability: Capability) -> Bools:
        """Return whether each role gives a capability."""
        return np.array([role.gives(capability) for role in ROLES], bool)[self.role]

    def assumed(self, capability: Capability) -> list[Guards]:
        """Return what each role assumes to give a capability that all of them give."""
        return [ROLES[role].assumed(capability) for role in self.role]

    def administering_guards(self) -> list[Guards]:
        """Return the guards of each assignment and of its role as an administrator."""
        both = zip(self.guards, self.role, strict=True)
        return [(*own, *ROLES[role].assumes) for own, role in both]

    def distinct(self) -> Assignments:
        """Return one assignment of each role at each scope."""
        pair = self.scope.astype(np.int64) * len(ROLES) + self.role
        keep = np.zeros(len(pair), bool)
        keep[np.unique(pair, return_index=True)[1]] = True
        return self.where(keep)


def assignments_of(snapshot: Snapshot) -> Assignments:
    """Return the assignments of a snapshot whose role is known."""
    table = snapshot.edges[azure.HAS_RBAC_ROLE.name]
    role = _role_numbers(table.text("role_definition_id"))
    every = Assignments(table.source, table.target, role, table.row, table.guards)
    return every.where(role >= 0)


def _role_numbers(ids: Texts) -> Ints:
    """Return the number of each role; an export may print the GUID or the definition's full id."""
    return np.array([NUMBER.get(each.lower().rpartition("/")[2], -1) for each in ids], np.int32)
