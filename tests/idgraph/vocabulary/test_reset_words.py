"""Proof levels, and what the methods of a reset give."""

import pytest

from idgraph.analysis.methods import METHODS
from idgraph.catalogue import MFA
from idgraph.errors import ModelError
from idgraph.vocabulary import resets
from idgraph.vocabulary.resets import METHOD_GIVES, PROOF_LEVELS, Gives, MethodGives, ProofLevel

# Carried out by somebody else they set a password; by the person they pass the second factor too.
BY_THE_PERSON = {"password_sspr", "password_user"}


def test_proofs_are_ranked_from_the_weakest():
    assert list(PROOF_LEVELS) == [
        "none",
        "caller_id",
        "knowledge",
        "contact_code",
        "manager_voucher",
        "callback",
        "authenticator",
        "id_document",
        "video",
        "in_person",
        "phishing_resistant",
    ]
    assert [level.rank for level in PROOF_LEVELS.values()] == list(range(11))


def test_an_unknown_proof_has_no_rank_and_says_so():
    assert resets.proof_rank("a promise") == -1
    assert resets.proof_words("a promise") == "nobody says which"
    assert resets.proof_words("none") == "nothing is asked"


def test_the_methods_are_those_of_the_scenarios():
    assert set(METHOD_GIVES) == set(METHODS)


@pytest.mark.parametrize("name", sorted(set(METHODS) - BY_THE_PERSON))
def test_a_method_leaves_the_guards_that_its_scenario_begins_with(name):
    assert set(METHOD_GIVES[name].leaves) == {kind.name for kind in METHODS[name].asks}


@pytest.mark.parametrize("name", sorted(BY_THE_PERSON))
def test_what_a_person_may_do_leaves_the_second_factor_when_another_does_it(name):
    assert METHOD_GIVES[name].leaves == (MFA.name,)


@pytest.mark.parametrize("gives", Gives)
def test_methods_that_give_the_same_leave_the_same(gives):
    assert len({each.leaves for each in METHOD_GIVES.values() if each.gives is gives}) == 1


def test_the_guards_of_a_method_are_about_the_account():
    assert METHOD_GIVES["recovery_contact_change"].guards("u") == ("recovery:u", "mfa:u")


def test_a_method_that_leaves_an_unknown_guard_is_refused():
    with pytest.raises(ModelError, match="luck"):
        MethodGives(name="x", gives=Gives.PASS, leaves=("luck",), source="x")


def test_a_proof_without_words_is_refused():
    with pytest.raises(ModelError, match="no words"):
        ProofLevel(name="x", rank=0, words="", source="x")


def test_every_word_names_its_source():
    for each in (*PROOF_LEVELS.values(), *METHOD_GIVES.values()):
        assert each.source
