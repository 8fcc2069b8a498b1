"""How text gets into a page: the one place where anything is escaped.

Every display name in a tenant is chosen by whoever may write to the directory, so every value
that a template prints is made plain (control and direction characters become visible) and then
escaped, and JSON for a script holds no character that could end it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from idgraph.analysis.display import plain

_OPENING = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def shown(text: object) -> str:
    """Return a text as a page may show it: plain, and possible to encode."""
    return plain(text).encode("utf-8", "backslashreplace").decode("utf-8")


def template_text(name: str) -> str:
    """Return the text of a file beside this module's templates."""
    return (files("idgraph.views") / "templates" / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Return the Jinja environment of all views: autoescape on, unknown names refused."""
    loader: BaseLoader = FunctionLoader(template_text)
    return Environment(
        loader=loader,
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, values: Mapping[str, Any]) -> Markup:
    """Return a template filled in; the result is safe to put into another template."""
    return Markup(environment().get_template(name).render(values))  # noqa: S704  escaped inside


def script_json(value: object) -> Markup:
    """Return JSON that may stand in a <script>: its texts plain, nothing in it can end it."""
    text = json.dumps(_plain_texts(value), ensure_ascii=False, separators=(",", ":"))
    return Markup(_for_script(text))  # noqa: S704  no <, > or & is left


def content_hash(text: str) -> str:
    """Return the source expression by which a policy admits exactly this script or style."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def data_uri(media_type: str, text: str) -> str:
    """Return an address that holds the text itself."""
    return f"data:{media_type};base64,{base64.b64encode(text.encode('utf-8')).decode('ascii')}"


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup | int | float) else shown(value)


def _for_script(text: str) -> str:
    return text.translate(_OPENING)


def _plain_texts(value: object) -> object:
    if isinstance(value, str):
        # The canvas wraps its labels: a line feed is the one control character it may hold.
        return "\n".join(shown(line) for line in value.split("\n"))
    if isinstance(value, Mapping):
        return {shown(key): _plain_texts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_texts(part) for part in value]
    return value
