import pytest
from playwright.sync_api import sync_playwright

from tests.browser.harness import View, executable, launch


@pytest.fixture(scope="session")
def playwright():
    if executable() is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright):
    started = launch(playwright)
    yield started
    started.close()


@pytest.fixture
def view(browser, tmp_path):
    """Return a function that opens a page's text in the browser."""
    opened = []

    def open_view(text, **context):
        path = tmp_path / f"view-{len(opened)}.html"
        path.write_text(text, encoding="utf-8")
        opened.append(View(browser, path, **context))
        return opened[-1]

    yield open_view
    for each in opened:
        each.context.close()
