"""Who has no valid owner: every reason worked by hand, and a slow oracle."""

import json
import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idgraph.analysis.provenance import Provenance
from idgraph.ownership import Code, unowned
from idgraph.snapshot import Coverage
from tests.idgraph.ownership.estates import PERSON, READ, estate

APP = ("EntraApp", READ)
USER = ("EntraUser", PERSON)


def verdict(nodes, node="x", **said):
    """Return the codes of a node, with a mark when it is undecided; None when it is owned."""
    found = unowned(estate(nodes, **said))
    for mark, rows in (("", found.unowned), ("?", found.undecided)):
        for row in rows:
            if row.id == node:
                return [mark + reason.code.value for reason in row.reasons]
    return None


def owned_by(kind, properties, **said):
    return verdict({"x": APP, "o": (kind, properties)}, owns=[("o", "x")], **said)


def test_an_enabled_member_of_the_directory_is_a_valid_owner():
    assert owned_by("EntraUser", PERSON) is None


def test_an_empty_list_that_was_read_is_no_owner():
    assert verdict({"x": APP}) == ["NO_OWNER"]


@pytest.mark.parametrize("properties", [{}, {"owner_list_read": False}])
def test_a_list_that_was_not_read_leaves_it_undecided(properties):
    assert verdict({"x": ("EntraApp", properties)}) == ["?OWNER_DATA_NOT_LOADED"]


def test_a_disabled_owner_does_not_count():
    assert owned_by("EntraUser", PERSON | {"account_enabled": False}) == ["OWNER_DISABLED"]


@pytest.mark.parametrize(
    "guest", [{"user_type": "Guest"}, {"upn": "b_other.org#EXT#@example.org", "user_type": None}]
)
def test_a_guest_does_not_count(guest):
    assert owned_by("EntraUser", PERSON | guest) == ["OWNER_GUEST"]


def test_a_member_whose_type_is_not_stated_counts():
    assert owned_by("EntraUser", {"account_enabled": True}) is None


def test_an_owner_of_whom_nobody_knows_whether_he_is_enabled_is_undecided():
    assert owned_by("EntraUser", {"user_type": "Member"}) == ["?OWNER_UNKNOWN_STATUS"]


@pytest.mark.parametrize("kind", ["?EntraUser", "?Unidentified"])
def test_an_owner_known_nowhere_is_deleted_if_all_users_were_loaded(kind):
    part = (Coverage("t", "AZUser", 9, complete=False, about="a part"),)
    two = (Coverage("t", "AZUser", 9, complete=True, about=""), *part)

    assert owned_by(kind, {}) == ["OWNER_DELETED"]
    for coverage in ((), part, two):
        assert owned_by(kind, {}, coverage=coverage) == ["?OWNER_UNKNOWN_STATUS"]


@pytest.mark.parametrize(
    "kind", ["EntraServicePrincipal", "EntraManagedIdentity", "?EntraServicePrincipal"]
)
def test_an_owner_that_is_an_nhi_does_not_count_even_with_a_valid_owner_of_its_own(kind):
    nodes = {"x": APP, "o": (kind, READ), "p": USER}

    assert verdict(nodes, owns=[("o", "x"), ("p", "o")]) == ["OWNER_IS_NHI"]


def test_a_node_that_owns_itself_has_no_owner():
    assert verdict({"x": ("EntraServicePrincipal", READ)}, owns=[("x", "x")]) == ["OWNER_SELF"]


def test_nhis_that_own_each_other_in_a_circle_have_no_owner():
    nodes = dict.fromkeys("xyz", ("EntraServicePrincipal", READ))
    owns = [("y", "x"), ("z", "y"), ("x", "z")]

    assert [verdict(nodes, name, owns=owns) for name in "xyz"] == [["OWNER_SELF"]] * 3


def test_an_application_is_not_the_owner_of_its_own_registration():
    nodes = {
        "x": ("EntraApp", READ | {"app_id": "c"}),
        "o": ("EntraServicePrincipal", READ | {"app_id": "C"}),
    }

    assert verdict(nodes, owns=[("o", "x")]) == ["OWNER_SELF"]


def test_a_circle_of_parallel_claims_is_found_and_ends():
    nodes = dict.fromkeys("xyz", ("EntraServicePrincipal", READ))
    owns = [("x", "y"), ("x", "y"), ("y", "z")] * 3

    assert verdict(nodes, "z", owns=owns) == ["OWNER_IS_NHI"]


def grouped(members, nodes=None, **said):
    everything = {"x": ("AzureVM", {}), "g": ("EntraGroup", READ), **(nodes or {})}
    return verdict(everything, claims=[("x", "g", "tag:owner")], members=members, **said)


def test_a_group_counts_when_a_valid_person_is_in_it_however_deep():
    inner = {"h": ("EntraGroup", READ), "p": USER}

    assert grouped([("p", "h"), ("h", "g")], inner) is None
    assert grouped([("p", "h"), ("h", "g"), ("g", "h")], inner) is None


def test_a_group_that_nobody_is_in_is_empty():
    assert grouped([]) == ["OWNER_GROUP_EMPTY"]
    assert grouped([("h", "g")], {"h": ("EntraGroup", READ)}) == ["OWNER_GROUP_EMPTY"]


def test_a_group_without_a_valid_person_does_not_count():
    members = {
        "d": ("EntraUser", PERSON | {"account_enabled": False}),
        "s": ("EntraServicePrincipal", READ),
    }

    assert grouped([("d", "g"), ("s", "g")], members) == ["OWNER_GROUP_NO_VALID_HUMAN"]


def test_a_group_of_which_too_little_is_known_is_undecided():
    unknown = {"u": ("EntraUser", {})}
    users = (Coverage("t", "AZUser", 9, complete=True, about=""),)

    assert grouped([("u", "g")], unknown) == ["?OWNER_UNKNOWN_STATUS"]
    assert grouped([], coverage=users) == ["?OWNER_UNKNOWN_STATUS"]
    assert grouped([("h", "g")], {"h": ("?EntraGroup", {})}) == ["?OWNER_UNKNOWN_STATUS"]


@pytest.mark.parametrize("text", ["devops", "Platform Team", "ops@elsewhere.example"])
def test_free_text_that_names_nobody_known_does_not_count(text):
    nodes = {"x": ("AzureVM", {}), "p": ("EntraUser", PERSON | {"upn": "p@example.org"})}

    assert verdict(nodes, claims=[("x", text, "tag:owner")]) == ["OWNER_TAG_UNRESOLVED"]


@pytest.mark.parametrize("text", ["gone@Example.org", "9b1d0b1e-0000-4000-8000-000000000001"])
def test_a_text_that_names_an_account_which_is_not_there_is_a_deleted_one(text):
    nodes = {"x": ("AzureVM", {}), "p": ("EntraUser", PERSON | {"upn": "p@example.org"})}
    claims = [("x", text, "tag:owner")]

    assert verdict(nodes, claims=claims) == ["OWNER_DELETED"]
    assert verdict(nodes, claims=claims, coverage=()) == ["?OWNER_UNKNOWN_STATUS"]


def test_a_resource_that_was_collected_without_an_owner_tag_has_no_owner():
    assert verdict({"x": ("AzureKeyVault", {})}) == ["NO_OWNER"]


def test_a_stub_is_undecided_whatever_its_kind():
    assert verdict({"x": ("?AzureKeyVault", {})}) == ["?OWNER_DATA_NOT_LOADED"]
    assert verdict({"x": ("?EntraApp", READ)}) == ["?OWNER_DATA_NOT_LOADED"]


def test_a_bad_tag_does_not_make_up_for_a_list_that_was_not_read():
    nodes = {"x": ("EntraApp", {})}

    assert verdict(nodes, claims=[("x", "devops", "tag:owner")]) == [
        "?OWNER_DATA_NOT_LOADED",
        "?OWNER_TAG_UNRESOLVED",
    ]


def test_one_valid_owner_suffices():
    nodes = {"x": APP, "d": ("EntraUser", PERSON | {"account_enabled": False}), "p": USER}

    assert verdict(nodes, owns=[("d", "x"), ("p", "x")]) is None
    assert verdict(nodes, owns=[("d", "x")], claims=[("x", "p", "service_owner")]) is None


def test_every_claim_that_fails_is_listed_with_its_own_reason():
    nodes = {"x": APP, "d": ("EntraUser", PERSON | {"account_enabled": False})}
    found = unowned(
        estate(nodes, owns=[("d", "x")], claims=[("x", "devops", "service_owner")]),
        evidence=lambda rows: {row: (f"row {row}",) for row in rows},
    )

    assert found.unowned[0].to_json()["reasons"] == [
        {"code": "OWNER_DISABLED", "claim": "directory_owner: d", "evidence": ["row 100"]},
        {"code": "OWNER_TAG_UNRESOLVED", "claim": "service_owner: devops",
         "evidence": ["row 300"]},
    ]  # fmt: skip


def test_a_registration_and_its_service_principal_are_judged_each_by_its_own_list():
    nodes = {
        "a": ("EntraApp", READ | {"app_id": "c"}),
        "p": USER,
        "s": ("EntraServicePrincipal", READ | {"app_id": "c"}),
    }
    found = unowned(estate(nodes, owns=[("p", "a")]))

    assert [row.id for row in found.unowned] == ["s"]


@pytest.mark.parametrize(
    ("home", "left_out"),
    [
        ("f8cdef31-a31e-4b4a-93e4-5f571e91255a", True),
        ("72F988BF-86F1-41AF-91AB-2D7CD011DB47", True),
        ("00000000-0000-4000-8000-000000000001", False),
    ],
)
def test_microsofts_own_service_principals_are_left_out(home, left_out):
    nodes = {"x": ("EntraServicePrincipal", READ | {"app_owner_organization_id": home})}

    assert (verdict(nodes) is None) == left_out


def test_people_and_roles_want_no_owner():
    nodes = {"u": USER, "r": ("EntraRole", {}), "t": ("EntraTenant", {})}

    assert len(unowned(estate(nodes))) == 0


def test_the_answer_is_sorted_by_kind_then_id_and_can_be_narrowed():
    machine = ("AzureVM", {})
    nodes = {"d": machine, "c": APP, "b": machine, "a": APP}
    found = unowned(estate(nodes))

    assert [(row.kind, row.id) for row in found.unowned] == [
        ("AzureVM", "b"),
        ("AzureVM", "d"),
        ("EntraApp", "a"),
        ("EntraApp", "c"),
    ]
    assert [row.id for row in unowned(estate(nodes), kinds=("EntraApp",)).unowned] == ["a", "c"]


def test_the_json_is_the_contract_to_the_letter():
    found = unowned(estate({"x": APP, "y": ("EntraGroup", {})}))

    assert found.to_json() == {
        "unowned": [
            {"id": "x", "kind": "EntraApp", "name": "Name of x",
             "reasons": [{"code": "NO_OWNER", "claim": "", "evidence": []}]}
        ],
        "undecided": [
            {"id": "y", "kind": "EntraGroup", "name": "Name of y",
             "reasons": [{"code": "OWNER_DATA_NOT_LOADED", "claim": "", "evidence": []}]}
        ],
    }  # fmt: skip
    assert json.loads(json.dumps(found.to_json())) == found.to_json()


def test_it_counts_explains_and_tabulates():
    snapshot = estate({"x": APP, "y": APP, "z": ("EntraGroup", {})})
    found = unowned(snapshot, provenance=Provenance(missing=("access reviews",)))

    assert found.counts == {"NO_OWNER": 2, "OWNER_DATA_NOT_LOADED": 1}
    assert repr(found) == "Unowned(2 nodes have no valid owner, 1 cannot be decided)"
    assert "Name of x (EntraApp): it has no owner at all." in found.explain()
    assert "Not loaded: access reviews." in found.explain()
    assert list(found.to_frame()["verdict"]) == ["unowned", "unowned", "undecided"]


def test_evidence_is_asked_for_once():
    asked = []

    def evidence(rows):
        asked.append(list(rows))
        return dict.fromkeys(rows, ())

    unowned(estate({"x": APP, "y": APP}), evidence=evidence)

    assert asked == [[0, 1]]


def test_hostile_names_are_escaped():
    snapshot = estate({"x": APP})
    snapshot.names[0] = "<script>alert(1)</script>\u202e\n"
    found = unowned(snapshot)
    shown = found._repr_mimebundle_()

    assert "<script>" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]
    assert "\u202e" not in shown["text/html"] + found.explain()


def test_every_code_reads_as_words():
    assert all(code.reads for code in Code)
    assert {code for code in Code if code.undecided} == {
        Code.OWNER_UNKNOWN_STATUS,
        Code.OWNER_DATA_NOT_LOADED,
    }


# A slow oracle: the definition, node by node.


def random_estate(chance: random.Random):
    kinds = ["EntraUser"] * 3 + ["EntraGroup"] * 2 + ["EntraApp", "EntraServicePrincipal"]
    nodes, names = {}, "abcdefghij"
    for name in names:
        kind = chance.choice(kinds)
        stub = "?" * (chance.random() < 0.1)
        properties = {
            "account_enabled": chance.choice((True, True, False)),
            "user_type": chance.choice(("Member", "Guest")),
        }
        nodes[name] = (stub + kind, properties if kind == "EntraUser" else READ)
    of = {kind: [n for n in names if nodes[n][0].lstrip("?") == kind] for kind in set(kinds)}
    owners = of["EntraUser"] + of["EntraServicePrincipal"]
    owned = of["EntraApp"] + of["EntraServicePrincipal"] + of["EntraGroup"]
    pairs = [(a, b) for a in owners for b in owned]
    owns = chance.sample(pairs, min(len(pairs), 6))
    inside = [(a, g) for a in names for g in of["EntraGroup"] if a != g]
    members = chance.sample(inside, min(len(inside), 5))
    claims = [
        (chance.choice(owned), chance.choice((*names, "devops")), "tag:owner")
        for _ in range(3 * bool(owned))
    ]
    return nodes, owns, members, claims


def is_valid(nodes, members, owner, seen=()):
    if owner not in nodes or owner in seen:
        return False
    kind, properties = nodes[owner]
    if kind.endswith("EntraGroup"):
        return any(
            is_valid(nodes, members, member, (*seen, owner))
            for member, group in members
            if group == owner
        )
    return kind == "EntraUser" and properties == PERSON


@settings(max_examples=300, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_a_node_is_listed_exactly_when_no_claim_names_a_valid_person(chance):
    nodes, owns, members, claims = random_estate(chance)
    found = unowned(estate(nodes, owns=owns, members=members, claims=claims))
    said = [(node, owner) for owner, node in owns] + [claim[:2] for claim in claims]
    wanting = {name for name, (kind, _) in nodes.items() if not kind.endswith("User")}
    answered = {node for node, owner in said if is_valid(nodes, members, owner)}

    assert {row.id for row in (*found.unowned, *found.undecided)} == wanting - answered


def test_codes_and_roles_are_spelt_as_they_are_shown():
    from idgraph.analysis.find import Role

    assert get_args(Role) == ("identity", "target")
    assert all(code.value == code.name for code in Code)
