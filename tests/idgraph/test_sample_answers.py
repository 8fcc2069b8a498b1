"""The answers on the sample company, against the plan that it was generated from."""

import json
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

import idgraph
from idgraph.graph import Flag
from idgraph.shipped import shipped
from sample_data import directory, plan, plan_aws, plan_incident, roster
from sample_data.directory import (
    AUTHENTICATION_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    PASSWORD_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    USER_ADMINISTRATOR,
)
from sample_data.generate import MOMENTS, SECRETS

MICROSOFT = {"f8cdef31-a31e-4b4a-93e4-5f571e91255a"}
CLASSES = ("nhis", "privileged", "secret_stores", "data")


@pytest.fixture(scope="module")
def explorer(sample_store):
    return idgraph.open(sample_store)


@pytest.fixture(scope="module")
def ada(explorer):
    return explorer.reach(plan.RESET_IDENTITY_UPN)


def ids(targets):
    return {each.id for each in targets}


def verdicts(targets):
    return {each.id: each.verdict for each in targets}


# What the reset opens.


def test_the_chain_is_found_in_its_order(ada):
    (target,) = [each for each in ada.privileged if each.id == plan.CHAIN[-1]]
    walked = [target.path[0].source, *(step.target for step in target.path)]

    assert [node for node in walked if node in plan.CHAIN] == list(plan.CHAIN)
    assert [step.source for step in target.path[1:]] == [step.target for step in target.path[:-1]]
    assert (target.verdict, target.guards) == ("reached", ())
    assert [step.kind for step in target.path] == [
        "CAN_ADD_SECRET",  # she owns the registration
        "RUNS_AS",
        "HOLDS_AZURE_ROLE",  # Key Vault Contributor
        "CAN_MANAGE_VAULT",
        "CAN_WRITE_ACCESS_POLICY",  # the vault is in access-policy mode
        "HOLDS_SECRET",
        "OPENS",  # the tags name client id and key id
        "ADMINISTERS",
    ]


def test_every_step_of_every_path_is_a_sentence_with_evidence(ada):
    steps = {step for name in CLASSES for each in getattr(ada, name) for step in each.path}

    assert len(steps) > 20
    for step in steps:
        assert step.evidence
        assert step.sentence.startswith(step.source_name)
        assert step.target_name in step.sentence.removeprefix(step.source_name)


def test_the_evidence_of_the_chain_is_where_the_export_says_so(ada):
    (target,) = [each for each in ada.privileged if each.id == plan.CHAIN[-1]]
    files = {name: json.loads(_text(name)) for name in (*MOMENTS, SECRETS)}
    found = [
        json.dumps(_pointed_at(files[place.partition("#")[0]], place.partition("#")[2]))
        for step in target.path
        for place in step.evidence[:1]
    ]

    for text, about in zip(
        found,
        (
            plan.CHAIN[0],  # an owner of the registration is Ada
            plan.CHAIN[2],  # the service principal's own record
            plan.CHAIN[2],  # the vault's contributor is that service principal
            plan.CHAIN[2],
            "accessPolicies",  # the vault itself
            plan.CHAIN[4],
            plan.CHAIN[4],
            plan.CHAIN[5],  # an owner of the subscription is that service principal
        ),
        strict=True,
    ):
        assert about.lower() in text.lower()


def _text(name):
    return (shipped("sample_data") / "northlight" / name).read_text(encoding="utf-8")


def _pointed_at(document, pointer):
    for part in pointer.split("/")[1:]:
        document = document[int(part) if isinstance(document, list) else part]
    return document


def test_the_chain_is_explained_in_words(ada):
    told = ada.explain()

    for words in (
        "Ada Marlowe can add a credential to Release Automation",
        "nl-build-kv holds the secret deploy-sp-secret",
        "Platform Deployer is an administrator of Northlight Production",
        "keyvault-secrets.json#/0",
    ):
        assert words in told


def test_every_identity_reached_is_planned_and_every_planned_one_is_reached(ada):
    sure = {each.id for each in ada.nhis if each.verdict == "reached"}

    own = {*plan.REACHED_NHIS, *plan.OPENED_BY_CLIENT_ID}
    assert sure == own | set(plan_aws.REACHED_NHIS)
    if_held = {*plan.REACHED_BY_ACTIVATION[:2], *plan_aws.SANDBOX_NHIS}
    assert ids(ada.nhis) - sure == if_held


def test_what_is_opened_by_a_client_id_alone_is_assumed(ada):
    for each in ada.nhis:
        named = each.id in plan.OPENED_BY_CLIENT_ID
        assert ("assume:secret_tag" in each.assumes) == named


def test_scopes_stores_and_data_are_those_of_the_plan(ada):
    reached = {each.id: each for each in ada.reached}

    assert set(plan.REACHED_SCOPES) <= set(reached)
    assert all(reached[each].verdict == "reached" for each in plan.REACHED_SCOPES)
    stores = {*plan.REACHED_STORES, *plan_aws.REACHED_STORES, *plan_aws.SANDBOX_STORES}
    assert ids(ada.secret_stores) == stores
    assert verdicts(ada.privileged) == {
        plan.CHAIN[-1]: "reached",
        plan_incident.HELD_ROLE: "reached_if",
        plan_aws.SANDBOX: "reached_if",
    }
    assert plan.DATA_AT_STAKE in ids(ada.data)
    if_held = {*plan.REACHED_BY_ACTIVATION, *plan_aws.IF_EXTERNAL_ID, *plan_aws.IF_FROM_THE_OFFICE}
    for each in ada.data:
        opened = each.id in if_held
        assert each.verdict == ("reached_if" if opened else "reached")
        in_azure = each.id.startswith(plan.DATA_AT_STAKE)
        assert opened or in_azure or each.id in plan_aws.REACHED_DATA


@pytest.mark.parametrize("passes", [(), ("mfa",), ("mfa", "pim", "approval")])
def test_what_must_not_be_reached_is_not(explorer, passes):
    answer = explorer.reach(plan.RESET_IDENTITY, passes=passes)

    assert ids(answer.reached).isdisjoint(plan.NEVER_REACHED)


def test_managing_a_vault_in_rbac_mode_reads_nothing(explorer):
    holder, vault = plan.DECOY

    assert explorer.reach(holder).secret_stores == ()
    assert not explorer.path(holder, vault)
    assert explorer.path(holder, f"{vault}#manage")


def test_an_access_policy_of_a_vault_in_rbac_mode_is_without_effect(explorer):
    group, vault = plan.INACTIVE_POLICY

    assert vault not in ids(explorer.reach(group).secret_stores)
    assert not explorer.path(group, vault)


def test_dead_secrets_open_nothing(explorer):
    for secret in plan.DEAD_SECRETS:
        assert explorer.reach(secret).reached == ()


def test_the_help_desk_reaches_the_engineer_and_all_that_she_reaches(explorer, ada):
    desk = explorer.reach(plan.RESET_BY)
    reached = {each.id: each.verdict for each in desk.reached}

    assert reached[plan.RESET_IDENTITY] == "reached"
    assert {each.id for each in ada.reached} <= set(reached)


def test_an_agent_who_resets_passwords_alone_needs_her_second_factor(explorer):
    for agent in set(plan.RESETTERS) - {plan.RESET_BY}:
        (best, *_) = explorer.path(agent, plan.RESET_IDENTITY)
        assert (best.verdict, best.guards) == ("reached_if", (f"mfa:{plan.RESET_IDENTITY}",))


# Who can reset whom: Microsoft's table, written out a second time, over the plan's own tables.

# By the role of the target: the columns of who may reset it. Anybody else: PA and GA alone.
P, H, A, U, PA, GA = (
    PASSWORD_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
    AUTHENTICATION_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
)
MAY_RESET = {
    directory.DIRECTORY_READERS: {P, H, A, U, PA, GA},
    directory.GUEST_INVITER: {P, H, A, U, PA, GA},
    directory.PASSWORD_ADMINISTRATOR: {P, H, A, U, PA, GA},
    directory.MESSAGE_CENTER_READER: {H, A, U, PA, GA},
    directory.REPORTS_READER: {H, A, U, PA, GA},
    directory.USAGE_REPORTS_READER: {H, A, U, PA, GA},
    directory.EXPERIENCE_MANAGER: {H, A, U, PA, GA},
    directory.HELPDESK_ADMINISTRATOR: {H, U, PA, GA},
    directory.AUTHENTICATION_ADMINISTRATOR: {A, PA, GA},
    directory.USER_ADMINISTRATOR: {U, PA, GA},
    directory.GROUPS_ADMINISTRATOR: {U, PA, GA},
}
ENABLE_ACCOUNTS = {A, U, PA, GA}  # the others cannot sign in with a disabled account

COUNTED = {
    ("CAN_RESET_PASSWORD", P): 252,
    ("CAN_RESET_PASSWORD", H): 257,
    ("CAN_RESET_PASSWORD", A): 276,
    ("CAN_RESET_PASSWORD", U): 278,
    ("CAN_RESET_PASSWORD", PA): 296,
    ("CAN_RESET_PASSWORD", GA): 296,
    ("CAN_RESET_MFA", A): 276,
    ("CAN_RESET_MFA", PA): 296,
    ("CAN_RESET_MFA", GA): 296,
}


def _by_hand(resetter: str) -> Iterator[str]:
    """Yield whom the holder of a role may reset, by the documentation's table."""
    held: dict[str, set[str]] = {}
    assignable = {team.id: team for team in roster.TEAMS if team.role_assignable}
    for role, principal, _scope in directory.ASSIGNMENTS:
        members = assignable[principal].members if principal in assignable else (principal,)
        for each in members:
            held.setdefault(each, set()).add(role)
    shielded = {each for team in assignable.values() for each in (*team.members, *team.owners)}
    for record in json.loads(_text("azurehound.json"))["data"]:
        user = record["data"]
        if record["kind"] != "AZUser" or "#EXT#" in user["userPrincipalName"]:
            continue
        columns = [MAY_RESET.get(role, {PA, GA}) for role in held.get(user["id"], ())]
        columns += [{PA, GA}] if user["id"] in shielded else []
        enabled = user.get("accountEnabled", False)
        if all(resetter in each for each in columns) and (enabled or resetter in ENABLE_ACCOUNTS):
            yield user["id"]


def _derived(graph, kind: str, role: str) -> set[str]:
    """Return whom a role may reset in the graph, through hubs or directly."""
    number = [each.name for each in graph.catalogue.edge_kinds].index(kind)
    edges = np.flatnonzero(graph.edge_kinds == number)
    start = graph.position(f"{role}@{plan.TENANT_ID}")
    first = {int(graph.target[e]) for e in edges if graph.source[e] == start}
    beyond = {int(graph.target[e]) for e in edges if int(graph.source[e]) in first}
    accounts = graph.has(Flag.PERSON)
    return {str(graph.ids[at]) for at in first | beyond if accounts[at]}


@pytest.mark.parametrize(("kind", "role"), COUNTED)
def test_who_can_reset_whom_is_what_the_documentation_says(explorer, kind, role):
    derived = _derived(explorer.graph(), kind, role)

    assert derived == set(_by_hand(role))
    assert len(derived) == COUNTED[kind, role]


def test_a_temporary_pass_of_an_authentication_administrator_is_for_users_without_a_role(explorer):
    holders = {principal for _, principal, _ in directory.ASSIGNMENTS}

    derived = _derived(explorer.graph(), "CAN_ISSUE_TAP", A)

    assert derived < set(_by_hand(A))
    assert derived.isdisjoint(holders)
    assert len(derived) == 268


# Who answers for what.


@pytest.fixture(scope="module")
def unowned(explorer):
    return explorer.unowned()


def planned(nodes):
    """Return the plan's nodes without Microsoft's own applications, which nobody here owns."""
    own = {it.principal for it in plan.applications.FOREIGN if it.home in MICROSOFT}
    assert own
    found = {it.node: {reason.value for reason in it.reasons} for it in nodes}
    in_aws = {node: {reason.value} for node, reason in plan_aws.UNOWNED.items()}
    return {node: reasons for node, reasons in found.items() if node not in own} | in_aws


def test_every_node_without_an_owner_is_planned_with_its_reasons(unowned):
    found = {node.id: {reason.code.value for reason in node.reasons} for node in unowned.unowned}

    assert found == planned(plan.UNOWNED)


def test_a_node_whose_owners_were_not_loaded_is_undecided(unowned):
    planned = {*(it.node for it in plan.UNDECIDED), *plan_aws.UNDECIDED}
    assert {node.id for node in unowned.undecided} == planned
    assert {reason.code.value for node in unowned.undecided for reason in node.reasons} == {
        "OWNER_DATA_NOT_LOADED"
    }


def test_reasons_are_counted_as_planned(unowned):
    expected = Counter(each for reasons in planned(plan.UNOWNED).values() for each in reasons)

    undecided = len(plan.UNDECIDED) + len(plan_aws.UNDECIDED)
    assert unowned.counts == dict(expected) | {"OWNER_DATA_NOT_LOADED": undecided}
    assert unowned.counts == {
        "NO_OWNER": 40 + 21,  # of Azure and of AWS
        "OWNER_DISABLED": 11 + 10,
        "OWNER_TAG_UNRESOLVED": 9 + 11,
        "OWNER_GUEST": 6 + 5,
        "OWNER_GROUP_EMPTY": 3,
        "OWNER_IS_NHI": 3,
        "OWNER_SELF": 2,
        "OWNER_DELETED": 2 + 7,
        "OWNER_DATA_NOT_LOADED": 5 + 4,
    }


def test_every_reason_that_rests_on_a_claim_names_where_it_stands(unowned):
    for node in unowned.unowned:
        for reason in node.reasons:
            assert reason.evidence
            assert (reason.claim == "") == (reason.code.value == "NO_OWNER")


def test_nothing_of_the_sample_is_rejected_or_contradicts(explorer):
    assert {load.rejected for load in explorer.loads().loads} == {0}
    assert explorer.coverage().conflicts == ()


def test_the_other_profile_finds_the_part_of_the_chain_that_it_models(explorer):
    answer = explorer.reach(plan.RESET_IDENTITY, profile="bloodhound")

    assert set(plan.CHAIN[1:4]) <= ids(answer.reached)
    assert answer.provenance.profile == "bloodhound"
