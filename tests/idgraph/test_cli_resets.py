"""Logs loaded, resets listed and started from, as one types it."""

from __future__ import annotations

import gzip
import json
import os
import shutil

import pytest

import idgraph
from idgraph.errors import InputError, UnknownNameError
from idgraph.views.terminal import resets as terminal
from tests.idgraph.commands import run
from tests.loaders.logs import ADA, OMAR, TENANT, audit, sign_in, user

EVIL = "eve\x1b[31m\u202e@acme.example"


def write(folder, name, document):
    path = folder / name
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store of a directory of two, with a log, sign-ins and a ticket; to be read."""
    folder = tmp_path_factory.mktemp("resets")
    records = [
        {
            "kind": "AZTenant",
            "data": {"id": f"/tenants/{TENANT}", "tenantId": TENANT, "collected": True},
        },
        *(
            {
                "kind": "AZUser",
                "data": {
                    "id": node,
                    "tenantId": TENANT,
                    "displayName": name,
                    "userPrincipalName": f"{name.lower()}@acme.example",
                },
            }
            for node, name in ((ADA, "Ada"), (OMAR, "Omar"))
        ),
    ]
    export = {"data": records, "meta": {"type": "azure", "version": 5, "count": len(records)}}
    log = [
        audit(1),
        audit(2, targetResources=[user("", EVIL[:-13])], activityDateTime="2026-11-20T13:00:00Z"),
        audit(3, result="failure"),
        audit(4, activityDisplayName="Update lunch menu"),
    ]
    ticket = (
        "ticket,identity,method,requester,approvers,executors,proof,executed_at\n"
        "NL-1,ada@acme.example,password_admin,ada@acme.example,omar@acme.example,"
        "omar@acme.example,knowledge,2026-11-20T12:00:00Z\n"
    )
    signed_in = sign_in(1, createdDateTime="2026-11-20T12:09:00Z")
    where = folder / "store.duckdb"
    for loader, name, document in (
        ("azurehound", "tenant.json", export),
        ("entra_audit", "audit.json", log),
        ("entra_signins", "signins.json", {"value": [signed_in]}),
        ("tickets_csv", "tickets.csv", ticket),
    ):
        said = run("load", loader, write(folder, name, document), "--store", where)
        assert said.code == 0, said.err
    return where


def test_resets_are_listed_with_their_parties_and_findings(store):
    said = run("resets", "--store", store)

    assert said.code == 0
    assert said.out.startswith("2 resets of 2 identities, 2 with something wrong.")
    assert "password_admin of Ada" in said.out
    assert "requested by Ada · approved by Omar · executed by Omar" in said.out
    assert "SELF_EXECUTED: Omar" in said.out
    assert "ticket NL-1" in said.out
    assert "Tried and failed, not listed: 1" in said.out
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out


def test_the_json_is_the_answer_and_nothing_else(store):
    said = run("resets", "--store", store, "--json")

    first = said.json["resets"][0]
    assert first["identity"] == {"id": ADA, "name": "Ada"}
    assert (first["method"], first["ticket"]) == ("password_admin", "NL-1")
    assert first["first_use_at"] == "2026-11-20T12:09:00Z"
    assert [each["code"] for each in first["findings"]] == ["SELF_EXECUTED"]
    assert said.json["refused"] == 1
    assert set(said.json) == {"resets", "counts", "refused", "notes", "coverage"}


@pytest.fixture
def own(store, tmp_path):
    """Return a copy of the store, to be written."""
    return shutil.copyfile(store, tmp_path / "own.duckdb")


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--identity", "ADA@acme.example"), 1),
        (("--identity", ADA), 1),
        (("--identity", "Ada"), 1),
        (("--identity", "Omar"), 0),
        (("--window", "2026-11-20T12:30Z.."), 1),
        (("--window", "2026-11-21.."), 0),
        (("--window", "..2026-11-20", "--identity", "ada"), 1),
    ],
)
def test_resets_are_chosen_by_identity_and_window(store, words, count):
    assert len(run("resets", "--store", store, "--json", *words).json["resets"]) == count


def test_an_identity_that_only_a_log_knows_is_found_by_its_name_there(store):
    (found,) = idgraph.open(store).resets(identity=EVIL)

    assert found.codes[0] == "IDENTITY_NOT_IN_GRAPH"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("resets", "--identity", "nobody"), "identity 'nobody' is not in the graph."),
        (("resets", "--window", "2026"), "is not written as FROM..TO"),
        (("reach", "--reset-event", "NL-2"), "reset event 'NL-2' is not known. Did you mean NL-1?"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(store, words, sentence):
    said = run(*words, "--store", store)

    assert said.code == 2
    assert sentence in said.sentence


def test_a_reach_from_nobody_says_how_the_command_is_written(store):
    said = run("reach", "--store", store)

    assert said.code == 2
    assert "Usage: idgraph reach" in said.err
    assert "--reset-event" in said.err


def test_a_reach_from_a_reset_takes_whom_and_how_from_it_and_says_so(store):
    said = run("reach", "--reset-event", "NL-1", "--store", store)
    asked = run("reach", "--reset-event", "Directory_1", "--store", store, "--json")
    typed = run("reach", ADA, "--reset", "password_admin", "--store", store, "--json")

    assert said.code == 0
    assert said.out.startswith(
        "From the reset Directory_1: 2026-11-20T12:00:00Z: password_admin of"
    )
    answer = asked.json
    assert answer["scenario"].pop("reset_event") == "Directory_1"
    assert answer == typed.json


def test_the_reset_is_the_first_thing_that_an_explanation_says(store):
    explorer = idgraph.open(store)

    answer = explorer.reach(reset_event="NL-1")

    assert answer.explain().startswith("From the reset Directory_1: ")
    assert answer.event.method == answer.scenario.reset == "password_admin"
    assert explorer.reach(ADA).from_reset == ""
    with pytest.raises(UnknownNameError):
        explorer.reach(reset_event="Directory_9")
    with pytest.raises(InputError):
        explorer.reach()


def test_names_that_nobody_knows_are_listed_by_the_load(own, store):
    said = run("load", "entra_audit", store.with_name("audit.json"), "--store", own, "--json")

    assert said.json["ignored"] == {"Update lunch menu": 1}
    assert said.json["accepted"] == 3


def test_an_older_part_of_a_log_may_be_loaded_later(tmp_path):
    where, early, late = tmp_path / "logs.duckdb", tmp_path / "early.json", tmp_path / "late.json"
    for number, path in enumerate((early, late)):
        write(tmp_path, path.name, [audit(number, targetResources=[user(ADA, f"u{number}")])])
    os.utime(early, (1_760_000_000, 1_760_000_000))

    assert run("load", "entra_audit", late, "--store", where).code == 0
    assert run("load", "entra_audit", early, "--store", where).code == 0
    assert len(idgraph.open(where).store.events()) == 2
    said = run("load", "entra_audit", early, "--store", where, "--observed-at", "2025-01-01")
    assert (said.code, "is older than what the store holds" in said.sentence) == (2, True)


@pytest.mark.parametrize("cut", [10, 200])
def test_half_a_log_is_refused_and_nothing_is_stored(own, tmp_path, cut):
    packed = gzip.compress(json.dumps([audit(n) for n in range(50)]).encode())
    half = tmp_path / "half.json.gz"
    half.write_bytes(packed[:-cut])
    before = len(idgraph.open(own).loads().loads)

    said = run("load", "entra_audit", half, "--store", own)

    assert said.code == 2
    assert "half.json.gz cannot be read or unpacked" in said.sentence
    assert len(idgraph.open(own).loads().loads) == before


def test_a_log_without_any_directory_is_an_answer_too(tmp_path):
    where = tmp_path / "logs.duckdb"
    run("load", "entra_audit", write(tmp_path, "audit.json", [audit(1)]), "--store", where)

    said = run("resets", "--store", where)

    assert said.code == 0
    assert "password_admin of ada@acme.example" in said.out
    assert "Not known: who asked and who approved" in said.out


def test_what_was_cut_from_the_list_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "SHOWN", 2)
    where = tmp_path / "logs.duckdb"
    log = [
        audit(n, targetResources=[user(f"{n:08}-0000-4000-8000-000000000000", "x")])
        for n in range(5)
    ]
    run("load", "entra_audit", write(tmp_path, "audit.json", log), "--store", where)

    assert "and 3 more: --json has all" in run("resets", "--store", where).out
