"""The Azure part of a snapshot as the rules need it: tree, role assignments and power nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from idgraph.catalogue import EdgeKind, NodeKind
from idgraph.derive.azure.assignments import Assignments, Guards, assignments_of
from idgraph.derive.azure.roles import ROLES, AzureRole, Capability
from idgraph.derive.azure.scopes import Tree, tree
from idgraph.derive.entra.can_elevate_access import root_power
from idgraph.derive.rules import Findings
from idgraph.graph import Bools, Ints, Longs
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER


@dataclass(frozen=True, slots=True)
class Ends:
    """Edges to be found: who has power over what, with guards and evidence."""

    source: Ints
    target: Ints
    guards: tuple[Guards, ...]
    rows: tuple[Longs, ...]

    def where(self, keep: Bools) -> Ends:
        """Return the edges that a mask keeps."""
        at = np.flatnonzero(keep)
        kept = tuple(self.guards[i] for i in at)
        rows = tuple(column[at] for column in self.rows)
        return Ends(self.source[at], self.target[at], kept, rows)

    def guarded(self, more: Sequence[Guards]) -> Ends:
        """Return the edges with further guards each."""
        both = tuple((*own, *also) for own, also in zip(self.guards, more, strict=True))
        return Ends(self.source, self.target, both, self.rows)

    def link(self, findings: Findings, kind: EdgeKind) -> None:
        """Add the edges to the findings under a kind."""
        findings.link(kind, self.source, self.target, guards=self.guards, evidence=self.rows)


@dataclass(frozen=True)
class Estate:
    """The scopes, resources and role assignments of a snapshot."""

    snapshot: Snapshot
    tree: Tree
    assignments: Assignments

    @cached_property
    def is_resource(self) -> Bools:
        """Whether each node is a resource that rules of its own say who holds."""
        return self.snapshot.is_kind(*(kind.name for kind in azure.RESOURCES))

    @cached_property
    def administering(self) -> Assignments:
        """The assignments of roles that make an administrator of their scope."""
        return self.assignments.where(self.assignments.administers())

    @cached_property
    def granting(self) -> Assignments:
        """The assignments of roles that give some capability and no more."""
        return self.assignments.where(~self.assignments.administers())

    def spread(self, capability: Capability) -> Ints:
        """Return the scopes where a capability is held, there or above, and of any use below."""
        at = self.granting
        held = np.zeros(self.snapshot.n, bool)
        held[at.scope[at.give(capability)]] = True
        useful = self.tree.up(self.snapshot.is_kind(*capability.acts_on))
        scopes = self.tree.is_scope | self.tree.is_root
        return _where(self.tree.down(held) & useful & scopes)

    def role_powers(self, findings: Findings, at: Assignments) -> Ints:
        """Return the power node `<role>@<scope>` of each assignment."""
        return np.array(
            [
                self._role_power(findings, ROLES[role], int(scope))
                for role, scope in zip(at.role, at.scope, strict=True)
            ],
            np.int32,
        )

    def _role_power(self, findings: Findings, role: AzureRole, scope: int) -> int:
        if self.tree.is_root[scope] and role.administers:
            return self.root_power(findings, scope)
        name = f"{role.name} at {self._name(scope)}"
        node_id = f"{role.id}@{self._scope_id(scope)}"
        return findings.node(node_id, POWER, name, self._stands_for(scope))

    def root_power(self, findings: Findings, tenant: int) -> int:
        """Return the power node of an administrator of the root scope of a tenant."""
        return root_power(findings, str(self.snapshot.ids[tenant]))

    def capability_powers(self, findings: Findings, capability: Capability, scopes: Ints) -> Ints:
        """Return the power node `<scope>#<capability>` of each scope."""
        return np.array(
            [
                findings.node(
                    f"{self._scope_id(scope)}#{capability.name}",
                    POWER,
                    f"{capability.label} at {self._name(scope)}",
                    self._stands_for(scope),
                )
                for scope in scopes
            ],
            np.int32,
        )

    def _scope_id(self, scope: int) -> str:
        node_id = str(self.snapshot.ids[scope])
        return f"/@{node_id}" if self.tree.is_root[scope] else node_id

    def _name(self, scope: int) -> str:
        if self.tree.is_root[scope]:
            return "the Azure root scope"
        return str(self.snapshot.names[scope] or self.snapshot.ids[scope])

    def _stands_for(self, scope: int) -> int:
        """Return the scope behind a power; the tenant is not, as its node is the directory."""
        return -1 if self.tree.is_root[scope] else scope

    def administrators(self, kinds: Iterable[NodeKind]) -> Ends:
        """Return who administers each resource: its scope, and whoever is assigned at it."""
        wanted = self.snapshot.is_kind(*(kind.name for kind in kinds))
        return _joined([self._scope_above(wanted), self._assigned(wanted)])

    def _scope_above(self, wanted: Bools) -> Ends:
        parent = self.tree.parent
        below = _where(wanted & (parent >= 0) & self.tree.is_scope[parent])
        return self._ends(parent[below], below, [()] * len(below), self.tree.row[below])

    def _assigned(self, wanted: Bools) -> Ends:
        at = self.administering.where(wanted[self.administering.scope])
        return self._ends(at.principal, at.scope, at.administering_guards(), at.row)

    def holders(
        self, findings: Findings, capability: Capability, kinds: Iterable[NodeKind]
    ) -> Ends:
        """Return the power nodes by which a capability reaches resources of some kinds."""
        wanted = self.snapshot.is_kind(*(kind.name for kind in kinds))
        return _joined(
            [
                self._inherited(findings, capability, wanted),
                self._at_resource(findings, capability, wanted),
            ]
        )

    def _inherited(self, findings: Findings, capability: Capability, wanted: Bools) -> Ends:
        scopes = self.spread(capability)
        power = np.full(self.snapshot.n, -1, np.int32)
        parent = self.tree.parent
        has = np.zeros(self.snapshot.n, bool)
        has[scopes] = True
        below = _where(wanted & (parent >= 0) & has[parent])
        above = np.unique(parent[below])
        power[above] = self.capability_powers(findings, capability, above)
        return self._ends(power[parent[below]], below, [()] * len(below), self.tree.row[below])

    def _at_resource(self, findings: Findings, capability: Capability, wanted: Bools) -> Ends:
        at = self.granting
        at = at.where(wanted[at.scope] & at.give(capability)).distinct()
        return self._ends(self.role_powers(findings, at), at.scope, at.assumed(capability), at.row)

    def _ends(self, source: Ints, target: Ints, guards: Sequence[Guards], row: Longs) -> Ends:
        return Ends(source, target, tuple(guards), (row, self.snapshot.node_row[target]))


def survey(snapshot: Snapshot) -> Estate:
    """Return the estate of a snapshot."""
    return Estate(snapshot, tree(snapshot), assignments_of(snapshot))


def _where(mask: Bools) -> Ints:
    return np.flatnonzero(mask).astype(np.int32)


def _joined(parts: Sequence[Ends]) -> Ends:
    return Ends(
        np.concatenate([each.source for each in parts]).astype(np.int32),
        np.concatenate([each.target for each in parts]).astype(np.int32),
        tuple(guards for each in parts for guards in each.guards),
        tuple(np.concatenate(column) for column in zip(*(e.rows for e in parts), strict=True)),
    )
