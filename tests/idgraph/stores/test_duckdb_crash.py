"""A load that is killed leaves the last good state, whenever it happens."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from idgraph.stores.duckdb import DuckDBStore
from tests.idgraph.stores.tenant import complete, day, group, load, member, user

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")

ROOT = Path(__file__).parents[3]
PEOPLE = 300

# Load a second state; with a number, die at that statement to DuckDB, else count them.
LOAD = """
    import os, signal, sys
    from idgraph.stores.duckdb import DuckDBStore, connection, writing
    from tests.idgraph.stores.test_duckdb_crash import second
    die_at, count = int(sys.argv[2]), 0

    class Counting:
        def __init__(self, inner):
            self.inner = inner
        def __getattr__(self, name):
            return getattr(self.inner, name)
        def execute(self, *statement):
            global count
            count += 1
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return self.inner.execute(*statement)

    true = connection.connect
    def connect(spill=None):
        return Counting(true(spill))
    connection.connect = writing.connect = connect
    print("begin", flush=True)
    second(DuckDBStore(sys.argv[1]))
    print(count, flush=True)
"""


def first(store):
    load(store, _state(range(PEOPLE), "ops"), observed_at=day(1))


def second(store):
    load(store, _state(range(100, PEOPLE + 100), "staff"), observed_at=day(2))


def _state(people, of):
    names = [f"p{at}" for at in people]
    return [
        *(user(name, department=of) for name in names),
        group(of),
        *(member(name, of) for name in names),
        *complete(),
    ]


def _run(path, die_at=0):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LOAD), str(path), str(die_at)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A store with its first state, how many statements the second takes, and how long."""
    folder = tmp_path_factory.mktemp("once")
    first(DuckDBStore(folder / "first.duckdb"))
    shutil.copy(folder / "first.duckdb", folder / "both.duckdb")
    with _run(folder / "both.duckdb") as process:
        process.stdout.readline()
        started = time.monotonic()
        out, error = process.communicate()
    took = time.monotonic() - started
    assert process.returncode == 0, error
    return folder / "first.duckdb", int(out), took


def _one_state(path, *, committed):
    """Check that one whole state is there, and that the next load works; return which."""
    store = DuckDBStore(path)
    head = store.head()
    assert head in committed
    of = {1: "ops", 2: "staff"}[head]
    graph, rows = store.graph(), store.observations()
    assert (graph.n, graph.m) == (PEOPLE + 1, PEOPLE)
    assert f"group-{of}" in graph.ids
    assert (len(rows.nodes), len(rows.edges)) == (PEOPLE + 1, PEOPLE)
    assert store.projection().ptr[-1] == PEOPLE
    assert len(store.loads()) == head
    second(store)
    again = DuckDBStore(path)
    assert again.head() == head + 1
    assert "group-staff" in again.graph().ids
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return head


POINTS = 24  # statements out of some eighty, spread evenly and ending with the last


@pytest.mark.slow
@pytest.mark.parametrize("share", range(1, POINTS + 1))
def test_killed_at_any_statement_one_committed_state_is_left(once, tmp_path, share):
    source, statements, _ = once
    path = tmp_path / "store.duckdb"
    shutil.copy(source, path)
    die_at = round(statements * share / POINTS)
    with _run(path, die_at) as process:
        _, error = process.communicate()
    assert process.returncode == -9, error
    _one_state(path, committed={1, 2})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_any_moment_one_committed_state_is_left(once, tmp_path, seed):
    source, _, took = once
    path = tmp_path / "store.duckdb"
    shutil.copy(source, path)
    with _run(path) as process:
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, took * 1.05))  # noqa: S311  not a secret
        process.kill()
    _one_state(path, committed={1, 2})


@pytest.mark.slow
def test_killed_during_the_first_load_there_is_no_store_or_an_empty_one(tmp_path):
    for at in range(1, 40, 3):
        path = tmp_path / f"{at}" / "store.duckdb"
        path.parent.mkdir()
        with _run(path, at):
            pass
        store = DuckDBStore(path)
        if path.exists():
            assert (store.head(), store.graph().n) == (0, 0)
        first(store)
        assert store.graph().m == PEOPLE
        assert [each.name for each in path.parent.iterdir()] == [path.name]
