"""Hostile text in every place where a tenant's text may stand, and what a page must look like."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

from idgraph.views.picture import (
    Hop,
    Picture,
    PictureEdge,
    PictureNode,
    Row,
    Stamp,
    StepKind,
)

# Words that the program chooses from a list of its own; everything else is a tenant's.
CODES = {"verdict", "classes"}


def image(tag: str) -> str:
    return f"<img src=x onerror=__pwn('img-{tag}')>"


def script(tag: str) -> str:
    return f"</script><script>__pwn('scr-{tag}')</script>"


def attribute(tag: str) -> str:
    return f"\"' onfocus=__pwn('attr-{tag}') autofocus x=\"`${{__pwn('lit-{tag}')}}`"


def small(**node_a: Any) -> Picture:
    """Return two nodes and one step, the first node changed as asked."""
    nodes = (
        PictureNode(id="a", label="A", kind="User", kind_label="user", is_start=True),
        PictureNode(id="b", label="B", kind="Role", kind_label="role", layer=1, classes=("nhi",)),
    )
    return Picture(
        title="T",
        question="Q",
        answer=("answer",),
        stamp=Stamp(identity="A", moment="now"),
        nodes=(replace(nodes[0], **node_a), nodes[1]),
        edges=(PictureEdge(source=0, target=1, kind="STEP", sentence="A steps to B"),),
        rows=(Row(node=1, hops=1, classes=("nhi",), path=(Hop(edge=0),)),),
        kinds={"STEP": StepKind(name="STEP", reads="steps to")},
    )


def poisoned(picture: Picture, payload: Callable[[str], str]) -> Picture:
    """Return a picture with a payload before every text, tagged by the place it stands in."""
    changed = _poisoned(picture, payload, "")
    if not isinstance(changed, Picture):
        raise TypeError
    return changed


def _poisoned(value: Any, payload: Callable[[str], str], where: str) -> Any:
    if isinstance(value, str):
        return payload(where) + value
    if isinstance(value, tuple):
        return tuple(_poisoned(part, payload, where) for part in value)
    if isinstance(value, Mapping):
        return {
            _poisoned(key, payload, "PictureEdge-kind"): _poisoned(part, payload, where)
            for key, part in value.items()
        }
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        changes = {
            field.name: _poisoned(getattr(value, field.name), payload, f"{kind}-{field.name}")
            for field in fields(value)
            if field.name not in CODES
        }
        return replace(value, **changes)
    return value


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str]] = []
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self.json: list[str] = []
        self._into: list[str] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = tuple(sorted(name for name, _ in attrs))
        self.elements.append((tag, names))
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag in self.inline:
            is_json = dict(attrs).get("type") == "application/json"
            self._into = self.json if is_json else self.inline[tag]
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inline:
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def faults(page: str) -> Iterator[str]:
    """Yield what is wrong with a page that must ask for nothing and run only its own scripts."""
    seen = Structure(page)
    yield from _policy_faults(page, seen)
    for name, value in seen.attributes:
        if name.startswith("on"):
            yield f"inline handler {name}"
        if name in {"src", "href", "xlink:href", "action", "formaction", "poster", "srcset"} and (
            not value.startswith(("#", "data:"))
        ):
            yield f"address {name}={value}"
        if name == "style":
            yield "inline style"
    if len(seen.json) != 1 or len(seen.inline["script"]) != 2:
        yield f"{len(seen.inline['script'])} scripts and {len(seen.json)} blocks of data"
    for style in seen.inline["style"]:
        yield from re.findall(r"url\([^)]*\)|@import[^;]*", style)


def _policy_faults(page: str, seen: Structure) -> Iterator[str]:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    if policy is None:
        yield "no policy"
        return
    admitted = set(re.findall(r"'sha256-[^']+'", policy[1]))
    written = {_source(text) for texts in seen.inline.values() for text in texts}
    if admitted != written:
        yield f"the policy admits {admitted - written} and not {written - admitted}"
    if "unsafe" in policy[1] or "default-src 'none'" not in policy[1]:
        yield f"a lax policy: {policy[1]}"


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
