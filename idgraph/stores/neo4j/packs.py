"""Columns as bytes: how rows that no Cypher asks for are kept, in batches.

A pack is compressed; a column of text is its distinct texts and a small number for each row.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from idgraph.resolve.frames import coded

SIZE = 20_000  # rows of a pack, about
_LEVEL = 1  # of compression: the quick one
_TIME = "datetime64[us]"
_HALVES = "surrogatepass"  # half a surrogate pair is kept as it is


def pack(frame: pd.DataFrame) -> bytes:
    """Return a frame as bytes."""
    heads: list[tuple[str, str, list[int]]] = []
    parts: list[bytes] = []
    for name in frame.columns:
        kind, body = _encoded(frame[name])
        heads.append((name, kind, [len(part) for part in body]))
        parts += body
    head = json.dumps(heads).encode()
    return zlib.compress(len(head).to_bytes(4, "little") + head + b"".join(parts), _LEVEL)


def unpack(data: bytes) -> dict[str, Any]:
    """Return the columns of a pack: texts as categories, the rest as arrays."""
    content = zlib.decompress(data)
    start = 4 + int.from_bytes(content[:4], "little")
    columns: dict[str, Any] = {}
    for name, kind, sizes in json.loads(content[4:start]):
        parts = []
        for size in sizes:
            parts.append(content[start : start + size])
            start += size
        columns[name] = _decoded(kind, parts)
    return columns


def joined(parts: Iterable[bytes]) -> pd.DataFrame:
    """Return the packs of one table as one frame."""
    unpacked = [unpack(part) for part in parts]
    if not unpacked:
        return pd.DataFrame()
    return pd.DataFrame(
        {name: _together([each[name] for each in unpacked]) for name in unpacked[0]}
    )


def _encoded(column: pd.Series[Any]) -> tuple[str, list[bytes]]:
    kind = column.dtype
    if getattr(kind, "kind", "O") == "M":
        return _TIME, [column.to_numpy(_TIME).tobytes()]
    if getattr(kind, "kind", "O") in "biuf":
        values = column.to_numpy()
        return values.dtype.str, [np.ascontiguousarray(values).tobytes()]
    codes, names = coded(column)
    used, numbers = np.unique(codes, return_inverse=True)
    width = np.min_scalar_type(max(len(used) - 1, 0))
    texts = json.dumps([str(name) for name in names[used]], ensure_ascii=False)
    return f"text {width.str}", [texts.encode(errors=_HALVES), numbers.astype(width).tobytes()]


def _decoded(kind: str, parts: list[bytes]) -> Any:
    if not kind.startswith("text "):
        return np.frombuffer(parts[0], np.dtype(kind))
    names = np.array(json.loads(parts[0].decode(errors=_HALVES)), object)
    codes = np.frombuffer(parts[1], np.dtype(kind.removeprefix("text ")))
    return pd.Categorical.from_codes(
        codes.astype(np.int32), dtype=pd.CategoricalDtype(pd.Index(names, dtype=object))
    )


def _together(parts: list[Any]) -> Any:
    if not isinstance(parts[0], pd.Categorical):
        return np.concatenate(parts)
    return pd.Series(
        np.concatenate([np.asarray(part, dtype=object) for part in parts]), dtype=object
    )
