"""What a user that may add itself to a group has as its member (iam-013)."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, deny, service, trusts

JOIN = "iam:AddUserToGroup"
RUN = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])


def test_a_member_has_what_the_group_has():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    account.user("ada", allow(JOIN))
    account.user("bob")
    assert account.pairs("CAN_ASSUME") == {("ada", "build")}
    assert account.methods("CAN_ASSUME", "ada") == {
        account.arn("role", "build"): {"iam-013", "sts-001"}
    }


def test_what_takes_a_permission_of_the_user_and_one_of_the_group_is_found():
    account = Account()
    account.role("runner", trust=service("lambda"))
    account.group("coders", RUN)
    account.user("ada", allow(JOIN), allow("iam:PassRole"))
    account.user("bob", allow(JOIN))  # may not pass the role
    account.user("eve", allow("iam:PassRole"))  # may not join
    assert account.pairs("CAN_PASS_ROLE") == {("ada", "runner")}


def test_only_the_groups_that_it_may_join_count():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    account.group("guests")
    account.user("ada", allow(JOIN, account.arn("group", "guests")))
    assert account.pairs("CAN_ASSUME") == set()


def test_what_a_user_has_already_is_not_found_again_as_a_member():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    account.user("ada", allow([JOIN, "sts:AssumeRole"]))
    account.user("bob", allow(JOIN), groups=["builders"])
    for name in ("ada", "bob"):
        assert account.methods("CAN_ASSUME", name) == {account.arn("role", "build"): {"sts-001"}}


def test_a_group_that_denies_binds_who_joins_it_and_hides_nothing_of_another_group():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.role("runner", trust=service("lambda"))
    account.group("builders", allow("sts:AssumeRole"))
    account.group("coders", RUN, deny("sts:AssumeRole"))
    account.user("ada", allow(JOIN), allow("iam:PassRole"))
    assert account.pairs("CAN_ASSUME") == {("ada", "build")}
    assert account.pairs("CAN_PASS_ROLE") == {("ada", "runner")}


def test_a_condition_on_joining_is_a_condition_of_what_follows():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    account.user("ada", allow(JOIN, Condition=office))
    assert account.guards("CAN_ASSUME", "ada", "build") == {
        ("network:IpAddress aws:SourceIp 203.0.113.0/24",)
    }


def test_a_boundary_binds_the_member_as_well():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    account.user("ada", allow(JOIN), boundary=[allow(["iam:*", "s3:*"])])
    assert account.pairs("CAN_ASSUME") == set()


def test_a_role_joins_no_group():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    account.role("ada", allow(JOIN), trust=service("ec2"))
    assert account.pairs("CAN_ASSUME") == set()


@pytest.mark.parametrize("kind", ["CAN_READ_STORE", "CAN_EDIT_TRUST", "CAN_ADD_CREDENTIAL"])
def test_every_rule_asks_for_members(kind):
    action = {
        "CAN_READ_STORE": "secretsmanager:GetSecretValue",
        "CAN_EDIT_TRUST": "iam:UpdateAssumeRolePolicy",
        "CAN_ADD_CREDENTIAL": "iam:CreateAccessKey",
    }[kind]
    account = Account()
    account.thing("AWSSecret", f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:s", "s")
    account.role("build", trust=trusts({"AWS": TWO}))
    account.group("staff", allow(action))
    account.user("bot", access_keys=0)
    account.user("ada", allow(JOIN))
    assert {source for source, _ in account.pairs(kind)} == {"ada"}


@pytest.mark.parametrize("groups", [10, 20])
def test_edges_grow_with_the_users_that_may_join_not_with_users_times_groups(groups):
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    for number in range(groups):
        account.group(f"g{number}", allow("sts:AssumeRole"))
        account.user(f"u{number}", allow(JOIN))
    assert len(account.edges("CAN_ASSUME")) == groups


def test_joining_under_a_condition_adds_no_guarded_step_to_what_one_has_without():
    account = Account()
    account.role("build", trust=trusts({"AWS": ONE}))
    account.group("builders", allow("sts:AssumeRole"))
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    join = allow(JOIN, Condition=office)
    account.user("ada", join, allow("sts:AssumeRole"))
    account.user("bob", join, groups=["builders"])
    for name in ("ada", "bob"):
        assert account.guards("CAN_ASSUME", name, "build") == {()}
