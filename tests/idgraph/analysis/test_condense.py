"""The reach of everybody at once: equal to a walk from each, gates and guards included."""

import networkx as nx
import numpy as np
import pytest

from idgraph.analysis.rank import counting as condense_count
from idgraph.analysis.rank import gates as condense_gates
from idgraph.analysis.rank.condense import condense
from idgraph.analysis.rank.counting import reach_counts
from idgraph.analysis.rank.starts import Everybody
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import VERDICTS, walk
from idgraph.vocabulary.common import gate_id, leg_id
from tests.idgraph.analysis.crowds import Naive, chances, gated_world
from tests.idgraph.analysis.worlds import (
    GATE,
    GROUP,
    LEG,
    ROBOT,
    ROLE,
    USER,
    VAULT,
    random_world,
    world,
)

SCENARIOS = (
    Scenario(),
    Scenario(reset="password_admin"),
    Scenario(passes=frozenset({"mfa"})),
    Scenario(reset="mfa_reset", passes=frozenset({"mfa", "condition:c", "pim"})),
    Scenario(passes=frozenset({"unknown", "device", "approval"})),
    Scenario(reset="password_sspr", holds=frozenset({"condition:c", "assume:a", "mfa:n01"})),
)
SURE, IF, CANNOT = (VERDICTS.index(each) for each in VERDICTS)


def starts_of(graph, scenario, chance):
    """Return accounts that can be reset so, and now and then what is no account."""
    fits = scenario.method.fits
    return np.array(
        [
            node
            for node in range(graph.n)
            if fits(graph.catalogue.node_kinds[graph.kinds[node]])
            and (graph.accounts[node] or chance.random() < 0.1)
        ],
        np.int32,
    )


def check(graph, scenario, chance, truths):
    """Return the starts whose verdicts or counts are not those of the truth."""
    starts = starts_of(graph, scenario, chance)
    everybody = Everybody(graph, starts, scenario)
    classes = [np.array([chance.random() < 0.5 for _ in range(graph.n)]) for _ in range(2)]
    verdicts = np.array([everybody.verdicts(target) for target in range(graph.n)]).T
    counts = everybody.counts(classes)
    wrong = []
    for at, start in enumerate(starts.tolist()):
        for truth in truths(start):
            mine = [
                [int((truth[members] == verdict).sum()) for verdict in (SURE, IF, CANNOT)]
                for members in classes
            ]
            if verdicts[at].tolist() != truth.tolist() or counts[at].tolist() != mine:
                wrong.append(str(graph.ids[start]))
    return wrong


def walked(graph, start, scenario):
    """Return the verdicts of a walk, none on the start itself."""
    verdicts = walk(graph, start, scenario).verdicts.copy()
    verdicts[start] = -1
    return verdicts


# Components and counts.


def graph_of(chance, most=14):
    count = chance.randint(1, most)
    edges = int(count * chance.choice((0, 0.5, 1, 2, 3)))
    ends = np.array([chance.randrange(count) for _ in range(2 * edges)], np.int32)
    return count, ends[:edges], ends[edges:]


def test_what_is_reached_is_counted_once_whatever_the_trunks_and_the_pieces(monkeypatch):
    for seed, chance in chances(500):
        count, tails, heads = graph_of(chance)
        weight = np.array(
            [[chance.choice((0, 1, 1, 2)), chance.randint(0, 1)] for _ in range(count)]
        )
        dag = condense(count, tails, heads)
        weights = np.zeros((dag.count, 2), np.int64)
        np.add.at(weights, dag.component, weight)
        monkeypatch.setattr(condense_count, "AT_ONCE", chance.choice((1, 2, 5, 1000)))
        found = reach_counts(dag, weights, trunks=chance.choice((0, 1, 2, 8)))[dag.component]
        plain = nx.DiGraph()
        plain.add_nodes_from(range(count))
        plain.add_edges_from(zip(tails.tolist(), heads.tolist(), strict=True))
        truth = [weight[[node, *nx.descendants(plain, node)]].sum(axis=0) for node in plain]

        assert found.tolist() == np.array(truth).tolist(), seed


@pytest.mark.timeout(20)
def test_parallel_edges_do_not_keep_the_search_for_components_from_ending():
    tails, heads = np.array([0, 0, 1], np.int32), np.array([1, 1, 2], np.int32)

    assert condense(3, tails, heads).count == 3


def test_edges_added_later_are_as_good_as_edges_from_the_start():
    for seed, chance in chances(100):
        count, tails, heads = graph_of(chance)
        first = chance.randint(0, len(tails))
        dag = condense(count, tails[:first], heads[:first]).with_edges(tails[first:], heads[first:])
        whole = condense(count, tails, heads)
        for node in range(count):
            above, truth = (each.above(int(each.component[node])) for each in (dag, whole))

            assert (above[dag.component] == truth[whole.component]).all(), seed


def test_nothing_makes_no_components():
    none = np.zeros(0, np.int32)

    assert condense(0, none, none).count == 0
    assert reach_counts(condense(0, none, none), np.zeros((0, 1), np.int64)).shape == (0, 1)


def test_a_chain_of_many_levels_is_counted_to_its_end():
    count = 400
    dag = condense(count, np.arange(count - 1), np.arange(1, count))
    found = reach_counts(dag, np.ones((count, 1), np.int64), trunks=0)

    assert found[dag.component][:, 0].tolist() == list(range(count, 0, -1))


# Everybody.


def test_everybody_at_once_is_a_walk_from_each():
    for seed, chance in chances(180):
        graph, scenario = random_world(chance), SCENARIOS[seed % len(SCENARIOS)]

        def truths(start, graph=graph, scenario=scenario):
            return [walked(graph, start, scenario)]

        assert check(graph, scenario, chance, truths) == [], seed


def test_with_gates_everybody_at_once_is_a_walk_from_each_and_both_are_right():
    for seed, chance in chances(200):
        graph, scenario = gated_world(chance), SCENARIOS[seed % len(SCENARIOS)]

        def truths(start, graph=graph, scenario=scenario):
            return walked(graph, start, scenario), Naive(graph, start, scenario).verdicts

        assert check(graph, scenario, chance, truths) == [], seed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_gates_and_guards_agree_with_the_oracle_on_thousands_of_graphs():
    for seed, chance in chances(2000):
        graph, scenario = gated_world(chance), SCENARIOS[seed % len(SCENARIOS)]
        starts = starts_of(graph, scenario, chance)
        everybody = Everybody(graph, starts, scenario)
        found = np.array([everybody.verdicts(target) for target in range(graph.n)]).T
        for at in np.flatnonzero(~everybody.walked).tolist():
            truth = Naive(graph, int(starts[at]), scenario).verdicts

            assert found[at].tolist() == truth.tolist(), seed


def two_keys(*edges):
    """Return a gate over a vault that asks for a requester and an approver, and more edges."""
    gate, asks, approves = gate_id(2, "vault"), leg_id("asks", "vault"), leg_id("approves", "vault")
    names = {"ASKS": asks, "APPROVES": approves}
    nodes = {"ada": USER, "bob": USER, "cy": USER, "group": GROUP, "robot": ROBOT}
    nodes |= {"role": ROLE, "vault": VAULT, gate: GATE, asks: LEG, approves: LEG}
    fixed = [(asks, "HAS", gate, ()), (approves, "HAS", gate, ()), (gate, "HAS", "vault", ())]
    given_edges = [
        (names.get(source, source), kind, names.get(target, target), guards)
        for source, kind, target, guards in edges
    ]
    return world(nodes, fixed + given_edges)


ALONE = (("ada", "HAS", "ASKS", ()), ("ada", "HAS", "APPROVES", ()))
REQUEST, CONSENT = ("ada", "HAS", "ASKS", ()), ("bob", "HAS", "APPROVES", ())
TAKES_BOB = ("ada", "TAKES", "bob", ())
IN_GROUP = (
    ("ada", "HAS", "group", ()),
    ("group", "HAS", "ASKS", ()),
    ("group", "HAS", "APPROVES", ()),
)
JOINS = (("ada", "TAKES", "group", ()), ("group", "HAS", "APPROVES", ()))


@pytest.mark.parametrize(
    ("edges", "opens"),
    [
        pytest.param(ALONE, False, id="nobody approves what he asked for"),
        pytest.param((REQUEST, CONSENT), False, id="an approver who is not held"),
        pytest.param((REQUEST, CONSENT, TAKES_BOB), True, id="an approver who is held"),
        pytest.param((*ALONE, TAKES_BOB), False, id="held, but no part in the gate"),
        pytest.param((*ALONE, TAKES_BOB, CONSENT), True, id="either of them approves"),
        pytest.param(IN_GROUP, False, id="one member of a group takes one part only"),
        pytest.param((*IN_GROUP, TAKES_BOB), False, id="an account held that is no member"),
        pytest.param(
            (*IN_GROUP, TAKES_BOB, ("bob", "HAS", "group", ())), True, id="two members take both"
        ),
        pytest.param((REQUEST, *JOINS), False, id="who may add members is still one account"),
        pytest.param((REQUEST, *JOINS, TAKES_BOB), True, id="and adds any other that is held"),
        pytest.param(
            (REQUEST, *JOINS, ("ada", "TAKES", "robot", ())), True, id="an account of no person"
        ),
        pytest.param(
            (("ada", "HAS", "ASKS", ("mfa:ada",)), CONSENT, TAKES_BOB), True, id="own second factor"
        ),
        pytest.param(
            (REQUEST, CONSENT, ("ada", "TAKES", "bob", ("mfa:bob",))), None, id="another's factor"
        ),
    ],
)
def test_a_gate_opens_to_two_accounts_and_never_to_one(edges, opens):
    graph = two_keys(*edges)
    starts = np.array([graph.position("ada")], np.int32)
    found = Everybody(graph, starts).verdicts(graph.position("vault"))
    expected = {True: SURE, False: -1, None: IF}[opens]

    assert found.tolist() == [expected]


def test_who_opens_a_gate_opens_it_for_all_who_reach_him():
    graph = two_keys(REQUEST, CONSENT, TAKES_BOB, ("cy", "TAKES", "ada", ()))
    starts = np.array([graph.position(name) for name in ("ada", "bob", "cy")], np.int32)

    assert Everybody(graph, starts).verdicts(graph.position("vault")).tolist() == [SURE, -1, SURE]


def test_a_second_factor_opens_a_leg_to_its_owner_and_not_to_who_takes_him():
    graph = two_keys(
        ("bob", "HAS", "APPROVES", ("mfa:bob",)),
        ("cy", "HAS", "ASKS", ()),
        ("cy", "TAKES", "bob", ()),
        ("bob", "TAKES", "cy", ()),
    )
    starts = np.array([graph.position(name) for name in ("bob", "cy")], np.int32)

    assert Everybody(graph, starts).verdicts(graph.position("vault")).tolist() == [SURE, IF]


def test_gates_are_counted_in_passes_of_any_size(monkeypatch):
    monkeypatch.setattr(condense_gates, "COLUMNS", 1)
    graph = two_keys(*ALONE, CONSENT, TAKES_BOB)
    starts = np.array([graph.position("ada")], np.int32)

    assert Everybody(graph, starts).verdicts(graph.position("vault")).tolist() == [SURE]
