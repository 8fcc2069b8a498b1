"""`idgraph exposed` and `idgraph rank`: what they print where, and how they end."""

import re

import pytest

from tests.idgraph.commands import run
from tests.idgraph.test_cli import HARMFUL

TARGET = "Northlight Production"


@pytest.fixture
def ask(sample_store):
    return lambda *words: run(*words, "--store", sample_store)


@pytest.fixture(scope="module")
def ranked(sample_store):
    return run("rank", "--limit", "0", "--nhis", "--json", "--store", sample_store).json


def test_rank_lists_the_worst_first_and_says_how_many_more_there_are(ask):
    said = ask("rank", "--limit", "3")

    assert said.code == 0
    assert said.err == ""
    assert not HARMFUL.search(said.out)
    assert re.search(r"of \d+ identities reach a privileged role or scope", said.out)
    assert re.search(r"and \d+ more: --limit 0 lists all", said.out)


def test_rank_as_json_is_in_the_order_of_its_counts(ranked):
    keys = [
        tuple(-each["counts"][name]["reached"] for name in ranked["classes"])
        for each in ranked["identities"]
    ]

    assert keys == sorted(keys)
    assert ranked["total"] == len(ranked["identities"]) > 300
    assert [each["place"] for each in ranked["identities"]] == list(range(1, len(keys) + 1))


def test_rank_counts_only_the_classes_asked_for(ask):
    found = ask("rank", "--class", "data,nhis", "--limit", "1", "--json").json

    assert found["classes"] == ["data", "nhis"]
    assert set(found["identities"][0]["counts"]) == {"data", "nhis"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("rank", "--class", "dats"), "class 'dats' does not exist. Did you mean data?"),
        (("rank", "--reset", "secret_rotate"), "reset secret_rotate needs a non-human identity"),
        (("rank", "--reset", "taps"), "Did you mean tap?"),
        (("exposed", "Northlight Productoin"), "is not in the graph. Did you mean Northlight"),
        (("exposed", TARGET, "--passes", "mfaa"), "Did you mean mfa?"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exit_2(ask, words, sentence):
    said = ask(*words)

    assert (said.code, said.out) == (2, "")
    assert sentence in said.sentence


def test_exposed_says_first_which_request_opens_the_target_and_who_carries_it_out(ask):
    said = ask("exposed", TARGET, "--limit", "1")

    assert said.code == 0
    assert said.err == ""
    assert not HARMFUL.search(said.out)
    assert "One request opens it:" in said.out.partition("\n\n")[0]
    assert "--limit 0 lists all" in said.out


def test_exposed_as_json_counts_more_than_it_lists_and_says_so(ask):
    found = ask("exposed", TARGET, "--limit", "1", "--json").json

    assert sum(found["counts"].values()) == found["total"] > 10
    for way in found["reset_paths"]:
        assert len(way["identities"]) == 1
        assert sum(way["counts"].values()) == way["total"] >= 1
    last = found["reset_paths"][-1]
    assert (last["path"], last["executors"], last["proof"]) == ("", [], "")


def test_exposed_and_rank_agree_on_who_reaches_nothing(ask, ranked):
    quiet = {
        each["id"]
        for each in ranked["identities"]
        if not any(map(any, (counts.values() for counts in each["counts"].values())))
    }
    found = ask("exposed", TARGET, "--limit", "1", "--nhis", "--json").json
    listed = {each["id"] for way in found["reset_paths"] for each in way["identities"]}

    assert quiet
    assert not quiet & listed
