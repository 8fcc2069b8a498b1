"""Answers in a terminal: the answer first, then the paths, then what was not seen.

Every text from a store passes through `plain`, and reaches rich as Text, never as markup.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from idgraph.analysis.path import Paths
from idgraph.analysis.reach import Reach, Target
from idgraph.analysis.steps import Step, in_words
from idgraph.catalogue import Catalogue
from idgraph.derive import CATALOGUE
from idgraph.derive.assumptions import assumption_words
from idgraph.ownership import Code, Ownerless, Unowned
from idgraph.snapshot import Coverage
from idgraph.stores.protocol import Load
from idgraph.views.plain import plain

SHOWN = 12  # rows of a table before "and N more"
SHOWN_IN_DEMO = 5
UNATTENDED_WIDTH = 120  # where the output is no terminal and nobody says how wide
EVIDENCE = 2  # places shown for a step before "and N more"
CLASSES = (
    ("privileged", "Privileged roles and scopes"),
    ("data", "Data"),
    ("secret_stores", "Secret stores"),
    ("nhis", "Non-human identities"),
)
_TOLD_OF_A_KIND = (
    "allows",
    "verify",
    "remove",
    "logged",
    "controls",
    "misses",
    "source",
    "bloodhound",
)
_WORDS = {"reached": "reached", "reached_if": "reached if", "cannot_tell": "cannot tell"}
_STYLES = {"reached": "bold red", "reached_if": "yellow", "cannot_tell": "cyan"}
_NUMBERS = frozenset({"steps", "count"})
_CUT = frozenset({"by way of"})  # columns that stay on one line, whatever is lost
_WHOLE = _NUMBERS | {"verdict", "reason", "loader"}  # columns that are never folded


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line, which ends in peace when a reader goes away."""
        raise BrokenPipeError


def console() -> Console:
    """Return the console that answers are printed on."""
    out = _Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = UNATTENDED_WIDTH
    return out


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table."""
    console().print(_table(columns, rows))


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        grid.add_column(
            column,
            overflow="ellipsis" if column in _CUT else "fold",
            justify="right" if column in _NUMBERS else "left",
            no_wrap=column in _WHOLE,
        )
    for row in rows:
        grid.add_row(*(each if isinstance(each, Text) else Text(plain(each)) for each in row))
    return grid


def _line(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style)


def _indented(part: Any, by: int = 2) -> Padding:
    return Padding(part, (0, 0, 0, by), expand=False)


def _rest(count: int, more: str) -> Text | None:
    return _line(f"  and {count:,} more: {more}", "dim") if count > 0 else None


def _print(*parts: Any) -> None:
    out = console()
    for part in parts:
        if part is not None:
            out.print(part)


def _print_whole(*lines: str, style: str = "") -> None:
    """Print lines without breaking them, so that a command can be copied."""
    out = console()
    for each in lines:
        out.print(_line(each, style), soft_wrap=True)


def command(*words: str, store: str | None = None) -> str:
    """Return a command of idgraph as one would type it."""
    named = ("--store", store) if store else ()
    return shlex.join(("idgraph", *words, *named))


def reach(answer: Reach, *, asked: str, every: bool = False, store: str | None = None) -> None:
    """Print what an identity reaches, and what to ask next."""
    _answer(answer, every=every)
    _print_whole(
        f"Next: {_path_command(answer, asked, store)}",
        f"      {command('view', asked, store=store)}",
        style="dim",
    )


def _answer(answer: Reach, *, every: bool = False, shown: int = SHOWN) -> None:
    """Print the counts, the targets by class, one path, the doubts."""
    _print(_line(f"{answer.summary}.", "bold"), _asked(answer), "")
    if every:
        _print(_objects(answer), "")
    else:
        for name, title in CLASSES:
            _print(*_class(answer, name, title, shown))
    _print(*_best_path(answer), *_doubts(answer))


def _path_command(answer: Reach, asked: str, store: str | None) -> str:
    """Return the command for a path to the target shown, by its name where that will do."""
    best = _most_telling(answer)
    if best is None:
        return command("path", asked, "TARGET", store=store)
    names = [each.name.casefold() for name, _ in CLASSES for each in getattr(answer, name)]
    clear = names.count(best.name.casefold()) == 1 and plain(best.name) == best.name
    return command("path", asked, best.name if clear else best.id, store=store)


def _asked(answer: Reach) -> Text:
    seen, own = answer.provenance, f"mfa:{answer.identity.id}"
    passes = ("its own second factor" if each == own else each for each in answer.passes)
    return _line(
        f"{answer.identity.id} · as of {seen.as_of} · profile {seen.profile} · "
        f"the attacker passes {', '.join(passes) or 'nothing'}",
        "dim",
    )


def _class(answer: Reach, name: str, title: str, shown: int) -> list[Any]:
    targets: tuple[Target, ...] = getattr(answer, name)
    if not targets:
        return [_line(f"{title}: none"), ""]
    rows = [_target_row(answer.graph.catalogue, each) for each in targets[:shown]]
    return [
        _line(f"{title} ({len(targets):,})", "bold"),
        _indented(_table(("name", "kind", "verdict", "steps", "by way of"), rows)),
        _rest(len(targets) - shown, "--json has all"),
        "",
    ]


def _target_row(catalogue: Catalogue, target: Target) -> tuple[object, ...]:
    return (
        plain(target.name, 48),
        catalogue.node(target.kind).label,
        _verdict(target.verdict, target.guards),
        target.hops,
        target.path[-1].source_name if len(target.path) > 1 else "",
    )


def _verdict(verdict: str, guards: Iterable[str] = ()) -> Text:
    """Return a verdict, with the kinds of the guards that it hangs on."""
    kinds = ", ".join(sorted({plain(each.partition(":")[0]) for each in guards}))
    return Text(f"{_WORDS[verdict]} {kinds}".strip(), style=_STYLES[verdict])


def _objects(answer: Reach) -> Table:
    kinds = answer.graph.catalogue
    rows = (
        (
            plain(each.name, 48),
            kinds.node(each.kind).label,
            _verdict(each.verdict, each.guards),
            each.hops,
            each.id,
        )
        for each in answer.reached
    )
    return _table(("name", "kind", "verdict", "steps", "id"), rows)


def _best_path(answer: Reach) -> list[Any]:
    target = _most_telling(answer)
    if target is None:
        return []
    return [_line(f"How {target.name} is reached", "bold"), _steps(target.path), ""]


def _most_telling(answer: Reach) -> Target | None:
    """Return the first target that is more than a step away, or else the first."""
    targets: list[Target] = [each for name, _ in CLASSES for each in getattr(answer, name)]
    return next((each for each in targets if each.hops > 1), targets[0] if targets else None)


def _steps(path: Iterable[Step]) -> Padding:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for number, step in enumerate(path, 1):
        needs = [f"only if the attacker {in_words(guard)}" for guard in step.guards]
        needs += [f"not known: {each}" for each in step.blind_spots]
        needs += [f"assumed: {assumption_words(each)}" for each in step.assumes]
        places = ", ".join(step.evidence[:EVIDENCE])
        more = len(step.evidence) - EVIDENCE
        also = f" and {more:,} more" if more > 0 else ""
        grid.add_row(
            f"{number}.",
            Group(
                _line(step.sentence),
                *(_line(each, "yellow") for each in needs),
                _line(f"{step.kind}  {places}{also}", "dim"),
            ),
        )
    return _indented(grid)


def _doubts(answer: Reach) -> list[Any]:
    targets = [each for name, _ in CLASSES for each in getattr(answer, name)]
    guards = sorted({each for target in targets for each in target.guards})
    assumed = sorted({assumption_words(each) for target in targets for each in target.assumes})
    unseen = sorted({each for target in targets for each in target.blind_spots})
    parts: list[Any] = []
    if guards:
        parts += [_line("Conditions on the way, for an attacker who")]
        parts += [_indented(_line(in_words(each), "yellow")) for each in guards[:SHOWN]]
        parts += [_rest(len(guards) - SHOWN, "--json has all")]
    if assumed:
        parts.append(_line(f"Assumed, as no export says: {'; '.join(assumed)}"))
    if unseen:
        parts.append(_line(f"Not seen, and able to change an answer: {', '.join(unseen)}"))
    if answer.guards_cut:
        parts.append(
            _line("Some sets of conditions were cut; a smaller one may suffice.", "yellow")
        )
    missing = len(answer.provenance.missing)
    if missing:
        parts.append(_line(f"Not seen: {missing} kinds of records (idgraph coverage)"))
    return [*parts, ""] if parts else []


def paths(answer: Paths) -> None:
    """Print the best paths, step by step."""
    summary = answer.summary
    _print(_line(f"{summary[:1].upper()}{summary[1:]}.", "bold"))
    for number, route in enumerate(answer, 1):
        title = Text.assemble((f"Path {number}  ", "bold"), _verdict(route.verdict, route.guards))
        _print("", title, _steps(route.path))
    if not answer:
        _print(*(_line(f"Not known, and could add a path: {each}") for each in answer.blind_spots))
    if answer.cut:
        _print(_line("The search was cut: there may be more paths as good as these.", "yellow"))


def unowned(answer: Unowned) -> None:
    """Print the nodes without a valid owner, by reason and one by one."""
    _print(_line(f"{answer.summary}.", "bold"), "")
    counts = sorted(answer.counts.items(), key=lambda each: (-each[1], each[0]))
    if counts:
        rows = ((code, number, _meaning(Code(code))) for code, number in counts)
        _print(_table(("reason", "count", "means"), rows), "")
    for title, group in (("Unowned", answer.unowned), ("Undecided", answer.undecided)):
        if group:
            _print(_line(f"{title} ({len(group):,})", "bold"), _indented(_ownerless(group)), "")
    _print(_line("Ids and evidence: idgraph unowned --json", "dim"))


def _meaning(code: Code) -> str:
    about = "the node" if code in {Code.NO_OWNER, Code.OWNER_DATA_NOT_LOADED} else "the claim"
    return f"{about} {code.reads}"


def _ownerless(group: Sequence[Ownerless]) -> Table:
    rows = (
        (plain(each.name, 48), CATALOGUE.node(each.kind).label, _reasons(each)) for each in group
    )
    return _table(("name", "kind", "why"), rows)


def _reasons(node: Ownerless) -> str:
    said = (
        f"{reason.code} ({plain(reason.claim, 60)})" if reason.claim else str(reason.code)
        for reason in node.reasons
    )
    return "; ".join(said)


def loaded(
    title: str, summary: str, rejected: Sequence[tuple[str, str]], hints: Sequence[str]
) -> None:
    """Print what a load brought, and what it refused."""
    _print(_line(f"{title[:1].upper()}{title[1:]}", "bold"), _line(f"{summary}."))
    if rejected:
        _print(
            _indented(_table(("rejected at", "because it"), rejected[:SHOWN])),
            _rest(len(rejected) - SHOWN, "--json has all"),
        )
    _print(*(_line(each, "dim") for each in hints))


def loads(line: str, listed: Sequence[Load]) -> None:
    """Print what was loaded, oldest first."""
    _print(_line(f"{line}.", "bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for each in listed:
        grid.add_row(f"{each.number}.", _load(each))
    if listed:
        _print("", _indented(grid))


def _load(load: Load) -> Group:
    guess = ", by the file's time" if load.observed_is_guess else ""
    rejected = f" · {load.rejected:,} rejected" if load.rejected else ""
    return Group(
        _line(plain(load.source, 100)),
        _line(f"seen {load.observed_at}{guess} · loaded {load.loaded_at[:19]}Z", "dim"),
        _line(
            f"{load.nodes:,} nodes, {load.edges:,} edges · {load.opened:,} facts new, "
            f"{load.closed:,} ended{rejected}",
            "dim",
        ),
    )


def coverage(
    line: str,
    loaded: Sequence[Coverage],
    missing: Sequence[Coverage],
    notes: Sequence[str],
    conflicts: Sequence[str],
) -> None:
    """Print what was not seen of each source, what was, and what could not be decided."""
    _print(_line(f"{line}.", "bold"))
    for source, some in _by_source(missing):
        rows = ((each.record, _not_seen(each)) for each in some)
        _print("", _line(f"Not seen whole: {plain(source, 60)}"))
        _print(_indented(_table(("record", "what is missing"), rows)))
    for source, some in _by_source(loaded):
        kinds = ", ".join(f"{each.record}\N{NO-BREAK SPACE}{each.count:,}" for each in some)
        _print("", _line(f"Seen whole: {plain(source, 60)}"), _indented(_line(kinds, "dim")))
    for title, texts in (("Contradictions", conflicts), ("Not decided", notes)):
        if texts:
            told = (_indented(_line(each, "yellow")) for each in texts)
            _print("", _line(f"{title} ({len(texts):,})", "bold"), *told)


def _by_source(some: Sequence[Coverage]) -> list[tuple[str, list[Coverage]]]:
    ordered = sorted(some, key=lambda each: each.source)
    return [(name, list(mine)) for name, mine in groupby(ordered, lambda each: each.source)]


def _not_seen(seen: Coverage) -> str:
    counted = f"{seen.count:,} were seen" if seen.count else ""
    return "; ".join(filter(None, (seen.about, counted)))


def kinds(rows: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
    """Print edge kinds: a line each, or all that is said about one."""
    if not whole:
        _print(
            _table(("kind", "reads"), ((row["kind"], row["reads"]) for row in rows)),
            _line("idgraph kinds KIND says what it allows and how to remove it", "dim"),
        )
        return
    for row in rows:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name in _TOLD_OF_A_KIND:
            told = row[name] if isinstance(row[name], list) else [row[name]]
            texts = [_line(each) for each in told if each]
            if texts:
                grid.add_row(name, Group(*texts))
        _print(_line(f"{row['kind']}  {row['reads']}", "bold"), _indented(grid))


def demo(answer: Reach, unowned_nodes: Unowned, view: Path, *, asked: str, store: str) -> None:
    """Print the main answer on the sample company, and what to do next."""
    _print(_line("Northlight Instruments: the help desk has reset Ada Marlowe's MFA.", "bold"), "")
    _answer(answer, shown=SHOWN_IN_DEMO)
    nhis = {each.id for each in answer.nhis}
    orphans = sum(each.id in nhis for each in unowned_nodes.unowned)
    _print(
        _line(f"{unowned_nodes.summary}."),
        _line(f"{orphans:,} of the {len(nhis):,} NHIs reached have no valid owner."),
        "",
    )
    _print_whole(f"The view: {view}", style="bold")
    _print_whole(
        f"Ask more: {_path_command(answer, asked, store)}",
        f"          {command('unowned', store=store)}",
        "Your own: azurehound list -o tenant.json",
        "          idgraph load azurehound tenant.json",
    )
