"""Who writes: whether the process that holds a store's lease still lives."""

from __future__ import annotations

import os


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
