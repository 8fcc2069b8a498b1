"""Answers in a terminal: the answer first, then the paths, then what was not seen.

Every text from a store passes through `plain`, and reaches rich as Text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from idgraph.analysis.path import Paths
from idgraph.analysis.reach import Reach, Target
from idgraph.analysis.steps import Step, in_words
from idgraph.catalogue import Catalogue
from idgraph.ownership import Ownerless, Unowned
from idgraph.views.plain import plain

SHOWN = 12  # rows of a table before "and N more"
EVIDENCE = 2  # places shown for a step before "and N more"
CLASSES = (
    ("privileged", "Privileged roles and scopes"),
    ("data", "Data"),
    ("secret_stores", "Secret stores"),
    ("nhis", "Non-human identities"),
)
_WORDS = {"reached": "reached", "reached_if": "reached if", "cannot_tell": "cannot tell"}
_STYLES = {"reached": "bold red", "reached_if": "yellow", "cannot_tell": "cyan"}
_NUMBERS = frozenset({"hops", "steps", "nodes", "edges", "opened", "closed", "count", "load"})


def console() -> Console:
    """Return the console that answers are printed on."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table."""
    console().print(_table(columns, rows))


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        right = column in _NUMBERS
        grid.add_column(column, overflow="fold", justify="right" if right else "left")
    for row in rows:
        grid.add_row(*(each if isinstance(each, Text) else Text(plain(each)) for each in row))
    return grid


def _line(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style)


def _rest(count: int, more: str) -> Text | None:
    return _line(f"and {count:,} more: {more}", "dim") if count > 0 else None


def _print(*parts: Any) -> None:
    out = console()
    for part in parts:
        if part is not None:
            out.print(part)


def reach(answer: Reach, *, every: bool = False) -> None:
    """Print what an identity reaches: the counts, the targets by class, one path, the doubts."""
    _print(_line(f"{answer.summary}.", "bold"), _asked(answer), "")
    if every:
        _print(_objects(answer))
    else:
        for name, title in CLASSES:
            _print(*_class(answer, name, title))
    _print(*_best_path(answer), *_doubts(answer))
    _print(_next(answer))


def _asked(answer: Reach) -> Text:
    seen = answer.provenance
    took = ", ".join(answer.passes)
    return _line(
        f"{answer.identity.id} · as of {seen.as_of} · profile {seen.profile} · passes {took}", "dim"
    )


def _class(answer: Reach, name: str, title: str) -> list[Any]:
    targets: tuple[Target, ...] = getattr(answer, name)
    if not targets:
        return [_line(f"{title}: none"), ""]
    rows = [_target_row(answer.graph.catalogue, each) for each in targets[:SHOWN]]
    return [
        _line(f"{title} ({len(targets):,})", "bold"),
        Padding(_table(("name", "kind", "verdict", "steps", "by way of"), rows), (0, 0, 0, 2)),
        _rest(len(targets) - SHOWN, "--json has all"),
        "",
    ]


def _target_row(catalogue: Catalogue, target: Target) -> tuple[object, ...]:
    return (
        plain(target.name, 48),
        catalogue.node(target.kind).label,
        _verdict(target.verdict),
        target.hops,
        plain(_way(target), 60),
    )


def _verdict(verdict: str) -> Text:
    return Text(_WORDS[verdict], style=_STYLES[verdict])


def _way(target: Target) -> str:
    return " > ".join(plain(step.target_name, 24) for step in target.path[:-1][-3:])


def _objects(answer: Reach) -> Table:
    rows = (
        (each.name, each.kind, _verdict(each.verdict), each.hops, each.id)
        for each in answer.reached
    )
    return _table(("name", "kind", "verdict", "steps", "id"), rows)


def _best_path(answer: Reach) -> list[Any]:
    for name, _ in CLASSES:
        for target in getattr(answer, name)[:1]:
            title = f"How {target.name} is reached"
            return [_line(title, "bold"), *_steps(target.path), ""]
    return []


def _steps(path: Iterable[Step]) -> list[Any]:
    shown: list[Any] = []
    for number, step in enumerate(path, 1):
        shown.append(Padding(_line(f"{number}. {step.sentence}"), (0, 0, 0, 2)))
        needs = [f"only if the attacker {in_words(guard)}" for guard in step.guards]
        needs += [f"not known: {each}" for each in step.blind_spots]
        needs += [f"assumed: {_fact(each)}" for each in step.assumes]
        shown += [Padding(_line(each, "yellow"), (0, 0, 0, 5)) for each in needs]
        places = ", ".join(step.evidence[:EVIDENCE])
        more = len(step.evidence) - EVIDENCE
        also = f" and {more:,} more" if more > 0 else ""
        shown.append(Padding(_line(f"{step.kind}  {places}{also}", "dim"), (0, 0, 0, 5)))
    return shown


def _fact(guard: str) -> str:
    return guard.partition(":")[2].replace("_", " ")


def _doubts(answer: Reach) -> list[Any]:
    targets = [each for name, _ in CLASSES for each in getattr(answer, name)]
    assumed = sorted({_fact(each) for target in targets for each in target.assumes})
    guards = sorted({each for target in targets for each in target.guards})
    parts: list[Any] = []
    if guards:
        parts.append(_line(f"Conditions met on the way: {', '.join(guards[:SHOWN])}"))
    if assumed:
        parts.append(_line(f"Assumed, as no export says: {', '.join(assumed)}"))
    if answer.guards_cut:
        parts.append(
            _line("Some sets of conditions were cut; a smaller one may suffice.", "yellow")
        )
    missing = len(answer.provenance.missing)
    if missing:
        parts.append(_line(f"Not seen: {missing} kinds of records (idgraph coverage)"))
    return [*parts, ""] if parts else []


def _next(answer: Reach) -> Text:
    return _line(
        f"Next: idgraph path {answer.identity.id} TARGET, idgraph view {answer.identity.id}", "dim"
    )


def paths(answer: Paths) -> None:
    """Print the best paths, step by step."""
    _print(_line(f"{answer.summary}.", "bold"), "")
    for number, route in enumerate(answer, 1):
        title = Text.assemble((f"Path {number}  ", "bold"), _verdict(route.verdict))
        _print(title, *_steps(route.path), "")
    if not answer:
        _print(*(_line(f"Not known, and could add a path: {each}") for each in answer.blind_spots))
    if answer.cut:
        _print(_line("The search was cut: there may be more paths as good as these.", "yellow"))


def unowned(answer: Unowned) -> None:
    """Print the nodes without a valid owner, by reason and one by one."""
    _print(_line(f"{answer.summary}.", "bold"), "")
    counts = sorted(answer.counts.items(), key=lambda each: (-each[1], each[0]))
    _print(_table(("reason", "count"), counts), "")
    for title, group in (("Unowned", answer.unowned), ("Undecided", answer.undecided)):
        if group:
            _print(_line(f"{title} ({len(group):,})", "bold"), _ownerless(group), "")


def _ownerless(group: Sequence[Ownerless]) -> Table:
    rows = ((plain(each.name, 48), each.kind, _reasons(each), each.id) for each in group)
    return _table(("name", "kind", "why", "id"), rows)


def _reasons(node: Ownerless) -> str:
    return "; ".join(
        f"{reason.code} ({reason.claim})" if reason.claim else str(reason.code)
        for reason in node.reasons
    )


def loaded(line: str, rejected: Sequence[tuple[str, str]], hints: Sequence[str]) -> None:
    """Print what a load brought, and what it refused."""
    _print(_line(line, "bold"))
    if rejected:
        _print(
            _table(("rejected at", "because it"), rejected[:SHOWN]),
            _rest(len(rejected) - SHOWN, "--json has all"),
        )
    _print(*(_line(each, "dim") for each in hints))


def frame(line: str, rows: pd.DataFrame) -> None:
    """Print a line and the table under it."""
    _print(_line(line, "bold"))
    if len(rows):
        _print(_table(list(rows.columns), rows.itertuples(index=False)))


def notes(texts: Iterable[str]) -> None:
    """Print what could not be decided, a line each."""
    _print(*(_line(text, "yellow") for text in texts))


def kinds(rows: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
    """Print edge kinds: a line each, or all that is said about one."""
    if not whole:
        _print(
            _table(("kind", "reads"), ((row["kind"], row["reads"]) for row in rows)),
            _line("idgraph kinds KIND says what it allows and how to remove it", "dim"),
        )
        return
    for row in rows:
        _print(_line(f"{row['kind']}  {row['reads']}", "bold"))
        for name in (
            "allows",
            "verify",
            "remove",
            "logged",
            "controls",
            "misses",
            "source",
            "bloodhound",
        ):
            told = row[name]
            text = "; ".join(told) if isinstance(told, list) else told
            if text:
                _print(Padding(Text.assemble((f"{name}: ", "dim"), plain(text)), (0, 0, 0, 2)))


def demo(answer: Reach, unowned_nodes: Unowned, view: Path, store: str) -> None:
    """Print the main answer on the sample company, and what to do next."""
    _print(_line("Northlight Instruments: the help desk has reset Ada Marlowe's MFA.", "bold"), "")
    reach(answer)
    nhis = {each.id for each in answer.nhis}
    orphans = sum(each.id in nhis for each in unowned_nodes.unowned)
    _print(
        _line(f"{unowned_nodes.summary}. {orphans} of the unowned are among the NHIs reached."),
        "",
        _line(f"The view: {view}", "bold"),
        _line(f"Ask more: idgraph unowned --store {store}"),
        _line(f"          idgraph path 'Ada Marlowe' 'Platform Deployer' --store {store}"),
        _line("Your own: azurehound list -o tenant.json, then idgraph load azurehound tenant.json"),
    )
