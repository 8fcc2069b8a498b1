"""Whose reset reaches a target, and who could carry that reset out: who could be phoned about it.

For each identity every way to reset it is asked apart: a password that somebody sets leaves the
second factor, a temporary pass does not. Ways are listed weakest proof first, as `reset_paths`
orders them; an identity without any known way is taken to be taken over whole, and comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.exposed.ways import (
    Exposure,
    Group,
    Grouping,
    ResetWay,
    Teller,
    Ways,
    named,
    tally,
)
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import Identity
from idgraph.analysis.steps import Evidence, no_evidence
from idgraph.analysis.unasked import unasked
from idgraph.analysis.walk import VERDICTS, Verdict
from idgraph.graph import TrustGraph

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Exposed", "Exposure", "ResetWay", "exposed"]


@dataclass(frozen=True, eq=False, repr=False)
class Exposed:
    """The answer to "whose reset reaches it?"; paths are worked out for those listed only."""

    graph: TrustGraph
    node: int
    passes: frozenset[str]
    groups: tuple[Group, ...]
    limit: int | None = None  # identities listed for each way
    evidence: Evidence = no_evidence
    provenance: Provenance = UNKNOWN_ORIGIN

    @cached_property
    def target(self) -> Identity:
        """What was asked about."""
        return named(self.graph, self.node)

    @property
    def unasked(self) -> tuple[str, ...]:
        """What is passed and nothing in the graph asks for."""
        return unasked(self.graph, self.passes)

    @cached_property
    def ways(self) -> tuple[ResetWay, ...]:
        """The ways to reset identities that reach it, weakest proof first."""
        return Teller(self.graph, self.node, self.limit, self.evidence).tell(self.groups)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many identities reach it, by the best verdict over the ways to reset them."""
        best = np.full(self.graph.n, len(VERDICTS), np.int8)
        for group in self.groups:
            best[group.nodes] = np.minimum(best[group.nodes], group.verdicts)
        return tally(best)

    @cached_property
    def call(self) -> tuple[ResetWay, Exposure] | None:
        """The one request that opens it: the weakest known way by which it is surely reached."""
        return next(
            (
                (way, each)
                for way in self.ways
                if way.is_known
                for each in way.identities[:1]
                if each.verdict is Verdict.REACHED
            ),
            None,
        )

    def __len__(self) -> int:
        """Return how many identities may reach it."""
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[ResetWay]:
        return iter(self.ways)

    # Shown.

    @property
    def summary(self) -> str:
        """The answer in a line."""
        surely, conditional, unknown = (self.counts[each.value] for each in VERDICTS)
        if not len(self):
            return f"nobody's reset reaches {self.target.name}"
        said = display.count_of(surely, "identity's reset", "identities' resets")
        reaches = "reaches" if surely == 1 else "reach"
        aside = [f"{conditional:,} more under conditions"] * bool(conditional)
        aside += [f"{unknown:,} that cannot be told"] * bool(unknown)
        return f"{', '.join([f'{said} {reaches} {self.target.name}', *aside])}"

    def __repr__(self) -> str:
        return display.plain(f"Exposed({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row[: len(_SHOWN)] for row in self._rows()]
        total = sum(len(group.nodes) for group in self.groups)
        return display.mimebundle(self.summary, _SHOWN, rows[: display.ROWS_SHOWN], total)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for way in self.ways:
            for each in way.identities:
                yield (
                    each.id,
                    each.kind,
                    each.name,
                    each.verdict.value,
                    each.hops,
                    each.guards,
                    way.name or NOBODY_KNOWN,
                    way.method,
                    way.executor,
                    way.proof,
                    way.approvals,
                    way.vendor,
                    way.channel,
                    way.path,
                    tuple(one.id for one in way.executors if one.id != each.id),
                    each.assumes,
                    each.blind_spots,
                )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each way to reset each identity listed."""
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=_COLUMNS)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph exposed --json` prints it."""
        return {
            "target": self.target.to_json(),
            "scenario": {"passes": sorted(self.passes)}
            | ({"unasked": list(self.unasked)} if self.unasked else {}),
            "as_of": self.provenance.as_of,
            "profile": self.provenance.profile,
            "counts": self.counts,
            "total": len(self),
            "reset_paths": [way.to_json() for way in self.ways],
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the answer in plain sentences: the one request that opens it first."""
        from idgraph.analysis.exposed.words import tell_exposed

        return tell_exposed(self)


NOBODY_KNOWN = "no way to reset it is known"

_SHOWN = [
    "id",
    "kind",
    "name",
    "verdict",
    "hops",
    "guards",
    "reset_path",
    "method",
    "executor",
    "proof",
    "approvals",
]
_COLUMNS = [*_SHOWN, "vendor", "channel", "path_id", "executors", "assumes", "blind_spots"]


def exposed(
    graph: TrustGraph,
    target: int | str,
    *,
    ways: Ways,
    passes: frozenset[str] = frozenset(),
    nhis: bool = False,
    limit: int | None = None,
    evidence: Evidence = no_evidence,
    provenance: Provenance = UNKNOWN_ORIGIN,
) -> Exposed:
    """Return all identities whose reset reaches a target, by the way they would be reset.

    Parameters
    ----------
    graph
        The graph of one moment.
    target
        The position or id of the target; its own reset is left out.
    ways
        The ways to reset an account: `ResetPaths.into`.
    passes
        Guards and guard kinds that the attacker passes besides, as in a scenario.
    nhis
        Whether non-human identities are asked about beside accounts of people.
    limit
        How many identities are listed for each way; all are counted.
    evidence, provenance
        As for `reach`.
    """
    node = graph.position(target) if isinstance(target, str) else target
    groups = Grouping(graph, node, passes).groups(ways, nhis=nhis)
    return Exposed(graph, node, passes, groups, limit, evidence, provenance)
