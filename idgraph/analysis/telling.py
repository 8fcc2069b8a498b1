"""Answers in words, for a person under pressure: the worst first, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from idgraph.analysis import display
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.steps import Path, in_words
from idgraph.analysis.walk import Verdict
from idgraph.derive.assumptions import assumption_words

if TYPE_CHECKING:
    from idgraph.analysis.path import Paths
    from idgraph.analysis.reach import Reach, Target

MOST = 10  # targets of a class told in words

_HEADS = {
    Verdict.REACHED: "{name} is reached in {steps}.",
    Verdict.REACHED_IF: "{name} is reached in {steps}, but only if the attacker {guards}.",
    Verdict.CANNOT_TELL: "Whether {name} is reached cannot be told: {unseen}.",
}


def tell_reach(answer: Reach) -> str:
    """Return what an identity reaches, in words."""
    from idgraph.analysis.reach import CLASSES

    lines = [f"{answer.summary}.", _assumed_attacker(answer.passes, answer.scenario.reset)]
    for name, (_, one, many) in CLASSES.items():
        targets = getattr(answer, name)
        if not targets:
            lines += ["", f"No {one} is reached."]
            continue
        lines += ["", f"{many.capitalize()} ({len(targets):,}):"]
        lines += [text for each in targets[:MOST] for text in _tell_target(each)]
        if len(targets) > MOST:
            lines.append(f"  … and {len(targets) - MOST:,} more, in to_frame({name!r}).")
    targets = [each for name in CLASSES for each in getattr(answer, name)]
    lines += ["", *_doubts(targets, answer.provenance)]
    if answer.guards_cut:
        lines.append(
            "More combinations of guards lead on than are kept: a set shown here may "
            "not be the smallest one."
        )
    return _text(lines)


def _assumed_attacker(passes: Iterable[str], reset: str | None) -> str:
    how = f"after the reset {reset!r}" if reset else "signed in as it"
    passed = display.listed([each if ":" in each else f"every {each}" for each in passes])
    return f"The attacker is taken to be {how}" + (f", passing {passed}." if passed else ".")


def _tell_target(target: Target) -> Iterator[str]:
    yield "  " + tell_verdict(
        target.name, target.verdict, target.hops, target.guards, target.blind_spots
    )
    yield from tell_path(target.path)


def tell_verdict(
    name: str, verdict: Verdict, hops: int, guards: Iterable[str], unseen: Iterable[str]
) -> str:
    """Return the verdict on a target as a sentence."""
    needed = display.listed([in_words(guard) for guard in guards])
    said = _HEADS[verdict].format(
        name=name,
        steps=display.count_of(hops, "step"),
        guards=needed,
        unseen=f"it hangs on what was not seen ({display.listed(list(unseen))})",
    )
    if verdict is Verdict.CANNOT_TELL and needed:
        said += f" Even then only if the attacker {needed}."
    return said


def tell_path(path: Path) -> Iterator[str]:
    """Return the steps of a path, a line each, numbered."""
    for number, step in enumerate(path, 1):
        asks = [*step.guards, *step.assumes]
        aside = f" [{', '.join(asks)}]" if asks else ""
        evidence = f" (evidence: {', '.join(step.evidence)})" if step.evidence else ""
        yield f"    {number}. {step.sentence}{aside}{evidence}"


def _doubts(targets: Iterable[Target], provenance: Provenance) -> Iterator[str]:
    listed = list(targets)
    assumed = sorted({guard for each in listed for guard in each.assumes})
    unseen = sorted({spot for each in listed for spot in each.blind_spots})
    if assumed:
        said = "; ".join(map(assumption_words, assumed))
        yield f"Assumed, because no export says otherwise: {said}."
    if unseen:
        yield f"Not seen, and able to change an answer: {'; '.join(unseen)}."
    yield not_loaded(provenance)


def not_loaded(provenance: Provenance) -> str:
    """Return what was missing when the question was asked."""
    if not provenance.missing:
        return "Nothing is known to be missing from what was loaded."
    return f"Not loaded: {'; '.join(provenance.missing)}."


def tell_paths(answer: Paths) -> str:
    """Return the best paths between two nodes, in words."""
    ends = f"{answer.identity.name} to {answer.target.name}"
    if not answer.paths:
        lines = [f"No path leads from {ends}."]
        if answer.blind_spots:
            lines.append(f"What was not seen could add one: {'; '.join(answer.blind_spots)}.")
        return _text([*lines, not_loaded(answer.provenance)])
    lines = [f"{display.count_of(len(answer.paths), 'path')} from {ends}, the best first."]
    for route in answer.paths:
        lines += [
            "",
            tell_verdict(
                answer.target.name, route.verdict, route.hops, route.guards, route.blind_spots
            ),
            *tell_path(route.path),
        ]
    if answer.cut:
        lines += ["", "The search was cut: further paths of this quality may exist."]
    return _text([*lines, "", not_loaded(answer.provenance)])


def _text(lines: Iterable[str]) -> str:
    return "\n".join(display.line(each) for each in lines)
