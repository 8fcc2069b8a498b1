"""Exposed: whose reset reaches a target, and by whom that reset could be carried out."""

import json

import numpy as np
import pytest

from idgraph.analysis.display import plain
from idgraph.analysis.exposed import exposed
from idgraph.analysis.exposed.reset_paths import ResetPathInto
from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.errors import UnknownNameError
from idgraph.graph import Flag
from tests.idgraph.analysis.crowds import chances, gated_world
from tests.idgraph.analysis.worlds import GROUP, POWER, ROBOT, USER, VAULT, random_world, world

HOSTILE = '<img src=x onerror=alert(1)> "\u202ename'


def way(path, method, **fields):
    """Return a way to reset an account; proof and parties as given."""
    stated = {
        "name": path.title(), "kind": "TAKES", "gives": (), "executor": "desk", "executors": (),
        "vendor": "", "channel": "", "proof": "", "approvals": 0, "guards": (), "edges": (),
        "evidence": (),
    }  # fmt: skip
    return ResetPathInto(path=path, method=method, **stated | fields)


DESK = way("desk", "password_admin", proof="knowledge", executors=("dan", "gone"), channel="phone")
PASS = way("passes", "tap", proof="in_person", approvals=1)
ROLE = way("admins", "", executor="role", executors=("gone",))
SELF = way("portal", "password_sspr", executor="self", proof="contact_code")

NODES = {
    "ada": USER, "bob": USER, "cy": USER, "dan": USER, "eve": USER, "robot": ROBOT,
    "group": GROUP, "power": POWER, "vault": VAULT,
}  # fmt: skip
EDGES = [
    ("ada", "HAS", "group", ()),
    ("group", "HAS", "vault", ()),
    ("bob", "HAS", "vault", ("device:d",)),
    ("cy", "HAS", "vault", ("unknown:members",)),
    ("dan", "HAS", "power", ()),
    ("power", "TAKES", "ada", ("mfa:ada",)),
    ("robot", "HAS", "vault", ()),
]
WAYS = {
    "ada": (DESK, PASS),
    "bob": (PASS,),
    "dan": (ROLE, ROLE),
    "robot": (way("owners", "secret_rotate", executor="owner"),),
}


@pytest.fixture
def graph():
    return world(NODES, EDGES, names={"ada": HOSTILE})


def ask(graph, target="vault", ways=WAYS, **fields):
    def into(account):
        return ways.get(str(graph.ids[account]), ())

    return exposed(graph, target, ways=into, **fields)


def rows(answer):
    return [
        (each.path, [(one.id, one.verdict.value, one.guards) for one in each.identities])
        for each in answer.ways
    ]


def test_ways_come_weakest_proof_first_unknown_proofs_then_and_no_known_way_last(graph):
    assert rows(ask(graph)) == [
        ("desk", [("ada", "reached_if", ("mfa:ada",))]),
        ("passes", [("ada", "reached", ()), ("bob", "reached_if", ("device:d",))]),
        ("admins", [("dan", "reached_if", ("mfa:ada",))]),
        ("", [("cy", "cannot_tell", ())]),
    ]


def test_identities_are_counted_once_by_their_best_verdict(graph):
    answer = ask(graph)

    assert answer.counts == {"reached": 1, "reached_if": 2, "cannot_tell": 1}
    assert len(answer) == 4


def test_the_one_request_that_opens_it_is_the_weakest_that_surely_does(graph):
    found, each = ask(graph).call

    assert (found.path, each.id) == ("passes", "ada")
    assert ask(graph, ways={}).call is None


def test_a_guard_that_the_attacker_passes_makes_the_weaker_request_enough(graph):
    found, each = ask(graph, passes=frozenset({"mfa"})).call

    assert (found.path, each.id) == ("desk", "ada")


def test_the_target_itself_is_left_out(graph):
    answer = ask(graph, target="ada")

    assert [each.id for one in answer.ways for each in one.identities] == ["dan"]


def test_identities_of_no_person_are_asked_about_when_wished(graph):
    plain, all_ = ask(graph), ask(graph, nhis=True)

    assert "owners" not in [each.path for each in plain.ways]
    assert ("owners", [("robot", "reached", ())]) in rows(all_)


def test_a_method_that_makes_no_sense_on_an_identity_is_taken_for_a_full_takeover(graph):
    answer = ask(graph, ways={"ada": (way("odd", "secret_rotate"),)})

    assert ("odd", [("ada", "reached", ())]) in rows(answer)


def test_executors_are_named_as_far_as_the_graph_knows_them(graph):
    first = ask(graph).ways[0]

    assert [(each.id, each.kind, each.name) for each in first.executors] == [
        ("dan", "User", "Dan"),
        ("gone", "", "gone"),
    ]


def test_self_service_is_one_way_for_all_who_use_it(graph):
    ways = {
        "ada": (way("portal", "password_sspr", executor="self", executors=("ada",)),),
        "bob": (way("portal", "password_sspr", executor="self", executors=("bob",)),),
    }

    first = ask(graph, ways=ways).ways[0]
    assert [each.id for each in first.identities] == ["ada", "bob"]
    assert first.executors == ()


def test_a_limit_lists_fewer_of_each_way_and_counts_all(graph):
    answer = ask(graph, limit=1)
    passes = answer.ways[1]

    assert [each.id for each in passes.identities] == ["ada"]
    assert passes.total == 2
    assert answer.counts == ask(graph).counts


def test_evidence_is_asked_for_once_and_stands_by_the_reset_and_by_each_step(graph):
    asked = []

    def evidence(edges):
        asked.append(list(edges))
        return [(f"evidence {edge}",) for edge in edges]

    into_ada = int(np.flatnonzero(graph.target == graph.position("ada"))[0])
    ways = {"ada": (way("desk", "tap", edges=(into_ada,)),)}
    each = ask(graph, ways=ways, evidence=evidence).ways[0].identities[0]

    assert len(asked) == 1
    assert each.evidence == (f"evidence {into_ada}",)
    assert [step.evidence for step in each.path] == [
        (f"evidence {edge}",) for step in each.path for edge in step.edges
    ]


def test_an_unknown_target_is_refused(graph):
    with pytest.raises(UnknownNameError):
        ask(graph, target="nothing")


METHODS = ("", "password_admin", "tap", "mfa_reset", "password_sspr", "secret_rotate")


def check(graph, chance):
    """Compare the answer with reach from every identity under every way to reset it."""
    starts = np.flatnonzero(graph.has(Flag.PERSON | Flag.NHI)).tolist()
    ways = {
        str(graph.ids[start]): tuple(
            way(f"path {method}", method)
            for method in chance.sample(METHODS, k=chance.randint(0, 2))
        )
        for start in starts
    }
    target = chance.randrange(graph.n)
    found = {}
    for each in ask(graph, target=target, ways=ways, nhis=True).ways:
        assert each.total == len(each.identities)
        for one in each.identities:
            found.setdefault((one.id, each.path), []).append(
                (one.verdict, one.hops, one.guards, [step.edges for step in one.path])
            )
    assert found == {
        (str(graph.ids[start]), path): truth
        for start in starts
        for path, truth in truths(graph, start, target, ways).items()
    }


def truths(graph, start, target, ways):
    node, truth = str(graph.ids[start]), {}
    methods = {each.path: each.method for each in ways[node]} or {"": ""}
    for path, method in methods.items():
        scenario = Scenario(reset=method or None)
        if not scenario.method.fits(graph.catalogue.node_kinds[graph.kinds[start]]):
            scenario = Scenario()
        walk = reach(graph, start, scenario).walk
        if start != target and walk.verdict(target) is not None:
            edges = [step.edges for step in steps(graph, walk, target)]
            row = (walk.verdict(target), walk.hops[target], walk.guards(target), edges)
            truth[path] = [row]
    return truth


def steps(graph, walk, target):
    from idgraph.analysis.steps import Storyteller

    return Storyteller(graph, walk.needed_on, walk.assumed_on).tell([walk.path(target)])[0]


def test_the_answer_is_reach_from_everybody_by_every_way():
    for _, chance in chances(120):
        check(random_world(chance), chance)


def test_the_answer_is_reach_from_everybody_by_every_way_behind_gates():
    for _, chance in chances(80):
        check(gated_world(chance), chance)


def test_the_json_holds_the_target_the_ways_and_the_paths(graph):
    seen = Provenance(as_of="2026-11-02T06:00:00Z", loaded=("users",), missing=("units",))
    said = json.loads(json.dumps(ask(graph, provenance=seen).to_json()))
    first = said["reset_paths"][0]
    one = first.pop("identities")[0]

    assert said["target"] == {"id": "vault", "kind": "Vault", "name": "Vault"}
    assert (said["total"], said["as_of"], said["scenario"]) == (4, seen.as_of, {"passes": []})
    assert said["coverage"] == {"loaded": ["users"], "missing": ["units"]}
    assert first == {
        "path": "desk", "name": "Desk", "method": "password_admin", "executor": "desk",
        "executors": [
            {"id": "dan", "kind": "User", "name": "Dan"},
            {"id": "gone", "kind": "", "name": "gone"},
        ],
        "vendor": "", "channel": "phone", "proof": "knowledge", "approvals": 0,
        "counts": {"reached": 0, "reached_if": 1, "cannot_tell": 0}, "total": 1,
    }  # fmt: skip
    assert [step["target"] for step in one.pop("path")] == ["group", "vault"]
    assert one == {
        "id": "ada", "kind": "User", "name": HOSTILE, "verdict": "reached_if", "hops": 2,
        "guards": ["mfa:ada"], "assumes": [], "evidence": [],
    }  # fmt: skip


def test_the_frame_has_a_row_for_each_way_to_reset_each_identity(graph):
    frame = ask(graph).to_frame()

    assert frame["id"].tolist() == ["ada", "ada", "bob", "dan", "cy"]
    assert frame["reset_path"].tolist()[-1] == "no way to reset it is known"
    assert frame.loc[0, "executors"] == ("dan", "gone")


def test_a_hostile_name_is_shown_as_text(graph):
    answer = ask(graph)
    shown = answer._repr_mimebundle_()

    assert "<img" not in shown["text/html"]
    assert "\u202e" not in shown["text/html"] + shown["text/plain"] + repr(answer)
    assert "\u202e" not in answer.explain()


def test_the_words_say_first_which_request_opens_it(graph):
    said = ask(graph).explain().splitlines()

    assert said[0] == (
        "1 identity's reset reaches Vault, 2 more under conditions, 1 that cannot be told."
    )
    assert said[1].startswith("One request opens it: <img")
    assert "is reset by the desk Passes (a Temporary Access Pass)" in said[1]
    assert said[1].endswith("proof: appearance in person, with a document; 1 approval needed.")


def test_nobody_reaches_what_nothing_leads_to():
    answer = ask(world({"ada": USER, "vault": VAULT}, []))

    assert answer.summary == "nobody's reset reaches Vault"
    assert (answer.ways, len(answer), answer.call) == ((), 0, None)
    assert answer.to_frame().empty


def test_a_role_held_by_nobody_or_by_the_identity_alone_is_no_way(graph):
    for executors in ((), ("dan",)):
        ways = WAYS | {"dan": (way("admins", "", executor="role", executors=executors),)}
        answer = ask(graph, ways=ways)
        assert "admins" not in {each.path for each in answer.ways}
        assert "dan" in {each.id for way in answer.ways for each in way.identities}


@pytest.mark.parametrize("executor", ["role", "owner"])
def test_those_who_hold_a_role_stand_in_one_group_and_none_resets_himself(graph, executor):
    shared = way("admins", "", executor=executor, executors=("ada", "bob", "dan"))
    answer = ask(graph, ways=dict.fromkeys(("ada", "bob", "dan"), (shared,)))

    (one,) = [each for each in answer.ways if each.path == "admins"]
    assert {each.id for each in one.identities} == {"ada", "bob", "dan"}
    frame = answer.to_frame().query("reset_path == 'Admins'").set_index("id")
    assert frame.loc["bob", "executors"] == ("ada", "dan")
    assert "nobody on their own account" in answer.explain()
    first, opens = answer.call
    carried_out = next(s for s in answer.explain().splitlines() if s.startswith("It may be"))
    assert first.path == "admins"
    assert plain(opens.name) not in carried_out
