"""Rules of reset paths that a register states: who carries them out, and what they give."""

from __future__ import annotations

from idgraph.derive.desk import can_execute_resets, desk_resets
from idgraph.derive.rules import Rule

RULES: tuple[Rule, ...] = (can_execute_resets.RULE, desk_resets.RULE)
