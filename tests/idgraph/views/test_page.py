import json
import re

import pytest
from markupsafe import Markup

from idgraph.views import page, palette
from idgraph.views.labels import WIDTH, label_lines
from idgraph.views.page import content_hash, script_json, shown
from idgraph.vocabulary import NODE_KINDS

MARKS = ("\u202e", "\u2066", "\x1b[31m", "\x00", "\u200b", "\ud800")


@pytest.mark.parametrize("mark", MARKS)
def test_no_text_can_hide_or_reorder_what_stands_beside_it(mark):
    for text in (shown(f"a{mark}b"), str(script_json([f"a{mark}b"]))):
        assert mark not in text
        text.encode("utf-8")


def test_json_for_a_script_can_be_read_back_and_cannot_end_it():
    value = {"</script>": ["<!--", "&amp;", "\u2028", 'quote"', 1, None, True]}
    text = script_json(value)

    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["</script>"][0] == "<!--"


def test_json_without_its_escaping_would_end_the_script(monkeypatch):
    monkeypatch.setattr(page, "_OPENING", {})

    assert "</script>" in script_json(["</script>"])


def test_every_printed_value_is_made_plain_and_escaped():
    template = page.environment().from_string("<p title='{{ x }}'>{{ x }}{{ safe }}</p>")
    text = template.render(x="<b>\u202e'", safe=Markup("<i>"))

    assert text == "<p title='&lt;b&gt;\\u202e&#39;'>&lt;b&gt;\\u202e&#39;<i></p>"


def test_a_name_that_a_template_does_not_know_is_refused():
    with pytest.raises(Exception, match="undefined"):
        page.environment().from_string("{{ nothing }}").render()


@pytest.mark.parametrize("name", ["page.js", "page.html.j2", "picture.svg.j2", "notebook.html.j2"])
def test_no_template_lets_text_become_elements_or_code(name):
    text = page.template_text(name)

    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text) == []
    assert re.findall(r"createContextualFragment|DOMParser|\|\s*safe\b|autoescape", text) == []
    assert re.findall(r"""\son[a-z]+\s*=\s*["'{]""", text) == []


def test_a_hash_is_written_as_a_policy_reads_it():
    assert content_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Orders API", ("Orders API",)),
        ("kv-orders-prod-westeurope-01", ("kv-orders-prod-", "westeurope-01")),
        ("x" * 60, ("x" * 21, "xxxxxxxxxx…xxxxxxxxxx")),
        ("", ("",)),
    ],
)
def test_a_label_has_at_most_two_short_lines(name, lines):
    assert label_lines(name) == lines


def test_wide_characters_take_two_cells_of_a_label():
    assert all(len(line) <= WIDTH // 2 + 1 for line in label_lines("財務部門" * 12))


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK])
def test_text_and_marks_stand_out_from_what_they_lie_on(theme):
    for ground in ("page", "card", "band", "wash"):
        for ink in ("ink", "muted", "accent"):
            assert palette.contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        for line in ("outline", "edge"):
            assert palette.contrast(theme[line], theme[ground]) >= 3 or ground == "wash"


def test_every_shape_of_the_catalogue_has_a_mark():
    assert {kind.shape for kind in NODE_KINDS} <= set(palette.MARKS)
