"""Reach, paths, owners and kinds in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from idgraph.analysis.controls import Controls
from idgraph.analysis.display import plain
from idgraph.analysis.path import Paths
from idgraph.analysis.reach import Reach, Target
from idgraph.analysis.steps import Step, in_words
from idgraph.analysis.telling import tell_added, tell_attacker, tell_bounds
from idgraph.catalogue import Catalogue
from idgraph.derive import CATALOGUE
from idgraph.derive.assumptions import assumption_words
from idgraph.ownership import Code, Ownerless, Unowned
from idgraph.views.terminal.base import (
    SHOWN,
    command,
    indented,
    line,
    listing,
    rest,
    show,
    show_whole,
)

SHOWN_IN_DEMO = 5
_STEPS_INTO = 6  # shown of a path into another platform, the last ones
EVIDENCE = 4  # methods and places shown for a step before "and N more"
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


def reach(answer: Reach, *, asked: str, every: bool = False, store: str | None = None) -> None:
    """Print what an identity reaches, and what to ask next."""
    _answer(answer, every=every)
    show_whole(
        f"Next: {_path_command(answer, asked, store)}",
        f"      {command('view', asked, store=store)}",
        style="dim",
    )


def _answer(answer: Reach, *, every: bool = False, shown: int = SHOWN) -> None:
    """Print the counts, the targets by class, one path, the doubts."""
    show(line(f"{answer.summary}.", "bold"), _asked(answer), "")
    if every:
        show(_objects(answer), "")
    else:
        for name, title in CLASSES:
            show(*_class(answer, name, title, shown))
    show(*_best_path(answer), *_doubts(answer))


def _path_command(answer: Reach, asked: str, store: str | None) -> str:
    """Return the command for a path to the target shown, by its name where that will do."""
    best = _most_telling(answer)
    if best is None:
        return command("path", asked, "TARGET", store=store)
    names = [each.name.casefold() for name, _ in CLASSES for each in getattr(answer, name)]
    clear = names.count(best.name.casefold()) == 1 and plain(best.name) == best.name
    return command("path", asked, best.name if clear else best.id, store=store)


def _asked(answer: Reach) -> Group:
    seen, identity = answer.provenance, answer.identity.id
    return Group(
        line(f"{identity} · as of {seen.as_of} · profile {seen.profile}", "dim"),
        line(tell_attacker(answer.scenario, identity), "dim"),
    )


def _class(answer: Reach, name: str, title: str, shown: int) -> list[Any]:
    targets: tuple[Target, ...] = getattr(answer, name)
    if not targets:
        return [line(f"{title}: none"), ""]
    rows = [_target_row(answer.graph.catalogue, each) for each in targets[:shown]]
    return [
        line(f"{title} ({len(targets):,})", "bold"),
        indented(listing(("name", "kind", "verdict", "steps", "by way of"), rows)),
        rest(len(targets) - shown, "--json has all"),
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
    return listing(("name", "kind", "verdict", "steps", "id"), rows)


def _best_path(answer: Reach) -> list[Any]:
    target = _most_telling(answer)
    if target is None:
        return []
    return [line(f"How {target.name} is reached", "bold"), _steps(target.path), ""]


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
        needs += ["once all of this is done by different accounts:"] * bool(step.legs)
        places = ", ".join(step.evidence[:EVIDENCE])
        more = len(step.evidence) - EVIDENCE
        also = f" and {more:,} more" if more > 0 else ""
        grid.add_row(
            f"{number}.",
            Group(
                line(step.sentence),
                line(f"{step.kind}  {places}{also}", "dim"),
                *(line(each, "yellow") for each in needs),
                *(_steps(leg) for leg in step.legs),
            ),
        )
    return indented(grid)


def controls(answer: Controls) -> None:
    """Print which single control matters most."""
    show(line(f"{answer.summary}.", "bold"), "")
    for title, rows in (
        ("If it held", answer.take_away),
        ("If it failed", answer.unlock),
    ):
        if not rows:
            continue
        cells = ((each.words, each.state, each.targets, each.harder or "") for each in rows)
        show(line(title, "bold"))
        show(indented(listing(("control: whether", "taken to be", "targets", "harder"), cells)), "")
    if answer.cut:
        show(line("More controls lie on the paths than were tried.", "yellow"))


def _doubts(answer: Reach) -> list[Any]:
    targets = [each for name, _ in CLASSES for each in getattr(answer, name)]
    guards = sorted({each for target in targets for each in target.guards})
    assumed = sorted({assumption_words(each) for target in targets for each in target.assumes})
    unseen = sorted({each for target in targets for each in target.blind_spots})
    parts: list[Any] = []
    if guards:
        parts += [line("Conditions on the way, for an attacker who")]
        parts += [indented(line(in_words(each), "yellow")) for each in guards[:SHOWN]]
        parts += [rest(len(guards) - SHOWN, "--json has all")]
    if assumed:
        parts.append(line(f"Assumed, as no export says: {'; '.join(assumed)}"))
    if unseen:
        parts.append(line(f"Not seen, and able to change an answer: {', '.join(unseen)}"))
    parts += [line(each) for each in tell_bounds(answer)]
    if answer.marks is not None:
        parts += [line(each, "yellow") for each in tell_added(targets, answer.marks.changes)]
    if answer.guards_cut:
        parts.append(line("Some sets of conditions were cut; a smaller one may suffice.", "yellow"))
    missing = len(answer.provenance.missing)
    if missing:
        parts.append(line(f"Not seen: {missing} kinds of records (idgraph coverage)"))
    return [*parts, ""] if parts else []


def paths(answer: Paths) -> None:
    """Print the best paths, step by step."""
    summary = answer.summary
    show(line(f"{summary[:1].upper()}{summary[1:]}.", "bold"))
    show(line(tell_attacker(answer.scenario, answer.identity.id), "dim"))
    for number, route in enumerate(answer, 1):
        title = Text.assemble((f"Path {number}  ", "bold"), _verdict(route.verdict, route.guards))
        show("", title, _steps(route.path))
    if not answer:
        show(*(line(f"Not known, and could add a path: {each}") for each in answer.blind_spots))
    if answer.cut:
        show(line("The search was cut: there may be more paths as good as these.", "yellow"))


def unowned(answer: Unowned) -> None:
    """Print the nodes without a valid owner, by reason and one by one."""
    show(line(f"{answer.summary}.", "bold"), "")
    counts = sorted(answer.counts.items(), key=lambda each: (-each[1], each[0]))
    if counts:
        rows = ((code, number, _meaning(Code(code))) for code, number in counts)
        show(listing(("reason", "count", "means"), rows), "")
    for title, group in (("Unowned", answer.unowned), ("Undecided", answer.undecided)):
        if group:
            show(line(f"{title} ({len(group):,})", "bold"), indented(_ownerless(group)), "")
    show(line("Ids and evidence: idgraph unowned --json", "dim"))


def _meaning(code: Code) -> str:
    about = "the node" if code in {Code.NO_OWNER, Code.OWNER_DATA_NOT_LOADED} else "the claim"
    return f"{about} {code.reads}"


def _ownerless(group: Sequence[Ownerless]) -> Table:
    rows = (
        (plain(each.name, 48), CATALOGUE.node(each.kind).label, _reasons(each)) for each in group
    )
    return listing(("name", "kind", "why"), rows)


def _reasons(node: Ownerless) -> str:
    said = (
        f"{reason.code} ({plain(reason.claim, 60)})" if reason.claim else str(reason.code)
        for reason in node.reasons
    )
    return "; ".join(said)


def kinds(rows: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
    """Print edge kinds: a line each, or all that is said about one."""
    if not whole:
        show(
            listing(("kind", "reads"), ((row["kind"], row["reads"]) for row in rows)),
            line("idgraph kinds KIND says what it allows and how to remove it", "dim"),
        )
        return
    for row in rows:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name in _TOLD_OF_A_KIND:
            told = row[name] if isinstance(row[name], list) else [row[name]]
            texts = [line(each) for each in told if each]
            if texts:
                grid.add_row(name, Group(*texts))
        show(line(f"{row['kind']}  {row['reads']}", "bold"), indented(grid))


def crossing(answer: Reach, platform: str, name: str) -> Iterator[Text]:
    """Yield how the identity gets into another platform: to the first store or data it opens."""
    for target in (*answer.secret_stores, *answer.data):
        if target.verdict == "reached" and CATALOGUE.node(target.kind).platform == platform:
            by = [each.target_name for each in target.path[:-1]][-_STEPS_INTO:]
            told = " → ".join(plain(each, 40) for each in (*by, target.name))
            yield line(f"Into {name}, in {target.hops} steps: … {told}")
            return


def demo(answer: Reach, unowned_nodes: Unowned, view: Path, *, asked: str, store: str) -> None:
    """Print the main answer on the sample company, and what to do next."""
    show(line("Northlight Instruments: the help desk has reset Ada Marlowe's MFA.", "bold"), "")
    _answer(answer, shown=SHOWN_IN_DEMO)
    nhis = {each.id for each in answer.nhis}
    orphans = sum(each.id in nhis for each in unowned_nodes.unowned)
    show(
        line(f"{unowned_nodes.summary}."),
        line(f"{orphans:,} of the {len(nhis):,} NHIs reached have no valid owner."),
        *crossing(answer, "aws", "AWS"),
        "",
    )
    show_whole(f"The view: {view}", style="bold")
    show_whole(
        f"Ask more: {_path_command(answer, asked, store)}",
        f"          {command('unowned', store=store)}",
        "Your own: azurehound list -o tenant.json",
        "          idgraph load azurehound tenant.json",
    )
