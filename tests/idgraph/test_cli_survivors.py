"""Laws of the command `survivors`."""

from __future__ import annotations

import re

import pytest

from idgraph.analysis.methods import METHODS
from idgraph.analysis.survivors import actions, tables
from idgraph.explorer import open as open_store
from tests.idgraph.commands import export, run, write

TENANT = "11111111-1111-4111-8111-111111111111"
ADA = "aaaaaaaa-0000-4000-8000-000000000001"
APP = "bbbbbbbb-0000-4000-8000-000000000001"
UPN = "ada@x.example"
WHEN = ("--at", "2026-11-02T14:00Z", "--now", "2026-11-02T15:00Z")
HOSTILE = "Ada \x1b[31m[red]<b>\u202e"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survivors")
    named = {"tenantId": TENANT, "displayName": HOSTILE}
    secret = {
        "keyId": "cccccccc-0000-4000-8000-000000000001",
        "displayName": "pipeline",
        "endDateTime": "2027-11-02T00:00:00Z",
    }
    records = (
        ("AZTenant", {"id": f"/tenants/{TENANT}", "tenantId": TENANT, "collected": True}),
        (
            "AZUser",
            {"id": ADA, "userPrincipalName": UPN, "userType": "Member", **named},
        ),
        ("AZApp", {"id": APP, "appId": APP, "passwordCredentials": [secret], **named}),
        ("AZAppOwner", {"appId": APP, "owners": [{"appId": APP, "owner": {"id": ADA}}]}),
    )
    path = write(folder / "tenant.json", export(*records))
    explorer = open_store(folder / "s.duckdb", create=True)
    explorer.load("azurehound", path, observed_at="2026-11-01T00:00:00Z")
    return folder / "s.duckdb"


def ask(store, *words):
    return run("survivors", UPN, "--store", store, *words)


def test_the_last_minute_comes_first_then_what_survives_and_what_ends_it(store):
    said = ask(store, "--reset", "mfa_reset", *WHEN)

    assert said.code == 0
    assert said.out.startswith("The attacker's last possible minute: no end.")
    for word in ("Survives (", "Cannot be told (", "Ended (1)", "revoke_sessions", "entra-rule"):
        assert word in said.out
    assert "1. disable_account" in said.out


def test_json_alone_stands_on_standard_output(store):
    said = ask(store, "--reset", "password_admin", *WHEN, "--json")
    rows = {row["artefact"]: row for row in said.json["survivors"]}

    assert said.json["variant"] == "azure_portal"
    assert rows["password_cookie"]["verdict"] == "revoked"
    assert rows["credential"]["latest"] == "2027-11-02T00:00:00Z"
    assert rows["credential"]["sources"][0]["table"] == "entra 2026-11"
    assert said.json["clock"]["steps"][0]["at"] == "2026-11-02T15:00:00Z"


@pytest.mark.parametrize(
    ("words", "sentence"),
    {
        (): r"is of no method.*--reset with one of: password_admin, .*federation_reset",
        ("--reset", "mfa"): "reset method 'mfa' does not exist",
        ("--reset", "key_create"): "reset key_create needs",
        ("--reset", "tap", "--killed", "revoke"): "action 'revoke' does not exist",
        ("--reset", "tap", "--at", "then"): "'then' is not a time",
        ("--reset", "tap", "--variant", "x"): "variant 'x' of tap does not exist",
        (
            "--reset", "tap", "--at", "2026-11-02T14:00Z", "--killed",
            "delete_tap=2026-11-02T13:00Z",
        ): "before the reset",
    }.items(),
)  # fmt: skip
def test_what_can_be_mended_is_one_sentence_and_exit_2(store, words, sentence):
    said = ask(store, *words)

    assert (said.code, said.out) == (2, "")
    assert re.search(sentence, said.sentence)


def test_without_an_identity_one_is_asked_for(store):
    said = run("survivors", "--reset", "tap", "--store", store)

    assert (said.code, said.sentence) == (
        2,
        "the question names no identity. Name one, or a reset with --reset-event.",
    )


def test_actions_taken_are_counted(store):
    killed = "disable_account=2026-11-02T14:30Z,delete_tap"
    said = ask(store, "--reset", "tap", *WHEN, "--killed", killed, "--json")

    assert said.json["clock"]["killed"] == [
        {"action": "disable_account", "at": "2026-11-02T14:30:00Z"},
        {"action": "delete_tap", "at": "2026-11-02T15:00:00Z"},
    ]


def test_help_names_every_method_and_the_list_every_action():
    usage = " ".join(run("survivors", "--help", COLUMNS="200").out.split())
    listed = run("survivors", "--actions", "--json").json["actions"]
    entra = [each.id for each in tables()["entra"].actions]

    assert [name for name in (*METHODS, *entra) if name not in usage] == []
    assert [each["id"] for each in listed] == list(actions())
    assert "revoke_sessions" in run("survivors", "--actions").out


def test_the_chart_is_written_where_asked(store, tmp_path):
    said = ask(store, "--reset", "tap", *WHEN, "--chart", tmp_path / "new" / "c.svg")

    assert (tmp_path / "new" / "c.svg").read_text("utf-8").startswith("<svg")
    assert "c.svg" in said.out


def test_hostile_names_move_no_cursor(store):
    said = ask(store, "--reset", "mfa_reset", *WHEN)

    assert not re.search("[\x1b\u202e]", said.out)
    assert "[red]" in said.out
