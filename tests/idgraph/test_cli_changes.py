"""Changes, differences and doubts as they are asked for: by the explorer and the command line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from idgraph import explorer as explorers
from idgraph.analysis.window import Window
from idgraph.errors import InputError, UnknownNameError
from idgraph.explorer import Explorer
from idgraph.stores import open_store
from sample_data import plan
from tests.idgraph.commands import run
from tests.idgraph.stores.tenant import complete, day, group, load, member, user

HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069]")
ADA = plan.RESET_IDENTITY_UPN
SINCE = "2026-10-27.."
QUESTIONS = {
    "changes": ("changes", "--window", SINCE),
    "changes of one": ("changes", "--window", SINCE, "--identity", ADA),
    "no changes": ("changes", "--window", "2031-01-01..2031-01-02"),
    "diff": ("diff", "2026-10-26"),
    "no diff": ("diff", "2026-10-26", "2026-10-26"),
    "diff turned round": ("diff", "2026-11-02", "1"),
    "diff --reach": ("diff", "1", "--reach", ADA),
    "diff --reach --reset": ("diff", "1", "--reach", ADA, "--reset", "mfa_reset"),
    "reach --window": ("reach", ADA, "--window", SINCE),
    "reach --doubts": ("reach", ADA, "--doubts"),
}


@pytest.fixture(scope="module")
def ask(sample_store):
    return lambda *words: run(*words, IDGRAPH_STORE=str(sample_store))


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_printed_and_its_json_is_all_there_is_on_standard_output(ask, question):
    said, json_ = ask(*QUESTIONS[question]), ask(*QUESTIONS[question], "--json")
    assert (said.code, json_.code) == (0, 0)
    assert said.out.strip()
    assert json_.json
    assert json_.err == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("changes", "--window", "2026-11-20"), "is not written as FROM..TO"),
        (("changes", "--window", "soon.."), "is not a time"),
        (("changes", "--window", "2026-11-21..2026-11-20"), "ends before it begins"),
        (("changes", "--window", SINCE, "--identity", "nobody"), "is not in the graph"),
        (("reach", ADA, "--window", "x..y"), "is not a time"),
        (("reach", ADA, "--window", SINCE, "--engine", "server"), "cannot be marked"),
        (("diff", "99"), "load 99 does not exist"),
        (("diff", "yesterday"), "is not a time"),
        (("diff", "2020-01-01"), "holds nothing that was seen by"),
        (("diff", "1", "--reset", "mfa_reset"), "means nothing without --reach"),
        (("diff", "1", "--passes", "mfa"), "means nothing without --reach"),
        (("diff", "1", "--reach", "nobody"), "is not in the graph"),
        (("diff", "1", "--reach", ADA, "--reset", "hypnosis"), "hypnosis"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_exit_2(ask, words, sentence):
    said = ask(*words)
    assert said.code == 2
    assert sentence in said.sentence
    assert said.out == ""


def test_an_account_that_is_gone_by_now_is_found_by_its_name_in_what_changed(tmp_path):
    store = open_store(str(tmp_path / "store.duckdb"))
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(1))
    load(store, [user("ada"), user("eve"), *complete("AZUser")], observed_at=day(2))
    load(store, [user("ada"), *complete("AZUser")], observed_at=day(3))
    asked = Explorer(store)
    found = asked.changes(f"{day(1)}..", identity="EVE")
    assert [each.change for each in found] == ["added", "removed"]
    assert found.to_json()["identity"] == {"id": "user-eve", "kind": "", "name": "Eve"}
    with pytest.raises(UnknownNameError):
        asked.changes(f"{day(3)}..", identity="mallory")


def test_hostile_names_reach_a_terminal_as_text(tmp_path):
    store = open_store(str(tmp_path / "store.duckdb"))
    named = replace(user("eve", created=day(2)), name="\x1b[31m\u202ex[bold]\r\n")
    load(store, [user("ada"), group("ops"), *complete()], observed_at=day(1))
    load(
        store,
        [user("ada"), named, group("ops"), member("ada", "ops"), member("eve", "ops"), *complete()],
        observed_at=day(2),
    )
    for words in (
        ("changes", "--window", f"{day(2)}.."),
        ("diff", "1"),
        ("diff", "1", "--reach", "user-eve"),
        ("reach", "user-eve", "--doubts"),
        ("reach", "user-eve", "--window", f"{day(2)}.."),
    ):
        said = run(*words, IDGRAPH_STORE=store.url)
        assert said.code == 0
        assert not HARMFUL.search(said.out)
        assert "[bold]" in said.out


def test_the_explorer_takes_a_window_in_either_form(sample_store):
    explorer = explorers.open(sample_store)
    window = Window.parse(SINCE)
    assert explorer.changes(SINCE).to_json() == explorer.changes(window).to_json()
    for wrong in ("", "2026"):
        with pytest.raises(InputError):
            explorer.changes(wrong)
        with pytest.raises(InputError):
            explorer.reach(ADA, window=wrong)
    with pytest.raises(UnknownNameError):
        explorer.changes(SINCE, identity="nobody")


def test_a_window_changes_no_verdict_and_no_path(sample_store):
    explorer = explorers.open(sample_store)
    plain, marked = explorer.reach(ADA), explorer.reach(ADA, window=SINCE)
    assert marked.counts == plain.counts
    for name in ("nhis", "privileged", "secret_stores", "data"):
        pairs = zip(getattr(plain, name), getattr(marked, name), strict=True)
        assert all(
            [step.edges for step in one.path] == [step.edges for step in other.path]
            for one, other in pairs
        )


def test_each_answer_says_its_bounds_and_what_would_settle_most(sample_store):
    found = explorers.open(sample_store).reach(ADA)
    said = found.to_json()
    for name, bounds in said["bounds"].items():
        counts = said["counts"][name]
        assert bounds["least"] <= bounds["stated"] <= bounds["most"]
        assert bounds["stated"] == counts["reached"]
        assert bounds["most"] == sum(counts.values())
    (first, *_) = found.doubts().deciding
    assert said["settles_most"] == first.to_json()
    assert str(first) in found.explain()
    assert "doubts" not in said
    assert found.to_json(with_doubts=True)["doubts"][0] == first.to_json()


def test_an_answer_says_by_tenant_what_was_seen_and_what_was_not(sample_store):
    found = explorers.open(sample_store).reach(ADA)
    sources = {each["source"]: each for each in found.to_json()["coverage"]["sources"]}
    directory = sources[f"azurehound:{plan.TENANT_ID}"]
    assert "AZUser" in directory["whole"]
    assert "administrative unit membership" in directory["missing"]
    unloaded = {each.settled_by for each in found.doubts().unhinted}
    assert "okta_system_log" in unloaded
    assert "azurehound" not in unloaded
