"""How sure an answer is as a whole: what it is at least and at most, and what would settle most.

Least: every assumption fails, every blind spot is empty, every guard that is not passed holds.
Most: every assumption is right, every blind spot is there, every such guard is passed after all.
What was never loaded and what nothing loaded hints at is in neither; it is listed with the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.doubt.part import Part
from idgraph.analysis.doubt.settling import CALLS, HINTED, settled_by
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import CLASSES, Identity
from idgraph.analysis.walk import VERDICTS, Verdict, Walk
from idgraph.catalogue import ASSUME
from idgraph.derive.assumptions import assumption_words
from idgraph.graph import Bools, Ints
from idgraph.snapshot import Coverage

if TYPE_CHECKING:
    import pandas as pd

MOST_ASKED_AGAIN = 200_000  # edges that can matter, above which doubts are told when asked for

_REACHED = VERDICTS.index(Verdict.REACHED)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many objects are reached at least, as stated (outright), and at most."""

    least: int
    stated: int
    most: int

    @property
    def sure(self) -> bool:
        """Whether nothing is in doubt."""
        return self.least == self.most

    def to_json(self) -> dict[str, int]:
        """Return the bounds as `--json` prints them."""
        return {"least": self.least, "stated": self.stated, "most": self.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that was not seen, and what of an answer hangs on it."""

    settled_by: str  # the record kind, setting or test that says how it is
    sources: tuple[str, ...]  # that could say it and did not
    assumptions: tuple[str, ...]  # what was taken to be so, in words
    blind_spots: tuple[str, ...]
    about: tuple[str, ...]  # what is not known without it, in the loader's words
    decides: int | None  # results that differ by it; None where nothing loaded hints at it
    by_class: Mapping[str, int]
    results: tuple[str, ...]  # their ids

    @property
    def call(self) -> str:
        """The call whose answer would settle it, as typed; "" where none is known."""
        return CALLS.get(self.settled_by, "")

    def to_json(self) -> dict[str, Any]:
        """Return the doubt as `--json` prints it."""
        return {
            "settled_by": self.settled_by,
            "call": self.call,
            "sources": list(self.sources),
            "assumptions": list(self.assumptions),
            "blind_spots": list(self.blind_spots),
            "about": list(self.about),
            "decides": self.decides,
            "by_class": dict(self.by_class),
            "results": list(self.results),
        }

    def __str__(self) -> str:
        missing = f" of {display.listed(self.sources)}" if self.sources else ""
        asked = f" ({self.call})" if self.call else ""
        return f"{self.settled_by}{missing}{asked}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Doubts:
    """The answer to "what would have to be known?", what decides most first.

    Behind those that decide something comes what nothing loaded hints at, with no number.
    """

    identity: Identity
    doubts: tuple[Doubt, ...]
    results: int  # targets of the answer, whatever their verdict
    together: int  # of these, how many hang on all doubts taken together
    provenance: Provenance = UNKNOWN_ORIGIN

    def __len__(self) -> int:
        return len(self.doubts)

    def __iter__(self) -> Iterator[Doubt]:
        return iter(self.doubts)

    @property
    def deciding(self) -> tuple[Doubt, ...]:
        """The doubts that decide at least one result."""
        return tuple(each for each in self.doubts if each.decides)

    @property
    def unhinted(self) -> tuple[Doubt, ...]:
        """What was never loaded, and what nothing loaded hints at."""
        return tuple(each for each in self.doubts if each.decides is None)

    @property
    def summary(self) -> str:
        """The answer in a line."""
        if not self.together:
            return f"no result on {self.identity.name} hangs on something that was not seen"
        if not self.deciding:
            results = display.count_of(self.together, "result")
            hang = "hangs" if self.together == 1 else "hang"
            return f"{results} on {self.identity.name} {hang} on several doubts, and on none alone"
        first = self.deciding[0]
        return (
            f"what would settle most: {first} "
            f"({first.decides:,} of {display.count_of(self.results, 'result')})"
        )

    def __repr__(self) -> str:
        return display.plain(f"Doubts({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = list(self._rows())
        return display.mimebundle(
            self.summary, _COLUMNS[:6], [row[:6] for row in rows[: display.ROWS_SHOWN]], len(rows)
        )

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for each in self.doubts:
            yield (
                each.settled_by,
                each.sources,
                each.decides,
                each.assumptions,
                each.blind_spots,
                each.about,
                *(each.by_class.get(name) for name in CLASSES),
                each.results,
            )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each doubt."""
        import pandas as pd

        frame = pd.DataFrame(list(self._rows()), columns=_COLUMNS)
        numbers = ["decides", *CLASSES]
        return frame.astype(dict.fromkeys(numbers, "Int64"))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the doubts as `idgraph reach --doubts --json` prints them."""
        return [each.to_json() for each in self.doubts]

    def explain(self) -> str:
        """Return the doubts in plain sentences."""
        lines = [f"{self.summary[:1].upper()}{self.summary[1:]}."]
        for each in self.deciding:
            lines += ["", f"{each}: decides {display.count_of(each.decides or 0, 'result')}."]
            lines += [f"  assumed: {text}" for text in each.assumptions]
            lines += [f"  not seen: {text}" for text in each.blind_spots]
        if self.unhinted:
            lines += ["", "Not loaded, and nothing loaded hints at what it would add:"]
            lines += [f"  {display.listed(each.about) or each}" for each in self.unhinted]
        return "\n".join(display.plain(each) for each in lines)


_COLUMNS = [
    "settled_by",
    "sources",
    "decides",
    "assumptions",
    "blind_spots",
    "about",
    *CLASSES,
    "results",
]


@dataclass(frozen=True, eq=False)
class Resolver:
    """A walk asked again, with what was not seen settled one way or the other."""

    walked: Walk
    classes: Mapping[str, Bools]  # by class, whether each node of the graph is in it
    provenance: Provenance = UNKNOWN_ORIGIN

    @cached_property
    def part(self) -> Part:
        """The part of the graph that can matter."""
        return Part.of(self.walked)

    @property
    def quick(self) -> bool:
        """Whether asking again is quick enough to be done with every answer."""
        graph, reached = self.walked.graph, self.walked.verdicts >= 0
        inside = reached[graph.source] & reached[graph.target]
        return int(inside.sum()) <= MOST_ASKED_AGAIN

    def bounds(self) -> dict[str, Bounds]:
        """Return, by class, how many are reached at least, as stated and at most."""
        return {name: self._bounds(members) for name, members in self.classes.items()}

    def overall(self) -> Bounds:
        """Return how many targets of any class are reached at least, as stated and at most."""
        return self._bounds(self._any_class)

    def _bounds(self, members: Bools) -> Bounds:
        stated = members & (self.walked.verdicts == _REACHED)
        return Bounds(int((members & self._sure).sum()), int(stated.sum()), int(members.sum()))

    @cached_property
    def _sure(self) -> Bools:
        """Whether each node is reached outright even if every assumption fails."""
        if not self.part.doubts:
            reached: Bools = self.walked.verdicts == _REACHED
            return reached
        sure = np.zeros(len(self.walked.verdicts), bool)
        sure[self.part.nodes[self.part.reached_at_least()]] = True
        return sure

    def doubts(self, identity: Identity) -> Doubts:
        """Return what the answer hangs on, what decides most first."""
        groups: dict[str, list[str]] = {}
        for guard in sorted(self.part.doubts):
            groups.setdefault(settled_by(guard), []).append(guard)
        found = [self._doubt(what, guards) for what, guards in groups.items()]
        together = self._decided(self.part.doubts) if groups else ()
        deciding = sorted(
            (each for each in found if each.decides),
            key=lambda each: (-(each.decides or 0), each.settled_by),
        )
        return Doubts(
            identity=identity,
            doubts=(*deciding, *self._unhinted(), *self._never_loaded()),
            results=int(self._any_class.sum()),
            together=len(together),
            provenance=self.provenance,
        )

    def _decided(self, doubts: Collection[str]) -> Ints:
        """Return the targets whose verdict some doubts decide."""
        nodes = self.part.nodes[self.part.least(doubts) != self.part.most(doubts)]
        targets: Ints = nodes[self._any_class[nodes]]
        return targets

    @cached_property
    def _any_class(self) -> Bools:
        masks = [mask for name, mask in self.classes.items() if name in CLASSES]
        together: Bools = np.logical_or.reduce(masks)
        return together

    def _doubt(self, what: str, guards: list[str]) -> Doubt:
        decided = self._decided(guards)
        records = self._missing.get(what, ())
        return Doubt(
            settled_by=what,
            sources=tuple(sorted({each.source for each in records})),
            assumptions=tuple(
                assumption_words(each) for each in guards if each.startswith(f"{ASSUME.name}:")
            ),
            blind_spots=tuple(
                each.partition(":")[2] for each in guards if not each.startswith(f"{ASSUME.name}:")
            ),
            about=tuple(sorted({each.about for each in records if each.about})),
            decides=len(decided),
            by_class=self._by_class(decided),
            results=tuple(self.walked.graph.ids[decided].tolist()),
        )

    def _by_class(self, nodes: Ints) -> dict[str, int]:
        return {
            name: int(mask[nodes].sum()) for name, mask in self.classes.items() if name in CLASSES
        }

    @cached_property
    def _missing(self) -> dict[str, list[Coverage]]:
        """What was not seen whole, by record kind."""
        found: dict[str, list[Coverage]] = {}
        for each in self.provenance.coverage:
            if not each.complete:
                found.setdefault(each.record, []).append(each)
        return found

    def _unhinted(self) -> Iterator[Doubt]:
        for record in sorted(set(self._missing) - HINTED):
            rows = self._missing[record]
            about = tuple(sorted({each.about for each in rows if each.about}))
            yield _open(record, about, tuple(sorted({each.source for each in rows})))

    def _never_loaded(self) -> Iterator[Doubt]:
        for name, reads in self.provenance.never_loaded:
            yield _open(name, (f"nothing was loaded of {reads}",))


def _open(what: str, about: tuple[str, ...], sources: tuple[str, ...] = ()) -> Doubt:
    """Return what is missing without anything that hints at what it would add."""
    return Doubt(
        settled_by=what,
        sources=sources,
        assumptions=(),
        blind_spots=(),
        about=about,
        decides=None,
        by_class={},
        results=(),
    )
