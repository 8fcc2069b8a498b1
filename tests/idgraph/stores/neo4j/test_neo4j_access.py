"""Who is asked for what: credentials, encryption, and questions that cannot write."""

from __future__ import annotations

import getpass
import sys
from types import SimpleNamespace

import neo4j
import pytest

from idgraph import explorer
from idgraph.errors import StoreError
from idgraph.stores import open_store
from idgraph.stores.neo4j import Neo4jStore, credentials, reading
from idgraph.stores.neo4j.address import address
from idgraph.stores.neo4j.connection import Server
from idgraph.stores.neo4j.replica import Replica
from tests.neo4j.company import loading
from tests.neo4j.examples import load_all

URI = "neo4j+s://graph.example.com"


class KeyringError(Exception):
    """As the package keyring names what goes wrong."""


@pytest.fixture
def alone(monkeypatch):
    """No credentials in the environment, no keyring, nobody to be asked."""
    for name in ("NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: False, raising=False)
    return monkeypatch


def keep_in_keyring(monkeypatch, found) -> list[tuple[str, str]]:
    """Put a keyring there; it answers with a password, or fails. Return what it is asked."""
    asked = []

    def get_password(service: str, user: str):
        asked.append((service, user))
        if isinstance(found, Exception):
            raise found
        return found

    fake = SimpleNamespace(
        get_password=get_password, errors=SimpleNamespace(KeyringError=KeyringError)
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return asked


def answer_the_prompt(monkeypatch, typed) -> list[str]:
    """Put somebody there who types a password, or leaves. Return what they are asked."""
    asked = []

    def prompt(text: str, stream=None):
        asked.append(text)
        assert stream is sys.stderr
        if isinstance(typed, type):
            raise typed
        return typed

    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", prompt)
    return asked


def test_the_environment_comes_first(alone):
    asked = keep_in_keyring(alone, "of-the-keyring")
    alone.setenv("NEO4J_USERNAME", "ada")
    alone.setenv("NEO4J_PASSWORD", "of-the-environment")

    assert credentials.credentials(URI) == ("ada", "of-the-environment")
    assert not asked


def test_the_keyring_comes_next_and_is_asked_for_this_server_and_user(alone):
    asked = keep_in_keyring(alone, "of-the-keyring")
    prompts = answer_the_prompt(alone, "typed")

    assert credentials.credentials(URI) == ("neo4j", "of-the-keyring")
    assert asked == [(f"idgraph:{URI}", "neo4j")]
    assert not prompts


@pytest.mark.parametrize("found", [None, "", KeyringError("locked")])
def test_a_keyring_that_knows_nothing_leads_to_the_prompt(alone, found):
    keep_in_keyring(alone, found)
    prompts = answer_the_prompt(alone, "typed")

    assert credentials.credentials(URI) == ("neo4j", "typed")
    assert prompts == [f"Password of neo4j at {URI}: "]


@pytest.mark.parametrize("typed", ["", EOFError])
def test_who_types_nothing_is_told_what_to_set(alone, typed):
    answer_the_prompt(alone, typed)

    with pytest.raises(StoreError, match="is not known") as caught:
        credentials.credentials(URI)
    assert "NEO4J_PASSWORD" in str(caught.value)


def test_without_a_terminal_nobody_is_asked(alone):
    alone.setattr(getpass, "getpass", lambda *_, **__: pytest.fail("asked"))

    with pytest.raises(StoreError, match="is not known") as caught:
        Neo4jStore(URI).head()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("host", ["ada@graph.example.com", "ada:secret@graph.example.com", "@h"])
def test_a_url_with_credentials_is_refused_and_not_repeated(host):
    with pytest.raises(StoreError, match="holds credentials") as caught:
        open_store(f"neo4j+s://{host}?graph=x")

    assert "ada" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "encrypted"),
    [
        ("neo4j://graph.example.com", True),
        ("bolt://graph.example.com:7687", True),
        ("bolt://10.0.0.5", True),
        ("neo4j://127.0.0.1.example.com", True),
        ("neo4j://localhost.example.com", True),
        ("bolt://0.0.0.0", True),
        ("neo4j://graph.example.com?tls=on", True),
        ("bolt://localhost?tls=on", True),
        ("neo4j://graph.example.com?tls=off", False),
        ("bolt://localhost", False),
        ("bolt://LOCALHOST:7687", False),
        ("neo4j://127.0.0.1:7687", False),
        ("neo4j://127.8.8.8", False),
        ("neo4j://[::1]:7687", False),
    ],
)
def test_what_leaves_this_machine_is_encrypted_unless_told_otherwise(url, encrypted, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    given = {}
    monkeypatch.setattr(
        neo4j.GraphDatabase, "driver", lambda uri, **options: given.update(options, uri=uri)
    )
    Server(address(url))._new_driver()

    assert given.get("encrypted", False) is encrypted
    assert "tls" not in given["uri"]


@pytest.mark.parametrize("scheme", ["neo4j+s", "neo4j+ssc", "bolt+s", "bolt+ssc"])
def test_a_scheme_that_encrypts_is_left_to_the_driver(scheme, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    given = {}
    monkeypatch.setattr(
        neo4j.GraphDatabase, "driver", lambda uri, **options: given.update(options, uri=uri)
    )
    Server(address(f"{scheme}://graph.example.com?tls=off"))._new_driver()

    assert given["uri"] == f"{scheme}://graph.example.com"
    assert "encrypted" not in given


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(neo4j_url):
    with pytest.raises(StoreError, match="cannot be reached over TLS") as caught:
        Neo4jStore(f"{neo4j_url}&tls=on").head()

    assert "tls=off" in str(caught.value)


@pytest.fixture
def graph_url(neo4j_url):
    """The URL of a graph with three loads in it."""
    with Neo4jStore(neo4j_url) as store:
        load_all(store, [loading(number) for number in (1, 2, 3)])
    return neo4j_url


def ask_everything(asked) -> None:
    """Ask a store and its explorer every question there is."""
    store = asked.store
    for as_of in (None, "2026-01-02T00:00:00Z"):
        store.head(as_of), store.observations(as_of), store.snapshot(as_of)
        store.coverage(as_of), store.aliases(as_of), store.events(as_of)
        store.node_details(["u2"], as_of)
        for profile in ("strict", "bloodhound"):
            store.graph(as_of=as_of, profile=profile)
            store.rows_behind([0], as_of=as_of, profile=profile)
    store.loads(), store.rejects(1), store.conflicts(1), store.evidence([1, 2])
    store.size(), store.guard_sets(), store.out_edges(["u2"]), store.found(["u2"])
    store.named("u2")
    for engine in ("memory", "server"):
        asked.reach("u2", engine=engine).to_json(all_objects=True)
        asked.path("u2", "g4", engine=engine).to_json()
    asked.unowned(), asked.coverage(), asked.loads(), asked.owners()
    asked.cypher("kinds_of_edges")


def test_every_question_is_asked_in_read_access_mode(graph_url, monkeypatch):
    modes = []
    session = neo4j.Driver.session

    def watched(self, **options):
        modes.append(options["default_access_mode"])
        return session(self, **options)

    monkeypatch.setattr(neo4j.Driver, "session", watched)
    for read_only in (False, True):
        with Neo4jStore(graph_url, read_only=read_only) as store:
            ask_everything(explorer.Explorer(store))

    assert len(modes) > 50
    assert set(modes) == {neo4j.READ_ACCESS}


def test_the_server_refuses_to_write_in_read_access_mode(graph_url):
    with (
        Neo4jStore(graph_url) as store,
        pytest.raises(StoreError, match="could not do what was asked"),
    ):
        store.server.read(lambda transaction: transaction.run("CREATE (:Trap)").consume())


def test_a_question_walked_over_the_store_reads_only_what_it_reaches(graph_url, monkeypatch):
    tables = []
    shown_at, follow = reading.shown_at, Replica.follow

    def watched(server, number, rules=None, tables_=(*reading.TABLES,), **more):
        tables.extend(more.get("tables", tables_))
        return shown_at(server, number, rules, more.get("tables", tables_))

    def books_only(self, server, head, *, rows):
        assert not rows
        return follow(self, server, head, rows=rows)

    monkeypatch.setattr(reading, "shown_at", watched)
    monkeypatch.setattr(Replica, "follow", books_only)
    with Neo4jStore(graph_url) as store:
        answer = explorer.Explorer(store).reach("3@X", engine="server")
        told = answer.to_json(all_objects=True)

    assert told["reached"]
    assert set(tables) == {"shown_guards"}
