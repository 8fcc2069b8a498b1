"""The command line; a module for each group of commands, in the order that --help lists them."""

from __future__ import annotations

from idgraph.cli import changes, cypher, exposed, questions, resets, stores, survivors
from idgraph.cli.app import app, main

__all__ = [
    "app",
    "changes",
    "cypher",
    "exposed",
    "main",
    "questions",
    "resets",
    "stores",
    "survivors",
]
