"""What an answer warns of before it tells: names that nothing knows, accounts that are off."""

import pytest

from idgraph.analysis.exposed import exposed
from idgraph.analysis.path import paths
from idgraph.analysis.rank import rank
from idgraph.analysis.reach import reach
from idgraph.analysis.resets.answer import ResetEvent, Resets
from idgraph.analysis.scenario import Scenario
from idgraph.vocabulary.resets import proof_words
from tests.idgraph.analysis.worlds import ROBOT, USER, world
from tests.idgraph.derive.build import Build

EDGES = [("ada", "HAS", "bot", ("mfa:ada",)), ("ada", "HAS", "bot", ("pim:role",))]
PASSED = ("mfa:nosuch", "mfa:ada", "pim:role", "network", "password:ada")


def graph():
    return world({"ada": USER, "bot": ROBOT}, EDGES)


def warned(text):
    return "nothing asks for mfa:nosuch and password:ada, which is to be passed" in text


def scenario(reset=None):
    return Scenario(reset, frozenset(PASSED))


def test_a_guard_that_is_passed_and_nothing_asks_for_is_named():
    answers = [reach(graph(), "ada", scenario()), paths(graph(), 0, 1, 1, scenario=scenario())]

    for answer in answers:
        assert warned(answer.explain())
        assert answer.to_json()["scenario"]["unasked"] == ["mfa:nosuch", "password:ada"]


def test_the_same_warning_stands_with_whose_reset_it_is_about():
    about = exposed(graph(), "bot", ways=lambda _: (), passes=frozenset(PASSED))

    for answer in (about, rank(graph(), scenario())):
        assert warned(answer.explain())
        assert answer.to_json()["scenario"]["unasked"] == ["mfa:nosuch", "password:ada"]


@pytest.mark.parametrize("make", [lambda g, s: reach(g, "ada", s), rank])
def test_what_the_reset_itself_asks_for_is_asked_for(make):
    answer = make(graph(), Scenario("mfa_reset", frozenset({"password:ada"})))

    assert "unasked" not in answer.to_json()["scenario"]
    assert "nothing asks for" not in answer.explain()


@pytest.mark.parametrize("reset", [None, "password_admin"])
def test_a_disabled_account_is_called_disabled_however_it_is_asked_about(reset):
    build = Build().node("EntraUser", "ada", account_enabled=False).node("EntraUser", "eve")
    found = build.derive().graph
    off, on = (reach(found, each, Scenario(reset)) for each in ("ada", "eve"))

    assert "was disabled when it was seen" in off.explain()
    assert off.to_json()["scenario"]["disabled"] is True
    assert "disabled" not in on.explain()
    assert "disabled" not in on.to_json()["scenario"]


def test_a_reset_of_nobody_knows_whom_is_no_identity_of_its_own():
    of = [
        ResetEvent(id=str(at), identity=who, method="tap")
        for at, who in enumerate(["a", "unknown"])
    ]

    assert Resets(tuple(of)).summary == (
        "2 resets of 1 identity, 1 of nobody knows whom, 0 with something wrong"
    )
    assert Resets(tuple(of[:1])).summary == "1 reset of 1 identity, 0 with something wrong"


def test_a_proof_that_nobody_states_is_no_proof_called_unknown():
    assert proof_words("") == proof_words("nosuch") == "nobody says which"
