"""Bounds and doubts against worlds that are made without the doubtful edges, or with them bare."""

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis.doubt.settling import (
    CALLS,
    SETTLES_ASSUMPTION,
    SETTLES_BLIND_SPOT,
    settled_by,
)
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import CLASSES, reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from idgraph.derive.assumptions import ASSUMPTIONS
from idgraph.graph import graph_from_columns
from idgraph.snapshot import Coverage
from loaders import aws_iam
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    GROUP,
    ROBOT,
    ROLE,
    STORE,
    USER,
    VAULT,
    random_gates,
    random_world,
    world,
)

SCENARIOS = (
    Scenario(),
    Scenario(reset="password_admin"),
    Scenario(reset="password_sspr"),
    Scenario(reset="recovery_contact_change", passes=frozenset({"pim"})),
)

chances = st.randoms(use_true_random=False)


def ada(*edges, **kinds):
    known = {"ada": USER, "bot": ROBOT, "ops": GROUP, "role": ROLE, "vault": VAULT, "data": STORE}
    return world(known | kinds, edges)


# A slow oracle: other worlds, written anew edge by edge.


def rewritten(graph, keep):
    """Return the graph with the edges for which `keep` gives guards, and with those guards.

    Its blind spots are groups: what is settled needs no mark any more.
    """
    group = graph.catalogue.node_code(GROUP.name)
    rows, sets = [], {(): 0}
    for edge in range(graph.m):
        guards = keep(edge)
        if guards is not None:
            rows.append((edge, sets.setdefault(tuple(sorted(guards)), len(sets))))
    edges = [edge for edge, _ in rows]
    return graph_from_columns(
        graph.catalogue,
        ids=list(graph.ids),
        kinds=np.where(graph.blind_spots, group, graph.kinds).astype(np.int16),
        names=list(graph.names),
        flags=graph.flags,
        stands_for=graph.stands_for,
        source=graph.source[edges],
        target=graph.target[edges],
        edge_kinds=graph.edge_kinds[edges],
        guards=np.array([guards for _, guards in rows], np.int32),
        rows=graph.rows[edges],
        guard_sets=tuple(sets),
    )


def marked(graph, edge):
    """Return the guards of an edge, with the mark that a way through a blind spot bears."""
    guards = set(graph.guards_of(edge))
    source = int(graph.source[edge])

    def says_so(other):
        return any(guard.startswith("unknown:") for guard in graph.guards_of(other))

    if graph.blind_spots[source] and graph.walkable[edge] and not says_so(edge):
        into = np.flatnonzero((graph.target == source) & graph.walkable)
        if not all(says_so(each) for each in into):
            guards.add(f"unknown:{graph.ids[source]}")
    return guards


def doubts_of(graph):
    return {
        guard
        for edge in range(graph.m)
        for guard in marked(graph, edge)
        if guard.startswith(("assume:", "unknown:"))
    }


def settled_against(graph, doubts):
    def keep(edge):
        guards = marked(graph, edge)
        return None if guards & doubts else guards

    return rewritten(graph, keep)


def settled_for(graph, doubts):
    return rewritten(graph, lambda edge: marked(graph, edge) - doubts)


def with_holds(scenario, doubts):
    held = doubts & set(scenario.assumed())
    return Scenario(scenario.reset, scenario.passes, scenario.holds | held)


def verdicts(graph, scenario):
    return walk(graph, 0, scenario).verdicts


def random_graph(chance):
    return random_gates(chance) if chance.random() < 0.4 else random_world(chance)


def check_bounds(graph, scenario):
    found = reach(graph, 0, scenario)
    doubts = doubts_of(graph) | set(scenario.assumed())
    least = verdicts(settled_against(graph, doubts), with_holds(scenario, doubts)) == 0
    stated = verdicts(graph, scenario)
    objects = ~graph.synthetic & (np.arange(graph.n) != 0)
    for name, bounds in found.bounds.items():
        members = objects & (graph.has(CLASSES[name][0]) if name in CLASSES else True)
        assert bounds.least == int((members & least).sum())
        assert bounds.stated == int((members & (stated == 0)).sum())
        assert bounds.most == int((members & (stated >= 0)).sum())
        assert bounds.least <= bounds.stated <= bounds.most


def check_doubts(graph, scenario):
    found = {each.settled_by: each for each in reach(graph, 0, scenario).doubts().deciding}
    groups = {}
    for guard in doubts_of(graph) | set(scenario.assumed()):
        groups.setdefault(settled_by(guard), set()).add(guard)
    anything = np.logical_or.reduce([graph.has(flag) for flag, _, _ in CLASSES.values()])
    anything[0] = False
    for what, doubts in groups.items():
        low = verdicts(settled_against(graph, doubts), with_holds(scenario, doubts))
        high = verdicts(settled_for(graph, doubts & unknown(doubts)), scenario)
        decided = set(graph.ids[(low != high) & anything])
        assert set(found[what].results if what in found else ()) == decided


def unknown(doubts):
    return {each for each in doubts if each.startswith("unknown:")}


@settings(max_examples=150, deadline=None)
@given(chances, st.sampled_from(SCENARIOS))
def test_bounds_are_those_of_the_worlds_in_which_all_doubts_are_settled(chance, scenario):
    graph = random_graph(chance)
    if scenario.method.fits(graph.catalogue.node_kinds[graph.kinds[0]]):
        check_bounds(graph, scenario)


@settings(max_examples=150, deadline=None)
@given(chances, st.sampled_from(SCENARIOS))
def test_a_doubt_decides_what_differs_between_the_worlds_in_which_it_is_settled(chance, scenario):
    graph = random_graph(chance)
    if scenario.method.fits(graph.catalogue.node_kinds[graph.kinds[0]]):
        check_doubts(graph, scenario)


@pytest.mark.slow
def test_bounds_and_doubts_hold_on_many_worlds():
    chance = random.Random(6)  # noqa: S311  the same worlds every time
    for _ in range(500):
        graph = random_graph(chance)
        scenario = chance.choice(SCENARIOS)
        if scenario.method.fits(graph.catalogue.node_kinds[graph.kinds[0]]):
            check_bounds(graph, scenario)
            check_doubts(graph, scenario)


# By hand.


def test_the_bounds_are_equal_where_nothing_is_in_doubt():
    found = reach(ada(("ada", "HAS", "ops", ()), ("ops", "HAS", "bot", ())), "ada")
    assert found.bounds["nhis"].to_json() == {"least": 1, "stated": 1, "most": 1}
    assert found.bounds["nhis"].sure
    assert not found.doubts().deciding
    assert found.settles_most is None
    assert found.doubts().summary == ("no result on Ada hangs on something that was not seen")


def test_an_assumption_lowers_the_least_and_a_guard_or_blind_spot_raises_the_most():
    found = reach(
        ada(
            ("ada", "HAS", "bot", ("assume:owner_app_permission",)),
            ("ada", "HAS", "vault", ("pim:x",)),
            ("ada", "HAS", "data", ("unknown:unit members of u1",)),
            ("ada", "HAS", "role", ()),
        ),
        "ada",
    )
    assert {name: tuple(each.to_json().values()) for name, each in found.bounds.items()} == {
        "nhis": (0, 1, 1),
        "privileged": (1, 1, 1),
        "secret_stores": (0, 0, 1),
        "data": (0, 0, 1),
        "all": (1, 2, 4),
    }


def test_what_decides_most_comes_first_and_names_the_source_that_lacks_it():
    lacking = Coverage(
        "azurehound:t1", "administrative unit membership", 0, complete=False, about="not collected"
    )
    aside = Coverage("azurehound:t1", "sign-in logs", 0, complete=False, about="no sign-ins")
    whole = Coverage("azurehound:t1", "AZUser", 3, complete=True, about="")
    found = reach(
        ada(
            ("ada", "HAS", "ops", ("unknown:unit members of u1",)),
            ("ops", "HAS", "vault", ()),
            ("ops", "HAS", "data", ("unknown:unit members of u2",)),
            ("ada", "HAS", "bot", ("assume:tap_policy",)),
        ),
        "ada",
        provenance=Provenance(
            coverage=(lacking, aside, whole), never_loaded=(("okta", "an Okta organisation"),)
        ),
    ).doubts()
    first, second, *others = found
    assert (first.settled_by, first.decides, first.sources) == (
        "administrative unit membership",
        2,
        ("azurehound:t1",),
    )
    assert first.blind_spots == ("unit members of u1", "unit members of u2")
    assert set(first.results) == {"vault", "data"}
    assert first.by_class == {"nhis": 0, "privileged": 0, "secret_stores": 1, "data": 1}
    assert (second.settled_by, second.decides) == ("authentication methods policy", 1)
    assert second.assumptions == (ASSUMPTIONS["tap_policy"],)
    assert [(each.settled_by, each.decides) for each in others] == [
        ("sign-in logs", None),
        ("okta", None),
    ]
    assert found.summary == (
        "what would settle most: administrative unit membership of azurehound:t1 (2 of 3 results)"
    )


def test_what_hangs_on_two_doubts_at_once_is_told_though_neither_decides_it_alone():
    found = reach(
        ada(
            ("ada", "HAS", "bot", ("assume:tap_policy",)),
            ("ada", "TAKES", "bot", ("assume:owner_app_permission",)),
        ),
        "ada",
    )
    assert found.bounds["nhis"].to_json() == {"least": 0, "stated": 1, "most": 1}
    assert found.doubts().summary == "1 result on Ada hangs on several doubts, and on none alone"


def test_an_assumption_of_the_reset_itself_is_a_doubt():
    found = reach(ada(("ada", "HAS", "bot", ())), "ada", Scenario(reset="password_sspr"))
    assert found.bounds["nhis"].to_json() == {"least": 0, "stated": 1, "most": 1}
    assert found.doubts().deciding[0].settled_by == "authentication methods policy"


def test_a_blind_spot_that_no_guard_names_is_a_doubt_of_its_own_name():
    found = reach(
        ada(("ada", "HAS", "spot", ()), ("spot", "HAS", "bot", ()), spot=BLIND_SPOT), "ada"
    )
    assert found.bounds["nhis"].to_json() == {"least": 0, "stated": 0, "most": 1}
    assert [(each.settled_by, each.decides) for each in found.doubts().deciding] == [("spot", 1)]


def test_a_doubt_outside_what_is_reached_is_none():
    found = reach(ada(("bot", "HAS", "vault", ("assume:tap_policy",))), "ada")
    assert not found.doubts().deciding


@pytest.mark.parametrize("subject", sorted(ASSUMPTIONS))
def test_every_assumption_says_what_would_settle_it(subject):
    assert SETTLES_ASSUMPTION[subject]


def test_nothing_settles_an_assumption_that_no_rule_makes():
    assert set(SETTLES_ASSUMPTION) <= set(ASSUMPTIONS)


@pytest.mark.parametrize("start", sorted(SETTLES_BLIND_SPOT))
def test_a_blind_spot_is_settled_by_how_its_subject_begins(start):
    assert settled_by(f"unknown:{start}x") == SETTLES_BLIND_SPOT[start]


def test_every_record_kind_of_aws_names_the_call_whose_answer_holds_it():
    assert set(aws_iam.LOADER.record_kinds) - {"call of a pull"} == set(CALLS)


def test_a_doubt_about_aws_names_the_call_that_would_settle_it():
    policy = "unknown:document of arn:aws:iam::aws:policy/Example"
    found = reach(ada(("ada", "HAS", "bot", (policy,))), "ada").doubts().deciding[0]
    assert str(found) == f"managed policy ({found.call})"
    assert found.to_json()["call"] == (
        "aws iam get-account-authorization-details, get-policy-version"
    )


def test_doubts_are_shown_without_markup_in_every_form():
    hostile = "<script>\u202e\nx"
    graph = world(
        {"ada": USER, "bot": ROBOT},
        [("ada", "HAS", "bot", (f"unknown:{hostile}",))],
        names={"ada": hostile},
    )
    found = reach(graph, "ada").doubts()
    assert json.loads(json.dumps(found.to_json()))[0]["blind_spots"] == [hostile]
    assert len(found.to_frame()) == len(found)
    for text in (
        repr(found),
        found.explain().replace("\n", ""),
        found._repr_mimebundle_()["text/html"],
    ):
        assert "\u202e" not in text
    assert "<script>" not in found._repr_mimebundle_()["text/html"]
    assert "\n" not in repr(found)
