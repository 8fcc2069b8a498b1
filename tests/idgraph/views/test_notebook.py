import base64
import re
from xml.etree import ElementTree as ET

import pytest

from idgraph.views.notebook import MOST_EMBEDDED, mimebundle
from tests.idgraph.views.example import demo, many
from tests.idgraph.views.hostile import Structure, faults, image, poisoned, script


def still_of(html):
    match = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return base64.b64decode(match[1]).decode("utf-8")


def test_a_terminal_gets_one_line():
    line = mimebundle(demo())["text/plain"]

    assert line == (
        "What a reset of Mara Okonkwo opens: 17 non-human identities, "
        "8 privileged roles and scopes, 15 secret stores, 8 data stores"
    )


def test_a_notebook_gets_the_first_rows_a_picture_and_a_sandboxed_frame():
    html = mimebundle(demo())["text/html"]
    frame = re.search(r"<iframe[^>]*>", html)[0]

    assert html.count("<tr>") == 1 + 20
    assert "27 more rows" in html
    assert 'sandbox="allow-scripts"' in frame
    assert "allow-same-origin" not in frame


def test_the_page_in_the_frame_is_the_exported_one():
    attributes = dict(Structure(mimebundle(demo())["text/html"]).attributes)

    assert list(faults(attributes["srcdoc"])) == []


@pytest.mark.parametrize("payload", [image, script])
def test_hostile_text_stays_text_in_a_notebook(payload):
    html = mimebundle(poisoned(demo(), payload))["text/html"]
    names = {name for name, _ in Structure(html).elements}

    assert "script" not in names
    assert [name for name, _ in Structure(html).elements].count("img") == 1
    assert not [name for name, _ in Structure(html).attributes if name.startswith("on")]


@pytest.mark.parametrize("payload", [image, script])
def test_the_still_picture_is_well_formed_and_holds_no_script(payload):
    svg = still_of(mimebundle(poisoned(demo(), payload))["text/html"])
    tree = ET.fromstring(svg)  # noqa: S314  our own text
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}

    assert names <= {"svg", "title", "defs", "marker", "path", "rect", "text", "g", "use", "circle"}


def test_a_large_view_is_not_embedded():
    html = mimebundle(many(MOST_EMBEDDED + 50), limit=MOST_EMBEDDED + 50)["text/html"]

    assert "<iframe" not in html
    assert "write_html" in html
