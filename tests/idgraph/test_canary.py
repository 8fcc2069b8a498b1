"""No secret value enters: canaries planted in every sample are searched for in every output."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import idgraph
from idgraph.explorer import EXAMPLE_IDENTITY, SAMPLE_FILES
from idgraph.shipped import shipped
from sample_data import plan, plan_incident
from tests.idgraph.commands import run

CANARY = plan.CANARY
HEAD = CANARY[:11]  # DuckDB packs long texts; so would a copy that was cut
SAMPLE = shipped("sample_data") / "northlight"


def _planted_azurehound(name):
    document = json.loads((SAMPLE / name).read_text(encoding="utf-8"))
    for record in document["data"]:
        fields = record["data"]
        for credential in fields.get("passwordCredentials") or ():
            credential["secretText"] = CANARY
            credential["hint"] = HEAD
        for credential in fields.get("keyCredentials") or ():
            credential["key"] = credential["customKeyIdentifier"] = CANARY
        if record["kind"] == "AZStorageAccount":
            fields["keys"] = [{"value": CANARY}]
        if record["kind"] == "AZUser":
            fields["passwordProfile"] = {"password": CANARY}
    return document


def _planted_secrets(name):
    items = json.loads((SAMPLE / name).read_text(encoding="utf-8"))
    return [{**item, "value": CANARY} for item in items]


def _planted_log(name):
    document = json.loads((SAMPLE / name).read_text(encoding="utf-8"))
    for event in document["value"]:
        event["password"] = event["resultReason"] = CANARY
        event["additionalDetails"] = [{"key": "NewSecret", "value": CANARY}]
        for resource in event.get("targetResources", ()):
            resource["modifiedProperties"] += [
                {"displayName": "KeyDescription", "oldValue": "", "newValue": f'["[{CANARY}]"]'},
                {"displayName": "TemporaryAccessPass", "oldValue": "", "newValue": CANARY},
            ]
    return document


def _planted_table(name):
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    planted = [[*row, CANARY if at else "password"] for at, row in enumerate(rows)]
    if "summary" in planted[0]:
        at = planted[0].index("summary")
        planted[1:] = [[*row[:at], CANARY, *row[at + 1 :]] for row in planted[1:]]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(planted)
    return text.getvalue()


_AWS_VALUES = {  # by member: where an answer of AWS could hold a secret
    "Functions": {"Environment": {"Variables": {f"KEY_{at}": CANARY for at in range(5)}}},
    "SecretList": {"SecretString": CANARY, "SecretBinary": CANARY},
    "Parameters": {"Value": CANARY},
    "AccessKeyMetadata": {"SecretAccessKey": CANARY},
    "projects": {"environment": {"environmentVariables": [{"name": "KEY", "value": CANARY}]}},
    "taskDefinition": {"containerDefinitions": [{"environment": [{"value": CANARY}]}]},
    "Stacks": {"Parameters": [{"ParameterValue": CANARY}], "Outputs": [{"OutputValue": CANARY}]},
    "Reservations": {"UserData": CANARY},
}


def _planted_aws(name):
    text = (SAMPLE / name).read_text(encoding="utf-8")
    if not name.endswith(".json"):
        return text
    document = json.loads(text)
    return {
        member: [item | {"Password": CANARY} | _AWS_VALUES.get(member, {}) for item in items]
        for member, items in document.items()
    }


PLANTED = {
    "aws_iam": _planted_aws,
    "azurehound": _planted_azurehound,
    "azure_keyvault": _planted_secrets,
    "owners_csv": _planted_table,
    "reset_register": _planted_table,
    "tickets_csv": _planted_table,
    "entra_audit": _planted_log,
    "entra_signins": _planted_log,
}
DROPS = {
    *("aws_iam", "azurehound", "azure_keyvault"),
    *("entra_audit", "entra_signins", "tickets_csv"),
}
"""Whose formats have places for secrets; what stands in another column is not read at all."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder that holds the samples with canaries, and what was loaded of them."""
    folder = tmp_path_factory.mktemp("canary")
    samples = folder / "samples"
    samples.mkdir()
    for each in SAMPLE_FILES:
        for name in _files_of(each.name):
            planted = PLANTED[each.loader](name)
            text = planted if isinstance(planted, str) else json.dumps(planted)
            (samples / name).parent.mkdir(parents=True, exist_ok=True)
            (samples / name).write_bytes(text.encode())

    stored = folder / "stored"
    stored.mkdir()
    explorer = idgraph.open(stored / "own.duckdb", create=True)
    for each in SAMPLE_FILES:
        path = samples / each.name
        explorer.load(each.loader, path, scope=each.scope, observed_at=each.seen_at)
    for profile in ("strict", "bloodhound"):
        explorer.reach(EXAMPLE_IDENTITY, profile=profile)
    return folder


def _files_of(name):
    path = SAMPLE / name
    found = sorted(path.rglob("*.*")) if path.is_dir() else [path]
    return [str(each.relative_to(SAMPLE)) for each in found]


@pytest.fixture(scope="module")
def store(folder):
    return folder / "stored" / "own.duckdb"


def clean(text: str | bytes) -> bool:
    """Return whether no canary is in a text, however it is encoded."""
    data = text.encode() if isinstance(text, str) else text
    forms = [HEAD.encode(), HEAD.encode("utf-16-le"), HEAD.lower().encode(), HEAD.upper().encode()]
    return not any(form in data for form in forms)


def test_the_canary_is_planted_in_every_sample(folder):
    for path in (folder / "samples").iterdir():
        files = path.rglob("*.json") if path.is_dir() else [path]
        assert sum(each.read_text(encoding="utf-8").count(CANARY) for each in files) >= 5
    assert (SAMPLE / "azurehound.json").read_text(encoding="utf-8").count(CANARY) >= 1


def test_values_are_dropped_and_counted(folder, tmp_path):
    for each in SAMPLE_FILES:
        if each.loader not in DROPS:
            continue
        words = ("load", each.loader, folder / "samples" / each.name)
        store = ("--store", tmp_path / f"{each.name}.duckdb")
        answer, told = run(*words, *store, "--json"), run(*words, *store)

        assert answer.json["values_dropped"] >= 5
        assert "were dropped" in told.out
        assert clean(answer.out + answer.err + told.out + told.err)


def test_no_file_of_the_store_holds_it(store):
    for path in store.parent.rglob("*"):
        assert path.is_dir() or clean(path.read_bytes()), path.name


def test_no_row_of_the_store_holds_it(store):
    with duckdb.connect(str(store), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        rows = {name: connection.execute(f'FROM "{name}"').fetchall() for name in tables}

    assert len(rows["nodes"]) > 700
    assert [name for name, some in rows.items() if not clean(repr(some))] == []


CUT_OFF = """
import os, sys, idgraph
from idgraph.stores.duckdb.writing import DuckDBWriting
DuckDBWriting.commit = lambda self: os._exit(9)
idgraph.open(sys.argv[1], create=True).load(sys.argv[2], sys.argv[3])
"""


def test_what_a_load_that_was_cut_off_leaves_behind_does_not_hold_it(folder, tmp_path):
    for each in {each.loader: each for each in SAMPLE_FILES}.values():
        command = [sys.executable, "-c", CUT_OFF, str(tmp_path / "x.duckdb"), each.loader]
        done = subprocess.run(
            [*command, str(folder / "samples" / each.name)],
            env={"TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
            cwd=Path(idgraph.__file__).parents[1],
            check=False,
        )
        assert done.returncode == 9

    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left
    assert [path.name for path in left if not clean(path.read_bytes())] == []


@pytest.mark.parametrize(
    "words",
    [
        ("reach", EXAMPLE_IDENTITY, "--all"),
        ("reach", EXAMPLE_IDENTITY, "--profile", "bloodhound"),
        ("reach", "Ingrid Halvorsen", "--all"),
        ("path", EXAMPLE_IDENTITY, "nlcalibration"),
        ("path", EXAMPLE_IDENTITY, plan.DEAD_SECRETS[0]),
        ("unowned",),
        ("loads",),
        ("coverage",),
        ("resets",),
        ("reach", "--reset-event", plan_incident.ADAS_RESET.ticket.number),
        ("survivors", EXAMPLE_IDENTITY, "--reset", "mfa_reset"),
        ("changes", "--window", plan_incident.WINDOW),
        ("diff", plan.COLLECTED_BEFORE, plan.COLLECTED_AT),
        ("exposed", EXAMPLE_IDENTITY, "--limit", "1"),
        ("rank",),
    ],
)
def test_no_command_prints_it(store, words):
    for more in ((), ("--json",)):
        said = run(*words, *more, "--store", store)

        assert said.code == 0
        assert clean(said.out + said.err)


def test_no_view_holds_it(store, tmp_path):
    for who in (EXAMPLE_IDENTITY, "Ingrid Halvorsen", *plan.CANARY_APPLICATIONS):
        view = tmp_path / "view.html"
        assert run("view", who, "-o", view, "--store", store).code == 0
        assert clean(view.read_bytes())


def test_nothing_that_a_notebook_shows_holds_it(store):
    explorer = idgraph.open(store)
    answer = explorer.reach(EXAMPLE_IDENTITY)
    told = (
        answer,
        explorer.unowned(),
        explorer.resets(),
        explorer.survivors(EXAMPLE_IDENTITY, reset="mfa_reset"),
        explorer.changes(plan_incident.WINDOW),
    )
    shown = [each._repr_mimebundle_() for each in (*told, explorer.loads(), explorer.coverage())]

    assert clean(repr(shown))
    assert clean("".join(each.explain() for each in told))
    details = explorer.store.node_details([str(each) for each in explorer.graph().ids])
    assert len(details) > 500
    assert clean(repr(details))


def test_a_refusal_does_not_quote_it(tmp_path):
    refused = {
        "azurehound": f'{{"data": [{{"kind": "AZApp", "data": {{"secretText": "{CANARY}"',
        "azure_keyvault": f'[{{"id": "x", "value": "{CANARY}"}}]',
        "owners_csv": f"password\n{CANARY}\n",
    }
    for loader, text in refused.items():
        path = tmp_path / f"{loader}.txt"
        path.write_text(text)
        said = run("load", loader, path, "--store", tmp_path / "x.duckdb")

        assert said.code == 2
        assert clean(said.err)


def test_a_rejected_record_is_not_quoted(tmp_path):
    user = {"id": "aaaaaaaa-0000-4000-8000-000000000001", "displayName": "Ada"}
    bad = {"id": [CANARY], "passwordCredentials": CANARY, "appId": {"secretText": CANARY}}
    records = [{"kind": kind, "data": bad} for kind in ("AZApp", "AZServicePrincipal", "AZUser")]
    records += [{"kind": "AZUser", "data": user}, {"kind": "AZApp", "data": CANARY}]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"data": records, "meta": {"type": "azure", "version": 5}}))

    said = run("load", "azurehound", path, "--store", tmp_path / "x.duckdb")
    answer = run("load", "azurehound", path, "--store", tmp_path / "x.duckdb", "--json")

    assert len(answer.json["rejected"]) >= 3
    assert clean(said.out + said.err + answer.out + answer.err)
    assert clean((tmp_path / "x.duckdb").read_bytes())
