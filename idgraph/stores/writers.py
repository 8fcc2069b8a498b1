"""Who writes: whether a store may be written, and whether the holder of its lease lives."""

from __future__ import annotations

import os

from idgraph.errors import StoreError


def is_running(pid: int) -> bool:
    """Return whether a process of this machine runs; where that cannot be asked, that it does."""
    if os.name == "nt":
        return True  # os.kill would end it: there, only the expiry decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_writable(subject: str, *, read_only: bool) -> None:
    """Raise StoreError if a store was opened for reading only."""
    if read_only:
        raise StoreError(subject, "was opened for reading only", hint="Open it for writing.")
