"""Answers in a terminal: the answer first, then the paths, then what was not seen."""

from __future__ import annotations

from idgraph.views.terminal.answers import controls, demo, kinds, paths, reach, unowned
from idgraph.views.terminal.base import console, table
from idgraph.views.terminal.changes import doubts
from idgraph.views.terminal.stores import coverage, loaded, loads

__all__ = [
    "console",
    "controls",
    "coverage",
    "demo",
    "doubts",
    "kinds",
    "loaded",
    "loads",
    "paths",
    "reach",
    "table",
    "unowned",
]
