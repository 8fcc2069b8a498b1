"""Laws of the catalogue: what a kind must state, and what it is refused for."""

from __future__ import annotations

import pytest

from idgraph import vocabulary
from idgraph.catalogue import GUARD_KINDS, Catalogue, EdgeKind, Flow, NodeKind
from idgraph.derive import CATALOGUE, PROFILES
from idgraph.errors import IdGraphError, ModelError, UnknownNameError

A = NodeKind(name="A", label="a", platform="any", about="One.")
B = NodeKind(name="B", label="b", platform="any", about="Two.")
TOLD = {
    "allows": "It.",
    "verify": "So.",
    "remove": "Thus.",
    "logged": "There.",
    "frameworks": ("ATT&CK:T1098.001",),
}
WALKABLE = [kind for kind in CATALOGUE.edge_kinds if kind.walkable]


def test_a_kind_that_can_be_walked_and_is_explained_is_accepted():
    kind = EdgeKind(name="CAN", reads="can", ends=((A, B),), flow=Flow.CONTROL, **TOLD)
    assert kind.walkable


@pytest.mark.parametrize("missing", TOLD)
def test_a_kind_that_can_be_walked_must_state(missing):
    told = {word: text for word, text in TOLD.items() if word != missing}
    with pytest.raises(ModelError, match=missing):
        EdgeKind(name="CAN", reads="can", ends=((A, B),), flow=Flow.RIGHTS, **told)


def test_a_kind_without_flow_needs_no_explanation_and_is_not_walked():
    assert not EdgeKind(name="IS", reads="is", ends=((A, B),)).walkable


@pytest.mark.parametrize("name", ["can", "CAN-DO", "1CAN", ""])
def test_an_edge_kind_is_spelt_in_upper_snake(name):
    with pytest.raises(ModelError):
        EdgeKind(name=name, reads="can", ends=((A, B),))


@pytest.mark.parametrize("name", ["user", "My User", "A_B", ""])
def test_a_node_kind_is_spelt_in_pascal_case(name):
    with pytest.raises(ModelError):
        NodeKind(name=name, label="x", platform="any", about="X.")


def test_an_unknown_framework_id_is_refused_at_declaration():
    with pytest.raises(IdGraphError, match="IAM-99"):
        EdgeKind(name="IS", reads="is", ends=((A, B),), frameworks=("CSA-CCM:IAM-99",))


def test_a_name_declared_twice_is_refused():
    with pytest.raises(ModelError, match="twice"):
        Catalogue([A, A], [])


def test_an_end_that_is_not_declared_is_refused():
    with pytest.raises(ModelError, match="B"):
        Catalogue([A], [EdgeKind(name="IS", reads="is", ends=((A, B),))])


def test_a_misspelt_kind_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="MEMBER_OF"):
        CATALOGUE.edge("MEMBR_OF")


@pytest.mark.parametrize("kind", WALKABLE, ids=lambda kind: kind.name)
def test_every_walkable_kind_reads_as_whole_sentences(kind):
    for text in (kind.allows, kind.verify, kind.remove, kind.logged):
        assert text[0].isupper() or not text[0].isalpha()
        assert text.rstrip().endswith(".")
        assert "  " not in text


@pytest.mark.parametrize("kind", WALKABLE, ids=lambda kind: kind.name)
def test_every_walkable_kind_names_a_control_with_its_version(kind):
    assert all(control.version and control.title for control in kind.controls)


@pytest.mark.parametrize("kind", CATALOGUE.edge_kinds, ids=lambda kind: kind.name)
def test_the_verb_of_a_kind_fits_between_two_names(kind):
    assert kind.reads == kind.reads.strip()
    assert not kind.reads.endswith(".")


@pytest.mark.parametrize("kind", CATALOGUE.node_kinds, ids=lambda kind: kind.name)
def test_a_synthetic_kind_is_in_no_class(kind):
    classes = (kind.is_nhi, kind.is_privileged, kind.is_secret_store, kind.is_data, kind.is_person)
    assert not (kind.synthetic and any((*classes, kind.wants_owner)))


def test_every_observed_kind_that_a_profile_walks_is_walked_by_every_profile():
    derived = {
        kind.name for each in PROFILES.values() for rule in each.rules for kind in rule.kinds
    }
    assert derived.isdisjoint(kind.name for kind in vocabulary.EDGE_KINDS)


def test_derived_kinds_say_that_they_are_derived_and_observed_ones_do_not():
    observed = {kind.name for kind in vocabulary.EDGE_KINDS}
    assert {kind.name for kind in CATALOGUE.edge_kinds if not kind.derived} == observed


def test_guard_kinds_have_names_of_their_own():
    assert len({kind.name for kind in GUARD_KINDS}) == len(GUARD_KINDS)
