"""Each thing that stops somebody in the sample's AWS accounts is what stops them: without it, none.

The accounts are loaded once more with that one thing taken away.
"""

import json
import shutil

import pytest

import idgraph
from idgraph.shipped import shipped
from sample_data import aws_estate, aws_policies, plan_aws
from sample_data.plan_aws import PRODUCTION, SANDBOX

pytestmark = pytest.mark.slow
DETAILS = "authorization-details.json"


def the(items, key, value):
    (found,) = [each for each in items if each[key] == value]
    return found


def role(document, wanted):
    return the(document["RoleDetailList"], "Arn", wanted.arn)


def without_boundary(document):
    del role(document, aws_estate.PLATFORM_DEPLOY)["PermissionsBoundary"]


def without_denial(document):
    held = role(document, aws_estate.SETTLEMENT_RUNNER)["AttachedManagedPolicies"]
    held.remove(the(held, "PolicyArn", aws_policies.NO_SIGNING.arn))


def trusting_lambda(document):
    trust = aws_policies.by_service("lambda")
    role(document, aws_estate.ARCHIVE)["AssumeRolePolicyDocument"] = trust


def without_passed_to(document):
    policy = the(document["Policies"], "Arn", aws_policies.BUILD.arn)
    statements = policy["PolicyVersionList"][0]["Document"]["Statement"]
    del the(statements, "Sid", "PassToTasks")["Condition"]


def without_its_key(document):
    del the(document["SecretList"], "ARN", aws_estate.PARTNER_TOKEN.arn)["KmsKeyId"]


def without_its_policy(document):
    told = document["ResourcePolicies"]
    told.remove(the(told, "Arn", aws_estate.SESSION_KEY.arn))


def active(document):
    the(document["AccessKeyMetadata"], "AccessKeyId", aws_estate.DEAD_KEY.id)["Status"] = "Active"


def without_control(document):
    controls = document["OrganizationPolicies"]
    controls[:] = [
        each for each in controls if each["PolicySummary"]["Name"] != "NoUserCredentials"
    ]


PIPELINE, RUNNER = aws_estate.PLATFORM_DEPLOY.arn, aws_estate.SETTLEMENT_RUNNER.arn
TAKEN_AWAY = (
    (without_boundary, f"{PRODUCTION}/{DETAILS}", PIPELINE, PRODUCTION),
    (trusting_lambda, f"{PRODUCTION}/{DETAILS}", PIPELINE, aws_estate.ARCHIVE.arn),
    (without_denial, f"{PRODUCTION}/{DETAILS}", RUNNER, aws_estate.RELEASE_KEY.arn),
    (without_its_key, f"{PRODUCTION}/secrets.json", RUNNER, aws_estate.PARTNER_TOKEN.arn),
    (without_its_policy, f"{PRODUCTION}/resource-policies.json", RUNNER, plan_aws.SESSION_KEY.arn),
    (
        without_passed_to,
        f"{PRODUCTION}/{DETAILS}",
        aws_estate.BUILD_RUNNER.arn,
        aws_estate.PROVISIONER.arn,
    ),
    (active, f"{PRODUCTION}/access-keys.json", aws_estate.DEAD_KEY.id, PRODUCTION),
    (without_control, "organisation/control-policies.json", plan_aws.LAB_HELPER.arn, SANDBOX),
)


@pytest.mark.parametrize(
    ("take_away", "file", "who", "what"), TAKEN_AWAY, ids=lambda each: getattr(each, "__name__", "")
)
def test_without_what_stops_it_the_way_is_open(take_away, file, who, what, tmp_path):
    shutil.copytree(shipped("sample_data") / "northlight" / "aws", tmp_path / "aws")
    folders = [tmp_path / "aws" / PRODUCTION]
    if what == SANDBOX:
        folders = [tmp_path / "aws" / SANDBOX, tmp_path / "aws" / "organisation"]
    changed = tmp_path / "aws" / file
    document = json.loads(changed.read_text(encoding="utf-8"))

    def ways():
        store = tmp_path / "own.duckdb"
        store.unlink(missing_ok=True)
        explorer = idgraph.open(store, create=True)
        explorer.load("aws_iam", *folders, observed_at="2026-10-26T06:00:00Z")
        return [each.verdict for each in explorer.path(who, what, k=1)]

    assert ways() == []
    take_away(document)
    changed.write_text(json.dumps(document), encoding="utf-8")
    assert ways() == ["reached"]
