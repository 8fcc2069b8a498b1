"""A page in headless Chromium, watched: what it ran, what it asked for, what it drew."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, Error, Page, Playwright

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Installed in every frame before any script of a page.
WATCH = """
window.__hits = [];
window.__pwn = (tag) => window.__hits.push(String(tag));
window.alert = (text) => window.__hits.push("alert " + text);
window.addEventListener("error", (event) => window.__hits.push("error " + event.message));
"""


def executable() -> str | None:
    """Return the path of an installed Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None


def launch(playwright: Playwright, *more: str) -> Browser:
    """Return a browser that has no network of its own."""
    return playwright.chromium.launch(
        executable_path=executable(), chromium_sandbox=False, args=[*ARGUMENTS, *more]
    )


@contextmanager
def black_hole() -> Iterator[int]:
    """Listen on a port, accept, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class View:
    """A file in a page of a browser, with all that it did."""

    def __init__(self, browser: Browser, path: Path, **context: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
        self.page: Page = self.context.new_page()
        self.path = path
        self.requests: list[str] = []
        self.blocked: set[str] = set()
        self.page.add_init_script(WATCH)
        self._listen()
        self.page.goto(path.as_uri())
        if context.get("java_script_enabled", True):
            self.page.wait_for_selector("html[data-ready]", state="attached")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.close()

    def _listen(self) -> None:
        # An event "request" is sent even where the policy then blocks it.
        session = self.context.new_cdp_session(self.page)
        urls: dict[str, str] = {}

        def sent(event: dict[str, Any]) -> None:
            urls[event["requestId"]] = event["request"]["url"]
            self.requests.append(event["request"]["url"])

        def failed(event: dict[str, Any]) -> None:
            if event.get("blockedReason") == "csp":
                self.blocked.add(urls.get(event["requestId"], ""))

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.loadingFailed", failed)
        session.send("Network.enable")

    def leaks(self) -> list[str]:
        """Return what was asked for and not blocked, apart from the file itself."""
        own = self.path.as_uri()
        return [
            url
            for url in self.requests
            if url != own and url not in self.blocked and not url.startswith(("data:", "about:"))
        ]

    def hits(self) -> list[str]:
        """Return every call that only hostile text could have made, in any frame."""
        found: list[str] = []
        for frame in self.page.frames:
            try:
                found += frame.evaluate("window.__hits")
            except Error:
                found.append(f"frame {frame.url} cannot be asked")
        return found

    def drawn(self) -> bool:
        """Return whether the drawing holds more than one colour."""
        return bool(
            self.page.evaluate(
                """() => {
                  const canvas = document.querySelector("#network canvas");
                  const { data } = canvas.getContext("2d")
                    .getImageData(0, 0, canvas.width, canvas.height);
                  const seen = new Set();
                  for (let at = 0; at < data.length; at += 400)
                    seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
                  return seen.size > 2;
                }"""
            )
        )

    def place(self, node: int) -> tuple[float, float]:
        """Return where a node of the drawing lies in the window."""
        self.page.locator("#network").scroll_into_view_if_needed()
        spot = self.page.evaluate(
            """(node) => {
              const { network } = window.idgraph;
              const box = document.getElementById("network").getBoundingClientRect();
              const at = network.canvasToDOM(network.getPositions([node])[node]);
              return [box.left + at.x, box.top + at.y];
            }""",
            node,
        )
        return spot[0], spot[1]

    def hover(self, x: float, y: float) -> None:
        """Move the mouse over a spot and stay until a tooltip would show."""
        self.page.mouse.move(x - 3, y)
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(260)

    def poke(self) -> None:
        """Hover and choose both ends and the step, search, sort, filter and open everything."""
        page = self.page
        ends = [self.place(0), self.place(1)]
        middle = ((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2)
        for spot in (*ends, middle):
            self.hover(*spot)
            page.mouse.click(*spot)
            page.wait_for_timeout(30)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.fill("#search", "a")
        page.press("#search", "Enter")
        for heading in page.locator("#table thead button").all():
            heading.click()
        for key in page.locator("button.key").all():
            key.click()
            key.click()
        page.press("body", "Escape")


def visible_text(text: str) -> str:
    """Return a text as a browser shows it."""
    return re.sub(r"\s+", " ", text).strip()
