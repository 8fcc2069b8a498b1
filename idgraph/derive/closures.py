"""Closures that several rules share: what groups pass on, who is below one, whose tenant it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import ref

import numpy as np

from idgraph.graph import Ints, Longs, Texts, csr
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

T = TypeVar("T")


def once(answer: Callable[[Snapshot], T]) -> Callable[[Snapshot], T]:
    """Return a function that remembers its answer for the snapshot it was last asked about.

    A snapshot never changes, so several rules may share what is costly to work out.
    """
    last: list[tuple[ref[Snapshot], T]] = []

    @wraps(answer)
    def remembering(snapshot: Snapshot) -> T:
        for whose, known in last:
            if whose() is snapshot:
                return known
        found = answer(snapshot)
        last[:] = [(ref(snapshot, lambda _: last.clear()), found)]
        return found

    return remembering


def inherited(snapshot: Snapshot, bits: Longs) -> Longs:
    """Return bits by node, with those of every group, at any depth, added to its members."""
    table = snapshot.edges[entra.MEMBER_OF.name]
    held = bits.copy()
    while True:
        useful = held[table.target] & ~held[table.source] != 0
        if not useful.any():
            return held
        np.bitwise_or.at(held, table.source[useful], held[table.target[useful]])


def members_below(snapshot: Snapshot, groups: Ints) -> list[Ints]:
    """Return, for each group, its members at any depth, ascending, without the group itself."""
    table = snapshot.edges[entra.MEMBER_OF.name]
    below = csr(snapshot.n, table.target, table.source)
    found = []
    for group in groups:
        seen = np.zeros(snapshot.n, bool)
        seen[group] = True
        front = np.array([group], np.int32)
        while len(front):
            after = np.unique(below.nbr[below.slots(front)])
            front = after[~seen[after]].astype(np.int32)
            seen[front] = True
        seen[group] = False
        found.append(np.flatnonzero(seen).astype(np.int32))
    return found


@once
def tenant_of(snapshot: Snapshot) -> Texts:
    """Return the tenant id of every node.

    Where an export does not say it, a role's id does, and a tenant is its own; any other node is
    of the only tenant that anything is in, or of "" when there are several.
    """
    said = [str(each or "").lower() for each in snapshot.value("tenant_id")]
    for at in snapshot.of_kind(entra.ROLE.name):
        said[at] = said[at] or str(snapshot.ids[at]).partition("@")[2]
    tenants = snapshot.of_kind(entra.TENANT.name)
    for at in tenants:
        said[at] = ""  # a tenant that is merely known of has nothing in the directory
    named = {each for each in said if each} or {str(each) for each in snapshot.ids[tenants]}
    for at in tenants:
        said[at] = str(snapshot.ids[at])
    only = next(iter(named)) if len(named) == 1 else ""
    column = np.empty(snapshot.n, object)
    column[:] = [each or only for each in said]
    return column
