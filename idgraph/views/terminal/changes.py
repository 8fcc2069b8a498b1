"""What changed in a window, what is different between two moments, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group

from idgraph.analysis.changes import HEADS, Changes, TimedChange
from idgraph.analysis.diff import SEEN_WORDS, TABLES, CoverageChange, Diff
from idgraph.analysis.diff.facts import Change, Fact
from idgraph.analysis.diff.of_reach import ReachDiff, TargetChange
from idgraph.analysis.display import plain
from idgraph.analysis.doubt import Doubts
from idgraph.views.terminal.base import SHOWN, indented, line, listing, rest, show

PLACES = 2  # evidence shown for a row before "and N more"
CAUSES = 5  # told apart from the targets

_STYLES = {Change.ADDED: "bold red", Change.REMOVED: "green", Change.CHANGED: "yellow"}


def changes(answer: Changes) -> None:
    """Print what changed in a window, one table a witness."""
    show(line(f"{answer.summary}.", "bold"), "")
    for witness, some in answer.by_witness.items():
        if some:
            show(
                line(f"{HEADS[witness]} ({len(some):,})", "bold"),
                indented(
                    listing(("when", "", "what", "by", "evidence"), map(_timed, some[:SHOWN]))
                ),
                rest(len(some) - SHOWN, "--json has all"),
                "",
            )
    show(*(line(each, "dim") for each in answer.notes))


def _timed(each: TimedChange) -> tuple[object, ...]:
    doubt = "" if each.sure else " (not for certain)"
    return (
        each.at,
        line(each.change.value, _STYLES[each.change]),
        f"{each.words}{doubt}",
        each.by_name or each.by,
        _places(each.evidence),
    )


def diff(answer: Diff) -> None:
    """Print what is different between two moments."""
    show(line(f"{_capital(answer.summary)}.", "bold"), "")
    for name, (table, noun) in TABLES.items():
        some = [each for each in answer if each.about == name]
        if some:
            show(
                line(f"{noun.capitalize()}s ({len(some):,})", "bold"),
                indented(listing(("", "what", "evidence"), map(_fact, some[:SHOWN]))),
                rest(len(some) - SHOWN, f"--json has all under {table}"),
                "",
            )
    for head, conflicts in (
        ("New contradictions", answer.conflicts_added),
        ("Contradictions that are gone", answer.conflicts_removed),
    ):
        if conflicts:
            told = (
                line(f"{each.node}: {each.field} is said to be {' and '.join(each.values)}")
                for each in conflicts[:SHOWN]
            )
            show(line(f"{head} ({len(conflicts):,})", "bold"), indented(Group(*told)), "")
    _coverage(answer.coverage, answer.before.as_of, answer.after.as_of)
    if answer.activity:
        show(line(f"{answer.activity:,} accounts differ by their last sign-in only.", "dim"))


def _fact(each: Fact) -> tuple[object, ...]:
    why = f"\nbecause {'; '.join(map(plain, each.because))}" if each.because else ""
    doubt = "\nnot for certain: its list was not seen whole" if not each.sure else ""
    text = line(str(each))
    text.append(why + doubt, style="dim")
    return line(each.change.value, _STYLES[each.change]), text, _places(each.evidence)


def diff_reach(answer: ReachDiff) -> None:
    """Print what an identity reaches otherwise, and because of what."""
    show(line(f"{answer.summary}.", "bold"), "")
    if answer.causes:
        rows = ((number, each.words, _places(each.evidence)) for each, number in answer.causes)
        listed = list(rows)
        show(
            line("Because", "bold"),
            indented(listing(("count", "cause", "evidence"), listed[:CAUSES])),
            rest(len(listed) - CAUSES, "--json has all"),
            "",
        )
    for head, some in (
        ("Reached now, and not before", answer.appeared),
        ("No longer reached", answer.vanished),
        ("Reached otherwise", answer.changed),
        ("Different only by what was loaded", answer.seen_otherwise),
    ):
        if some:
            show(
                line(f"{head} ({len(some):,})", "bold"),
                indented(
                    listing(
                        ("name", "before", "after", "by this alone"), map(_target, some[:SHOWN])
                    )
                ),
                rest(len(some) - SHOWN, "--json has all"),
                "",
            )
    _coverage(answer.coverage, answer.before.as_of, answer.after.as_of)


def _target(each: TargetChange) -> tuple[object, ...]:
    verdicts = (
        (verdict.value if verdict else "not reached").replace("_", " ")
        for verdict in (each.before, each.after)
    )
    return plain(each.name, 48), *verdicts, "; ".join(each.steps)


def doubts(answer: Doubts) -> None:
    """Print what was not seen, with the number of results that hang on it."""
    show(line(f"{_capital(answer.summary)}.", "bold"))
    rows = [
        (each.decides, str(each), "; ".join((*each.assumptions, *each.blind_spots)))
        for each in answer.deciding
    ]
    if rows:
        columns = ("count", "would settle it", "taken to be so, or not seen")
        show(indented(listing(columns, rows[:SHOWN])), rest(len(rows) - SHOWN, "--json has all"))
    if answer.unhinted:
        told = [text for each in answer.unhinted for text in each.about or (str(each),)]
        show(
            line("Not loaded, and nothing loaded hints at what it would add:", "dim"),
            *(indented(line(each, "dim")) for each in told[:SHOWN]),
            rest(len(told) - SHOWN, "--json has all"),
        )


def _coverage(changes: Iterable[CoverageChange], before: str, after: str) -> None:
    rows = [
        (each.source, each.record, SEEN_WORDS[each.before], SEEN_WORDS[each.after], each.facts)
        for each in changes
    ]
    if rows:
        columns = ("source", "record", before, after, "facts left out")
        show(
            line("Seen differently, which is no change of what was there", "bold"),
            indented(listing(columns, rows[:SHOWN])),
            rest(len(rows) - SHOWN, "--json has all"),
        )


def _places(evidence: Sequence[str]) -> Any:
    more = len(evidence) - PLACES
    also = f" and {more:,} more" if more > 0 else ""
    return line(f"{', '.join(evidence[:PLACES])}{also}", "dim")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
