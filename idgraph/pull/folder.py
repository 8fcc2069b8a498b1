"""The files of a pull: whole or not there, readable by their owner alone, never over older ones."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from idgraph.pull.keeping import as_printed
from idgraph.pull.pulled import Asked, PullError

REPORT = "pull.json"


def make(out: Path, account: str) -> Path:
    """Return the folder of an account, made and empty, for its owner alone.

    Raises
    ------
    PullError
        It holds something, or cannot be made.
    """
    folder = out / account
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        held = next(folder.iterdir(), None)
    except OSError as fault:
        raise _unwritable(folder, fault) from None
    if held is not None:
        raise PullError(
            f"the folder {folder}",
            "holds an older pull, or something else",
            hint="Name another folder; each pull has its own.",
        )
    return folder


def write(folder: Path, name: str, content: str) -> Path:
    """Write a file: whole, or not at all.

    Raises
    ------
    PullError
        It cannot be written.
    """
    target = folder / name
    try:
        handle, beside = tempfile.mkstemp(dir=folder, prefix=f".{name}.")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
        Path(beside).replace(target)
    except OSError as fault:
        raise _unwritable(target, fault) from None
    return target


def file_name(account: str, call: str, region: str = "", ending: str = "json") -> str:
    """Return the name of the file with the answers to a call, such as `iam.ListAccessKeys`."""
    return f"{'-'.join(filter(None, (account, *call.split('.'), region)))}.{ending}"


def write_report(folder: Path, at: str, caller: str, calls: Iterable[Asked]) -> Path:
    """Write what became of the calls: the loader reads it for what was not seen."""
    lines: Sequence[dict[str, Any]] = [each.to_json() for each in calls if each.record]
    return write(folder, REPORT, as_json({"PulledAt": at, "Caller": caller, "PullCalls": lines}))


def as_json(document: Any) -> str:
    """Return a document as JSON in ASCII, so that no text of a tenant can break a reader."""
    return json.dumps(document, indent=2, default=as_printed) + "\n"


def _unwritable(path: Path, fault: OSError) -> PullError:
    return PullError(
        str(path),
        f"cannot be written ({fault.strerror})",
        hint="Name a folder that you may write to.",
    )
