"""The reset of the sample company: its events, gates, survivors and changes, against the plan."""

import pytest

import idgraph
from idgraph.analysis.steps import all_steps
from idgraph.errors import InputError
from sample_data import plan, plan_incident, roster
from sample_data.plan_incident import ENTRANCES, RESETS

ADA = plan.RESET_IDENTITY
CLASSES = ("nhis", "privileged", "secret_stores", "data")


@pytest.fixture(scope="module")
def explorer(sample_store):
    return idgraph.open(sample_store)


def ids(targets):
    return {each.id for each in targets}


def verdicts(targets):
    return {each.id: each.verdict for each in targets}


def all_of(answer):
    return [each for name in CLASSES for each in getattr(answer, name)]


# The events.


@pytest.fixture(scope="module")
def resets(explorer):
    return explorer.resets()


def of_plan(resets, planned):
    """Return the reset that is planned so, which must be one."""
    (found,) = [
        each
        for each in resets.events
        if (each.identity, each.method, each.executed_at)
        == (planned.identity, planned.method, planned.executed_at)
    ]
    return found


@pytest.mark.parametrize("planned", RESETS, ids=lambda each: f"{each.method}-{each.identity[:4]}")
def test_each_planned_reset_is_found_with_its_parties(resets, planned):
    found = of_plan(resets, planned)

    assert found.requester == planned.requester
    assert found.executors == (planned.executors or (plan_incident.UNKNOWN,))
    assert found.approvers == (planned.approvers or (plan_incident.UNKNOWN,))
    if planned.ticket:
        assert found.ticket == planned.ticket.number
        assert (found.channel, found.proof) == (planned.ticket.channel, planned.ticket.proof)
        assert found.vendor == planned.ticket.vendor
        assert found.requested_at == planned.ticket.requested_at


@pytest.mark.parametrize("planned", RESETS, ids=lambda each: f"{each.method}-{each.identity[:4]}")
def test_all_that_is_wrong_with_a_reset_is_named_and_nothing_else(resets, planned):
    found = of_plan(resets, planned)

    assert {each.code for each in found.findings} == set(planned.findings)


@pytest.mark.parametrize("planned", RESETS, ids=lambda each: f"{each.method}-{each.identity[:4]}")
def test_the_first_use_is_the_first_sign_in_afterwards(resets, planned):
    expected = planned.first_use.at if planned.first_use else ""

    assert of_plan(resets, planned).first_use_at in {expected, expected or None}


def test_what_is_reset_beside_the_plan_is_done_by_those_who_may(resets):
    planned = {(each.identity, each.method) for each in RESETS}
    found = {(each.identity, each.method) for each in resets.events}

    assert found - planned == set(plan_incident.ALSO_RESET)
    assert planned <= found


def test_a_reset_that_the_platform_refused_is_none(resets):
    assert plan_incident.FAILED.to.id not in {each.identity for each in resets.events}


def test_a_log_twice_and_out_of_order_tells_each_reset_once(resets):
    seen = [(each.identity, each.method, each.executed_at) for each in resets.events]

    assert len(seen) == len(set(seen)) == len(RESETS) + len(plan_incident.ALSO_RESET)


def test_names_of_events_that_nobody_knows_are_listed(explorer):
    ignored = {name for load in explorer.loads().loads for name in load.ignored}

    assert plan_incident.UNKNOWN_ACTIVITY in ignored


def test_what_was_stated_twice_is_counted(explorer):
    doubles = {
        load.files[0]: load.ignored["duplicate"]
        for load in explorer.loads().loads
        if "duplicate" in load.ignored
    }

    assert doubles == plan_incident.DUPLICATES


def test_a_reach_can_start_from_a_reset(explorer, resets):
    event = of_plan(resets, plan_incident.ADAS_RESET)

    answer = explorer.reach(reset_event=event.id)

    assert answer.identity.id == ADA
    assert verdicts(all_of(answer)) == verdicts(all_of(explorer.reach(ADA, reset="mfa_reset")))


# What the reset opens, by its method.


@pytest.fixture(scope="module")
def by_method(explorer):
    return {name: explorer.reach(ADA, reset=name or None) for name in ENTRANCES}


@pytest.mark.parametrize("method", ENTRANCES)
def test_a_method_puts_its_guards_before_all_that_is_reached(by_method, method):
    planned, takeover = ENTRANCES[method], by_method[""]
    answer = by_method[method]

    assert ids(all_of(answer)) == ids(all_of(takeover))
    unguarded = {each.id: each for each in all_of(takeover)}
    for each in all_of(answer):
        free = unguarded[each.id]
        assert set(each.guards) == {*free.guards, *planned.guards}
        assert set(each.assumes) == {*free.assumes, *planned.assumes}
        assert each.verdict == ("reached_if" if each.guards else "reached")


def test_at_least_four_methods_give_answers_that_differ_to_the_eye(by_method):
    told = {
        (frozenset(each.guards), frozenset(each.assumes))
        for answer in by_method.values()
        for each in answer.secret_stores[:1]
    }

    assert len(told) >= 4
    assert len({answer.explain() for answer in by_method.values()}) == len(by_method)


@pytest.mark.parametrize("method", plan_incident.REFUSED_METHODS)
def test_a_method_for_something_else_is_refused(explorer, method):
    with pytest.raises(InputError, match=method):
        explorer.reach(ADA, reset=method)


def test_what_the_attacker_knew_opens_it_all(explorer, by_method):
    answer = explorer.reach(ADA, reset="mfa_reset", passes=(f"password:{ADA}",))

    assert verdicts(all_of(answer)) == verdicts(all_of(by_method[""]))


# Gates.


@pytest.fixture(scope="module")
def activated(explorer):
    return explorer.reach(ADA, passes=("pim",))


def gated(target):
    return [step for step in all_steps(target.path) if step.legs]


def test_a_gate_whose_approver_can_be_taken_is_open(activated):
    found = {each.id: each for each in activated.reached}

    for node in plan.REACHED_BY_ACTIVATION:
        assert (found[node].verdict, found[node].guards) == ("reached", ())
    assert found[plan_incident.DEFEATED_BY].verdict == "reached"


def test_a_step_through_the_gate_shows_who_asks_and_who_approves(activated):
    signing = next(each for each in activated.nhis if each.id in plan.REACHED_BY_ACTIVATION)
    (step,) = gated(signing)

    assert step.target == plan_incident.DEFEATED_POWER
    assert len(step.legs) == 2
    ends = [{each.source for each in leg} | {each.target for each in leg} for leg in step.legs]
    assert any(plan_incident.DEFEATED_BY in nodes for nodes in ends)
    assert all(ADA in nodes for nodes in ends)


def test_a_gate_whose_approver_nobody_can_take_holds(activated):
    held = next(each for each in activated.privileged if each.id == plan_incident.HELD_ROLE)

    assert (held.verdict, held.guards) == ("reached_if", (f"approval:{plan_incident.HELD_ROLE}",))


def test_an_approval_that_is_passed_opens_the_other_gate(explorer):
    asked_by_aws = ("condition", "network")  # an external id, an address
    answer = explorer.reach(ADA, passes=("pim", "approval", *asked_by_aws))

    assert {each.verdict for each in all_of(answer)} == {"reached"}


def test_to_approve_alone_opens_nothing(explorer):
    answer = explorer.reach(plan_incident.DEFEATED_BY, passes=("pim",))

    # he owns the release application since the incident, and so has what Ada has but her role
    assert set(plan.REACHED_BY_ACTIVATION).isdisjoint(ids(answer.reached))


@pytest.mark.slow
@pytest.mark.parametrize(
    "agent", [each for each in plan.RESETTERS if each != plan_incident.TWO_PERSONS_IN_ONE]
)
def test_an_agent_of_the_desk_resets_no_privileged_account_alone(explorer, agent):
    answer = explorer.reach(agent)
    found = {each.id: each for each in answer.reached}
    approval = f"approval:reset-path:resets/{plan_incident.TWO_PERSON_PATH}"

    for target in plan_incident.TWO_PERSON_TARGETS:
        assert found[target].verdict == "reached_if"
        assert approval in found[target].guards


def test_an_agent_who_can_take_an_approver_is_two_persons(explorer):
    agent = plan_incident.TWO_PERSONS_IN_ONE
    found = {each.id: each for each in explorer.reach(agent).reached}

    for target in plan_incident.TWO_PERSON_TARGETS:
        assert found[target].verdict == "reached"
        (best,) = explorer.path(agent, target, k=1)
        (step,) = [each for each in all_steps(best.path) if each.legs]
        stood = {each.target for leg in step.legs for each in leg}
        assert stood & set(plan_incident.APPROVERS_TAKEN)


# What survives, by method.


@pytest.mark.parametrize("method", plan_incident.REVOKED)
def test_sessions_survive_as_the_table_says(explorer, method):
    survivors = explorer.survivors(ADA, reset=method)
    fates = {each.artefact: each.verdict for each in survivors.rows if each.on.id == ADA}

    for session in plan_incident.SESSIONS:
        revoked = session in plan_incident.REVOKED[method]
        assert fates[session] == ("revoked" if revoked else "survives"), session


def test_the_admin_center_revokes_more_than_the_portal(explorer):
    survivors = explorer.survivors(ADA, reset="password_admin", variant="admin_center")
    fates = {each.artefact: each.verdict for each in survivors.rows if each.on.id == ADA}

    for session in plan_incident.SESSIONS:
        revoked = session in plan_incident.REVOKED_IN_ADMIN_CENTER
        assert fates[session] == ("revoked" if revoked else "survives"), session


@pytest.mark.parametrize("method", ["mfa_reset", "password_admin"])
def test_no_reset_of_hers_touches_the_credentials_of_her_application(explorer, method):
    rows = [row.to_json() for row in explorer.survivors(ADA, reset=method).rows]
    alive = {
        credential
        for credential in plan_incident.ADAS_CREDENTIALS
        for row in rows
        if credential in row["on"]["id"] and row["verdict"] == "survives"
    }

    assert alive == set(plan_incident.ADAS_CREDENTIALS)


def test_nothing_ends_by_itself_and_killing_everything_ends_it(explorer):
    survivors = explorer.survivors(ADA, reset="mfa_reset", at=plan_incident.ADAS_RESET.executed_at)

    assert survivors.clock.to_json()
    assert survivors.counts["survives"] > 0
    assert "no end" in survivors.explain()


def test_every_row_names_where_it_is_written(explorer):
    for method in plan_incident.REVOKED:
        for row in explorer.survivors(ADA, reset=method).rows:
            assert row.sources
            assert row.rule


# What changed.


@pytest.fixture(scope="module")
def changes(explorer):
    return explorer.changes(plan_incident.WINDOW)


def test_the_platform_itself_dates_the_attackers_credentials(changes):
    dated = {each.id: each for each in changes.by_platform}

    for app, credential in plan_incident.CREDENTIALS_ADDED.items():
        assert f"{app}/credential/{credential}" in dated


def test_every_event_of_the_window_that_changed_something_is_told(changes):
    told = {(each.at[:19], each.id) for each in changes.by_event}
    planned = {(each.at[:19], each.to.id) for each in plan_incident.EVENTS_IN_WINDOW}

    assert planned <= told
    assert {at for at, _ in told} == {at for at, _ in planned}


def test_what_an_export_first_saw_is_told_apart(changes):
    seen = {(each.id, each.target) for each in changes.first_seen}

    for source, _, target in plan_incident.ADDED:
        assert (source, target) in seen
    for app, credential in plan_incident.CREDENTIALS_ADDED.items():
        assert any(f"{app}/credential/{credential}" in pair for pair in seen)


# The two moments.


@pytest.fixture(scope="module")
def difference(explorer):
    return explorer.diff(plan.COLLECTED_BEFORE, plan.COLLECTED_AT)


def links(facts, change):
    return {(each.id, each.kind, each.target) for each in facts if each.change == change}


def test_the_difference_of_the_moments_is_what_is_planned(difference):
    apps = set(plan_incident.CREDENTIALS_ADDED)
    edges = [each for each in difference.edges if each.kind != "CREDENTIAL_OF"]

    assert links(edges, "added") == set(plan_incident.ADDED)
    assert links(edges, "removed") == set(plan_incident.REMOVED)
    assert {each.id for each in difference.nodes if each.change == "added"} == {
        f"{app}/credential/{plan_incident.CREDENTIALS_ADDED[app]}" for app in apps
    }
    assert {each.id for each in difference.nodes if each.change == "removed"} == {
        f"{app}/credential/{credential}"
        for app, credential in plan_incident.CREDENTIALS_REMOVED.items()
    }


def test_the_difference_backwards_is_its_mirror(explorer, difference):
    back = explorer.diff(plan.COLLECTED_AT, plan.COLLECTED_BEFORE)

    assert links(back.edges, "added") == links(difference.edges, "removed")
    assert links(back.edges, "removed") == links(difference.edges, "added")


def test_a_moment_does_not_differ_from_itself(explorer):
    assert not explorer.diff(plan.COLLECTED_AT, plan.COLLECTED_AT)


def test_what_ada_reaches_since_is_told_with_its_cause(explorer):
    found = explorer.diff_reach(ADA, plan.COLLECTED_BEFORE, plan.COLLECTED_AT)
    appeared = {each.id for each in found.appeared if set(each.classes) & set(CLASSES)}

    assert appeared == set(plan_incident.NEWLY_REACHED)
    assert found.vanished == ()
    group, _, vault = plan_incident.BECAUSE
    for each in found.appeared:
        words = " ".join(cause.words for cause in each.because)
        assert "Release Engineers" in words or "nl-dev-kv" in words, (group, vault)


def test_the_earlier_moment_answers_as_it_was(explorer):
    before = explorer.reach(ADA, as_of=plan.COLLECTED_BEFORE)
    now = explorer.reach(ADA)

    gained = ids(all_of(now)) - ids(all_of(before))
    assert gained == set(plan_incident.NEWLY_REACHED)
    assert ids(all_of(before)) <= ids(all_of(now))


# Whose reset would have opened it.


@pytest.fixture(scope="module")
def everybody(explorer):
    """Who is exposed, each with the ways to reset them and what each way opens."""
    found = {}
    for way in explorer.exposed(plan.CHAIN[-1]):
        for each in way.identities:
            found.setdefault(each.id, []).append((way, each))
    return found


@pytest.mark.slow
def test_whose_reset_opens_the_subscription_is_as_planned(everybody):
    assert set(plan_incident.EXPOSED) | set(plan_incident.EXPOSED_IF) <= set(everybody)
    for who, kinds in plan_incident.EXPOSED_IF.items():
        for _, each in everybody[who]:
            assert {guard.partition(":")[0] for guard in each.guards} & set(kinds)
    assert set(plan_incident.NOT_EXPOSED).isdisjoint(everybody)


@pytest.mark.slow
def test_whose_reset_opens_it_is_what_each_one_reaches(explorer, everybody):
    for person in roster.PEOPLE:
        reached = verdicts(explorer.reach(person.id).reached)
        assert (person.id in everybody) == (plan.CHAIN[-1] in reached), person.name
        if person.id in plan_incident.EXPOSED:
            assert reached[plan.CHAIN[-1]] == "reached"


@pytest.mark.slow
def test_a_way_to_reset_somebody_opens_it_as_the_method_does(explorer, everybody):
    for who in (ADA, plan_incident.DEFEATED_BY, roster.PRIYA.id, roster.MARCUS.id):
        for way, each in everybody[who]:
            reached = explorer.reach(who, reset=way.method or None).reached
            (target,) = [one for one in reached if one.id == plan.CHAIN[-1]]
            assert (each.verdict, set(each.guards)) == (target.verdict, set(target.guards))


@pytest.mark.slow
def test_the_call_that_was_made_is_among_the_ways(everybody):
    path, proof, who = plan_incident.PHONED_ABOUT
    (each,) = [one for way, one in everybody[who] if (way.name, way.proof) == (path, proof)]

    assert (each.verdict, each.guards) == ("reached_if", (f"password:{who}",))


@pytest.mark.slow
def test_the_weakest_way_to_open_it_asks_for_nothing(explorer):
    path, proof, who = plan_incident.WEAKEST_WAY
    exposed = explorer.exposed(plan.CHAIN[-1], limit=1)
    way, each = exposed.call

    assert (way.name, way.proof, each.id, each.verdict) == (path, proof, who, "reached")
    assert "Anton Weiss" in exposed.explain()


def test_nobody_ranks_above_who_becomes_a_global_administrator(explorer):
    ranked = [each.id for each in explorer.rank()]

    assert ranked[0] in plan_incident.GLOBAL_EQUIVALENT
    last = max(ranked.index(each) for each in plan_incident.GLOBAL_EQUIVALENT)
    assert last < ranked.index(ADA)
