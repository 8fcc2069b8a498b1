"""How an identity was reset, what the attacker passes, and which control matters, as typed."""

import pytest

from idgraph import explorer
from idgraph.errors import InputError, UnknownNameError
from sample_data import plan
from tests.idgraph.commands import run

ADA = plan.RESET_IDENTITY_UPN
CLASSES = ("nhis", "privileged", "secret_stores", "data")


@pytest.fixture
def asked(sample_store):
    return lambda *words: run(*words, "--store", sample_store)


def guards(answer):
    return {guard for name in CLASSES for row in answer[name] for guard in row["guards"]}


def outright(answer):
    return sum(answer["counts"][name]["reached"] for name in CLASSES)


@pytest.mark.parametrize(
    ("method", "asks"),
    [
        ("password_admin", ["mfa"]),
        ("mfa_reset", ["password"]),
        ("recovery_contact_change", ["mfa", "recovery"]),
        ("tap", []),
    ],
)
def test_what_a_method_asks_for_stands_with_the_answer_and_with_every_row(asked, method, asks):
    answer = asked("reach", ADA, "--reset", method, "--json").json
    wanted = [f"{kind}:{answer['identity']['id']}" for kind in asks]

    assert answer["scenario"]["reset"] == method
    assert answer["scenario"]["asks"] == wanted
    assert set(wanted) <= guards(answer) or not wanted
    assert (outright(answer) == 0) == bool(wanted)


def test_passing_what_is_asked_for_gives_what_a_takeover_gives(asked):
    takeover = asked("reach", ADA, "--passes", "mfa", "--json").json
    reset = asked("reach", ADA, "--reset", "password_admin", "--passes", "mfa", "--json").json

    assert reset["counts"] == takeover["counts"]


def test_every_answer_says_what_the_reset_gives(asked):
    for words in (("reach", ADA), ("path", ADA, "nlcalibration")):
        said = asked(*words, "--reset", "password_admin").out
        assert "After a password set by an administrator" in " ".join(said.split())


@pytest.mark.parametrize("command", [("reach", ADA), ("path", ADA, "nlcalibration"), ("view", ADA)])
def test_a_method_that_cannot_be_is_one_sentence_and_exit_2(asked, command):
    unknown = asked(*command, "--reset", "pasword_admin")
    unfit = asked(*command, "--reset", "secret_rotate")

    assert (unknown.code, unfit.code) == (2, 2)
    assert "Did you mean password_admin?" in unknown.err
    assert "needs a non-human identity" in unfit.err
    assert "Traceback" not in unknown.err + unfit.err


def test_the_control_that_takes_most_away_is_shown_and_stands_in_the_json(asked):
    said = asked("reach", ADA, "--controls")
    rows = asked("reach", ADA, "--controls", "--json").json["controls"]["take_away"]

    assert "If it held" in said.out
    assert [row["targets"] + row["harder"] for row in rows] == sorted(
        (row["targets"] + row["harder"] for row in rows), reverse=True
    )


def test_the_explorer_takes_the_same_words(sample_store):
    known = explorer.open(sample_store)
    answer = known.reach(ADA, reset="mfa_reset")

    assert answer.scenario.reset == "mfa_reset"
    assert known.path(ADA, "nlcalibration", reset="tap").scenario.reset == "tap"
    with pytest.raises(InputError):
        known.reach(ADA, reset="key_create")
    with pytest.raises(UnknownNameError):
        known.reach(ADA, reset="phone_call")
