"""What is decided once for many resources is what a decision on each of them says."""

from __future__ import annotations

import random as _random
from dataclasses import replace

import numpy as np
import pytest

from idgraph.derive.aws.estate import Principal
from idgraph.derive.aws.grants import may, may_all, may_at_all, of_arns
from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Context,
    Layer,
    Policies,
    Request,
    Verdict,
    decide,
    parse_policy,
)
from idgraph.derive.aws.targets import Targets, tag_values

random = _random.Random()  # noqa: S311  a generator of cases
HERE, THERE = "111122223333", "444455556666"
ARNS = [
    *(f"arn:aws:iam::{account}:role/{name}" for account in (HERE, THERE) for name in ("a1", "a2")),
    *(f"arn:aws:iam::{HERE}:user/{name}" for name in ("ada", "bob", "b*")),
    *(f"arn:aws:secretsmanager:eu-west-1:{HERE}:secret:{name}" for name in ("red-1", "blue-1")),
    "arn:aws:s3:::a1/x",
]
TAGS = [(), ("team=red",), ("team=blue",), ("team=red", "stage=prod")]
ACTIONS = ["sts:AssumeRole", "iam:PassRole", "secretsmanager:GetSecretValue", "s3:GetObject"]
PATTERNS = [
    "*",
    "arn:aws:iam::*:role/*",
    f"arn:aws:iam::{HERE}:*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:secretsmanager:*:secret:${aws:ResourceTag/team, 'none'}-*",
    "arn:aws:s3",
    "arn:aws:iam::${aws:ResourceAccount}:role/a1",
    f"arn:aws:iam::{THERE}:role/a?",
    "arn:aws:secretsmanager:*:*:secret:${x:given}-1",
]
CONDITIONS = [
    {"StringEquals": {"aws:ResourceTag/team": "red"}},
    {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"StringEquals": {"aws:ResourceAccount": HERE}},
    {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-1"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"x:given": "red"}},
    {"StringLike": {"aws:username": "a*"}},
]


@pytest.mark.parametrize("seed", range(4))
def test_many_targets_decided_at_once_are_each_decided_alone(seed):
    random.seed(seed)
    granted = 0
    for _ in range(120):
        principal, targets = _principal(), _targets()
        given = Context({"x:given": (random.choice(["red", "blue"]),)})
        for action in ACTIONS:
            found = may(principal, action, targets, given)
            granted += len(found)
            for number, arn in enumerate(targets.arns):
                at_once = {each.way.needs for each in found if number in each.at}
                alone = _alone(principal, action, arn, targets.values[number], given)
                assert at_once == {way.needs for way in alone}, (principal.policies, action, arn)
            assert may_at_all(principal, action) or not found
    assert granted > 200


def _alone(principal, action, arn, values, given):
    own = arn.split(":")[4] in {HERE, ""}
    known = principal.context.having(given.values).having(values)
    if action.startswith("iam:"):
        known = known.having({"aws:requestedregion": ("us-east-1",)})
    known = known.having(principal.place.values if own else {})
    policies = principal.policies if own else replace(principal.policies, rcps=())
    return decide(Request(action, arn, principal.asker, HERE, known), policies).ways


def _principal():
    def some(most, least=1):
        return _layer(*(_statement() for _ in range(random.randint(least, most))))

    return Principal(
        node=0,
        arn=f"arn:aws:iam::{HERE}:user/ada",
        account=HERE,
        asker=Asker(f"arn:aws:iam::{HERE}:user/ada", HERE, Caller.USER),
        policies=Policies(
            identity=some(5),
            boundary=some(3) if random.random() < 0.3 else None,
            scps=(some(3),) if random.random() < 0.3 else (),
            rcps=(some(3),) if random.random() < 0.4 else (),
        ),
        context=Context({"aws:username": ("ada",), "aws:principaltag/team": ("red",)}),
        place=Context({"aws:resourceaccount": (HERE,), "aws:resourceorgid": ("o-1",)}),
    )


def _layer(*statements):
    return Layer((parse_policy("p", {"Version": "2012-10-17", "Statement": list(statements)}),))


def _statement():
    raw = {
        "Effect": random.choice(["Allow", "Allow", "Allow", "Deny"]),
        random.choice(["Action", "Action", "NotAction"]): random.choice(
            [*ACTIONS, "iam:*", "*", "s*:*", "?am:Pass*"]
        ),
        random.choice(["Resource", "Resource", "NotResource"]): random.sample(PATTERNS, 2),
    }
    if random.random() < 0.4:
        raw["Condition"] = random.choice(CONDITIONS)
    return raw


def _targets():
    arns = random.sample(ARNS, random.randint(1, len(ARNS)))
    values = tuple(tag_values(random.choice(TAGS)) for _ in arns)
    return Targets(np.arange(len(arns), dtype=np.int32), tuple(arns), values)


def test_several_actions_are_allowed_where_each_is():
    principal = replace(
        _principal(),
        policies=Policies(
            identity=_layer(
                _allow("iam:PassRole", ARNS[0]),
                _allow("iam:PassRole", ARNS[4]),
                _allow("sts:AssumeRole", ARNS[0]),
            )
        ),
    )
    found = may_all(principal, ("iam:PassRole", "sts:AssumeRole"), of_arns(ARNS))
    assert [each.at.tolist() for each in found] == [[0]]


def _allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_a_statement_is_found_by_its_service_however_the_action_is_written():
    told = ["IAM:PassRole", "i?m:PassRole", "*:PassRole", "*", "i*"]
    for action in told:
        principal = replace(_principal(), policies=Policies(identity=_layer(_allow(action, "*"))))
        assert may_at_all(principal, "iam:PassRole"), action
    other = replace(_principal(), policies=Policies(identity=_layer(_allow("s3:*", "*"))))
    assert not may_at_all(other, "iam:PassRole")


def test_the_statements_of_a_layer_keep_their_order():
    allows = [_allow(action, "*") for action in ("s3:*", "*", "s3:Get*", "ec2:*", "s?:GetObject")]
    some = _layer(*allows).naming("s3:GetObject")
    assert [each.actions[0] for each in some] == ["s3:*", "*", "s3:get*", "s?:getobject"]


def test_a_decision_for_one_target_says_what_a_decision_says():
    principal = replace(_principal(), policies=Policies(identity=_layer(_allow("*", "*"))))
    (grant,) = may(principal, "iam:PassRole", of_arns(ARNS[:1]))
    request = Request("iam:PassRole", ARNS[0], principal.asker, HERE)
    assert decide(request, principal.policies).verdict is Verdict.ALLOWED
    assert grant.at.tolist() == [0]
