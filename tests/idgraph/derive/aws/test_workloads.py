"""Roles are got through workloads: by a new one, by one that is there, by what it runs with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idgraph.derive import derive
from idgraph.derive.aws.methods import PASSING, TAKING_OVER
from idgraph.snapshot import Coverage
from idgraph.vocabulary import aws
from tests.idgraph.derive.aws.accounts import (
    AWS,
    ONE,
    TWO,
    Account,
    allow,
    service,
    short,
    trusts,
)
from tests.idgraph.derive.build import edges

ARNS = {
    "AWSLambdaFunction": f"arn:aws:lambda:eu-west-1:{ONE}:function:f",
    "AWSEC2Instance": f"arn:aws:ec2:eu-west-1:{ONE}:instance/i-1",
    "AWSECSTaskDefinition": f"arn:aws:ecs:eu-west-1:{ONE}:task-definition/t:1",
    "AWSGlueDevEndpoint": f"arn:aws:glue:eu-west-1:{ONE}:devEndpoint/d",
    "AWSGlueJob": f"arn:aws:glue:*:{ONE}:job/j",
    "AWSCodeBuildProject": f"arn:aws:codebuild:eu-west-1:{ONE}:project/p",
    "AWSSageMakerNotebook": f"arn:aws:sagemaker:eu-west-1:{ONE}:notebook-instance/n",
    "AWSCloudFormationStack": f"arn:aws:cloudformation:eu-west-1:{ONE}:stack/s/1",
}


def trusting(account, method, name="target", **more):
    principal = method.service.removesuffix(".amazonaws.com")
    return account.role(name, trust=service(principal), profile=method.profile, **more)


@pytest.mark.parametrize("method", PASSING, ids=lambda each: each.id)
def test_a_role_is_passed_with_all_the_permissions_and_not_with_fewer(method):
    def derived(*actions, trust=True):
        account = Account()
        if trust:
            trusting(account, method)
        else:
            account.role("target", trust=service("other"), profile=True)
        account.user("ada", allow(list(actions)))
        return account.guards("CAN_PASS_ROLE", "ada", "target")

    whole = ("iam:PassRole", *method.actions)
    assert ((f"condition:{method.needs}",) if method.needs else ()) in derived(*whole)
    for missing in whole:
        rest = [each for each in whole if each != missing] or ["s3:Get*"]
        if missing == "iam:PassRole" or not any(set(each.actions) <= set(rest) for each in PASSING):
            assert derived(*rest) == set(), missing
    assert derived(*whole, trust=False) == set()


def test_only_the_roles_that_may_be_passed_to_that_service_are():
    account = Account()
    for name in ("app-a", "db"):
        account.role(name, trust=service("lambda"))
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    start = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
    mine = account.arn("role", "app-*")
    account.user("ada", start, allow("iam:PassRole", mine, Condition=to_lambda))
    account.user("bob", start, allow("iam:PassRole", mine, Condition=to_ec2))
    assert account.pairs("CAN_PASS_ROLE") == {("ada", "app-a")}


def test_actions_on_names_that_never_meet_are_a_condition():
    account = Account()
    account.role("target", trust=service("lambda"))
    account.user(
        "ada",
        allow("iam:PassRole"),
        allow("lambda:CreateFunction", "arn:aws:lambda:*:*:function:a-*"),
        allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:b-*"),
    )
    (guards,) = account.guards("CAN_PASS_ROLE", "ada", "target")
    assert guards[0].startswith("condition:one resource may serve")


@pytest.mark.parametrize("method", TAKING_OVER, ids=lambda each: each.id)
def test_an_existing_workload_is_taken_over_with_all_the_permissions(method):
    def derived(*actions, seen):
        account = Account()
        role = account.role(
            "target", trust=service(method.service.split(".amazon")[0]), profile=True
        )
        if seen:
            thing = account.thing(method.workload, ARNS[method.workload], "work")
            account.runs(thing, role)
        ada = account.user("ada", allow(list(actions)))
        return account, account.reach(ada, ("assume", "condition"))

    for seen in (True, False) if method.workload else (False,):
        account, reached = derived(*method.actions, seen=seen)
        assert "target" in reached
        if not seen:
            assert all(guards for *_, guards in account.edges("CAN_RUN_ON"))
        for missing in method.actions:
            rest = [each for each in method.actions if each != missing] or ["s3:Get*"]
            if not any(set(each.actions) <= set(rest) for each in TAKING_OVER):
                assert "target" not in derived(*rest, seen=seen)[1], missing


def test_a_list_of_one_account_says_nothing_of_the_workloads_of_another():
    one = Account()
    two = Account(TWO, one.build)
    for account in (one, two):
        account.role(f"run-{account.number}", trust=service("lambda"))
        account.user(f"ada-{account.number}", allow(["lambda:UpdateFunctionCode"]))
    whole = Coverage(f"aws_iam:{ONE}", "Lambda function", 0, complete=True, about="")
    derived = derive(replace(one.build.snapshot(), coverage=(whole,)), AWS)
    assert {short(source) for _, source, *_ in edges(derived, "CAN_RUN_ON")} == {f"ada-{TWO}"}


def test_a_workload_runs_with_its_role_and_an_instance_with_that_of_its_profile():
    account = Account()
    role = account.role("task", trust=service("ecs-tasks"))
    profiled = account.role("host", trust=service("ec2"), profile=True)
    function = account.thing("AWSLambdaFunction", ARNS["AWSLambdaFunction"], "f")
    instance = account.thing("AWSEC2Instance", ARNS["AWSEC2Instance"], "i")
    account.runs(function, role)
    account.runs(instance, f"{profiled}#profile")
    assert {target for _, target in account.pairs("RUNS_WITH")} == {"task", "host"}


def test_every_kind_of_workload_can_be_taken_over_or_is_said_not_to_be():
    known = {each.workload for each in TAKING_OVER}
    assert {kind.name for kind in aws.COMPUTE} - known == {"AWSGlueJob"}


# Secrets.


SECRET = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db-AbCdEf"


def stored(account, kind="AWSSecret", arn=SECRET, **more):
    return account.thing(kind, arn, "store", **more)


def test_a_secret_is_read_by_its_readers_own_policies():
    account = Account()
    stored(account)
    account.user("ada", allow("secretsmanager:GetSecretValue", SECRET[:-6] + "*"))
    account.user("bob", allow("secretsmanager:DescribeSecret"))
    assert {source for source, _ in account.pairs("CAN_READ_STORE")} == {"ada"}


def test_a_secret_with_a_key_of_ones_own_asks_for_the_key_too():
    account = Account()
    stored(account)
    key = account.thing("AWSKMSKey", f"arn:aws:kms:eu-west-1:{ONE}:key/k")
    account.build.edge("ENCRYPTED_WITH", SECRET, key)
    account.user("ada", allow(["secretsmanager:GetSecretValue", "kms:Decrypt"]))
    account.user("bob", allow("secretsmanager:GetSecretValue"))
    assert {source for source, _ in account.pairs("CAN_READ_STORE")} == {"ada"}


def test_a_policy_of_the_secret_allows_by_itself_and_denies_over_all():
    account = Account()
    stored(account)
    ada = account.user("ada")
    bob = account.user("bob", allow("secretsmanager:Get*"))
    read = "secretsmanager:GetSecretValue"
    account.resource_policy(
        SECRET,
        {"Effect": "Allow", "Principal": {"AWS": ada}, "Action": read, "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": bob}, "Action": read, "Resource": "*"},
    )
    assert {source for source, _ in account.pairs("CAN_READ_STORE")} == {"ada"}


def test_a_bucket_is_read_by_its_objects():
    account = Account()
    stored(account, "AWSS3Bucket", "arn:aws:s3:::logs")
    account.user("ada", allow("s3:GetObject", "arn:aws:s3:::logs/*"))
    account.user("bob", allow(["s3:Get*", "s3:List*"], "arn:aws:s3:::logs"))
    assert {source for source, _ in account.pairs("CAN_READ_STORE")} == {"ada"}


def test_tags_of_a_resource_decide_where_a_condition_asks_for_them():
    account = Account()
    stored(account, tags=("team=blue",))
    stored(account, arn=SECRET.replace("db", "red"), tags=("team=red",))
    mine = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    account.user("ada", allow("secretsmanager:GetSecretValue", Condition=mine))
    assert {target for _, target in account.pairs("CAN_READ_STORE")} == {
        SECRET.rsplit("/", maxsplit=1)[-1]
    }


def test_an_administrator_holds_all_there_is_and_a_key_its_user():
    account = Account()
    stored(account)
    ada = account.user("ada", allow("*"))
    account.role("build", trust=service("ec2"))
    account.thing("AWSAccessKey", "AKIAEXAMPLE", active=True)
    account.thing("AWSAccessKey", "AKIAOLD", active=False)
    for key in ("AKIAEXAMPLE", "AKIAOLD"):
        account.build.edge("HAS_ACCESS_KEY", ada, key)
    assert account.reach("AKIAEXAMPLE") >= {"ada", ONE, "build"}
    assert account.reach("AKIAOLD") == set()


# Getting Started with Amazon Web Services in China, "IAM": a role for EC2 trusts
# ec2.amazonaws.com.cn. A service may also be trusted by the name that it has in one region.
@pytest.mark.parametrize(
    ("partition", "trusted", "passed", "found"),
    [
        ("aws-cn", "ec2.amazonaws.com.cn", None, True),
        ("aws-cn", "ec2.amazonaws.com", None, True),
        ("aws-cn", "ec2.amazonaws.com.cn", "ec2.amazonaws.com.cn", True),
        ("aws-cn", "ec2.amazonaws.com.cn", "lambda.amazonaws.com", False),
        ("aws", "ec2.eu-west-1.amazonaws.com", None, True),
        ("aws-us-gov", "ec2.us-gov-west-1.amazonaws.com", None, True),
        ("aws", "ec2.amazonaws.com", "ec2.amazonaws.com.cn", False),
        ("aws", "ec2.example.com", None, False),
        ("aws", "spot.ec2.amazonaws.com", None, False),
    ],
)
def test_a_service_is_trusted_by_each_of_its_names(partition, trusted, passed, found):
    class Elsewhere(Account):
        def arn(self, kind, name):
            return super().arn(kind, name).replace("arn:aws:", f"arn:{partition}:")

    account = Elsewhere()
    account.role("runner", trust=trusts({"Service": trusted}), profile=True)
    only = {"Condition": {"StringEquals": {"iam:PassedToService": passed}}} if passed else {}
    account.user("ada", allow("ec2:RunInstances"), allow("iam:PassRole", **only))
    assert bool(account.pairs("CAN_PASS_ROLE")) is found


# Lambda Developer Guide, "Granting Lambda function access to other accounts".
@pytest.mark.parametrize(
    ("granted", "own", "found"),
    [
        (["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "lambda:*", {"lambda-004"}),
        (["lambda:InvokeFunction"], "lambda:*", set()),
        (["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "s3:*", set()),
    ],
)
def test_a_function_of_another_account_is_changed_where_both_sides_allow(granted, own, found):
    account = Account()
    other = Account(TWO, account.build)
    ada = other.user("ada", allow(own))
    arn = account.thing("AWSLambdaFunction", f"arn:aws:lambda:eu-west-1:{ONE}:function:f")
    to = {"Effect": "Allow", "Principal": {"AWS": ada}, "Action": granted, "Resource": arn}
    account.resource_policy(arn, to)
    methods = account.methods("CAN_RUN_ON", "ada").get(arn, set())
    assert methods & {"lambda-004"} == found
