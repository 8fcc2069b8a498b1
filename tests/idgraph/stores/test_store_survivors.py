"""What survives a reset is the same whatever keeps the graph, and so is what a log has ended."""

from __future__ import annotations

import json

import pytest

from idgraph.explorer import Explorer
from idgraph.records import EdgeRecord, EventRecord, NodeRecord, Record, Source
from tests.idgraph.stores.tenant import complete, load, user

AUDIT = Source(loader="entra_audit", scope="11111111-aaaa-bbbb-cccc-000000000000")
APPS = ("AZUser", "AZApp", "AZAppOwner")
RESET_AT = "2026-03-01T08:00:00Z"


def directory() -> list[Record]:
    """Return Ada, who owns an application with a secret, and Gus, a guest."""
    return [
        user("ada", account_enabled=True, user_type="Member", synced=False),
        user("gus", account_enabled=True, user_type="Guest", synced=False),
        NodeRecord(
            record="AZApp", id="app", kind="EntraApp", name="Release", evidence="apps.json#/0"
        ),
        NodeRecord(
            record="AZApp",
            id="app/credential/k",
            kind="EntraCredential",
            name="pipeline",
            properties={"key_id": "k", "end": "2027-03-01T00:00:00Z"},
            evidence="apps.json#/0/passwordCredentials/0",
        ),
        EdgeRecord(
            record="AZApp", source="app/credential/k", kind="CREDENTIAL_OF", target="app", key="k"
        ),
        EdgeRecord(record="AZAppOwner", source="user-ada", kind="OWNS", target="app"),
        *complete(*APPS),
    ]


def event(kind: str, at: str) -> EventRecord:
    return EventRecord(
        record="directoryAudits",
        id=f"{kind}-{at}",
        kind=kind,
        at=at,
        target="upn:ada@northlight.example",
        properties={"result": "success"},
        evidence="audits.json#/0",
    )


@pytest.fixture
def explorer(store_factory) -> Explorer:
    store = store_factory()
    load(store, directory())
    return Explorer(store)


def verdicts(answer) -> dict[str, str]:
    return {row.artefact: row.verdict.value for row in answer.rows}


def test_every_store_gives_the_same_survivors(explorer):
    answer = explorer.survivors(
        "ada@northlight.example", "mfa_reset", at=RESET_AT, now="2026-03-01T09:00:00Z"
    )
    said = verdicts(answer)

    assert said["non_password_token"] == "survives"
    assert said["old_factor"] == "revoked"
    assert said["credential"] == "survives"
    assert said["added_credential"] == "cannot_tell"
    assert "ad_password_hash" not in said
    (credential,) = [row for row in answer.rows if row.artefact == "credential"]
    assert credential.until == "2027-03-01T00:00:00Z"
    assert json.loads(json.dumps(answer.to_json()))["clock"]["latest"] is None


def test_every_store_counts_what_a_log_shows_was_done(explorer):
    events = [
        event("SESSIONS_REVOKED", "2026-03-01T08:20:00Z"),
        event("ACCOUNT_DISABLED", "2026-03-01T08:30:00Z"),
    ]
    load(explorer.store, events, source=AUDIT, files=("audits.json",))
    answer = explorer.survivors("user-ada", "mfa_reset", at=RESET_AT, now="2026-03-01T09:00:00Z")

    assert [each["action"] for each in answer.to_json()["clock"]["killed"]] == [
        "revoke_sessions",
        "disable_account",
    ]
    assert verdicts(answer)["non_password_token"] == "revoked"
