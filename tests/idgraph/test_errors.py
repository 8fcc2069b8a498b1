"""An error names its subject and fault, its place and a hint where there are any."""

from __future__ import annotations

import pytest

from idgraph import errors
from idgraph.errors import AmbiguousNameError, IdGraphError, did_you_mean


def test_an_error_reads_as_a_sentence_with_its_place_and_hint():
    error = IdGraphError("vault 'x'", "has no policies", place="a.json#/data/3", hint="Load it.")
    assert str(error) == "vault 'x' has no policies (at a.json#/data/3). Load it."


def test_an_error_without_place_and_hint_is_still_a_sentence():
    assert str(IdGraphError("store s", "is not there")) == "store s is not there."


@pytest.mark.parametrize(
    "kind",
    [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, IdGraphError)
    ],
)
def test_every_error_is_one_that_the_user_can_mend(kind):
    assert kind.exit_code == 2


def test_an_ambiguous_name_keeps_its_candidates():
    error = AmbiguousNameError("Wei", [("1", "EntraUser", "Wei"), ("2", "EntraUser", "wei")])
    assert len(error.candidates) == 2


@pytest.mark.parametrize(("typed", "hint"), [("adda", "Did you mean Ada?"), ("zzzz", None)])
def test_a_hint_is_given_only_when_something_is_near(typed, hint):
    assert did_you_mean(typed, ["Ada", "Bob"]) == hint
