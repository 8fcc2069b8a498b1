"""What an identity holds: classes of sessions by what it is, and the real things in the graph.

What it reaches is counted from the identity's whole power, as for whoever is signed in as it: what
could be read or changed before a reset stays read or changed after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from idgraph.analysis.steps import in_words
from idgraph.analysis.survivors.tables import NHI, PERSON, Artefact, Where, artefacts
from idgraph.analysis.walk import VERDICTS, Verdict, Walk
from idgraph.catalogue import NodeKind
from idgraph.graph import Bools, Flag, TrustGraph
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.azure import VAULT_SECRET
from idgraph.vocabulary.entra import CREDENTIAL

GUEST = "Guest"

_RUNS_AS = "RUNS_AS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One artefact on one node; `missing` says what is not known of its being there."""

    artefact: Artefact
    node: int  # position in the graph
    holder: int  # the node it is a credential of, or the node itself
    own: bool  # of the identity itself, not of what it reaches
    missing: str = ""
    starts: datetime | None = None  # the dates that the platform states
    ends: datetime | None = None


class Holdings:
    """Finds the artefacts of one identity in a graph and in what it reaches."""

    def __init__(self, snapshot: Snapshot, walk: Walk) -> None:
        self.snapshot = snapshot
        self.graph: TrustGraph = walk.graph
        self.walk = walk
        self.start = walk.start

    @property
    def platform(self) -> str:
        """The platform that the identity is on."""
        return self._kind(self.start).platform

    @cached_property
    def is_guest(self) -> bool:
        """Whether the identity is a guest, whose home is another tenant."""
        return self._property(self.start, "user_type") == GUEST

    def find(self) -> tuple[Holding, ...]:
        """Return everything held, by artefact in the order of the tables, then by id."""
        return tuple(each for thing in artefacts().values() for each in self._of(thing))

    def is_disabled(self) -> bool:
        """Whether the account was disabled when it was seen."""
        return self._property(self.start, "account_enabled") is False

    # One artefact.

    def _of(self, thing: Artefact) -> Iterator[Holding]:
        match thing.where:
            case Where.ATTACHED:
                yield from self._attached(thing)
            case Where.OWNED:
                yield from self._owned(thing)
            case _:
                yield from self._held(thing)

    def _held(self, thing: Artefact) -> Iterator[Holding]:
        fits = self._fits(thing)
        if thing.where is not Where.REACHED:
            mine = {self.start} if thing.where is Where.OWN else self._itself
            for node in sorted(each for each in mine if fits[each]):
                yield from self._own(thing, node)
        if thing.where is Where.OWN:
            return
        among = self._reached & fits & ~self._persons
        if thing.by_edges:
            among &= self._led_to(thing.by_edges)
        for node in np.flatnonzero(among).tolist():
            yield self._holding(thing, node, holder=node, own=False)

    def _own(self, thing: Artefact, node: int) -> Iterator[Holding]:
        if thing.members_only and self.is_guest:
            return
        missing = thing.needs
        if thing.where_true:
            value = self._property(node, thing.where_true)
            if value is False:
                return
            missing = "" if value else thing.needs
        yield Holding(artefact=thing, node=node, holder=node, own=True, missing=missing)

    def _holding(self, thing: Artefact, node: int, *, holder: int, own: bool) -> Holding:
        return Holding(
            artefact=thing,
            node=node,
            holder=holder,
            own=own,
            missing=self._doubt(holder) or thing.needs,
            starts=moment(self._property(node, "start")) if thing.is_node else None,
            ends=self._ends(node) if thing.is_node else None,
        )

    def _attached(self, thing: Artefact) -> Iterator[Holding]:
        """Return the credentials of what is held, each by its own node and once a holder."""
        graph = self.graph
        holders = self._reached.copy()
        holders[list(self._itself)] = True
        edges = graph.walkable & self._fits(thing)[graph.source] & holders[graph.target]
        pairs = zip(graph.source[edges].tolist(), graph.target[edges].tolist(), strict=True)
        for node, holder in sorted(set(pairs)):
            yield self._holding(thing, node, holder=holder, own=holder in self._itself)

    def _owned(self, thing: Artefact) -> Iterator[Holding]:
        graph = self.graph
        codes = [graph.catalogue.edge_code(kind) for kind in thing.by_edges]
        mine = (graph.source == self.start) & np.isin(graph.edge_kinds, codes)
        mine &= self._fits(thing)[graph.target]
        for node in sorted(set(graph.target[mine].tolist())):
            yield self._holding(thing, node, holder=self.start, own=True)

    def _fits(self, thing: Artefact) -> Bools:
        """Return whether each node is of a kind that has such a thing."""
        by_kind = [_has(kind, thing) for kind in self.graph.catalogue.node_kinds]
        fits: Bools = np.array(by_kind, bool)[self.graph.kinds]
        return fits

    def _led_to(self, kinds: tuple[str, ...]) -> Bools:
        """Return what an edge of these kinds leads to from anything held."""
        graph = self.graph
        codes = [graph.catalogue.edge_code(kind) for kind in kinds]
        held = self.walk.verdicts >= 0
        held[self.start] = True
        edges = np.isin(graph.edge_kinds, codes) & held[graph.source]
        led_to = np.zeros(graph.n, bool)
        led_to[graph.target[edges]] = True
        return led_to

    # What is held.

    @cached_property
    def _reached(self) -> Bools:
        reached: Bools = (self.walk.verdicts >= 0) & ~self.graph.synthetic
        reached[list(self._itself)] = False
        return reached

    @cached_property
    def _persons(self) -> Bools:
        """Accounts of people: each is reset, and asked about, by itself."""
        return self.graph.has(Flag.PERSON)

    @cached_property
    def _itself(self) -> frozenset[int]:
        """The identity; of an application its registration and its service principals, too."""
        graph, start = self.graph, self.start
        same = graph.edge_kinds == graph.catalogue.edge_code(_RUNS_AS)
        behind = graph.source[same & (graph.target == start)]
        before = graph.target[same & (graph.source == start)]
        return frozenset((start, *behind.tolist(), *before.tolist()))

    def _doubt(self, node: int) -> str:
        """Return what the reach of a node hangs on, in words, nothing when it is sure."""
        if node in self._itself or self.walk.verdicts[node] < 0:
            return ""
        verdict = VERDICTS[self.walk.verdicts[node]]
        if verdict is Verdict.REACHED:
            return ""
        if verdict is Verdict.REACHED_IF:
            asked = " and ".join(map(in_words, self.walk.guards(node)))
            return f"whether the attacker {asked}"
        return f"whether it is reached at all: {', '.join(self.walk.blind_spots(node))}"

    # Properties, from the observed graph.

    def _kind(self, node: int) -> NodeKind:
        return self.graph.catalogue.node_kinds[int(self.graph.kinds[node])]

    def _property(self, node: int, name: str) -> object:
        at = self.snapshot.position(str(self.graph.ids[node]))
        return self.snapshot.node_properties[at].get(name) if at >= 0 else None

    def _ends(self, node: int) -> datetime | None:
        """Return when a thing stops working: a vault's secret, with the credential it opens."""
        if self.graph.kind_name(node) == VAULT_SECRET.name:
            return self._opened_until(node)
        return moment(self._property(node, "end"))

    def _opened_until(self, node: int) -> datetime | None:
        key = self._property(node, "opens_key_id")
        ends = self._ends_by_key.get(str(key).casefold(), []) if key else []
        return ends[0] if len(ends) == 1 else None

    @cached_property
    def _ends_by_key(self) -> dict[str, list[datetime | None]]:
        found: dict[str, list[datetime | None]] = defaultdict(list)
        for at in self.snapshot.of_kind(CREDENTIAL.name).tolist():
            properties = self.snapshot.node_properties[at]
            found[str(properties.get("key_id") or "").casefold()].append(
                moment(properties.get("end"))
            )
        return found


def _has(kind: NodeKind, thing: Artefact) -> bool:
    if kind.name in thing.of:
        return True
    if kind.platform != thing.platform:
        return False
    return (kind.is_person and PERSON in thing.of) or (kind.is_nhi and NHI in thing.of)


def moment(value: object) -> datetime | None:
    """Return a time as a store keeps it, None where there is none."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def platforms_seen(snapshot: Snapshot) -> frozenset[str]:
    """Return the platforms of which the graph holds at least one object."""
    codes = np.unique(snapshot.kinds)
    return frozenset(snapshot.catalogue.node_kinds[int(code)].platform for code in codes)
