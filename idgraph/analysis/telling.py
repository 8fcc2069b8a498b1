"""Answers in words, for a person under pressure: the worst first, in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from idgraph.analysis import display
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.steps import Path, all_steps, in_words
from idgraph.analysis.unasked import tell_unasked
from idgraph.analysis.walk import Verdict
from idgraph.catalogue import MFA
from idgraph.derive.assumptions import assumption_words

if TYPE_CHECKING:
    from idgraph.analysis.changes import Changes
    from idgraph.analysis.path import Paths
    from idgraph.analysis.reach import Reach, Target

MOST = 10  # targets of a class told in words
MOST_SETS = 3  # sets of guards told beside the one shown, and controls
MOST_EDGES = 200_000  # of a graph that is asked again for each control, unbidden

_HEADS = {
    Verdict.REACHED: "{name} is reached in {steps}.",
    Verdict.REACHED_IF: "{name} is reached in {steps}, but only if the attacker {guards}.",
    Verdict.CANNOT_TELL: "Whether {name} is reached cannot be told: {unseen}.",
}


def tell_reach(answer: Reach) -> str:
    """Return what an identity reaches, in words."""
    from idgraph.analysis.reach import CLASSES

    lines = [f"{answer.summary}.", tell_attacker(answer.scenario, answer.identity.id)]
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
    if targets and answer.graph.m <= MOST_EDGES:
        lines += ["", "One control alone:", *answer.controls(MOST_SETS).lines()]
    lines += ["", *_doubts(targets, answer.provenance), *tell_bounds(answer)]
    if answer.marks is not None:
        lines += ["", *tell_added(targets, answer.marks.changes)]
    if answer.guards_cut:
        lines.append(
            "More combinations of guards lead on than are kept: a set shown here may "
            "not be the smallest one."
        )
    return _text(lines)


def tell_attacker(scenario: Scenario, identity: str) -> str:
    """Return what the attacker is taken to be able to do, in a sentence or two."""
    method, own = scenario.method, MFA.of(identity)
    passes = [own] if scenario.reset and method.passes_own_factor else []
    passes += [each for each in scenario.passed(identity) if each != own]
    passed = display.listed([_passed(each, identity) for each in passes])
    how = f"After {method.words} the attacker" if scenario.reset else "The attacker"
    said = f"{how} {method.gives}" + (f"; passed: {passed}." if passed else ".")
    asked = display.listed([in_words(guard) for guard in scenario.entry(identity)])
    said = " ".join([said, *tell_unasked(scenario.unasked)])
    if scenario.disabled:
        said += " The identity was disabled when it was seen: it gets nowhere while it stays so."
    if scenario.factorless and MFA in method.asks:
        said += " The account has no second factor registered."
    if asked:
        said += f" Every path needs an attacker who {asked}."
    assumed = "; ".join(map(assumption_words, scenario.assumed()))
    return said + (f" Taken to be so: {assumed}." if assumed else "")


def _passed(guard: str, identity: str) -> str:
    if guard == MFA.of(identity):
        return "its own second factor"
    return guard if ":" in guard else f"every {guard}"


def _tell_target(target: Target) -> Iterator[str]:
    yield "  " + tell_verdict(
        target.name, target.verdict, target.hops, target.guards, target.blind_spots
    )
    others = target.sufficient[1:]
    if others:
        sets = [" and ".join(each) for each in others[:MOST_SETS]]
        more = len(others) - MOST_SETS
        also = f"; and {more:,} more" if more > 0 else ""
        yield f"    Enough as well: {'; or '.join(sets)}{also}."
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


def tell_path(path: Path, indent: str = "    ") -> Iterator[str]:
    """Return the steps of a path, a line each, numbered; the legs of a gate before its step."""
    for number, step in enumerate(path, 1):
        asks = [*step.guards, *step.assumes]
        aside = f" [{', '.join(asks)}]" if asks else ""
        evidence = f" (evidence: {', '.join(step.evidence)})" if step.evidence else ""
        after = ", once all of this is done by different accounts:" if step.legs else ""
        yield f"{indent}{number}. {step.sentence}{aside}{evidence}{after}"
        for at, leg in enumerate(step.legs, 1):
            yield f"{indent}   {number}.{at}"
            yield from tell_path(leg, indent + "      ")


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


def tell_bounds(answer: Reach) -> Iterator[str]:
    """Return how many targets there are at least and at most, and what would settle most."""
    if not answer.told_quickly or answer.overall.sure:
        return
    overall = answer.overall
    yield (
        f"At least {overall.least:,} and at most {overall.most:,} of these are reached, however "
        "things are that were not seen or not passed."
    )
    if answer.settles_most is not None:
        yield f"{_capital(answer.doubts().summary)}."


def tell_added(targets: Iterable[Target], changes: Changes) -> Iterator[str]:
    """Return which paths have steps that were added inside a window, and who says so."""
    found = {each.id: each for each in targets if each.added}
    paths = display.count_of(len(found), "path has", "paths have")
    yield f"{paths} a step that was added in {changes.window}, so one witness says at least."
    on = Counter(
        step
        for each in found.values()
        for step in {step.edges: step for step in all_steps(each.path)}.values()
        if step.added
    )
    for step, number in sorted(on.items(), key=lambda each: (-each[1], each[0].edges)):
        yield f"  {step.sentence} (on the way to {display.count_of(number, 'target')})"
        for added in step.added:
            yield f"    {added.witness.value.replace('_', ' ')}, {added.at}: {added.words}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def tell_paths(answer: Paths) -> str:
    """Return the best paths between two nodes, in words."""
    ends = f"{answer.identity.name} to {answer.target.name}"
    if not answer.paths:
        lines = [f"No path leads from {ends}."]
        if answer.blind_spots:
            lines.append(f"What was not seen could add one: {'; '.join(answer.blind_spots)}.")
        return _text([*lines, not_loaded(answer.provenance)])
    lines = [
        f"{display.count_of(len(answer.paths), 'path')} from {ends}, the best first.",
        tell_attacker(answer.scenario, answer.identity.id),
    ]
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
    return "\n".join(display.plain(each) for each in lines)
