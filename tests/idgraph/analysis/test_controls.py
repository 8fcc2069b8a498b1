"""Which single control takes most away or opens most, by hand and by taking edges out."""

import random

import numpy as np
import pytest

from idgraph.analysis.reach import CLASSES, reach
from idgraph.analysis.scenario import Scenario
from idgraph.graph import graph_from_columns
from tests.idgraph.analysis.worlds import (
    CATALOGUE,
    GROUP,
    ROBOT,
    ROLE,
    USER,
    VAULT,
    random_gates,
    random_world,
    world,
)


@pytest.fixture
def answer():
    graph = world(
        {"ada": USER, "bob": USER, "desk": GROUP, "robot": ROBOT, "role": ROLE, "v": VAULT},
        [
            ("ada", "HAS", "desk", ("mfa:ada",)),
            ("desk", "TAKES", "bob", ("assume:tap_policy",)),
            ("bob", "HAS", "robot", ()),
            ("bob", "HAS", "role", ("pim:role",)),
            ("robot", "HAS", "v", ()),
            ("ada", "HAS", "v", ("condition:k", "mfa:ada")),
        ],
    )
    return reach(graph, "ada")


def test_the_control_that_takes_most_away_comes_first(answer):
    found = answer.controls()
    rows = [(each.guard, each.state, each.targets, each.harder) for each in found.take_away]

    assert found.total == 3
    assert rows == [
        ("mfa:ada", "passed", 3, 0),
        ("assume:tap_policy", "assumed", 2, 1),  # the vault is left, under a condition
        ("pim:role", "asked", 1, 0),
    ]
    assert found.take_away[0].by_class == {
        "nhis": 1, "privileged": 1, "secret_stores": 1, "data": 0,
    }  # fmt: skip


def test_the_control_that_alone_opens_most_comes_first(answer):
    rows = [(each.guard, each.targets) for each in answer.controls().unlock]

    assert rows == [("pim:role", 1)]


def test_no_more_rows_are_given_than_asked_for(answer):
    assert len(answer.controls(1).take_away) == 1


def test_what_is_said_of_a_control_names_it_in_words(answer):
    found = answer.controls()

    assert "the account may use a Temporary Access Pass: 2 of 3 targets" in found.explain()
    assert found.to_json()["take_away"][1]["words"] == (
        "the account may use a Temporary Access Pass"
    )
    assert repr(found).startswith("Controls(Ada reaches 3 targets; 3 hang on whether")
    assert list(found.to_frame().columns)[:4] == ["effect", "guard", "words", "state"]
    assert "<table" in found._repr_mimebundle_()["text/html"]


def test_controls_stand_in_the_json_only_when_asked_for(answer):
    assert "controls" not in answer.to_json()
    assert answer.to_json(with_controls=True)["controls"] == answer.controls().to_json()


def without(graph, guard):
    """Return the graph without the edges that ask for a guard."""
    kept = np.array([guard not in graph.guards_of(edge) for edge in range(graph.m)], bool)
    return graph_from_columns(
        CATALOGUE,
        ids=graph.ids,
        kinds=graph.kinds,
        names=graph.names,
        source=graph.source[kept],
        target=graph.target[kept],
        edge_kinds=graph.edge_kinds[kept],
        guards=graph.guards[kept],
        rows=graph.rows[kept],
        guard_sets=graph.guard_sets,
    )


@pytest.mark.parametrize("make", [random_world, random_gates])
@pytest.mark.parametrize("seed", range(5))
def test_what_a_control_takes_away_is_what_is_lost_without_the_edges_that_ask_for_it(make, seed):
    chance = random.Random(seed)  # noqa: S311  worlds, not secrets
    for _ in range(15):
        graph = make(chance)
        start = next(at for at in range(graph.n) if graph.accounts[at] or at == graph.n - 1)
        scenario = Scenario(passes=frozenset(chance.choice((("mfa",), ("condition", "pim"), ()))))
        answer = reach(graph, start, scenario)
        guards = {guard for each in graph.guard_sets for guard in each}
        truth = {guard: _worse(graph, start, scenario, guard) for guard in guards}
        said = {each.guard: (each.targets, each.harder) for each in answer.controls(100).take_away}

        unseen = {guard for guard in truth if guard.startswith("unknown:")}
        assert said == {
            guard: lost
            for guard, lost in truth.items()
            if any(lost) and guard not in unseen - said.keys()
        }


def _worse(graph, start, scenario, guard):
    now, then = reach(graph, start, scenario), reach(without(graph, guard), start, scenario)
    before = {each.id: each.verdict for name in CLASSES for each in getattr(now, name)}
    after = {each.id: each.verdict for name in CLASSES for each in getattr(then, name)}
    told = {node for node, verdict in before.items() if verdict != "cannot_tell"}
    lost = {node for node in told if after.get(node, "cannot_tell") == "cannot_tell"}
    harder = {
        node for node in told - lost if (before[node], after[node]) == ("reached", "reached_if")
    }
    return len(lost), len(harder)
