"""A principal picks the name of what it makes: any that all of its policies leave free."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, Account, allow, deny, service

START = ["lambda:CreateFunction", "lambda:InvokeFunction"]
OURS = f"arn:aws:lambda:eu-west-1:{ONE}:function:ours-*"
PASS = allow("iam:PassRole")


def not_on(resource):
    return {"Effect": "Deny", "Action": START, "NotResource": resource}


@pytest.mark.parametrize(
    ("own", "boundary", "scp"),
    [
        ([allow(START, OURS)], None, None),
        ([allow("*")], [allow(START, OURS), PASS], None),
        ([allow("*")], None, [allow(START, OURS), PASS]),
        ([allow("*"), not_on(OURS)], None, None),
    ],
    ids=["its own policy", "its boundary", "a control policy", "a denial of all others"],
)
def test_a_name_is_found_that_one_policy_alone_leaves_free(own, boundary, scp):
    account = Account()
    account.role("target", trust=service("lambda"))
    account.role("actor", *own, PASS, trust=service("ec2"), boundary=boundary)
    if scp:
        account.scp("limits", *scp)
    assert ("actor", "target") in account.pairs("CAN_PASS_ROLE")


def test_no_name_is_found_where_the_policies_have_none_in_common():
    account = Account()
    account.role("target", trust=service("lambda"))
    theirs = allow(START, OURS.replace("ours", "theirs"))
    account.role("actor", theirs, PASS, trust=service("ec2"), boundary=[allow(START, OURS), PASS])
    account.role("denied", allow(START), deny(START), PASS, trust=service("ec2"))
    assert account.pairs("CAN_PASS_ROLE") == set()
