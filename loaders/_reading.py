"""What every loader offers: its name, what it reads, and a reading that counts as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from idgraph.errors import UnknownNameError, did_you_mean
from idgraph.records import Record, Rejected, Source
from loaders._fields import Fault

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Tally:
    """What became of the records of one file; accepted, ignored and refused add up to `records`."""

    records: int = 0
    accepted: int = 0
    ignored: Counter[str] = field(default_factory=Counter)  # by record kind
    refused: int = 0  # records of which nothing could be used


@dataclass(slots=True)
class Counts:
    """What became of the records of all files.

    `rejected` names every part that could not be understood, so it can be longer than `refused`:
    a list of owners with one bad entry is accepted, and the entry is rejected.
    """

    files: dict[str, Tally] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    values_dropped: int = 0  # fields that held a secret value or a part of one

    def tally(self, file: str) -> Tally:
        """Return the tally of a file, a fresh one when it is first asked for."""
        return self.files.setdefault(file, Tally())

    def reject(self, record: str, fault: Fault) -> Rejected:
        """Return what is told of a part that could not be understood, after noting it."""
        rejected = Rejected(record=record, place=fault.place, reason=fault.reason)
        self.rejected.append(rejected)
        return rejected

    @property
    def records(self) -> int:
        """The number of input records."""
        return sum(tally.records for tally in self.files.values())

    @property
    def accepted(self) -> int:
        """The number of input records that something was read from."""
        return sum(tally.accepted for tally in self.files.values())

    @property
    def refused(self) -> int:
        """The number of input records of which nothing could be used."""
        return sum(tally.refused for tally in self.files.values())

    @property
    def ignored(self) -> Mapping[str, int]:
        """The number of input records left out on purpose, by record kind."""
        return sum((tally.ignored for tally in self.files.values()), Counter())


class Reading:
    """One pass over an export; `source` and `counts` are final once the records were read."""

    def __init__(self, files: Sequence[str], read: Callable[[Reading], Iterator[Record]]) -> None:
        self.files = tuple(files)
        self.counts = Counts()
        self.source: Source | None = None
        self.observed_at: str | None = None  # as the export states it; None when it does not
        self._records = read(self)

    def __iter__(self) -> Iterator[Record]:
        return self._records


class Parse(Protocol):
    """Begin to read files; what they hold is read when the records are asked for."""

    def __call__(
        self,
        paths: Sequence[Path],
        *,
        scope: str | None = None,
        progress: Progress | None = None,
    ) -> Reading:
        """Return a reading; `progress` is told the bytes done and the bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What files hold of one source: a load of its own."""

    source: Source | None
    paths: tuple[Path, ...]  # that are read for it
    read: Callable[[Progress | None], Reading]


class Divide(Protocol):
    """Find out which sources the records of files belong to, before they are read."""

    def __call__(self, paths: Sequence[Path], *, scope: str | None = None) -> tuple[Share, ...]:
        """Return the shares, in the order in which they are loaded; never none."""


class Identify(Protocol):
    """Find out where the records of files will belong, before they are read."""

    def __call__(self, paths: Sequence[Path], *, scope: str | None = None) -> Source | None:
        """Return the source that a reading of the same files ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """A reader of one kind of export."""

    name: str
    reads: str  # one line for help
    record_kinds: tuple[str, ...]  # the export's own names of what is understood
    parse: Parse
    quick_identify: Identify | None = None  # where the whole need not be read for it
    divide: Divide | None = None  # where files may be of several sources
    is_log: bool = False  # of a log parts may be loaded in any order: none closes anything

    def identify(self, paths: Sequence[Path], *, scope: str | None = None) -> Source | None:
        """Return the source of files, before they are loaded.

        Raises
        ------
        InputError
            The files cannot be understood.
        """
        if self.quick_identify is not None:
            return self.quick_identify(paths, scope=scope)
        reading = self.parse(paths, scope=scope)
        for _ in reading:
            pass
        return reading.source

    def shares(self, paths: Sequence[Path], *, scope: str | None = None) -> tuple[Share, ...]:
        """Return what files hold of each source: a load of its own each.

        Raises
        ------
        InputError
            The files cannot be understood.
        """
        if self.divide is not None:
            return self.divide(paths, scope=scope)

        def read(progress: Progress | None) -> Reading:
            return self.parse(paths, scope=scope, progress=progress)

        source = self.identify(paths, scope=scope)
        return (Share(source=source, paths=tuple(paths), read=read),)


def named(name: str, loaders: Sequence[Loader]) -> Loader:
    """Return the loader of a name, in any case and with `-` or `_`.

    Raises
    ------
    UnknownNameError
        There is none; the message names the closest, or all.
    """
    by_name = {each.name: each for each in loaders}
    found = by_name.get(name.strip().lower().replace("-", "_"))
    if found is None:
        choices = f"There are {', '.join(by_name)}."
        raise UnknownNameError(
            f"loader {name!r}", "does not exist", hint=did_you_mean(name, by_name) or choices
        )
    return found
