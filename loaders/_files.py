"""The thin edge: files, folders and archives, opened as streams of UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

from idgraph.errors import InputError
from loaders._reading import Progress

CHUNK = 1 << 18
LARGEST_RATIO = 500  # of unpacked to packed bytes; exports pack 20 to 60 times
UNSUSPICIOUS = 64 << 20  # unpacked bytes up to which the ratio does not matter

_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_UNREADABLE = (EOFError, OSError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile)

Recode = Callable[[bytes, bool], bytes]


@dataclass(frozen=True, slots=True)
class File:
    """One stream of text to read: a file, or a member of a zip archive."""

    name: str  # the base name, as evidence shows it
    path: Path
    member: str | None = None
    offset: int = 0  # bytes on disk that stand before `path`
    total: int = 0  # bytes on disk of all files together


def find(paths: Sequence[Path], *suffixes: str, deep: bool = False) -> tuple[File, ...]:
    """Return the files that paths name: themselves, what a folder holds, what a zip holds.

    With `deep` the folders in a folder are searched too.

    Raises
    ------
    InputError
        A path does not exist, or a folder or archive holds nothing with the suffix.
    """
    on_disk = [file for path in paths for file in _on_disk(Path(path), suffixes, deep=deep)]
    total = sum(path.stat().st_size for path in on_disk)
    found: list[File] = []
    offset = 0
    for path in on_disk:
        found += [replace(file, offset=offset, total=total) for file in _streams(path, suffixes)]
        offset += path.stat().st_size
    return _told_apart(found)


def _on_disk(path: Path, suffixes: tuple[str, ...], *, deep: bool) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(str(path), "does not exist", hint="Check the path.")
    endings = (*suffixes, *(f"{suffix}.gz" for suffix in suffixes), ".zip")
    within = path.rglob("*") if deep else path.iterdir()
    inside = sorted(
        each for each in within if each.is_file() and each.name.lower().endswith(endings)
    )
    if not inside:
        raise InputError(str(path), f"holds no {' or '.join(suffixes)} file and no .zip")
    return inside


def _streams(path: Path, suffixes: tuple[str, ...]) -> list[File]:
    if _begins(path) != _ZIP:
        return [File(path.name, path)]
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except _UNREADABLE as fault:
        raise _unreadable(path.name, fault) from None
    if nested := [name for name in names if name.lower().endswith((".zip", ".gz"))]:
        raise InputError(
            path.name, f"holds another archive, {nested[0]!r}", hint="Unpack the outer one first."
        )
    held = sorted(name for name in names if name.lower().endswith(suffixes))
    if not held:
        raise InputError(path.name, f"holds no {' or '.join(suffixes)} file")
    return [File(PurePosixPath(name).name, path, name) for name in held]


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as disk:
            return disk.read(len(_ZIP))
    except OSError as fault:
        raise _unreadable(path.name, fault) from None


def renamed(files: Sequence[File]) -> tuple[File, ...]:
    """Return some of the files under the names that they have without the others."""
    plain = [
        replace(file, name=PurePosixPath(file.member or file.path.name).name) for file in files
    ]
    return _told_apart(plain)


def _told_apart(files: Sequence[File]) -> tuple[File, ...]:
    """Number the files whose base names are the same, or evidence would not tell them apart."""
    seen: Counter[str] = Counter()
    named = []
    for file in files:
        seen[file.name] += 1
        again = seen[file.name]
        named.append(file if again == 1 else replace(file, name=f"{file.name} ({again})"))
    return tuple(named)


@contextmanager
def opened(file: File, progress: Progress | None = None) -> Iterator[Stream]:
    """Open a file as UTF-8, whatever it is packed in or encoded as."""
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(file.path.open("rb"))
            inner = _unpacked(file, disk, stack)
        except (*_UNREADABLE, KeyError) as fault:
            raise _unreadable(file.name, fault) from None
        yield Stream(file, inner, disk, progress)


def _unpacked(file: File, disk: IO[bytes], stack: ExitStack) -> IO[bytes]:
    if file.member is not None:
        archive = stack.enter_context(zipfile.ZipFile(disk))
        return stack.enter_context(archive.open(file.member))
    begins = disk.read(len(_GZIP))
    disk.seek(0)
    if begins == _GZIP:
        return cast("IO[bytes]", stack.enter_context(gzip.open(disk)))
    return disk


class Stream(io.RawIOBase):
    """The text of one file as UTF-8; `tell` is the position in it."""

    def __init__(
        self, file: File, inner: IO[bytes], disk: IO[bytes], progress: Progress | None
    ) -> None:
        self._file, self._inner, self._disk, self._progress = file, inner, disk, progress
        self._unpacked = 0
        self._position = 0
        first = self._pull()
        self._recode = _recoder(first[:4])
        self._rest = self._recode(first, False)  # noqa: FBT003  codecs take it by position

    def readable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return how many bytes of text were read."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer will do
        """Fill a buffer with text; 0 at the end."""
        while not self._rest:
            pulled = self._pull()
            self._rest = self._recode(pulled, not pulled)
            if not pulled:
                break
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)

    def _pull(self) -> bytes:
        try:
            pulled = self._inner.read(CHUNK)
        except _UNREADABLE as fault:
            raise _unreadable(self._file.name, fault) from None
        self._unpacked += len(pulled)
        self._refuse_a_bomb()
        if self._progress is not None:
            self._progress(self._file.offset + self._disk.tell(), self._file.total)
        return pulled

    def _refuse_a_bomb(self) -> None:
        if self._unpacked <= UNSUSPICIOUS:
            return
        packed = self._file.path.stat().st_size
        if self._unpacked > LARGEST_RATIO * packed:
            raise InputError(
                self._file.name,
                f"unpacks to more than {LARGEST_RATIO} times its size, as no export does",
                hint="If you trust it, unpack it first.",
            )


def _recoder(begins: bytes) -> Recode:
    encoding = _encoding(begins)
    if encoding is None:
        return lambda data, _final: data
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return lambda data, final: decoder.decode(data, final).encode("utf-8", "replace")


def _encoding(begins: bytes) -> str | None:
    """Return what to decode from; None for UTF-8 without a mark, which is left as it is."""
    if begins.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if begins[1:2] == b"\0":  # PowerShell writes a mark, some of its users cut it off
        return "utf-16-le"
    return "utf-16-be" if begins[:1] == b"\0" else None


def _unreadable(name: str, fault: Exception) -> InputError:
    return InputError(
        name, f"cannot be read or unpacked ({fault})", hint="Copy or export it again."
    )
