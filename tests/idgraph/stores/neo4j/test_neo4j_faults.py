"""Whatever is cut off, the last good state stays readable, and the next load cleans up."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from idgraph.errors import StoreBusyError, StoreError, StoreVersionError
from idgraph.stores.duckdb import DuckDBStore
from idgraph.stores.neo4j import Neo4jStore, connection
from tests.neo4j.company import loading
from tests.neo4j.examples import load_all
from tests.neo4j.faults import Proxy, at_every_batch, nothing
from tests.neo4j.likeness import assert_alike, assert_cypher_sees


@pytest.fixture
def embedded(tmp_path):
    return DuckDBStore(tmp_path / "twin.duckdb")


@pytest.fixture
def shared(neo4j_url):
    with Neo4jStore(neo4j_url) as store:
        yield store


def load(number: int, *stores) -> None:
    for store in stores:
        load_all(store, [loading(number)])


def assert_good(url: str, embedded, neo4j_server) -> None:
    """Both stores answer alike, and Cypher sees what Python sees."""
    with Neo4jStore(url) as reader, neo4j_server.driver() as driver:
        assert_cypher_sees(driver, reader.server.address.graph, embedded.projection())
        assert_alike(embedded, reader, ("strict",))


def test_nothing_is_seen_before_the_head_moves(
    neo4j_url, neo4j_server, embedded, shared, monkeypatch
):
    load(1, embedded, shared)
    before = embedded.projection()
    batches = []

    def look(number: int) -> None:
        batches.append(number)
        with neo4j_server.driver() as driver:
            assert_cypher_sees(driver, shared.server.address.graph, before)
        with Neo4jStore(neo4j_url) as reader:
            assert reader.head() == 1

    with monkeypatch.context() as patched:
        at_every_batch(patched, look, nothing)
        load(2, shared)
    load(2, embedded)

    assert len(batches) > 5
    assert_good(neo4j_url, embedded, neo4j_server)


def test_a_server_killed_and_restarted_under_a_load_is_waited_for(
    neo4j_url, mortal_server, embedded, shared, monkeypatch
):
    load(1, embedded, shared)
    shared.server.patience = 120.0

    def strike(number: int) -> None:
        if number == 5:
            mortal_server.machine.kill()
            threading.Thread(target=mortal_server.machine.start).start()

    shared.close()
    with monkeypatch.context() as patched:
        at_every_batch(patched, strike, nothing)
        load(2, shared)
    load(2, embedded)

    assert_good(neo4j_url, embedded, mortal_server)


def test_a_server_that_stays_away_costs_the_load_and_nothing_else(
    neo4j_url, mortal_server, embedded, monkeypatch
):
    shared = Neo4jStore(neo4j_url, patience=2.0)
    load(1, embedded, shared)

    def strike(number: int) -> None:
        if number == 6:
            mortal_server.machine.kill()

    with monkeypatch.context() as patched:
        at_every_batch(patched, strike, nothing)
        with pytest.raises(StoreError, match="cannot be reached, or stopped answering"):
            load(2, shared)
    mortal_server.machine.start()

    assert_good(neo4j_url, embedded, mortal_server)
    load(3, embedded, shared)
    assert_good(neo4j_url, embedded, mortal_server)
    shared.close()


@pytest.mark.parametrize("cut_after", [7_000, 12_000, 17_000])
def test_a_connection_cut_in_a_batch_is_taken_up_again(
    neo4j_url, neo4j_server, embedded, shared, cut_after
):
    load(1, embedded, shared)
    proxy = Proxy(neo4j_server.uri, cut_after)
    with Neo4jStore(f"{proxy.uri}?{neo4j_url.partition('?')[2]}") as cut:
        load(2, cut)
    load(2, embedded)
    proxy.close()

    assert proxy.cuts == 1
    assert_good(neo4j_url, embedded, neo4j_server)


@pytest.mark.parametrize("from_last", [0, 1, 5])
def test_a_batch_whose_answer_was_lost_is_not_written_twice(
    neo4j_url, neo4j_server, embedded, shared, monkeypatch, from_last
):
    load(1, embedded, shared)
    batches = []
    with Neo4jStore(f"{neo4j_url}-dry") as dry, monkeypatch.context() as patched:
        load(1, dry)
        at_every_batch(patched, batches.append, nothing)
        load(2, dry)
    proxy = Proxy(neo4j_server.uri)

    def lose(number: int) -> None:
        proxy.loses_answer |= number == max(batches) - from_last and not proxy.cuts

    with Neo4jStore(f"{proxy.uri}?{neo4j_url.partition('?')[2]}") as cut:
        at_every_batch(monkeypatch, lose, nothing)
        load(2, cut)
    load(2, embedded)
    proxy.close()

    assert proxy.cuts == 1
    assert_good(neo4j_url, embedded, neo4j_server)


def die(url: str, batch: int, moment: str, number: int) -> int:
    command = [sys.executable, "-m", "tests.neo4j.dying_client", url, str(batch), moment]
    return subprocess.run([*command, str(number)], check=False, timeout=120).returncode


@pytest.mark.slow
def test_a_client_killed_before_any_batch_leaves_the_last_good_state(
    neo4j_url, neo4j_server, embedded, shared
):
    load(1, embedded, shared)
    batch = 1
    while die(neo4j_url, batch, "before", 2) == -signal.SIGKILL:
        with Neo4jStore(neo4j_url) as reader, neo4j_server.driver() as driver:
            assert reader.head() == 1
            graph = reader.server.address.graph
            assert_cypher_sees(driver, graph, embedded.projection())
        batch += 1
    load(2, embedded)
    assert batch > 5
    assert_good(neo4j_url, embedded, neo4j_server)
    load(3, embedded, shared)
    assert_good(neo4j_url, embedded, neo4j_server)


@pytest.mark.slow
def test_a_client_killed_when_the_head_has_moved_has_loaded(
    neo4j_url, neo4j_server, embedded, shared, monkeypatch
):
    batches = []
    with monkeypatch.context() as patched, Neo4jStore(f"{neo4j_url}-dry") as dry:
        load(1, dry)
        at_every_batch(patched, batches.append, nothing)
        load(2, dry)
    load(1, embedded, shared)
    assert die(neo4j_url, max(batches), "after", 2) == -signal.SIGKILL
    load(2, embedded)
    assert_good(neo4j_url, embedded, neo4j_server)
    load(3, embedded, shared)
    assert_good(neo4j_url, embedded, neo4j_server)


@pytest.mark.slow
def test_a_client_killed_at_random_moments_leaves_the_last_good_state(
    neo4j_url, neo4j_server, embedded, shared
):
    load(1, embedded, shared)
    chance = random.Random(4)  # noqa: S311  moments, not secrets
    for _ in range(4):
        command = [sys.executable, "-m", "tests.neo4j.dying_client", neo4j_url, "0", "before", "2"]
        client = subprocess.Popen(command)
        time.sleep(chance.uniform(0.8, 4.0))
        os.kill(client.pid, signal.SIGKILL)
        client.wait()
        with Neo4jStore(neo4j_url) as reader, neo4j_server.driver() as driver:
            if reader.head() == 2:
                load(2, embedded) if embedded.head() == 1 else None
            graph = reader.server.address.graph
            assert_cypher_sees(driver, graph, embedded.projection())
            if embedded.head() == 2:
                break
    load(3, embedded, shared)
    assert_good(neo4j_url, embedded, neo4j_server)


def test_a_load_that_is_left_leaves_nothing(neo4j_url, neo4j_server, embedded, shared):
    load(1, embedded, shared)
    with shared.begin(loading(2).source, observed_at="2026-01-02T00:00:00Z") as writing:
        writing.write(loading(2).records)

    assert_good(neo4j_url, embedded, neo4j_server)


def test_one_writer_at_a_time(neo4j_url, shared):
    with (
        Neo4jStore(neo4j_url) as other,
        shared.begin(loading(1).source, observed_at="2026-01-01T00:00:00Z") as writing,
    ):
        with pytest.raises(StoreBusyError, match="is being loaded by another process"):
            other.begin(loading(1).source, observed_at="2026-01-01T00:00:00Z")
        writing.abort()
        other.begin(loading(1).source, observed_at="2026-01-01T00:00:00Z").abort()


def test_a_writer_whose_lease_expired_writes_no_more(neo4j_url, neo4j_server, embedded, shared):
    slow = shared.begin(loading(1).source, observed_at="2026-01-01T00:00:00Z")
    slow.write(loading(2).records)
    with neo4j_server.driver() as driver:
        driver.execute_query(
            "MATCH (now:IdGraphHead {graph: $graph}) SET now.lease_until = 0",
            graph=shared.server.address.graph,
        )
    with Neo4jStore(neo4j_url) as quick:
        load(1, embedded, quick)

    with pytest.raises(StoreBusyError, match="was taken over"):
        slow.commit()
    assert_good(neo4j_url, embedded, neo4j_server)


def test_a_graph_of_a_newer_idgraph_is_refused(neo4j_url, neo4j_server, shared):
    load(1, shared)
    with neo4j_server.driver() as driver:
        driver.execute_query(
            "MATCH (now:IdGraphHead {graph: $graph}) SET now.form = 99",
            graph=shared.server.address.graph,
        )

    for ask in (shared.graph, lambda: load(2, shared)):
        with pytest.raises(StoreVersionError, match="newer idgraph"):
            ask()


def one_sentence(error: StoreError, *secrets: str) -> str:
    text = str(error)
    assert error.exit_code == 2
    assert "\n" not in text
    assert not [secret for secret in secrets if secret in text]
    return text


def test_a_wrong_password_is_said_in_one_sentence(neo4j_url, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "not-the-password")
    with pytest.raises(StoreError) as caught:
        Neo4jStore(neo4j_url).head()

    assert "does not accept the user name and password" in one_sentence(
        caught.value, "not-the-password"
    )


def test_a_wrong_database_is_said_in_one_sentence(neo4j_url):
    with pytest.raises(StoreError) as caught:
        Neo4jStore(f"{neo4j_url}&database=nowhere").head()

    assert "has no database named 'nowhere'" in one_sentence(caught.value)


def test_an_unreachable_host_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "secret-password")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StoreError) as caught:
        Neo4jStore(f"neo4j://127.0.0.1:{port}").head()

    assert "cannot be reached" in one_sentence(caught.value, "secret-password")
    assert time.monotonic() - started < 20


def test_an_old_server_is_said_in_one_sentence(neo4j_url, monkeypatch):
    monkeypatch.setattr(connection, "OLDEST_SERVER", (9999, 1))
    with pytest.raises(StoreVersionError) as caught:
        Neo4jStore(neo4j_url).head()

    assert "which is too old" in one_sentence(caught.value)


def answer_once(listener: socket.socket, answer: bytes) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(1024)
        client.sendall(answer)


@pytest.mark.parametrize("answer", [b"\0\0\0\0", b"\0\0\0\2", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_speaks_no_known_bolt_is_said_in_one_sentence(monkeypatch, answer):
    monkeypatch.setenv("NEO4J_PASSWORD", "secret-password")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer_once, args=(listener, answer), daemon=True).start()
        with pytest.raises(StoreError) as caught:
            Neo4jStore(f"bolt://127.0.0.1:{listener.getsockname()[1]}").head()

    one_sentence(caught.value, "secret-password")


def test_a_graph_that_is_not_there_is_said_in_one_sentence(neo4j_url):
    with pytest.raises(
        StoreError, match=r"no graph named 'test-.*' at bolt://.* was found"
    ) as caught:
        Neo4jStore(neo4j_url).graph()

    one_sentence(caught.value)
