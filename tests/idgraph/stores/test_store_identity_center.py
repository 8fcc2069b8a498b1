"""A walk from Entra through Identity Center is the same whatever keeps the graph."""

from __future__ import annotations

from idgraph.explorer import Explorer
from idgraph.stores import open_store
from tests.idgraph.derive.federation.exports import (
    ACCOUNT,
    DEPLOY,
    aws_answers,
    directory,
    load_all,
)

UNSEEN = "999988887777"  # an account that only an assignment tells of


def answers():
    made = aws_answers()
    assignments = made["assignments"]["AccountAssignments"]
    assignments.append(assignments[0] | {"AccountId": UNSEEN})
    return made


def test_users_of_identity_center_are_walked_alike_in_every_store(store_factory, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    kept, plain = Explorer(store_factory()), Explorer(open_store(str(folder / "plain.duckdb")))
    for each in (kept, plain):
        load_all(each, folder, directory(DEPLOY), answers())
    one, other = (each.reach("ada@contoso.example").to_json() for each in (kept, plain))
    assert one | {"as_of": ""} == other | {"as_of": ""}
    verdicts = {each["id"]: each["verdict"] for each in one["privileged"]}
    assert verdicts[ACCOUNT] == "reached"
    assert verdicts[UNSEEN] == "cannot_tell"
