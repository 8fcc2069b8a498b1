"""Every method of the catalogue stands in the table, and each that is decided is found and lost.

The ids and permissions are those of pathfinding.cloud (Datadog), catalogue of 2025-12-17.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from idgraph.derive.aws.methods import BY_ID, METHODS, Status, method_of
from idgraph.derive.aws.methods_page import page
from tests.idgraph.derive.aws.accounts import (
    ONE,
    TWO,
    Account,
    allow,
    deny,
    service,
    trusts,
)

PAGE = Path(__file__).parents[4] / "docs" / "aws-methods.md"
CATALOGUE = """\
iam-001 iam-002 iam-003 iam-004 iam-005 iam-006 iam-007 iam-008 iam-009 iam-010 iam-011 iam-012
iam-013 iam-014 iam-015 iam-016 iam-017 iam-018 iam-019 iam-020 iam-021 sts-001
apprunner-001 apprunner-002 bedrock-001 bedrock-002
cloudformation-001 cloudformation-002 cloudformation-003 cloudformation-004 cloudformation-005
codebuild-001 codebuild-002 codebuild-003 codebuild-004 datapipeline-001
ec2-001 ec2-002 ec2-003 ec2-004 ec2instanceconnect-003 ecs-001 ecs-002 ecs-003 ecs-004 ecs-005
glue-001 glue-002 glue-003 glue-004 glue-005 glue-006
lambda-001 lambda-002 lambda-003 lambda-004 lambda-005 lambda-006
sagemaker-001 sagemaker-002 sagemaker-003 sagemaker-004 sagemaker-005 ssm-001 ssm-002
"""
BESIDE = """
set-default-version lambda-configuration ec2-associate-profile autoscaling-configuration
cloudformation-new-role codebuild-new-role new-role-attached new-role-inline
"""  # what others list beside the catalogue


def test_every_id_of_the_catalogue_is_in_the_table():
    numbered = CATALOGUE.split()
    assert len(numbered) == 65
    assert {*numbered, *BESIDE.split()} <= BY_ID.keys()


def test_the_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_is_not_decided_says_why_and_makes_no_edge():
    for each in METHODS:
        assert bool(each.why) is (each.edge == ""), each.id
        assert bool(each.why) is (each.status is Status.UNDECIDED), each.id


def test_a_method_is_found_again_by_its_number_and_no_row_of_a_store_is_one():
    assert [method_of(each.row) for each in METHODS] == list(METHODS)
    assert [method_of(row) for row in (-1, 0, 1, -2 - len(METHODS))] == [None] * 4


def test_a_method_stands_behind_an_edge_and_is_no_row_of_it():
    account = Account()
    account.role("build", trust=trusts({"AWS": account.root()}))
    account.user("ada", allow("sts:AssumeRole"))
    projection = account.derive()
    graph = projection.graph
    (at,) = [each for each in range(graph.m) if graph.edge_kind_name(each) == "CAN_ASSUME"]
    behind = projection.behind(at).tolist()
    assert behind[0] == BY_ID["sts-001"].row
    assert projection.rows_of(at).tolist() == behind[1:]
    assert min(behind[1:]) >= 0


# An account for each method: `actions` are what the actor is allowed, `so` whether all else is so.

BOT = f"arn:aws:iam::{ONE}:user/bot"
NARROW = [allow("s3:Get*")]
CREATE = allow(["iam:CreateRole", "iam:PutRolePolicy"], f"arn:aws:iam::{ONE}:role/new-*")
BRAKE = [deny("iam:CreateRole")]
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db-AbCdEf"
PROVIDER = f"arn:aws:iam::{ONE}:saml-provider/idp"
ACCOUNT = ("ADMINISTERS_ACCOUNT", ONE)
OF_BOT = ("CAN_ADD_CREDENTIAL", "bot")


def actor(kind, on="*", **more):
    def build(account, actions, so):
        arn = account.arn(kind, "ada")
        other = account.arn(kind, "bob")
        getattr(account, kind)("ada", allow(actions, {"self": arn if so else other}.get(on, on)))

    return build


def in_group(account, actions, so):
    account.group("staff")
    account.user("ada", allow(actions), groups=["staff"] if so else [])


def with_policy(account, actions, so):
    account.user("bob")
    ada = account.user("ada", allow(actions))
    account.managed("team", ada if so else account.arn("user", "bob"), *NARROW)


def older_version(account, actions, so):
    ada = account.user("ada", allow(actions))
    older = {"v1": [allow("*" if so else "s3:*")]}
    account.managed("team", ada, *NARROW, versions=older)


def joins(account, actions, so):
    account.group("admins", allow("*" if so else "s3:*"))
    account.user("ada", allow(actions))


def on_user(**facts):
    """A user `bot`: `facts` are what makes the method work, and what makes it not."""

    def build(account, actions, so):
        account.user("bot", **{name: values[not so] for name, values in facts.items()})
        account.user("ada", allow(actions, BOT))

    return build


def on_role(account, actions, so):
    trust = trusts({"AWS": account.root()})
    role = account.role("build", trust=trust, boundary=None if so else NARROW)
    account.managed("of-build", role, *NARROW)
    account.user("ada", allow(actions))


def trusted(account, actions, so):
    account.role("build", trust=trusts({"AWS": account.root() if so else TWO}))
    account.user("ada", allow(actions))


def edited(account, actions, so):
    account.role("build", trust=service("ec2"), service_linked=not so)
    account.user("ada", allow(actions))


def controlled(kind):
    def build(account, actions, so):
        getattr(account, kind)("ada", allow(actions))
        account.scp("guard", allow("*"), *([] if so else [deny(actions)]))

    return build


def bounded(kind, action):
    """An actor whom its boundary alone stops; it is allowed the action, or it is not."""

    def build(account, actions, so):
        within = [allow(["s3:*", action if so else "s3:*"])]
        getattr(account, kind)("ada", CREATE, allow(actions), boundary=within)

    return build


def bucket(account, actions, so):
    """A bucket of the actor's account, or of another, which lets the actor write its policy."""
    home = account if so else Account(TWO, account.build)
    arn = home.thing("AWSS3Bucket", "arn:aws:s3:::logs")
    ada = account.user("ada", allow(actions))
    named = {"Effect": "Allow", "Principal": {"AWS": ada}, "Action": actions, "Resource": arn}
    home.resource_policy(arn, named)


def bounded_by_own_policy(account, actions, so):
    within = [allow(["s3:*", *(actions if so else [])])]
    ada = account.user("ada", CREATE, allow(actions))
    policy = account.arn("policy", "edge")
    account._policy(ada, "HAS_BOUNDARY", policy, within, "managed")


def braked(kind, sort):
    """An actor whom a policy of its own stops, which it may be rid of, or not."""

    def build(account, actions, so):
        ada = getattr(account, kind)("ada", CREATE, allow(actions))
        brake = [*BRAKE, *([] if so else [deny(actions)])]
        name = f"{ada}#policy/brake" if sort == "inline" else account.arn("policy", "brake")
        account._policy(ada, "HAS_POLICY", name, brake, sort)

    return build


def braked_by_group(account, actions, so):
    account.group("staff", *BRAKE, *([] if so else [deny(actions)]))
    account.user("ada", CREATE, allow(actions), groups=["staff"])


def group_of_bot(account, actions, so):
    account.group("staff")
    account.user("bot", access_keys=1, groups=["staff"] if so else [])
    account.user("ada", allow(actions))


def policy_of_bot(account, actions, so):
    bot = account.user("bot", access_keys=1)
    account.managed("team", bot if so else account.group("staff"), *NARROW)
    account.user("ada", allow(actions))


def added_bot(account, actions, so):
    account.group("admins", allow("*" if so else "s3:*"))
    account.user("bot", access_keys=1)
    account.role("ada", allow(actions))


def passed(account, actions, so):
    role = account.role("build", trust=service("lambda"), boundary=None if so else NARROW)
    account.managed("of-build", role, *NARROW)
    start = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
    account.user("ada", allow(actions), start)


def federated(account, actions, so):
    trust = trusts({"Federated": PROVIDER if so else PROVIDER.replace(ONE, TWO)})
    account.role("build", trust=trust | {"Action": "sts:AssumeRoleWithSAML"})
    account.user("ada", allow(actions))


def stored(kind, arn, read):
    def build(account, actions, so):
        account.thing(kind, arn, "store")
        account.user("ada", allow([*actions, "s3:List*"]), *([] if so else [deny(read)]))

    return build


def with_key(account, actions, so):
    key = account.thing("AWSKMSKey", f"arn:aws:kms:eu-west-1:{ONE}:key/k")
    account.thing("AWSSecret", SECRET, "store")
    account.build.edge("ENCRYPTED_WITH", SECRET, key)
    by = {"Principal": {"AWS": account.root()}, "Effect": "Allow", "Resource": "*"}
    account.resource_policy(key, by | {"Action": actions if so else "kms:ListKeys"})
    account.user("ada", allow(["secretsmanager:GetSecretValue", *actions]))


ROLE = ("build",)
READ = ("CAN_READ_STORE", "secret:db-AbCdEf")
WORKED = {  # by method: the account, and the edge that ada has
    "iam-001": (with_policy, ACCOUNT),
    "iam-005": (actor("role", on="self"), ACCOUNT),
    "iam-007": (actor("user", on="self"), ACCOUNT),
    "iam-008": (actor("user", on="self"), ACCOUNT),
    "iam-009": (actor("role", on="self"), ACCOUNT),
    "iam-010": (in_group, ACCOUNT),
    "iam-011": (in_group, ACCOUNT),
    "iam-013": (joins, ACCOUNT),
    "iam-002": (on_user(access_keys=(1, 2)), OF_BOT),
    "iam-003": (on_user(access_keys=(2, 1)), OF_BOT),
    "iam-004": (on_user(login_profile=(False, True)), OF_BOT),
    "iam-006": (on_user(login_profile=(True, False)), OF_BOT),
    "iam-012": (edited, ("CAN_EDIT_TRUST", "build")),
    "iam-014": (on_role, ACCOUNT),
    "iam-015": (on_user(access_keys=(1, 2)), ACCOUNT),
    "iam-016": (on_role, ACCOUNT),
    "iam-017": (on_role, ACCOUNT),
    "iam-018": (on_user(access_keys=(1, 2)), ACCOUNT),
    "iam-019": (on_role, ACCOUNT),
    "iam-020": (on_role, ACCOUNT),
    "iam-021": (on_role, ACCOUNT),
    "sts-001": (trusted, ("CAN_ASSUME", "build")),
    "every-permission": (controlled("user"), ACCOUNT),
    "new-role-attached": (controlled("user"), ACCOUNT),
    "new-role-inline": (controlled("user"), ACCOUNT),
    "new-user-attached": (controlled("role"), ACCOUNT),
    "new-user-inline": (controlled("role"), ACCOUNT),
    "set-default-version": (older_version, ACCOUNT),
    "user-boundary-deleted": (bounded("user", "iam:DeleteUserPermissionsBoundary"), ACCOUNT),
    "role-boundary-deleted": (bounded("role", "iam:DeleteRolePermissionsBoundary"), ACCOUNT),
    "user-boundary-replaced": (bounded("user", "iam:PutUserPermissionsBoundary"), ACCOUNT),
    "role-boundary-replaced": (bounded("role", "iam:PutRolePermissionsBoundary"), ACCOUNT),
    "boundary-version": (bounded_by_own_policy, ACCOUNT),
    "user-policy-detached": (braked("user", "managed"), ACCOUNT),
    "role-policy-detached": (braked("role", "managed"), ACCOUNT),
    "user-policy-deleted": (braked("user", "inline"), ACCOUNT),
    "role-policy-deleted": (braked("role", "inline"), ACCOUNT),
    "group-left": (braked_by_group, ACCOUNT),
    "group-user-key": (group_of_bot, ACCOUNT),
    "group-attached-user-key": (group_of_bot, ACCOUNT),
    "policy-version-user-key": (policy_of_bot, ACCOUNT),
    "added-user-key": (added_bot, ACCOUNT),
    "role-policy-passed": (passed, ACCOUNT),
    "role-attached-passed": (passed, ACCOUNT),
    "policy-version-passed": (passed, ACCOUNT),
    "saml-metadata": (federated, ("CAN_FORGE_SAML", "build")),
    "secret-own-policy": (stored("AWSSecret", SECRET, "secretsmanager:GetSecretValue"), READ),
    "bucket-own-policy": (bucket, ("CAN_READ_STORE", "arn:aws:s3:::logs")),
    "key-own-policy": (with_key, READ),
    "key-grant": (with_key, READ),
}


def derived(method, actions, *, so=True):
    """Return the methods by which ada has the edge, in the account of a method."""
    build, (kind, target) = WORKED[method.id]
    account = Account()
    build(account, list(actions), so)
    found = account.methods(kind, "ada")
    return {named for end, names in found.items() if end.endswith(target) for named in names}


def test_every_method_on_principals_and_policies_has_an_account_here():
    workloads = {"CAN_PASS_ROLE", "CAN_RUN_ON"}  # these have theirs from the table
    assert WORKED.keys() == {
        each.id for each in METHODS if each.edge and each.edge not in workloads
    }


@pytest.mark.parametrize("name", WORKED)
def test_a_method_is_found_with_all_that_it_takes(name):
    method = BY_ID[name]
    assert name in derived(method, method.actions)


@pytest.mark.parametrize("name", WORKED)
def test_a_method_is_lost_with_any_permission_that_it_takes(name):
    method = BY_ID[name]
    for missing in method.actions:
        rest = [each for each in method.actions if each != missing] or ["s3:List*"]
        assert name not in derived(method, rest), missing


@pytest.mark.parametrize("name", WORKED)
def test_a_method_is_lost_with_what_else_has_to_be_so(name):
    method = BY_ID[name]
    assert name not in derived(method, method.actions, so=False)
