"""What people type to name a node: an id, an alias, a name, in any case.

The first of these that anything answers to decides: the id as written, the id in any case, an
alias (a UPN, a mail address, an app id, with or without its scheme), the name, the user name in
IAM Identity Center, which the same person mostly has as a UPN elsewhere. Several answers
are refused with the list of them, but for one case: a registration and the service principals of
the same application answer to one app id and mostly to one name. The service principal is meant
then, whichever is asked for: it signs in and holds the rights, and whoever takes the registration
takes it too. The registration answers to its object id.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Literal

from idgraph.errors import AmbiguousNameError, UnknownNameError
from idgraph.graph import TrustGraph
from idgraph.vocabulary.entra import APP, SERVICE_IDENTITIES

Role = Literal["identity", "target"]

CLOSE_ENOUGH = 0.6
MOST_COMPARED = 2000  # names that a misspelt one is compared with

_APPLICATION = "appid:"
_PORTAL = "sso:"  # followed by the identity store, a bar and the user name
_SIGNS_IN = frozenset(kind.name for kind in SERVICE_IDENTITIES)


def find(
    graph: TrustGraph,
    text: str,
    *,
    role: Role = "identity",
    aliases: Iterable[tuple[str, str]] = (),
) -> int:
    """Return the position of the one node that a text means; see `NameIndex.find`."""
    return NameIndex.of(graph, aliases).find(text, role=role)


@dataclass(frozen=True, eq=False)
class NameIndex:
    """All names of the nodes of a graph; aliases are pairs of a text and a node's id."""

    graph: TrustGraph
    aliases: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, graph: TrustGraph, aliases: Iterable[tuple[str, str]] = ()) -> NameIndex:
        """Return the index of a graph; without aliases it is kept with the graph."""
        listed = tuple(aliases)
        return cls(graph, listed) if listed else graph.keep("names", lambda: cls(graph))

    def find(self, text: str, *, role: Role = "identity") -> int:
        """Return the position of the one node that a text means.

        An identity is never a node of ours; a target may be one, by its id.

        Raises
        ------
        AmbiguousNameError
            Several nodes answer to it; the error lists them.
        UnknownNameError
            No node answers to it; the error names the closest.
        """
        wanted = text.strip()
        for found in (
            self._by_id(wanted),
            self._by_alias(wanted),
            self._by_name(wanted),
            self._portal_names.get(wanted.casefold(), []),
        ):
            allowed = [each for each in found if self._allowed(each, role)]
            if allowed:
                return self._only(wanted, allowed)
        raise UnknownNameError(
            f"{role} {text!r}", "is not in the graph", hint=self._closest(wanted)
        )

    def _allowed(self, node: int, role: Role) -> bool:
        return role == "target" or not self.graph.synthetic[node]

    def _by_id(self, text: str) -> list[int]:
        at = bisect_left(self.graph.ids, text)
        if at < self.graph.n and self.graph.ids[at] == text:
            return [at]
        return self._folded_ids.get(text.casefold(), [])

    def _by_alias(self, text: str) -> list[int]:
        return self._folded_aliases.get(text.casefold(), [])

    def _by_name(self, text: str) -> list[int]:
        return self._folded_names.get(text.casefold(), [])

    def _only(self, text: str, found: list[int]) -> int:
        if len(found) > 1 and self._one_application(found):
            found = [each for each in found if self.graph.kind_name(each) in _SIGNS_IN] or found
        if len(found) > 1:
            raise AmbiguousNameError(text, [self._candidate(each) for each in found])
        return found[0]

    def _one_application(self, found: Iterable[int]) -> bool:
        """Return whether registrations and service principals share one app id."""
        nodes = list(found)
        if any(self.graph.kind_name(each) not in {APP.name, *_SIGNS_IN} for each in nodes):
            return False
        apps = [self._applications.get(str(self.graph.ids[each]), frozenset()) for each in nodes]
        return bool(frozenset.intersection(*apps))

    def _candidate(self, node: int) -> tuple[str, str, str]:
        graph = self.graph
        return str(graph.ids[node]), graph.kind_name(node), str(graph.names[node])

    # Tables, each made when first needed.

    @cached_property
    def _folded_ids(self) -> dict[str, list[int]]:
        return _table((text.casefold(), at) for at, text in enumerate(self.graph.ids))

    @cached_property
    def _folded_names(self) -> dict[str, list[int]]:
        ours = self.graph.synthetic
        return _table(
            (text.casefold(), at) for at, text in enumerate(self.graph.names) if not ours[at]
        )

    @cached_property
    def _folded_aliases(self) -> dict[str, list[int]]:
        known = {node: at for at, node in enumerate(self.graph.ids)} if self.aliases else {}
        pairs = [(alias.casefold(), known[node]) for alias, node in self.aliases if node in known]
        bare = [(alias.partition(":")[2], at) for alias, at in pairs]
        return _table(dict.fromkeys((*pairs, *(pair for pair in bare if pair[0]))))

    @cached_property
    def _portal_names(self) -> dict[str, list[int]]:
        """The user names of Identity Center, which are those of one identity store only."""
        return _table(
            (alias.rpartition("|")[2], at)
            for alias, nodes in self._folded_aliases.items()
            if alias.startswith(_PORTAL)
            for at in nodes
        )

    @cached_property
    def _applications(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for alias, node in self.aliases:
            if alias.casefold().startswith(_APPLICATION):
                found.setdefault(node, set()).add(alias.casefold())
        return {node: frozenset(texts) for node, texts in found.items()}

    # The closest name to one that nobody has.

    def _closest(self, text: str) -> str | None:
        folded = text.casefold()
        likely = dict.fromkeys(
            key
            for table in (
                self._folded_aliases,
                self._folded_names,
                self._folded_ids,
                self._portal_names,
            )
            for key in islice(_similar(folded, table), MOST_COMPARED)
        )
        close = get_close_matches(folded, likely, n=1, cutoff=CLOSE_ENOUGH)
        return f"Did you mean {self._spelt(close[0])}?" if close else None

    def _spelt(self, folded: str) -> str:
        """Return a name in its own spelling; an id, which says little, with the name it is of."""
        if nodes := self._folded_names.get(folded):
            return str(self.graph.names[nodes[0]])
        if nodes := self._folded_ids.get(folded):
            node, name = str(self.graph.ids[nodes[0]]), str(self.graph.names[nodes[0]])
            return node if name in {"", node} else f"{node} ({name})"
        return folded


def _table(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    table: dict[str, list[int]] = {}
    for text, at in pairs:
        table.setdefault(text, []).append(at)
    return table


def _similar(text: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin or end like a text and are about as long."""
    head, tail = text[:3], text[-4:]
    slack = max(3, len(text) // 3)
    low, high = len(text) - slack, len(text) + slack
    return [
        name
        for name in names
        if low <= len(name) <= high and (name.startswith(head) or name.endswith(tail))
    ]
