"""Named Cypher for Neo4j Browser and the notebook: a file each, with its question and parameters.

A file begins with lines `// name: text`: its own name, the question it answers, and a line for
each parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from idgraph.errors import InputError, UnknownNameError, did_you_mean
from idgraph.stores.neo4j.connection import Transaction
from idgraph.stores.neo4j.store import Neo4jStore

_HEADER = re.compile(r"// (\w+): (.+)")
_OWN = ("name", "question")


@dataclass(frozen=True)
class Query:
    """A question in Cypher; `graph` is a parameter that the store fills in."""

    name: str
    question: str
    parameters: Mapping[str, str]  # what each means, by name
    text: str


@cache
def queries() -> tuple[Query, ...]:
    """Return all queries, by name."""
    folder = files("idgraph.stores.neo4j") / "cypher"
    texts = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".cypher"))
    return tuple(sorted((_read(text) for text in texts), key=lambda each: each.name))


def _read(text: str) -> Query:
    header: dict[str, str] = {}
    for line in text.splitlines():
        found = _HEADER.match(line)
        if not found:
            break
        header[found[1]] = found[2]
    parameters = {name: about for name, about in header.items() if name not in _OWN}
    return Query(header["name"], header["question"], parameters, text)


def query(name: str) -> Query:
    """Return a query by its name.

    Raises
    ------
    UnknownNameError
        There is none of this name.
    """
    by_name = {each.name: each for each in queries()}
    if name not in by_name:
        hint = did_you_mean(name, by_name) or f"Choose one of: {', '.join(by_name)}."
        raise UnknownNameError(f"query {name!r}", "does not exist", hint=hint)
    return by_name[name]


def run(store: Neo4jStore, name: str, **parameters: Any) -> pd.DataFrame:
    """Return the answer to a query, asked in a transaction that cannot write.

    Raises
    ------
    UnknownNameError
        There is no such query.
    InputError
        A parameter is missing or not known.
    """
    wanted = query(name)
    given = {"graph": store.server.address.graph, **parameters}
    _check(wanted, given)

    def work(transaction: Transaction) -> tuple[list[str], list[list[Any]]]:
        result = transaction.run(wanted.text, given)
        return list(result.keys()), [record.values() for record in result]

    columns, rows = store.server.read(work)
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _check(wanted: Query, given: Mapping[str, Any]) -> None:
    for name in [*wanted.parameters, *given]:
        if name not in given or name not in wanted.parameters:
            fault = "needs" if name in wanted.parameters else "does not know"
            raise InputError(
                f"query {wanted.name}",
                f"{fault} the parameter {name!r}",
                hint=f"Its parameters are: {', '.join(wanted.parameters)}.",
            )
