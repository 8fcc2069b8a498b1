"""The command line; a module for each group of commands, in the order that --help lists them."""

from __future__ import annotations

# isort: off
from idgraph.cli import stores
from idgraph.cli import questions, resets, survivors
from idgraph.cli import exposed
from idgraph.cli import changes, cypher
from idgraph.cli import pulls

# isort: on
from idgraph.cli.app import app, main

__all__ = [
    "app",
    "changes",
    "cypher",
    "exposed",
    "main",
    "pulls",
    "questions",
    "resets",
    "stores",
    "survivors",
]
