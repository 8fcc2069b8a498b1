"""The repositories that trust policies and federated credentials name."""

import pytest

from idgraph.records import NodeRecord

GITHUB = "token.actions.githubusercontent.com"
ROLE = "arn:aws:iam::111122223333:role/deploy"


def statement(condition):
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {f"{GITHUB}:sub": "repo:O/r:pull_request"}}, {"O/r"}),
        ({"StringLike": {f"{GITHUB}:SUB": ["repo:O/r:*", "repo:a/b:ref:x"]}}, {"O/r", "a/b"}),
        ({"StringLike": {f"{GITHUB}:sub": "repo:O/*"}}, set()),
        ({"StringEquals": {f"{GITHUB}:aud": "repo:O/r:x"}}, set()),
        ({"StringEquals": {"gitlab.com:sub": "repo:O/r:x"}}, set()),
        ({"StringEquals": {f"{GITHUB}:sub": [7, None, "repo:O/r:x"]}}, {"O/r"}),
        ({"StringEquals": ["repo:O/r:x"]}, set()),
        ({"StringEquals": None}, set()),
        ("StringEquals", set()),
        (None, set()),
    ],
)
def test_a_trust_policy_mentions_the_repositories_that_it_names(read, condition, expected):
    document = {"Version": "2012-10-17", "Statement": [statement(condition), 3]}
    role = {"RoleName": "deploy", "Arn": ROLE, "AssumeRolePolicyDocument": document}

    done = read("aws_iam", {"RoleDetailList": [role]})

    found = [each for each in done.of(NodeRecord) if each.kind == "GitHubRepository"]
    assert {each.name for each in found} == expected
    assert all(each.mention for each in found)
    assert all(each.evidence.endswith("Document/Statement/0") for each in found)
    assert {each.id for each in found} == {f"github:{name.lower()}" for name in expected}
