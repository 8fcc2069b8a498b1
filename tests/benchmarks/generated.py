"""The generated graph that figures are measured on: 15 node kinds, 20 edge kinds, a worst case.

Nearly every user drops into one giant component and reaches almost half of all nodes. Sizes S,
M and L differ by seed very little; `test_generated.py` holds the figures they land on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

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
    leg_id,
)

SIZES = {"S": (10_000, 60_000), "M": (100_000, 700_000), "L": (1_000_000, 10_000_000)}
TIER0 = {"S": 32, "M": 128, "L": 256}

FRACTIONS = {
    "User": 0.34,
    "Group": 0.12,
    "ServicePrincipal": 0.13,
    "Application": 0.10,
    "ManagedIdentity": 0.04,
    "Role": 0.004,
    "ManagementGroup": 0.0005,
    "Subscription": 0.004,
    "ResourceGroup": 0.03,
    "KeyVault": 0.0115,
    "Secret": 0.09,
    "VM": 0.05,
    "AwsRole": 0.03,
    "GitHubRepo": 0.02,
    "Device": None,  # the rest
}
PLAIN = ("ROLE_READER", "SIGNED_IN_TO", "CONSENTED_TO", "MANAGER_OF", "REPORTS_TO")
WEIGHTS = {
    "MEMBER_OF": 0.0, "CONTAINS": 0.0, "HAS_DIRECTORY_ROLE": 0.0,
    "RUNS_AS": 0.5, "HAS_IDENTITY": 0.5, "CREDENTIAL_OF": 0.5, "ROLE_OWNER": 0.5,
    "OWNS": 1.0, "CAN_READ_SECRET": 1.0, "ASSUME_ROLE": 1.0, "CAN_PUSH": 1.0,
    "DEPLOYS_AS": 1.0, "ROLE_CONTRIBUTOR": 1.0, "ADD_MEMBER": 1.0, "CAN_RESET_PASSWORD": 2.0,
}  # fmt: skip

# source, target, kind, share, alpha of the target, alpha of the (reversed) source, local
RELATIONS = (
    ("User", "Group", "MEMBER_OF", 0.46, 3, 1, 0.93),
    ("ServicePrincipal", "Group", "MEMBER_OF", 0.03, 2, 1, 0.93),
    ("ManagedIdentity", "Group", "MEMBER_OF", 0.01, 2, 1, 0.93),
    ("Group", "ResourceGroup", "ROLE_CONTRIBUTOR", 0.03, 1, 4, 0.97),
    ("ServicePrincipal", "ResourceGroup", "ROLE_CONTRIBUTOR", 0.02, 1, 4, 0.97),
    ("Group", "ResourceGroup", "ROLE_READER", 0.06, 1, 1, 0.93),
    ("User", "ResourceGroup", "ROLE_READER", 0.04, 1, 1, 0.93),
    ("ServicePrincipal", "Subscription", "ROLE_OWNER", 0.0005, 1, 3, 0.93),
    ("Group", "Subscription", "ROLE_OWNER", 0.0005, 1, 3, 0.93),
    ("Group", "KeyVault", "CAN_READ_SECRET", 0.01, 1, 6, 0.97),
    ("ServicePrincipal", "KeyVault", "CAN_READ_SECRET", 0.02, 1, 4, 0.97),
    ("ManagedIdentity", "KeyVault", "CAN_READ_SECRET", 0.01, 1, 1, 0.97),
    ("Group", "GitHubRepo", "CAN_PUSH", 0.02, 1, 4, 0.93),
    ("User", "GitHubRepo", "CAN_PUSH", 0.02, 1, 4, 0.93),
    ("ServicePrincipal", "AwsRole", "ASSUME_ROLE", 0.02, 1, 1, 0.93),
    ("AwsRole", "AwsRole", "ASSUME_ROLE", 0.01, 1, 1, 0.93),
    ("Group", "Role", "HAS_DIRECTORY_ROLE", 0.0006, 2, 3, 0.93),
    ("ServicePrincipal", "Role", "HAS_DIRECTORY_ROLE", 0.0004, 2, 3, 0.93),
    ("Group", "User", "CAN_RESET_PASSWORD", 0.004, 1, 12, 0.99),
    ("ServicePrincipal", "Group", "ADD_MEMBER", 0.001, 2, 3, 0.93),
    ("User", "Device", "SIGNED_IN_TO", 0.10, 1, 1, 0.93),
    ("User", "Application", "CONSENTED_TO", 0.08, 2, 1, 0.93),
    ("User", "User", "MANAGER_OF", 0.01, 1, 1, 0.93),
)

_NHI = ("ServicePrincipal", "Application", "ManagedIdentity", "AwsRole")
_PRIVILEGED = ("Role", "ManagementGroup", "Subscription")


def _node_kind(name: str) -> NodeKind:
    return NodeKind(
        name=name,
        label=name,
        platform="generated",
        about="A generated node.",
        is_person=name == "User",
        is_nhi=name in _NHI,
        is_privileged=name in _PRIVILEGED,
        is_secret_store=name == "KeyVault",
        is_data=name == "Secret",
        wants_owner=name in _NHI,
    )


def _edge_kind(name: str, nodes: tuple[NodeKind, ...]) -> EdgeKind:
    if name in PLAIN:
        return EdgeKind(name=name, reads="is near", ends=between(nodes, nodes))
    return EdgeKind(
        name=name,
        reads=name.lower().replace("_", " "),
        ends=between(nodes, nodes),
        flow=Flow.RIGHTS,
        allows="Generated.",
        verify="Generated.",
        remove="Generated.",
        logged="Generated.",
        frameworks=("NIST-CSF:PR.AA-05",),
    )


_OWN_NODES = tuple(_node_kind(name) for name in FRACTIONS)
NODE_KINDS = (*_OWN_NODES, POWER, HUB, BLIND_SPOT, GATE, LEG)
EDGE_NAMES = (*WEIGHTS, *PLAIN)
CATALOGUE = Catalogue(NODE_KINDS, tuple(_edge_kind(name, NODE_KINDS) for name in EDGE_NAMES))

Ints = NDArray[np.int64]


@dataclass
class _Making:
    """Edges under construction, with the rules by which both ends are picked."""

    n: int
    rng: np.random.Generator
    count: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    at_rank: dict[str, Ints] = field(default_factory=dict)
    rank_of: dict[str, Ints] = field(default_factory=dict)
    parts: list[tuple[str, Ints, Ints]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.departments = max(8, self.n // 2500)
        at = 0
        for name, fraction in FRACTIONS.items():
            size = self.n - at if fraction is None else max(2, round(fraction * self.n))
            self.count[name], self.first[name] = size, at
            self.at_rank[name] = self.rng.permutation(size)
            self.rank_of[name] = np.argsort(self.at_rank[name])
            at += size

    def ids(self, kind: str, ranks: Ints) -> Ints:
        return self.first[kind] + self.at_rank[kind][ranks]

    def department(self, kind: str, ids: Ints) -> Ints:
        return self.rank_of[kind][ids - self.first[kind]] * self.departments // self.count[kind]

    def pick(
        self, kind: str, m: int, alpha: float, near: Ints | None = None, local: float = 0.93
    ) -> Ints:
        """Return m nodes of a kind, most of them in given departments."""
        count = self.count[kind]
        drawn = self.rng.random(m) ** alpha
        ranks = (drawn * count).astype(np.int64)
        if near is not None and count >= self.departments:
            low = -(-near * count // self.departments)
            high = -(-(near + 1) * count // self.departments)
            inside = self.rng.random(m) < local
            ranks = np.where(inside, low + (drawn * (high - low)).astype(np.int64), ranks)
        return self.ids(kind, ranks)

    def pick_sources(self, kind: str, m: int, alpha: float) -> Ints:
        ranks = (self.rng.random(m) ** alpha * self.count[kind]).astype(np.int64)
        if alpha > 1:
            ranks = self.count[kind] - 1 - ranks
        return self.ids(kind, ranks)

    def some(self, kind: str, share: float) -> Ints:
        """Return a share of the nodes of a kind."""
        size = self.count[kind]
        chosen = self.rng.permutation(size)[: round(share * size)]
        return self.first[kind] + np.sort(chosen)

    def add(self, name: str, source: Ints, target: Ints) -> None:
        self.parts.append((name, source, target))

    def link(self, name: str, kind: str, nodes: Ints, other: str, **how: float) -> None:
        """Add an edge from each node to one of another kind near it."""
        self.add(name, nodes, self.near(kind, nodes, other, **how))

    def near(self, kind: str, nodes: Ints, other: str, **how: float) -> Ints:
        alpha, local = how.get("alpha", 1), how.get("local", 0.93)
        return self.pick(other, len(nodes), alpha, self.department(kind, nodes), local)


def _structure(making: _Making) -> None:
    groups = making.first["ManagementGroup"] + np.arange(making.count["ManagementGroup"])
    making.add("CONTAINS", groups[(np.arange(1, len(groups)) - 1) // 4], groups[1:])
    subscriptions = making.some("Subscription", 1)
    making.add("CONTAINS", making.pick("ManagementGroup", len(subscriptions), 1), subscriptions)
    for kind, parent, alpha in (
        ("ResourceGroup", "Subscription", 1),
        ("KeyVault", "ResourceGroup", 1),
        ("VM", "ResourceGroup", 1),
        ("ManagedIdentity", "ResourceGroup", 1),
        ("Secret", "KeyVault", 1.5),
    ):
        nodes = making.some(kind, 1)
        making.add("CONTAINS", making.near(kind, nodes, parent, alpha=alpha, local=0.99), nodes)
    for kind in ("Group", "ServicePrincipal", "Application", "GitHubRepo", "AwsRole"):
        nodes = making.some(kind, 0.7)
        making.add("OWNS", making.near(kind, nodes, "User"), nodes)
    for name, kind, share, other in (
        ("RUNS_AS", "Application", 1, "ServicePrincipal"),
        ("HAS_IDENTITY", "VM", 0.5, "ManagedIdentity"),
        ("CREDENTIAL_OF", "Secret", 0.6, "ServicePrincipal"),
        ("DEPLOYS_AS", "GitHubRepo", 0.4, "ServicePrincipal"),
    ):
        making.link(name, kind, making.some(kind, share), other)
    making.link("MEMBER_OF", "Group", making.some("Group", 0.35), "Group", alpha=2, local=0.97)


def _relations(making: _Making, wanted: int) -> None:
    left = wanted - sum(len(source) for _, source, _ in making.parts)
    budget = left
    for source, target, name, share, alpha, source_alpha, local in RELATIONS:
        m = round(share * budget)
        tails = making.pick_sources(source, m, source_alpha)
        making.link(name, source, tails, target, alpha=alpha, local=local)
        left -= m
    tails = making.pick_sources("User", left, 1)
    making.link("REPORTS_TO", "User", tails, "User")


@dataclass(frozen=True)
class Columns:
    """The edges as a loader would deliver them, in no useful order."""

    ids: list[str]
    kinds: NDArray[np.int16]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    edge_kinds: NDArray[np.int16]


def columns(size: str, seed: int = 7) -> Columns:
    """Return the columns of one size."""
    n, m = SIZES[size]
    making = _Making(n, np.random.default_rng(seed))
    _structure(making)
    _relations(making, m)
    codes = [EDGE_NAMES.index(name) for name, _, _ in making.parts]
    edge_codes = np.repeat(codes, [len(source) for _, source, _ in making.parts]).astype(np.int16)
    order = making.rng.permutation(m)
    width = len(str(n))
    return Columns(
        ids=[f"n{at:0{width}}" for at in range(n)],
        kinds=np.repeat(np.arange(len(FRACTIONS)), list(making.count.values())).astype(np.int16),
        source=np.concatenate([source for _, source, _ in making.parts])[order].astype(np.int32),
        target=np.concatenate([target for _, _, target in making.parts])[order].astype(np.int32),
        edge_kinds=edge_codes[order],
    )


def graph(size: str, seed: int = 7, *, guards: str = "none") -> TrustGraph:
    """Return the graph of one size.

    `guards` may be none, those of resets (a second factor each), or all: with eligible roles,
    conditions that are shared by many edges, and assumptions besides; or gates: all, with an
    approval in front of every twentieth role.
    """
    made = columns(size, seed)
    numbers, sets = (None, ((),)) if guards == "none" else _guards(made, seed, guards)
    if guards == "gates" and numbers is not None:
        made, numbers, sets = _with_gates(made, seed, numbers, sets)
    return graph_from_columns(
        CATALOGUE,
        ids=made.ids,
        kinds=made.kinds,
        source=made.source,
        target=made.target,
        edge_kinds=made.edge_kinds,
        guards=numbers,
        guard_sets=sets,
    )


def _with_gates(
    made: Columns, seed: int, numbers: NDArray[np.int32], sets: tuple[tuple[str, ...], ...]
) -> tuple[Columns, NDArray[np.int32], tuple[tuple[str, ...], ...]]:
    """Return columns in which some roles can be activated only if a group's member approves."""
    rng = np.random.default_rng((seed, 2))
    names = list(FRACTIONS)
    roles = np.flatnonzero(made.kinds == names.index("Role"))
    groups = np.flatnonzero(made.kinds == names.index("Group"))
    holds = EDGE_NAMES.index("MEMBER_OF")
    asks = np.flatnonzero(made.edge_kinds == EDGE_NAMES.index("HAS_DIRECTORY_ROLE"))
    ids, kinds, ends = list(made.ids), made.kinds.tolist(), list[tuple[int, int, int]]()
    gate_code, leg_code = (CATALOGUE.node_code(kind.name) for kind in (GATE, LEG))
    known, new = {each: at for at, each in enumerate(sets)}, numbers.copy()
    for role in roles[rng.random(len(roles)) < 0.05].tolist():  # a twentieth
        gate = len(ids)
        name = made.ids[role]
        ids += [gate_id(2, name), leg_id("requester", name), leg_id("approver", name)]
        kinds += [gate_code, leg_code, leg_code]
        ends += [(gate + 1, gate, 0), (gate + 2, gate, 0), (gate, role, 0)]
        ends.append((int(rng.choice(groups)), gate + 2, 0))
        for edge in asks[made.target[asks] == role].tolist():
            ends.append((int(made.source[edge]), gate + 1, int(numbers[edge])))
            both = tuple(sorted({*sets[numbers[edge]], f"approval:{name}"}))
            new[edge] = known.setdefault(both, len(known))
    source, target, more = (np.array(column, np.int32) for column in zip(*ends, strict=True))
    grown = Columns(
        ids=ids,
        kinds=np.array(kinds, np.int16),
        source=np.concatenate((made.source, source)),
        target=np.concatenate((made.target, target)),
        edge_kinds=np.concatenate((made.edge_kinds, np.full(len(source), holds, np.int16))),
    )
    return grown, np.concatenate((new, more)), tuple(known)


def _guards(
    made: Columns, seed: int, which: str
) -> tuple[NDArray[np.int32], tuple[tuple[str, ...], ...]]:
    """Return guards: second factors on resets, PIM on roles, some conditions and assumptions."""
    rng = np.random.default_rng((seed, 1))
    sets: dict[tuple[str, ...], int] = {(): 0}
    numbers = np.zeros(len(made.source), np.int32)

    def put(name: str, share: float, guards: object) -> None:
        here = np.flatnonzero(made.edge_kinds == EDGE_NAMES.index(name))
        for edge in here[rng.random(len(here)) < share].tolist():
            mine = guards(edge)  # type: ignore[operator]  # a function of the edge
            numbers[edge] = sets.setdefault(mine, len(sets))

    put("CAN_RESET_PASSWORD", 1, lambda edge: (f"mfa:{made.ids[made.target[edge]]}",))
    if which == "resets":
        return numbers, tuple(sets)
    put("HAS_DIRECTORY_ROLE", 0.5, lambda edge: (f"pim:{made.ids[made.target[edge]]}",))
    put("ASSUME_ROLE", 0.05, lambda edge: (f"condition:{edge % 20}",))
    put("ROLE_OWNER", 0.05, lambda edge: (f"assume:{made.ids[made.target[edge]]}",))
    return numbers, tuple(sets)


def sources(graph_: TrustGraph, count: int = 5) -> list[int]:
    """Return the first users with a walkable edge out of 200 drawn."""
    users = graph_.of_kind("User")
    drawn = np.random.default_rng(11).choice(users, 200)
    out = graph_.out()
    return [int(user) for user in drawn if out.ptr[user + 1] > out.ptr[user]][:count]


def tier0(graph_: TrustGraph, size: str) -> NDArray[np.int32]:
    """Return the crown jewels: roles, the root management group, vaults, machines."""
    wanted = TIER0[size]
    vaults = (wanted - 13) // 2
    return np.concatenate(
        (
            graph_.of_kind("Role")[:12],
            graph_.of_kind("ManagementGroup")[:1],
            graph_.of_kind("KeyVault")[:vaults],
            graph_.of_kind("VM")[: wanted - 13 - vaults],
        )
    )


def figures(graph_: TrustGraph) -> dict[str, int]:
    """Return what a rebuilt generator is checked by."""
    from scipy import sparse
    from scipy.sparse import csgraph

    out = graph_.out()
    plain = sparse.csr_array(
        (np.ones(len(out.nbr)), out.nbr, out.ptr), copy=True, shape=(graph_.n, graph_.n)
    )
    plain.sum_duplicates()  # on duplicates "strong" never returns
    count, labels = csgraph.connected_components(plain, directed=True, connection="strong")
    tails = np.repeat(np.arange(graph_.n), np.diff(out.ptr))
    return {
        "nodes": graph_.n,
        "edges": graph_.m,
        "walkable": len(out.nbr),
        "pairs": plain.nnz,
        "components": int(count),
        "largest": int(np.bincount(labels).max()),
        "loops": int((tails == out.nbr).sum()),
        "most in": int(np.bincount(out.nbr).max()),
        "most out": int(np.diff(out.ptr).max()),
    }
