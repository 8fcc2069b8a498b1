"""What people type to name a node."""

import time

import pytest

from idgraph import derive
from idgraph.analysis.find import NameIndex, find
from idgraph.errors import AmbiguousNameError, UnknownNameError
from idgraph.graph import graph_from_columns

ROWS = [
    # id, kind, name, aliases
    ("a1", "EntraUser", "Ada Byron", ("upn:ada@example.org", "mail:a.byron@example.org")),
    ("a2", "EntraUser", "Twin", ("upn:twin1@example.org",)),
    ("a3", "EntraUser", "Twin", ("upn:twin2@example.org",)),
    ("b1", "EntraApp", "Backup", ("appid:c0ffee",)),
    ("b2", "EntraServicePrincipal", "Backup", ("appid:c0ffee",)),
    ("c1", "EntraApp", "Lonely", ("appid:1dea",)),
    ("d1", "EntraServicePrincipal", "Spread", ("appid:5eed",)),
    ("d2", "EntraServicePrincipal", "Spread", ("appid:5eed",)),
    ("e1", "EntraApp", "Same name", ("appid:1",)),
    ("e2", "EntraServicePrincipal", "Same name", ("appid:2",)),
    ("r@t", "EntraRole", "Global Administrator", ()),
    ("arn:aws:IAM::1:role/X", "EntraRole", "X role", ()),
    ("p#manage", "Power", "managing p", ()),
    ("f1", "EntraUser", "c0ffee", ()),
    ("s1", "AWSSSOUser", "Ada Byron (AWS)", ("sso:d-1|ada@example.org",)),
    ("s2", "AWSSSOUser", "Bob", ("sso:d-1|bob@example.org",)),
    ("s3", "AWSSSOUser", "Eve", ("sso:d-1|eve@example.org",)),
    ("s4", "AWSSSOUser", "Eve", ("sso:d-2|eve@example.org",)),
]


@pytest.fixture(scope="module")
def names():
    graph = graph_from_columns(
        derive.CATALOGUE,
        ids=[row[0] for row in ROWS],
        kinds=[row[1] for row in ROWS],
        names=[row[2] for row in ROWS],
    )
    return NameIndex.of(graph, [(alias, row[0]) for row in ROWS for alias in row[3]])


def test_an_id_that_is_near_is_named_with_what_it_is_of(names):
    with pytest.raises(UnknownNameError, match=r"Did you mean arn:aws:IAM::1:role/X \(X role\)\?"):
        names.find("arn:aws:IAM::1:role/XY")


def found(names, text, **how):
    return str(names.graph.ids[names.find(text, **how)])


def test_a_user_of_identity_center_answers_to_the_user_name(names):
    assert found(names, "Bob@example.org") == "s2"


def test_a_upn_is_meant_before_the_user_name_in_identity_center(names):
    assert found(names, "ada@example.org") == "a1"


def test_a_user_name_in_two_identity_stores_lists_both(names):
    with pytest.raises(AmbiguousNameError) as refused:
        names.find("EVE@example.org")
    assert [each[0] for each in refused.value.candidates] == ["s3", "s4"]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a1", "a1"),
        ("A1", "a1"),
        (" a1 ", "a1"),
        ("ada@example.org", "a1"),
        ("ADA@Example.org", "a1"),
        ("upn:ada@example.org", "a1"),
        ("a.byron@example.org", "a1"),
        ("ada byron", "a1"),
        ("R@T", "r@t"),
        ("ARN:AWS:iam::1:role/x", "arn:aws:IAM::1:role/X"),
        ("global administrator", "r@t"),
        ("C0FFEE", "b2"),
        ("1dea", "c1"),
        ("backup", "b2"),
    ],
)
def test_a_node_is_found_by_id_alias_or_name_in_any_case(names, text, node):
    assert found(names, text) == node
    assert found(names, text, role="target") == node


@pytest.mark.parametrize("text", ["Twin", "5eed", "spread", "same name"])
def test_what_names_several_things_is_refused_with_the_candidates(names, text):
    with pytest.raises(AmbiguousNameError) as refused:
        names.find(text)

    assert len(refused.value.candidates) == 2
    assert all(len(each) == 3 for each in refused.value.candidates)


def test_an_alias_comes_before_a_name(names):
    assert found(names, "c0ffee") == "b2"


def test_a_registration_answers_to_its_own_id(names):
    assert found(names, "b1") == "b1"


def test_a_power_is_a_target_by_its_id_and_never_an_identity(names):
    assert found(names, "p#manage", role="target") == "p#manage"
    for text in ("p#manage", "managing p"):
        with pytest.raises(UnknownNameError):
            names.find(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ada@exmple.org", "ada@example.org"),
        ("Ada Bryon", "Ada Byron"),
        ("Globl Administrator", "Global Administrator"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_closest(names, text, hint):
    with pytest.raises(UnknownNameError, match=f"Did you mean {hint}"):
        names.find(text)


def test_a_name_like_nothing_else_has_no_hint(names):
    with pytest.raises(UnknownNameError) as refused:
        names.find("zzzzzzzzzzzz")

    assert refused.value.hint is None


def test_without_aliases_a_graph_is_indexed_once(names):
    graph = names.graph

    assert NameIndex.of(graph) is NameIndex.of(graph)
    assert graph.ids[find(graph, "ada byron")] == "a1"


@pytest.mark.slow
def test_a_misspelt_name_among_many_is_answered_soon():
    count = 300_000
    graph = graph_from_columns(
        derive.CATALOGUE,
        ids=[f"{at:08}" for at in range(count)],
        kinds=["EntraUser"] * count,
        names=[f"User number {at}" for at in range(count)],
    )
    index = NameIndex.of(graph)
    with pytest.raises(UnknownNameError):
        index.find("warm up the tables")
    begun = time.perf_counter()
    with pytest.raises(UnknownNameError, match="Did you mean"):
        index.find("User nunber 2999")

    assert time.perf_counter() - begun < 20  # not the product of all names
