"""The events of a store as values: each once, in the order of time, with its ends made out.

Logs name people by whatever they have at hand: an id, a UPN, a client id. What a loaded directory
knows under one of these is meant; what nobody knows stays as the log wrote it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from idgraph.graph import TrustGraph
from idgraph.resolve.frames import reader
from idgraph.vocabulary.entra import SERVICE_IDENTITIES
from idgraph.vocabulary.events import FAILURE

if TYPE_CHECKING:
    import pandas as pd

_SIGN_IN_AS = frozenset(kind.name for kind in SERVICE_IDENTITIES)
_APPLICATION = "appid:"
_ADDRESSES = ("upn:", "mail:")
_OF_IAM = (":user/", ":role/")
_OF_AWS = ("aws:identitystore/", "aws:account/")  # before an id of AWS that is no ARN


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `scope` is the tenant, organisation or account of its log."""

    id: str
    record: str
    kind: str
    at: str  # ISO 8601 in UTC, "" when a ticket has no time
    actor: str
    target: str
    said: Mapping[str, Any]  # its properties
    scope: str
    evidence: str

    @property
    def succeeded(self) -> bool:
        """Whether it came about, as far as the log says."""
        return self.said.get("result") != FAILURE

    def text(self, name: str) -> str:
        """Return a property that is a text, "" when there is none."""
        value = self.said.get(name, "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a property that is a list of texts."""
        value = self.said.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, eq=False)
class WhoIsWho:
    """Which node an id or alias means; pairs of an alias and a node's id come from the store."""

    graph: TrustGraph | None = None
    pairs: Iterable[tuple[str, str]] = field(default=(), repr=False)

    def node(self, text: str) -> str:
        """Return the id of what a text means, the text itself where nobody answers to it.

        A mail address is tried where no account has it as its name. Of a registration and its
        service principal, which answer to one client id, the one that signs in is meant. CloudTrail
        knows an IAM user or role by its name, and an ARN holds its path, too.
        """
        if text in self._positions:
            return text
        if text.startswith(("arn:", "aws:")):
            return self._of_aws(text)
        found = self._aliases.get(text, frozenset())
        if not found and text.startswith(_ADDRESSES[0]):
            found = self._aliases.get(_ADDRESSES[1] + text.partition(":")[2], frozenset())
        if len(found) > 1 and text.startswith(_APPLICATION):
            found = frozenset(each for each in found if self.kind(each) in _SIGN_IN_AS)
        return next(iter(found)) if len(found) == 1 else text

    def _of_aws(self, text: str) -> str:
        """Return the id of what CloudTrail calls so."""
        for scheme in _OF_AWS:
            if text.startswith(scheme) and text.removeprefix(scheme) in self._positions:
                return text.removeprefix(scheme)
        found = self._without_path.get(_pathless(text), frozenset())
        return next(iter(found)) if len(found) == 1 else text

    @cached_property
    def _without_path(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for node in self._positions:
            if (short := _pathless(node)) != node:
                found[short].add(node)
        return {short: frozenset(nodes) for short, nodes in found.items()}

    def knows(self, node: str) -> bool:
        """Return whether a directory that was loaded has it."""
        return node in self._positions

    def position(self, node: str) -> int | None:
        """Return the position in the graph, None where it is not in it."""
        return self._positions.get(node)

    def name(self, node: str) -> str:
        """Return what it is called, "" where nobody says."""
        at = self._positions.get(node)
        return "" if at is None or self.graph is None else str(self.graph.names[at])

    def kind(self, node: str) -> str:
        """Return the name of its kind, "" where it is not in the graph."""
        at = self._positions.get(node)
        return "" if at is None or self.graph is None else self.graph.kind_name(at)

    def one_with(self, node: str) -> frozenset[str]:
        """Return the ids under which one identity acts: of an application all with its client."""
        clients = self._clients.get(node, frozenset())
        return frozenset({node}).union(*(self._aliases[client] for client in clients))

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        if self.graph is None:
            return {}
        return {str(node): at for at, node in enumerate(self.graph.ids)}

    @cached_property
    def _aliases(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for alias, node in self.pairs:
            found[alias.casefold() if alias.startswith(_ADDRESSES) else alias].add(node)
        return {alias: frozenset(nodes) for alias, nodes in found.items()}

    @cached_property
    def _clients(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for alias, nodes in self._aliases.items():
            if alias.startswith(_APPLICATION):
                for node in nodes:
                    found[node].add(alias)
        return {node: frozenset(clients) for node, clients in found.items()}


def _pathless(arn: str) -> str:
    """Return the ARN of an IAM user or role without its path, any other text as it is."""
    for part in _OF_IAM:
        head, found, rest = arn.partition(part)
        if found and head.startswith("arn:"):
            return f"{head}{part}{rest.rpartition('/')[2]}"
    return arn


def events_of(frame: pd.DataFrame, who: WhoIsWho) -> tuple[Event, ...]:
    """Return the events of a frame that a store gives, in the order of time and id.

    An event that several sources hold (two downloads of one log) is one.
    """
    read = reader()
    means: dict[str, str] = {}
    found: dict[tuple[str, str], Event] = {}
    columns = ("record", "id", "kind", "at", "actor", "target", "properties", "source", "evidence")
    rows = zip(*(frame[name] for name in columns), strict=True)
    for record, event, kind, at, actor, target, properties, source, evidence in rows:
        for end in (actor, target):
            if end not in means:
                means[end] = who.node(end) if end else ""
        known = found.get((record, event))
        if known is None or evidence < known.evidence:
            found[record, event] = Event(
                id=event,
                record=record,
                kind=kind,
                at=at,
                actor=means[actor],
                target=means[target],
                said=read(properties),
                scope=str(source).partition(":")[2],
                evidence=evidence,
            )
    return tuple(sorted(found.values(), key=lambda each: (each.at, each.record, each.id)))
