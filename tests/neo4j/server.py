"""A real Neo4j server for the tests: one that is given, one in Docker, or one of Maven Central.

The one of Maven Central is Neo4j Community, run from its jars by `Launcher.java` on a free loopback
port with its data in a temporary folder. The jars are fetched once into a cache outside the work
tree.
"""

from __future__ import annotations

import atexit
import functools
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from neo4j import GraphDatabase

VERSION = os.environ.get("IDGRAPH_TEST_NEO4J_VERSION", "5.26.12")
HERE = Path(__file__).parent
PASSWORD = "a-password-for-tests"
START_SECONDS = 180
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang", "java.util.concurrent")


class Unavailable(Exception):  # noqa: N818  it is not an error: the tests are skipped
    """No server can be had here; the text says why."""


class Machine(Protocol):
    """What runs a server."""

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Server:
    """A running server and how to reach it."""

    uri: str
    username: str
    password: str
    machine: Machine | None = None  # None where it is somebody else's

    def driver(self) -> Any:
        return GraphDatabase.driver(
            self.uri, auth=(self.username, self.password), notifications_min_severity="OFF"
        )

    def environment(self) -> dict[str, str]:
        return {"NEO4J_USERNAME": self.username, "NEO4J_PASSWORD": self.password}


@functools.cache
def obtain() -> Server | Unavailable:
    """Return the server of this test run, started when first asked for, or why there is none."""
    reasons = []
    for way in (_given, _docker, _maven):
        try:
            return way()
        except Unavailable as reason:
            reasons.append(str(reason))
    return Unavailable("; ".join(reasons))


def _given() -> Server:
    uri = os.environ.get("IDGRAPH_TEST_NEO4J_URI")
    if not uri:
        raise Unavailable("IDGRAPH_TEST_NEO4J_URI is not set")
    return Server(
        uri, os.environ.get("NEO4J_USERNAME", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")
    )


def _docker() -> Server:
    try:
        from testcontainers.neo4j import Neo4jContainer
    except ImportError:
        raise Unavailable("testcontainers is not installed") from None
    if not _answers(["docker", "info"]):
        raise Unavailable("no Docker daemon answers")
    machine = Container(Neo4jContainer(f"neo4j:{VERSION}-community", password=PASSWORD))
    try:
        machine.start()
    except Exception as error:  # whatever it is, the next way may work
        raise Unavailable(f"Docker could not start one: {type(error).__name__}") from error
    atexit.register(machine.stop)
    return Server(f"bolt://127.0.0.1:{machine.port}", "neo4j", PASSWORD, machine)


def _maven() -> Server:
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is not installed")
    home = Path(tempfile.mkdtemp(prefix="idgraph-neo4j-"))
    machine = Process(home, _jars(), _free_port())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(machine.stop)  # runs before the folder goes
    machine.start()
    uri = f"bolt://127.0.0.1:{machine.port}"
    _set_first_password(uri)
    return Server(uri, "neo4j", PASSWORD, machine)


def _answers(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _set_first_password(uri: str) -> None:
    with GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
        driver.execute_query(
            "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new",
            new=PASSWORD,
            database_="system",
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _jars() -> Path:
    """Return the folder of the server's jars, fetched when it is not there."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "idgraph-tests"
    folder = caches / f"neo4j-{VERSION}" / "lib"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.parent / "lock"):
        if not (folder.parent / "complete").exists():
            _fetch(folder)
            (folder.parent / "complete").touch()
    return folder


def _fetch(folder: Path) -> None:
    command = [
        "mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), f"-Dneo4j.version={VERSION}",
        "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"Maven was too slow to fetch Neo4j {VERSION}") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise Unavailable(f"Maven could not fetch Neo4j {VERSION}: {said[0]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, so that two test runs do not fetch into one folder."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Process:
    """The server as a process of our own; its data outlive a kill."""

    def __init__(self, home: Path, jars: Path, port: int) -> None:
        self.home = home
        self.jars = jars
        self.port = port
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and wait until the server says that it is ready."""
        with (self.home / "stderr.txt").open("w") as errors:
            self.process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,  # the server ends when this closes
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._wait()

    def _command(self) -> list[str]:
        opened = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED]
        return [
            "java", "-Xms256m", "-Xmx1g", *opened, "-cp", f"{self.jars}/*",
            str(HERE / "Launcher.java"), str(self.home), str(self.port),
        ]  # fmt: skip

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            line = self.process.stdout.readline() if ready else ""
            if line.startswith("READY"):
                return
            if not line:
                break
        self.kill()
        said = (self.home / "stderr.txt").read_text(encoding="utf-8").strip()
        raise Unavailable(f"Neo4j {VERSION} did not start: {said[:400] or 'it took too long'}")

    def kill(self) -> None:
        """Take the server away at once, as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    stop = kill  # what it holds is thrown away, and a clean end takes seconds


class Container:
    """The server in Docker, on a port that stays over a restart."""

    def __init__(self, container: Any) -> None:
        self.port = _free_port()
        self.container = container.with_bind_ports(7687, self.port)
        self.started = False

    def start(self) -> None:
        if self.started:
            self.container.get_wrapped_container().start()
            _wait_for_port(self.port)
        else:
            self.container.start()
            self.started = True

    def kill(self) -> None:
        self.container.get_wrapped_container().kill()

    def stop(self) -> None:
        self.container.stop()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise Unavailable("the container did not come back")
