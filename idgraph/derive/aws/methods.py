"""The families of ways to run code with somebody else's role, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idgraph.errors import ModelError

_LIST = Path(__file__).with_name("methods.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way: who the role has to trust, and every action that it takes."""

    id: str
    service: str
    actions: tuple[str, ...]
    needs: str = ""  # what nothing loaded says
    profile: bool = False  # the role has to be in an instance profile
    workload: str = ""  # node kind of an existing workload, where its list can be loaded
    words: str = ""  # such a workload, in words


def _methods(rows: list[dict[str, Any]]) -> tuple[Method, ...]:
    try:
        found = tuple(Method(**{**row, "actions": tuple(row["actions"])}) for row in rows)
    except (KeyError, TypeError) as error:
        raise ModelError("methods.toml", f"holds a row that is no method: {error}") from None
    return found


_TABLES: Mapping[str, list[dict[str, Any]]] = tomllib.loads(_LIST.read_text(encoding="utf-8"))
PASSING = _methods(_TABLES["pass"])  # a new workload, and iam:PassRole of the role
TAKING_OVER = _methods(_TABLES["existing"])  # a workload that is there, with its role
