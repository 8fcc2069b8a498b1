import pytest

from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import reach
from idgraph.views.html import to_html
from idgraph.views.of_reach import Owners, picture_of_reach
from tests.idgraph.analysis.worlds import CATALOGUE, GROUP, ROBOT, ROLE, STORE, USER, world
from tests.idgraph.views.hostile import faults

NODES = {"ada": USER, "builders": GROUP, "bot": ROBOT, "owner": ROLE, "ledger": STORE}
EDGES = [
    ("ada", "HAS", "builders", ()),
    ("builders", "TAKES", "bot", ("assume:app_instance_lock",)),
    ("bot", "HAS", "owner", ("pim:owner",)),
    ("ada", "TAKES", "ledger", ("unknown:policies",)),
]


@pytest.fixture
def answer():
    origin = Provenance(store="s.duckdb", loads=(1, 2), missing=("Azure DevOps: no load",))
    names = {"bot": "Deploy Bot", "owner": "Owner of production"}
    return reach(world(NODES, EDGES, names=names), "ada", provenance=origin)


@pytest.fixture
def picture(answer):
    return picture_of_reach(answer)


def by_id(picture):
    return {node.id: node for node in picture.nodes}


def rows(picture):
    return {picture.nodes[row.node].id: row for row in picture.rows}


def test_every_target_of_the_answer_is_a_row_with_its_path(answer, picture):
    targets = {
        each.id: each
        for each in (*answer.nhis, *answer.privileged, *answer.secret_stores, *answer.data)
    }

    assert set(rows(picture)) == set(targets)
    for node, row in rows(picture).items():
        sentences = [picture.edges[edge].sentence for edge in row.edges()]
        assert sentences == [step.sentence for step in targets[node].path]
        assert (row.hops, row.verdict) == (targets[node].hops, targets[node].verdict)


def test_counts_agree_with_those_of_the_answer(answer, picture):
    mine = {"nhi": "nhis", "secret_store": "secret_stores"}
    tally = {mine.get(name, name): counts for name, counts in picture.tally().items()}

    assert tally == {name: counts for name, counts in answer.counts.items() if name != "all"}


def test_a_node_lies_as_many_steps_away_as_the_path_to_it_has(picture):
    assert {node.id: node.layer for node in picture.nodes} == {
        "ada": 0,
        "builders": 1,
        "bot": 2,
        "owner": 3,
        "ledger": 1,
    }


def test_only_the_identity_asked_about_is_the_start(picture):
    assert [node.id for node in picture.nodes if node.is_start] == ["ada"]


def test_conditions_and_doubts_are_in_words_and_name_their_subject(picture):
    found = rows(picture)

    assert found["owner"].guards == (
        "the attacker activates the eligible role (Owner of production)",
    )
    assert "app instance lock" in found["owner"].assumes[0]
    assert found["ledger"].verdict == "cannot_tell"
    assert found["ledger"].blind_spots == ("not seen: policies",)
    assert picture.not_seen == ("Azure DevOps: no load",)


def test_kinds_are_explained_by_the_catalogue(picture):
    assert {name: kind.allows for name, kind in picture.kinds.items()} == {
        name: CATALOGUE.edge(name).allows for name in ("HAS", "TAKES")
    }
    assert by_id(picture)["bot"].shape == ROBOT.shape


def test_a_node_without_a_valid_owner_says_why(answer):
    owners = Owners(named={"builders": "Platform"}, unowned={"bot": "left in March"})
    nodes = by_id(picture_of_reach(answer, owners=owners))

    assert (nodes["builders"].owner, nodes["builders"].unowned) == ("Platform", False)
    assert (nodes["bot"].owner, nodes["bot"].unowned) == ("left in March", True)


def test_the_page_of_an_answer_is_sound(picture):
    assert list(faults(to_html(picture))) == []


def test_an_answer_that_reaches_nothing_can_be_shown():
    alone = picture_of_reach(reach(world({"ada": USER}, []), "ada"))

    assert len(alone.nodes) == 1
    assert list(faults(to_html(alone))) == []
