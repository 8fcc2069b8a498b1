"""Commands of idgraph as tests type them: in this process, or in one of their own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from idgraph.cli import app

IDGRAPH = Path(sys.executable).with_name("idgraph")


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code and both of its streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """Standard error, which must be one line and no traceback."""
        assert "Traceback" not in self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


def run(*words: object, **environment: str) -> Said:
    """Run a command in this process."""
    done = CliRunner().invoke(app, [str(each) for each in words], env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def start(*words: object, **how: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    clean = {key: text for key, text in os.environ.items() if key != "IDGRAPH_STORE"}
    env = clean | how.pop("env", {})
    command = [str(IDGRAPH), *map(str, words)]
    return subprocess.Popen(command, text=True, env=env, **(streams | how))


def typed(*words: object, **how: Any) -> Said:
    """Run a command in a process of its own."""
    with start(*words, **how) as process:
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    return Said(process.returncode, out or "", err or "")


def on_a_terminal(stream: str, *words: object, **how: Any) -> tuple[Said, bytes]:
    """Run a command with one stream on a terminal; return what it said, and what was drawn."""
    ours, theirs = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:  # all the while: a terminal that is full holds the command up
        with suppress(OSError):  # the other side was closed
            while part := os.read(ours, 1 << 12):
                drawn.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        said = typed(*words, **{stream: theirs}, **how)
    finally:
        os.close(theirs)
        reader.join(timeout=10)
        os.close(ours)
    return said, b"".join(drawn)


def export(*records: tuple[str, Mapping[str, Any]], **meta: Any) -> dict[str, Any]:
    """Return an AzureHound export of records, each a pair of kind and data."""
    data = [{"kind": kind, "data": fields} for kind, fields in records]
    return {"data": data, "meta": {"type": "azure", "version": 5, "count": len(data)} | meta}


def write(path: Path, document: Any) -> Path:
    """Write a document as JSON, bytes as they are."""
    if isinstance(document, bytes):
        path.write_bytes(document)
    else:
        path.write_text(json.dumps(document), encoding="utf-8")
    return path


def without_words(answer: Any, words: Iterable[str] = ("name", "sentence")) -> Any:
    """Return a JSON answer without its display texts."""
    if isinstance(answer, dict):
        return {key: without_words(each) for key, each in answer.items() if key not in words}
    return [without_words(each) for each in answer] if isinstance(answer, list) else answer
