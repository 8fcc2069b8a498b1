"""The controls and techniques that findings point to: versioned ids with titles, from one list.

An id that is not on the list is refused, so that no report cites a control that does not exist.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from idgraph.errors import IdGraphError, ModelError, did_you_mean

_LIST = Path(__file__).with_name("frameworks.toml")


class UnknownControlError(IdGraphError, LookupError):
    """A control id that is not on the list, or is often written and wrong."""


@dataclass(frozen=True, slots=True)
class Control:
    """One control, risk, layer or technique, of one version of a framework."""

    framework: str
    version: str
    id: str
    title: str

    def __post_init__(self) -> None:
        if not (self.id.strip() and self.title.strip()):
            raise ModelError(f"control {str(self)!r}", "has no id or no title")

    def __str__(self) -> str:
        return f"{self.framework}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """One version of a framework; `refused` says what to write instead of an id known as wrong."""

    key: str
    version: str
    publisher: str
    title: str
    source: str  # where ids and titles were read
    controls: tuple[Control, ...]
    refused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __post_init__(self) -> None:
        subject = f"framework {self.key!r}"
        for name in ("key", "version", "publisher", "title", "source", "controls"):
            if not getattr(self, name):
                raise ModelError(subject, f"has no {name}")
        for id_ in self.refused:
            if any(control.id == id_ for control in self.controls):
                raise ModelError(subject, f"both lists and refuses {id_}")


def control(name: str) -> Control:
    """Return the control that a name such as `ATT&CK:T1098.001` stands for.

    Raises `UnknownControlError` with a hint for any other spelling, version or id.
    """
    try:
        return _by_name()[name]
    except KeyError:
        raise UnknownControlError(
            f"control {name!r}", "is not on idgraph's list", hint=_hint(name)
        ) from None


@cache
def frameworks() -> tuple[Framework, ...]:
    """Return every framework, in the order of the list."""
    return parse(_LIST.read_text(encoding="utf-8"))


def parse(text: str) -> tuple[Framework, ...]:
    """Return the frameworks that a list in TOML declares.

    Raises `ModelError` where something is missing, blank or declared twice.
    """
    try:
        tables = tomllib.loads(text)["framework"]
        found = tuple(_framework(**table) for table in tables)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelError("the list of frameworks", f"cannot be read: {error}") from error

    keys = [framework.key for framework in found]
    if len(set(keys)) < len(keys):
        raise ModelError("the list of frameworks", "declares a framework twice")
    return found


def _framework(
    *,
    key: str,
    version: str,
    publisher: str,
    title: str,
    source: str,
    controls: Mapping[str, str],
    refused: Mapping[str, str] | None = None,
) -> Framework:
    return Framework(
        key=key,
        version=version,
        publisher=publisher,
        title=title,
        source=source,
        controls=tuple(Control(key, version, id_, name) for id_, name in controls.items()),
        refused=MappingProxyType(dict(refused or {})),
    )


@cache
def _by_name() -> Mapping[str, Control]:
    return {str(control): control for framework in frameworks() for control in framework.controls}


def _hint(name: str) -> str:
    return (
        _whole_name(name)
        or _known_mistake(name)
        or did_you_mean(name, _by_name())
        or f"A name is FRAMEWORK:ID, with one of {', '.join(each.key for each in frameworks())}."
    )


def _whole_name(id_: str) -> str | None:
    """Return how to write an id that lacks only its framework."""
    names = [str(control) for control in _by_name().values() if control.id == id_]
    return f"Write {' or '.join(names)}." if names else None


def _known_mistake(name: str) -> str | None:
    """Return what to write instead, for `NIST-CSF:GV.OC-1`, `GV.OC-1` and `MAESTRO IAM-04`."""
    key, _, id_ = name.replace(" ", ":", 1).partition(":")
    for framework in frameworks():
        named = id_ and key.casefold() in framework.key.casefold()
        wrong = id_ if named else name
        if wrong in framework.refused:
            return framework.refused[wrong]
    return None
