"""Laws of the table of calls: it matches AWS's own models, the loader, the policy and the docs."""

from __future__ import annotations

import json
import re

import botocore.session
import pytest
from botocore import xform_name
from typer.main import get_command

import loaders
from idgraph.cli import app
from idgraph.pull.calls import INTO_ITEM, NOWHERE, below, calls, follows, named, policy
from loaders.aws_iam import answers
from tests.idgraph.pull.documented import DOCUMENT, call_rows, written
from tests.idgraph.pull.fake_aws import ANSWERS

CALLS = {call.name: call for call in calls()}
IDS = {"ExternalIds.Issuer", "ExternalIds.Id"}
SENSITIVE_AND_NEEDED = {  # names and ids of people: without them nobody is found or told apart
    "identitystore.ListUsers": IDS | {"UserName", "DisplayName", "Emails.Value", "Emails.Primary"},
    "identitystore.ListGroups": IDS | {"DisplayName"},
    "organizations.ListAccountsForParent": {"Name", "Email"},
}
SECRET_READING = {
    "cloudformation:GetTemplate",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetPasswordData",
    "iam:CreateAccessKey",
    "kms:Decrypt",
    "lambda:GetFunction",
    "lambda:InvokeFunction",
    "s3:GetObject",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "sts:AssumeRole",
}
BY_CODE = {"sts.GetCallerIdentity", "ec2.DescribeRegions"}


@pytest.fixture(scope="module")
def models():
    session = botocore.session.get_session()
    found = {}

    def operation(call):
        if call.service not in found:
            found[call.service] = session.get_service_model(call.service)
        return found[call.service].operation_model(call.operation)

    return operation


def leaves(fields, above=""):
    for name, inner in fields.items():
        yield from leaves(inner, f"{above}{name}.") if inner else [f"{above}{name}"]


def shape_at(shape, path):
    for name in path.split("."):
        shape = shape.member if shape.type_name == "list" else shape
        shape = shape.members[name]
    return shape


def shape_of(model, part):
    return shape_at(model.output_shape, part.member) if part.member else model.output_shape


def item_shape(model, part):
    shape = shape_of(model, part)
    return shape.member if shape.type_name == "list" else shape


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_its_arguments_and_the_fields_kept_are_aws_own(call, models):
    model = models(call)
    known = set(model.input_shape.members) if model.input_shape else set()
    assert all(set(arguments) <= known for arguments in call.arguments)
    required = set(model.input_shape.required_members) if model.input_shape else set()
    assert all(required <= set(arguments) for arguments in call.arguments)
    for part in call.parts:
        shape = item_shape(model, part)
        assert part.one is (shape_of(model, part).type_name == "structure")
        for path in leaves(part.keep):
            assert shape_at(shape, path) is not None


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_field_is_kept_that_aws_calls_sensitive_but_the_names_of_people(call, models):
    for part in call.parts:
        shape = item_shape(models(call), part)
        sensitive = set()
        for path in leaves(part.keep):
            parts = path.split(".")
            above = [".".join(parts[: i + 1]) for i in range(len(parts))]
            if any(shape_at(shape, each).metadata.get("sensitive") for each in above):
                sensitive.add(path)
        assert sensitive <= SENSITIVE_AND_NEEDED.get(call.name, set())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_is_asked_in_one_way(call):
    ways = [bool(call.of), call.begin, call in roots()]
    assert sum(ways) == 1
    assert call.why
    for part in call.parts:
        assert part.put != INTO_ITEM or call.of
        assert part.record or call.name in BY_CODE


def roots():
    return [call for call in calls() if not call.of and not call.begin]


def test_every_call_can_be_come_to_and_is_there_once():
    reached = {each.name for root in roots() for each in (root, *below(root))}
    assert reached | {call.name for call in calls() if call.begin} == set(CALLS)
    assert len(CALLS) == len(calls())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_a_call_is_made_of_is_kept_by_the_call_before(call):
    for name in call.of:
        before = named(name.partition("/")[0])
        parts = [part for part in before.parts if call in follows(before, part)]
        assert len(parts) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_written_the_loader_reads_as_the_same_kind_of_record(call):
    kinds = loaders.loader("aws_iam").record_kinds
    for part in call.parts:
        assert part.record in kinds or call.name in BY_CODE
        if part.put not in (INTO_ITEM, NOWHERE) and not call.begin:
            assert answers.CONVERTERS[part.put][0] == part.record


def test_the_policy_reads_no_secret_and_changes_nothing():
    for statement in policy()["Statement"]:
        assert not set(statement["Action"]) & SECRET_READING
        for action in statement["Action"]:
            verb = action.partition(":")[2]
            assert re.match("Get|List|Describe|BatchGet|GenerateCredentialReport", verb), action
            assert "*" not in action
            assert "Value" not in verb


def test_the_policy_has_what_every_call_needs_and_no_more():
    actions = [action for each in policy()["Statement"] for action in each["Action"]]
    assert sorted(actions) == sorted({each for call in calls() for each in call.actions})


def test_the_policy_without_the_organisation_asks_for_nothing_of_it():
    (statement,) = policy(organisation=False)["Statement"]
    services = {action.partition(":")[0] for action in statement["Action"]}
    assert not services & {"organizations", "sso", "identitystore"}


def test_the_docs_tell_of_the_policy_and_of_every_call_as_the_table_does():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert written(text) == text
    assert json.dumps(policy(), indent=2) in text
    assert all(row in text for row in call_rows())


def test_the_docs_name_the_options_that_there_are():
    text = DOCUMENT.read_text(encoding="utf-8")
    said = set(re.findall(r"^\| `(-[-\w]+)", text, re.MULTILINE))
    params = get_command(app).commands["pull"].commands["aws"].params
    taken = {opt for each in params for opt in (*each.opts, *each.secondary_opts)}
    assert said
    assert said <= taken


def test_the_commands_of_the_docs_are_the_calls_of_the_table():
    text = DOCUMENT.read_text(encoding="utf-8")
    said = set(
        re.findall(r"\baws ([a-z0-9-]+ [a-z]+(?:-[a-z0-9]+)+)", text.partition("by hand")[2])
    )
    known = {f"{each.service} {xform_name(each.operation, '-')}" for each in calls()}
    assert len(said) > 20
    assert {each.replace("s3api", "s3") for each in said} <= known


def test_the_small_account_answers_every_call():
    assert set(ANSWERS) == set(CALLS)
