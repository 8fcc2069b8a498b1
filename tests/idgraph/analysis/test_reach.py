"""The answer of reach: its contract, its words, and what it never shows."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.steps import no_evidence
from idgraph.analysis.walk import Verdict
from idgraph.errors import UnknownNameError
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    HUB,
    POWER,
    ROBOT,
    ROLE,
    STORE,
    USER,
    VAULT,
    random_world,
    world,
)

HOSTILE = '<img src=x onerror=alert(1)> "\u202ename'

NODES = {
    "ada": USER, "bob": USER, "role": ROLE, "hub": HUB, "power": POWER, "robot": ROBOT,
    "vault": VAULT, "blind": BLIND_SPOT, "store": STORE, "far": VAULT,
}  # fmt: skip
EDGES = [
    ("ada", "HAS", "role", ("pim:role",)),
    ("role", "TAKES", "hub", ("device:d",)),
    ("hub", "TAKES", "bob", ("mfa:bob",)),
    ("bob", "HAS", "power", ()),
    ("power", "TAKES", "vault", ()),
    ("ada", "TAKES", "robot", ("assume:lock",)),
    ("robot", "HAS", "blind", ()),
    ("blind", "TAKES", "store", ("unknown:who reads store",)),
    ("robot", "HAS", "ada", ()),
]


class Asked:
    """Evidence that counts how often it is asked for."""

    def __init__(self):
        self.calls = []

    def __call__(self, edges):
        self.calls.append(list(edges))
        return [(f"evidence {edge}",) for edge in edges]


@pytest.fixture
def graph():
    return world(NODES, EDGES, names={"ada": "Ada", "robot": HOSTILE})


def test_every_class_lists_what_is_reached_of_it(graph):
    found = reach(graph, "ada")

    assert [each.id for each in found.nhis] == ["robot"]
    assert [each.id for each in found.privileged] == ["role"]
    assert [each.id for each in found.secret_stores] == ["vault"]
    assert [each.id for each in found.data] == ["store"]
    assert [each.verdict for each in (*found.nhis, *found.privileged, *found.data)] == [
        Verdict.REACHED,
        Verdict.REACHED_IF,
        Verdict.CANNOT_TELL,
    ]


def test_counts_are_of_platform_objects_and_never_of_the_start_or_of_ours(graph):
    found = reach(graph, "ada")

    assert found.counts == {
        "nhis": {"reached": 1, "reached_if": 0, "cannot_tell": 0},
        "privileged": {"reached": 0, "reached_if": 1, "cannot_tell": 0},
        "secret_stores": {"reached": 0, "reached_if": 1, "cannot_tell": 0},
        "data": {"reached": 0, "reached_if": 0, "cannot_tell": 1},
        "all": {"reached": 1, "reached_if": 3, "cannot_tell": 1},
    }
    assert [each.id for each in found.reached] == ["robot", "role", "bob", "vault", "store"]


def test_a_start_that_is_an_nhi_is_not_among_what_it_reaches(graph):
    assert reach(graph, "robot").nhis == ()


def test_a_step_through_a_hub_is_one_with_both_evidences_and_both_guards(graph):
    found = reach(graph, "ada", evidence=Asked())
    step = found.secret_stores[0].path[1]

    assert (step.source, step.kind, step.target) == ("role", "TAKES", "bob")
    assert step.sentence == "Role can take Bob"
    assert step.guards == ("device:d", "mfa:bob")
    assert len(step.evidence) == len(step.edges) == 2
    assert [each.target for each in found.secret_stores[0].path] == [
        "role",
        "bob",
        "power",
        "vault",
    ]
    assert found.secret_stores[0].hops == 4


def test_evidence_is_asked_for_once_for_all_steps_and_only_when_a_path_is(graph):
    asked = Asked()
    found = reach(graph, "ada", evidence=asked)
    assert (found.counts, asked.calls) == (found.counts, [])

    found.to_json()
    found.explain()
    assert len(asked.calls) == 1
    assert asked.calls[0] == sorted(set(asked.calls[0]))


def test_the_json_is_the_contract_to_the_letter(graph):
    provenance = Provenance(as_of="2026-11-20T00:00:00Z", loaded=("entra",), missing=("sign-ins",))
    found = reach(
        graph,
        "ada",
        Scenario(reset="mfa_reset", passes=frozenset({"mfa"})),
        evidence=Asked(),
        provenance=provenance,
    )
    said = found.to_json()

    assert list(said) == [
        "identity",
        "scenario",
        "as_of",
        "profile",
        "counts",
        "bounds",
        "nhis",
        "privileged",
        "secret_stores",
        "data",
        "coverage",
        "settles_most",
    ]
    assert said["identity"] == {"id": "ada", "kind": "User", "name": "Ada"}
    assert said["scenario"] == {
        "reset": "mfa_reset",
        "passes": ["mfa", "mfa:ada"],
        "gives": "enrols a second factor at the next sign-in, which takes the password",
        "asks": ["password:ada"],
        "assumes": [],
    }
    assert (said["as_of"], said["profile"]) == ("2026-11-20T00:00:00Z", "strict")
    assert said["coverage"] == {"loaded": ["entra"], "missing": ["sign-ins"], "sources": []}
    assert said["privileged"] == [
        {
            "id": "role", "kind": "Role", "name": "Role", "hops": 1, "verdict": "reached_if",
            "guards": ["password:ada", "pim:role"], "assumes": [],
            "path": [
                {
                    "source": "ada", "kind": "HAS", "target": "role",
                    "evidence": ["evidence 1"], "guards": ["password:ada", "pim:role"],
                    "assumes": [], "sentence": "Ada has Role",
                }
            ],
            "sufficient": [["password:ada", "pim:role"]],
        }
    ]  # fmt: skip
    assert said["data"][0]["blind_spots"] == ["who reads store"]
    assert "blind_spots" not in said["nhis"][0]
    assert json.loads(json.dumps(said)) == said


def test_all_adds_every_object_reached_without_its_path(graph):
    said = reach(graph, "ada").to_json(all_objects=True)

    assert list(said)[-1] == "reached"
    assert said["reached"][0] == {
        "id": "robot", "kind": "Robot", "name": HOSTILE, "hops": 1, "verdict": "reached",
        "guards": [],
    }  # fmt: skip
    assert {each["id"] for each in said["reached"]} == {"robot", "role", "bob", "vault", "store"}


def test_a_full_takeover_says_which_factor_it_passes(graph):
    assert reach(graph, "ada").to_json()["scenario"] == {"reset": None, "passes": ["mfa:ada"]}


def test_a_path_is_found_by_id_or_name_in_any_case(graph):
    found = reach(graph, "ada")

    assert found.path_to("VAULT") == found.path_to("vault") != ()
    assert found.path_to("far") == ()
    with pytest.raises(UnknownNameError):
        found.path_to("nobody")


def test_hostile_names_are_escaped_wherever_they_are_shown(graph):
    found = reach(graph, "ada")
    shown = found._repr_mimebundle_()

    assert "<img" not in shown["text/html"]
    assert "&lt;img" in shown["text/html"]
    for text in (shown["text/plain"], shown["text/html"], repr(found), found.explain()):
        assert "\u202e" not in text
    assert "\n" not in repr(found)


def test_it_is_explained_in_words(graph):
    provenance = Provenance(missing=("sign-in logs",))
    said = reach(graph, "ada", evidence=Asked(), provenance=provenance).explain()

    assert "Role is reached in 1 step, but only if the attacker activates" in said
    assert "Whether Store is reached cannot be told" in said
    assert "who reads store" in said
    assert "Not loaded: sign-in logs." in said
    assert "Role can take Bob" in said
    assert "evidence" in said


def test_an_identity_that_reaches_nothing_says_so():
    graph = world({"ada": USER}, [])
    found = reach(graph, "ada")

    assert found.to_json()["nhis"] == []
    assert "No non-human identity is reached." in found.explain()
    assert len(found.to_frame()) == 0
    assert found._repr_mimebundle_()["text/html"].count("<table") == 0


def test_the_tables_hold_what_the_answer_does(graph):
    found = reach(graph, "ada")

    assert list(found.to_frame()["id"]) == ["robot", "role", "vault", "store"]
    assert list(found.to_frame("nhis")["id"]) == ["robot"]
    assert list(found.to_frame("reached")["id"]) == [each.id for each in found.reached]
    assert len(found.to_frame("steps")) == 1 + 1 + 4 + 3
    with pytest.raises(UnknownNameError, match="table 'nothing'"):
        found.to_frame("nothing")


def test_an_answer_is_frozen(graph):
    found = reach(graph, "ada")
    with pytest.raises(AttributeError):
        found.walk = None


@settings(max_examples=60, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_counts_rows_and_paths_agree(chance):
    graph = random_world(chance)
    found = reach(graph, 0, evidence=no_evidence)

    assert sum(found.counts["all"].values()) == len(found.reached)
    for name in ("nhis", "privileged", "secret_stores", "data"):
        rows = getattr(found, name)
        assert sum(found.counts[name].values()) == len(rows)
        order = [(list(Verdict).index(each.verdict), each.hops, each.id) for each in rows]
        assert order == sorted(order)
        for each in rows:
            assert len(each.path) == each.hops
            assert {guard for step in each.path for guard in step.guards} == set(each.guards)
            assert {spot for step in each.path for spot in step.blind_spots} == set(
                each.blind_spots
            )
    assert not {each.id for each in found.reached} & set(
        np.array(graph.ids)[graph.synthetic | (np.arange(graph.n) == 0)]
    )
