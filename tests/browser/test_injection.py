"""The matrix of sinks through which stock pyvis was seen to run a tenant's text, on our page.

Fifteen sinks with two payloads each, and four single cases; then every text of a picture at once.
"""

import re
from dataclasses import replace

import pytest

from idgraph.views.html import to_html
from idgraph.views.notebook import mimebundle
from idgraph.views.page import environment
from tests.browser.harness import WATCH
from tests.idgraph.views.example import demo
from tests.idgraph.views.hostile import attribute, image, poisoned, script, small

pytestmark = pytest.mark.browser

LINK = "<a href='https://link.example/'>link</a>"


def other(**changes):
    """Return the small picture with its second node changed."""
    picture = small()
    return replace(picture, nodes=(picture.nodes[0], replace(picture.nodes[1], **changes)))


def step(**changes):
    picture = small()
    return replace(picture, edges=(replace(picture.edges[0], **changes),))


def kind(**changes):
    picture = small()
    return replace(picture, kinds={"STEP": replace(picture.kinds["STEP"], **changes)})


def with_link(text):
    """Return a picture in which one name holds a harmless link and the other a payload."""
    picture = small(label=text)
    return replace(picture, nodes=(picture.nodes[0], replace(picture.nodes[1], label=LINK)))


SINKS = {
    "label": lambda text: small(label=text),
    "tooltip": lambda text: other(label=text),
    "label-of-lines": lambda text: small(label=f"*b*\n{text}"),
    "group": lambda text: small(kind=text),
    "owner": lambda text: other(owner=text, unowned=True),
    "step-tooltip": lambda text: step(sentence=text),
    "step-label": lambda text: kind(reads=text),
    "heading": lambda text: replace(small(), title=text, question=text, answer=(text,)),
    "id": lambda text: small(id=text),
    "id-in-a-choice": lambda text: other(id=text),
    "filter-value": lambda text: other(details=(("Key", text),)),
    "filter-key": lambda text: other(details=((text, "value"),)),
    "group-name-in-options": lambda text: other(kind=text, kind_label=text),
    "tooltip-beside-a-link": with_link,
    "image": lambda text: small(shape=text),
}
CASES = [
    *((f"{sink}-img", build(image(sink))) for sink, build in SINKS.items()),
    *((f"{sink}-scr", build(script(sink))) for sink, build in SINKS.items()),
    ("href-alone", small(label=f"href {image('href')}")),
    ("image-javascript", small(shape="image", label="javascript:__pwn('jsurl')")),
    ("image-beacon", small(shape="http://beacon.invalid/p.png", id="http://beacon.invalid/p")),
    ("dot", small(label='digraph{a [label="\\"+__pwn(1)+\\""]}')),
]


def test_the_matrix_has_its_34_cases():
    assert len(CASES) == 34


@pytest.mark.parametrize("picture", [pytest.param(case, id=name) for name, case in CASES])
def test_hostile_text_is_shown_and_not_run(view, picture):
    shown = view(to_html(picture))
    shown.hover(*shown.place(0))

    tooltip = shown.page.locator(".vis-tooltip")
    assert tooltip.evaluate("tip => tip.children.length - tip.querySelectorAll('br').length") == 0
    shown.poke()

    assert shown.hits() == []
    assert shown.leaks() == []
    assert shown.drawn()


@pytest.mark.parametrize("payload", [image, script, attribute])
def test_a_page_with_hostile_text_in_every_place_runs_nothing(view, payload):
    shown = view(to_html(poisoned(demo(), payload)))
    shown.poke()

    # The policy alone would stop a payload: see that none has become an element, either.
    for node in (1, 4, 7):
        shown.page.evaluate("(node) => idgraph.choose(node, false)", node)
        assert shown.page.locator("#details bdi").count() > 3
        assert shown.page.locator("img, [onerror], [onfocus], #details script").count() == 0
    assert shown.drawn()
    shown.page.emulate_media(media="print")
    shown.page.wait_for_timeout(100)
    assert shown.hits() == []
    assert shown.leaks() == []


@pytest.mark.parametrize("payload", [image, script, attribute])
def test_a_notebook_with_hostile_text_in_every_place_runs_nothing(browser, tmp_path, payload):
    html = mimebundle(poisoned(demo(), payload))["text/html"]
    path = tmp_path / "cell.html"
    path.write_text(f"<!doctype html><html data-ready><body>{html}", encoding="utf-8")
    page = browser.new_page()
    page.add_init_script("window.__hits = []; window.__pwn = (tag) => window.__hits.push(tag);")
    page.goto(path.as_uri())
    page.locator("iframe").scroll_into_view_if_needed()  # out of sight, a frame does not draw
    frame = page.frames[1]
    frame.wait_for_selector("html[data-ready]", state="attached")

    assert page.evaluate("window.__hits") == frame.evaluate("window.__hits") == []
    assert frame.evaluate("origin") == "null"
    page.close()


@pytest.mark.parametrize("payload", [image, script])
def test_a_page_without_escapes_and_policy_would_be_caught(browser, tmp_path, monkeypatch, payload):
    """A guard on these guards: the watch does see hostile text that runs."""
    monkeypatch.setattr(environment(), "autoescape", False)
    environment().cache.clear()
    text = to_html(poisoned(demo(), payload))
    environment().cache.clear()
    path = tmp_path / "view.html"
    path.write_text(re.sub(r"<meta http-equiv=[^>]*>", "", text), encoding="utf-8")
    page = browser.new_page()
    page.add_init_script(WATCH)
    page.goto(path.as_uri())

    page.wait_for_function("window.__hits.some((hit) => /^(img|scr)-/.test(hit))")
    page.close()
