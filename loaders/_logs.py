"""What the loaders of logs share: reading, whom a log is of, names, times, doubles, secrets.

A log never closes anything, so it may be loaded in parts, in any order and twice. Events that one
reading states twice are one event. Of an event nothing is kept but what `vocabulary.events` names:
values that look like secrets are counted on the way out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, EventRecord, Ignored, Record, Source, Value
from idgraph.vocabulary.events import EventKind, EventMap
from loaders._csv import table
from loaders._fields import Fault, Item, Unusable, an_object, known, one_a_place, printable, utc
from loaders._files import File, Stream, find, opened
from loaders._json import records
from loaders._reading import Counts, Loader, Progress, Reading, Tally

DUPLICATE = "duplicate"  # the record kind of an event that was stated before
LOOKED_AT = 10_000  # records after which the tenant that most of them name is taken
LONGEST_NAME = 120  # characters kept of an event name that nobody knows
MOST_NAMES = 1_000  # of events left out that are told apart; no platform has as many
OTHERS = "others"
UNKNOWN = "is not known here"
NO_USE = "is of no use here"

_ZONED = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})\Z", re.IGNORECASE)
_SECRET = re.compile(
    r"password|passwd|passcode|passphrase|temporaryaccesspass|secret|token|credential(?!s?id)"
    r"|privatekey|sessionkey|assertion|otp|seed|recoverycode",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"(?:id|identifier|name|type|arn|count|expiration|expires|status|thumbprint|issuer)\Z",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"\*+|hidden_due_to_security_reasons|null|", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Belongs:
    """The tenant, organisation or account that a record names; `sure` where it must be it."""

    scope: str
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One kind of log.

    `unwrap` finds the record in what wraps it. `convert` takes it and the scope of the log,
    returns the event or why it is left out, and raises `Unusable` where it cannot be understood.
    `from_row` makes a record of a row of a CSV file, by column names in lower case.
    """

    loader: str
    record: str  # the record kind
    lists: tuple[str, ...]  # members of a page that hold the records
    belongs: Callable[[Item], Iterator[Belongs]]
    convert: Callable[[Item, str], EventRecord | Ignored]
    clean_scope: Callable[[str], str]
    scope_is: str  # what a user names with --scope
    export_hint: str
    unwrap: Callable[[Item], Item] = lambda item: item
    from_row: Callable[[Mapping[str, str]], Mapping[str, Any]] | None = None
    columns: tuple[str, ...] = ()  # that a CSV file must have
    deep: bool = False  # whether folders in a folder are read
    suffixes: tuple[str, ...] = (".json", ".jsonl", ".ndjson")  # searched for in a folder

    def loader_of(self, reads: str) -> Loader:
        """Return the loader of the log."""
        return Loader(
            name=self.loader,
            reads=reads,
            record_kinds=(self.record, DUPLICATE),
            parse=partial(parse, self),
            quick_identify=partial(identify, self),
            is_log=True,
        )


@dataclass(slots=True)
class _Read:
    """What is known so far of the log being read."""

    scope: str
    counts: Counts
    seen: set[int] = field(default_factory=set)  # hashes of the ids of events
    first: str = ""
    last: str = ""

    def is_double(self, event: EventRecord) -> bool:
        mark = hash(event.id)
        double = mark in self.seen
        self.seen.add(mark)
        return double

    def note(self, at: str) -> None:
        self.first = min(self.first or at, at)
        self.last = max(self.last, at)


def parse(
    log: Log, paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of the files of one log.

    Raises
    ------
    InputError
        A path holds no file to read. What a file holds is judged as it is read.
    """
    files = find(paths, *log.suffixes, deep=log.deep)
    read = partial(_read, log=log, files=files, scope=scope or "", progress=progress)
    return Reading([file.name for file in files], read)


def identify(log: Log, paths: Sequence[Path], *, scope: str | None = None) -> Source:
    """Return the source of a log: the scope given, or the one that its records name.

    Raises
    ------
    InputError
        No scope is given and no record names one, or a file cannot be understood.
    """
    return _source(log, find(paths, *log.suffixes, deep=log.deep), scope or "")


def _source(log: Log, files: Sequence[File], scope: str) -> Source:
    found = log.clean_scope(scope) if scope else _named(log, files)
    if not found:
        raise InputError(
            ", ".join(file.name for file in files[:3]),
            f"does not say which {log.scope_is} it is of",
            hint=f"Name the {log.scope_is} with --scope.",
        )
    return Source(loader=log.loader, scope=found)


def _named(log: Log, files: Sequence[File]) -> str:
    votes: Counter[str] = Counter()
    looked = 0
    for file in files:
        with opened(file) as stream:
            for place, value in _values(log, stream, file.name):
                for vote in _votes(log, value, place):
                    if vote.sure:
                        return vote.scope
                    votes[vote.scope] += 1
                looked += 1
                if looked == LOOKED_AT:
                    return _most(votes)
    return _most(votes)


def _votes(log: Log, value: Any, place: str) -> list[Belongs]:
    try:
        return list(log.belongs(log.unwrap(Item(an_object(value, place), place, []))))
    except Unusable:
        return []


def _most(votes: Counter[str]) -> str:
    return min(votes, key=lambda scope: (-votes[scope], scope), default="")


def _values(log: Log, stream: Stream, file: str) -> Iterator[tuple[str, Any]]:
    if log.from_row is not None and ".csv" in file.lower():
        yield from ((place, log.from_row(row)) for place, row in rows(stream, file, log.columns))
    else:
        yield from ((f"{file}#{at}", value) for at, value in records(stream, file, log.lists))


def _read(
    reading: Reading, *, log: Log, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    source = _source(log, files, scope)
    state = _Read(source.scope, reading.counts)
    for file in files:
        with opened(file, progress) as stream:
            yield from _of_file(log, stream, file.name, state)
    reading.source = source
    yield _coverage(log, state)


def _of_file(log: Log, stream: Stream, file: str, state: _Read) -> Iterator[Record]:
    tally = state.counts.tally(file)
    for place, value in _values(log, stream, file):
        tally.records += 1
        yield from _one(log, value, place, state, tally)
    if tally.refused == tally.records > 0:
        raise InputError(
            file,
            f"holds no {log.record} that could be used, out of {tally.records:,}",
            place=state.counts.rejected[-1].place,
            hint=log.export_hint,
        )


def _one(log: Log, value: Any, place: str, state: _Read, tally: Tally) -> Iterator[Record]:
    faults: list[Fault] = []
    try:
        item = log.unwrap(Item(an_object(value, place), place, faults))
        found = log.convert(item, state.scope)
    except Unusable as unusable:
        faults.append(unusable.fault)
        tally.refused += 1
    else:
        if isinstance(found, EventRecord):
            state.counts.values_dropped += secrets_in(item.value)
            found = _once(found, state, tally)
        else:
            if found.record not in tally.ignored and len(tally.ignored) >= MOST_NAMES:
                found = Ignored(record=OTHERS, reason=UNKNOWN)
            tally.ignored[found.record] += 1
        yield found
    for fault in one_a_place(faults):
        yield state.counts.reject(log.record, fault)


def _once(event: EventRecord, state: _Read, tally: Tally) -> EventRecord | Ignored:
    if state.is_double(event):
        tally.ignored[DUPLICATE] += 1
        return Ignored(record=DUPLICATE, reason="was stated before")
    tally.accepted += 1
    if event.at:
        state.note(event.at)
    return event


def _coverage(log: Log, state: _Read) -> CoverageRecord:
    counts = state.counts
    about = f"from {state.first} to {state.last}" if state.first else "no event in it"
    if counts.rejected:
        about += f"; {len(counts.rejected):,} parts could not be understood"
    return CoverageRecord(
        record=log.record,
        count=counts.accepted + counts.refused,
        complete=not counts.rejected,
        about=about,
    )


# What the converters use.


def kind_of(
    names: EventMap, name: str, reasons: Iterable[str] = ()
) -> tuple[EventKind | None, Ignored]:
    """Return the kind that a platform's event name means, and how it is left out if it is none."""
    found = names.find(name, reasons)
    reason = UNKNOWN if found is None else NO_USE
    shown = printable(name.strip())[:LONGEST_NAME]
    return (found.kind if found else None), Ignored(record=shown, reason=reason)


def needed(item: Item, key: str) -> str:
    """Return a text that is there.

    Raises
    ------
    Unusable
        It is missing, empty or no text.
    """
    found = item.text(key).strip()
    if not found:
        raise Unusable(item.at(key), "is missing")
    return found


def needed_time(item: Item, key: str) -> str:
    """Return a time as ISO 8601 in UTC to the second.

    Raises
    ------
    Unusable
        It is missing, no time, or has no time zone.
    """
    text = needed(item, key)
    found, fault = zoned(text)
    if fault:
        raise Unusable(item.at(key), fault)
    return found


def zoned(text: str) -> tuple[str, str]:
    """Return a time that says its zone as ISO 8601 in UTC, and what is wrong with the text."""
    found = utc(text.strip())
    if not found:
        return "", "is not an ISO 8601 time"
    if not _ZONED.search(text.strip()):
        return "", "has no time zone"
    return found, ""


def properties(**values: Value | None) -> dict[str, Value]:
    """Return the properties of an event that say something."""
    return known(**values)


def address(text: str) -> str:
    """Return a user's name in a directory as an alias, "" when there is none."""
    name = text.strip().casefold()
    return f"upn:{name}" if "@" in name else ""


def secrets_in(value: Any) -> int:
    """Return how many members of a JSON value look like secrets and hold something.

    Members of `modifiedProperties` and of `detailEntry` are known by the name that stands beside
    the value; a list or object under a secret's name is looked into.
    """
    found = 0
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Mapping):
            found += _named_secret(each)
            for key, inner in each.items():
                if isinstance(inner, str):
                    found += is_secret(str(key)) and not _HIDDEN.fullmatch(inner)
                else:
                    stack.append(inner)
        elif isinstance(each, list):
            stack += each
    return found


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Return whether the member of a name holds a secret."""
    return bool(_SECRET.search(name)) and not _NO_SECRET.search(name)


def _named_secret(changed: Mapping[str, Any]) -> int:
    name = changed.get("displayName") or changed.get("key")
    if not isinstance(name, str) or not is_secret(name):
        return 0
    values = (changed.get(key) for key in ("oldValue", "newValue", "value"))
    return sum(isinstance(each, str) and not _HIDDEN.fullmatch(each.strip('"')) for each in values)


def rows(
    stream: Stream, file: str, needed_columns: Iterable[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the rows of a CSV file, each with its place; column names are in lower case.

    Of columns with one name the first that says something counts.

    Raises
    ------
    InputError
        A needed column is missing, or it is not UTF-8 or no CSV.
    """
    columns, found = table(stream, file, needed_columns, "The first line names the columns.")
    return ((place, _cells(columns, cells)) for place, cells in found)


def _cells(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        row[name] = row.get(name) or printable(cell.strip())
    return row


def row_id(row: Mapping[str, str]) -> str:
    """Return an id for a row of a download that has none: the same row, the same id."""
    text = "\x1f".join(f"{name}\x1e{row[name]}" for name in sorted(row) if row[name])
    return f"row:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def utc_column(text: str) -> str:
    """Return a time of a column that says `UTC` in its name with the zone that it leaves out."""
    stripped = text.strip()
    if _ZONED.search(stripped):
        return stripped
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        return stripped
    return moment.replace(tzinfo=UTC).isoformat()
