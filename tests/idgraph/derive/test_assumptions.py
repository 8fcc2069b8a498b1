"""Every assumption that a rule makes can be read, and none is listed that no rule makes."""

from __future__ import annotations

import re
from pathlib import Path

from idgraph.derive.assumptions import ASSUMPTIONS, assumption_words

USED = re.compile(r'ASSUME\.of\("(\w+)"\)')


def test_the_assumptions_in_words_are_those_that_rules_make():
    rules = Path("idgraph/derive").rglob("*.py")
    made = {fact for rule in rules for fact in USED.findall(rule.read_text("utf-8"))}
    assert made == set(ASSUMPTIONS)


def test_an_assumption_reads_as_a_clause():
    for fact, words in ASSUMPTIONS.items():
        assert assumption_words(f"assume:{fact}") == words
        assert words == words.strip()
        assert not words.endswith(".")
