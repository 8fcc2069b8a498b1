import pytest
from playwright.sync_api import expect

from idgraph.views.html import to_html
from idgraph.views.notebook import mimebundle
from tests.browser.harness import View, black_hole, launch
from tests.idgraph.views.example import demo, many

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(view):
    return view(to_html(demo()))


# It is alone in the world.


def test_it_asks_for_nothing(shown):
    shown.poke()

    assert shown.requests == [shown.path.as_uri()]
    assert shown.hits() == []


def test_it_draws_where_no_host_can_be_found(playwright, tmp_path):
    path = tmp_path / "view.html"
    path.write_text(to_html(demo()), encoding="utf-8")
    browser = launch(playwright, "--host-resolver-rules=MAP * ~NOTFOUND")
    with View(browser, path) as shown:
        assert shown.drawn()
    browser.close()


def test_it_draws_where_every_host_accepts_and_never_answers(playwright, tmp_path):
    path = tmp_path / "view.html"
    path.write_text(to_html(demo()), encoding="utf-8")
    with black_hole() as port:
        browser = launch(playwright, f"--host-resolver-rules=MAP * 127.0.0.1:{port}")
        with View(browser, path) as shown:
            assert shown.drawn()
        browser.close()


def test_500_nodes_are_drawn(view):
    shown = view(to_html(many(500), limit=500))
    milliseconds = shown.page.evaluate("document.documentElement.dataset.drawn")
    print(f"\nfirst draw of 500 nodes: {milliseconds} ms")  # noqa: T201  measured, never judged

    assert shown.drawn()


# What a person finds in it.


def test_the_accessibility_tree_names_what_is_there(shown):
    page = shown.page

    expect(page.get_by_role("heading", level=1)).to_have_text("What a reset of Mara Okonkwo opens")
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Counts",
        "How it spreads",
        "Every target",
        "What was not seen",
        "Assumed",
    ]
    expect(page.get_by_role("img", name="Drawing of 56 nodes")).to_be_visible()
    expect(page.get_by_role("table", name="Targets reached from mara.okonkwo")).to_be_visible()
    expect(page.get_by_role("group", name="Legend")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search nodes and targets")).to_be_visible()
    expect(page.get_by_role("button", name="service principal 9")).to_be_visible()
    assert page.get_by_role("row").count() == 48
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => !b.innerText && !b.ariaLabel).length"
    )
    assert unnamed == 0


def test_choosing_a_row_lights_its_whole_path_and_says_it_in_words(shown):
    page = shown.page
    page.get_by_role("button", name="stcustomerledger").click()
    details = page.get_by_role("complementary", name="Details")

    expect(details.get_by_role("heading", level=3)).to_have_text("stcustomerledger")
    expect(details.get_by_text("How it is reached, in 7 steps")).to_be_visible()
    expect(details.locator("ol > li")).to_have_count(7)
    details.locator("summary").first.click()
    for heading in ("Why it works", "How to verify", "How to remove it", "What is logged"):
        expect(details.get_by_text(heading).first).to_be_visible()
    expect(details.get_by_text("entra-export.json#").first).to_be_visible()
    expect(page.locator("tr.chosen")).to_contain_text("stcustomerledger")


def test_choosing_in_the_drawing_marks_the_row_and_escape_lets_go(shown):
    page = shown.page
    page.mouse.click(*shown.place(4))

    expect(page.locator("#details h3")).to_have_text("Orders API")
    expect(page.locator("tr.chosen")).to_contain_text("Orders API")
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    expect(page.locator("tr.chosen")).to_have_count(0)


def test_choosing_a_line_says_what_the_step_means(shown):
    page = shown.page
    (x1, y1), (x2, y2) = shown.place(0), shown.place(4)
    page.mouse.click(x1 * 0.4 + x2 * 0.6, y1 * 0.4 + y2 * 0.6)

    expect(page.locator("#details")).to_contain_text("can add a credential to Orders API")
    expect(page.locator("#details")).to_contain_text("without any approval")


def test_a_tooltip_is_plain_text(shown):
    shown.hover(*shown.place(4))

    expect(shown.page.locator(".vis-tooltip")).to_contain_text("Orders API")


def test_slash_searches_drawing_and_table_and_escape_clears(shown):
    page = shown.page
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("orders")

    expect(page.locator("#status")).to_have_text("6 of 56 drawn nodes and 16 of 47 targets match")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_have_value("")
    expect(page.locator("#shown")).to_have_text("47 targets")


def test_tab_goes_from_search_to_the_drawing_to_the_legend_to_the_table(shown):
    page = shown.page
    page.keyboard.press("/")
    order = []
    for _ in range(60):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.className"
                " || document.activeElement.tagName"
            )
        )
    seen = list(dict.fromkeys(order))

    wanted = ["out", "in", "fit", "network", "key", "class", "verdict"]
    assert [name for name in seen if name in wanted] == wanted
    assert "linkish" in seen


def test_keys_move_and_zoom_the_drawing(shown):
    page = shown.page
    page.focus("#network")
    view = "({ ...idgraph.network.getViewPosition(), scale: idgraph.network.getScale() })"
    before = page.evaluate(view)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    moved = page.evaluate(view)

    assert moved["x"] > before["x"]
    assert moved["scale"] > before["scale"]
    page.keyboard.press("0")
    assert page.evaluate(view) == pytest.approx(before)


def test_headings_sort_the_table_both_ways(shown):
    page = shown.page
    steps = page.get_by_role("columnheader", name="Steps")

    def column():
        return [int(text) for text in page.locator("#table td.num").all_inner_texts()]

    steps.get_by_role("button").click()
    assert column() == sorted(column())
    expect(steps).to_have_attribute("aria-sort", "ascending")
    steps.get_by_role("button").click()
    assert column() == sorted(column(), reverse=True)


def test_filters_narrow_the_table(shown):
    page = shown.page
    page.select_option("#class", "privileged")
    page.select_option("#verdict", "reached_if")

    expect(page.locator("#shown")).to_have_text("3 of 47 targets")
    assert page.locator("#table tbody tr:visible").count() == 3


def test_the_legend_hides_a_kind_and_shows_it_again(shown):
    page = shown.page
    key = page.get_by_role("button", name="service principal 9")
    key.click()

    expect(key).to_have_attribute("aria-pressed", "false")
    hidden = "idgraph.network.body.data.nodes.get({ filter: n => n.hidden }).length"
    assert page.evaluate(hidden) == 9
    key.click()
    assert page.evaluate(hidden) == 0


def test_the_theme_follows_the_system_and_can_be_switched(view):
    shown = view(to_html(demo()), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"

    assert shown.page.evaluate(ground) == "rgb(16, 19, 23)"
    shown.page.get_by_role("button", name="Switch to light colours").click()
    assert shown.page.evaluate(ground) == "rgb(246, 246, 244)"


# Where it cannot be at its best.


def test_without_scripts_summary_picture_and_table_are_there(view):
    page = view(to_html(demo()), java_script_enabled=False).page

    expect(page.get_by_text("Whoever talks the help desk")).to_be_visible()
    expect(page.locator("svg.still")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator("#search")).to_be_hidden()
    page.locator("#table summary").first.click()
    expect(page.locator("#table ol").first).to_be_visible()


def test_on_paper_it_has_the_picture_and_every_row_and_no_controls(shown, tmp_path):
    page = shown.page
    page.select_option("#class", "data")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(page.locator("svg.still")).to_be_visible()
    expect(page.locator("#network")).to_be_hidden()
    expect(page.locator("#search")).to_be_hidden()
    assert page.locator("#table tbody tr:visible").count() == 47
    expect(page.locator("#table ol").first).to_be_visible()
    # With a control's box in it, Chromium does not repeat the header on the next sheet.
    boxes = "[...document.querySelectorAll('thead button')].map(b => getComputedStyle(b).display)"
    assert set(page.evaluate(boxes)) == {"contents"}
    assert len(page.screenshot(path=tmp_path / "print.png", full_page=True)) > 50_000


def test_after_printing_the_drawing_is_as_it_was(shown):
    page = shown.page
    before = shown.place(4)
    page.emulate_media(media="print")
    page.wait_for_timeout(1200)
    page.emulate_media(media="screen")
    page.wait_for_timeout(1200)

    assert shown.drawn()
    assert shown.place(4) == pytest.approx(before, abs=2)


def test_a_phone_needs_no_sideways_scrolling(view):
    page = view(to_html(demo()), viewport={"width": 390, "height": 844}).page

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_notebook_shows_the_live_view_and_without_it_the_still_one(browser, tmp_path):
    html = mimebundle(demo())["text/html"]
    path = tmp_path / "cell.html"
    path.write_text(f"<!doctype html><body>{html}", encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("iframe").scroll_into_view_if_needed()  # out of sight, a frame does not draw
    page.frames[1].wait_for_selector("html[data-ready]", state="attached")
    page.locator("summary").first.click()

    assert page.evaluate("document.images[0].complete && document.images[0].naturalWidth") > 500
    page.close()
