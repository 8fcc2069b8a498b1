"""One writer at a time: a lease in the store, taken over from a writer that died."""

from __future__ import annotations

import os
import platform
import secrets
from datetime import UTC, datetime, timedelta

from duckdb import DuckDBPyConnection as Connection

from idgraph.errors import StoreBusyError
from idgraph.stores.duckdb.connection import value
from idgraph.stores.writers import is_running

LENGTH = timedelta(minutes=30)

_MINE: set[str] = set()  # the leases that this process really holds


def take(connection: Connection, subject: str) -> str:
    """Return the token of a new lease.

    Raises
    ------
    StoreBusyError
        A living writer holds it.
    """
    ((holder, pid, host, until),) = connection.execute(
        "SELECT lease, lease_pid, lease_host, lease_until FROM store.meta"
    ).fetchall()
    if holder is not None and _lives(holder, pid, host, until):
        raise StoreBusyError(
            subject,
            f"is being loaded by process {pid} on {host}",
            hint="Wait until that load has ended; reading is possible meanwhile.",
        )
    token = secrets.token_hex(8)
    connection.execute(
        "UPDATE store.meta SET lease = ?, lease_pid = ?, lease_host = ?, lease_until = ?",
        [token, os.getpid(), platform.node(), _now() + LENGTH],
    )
    _MINE.add(token)
    return token


def renew(connection: Connection, token: str, subject: str) -> None:
    """Make a lease last longer; raises StoreBusyError when somebody took it over."""
    check(connection, token, subject)
    connection.execute("UPDATE store.meta SET lease_until = ?", [_now() + LENGTH])


def check(connection: Connection, token: str, subject: str) -> None:
    """Raise StoreBusyError unless the lease is still held."""
    if value(connection, "SELECT lease FROM store.meta") != token:
        raise StoreBusyError(
            subject,
            "was taken over by another load while this one stood still",
            hint="Nothing of this load was stored; load it again.",
        )


def release(connection: Connection, token: str) -> None:
    """Give a lease back; nothing happens when it is no longer held."""
    connection.execute(
        "UPDATE store.meta SET lease = NULL, lease_pid = NULL, lease_host = NULL, "
        "lease_until = NULL WHERE lease = ?",
        [token],
    )


def forget(token: str) -> None:
    """Note that this process no longer holds a lease, whatever the store says."""
    _MINE.discard(token)


def _lives(token: str, pid: int, host: str, until: datetime) -> bool:
    if until <= _now():
        return False
    if host != platform.node():
        return True
    if pid == os.getpid():
        return token in _MINE
    return is_running(pid)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
