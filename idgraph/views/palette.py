"""Colours and marks, stated once for the page, the canvas and the printed picture.

The colours of classes are those of Okabe and Ito, which stay apart for most colour-blind eyes;
each is always joined by a shape and a word. Marks are outlines around (0, 0) with a radius of
about 10, in the path language that SVG and the canvas share.
"""

from __future__ import annotations

from math import cos, pi, sin

TONES = {
    "person": "#0072B2",
    "nhi": "#E69F00",
    "privileged": "#D55E00",
    "secret_store": "#CC79A7",
    "data": "#009E73",
    "other": "#56B4E9",
}
LIGHT = {
    "page": "#f6f6f4",
    "card": "#ffffff",
    "ink": "#1b1e23",
    "muted": "#59616b",
    "rule": "#dddfe3",
    "band": "#f5f6f8",
    "accent": "#00649c",
    "wash": "#e8f1f8",
    "edge": "#868e99",
    "outline": "#2a2f36",
}
DARK = {
    "page": "#101317",
    "card": "#171b20",
    "ink": "#e9ebee",
    "muted": "#a5adb8",
    "rule": "#2f353d",
    "band": "#1c2127",
    "accent": "#74b9ea",
    "wash": "#1d2f3d",
    "edge": "#717b88",
    "outline": "#d5d9de",
}


def css_variables(theme: dict[str, str]) -> str:
    """Return a theme and the tones as custom properties."""
    named = theme | {f"tone-{name}": colour for name, colour in TONES.items()}
    return "".join(f"--{name}:{colour};" for name, colour in named.items())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


_STRAIGHT = 0.04045  # below it the curve of sRGB is a straight line
_WEIGHTS = (0.2126, 0.7152, 0.0722)  # of red, green and blue in what the eye calls bright


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= _STRAIGHT else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, _WEIGHTS, strict=True))


def _ring(radii: tuple[float, ...], corners: int, turn: float) -> str:
    points = []
    for at in range(corners):
        angle, radius = turn + 2 * pi * at / corners, radii[at % len(radii)]
        points.append(f"{radius * cos(angle):.2f} {radius * sin(angle):.2f}")
    return f"M{'L'.join(points)}Z"


_UP = -pi / 2
MARKS = {
    "dot": "M-9.5 0A9.5 9.5 0 1 0 9.5 0A9.5 9.5 0 1 0 -9.5 0Z",
    "square": "M-8.5 -8.5H8.5V8.5H-8.5Z",
    "diamond": _ring((11.5,), 4, _UP),
    "triangle": _ring((11.5,), 3, _UP),
    "triangleDown": _ring((11.5,), 3, -_UP),
    "hexagon": _ring((10.5,), 6, 0),
    "star": _ring((12.0, 5.4), 10, _UP),
    "box": "M-10.5 -4.5A2.5 2.5 0 0 1 -8 -7H8A2.5 2.5 0 0 1 10.5 -4.5V4.5A2.5 2.5 0 0 1 8 7H-8"
    "A2.5 2.5 0 0 1 -10.5 4.5Z",
    "database": "M-8.5 -6.5A8.5 3.5 0 0 1 8.5 -6.5V6.5A8.5 3.5 0 0 1 -8.5 6.5Z"
    "M-8.5 -6.5A8.5 3.5 0 0 0 8.5 -6.5",
    "ellipse": "M-11 0A11 7.5 0 1 0 11 0A11 7.5 0 1 0 -11 0Z",
}
BADGES = {
    "privileged": "M-5.5 4V-3.5L-2.6 -.6L0 -4.6L2.6 -.6L5.5 -3.5V4Z",  # a crown
    "unowned": "M0 -5.6L6 4.8H-6Z",  # a warning triangle
}


def mark(shape: str) -> str:
    """Return the name of the mark for a shape; a shape without one is a dot."""
    return shape if shape in MARKS else "dot"
