"""The sample company's register, from its file through a store to the graph."""

import csv
from pathlib import Path

import pytest

import idgraph
from idgraph.derive.desk.paths import covered, registered_paths

REGISTER = Path(__file__).parents[4] / "sample_data" / "northlight" / "resets.csv"
OWNERS = ("policy_owner", "execution_owner", "business_owner", "reviewer")


@pytest.fixture(scope="module")
def rows():
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def northlight(sample_store):
    return idgraph.open(sample_store).store


@pytest.fixture(scope="module")
def snapshot(northlight):
    return northlight.snapshot()


def listed(cell):
    return [each.strip() for each in cell.split(";") if each.strip() not in {"", "self", "*"}]


def test_every_row_is_a_path_with_all_that_it_names(rows, snapshot):
    paths = {str(snapshot.names[each.at]): each for each in registered_paths(snapshot)}

    assert set(paths) == {row["path"] for row in rows}
    for row in rows:
        path = paths[row["path"]]
        assert len(path.executors) == len(listed(row["executors"]))
        assert len(path.approvers) == len(listed(row["approvers"]))
        assert len(path.covers) == len(listed(row["covers"]))
        assert path.approvals == int(row["approvals"])


def test_nobody_named_in_it_is_unknown(snapshot):
    ends = {
        at
        for path in registered_paths(snapshot)
        for at, _ in (*path.executors, *path.approvers, *path.covers)
    }

    assert not snapshot.stub[sorted(ends)].any()
    assert all(
        len(each.members) for path in registered_paths(snapshot) for each in covered(snapshot, path)
    )


def test_who_answers_for_a_path_is_kept_as_a_claim(rows, snapshot):
    paths = {each.at for each in registered_paths(snapshot)}
    claims = [each for each in snapshot.claims if each.node in paths]

    assert len(claims) == sum(bool(row[name]) for row in rows for name in OWNERS)
    assert {each.claim for each in claims} == set(OWNERS)
    assert all(each.owner >= 0 for each in claims)


def test_a_path_that_needs_approval_has_a_gate(rows, northlight):
    graph = northlight.graph()
    gates = {graph.ids[at] for at in graph.of_kind("Gate") if ":reset-path:" in graph.ids[at]}

    assert gates == {
        f"gate:{int(row['approvals']) + 1}:reset-path:resets/{row['path']}"
        for row in rows
        if int(row["approvals"])
    }
    assert gates
