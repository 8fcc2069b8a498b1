"""Exports of a few records, written where a loader can read them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idgraph.records import Record
from loaders import Reading, loader

TENANT = "11111111-1111-4111-8111-111111111111"


@dataclass
class Read:
    """A reading and everything it gave."""

    reading: Reading
    records: list[Record]

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.records if isinstance(record, kind)]


def envelope(records: list[Any], **meta: Any) -> dict[str, Any]:
    return {
        "data": records,
        "meta": {"type": "azure", "version": 5, "count": len(records)} | meta,
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Return a function that reads paths, or a document that it writes first."""

    def read(name: str, *sources: Any, scope: str | None = None) -> Read:
        paths = []
        for number, source in enumerate(sources):
            path = source if isinstance(source, Path) else tmp_path / f"{number or 'export'}.json"
            if isinstance(source, bytes):
                path.write_bytes(source)
            elif not isinstance(source, Path):
                path.write_text(json.dumps(source), encoding="utf-8")
            paths.append(path)
        reading = loader(name).parse(paths, scope=scope)
        return Read(reading, list(reading))

    return read


@pytest.fixture
def azurehound(read: Callable[..., Read]) -> Callable[..., Read]:
    """Return a function that reads AzureHound records, each a pair of kind and data."""

    def azurehound(*records: tuple[str, Any], scope: str | None = TENANT) -> Read:
        document = envelope([{"kind": kind, "data": data} for kind, data in records])
        return read("azurehound", document, scope=scope)

    return azurehound
