"""A walk from platform to platform is the same whatever keeps the graph."""

from __future__ import annotations

from idgraph.explorer import Explorer
from idgraph.stores import open_store
from tests.idgraph.derive.federation.company import (
    DEPLOY,
    REPOSITORY,
    load,
    load_account,
    opened_to_anybody,
)

ADA = "ada@example.org"
ANYBODY = "oidc:token.actions.githubusercontent.com|*"


def answers(explorer):
    asked = [explorer.reach(each).to_json() for each in (ADA, REPOSITORY)]
    return [*asked, explorer.path(ADA, DEPLOY).to_json(), explorer.unowned().to_json()]


def test_repositories_and_subjects_are_walked_alike_in_every_store(
    store_factory, tmp_path, tmp_path_factory
):
    kept = Explorer(store_factory())
    plain = in_a_file(tmp_path_factory.mktemp("plain"))
    for each in (kept, plain):
        load(each, tmp_path)
    assert without_time(answers(kept)) == without_time(answers(plain))

    for each in (kept, plain):
        load_account(each, tmp_path, opened_to_anybody())
    assert without_time(answers(kept)) == without_time(answers(plain))
    assert DEPLOY in {each.id for each in kept.reach(ANYBODY).nhis}


def in_a_file(folder):
    return Explorer(open_store(str(folder / "plain.duckdb")))


def without_time(said):
    return [{key: value for key, value in each.items() if key != "as_of"} for each in said]
