"""Every assumption that is made can be read, and none is listed that nothing makes."""

from __future__ import annotations

import re
from pathlib import Path

from idgraph.analysis.methods import METHODS
from idgraph.derive.assumptions import ASSUMPTIONS, assumption_words

USED = re.compile(r'(?:ASSUME\.of|Assumed)\("(\w+)"\)')


def test_the_assumptions_in_words_are_those_that_rules_and_reset_methods_make():
    rules = Path("idgraph/derive").rglob("*.py")
    made = {fact for rule in rules for fact in USED.findall(rule.read_text("utf-8"))}
    taken = {fact for method in METHODS.values() for fact in method.assumes}
    assert made | taken == set(ASSUMPTIONS)


def test_an_assumption_reads_as_a_clause():
    for fact, words in ASSUMPTIONS.items():
        assert assumption_words(f"assume:{fact}") == words
        assert words == words.strip()
        assert not words.endswith(".")
