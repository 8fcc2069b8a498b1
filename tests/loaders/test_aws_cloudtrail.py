"""CloudTrail: whose power was used, on what, and the forms in which trails are kept."""

import gzip
import json

import pytest

from idgraph.errors import InputError
from loaders import loader
from tests.loaders.logs import ACCOUNT, NOON, aws_user, read, trail

NAME = "aws_cloudtrail"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Admin"


def iam(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def event(folder, name="UpdateLoginProfile", **more):
    return read(NAME, folder, {"Records": [trail(1, eventName=name, **more)]}, scope=ACCOUNT).event


def test_an_event_says_who_did_what_to_whom(tmp_path):
    found = read(NAME, tmp_path, {"Records": [trail(1)]}).event

    assert (found.record, found.id, found.at) == ("trail event", "aws-1", NOON)
    assert found.kind == "LOGIN_PROFILE_CHANGED"
    assert (found.actor, found.target) == (iam("user", "omar"), iam("user", "ada"))
    assert dict(found.properties) == {
        "activity": "UpdateLoginProfile",
        "result": "success",
        "actor_name": "omar",
        "target_name": "ada",
        "channel": "api",
        "tenant": ACCOUNT,
        "ip": "192.0.2.7",
        "correlation": "r1",
    }


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        (aws_user("omar"), iam("user", "omar")),
        (
            {
                "type": "AssumedRole",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/omar",
                "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
            },
            ROLE,
        ),
        (
            {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/omar"},
            f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/omar",
        ),
        (
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/omar",
                "sessionContext": {"sessionIssuer": {"arn": iam("user", "broker")}},
            },
            iam("user", "broker"),
        ),
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, f"arn:aws:iam::{ACCOUNT}:root"),
        ({"type": "Root", "accountId": ACCOUNT}, f"arn:aws:iam::{ACCOUNT}:root"),
        (
            {
                "type": "WebIdentityUser",
                "userName": "repo:acme/app:ref:refs/heads/main",
                "identityProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/"
                "token.actions.githubusercontent.com",
            },
            "oidc:token.actions.githubusercontent.com|repo:acme/app:ref:refs/heads/main",
        ),
        (
            {"type": "SAMLUser", "userName": "ada@acme.example", "identityProvider": "abc="},
            "saml:abc=|ada@acme.example",
        ),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}, "aws:identitystore/u-1"),
        ({"type": "AWSAccount", "accountId": "999988887777"}, "aws:account/999988887777"),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, ""),
    ],
)
def test_the_actor_is_the_identity_whose_power_was_used(identity, actor, tmp_path):
    assert event(tmp_path, userIdentity=identity).actor == actor


def test_the_session_of_a_role_is_named(tmp_path):
    identity = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/omar"}

    assert event(tmp_path, userIdentity=identity).properties["session"] == "omar"


@pytest.mark.parametrize(
    ("name", "asked", "target", "gained"),
    [
        ("CreateLoginProfile", {"userName": "ada"}, iam("user", "ada"), None),
        ("CreateAccessKey", None, iam("user", "omar"), None),
        ("CreateAccessKey", {"userName": "ada"}, iam("user", "ada"), None),
        ("ChangePassword", None, iam("user", "omar"), None),
        (
            "AddUserToGroup",
            {"userName": "ada", "groupName": "admins"},
            iam("user", "ada"),
            iam("group", "admins"),
        ),
        (
            "AttachRolePolicy",
            {"roleName": "Admin", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            ROLE,
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        ("UpdateAssumeRolePolicy", {"roleName": "Admin"}, ROLE, None),
        ("AssumeRole", {"roleArn": ROLE, "roleSessionName": "x"}, ROLE, None),
        ("GetFederationToken", {"name": "x"}, iam("user", "omar"), None),
        ("GetSecretValue", {"secretId": "prod/db"}, "prod/db", None),
        ("PutBucketPolicy", {"bucketName": "logs"}, "arn:aws:s3:::logs", None),
        (
            "ModifySnapshotAttribute",
            {"snapshotId": "snap-1"},
            f"arn:aws:ec2:us-east-1:{ACCOUNT}:snapshot/snap-1",
            None,
        ),
        ("StopLogging", {"name": "trail-1"}, "trail-1", None),
        ("CreateLoginProfile", {"userName": 7}, "", None),
    ],
)
def test_a_call_is_about_what_its_request_names(name, asked, target, gained, tmp_path):
    found = event(tmp_path, name, requestParameters=asked)

    assert (found.target, found.properties.get("object")) == (target, gained)


def test_ids_are_of_the_partition_of_the_caller(tmp_path):
    identity = {"type": "IAMUser", "arn": f"arn:aws-us-gov:iam::{ACCOUNT}:user/omar"}

    assert event(tmp_path, userIdentity=identity).target == (
        f"arn:aws-us-gov:iam::{ACCOUNT}:user/ada"
    )


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({}, "success"),
        ({"errorCode": "AccessDenied"}, "failure"),
        ({"errorMessage": "Failed authentication"}, "failure"),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, "failure"),
        ({"responseElements": {"ConsoleLogin": "Success"}}, "success"),
    ],
)
def test_a_call_that_failed_is_a_failure(fields, result, tmp_path):
    assert event(tmp_path, "ConsoleLogin", **fields).properties["result"] == result


@pytest.mark.parametrize(
    ("fields", "strength"),
    [
        ({"additionalEventData": {"MFAUsed": "Yes"}}, "multiple"),
        ({"additionalEventData": {"MFAUsed": "No"}}, "single"),
        (
            {
                "userIdentity": aws_user("omar")
                | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}
            },
            "multiple",
        ),
        ({}, None),
    ],
)
def test_the_factors_are_those_that_the_event_tells(fields, strength, tmp_path):
    assert event(tmp_path, "ConsoleLogin", **fields).properties.get("strength") == strength


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({}, "api"),
        ({"sessionCredentialFromConsole": "true"}, "portal"),
        ({"eventType": "AwsConsoleSignIn"}, "portal"),
        ({"userIdentity": {"type": "AWSService", "invokedBy": "x"}}, "automation"),
    ],
)
def test_the_channel_is_how_the_call_was_made(fields, channel, tmp_path):
    assert event(tmp_path, **fields).properties["channel"] == channel


def test_a_key_is_known_by_its_id_and_its_secret_is_dropped(tmp_path):
    answer = {"accessKey": {"accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "s3cr3t-value"}}
    document = [trail(1, eventName="CreateAccessKey", responseElements=answer)]

    found = read(NAME, tmp_path, document)

    assert found.event.properties["key"] == ("AKIAEXAMPLE",)
    assert "s3cr3t" not in repr(found.records)
    assert found.reading.counts.values_dropped == 1


def test_what_aws_hides_is_no_secret(tmp_path):
    asked = {"userName": "ada", "password": "***", "newPassword": "HIDDEN_DUE_TO_SECURITY_REASONS"}

    found = read(NAME, tmp_path, [trail(1, requestParameters=asked)])

    assert found.reading.counts.values_dropped == 0


def test_looked_up_events_are_read_from_the_text_inside(tmp_path):
    inner = trail(1, responseElements={"credentials": {"sessionToken": "s3cr3t-value"}})
    looked_up = {
        "Events": [
            {"EventId": "aws-1", "EventName": "x", "CloudTrailEvent": json.dumps(inner)},
            {"EventId": "aws-2", "CloudTrailEvent": "{no json"},
            {"EventId": "aws-3", "CloudTrailEvent": "[1]"},
        ],
        "NextToken": "abc",
    }

    found = read(NAME, tmp_path, looked_up)

    assert found.event.target == iam("user", "ada")
    assert found.event.evidence == "log.json#/Events/0/CloudTrailEvent"
    assert found.rejected == [
        ("log.json#/Events/1/CloudTrailEvent", "is not JSON"),
        ("log.json#/Events/2/CloudTrailEvent", "is not an object"),
    ]
    assert found.reading.counts.values_dropped == 1


def test_the_folders_of_a_trail_are_read_to_their_end(tmp_path):
    for number, day in enumerate(("2026/11/19", "2026/11/20")):
        folder = tmp_path / "AWSLogs" / ACCOUNT / "CloudTrail" / "us-east-1" / day
        folder.mkdir(parents=True)
        text = json.dumps({"Records": [trail(number)]})
        (folder / f"{number}.json.gz").write_bytes(gzip.compress(text.encode()))
    digests = tmp_path / "AWSLogs" / ACCOUNT / "CloudTrail-Digest"
    digests.mkdir()
    (digests / "d.json").write_text(json.dumps({"digestStartTime": NOON, "logFiles": []}))

    reading = loader(NAME).parse([tmp_path])
    list(reading)

    assert reading.counts.accepted == 2
    assert reading.counts.ignored == {"digest": 1}


def test_accounts_are_one_log_only_when_a_scope_names_them_together(tmp_path):
    document = {"Records": [trail(1), trail(2, recipientAccountId="999988887777")]}

    with pytest.raises(InputError, match="events of several accounts"):
        read(NAME, tmp_path, document)
    found = read(NAME, tmp_path, document, scope="o-acme")
    assert [each.properties["tenant"] for each in found.events] == [ACCOUNT, "999988887777"]
