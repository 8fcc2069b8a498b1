"""Control policies bind an account from the root of its organisation down, and say what is unknown.

Organizations User Guide, "SCP evaluation", "RCP evaluation", "Resource control policies".
"""

from __future__ import annotations

import json

import pytest

from idgraph.derive.aws.above import RCPS_ALLOW, SCPS_ALLOW
from idgraph.derive.aws.estate import Estate
from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, deny, service, trusts

ROOT, UNIT = "r-ab12", "ou-ab12-payments"
OWN = "arn:aws:organizations::999999999999:policy/o-example123"
FULL = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
FULL_RCP = "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess"
SCPS, RCPS = f"assume:{SCPS_ALLOW.fact}", f"assume:{RCPS_ALLOW.fact}"


def organisation(account, parent=UNIT):
    build = account.build
    build.node("AWSOrganization", ROOT).node("AWSOrganizationalUnit", UNIT)
    build.edge("UNDER", UNIT, ROOT).edge("UNDER", account.number, parent)
    return account


def attach(account, at, policy, *statements, sort="scp", read=True):
    """Attach a control policy to a level; `read` tells whether its document was loaded."""
    build = account.build
    if read:
        build.node("AWSPolicy", policy, policy_type=sort, document_read=True)
    else:
        build.mention("AWSPolicy", policy, policy_type=sort)
    build.edge("HAS_CONTROL_POLICY", at, policy)
    for number, each in enumerate(statements):
        node = f"{policy}#{at}{number}"
        said = {"statement": json.dumps(each), "language": "2012-10-17", "default_version": True}
        build.node("AWSPolicyStatement", node, **said).edge("HAS_STATEMENT", policy, node)


def everywhere(account):
    for at in (ROOT, UNIT, account.number):
        attach(account, at, FULL, read=False)
    return account


def may_assume(account):
    """Return the guard sets under which ada assumes the role `goal` of her account."""
    return account.guards("CAN_ASSUME", "ada", "goal")


@pytest.fixture
def account():
    account = organisation(Account())
    account.user("ada", allow("sts:AssumeRole"))
    account.role("goal", trust=trusts({"AWS": account.root()}))
    return account


def test_every_level_from_the_root_to_the_account_must_allow(account):
    everywhere(account)
    assert may_assume(account) == {()}


@pytest.mark.parametrize("level", [ROOT, UNIT, ONE])
def test_a_level_that_does_not_allow_stops_what_all_others_do(account, level):
    for at in {ROOT, UNIT, ONE} - {level}:
        attach(account, at, FULL, read=False)
    attach(account, level, f"{OWN}/service_control_policy/p-1", allow("s3:*"))
    assert may_assume(account) == set()


@pytest.mark.parametrize("level", [ROOT, UNIT, ONE])
def test_a_deny_at_any_level_stops_what_all_allow(account, level):
    everywhere(account)
    attach(account, level, f"{OWN}/service_control_policy/p-1", deny("sts:AssumeRole"))
    assert may_assume(account) == set()


@pytest.mark.parametrize("level", [ROOT, UNIT, ONE])
def test_policies_that_only_deny_are_not_all_where_the_one_that_allows_was_not_listed(
    account, level
):
    attach(account, level, f"{OWN}/service_control_policy/p-1", deny("cloudtrail:*"))
    assert may_assume(account) == {(SCPS,)}


def test_a_level_that_only_denies_stops_everything_where_the_whole_list_was_loaded(account):
    attach(account, ROOT, FULL, read=False)
    attach(account, UNIT, f"{OWN}/service_control_policy/p-1", deny("cloudtrail:*"))
    attach(account, ONE, FULL, read=False)
    assert may_assume(account) == set()


def test_a_control_policy_that_is_not_understood_is_an_assumption(account):
    everywhere(account)
    attach(account, UNIT, f"{OWN}/service_control_policy/p-1", deny("s3:*", Mood="bad"))
    assert may_assume(account) == {(SCPS,)}


def test_policies_of_one_level_allow_together(account):
    everywhere(account)
    attach(account, UNIT, f"{OWN}/service_control_policy/p-1", allow("s3:*"))
    assert may_assume(account) == {()}


@pytest.mark.parametrize("level", [ROOT, UNIT, ONE])
def test_a_level_of_which_no_policy_was_loaded_is_an_assumption(account, level):
    for at in {ROOT, UNIT, ONE} - {level}:
        attach(account, at, FULL, read=False)
    assert may_assume(account) == {(SCPS,)}


def test_a_policy_of_which_no_document_was_loaded_is_an_assumption(account):
    everywhere(account)
    attach(account, UNIT, f"{OWN}/service_control_policy/p-1", read=False)
    assert may_assume(account) == {(SCPS,)}


def test_levels_above_that_nobody_knows_are_an_assumption():
    alone = Account()
    alone.user("ada", allow("sts:AssumeRole"))
    alone.role("goal", trust=trusts({"AWS": alone.root()}))
    attach(alone, ONE, FULL, read=False)
    assert may_assume(alone) == {(SCPS,)}


def test_where_no_control_policy_was_loaded_none_is_assumed(account):
    assert may_assume(account) == {()}


def test_an_account_without_any_is_unknown_where_another_of_its_organisation_has_some(account):
    other = organisation(Account(TWO, account.build))
    attach(other, TWO, FULL, read=False)
    assert may_assume(account) == {(SCPS,)}


@pytest.mark.parametrize("policy", [f"{OWN}/service_control_policy/p-1", "named by the account"])
def test_the_managing_account_is_bound_by_none(account, policy):
    managing = {"management": True} if policy == "named by the account" else {}
    account.build.node("AWSAccount", ONE, **managing)
    attach(account, ROOT, policy.replace("999999999999", ONE), deny("*"))
    attach(account, ROOT, f"{policy}-rcp".replace("999999999999", ONE), deny("*"), sort="rcp")
    assert may_assume(account) == {()}


def test_units_in_a_circle_are_no_way_to_make_it_hang(account):
    account.build.edge("UNDER", ROOT, UNIT)
    everywhere(account)
    assert len(Estate(account.build.snapshot()).control_policies(ONE)) >= 3


# Resource control policies.


def rcp(account, *statements, at=UNIT):
    attach(account, at, f"{OWN}/resource_control_policy/p-r", *statements, sort="rcp")


def everybody(statement):
    del statement["Resource"]
    return statement | {"Principal": "*", "Resource": "*"}


@pytest.mark.parametrize("level", [ROOT, UNIT, ONE])
def test_a_resource_control_policy_denies_the_roles_of_the_accounts_below(account, level):
    rcp(account, everybody(deny("sts:AssumeRole")), at=level)
    assert may_assume(account) == set()


def test_resource_control_policies_leave_services_alone_that_they_do_not_limit(account):
    rcp(account, everybody(deny("*")))
    account.user("bob", allow("iam:UpdateAssumeRolePolicy"))
    assert ("bob", "goal") in account.pairs("CAN_EDIT_TRUST")


def test_aws_attaches_its_own_allowing_policy_to_every_level_for_good(account):
    rcp(account, everybody(deny("sts:AssumeRole", Condition={"Bool": {"x:never": "true"}})))
    assert may_assume(account) == {("condition:not (Bool x:never true)",)}
    attach(account, ROOT, FULL_RCP, sort="rcp", read=False)
    assert may_assume(account) == {("condition:not (Bool x:never true)",)}


def test_a_resource_control_policy_that_was_not_loaded_is_an_assumption(account):
    attach(account, UNIT, f"{OWN}/resource_control_policy/p-x", sort="rcp", read=False)
    assert may_assume(account) == {(RCPS,)}


def test_an_account_outside_is_bound_by_the_resources_control_policies_not_by_its_own(account):
    outside = Account(TWO, account.build)
    outside.user("eve", allow("sts:AssumeRole"))
    account.role("shared", trust=trusts({"AWS": outside.root()}))
    outside.role("theirs", trust=trusts({"AWS": outside.root()}))
    assert ("eve", "shared") in account.pairs("CAN_ASSUME")
    rcp(account, everybody(deny("sts:AssumeRole")))
    assert account.pairs("CAN_ASSUME") == {("eve", "theirs")}


# Organizations User Guide, "Resource control policy examples": the identity perimeter.
PERIMETER = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Resource": "*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example123"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}


def test_a_perimeter_lets_in_the_organisation_and_services_and_nobody_else(account):
    rcp(account, PERIMETER)
    outside = Account(TWO, account.build)
    outside.user("eve", allow("sts:AssumeRole"))
    account.role("shared", trust=trusts({"AWS": [outside.root(), account.root()]}))
    account.role("run", trust=service("lambda"))
    account.user("pat", allow("iam:PassRole"), allow("lambda:*"))
    assert account.guards("CAN_ASSUME", "ada", "shared") == {()}
    assert () in account.guards("CAN_PASS_ROLE", "pat", "run")
    (guards,) = account.guards("CAN_ASSUME", "eve", "shared")  # of what organisation, nobody knows
    assert guards == ("condition:not (StringNotEqualsIfExists aws:PrincipalOrgID o-example123)",)


def test_a_resource_control_policy_that_asks_who_it_is_asks_each(account):
    but_ada = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ada"}}
    rcp(account, everybody(deny("sts:AssumeRole", Condition=but_ada)))
    account.user("bob", allow("sts:AssumeRole"))
    assert may_assume(account) == {()}
    assert account.pairs("CAN_ASSUME") == {("ada", "goal")}


# IAM User Guide, "AWS global condition context keys": aws:PrincipalOrgPaths and its like.
@pytest.mark.parametrize(
    ("condition", "guards"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-example123"}}, {()}),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-other"}}, set()),
        (
            {
                "ForAnyValue:StringLike": {
                    "aws:PrincipalOrgPaths": "o-example123/r-ab12/ou-ab12-payments/*"
                }
            },
            {()},
        ),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-example123/r-ab12/"}}, set()),
        ({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}, {()}),
        ({"StringEquals": {"aws:ResourceAccount": TWO}}, set()),
        ({"Bool": {"aws:SecureTransport": "true"}}, {()}),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, set()),
    ],
)
def test_what_the_organisation_is_is_known_to_conditions(account, condition, guards):
    attach(account, ROOT, f"{OWN}/service_control_policy/p-1", allow("*"))
    attach(account, UNIT, FULL, read=False)
    attach(account, ONE, FULL, read=False)
    account.role("told", trust=trusts({"AWS": account.root()}, Condition=condition))
    assert account.guards("CAN_ASSUME", "ada", "told") == guards


def test_a_service_speaks_for_the_account_and_the_organisation_of_the_workload(account):
    rcp(account, everybody(deny("s3:*")))
    account.user("pat", allow("iam:PassRole"), allow("lambda:*"))
    for name, key, value in (
        ("mine", "aws:SourceAccount", ONE),
        ("theirs", "aws:SourceAccount", TWO),
        ("ours", "aws:SourceOrgID", "o-example123"),
        ("user", "aws:MultiFactorAuthPresent", "true"),
    ):
        account.role(name, trust=service("lambda") | {"Condition": {"StringEquals": {key: value}}})
    passed = {target for source, target in account.pairs("CAN_PASS_ROLE") if source == "pat"}
    assert passed == {"mine", "ours"}
