"""The one module that knows pyvis: its network model, and the vis-network it ships.

Its HTML is never used: that has no escaping and asks the internet for scripts. The bundled
script is checked by hash, so that another one cannot come in unnoticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from idgraph.errors import IdGraphError
from idgraph.views.labels import label_lines
from idgraph.views.palette import mark
from idgraph.views.picture import Drawing, Line, Picture, tone

BUNDLE = "templates/lib/vis-9.1.2/vis-network.min.js"
BUNDLE_SHA256 = "1f20f0736f32cb9bedf8f6383b25cfea2f839e1abe80d6e8040b4d5bea378c69"
_SOURCE_MAP = "\n//# sourceMappingURL="


@cache
def vis_network_script() -> str:
    """Return the bundled vis-network, without the pointer to its source map.

    Its style sheet is 220 kB of images for an editing toolbar; the page brings the few rules
    that a tooltip needs.

    Raises
    ------
    IdGraphError
        When the installed pyvis ships another script than the one that was examined.

    """
    content = files("pyvis").joinpath(BUNDLE).read_bytes()
    if hashlib.sha256(content).hexdigest() != BUNDLE_SHA256:
        raise IdGraphError(
            "the vis-network script in the installed pyvis",
            "is not the one idgraph was tested with",
            hint="Install pyvis 0.3.2 from its published wheel.",
        )
    # A browser reads \r as \n before it compares the script with its hash.
    return content.decode("utf-8").replace("\r\n", "\n").partition(_SOURCE_MAP)[0]


def network_data(picture: Picture, drawn: Drawing) -> dict[str, list[dict[str, Any]]]:
    """Return nodes and lines as vis-network reads them: ids are numbers, so no name is one.

    Tooltips are set by the page, as plain text, from what it knows of nodes and steps.
    """
    from pyvis.network import Network  # noqa: PLC0415  it loads IPython and networkx

    network = Network(directed=True)
    for node in drawn.nodes:
        network.add_node(node, **_node(picture, node, drawn.places))
    for number, line in enumerate(drawn.lines):
        network.add_edge(line.source, line.target, id=number, **_line(picture, line, drawn))
    return {
        "nodes": [_without(node, "color", "shape") for node in network.nodes],
        "edges": [_without(edge, "arrows") for edge in network.edges],
    }


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return options without those that the page sets once, for all."""
    return {name: value for name, value in options.items() if name not in names}


def _node(picture: Picture, at: int, places: Mapping[int, tuple[float, float]]) -> dict[str, Any]:
    node = picture.nodes[at]
    x, y = places[at]
    return {
        "label": "\n".join(label_lines(node.label)),
        "mark": mark(node.shape),
        "tone": tone(node),
        "x": round(x),
        "y": round(y),
    }


def _line(picture: Picture, line: Line, drawn: Drawing) -> dict[str, Any]:
    looks = {
        "dashes": all(picture.edges[at].guards for at in line.edges),
        "bowed": drawn.is_bowed(line),
    }
    return {"steps": list(line.edges), **{name: True for name, has in looks.items() if has}}
