"""A question walked over a store has the answer of the whole graph in memory, on every store."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idgraph import derive, explorer
from idgraph.analysis import engine
from idgraph.analysis.engine import MEMORY, SERVER
from idgraph.analysis.find import find
from idgraph.errors import AmbiguousNameError, IdGraphError, InputError, UnknownNameError
from idgraph.graph import Flag
from idgraph.records import NodeRecord
from idgraph.stores.protocol import Size
from tests.neo4j.company import SOURCE, loading
from tests.neo4j.examples import THOROUGH, Loading, histories, load_all

# What an example is made of is long, and only of use where it fails.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

MOST_OF_SAMPLE = 10_000 if THOROUGH else 10  # identities asked about, spread over all of them
PASSES = ((), ("mfa", "pim"))


def answer(ask, *words, **more):
    """Return an answer, or what was wrong with the question."""
    try:
        return ask(*words, **more)
    except AmbiguousNameError as error:
        return "ambiguous", sorted(error.candidates)
    except UnknownNameError:
        return "unknown"


def assert_same_reach(asked, identity: str, passes: tuple[str, ...] = ()) -> None:
    def json(engine_: str):
        return asked.reach(identity, passes=passes, engine=engine_).to_json(all_objects=True)

    assert answer(json, SERVER) == answer(json, MEMORY)


def assert_same_path(asked, identity: str, target: str) -> None:
    def json(engine_: str):
        return asked.path(identity, target, engine=engine_).to_json()

    assert answer(json, SERVER) == answer(json, MEMORY)


@given(history=histories(2), pick=st.randoms(use_true_random=False))
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes of a server
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_graph_gives_the_same_answers(store_factory, history, pick):
    store = store_factory()
    load_all(store, history)
    asked = explorer.Explorer(store)
    graph = asked.graph()
    ids = [str(node) for node in graph.ids[~graph.synthetic]]
    for start, target, passes in zip(
        pick.sample(ids, len(ids)), pick.sample(ids, len(ids)), PASSES, strict=False
    ):
        assert_same_reach(asked, start, passes)
        assert_same_path(asked, start, target)


@given(history=histories(1), pick=st.randoms(use_true_random=False))
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_means_the_same(store_factory, history, pick):
    store = store_factory()
    load_all(store, history)
    graph, aliases = store.graph(), store.aliases()
    words = [alias for alias, _ in aliases]
    known = [*graph.ids, *graph.names, *words, *(each.partition(":")[2] for each in words)]

    for text in ["\ud800", *pick.sample(known, min(len(known), 5))]:
        for written in (text, text.upper(), f" {text.swapcase()} "):
            for role in ("identity", "target"):
                at = answer(find, graph, written, role=role, aliases=aliases)
                expected = graph.ids[at] if isinstance(at, int) else at
                assert answer(engine.meant, store, written, role) == expected


@pytest.mark.slow
def test_the_sample_gives_the_same_answers(store):
    asked = explorer.Explorer(store)
    explorer.load_sample(asked)
    graph = asked.graph()
    everybody = np.flatnonzero(graph.has(Flag.PERSON | Flag.NHI))
    some = everybody[:: max(len(everybody) // MOST_OF_SAMPLE, 1)]
    for at in some:
        assert_same_reach(asked, str(graph.ids[at]))
    reached = asked.reach(explorer.EXAMPLE_IDENTITY).reached
    for target in (reached[0].id, reached[-1].id, str(graph.ids[everybody[0]])):
        assert_same_path(asked, explorer.EXAMPLE_IDENTITY, target)

    assert len(some) >= min(MOST_OF_SAMPLE, len(everybody))


def test_the_answer_says_how_it_was_walked(store):
    load_all(store, [loading(1)])
    asked = explorer.Explorer(store)

    assert asked.reach("u1").provenance.engine == MEMORY
    assert asked.reach("u1", engine=SERVER).provenance.engine == SERVER
    assert asked.path("u1", "g1", engine=SERVER).provenance.engine == SERVER


def test_a_large_graph_is_walked_over_the_store_unless_asked_otherwise(store, monkeypatch):
    load_all(store, [loading(1)])
    asked = explorer.Explorer(store)
    monkeypatch.setattr(engine, "MOST_IN_MEMORY", store.size().edges - 1)

    assert asked.reach("u1").provenance.engine == SERVER
    assert asked.reach("u1", engine=MEMORY).provenance.engine == MEMORY
    assert asked.reach("u1", as_of="2026-01-01T12:00Z").provenance.engine == MEMORY
    assert asked.reach("u1", profile="bloodhound").provenance.engine == MEMORY


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"engine": "abacus"}, "is not known"),
        ({"engine": SERVER, "as_of": "2026-01-02"}, "walks the newest graph"),
        ({"engine": SERVER, "profile": "bloodhound"}, "walks the newest graph"),
    ],
)
def test_what_no_engine_can_do_is_refused(store, question, said):
    load_all(store, [loading(1)])

    with pytest.raises(InputError, match=said):
        explorer.Explorer(store).reach("u1", **question)


def test_the_size_is_that_of_the_graph(store):
    load_all(store, [loading(1), loading(2)])
    graph = store.graph()

    assert store.size() == Size(graph.n, graph.m)


def test_a_graph_of_older_rules_is_derived_anew_before_it_is_walked(store, monkeypatch):
    load_all(store, [loading(1)])
    asked = explorer.Explorer(store)
    before = asked.reach("u1").to_json()
    monkeypatch.setattr(derive, "RULES_VERSION", "newer")

    assert 0 < store.size().edges <= store.graph().m
    graph = store.graph()
    assert store.guard_sets() == graph.guard_sets
    assert asked.reach("u1", engine=SERVER).to_json() == before
    assert engine.meant(store, "3@X", "identity") == "u2"


def test_evidence_is_read_of_rows_of_every_table(store):
    load_all(store, [loading(1), loading(2)])
    observed = store.observations()
    rows = [
        int(frame["row"].iloc[at])
        for frame in (observed.nodes, observed.edges, observed.claims)
        for at in (0, -1)
    ]
    told = store.evidence([*rows, 10**9])

    assert list(told) == sorted(set(rows))
    of_user = observed.nodes[observed.nodes["id"] == "u1"].iloc[0]
    told = store.evidence([int(of_user["row"])])
    assert told[int(of_user["row"])].evidence == (of_user["evidence"],)


def test_a_name_that_several_have_lists_them_all(store):
    twins = [
        NodeRecord(record="AZUser", id=node, kind="EntraUser", name="Straße 7")
        for node in ("A1", "b2")
    ]
    load_all(store, [Loading(SOURCE, "2026-01-01T00:00:00Z", twins)])
    asked = explorer.Explorer(store)

    for engine_ in (MEMORY, SERVER):
        with pytest.raises(AmbiguousNameError) as caught:
            asked.reach("STRASSE 7", engine=engine_)
        assert sorted(each[0] for each in caught.value.candidates) == ["A1", "b2"]
        assert asked.reach("a1", engine=engine_).identity.id == "A1"
        with pytest.raises(IdGraphError, match="is not in the graph"):
            asked.reach("nobody", engine=engine_)
