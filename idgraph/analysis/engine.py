"""Where a question is walked: over the whole graph in memory, or level by level over the store.

The walker is the same, and so is the answer. In memory the first question reads the whole graph
and the next ones are instant; over the store only what is reached is read, each time anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from idgraph.analysis.evidence import edge_texts
from idgraph.analysis.find import NameIndex, Role
from idgraph.analysis.provenance import Provenance
from idgraph.errors import InputError
from idgraph.stores.protocol import Store
from idgraph.stores.walking import graph_of, walkable_part

Engine = Literal["memory", "server"]

MEMORY: Engine = "memory"
SERVER: Engine = "server"

# Edges. Reading, naming and walking a graph takes 195 bytes an edge at its peak, measured with a
# node for every three edges: some 4 GB, about what a notebook on a laptop has to spare. Above it,
# a question walks over the store.
MOST_IN_MEMORY = 20_000_000

_STRICT = "strict"


def chosen(store: Store, wanted: str | None, *, as_of: str | None, profile: str) -> Engine:
    """Return the engine of a question: the wanted one, or by the size of the graph.

    Raises
    ------
    InputError
        There is no such engine, or the store cannot be walked as asked: it gives its newest graph
        under the strict profile piece by piece, and no other.
    """
    newest = as_of is None and profile == _STRICT
    if wanted is None:
        return SERVER if newest and store.size().edges > MOST_IN_MEMORY else MEMORY
    if wanted not in {MEMORY, SERVER}:
        raise InputError(
            f"the engine {wanted!r}", "is not known", hint=f"Choose {MEMORY} or {SERVER}."
        )
    if wanted == SERVER and not newest:
        raise InputError(
            f"the engine {SERVER}",
            f"walks the newest graph under the profile {_STRICT} only",
            hint=f"Choose the engine {MEMORY} for another moment or profile.",
        )
    return MEMORY if wanted == MEMORY else SERVER


class Part:
    """What can be walked from one identity, with what a question about it needs.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        Nothing, or more than one thing, is called so.
    """

    def __init__(
        self, store: Store, identity: str, targets: Iterable[str], provenance: Provenance
    ) -> None:
        self._store = store
        self._start = meant(store, identity, "identity")
        self._ends = {text: meant(store, text, "target") for text in targets}
        self._whole = walkable_part(store, self._start, also=sorted(self._ends.values()))
        self.graph = self._whole.graph
        self.provenance = replace(provenance, engine=SERVER)

    def find(self, text: str, role: Role) -> int:
        """Return the position of what one of the texts names that were asked about."""
        return self.graph.position(self._start if role == "identity" else self._ends[text])

    def evidence(self, edges: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the evidence of edges, as texts."""
        behind = [self._whole.behind(edge).tolist() for edge in edges]
        return edge_texts(self._store, behind)


def meant(store: Store, text: str, role: Role) -> str:
    """Return the id of the one node that a text means, as the whole graph would say it."""
    named = store.named(text.strip())
    names = NameIndex.of(graph_of(named.nodes), named.aliases)
    return str(names.graph.ids[names.find(text, role=role)])
