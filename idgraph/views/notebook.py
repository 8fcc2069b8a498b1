"""What a result shows in Jupyter: a line, the first rows, a still picture, and the live view.

Jupyter strips the frame from a notebook that it does not trust and keeps the rest, so all that
matters stands before it. The frame is sandboxed: its scripts have no access to the page of
Jupyter, which could drive kernels.
"""

from __future__ import annotations

from typing import Any

from markupsafe import escape

from idgraph.views.html import table_rows, to_html
from idgraph.views.page import data_uri, render, shown
from idgraph.views.picture import CLASSES, COUNTED, DRAWN_BY_DEFAULT, Picture, drawing
from idgraph.views.svg import to_svg

ROWS_SHOWN = 20
MOST_EMBEDDED = 300  # a live view adds its whole size to the notebook's file


def mimebundle(picture: Picture, *, limit: int = DRAWN_BY_DEFAULT) -> dict[str, Any]:
    """Return what `_repr_mimebundle_` gives: one line of text, and HTML that survives sanitising.

    Above `MOST_EMBEDDED` drawn nodes the live view is left out, and the text says how to write it
    to a file.
    """
    return {"text/plain": one_line(picture), "text/html": _html(picture, limit)}


def one_line(picture: Picture) -> str:
    """Return the answer in a line: what was asked, and how many of each class."""
    tally = picture.tally()
    counts = ", ".join(
        f"{tally[name]['reached'] + tally[name]['reached_if']} {CLASSES[name][1].lower()}"
        for name in COUNTED
    )
    return shown(f"{picture.title}: {counts}")


def _html(picture: Picture, limit: int) -> str:
    drawn = drawing(picture, min(limit, MOST_EMBEDDED))
    rows = table_rows(picture, drawn)
    too_many = min(limit, len(picture.nodes)) > MOST_EMBEDDED
    return str(
        render(
            "notebook.html.j2",
            {
                "title": picture.title,
                "answer": picture.answer,
                "line": one_line(picture),
                "rows": rows[:ROWS_SHOWN],
                "more": max(0, len(rows) - ROWS_SHOWN),
                "still": data_uri("image/svg+xml", to_svg(picture, drawn, standalone=True)),
                "left_out": drawn.left_out,
                # Escaped once more, for the attribute; it is plain already.
                "frame": None if too_many else escape(to_html(picture, limit=limit)),
                "most": MOST_EMBEDDED,
            },
        )
    )
