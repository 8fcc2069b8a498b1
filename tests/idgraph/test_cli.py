"""Laws of the command line: what it prints where, how it ends, what a bad input leaves."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from rich.cells import cell_len

import idgraph
from idgraph.explorer import SAMPLE_FILES, SAMPLE_SEEN_AT
from idgraph.shipped import shipped
from idgraph.stores.duckdb.connection import StoreFile
from sample_data import plan, plan_incident
from sample_data.azurehound_shape import Casing
from sample_data.generate import generate
from tests.idgraph.commands import (
    IDGRAPH,
    export,
    on_a_terminal,
    run,
    start,
    typed,
    without_words,
    write,
)

SAMPLE = shipped("sample_data") / "northlight"
AZUREHOUND = SAMPLE / "azurehound.json"
ADA = plan.RESET_IDENTITY_UPN
TENANT = "11111111-1111-4111-8111-111111111111"
USER = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "aaaaaaaa-0000-4000-8000-000000000002"
APP = "bbbbbbbb-0000-4000-8000-000000000001"
PRINCIPAL = "cccccccc-0000-4000-8000-000000000001"
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069]")

QUESTIONS = {
    "reach": ("reach", ADA),
    "reach --all": ("reach", ADA, "--all"),
    "path": ("path", ADA, "nlcalibration"),
    "no path": ("path", ADA, "Ingrid Halvorsen"),
    "unowned": ("unowned",),
    "loads": ("loads",),
    "coverage": ("coverage",),
}
WITHOUT_STORE = {
    "kinds": ("kinds",),
    "one kind": ("kinds", "CAN_ADD_SECRET"),
    "loaders": ("loaders",),
}
COMMANDS = (
    "demo",
    "load",
    "loaders",
    "loads",
    "coverage",
    "lab",
    "reach",
    "path",
    "view",
    "unowned",
    "kinds",
    "resets",
    "survivors",
    "exposed",
    "rank",
    "changes",
    "diff",
    "cypher",
    "pull",
)


@pytest.fixture
def ask(sample_store):
    return lambda *words, **environment: run(*words, "--store", sample_store, **environment)


@pytest.fixture(scope="module")
def explorer(sample_store):
    return idgraph.open(sample_store)


@pytest.fixture
def new(tmp_path):
    return tmp_path / "new.duckdb"


def loads_of(store):
    return run("loads", "--store", store, "--json").json["loads"]


def tenant(*records):
    users = [("AZUser", {"id": USER, "displayName": "Ada", "tenantId": TENANT})]
    return export(("AZTenant", {"tenantId": TENANT, "collected": True}), *users, *records)


# Help.


@pytest.mark.parametrize("words", [("--help",), ("-h",), *((name, "--help") for name in COMMANDS)])
def test_every_command_has_help(words):
    said = run(*words, COLUMNS="80")

    assert said.code == 0
    assert said.out.startswith("Usage: idgraph")
    assert max(map(len, said.out.splitlines())) <= 80


def test_help_lists_every_command_in_a_whole_line():
    lines = run("--help", COLUMNS="80").out.partition("Commands:")[2].splitlines()
    listed = {line.split()[0]: line for line in lines if line.strip()}

    assert set(listed) == set(COMMANDS)
    assert next(iter(listed)) == "demo"
    assert [line for line in listed.values() if not line.endswith((".", "data."))] == []
    assert [line for line in listed.values() if line.endswith("...")] == []


def test_without_a_command_help_is_shown():
    assert "Commands:" in run().out + run().err


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert run("--version").out == f"idgraph {version('idgraph')}\n"


# JSON.


@pytest.mark.parametrize("words", QUESTIONS.values(), ids=QUESTIONS)
def test_json_is_one_document_and_nothing_else(ask, words):
    said = ask(*words, "--json")

    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    assert isinstance(said.json, dict)


@pytest.mark.parametrize("words", WITHOUT_STORE.values(), ids=WITHOUT_STORE)
def test_json_needs_no_store_where_none_is_asked(words):
    assert isinstance(run(*words, "--json").json, dict)


@pytest.mark.parametrize(
    "words", [("demo", "--json"), ("load", "azurehound", AZUREHOUND, "--json")]
)
def test_json_stays_pure_while_a_bar_is_drawn(tmp_path, words):
    said, drawn = on_a_terminal("stderr", *words, cwd=tmp_path, env={"TERM": "xterm-256color"})

    assert said.code == 0
    assert isinstance(said.json, dict)
    assert b"\x1b[" in drawn


TARGET = {"id", "kind", "name", "hops", "verdict", "guards", "assumes", "path"}
STEP = {"source", "kind", "target", "evidence", "guards", "assumes", "sentence"}
VERDICTS = {"reached", "reached_if", "cannot_tell"}


def depth(path):
    """Return the steps of a path, through a gate those of its longest leg."""
    return sum(1 + max(map(depth, step.get("legs", [])), default=0) for step in path)


@pytest.mark.parametrize("who", [ADA, "v-omar.haddad@northlight.example", "sofia brandt"])
def test_reach_keeps_its_contract(ask, who):
    answer = ask("reach", who, "--json").json
    classes = ("nhis", "privileged", "secret_stores", "data")
    rows = [row for name in classes for row in answer[name]]

    assert list(answer) == [
        "identity", "scenario", "as_of", "profile", "counts", "bounds", *classes, "coverage",
        "settles_most", *(["guards_cut"] if "guards_cut" in answer else []),
    ]  # fmt: skip
    assert set(answer["identity"]) == {"id", "kind", "name"}
    assert set(answer["scenario"]) == {"reset", "passes"}
    assert list(answer["counts"]) == [*classes, "all"]
    assert all(set(each) == VERDICTS for each in answer["counts"].values())
    assert set(answer["coverage"]) == {"loaded", "missing", "sources"}
    for each in answer["bounds"].values():
        assert each["least"] <= each["stated"] <= each["most"]
    for row in rows:
        assert set(row) - {"blind_spots", "sufficient"} == TARGET
        assert ("sufficient" in row) == (row["verdict"] == "reached_if")
        assert ("blind_spots" in row) == (row["verdict"] == "cannot_tell")
        assert row["verdict"] in VERDICTS
        assert depth(row["path"]) == row["hops"] > 0
        for step in row["path"]:
            assert set(step) - {"blind_spots", "legs"} == STEP
    for name in classes:
        counted = [row["verdict"] for row in answer[name]]
        assert answer["counts"][name] == {each: counted.count(each) for each in VERDICTS}


def test_reach_all_adds_every_platform_object(ask, sample_store):
    short, whole = (ask("reach", ADA, *more, "--json").json for more in ((), ("--all",)))
    synthetic = {
        kind.name
        for kind in idgraph.open(sample_store).graph().catalogue.node_kinds
        if kind.synthetic
    }

    assert short == {key: each for key, each in whole.items() if key != "reached"}
    assert len(whole["reached"]) == sum(whole["counts"]["all"].values())
    assert {each["kind"] for each in whole["reached"]}.isdisjoint(synthetic)
    assert all(
        set(each) - {"blind_spots"} == {"id", "kind", "name", "hops", "verdict", "guards"}
        for each in whole["reached"]
    )


def test_unowned_keeps_its_contract(ask):
    answer = ask("unowned", "--json").json

    assert list(answer) == ["unowned", "undecided"]
    for node in (*answer["unowned"], *answer["undecided"]):
        assert set(node) == {"id", "kind", "name", "reasons"}
        assert node["reasons"]
        assert all(set(each) == {"code", "claim", "evidence"} for each in node["reasons"])


def test_load_keeps_its_contract(new):
    answer = run("load", "azurehound", AZUREHOUND, "--store", new, "--json").json

    assert {"load", "source", "nodes", "edges", "accepted", "ignored", "rejected"} <= set(answer)
    assert answer["source"] == f"azurehound:{plan.TENANT_ID}"
    assert answer["rejected"] == []
    assert loads_of(new)[0] | {"accepted": 0, "rejected": 0} == {
        key: each for key, each in answer.items() if key != "values_dropped"
    } | {"accepted": 0, "rejected": 0}


# Names.


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (plan.RESET_IDENTITY, plan.RESET_IDENTITY),
        (ADA, plan.RESET_IDENTITY),
        ("Ada Marlowe", plan.RESET_IDENTITY),
        (plan.CHAIN[2], plan.CHAIN[2]),
        (plan.applications.DEPLOYER.client, plan.applications.DEPLOYER.principal),
        ("Platform Deployer", plan.applications.DEPLOYER.principal),
        (plan.applications.DEPLOYER.id, plan.applications.DEPLOYER.id),
        (plan.CHAIN[3], plan.CHAIN[3]),
        (plan.CHAIN[4], plan.CHAIN[4]),
        ("nl-build-kv", plan.CHAIN[3]),
        ("Northlight Production", plan.CHAIN[-1]),
    ],
)
@pytest.mark.parametrize("case", [str, str.upper, str.lower, str.title, "  {}  ".format])
def test_an_identity_is_found_by_every_name_in_any_case(explorer, written, meant, case):
    assert explorer.reach(case(written)).identity.id == meant


def test_identity_and_target_are_found_from_the_command_line(ask):
    for target in ("NL-BUILD-KV", plan.CHAIN[3].upper(), "platform deployer", plan.CHAIN[4]):
        said = ask("path", ADA.upper(), target, "--fail", "--json")
        assert (said.code, said.json["identity"]["id"]) == (0, plan.RESET_IDENTITY)


def test_an_ambiguous_name_lists_its_candidates(ask):
    said = ask("reach", plan.AMBIGUOUS_NAME.upper())
    first, *candidates = said.err.splitlines()

    assert (said.code, said.out) == (2, "")
    assert "2 different things" in first
    assert {each.split()[0] for each in candidates} == {each.id for each in plan.roster.WEI}
    assert all("EntraUser" in each and plan.AMBIGUOUS_NAME in each for each in candidates)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("reach", "ada.marlow@northlight.example"), ADA),
        (("reach", "Ada Marlow"), "Ada Marlowe"),
        (("path", ADA, "nl-build-kvv"), "nl-build-kv"),
        (("view", "Platform Deplyer"), "Platform Deployer"),
        (("reach", ADA, "--profile", "strct"), "strict"),
        (("reach", ADA, "--passes", "mfaa"), "mfa"),
        (("unowned", "--kind", "EntraUsr"), "EntraUser"),
        (("load", "azurehoud", AZUREHOUND), "azurehound"),
    ],
)
def test_a_mistyped_name_gets_a_hint(ask, words, meant):
    said = ask(*words)

    assert (said.code, said.out) == (2, "")
    assert said.sentence.endswith(f"Did you mean {meant}?")


def test_a_mistyped_edge_kind_gets_a_hint():
    said = run("kinds", "CAN_ADD_SECRT")

    assert said.code == 2
    assert said.sentence.endswith("Did you mean CAN_ADD_SECRET?")


@pytest.mark.parametrize(
    "words",
    [
        ("reach", "zzzzzzzzzzzzzzzzzzz"),
        ("reach", ""),
        ("reach", ADA, "--as-of", "yesterday"),
        ("reach", ADA, "--as-of", "2026-13-01"),
        ("unowned", "--as-of", "2020-01-01"),
        ("coverage", "--as-of", "2020-01-01T00:00:00Z"),
        ("reach", ADA, "--as-of", "2020-01-01"),
        ("reach", ADA, "--profile", "zzz"),
        ("reach", ADA, "--passes", "zzz"),
        ("unowned", "--kind", "zzz"),
        ("load", "zzz", AZUREHOUND),
        ("load", "azurehound", "no-such-file.json"),
        ("view", ADA, "--limit", "100000"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(ask, words):
    said = ask(*words)

    assert (said.code, said.out) == (2, "")
    assert said.sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("reach",), ("reach", ADA, "--bogus"), ("path", ADA, "x", "-k", "0")]
)
def test_a_wrong_command_line_says_how_it_is_written(words):
    said = run(*words)

    assert (said.code, said.out) == (2, "")
    assert "Usage: idgraph" in said.err
    assert "Traceback" not in said.err


def test_a_path_that_is_absent_is_an_answer_and_with_fail_an_exit_code(ask):
    words = ("path", ADA, "Ingrid Halvorsen")

    assert ask(*words).code == 0
    assert ask(*words).out.startswith("No path from Ada Marlowe to Ingrid Halvorsen")
    assert ask(*words, "--fail").code == 1
    assert ask(*words, "--fail", "--json").json["paths"] == []
    assert ask("path", ADA, "nl-build-kv", "--fail").code == 0


def test_passes_may_be_repeated_or_listed(ask):
    repeated = ask("reach", ADA, "--passes", "mfa", "--passes", "pim", "--json").json
    listed = ask("reach", ADA, "--passes", "mfa, pim,", "--json").json

    assert repeated == listed
    assert {"mfa", "pim"} < set(listed["scenario"]["passes"])


# The store.

STORE_QUESTIONS = [("reach", "x"), ("path", "x", "y"), ("unowned",), ("loads",), ("coverage",)]


@pytest.mark.parametrize("words", [*STORE_QUESTIONS, ("view", "x")])
def test_without_a_store_the_next_command_is_named(tmp_path, words):
    said = run(*words, "--store", tmp_path / "none.duckdb")

    assert (said.code, said.out) == (2, "")
    assert "idgraph load" in said.sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", STORE_QUESTIONS)
@pytest.mark.parametrize("content", [b"", b"not a store", b"x" * 10_000])
def test_a_file_that_is_no_store_is_left_alone(new, words, content):
    new.write_bytes(content)

    said = run(*words, "--store", new)

    assert (said.code, said.out) == (2, "")
    assert str(new) in said.sentence
    assert new.read_bytes() == content


def test_a_duckdb_file_of_somebody_else_is_left_alone(new):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(new)) as connection:
        connection.execute("CREATE TABLE accounts AS SELECT 1 AS number")

    asked = run("loads", "--store", new)
    loaded = run("load", "azurehound", AZUREHOUND, "--store", new)

    assert "not a store of idgraph" in asked.sentence
    assert (asked.code, loaded.code) == (2, 2)
    with duckdb.connect(str(new), read_only=True) as connection:
        assert connection.execute("SHOW TABLES").fetchall() == [("accounts",)]


@pytest.mark.parametrize("words", [*STORE_QUESTIONS, ("load", "azurehound", AZUREHOUND)])
def test_a_store_of_a_newer_version_is_refused(own_store, words):
    import duckdb

    with duckdb.connect(str(own_store)) as connection:
        connection.execute("UPDATE meta SET schema_version = 999")

    said = run(*words, "--store", own_store)

    assert (said.code, said.out) == (2, "")
    assert "newer idgraph" in said.sentence
    assert "pip install --upgrade" in said.sentence


HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


@pytest.fixture
def held(own_store):
    """Yield a store that another process holds open."""
    hold = [sys.executable, "-c", HOLD, str(own_store)]
    with subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        yield own_store
        holder.communicate(b"\n", timeout=30)


@pytest.mark.parametrize("words", [("reach", ADA), ("load", "azurehound", AZUREHOUND)])
def test_a_store_that_another_process_holds_is_said_to_be_busy(held, words, monkeypatch):
    made = StoreFile.__init__
    monkeypatch.setattr(StoreFile, "__init__", lambda self, path, _=0: made(self, path, 0.1))

    said = run(*words, "--store", held)

    assert (said.code, said.out) == (2, "")
    assert "is in use by another process" in said.sentence


def test_ctrl_c_ends_without_a_traceback(held):
    program = "import idgraph.explorer, idgraph.stores.duckdb; from idgraph.cli import main; "
    command = [sys.executable, "-c", f"{program} print('ready', flush=True); main()"]
    words = ["load", "azurehound", str(AZUREHOUND), "--store", str(held)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, *words], text=True, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(1)  # by now it waits for the store
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (130, "")
    assert err == "stopped; the store is as it was before\n"


@pytest.mark.parametrize("how", ["statement", "binding"])
def test_ctrl_c_inside_a_statement_is_no_fault_of_the_store(tmp_path, how):
    import duckdb

    from idgraph.stores.duckdb.connection import StoreFile

    errors = {
        "statement": duckdb.InterruptException("INTERRUPT Error: Interrupted!"),
        "binding": RuntimeError("Query interrupted"),
    }
    file = StoreFile(tmp_path / "s.duckdb")
    with pytest.raises(KeyboardInterrupt), file._faults(writing=True):
        raise errors[how]


def test_ctrl_c_that_a_library_tells_as_its_own_error_ends_as_ctrl_c(own_store):
    program = """
import os, signal
from idgraph.cli import main
from idgraph.errors import StoreError
from idgraph.explorer import Explorer
def loads(self):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        raise StoreError("the store", "cannot be read (interrupted)") from None
Explorer.loads = loads
main()
"""
    said = subprocess.run(
        [sys.executable, "-c", program, "loads", "--store", str(own_store)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (said.returncode, said.stdout) == (130, "")
    assert said.stderr == "stopped; the store is as it was before\n"


@pytest.mark.parametrize("scheme", ["http", "postgres", "bolt+x"])
def test_a_store_of_an_unknown_scheme_is_refused(scheme):
    said = run("loads", "--store", f"{scheme}://somewhere")

    assert said.code == 2
    assert ".duckdb" in said.sentence


@pytest.mark.parametrize(
    "words",
    [
        ("load", "azurehound", AZUREHOUND, "--store", "{}/new.duckdb"),
        ("demo", "--out", "{}/out"),
        ("lab", "--dry-run", "--folder", "{}/notebooks"),
        ("view", ADA, "-o", "{}/view.html"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(sample_store, tmp_path, words):
    file = tmp_path / "file"  # no folder, not even for root
    file.write_text("x")
    named = [str(each).format(file) for each in words]
    more = ("--store", sample_store) if words[0] == "view" else ()

    said = run(*named, *more)

    assert (said.code, said.out) == (2, "")
    assert str(file) in said.sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only folder")
def test_a_read_only_folder_is_named(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)

    said = run("load", "azurehound", AZUREHOUND, "--store", folder / "new.duckdb")

    assert said.code == 2
    assert str(folder) in said.sentence


def test_a_folder_in_place_of_the_store_is_named(tmp_path):
    folder = tmp_path / "store.duckdb"
    folder.mkdir()

    for words in (("loads",), ("load", "azurehound", AZUREHOUND)):
        said = run(*words, "--store", folder)
        assert said.code == 2
        assert "is a folder" in said.sentence


def test_the_store_may_be_named_by_the_environment(sample_store):
    assert run("loads", "--json", IDGRAPH_STORE=str(sample_store)).json["loads"]


# Bad input.


def refused(folder):
    """Return what cannot be loaded, by name."""
    whole = AZUREHOUND.read_bytes()
    computers = folder / "computers.zip"
    with zipfile.ZipFile(computers, "w") as archive:
        archive.writestr("computers.json", json.dumps({"data": [], "meta": {"type": "computers"}}))
    empty = folder / "empty"
    empty.mkdir()
    return {
        "not JSON": write(folder / "notes.json", b"hello"),
        "empty": write(folder / "nothing.json", b""),
        "truncated": write(folder / "truncated.json", b'{"data": [{"kind": "AZUser", "da'),
        "cut in the middle": write(folder / "cut.json", whole[: len(whole) // 2]),
        "cut at the end": write(folder / "late.json", whole[:-20]),
        "wrong type": write(folder / "users.json", export(("AZUser", {"id": USER}), type="users")),
        "no type": write(folder / "typeless.json", {"data": []}),
        "a BloodHound zip": computers,
        "a damaged zip": write(folder / "damaged.zip", computers.read_bytes()[:-30]),
        "only unknown kinds": write(folder / "moon.json", export(("AZMoonbase", {"id": USER}))),
        "only rejected records": write(folder / "bad.json", export(("AZUser", {"id": 7}))),
        "a list": write(folder / "list.json", [1, 2]),
        "a folder without exports": empty,
        "no file": folder / "none.json",
    }


BAD = (
    "not JSON", "empty", "truncated", "cut in the middle", "cut at the end", "wrong type",
    "no type", "a BloodHound zip", "a damaged zip", "only unknown kinds", "only rejected records",
    "a list", "a folder without exports", "no file",
)  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_refused_whole(tmp_path, own_store, fault):
    bad = refused(tmp_path)
    before = loads_of(own_store)

    said = run("load", "azurehound", bad[fault], "--store", own_store)

    assert set(bad) == set(BAD)
    assert (said.code, said.out) == (2, "")
    assert bad[fault].stem in said.sentence
    assert loads_of(own_store) == before


def test_a_good_load_still_answers_after_a_bad_one(tmp_path, own_store):
    before = run("reach", ADA, "--store", own_store, "--all", "--json").out

    for bad in refused(tmp_path).values():
        run("load", "azurehound", bad, "--store", own_store)

    assert run("reach", ADA, "--store", own_store, "--all", "--json").out == before


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_leaves_no_store_behind(tmp_path, new, fault):
    bad = refused(tmp_path)

    assert run("load", "azurehound", bad[fault], "--store", new).code == 2
    assert not new.exists() or loads_of(new) == []


@pytest.mark.parametrize(
    ("loader", "content"),
    [
        ("owners_csv", b"hello\nworld\n"),
        ("owners_csv", b""),
        ("azure_keyvault", b'{"value": 3}'),
        ("azure_keyvault", b'[{"id": "https://v.vault.azure.net/sec'),
    ],
)
def test_every_loader_refuses_what_it_cannot_read(tmp_path, new, loader, content):
    path = write(tmp_path / ("x.csv" if loader == "owners_csv" else "x.json"), content)

    said = run("load", loader, path, "--store", new)

    assert (said.code, said.out) == (2, "")
    assert path.name in said.sentence


def test_rejected_records_are_told_and_do_no_harm(tmp_path, new):
    path = write(tmp_path / "x.json", tenant(("AZUser", {"id": 7}), ("AZMoonbase", {})))

    answer = run("load", "azurehound", path, "--store", new, "--json")
    told = run("load", "azurehound", path, "--store", tmp_path / "other.duckdb")

    assert (answer.code, told.code) == (0, 0)
    assert [each["place"] for each in answer.json["rejected"]] == ["x.json#/data/2/data/id"]
    assert all(set(each) == {"place", "reason"} for each in answer.json["rejected"])
    assert answer.json["ignored"] == {"AZMoonbase": 1}
    assert "x.json#/data/2/data" in told.out
    assert "AZMoonbase" in told.out


def test_strict_refuses_a_load_with_a_rejected_record(tmp_path, own_store):
    path = write(tmp_path / "x.json", tenant(("AZUser", {"id": 7})))
    before = loads_of(own_store)

    said = run("load", "azurehound", path, "--store", own_store, "--strict")

    assert (said.code, said.out) == (2, "")
    assert "x.json#/data/2/data" in said.sentence
    assert loads_of(own_store) == before
    assert run("load", "azurehound", AZUREHOUND, "--store", own_store, "--strict").code == 0


def test_an_edge_to_an_unknown_id_leads_to_a_named_stub(tmp_path, new):
    app = {"id": APP, "appId": APP, "displayName": "App", "tenantId": TENANT}
    owner = {"appId": APP, "owner": {"id": OTHER, "@odata.type": "#microsoft.graph.user"}}
    owned = ("AZAppOwner", {"appId": APP, "owners": [owner]})
    path = write(tmp_path / "x.json", tenant(("AZApp", app), owned))

    loaded = run("load", "azurehound", path, "--store", new)
    reach = run("reach", OTHER, "--store", new, "--json").json

    assert loaded.code == 0
    assert "only referred to" in loaded.out
    assert run("loads", "--store", new, "--json").json["loads"][0]["stubs"] > 0
    assert reach["identity"]["name"] == OTHER
    assert APP in {each["id"] for each in reach["nhis"]}


def test_contradictions_are_counted_kept_and_shown(tmp_path, new):
    again = ("AZUser", {"id": USER.upper(), "displayName": "Bob", "tenantId": TENANT})
    path = write(tmp_path / "x.json", tenant(again))

    loaded = run("load", "azurehound", path, "--store", new)
    coverage = run("coverage", "--store", new)
    (conflict,) = run("coverage", "--store", new, "--json").json["conflicts"]

    assert loaded.code == 0
    assert "1 contradiction between records" in loaded.out
    assert "Contradictions (1)" in coverage.out
    assert USER in conflict
    assert "Ada" in conflict
    assert "Bob" in conflict


# Loading.


def all_loaded(store, folder, order):
    for each in sorted(SAMPLE_FILES, key=lambda each: order.index(each.loader)):
        where = ("--store", store, "--observed-at", each.seen_at)
        scope = ("--scope", each.scope) if each.scope else ()
        assert run("load", each.loader, folder / each.name, *where, *scope).code == 0
    return (
        run("reach", ADA, "--store", store, "--all", "--json").json,
        run("unowned", "--store", store, "--json").json,
    )


LOADERS = tuple(dict.fromkeys(each.loader for each in SAMPLE_FILES))


@pytest.mark.parametrize("order", [LOADERS[::-1], LOADERS[1:] + LOADERS[:1]])
def test_the_order_of_loading_does_not_matter(ask, new, order):
    reach, unowned = all_loaded(new, SAMPLE, order)

    for each in (expected := ask("reach", ADA, "--all", "--json").json), reach:
        each["coverage"] = {key: sorted(some, key=str) for key, some in each["coverage"].items()}
    assert reach == expected
    assert unowned == ask("unowned", "--json").json


def test_both_casings_give_the_same_answer(ask, new, tmp_path):
    generate(tmp_path / "upper", casing=Casing.UPPER)

    reach, unowned = all_loaded(new, tmp_path / "upper", LOADERS)
    expected = ask("reach", ADA, "--all", "--json").json

    assert without_words(reach) == without_words(expected)
    assert without_words(unowned, ("name", "claim")) == without_words(
        ask("unowned", "--json").json, ("name", "claim")
    )


def test_the_same_file_again_changes_nothing(own_store):
    before = run("reach", ADA, "--store", own_store, "--all", "--json")

    where = ("--store", own_store, "--observed-at", SAMPLE_SEEN_AT)
    again = run("load", "azurehound", AZUREHOUND, *where)

    assert "nothing changed" in again.out
    assert loads_of(own_store)[-1]["opened"] == loads_of(own_store)[-1]["closed"] == 0
    assert run("reach", ADA, "--store", own_store, "--all", "--json").out == before.out


def without_owners(*gone):
    """Return the sample's export in which some own no application any more."""
    document = json.loads(AZUREHOUND.read_text(encoding="utf-8"))
    for record in document["data"]:
        owners = record["data"].get("owners") if isinstance(record["data"], dict) else None
        if record["kind"].endswith("Owner") and owners:
            record["data"]["owners"] = [
                each for each in owners if each["owner"]["id"].lower() not in gone
            ]
    return document


OWNERS = (plan.RESET_IDENTITY, plan_incident.DEFEATED_BY)  # whom she takes owns it, too


def test_a_moment_between_two_loads_gives_the_former_answer(own_store, tmp_path):
    later = write(tmp_path / "later.json", without_owners(*OWNERS))
    where = ("--store", own_store)
    before = run("reach", ADA, *where, "--json").json
    load = ("load", "azurehound", later, *where, "--observed-at", "2026-11-05T06:00:00Z")
    assert run(*load).code == 0

    after = run("reach", ADA, *where, "--json").json
    moments = ("2026-11-02", "2026-11-03T12:00+02:00", "2026-11-05T05:59:59Z", SAMPLE_SEEN_AT)
    between = [run("reach", ADA, *where, "--as-of", each, "--json").json for each in moments]

    assert plan.CHAIN[-1] not in {each["id"] for each in after["privileged"]}
    for answer in between:
        assert {**answer, "as_of": before["as_of"]} == before
    assert [each["as_of"] for each in between] == [
        "2026-11-02T23:59:59Z",
        "2026-11-03T10:00:00Z",
        "2026-11-05T05:59:59Z",
        SAMPLE_SEEN_AT,
    ]
    assert (
        run("reach", ADA, *where, "--as-of", "2026-11-05", "--json").json["nhis"] == after["nhis"]
    )


def test_an_older_export_is_refused_with_a_hint(own_store):
    before = loads_of(own_store)
    old = ("--observed-at", "2026-10-01")

    said = run("load", "azurehound", AZUREHOUND, "--store", own_store, *old)

    assert (said.code, said.out) == (2, "")
    assert said.sentence
    assert loads_of(own_store) == before


@pytest.mark.parametrize("packed", ["folder", "zip", "two files"])
def test_a_folder_a_zip_and_several_files_are_one_load(tmp_path, new, packed):
    folder = tmp_path / "export"
    folder.mkdir()
    one = write(folder / "1.json", tenant())
    two = write(folder / "2.json", export(("AZUser", {"id": OTHER, "tenantId": TENANT})))
    if packed == "zip":
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for path in (one, two):
                archive.write(path, path.name)
    given = {"folder": [folder], "zip": [tmp_path / "x.zip"], "two files": [one, two]}[packed]

    assert run("load", "azurehound", *given, "--store", new).code == 0
    assert [each["files"] for each in loads_of(new)] == [["1.json", "2.json"]]
    assert run("reach", OTHER, "--store", new).code == 0


def test_a_guessed_time_is_said_to_be_one(tmp_path, new):
    path = write(tmp_path / "x.json", tenant())
    os.utime(path, (1_790_000_000, 1_790_000_000))

    said = run("load", "azurehound", path, "--store", new)

    assert "--observed-at" in said.out
    assert loads_of(new)[0]["observed_at"] == "2026-09-21T14:13:20Z"
    assert "by the file's time" in run("loads", "--store", new).out


# What is shown.


@pytest.mark.parametrize("columns", [80, 100, 200])
@pytest.mark.parametrize(
    "words", (QUESTIONS | WITHOUT_STORE).values(), ids=QUESTIONS | WITHOUT_STORE
)
def test_an_answer_keeps_to_the_width_of_the_terminal(sample_store, words, columns):
    said = run(*words, COLUMNS=str(columns), IDGRAPH_STORE=str(sample_store))
    lines = [line for line in said.out.splitlines() if "idgraph " not in line]

    assert said.code == 0
    assert max(map(cell_len, lines)) <= columns


def test_a_command_to_copy_is_never_broken(sample_store):
    said = run("reach", ADA, "--store", sample_store, COLUMNS="40")
    commands = [line for line in said.out.splitlines() if "idgraph path" in line]

    assert len(commands) == 1
    assert commands[0].endswith(
        f"idgraph path {ADA} 'Northlight Production' --store {sample_store}"
    )


HOSTILE_QUESTIONS = {
    **QUESTIONS,
    "reach a hostile name": ("reach", f"hostile-06@{plan.roster.ids.DOMAIN}"),
    "path to a hostile name": ("path", "Ingrid Halvorsen", f"hostile-05@{plan.roster.ids.DOMAIN}"),
    "reach everybody": ("reach", "Ingrid Halvorsen", "--all"),
    "hostile typo": ("reach", f"hostile-0@{plan.roster.ids.DOMAIN}"),
    "hostile text": ("reach", "\x1b[31mred\u202e\n"),
}


@pytest.mark.parametrize("words", HOSTILE_QUESTIONS.values(), ids=HOSTILE_QUESTIONS)
def test_nothing_hostile_reaches_the_terminal(ask, words):
    said = ask(*words)

    assert HARMFUL.findall(said.out + said.err) == []


def test_hostile_names_are_shown_and_kept_as_they_are(ask):
    shown = ask("reach", "Ingrid Halvorsen", "--all", COLUMNS="400").out
    kept = {
        each["name"] for each in ask("reach", "Ingrid Halvorsen", "--all", "--json").json["reached"]
    }

    assert set(plan.HOSTILE_NAMES) <= kept
    for name in ("[bold red]x[/]", "<script>alert(1)</script>", "\\x1b[31mred\\x1b[0m"):
        assert name in shown


def test_hostile_names_in_every_text_field_do_no_harm(tmp_path, new):
    text = "\x1b[2Jx\u202e\n=1+1</script>[red]"
    named = {"displayName": text, "tenantId": TENANT, "tenantName": text}
    hostile = {"jobTitle": text, "userPrincipalName": text, "mail": text, "notes": text}
    credential = {"keyId": APP, "displayName": text}
    principal = {"id": PRINCIPAL, "appId": APP, "appDisplayName": text, "tags": [text]}
    path = write(
        tmp_path / "\x1b[31mx.json",
        tenant(
            ("AZUser", {"id": OTHER, **named, **hostile}),
            ("AZApp", {"id": APP, "appId": APP, "passwordCredentials": [credential], **named}),
            ("AZServicePrincipal", {**principal, **named}),
            ("AZAppOwner", {"appId": APP, "owners": [{"appId": APP, "owner": {"id": OTHER}}]}),
            ("AZUser", {"id": text}),
            (text, {"id": text}),
        ),
    )

    said = [run("load", "azurehound", path, "--store", new)]
    said += [
        run(*words, "--store", new)
        for words in (
            ("reach", OTHER),
            ("reach", OTHER, "--all"),
            ("path", OTHER, PRINCIPAL),
            ("unowned",),
            ("coverage",),
            ("loads",),
        )
    ]
    kept = run("reach", OTHER, "--store", new, "--json").json

    assert [each.code for each in said] == [0] * len(said)
    assert HARMFUL.findall("".join(each.out + each.err for each in said)) == []
    assert "by way of" in said[1].out
    assert kept["identity"]["name"] == text
    assert PRINCIPAL in {each["id"] for each in kept["nhis"]}


def test_a_terminal_gets_colour_and_a_pipe_none(sample_store):
    env = {"TERM": "xterm-256color", "IDGRAPH_STORE": str(sample_store), "COLUMNS": "100"}
    said, drawn = on_a_terminal("stdout", "path", ADA, "nl-dev-kv", env=env)
    piped = typed("path", ADA, "nl-dev-kv", "--store", sample_store)

    assert said.code == 0
    assert b"\x1b[" in drawn
    assert "\x1b" not in piped.out + piped.err


@pytest.mark.parametrize("words", [("unowned",), ("unowned", "--json")])
def test_a_reader_that_goes_away_is_no_fault(sample_store, words):
    env = {"IDGRAPH_STORE": str(sample_store)}
    with start(*words, env=env) as process:
        process.stdout.close()
        _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, "")


def test_streams_and_exit_codes_of_a_process_are_those_of_the_contract(sample_store, tmp_path):
    done = typed("reach", ADA, "--store", sample_store, "--json")
    absent = typed("path", ADA, "Ingrid Halvorsen", "--store", sample_store, "--fail")
    unknown = typed("reach", "nobody", "--store", sample_store, cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert done.json["identity"]["id"] == plan.RESET_IDENTITY
    assert (absent.code, absent.err) == (1, "")
    assert (unknown.code, unknown.out) == (2, "")
    assert "Traceback" not in unknown.err


# The other commands.


def test_the_demo_answers_writes_a_view_and_says_what_next(tmp_path):
    said = typed("demo", cwd=tmp_path)
    lines = said.out.splitlines()

    assert (said.code, said.err) == (0, "")
    assert lines[2].startswith("Ada Marlowe reaches ")
    into = next(line for line in lines if line.startswith("Into AWS, in 10 steps: "))
    assert "northlight/platform-deploy" in " ".join(lines[lines.index(into) :])
    assert (tmp_path / "idgraph-demo" / "reach.html").stat().st_size < 1_500_000
    assert any(line == f"The view: {Path('idgraph-demo/reach.html')}" for line in lines)
    assert lines[-1].strip() == "idgraph load azurehound tenant.json"
    assert {each.name for each in tmp_path.iterdir()} == {"idgraph-demo"}
    for line in lines:
        if line.startswith("Ask more: "):
            words = shlex.split(line.removeprefix("Ask more: "))
            assert subprocess.run([IDGRAPH, *words[1:]], cwd=tmp_path, check=False,
                                  capture_output=True).returncode == 0  # fmt: skip


def test_the_demo_can_be_run_again(tmp_path):
    first, second = (run("demo", "--out", tmp_path / "out", "--json") for _ in range(2))

    assert first.code == second.code == 0
    assert first.out == second.out


def test_a_view_is_written_where_it_is_asked(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    named = ask("view", ADA, "-o", "deep/er/ada.html")
    unnamed = ask("view", ADA)

    assert named.out == "deep/er/ada.html\n"
    assert unnamed.out == "reach-ada-marlowe.html\n"
    for name in (named.out.strip(), unnamed.out.strip()):
        assert "Ada Marlowe" in Path(name).read_text(encoding="utf-8")


def test_lab_says_what_it_would_run(sample_store, tmp_path):
    pytest.importorskip("jupyterlab")
    folder = tmp_path / "books"

    said = run("lab", "--dry-run", "--folder", folder, "--store", sample_store)

    assert (said.code, said.out) == (0, "")
    assert said.sentence.endswith(f"-m jupyterlab {folder}")
    assert {each.name for each in folder.iterdir()} == {
        each.name for each in shipped("notebooks").glob("*.ipynb")
    }


def test_lab_keeps_the_notebooks_that_are_there(sample_store, tmp_path):
    pytest.importorskip("jupyterlab")
    mine = tmp_path / "00_quickstart.ipynb"
    mine.write_text("mine")

    assert run("lab", "--dry-run", "--folder", tmp_path, "--store", sample_store).code == 0
    assert mine.read_text() == "mine"


def test_lab_without_a_store_shows_the_sample_and_says_so(tmp_path, monkeypatch):
    pytest.importorskip("jupyterlab")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IDGRAPH_STORE", raising=False)

    unnamed = run("lab", "--dry-run")
    mistyped = run("lab", "--dry-run", "--store", "mistyped.duckdb")

    assert unnamed.code == 0
    assert "sample company" in unnamed.err
    assert mistyped.code == 2
    assert "mistyped.duckdb" in mistyped.sentence


@pytest.mark.parametrize("name", ["can_add_secret", "CAN_ADD_SECRET", "member_of"])
def test_a_kind_is_explained_in_any_case(name):
    (kind,) = run("kinds", name, "--json").json["kinds"]

    assert kind["kind"] == name.upper()
    assert kind["allows"]
    assert kind["remove"]
    assert kind["allows"].split()[0] in run("kinds", name).out


def test_every_loader_is_listed():
    import loaders

    listed = run("loaders", "--json").json["loaders"]

    assert [each["name"] for each in listed] == [each.name for each in loaders.LOADERS]
    assert all(each["name"] in run("loaders").out for each in listed)


def test_the_sample_files_are_those_of_the_generator(tmp_path):
    generate(tmp_path)

    for each in SAMPLE_FILES:
        made, kept = tmp_path / each.name, SAMPLE / each.name
        files = [path for path in kept.rglob("*") if path.is_file()] or [kept]
        for path in files:
            assert (made / path.relative_to(kept)).read_bytes() == path.read_bytes()
    shutil.rmtree(tmp_path)
