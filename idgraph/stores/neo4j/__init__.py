"""The store in a Neo4j database; its driver is spoken here and nowhere else."""

from __future__ import annotations

from idgraph.stores.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
