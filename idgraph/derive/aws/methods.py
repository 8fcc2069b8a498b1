"""The catalogue of methods: every way to another principal's power, as data.

A rule that finds an edge by a method says so beside the edge's evidence: `Method.row` is a number
that no row of a store has, so that both stand in one column, and `method_of` leads back. The
numbers hold as long as the rules do: a projection is kept for one version of the rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from idgraph.errors import ModelError

_LIST = Path(__file__).with_name("methods.toml")
_FIRST_ROW = -2  # -1 says: no row
_PASSING_ROLE = "iam:PassRole"


class Status(StrEnum):
    """How far the data that can be loaded decides a method."""

    DECIDED = "decided"
    GUARDED = "guarded"  # an edge under a condition that nothing loaded decides
    UNDECIDED = "not decidable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way: every action that it takes, and what else has to be so."""

    id: str
    number: int
    edge: str  # name of the kind of edge that it makes; "" where it makes none
    actions: tuple[str, ...]
    also: str = ""  # what else is decided
    needs: str = ""  # what nothing loaded says
    why: str = ""  # it is not decided
    service: str = ""  # whom the role has to trust
    profile: bool = False  # the role has to be in an instance profile
    workload: str = ""  # node kind of an existing workload, where its list can be loaded
    words: str = ""  # such a workload, in words

    @property
    def row(self) -> int:
        """The number that stands for the method beside the evidence of an edge."""
        return _FIRST_ROW - self.number

    @property
    def status(self) -> Status:
        """How far the data decides it."""
        if self.why:
            return Status.UNDECIDED
        unseen = self.edge == "CAN_RUN_ON" and not self.workload
        return Status.GUARDED if self.needs or unseen else Status.DECIDED

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every action that it takes, iam:PassRole among them."""
        return (_PASSING_ROLE, *self.actions) if self.edge == "CAN_PASS_ROLE" else self.actions

    def __str__(self) -> str:
        return f"{self.id}: {' + '.join(self.permissions)}"


def _read(tables: Mapping[str, list[dict[str, Any]]]) -> tuple[Method, ...]:
    """Return the methods of all tables, numbered in their order."""
    edges = {"pass": "CAN_PASS_ROLE", "existing": "CAN_RUN_ON", "undecided": ""}
    rows = [(edges.get(table), row) for table, some in tables.items() for row in some]
    found: list[Method] = []
    for number, (edge, row) in enumerate(rows):
        said = {**row, "actions": tuple(row["actions"])} | ({} if edge is None else {"edge": edge})
        try:
            found.append(Method(number=number, **said))
        except TypeError as error:
            raise ModelError("methods.toml", f"holds a row that is no method: {error}") from None
    if len({each.id for each in found}) < len(found):
        raise ModelError("methods.toml", "names a method twice")
    return tuple(found)


METHODS = _read(tomllib.loads(_LIST.read_text(encoding="utf-8")))
PASSING = tuple(each for each in METHODS if each.edge == "CAN_PASS_ROLE")  # a new workload
TAKING_OVER = tuple(each for each in METHODS if each.edge == "CAN_RUN_ON")  # one that is there
BY_ID: Mapping[str, Method] = {each.id: each for each in METHODS}


def method_of(row: int) -> Method | None:
    """Return the method that a number beside the evidence stands for, None for a row of a store."""
    number = _FIRST_ROW - row
    return METHODS[number] if 0 <= number < len(METHODS) else None


def rows_of(methods: Iterable[Method]) -> tuple[int, ...]:
    """Return the numbers of several methods, each once."""
    return tuple(dict.fromkeys(each.row for each in methods))


def ids_for(edge: str) -> str:
    """Return the ids of the methods that make edges of a kind, for its source."""
    return ", ".join(each.id for each in METHODS if each.edge == edge)
