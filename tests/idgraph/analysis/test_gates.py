"""Gates: worked by hand, and against a fixpoint that tries every subset of guards and accounts."""

import random

import pytest

from idgraph.analysis.needs import blind, is_blind, proper, subject
from idgraph.analysis.path import paths
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.steps import length
from idgraph.analysis.walk import Verdict, walk
from idgraph.errors import ModelError
from idgraph.stores.walking import Found, Step, walkable_part
from idgraph.vocabulary.common import gate_id, gate_threshold, leg_id
from tests.idgraph.analysis.worlds import (
    BLIND_SPOT,
    CATALOGUE,
    GATE,
    GROUP,
    LEG,
    ROBOT,
    ROLE,
    USER,
    VAULT,
    Oracle,
    random_gates,
    world,
)

SCENARIOS = (
    Scenario(),
    Scenario(passes=frozenset({"mfa"})),
    Scenario(passes=frozenset({"approval:g0", "unknown"})),
)
RESETS = (Scenario(reset="password_admin"), Scenario(reset="mfa_reset"))


def check(graph, scenario):
    found = walk(graph, 0, scenario)
    truth = Oracle(graph, 0, scenario, every_set=True)
    assert not found.guards_cut
    for node in range(graph.n):
        said = found.verdict(node)
        if node not in truth.best:
            assert said is None, (graph.ids[node], said)
            continue
        need, hops, clean = truth.best[node]
        assert str(said) == truth.verdict(node), (graph.ids[node], need)
        assert (found.guards(node), found.blind_spots(node)) == (
            proper(need),
            tuple(map(subject, blind(need))),
        )
        assert found.hops[node] == hops, (graph.ids[node], found.hops[node], hops)
        assert (found.assumes(node) == ()) == clean
        check_way(graph, found, truth, node)
        check_sufficient(found, truth, node)


def check_sufficient(found, truth, node):
    if blind(truth.best[node][0]):
        assert found.sufficient(node) == ()
        return
    sets = {
        frozenset(each | truth.entry)
        for each in truth.sufficient[node]
        if not any(map(is_blind, each))
    }
    if node == found.start:
        return
    said = found.sufficient(node)
    assert said[0] == found.guards(node)
    assert {frozenset(each) for each in said} == sets
    assert len(said) == len(sets)


def check_way(graph, found, truth, node):
    way = found.path(node)
    need, hops, _ = truth.best[node]
    used = set(way.every())
    asked = set().union(*(truth.needs[edge] for edge in used)) if used else set()
    assert asked | (truth.entry if node != found.start else set()) == set(need)
    assert steps_of(graph, found.start, way, node) == hops


def steps_of(graph, start, way, node):
    """Return the shown steps of a way, having seen that it hangs together."""
    if not way.legs:
        at, steps = start, 0
    else:
        at = int(graph.source[way[0]]) if way else node
        assert graph.gates[at]
        steps = check_legs(graph, start, at, way.legs)
    for edge in way:
        assert graph.walkable[edge]
        assert int(graph.source[edge]) == at
        at = int(graph.target[edge])
        tail = int(graph.source[edge])
        steps += 0 if graph.gates[at] or (graph.hubs[tail] and not graph.hubs[at]) else 1
    assert at == node
    return steps


def check_legs(graph, start, gate, legs):
    """Return the steps of the longest leg of a gate."""
    k = int(str(graph.ids[gate]).split(":")[1])
    ends = [int(graph.target[leg[-1]]) if leg else None for leg in legs]
    assert ends.count(gate) == k
    entered = [
        int(graph.source[leg[-1]]) for leg, end in zip(legs, ends, strict=True) if end == gate
    ]
    assert len(set(entered)) == k
    return max(steps_of(graph, start, leg, end) for leg, end in zip(legs, ends, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_gates_and_guards_agree_with_a_slow_fixpoint(seed):
    agree(seed, 40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
def test_they_agree_on_ten_thousand_graphs(seed):
    agree(seed, 1_250)


def agree(seed, count):
    chance = random.Random(seed)  # noqa: S311  worlds, not secrets
    for _ in range(count):
        graph = random_gates(chance)
        resettable = graph.kind_name(0) == "User"
        scenario = chance.choice((*SCENARIOS, *RESETS) if resettable else SCENARIOS)
        check(graph, scenario)


# Worked by hand.

GATE_ID, ASKS, ALLOWS = gate_id(2, "role"), leg_id("requester", "role"), leg_id("approver", "role")
NODES = {"ada": USER, "bob": USER, "role": ROLE, GATE_ID: GATE, ASKS: LEG, ALLOWS: LEG}
FRAME = [
    (ASKS, "HAS", GATE_ID, ()),
    (ALLOWS, "HAS", GATE_ID, ()),
    (GATE_ID, "HAS", "role", ()),
    ("ada", "HAS", ASKS, ()),
]


def gated(edges, nodes=(), frame=FRAME):
    """Return a graph in which ada may ask for a role that somebody else has to approve."""
    return world({**NODES, **dict(nodes)}, [*frame, *edges])


def asked(graph, target="role", scenario=None, start="ada"):
    found = walk(graph, graph.position(start), scenario or Scenario())
    node = graph.position(target)
    verdict = found.verdict(node)
    return (str(verdict) if verdict else None, int(found.hops[node]), found.guards(node))


def test_one_account_never_stands_for_two_legs():
    alone = gated([("ada", "HAS", ALLOWS, ())])
    together = gated(
        [("ada", "HAS", ALLOWS, ()), ("ada", "TAKES", "bob", ()), ("bob", "HAS", ASKS, ())]
    )

    assert asked(alone) == (None, -1, ())
    assert asked(together) == ("reached", 3, ())


def test_another_held_account_opens_the_gate_in_the_steps_of_the_longest_leg_and_one():
    graph = gated([("ada", "TAKES", "bob", ()), ("bob", "HAS", ALLOWS, ())])

    assert asked(graph) == ("reached", 3, ())  # ada, bob, the leg; then the role


def test_a_gate_that_stays_shut_leaves_the_guarded_edge_beside_it():
    graph = gated([("ada", "TAKES", "role", ("approval:role",)), ("bob", "HAS", ALLOWS, ())])
    passed = Scenario(passes=frozenset({"approval"}))

    assert asked(graph) == ("reached_if", 1, ("approval:role",))
    assert asked(graph, scenario=passed) == ("reached", 1, ())


def test_to_approve_alone_gives_the_approver_nothing():
    graph = gated([("bob", "HAS", ALLOWS, ())])

    assert asked(graph, start="bob") == (None, -1, ())


def test_the_last_account_on_the_way_stands_for_a_leg_not_one_before_it():
    """Bob is held by way of ada, and the robot by way of bob: only the robot approves."""
    edges = [
        ("ada", "TAKES", "bob", ()),
        ("bob", "TAKES", "robot", ()),
        ("robot", "HAS", ALLOWS, ()),
    ]
    nodes = {"robot": ROBOT}
    asks_too = [("robot", "HAS", ASKS, ())]
    frame = [each for each in FRAME if each[0] != "ada"]

    assert asked(gated(edges, nodes)) == ("reached", 4, ())
    assert asked(gated(edges + asks_too, nodes, frame)) == (None, -1, ())


def test_members_of_a_group_stand_for_its_leg_and_the_group_itself_for_none():
    edges = [("approvers", "HAS", ALLOWS, ())]
    nodes = {"approvers": GROUP}
    member = [("ada", "HAS", "approvers", ())]
    other = [("ada", "TAKES", "bob", ()), ("bob", "HAS", "approvers", ())]

    assert asked(gated(edges + member, nodes)) == (None, -1, ())
    assert asked(gated(edges + member + other, nodes)) == ("reached", 4, ())


def test_whoever_may_add_members_may_have_any_held_account_approve():
    edges = [("approvers", "HAS", ALLOWS, ()), ("ada", "TAKES", "approvers", ())]
    nodes = {"approvers": GROUP}
    other = [("ada", "TAKES", "bob", ())]

    assert asked(gated(edges, nodes)) == (None, -1, ())  # ada alone holds no second account
    graph = gated(edges + other, nodes)
    assert asked(graph) == ("reached", 3, ())
    legs = walk(graph, graph.position("ada")).path(graph.position("role")).legs
    ends = [str(graph.ids[graph.target[leg[-1]]]) for leg in legs]
    assert ends == [GATE_ID, "bob", GATE_ID]  # bob stands in where ada leads to


@pytest.mark.parametrize("kind", ["HAS", "TAKES"])
def test_to_hold_a_leg_controls_nothing_whatever_the_edge_is(kind):
    graph = gated([("ada", kind, ALLOWS, ()), ("ada", "TAKES", "bob", ())])

    assert asked(graph) == (None, -1, ())


def test_what_opens_a_gate_under_conditions_is_what_its_legs_need_together():
    edges = [("ada", "TAKES", "bob", ("mfa:bob",)), ("bob", "HAS", ALLOWS, ("device:d",))]
    graph = gated([*edges, ("role", "HAS", "vault", ("mfa:bob", "pim:v"))], {"vault": VAULT})

    assert asked(graph) == ("reached_if", 3, ("device:d", "mfa:bob"))
    assert asked(graph, "vault") == ("reached_if", 4, ("device:d", "mfa:bob", "pim:v"))


def test_of_two_approvers_the_one_that_needs_what_is_needed_anyway_is_taken():
    edges = [
        ("ada", "TAKES", "bob", ("condition:b",)),
        ("ada", "TAKES", "robot", ("mfa:robot",)),
        ("bob", "HAS", ALLOWS, ()),
        ("robot", "HAS", ALLOWS, ()),
        ("role", "HAS", "vault", ("mfa:robot",)),
    ]
    graph = gated(edges, {"robot": ROBOT, "vault": VAULT})
    found = walk(graph, graph.position("ada"))

    assert asked(graph) == ("reached_if", 3, ("condition:b",))
    assert found.guards(graph.position("vault")) == ("mfa:robot",)
    assert found.sufficient(graph.position("role")) == (("condition:b",), ("mfa:robot",))
    assert found.sufficient(graph.position("vault")) == (("mfa:robot",),)


def test_a_blind_spot_on_a_leg_makes_what_lies_behind_the_gate_untold():
    edges = [("ada", "HAS", "spot", ()), ("spot", "HAS", "bob", ()), ("bob", "HAS", ALLOWS, ())]
    graph = gated(edges, {"spot": BLIND_SPOT})
    found = walk(graph, graph.position("ada"))

    assert found.verdict(graph.position("role")) is Verdict.CANNOT_TELL
    assert found.blind_spots(graph.position("role")) == ("spot",)


def test_an_assumption_on_a_leg_is_made_and_told():
    graph = gated([("ada", "TAKES", "bob", ("assume:tap_policy",)), ("bob", "HAS", ALLOWS, ())])
    found = walk(graph, graph.position("ada"))

    assert found.verdict(graph.position("role")) is Verdict.REACHED
    assert found.assumes(graph.position("role")) == ("assume:tap_policy",)


def test_what_a_reset_method_asks_for_belongs_to_a_gated_path_once():
    graph = gated([("ada", "TAKES", "bob", ()), ("bob", "HAS", ALLOWS, ())])

    assert asked(graph, scenario=Scenario("password_admin")) == ("reached_if", 3, ("mfa:ada",))


def second_gate(holder):
    """Return a gate that the role's holder and bob open together, in front of a vault."""
    gate, asks, allows = gate_id(2, "vault"), leg_id("a", "vault"), leg_id("b", "vault")
    nodes = {gate: GATE, asks: LEG, allows: LEG, "vault": VAULT}
    edges = [
        (asks, "HAS", gate, ()),
        (allows, "HAS", gate, ()),
        (gate, "HAS", "vault", ()),
        ("role", "HAS", asks, ()),
        (holder, "HAS", allows, ()),
    ]
    return nodes, edges


def test_a_gate_behind_a_gate_opens_when_that_one_does():
    nodes, edges = second_gate("bob")
    graph = gated([*edges, ("ada", "TAKES", "bob", ()), ("bob", "HAS", ALLOWS, ())], nodes)

    assert asked(graph, "vault") == ("reached", 5, ())  # 3 to the role, its leg, the vault


def test_gates_that_wait_for_each_other_stay_shut():
    nodes, edges = second_gate("bob")
    graph = gated([*edges, ("vault", "TAKES", "bob", ()), ("bob", "HAS", ALLOWS, ())], nodes)

    assert asked(graph) == asked(graph, "vault") == (None, -1, ())


def test_the_start_counts_as_an_account_whatever_it_is():
    edges = [("team", "HAS", ALLOWS, ()), ("team", "TAKES", "ada", ())]
    graph = gated(edges, {"team": GROUP})

    assert asked(graph, start="team") == ("reached", 3, ())


def test_two_legs_of_three_are_enough_where_the_gate_asks_for_two():
    third = leg_id("third", "role")
    edges = [(third, "HAS", GATE_ID, ()), ("ada", "TAKES", "bob", ()), ("bob", "HAS", third, ())]

    assert asked(gated(edges, {third: LEG})) == ("reached", 3, ())


def test_a_gate_with_fewer_legs_than_it_asks_for_never_opens():
    gate = gate_id(3, "x")
    graph = world(
        {"ada": USER, gate: GATE, "leg:a:x": LEG, "role": ROLE},
        [("ada", "HAS", "leg:a:x", ()), ("leg:a:x", "HAS", gate, ()), (gate, "HAS", "role", ())],
    )

    assert asked(graph) == (None, -1, ())


def test_more_openings_than_are_kept_are_cut_and_said_to_be():
    people = [f"p{at:02}" for at in range(20)]
    edges = [("ada", "TAKES", each, (f"mfa:{each}",)) for each in people]
    edges += [(each, "HAS", ALLOWS, ()) for each in people]
    graph = gated(edges, dict.fromkeys(people, USER))
    found = walk(graph, graph.position("ada"))

    assert asked(graph) == ("reached_if", 3, ("mfa:p00",))
    assert found.guards_cut
    assert found.sufficient_cut
    assert len(found.sufficient(graph.position("role"))) == 16


# Told.


@pytest.fixture
def graph():
    edges = [
        ("ada", "TAKES", "bob", ("mfa:bob",)),
        ("bob", "HAS", ALLOWS, ()),
        ("role", "HAS", "vault", ()),
        ("ada", "TAKES", "role", ("approval:role", "pim:role")),
    ]
    return gated(edges, {"vault": VAULT})


def test_a_step_out_of_a_gate_has_the_paths_that_open_it_as_legs(graph):
    (vault,) = reach(graph, "ada").secret_stores
    first, second = vault.path

    assert (first.source, first.target, second.target) == (GATE_ID, "role", "vault")
    assert [[(step.source, step.target) for step in leg] for leg in first.legs] == [
        [("ada", "bob"), ("bob", GATE_ID)],
        [("ada", GATE_ID)],
    ]
    assert vault.hops == length(vault.path) == 4
    assert vault.guards == ("mfa:bob",)
    assert vault.sufficient == (("mfa:bob",), ("approval:role", "pim:role"))


def test_legs_stand_in_the_json_the_words_and_the_table(graph):
    found = reach(graph, "ada")
    said = found.to_json()["secret_stores"][0]

    assert [len(leg) for leg in said["path"][0]["legs"]] == [2, 1]
    assert "legs" not in said["path"][1]
    assert said["sufficient"] == [["mfa:bob"], ["approval:role", "pim:role"]]
    assert "once all of this is done by different accounts:" in found.explain()
    assert "Enough as well: approval:role and pim:role." in found.explain()
    rows = found.to_frame("steps").query("target_id == 'vault'")
    assert rows[["leg", "step"]].values.tolist() == [
        ["1.1", 1], ["1.1", 2], ["1.2", 1], ["", 1], ["", 2],
    ]  # fmt: skip


def test_gates_and_legs_are_neither_counted_nor_listed(graph):
    found = reach(graph, "ada")

    assert {each.id for each in found.reached} == {"bob", "role", "vault"}
    assert found.counts["all"] == {"reached": 0, "reached_if": 3, "cannot_tell": 0}


def test_the_best_paths_through_a_gate_and_beside_it_are_both_found(graph):
    found = paths(graph, "ada", "vault", 5)

    assert [(each.hops, each.guards) for each in found] == [
        (4, ("mfa:bob",)),
        (2, ("approval:role", "pim:role")),
    ]
    assert [len(each.path[0].legs) for each in found] == [2, 0]


def test_passing_the_approval_is_the_shorter_path(graph):
    found = paths(
        graph, "ada", "vault", 1, scenario=Scenario(passes=frozenset({"approval", "pim"}))
    )

    assert found[0].hops == 2
    assert found[0].path[0].legs == ()


class PieceByPiece:
    """A store that gives a graph out level by level."""

    def __init__(self, graph):
        self.graph = graph

    def head(self):
        return 1

    def guard_sets(self):
        return self.graph.guard_sets

    def out_edges(self, nodes):
        graph = self.graph
        return [
            Step(
                str(graph.ids[graph.source[edge]]),
                str(graph.ids[graph.target[edge]]),
                graph.edge_kind_name(edge),
                int(graph.guards[edge]),
                (int(graph.rows[edge]),),
            )
            for edge in range(graph.m)
            if graph.ids[graph.source[edge]] in nodes and graph.walkable[edge]
        ]

    def found(self, ids):
        graph = self.graph
        return [
            Found(node, graph.names[at], graph.kind_name(at), int(graph.flags[at]), None)
            for at, node in enumerate(graph.ids)
            if node in ids
        ]


def test_the_part_that_is_fetched_level_by_level_holds_all_that_gates_need():
    chance = random.Random(5)  # noqa: S311  worlds, not secrets
    for _ in range(150):
        graph = random_gates(chance)
        part = walkable_part(PieceByPiece(graph), "a00", CATALOGUE).graph
        scenario = chance.choice(SCENARIOS)
        one, other = (walk(each, each.position("a00"), scenario) for each in (graph, part))
        answers = [
            {
                str(each.graph.ids[node]): (
                    each.verdict(node),
                    int(each.hops[node]),
                    each.guards(node),
                )
                for node in range(each.graph.n)
                if each.verdict(node)
            }
            for each in (one, other)
        ]
        assert answers[0] == answers[1]


# The names of gates.


def test_the_id_of_a_gate_says_how_many_legs_it_asks_for():
    assert gate_id(2, "role@scope") == "gate:2:role@scope"
    assert gate_threshold("gate:12:a:b") == 12


@pytest.mark.parametrize(
    "node_id", ["gate:0:x", "gate::x", "gate:2:", "gate:x:2", "role", "Gate:2:x"]
)
def test_what_is_not_the_id_of_a_gate_is_refused(node_id):
    with pytest.raises(ModelError, match="is not the id of a gate"):
        gate_threshold(node_id)


@pytest.mark.parametrize(("k", "over"), [(0, "x"), (-1, "x"), (2, "")])
def test_a_gate_that_asks_for_nothing_is_not_made(k, over):
    with pytest.raises(ModelError):
        gate_id(k, over)
