"""The columns that go into resolving: what was observed, as the loaders stated it.

Lists and mappings cross as JSON text with sorted keys, and an empty one as empty text, so that
equal content is equal text. Columns of text may be plain or categorical.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from idgraph.catalogue import PropertyType
from idgraph.graph import Ints, Texts

NODE_COLUMNS = (
    "row",
    "source",
    "record",
    "id",
    "kind",
    "name",
    "mention",
    "aliases",
    "properties",
    "evidence",
)
EDGE_COLUMNS = (
    "row",
    "source",
    "record",
    "start",
    "kind",
    "end",
    "key",
    "properties",
    "guards",
    "evidence",
)
CLAIM_COLUMNS = (
    "row",
    "source",
    "record",
    "node",
    "owner",
    "claim",
    "said_by",
    "said_at",
    "evidence",
)
COVERAGE_COLUMNS = ("source", "record", "count", "complete", "about")
CONFLICT_COLUMNS = ("node", "field", "values", "kept", "evidence")

_NUMBERS: Mapping[str, Any] = {"row": np.int64, "count": np.int64}
_BOOLS = frozenset({"mention", "complete"})

NO_PROPERTIES: Mapping[str, Any] = MappingProxyType({})
_TYPES: Mapping[PropertyType, type] = {
    PropertyType.BOOL: bool,
    PropertyType.INT: int,
    PropertyType.FLOAT: float,
    PropertyType.STR: str,
    PropertyType.TIME: str,
    PropertyType.STRS: tuple,
}


def frame(columns: Iterable[str], rows: Iterable[tuple[Any, ...]] = ()) -> pd.DataFrame:
    """Return a frame of these columns with their dtypes, the same for no rows as for many."""
    names = list(columns)
    data = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame(
        {name: _series(name, values) for name, values in zip(names, data, strict=True)}
    )


def _series(name: str, values: Iterable[Any]) -> Any:
    if name in _NUMBERS:
        return np.array(list(values), _NUMBERS[name])
    if name in _BOOLS:
        return np.array(list(values), np.bool_)
    return pd.Series(list(values), dtype="str")


@dataclass(frozen=True)
class Observations:
    """All rows that are open at one moment, as the loaders stated them.

    nodes : row, source, record, id, kind, name, mention, aliases, properties, evidence
    edges : row, source, record, start, kind, end, key, properties, guards, evidence
    claims : row, source, record, node, owner, claim, said_by, said_at, evidence
    coverage : source, record, count, complete, about
    conflicts : node, field, values, kept, evidence; contradictions inside one load
    """

    nodes: pd.DataFrame = field(default_factory=lambda: frame(NODE_COLUMNS))
    edges: pd.DataFrame = field(default_factory=lambda: frame(EDGE_COLUMNS))
    claims: pd.DataFrame = field(default_factory=lambda: frame(CLAIM_COLUMNS))
    coverage: pd.DataFrame = field(default_factory=lambda: frame(COVERAGE_COLUMNS))
    conflicts: pd.DataFrame = field(default_factory=lambda: frame(CONFLICT_COLUMNS))


def constant(text: str, length: int) -> Any:
    """Return a column of one text, many times."""
    return pd.Categorical.from_codes(
        np.zeros(length, np.int8), dtype=pd.CategoricalDtype(pd.Index([text], dtype=object))
    )


def texts(column: pd.Series[Any]) -> Texts:
    """Return a column of text as an array of objects."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, names = coded(column)
        return names[codes]
    return np.asarray(column, dtype=object)


def coded(column: pd.Series[Any]) -> tuple[Ints, Texts]:
    """Return a column of text as codes and the distinct texts, some of which may be unused."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.asarray(column.cat.codes).astype(np.int32)
        return codes, np.asarray(column.cat.categories, dtype=object)
    numbers, names = pd.factorize(np.asarray(column, dtype=object))
    return numbers.astype(np.int32), np.asarray(names, dtype=object)


def json_text(value: Mapping[str, Any] | Iterable[str]) -> str:
    """Return a mapping or list as text that is equal where the content is; "" when empty."""
    if not value:
        return ""
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def reader() -> Callable[[str], Mapping[str, Any]]:
    """Return a function from JSON text to properties that parses equal text once."""
    known: dict[str, Mapping[str, Any]] = {"": NO_PROPERTIES}

    def read(text: str) -> Mapping[str, Any]:
        found = known.get(text)
        if found is None:
            found = known[text] = _frozen_lists(json.loads(text), some="[" in text)
        return found

    return read


def _frozen_lists(properties: dict[str, Any], *, some: bool) -> Mapping[str, Any]:
    if not some:
        return properties
    return {
        name: tuple(value) if type(value) is list else value for name, value in properties.items()
    }


def read_list(text: str) -> tuple[str, ...]:
    """Return a list kept as JSON text."""
    return tuple(json.loads(text)) if text else ()


def types_of(declared: Mapping[str, PropertyType]) -> dict[str, type]:
    """Return the Python type of each declared property."""
    return {name: _TYPES[kind] for name, kind in declared.items()}


def typed(
    properties: Mapping[str, Any], declared: Mapping[str, type]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return properties with their declared types, and the names of those that do not fit.

    A whole number where a float is declared is made one, and so on where nothing is lost; what
    cannot be the declared type is left out, for absent means unknown.
    """
    for name, value in properties.items():
        wanted = declared.get(name)
        if wanted is not None and type(value) is not wanted:
            return _converted(properties, declared)
    return properties, ()


def _converted(
    properties: Mapping[str, Any], declared: Mapping[str, type]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    kept, strange = {}, []
    for name, value in properties.items():
        fitted = _fitted(value, declared.get(name, type(value)))
        if fitted is None:
            strange.append(name)
        else:
            kept[name] = fitted
    return kept, tuple(strange)


def _fitted(value: Any, wanted: type) -> Any:
    if type(value) is wanted:
        return value
    if wanted is float and type(value) is int:
        return float(value)
    if wanted is int and type(value) is float and value.is_integer():
        return int(value)
    if wanted is tuple and type(value) is str:
        return (value,)
    return None
