"""How the explorer is asked about survivors: by method or by event, with moments and actions."""

from __future__ import annotations

import pytest

from idgraph.explorer import Explorer
from idgraph.stores import open_store
from tests.idgraph.stores.tenant import load
from tests.idgraph.stores.test_store_survivors import AUDIT, RESET_AT, directory, event


@pytest.fixture
def explorer(tmp_path) -> Explorer:
    store = open_store(str(tmp_path / "s.duckdb"))
    load(store, directory())
    return Explorer(store)


def test_a_reset_without_a_method_is_refused_with_the_methods(explorer):
    with pytest.raises(ValueError, match=r"is of no method.*--reset with one of: password_admin"):
        explorer.survivors("user-ada")


def test_nobody_named_is_refused(explorer):
    with pytest.raises(ValueError, match="names no identity"):
        explorer.survivors(reset="tap")


def test_an_action_may_be_named_with_its_moment(explorer):
    answer = explorer.survivors(
        "user-ada",
        "tap",
        at=RESET_AT,
        now="2026-03-01T12:00:00Z",
        killed=["delete_tap=2026-03-01T10:30+01:00", "remove_methods"],
    )

    assert [(each["action"], each["at"]) for each in answer.to_json()["clock"]["killed"]] == [
        ("delete_tap", "2026-03-01T09:30:00Z"),
        ("remove_methods", "2026-03-01T12:00:00Z"),
    ]


@pytest.mark.parametrize("word", ["at", "now", "killed"])
def test_what_is_no_moment_is_refused(explorer, word):
    asked = {"at": RESET_AT, word: ["delete_tap=soon"] if word == "killed" else "soon"}

    with pytest.raises(ValueError, match="'soon' is not a time"):
        explorer.survivors("user-ada", "tap", **asked)


def test_without_a_moment_the_reset_is_taken_to_be_now(explorer):
    clock = explorer.survivors("user-ada", "tap", now="2026-03-02T00:00:00Z").to_json()["clock"]

    assert clock["reset_at"] == clock["counted_from"] == "2026-03-02T00:00:00Z"


def test_an_answer_draws_its_timeline(explorer, tmp_path):
    chart = explorer.survivors("user-gus", "mfa_reset", at=RESET_AT, now=RESET_AT).timeline()

    assert chart.write(tmp_path / "chart.svg").read_text("utf-8") == chart.svg()


def test_a_reset_event_says_whom_how_and_when(explorer):
    reset = event("MFA_RESET", RESET_AT)
    load(explorer.store, [reset], source=AUDIT, files=("audits.json",))
    answer = explorer.survivors(reset_event=reset.id, now="2026-03-01T09:00:00Z")

    assert (answer.identity.id, answer.reset) == ("user-ada", "mfa_reset")
    assert answer.to_json()["clock"]["reset_at"] == RESET_AT


def test_an_unknown_reset_event_is_refused(explorer):
    with pytest.raises(LookupError, match="reset event 'INC-1' is not known"):
        explorer.survivors(reset_event="INC-1")
