"""Rows of a register kept as CSV: named columns in any order, as spreadsheets save them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, Record, Rejected, Source
from loaders._fields import printable
from loaders._files import File, Stream, find, opened
from loaders._reading import Progress, Reading, Tally

DELIMITERS = ",;\t"

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds anything, with its place and what to count it in."""

    cells: Cells
    place: str
    scope: str
    reading: Reading
    tally: Tally
    record: str

    def get(self, column: str) -> str:
        """Return a cell, "" where it is empty or its column is missing."""
        return self.cells.get(column, "")

    def reject(self, reason: str) -> Rejected:
        """Return what is told of a part of the row that could not be understood."""
        rejected = Rejected(record=self.record, place=self.place, reason=reason)
        self.reading.counts.rejected.append(rejected)
        return rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The form of a register, and what is made of a row of it."""

    loader: str
    record: str
    needed: tuple[str, ...]
    columns: tuple[str, ...]  # the needed ones among them
    faulty: str  # what is said to be wrong in part, as in "rows or dates"

    def parse(
        self,
        paths: Sequence[Path],
        convert: Callable[[Row], Iterator[Record]],
        *,
        scope: str | None = None,
        progress: Progress | None = None,
    ) -> Reading:
        """Return a reading of a register; several files are one register when a scope names it.

        `convert` is given each row whose needed cells are filled, and counts it as accepted or
        refused.

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
        within = scope or files[0].path.stem
        read = partial(self._read, files=files, scope=within, convert=convert, progress=progress)
        return Reading([file.name for file in files], read)

    def _read(
        self,
        reading: Reading,
        *,
        files: Sequence[File],
        scope: str,
        convert: Callable[[Row], Iterator[Record]],
        progress: Progress | None,
    ) -> Iterator[Record]:
        unused: set[str] = set()
        for file in files:
            with opened(file, progress) as stream:
                for row in self._rows(stream, file.name, scope, reading, unused):
                    yield from self._converted(row, convert)
            tally = reading.counts.tally(file.name)
            if not tally.accepted:
                fault = f"holds no row that could be used, out of {tally.records}"
                raise InputError(file.name, fault)
        reading.source = Source(loader=self.loader, scope=scope)
        yield self._coverage(reading, unused)

    def _converted(self, row: Row, convert: Callable[[Row], Iterator[Record]]) -> Iterator[Record]:
        row.tally.records += 1
        empty = [name for name in self.needed if not row.get(name)]
        if empty:
            row.tally.refused += 1
            yield row.reject(f"{' and '.join(empty)} empty")
        else:
            yield from convert(row)

    def _rows(
        self, stream: Stream, file: str, scope: str, reading: Reading, unused: set[str]
    ) -> Iterator[Row]:
        tally = reading.counts.tally(file)
        lines = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")
        try:
            first = lines.readline()
            delimiter = max(DELIMITERS, key=first.count)
            names = self._names(first, delimiter, file)
            unused.update(name for name in names if name not in self.columns)
            for line, cells in _filled(lines, delimiter):
                known = {
                    name: printable(cell.strip()) for name, cell in zip(names, cells, strict=False)
                }
                yield Row(known, f"{file}#L{line}", scope, reading, tally, self.record)
        except UnicodeDecodeError:
            raise InputError(
                file, "is not UTF-8", hint="Save it as CSV UTF-8 (comma delimited)."
            ) from None
        except csv.Error as fault:
            place = f"{file}#L{tally.records}"
            raise InputError(file, f"is not CSV: {fault}", place=place) from None

    def _names(self, first: str, delimiter: str, file: str) -> list[str]:
        names = [
            name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter), [])
        ]
        missing = [name for name in self.needed if name not in names]
        if missing:
            raise InputError(
                file,
                f"has no column {' and no column '.join(missing)}",
                place=f"{file}#L1",
                hint=f"The first line names the columns: {','.join(self.columns)}.",
            )
        return names

    def _coverage(self, reading: Reading, unused: set[str]) -> CoverageRecord:
        counts = reading.counts
        parts = []
        if counts.rejected:
            parts.append(f"{len(counts.rejected)} {self.faulty} could not be understood")
        if unused:
            parts.append(f"columns not used: {', '.join(sorted(unused))}")
        return CoverageRecord(
            record=self.record,
            count=counts.records,
            complete=not counts.rejected,
            about="; ".join(parts),
        )


def _filled(lines: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, each with the line that it begins on."""
    reader = csv.reader(lines, delimiter=delimiter)
    begins = 2
    for row in reader:
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 2
