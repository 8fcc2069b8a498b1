"""Rows of a register kept as CSV: named columns in any order, as spreadsheets save them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, Record, Rejected, Source
from loaders._csv import table
from loaders._fields import Fault, printable
from loaders._files import File, Stream, find, opened
from loaders._reading import Progress, Reading, Tally

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
        return self.reading.counts.reject(self.record, Fault(self.place, reason))


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
        hint = f"The first line names the columns: {','.join(self.columns)}."
        names, found = table(stream, file, self.needed, hint)
        unused.update(name for name in names if name not in self.columns)
        tally = reading.counts.tally(file)
        for place, cells in found:
            known = {
                name: printable(cell.strip()) for name, cell in zip(names, cells, strict=False)
            }
            yield Row(known, place, scope, reading, tally, self.record)

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
