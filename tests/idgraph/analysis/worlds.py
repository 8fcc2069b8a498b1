"""Small worlds for tests of analysis: a catalogue of a few kinds, and graphs written as text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations, product

import numpy as np

from idgraph.analysis.needs import blind, proper, rank
from idgraph.analysis.scenario import Scenario
from idgraph.catalogue import Catalogue, EdgeKind, Flow, NodeKind
from idgraph.graph import TrustGraph, graph_from_columns
from idgraph.vocabulary.common import (
    BLIND_SPOT,
    GATE,
    HUB,
    LEG,
    POWER,
    between,
    gate_id,
    gate_threshold,
    leg_id,
)


def node_kind(name: str, **fields: bool) -> NodeKind:
    return NodeKind(name=name, label=name.lower(), platform="test", about="A test's.", **fields)


USER = node_kind("User", is_person=True)
GROUP = node_kind("Group", wants_owner=True)
ROBOT = node_kind("Robot", is_nhi=True, wants_owner=True)
ROLE = node_kind("Role", is_privileged=True)
VAULT = node_kind("Vault", is_secret_store=True, wants_owner=True)
STORE = node_kind("Store", is_data=True)
NODES = (USER, GROUP, ROBOT, ROLE, VAULT, STORE, POWER, HUB, BLIND_SPOT, GATE, LEG)


def edge_kind(name: str, reads: str, flow: Flow) -> EdgeKind:
    said = "" if flow is Flow.NONE else "Said."
    return EdgeKind(
        name=name,
        reads=reads,
        ends=between(NODES, NODES),
        flow=flow,
        allows=said,
        verify=said,
        remove=said,
        logged=said,
        frameworks=() if flow is Flow.NONE else ("NIST-CSF:PR.AA-05",),
    )


HAS = edge_kind("HAS", "has", Flow.RIGHTS)
TAKES = edge_kind("TAKES", "can take", Flow.CONTROL)
NEAR = edge_kind("NEAR", "stands near", Flow.NONE)
CATALOGUE = Catalogue(NODES, (HAS, TAKES, NEAR))

Edge = tuple[str, str, str, tuple[str, ...]]  # source, kind, target, guards


def world(
    nodes: dict[str, NodeKind],
    edges: Iterable[Edge],
    *,
    order: Sequence[int] | None = None,
    names: dict[str, str] | None = None,
) -> TrustGraph:
    """Return a graph; `order` is the order in which its edges are handed over."""
    listed = list(edges)
    rows = list(range(len(listed)))
    if order is not None:
        listed, rows = [listed[at] for at in order], [rows[at] for at in order]
    place = {node: at for at, node in enumerate(nodes)}
    sets: dict[tuple[str, ...], int] = {(): 0}
    guards = [sets.setdefault(tuple(sorted(set(each[3]))), len(sets)) for each in listed]
    return graph_from_columns(
        CATALOGUE,
        ids=list(nodes),
        kinds=[kind.name for kind in nodes.values()],
        names=[(names or {}).get(node, node.title()) for node in nodes],
        source=[place[each[0]] for each in listed],
        target=[place[each[2]] for each in listed],
        edge_kinds=[each[1] for each in listed],
        guards=np.array(guards, np.int32),
        rows=np.array(rows, np.int64),
        guard_sets=tuple(sets),
    )


GUARDS = ("approval:g", "condition:c", "device:d", "mfa:m", "pim:p")
DOUBTS = ("assume:a", "assume:b", "unknown:u", "unknown:v")


def random_world(chance: random.Random, size: int = 8) -> TrustGraph:
    """Return a small graph with hubs, blind spots, parallel edges, loops and guards."""
    count = chance.randint(2, size)
    kinds = [
        chance.choice((USER, GROUP, ROBOT, ROLE, VAULT, STORE, HUB, BLIND_SPOT))
        for _ in range(count)
    ]
    kinds[0] = USER
    nodes = {f"n{at:02}": kind for at, kind in enumerate(kinds)}
    ids = list(nodes)
    hubs = {node for node, kind in nodes.items() if kind is HUB}
    density = chance.choice((0.8, 1.5, 2.5))
    palette = _palette(chance, ids)
    edges = []
    for _ in range(int(count * density) + 1):
        source, target = chance.choice(ids), chance.choice(ids)
        if source in hubs and target in hubs:
            continue
        guards = tuple(chance.choice(palette) for _ in range(chance.choice((0, 0, 0, 1, 1, 2))))
        edges.append((source, chance.choice(("HAS", "HAS", "TAKES", "NEAR")), target, guards))
        if chance.random() < 0.5 and guards == ():  # a guard of the account that is entered
            edges.append((source, "TAKES", target, (f"mfa:{target}",)))
    return world(nodes, edges)


def _palette(chance: random.Random, ids: list[str]) -> list[str]:
    own = [f"mfa:{node}" for node in ids]
    return chance.sample([*GUARDS, *DOUBTS, *own], k=chance.randint(1, 6))


# A slow oracle: every subset of guards, one graph each.


class Oracle:
    """The verdict, the needs, the hops of each node, by trying every subset of guards."""

    def __init__(
        self, graph: TrustGraph, start: int, scenario: Scenario, *, every_set: bool = False
    ) -> None:
        self.graph = graph
        self.every_set = every_set
        self.start = start
        self.entry = set(scenario.entry(str(graph.ids[start])))
        passed = set(scenario.passed(str(graph.ids[start]))) | self.entry
        self.needs = [self._need(edge, passed) for edge in range(graph.m)]
        self.doubtful = [
            any(g.startswith("assume:") for g in graph.guards_of(edge)) for edge in range(graph.m)
        ]
        self.best = self._best()

    def _need(self, edge: int, passed: set[str]) -> frozenset[str]:
        guards = set(self.graph.guards_of(edge))
        source = int(self.graph.source[edge])
        if self.graph.blind_spots[source] and not self._says_so(edge):
            into = np.flatnonzero((self.graph.target == source) & self.graph.walkable)
            if not all(self._says_so(each) for each in into):
                guards.add(f"unknown:{self.graph.ids[source]}")
        return frozenset(
            g
            for g in guards
            if not g.startswith("assume:") and g not in passed and g.split(":")[0] not in passed
        )

    def _says_so(self, edge: int) -> bool:
        return any(guard.startswith("unknown:") for guard in self.graph.guards_of(edge))

    def _best(self) -> dict[int, tuple[tuple[str, ...], int, bool]]:
        alphabet = sorted(set().union(*self.needs)) if self.needs else []
        best: dict[int, tuple[tuple[str, ...], int, bool]] = {}
        every = self._distances(alphabet, assume=True)
        self.sufficient: dict[int, list[frozenset[str]]] = {node: [] for node in every}
        subsets = [
            subset for size in range(len(alphabet) + 1) for subset in combinations(alphabet, size)
        ]
        for subset in sorted(subsets, key=rank):
            full = self._distances(subset, assume=True)
            fresh = full.keys() - best.keys()
            clean = self._distances(subset, assume=False) if fresh else {}
            for node in fresh:
                need = tuple(sorted({*subset, *self.entry})) if node != self.start else ()
                best[node] = (need, clean.get(node, full[node]), node in clean)
            for node in full:
                if not any(each <= set(subset) for each in self.sufficient[node]):
                    self.sufficient[node].append(frozenset(subset))
            if not self.every_set and len(best) == len(every):
                break
        return best

    def _distances(self, subset: Iterable[str], *, assume: bool) -> dict[int, int]:
        allowed = set(subset)
        usable = [
            edge
            for edge in range(self.graph.m)
            if self.graph.walkable[edge]
            and self.needs[edge] <= allowed
            and (assume or not self.doubtful[edge])
        ]
        return Fixpoint(self.graph, self.start, usable).steps

    def verdict(self, node: int) -> str | None:
        if node not in self.best:
            return None
        need = self.best[node][0]
        return "cannot_tell" if blind(need) else "reached_if" if proper(need) else "reached"


class Fixpoint:
    """The fewest shown steps by edges that are usable, gates opened until nothing changes."""

    def __init__(self, graph: TrustGraph, start: int, usable: list[int]) -> None:
        self.graph, self.start = graph, start
        gates = graph.gates
        self.ends = [(int(graph.source[e]), int(graph.target[e]), e) for e in usable]
        self.ways = [(a, b) for a, b, _ in self.ends if not gates[b]]
        self.gates = {int(b) for _, b, _ in self.ends if gates[b]}
        self.steps = {start: 0}
        self._settle()

    def _weight(self, tail: int, head: int) -> int:
        hubs = self.graph.hubs
        return 0 if hubs[tail] and not hubs[head] else 1

    def _settle(self) -> None:
        changed = True
        while changed:
            changed = self._walk()
            for gate in self.gates:
                steps = self._opened(gate)
                if steps is not None and steps < self.steps.get(gate, steps + 1):
                    self.steps[gate] = steps
                    changed = True

    def _walk(self) -> bool:
        any_change, changed = False, True
        while changed:
            changed = False
            for tail, head in self.ways:
                if tail not in self.steps:
                    continue
                steps = self.steps[tail] + self._weight(tail, head)
                if steps < self.steps.get(head, steps + 1):
                    self.steps[head] = steps
                    any_change = changed = True
        return any_change

    def _stands(self, node: int) -> bool:
        return bool(self.graph.accounts[node]) or node == self.start

    def _holders(self, leg: int) -> dict[int, int]:
        """Return who may stand for a leg, in how many steps."""
        found: dict[int, int] = {}
        for (node, anybody), steps in self._parts(leg).items():
            stands = self._stands(node)
            if node not in self.steps or not (stands or self.graph.gates[node]):
                continue
            total = self.steps[node] + steps
            if stands:
                found[node] = min(total, found.get(node, total))
            others = self.steps.items() if anybody else ()
            for other, far in others:
                if self._stands(other):
                    most = max(total, far)
                    found[other] = min(most, found.get(other, most))
        return found

    def _parts(self, leg: int) -> dict[tuple[int, bool], int]:
        """Return from where a leg is reached past no account, and whether control lies between."""
        kinds = self.graph.catalogue.node_kinds
        is_leg = kinds[self.graph.kinds[leg]].name == "Leg"
        ways = {(leg, False): 0}
        todo = [(leg, False)]
        while todo:
            head, anybody = todo.pop()
            if self.graph.accounts[head] or self.graph.gates[head]:
                continue
            for tail, other, edge in self.ends:
                if other != head:
                    continue
                control = self.graph.edge_kind_name(edge) == "TAKES"
                control = control and not (head == leg and is_leg)
                now = (tail, anybody or control or bool(self.graph.gates[tail]))
                steps = ways[head, anybody] + self._weight(tail, head)
                if steps < ways.get(now, steps + 1):
                    ways[now] = steps
                    todo.append(now)
        return ways

    def _opened(self, gate: int) -> int | None:
        k = gate_threshold(str(self.graph.ids[gate]))
        legs = sorted({tail for tail, head, _ in self.ends if head == gate})
        held = [self._holders(leg) for leg in legs]
        best = None
        for some in combinations(held, k):
            for accounts in product(*some):
                if len(set(accounts)) == k:
                    steps = max(one[who] for one, who in zip(some, accounts, strict=True))
                    best = steps if best is None else min(best, steps)
        return best


def random_gates(chance: random.Random, size: int = 7) -> TrustGraph:
    """Return a small graph with gates whose legs are held by accounts, groups and other gates."""
    count = chance.randint(3, size)
    nodes = {
        f"a{at:02}": chance.choice((USER, USER, GROUP, ROBOT, ROLE, HUB, BLIND_SPOT))
        for at in range(count)
    }
    nodes["a00"] = chance.choice((USER, USER, USER, GROUP))
    ids, edges = list(nodes), list[Edge]()
    palette = chance.sample([*GUARDS, *DOUBTS, *(f"mfa:{each}" for each in ids)], k=3)
    often = chance.choice((1, 2, 3))

    def some(rarer: int = 0) -> tuple[str, ...]:
        return (chance.choice(palette),) if chance.randrange(often + rarer) == 0 else ()

    def flow() -> str:
        return chance.choice(("HAS", "HAS", "TAKES"))

    before: list[str] = []  # what the gate before opens, and what may lead on from there
    for number in range(chance.choice((1, 1, 2))):
        legs = chance.choice((1, 2, 2, 2, 3))
        gate = gate_id(chance.randint(1, legs), f"g{number}")
        nodes[gate] = GATE
        holders = before if before and chance.random() < 0.7 else ids
        for leg in range(legs):
            nodes[leg_id(str(leg), f"g{number}")] = LEG
            edges.append((leg_id(str(leg), f"g{number}"), "HAS", gate, some(4)))
            for _ in range(chance.choice((1, 1, 2, 3))):
                holder = chance.choice(holders if leg == 0 else ids)
                edges.append((holder, flow(), leg_id(str(leg), f"g{number}"), some(1)))
        before = [f"x{number}"]
        nodes[before[0]] = chance.choice((USER, GROUP, ROLE))
        targets = [*before, *chance.sample(ids, k=chance.choice((0, 1, 2)))]
        edges += [(gate, flow(), target, some(4)) for target in targets]
        if chance.random() < 0.5:  # the guarded edge beside the gate
            edges.append((chance.choice(ids), "TAKES", targets[0], (f"approval:g{number}",)))
    hubs = {node for node, kind in nodes.items() if kind is HUB}
    for _ in range(int(count * chance.choice((0.7, 1.2, 1.8)))):
        source, target = chance.choice(ids), chance.choice(ids)
        if not (source in hubs and target in hubs):
            edges.append((source, flow(), target, some()))
    return world(nodes, edges)
