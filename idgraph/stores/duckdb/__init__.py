"""The store in one DuckDB file; DuckDB is spoken here and nowhere else."""

from __future__ import annotations

from idgraph.stores.duckdb.store import DuckDBStore

__all__ = ["DuckDBStore"]
