"""The chart of survivors: complete, readable without colour, and harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from idgraph.errors import IdGraphError
from idgraph.views.palette import LIGHT, contrast
from idgraph.views.timeline import timeline
from tests.idgraph.analysis.survivors.estate import AT, ask, tenant

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>\x1b[31m\u202e\"'"


def parsed(chart) -> ET.Element:
    return ET.fromstring(chart.svg())  # noqa: S314  it is our own


def drawn(answer) -> ET.Element:
    return parsed(timeline(answer))


def texts(root: ET.Element) -> str:
    return "\n".join(each.text or "" for each in root.iter(f"{SVG}text"))


def hostile():
    made = tenant()
    for node in ("ada", "app", "cred-open"):
        kind, _, *rest = made.nodes[node]
        made.nodes[node] = (kind, HOSTILE, *rest)
    return ask("ada", "mfa_reset", made=made)


def test_there_is_a_bar_for_each_class_and_verdict():
    answer = ask("ada", "mfa_reset")
    classes = {(row.artefact, row.own, row.verdict) for row in answer.rows}

    assert len(timeline(answer).bars) == len(classes)


def test_the_chart_has_a_title_a_description_and_a_word_for_each_colour():
    root = drawn(ask("ada", "mfa_reset"))
    said = texts(root)

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "t d"
    assert root.find(f"{SVG}title").text == "What survives the reset mfa_reset of ada"
    assert "The same is in the table." in root.find(f"{SVG}desc").text
    for word in ("survives", "cannot tell", "ended", "not to scale", "no end"):
        assert word in said


def test_the_words_can_be_read_on_their_ground():
    assert contrast(LIGHT["ink"], LIGHT["band"]) > 7
    assert contrast(LIGHT["muted"], LIGHT["band"]) > 4.5


def test_the_table_beside_the_chart_says_the_same():
    chart = timeline(ask("ada", "mfa_reset"))
    frame = chart.to_frame()

    assert list(frame["what"]) == [bar.name for bar in chart.bars]
    token = frame[frame["what"] == "access token"].iloc[0]
    assert token["one issued before the reset lives"] == (
        "between 2026-11-02T15:00:00Z and 2026-11-02T15:30:00Z"
    )
    assert token["the last new one ends"] == "no end"
    assert chart._repr_mimebundle_()["text/html"].count("<tr>") == len(frame) + 1


def test_the_chart_asks_nothing_of_any_network_and_runs_nothing():
    text = timeline(ask("ada", "mfa_reset")).svg()

    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|\son\w+=|<foreignObject|<image|<style|href=", text)


def test_hostile_names_stay_text():
    chart = timeline(hostile())
    root = parsed(chart)
    page = chart._repr_mimebundle_()

    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg", "title", "desc", "defs", "pattern", "rect", "text", "g", "path",
    }  # fmt: skip
    for text in (chart.svg(), page["text/html"], page["text/plain"], repr(chart)):
        assert not re.search("[\x1b\u202e]", text)
    assert "<script" not in page["text/html"]


@pytest.mark.parametrize("late", [0, 1, 60, 90, 1440, 10**5, 10**7])
def test_every_mark_lies_within_the_drawing_and_later_is_never_further_left(late):
    chart = timeline(ask("ada", "mfa_reset"))
    width = float(parsed(chart).get("width"))

    here, then = (chart._x(AT + timedelta(minutes=each)) for each in (late, late + 1))
    assert 0 < here <= then < width


def test_the_steps_of_the_plan_are_marked_where_they_fall():
    root = drawn(ask("ada", "mfa_reset"))

    assert re.search(r"steps? 1", texts(root))


def test_a_chart_is_the_same_every_time():
    assert timeline(ask("ada", "tap")).svg() == timeline(ask("ada", "tap")).svg()


def test_an_empty_chart_is_a_chart():
    answer = ask("ada", "tap")
    object.__setattr__(answer, "rows", ())

    assert drawn(answer).find(f"{SVG}title") is not None


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "x.svg").mkdir()

    with pytest.raises(IdGraphError, match="cannot be written"):
        timeline(ask("ada", "tap")).write(tmp_path / "x.svg")
