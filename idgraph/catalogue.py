"""What things mean: node kinds, edge kinds and guard kinds, each stated once.

Everything that depends on meaning (endpoint checks, walking, legends, path sentences, the
reference page, Neo4j labels and types) derives from these values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TypeVar

from idgraph.errors import ModelError, UnknownNameError, did_you_mean
from idgraph.frameworks import Control, control

_UPPER_SNAKE = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*\Z")

T = TypeVar("T")
K = TypeVar("K", bound="NodeKind | EdgeKind")


class Flow(StrEnum):
    """Which way power runs along an edge."""

    NONE = "none"  # structure only: never walked
    RIGHTS = "rights"  # the source has what the target has
    CONTROL = "control"  # the source can become, rewrite or read the target


class PropertyType(Enum):
    """The types that a property may have in every store."""

    BOOL = "bool"
    INT = "int64"
    FLOAT = "float64"
    STR = "str"
    TIME = "UTC time"  # kept as an ISO 8601 text that ends in Z
    STRS = "list of str"


class Role(StrEnum):
    """What a synthetic node is for; NONE for a platform's own object."""

    NONE = ""
    POWER = "power"  # one power over an object: a role at a scope, managing a vault
    HUB = "hub"  # a class of targets that one kind of power covers
    GATE = "gate"  # opens when k of its legs are held
    LEG = "leg"  # a leg of a gate, opened by any one of its holders
    BLIND_SPOT = "blind_spot"  # stands for edges that missing data could add


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """A kind of node: what it is, how it is shown, which classes it belongs to by its kind alone.

    A class that depends on the node itself (a role is privileged by its permissions) is computed
    by a rule and adds to these.
    """

    name: str  # PascalCase; also the Neo4j label
    label: str  # what people read, singular
    platform: str
    about: str
    is_person: bool = False  # an account a person signs in with: it can be reset
    is_nhi: bool = False
    is_directory: bool = False  # signs accounts in itself, or trusts another one to do so
    is_privileged: bool = False
    is_secret_store: bool = False
    is_data: bool = False
    wants_owner: bool = False  # ought to have a named owner
    role: Role = Role.NONE
    shape: str = "dot"  # of the mark in views; with colour and text, never colour alone
    properties: Mapping[str, PropertyType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _PASCAL.match(self.name):
            raise ModelError(f"node kind {self.name!r}", "is not spelt in PascalCase")
        if not self.about:
            raise ModelError(f"node kind {self.name}", "does not say what it is")
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))

    @property
    def synthetic(self) -> bool:
        """Whether the node is ours and not the platform's: never counted, never a result."""
        return self.role is not Role.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeKind:
    """A kind of edge, with everything that is said about it anywhere.

    `reads` is the verb of the sentence "<source> … <target>". A kind that can be walked must say
    what it allows, how to verify it, how to remove it and what is logged when it is used.
    """

    name: str  # UPPER_SNAKE; also the Neo4j type
    reads: str
    ends: tuple[tuple[NodeKind, NodeKind], ...]
    flow: Flow = Flow.NONE
    allows: str = ""
    verify: str = ""
    remove: str = ""
    logged: str = ""
    frameworks: tuple[str, ...] = ()  # e.g. "ATT&CK:T1098.001"; unknown ids are refused
    source: str = ""  # documentation behind the rule
    derived: bool = False  # found by a rule, not stated by an export
    bloodhound: str = ""  # BloodHound CE's name for the nearest edge
    misses: str = ""  # known gaps of the rule
    properties: Mapping[str, PropertyType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))
        if not _UPPER_SNAKE.match(self.name):
            raise ModelError(f"edge kind {self.name!r}", "is not spelt in UPPER_SNAKE")
        if not self.ends:
            raise ModelError(f"edge kind {self.name}", "has no allowed ends")
        if not self.reads:
            raise ModelError(f"edge kind {self.name}", "has no verb to be read by")
        missing = [
            word
            for word in ("allows", "verify", "remove", "logged", "frameworks")
            if not getattr(self, word)
        ]
        if self.walkable and missing:
            raise ModelError(
                f"edge kind {self.name}", f"can be walked but does not state: {', '.join(missing)}"
            )
        for name in self.frameworks:
            control(name)

    @property
    def walkable(self) -> bool:
        """Whether power runs along it at all."""
        return self.flow is not Flow.NONE

    @property
    def controls(self) -> tuple[Control, ...]:
        """The framework controls and techniques it maps to, with version and title."""
        return tuple(control(name) for name in self.frameworks)

    def source_kinds(self) -> frozenset[str]:
        """Return the names of the node kinds it may start at."""
        return frozenset(source.name for source, _ in self.ends)

    def target_kinds(self) -> frozenset[str]:
        """Return the names of the node kinds it may end at."""
        return frozenset(target.name for _, target in self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardKind:
    """A kind of condition on an edge; a guard is written `kind:subject`."""

    name: str
    reads: str  # completes "only if the attacker …"
    doubt: bool = False  # `assume`: passed by default, listed apart; `unknown`: a blind spot

    def of(self, subject: str) -> str:
        """Return the guard of this kind on a subject."""
        return f"{self.name}:{subject}"


MFA = GuardKind(name="mfa", reads="passes that account's second factor")
PIM = GuardKind(name="pim", reads="activates the eligible role")
APPROVAL = GuardKind(name="approval", reads="gets the activation approved")
CONDITION = GuardKind(name="condition", reads="meets a condition that could not be evaluated")
DEVICE = GuardKind(name="device", reads="comes from a compliant device")
NETWORK = GuardKind(name="network", reads="comes from an allowed network")
PASSWORD = GuardKind(name="password", reads="knows that account's password")
RECOVERY = GuardKind(
    name="recovery", reads="completes the self-service reset with the changed contact"
)
ASSUME = GuardKind(
    name="assume", reads="is not stopped by something the export does not hold", doubt=True
)
UNKNOWN = GuardKind(
    name="unknown", reads="is helped by something the export does not hold", doubt=True
)
GUARD_KINDS = (
    MFA,
    PIM,
    APPROVAL,
    CONDITION,
    DEVICE,
    NETWORK,
    PASSWORD,
    RECOVERY,
    ASSUME,
    UNKNOWN,
)


class Catalogue:
    """All kinds of one assembly, in a fixed order; a graph carries the one it was built with."""

    def __init__(self, nodes: Iterable[NodeKind], edges: Iterable[EdgeKind]) -> None:
        self._nodes = _by_name("node kind", nodes)
        self._edges = _by_name("edge kind", edges)
        self.node_kinds = tuple(self._nodes.values())
        self.edge_kinds = tuple(self._edges.values())
        self._node_code = {name: code for code, name in enumerate(self._nodes)}
        self._edge_code = {name: code for code, name in enumerate(self._edges)}
        for kind in self.edge_kinds:
            for end in {*kind.source_kinds(), *kind.target_kinds()} - set(self._nodes):
                raise ModelError(f"edge kind {kind.name}", f"ends at {end}, which is not declared")

    def node(self, name: str) -> NodeKind:
        """Return a node kind by its name."""
        return _look_up("node kind", name, self._nodes)

    def edge(self, name: str) -> EdgeKind:
        """Return an edge kind by its name."""
        return _look_up("edge kind", name, self._edges)

    def node_code(self, name: str) -> int:
        """Return the small integer that stands for a node kind in columns."""
        return _look_up("node kind", name, self._node_code)

    def edge_code(self, name: str) -> int:
        """Return the small integer that stands for an edge kind in columns."""
        return _look_up("edge kind", name, self._edge_code)

    def __iter__(self) -> Iterator[NodeKind | EdgeKind]:
        yield from self.node_kinds
        yield from self.edge_kinds


def _by_name(what: str, kinds: Iterable[K]) -> dict[str, K]:
    table: dict[str, K] = {}
    for kind in kinds:
        if kind.name in table:
            raise ModelError(f"{what} {kind.name}", "is declared twice")
        table[kind.name] = kind
    return table


def _look_up(what: str, name: str, table: Mapping[str, T]) -> T:
    try:
        return table[name]
    except KeyError:
        raise UnknownNameError(
            f"{what} {name!r}", "does not exist", hint=did_you_mean(name, table)
        ) from None
