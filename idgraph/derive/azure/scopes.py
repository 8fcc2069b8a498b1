"""The tree of Azure scopes: which object contains which, and what that hands down.

The tenant stands at the top for the root scope "/". Where an export does not state what contains
a resource, its ARM id does: it begins with the id of its resource group and subscription.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from idgraph.graph import Bools, Ints, Longs, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure, common, entra

# Six levels of management groups below the root one, a subscription, a group, a resource and
# what it holds, with room to spare; a chain that is longer goes in a circle.
_DEEPEST = 32
_SCOPE_ID = re.compile(
    r"/subscriptions/[^/]+(/resourcegroups/[^/]+)?\Z"
    r"|/providers/microsoft\.management/managementgroups/[^/]+\Z"
)
_ABOVE = (
    re.compile(r"(/subscriptions/.+/storageaccounts/[^/]+)/"),
    re.compile(r"(/subscriptions/[^/]+/resourcegroups/[^/]+)/"),
    re.compile(r"(/subscriptions/[^/]+)/"),
)


@dataclass(frozen=True)
class Tree:
    """Where each node of a snapshot hangs.

    A subscription of no known management group hangs from its tenant.
    """

    parent: Ints  # (n,) what contains the node, -1 for none
    row: Longs  # (n,) evidence of that: of the containment, else of the node itself
    is_scope: Bools  # (n,) management group, subscription or resource group, stubs too
    is_root: Bools  # (n,) a tenant, for the root scope

    @cached_property
    def _levels(self) -> tuple[Ints, ...]:
        depth = np.zeros(len(self.parent), np.int32)
        above = self.parent
        while (above >= 0).any():
            depth += above >= 0
            above = np.where(above >= 0, self.parent[above], -1)
        hung = self.parent >= 0
        return tuple(
            np.flatnonzero(hung & (depth == level)).astype(np.int32)
            for level in range(1, int(depth.max(initial=0)) + 1)
        )

    def down(self, seed: Bools) -> Bools:
        """Return what is marked or stands anywhere below something marked."""
        marked = seed.copy()
        for level in self._levels:
            marked[level] |= marked[self.parent[level]]
        return marked

    def up(self, seed: Bools) -> Bools:
        """Return what is marked or contains, however deep, something marked."""
        marked = seed.copy()
        for level in reversed(self._levels):
            marked[self.parent[level[marked[level]]]] = True
        return marked

    def scopes_below(self) -> Ints:
        """Return the scopes that hang from another scope or from the root."""
        return np.flatnonzero(self.is_scope & (self.parent >= 0)).astype(np.int32)


def tree(snapshot: Snapshot) -> Tree:
    """Return the tree of a snapshot's Azure scopes and resources."""
    is_scope = _scopes(snapshot)
    is_root = snapshot.is_kind(entra.TENANT.name)
    contains = snapshot.edges[azure.CONTAINS.name]
    parent = np.full(snapshot.n, -1, np.int32)
    row = snapshot.node_row.copy()
    inner = ~is_root[contains.source]
    parent[contains.target[inner]] = contains.source[inner]
    row[contains.target[inner]] = contains.row[inner]
    _hang_by_id(snapshot, parent, is_scope)
    parent = _uncircled(parent)
    _hang_from_tenants(snapshot, parent, row, is_scope, is_root)
    return Tree(parent, row, is_scope, is_root)


def _scopes(snapshot: Snapshot) -> Bools:
    scopes = snapshot.is_kind(*(kind.name for kind in azure.SCOPES))
    for at in snapshot.of_kind(common.UNIDENTIFIED.name):
        scopes[at] = _SCOPE_ID.match(snapshot.ids[at]) is not None
    return scopes


def _hang_by_id(snapshot: Snapshot, parent: Ints, is_scope: Bools) -> None:
    names = [kind.name for kind in (*azure.SCOPES, *azure.RESOURCES)]
    loose = np.flatnonzero((snapshot.is_kind(*names) | is_scope) & (parent < 0))
    may_contain = is_scope | snapshot.is_kind(azure.STORAGE_ACCOUNT.name)
    for pattern in _ABOVE:
        found = snapshot.positions(_prefixes(snapshot.ids[loose], pattern))
        found[(found >= 0) & ~may_contain[found]] = -1
        parent[loose] = found
        loose = loose[found < 0]


def _prefixes(ids: Texts, pattern: re.Pattern[str]) -> Texts:
    column = np.empty(len(ids), object)
    matches = (pattern.match(each) for each in ids)
    column[:] = [match[1] if match else "" for match in matches]
    return column


def _uncircled(parent: Ints) -> Ints:
    """Return the parents without those of a chain that never ends: an export may lie."""
    above = parent
    for _ in range(_DEEPEST):
        above = np.where(above >= 0, parent[above], -1)
    return np.where(above >= 0, -1, parent).astype(np.int32)


def _hang_from_tenants(
    snapshot: Snapshot, parent: Ints, row: Longs, is_scope: Bools, is_root: Bools
) -> None:
    tenant = _tenants(snapshot, parent, is_root)
    top = np.flatnonzero(is_scope & (parent < 0) & (tenant >= 0))
    parent[top] = tenant[top]
    contains = snapshot.edges[azure.CONTAINS.name]
    stated = is_root[contains.source] & (parent[contains.target] == contains.source)
    row[contains.target[stated]] = contains.row[stated]


def _tenants(snapshot: Snapshot, parent: Ints, is_root: Bools) -> Ints:
    """Return the tenant of each node: stated, or that of what it contains, for no scope has two."""
    said = snapshot.value("tenant_id")
    known = np.array([isinstance(each, str) for each in said], bool)
    tenant = np.full(snapshot.n, -1, np.int32)
    tenant[known] = snapshot.positions(np.array([str(e).lower() for e in said[known]], object))
    tenant[(tenant >= 0) & ~is_root[tenant]] = -1
    contains = snapshot.edges[azure.CONTAINS.name]
    direct = is_root[contains.source]
    tenant[contains.target[direct]] = contains.source[direct]
    for _ in range(_DEEPEST):
        lacking = np.flatnonzero((parent >= 0) & (tenant >= 0))
        lacking = lacking[tenant[parent[lacking]] < 0]
        if not len(lacking):
            break
        tenant[parent[lacking]] = tenant[lacking]
    return tenant
