"""Sets of guards that are still needed: interned, ranked, and compared.

A need is a sorted tuple of guards. Needs are ranked by what they ask of the attacker: the
fewest blind spots, then the fewest guards proper, then the lexicographically first. A path that
goes on from a node only ever adds to a need, so ranks never fall along a path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from idgraph.catalogue import UNKNOWN

Need = tuple[str, ...]
Rank = tuple[int, int, Need, Need]

_BLIND = f"{UNKNOWN.name}:"


def is_blind(guard: str) -> bool:
    """Return whether a guard marks an edge that only missing data could add."""
    return guard.startswith(_BLIND)


def blind(need: Need) -> Need:
    """Return the blind spots of a need, as guards."""
    if not need or need[-1] < _BLIND:  # needs are sorted
        return ()
    return tuple(guard for guard in need if guard.startswith(_BLIND))


def proper(need: Need) -> Need:
    """Return the guards of a need that an attacker could pass."""
    if not need or need[-1] < _BLIND:
        return need
    return tuple(guard for guard in need if not guard.startswith(_BLIND))


def subject(guard: str) -> str:
    """Return what a guard is on."""
    return guard.partition(":")[2]


def rank(need: Need) -> Rank:
    """Return the place of a need in the order in which they are preferred."""
    unseen, guards = blind(need), proper(need)
    return len(unseen), len(guards), unseen, guards


def beats(one: Need, other: Need, live: Collection[str]) -> bool:
    """Return whether every way on from a node is served at least as well by `one`.

    `live` are the guards that may be asked again on a way that goes on from the node; all others
    never will be, so they are paid for already. When `one` beats `other`, then for every way on
    that asks for g, `one + g` ranks no later than `other + g`.
    """
    parts = [_compare(pick(one), pick(other), live) for pick in (blind, proper)]
    for slack, _ in parts:
        if slack:
            return slack > 0
    return next((first for _, first in parts if first is not None), True)


def _compare(one: Need, other: Need, live: Collection[str]) -> tuple[int, bool | None]:
    """Return by how many guards `one` is smaller on the worst way on, and who comes first there.

    The second is None where the two are equal whenever they are of one size.
    """
    first, second = frozenset(one), frozenset(other)
    lasting = {guard for guard in second - first if guard not in live}
    extra = first - second
    slack = len(lasting) - len(extra)
    return slack, min(extra) < min(lasting) if lasting and extra else None


class Needs:
    """Needs by number; 0 is the empty one. A child adds its own and leaves its parent alone."""

    def __init__(self, parent: Needs | None = None) -> None:
        self._parent = parent
        self._offset = len(parent) if parent else 0
        self._needs: list[Need] = []
        self._numbers: dict[Need, int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self._ranks: dict[int, Rank] = {}
        self.facts: dict[Any, Any] = {}  # what a search has worked out about each
        if parent is None:
            self.number(())

    def __len__(self) -> int:
        return self._offset + len(self._needs)

    def __getitem__(self, number: int) -> Need:
        if self._parent is not None and number < self._offset:
            return self._parent[number]
        return self._needs[number - self._offset]

    def __iter__(self) -> Iterator[Need]:
        if self._parent is not None:
            yield from self._parent
        yield from self._needs

    def number(self, need: Need) -> int:
        """Return the number of a need, given as a sorted tuple without repeats."""
        known = self._find(need)
        if known is None:
            known = self._numbers[need] = len(self)
            self._needs.append(need)
        return known

    def _find(self, need: Need) -> int | None:
        inherited = self._parent._find(need) if self._parent is not None else None  # noqa: SLF001  its own kind
        return self._numbers.get(need) if inherited is None else inherited

    def union(self, one: int, other: int) -> int:
        """Return the number of two needs together."""
        if one in {0, other}:
            return other
        pair = (one, other)
        if pair not in self._unions:
            together = {*self[one], *self[other]}
            self._unions[pair] = self.number(tuple(sorted(together)))
        return self._unions[pair]

    def rank(self, number: int) -> Rank:
        """Return the rank of a need by its number."""
        if self._parent is not None and number < self._offset:
            return self._parent.rank(number)
        if number not in self._ranks:
            self._ranks[number] = rank(self[number])
        return self._ranks[number]
