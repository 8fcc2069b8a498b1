"""From an account in Entra to a role in AWS, through files as collectors write them."""

from __future__ import annotations

import pytest

import idgraph
from tests.idgraph.derive.federation.company import (
    BUCKET,
    DEPLOY,
    KEY,
    PRINCIPAL,
    REPOSITORY,
    USER,
    load,
)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    explorer = idgraph.open(folder / "store.duckdb", create=True)
    load(explorer, folder)
    return explorer


def walked(target):
    return [step.kind for step in target.path]


def reached(found):
    return {each.id: each for each in found}


def test_an_account_in_entra_reaches_a_role_and_its_data_in_aws_in_one_walk(explorer):
    found = explorer.reach("ada@example.org")
    role = reached(found.nhis)[DEPLOY]

    assert (role.verdict, role.guards) == ("reached", ())
    assert set(role.assumes) == {
        "assume:github_environment",
        "assume:github_subject_form",
        "assume:repository_token",
    }
    assert walked(role)[-4:] == ["HOLDS_SECRET", "OPENS", "GETS_TOKENS_OF", "CAN_ASSUME_WITH_TOKEN"]
    assert BUCKET in reached(found.data)


def test_the_repository_and_the_subject_are_identities_that_the_answer_lists(explorer):
    listed = {each.kind for each in explorer.reach("ada@example.org").nhis}
    assert {"GitHubRepository", "OIDCSubject", "EntraFederatedCredential"} <= listed


def test_the_same_repository_signs_in_to_entra(explorer):
    service = reached(explorer.reach(REPOSITORY).nhis)[PRINCIPAL]
    assert walked(service) == ["PRESENTS_TOKENS_TO", "AUTHENTICATES_AS", "RUNS_AS"]


def test_a_key_in_a_secret_is_its_user(explorer):
    found = reached(explorer.reach("ada@example.org").nhis)
    assert walked(found[KEY])[-1] == "OPENS"
    path = explorer.path("ada@example.org", USER)
    assert [step.kind for step in path.paths[0].path][-2:] == ["OPENS", "SIGNS_AS"]


def test_a_step_names_the_statement_as_its_evidence(explorer):
    role = reached(explorer.reach(REPOSITORY).nhis)[DEPLOY]
    assert any("AssumeRolePolicyDocument/Statement/0" in each for each in role.path[-1].evidence)


def test_nobody_answers_for_a_repository_that_no_owner_was_loaded_of(explorer):
    found = {each.id: each for each in explorer.unowned().undecided}
    assert {reason.code for reason in found[REPOSITORY].reasons} == {"OWNER_DATA_NOT_LOADED"}
