"""A register of owners as CSV: who is said to own what, by which system, since when.

Columns: `node` and `owner` are needed, `claim`, `source` and `date` may be left out; others are
not used. A node or an owner is an id, a client id, a UPN or mail address, or free text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, OwnerClaim, Record, Rejected, Source
from loaders._fields import people, printable, utc
from loaders._files import File, Stream, find, opened
from loaders._reading import Loader, Progress, Reading, Tally

NAME = "owners_csv"
RECORD = "owner claim"
NEEDED = ("node", "owner")
COLUMNS = (*NEEDED, "claim", "source", "date")
DELIMITERS = ",;\t"


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of a register; several files are one register when a scope names it.

    Raises
    ------
    InputError
        A path holds no file to read, or several files have no scope.
    """
    files = find(paths, ".csv")
    if len(files) > 1 and not scope:
        raise InputError(
            f"{len(files)} registers",
            "cannot be told apart later",
            hint="Load them one by one, or name them together with --scope.",
        )
    read = partial(_read, files=files, scope=scope or files[0].path.stem, progress=progress)
    return Reading([file.name for file in files], read)


def _read(
    reading: Reading, *, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    unused: set[str] = set()
    for file in files:
        with opened(file, progress) as stream:
            yield from parse_register(stream, file.name, scope, reading, unused)
    reading.source = Source(loader=NAME, scope=scope)
    yield _coverage(reading, unused)


def parse_register(
    stream: Stream, file: str, scope: str, reading: Reading, unused: set[str]
) -> Iterator[Record]:
    """Yield the claims of one register; columns that are not used are added to `unused`.

    Raises
    ------
    InputError
        A needed column is missing, the text is not UTF-8, or no row can be used.
    """
    tally = reading.counts.tally(file)
    lines = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")
    try:
        first = lines.readline()
        delimiter = max(DELIMITERS, key=first.count)
        columns = _columns(first, delimiter, file)
        unused.update(name for name in columns if name not in COLUMNS)
        for line, row in _rows(lines, delimiter):
            place = f"{file}#L{line}"
            yield from _row(_cells(columns, row), place, scope, reading, tally)
    except UnicodeDecodeError:
        raise InputError(
            file, "is not UTF-8", hint="Save it as CSV UTF-8 (comma delimited)."
        ) from None
    except csv.Error as fault:
        raise InputError(file, f"is not CSV: {fault}", place=f"{file}#L{tally.records}") from None
    if not tally.accepted:
        raise InputError(file, f"holds no row that could be used, out of {tally.records}")


def _columns(first: str, delimiter: str, file: str) -> list[str]:
    columns = [
        name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter), [])
    ]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise InputError(
            file,
            f"has no column {' and no column '.join(missing)}",
            place=f"{file}#L1",
            hint=f"The first line names the columns: {','.join(COLUMNS)}.",
        )
    return columns


def _rows(lines: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, each with the line that it begins on."""
    reader = csv.reader(lines, delimiter=delimiter)
    begins = 2
    for row in reader:
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 2


def _cells(columns: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {name: printable(cell.strip()) for name, cell in zip(columns, row, strict=False)}


def _row(
    cells: dict[str, str], place: str, scope: str, reading: Reading, tally: Tally
) -> Iterator[Record]:
    tally.records += 1
    empty = [name for name in NEEDED if not cells.get(name)]
    if empty:
        tally.refused += 1
        yield _rejected(reading, place, f"{' and '.join(empty)} empty")
        return
    tally.accepted += 1
    said_at, reason = _date(cells.get("date", ""))
    if reason:
        yield _rejected(reading, place, reason)
    yield from (
        OwnerClaim(
            record=RECORD,
            node=people(cells["node"])[0],
            owner=owner,
            claim=cells.get("claim") or "owner",
            said_by=cells.get("source") or scope,
            said_at=said_at,
            evidence=place,
        )
        for owner in people(cells["owner"])
    )


def _date(text: str) -> tuple[str, str]:
    """Return an ISO 8601 date or time, and what is wrong with the text."""
    if not text:
        return "", ""
    moment = utc(text)
    if not moment:
        return "", "date is not an ISO 8601 date such as 2026-03-31"
    return (moment if "T" in text or " " in text else moment.partition("T")[0]), ""


def _rejected(reading: Reading, place: str, reason: str) -> Rejected:
    rejected = Rejected(record=RECORD, place=place, reason=reason)
    reading.counts.rejected.append(rejected)
    return rejected


def _coverage(reading: Reading, unused: set[str]) -> CoverageRecord:
    counts = reading.counts
    parts = []
    if counts.rejected:
        parts.append(f"{len(counts.rejected)} rows or dates could not be understood")
    if unused:
        parts.append(f"columns not used: {', '.join(sorted(unused))}")
    return CoverageRecord(
        record=RECORD,
        count=counts.records,
        complete=not counts.rejected,
        about="; ".join(parts),
    )


LOADER = Loader(
    name=NAME,
    reads="a register of owners: CSV with the columns node, owner, claim, source, date",
    record_kinds=(RECORD,),
    parse=parse,
)
