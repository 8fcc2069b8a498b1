"""What survives a reset: sessions, tokens, keys and grants, until when, and what ends each."""

from __future__ import annotations

from idgraph.analysis.survivors.clock import Clock, Ending, Kill
from idgraph.analysis.survivors.find import Question, survivors
from idgraph.analysis.survivors.result import Ender, Survivor, Survivors
from idgraph.analysis.survivors.tables import Fate, action, actions, tables

__all__ = [
    "Clock",
    "Ender",
    "Ending",
    "Fate",
    "Kill",
    "Question",
    "Survivor",
    "Survivors",
    "action",
    "actions",
    "survivors",
    "tables",
]
