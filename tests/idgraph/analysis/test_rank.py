"""Rank: every identity by what its reset opens, as reach would count it for each."""

import json

import numpy as np
import pytest

from idgraph.analysis.provenance import Provenance
from idgraph.analysis.rank import ORDER, rank
from idgraph.analysis.reach import CLASSES, reach
from idgraph.analysis.scenario import Scenario
from idgraph.errors import InputError, UnknownNameError
from idgraph.graph import Flag
from tests.idgraph.analysis.crowds import chances, gated_world
from tests.idgraph.analysis.worlds import ROBOT, ROLE, STORE, USER, VAULT, random_world, world

HOSTILE = '<img src=x onerror=alert(1)> "\u202ename'
NONE = {"reached": 0, "reached_if": 0, "cannot_tell": 0}


def number(reached=0, reached_if=0, cannot_tell=0):
    return {"reached": reached, "reached_if": reached_if, "cannot_tell": cannot_tell}


NODES = {
    "ada": USER, "bob": USER, "cy": USER, "dee": USER, "eve": USER, "robot": ROBOT,
    "role": ROLE, "other": ROLE, "vault": VAULT, "store": STORE,
}  # fmt: skip
EDGES = [
    ("ada", "HAS", "role", ()),
    ("role", "TAKES", "vault", ()),
    ("bob", "HAS", "role", ("pim:role",)),
    ("cy", "TAKES", "store", ()),
    ("cy", "HAS", "other", ("unknown:units",)),
    ("dee", "TAKES", "ada", ("mfa:ada",)),
    ("dee", "HAS", "robot", ()),
    ("robot", "HAS", "vault", ()),
    ("robot", "HAS", "dee", ()),
]


@pytest.fixture
def graph():
    return world(NODES, EDGES, names={"ada": HOSTILE})


def of(answer):
    return {each.id: each for each in answer}


def test_counts_are_by_class_and_verdict(graph):
    found = of(rank(graph))

    assert found["ada"].counts == {
        "privileged": number(1), "data": NONE, "secret_stores": number(1), "nhis": NONE,
    }  # fmt: skip
    assert found["bob"].counts == {
        "privileged": number(reached_if=1), "data": NONE,
        "secret_stores": number(reached_if=1), "nhis": NONE,
    }  # fmt: skip
    assert found["cy"].counts["privileged"] == number(cannot_tell=1)
    assert found["cy"].counts["data"] == number(1)
    assert found["dee"].counts == {
        "privileged": number(reached_if=1), "data": NONE,
        "secret_stores": number(1), "nhis": number(1),
    }  # fmt: skip
    assert not found["eve"].opens


def test_places_go_by_privileged_then_data_then_secret_stores_then_nhis_then_id(graph):
    assert [each.id for each in rank(graph)] == ["ada", "cy", "dee", "bob", "eve"]
    assert [each.place for each in rank(graph)] == [1, 2, 3, 4, 5]


def test_the_classes_asked_for_decide_the_places(graph):
    answer = rank(graph, classes=("nhis", "data"))

    assert [each.id for each in answer] == ["dee", "cy", "ada", "bob", "eve"]
    assert set(answer[0].counts) == {"nhis", "data"}


def test_a_guard_that_everybody_passes_takes_the_condition_away(graph):
    found = of(rank(graph, Scenario(passes=frozenset({"pim"}))))

    assert found["bob"].counts["privileged"] == number(1)


def test_a_password_alone_leaves_the_second_factor_before_everything(graph):
    found = of(rank(graph, Scenario(reset="password_admin")))

    assert found["ada"].counts["privileged"] == number(reached_if=1)
    assert found["cy"].counts["privileged"] == number(cannot_tell=1)


def test_identities_of_no_person_are_ranked_when_asked_for_and_do_not_count_themselves(graph):
    assert "robot" not in of(rank(graph))

    assert of(rank(graph, nhis=True))["robot"].counts["nhis"] == NONE


def test_a_limit_lists_fewer_and_ranks_all(graph):
    answer = rank(graph, limit=2)

    assert [each.id for each in answer.identities] == ["ada", "cy"]
    assert len(answer) == answer.to_json()["total"] == 5
    assert len(answer.to_frame()) == len(answer.to_json()["identities"]) == 2


def test_an_unknown_class_is_refused_with_a_hint(graph):
    with pytest.raises(UnknownNameError, match=r"Did you mean privileged\?"):
        rank(graph, classes=("privilege",))


def test_a_reset_that_fits_nobody_asked_about_is_refused_with_a_hint(graph):
    for nhis in (False, True):
        with pytest.raises(InputError, match=r"Use password_admin or .*federation_reset\."):
            rank(graph, Scenario(reset="login_profile"), nhis=nhis)
    with pytest.raises(InputError, match="--nhis"):
        rank(graph, Scenario(reset="secret_rotate"))

    assert [each.id for each in rank(graph, Scenario(reset="secret_rotate"), nhis=True)] == [
        "robot"
    ]


def test_a_graph_without_people_ranks_nobody():
    answer = rank(world({"robot": ROBOT}, []))

    assert len(answer) == 0
    assert answer.to_json()["identities"] == []
    assert "0 identities" in repr(answer)


def check(graph, scenario):
    answer = rank(graph, scenario, nhis=True)
    starts = np.flatnonzero(graph.has(Flag.PERSON | Flag.NHI))
    assert {each.id for each in answer} == {str(each) for each in graph.ids[starts]}
    for each in answer:
        truth = reach(graph, each.id, scenario).counts
        assert each.counts == {name: truth[name] for name in ORDER}
    keys = [tuple(-each.counts[name]["reached"] for name in ORDER) for each in answer]
    assert keys == sorted(keys)


def test_rank_counts_what_reach_counts():
    for _, chance in chances(60):
        check(random_world(chance), Scenario())


def test_rank_counts_what_reach_counts_behind_gates():
    for _, chance in chances(40):
        check(gated_world(chance), Scenario(passes=frozenset({"pim"})))


def test_the_answer_is_the_same_for_edges_in_any_order(graph):
    turned = world(NODES, EDGES, names={"ada": HOSTILE}, order=list(reversed(range(len(EDGES)))))

    assert rank(turned).to_json() == rank(graph).to_json()


def test_the_json_holds_the_scenario_the_moment_and_every_count(graph):
    seen = Provenance(as_of="2026-11-02T06:00:00Z", loaded=("users",), missing=("units",))
    said = json.loads(json.dumps(rank(graph, limit=1, provenance=seen).to_json()))

    assert said == {
        "scenario": {"reset": None, "passes": [], "passes_own_factor": True},
        "as_of": "2026-11-02T06:00:00Z",
        "profile": "strict",
        "classes": ["privileged", "data", "secret_stores", "nhis"],
        "total": 5,
        "identities": [
            {
                "place": 1, "id": "ada", "kind": "User", "name": HOSTILE,
                "counts": {
                    "privileged": number(1), "data": NONE, "secret_stores": number(1), "nhis": NONE,
                },
            }
        ],
        "coverage": {"loaded": ["users"], "missing": ["units"]},
    }  # fmt: skip


def test_the_frame_has_a_column_for_each_class_and_verdict(graph):
    frame = rank(graph).to_frame()

    assert frame.loc[0, ["id", "privileged", "secret_stores"]].tolist() == ["ada", 1, 1]
    assert frame.set_index("id").loc["bob", "privileged_reached_if"] == 1
    assert len(frame.columns) == 4 + 3 * len(CLASSES)


def test_a_hostile_name_is_shown_as_text(graph):
    answer = rank(graph)
    shown = answer._repr_mimebundle_()

    assert "<img" not in shown["text/html"]
    assert "\u202e" not in shown["text/html"] + shown["text/plain"] + repr(answer)
    assert "\u202e" not in answer.explain()
    assert "\n" not in repr(answer)


def test_the_words_say_who_comes_first_and_what_is_assumed(graph):
    said = rank(graph).explain().splitlines()

    assert said[0].startswith("1 of 5 identities reaches a privileged role or scope; first is")
    assert said[1].startswith("After a full takeover the attacker is signed in as the identity")
    assert (
        "2. Cy (cy): 0 privileged roles and scopes (1 that cannot be told) and 1 data store."
        in said
    )
    assert "5. Eve (eve): nothing that counts." in said
