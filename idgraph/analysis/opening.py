"""Opening gates: k legs held, each by another account, in the fewest steps.

A gate takes as many steps as the longest of its legs. All that a gate leads to is more steps
away than what opens it, so gates open in the order of their steps, like the nodes of a
shortest-path search, until no gate opens earlier any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from idgraph.analysis.edges import View
from idgraph.analysis.gates import Gates
from idgraph.analysis.levels import UNREACHED, spread
from idgraph.graph import Bools, Ints

FAR = np.iinfo(np.int32).max


class Stand(NamedTuple):
    """Who stands for a leg by which part; the part starts at another node where anybody may."""

    account: int
    part: int


class Hops(Protocol):
    """The steps to nodes under a view, as a search knows them."""

    view: View

    @property
    def nearest(self) -> Ints:
        """Accounts held, those in the fewest steps first: as many as a gate asks for."""

    def hops_of(self, nodes: Ints) -> Ints:
        """Return the steps to nodes, UNREACHED where no way leads."""


def open_gates(view: View, hops: Ints) -> Ints:
    """Work gates that open into the steps, in place, and return the nodes that changed."""
    gates = view.edges.gates
    changed = [np.zeros(0, np.int32)]
    usable = np.flatnonzero(view.need_of_parts == 0).astype(np.int32) if gates else changed[0]
    while len(usable):
        steps = _opening_steps(view, hops, usable)
        now = hops[gates.node]
        earlier = steps < np.where(now < 0, FAR, now)
        if not earlier.any():
            break
        level = int(steps[earlier].min())
        opened = gates.node[earlier & (steps == level)]
        changed.append(spread(view, hops, opened, np.full(len(opened), level, np.int32)))
    return np.unique(np.concatenate(changed))


def nearest_accounts(view: View, hops: Ints) -> Ints:
    """Return the accounts held in the fewest steps, then by id; the start counts as one."""
    gates = view.edges.gates
    most = int(gates.k.max(initial=0))
    if not gates or not (gates.any_account & (view.need_of_parts >= 0)).any():
        return np.zeros(0, np.int32)
    accounts = view.edges.graph.accounts.copy()
    accounts[view.start] = True
    found: list[Ints] = []
    for level in range(int(hops.max(initial=0)) + 1):
        found.append(np.flatnonzero(accounts & (hops == level)).astype(np.int32))
        if sum(map(len, found)) >= most:
            break
    return np.concatenate(found)[:most]


def _opening_steps(view: View, hops: Ints, usable: Ints) -> Ints:
    """Return the steps in which each gate opens as things stand, FAR where it does not."""
    gates = view.edges.gates
    tails = gates.tails[usable]
    held = usable[hops[tails] >= 0]
    cost = hops[gates.tails[held]] + gates.hops[held]
    steps = np.full(len(gates), FAR, np.int32)
    for gate in _worth_trying(gates, held, cost, hops[gates.node]):
        nearest = nearest_accounts(view, hops)
        choice = _Choice(gates, gate, dict(zip(held.tolist(), cost.tolist(), strict=True)))
        steps[gate] = choice.fewest_steps([(int(hops[each]), each) for each in nearest.tolist()])
    return steps


def _worth_trying(gates: Gates, held: Ints, cost: Ints, now: Ints) -> list[int]:
    """Return the gates of which enough legs are held to open earlier than they do now."""
    least = np.full(int(gates.legs[-1]), FAR, np.int64)
    np.minimum.at(least, gates.leg[held], cost)
    order = np.lexsort((least, gates.gate_of_leg))
    in_time = gates.legs[:-1] + gates.k - 1  # the k-th leg, the nearest first
    enough = np.diff(gates.legs) >= gates.k
    bound = np.full(len(gates), FAR, np.int64)
    bound[enough] = least[order][in_time[enough]]
    return [int(each) for each in np.flatnonzero(bound < np.where(now < 0, FAR, now))]


class _Choice:
    """The choice of legs and accounts for one gate, parts being given with their steps."""

    def __init__(self, gates: Gates, gate: int, cost: dict[int, int]) -> None:
        self.k = int(gates.k[gate])
        self.gates = gates
        self.legs = gates.legs_of(gate)
        self.cost = {
            part: cost[part] for leg in self.legs for part in gates.parts_of(leg) if part in cost
        }

    def fewest_steps(self, nearest: Sequence[tuple[int, int]]) -> int:
        """Return the fewest steps in which k legs are held by different accounts, or FAR."""
        offers = [self._offers(leg, nearest) for leg in self.legs]
        for steps in sorted({steps for offer in offers for steps, *_ in offer}):
            if len(self._matched(offers, steps)) >= self.k:
                return steps
        return FAR

    def stands(self, nearest: Sequence[tuple[int, int]], steps: int) -> list[Stand]:
        """Return who stands for which leg when the gate opens in this many steps."""
        offers = [self._offers(leg, nearest) for leg in self.legs]
        matched = self._matched(offers, steps)
        first: dict[tuple[int, int], int] = {}
        for leg, offer in enumerate(offers):
            for _, account, part in offer:
                first.setdefault((leg, account), part)
        chosen = sorted((leg, account) for account, leg in matched.items())
        return [Stand(account, first[leg, account]) for leg, account in chosen]

    def _offers(self, leg: int, nearest: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Return (steps, account, part) for a leg, the fewest steps first.

        As many accounts as legs are asked for are enough: one more could always be exchanged
        for one of those.
        """
        gates, found = self.gates, list[tuple[int, int, int]]()
        for part in gates.parts_of(leg):
            if part not in self.cost:
                continue
            if not _is_gate(gates, gates.parts[part].node):
                found.append((self.cost[part], gates.parts[part].node, part))
            if gates.any_account[part]:
                found += [
                    (max(self.cost[part], steps), account, part) for steps, account in nearest
                ]
        by_account: dict[int, tuple[int, int, int]] = {}
        for each in sorted(found):
            by_account.setdefault(each[1], each)
        return list(by_account.values())[: self.k]

    def _matched(self, offers: list[list[tuple[int, int, int]]], most: int) -> dict[int, int]:
        """Return k accounts with a leg each, as many as can be if they are fewer."""
        in_time = [[account for steps, account, _ in offer if steps <= most] for offer in offers]
        leg_of: dict[int, int] = {}
        for leg in range(len(in_time)):
            if len(leg_of) < self.k:
                _match(leg, in_time, leg_of, set())
        return leg_of


def _match(leg: int, accounts: list[list[int]], leg_of: dict[int, int], tried: set[int]) -> bool:
    """Find an account for a leg; one that stands for another leg may have to change."""
    for account in accounts[leg]:
        if account in tried:
            continue
        tried.add(account)
        if account not in leg_of or _match(leg_of[account], accounts, leg_of, tried):
            leg_of[account] = leg
            return True
    return False


def _is_gate(gates: Gates, node: int) -> bool:
    at = gates.number(node)
    return at < len(gates) and int(gates.node[at]) == node


def stands(search: Hops, gate: int, steps: int) -> list[Stand]:
    """Return who stands for the legs of the gate at a node that opens in this many steps."""
    view = search.view
    gates = view.edges.gates
    number = gates.number(gate)
    parts = [
        part
        for leg in gates.legs_of(number)
        for part in gates.parts_of(leg)
        if view.need_of_parts[part] == 0
    ]
    tails = np.array([gates.parts[part].node for part in parts], np.int32)
    reached = search.hops_of(tails)
    cost = {
        part: int(hops) + gates.parts[part].hops
        for part, hops in zip(parts, reached.tolist(), strict=True)
        if hops != UNREACHED
    }
    nearest = search.nearest
    known = zip(search.hops_of(nearest).tolist(), nearest.tolist(), strict=True)
    return _Choice(gates, number, cost).stands(list(known), steps)


def legs_held(view: View, reached: Bools, gates: Iterable[int]) -> list[int]:
    """Return those of some gates of which as many legs are reached as they ask for."""
    known = view.edges.gates
    usable = np.flatnonzero((view.need_of_parts >= 0) & reached[known.tails])
    legs = np.unique(known.leg[usable])
    held = np.bincount(known.gate_of_leg[legs], minlength=len(known))
    return [gate for gate in gates if held[gate] >= known.k[gate]]
