"""What an identity holds: classes of sessions by what it is, and the real things in the graph.

What it reaches is counted from the identity's whole power, as for whoever is signed in as it: what
could be read or changed before a reset stays read or changed after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from idgraph.analysis.steps import in_words
from idgraph.analysis.survivors.clock import stamp
from idgraph.analysis.survivors.tables import (
    NHI,
    PERSON,
    Artefact,
    Life,
    Where,
    artefacts,
    spoken,
)
from idgraph.analysis.walk import VERDICTS, Verdict, Walk
from idgraph.catalogue import NodeKind
from idgraph.graph import Bools, Flag, TrustGraph
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.azure import VAULT_SECRET
from idgraph.vocabulary.entra import CREDENTIAL

GUEST = "Guest"

_RUNS_AS = "RUNS_AS"
_CIRCLE = "here roles can assume one another, and so bring new ones without end"


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
    most: timedelta | None = None  # how long one lives at most, where the platform states it
    aside: str = ""  # what else is known of it, as the end of a sentence
    circles: bool = False  # it brings another, and that one it again

    @property
    def life(self) -> Life:
        """How long one lives from its issue."""
        life = self.artefact.life
        if self.circles:
            return replace(life, most=None, words=f"{life.words}; {_CIRCLE}")
        if self.most is None:
            return life
        least = min(life.least or timedelta(), self.most)
        return replace(life, least=least, most=self.most, words=_at_most(life, self.most))


def _at_most(life: Life, most: timedelta) -> str:
    return f"{life.words}; here at most {spoken(most)}"


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
        among = self._reached & fits
        among &= self._led_to(thing) if thing.by_edges else ~self._persons
        wanted = thing.endless_in_circles and bool(among.any())
        circles = self._in_circles(thing) if wanted else np.zeros_like(among)
        for node in np.flatnonzero(among).tolist():
            held = self._holding(thing, node, holder=node, own=False)
            yield replace(held, circles=bool(circles[node]))

    def _own(self, thing: Artefact, node: int) -> Iterator[Holding]:
        if thing.members_only and self.is_guest:
            return
        missing = thing.needs
        if thing.where_true:
            value = self._property(node, thing.where_true)
            if value is False:
                return
            missing = "" if value else thing.needs
        if thing.unless_false and self._property(node, thing.unless_false) is False:
            return
        if thing.beyond:
            more = self._more_than_listed(thing, node)
            if more is False:
                return
            missing = "" if more else thing.needs
        yield Holding(artefact=thing, node=node, holder=node, own=True, missing=missing)

    def _more_than_listed(self, thing: Artefact, node: int) -> bool | None:
        """Return whether more are counted than listed; None where nobody counts or lists any."""
        listed = self._owned_by(thing, node)
        count = self._property(node, thing.beyond)
        if not isinstance(count, int):
            return False if listed else None
        return count > sum(self._property(each, "active") is not False for each in listed)

    def _holding(self, thing: Artefact, node: int, *, holder: int, own: bool) -> Holding:
        return Holding(
            artefact=thing,
            node=node,
            holder=holder,
            own=own,
            missing=self._doubt(holder) or thing.needs,
            starts=moment(self._property(node, "start")) if thing.is_node else None,
            ends=self._ends(node) if thing.is_node else None,
            most=self._most(thing, node),
            aside=self._aside(node) if thing.is_node else "",
        )

    def _most(self, thing: Artefact, node: int) -> timedelta | None:
        seconds = self._property(node, thing.most_seconds) if thing.most_seconds else None
        return timedelta(seconds=seconds) if isinstance(seconds, int) else None

    def _aside(self, node: int) -> str:
        used = moment(self._property(node, "last_used"))
        return f"; it was last used at {stamp(used)}" if used else ""

    def _attached(self, thing: Artefact) -> Iterator[Holding]:
        """Return the credentials of what is held, each by its own node and once a holder."""
        graph = self.graph
        holders = self._reached.copy()
        holders[list(self._itself)] = True
        if thing.held_by:
            holders &= self._of_kinds(thing.held_by)
        edges = graph.walkable & self._fits(thing)[graph.source] & holders[graph.target]
        pairs = zip(graph.source[edges].tolist(), graph.target[edges].tolist(), strict=True)
        for node, holder in sorted(set(pairs)):
            yield self._holding(thing, node, holder=holder, own=holder in self._itself)

    def _owned(self, thing: Artefact) -> Iterator[Holding]:
        idle = thing.idle_where_false
        for node in self._owned_by(thing, self.start):
            if self._fits(thing)[node] and not (idle and self._property(node, idle) is not False):
                yield self._holding(thing, node, holder=self.start, own=True)

    def _owned_by(self, thing: Artefact, node: int) -> list[int]:
        """Return what an edge of the artefact's kinds leads to from a node."""
        graph = self.graph
        mine = (graph.source == node) & self._edges_of(thing.by_edges)
        return sorted(set(graph.target[mine].tolist()))

    def _edges_of(self, kinds: tuple[str, ...]) -> Bools:
        codes = [self.graph.catalogue.edge_code(kind) for kind in kinds]
        edges: Bools = np.isin(self.graph.edge_kinds, codes)
        return edges

    def _of_kinds(self, names: tuple[str, ...]) -> Bools:
        codes = [self.graph.catalogue.node_code(name) for name in names]
        some: Bools = np.isin(self.graph.kinds, codes)
        return some

    def _fits(self, thing: Artefact) -> Bools:
        """Return whether each node is of a kind that has such a thing."""
        by_kind = [_has(kind, thing) for kind in self.graph.catalogue.node_kinds]
        fits: Bools = np.array(by_kind, bool)[self.graph.kinds]
        return fits

    def _led_to(self, thing: Artefact) -> Bools:
        """Return what an edge of the artefact's kinds leads to from anything held.

        It begins where a hub's own edges begin, if it comes from a hub.
        """
        graph = self.graph
        held = self.walk.verdicts >= 0
        held[self.start] = True
        edges = self._edges_of(thing.by_edges) & held[graph.source]
        tails = ~self._of_kinds(thing.never_from) if thing.never_from else np.ones(graph.n, bool)
        if thing.only_from:
            tails &= self._of_kinds(thing.only_from)
        first = edges & tails[graph.source] & ~graph.hubs[graph.source]
        led_to = np.zeros(graph.n, bool)
        led_to[graph.target[first]] = True
        led_to[graph.target[edges & (graph.hubs & led_to)[graph.source]]] = True
        return led_to

    def _in_circles(self, thing: Artefact) -> Bools:
        """Return what edges of the artefact's kinds lead from and back to, among what is held."""
        graph = self.graph
        held = self.walk.verdicts >= 0
        edges = self._edges_of(thing.by_edges) & held[graph.source] & held[graph.target]
        ends = (graph.source[edges], graph.target[edges])
        matrix = csr_array((np.ones(len(ends[0]), np.int8), ends), shape=(graph.n, graph.n))
        _, group = connected_components(matrix, directed=True, connection="strong")
        several: Bools = (np.bincount(group) > 1)[group]
        return several

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
