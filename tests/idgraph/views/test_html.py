import json
import os
import re
import stat
from dataclasses import replace

import pytest

from idgraph.errors import IdGraphError, TooLargeToDrawError
from idgraph.views import page
from idgraph.views.html import to_html, write_html
from idgraph.views.page import environment
from tests.idgraph.views.example import demo, many
from tests.idgraph.views.hostile import Structure, attribute, faults, image, poisoned, script

PAYLOADS = [image, script, attribute]


def harmless(payload):
    """Return the same payload with letters in place of what HTML reads as its own."""
    return lambda tag: re.sub(r"[<>\"'&]", "x", payload(tag))


def rows_of(text):
    return re.findall(r"<tr data-classes", text)


def test_a_page_asks_for_nothing_and_runs_only_its_own_scripts():
    assert list(faults(to_html(demo()))) == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_in_every_place_changes_no_element_of_the_page(payload):
    hostile = to_html(poisoned(demo(), payload))

    assert list(faults(hostile)) == []
    assert (
        Structure(hostile).elements
        == Structure(to_html(poisoned(demo(), harmless(payload)))).elements
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_place_of_a_picture_reaches_the_page(payload):
    text = to_html(poisoned(demo(), harmless(payload)))
    places = {
        "Picture-title", "Picture-question", "Picture-answer", "Picture-not_seen",
        "Picture-assumed", "Stamp-identity", "Stamp-moment", "Stamp-store", "Stamp-loads",
        "PictureNode-id", "PictureNode-label", "PictureNode-kind", "PictureNode-kind_label",
        "PictureNode-owner", "PictureNode-details", "PictureEdge-sentence", "PictureEdge-guards",
        "PictureEdge-evidence", "Row-guards", "Row-assumes", "Row-blind_spots",
        "StepKind-reads", "StepKind-allows", "StepKind-verify", "StepKind-remove",
        "StepKind-logged", "StepKind-controls",
    }  # fmt: skip

    assert {place for place in places if place not in text} == set()


def test_a_page_without_autoescape_would_be_found_out(monkeypatch):
    monkeypatch.setattr(environment(), "autoescape", False)
    environment().cache.clear()
    text = to_html(poisoned(demo(), script))
    environment().cache.clear()

    assert list(faults(text)) != []


def test_a_page_without_the_escaping_of_its_json_would_be_found_out(monkeypatch):
    monkeypatch.setattr(page, "_OPENING", {})

    assert list(faults(to_html(poisoned(demo(), script)))) != []


def test_a_changed_script_would_be_found_out():
    assert list(faults(to_html(demo()).replace('"use strict"', '"use  strict"', 1))) != []


def test_the_data_of_the_page_can_be_read_and_holds_the_whole_drawing():
    picture = demo()
    data = json.loads(Structure(to_html(picture)).json[0])

    assert len(data["nodes"]) == len(picture.nodes)
    assert {number for line in data["edges"] for number in line["steps"]} == set(
        range(len(picture.edges))
    )


def test_a_page_says_what_it_does_not_draw_and_lists_it_all_the_same():
    picture = many(400)
    text = to_html(picture, limit=60)

    assert "60 of 400 nodes drawn" in text
    assert "340 not drawn" in text
    assert len(rows_of(text)) == len(picture.rows)


def test_a_page_of_an_empty_answer_says_so():
    nothing = replace(demo(), nodes=demo().nodes[:1], edges=(), rows=(), not_seen=(), assumed=())
    text = to_html(nothing)

    assert "Nothing of the classes counted here can be reached." in text
    assert "Nothing is known to be missing" in text


def test_a_page_without_any_node_can_be_written():
    assert list(faults(to_html(replace(demo(), nodes=(), edges=(), rows=())))) == []


def test_more_than_a_browser_can_draw_is_refused():
    with pytest.raises(TooLargeToDrawError):
        to_html(demo(), limit=5000)


def test_a_page_of_500_nodes_fits_in_a_mail():
    assert len(to_html(many(500), limit=500).encode("utf-8")) <= 1_500_000


def test_the_same_picture_gives_the_same_page():
    assert to_html(demo()) == to_html(demo())


def test_a_view_is_written_whole_as_utf_8(tmp_path):
    path = write_html(demo(), tmp_path / "view.html")

    assert path.read_text(encoding="utf-8") == to_html(demo())
    assert [each.name for each in tmp_path.iterdir()] == ["view.html"]


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_a_view_can_be_read_by_those_who_may_read_the_folder(tmp_path):
    mask = os.umask(0o022)
    path = write_html(demo(), tmp_path / "view.html")
    os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_view_that_cannot_be_written_says_what_to_do_and_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")

    for target in (tmp_path / "missing" / "view.html", tmp_path / "file" / "view.html", tmp_path):
        with pytest.raises(IdGraphError, match="Name a file in a folder that you may write to"):
            write_html(demo(), target)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_is_read_only_is_named(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(IdGraphError, match="cannot be written"):
        write_html(demo(), tmp_path / "view.html")
