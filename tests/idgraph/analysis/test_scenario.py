"""What a scenario asks for on the start, what it passes, and what holds."""

import pytest

from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict, walk
from tests.idgraph.analysis.worlds import BLIND_SPOT, GROUP, ROLE, USER, VAULT, world


@pytest.fixture
def graph():
    return world(
        {"a": USER, "b": USER, "g": GROUP, "r": ROLE, "s": BLIND_SPOT, "v": VAULT},
        [
            ("a", "HAS", "g", ()),
            ("g", "TAKES", "b", ("mfa:b",)),
            ("a", "HAS", "r", ("mfa:a", "pim:r")),
            ("g", "HAS", "s", ()),
            ("s", "HAS", "v", ("unknown:who reads v",)),
        ],
    )


def verdicts(graph, scenario):
    found = walk(graph, 0, scenario)
    return {
        str(graph.ids[node]): (str(found.verdict(node)), found.guards(node))
        for node in range(graph.n)
    }


def test_what_a_method_asks_for_belongs_to_every_path_and_to_no_start(graph):
    assert verdicts(graph, Scenario("password_admin")) == {
        "a": ("reached", ()),
        "g": ("reached_if", ("mfa:a",)),
        "b": ("reached_if", ("mfa:a", "mfa:b")),
        "r": ("reached_if", ("mfa:a", "pim:r")),
        "s": ("reached_if", ("mfa:a",)),
        "v": ("cannot_tell", ("mfa:a",)),
    }


def test_a_reset_second_factor_asks_for_the_password_and_passes_the_factor(graph):
    said = verdicts(graph, Scenario("mfa_reset"))

    assert said["g"] == ("reached_if", ("password:a",))
    assert said["r"] == ("reached_if", ("password:a", "pim:r"))


@pytest.mark.parametrize("passed", ["mfa", "mfa:a"])
def test_a_guard_on_the_start_that_is_passed_is_not_asked_for(graph, passed):
    scenario = Scenario("password_admin", frozenset({passed}))

    assert scenario.entry("a") == ()
    assert verdicts(graph, scenario)["g"] == ("reached", ())


def test_the_first_step_carries_what_the_method_asks_for_and_assumes(graph):
    found = walk(graph, 0, Scenario("password_admin"))
    assumed = walk(graph, 0, Scenario("password_sspr"))
    node = graph.position("b")
    first, second = found.path(node)

    assert (found.needed_on(first), found.needed_on(second)) == (("mfa:a",), ("mfa:b",))
    assert assumed.assumes(node) == ("assume:self_service_methods",)
    assert found.assumes(node) == ()


def test_what_is_asked_for_on_the_start_leaves_sets_minimal():
    graph = world(
        {"a": USER, "b": GROUP, "c": ROLE},
        [
            ("a", "HAS", "b", ("mfa:a",)),
            ("b", "HAS", "c", ("pim:c",)),
            ("a", "HAS", "c", ("device:d", "mfa:a")),
        ],
    )
    found = walk(graph, 0, Scenario("password_admin"))

    assert found.sufficient(2) == (("device:d", "mfa:a"), ("mfa:a", "pim:c"))


@pytest.mark.parametrize("held", ["mfa:b", "mfa"])
def test_a_control_that_holds_is_passed_by_nobody(graph, held):
    passes = frozenset({"mfa"})
    found = walk(graph, 0, Scenario(passes=passes, holds=frozenset({"mfa:b"})))

    assert found.verdict(graph.position("b")) is None
    assert found.guards(graph.position("r")) == ("pim:r",)
    assert Scenario(passes=frozenset({held})).passed("a") == tuple(sorted({held, "mfa:a"}))


def test_a_control_on_the_start_that_holds_stops_everything(graph):
    scenario = Scenario("password_admin", holds=frozenset({"mfa:a"}))
    found = walk(graph, 0, scenario)

    assert [found.verdict(node) for node in range(graph.n)] == [Verdict.REACHED, *[None] * 5]


def test_an_assumption_that_does_not_hold_stops_the_method_that_rests_on_it(graph):
    scenario = Scenario("password_sspr", holds=frozenset({"assume:self_service_methods"}))

    assert walk(graph, 0, scenario).verdict(graph.position("g")) is None


def test_a_full_takeover_is_printed_as_before_and_a_reset_with_what_it_gives():
    assert Scenario().to_json("a") == {"reset": None, "passes": ["mfa:a"]}
    assert Scenario("tap", frozenset({"pim"})).to_json("a") == {
        "reset": "tap",
        "passes": ["mfa:a", "pim"],
        "gives": "signs in without password or further factor, and may register methods",
        "asks": [],
        "assumes": ["assume:tap_policy"],
    }
