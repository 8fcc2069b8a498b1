"""What a pull tells of its calls: a call that did not answer is a gap, one that did is whole."""

from __future__ import annotations

import json

import pytest

from idgraph.records import CoverageRecord, NodeRecord, Rejected
from loaders import loader
from loaders.aws_iam.pulled import MEMBER

ONE, TWO = "111122223333", "444455556666"


def call(record, outcome="ok", account=ONE, **more):
    said = {"Service": "lambda", "Operation": "ListFunctions", "Account": account}
    return said | {"Region": "eu-west-1", "Record": record, "Outcome": outcome} | more


@pytest.fixture
def pulled(tmp_path):
    """Return a function that reads pulls: folders of calls and answers, to what each share says."""

    def pulled(*pulls):
        folders = []
        for number, (calls, *answers) in enumerate(pulls):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "pull.json").write_text(json.dumps({MEMBER: calls}))
            for at, answer in enumerate(answers):
                (folder / f"{at}.json").write_text(json.dumps(answer))
            folders.append(folder)
        found = loader("aws_iam").shares(folders)
        return {each.source.scope: list(each.read(None)) for each in found}

    return pulled


def covered(records):
    return {each.record: each for each in records if isinstance(each, CoverageRecord)}


def test_a_kind_whose_calls_all_answered_is_whole_without_an_item(pulled):
    found = covered(pulled([[call("Lambda function"), call("secret", Items=0)]])[ONE])
    assert found["Lambda function"].complete
    assert found["secret"].complete
    assert not found["Glue job"].complete


@pytest.mark.parametrize(
    ("outcome", "word"),
    [("denied", "was denied"), ("failed", "failed"), ("skipped", "was left out")],
)
def test_a_call_that_did_not_answer_is_named_with_its_place_and_code(pulled, outcome, word):
    calls = [
        call("Lambda function", Region="us-east-1", Items=2),
        call("Lambda function", outcome, Code="AccessDeniedException"),
    ]
    said = covered(pulled([calls])[ONE])["Lambda function"]
    assert not said.complete
    assert said.about == f"lambda ListFunctions in eu-west-1 {word} (AccessDeniedException)"


def test_a_call_of_another_account_says_nothing_of_this_one(pulled):
    found = pulled([[call("secret")]], [[call("secret", "denied", account=TWO)]])
    assert covered(found[ONE])["secret"].complete
    assert not covered(found[TWO])["secret"].complete


def test_what_was_pulled_and_is_not_there_is_not_whole(pulled):
    said = covered(pulled([[call("secret", Items=3)]])[ONE])["secret"]
    assert (said.complete, said.about) == (False, "what was pulled of it is not there")


POLICY = {
    "Policy": {
        "PolicySummary": {
            "Arn": f"arn:aws:organizations::{ONE}:policy/o-exampleorgid/service_control_policy/p-1",
            "Name": "guardrail",
            "Type": "SERVICE_CONTROL_POLICY",
        },
        "Content": json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}),
    }
}


def test_a_call_about_an_organisation_says_something_of_the_one_beside_it_alone(pulled):
    calls = [call("control policy", "denied", Operation="DescribePolicy", Region="")]
    found = pulled([calls, POLICY], [[call("control policy", "denied", account=TWO)]])
    said = covered(found["o-exampleorgid"])["control policy"]
    assert said.about == "lambda DescribePolicy was denied"
    assert set(found) == {"o-exampleorgid"}  # who asks about it was not pulled itself


def test_a_call_about_an_organisation_that_nothing_names_says_something_of_its_account(pulled):
    found = pulled([[call("control policy", "denied")]])
    assert not covered(found[ONE])["control policy"].complete


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (call("Lambda functions"), "Record"),
        (call("secret", "perhaps"), "Outcome"),
        (call("secret", None), "Outcome"),
        (call("secret") | {"Region": 7}, "Region"),
    ],
)
def test_a_call_that_cannot_be_understood_is_rejected_and_says_nothing(pulled, bad, place):
    records = pulled([[bad, call("Glue job")]])[ONE]
    assert [e.place for e in records if isinstance(e, Rejected)] == [
        f"pull.json#/{MEMBER}/0/{place}"
    ]
    assert not covered(records)["secret"].complete
    assert covered(records)["Glue job"].complete


def test_a_pull_that_got_no_answer_at_all_is_of_its_account(pulled):
    records = pulled([[call("IAM user", "denied")]])[ONE]
    assert {e.id for e in records if isinstance(e, NodeRecord)} == {ONE}
