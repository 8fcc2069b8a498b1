"""A name from a tenant can be printed without moving the cursor or turning the text around."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.analysis.display import plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines", "two\\x0alines"),
        ("abc\u202edef", "abc\\u202edef"),
        ("a\u200bb", "a\\u200bb"),
        ("Zoë Łukasz 王伟", "Zoë Łukasz 王伟"),
        ("[bold red]x[/]", "[bold red]x[/]"),
        ("\x9b2J", "\\x9b2J"),
        ("\ud800", "\\ud800"),
        ("a\u00adb\U000e0041", "a\\xadb\\U000e0041"),
        ("\u6771\u4eac\u3000\u5927\u962a\u00a0x", "\u6771\u4eac\u3000\u5927\u962a\u00a0x"),
    ],
)
def test_control_and_direction_characters_are_shown_and_letters_stay(name, shown):
    assert plain(name) == shown


@given(st.text(), st.integers(3, 40))
def test_a_limit_holds_whatever_the_text(text, limit):
    assert len(plain(text, limit)) <= limit


@given(st.text())
def test_what_is_shown_can_always_be_written_as_utf_8(text):
    assert isinstance(plain(text).encode("utf-8"), bytes)
