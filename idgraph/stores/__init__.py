"""Stores behind one protocol, and the way from a URL to one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from idgraph.errors import StoreError

if TYPE_CHECKING:
    from idgraph.stores.protocol import Store

SUFFIX = ".duckdb"
SHARED = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")

_HINT = f"Name a file that ends in {SUFFIX}, such as idgraph{SUFFIX}."


def open_store(url: str, *, read_only: bool = False) -> Store:
    """Return the store at a URL: the path of a `.duckdb` file, `file://…`, or one of `SHARED`.

    Neither file nor server is touched before it is first read or written.

    Raises
    ------
    StoreError
        No store is kept at such a URL.
    """
    scheme = urlsplit(url).scheme.lower() if "://" in url else ""
    if scheme in SHARED:
        from idgraph.stores.neo4j import Neo4jStore

        return Neo4jStore(url, read_only=read_only)
    if scheme not in {"", "file"}:
        raise StoreError(f"a store at {scheme}://", "is not supported", hint=_HINT)
    path = Path(url2pathname(unquote(urlsplit(url).path)) if scheme else url).expanduser()
    if path.suffix.lower() != SUFFIX:
        raise StoreError(f"the store {url!r}", f"does not end in {SUFFIX}", hint=_HINT)
    from idgraph.stores.duckdb import DuckDBStore

    return DuckDBStore(path, read_only=read_only)
