"""Small worlds for tests of analysis: a catalogue of a few kinds, and graphs written as text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import combinations

import networkx as nx
import numpy as np

from idgraph.analysis.needs import blind, proper, rank
from idgraph.analysis.scenario import Scenario
from idgraph.catalogue import Catalogue, EdgeKind, Flow, NodeKind
from idgraph.graph import TrustGraph, graph_from_columns
from idgraph.vocabulary.common import BLIND_SPOT, GATE, HUB, LEG, POWER, between


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

    def __init__(self, graph: TrustGraph, start: int, scenario: Scenario) -> None:
        self.graph = graph
        self.start = start
        passed = set(scenario.passed(str(graph.ids[start])))
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
        subsets = [
            subset for size in range(len(alphabet) + 1) for subset in combinations(alphabet, size)
        ]
        for subset in sorted(subsets, key=rank):
            clean, full = self._distances(subset, assume=False), None
            full = self._distances(subset, assume=True)
            for node, hops in full.items():
                if node not in best:
                    best[node] = (subset, clean.get(node, hops), node in clean)
        return best

    def _distances(self, subset: Iterable[str], *, assume: bool) -> dict[int, int]:
        allowed = set(subset)
        plain = nx.DiGraph()
        plain.add_node(self.start)
        hubs = self.graph.hubs
        for edge in range(self.graph.m):
            if not self.graph.walkable[edge] or not self.needs[edge] <= allowed:
                continue
            if self.doubtful[edge] and not assume:
                continue
            tail, head = int(self.graph.source[edge]), int(self.graph.target[edge])
            plain.add_edge(tail, head, weight=0 if hubs[tail] and not hubs[head] else 1)
        return nx.single_source_dijkstra_path_length(plain, self.start)

    def verdict(self, node: int) -> str | None:
        if node not in self.best:
            return None
        need = self.best[node][0]
        return "cannot_tell" if blind(need) else "reached_if" if proper(need) else "reached"
