"""Which single control matters most: what each takes away if it holds, and opens if it fails.

A control is what a path asks for (somebody's second factor, an approval, a device) or takes to
be so (that no app instance lock is set). If it holds, nobody gets past it: the question is asked
again without the edges that ask for it. If it fails, the targets open for which it alone is
enough.

Only a control on the path shown to a target can take that target away, so the number of paths it
stands on bounds what it can do, and controls that cannot come among the first are left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from idgraph.analysis import display
from idgraph.analysis.needs import subject
from idgraph.analysis.provenance import UNKNOWN_ORIGIN, Provenance
from idgraph.analysis.reach import CLASSES, MOST_ROWS, Identity, Reach
from idgraph.analysis.steps import in_words
from idgraph.analysis.walk import VERDICTS, Verdict, walk
from idgraph.catalogue import ASSUME
from idgraph.derive.assumptions import assumption_words
from idgraph.graph import Bools, Ints

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIED = 100  # controls for which the question is asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control, with the targets that hang on it."""

    guard: str
    subject: str  # what it is on, by name where that is known
    state: str  # passed, assumed or asked: what the answer takes it to be
    targets: int  # taken away if it holds, or opened if it fails
    harder: int  # if it holds: still reached, but no longer outright
    by_class: dict[str, int]

    @property
    def words(self) -> str:
        """What would have to be so for the control to fail, in words."""
        kind = self.guard.partition(":")[0]
        if kind == ASSUME.name:
            return assumption_words(self.guard)
        return f"the attacker {in_words(f'{kind}:{self.subject}')}"

    def to_json(self) -> dict[str, Any]:
        """Return the control as `--json` prints it."""
        return {
            "guard": self.guard,
            "words": self.words,
            "state": self.state,
            "targets": self.targets,
            "harder": self.harder,
            "by_class": self.by_class,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Controls:
    """The answer to "which one control matters most?"."""

    identity: Identity
    total: int  # targets reached, outright or under conditions
    take_away: tuple[Control, ...]  # if it held, the one that takes most away first
    unlock: tuple[Control, ...]  # if it failed, the one that opens most first
    cut: bool  # not every control was tried
    provenance: Provenance = UNKNOWN_ORIGIN

    @property
    def summary(self) -> str:
        """The answer in a line."""
        said = f"{self.identity.name} reaches {display.count_of(self.total, 'target')}"
        if not self.take_away:
            return f"{said}; no single control takes one of them away"
        best = self.take_away[0]
        return f"{said}; {best.targets + best.harder:,} hang on whether {best.words}"

    def __repr__(self) -> str:
        return display.plain(f"Controls({self.summary})")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = list(self._rows())
        return display.mimebundle(self.summary, _COLUMNS, rows[: display.ROWS_SHOWN], len(rows))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for effect, rows in (("takes away", self.take_away), ("opens", self.unlock)):
            for each in rows:
                counts = (each.by_class[name] for name in CLASSES)
                said = (each.guard, each.words, each.state, each.targets, each.harder)
                yield (effect, *said, *counts)

    def to_frame(self) -> pd.DataFrame:
        """Return the controls, a row each."""
        import pandas as pd

        return pd.DataFrame(list(self._rows()), columns=_COLUMNS)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {
            "targets": self.total,
            "take_away": [each.to_json() for each in self.take_away],
            "unlock": [each.to_json() for each in self.unlock],
            "cut": self.cut,
        }

    def explain(self) -> str:
        """Return the answer in plain sentences."""
        return "\n".join(display.plain(each) for each in (f"{self.summary}.", *self.lines()))

    def lines(self) -> Iterator[str]:
        """Yield a sentence for each control."""
        for each in self.take_away:
            harder = f", and {each.harder:,} more only under conditions" if each.harder else ""
            lost = f"{each.targets:,} of {display.count_of(self.total, 'target')}"
            yield f"  Unless {each.words}: {lost} out of reach{harder}."
        for each in self.unlock:
            count = display.count_of(each.targets, "target")
            yield f"  If {each.words}: {count} reached outright."
        if not self.take_away and not self.unlock:
            yield "  None takes a target away or opens one."
        if self.cut:
            yield "  More controls lie on the paths than were tried."


_COLUMNS = ["effect", "guard", "words", "state", "targets", "harder", *CLASSES]


def controls(answer: Reach, most: int = MOST_ROWS) -> Controls:
    """Return the controls that matter most for what an identity reaches, at most so many rows."""
    asked = _Asked(answer)
    take_away, cut = asked.take_away(most)
    return Controls(
        identity=answer.identity,
        total=len(asked.targets),
        take_away=take_away,
        unlock=asked.unlock(most),
        cut=cut or answer.walk.sufficient_cut,
        provenance=answer.provenance,
    )


class _Asked:
    """The targets of one answer, and what became of them when it was asked again."""

    def __init__(self, answer: Reach) -> None:
        self.answer = answer
        self.walk = answer.walk
        self.members = {name: answer.members(name) for name in CLASSES}
        any_class: Bools = np.logical_or.reduce(list(self.members.values()))
        told = any_class & (self.walk.verdicts <= VERDICTS.index(Verdict.REACHED_IF))
        self.targets: Ints = np.flatnonzero(told).astype(np.int32)

    def take_away(self, most: int) -> tuple[tuple[Control, ...], bool]:
        """Return the controls that take most away, and whether some were left untried for time."""
        bounds = sorted(self._on_paths().items(), key=lambda each: (-each[1], each[0]))
        rows: list[Control] = []
        for tried, (guard, bound) in enumerate(bounds):
            rows.sort(key=_order)
            if len(rows) >= most and bound < _effect(rows[most - 1]):
                return tuple(rows[:most]), False
            if tried >= MOST_TRIED:
                return tuple(rows[:most]), True
            row = self._held(guard)
            rows += [row] if _effect(row) else []
        return tuple(sorted(rows, key=_order)[:most]), False

    def _on_paths(self) -> Counter[str]:
        """Return, by control, on how many of the paths shown it stands."""
        found: Counter[str] = Counter()
        sets = self.walk.view.edges.guarding
        scenario, start = self.walk.scenario, self.answer.identity.id
        at_start = {*scenario.asked(start), *scenario.assumed()}
        for node in self.targets.tolist():
            edges = self.walk.path(node).every()
            on_path = {guard for edge in edges for guard in sets.sets[sets.of_edge[edge]]}
            found.update(at_start | on_path)
        return found

    def _held(self, guard: str) -> Control:
        """Return what is lost when nobody gets past a control."""
        scenario = self.walk.scenario
        again = walk(
            self.answer.graph,
            self.walk.start,
            replace(scenario, holds=scenario.holds | {guard}),
            cap=self.walk.cap,
        )
        now, then = self.walk.verdicts[self.targets], again.verdicts[self.targets]
        lost = (then < 0) | (then > VERDICTS.index(Verdict.REACHED_IF))
        return self._row(guard, self.targets[lost], int((~lost & (then > now)).sum()))

    def unlock(self, most: int) -> tuple[Control, ...]:
        """Return the controls that open most if they alone fail."""
        opened: dict[str, list[int]] = {}
        for node in self.targets.tolist():
            if self.walk.verdict(node) is Verdict.REACHED_IF:
                for need in self.walk.sufficient(node):
                    if len(need) == 1:
                        opened.setdefault(need[0], []).append(node)
        rows = [self._row(guard, np.array(nodes, np.int32)) for guard, nodes in opened.items()]
        return tuple(sorted(rows, key=_order)[:most])

    def _row(self, guard: str, nodes: Ints, harder: int = 0) -> Control:
        return Control(
            guard=guard,
            subject=self._name(subject(guard)),
            state=self._state(guard),
            targets=len(nodes),
            harder=harder,
            by_class={name: int(mask[nodes].sum()) for name, mask in self.members.items()},
        )

    def _name(self, node_id: str) -> str:
        graph = self.answer.graph
        at = int(np.searchsorted(graph.ids, node_id))
        known = at < graph.n and graph.ids[at] == node_id
        return str(graph.names[at]) if known else node_id

    def _state(self, guard: str) -> str:
        if guard.startswith(f"{ASSUME.name}:"):
            return "assumed"
        scenario, start = self.walk.scenario, self.answer.identity.id
        passed = guard in scenario.singles(start) or guard.partition(":")[0] in scenario.kinds
        return "passed" if passed else "asked"


def _effect(row: Control) -> int:
    return row.targets + row.harder


def _order(row: Control) -> tuple[int, int, str]:
    return -_effect(row), -row.targets, row.guard
