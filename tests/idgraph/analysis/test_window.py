from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idgraph.analysis.window import Window, iso, moment_of, window_of
from idgraph.errors import InputError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

moments = st.integers(1, 300_000_000_000_000_000).map(
    lambda count: datetime.min.replace(tzinfo=UTC) + timedelta(microseconds=count)
)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-20T12:00Z..2026-11-20T13:00Z", NOON, NOON + timedelta(hours=1)),
        ("2026-11-20T14:00+02:00..2026-11-20T08:00-05:00", NOON, NOON + timedelta(hours=1)),
        ("2026-11-20T12:00..2026-11-20T13:00", NOON, NOON + timedelta(hours=1)),  # without a zone
        (" 2026-11-20T12:00Z .. 2026-11-20T12:00Z ", NOON, NOON),
        ("2026-11-20T12:00Z..", NOON, None),
        ("..2026-11-20T12:00Z", None, NOON),
        (
            "2026-11-20..2026-11-20",
            datetime(2026, 11, 20, tzinfo=UTC),
            datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC),
        ),
    ],
)
def test_a_window_is_meant_in_utc_with_days_from_their_beginning_to_their_end(text, start, end):
    window = Window.parse(text)
    assert (window.start, window.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is not written as FROM..TO"),
        ("..", "is not written as FROM..TO"),
        ("2026-11-20", "is not written as FROM..TO"),
        ("2026-11-20-2026-11-21", "is not written as FROM..TO"),
        ("yesterday..", "is not a time"),
        ("2026-11-20..soon", "is not a time"),
        ("2026-11-20..2026-11-31", "is not a time"),
        ("0..1", "is not a time"),
        ("0001-01-01T00:00+14:00..", "is not a time"),
        ("2026-11-20...2026-11-21", "is not a time"),
        ("2026-11-21..2026-11-20", "ends before it begins"),
    ],
)
def test_what_is_no_window_is_refused_with_a_hint(text, fault):
    with pytest.raises(InputError, match=fault) as refused:
        Window.parse(text)
    assert refused.value.hint


def test_both_ends_are_inside():
    window = Window(NOON, NOON)
    assert NOON in window
    assert NOON - timedelta(microseconds=1) not in window
    assert NOON + timedelta(microseconds=1) not in window


def test_a_day_ends_with_its_last_instant():
    day = Window.parse("2026-11-20..2026-11-20")
    assert day.holds("2026-11-20T23:59:59.999999Z")
    assert not day.holds("2026-11-21T00:00:00Z")
    assert not day.holds("2026-11-19T23:59:59.999999Z")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_a_text_that_is_no_time_lies_in_no_window(text):
    assert moment_of(text) is None
    assert not Window().holds(text)


@given(st.none() | moments, st.none() | moments)
def test_a_window_is_read_as_it_is_written(start, end):
    if start and end and end < start:
        start, end = end, start
    window = Window(start, end)
    if start or end:
        assert Window.parse(str(window)) == window


@given(moments, moments, moments)
def test_a_window_is_what_is_neither_before_nor_after_it(start, end, moment):
    start, end = sorted((start, end))
    window = Window(start, end)
    assert (moment in window) == (start <= moment <= end)
    assert window.holds(iso(moment)) == (moment in window)
    assert window.before is not None
    assert not window.holds(window.before)


def test_a_window_without_a_beginning_has_nothing_before_it():
    assert Window(None, NOON).before is None
    assert Window(datetime.min.replace(tzinfo=UTC)).before is None
    assert Window(None, NOON).to_json() == {"from": None, "to": "2026-11-20T12:00:00Z"}


def test_a_window_is_taken_in_either_form():
    assert window_of("2026-11-20T12:00Z..") == window_of(Window(NOON)) == Window(NOON)
    assert window_of(None) is None
