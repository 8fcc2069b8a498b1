"""What each node was reached with: sets of needs by number, so that columns can hold them.

The set of need x alone is the number -2 - x; sets of several are numbered as they turn up.
"""

from __future__ import annotations

import numpy as np

from idgraph.analysis.edges import SHARED, View
from idgraph.analysis.needs import beats
from idgraph.graph import Bools, Ints

FREE = 1  # the set of a node that is reached outright

_REFUSED = -1


class Held:
    """The needs that nodes hold; at most `cap` each, and `cut` when one had to be dropped."""

    def __init__(self, view: View, base: Ints, nodes: Ints, cap: int) -> None:
        """`base` are the steps to nodes reached outright, `nodes` the positions in the graph."""
        self.needs = view.needs
        self.guarding = view.edges.guarding
        self.of_node = np.where(base >= 0, FREE, 0).astype(np.int32)
        self.settled: Bools = base >= 0  # holds a need that nothing asks for again
        self.cap = cap
        self.cut = False
        self._sets: list[tuple[int, ...]] = [(), (0,)]
        self._numbers = {each: number for number, each in enumerate(self._sets)}
        self._memo: dict[tuple[int, int], int] = {}
        self._live = self.guarding.live
        self._nodes = nodes

    def by(self, node: int) -> tuple[int, ...]:
        """Return the numbers of the needs that a node holds."""
        return self._set(int(self.of_node[node]))

    def _set(self, number: int) -> tuple[int, ...]:
        return (-2 - number,) if number < 0 else self._sets[number]

    def enter(self, nodes: Ints, needs: Ints, at_home: Bools) -> Bools:
        """Give each node a need unless it holds one that serves as well; return who took it.

        Nodes do not repeat. `at_home` says where a node may ask for a guard of its need again.
        """
        then = -2 - needs  # the set of this need alone
        full = np.flatnonzero(self.of_node[nodes])
        pairs = self.of_node[nodes[full]].astype(np.int64) << 32 | needs[full]
        used, which = np.unique(pairs, return_inverse=True)
        sets = [self._with(pair >> 32, pair & 0xFFFFFFFF) for pair in used.tolist()]
        then[full] = np.array(sets, np.int32)[which]
        for at in full[at_home[full]].tolist():
            then[at] = self._with_at(int(nodes[at]), int(needs[at]))
        took: Bools = then != _REFUSED
        self.of_node[nodes[took]] = then[took]
        return took

    def would_take(self, node: int, need: int) -> bool:
        """Return whether a node holds nothing yet that serves as well as a need."""
        held = int(self.of_node[node])
        return held == 0 or (held != FREE and not self._beaten(held, need, self._live_at(node)))

    def asked_again_at(self, node: int) -> frozenset[str]:
        """Return the guards that only this node may ask for again."""
        return self._live.get(int(self._nodes[node]), frozenset())

    def _with(self, held: int, need: int) -> int:
        if (held, need) not in self._memo:
            self._memo[held, need] = self._added(held, need, self._live[SHARED])
        return self._memo[held, need]

    def _with_at(self, node: int, need: int) -> int:
        return self._added(int(self.of_node[node]), need, self._live_at(node))

    def _live_at(self, node: int) -> frozenset[str]:
        return self._live[SHARED] | self.asked_again_at(node)

    def _beaten(self, held: int, need: int, live: frozenset[str]) -> bool:
        mine = self.needs[need]
        return any(beats(self.needs[each], mine, live) for each in self._set(held))

    def _added(self, held: int, need: int, live: frozenset[str]) -> int:
        """Return the number of a set with one need more, or that it is refused."""
        have = self._set(held)
        if held == FREE or self._beaten(held, need, live):
            return _REFUSED
        if len(have) >= self.cap:
            self.cut = True
            return _REFUSED
        together = (*have, need)
        if together not in self._numbers:
            self._numbers[together] = len(self._sets)
            self._sets.append(together)
        return self._numbers[together]
