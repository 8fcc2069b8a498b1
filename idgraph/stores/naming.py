"""What a text may mean in a graph: enough of it to decide, without the rest.

`analysis.find` decides what a typed text means from a whole graph. A store hands it every node
that could matter, and all aliases of those, so that it decides the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from idgraph.derive import Projection
from idgraph.stores.walking import Found, nodes_of


@dataclass(frozen=True, slots=True)
class Named:
    """The nodes of which the id, the name or an alias is a text in any case, sorted by id.

    `aliases` are all of theirs, as pairs of an alias and a node's id, sorted.
    """

    nodes: tuple[Found, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()


def keys_of_alias(alias: str) -> tuple[str, ...]:
    """Return what an alias is found by: itself, and itself without its scheme."""
    whole = alias.casefold()
    bare = whole.partition(":")[2]
    return (whole, bare) if bare else (whole,)


def meant_in(aliases: Iterable[tuple[str, str]], key: str) -> set[str]:
    """Return the ids of nodes that an alias with this key names."""
    return {node for alias, node in aliases if key in keys_of_alias(alias)}


def gathered(nodes: Iterable[Found], aliases: Iterable[tuple[str, str]]) -> Named:
    """Return nodes with those of some aliases that are theirs."""
    ordered = tuple(sorted(nodes, key=lambda each: each.id))
    return Named(ordered, _of(aliases, {each.id for each in ordered}))


def named_in(whole: Projection, aliases: Collection[tuple[str, str]], text: str) -> Named:
    """Return what a text may mean in a graph that is in memory."""
    key = text.casefold()
    graph = whole.graph
    ids = meant_in(aliases, key)
    ids.update(
        str(node)
        for node, name in zip(graph.ids, graph.names, strict=True)
        if key in {node.casefold(), name.casefold()}
    )
    return gathered(nodes_of(whole, sorted(ids)), aliases)


def _of(aliases: Iterable[tuple[str, str]], nodes: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({pair for pair in aliases if pair[1] in nodes}))
