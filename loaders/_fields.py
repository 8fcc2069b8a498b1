"""One JSON object of an export with its place: typed reading that notes every fault.

A fault in a field that only describes leaves the field out; a fault in one that identifies makes
the element unusable. Either is told with its JSON pointer, and no reason repeats a value, because
a value in the wrong place may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from idgraph.records import Value

ZERO = "00000000-0000-0000-0000-000000000000"  # how Go writes a GUID that is not there
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ARM = re.compile(r"/(?:subscriptions|providers)/[^\x00-\x1f<>\"\\]+")
_MAIL = re.compile(r"[^\s@,;|]+@[^\s@,;|]+")
_BEFORE_TIME = "0001-01-01"  # how Go writes a time that is not there


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place."""

    place: str
    reason: str


def one_a_place(faults: Iterable[Fault]) -> Iterable[Fault]:
    """Return the last fault of each place: a field can be asked for more than once."""
    return {fault.place: fault for fault in faults}.values()


class Unusable(Exception):  # noqa: N818  says what the element is
    """An element of which nothing can be used."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, reason)
        self.fault = Fault(place, reason)


@dataclass(frozen=True, slots=True)
class Item:
    """A JSON object, its place, and the list that takes the faults found in it."""

    value: Mapping[str, Any]
    place: str
    faults: list[Fault]

    def at(self, key: str) -> str:
        """Return the place of a member."""
        return f"{self.place}/{escaped(key)}"

    def note(self, key: str, reason: str) -> None:
        """Note a fault that leaves the rest usable."""
        self.faults.append(Fault(self.at(key), reason))

    def _note_in(self, key: str, index: int, reason: str) -> None:
        self.faults.append(Fault(f"{self.at(key)}/{index}", reason))

    def text(self, key: str) -> str:
        """Return a text, "" when it is not there."""
        value = self.value.get(key)
        if isinstance(value, str):
            return printable(value)
        if value is not None:
            self.note(key, f"is {_a(value)}, not a text")
        return ""

    def flag(self, key: str) -> bool | None:
        """Return a truth value; None only when what is there is none.

        A member that is not there is False: the format leaves false out.
        """
        value = self.value.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.note(key, f"is {_a(value)}, not true or false")
        return None

    def flag_if_any(self, key: str) -> bool | None:
        """Return a truth value; None when it is not there or is none."""
        return None if self.value.get(key) is None else self.flag(key)

    def time(self, key: str) -> str:
        """Return a time as ISO 8601 in UTC, "" when it is not there."""
        text = self.text(key)
        if not text or text.startswith(_BEFORE_TIME):
            return ""
        found = utc(text)
        if not found:
            self.note(key, "is not a time")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, () when it is not there."""
        found = []
        for index, value in enumerate(self._list(key)):
            if isinstance(value, str):
                found.append(printable(value))
            elif value is not None:
                self._note_in(key, index, f"is {_a(value)}, not a text")
        return tuple(found)

    def child(self, key: str) -> Item:
        """Return an object that is a member, an empty one when it is not there."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, dict):
            self.note(key, f"is {_a(value)}, not an object")
        return Item(value if isinstance(value, dict) else {}, self.at(key), self.faults)

    def children(self, key: str) -> Iterator[Item]:
        """Yield the objects of a list that is a member."""
        for index, value in enumerate(self._list(key)):
            if isinstance(value, dict):
                yield Item(value, f"{self.at(key)}/{index}", self.faults)
            else:
                self._note_in(key, index, f"is {_a(value)}, not an object")

    def members(self) -> Iterator[tuple[str, Item]]:
        """Yield the members that are objects, with their names."""
        for key in self.value:
            yield key, self.child(key)

    def guid(self, key: str) -> str:
        """Return a GUID in lower case.

        Raises
        ------
        Unusable
            It is missing or is no GUID.
        """
        return self._needed(key, as_guid, "a GUID")

    def guid_if_any(self, key: str) -> str:
        """Return a GUID in lower case, "" when it is missing, zero or no GUID."""
        text = self.text(key)
        found = as_guid(text)
        if text and not found:
            self.note(key, "is not a GUID")
        return "" if found == ZERO else found

    def arm_id(self, key: str) -> str:
        """Return an ARM resource id in lower case.

        Raises
        ------
        Unusable
            It is missing or is no resource id.
        """
        return self._needed(key, as_arm_id, "a resource id")

    def _needed(self, key: str, read: Callable[[str], str], what: str) -> str:
        value = self.value.get(key)
        if value is None:
            raise Unusable(self.at(key), "is missing")
        found = read(value) if isinstance(value, str) else ""
        if not found:
            is_what = "" if isinstance(value, str) else f"{_a(value)}, "
            raise Unusable(self.at(key), f"is {is_what}not {what}")
        return found

    def _list(self, key: str) -> list[Any]:
        value = self.value.get(key)
        if value is None or isinstance(value, list):
            return value or []
        self.note(key, f"is {_a(value)}, not a list")
        return []


def an_object(value: Any, place: str) -> Mapping[str, Any]:
    """Return a record that is an object.

    Raises
    ------
    Unusable
        It is none.
    """
    if not isinstance(value, Mapping):
        raise Unusable(place, "is not an object")
    return value


def salvage(elements: Iterable[Item], convert: Callable[[Item], Iterator[T]]) -> Iterator[T]:
    """Convert the elements of a list; a bad one is noted, and the others are kept."""
    for element in elements:
        try:
            converted = list(convert(element))
        except Unusable as unusable:
            element.faults.append(unusable.fault)
        else:
            yield from converted


def known(**properties: Value | None) -> dict[str, Value]:
    """Return the properties that say something: no None, no empty text, no empty list."""
    return {
        name: value
        for name, value in properties.items()
        if value is not None and value not in ("", ())
    }


def escaped(key: str) -> str:
    """Return a member name as a JSON pointer writes it."""
    return printable(key).replace("~", "~0").replace("/", "~1")


def printable(text: str) -> str:
    """Return a text that UTF-8 can hold: a surrogate that stands alone becomes a mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def as_guid(text: str) -> str:
    """Return a GUID in lower case, "" when the text is none."""
    low = text.lower()
    return low if _GUID.fullmatch(low) else ""


def as_arm_id(text: str) -> str:
    """Return an ARM resource id in lower case, "" when the text is none."""
    low = printable(text).lower().rstrip("/")
    return low if _ARM.fullmatch(low) else ""


def utc(text: str) -> str:
    """Return an ISO 8601 time as UTC to the second, "" when the text is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return ""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def people(text: str) -> tuple[str, ...]:
    """Return the owners a text names: `upn:` for each address, an id as it is, or the text."""
    parts = [part.strip() for part in re.split(r"[,;|]", text)]
    addresses = [part for part in parts if part]
    if addresses and all(_MAIL.fullmatch(part) for part in addresses):
        return tuple(f"upn:{part.lower()}" for part in addresses)
    return (as_guid(text.strip()) or as_arm_id(text.strip()) or " ".join(text.split()),)


def _a(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
