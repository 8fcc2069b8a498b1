"""Named Cypher queries and their answers in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from idgraph.views.terminal.base import line, listing, rest, show

SHOWN = 100  # rows of an answer before "and N more"


def queries(known: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    """Print the names of queries, what each answers, and what it asks for."""
    told = ((name, question, ", ".join(asks)) for name, question, asks in known)
    show(listing(("query", "question", "parameters"), told))
    show("", line("idgraph cypher NAME prints one; --run -p KEY=VALUE asks the store.", "dim"))


def rows(columns: Sequence[str], found: Sequence[Sequence[object]]) -> None:
    """Print the rows of an answer."""
    if not found:
        show(line("nothing was found"))
        return
    told = ([_text(each) for each in row] for row in found[:SHOWN])
    show(listing(columns, told), rest(len(found) - SHOWN, "--json has all"))


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
