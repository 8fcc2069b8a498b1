"""Opening the file: briefly, patiently, and with one sentence when it cannot be done.

DuckDB locks a file for as long as it is open, against readers too, so nobody keeps it open.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection as Connection

from idgraph.errors import StoreBusyError, StoreError, StoreVersionError
from idgraph.stores.duckdb import schema

_PAUSE = 0.02  # seconds between two tries

# A lock on a file belongs to the process, so threads of one process take turns by their own.
_TURNS: dict[str, threading.Lock] = {}
_TURNS_LOCK = threading.Lock()


def connect(spill: Path | None = None) -> Connection:
    """Return a connection to a database in memory that spills to a folder of its own."""
    folder = spill or Path(tempfile.gettempdir()) / f"idgraph-{secrets.token_hex(8)}"
    return duckdb.connect(
        ":memory:",
        config={
            "temp_directory": str(folder),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )


@dataclass(frozen=True)
class StoreFile:
    """The file of a store; `patience` is how long, in seconds, to wait for others to leave it."""

    path: Path
    patience: float = 10.0

    @property
    def subject(self) -> str:
        """What errors speak of."""
        return f"the store {self.path}"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open the file for reading; its tables are in `store`.

        Raises
        ------
        StoreError
            There is no store, it is not one, or it cannot be read.
        StoreBusyError
            Another process writes, and does not end soon.
        """
        connection = connect()
        try:
            with self.attached(connection, read_only=True):
                yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the file for one transaction, committed when the block is left without error."""
        connection = connect()
        try:
            with self.attached(connection, read_only=False), transaction(connection):
                yield connection
        finally:
            connection.close()

    @contextmanager
    def attached(self, connection: Connection, *, read_only: bool) -> Iterator[None]:
        """Attach the file to a connection as `store`, and check its version."""
        self._require()
        with self._turn(), self._faults(writing=not read_only):
            if read_only and self._attach(connection, read_only=True) < schema.SCHEMA_VERSION:
                connection.execute("DETACH store")
                self._attach(connection, read_only=False)
                connection.execute("DETACH store")
                self._attach(connection, read_only=True)
            elif not read_only:
                self._attach(connection, read_only=False)
            try:
                yield
            finally:
                with suppress(Exception):  # what happened inside is what matters
                    connection.execute("DETACH store")

    def create(self) -> None:
        """Make an empty store unless there is one; nobody ever sees half of it.

        Raises
        ------
        StoreError
            The folder does not exist or cannot be written.
        """
        if self.path.exists():
            return
        if not self.path.parent.is_dir():
            raise StoreError(
                f"the folder {self.path.parent}", "does not exist", hint="Create it first."
            )
        new = self.path.with_name(f".{self.path.name}.new-{secrets.token_hex(8)}")
        try:
            self._build(new)
            with suppress(FileExistsError):  # somebody else was quicker
                os.link(new, self.path)
        except OSError as error:
            raise self._unwritable(error.strerror or "") from error
        finally:
            new.unlink(missing_ok=True)

    def _build(self, path: Path) -> None:
        connection = connect()
        try:
            connection.execute(f"ATTACH '{_quoted(path)}' AS store")
            connection.execute("USE store")
            for statement in schema.CREATE:
                connection.execute(statement)
            connection.execute("USE memory")
            connection.execute("DETACH store")
        except duckdb.IOException as error:
            raise self._unwritable(_first_line(error)) from error
        finally:
            connection.close()

    def _unwritable(self, reason: str) -> StoreError:
        return StoreError(
            self.subject,
            f"cannot be written ({reason})" if reason else "cannot be written",
            hint="Check the folder's permissions, or name another file with --store.",
        )

    def _require(self) -> None:
        if self.path.is_dir():
            raise StoreError(
                self.subject, "is a folder", hint="Name a file, such as idgraph.duckdb in it."
            )
        if not self.path.exists():
            raise StoreError(
                f"no store at {self.path}",
                "was found",
                hint="Load something first: idgraph load azurehound FILE.",
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with _TURNS_LOCK:
            turn = _TURNS.setdefault(os.path.realpath(self.path), threading.Lock())
        if not turn.acquire(timeout=self.patience):
            raise self._busy("another thread of this process")
        try:
            yield
        finally:
            turn.release()

    def _busy(self, who: str) -> StoreBusyError:
        return StoreBusyError(
            self.subject,
            f"is in use by {who}",
            hint="Try again when it has finished; close other programs that hold the file open.",
        )

    def _attach(self, connection: Connection, *, read_only: bool) -> int:
        """Attach the file, waiting for others to leave it; return its version."""
        mode = " (READ_ONLY)" if read_only else ""
        give_up = time.monotonic() + self.patience
        while True:
            try:
                connection.execute(f"ATTACH '{_quoted(self.path)}' AS store{mode}")
            except (duckdb.IOException, duckdb.ResourceInUseException) as error:
                if not _is_lock(error):
                    raise
                if time.monotonic() > give_up:
                    raise self._busy(_holder(error)) from error
                time.sleep(_PAUSE)
            else:
                break
        try:
            return self._current(connection, read_only=read_only)
        except BaseException:
            connection.execute("DETACH store")
            raise

    def _current(self, connection: Connection, *, read_only: bool) -> int:
        """Return the file's version, after migrating it where that is possible."""
        version = self._version(connection)
        if version > schema.SCHEMA_VERSION:
            raise StoreVersionError(
                self.subject,
                f"was written by a newer idgraph (its form is {version}, this one knows "
                f"{schema.SCHEMA_VERSION})",
                hint="Upgrade idgraph: pip install --upgrade idgraph.",
            )
        if not read_only and version < schema.SCHEMA_VERSION:
            _migrate(connection, version)
        return version

    def _version(self, connection: Connection) -> int:
        try:
            found = value(connection, "SELECT schema_version FROM store.meta")
        except (duckdb.CatalogException, duckdb.BinderException):
            found = None
        if not isinstance(found, int):
            raise StoreError(
                self.subject,
                "is a DuckDB file, but not a store of idgraph",
                hint="Name another file with --store.",
            )
        return found

    @contextmanager
    def _faults(self, *, writing: bool) -> Iterator[None]:
        """Say in one sentence what DuckDB found wrong."""
        try:
            yield
        except (duckdb.Error, RuntimeError) as error:
            if _is_interrupt(error):
                raise KeyboardInterrupt from error
            if isinstance(error, duckdb.Error):
                raise self._fault(error, writing=writing) from error
            raise

    def _fault(self, error: Exception, *, writing: bool) -> StoreError:
        text = str(error)
        if "not a valid DuckDB database" in text:
            return StoreError(
                self.subject, "is not a DuckDB file", hint="Name another file with --store."
            )
        if "version number" in text and "newer" in text:
            return StoreVersionError(
                self.subject,
                "was written by a newer DuckDB",
                hint="Upgrade it: pip install --upgrade duckdb.",
            )
        if "Corrupt" in text or "enough bytes" in text or "checksum" in text:
            return StoreError(
                self.subject,
                "is damaged",
                hint="Restore it from a copy, or delete it and load the exports again.",
            )
        if _is_denied(text):
            return self._unwritable(_first_line(error)) if writing else self._unreadable()
        return StoreError(
            self.subject,
            f"cannot be {'written' if writing else 'read'} ({_reason(error)})",
            hint="Check the disk and the file; a copy of it may still open.",
        )

    def _unreadable(self) -> StoreError:
        return StoreError(self.subject, "cannot be read", hint="Check the permissions of the file.")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit when the block is left without error, else roll back."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(Exception):  # a commit that failed has already rolled back
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def registered(connection: Connection, **frames: Any) -> Iterator[None]:
    """Let SQL see frames under these names."""
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


def value(connection: Connection, query: str, parameters: list[Any] | None = None) -> Any:
    """Return the single value that a query answers, None where it answers nothing."""
    rows = connection.execute(query, parameters or []).fetchall()  # fetchone leaves a cursor open
    return rows[0][0] if rows else None


def _migrate(connection: Connection, version: int) -> None:
    with transaction(connection):
        connection.execute("USE store")
        for step in range(version, schema.SCHEMA_VERSION):
            for statement in schema.MIGRATIONS[step]:
                connection.execute(statement)
        connection.execute("UPDATE meta SET schema_version = ?", [schema.SCHEMA_VERSION])
        connection.execute("USE memory")


def _is_interrupt(error: Exception) -> bool:
    """Return whether a statement ended by Ctrl-C, which DuckDB says in two ways."""
    if isinstance(error, duckdb.InterruptException):
        return True
    return type(error) is RuntimeError and "interrupted" in str(error)


def _is_lock(error: Exception) -> bool:
    text = str(error)
    return "Could not set lock" in text or "Unique file handle conflict" in text


def _holder(error: Exception) -> str:
    text = str(error)
    at = text.find("(PID ")
    process = text[at + 5 :].split(")", 1)[0] if at >= 0 else ""
    return f"another process (number {process})" if process.isdigit() else "another process"


def _is_denied(text: str) -> bool:
    return any(word in text for word in ("Permission denied", "read-only", "Read-only"))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rsplit(": ", 1)[-1].strip()


def _reason(error: Exception) -> str:
    """Return why, without anything that could be the content of a record."""
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return _first_line(error)
    return type(error).__name__


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
