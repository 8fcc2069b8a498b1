"""The service desk's tickets about resets, as CSV: one row a ticket and identity.

Columns, in any order: `ticket` and `identity` are needed; `method`, `channel`, `proof`,
`requester`, `approvers`, `executors`, `vendor`, `tenant`, `requested_at`, `approved_at` and
`executed_at` may be left out or empty. Lists are separated by `;`. A party is an id, a UPN or
free text; times are ISO 8601 and say their zone. `summary` is free text that may hold secrets:
it is dropped and counted. Other columns are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from idgraph.records import EventRecord, Ignored, Record
from idgraph.vocabulary import events
from idgraph.vocabulary.events import CHANNELS, EVENT_KINDS
from idgraph.vocabulary.resets import PROOF_LEVELS
from loaders._fields import known, people
from loaders._logs import DUPLICATE, zoned
from loaders._reading import Loader, Progress, Reading
from loaders._registers import Register, Row

NAME = "tickets_csv"
RECORD = "ticket"
SUMMARY = "summary"
TIMES = ("requested_at", "approved_at", "executed_at")
COLUMNS = (
    "ticket",
    "identity",
    "method",
    "channel",
    "proof",
    "requester",
    "approvers",
    "executors",
    "vendor",
    "tenant",
    *TIMES,
    SUMMARY,
)
METHODS = tuple(sorted({kind.reset for kind in EVENT_KINDS.values() if kind.reset}))

_NOBODY = frozenset({"", "-", "?", "n/a", "na", "none", "null", "unknown"})
_BETWEEN_WORDS = re.compile(r"[\s-]+")


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of a register of tickets; several files are one when a scope names it.

    Raises
    ------
    InputError
        A path holds no file to read, or several files have no scope.
    """
    convert = partial(_row, seen=set())
    return _REGISTER.parse(paths, convert, scope=scope, progress=progress)


def _row(row: Row, *, seen: set[str]) -> Iterator[Record]:
    row.reading.counts.values_dropped += bool(row.get(SUMMARY))
    faults: list[str] = []
    event = _event(row, faults)
    if event.id in seen:
        row.tally.ignored[DUPLICATE] += 1
        yield Ignored(record=DUPLICATE, reason="was stated before")
        return
    seen.add(event.id)
    row.tally.accepted += 1
    yield event
    yield from (row.reject(fault) for fault in faults)


def _event(row: Row, faults: list[str]) -> EventRecord:
    ticket, identity = row.get("ticket"), _party(row.get("identity"))
    method = _word(row, "method", METHODS, faults)
    times = {name: _time(row, name, faults) for name in TIMES}
    executors = _parties(row, "executors")
    return EventRecord(
        record=RECORD,
        id=f"{ticket}|{identity}|{method}",
        kind=events.RESET_TICKET.name,
        at=next(filter(None, (times[name] for name in reversed(TIMES))), ""),
        actor=executors[0] if len(executors) == 1 else "",
        target=identity,
        properties=known(
            ticket=ticket,
            method=method,
            channel=_word(row, "channel", CHANNELS, faults),
            proof=_word(row, "proof", tuple(PROOF_LEVELS), faults),
            requester=next(iter(_parties(row, "requester")), ""),
            approvers=_parties(row, "approvers"),
            executors=executors,
            vendor=_name(row, "vendor"),
            tenant=_name(row, "tenant"),
            **times,
        ),
        evidence=row.place,
    )


def _party(text: str) -> str:
    return people(text)[0]


def _parties(row: Row, column: str) -> tuple[str, ...]:
    """Return the parties of a list, each once, in the order given; a word for nobody is none."""
    parts = (part.strip() for part in row.get(column).split(";"))
    return tuple(dict.fromkeys(_party(part) for part in parts if part.casefold() not in _NOBODY))


def _name(row: Row, column: str) -> str:
    text = " ".join(row.get(column).split())
    return "" if text.casefold() in _NOBODY else text


def _word(row: Row, column: str, known_words: Sequence[str], faults: list[str]) -> str:
    """Return one of the words known, "" where the text is none of them, which is a fault."""
    text = row.get(column).casefold()
    word = _BETWEEN_WORDS.sub("_", text)
    if word in known_words:
        return word
    if text not in _NOBODY:
        faults.append(f"{column} is none of {', '.join(known_words)}")
    return ""


def _time(row: Row, column: str, faults: list[str]) -> str:
    text = row.get(column)
    if text.casefold() in _NOBODY:
        return ""
    found, fault = zoned(text)
    if fault:
        faults.append(f"{column} {fault}")
    return found


_REGISTER = Register(
    loader=NAME,
    record=RECORD,
    needed=("ticket", "identity"),
    columns=COLUMNS,
    faulty="rows or cells",
)
LOADER = Loader(
    name=NAME,
    reads="a service desk's tickets about resets: CSV with the columns ticket, identity, method, "
    "channel, proof, requester, approvers, executors, vendor and times",
    record_kinds=(RECORD, DUPLICATE),
    parse=parse,
)
