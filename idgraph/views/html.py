"""The exported view: one page that opens from a mail attachment, offline, with the answer first.

The page asks nothing of any network, and its policy admits by hash exactly the two scripts and
the style sheet that it was written with. Without scripts it still shows the summary, the drawing
as a still picture and the whole table.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from markupsafe import Markup

from idgraph.errors import IdGraphError
from idgraph.views.page import content_hash, render, script_json, template_text
from idgraph.views.palette import BADGES, DARK, LIGHT, MARKS, css_variables, mark
from idgraph.views.picture import (
    CLASSES,
    COUNTED,
    DRAWN_BY_DEFAULT,
    EASY_TO_DRAW,
    REACHED,
    VERDICTS,
    Drawing,
    Hop,
    Picture,
    PictureNode,
    Row,
    drawing,
    tone,
)
from idgraph.views.pyvis_fence import network_data, vis_network_script
from idgraph.views.svg import column_heading, to_svg

HEADINGS = ("Name", "Class", "Kind", "Verdict", "Steps", "Owner", "Path")
_FAMILIES = {
    "person": "People",
    "nhi": "Non-human identities",
    "privileged": "Privileged roles, scopes",
    "secret_store": "Secret stores",
    "data": "Data stores",
    "other": "Groups and others",
}


def to_html(picture: Picture, *, limit: int = DRAWN_BY_DEFAULT) -> str:
    """Return the page as text; at most `limit` nodes are drawn, the table has every row.

    Raises
    ------
    TooLargeToDrawError
        When the limit is above what a browser can draw.

    """
    drawn = drawing(picture, limit)
    style = _style()
    scripts = (vis_network_script(), template_text("page.js"))
    # A str, not Markup: put into another page, it is escaped like any text.
    return str(render("page.html.j2", _values(picture, drawn, style, scripts)))


def write_html(
    picture: Picture, path: str | os.PathLike[str], *, limit: int = DRAWN_BY_DEFAULT
) -> Path:
    """Write the page as UTF-8, whole or not at all, and return where it lies.

    Raises
    ------
    IdGraphError
        When the folder cannot be written to.

    """
    target, text = Path(path), to_html(picture, limit=limit)
    try:
        _replace(target, text)
    except OSError as fault:
        raise IdGraphError(
            f"the view {target}",
            f"cannot be written: {fault.strerror or fault}",
            hint="Name a file in a folder that you may write to.",
        ) from fault
    return target


def _replace(target: Path, text: str) -> None:
    with NamedTemporaryFile("wb", dir=target.parent, prefix=".idgraph-", delete=False) as part:
        try:
            part.write(text.encode("utf-8"))
            part.close()
            _as_usual(part.name)
            os.replace(part.name, target)  # noqa: PTH105  the temporary name is a str
        except BaseException:
            with suppress(OSError):
                Path(part.name).unlink()
            raise


def _as_usual(name: str) -> None:
    """Give a temporary file, which only its owner may read, the rights of an ordinary one."""
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)


def _style() -> str:
    light, dark = css_variables(LIGHT), css_variables(DARK)
    return (
        f":root{{{light}}}\n"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}\n"
        f"{template_text('page.css')}"
    )


def _policy(style: str, scripts: tuple[str, ...]) -> str:
    admitted = " ".join(content_hash(script) for script in scripts)
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src {content_hash(style)}; script-src {admitted}"
    )


def _values(
    picture: Picture, drawn: Drawing, style: str, scripts: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "policy": Markup(_policy(style, scripts)),  # noqa: S704  our own words and hashes
        "style": Markup(style),  # noqa: S704  our own file; nothing of a tenant is in it
        "scripts": [Markup(text) for text in scripts],  # noqa: S704  as the style
        "data": script_json(_data(picture, drawn)),
        "title": picture.title,
        "question": picture.question,
        "answer": picture.answer,
        "tiles": _tiles(picture),
        "drawn": len(drawn.nodes),
        "total": len(picture.nodes),
        "left_out": drawn.left_out,
        "summary": _summary(picture, drawn),
        "still": to_svg(picture, drawn),
        "legend": _legend(picture, drawn),
        "headings": HEADINGS,
        "rows": table_rows(picture, drawn),
        "classes": _classes_found(picture),
        "verdicts": _verdicts_found(picture),
        "identity": picture.stamp.identity,
        "not_seen": picture.not_seen,
        "assumed": picture.assumed,
        "stamp": picture.stamp.pairs(),
    }


def _tiles(picture: Picture) -> list[dict[str, Any]]:
    tally = picture.tally()
    return [{"label": CLASSES[name][1], "tone": name, **tally[name]} for name in COUNTED]


def _summary(picture: Picture, drawn: Drawing) -> str:
    depth = max((column.layer for column in drawn.columns), default=0)
    return (
        f"Drawing of {len(drawn.nodes)} nodes in up to {depth} steps from "
        f"{picture.stamp.identity}; the table below lists every target with its path."
    )


def _legend(picture: Picture, drawn: Drawing) -> list[dict[str, Any]]:
    counts = Counter(_key(picture, at) for at in drawn.nodes)
    marks = {_key(picture, at): mark(picture.nodes[at].shape) for at in drawn.nodes}
    labels = {_key(picture, at): picture.nodes[at].kind_label for at in drawn.nodes}
    return [
        {
            "tone": family,
            "label": label,
            "entries": [
                {"key": key, "mark": marks[key], "label": labels[key], "count": counts[key]}
                for key in sorted(counts, key=lambda key: (-counts[key], key))
                if key.startswith(f"{family}/")
            ],
        }
        for family, label in _FAMILIES.items()
        if any(key.startswith(f"{family}/") for key in counts)
    ]


def _key(picture: Picture, at: int) -> str:
    node = picture.nodes[at]
    return f"{tone(node)}/{node.kind}"


def _in_order(picture: Picture) -> list[Row]:
    verdicts, classes = list(VERDICTS), list(CLASSES)

    def order(row: Row) -> tuple[int, int, int, str]:
        first = min((classes.index(name) for name in row.classes if name in classes), default=9)
        node = picture.nodes[row.node]
        return verdicts.index(row.verdict), first, row.hops, node.id

    return sorted(picture.rows, key=order)


def table_rows(picture: Picture, drawn: Drawing) -> list[dict[str, Any]]:
    """Return every row as a template prints it, the surest and most telling first."""
    return [_row(picture, row, drawn) for row in _in_order(picture)]


def _row(picture: Picture, row: Row, drawn: Drawing) -> dict[str, Any]:
    node = picture.nodes[row.node]
    named = [CLASSES[name][0] for name in CLASSES if name in row.classes]
    return {
        "node": row.node,
        "drawn": row.node in drawn.places,
        "id": node.id,
        "label": node.label,
        "mark": mark(node.shape),
        "tone": tone(node),
        "classes": row.classes,
        "class_label": ", ".join(named) or "none of these",
        "kind_label": node.kind_label,
        "verdict": row.verdict,
        "verdict_label": VERDICTS[row.verdict],
        "order": list(VERDICTS).index(row.verdict),
        "conditions": _conditions(row),
        "hops": row.hops,
        "owner": node.owner,
        "unowned": node.unowned,
        "path": [_hop(picture, hop) for hop in row.path],
    }


def _conditions(row: Row) -> tuple[str, ...]:
    guards = (" and ".join(row.guards),) if row.guards else ()
    assumed = tuple(f"assuming {text}" for text in row.assumes)
    return (*guards, *row.blind_spots, *assumed)


def _hop(picture: Picture, hop: Hop) -> dict[str, Any]:
    edge = picture.edges[hop.edge]
    return {
        "sentence": edge.sentence,
        "guards": edge.guards,
        "legs": [[_hop(picture, step) for step in leg] for leg in hop.legs],
    }


def _classes_found(picture: Picture) -> list[tuple[str, str]]:
    found = {name for row in picture.rows for name in row.classes}
    return [(name, many) for name, (_, many) in CLASSES.items() if name in found]


def _verdicts_found(picture: Picture) -> list[tuple[str, str]]:
    found = {row.verdict for row in picture.rows}
    return [(name, label) for name, label in VERDICTS.items() if name in found]


# What the script of the page reads.


def _data(picture: Picture, drawn: Drawing) -> dict[str, Any]:
    shown = {edge for line in drawn.lines for edge in line.edges}
    return {
        **network_data(picture, drawn),
        "about": {at: _about(picture, at) for at in drawn.nodes},
        "steps": {at: _step(picture, at) for at in sorted(shown)},
        "kinds": _kinds(picture, shown),
        "labels": {_key(picture, at): picture.nodes[at].kind_label for at in drawn.nodes},
        "paths": {
            row.node: [_hop_numbers(hop) for hop in row.path]
            for row in picture.rows
            if row.path and shown.issuperset(row.edges())
        },
        "classes": {name: one for name, (one, _) in CLASSES.items()},
        "columns": [
            [column_heading(column.layer), column.left, column.right] for column in drawn.columns
        ],
        "marks": _marks(picture, drawn),
        "badges": BADGES,
        "heavy": len(drawn.nodes) > EASY_TO_DRAW,
    }


def _marks(picture: Picture, drawn: Drawing) -> dict[str, str]:
    return {
        name: MARKS[name] for name in sorted({mark(picture.nodes[at].shape) for at in drawn.nodes})
    }


def _about(picture: Picture, at: int) -> dict[str, Any]:
    node = picture.nodes[at]
    said = {
        "id": node.id,
        "name": node.label,
        "key": _key(picture, at),
        "verdict": node.verdict if node.verdict != REACHED else None,
        "privileged": "privileged" in node.classes,
        "classes": _more_classes(node),
        "owner": node.owner,
        "unowned": node.unowned,
        "start": node.is_start,
        "details": node.details,
    }
    return {name: value for name, value in said.items() if value}


def _more_classes(node: PictureNode) -> str:
    """Return the classes of a node; nothing where its colour says it all."""
    named = [name for name in CLASSES if name in node.classes]
    return "" if named == [tone(node)] else ", ".join(CLASSES[name][0] for name in named)


def _step(picture: Picture, at: int) -> dict[str, Any]:
    edge = picture.edges[at]
    ends = (picture.nodes[edge.source].label, picture.nodes[edge.target].label)
    usual = f" {picture.kinds[edge.kind].reads} ".join(ends)  # the page can say that itself
    said = {
        "kind": edge.kind,
        "sentence": "" if edge.sentence == usual else edge.sentence,
        "guards": edge.guards,
        "assumes": edge.assumes,
        "evidence": edge.evidence,
    }
    return {name: value for name, value in said.items() if value not in ((), "")}


def _kinds(picture: Picture, shown: set[int]) -> dict[str, Mapping[str, Any]]:
    used = {picture.edges[at].kind for at in shown}
    return {
        name: {
            "reads": kind.reads,
            "allows": kind.allows,
            "verify": kind.verify,
            "remove": kind.remove,
            "logged": kind.logged,
            "controls": kind.controls,
        }
        for name, kind in sorted(picture.kinds.items())
        if name in used
    }


def _hop_numbers(hop: Hop) -> list[Any]:
    return [hop.edge, [[_hop_numbers(step) for step in leg] for leg in hop.legs]]
