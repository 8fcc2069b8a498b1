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


# What a principal may give itself, short of administering the account.


def with_stores():
    account = Account()
    for name in ("db", "web"):
        account.thing("AWSSecret", f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:{name}", name)
    return account


@pytest.mark.parametrize("action", ["iam:PutUserPolicy", "iam:AttachUserPolicy"])
def test_whoever_writes_its_own_policies_within_a_boundary_has_what_that_leaves(action):
    account = with_stores()
    limits = [allow(action), allow("secretsmanager:GetSecretValue", "*:db")]
    account.user("ada", allow(action, account.arn("user", "ada")), boundary=limits)
    account.user("bob", allow(action, account.arn("user", "eve")), boundary=limits)
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()
    assert account.pairs("CAN_READ_STORE") == {
        ("ada", f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db")
    }


def test_an_administrator_is_not_asked_about_again_with_what_it_may_give_itself():
    account = with_stores()
    account.user("ada", allow("iam:PutUserPolicy"))
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}
    assert account.pairs("CAN_READ_STORE") == set()


def test_an_older_version_gives_what_it_allowed_and_takes_what_the_present_one_allows():
    account = with_stores()
    secret = "arn:aws:secretsmanager:eu-west-1:{}:secret:{}"
    ada = account.user("ada")
    now = [allow("iam:SetDefaultPolicyVersion"), deny("secretsmanager:*")]
    before = {"v1": [allow("secretsmanager:GetSecretValue", "*:web")]}
    account.managed("work", ada, *now, versions=before)
    assert account.pairs("CAN_READ_STORE") == {("ada", secret.format(ONE, "web"))}
    assert account.methods("CAN_READ_STORE", "ada") == {
        secret.format(ONE, "web"): {"set-default-version"}
    }


@pytest.mark.parametrize(("named", "found"), [("limits", True), ("others", False)])
def test_who_makes_roles_under_a_boundary_alone_has_what_that_leaves(named, found):
    account = with_stores()
    nobody = account.role("nobody", trust=service("ec2"))
    account.managed("limits", nobody, allow("secretsmanager:GetSecretValue", "*:db"))
    bounded = {"StringEquals": {"iam:PermissionsBoundary": account.arn("policy", named)}}
    account.user("ada", allow(["iam:CreateRole", "iam:PutRolePolicy"], Condition=bounded))
    account.role("tool", allow(["iam:CreateRole"], Condition=bounded), trust=service("ec2"))
    read = {source for source, _ in account.pairs("CAN_READ_STORE")}
    assert read == ({"ada", "nobody"} if found else {"nobody"})
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()
