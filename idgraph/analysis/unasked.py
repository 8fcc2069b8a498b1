"""Guards that are passed and that nothing asks for: most likely a name that is written wrongly."""

from __future__ import annotations

from collections.abc import Iterable

from idgraph.analysis import display
from idgraph.graph import TrustGraph


def unasked(
    graph: TrustGraph, passes: Iterable[str], asked_at_start: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the single guards among what is passed that no edge and no start asks for, sorted.

    A kind alone (`mfa`) is always known.
    """
    singles = {each for each in passes if ":" in each} - set(asked_at_start)
    return tuple(sorted(singles - _asked(graph))) if singles else ()


def _asked(graph: TrustGraph) -> frozenset[str]:
    """Return every guard of a graph, worked out once."""
    return graph.keep(
        "guards asked", lambda: frozenset(each for some in graph.guard_sets for each in some)
    )


def tell_unasked(guards: Iterable[str]) -> list[str]:
    """Return a warning about guards that nothing asks for; nothing where there are none."""
    named = display.listed(sorted(guards))
    if not named:
        return []
    return [f"Warning: nothing asks for {named}, which is to be passed; is it written right?"]
