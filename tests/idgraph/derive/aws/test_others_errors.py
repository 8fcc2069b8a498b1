"""What PMapper 1.1.5 is known to get wrong, and is right here.

Its open issues, by number where they have one; it is not maintained since 2022.
"""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, Account, allow, deny, service, trusts

ADMIN = allow("*")


def test_the_boundary_of_a_role_binds_it():
    account = Account()
    account.role("build", ADMIN, trust=trusts({"AWS": ONE}), boundary=[allow("s3:*")])
    account.role("free", ADMIN, trust=trusts({"AWS": ONE}), boundary=[ADMIN])
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("free", ONE)}


SCOPED = {  # actions on some resources only, of which "*" says nothing
    "ec2:RunInstances": f"arn:aws:ec2:eu-west-1:{ONE}:instance/*",
    "lambda:CreateFunction": f"arn:aws:lambda:eu-west-1:{ONE}:function:app-*",
    "codebuild:CreateProject": f"arn:aws:codebuild:eu-west-1:{ONE}:project/app-*",
}


@pytest.mark.parametrize("action", SCOPED)
def test_actions_allowed_on_some_resources_only_are_found(action):
    name = action.partition(":")[0]
    more = {"lambda": ["lambda:InvokeFunction"], "codebuild": ["codebuild:StartBuild"]}
    account = Account()
    account.role("target", trust=service(name), profile=True)
    start = [action, *more.get(name, [])]
    account.user("ada", allow(start, SCOPED[action]), allow("iam:PassRole"))
    assert account.guards("CAN_PASS_ROLE", "ada", "target") == {()}


@pytest.mark.parametrize("action", ["ssm:StartSession", "ssm:SendCommand"])
def test_a_session_on_one_instance_is_found_and_control_policies_bind_it(action):
    instance = f"arn:aws:ec2:eu-west-1:{ONE}:instance/i-1"

    def derived(*control):
        account = Account()
        role = account.role("host", ADMIN, trust=service("ec2"), profile=True)
        account.thing("AWSEC2Instance", instance, "i-1")
        account.runs(instance, f"{role}#profile")
        ada = account.user("ada", allow(action, instance))
        if control:
            account.scp("guard", *control)
        return account.reach(ada, ("assume", "condition"))

    assert ONE in derived()
    assert ONE in derived(allow("*"))
    assert derived(allow("*"), deny("ssm:*")) == set()


def test_control_policies_bind_every_step_of_a_path():
    def derived(*control):
        account = Account()
        account.role("deploy", ADMIN, trust=trusts({"AWS": ONE}))
        ada = account.user("ada", allow("sts:AssumeRole"))
        account.scp("guard", allow("*"), *control)
        return account.reach(ada)

    assert {"deploy", ONE} <= derived()
    assert derived(deny("sts:AssumeRole")) == set()
    assert derived(deny("iam:*")) == {"deploy"}


def test_a_service_linked_role_is_no_step_of_a_path():
    account = Account()
    account.role("linked", ADMIN, trust=service("ec2"), profile=True, service_linked=True)
    account.user("ada", allow(["iam:PassRole", "ec2:RunInstances", "iam:UpdateAssumeRolePolicy"]))
    assert account.reach(account.arn("user", "ada"), ("assume", "condition")) == set()


def test_a_policy_that_is_a_boundary_only_is_read():
    account = Account()
    account.user("ada", ADMIN, boundary=[allow("s3:*")])
    account.user("bob", ADMIN)
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("bob", ONE)}


def test_administrators_have_steps_to_what_they_administer():
    account = Account()
    account.role("build", trust=service("ec2"))
    ada = account.user("ada", ADMIN)
    assert account.reach(ada) >= {ONE, "build"}


# Large and strange documents.


def test_a_policy_of_six_thousand_statements_is_decided():
    account = Account()
    some = [allow("s3:GetObject", f"arn:aws:s3:::b{number}/*") for number in range(6000)]
    account.user("ada", *some, allow("iam:PutUserPolicy", f"arn:aws:iam::{ONE}:user/ada"))
    account.thing("AWSS3Bucket", "arn:aws:s3:::b5999", "last")
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}
    assert account.pairs("CAN_READ_STORE") == {("ada", "arn:aws:s3:::b5999")}


@pytest.mark.timeout(40)
def test_the_one_of_six_thousand_names_that_serves_for_all_is_found():
    account = Account()
    account.role("build", trust=service("lambda"))
    names = [f"arn:aws:lambda:eu-west-1:{ONE}:function:app{number}-*" for number in range(6000)]
    created = (allow("lambda:CreateFunction", name) for name in names)
    invoked = allow("lambda:InvokeFunction", names[-1])
    account.user("ada", *created, invoked, allow("iam:PassRole"))
    assert account.guards("CAN_PASS_ROLE", "ada", "build") == {()}


def test_a_role_of_identity_center_is_changed_by_nobody():
    account = Account()
    name = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    account.role(name, ADMIN, trust=service("ec2"))
    changes = ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
    account.user("ada", allow(changes))
    assert account.pairs("CAN_EDIT_TRUST") == set()
    assert {source for source, _ in account.pairs("ADMINISTERS_ACCOUNT")} == {
        "AWSReservedSSO_Admin_0123456789abcdef"
    }
