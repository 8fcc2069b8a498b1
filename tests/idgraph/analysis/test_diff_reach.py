"""What is reached at one moment and not at another, and why: cases by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from idgraph.analysis.diff import Compared
from idgraph.analysis.diff.of_reach import reach_diff
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import Verdict
from idgraph.errors import InputError, UnknownNameError
from idgraph.explorer import Explorer
from idgraph.records import EdgeRecord, NodeRecord
from idgraph.stores import open_store
from tests.idgraph.stores.tenant import OTHER, SOURCE, complete, day, group, load, member, user

LISTS = ("AZUser", "AZGroup", "AZGroupMember", "AZApp", "AZAppOwner", "AZRole", "AZRoleAssignment")
HOSTILE = "<script>alert(1)</script>\u202e\n"


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path / "store.duckdb"))


def app(name):
    return NodeRecord(
        record="AZApp",
        id=f"app-{name}",
        kind="EntraApp",
        name=name.capitalize(),
        properties={"tenant_id": SOURCE.scope},
    )


def owns(name, of):
    return EdgeRecord(
        record="AZAppOwner",
        source=f"user-{name}",
        kind="OWNS",
        target=f"app-{of}",
        evidence=f"owners.json#/{name}/{of}",
    )


def asked(store, before, after, start="user-ada", scenario=None):
    compared = Compared.of(store, before, after)
    answers = [
        reach(each.graph, start, scenario or Scenario(), evidence=compared.evidence(side))
        if start in each.graph.ids
        else None
        for side, each in enumerate(compared.projections)
    ]
    return reach_diff(*answers, compared, compared.diff())


@pytest.fixture
def base():
    return [user("ada"), user("bob"), group("ops"), app("robot"), *complete(*LISTS)]


def test_a_target_that_appears_is_owed_to_the_fact_that_the_new_step_rests_on(store, base):
    load(store, base, observed_at=day(1))
    load(store, [*base, owns("ada", "robot")], observed_at=day(2))
    found = asked(store, day(1), day(2))
    (target,) = found.appeared
    assert (target.id, target.before, target.after) == ("app-robot", None, Verdict.REACHED)
    assert target.steps == ("Ada can add a credential to Robot",)
    (cause,) = target.because
    assert (cause.kind, cause.words) == ("added", "Ada is a directory owner of Robot (new)")
    assert cause.evidence == ("owners.json#/ada/robot",)
    assert found.counts["nhis"] == {
        "before": 0,
        "after": 1,
        "appeared": 1,
        "vanished": 0,
        "changed": 0,
        "seen_otherwise": 0,
    }
    assert found.summary == (
        f"Ada reaches 1 more non-human identity than on {day(1)}, because Ada is a directory "
        "owner of Robot (new)"
    )


def test_a_target_that_vanishes_is_owed_to_the_fact_that_is_gone(store, base):
    load(store, [*base, owns("ada", "robot")], observed_at=day(1))
    load(store, base, observed_at=day(2))
    found = asked(store, day(1), day(2))
    assert not found.appeared
    (target,) = found.vanished
    assert [(each.kind, each.words) for each in target.because] == [
        ("removed", "Ada is a directory owner of Robot (gone)")
    ]
    assert "1 fewer non-human identity" in found.summary


def test_only_the_steps_that_are_new_are_told_not_the_whole_path(store, base):
    lists = [*base, owns("bob", "robot")]
    admin = NodeRecord(
        record="AZRole",
        id="role-1",
        kind="EntraRole",
        name="Application Administrator",
        properties={
            "tenant_id": SOURCE.scope,
            "actions": ("microsoft.directory/applications/credentials/update",),
        },
    )
    held = EdgeRecord(
        record="AZRoleAssignment", source="group-ops", kind="HAS_ROLE", target="role-1", key="a1"
    )
    load(store, [*lists, admin, held], observed_at=day(1))
    load(store, [*lists, admin, held, member("ada", "ops")], observed_at=day(2))
    found = asked(store, day(1), day(2))
    robot = next(each for each in found.appeared if each.id == "app-robot")
    assert len(robot.path) > 1
    assert robot.steps == ("Ada is a member of ops",)
    assert {each.words for each in robot.because} == {"Ada is a member of ops (new)"}
    assert found.causes[0][1] == len(found.appeared)


def test_nothing_is_reached_otherwise_between_a_moment_and_itself(store, base):
    load(store, [*base, owns("ada", "robot")], observed_at=day(1))
    found = asked(store, day(1), day(1))
    assert not len(found)
    assert found.summary == f"Ada reaches the same as on {day(1)}"


def test_what_only_a_new_source_shows_is_told_as_coverage_and_not_as_change(store):
    load(store, [user("ada"), app("robot"), *complete("AZUser", "AZApp")], observed_at=day(1))
    load(
        store,
        [
            user("ada"),
            app("robot"),
            owns("ada", "robot"),
            *complete("AZUser", "AZApp", "AZAppOwner"),
        ],
        observed_at=day(2),
    )
    found = asked(store, day(1), day(2))
    assert not found.appeared
    (target,) = found.seen_otherwise
    assert not target.is_change
    assert [(each.kind, each.words) for each in target.because] == [
        ("coverage", f"AZAppOwner of {SOURCE} was not loaded on {day(1)}")
    ]
    assert found.summary == (
        f"Ada reaches the same as on {day(1)}; 1 differs only by what was loaded"
    )
    assert found.counts["nhis"]["seen_otherwise"] == 1


def test_the_answer_turned_round_has_gains_for_losses(store, base):
    load(store, [*base, owns("ada", "robot")], observed_at=day(1))
    load(store, [*base, app("other"), owns("ada", "other")], observed_at=day(2))
    there, back = asked(store, day(1), day(2)), asked(store, day(2), day(1))
    assert [each.id for each in there.appeared] == [each.id for each in back.vanished]
    assert [each.id for each in there.vanished] == [each.id for each in back.appeared]
    assert {each.steps for each in there} == {each.steps for each in back}


def test_an_identity_that_was_not_known_reaches_everything_anew(store, base):
    load(store, [*base, owns("bob", "robot")], observed_at=day(1))
    joined = [user("eve"), owns("eve", "robot"), owns("bob", "robot")]
    load(store, [*base, *joined], observed_at=day(2))
    found = asked(store, day(1), day(2), start="user-eve")
    assert found.known == (False, True)
    assert [each.words for each in found.appeared[0].because] == [
        "Eve is a directory owner of Robot (new)"
    ]
    assert "it was not known before" in found.summary
    with pytest.raises(ValueError, match="known at neither moment"):
        reach_diff(
            None, None, Compared.of(store, None, None), Compared.of(store, None, None).diff()
        )


def test_a_verdict_that_gets_better_is_told_as_another_verdict(store, base):
    role = NodeRecord(
        record="AZRole",
        id="role-1",
        kind="EntraRole",
        name="Global Administrator",
        properties={
            "tenant_id": SOURCE.scope,
            "template_id": "62e90394-69f5-4237-9190-012177145e10",
        },
    )
    eligible = EdgeRecord(
        record="AZRoleAssignment",
        source="user-ada",
        kind="ELIGIBLE_FOR",
        target="role-1",
        key="e1",
        properties={"directory_scope": "/"},
    )
    held = EdgeRecord(
        record="AZRoleAssignment", source="user-ada", kind="HAS_ROLE", target="role-1", key="a1"
    )
    load(store, [*base, role, eligible], observed_at=day(1))
    load(store, [*base, role, eligible, held], observed_at=day(2))
    better = [each for each in asked(store, day(1), day(2)) if each.id == "role-1"]
    assert [(each.before, each.after) for each in better] == [(Verdict.REACHED_IF, Verdict.REACHED)]
    assert [each.words for each in better[0].because] == [
        "Ada holds, over the whole tenant, Global Administrator (new)"
    ]
    worse = [each for each in asked(store, day(2), day(1)) if each.id == "role-1"]
    assert [(each.before, each.after) for each in worse] == [(Verdict.REACHED, Verdict.REACHED_IF)]


def test_hostile_names_are_shown_as_text_in_every_form(store, base):
    named = replace(app("robot"), name=HOSTILE)
    load(store, [*base, named], observed_at=day(1))
    load(store, [*base, named, owns("ada", "robot")], observed_at=day(2))
    found = asked(store, day(1), day(2))
    shown = found._repr_mimebundle_()
    for text in (repr(found), shown["text/plain"], shown["text/html"], found.explain()):
        assert "\u202e" not in text
    assert "<script>" not in shown["text/html"]
    assert len(json.loads(json.dumps(found.to_json()))["appeared"]) == 1
    assert len(found.to_frame()) == len(found)


# What the explorer makes of moments.


def test_a_moment_is_a_time_a_day_or_the_number_of_a_load(store, base):
    load(store, base, observed_at=day(1))
    load(store, [*base, owns("ada", "robot")], observed_at=day(2))
    explorer = Explorer(store)
    for before, after in (("1", "2"), (day(1), None), ("20260301", "2026-03-02")):
        found = explorer.diff_reach("ada@northlight.example", before, after)
        assert [each.id for each in found.appeared] == ["app-robot"]
    assert len(explorer.diff("1").edges) == 1


@pytest.mark.parametrize(
    ("moment", "fault"),
    [("3", "load 3 does not exist"), ("0", "load 0 does not exist"), ("soon", "is not a time")],
)
def test_a_moment_that_is_none_is_refused_with_a_hint(store, base, moment, fault):
    load(store, base, observed_at=day(1))
    with pytest.raises((UnknownNameError, InputError), match=fault) as refused:
        Explorer(store).diff(moment)
    assert refused.value.hint


def test_an_identity_that_neither_moment_knows_is_refused(store, base):
    load(store, base, observed_at=day(1))
    load(store, [user("cyd"), *complete("AZUser")], source=OTHER, observed_at=day(2))
    with pytest.raises(UnknownNameError, match="is not in the graph"):
        Explorer(store).diff_reach("nobody", "1", "2")
    assert Explorer(store).diff_reach("cyd@northlight.example", "1", "2").known == (False, True)
