"""JSON as a stream: the elements of the lists near the top, one at a time, in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import ijson

from idgraph.errors import InputError

TOP = ""  # the member name of a document that is itself a list or a bare value
DEEPEST = 100
LARGEST = 1_000_000  # parts of a member of a record in a log
CHUNK = 1 << 18

_OPENS: dict[str, type[dict[str, Any] | list[Any]]] = {
    "start_map": dict,
    "start_array": list,
}
_CLOSES = frozenset(("end_map", "end_array"))

Events = Iterator[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list that is a member of the document, or a member that is no list.

    `index` is None for a member that is no list; `value` is None for a member nobody wants.
    """

    member: str
    index: int | None
    value: Any


class Text(Protocol):
    """A stream of UTF-8 that knows its position."""

    def read(self, size: int = -1, /) -> bytes | None:
        """Return the next bytes, none at the end."""

    def tell(self) -> int:
        """Return how many bytes were read."""


class _TooDeepError(Exception):
    """The JSON is nested deeper than any export."""


class _TooLargeError(Exception):
    """A record is larger than any that a log writes."""


def elements(
    stream: Text, file: str, *, wanted: Collection[str], empty: bool = False
) -> Iterator[Element]:
    """Yield the elements of the wanted members; one at a time is in memory.

    With `empty`, a wanted list without elements is told as a member that is no list: its value
    is [].

    Raises
    ------
    InputError
        The file is empty, not JSON, ends early, or is nested too deep.
    """
    finished = 0
    try:
        events = ijson.basic_parse(stream, use_float=True, buf_size=CHUNK)
        for element in _document(events, wanted, empty=empty):
            yield element
            finished += 1
    except InputError:  # of the stream, and a ValueError too
        raise
    except (ijson.JSONError, ValueError) as fault:
        raise _not_json(file, str(fault), stream.tell(), finished) from None
    except _TooDeepError:
        raise InputError(
            file,
            f"nests its JSON more than {DEEPEST} levels deep, as no collector does",
            place=f"{file}, after {finished} elements",
        ) from None


def records(stream: Text, file: str, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the records of a log, each with its JSON pointer; one at a time is in memory.

    A log is a list, an object with one of the `lists` as a member (a page), a bare record, or
    several of these one behind the other (JSON lines, pages).

    Raises
    ------
    InputError
        The file is empty, not JSON, ends early, is nested too deep, or a record is too large.
    """
    finished = 0
    parsed = ijson.basic_parse(stream, use_float=True, buf_size=CHUNK, multiple_values=True)
    try:
        for record in _documents(parsed, lists):
            yield record
            finished += 1
    except InputError:  # of the stream, and a ValueError too
        raise
    except (ijson.JSONError, ValueError) as fault:
        raise _not_json(file, str(fault), stream.tell(), finished) from None
    except (_TooDeepError, _TooLargeError) as fault:
        raise InputError(
            file,
            f"holds a record that is {_too(fault)}, as no log writes",
            place=f"{file}, after {finished} records",
        ) from None
    if stream.tell() == 0:
        raise InputError(file, "is empty", hint="Export it again.")


def _too(fault: Exception) -> str:
    if isinstance(fault, _TooDeepError):
        return f"nested more than {DEEPEST} levels deep"
    return f"made of more than {LARGEST:,} members"


def _documents(events: Events, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the records of documents; the first one has no number in pointers but in lines."""
    for number in count():
        event, value = next(events, ("", None))
        at = f"/{number}"
        if event == "start_array":
            for element in _list(events, TOP):
                yield f"{at if number else ''}/{element.index}", element.value
        elif event == "start_map":
            yield from _page(events, at, lists, first=number == 0)
        elif event:
            yield at, value
        else:
            return


def _page(
    events: Events, at: str, lists: Collection[str], *, first: bool
) -> Iterator[tuple[str, Any]]:
    """Yield the records of a page, or the record that the object is."""
    rest: dict[str, Any] = {}
    is_page = False
    prefix = "" if first else at
    for event, key in events:
        if event == "end_map":
            break
        begins, value = next(events)
        if key in lists and begins == "start_array":
            is_page = True
            for element in _list(events, key):
                yield f"{prefix}/{key}/{element.index}", element.value
        else:
            rest[key] = _value(_bounded(events), begins, value)
    if not is_page:
        yield at, rest


def _bounded(events: Events) -> Events:
    """Pass events on, up to as many as a record can have."""
    for number, event in enumerate(events):
        if number > LARGEST:
            raise _TooLargeError
        yield event


def _not_json(file: str, fault: str, position: int, finished: int) -> InputError:
    if position == 0:
        return InputError(file, "is empty", hint="Export it again.")
    place = f"{file}, byte {position} or before, after {finished} elements"
    if "premature EOF" in fault or "Incomplete" in fault:
        return InputError(
            file, "ends early", place=place, hint="Export it again, or copy it again in whole."
        )
    return InputError(
        file, "is not JSON, or not from there on", place=place, hint="Export it again as JSON."
    )


def _document(events: Events, wanted: Collection[str], *, empty: bool) -> Iterator[Element]:
    event, value = next(events)
    if event == "start_array":
        yield from _list(events, TOP)
    elif event == "start_map":
        yield from _members(events, wanted, empty=empty)
    else:
        yield Element(TOP, None, value)
    for _ in events:  # whatever stands behind the document is a fault
        pass


def _members(events: Events, wanted: Collection[str], *, empty: bool) -> Iterator[Element]:
    for event, key in events:
        if event == "end_map":
            return
        if key in wanted:
            yield from _member(events, key, empty=empty)
        else:
            yield Element(key, None, None)
            _skip(events)


def _member(events: Events, key: str, *, empty: bool) -> Iterator[Element]:
    event, value = next(events)
    if event != "start_array":
        yield Element(key, None, _value(events, event, value))
        return
    held = False
    for element in _list(events, key):
        held = True
        yield element
    if empty and not held:
        yield Element(key, None, [])


def _list(events: Events, member: str) -> Iterator[Element]:
    for index in count():
        event, value = next(events)
        if event == "end_array":
            return
        yield Element(member, index, _value(events, event, value))


def _skip(events: Events) -> None:
    depth = 0
    for event, _ in events:
        if event in _OPENS:
            depth += 1
        elif event in _CLOSES:
            depth -= 1
        if depth == 0:
            return


def _value(events: Events, begin: str, bare: Any) -> Any:
    """Return the value that begins with an event; one loop, because most time is spent here."""
    if begin not in _OPENS:
        return bare
    whole: Any = _OPENS[begin]()
    inside: Any = whole
    outside: list[Any] = []
    key, keys = "", list[str]()
    for event, value in events:
        if event == "map_key":
            key = value
        elif event in _OPENS:
            new = _OPENS[event]()
            if inside.__class__ is dict:
                inside[key] = new
            else:
                inside.append(new)
            outside.append(inside)
            keys.append(key)
            inside = new
            if len(outside) > DEEPEST:
                raise _TooDeepError
        elif event not in _CLOSES:
            if inside.__class__ is dict:
                inside[key] = value
            else:
                inside.append(value)
        elif outside:
            inside, key = outside.pop(), keys.pop()
        else:
            return whole
    return whole
