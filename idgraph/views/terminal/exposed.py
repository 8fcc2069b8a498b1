"""Who could be phoned about a target, and whose reset would hurt most, in a terminal."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from idgraph.analysis.display import plain
from idgraph.analysis.exposed import Exposed, Exposure, ResetWay
from idgraph.analysis.exposed.words import tell_call, way_in_words
from idgraph.analysis.rank import Rank, Ranked, reset_in_words
from idgraph.analysis.unasked import tell_unasked
from idgraph.catalogue import Catalogue
from idgraph.views.terminal.base import command, indented, line, listing, rest, show, show_whole

_STYLES = {"reached": "bold red", "reached_if": "yellow", "cannot_tell": "cyan"}


def exposed(answer: Exposed) -> None:
    """Print the one request that opens the target, then every way with the identities it resets."""
    kinds = answer.graph.catalogue
    show(
        line(f"{answer.summary[:1].upper()}{answer.summary[1:]}.", "bold"),
        line(f"{answer.target.id} · {_asked(answer)}", "dim"),
        *(line(each, "yellow") for each in tell_unasked(answer.unasked)),
        *(line(each) for each in tell_call(answer)),
    )
    for way in answer.ways:
        show("", *_way(kinds, way))
    if answer.ways:
        show_whole("", f"Next: {command('path', 'IDENTITY', answer.target.id)}", style="dim")


def _asked(answer: Exposed | Rank) -> str:
    seen = answer.provenance
    return f"as of {seen.as_of} · profile {seen.profile}"


def _way(kinds: Catalogue, way: ResetWay) -> list[Any]:
    rows = [_exposure(kinds, each) for each in way.identities]
    return [
        line(f"{way_in_words(way)} ({way.total:,})", "bold"),
        indented(listing(("name", "kind", "verdict", "steps", "by way of"), rows)),
        rest(way.total - len(way.identities), "--limit 0 lists all"),
    ]


def _exposure(kinds: Catalogue, each: Exposure) -> tuple[object, ...]:
    first = each.path[0].target_name if len(each.path) > 1 else ""
    verdict = each.verdict.value
    guards = ", ".join(sorted({guard.partition(":")[0] for guard in each.guards}))
    shown = Text(plain(f"{verdict.replace('_', ' ')} {guards}".strip()), style=_STYLES[verdict])
    kind = kinds.node(each.kind).label
    return plain(each.name, 48), kind, shown, each.hops, first


def rank(answer: Rank) -> None:
    """Print the identities by what their reset opens, the worst first."""
    kinds = answer.graph.catalogue
    columns = ("place", "name", "kind", *(name.replace("_", " ") for name in answer.classes))
    rows = [_ranked(kinds, each) for each in answer.identities]
    show(
        line(f"{answer.summary[:1].upper()}{answer.summary[1:]}.", "bold"),
        line(f"{_asked(answer)} · {reset_in_words(answer.scenario)}", "dim"),
        *(line(each, "yellow") for each in tell_unasked(answer.unasked)),
        "",
        listing(columns, rows),
        rest(len(answer) - len(answer.identities), "--limit 0 lists all"),
        "",
        line("+ more under conditions, ? those that cannot be told", "dim"),
        line("Next: idgraph reach IDENTITY, idgraph exposed TARGET", "dim"),
    )


def _ranked(kinds: Catalogue, each: Ranked) -> tuple[object, ...]:
    counts = [_counts(*counts.values()) for counts in each.counts.values()]
    return each.place, plain(each.name, 48), kinds.node(each.kind).label, *counts


def _counts(surely: int, conditional: int, unknown: int) -> Text:
    parts = [f"{surely:,}"]
    parts += [f"+{conditional:,}"] * bool(conditional)
    parts += [f"?{unknown:,}"] * bool(unknown)
    return Text(" ".join(parts))
