"""A generated AWS account: principals, policies and trust of the sorts that accounts have."""

from __future__ import annotations

import random
from typing import Any

ACCOUNT = "111122223333"
_SERVICES = ("lambda", "ec2", "ecs-tasks", "glue", "codebuild", "sagemaker", "cloudformation")
_READS = ("s3:Get*", "s3:List*", "ec2:Describe*", "logs:*", "cloudwatch:*", "dynamodb:Query")
_POWERS = (
    "iam:PassRole",
    "sts:AssumeRole",
    "lambda:*",
    "ec2:RunInstances",
    "ecs:*",
    "ssm:StartSession",
    "secretsmanager:GetSecretValue",
    "iam:CreateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreatePolicyVersion",
    "codebuild:*",
    "glue:*",
)


def account(principals: int, policies: int, seed: int = 7) -> dict[str, Any]:
    """Return what `aws iam get-account-authorization-details` would print."""
    pick = random.Random(seed)  # noqa: S311  a generator of cases
    managed = [_managed(number, pick) for number in range(policies)]
    arns = [each["Arn"] for each in managed]
    users = [_user(number, arns, pick) for number in range(principals // 2)]
    roles = [_role(number, arns, pick) for number in range(principals - len(users))]
    groups = [_group(number, arns, pick) for number in range(20)]
    return {
        "UserDetailList": users,
        "GroupDetailList": groups,
        "RoleDetailList": roles,
        "Policies": managed,
    }


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def _document(pick: random.Random, powers: float) -> dict[str, Any]:
    statements = []
    for _ in range(pick.randint(1, 4)):
        some = _POWERS if pick.random() < powers else _READS
        team = f"team{pick.randint(0, 40)}-*"
        resource: Any = (
            "*"
            if pick.random() < 0.3
            else [
                f"arn:aws:iam::{ACCOUNT}:role/{team}",
                f"arn:aws:s3:::{team}",
                f"arn:aws:lambda:*:{ACCOUNT}:function:{team}",
            ]
        )
        statement = {
            "Effect": "Deny" if pick.random() < 0.05 else "Allow",
            "Action": pick.sample(some, pick.randint(1, 3)),
            "Resource": resource,
        }
        if pick.random() < 0.1:
            statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _managed(number: int, pick: random.Random) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [everything]}
    return {
        "PolicyName": f"p{number}",
        "Arn": _arn("policy", f"p{number}"),
        "DefaultVersionId": "v1",
        "PolicyVersionList": [
            {
                "VersionId": "v1",
                "IsDefaultVersion": True,
                "Document": document if number == 0 else _document(pick, 0.15),
            }
        ],
    }


def _held(arns: list[str], pick: random.Random) -> list[dict[str, str]]:
    some = pick.sample(arns[1:], pick.randint(1, 3))
    if pick.random() < 0.02:
        some.append(arns[0])
    return [{"PolicyArn": each, "PolicyName": each.rpartition("/")[2]} for each in some]


def _user(number: int, arns: list[str], pick: random.Random) -> dict[str, Any]:
    return {
        "UserName": f"u{number}",
        "UserId": f"AIDA{number:016}",
        "Arn": _arn("user", f"u{number}"),
        "GroupList": [f"g{pick.randint(0, 19)}"],
        "AttachedManagedPolicies": _held(arns, pick),
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": _document(pick, 0.1)}],
    }


def _group(number: int, arns: list[str], pick: random.Random) -> dict[str, Any]:
    return {
        "GroupName": f"g{number}",
        "Arn": _arn("group", f"g{number}"),
        "AttachedManagedPolicies": _held(arns, pick)[:2],
        "GroupPolicyList": [],
    }


def _role(number: int, arns: list[str], pick: random.Random) -> dict[str, Any]:
    name = f"team{number % 41}-r{number}"
    who: dict[str, Any] = {"Service": f"{pick.choice(_SERVICES)}.amazonaws.com"}
    if pick.random() < 0.3:
        who = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}],
    }
    return {
        "RoleName": name,
        "RoleId": f"AROA{number:016}",
        "Arn": _arn("role", name),
        "AssumeRolePolicyDocument": trust,
        "AttachedManagedPolicies": _held(arns, pick),
        "RolePolicyList": [],
        "InstanceProfileList": [_profile(name)] if who.get("Service", "")[:4] == "ec2." else [],
    }


def _profile(name: str) -> dict[str, str]:
    return {"InstanceProfileName": name, "Arn": _arn("instance-profile", name)}
