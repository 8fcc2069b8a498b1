"""Whose reset would hurt most: every identity by what its reset opens, before any incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.methods import METHODS
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.rank.counting import Counts
from idgraph.analysis.rank.starts import Everybody
from idgraph.analysis.reach import CLASSES
from idgraph.analysis.scenario import FULL_TAKEOVER, Scenario
from idgraph.analysis.telling import not_loaded
from idgraph.analysis.unasked import tell_unasked, unasked
from idgraph.analysis.walk import VERDICTS, Verdict
from idgraph.errors import InputError, UnknownNameError, did_you_mean
from idgraph.graph import Bools, Flag, Ints, TrustGraph

if TYPE_CHECKING:
    import pandas as pd

ORDER = ("privileged", "data", "secret_stores", "nhis")
"""The classes in the order in which their counts decide a place."""

TOLD = 10  # identities told in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An identity and how much its reset opens: a number by verdict for each class."""

    place: int  # from 1
    id: str
    kind: str
    name: str
    counts: Mapping[str, Mapping[str, int]]

    @property
    def opens(self) -> bool:
        """Whether anything that counts is, or could be, reached."""
        return any(number for counts in self.counts.values() for number in counts.values())

    def to_json(self) -> dict[str, Any]:
        """Return the identity as `--json` prints it."""
        return {
            "place": self.place,
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
        }


@dataclass(frozen=True, eq=False, repr=False)
class Rank:
    """The answer to "whose reset would hurt most?": identities, the worst first.

    Places go by how many targets are reached, class by class in the order of `classes`; where
    these are equal, by how many are reached under conditions, then by how many cannot be told;
    then by id.
    """

    graph: TrustGraph
    scenario: Scenario
    classes: tuple[str, ...]
    starts: Ints  # positions of all identities ranked, the worst first
    counts: Counts  # (identities, classes, verdicts), aligned with `starts`
    walked: int = 0  # identities that had to be walked one by one; the counts are as exact
    limit: int | None = None  # how many are listed
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        """Return how many identities were ranked."""
        return len(self.starts)

    def __getitem__(self, at: int) -> Ranked:
        place = range(len(self))[at]
        return self._ranked(place)

    def __iter__(self) -> Iterator[Ranked]:
        return map(self._ranked, range(len(self)))

    @cached_property
    def identities(self) -> tuple[Ranked, ...]:
        """The identities listed: all, or the first `limit`."""
        return tuple(map(self._ranked, range(self._listed)))

    @property
    def _listed(self) -> int:
        return len(self) if self.limit is None else min(self.limit, len(self))

    def _ranked(self, at: int) -> Ranked:
        graph, node = self.graph, int(self.starts[at])
        counts = {
            name: {verdict.value: int(self.counts[at, number, code]) for code, verdict in _CODES}
            for number, name in enumerate(self.classes)
        }
        return Ranked(
            place=at + 1,
            id=str(graph.ids[node]),
            kind=graph.kind_name(node),
            name=str(graph.names[node]),
            counts=counts,
        )

    @property
    def unasked(self) -> tuple[str, ...]:
        """What is passed and nothing in the graph, and no reset of an identity ranked, asks for."""
        asks = self.scenario.method.asks
        ids = self.graph.ids[self.starts].tolist() if asks else ()
        return unasked(
            self.graph, self.scenario.passes, (kind.of(str(each)) for each in ids for kind in asks)
        )

    def reaching(self, name: str) -> int:
        """Return how many identities surely reach a target of a class."""
        return int((self.counts[:, self.classes.index(name), 0] > 0).sum())

    # Shown.

    @property
    def summary(self) -> str:
        """The answer in a line."""
        ranked = display.count_of(len(self), "identity", "identities")
        if not len(self):
            return f"{ranked}: nobody to rank"
        _, one, _ = CLASSES[self.classes[0]]
        some, first = self.reaching(self.classes[0]), self[0]
        said = f"{some:,} of {ranked} reach{'es' if some == 1 else ''} a {one}"
        if not first.opens:
            return f"{said}, and none reaches anything that counts"
        return f"{said}; first is {first.name} with {_in_words(first)}"

    def __repr__(self) -> str:
        return display.plain(f"Rank({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [self._row(at) for at in range(min(self._listed, display.ROWS_SHOWN))]
        return display.mimebundle(self.summary, self._columns, rows, len(self))

    @property
    def _columns(self) -> list[str]:
        counted = [
            name if verdict is Verdict.REACHED else f"{name}_{verdict.value}"
            for name in self.classes
            for verdict in VERDICTS
        ]
        return ["place", "id", "kind", "name", *counted]

    def _row(self, at: int) -> tuple[Any, ...]:
        each = self._ranked(at)
        return each.place, each.id, each.kind, each.name, *self.counts[at].ravel().tolist()

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each identity listed; a class's own column counts what is reached."""
        import pandas as pd

        return pd.DataFrame(list(map(self._row, range(self._listed))), columns=self._columns)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `idgraph rank --json` prints it; `total` counts those not listed."""
        return {
            "scenario": {
                "reset": self.scenario.reset,
                "passes": sorted(self.scenario.passes),
                "passes_own_factor": self.scenario.method.passes_own_factor,
            }
            | ({"unasked": list(self.unasked)} if self.unasked else {}),
            "as_of": self.provenance.as_of,
            "profile": self.provenance.profile,
            "classes": list(self.classes),
            "total": len(self),
            "identities": [each.to_json() for each in self.identities],
            "coverage": self.provenance.coverage_json(),
        }

    def explain(self) -> str:
        """Return the answer in plain sentences."""
        told = [self._ranked(at) for at in range(min(self._listed, TOLD))]
        lines = [f"{self.summary}.", reset_in_words(self.scenario), *tell_unasked(self.unasked), ""]
        lines += [f"{each.place}. {each.name} ({each.id}): {_in_words(each)}." for each in told]
        if len(self) > len(told):
            lines.append(f"… and {len(self) - len(told):,} more.")
        return "\n".join(display.plain(each) for each in [*lines, "", not_loaded(self.provenance)])


_CODES = tuple(enumerate(VERDICTS))


def _in_words(each: Ranked) -> str:
    said = [
        _count_in_words(name, counts)
        for name, counts in each.counts.items()
        if any(counts.values())
    ]
    return display.listed(said) or "nothing that counts"


def _count_in_words(name: str, counts: Mapping[str, int]) -> str:
    _, one, many = CLASSES[name]
    surely, conditional, unknown = (counts[verdict.value] for verdict in VERDICTS)
    aside = [f"{conditional:,} more under conditions"] * bool(conditional)
    aside += [f"{unknown:,} that cannot be told"] * bool(unknown)
    said = display.count_of(surely, one, many)
    return f"{said} ({display.listed(aside)})" if aside else said


def reset_in_words(scenario: Scenario) -> str:
    """Return what the reset of any identity is taken to give, as a sentence."""
    method = scenario.method
    said = f"After {method.words} the attacker {method.gives}"
    passed = [each if ":" in each else f"every {each}" for each in sorted(scenario.passes)]
    return f"{said}; passed besides: {display.listed(passed)}." if passed else f"{said}."


def rank(
    graph: TrustGraph,
    scenario: Scenario = FULL_TAKEOVER,
    *,
    classes: Sequence[str] = ORDER,
    nhis: bool = False,
    limit: int | None = None,
    provenance: Provenance = UNKNOWN_ORIGIN,
) -> Rank:
    """Return every identity by what its reset opens, exactly as a walk from each would count it.

    Parameters
    ----------
    graph
        The graph of one moment.
    scenario
        The reset that everybody is taken to have had.
    classes
        The classes of targets that count, the weightiest first.
    nhis
        Whether non-human identities are ranked beside accounts of people.
    limit
        How many identities are listed; all are ranked.
    provenance
        Where the graph comes from.

    Raises
    ------
    UnknownNameError
        There is no such class.
    InputError
        The reset method makes no sense on any identity of the graph.
    """
    for name in classes:
        if name not in CLASSES:
            hint = did_you_mean(name, CLASSES) or f"Choose from: {', '.join(CLASSES)}."
            raise UnknownNameError(f"class {name!r}", "does not exist", hint=hint)
    counted = tuple(dict.fromkeys(classes)) or ORDER
    starts = identities(graph, scenario, nhis=nhis)
    members = [graph.has(CLASSES[name][0]) for name in counted]
    everybody = Everybody(graph, starts, scenario)
    counts = everybody.counts(members)
    order = _worst_first(starts, counts)
    return Rank(
        graph=graph,
        scenario=scenario,
        classes=counted,
        starts=starts[order],
        counts=counts[order],
        walked=int(everybody.walked.sum()),
        limit=limit,
        provenance=provenance,
    )


def _worst_first(starts: Ints, counts: Counts) -> Ints:
    """Return the order of the places; a sort takes its last key first."""
    _, classes, verdicts = counts.shape
    keys = [-counts[:, each, code] for code in range(verdicts) for each in range(classes)]
    return np.lexsort(np.stack([starts, *reversed(keys)])).astype(np.int32)


def identities(graph: TrustGraph, scenario: Scenario, *, nhis: bool = False) -> Ints:
    """Return the positions of all identities that can be reset as the scenario says.

    Raises
    ------
    InputError
        The reset method makes no sense on any of them.
    """
    asked = Flag.PERSON | Flag.NHI if nhis else Flag.PERSON
    fits = np.array([scenario.method.fits(kind) for kind in graph.catalogue.node_kinds], bool)
    of_class = graph.has(asked)
    found = np.flatnonzero(of_class & fits[graph.kinds]).astype(np.int32)
    if of_class.any() and not len(found):
        raise InputError(
            f"reset {scenario.reset}",
            f"needs {scenario.method.needs()}, and none is among the identities asked about",
            hint=_what_else(graph, fits, of_class),
        )
    return found


def _what_else(graph: TrustGraph, fits: Bools, asked: Bools) -> str:
    """Return what to ask instead of a method that none of the identities asked about has."""
    if (graph.has(Flag.PERSON | Flag.NHI) & fits[graph.kinds]).any():
        return "Include non-human identities: --nhis."
    usable = [
        name
        for name, each in METHODS.items()
        if any(each.fits(graph.catalogue.node_kinds[kind]) for kind in set(graph.kinds[asked]))
    ]
    return f"Use {' or '.join(usable)}." if usable else "Leave out the reset method."
