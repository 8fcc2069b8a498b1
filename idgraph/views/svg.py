"""The drawing as a still picture: for print, for a page without scripts, for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Any

from markupsafe import Markup

from idgraph.views.labels import label_lines
from idgraph.views.page import render
from idgraph.views.palette import BADGES, LIGHT, MARKS, TONES, mark
from idgraph.views.picture import COLUMN, ROW, Drawing, Line, Picture, tone

_REACH = 15  # lines end this far from the middle of a mark


def to_svg(picture: Picture, drawn: Drawing, *, standalone: bool = False) -> Markup:
    """Return the drawing as an SVG element, or as a file of its own.

    Colours are attributes and always those of the light theme, so it looks the same wherever it
    is shown; it holds no script, no style sheet and no address.
    """
    return render(
        "picture.svg.j2",
        {
            "standalone": standalone,
            "title": picture.title,
            "box": _box(drawn),
            "columns": _columns(drawn),
            "lines": [_line(picture, line, drawn) for line in drawn.lines],
            "nodes": [_node(picture, at, drawn.places) for at in drawn.nodes],
            "marks": {name: MARKS[name] for name in sorted(_shapes(picture))},
            "badges": BADGES,
            "theme": LIGHT,
        },
    )


def _shapes(picture: Picture) -> set[str]:
    return {mark(node.shape) for node in picture.nodes}


def _box(drawn: Drawing) -> dict[str, float]:
    xs = [x for x, _ in drawn.places.values()] or [0.0]
    ys = [y for _, y in drawn.places.values()] or [0.0]
    left, top = min(xs) - COLUMN / 2, min(ys) - ROW
    return {
        "left": left,
        "top": top,
        "width": max(xs) + COLUMN / 2 - left,
        "height": max(ys) + ROW - top,
    }


def _columns(drawn: Drawing) -> list[dict[str, Any]]:
    return [
        {
            "text": column_heading(column.layer),
            "left": column.left,
            "width": column.right - column.left,
            "shaded": at % 2 == 1,
        }
        for at, column in enumerate(drawn.columns)
    ]


def column_heading(layer: int) -> str:
    """Return what stands above a layer."""
    return {0: "Start", 1: "1 step"}.get(layer, f"{layer} steps")


def _line(picture: Picture, line: Line, drawn: Drawing) -> dict[str, Any]:
    path = _arc(line, drawn) if drawn.is_bowed(line) else _stroke(line, drawn)
    return {"path": path, "dashed": all(picture.edges[at].guards for at in line.edges)}


def _stroke(line: Line, drawn: Drawing) -> str:
    (x1, y1), (x2, y2) = drawn.places[line.source], drawn.places[line.target]
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * _REACH, (y2 - y1) / length * _REACH
    return f"M{x1 + dx:.0f} {y1 + dy:.0f}L{x2 - dx:.0f} {y2 - dy:.0f}"


def _arc(line: Line, drawn: Drawing) -> str:
    (x, y1), (_, y2) = drawn.places[line.source], drawn.places[line.target]
    side = _REACH if y2 > y1 else -_REACH
    edge = x + side * 0.7
    bend = edge + (y2 - y1) * 0.22
    return f"M{edge:.0f} {y1:.0f}Q{bend:.0f} {(y1 + y2) / 2:.0f} {edge:.0f} {y2:.0f}"


def _node(picture: Picture, at: int, places: Mapping[int, tuple[float, float]]) -> dict[str, Any]:
    node = picture.nodes[at]
    x, y = places[at]
    return {
        "x": round(x),
        "y": round(y),
        "lines": label_lines(node.label),
        "mark": mark(node.shape),
        "fill": TONES[tone(node)],
        "verdict": node.verdict,
        "is_start": node.is_start,
        "privileged": "privileged" in node.classes,
        "unowned": node.unowned,
    }
