"""Repositories that a record of another platform names: somebody ought to answer for them, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from idgraph.records import NodeRecord
from idgraph.vocabulary.federation import REPOSITORY, is_github, repository_id, repository_in

_SUB = ":sub"


def mentioned(name: str, record: str, place: str) -> Iterator[NodeRecord]:
    """Yield the repository of a name, as an object that a record refers to; none without a name."""
    if name:
        yield NodeRecord(
            record=record,
            id=repository_id(name),
            kind=REPOSITORY.name,
            name=name,
            evidence=place,
            mention=True,
        )


def trusted(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the repositories that a statement of a trust policy names by a subject of GitHub's."""
    conditions = statement.get("Condition")
    for keys in conditions.values() if isinstance(conditions, dict) else ():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            issuer, claim = str(key)[: -len(_SUB)], str(key)[-len(_SUB) :].lower()
            if claim == _SUB and is_github(issuer):
                some = values if isinstance(values, list) else [values]
                yield from filter(None, map(repository_in, filter(_is_text, some)))


def _is_text(value: object) -> bool:
    return isinstance(value, str)
