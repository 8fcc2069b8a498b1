"""What can be wrong with a DuckDB file, its folder, or the others who use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from idgraph import derive
from idgraph.errors import StoreBusyError, StoreError, StoreVersionError
from idgraph.stores import open_store
from idgraph.stores.duckdb import DuckDBStore, lease, schema
from tests.idgraph.stores.tenant import SOURCE, complete, day, edges_of, group, load, member, user

ROOT = Path(__file__).parents[3]
TENANT = [user("ada"), group("ops"), member("ada", "ops"), *complete()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "it's a store.duckdb"


@pytest.fixture
def store(path):
    return DuckDBStore(path, patience=0.3)


@pytest.fixture
def loaded(store):
    load(store, TENANT)
    return store


def _sql(path, statement, *values):
    with duckdb.connect(str(path)) as connection:
        return connection.execute(statement, values).fetchall()


def _says(caught, *words):
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert caught.value.hint
    assert "\n" not in text
    assert "Traceback" not in text


def _in_process(code, *arguments, **more):
    """Run Python that may import idgraph; return the process, its output as text."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **more,
    )


HOLD = """
    import duckdb, sys
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{sys.argv[1]}' AS held {sys.argv[2]}")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(request):
    """Let another process hold a file until the test ends."""
    processes = []

    def hold(path, mode):
        process = _in_process(HOLD, str(path).replace("'", "''"), mode)
        processes.append(process)
        assert process.stdout.readline() == "held\n", process.stderr.read()
        return process

    yield hold
    for process in processes:
        with process:  # closes the pipes and waits
            pass


# What is not there, or is something else


def test_a_store_that_is_not_there_says_how_to_make_one(store, path):
    for ask in (store.loads, store.graph, store.head, store.observations):
        with pytest.raises(StoreError) as caught:
            ask()
        _says(caught, f"no store at {path}", "Load something first: idgraph load azurehound FILE")
        assert caught.value.exit_code == 2
    assert not path.exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError) as caught:
        load(DuckDBStore(tmp_path / "none" / "x.duckdb"), TENANT)
    _says(caught, str(tmp_path / "none"), "does not exist", "Create it")


def test_a_folder_is_not_a_store(tmp_path):
    (tmp_path / "x.duckdb").mkdir()
    store = DuckDBStore(tmp_path / "x.duckdb")
    for ask in (store.loads, lambda: load(store, TENANT)):
        with pytest.raises(StoreError) as caught:
            ask()
        _says(caught, "is a folder")


@pytest.mark.parametrize("content", [b"", b"hello", b"hello" * 10_000, bytes(20_000)])
def test_a_file_that_is_not_duckdb_is_said_to_be_none(store, path, content):
    path.write_bytes(content)
    for ask in (store.loads, lambda: load(store, TENANT)):
        with pytest.raises(StoreError) as caught:
            ask()
        _says(caught, "is not a DuckDB file")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "table", ["t (a INTEGER)", "meta (a INTEGER)", "meta (schema_version TEXT)"]
)
def test_somebody_elses_duckdb_file_is_left_alone(store, path, table):
    _sql(path, f"CREATE TABLE {table}")
    for ask in (store.loads, lambda: load(store, TENANT)):
        with pytest.raises(StoreError) as caught:
            ask()
        _says(caught, "not a store of idgraph")


@pytest.mark.parametrize("keep", [5000, 12_288, 20_000])
def test_a_truncated_file_is_called_damaged(loaded, path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StoreError) as caught:
        loaded.graph()
    _says(caught, "is damaged", "Restore it")


def test_flipped_bits_never_end_in_a_traceback(loaded, path):
    content = bytearray(path.read_bytes())
    for at in range(4096 * 3, len(content), 97):
        content[at] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        loaded.observations()
    _says(caught, str(path))


def test_a_newer_store_is_refused_untouched(loaded, path):
    _sql(path, "UPDATE meta SET schema_version = ?", schema.SCHEMA_VERSION + 1)
    for ask in (loaded.graph, lambda: load(loaded, TENANT)):
        with pytest.raises(StoreVersionError) as caught:
            ask()
        _says(caught, "newer idgraph", "Upgrade")
    assert _sql(path, "SELECT schema_version FROM meta") == [(schema.SCHEMA_VERSION + 1,)]
    assert _sql(path, "SELECT count(*) FROM loads") == [(1,)]


@pytest.mark.parametrize("ask", ["graph", "begin"])
def test_an_older_store_is_migrated_by_whoever_comes_first(loaded, path, monkeypatch, ask):
    older = schema.SCHEMA_VERSION
    steps = ("ALTER TABLE loads ADD COLUMN note VARCHAR", "UPDATE loads SET note = 'migrated'")
    monkeypatch.setattr(schema, "SCHEMA_VERSION", older + 1)
    monkeypatch.setitem(schema.MIGRATIONS, older, steps)
    if ask == "graph":
        assert loaded.graph().m == 1
    else:
        loaded.begin(SOURCE, observed_at=day(2), observed_is_guess=False, files=[]).abort()
    assert _sql(path, "SELECT schema_version FROM meta") == [(older + 1,)]
    assert _sql(path, "SELECT note FROM loads") == [("migrated",)]


def test_a_migration_that_fails_changes_nothing(loaded, path, monkeypatch):
    older = schema.SCHEMA_VERSION
    steps = ("ALTER TABLE loads ADD COLUMN note VARCHAR", "UPDATE nowhere SET note = 1")
    with monkeypatch.context() as patch:
        patch.setattr(schema, "SCHEMA_VERSION", older + 1)
        patch.setitem(schema.MIGRATIONS, older, steps)
        with pytest.raises(StoreError):
            loaded.graph()
    assert loaded.graph().m == 1


def test_every_older_version_has_its_migration():
    assert set(schema.MIGRATIONS) == set(range(1, schema.SCHEMA_VERSION))


# Folders and files that cannot be written

UNPRIVILEGED = """
    import json, os, sys, tempfile
    from pathlib import Path
    from idgraph.errors import StoreError
    from idgraph.stores import open_store
    from tests.idgraph.stores.tenant import load
    with tempfile.TemporaryDirectory() as folder:  # so that all imports are done
        store = open_store(str(Path(folder) / "warm.duckdb"))
        load(store, [])
        store.graph(profile="bloodhound")
    if os.geteuid() == 0:  # permissions bind everybody else
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    store = open_store(sys.argv[1])
    answer = {}
    for name, ask in (("graph", lambda: store.graph().m),
                      ("other", lambda: store.graph(profile="bloodhound").m),
                      ("load", lambda: load(store, []).number)):
        try:
            answer[name] = ask()
        except StoreError as error:
            answer[name] = str(error)
    print(json.dumps(answer))
"""


@pytest.fixture
def open_folder():
    """A folder that another user could reach; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)


def _as_nobody(path):
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions work otherwise here")
    with _in_process(UNPRIVILEGED, path) as process:
        out, error = process.communicate()
    assert process.returncode == 0, error
    return json.loads(out)


def test_a_read_only_folder_can_be_read_but_not_loaded_into(open_folder):
    path = open_folder / "x.duckdb"
    load(open_store(str(path)), TENANT)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    answer = _as_nobody(path)
    assert (answer["graph"], answer["other"]) == (1, 1)
    assert "cannot be written" in answer["load"]
    assert "permissions" in answer["load"]


def test_a_store_cannot_be_made_in_a_read_only_folder(open_folder):
    open_folder.chmod(0o555)
    answer = _as_nobody(open_folder / "x.duckdb")
    assert "cannot be written" in answer["load"]
    assert list(open_folder.iterdir()) == []


def test_a_file_that_may_not_be_read_says_so(open_folder):
    path = open_folder / "x.duckdb"
    load(open_store(str(path)), TENANT)
    path.chmod(0o000)
    answer = _as_nobody(path)
    assert "cannot be read" in answer["graph"]


def test_a_store_opened_for_reading_is_never_written(loaded, path):
    before = path.read_bytes()
    reader = open_store(str(path), read_only=True)
    assert reader.graph(profile="bloodhound").m == 1
    with pytest.raises(StoreError, match="opened for reading only"):
        load(reader, TENANT)
    assert path.read_bytes() == before


# Others who use the file


def test_a_writer_in_another_process_is_waited_for_then_named(loaded, path, held):
    process = held(path, "")
    started = time.monotonic()
    for ask in (loaded.graph, lambda: load(loaded, TENANT)):
        with pytest.raises(StoreBusyError) as caught:
            ask()
        _says(caught, f"in use by another process (number {process.pid})", "Try again")
    assert time.monotonic() - started >= 2 * 0.3
    assert caught.value.exit_code == 2


def test_a_reader_in_another_process_lets_others_read_but_not_write(loaded, path, held):
    held(path, "(READ_ONLY)")
    assert loaded.graph().m == 1
    assert loaded.graph(profile="bloodhound").m == 1, "not kept, but answered"
    with pytest.raises(StoreBusyError, match="in use by another process"):
        load(loaded, TENANT)


def test_a_file_that_becomes_free_in_time_is_used(path, held):
    load(DuckDBStore(path), TENANT)
    process = held(path, "")
    threading.Timer(0.5, process.stdin.close).start()
    assert DuckDBStore(path, patience=20).graph().m == 1


def test_a_connection_of_this_very_process_is_busy_too(loaded, path):
    with duckdb.connect(str(path)), pytest.raises(StoreBusyError):
        load(loaded, TENANT)
    assert load(loaded, TENANT).number == 2


def test_several_threads_read_while_one_loads(path):
    store = DuckDBStore(path, patience=60)
    load(store, TENANT)
    faults, done = [], threading.Event()

    def read():
        while not done.is_set():
            try:
                assert store.graph().m in {1, 2}
            except Exception as fault:  # noqa: BLE001  whatever it is, the test shows it
                faults.append(fault)
                return

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    load(store, [user("bob"), member("bob", "ops")], observed_at=day(2))
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert store.graph().m == 2


def test_threads_of_one_process_take_turns(loaded):
    """A lock on a file is the process's: the first thread to close it would drop it for all."""
    faults = []

    def read():
        try:
            loaded.loads()
        except StoreBusyError as fault:
            faults.append(str(fault))

    with loaded._file.reading():
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert len(faults) == 1
    assert "another thread" in faults[0]


READ = """
    import sys
    from idgraph.stores import open_store
    for _ in range(5):
        graph = open_store(sys.argv[1]).graph()
        assert (graph.n, graph.m) in {(2, 1), (3, 2)}, graph
    print("ok")
"""


def test_several_processes_read_while_one_loads(path):
    store = DuckDBStore(path, patience=60)
    load(store, TENANT)
    readers = [_in_process(READ, path) for _ in range(3)]
    load(store, [user("bob"), member("bob", "ops")], observed_at=day(2))
    for reader in readers:
        with reader:
            out, error = reader.communicate()
        assert out == "ok\n", error


def test_a_long_load_does_not_keep_readers_out(loaded):
    with loaded.begin(SOURCE, observed_at=day(2), observed_is_guess=False, files=[]) as writing:
        writing.write([user("bob"), member("bob", "ops")])
        assert loaded.graph().m == 1
        writing.commit()
    assert loaded.graph().m == 2


# One writer at a time


def _begin(store, at=2):
    return store.begin(SOURCE, observed_at=day(at), observed_is_guess=False, files=[])


def test_a_second_writer_is_refused_while_the_first_lives(loaded):
    with _begin(loaded) as first:
        with pytest.raises(StoreBusyError) as caught:
            _begin(loaded)
        _says(caught, "is being loaded by process", "Wait")
        first.write(TENANT)
        assert first.commit().number == 2
    assert load(loaded, TENANT, observed_at=day(2)).number == 3


def test_an_aborted_load_frees_the_store_at_once(loaded):
    _begin(loaded).abort()
    assert load(loaded, TENANT).number == 2


DIE = """
    import os, signal, sys
    from idgraph.stores import open_store
    from tests.idgraph.stores.tenant import SOURCE, day, user
    store = open_store(sys.argv[1])
    load = store.begin(SOURCE, observed_at=day(2), observed_is_guess=False, files=[])
    load.write([user("eve")])
    folder = load._spill
    folder.mkdir()
    (folder / "spilled").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_lease_of_a_dead_writer_is_taken_over_and_its_remains_are_cleaned(loaded, path):
    with _in_process(DIE, path) as process:
        _, error = process.communicate()
    assert process.returncode == -9, error
    (path.parent / f".{path.name}.new-0123").write_text("half a store")
    (path.parent / ".other.duckdb.0123.staging").mkdir()
    left = {each.name for each in path.parent.iterdir()}
    assert any(name.endswith(".staging") for name in left - {".other.duckdb.0123.staging"})
    assert loaded.graph().ids.tolist() == ["group-ops", "user-ada"]
    with _begin(loaded) as writing:
        writing.commit()
    assert {each.name for each in path.parent.iterdir()} == {
        path.name,
        ".other.duckdb.0123.staging",
    }


def test_a_lease_this_process_forgot_is_not_held(loaded):
    writing = _begin(loaded)
    lease.forget(writing._start.token)
    assert load(loaded, TENANT, observed_at=day(2)).number == 2
    with pytest.raises(StoreBusyError, match="was taken over"):
        writing.commit()
    assert loaded.head() == 2


@pytest.mark.parametrize(
    ("change", "free"),
    [
        ("lease_until = TIMESTAMP '2020-01-01'", True),
        ("lease_host = 'elsewhere'", False),
        ("lease_host = 'elsewhere', lease_until = TIMESTAMP '2020-01-01'", True),
        ("lease_pid = 1", False),
        ("lease_pid = 99999999", True),
    ],
)
def test_who_holds_the_lease_is_decided_by_process_machine_and_expiry(loaded, path, change, free):
    writing = _begin(loaded)
    _sql(path, f"UPDATE meta SET {change}")  # noqa: S608  stated above
    if free:
        assert load(loaded, TENANT, observed_at=day(2)).number == 2
        with pytest.raises(StoreBusyError, match="was taken over by another load"):
            writing.commit()
    else:
        with pytest.raises(StoreBusyError, match="is being loaded by process"):
            load(loaded, TENANT, observed_at=day(2))
        writing.abort()
        assert load(loaded, TENANT, observed_at=day(2)).number == 2


def test_a_long_load_renews_its_lease(loaded, path, monkeypatch):
    monkeypatch.setattr(lease, "LENGTH", timedelta(seconds=0))
    with _begin(loaded) as writing:
        monkeypatch.setattr(lease, "LENGTH", timedelta(hours=1))
        writing.write([user("bob")])
        (left,) = _sql(path, "SELECT lease_until - now()::TIMESTAMP > INTERVAL 1 MINUTE FROM meta")
        assert left == (True,)
        writing.commit()


def test_a_store_in_use_at_the_end_of_a_load_can_be_told_and_tried_again(loaded, path, held):
    with _begin(loaded) as writing:
        writing.write([user("bob")])
        process = held(path, "(READ_ONLY)")
        with pytest.raises(StoreBusyError):
            writing.commit()
        with process:
            pass
    assert loaded.head() == 1
    assert load(loaded, TENANT, observed_at=day(2)).number == 2


def test_only_what_a_projection_of_the_head_or_a_few_others_needs_is_kept(loaded, path):
    for number in range(2, 12):
        load(loaded, [user("ada", department=str(number))], observed_at=day(number))
        loaded.graph(profile="bloodhound")
    kept = _sql(path, "SELECT DISTINCT data FROM projections")
    schemas = _sql(
        path, "SELECT schema_name FROM duckdb_schemas() WHERE schema_name SIMILAR TO 'p[0-9]+'"
    )
    assert len(kept) <= 6
    assert {f"p{data}" for (data,) in kept} == {name for (name,) in schemas}


def test_a_projection_of_kinds_that_are_gone_is_built_anew(loaded, path):
    _sql(path, "UPDATE p1.kinds SET name = 'GONE' WHERE name = 'MEMBER_OF'")
    assert edges_of(loaded) == {("user-ada", "MEMBER_OF", "group-ops")}
    assert loaded.projection().graph.m == 1


def test_a_projection_survives_kinds_that_are_added(loaded, monkeypatch):
    catalogue = derive.CATALOGUE
    nodes, edges = catalogue.node_kinds[::-1], catalogue.edge_kinds[::-1]
    monkeypatch.setattr(derive, "CATALOGUE", type(catalogue)(nodes=nodes, edges=edges))
    monkeypatch.setattr(derive, "derive", None)
    assert edges_of(loaded) == {("user-ada", "MEMBER_OF", "group-ops")}


# URLs


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_path_and_a_file_url_open_the_same_file(tmp_path, form, monkeypatch):
    path = tmp_path / "my store.duckdb"
    load(open_store(form.format(path).replace(" ", "%20" if "://" in form else " ")), TENANT)
    assert path.exists()
    monkeypatch.chdir(tmp_path)
    assert open_store("my store.duckdb").graph().m == 1
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store("~/my store.duckdb").graph().m == 1


@pytest.mark.parametrize(
    "url",
    ["", "store", "store.db", "postgres://host/db", "http://host/x.duckdb", ":memory:", "md:x"],
)
def test_what_is_no_store_is_answered_with_what_would_be(url):
    with pytest.raises(StoreError) as caught:
        open_store(url)
    _says(caught, ".duckdb")


def test_opening_touches_nothing(tmp_path):
    open_store(str(tmp_path / "x.duckdb"))
    assert list(tmp_path.iterdir()) == []
