"""Every kind of store tells the same of time: one history, each question, answer by answer."""

from __future__ import annotations

from dataclasses import replace

from idgraph.explorer import Explorer
from idgraph.records import EdgeRecord, EventRecord, NodeRecord
from idgraph.stores import open_store
from tests.idgraph.stores.conftest import (
    mortal_server,
    neo4j_server,
    neo4j_url,
    store_factory,
)
from tests.idgraph.stores.tenant import (
    OTHER,
    SOURCE,
    claim,
    complete,
    day,
    group,
    load,
    member,
    partial,
    user,
)

__all__ = ["mortal_server", "neo4j_server", "neo4j_url", "store_factory"]

LISTS = ("AZUser", "AZGroup", "AZGroupMember", "AZApp", "AZAppOwner", "owners")


def fill(store):
    """Load a history with additions, losses, changes, contradictions, a partial list and a log."""
    robot = NodeRecord(
        record="AZApp",
        id="app-robot",
        kind="EntraApp",
        name="Robot",
        properties={"tenant_id": SOURCE.scope, "created": day(2)},
    )
    owner = EdgeRecord(record="AZAppOwner", source="user-ada", kind="OWNS", target="app-robot")
    joined = EventRecord(
        record="audit",
        id="e1",
        kind="GROUP_MEMBER_ADDED",
        at=day(2),
        actor="user-bob",
        target="upn:ada@northlight.example",
        properties={"object": "group-ops"},
    )
    base = [user("ada"), user("bob"), group("ops"), *complete(*LISTS)]
    load(store, [*base, claim("group-ops", "bob")], observed_at=day(1))
    changed = [user("ada", job_title="chief"), group("ops"), robot, owner, member("ada", "ops")]
    load(store, [*changed, *complete(*LISTS)], observed_at=day(3))
    others = [user("ada", job_title="clerk"), *partial("AZUser")]
    load(store, others, source=OTHER, observed_at=day(4))
    load(store, [joined], source=replace(SOURCE, loader="entra_audit"), observed_at=day(4))
    load(store, [*base, robot], observed_at=day(5))


def answers(store):
    explorer = Explorer(store)
    ada = "ada@northlight.example"
    yield explorer.diff("1", day(3)).to_json()
    yield explorer.diff(day(3), day(4)).to_json()
    yield explorer.diff(day(5), "1").to_json()
    yield explorer.diff_reach(ada, "1", day(3)).to_json()
    yield explorer.diff_reach(ada, day(3)).to_json()
    yield explorer.changes(f"{day(2)}..{day(5)}").to_json()
    yield explorer.changes("..2026-03-04", identity=ada).to_json()
    marked = explorer.reach(ada, as_of=day(4), window=f"{day(2)}..{day(4)}")
    yield marked.to_json(with_doubts=True)


def test_every_store_gives_the_same_answers_about_time_and_doubt(store_factory, tmp_path):
    expected, store = open_store(str(tmp_path / "expected.duckdb")), store_factory()
    fill(expected)
    fill(store)
    for one, other in zip(answers(store), answers(expected), strict=True):
        assert one == other


def test_the_history_that_is_compared_shows_every_kind_of_change(tmp_path):
    store = open_store(str(tmp_path / "store.duckdb"))
    fill(store)
    first, second, _, gained, lost, changed, about, marked = answers(store)
    assert all(first["counts"]["nodes"].values())
    assert first["derived"]
    assert first["claims"]
    assert second["conflicts"]["added"]
    assert second["coverage"]
    assert gained["appeared"]
    assert lost["vanished"]
    assert changed["platform"]
    assert changed["event"]
    assert changed["first_seen"]
    assert about["identity"]["id"] == "user-ada"
    assert {each["witness"] for each in marked["nhis"][0]["path"][0]["added"]} == {
        "platform",
        "first_seen",
    }
