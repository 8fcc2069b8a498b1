"""Random graphs with gates, and a slow oracle for reach through them, from each start alone."""

import random
from itertools import combinations, product

import numpy as np

from idgraph.analysis.needs import is_blind
from idgraph.catalogue import Flow
from idgraph.vocabulary.common import gate_id, gate_threshold, leg_id
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    GATE,
    GROUP,
    GUARDS,
    HUB,
    LEG,
    POWER,
    ROBOT,
    ROLE,
    STORE,
    USER,
    VAULT,
    world,
)


def chances(count):
    """Yield sources of chance, the same in each run, with the number that names each."""
    for seed in range(count):
        yield seed, random.Random(seed)  # noqa: S311  a seed that can be named


PLAIN = (USER, USER, USER, GROUP, GROUP, ROBOT, ROLE, VAULT, STORE, POWER, HUB, BLIND_SPOT)


def gated_world(chance: random.Random, size: int = 9):
    """Return a small graph with gates, behind one another and in circles."""
    kinds = [USER, *(chance.choice(PLAIN) for _ in range(chance.randint(2, size)))]
    nodes = {f"n{at:02}": kind for at, kind in enumerate(kinds)}
    ids = list(nodes)
    palette = chance.sample([*GUARDS, "unknown:u", "assume:a"], k=4)
    if chance.random() < 0.3:
        palette.append(f"mfa:{chance.choice(ids)}")

    def guards():
        return tuple(chance.choice(palette) for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 2))))

    edges = []
    for _ in range(int(len(ids) * chance.choice((0.6, 1.0, 1.6)))):
        source, target = chance.choice(ids), chance.choice(ids)
        if nodes[source] is HUB and nodes[target] is HUB:
            continue
        kind = chance.choice(("HAS", "HAS", "TAKES", "NEAR"))
        own = (f"mfa:{chance.choice((source, target))}",) if chance.random() < 0.2 else ()
        edges.append((source, kind, target, (*guards(), *own)))
    for number in range(chance.choice((1, 1, 2, 3))):
        legs = chance.choice((1, 2, 2, 2, 3))
        gate = gate_id(chance.randint(1, legs), f"g{number}")
        nodes[gate] = GATE
        for at in range(legs):
            leg = leg_id(f"l{at}", f"g{number}")
            nodes[leg] = LEG
            edges.append((leg, "HAS", gate, ()))
            for _ in range(chance.choice((0, 1, 1, 2, 3))):
                source = chance.choice(ids)
                own = (f"mfa:{source}",) if chance.random() < 0.3 else ()
                edges.append((source, chance.choice(("HAS", "TAKES")), leg, (*guards(), *own)))
        edges.append((gate, "HAS", chance.choice(ids), ()))
    return world(nodes, edges)


class Naive:
    """The verdict on every node from one start, by trying every way to take the legs of a gate."""

    def __init__(self, graph, start, scenario):
        self.graph, self.start, self.scenario = graph, start, scenario
        own = scenario.singles(str(graph.ids[start]))
        self.on = [self._guards(edge) for edge in range(graph.m)]
        self.left = [
            {each for each in guards if self._stops(each) and each not in own} for guards in self.on
        ]
        held = [self._held(edge) for edge in (self._sure, self._passable, self._any)]
        if scenario.entry(str(graph.ids[start])):
            held[0] = set()
        if scenario.stopped(str(graph.ids[start])):
            held = [set(), set(), set()]
        self.verdicts = np.full(graph.n, -1)
        for verdict in (2, 1, 0):
            self.verdicts[sorted(held[verdict])] = verdict
        self.verdicts[start] = -1

    def _stops(self, guard):
        kind, scenario = guard.partition(":")[0], self.scenario
        return kind != "assume" and guard not in scenario.passes and kind not in scenario.kinds

    def _guards(self, edge):
        guards, source = set(self.graph.guards_of(edge)), int(self.graph.source[edge])
        into = np.flatnonzero((self.graph.target == source) & self.graph.walkable)
        unmarked = any(not any(map(is_blind, self.graph.guards_of(each))) for each in into)
        if self.graph.blind_spots[source] and not any(map(is_blind, guards)) and unmarked:
            guards.add(f"unknown:{self.graph.ids[source]}")
        return guards

    def _sure(self, edge):
        return not self.left[edge]

    def _passable(self, edge):
        return not any(map(is_blind, self.left[edge]))

    def _any(self, _):
        return True

    def _held(self, is_open):
        graph = self.graph
        edges = [
            each
            for each in range(graph.m)
            if graph.walkable[each]
            and is_open(each)
            and self.scenario.holds.isdisjoint(self.on[each])
        ]
        held, before = {self.start}, set()
        while held != before:
            before = set(held)
            for edge in edges:
                tail, head = int(graph.source[edge]), int(graph.target[edge])
                if tail in held and (not graph.gates[head] or self._opens(head, edges, held)):
                    held.add(head)
        return held

    def _opens(self, gate, edges, held):
        graph = self.graph
        legs = {int(graph.source[each]) for each in edges if graph.target[each] == gate}
        standing = [self._standing(leg, edges, held) for leg in sorted(legs)]
        asked = gate_threshold(str(graph.ids[gate]))
        return any(
            len(set(chosen)) == asked
            for some in combinations(standing, asked)
            for chosen in product(*some)
        )

    def _standing(self, leg, edges, held):
        """Return the accounts held that may stand for a leg."""
        graph, found = self.graph, set()
        accounts = {each for each in held if graph.accounts[each] or each == self.start}
        waiting, seen = [(leg, False)], set()
        while waiting:
            node, anyone = waiting.pop()
            if (node, anyone) in seen:
                continue
            seen.add((node, anyone))
            if node in held and (graph.gates[node] or (node in accounts and anyone)):
                found |= accounts
            elif node in accounts:
                found.add(node)
            if graph.gates[node] or graph.accounts[node]:
                continue
            for edge in edges:
                if graph.target[edge] == node:
                    kind = graph.catalogue.edge_kinds[graph.edge_kinds[edge]]
                    controls = kind.flow is Flow.CONTROL and node != leg
                    waiting.append((int(graph.source[edge]), anyone or controls))
        return found
