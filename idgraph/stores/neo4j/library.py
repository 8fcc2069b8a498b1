"""Named Cypher for Neo4j Browser and the notebook: a file each, with its question and parameters.

A file begins with lines `// name: text`: its own name, the question it answers, and a line for
each parameter, `// name (int): text` where it is a number.
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
from idgraph.stores.neo4j.connection import Server, Transaction

GRAPH = "graph"  # the parameter that the store fills in

_HEADER = re.compile(r"// (\w+)( \(int\))?: (.+)")
_OWN = ("name", "question")
_LARGEST = 2**63  # of a number in Neo4j


@dataclass(frozen=True)
class Query:
    """A question in Cypher."""

    name: str
    question: str
    parameters: Mapping[str, str]  # what each means, by name; `graph` comes from the store
    numbers: frozenset[str]  # the parameters that are whole numbers; the others are texts
    text: str

    @property
    def asks(self) -> tuple[str, ...]:
        """The parameters that somebody has to give."""
        return tuple(name for name in self.parameters if name != GRAPH)

    def to_json(self) -> dict[str, Any]:
        """Return the query as `--json` prints it."""
        return {
            "name": self.name,
            "question": self.question,
            "parameters": {name: self.parameters[name] for name in self.asks},
            "text": self.text,
        }


@cache
def queries() -> tuple[Query, ...]:
    """Return all queries, by name."""
    folder = files("idgraph.stores.neo4j") / "cypher"
    texts = (each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".cypher"))
    return tuple(sorted((_read(text) for text in texts), key=lambda each: each.name))


def _read(text: str) -> Query:
    header: dict[str, str] = {}
    numbers: set[str] = set()
    for line in text.splitlines():
        found = _HEADER.match(line)
        if not found:
            break
        header[found[1]] = found[3]
        numbers.update({found[1]} if found[2] else ())
    parameters = {name: about for name, about in header.items() if name not in _OWN}
    return Query(header["name"], header["question"], parameters, frozenset(numbers), text)


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


def run(server: Server, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Return the answer to a query, asked in a transaction that cannot write.

    Raises
    ------
    UnknownNameError
        There is no such query.
    InputError
        A parameter is missing, not known, or not of its type.
    """
    wanted = query(name)
    _check_names(wanted, parameters)
    given = {each: _value(wanted, each, given) for each, given in parameters.items()}
    given[GRAPH] = server.address.graph

    def work(transaction: Transaction) -> tuple[list[str], list[list[Any]]]:
        result = transaction.run(wanted.text, given)
        return list(result.keys()), [record.values() for record in result]

    columns, rows = server.read(work)
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _check_names(wanted: Query, given: Mapping[str, Any]) -> None:
    for name in [*wanted.asks, *given]:
        if name not in given or name not in wanted.asks:
            fault = "needs" if name in wanted.asks else "does not know"
            known = f"are: {', '.join(wanted.asks)}" if wanted.asks else "are none"
            raise InputError(
                f"query {wanted.name}",
                f"{fault} the parameter {name!r}",
                hint=f"Its parameters {known}.",
            )


def _value(wanted: Query, name: str, given: Any) -> int | str:
    """Return a parameter as the driver takes it; a number may be given as text."""
    if name not in wanted.numbers:
        if isinstance(given, str) and _is_whole(given):
            return given
        raise _unfit(wanted, name, "a text that UTF-8 can hold")
    try:
        number = int(given) if isinstance(given, str) else given
    except ValueError:
        number = None
    if type(number) is int and -_LARGEST <= number < _LARGEST:
        return number
    raise _unfit(wanted, name, "a whole number")


def _is_whole(text: str) -> bool:
    """Return whether a text can be sent: half a surrogate pair cannot."""
    return text == text.encode(errors="ignore").decode()


def _unfit(wanted: Query, name: str, needed: str) -> InputError:
    return InputError(
        f"the parameter {name!r} of query {wanted.name}",
        f"is not {needed}",
        hint=f"It is {wanted.parameters[name]}.",
    )
