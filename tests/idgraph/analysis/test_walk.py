"""The walker against an oracle that tries every subset of guards, and cases worked by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis import search as search_module
from idgraph.analysis.edges import SHARED, SPENT, guarding
from idgraph.analysis.needs import blind, proper, subject
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict, walk
from idgraph.errors import UnknownNameError
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    GROUP,
    HUB,
    ROBOT,
    ROLE,
    STORE,
    USER,
    VAULT,
    Oracle,
    random_world,
    world,
)

SCENARIOS = (
    Scenario(),
    Scenario(reset="password_admin"),
    Scenario(passes=frozenset({"mfa"})),
    Scenario(reset="mfa_reset", passes=frozenset({"mfa", "condition:c", "pim"})),
    Scenario(passes=frozenset({"unknown", "device"})),
)

chances = st.randoms(use_true_random=False)


def check(graph, scenario):
    found = walk(graph, 0, scenario)
    truth = Oracle(graph, 0, scenario)
    assert not found.guards_cut
    for node in range(graph.n):
        said = found.verdict(node)
        assert (said.value if said else None) == truth.verdict(node)
        if said is None:
            assert found.hops[node] == -1
            continue
        need, hops, clean = truth.best[node]
        assert found.guards(node) == proper(need)
        assert found.blind_spots(node) == tuple(map(subject, blind(need)))
        assert found.hops[node] == hops
        assert (found.assumes(node) == ()) == clean
        check_path(graph, found, truth, node)


def check_path(graph, found, truth, node):
    path = found.path(node)
    need, hops, _ = truth.best[node]
    places = [found.start, *(int(graph.target[edge]) for edge in path)]
    assert [int(graph.source[edge]) for edge in path] == places[:-1]
    assert places[-1] == node
    assert all(graph.walkable[edge] for edge in path)
    asked = set().union(*(truth.needs[edge] for edge in path)) | (truth.entry if path else set())
    assert asked == set(need)
    assert sum(not (graph.hubs[a] and not graph.hubs[b]) for a, b in pairwise(places)) == hops
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("scenario", SCENARIOS)
@settings(max_examples=200, deadline=None)
@given(chance=chances)
def test_verdict_steps_guards_and_blind_spots_agree_with_trying_every_subset(scenario, chance):
    check(random_world(chance), scenario)


@settings(max_examples=200, deadline=None)
@given(chance=chances, size=st.integers(9, 14))
def test_they_agree_on_larger_worlds(chance, size):
    check(random_world(chance, size), chance.choice(SCENARIOS))


@settings(max_examples=100, deadline=None)
@given(chance=chances)
def test_the_order_of_loading_changes_nothing_in_an_answer(chance):
    nodes = {f"n{at}": USER for at in range(7)}
    edges = [
        (
            f"n{chance.randrange(7)}",
            chance.choice(("HAS", "TAKES")),
            f"n{chance.randrange(7)}",
            (chance.choice(("mfa:m", "pim:p", "assume:a", "unknown:u")),) * chance.randrange(2),
        )
        for _ in range(18)
    ]
    order = chance.sample(range(18), 18)
    one, other = world(nodes, edges), world(nodes, edges, order=order)
    first, second = walk(one, 0), walk(other, 0)

    assert (first.verdicts == second.verdicts).all()
    assert (first.hops == second.hops).all()
    for node in np.flatnonzero(first.verdicts >= 0).tolist():
        assert first.guards(node) == second.guards(node)
        assert [one.rows[e] for e in first.path(node)] == [other.rows[e] for e in second.path(node)]


@settings(max_examples=100, deadline=None)
@given(chance=chances)
def test_an_answer_does_not_depend_on_which_of_the_two_searches_walked(chance):
    count = chance.randint(2, 12)
    nodes = {f"n{at:02}": GROUP for at in range(count)}
    edges = [
        (f"n{chance.randrange(count):02}", "HAS", f"n{chance.randrange(count):02}", ())
        for _ in range(2 * count)
    ]
    plain, with_hub = world(nodes, edges), world({**nodes, "z": HUB}, edges)
    one, other = walk(plain, 0), walk(with_hub, 0)

    assert (one.hops == other.hops[:count]).all()
    assert all(one.path(v) == other.path(v) for v in np.flatnonzero(one.hops >= 0).tolist())


@settings(max_examples=50, deadline=None)
@given(chance=chances)
def test_a_walk_leaves_the_graph_as_it_was(chance):
    graph = random_world(chance)
    columns = ("source", "target", "edge_kinds", "guards", "rows", "flags", "kinds")
    before = {name: getattr(graph, name).copy() for name in columns}
    csr_before = [each.copy() for each in (graph.out().ptr, graph.out().nbr, graph.out().eid)]
    found = walk(graph, 0)
    for node in range(graph.n):
        if found.verdict(node):
            found.path(node)

    assert all((getattr(graph, name) == column).all() for name, column in before.items())
    csr_after = (graph.out().ptr, graph.out().nbr, graph.out().eid)
    assert all((one == other).all() for one, other in zip(csr_before, csr_after, strict=True))


# Worked by hand.


def at(graph, name):
    return graph.position(name)


def test_an_edge_that_is_only_structure_is_never_walked():
    graph = world({"a": USER, "b": ROLE}, [("a", "NEAR", "b", ())])

    assert walk(graph, 0).verdict(at(graph, "b")) is None


def test_two_edges_through_a_hub_are_one_step():
    graph = world(
        {"a": USER, "h": HUB, "r": ROLE, "x": USER, "y": ROBOT},
        [
            ("a", "HAS", "r", ()),
            ("r", "TAKES", "h", ()),
            ("h", "TAKES", "x", ()),
            ("x", "HAS", "y", ()),
        ],
    )
    found = walk(graph, 0)

    assert [int(found.hops[at(graph, name)]) for name in "arxy"] == [0, 1, 2, 3]
    assert len(found.path(at(graph, "y"))) == 4


def test_its_own_second_factor_is_passed_in_a_full_takeover_and_no_other():
    edges = [("a", "TAKES", "b", ("mfa:a",)), ("a", "TAKES", "c", ("mfa:c",))]
    graph = world({"a": USER, "b": ROLE, "c": USER}, edges)
    full, reset = walk(graph, 0), walk(graph, 0, Scenario(reset="password_admin"))

    assert full.verdict(at(graph, "b")) is Verdict.REACHED
    assert full.guards(at(graph, "c")) == ("mfa:c",)
    assert reset.guards(at(graph, "b")) == ("mfa:a",)


def test_a_scenario_passes_whole_kinds_and_single_guards():
    edges = [("a", "TAKES", "b", ("mfa:b",)), ("a", "TAKES", "c", ("mfa:c", "pim:c"))]
    graph = world({"a": USER, "b": USER, "c": USER}, edges)
    kind, single = (walk(graph, 0, Scenario(passes=frozenset({each}))) for each in ("mfa", "mfa:b"))

    assert (kind.guards(at(graph, "b")), kind.guards(at(graph, "c"))) == ((), ("pim:c",))
    assert (single.guards(at(graph, "b")), single.guards(at(graph, "c"))) == (
        (),
        ("mfa:c", "pim:c"),
    )


def test_a_guard_kind_that_does_not_exist_is_refused_with_a_hint():
    with pytest.raises(UnknownNameError, match="Did you mean pim"):
        Scenario(passes=frozenset({"pin"}))


def test_a_longer_path_without_guards_beats_a_shorter_one_with():
    graph = world(
        {"a": USER, "b": GROUP, "c": GROUP, "d": ROLE},
        [
            ("a", "HAS", "d", ("pim:d",)),
            ("a", "HAS", "b", ()),
            ("b", "HAS", "c", ()),
            ("c", "HAS", "d", ()),
        ],
    )
    found = walk(graph, 0)

    assert found.verdict(at(graph, "d")) is Verdict.REACHED
    assert found.hops[at(graph, "d")] == 3


def test_a_path_without_assumptions_is_shown_where_there_is_one():
    graph = world(
        {"a": USER, "b": GROUP, "c": ROLE, "d": STORE},
        [
            ("a", "HAS", "c", ("assume:x",)),
            ("a", "HAS", "b", ()),
            ("b", "HAS", "c", ()),
            ("a", "HAS", "d", ("assume:y",)),
        ],
    )
    found = walk(graph, 0)

    assert (found.assumes(at(graph, "c")), int(found.hops[at(graph, "c")])) == ((), 2)
    assert found.assumes(at(graph, "d")) == ("assume:y",)
    assert found.verdict(at(graph, "d")) is Verdict.REACHED


def test_of_minimal_sets_the_smallest_then_the_first_is_shown():
    graph = world(
        {"a": USER, "b": GROUP, "c": GROUP, "d": ROLE},
        [
            ("a", "HAS", "b", ("mfa:1", "mfa:2")),
            ("b", "HAS", "d", ()),
            ("a", "HAS", "c", ("pim:9",)),
            ("c", "HAS", "d", ()),
            ("a", "TAKES", "d", ("pim:3",)),
        ],
    )

    assert walk(graph, 0).guards(at(graph, "d")) == ("pim:3",)


def test_a_blind_spot_never_makes_more_than_cannot_tell():
    graph = world(
        {"a": USER, "b": GROUP, "s": BLIND_SPOT, "v": VAULT, "w": VAULT},
        [
            ("a", "HAS", "b", ("mfa:b",)),
            ("b", "TAKES", "s", ()),
            ("s", "TAKES", "v", ("unknown:who reads v",)),
            ("a", "HAS", "w", ()),
            ("s", "TAKES", "w", ("unknown:who reads v",)),
        ],
    )
    found = walk(graph, 0)

    assert found.verdict(at(graph, "v")) is Verdict.CANNOT_TELL
    assert found.blind_spots(at(graph, "v")) == ("who reads v",)
    assert found.guards(at(graph, "v")) == ("mfa:b",)
    assert found.verdict(at(graph, "w")) is Verdict.REACHED


def test_a_guarded_path_beats_one_through_a_blind_spot():
    graph = world(
        {"a": USER, "v": VAULT},
        [("a", "HAS", "v", ("unknown:x",)), ("a", "HAS", "v", ("mfa:m", "pim:p"))],
    )
    found = walk(graph, 0)

    assert found.verdict(at(graph, "v")) is Verdict.REACHED_IF
    assert found.guards(at(graph, "v")) == ("mfa:m", "pim:p")


def test_a_way_through_a_blind_spot_that_states_no_guard_is_doubted_all_the_same():
    graph = world(
        {"a": USER, "s": BLIND_SPOT, "v": VAULT},
        [("a", "TAKES", "s", ()), ("s", "TAKES", "v", ())],
    )
    found = walk(graph, 0)

    assert found.verdict(at(graph, "v")) is Verdict.CANNOT_TELL
    assert found.blind_spots(at(graph, "v")) == ("s",)


def test_parallel_edges_are_shown_by_guards_then_assumptions_then_kind_then_row():
    nodes = {"a": USER, "b": ROLE}
    choices = [
        ("a", "HAS", "b", ("pim:p",)),
        ("a", "HAS", "b", ("assume:x", "assume:y")),
        ("a", "HAS", "b", ("assume:x",)),
        ("a", "TAKES", "b", ()),
        ("a", "HAS", "b", ()),
        ("a", "HAS", "b", ()),
    ]
    shown = []
    for left in range(len(choices), 0, -1):
        graph = world(nodes, choices[:left])
        shown.append(int(graph.rows[walk(graph, 0).edge_into(1)]))

    assert shown == [4, 4, 3, 2, 1, 0]


def test_of_equal_ways_the_one_by_the_lowest_id_is_shown():
    graph = world(
        {"a": USER, "m": GROUP, "b": GROUP, "z": ROLE},
        [
            ("a", "HAS", "m", ()),
            ("m", "HAS", "z", ()),
            ("a", "HAS", "b", ()),
            ("b", "HAS", "z", ()),
        ],
    )
    found = walk(graph, 0)

    assert [str(graph.ids[graph.source[e]]) for e in found.path(at(graph, "z"))] == ["a", "b"]


def test_a_factor_passed_to_enter_an_account_is_passed_for_its_roles_too():
    """The need that ranks first at the account is another one, and not the one to go on with."""
    graph = world(
        {"a": USER, "b": USER, "r": ROLE},
        [
            ("a", "TAKES", "b", ("mfa:b",)),
            ("a", "TAKES", "b", ("condition:k",)),
            ("b", "HAS", "r", ("mfa:b", "pim:r")),
        ],
    )
    found = walk(graph, 0)

    assert found.guards(at(graph, "b")) == ("condition:k",)
    assert found.guards(at(graph, "r")) == ("mfa:b", "pim:r")


def test_a_settled_account_still_takes_a_need_that_holds_its_own_factor():
    graph = world(
        {"a": USER, "u": USER, "h": USER, "r": ROLE},
        [
            ("a", "HAS", "u", ("approval:u",)),
            ("a", "TAKES", "h", ("device:d",)),
            ("u", "TAKES", "h", ("mfa:h",)),
            ("h", "HAS", "r", ("mfa:h", "pim:r")),
        ],
    )
    found = walk(graph, 0)

    assert found.guards(at(graph, "h")) == ("device:d",)
    assert found.guards(at(graph, "r")) == ("approval:u", "mfa:h", "pim:r")


def test_of_blind_spots_the_way_with_the_fewest_guards_is_shown():
    graph = world(
        {"a": USER, "v": VAULT},
        [("a", "HAS", "v", ("mfa:m", "unknown:a")), ("a", "HAS", "v", ("unknown:z",))],
    )

    assert walk(graph, 0).blind_spots(at(graph, "v")) == ("z",)


def test_a_guard_that_is_asked_for_anyway_is_used_early_where_that_is_shorter():
    graph = world(
        {"a": USER, "b": GROUP, "c": GROUP, "d": GROUP, "e": GROUP, "z": ROLE},
        [
            ("a", "HAS", "b", ()),
            ("b", "HAS", "c", ()),
            ("c", "HAS", "d", ()),
            ("a", "HAS", "d", ("condition:k",)),
            ("d", "HAS", "e", ()),
            ("e", "HAS", "z", ("condition:k",)),
        ],
    )
    found = walk(graph, 0)

    assert found.hops[at(graph, "d")] == 3
    assert (found.guards(at(graph, "z")), int(found.hops[at(graph, "z")])) == (("condition:k",), 3)
    assert len(found.path(at(graph, "z"))) == 3


def test_a_guard_asked_for_on_the_way_in_and_out_is_used_early_though_it_is_not_needed_to_enter():
    graph = world(
        {"a": USER, "b": GROUP, "c": ROBOT, "m": USER, "z": ROLE},
        [
            ("a", "HAS", "b", ("approval:b",)),
            ("b", "HAS", "c", ()),
            ("c", "HAS", "m", ()),
            ("a", "TAKES", "m", ("approval:b", "mfa:m")),
            ("m", "HAS", "z", ("mfa:m",)),
        ],
    )
    found = walk(graph, 0)

    assert (found.guards(at(graph, "m")), int(found.hops[at(graph, "m")])) == (("approval:b",), 3)
    assert found.guards(at(graph, "z")) == ("approval:b", "mfa:m")
    assert int(found.hops[at(graph, "z")]) == len(found.path(at(graph, "z"))) == 2


def test_where_a_guard_may_be_asked_for_again_is_known():
    graph = world(
        {"a": USER, "b": USER, "c": USER, "d": ROLE},
        [
            ("a", "TAKES", "b", ("mfa:b", "condition:k")),
            ("c", "TAKES", "b", ("mfa:b",)),
            ("a", "TAKES", "c", ("mfa:c",)),
            ("c", "HAS", "d", ("mfa:c", "condition:k")),
        ],
    )

    assert guarding(graph).anchors == {
        "mfa:b": SPENT,
        "mfa:c": at(graph, "c"),
        "condition:k": SHARED,
    }


def many_ways(count):
    """Return a graph in which `count` conditions, each asked for twice, lead to one node."""
    nodes = {"a": USER, "m": GROUP, "z": ROLE}
    edges = [("a", "HAS", "m", (f"condition:{at:02}",)) for at in range(count)]
    for each in range(count):
        nodes[f"x{each:02}"] = ROBOT
        edges.append(("m", "HAS", f"x{each:02}", (f"condition:{each:02}",)))
    return world(nodes, edges)


def test_a_node_keeps_as_many_needs_as_the_cap_and_says_when_it_dropped_one():
    fits, too_many = walk(many_ways(16), 0), walk(many_ways(17), 0)

    assert not fits.guards_cut
    assert too_many.guards_cut
    last = at(fits.graph, "x15")
    assert fits.guards(last) == ("condition:15",)


def test_guards_that_nobody_asks_for_again_never_meet_the_cap():
    nodes = {"a": USER, "m": GROUP, **{f"u{at:03}": USER for at in range(200)}}
    edges = [("a", "TAKES", f"u{at:03}", (f"mfa:u{at:03}",)) for at in range(200)]
    edges += [(f"u{at:03}", "HAS", "m", ()) for at in range(200)]
    found = walk(world(nodes, edges), 0)

    assert not found.guards_cut
    assert found.guards(at(found.graph, "m")) == ("mfa:u000",)


def test_a_long_chain_is_walked_and_told_without_recursion():
    count = 5000
    nodes = {f"n{at:05}": GROUP for at in range(count)}
    edges = [(f"n{at:05}", "HAS", f"n{at + 1:05}", ()) for at in range(count - 1)]
    found = walk(world(nodes, edges), 0)

    assert found.hops[-1] == count - 1
    assert len(found.path(count - 1)) == count - 1


def test_no_path_is_made_up_for_a_node_that_is_not_reached():
    graph = world({"a": USER, "b": ROLE}, [])

    with pytest.raises(LookupError, match="no path leads to b"):
        walk(graph, 0).path(1)


def test_the_cap_is_what_the_page_says():
    assert search_module.CAP == 16


def test_a_walk_tells_its_answer_in_a_line():
    graph = world({"a": USER, "b": ROLE}, [("a", "HAS", "b", ())])

    assert repr(walk(graph, 0)) == "Walk(from 'a': 2 reached, 0 reached_if, 0 cannot_tell)"
