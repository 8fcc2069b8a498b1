"""The sample company's AWS accounts: what is reached, what stops whom, against the plan."""

import json

import numpy as np
import pytest

import idgraph
from idgraph.analysis.walk import VERDICTS
from idgraph.shipped import shipped
from sample_data import aws_center, aws_estate, plan, plan_aws, plan_incident, roster

_SHIPPED = shipped("sample_data") / "northlight" / "aws"
EVERYTHING = ("mfa", "pim", "approval")


@pytest.fixture(scope="module")
def explorer(sample_store):
    return idgraph.open(sample_store)


@pytest.fixture(scope="module")
def ada(explorer):
    return explorer.reach(plan.RESET_IDENTITY_UPN)


@pytest.fixture(scope="module")
def reached(ada):
    return {each.id: each for each in ada.reached}


def best(explorer, who, what, **how):
    """Return the best path from one to the other, None where there is none."""
    return next(iter(explorer.path(who, what, k=1, **how)), None)


# From Entra into AWS.


def test_the_way_into_aws_is_found_in_its_order(ada):
    (target,) = [each for each in ada.secret_stores if each.id == plan_aws.WAY_IN[-1]]
    walked = [target.path[0].source, *(step.target for step in target.path)]

    assert walked[0] == plan.RESET_IDENTITY
    assert [node for node in walked if node in plan_aws.WAY_IN] == list(plan_aws.WAY_IN)
    kinds = tuple(step.kind for step in target.path)
    assert kinds[-len(plan_aws.WAY_IN_KINDS) :] == plan_aws.WAY_IN_KINDS
    assert (target.verdict, target.guards) == ("reached", ())


def test_every_step_in_aws_names_the_statement_or_the_answer_that_says_so(ada):
    (target,) = [each for each in ada.secret_stores if each.id == plan_aws.WAY_IN[-1]]
    last = {step.kind: step for step in target.path}

    assert "keyvault-secrets.json" in last["OPENS"].evidence[0]
    for kind, words in (
        ("CAN_ASSUME_WITH_TOKEN", "AssumeRolePolicyDocument/Statement/0"),
        ("CAN_PASS_ROLE", "PolicyVersionList"),
        ("CAN_READ_STORE", "PolicyVersionList"),
    ):
        assert any(words in place for place in last[kind].evidence)


@pytest.mark.parametrize("node", plan_aws.REACHED_NHIS)
def test_each_planned_identity_is_reached(reached, node):
    assert reached[node].verdict == "reached"


@pytest.mark.parametrize(
    "node", [*plan_aws.REACHED_STORES, *plan_aws.REACHED_DATA, *plan_aws.REACHED_WORKLOADS]
)
def test_each_planned_store_and_workload_is_reached(reached, node):
    assert (reached[node].verdict, reached[node].guards) == ("reached", ())


@pytest.mark.parametrize("node", plan_aws.IF_EXTERNAL_ID)
def test_the_sandbox_is_reached_by_who_knows_its_external_id(reached, node):
    assert (reached[node].verdict, reached[node].guards) == (
        "reached_if",
        (plan_aws.EXTERNAL_ID,),
    )


@pytest.mark.parametrize("node", plan_aws.IF_FROM_THE_OFFICE)
def test_what_a_policy_gives_to_addresses_is_guarded_by_the_network(reached, node):
    (guard,) = reached[node].guards
    assert guard.startswith(plan_aws.FROM_THE_OFFICE)


def test_nothing_of_aws_is_reached_but_what_is_planned(reached):
    planned = {
        *plan_aws.REACHED_NHIS,
        *plan_aws.REACHED_STORES,
        *plan_aws.REACHED_DATA,
        *plan_aws.REACHED_WORKLOADS,
        *plan_aws.IF_EXTERNAL_ID,
        *plan_aws.IF_FROM_THE_OFFICE,
        aws_estate.CALIBRATION_SYNC.arn,
    }
    found = {node for node, each in reached.items() if each.kind.startswith("AWS")}

    assert found <= planned


@pytest.mark.parametrize("passes", [(), EVERYTHING])
def test_the_account_itself_is_not_reached(explorer, passes):
    answer = explorer.reach(plan.RESET_IDENTITY, passes=passes)

    assert plan_aws.PRODUCTION not in {each.id for each in answer.reached}


# What stops whom.


@pytest.mark.parametrize("stop", plan_aws.STOPS, ids=lambda stop: stop.by)
def test_what_looks_open_is_stopped(explorer, stop):
    assert best(explorer, stop.who, stop.what, passes=EVERYTHING) is None


@pytest.mark.parametrize("role", plan_aws.NOBODYS_ROLES)
def test_a_role_that_trusts_nobody_here_is_held_by_administrators_alone(explorer, role):
    graph = explorer.graph()
    into = {
        str(graph.ids[at]) for at in graph.source[graph.target == graph.position(role)].tolist()
    }
    accounts = {each for each in into if not each.startswith("arn:")}
    assert plan_aws.PRODUCTION in accounts
    administrators = {*plan_aws.ADMINISTRATORS, *plan_aws.BECOME_ADMINISTRATOR}
    for who in into - accounts:
        assert who in administrators, who


@pytest.mark.parametrize(("who", "what"), plan_aws.OPERATORS_GUARDED)
def test_an_operator_needs_the_second_factor(explorer, who, what):
    assert best(explorer, who, what, reset="key_create").guards == (f"mfa:{who}",)
    assert best(explorer, who, what).guards == ()  # a full takeover has it


def test_the_key_of_who_left_opens_nothing(explorer):
    assert explorer.reach(aws_estate.DEAD_KEY.id).reached == ()


# Who is administrator.


@pytest.mark.parametrize(
    ("account", "planned"),
    [
        (plan_aws.PRODUCTION, plan_aws.ADMINISTRATORS),
        (plan_aws.SANDBOX, plan_aws.SANDBOX_ADMINISTRATORS),
    ],
)
def test_administrators_are_those_whose_policies_make_them_so(explorer, account, planned):
    graph = explorer.graph()
    kinds = [each.name for each in graph.catalogue.edge_kinds]
    administering = graph.edge_kinds == kinds.index("ADMINISTERS_ACCOUNT")
    into = np.flatnonzero(administering & (graph.target == graph.position(account)))
    found = {str(graph.ids[at]) for at in graph.source[into].tolist()}
    linked = {each for each in found if "/aws-service-role/" in each}

    assert found - linked == set(planned)


@pytest.mark.parametrize("who", plan_aws.BECOME_ADMINISTRATOR)
def test_who_makes_a_key_for_an_administrator_is_one(explorer, who):
    path = best(explorer, who, plan_aws.PRODUCTION)

    assert (path.verdict, path.guards) == ("reached", ())
    assert aws_estate.TOMAS.arn in {step.target for step in path.path}


# Whose reset reaches it.


@pytest.fixture(scope="module")
def exposed(explorer):
    """By target: whose reset reaches it, with the best verdict over the ways to reset them."""

    def ask(target):
        answer = explorer.exposed(target, limit=0)
        found = {}
        for group in answer.groups:
            for at, verdict in zip(group.nodes.tolist(), group.verdicts.tolist(), strict=True):
                who = str(answer.graph.ids[at])
                found[who] = min(found.get(who, verdict), verdict)
        return {who: VERDICTS[verdict].value for who, verdict in found.items()}

    return {each: ask(each) for each in (plan_aws.PRODUCTION, plan_aws.SETTLEMENT_DB.arn)}


@pytest.mark.parametrize(
    ("target", "planned"),
    [
        (plan_aws.PRODUCTION, plan_aws.EXPOSED_ACCOUNT),
        (plan_aws.SETTLEMENT_DB.arn, plan_aws.EXPOSED_SECRET),
    ],
    ids=["account", "secret"],
)
def test_whose_reset_reaches_it_is_as_planned(exposed, target, planned):
    found = exposed[target]

    assert set(planned) <= set(found)
    for who in set(planned) - set(plan_aws.OPERATORS):
        assert found[who] == "reached", who
    for who in (*plan_aws.EXPOSED_IF, *plan_aws.OPERATORS):  # by a second factor, an approval
        assert found[who] == "reached_if", who


def test_who_opens_the_pipeline_does_not_become_administrator(exposed):
    assert set(plan_aws.NOT_EXPOSED_ACCOUNT).isdisjoint(exposed[plan_aws.PRODUCTION])


@pytest.mark.parametrize("user", aws_center.ADMINS.members, ids=lambda user: user.shown)
def test_an_administrator_of_entra_is_one_of_aws(explorer, user):
    path = best(explorer, user.person.id, plan_aws.PRODUCTION)

    assert path.verdict == "reached"
    assert aws_estate.SSO_ADMIN.arn in {step.target for step in path.path}


@pytest.mark.parametrize("user", [aws_center.LEAVER, aws_center.CONTRACTOR])
def test_nobody_of_entra_signs_in_as_who_left_or_was_made_by_hand(explorer, user):
    who = user.person.id if user.person else plan.RESET_IDENTITY
    target = explorer.path(who, user.id, k=1, passes=EVERYTHING)
    assert not target


# A reset of a user of AWS itself.


@pytest.mark.parametrize("method", ["login_profile", "key_create"])
def test_a_reset_of_an_operator_opens_the_account_behind_the_second_factor(explorer, method):
    answer = explorer.reach(plan_aws.KWAME.arn, reset=method)
    (account,) = [each for each in answer.privileged if each.id == plan_aws.PRODUCTION]

    assert (account.verdict, account.guards) == (
        "reached_if",
        (f"mfa:{plan_aws.KWAME.arn}",),
    )


def test_a_key_of_the_service_desk_opens_the_account(explorer):
    answer = explorer.reach(plan_aws.SERVICE_DESK.arn, reset="key_create")

    assert plan_aws.PRODUCTION in {
        each.id for each in answer.privileged if each.verdict == "reached"
    }


def test_a_new_password_is_enough_where_there_is_no_second_factor(explorer):
    who, bucket = plan_aws.WITHOUT_FACTOR
    answer = explorer.reach(who, reset="login_profile")

    assert [(each.id, each.verdict, each.guards) for each in answer.data] == [
        (bucket, "reached", ())
    ]
    assert answer.privileged == answer.secret_stores == ()


def test_a_new_key_leaves_the_old_ones_alive(explorer):
    told = explorer.survivors(plan_aws.CALIBRATION_SYNC.arn, reset="key_create").to_frame()
    keys = told[(told["artefact"] == "aws_access_key") & (told["verdict"] == "survives")]

    assert set(keys["id"]) == set(plan_aws.LEFT_ALIVE)


# Who answers for what.


def test_what_of_aws_has_no_owner_is_as_planned(explorer):
    found = {
        node.id: {reason.code.value for reason in node.reasons}
        for node in explorer.unowned().unowned
        if node.kind.startswith("AWS")
    }

    assert found == {node: {reason.value} for node, reason in plan_aws.UNOWNED.items()}


def test_nothing_is_unowned_that_aws_owns_itself(explorer):
    told = explorer.unowned()

    assert not [
        each.id for each in (*told.unowned, *told.undecided) if "/aws-service-role/" in each.id
    ]


# The files.


def test_nothing_of_the_accounts_is_rejected_or_missing(explorer):
    loads = [each for each in explorer.loads().loads if each.source.loader == "aws_iam"]
    missing = [each for each in explorer.store.coverage() if "aws_iam" in str(each.source)]

    assert {plan_aws.PRODUCTION, plan_aws.SANDBOX} <= {each.source.scope for each in loads}
    assert {each.rejected for each in loads} == {0}
    assert [(each.record, each.about) for each in missing if not each.complete] == []


def test_the_accounts_are_as_large_as_they_are_said_to_be():
    users = [user for each in aws_estate.ACCOUNTS for user in each.users]
    roles = [role for each in aws_estate.ACCOUNTS for role in each.roles]
    details = json.loads(
        (_SHIPPED / plan_aws.PRODUCTION / "authorization-details.json").read_text("utf-8")
    )

    assert (len(users), len(roles)) == (23, 60)
    assert len(details["Policies"]) == 38
    assert {user.path for user in users} > {"/people/", "/service/"}
    assert plan_incident.EXPOSED
    assert roster.ADA.id not in {*plan_aws.EXPOSED_ACCOUNT}
