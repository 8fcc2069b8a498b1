"""What each node was reached with: sets of needs by number, so that columns can hold them."""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import SHARED, View, table_of
from idgraph.analysis.needs import beats
from idgraph.graph import Bools, Ints

FREE = 1  # the set of a node that is reached outright

_REFUSED = -1


class Held:
    """The needs that nodes hold; at most `cap` each, and `cut` when one had to be dropped."""

    def __init__(self, view: View, base: Ints, cap: int) -> None:
        self.needs = view.needs
        self.guarding = view.edges.guarding
        self.of_node = np.where(base >= 0, FREE, 0).astype(np.int32)
        self.settled: Bools = base >= 0  # holds a need, without blind spot, that nothing asks again
        self.cap = cap
        self.cut = False
        self._sets: list[tuple[int, ...]] = [(), (0,)]
        self._numbers = {each: number for number, each in enumerate(self._sets)}
        self._memo: dict[tuple[int, int], int] = {}
        self._homes: dict[int, tuple[int, ...]] = {}
        self._live = self.guarding.live

    def by(self, node: int) -> tuple[int, ...]:
        """Return the numbers of the needs that a node holds."""
        return self._sets[self.of_node[node]]

    def enter(self, nodes: Ints, needs: Ints) -> Bools:
        """Give each node a need unless it holds one that serves as well; return who took it.

        Nodes do not repeat.
        """
        then = np.empty(len(nodes), np.int64)
        pairs = self.of_node[nodes].astype(np.int64) << 32 | needs
        used, which = np.unique(pairs, return_inverse=True)
        then = np.array([self._with(pair >> 32, pair & 0xFFFFFFFF) for pair in used.tolist()],
                        np.int64).reshape(-1)[which]
        for at in self._at_home(nodes, needs):
            then[at] = self._with_at(int(nodes[at]), int(needs[at]))
        took = then != _REFUSED
        self.of_node[nodes[took]] = then[took]
        return took

    def _at_home(self, nodes: Ints, needs: Ints) -> list[int]:
        """Return where a need holds a guard that its very node may ask for again."""
        at_home: list[int] = np.flatnonzero(self.at_home(nodes, needs)).tolist()
        return at_home

    def at_home(self, nodes: Ints, needs: Ints) -> Bools:
        """Return, for nodes with a need, whether the node may ask for a guard of it again."""
        used, which = np.unique(needs, return_inverse=True)
        homes = table_of([self._homes_of(need) for need in used.tolist()])
        at_home: Bools = (homes[which] == nodes[:, None]).any(axis=1)
        return at_home

    def _homes_of(self, need: int) -> tuple[int, ...]:
        if need not in self._homes:
            self._homes[need] = self.guarding.homes(self.needs[need])
        return self._homes[need]

    def asked_again_at(self, node: int) -> frozenset[str]:
        """Return the guards that only this node may ask for again."""
        return self._live.get(node, frozenset())

    def _with(self, held: int, need: int) -> int:
        if (held, need) not in self._memo:
            self._memo[held, need] = self._added(held, need, self._live[SHARED])
        return self._memo[held, need]

    def _with_at(self, node: int, need: int) -> int:
        live = self._live[SHARED] | self.asked_again_at(node)
        return self._added(int(self.of_node[node]), need, live)

    def _added(self, held: int, need: int, live: frozenset[str]) -> int:
        """Return the number of a set with one need more, or that it is refused."""
        mine = self.needs[need]
        if held == FREE or any(beats(self.needs[each], mine, live) for each in self._sets[held]):
            return _REFUSED
        if len(self._sets[held]) >= self.cap:
            self.cut = True
            return _REFUSED
        together = (*self._sets[held], need)
        if together not in self._numbers:
            self._numbers[together] = len(self._sets)
            self._sets.append(together)
        return self._numbers[together]
