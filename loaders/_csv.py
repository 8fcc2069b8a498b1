"""CSV as spreadsheets and portals save it: named columns in any order, one row a line or more."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idgraph.errors import InputError
from loaders._files import Stream

DELIMITERS = ",;\t"


@dataclass(slots=True)
class _Place:
    """Where the row being read begins."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}#L{self.line}"


def table(
    stream: Stream, file: str, needed: Iterable[str], hint: str
) -> tuple[list[str], Iterator[tuple[str, list[str]]]]:
    """Return the names of the columns, in lower case, and the rows that hold anything.

    Each row comes with the place where it begins. `hint` says what the first line must be.

    Raises
    ------
    InputError
        A needed column is missing, or it is not UTF-8 or no CSV; the rows raise it, too.
    """
    lines = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")
    place = _Place(file)
    with _explained(place):
        first = lines.readline()
        delimiter = max(DELIMITERS, key=first.count)
        names = next(csv.reader([first], delimiter=delimiter), [])
    columns = [name.strip().casefold() for name in names]
    missing = [name for name in needed if name not in columns]
    if missing:
        fault = f"has no column {' and no column '.join(missing)}"
        raise InputError(file, fault, place=str(place), hint=hint)
    return columns, _rows(lines, delimiter, place)


def _rows(
    lines: io.TextIOWrapper, delimiter: str, place: _Place
) -> Iterator[tuple[str, list[str]]]:
    place.line = 2
    with _explained(place):
        reader = csv.reader(lines, delimiter=delimiter)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield str(place), cells
            place.line = reader.line_num + 2  # the first line names the columns


@contextmanager
def _explained(place: _Place) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise InputError(
            place.file, "is not UTF-8", hint="Save it as CSV UTF-8 (comma delimited)."
        ) from None
    except csv.Error as fault:
        raise InputError(place.file, f"is not CSV: {fault}", place=str(place)) from None
