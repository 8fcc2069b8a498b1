"""AWS answers as the command line prints them, and what becomes of what cannot be understood."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from idgraph.errors import InputError
from idgraph.records import CoverageRecord, EdgeRecord, Ignored, NodeRecord, OwnerClaim, Rejected

ACCOUNT = "111122223333"
ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
CANARY = "CANARY-7f3a-MUST-NEVER-BE-STORED"


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def user(name="ada", **more):
    return {
        "UserName": name,
        "Arn": arn("user", name),
        "CreateDate": "2025-01-01 00:00:00+00:00",
    } | more


def role(name="build", trust=ALL, **more):
    return {"RoleName": name, "Arn": arn("role", name), "AssumeRolePolicyDocument": trust} | more


@pytest.fixture
def aws(read):
    return lambda *documents, scope=None: read("aws_iam", *documents, scope=scope)


def edges(found, kind):
    return {(each.source, each.target) for each in found.of(EdgeRecord) if each.kind == kind}


def node(found, node_id):
    (one,) = [e for e in found.of(NodeRecord) if e.id == node_id and not e.mention]
    return one


def gaps(found):
    return {each.record: each.about for each in found.of(CoverageRecord) if not each.complete}


def test_the_account_is_read_from_the_arns(aws):
    assert aws({"UserDetailList": [user()]}).reading.source.scope == ACCOUNT


def test_a_group_with_a_path_is_found_by_its_name(aws):
    group = {"GroupName": "staff", "Arn": arn("group", "eu/staff")}
    found = aws({"UserDetailList": [user(GroupList=["staff"])], "GroupDetailList": [group]})
    assert edges(found, "IN_GROUP") == {(arn("user", "ada"), arn("group", "eu/staff"))}


@pytest.mark.parametrize(
    "document", [ALL, json.dumps(ALL), quote(json.dumps(ALL))], ids=["decoded", "text", "encoded"]
)
def test_a_document_is_read_in_each_of_its_forms(aws, document):
    inline = [{"PolicyName": "own", "PolicyDocument": document}]
    found = aws({"UserDetailList": [user(UserPolicyList=inline)]})
    statement = node(found, f"{arn('user', 'ada')}#policy/own#All")
    assert json.loads(statement.properties["statement"])["Action"] == "*"
    assert not found.reading.counts.rejected


def test_a_statement_names_its_place_in_the_file(aws):
    found = aws({"RoleDetailList": [role(trust={"Statement": [{"Effect": "Allow"}]})]})
    (statement,) = [e for e in found.of(NodeRecord) if e.kind == "AWSPolicyStatement"]
    place = "export.json#/RoleDetailList/0/AssumeRolePolicyDocument/Statement/0"
    assert statement.evidence == place


def test_a_statement_keeps_its_identity_when_others_are_put_before_it(aws):
    one = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    two = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}

    def ids(*statements):
        found = aws({"RoleDetailList": [role(trust={"Statement": list(statements)})]})
        return {e.id for e in found.of(NodeRecord) if e.kind == "AWSPolicyStatement"}

    assert ids(one) < ids(two, one)


def test_each_version_of_a_managed_policy_is_kept_apart(aws):
    policy = {
        "PolicyName": "p",
        "Arn": arn("policy", "p"),
        "DefaultVersionId": "v2",
        "PolicyVersionList": [
            {"VersionId": "v2", "IsDefaultVersion": True, "Document": ALL},
            {"VersionId": "v1", "IsDefaultVersion": False, "Document": ALL},
        ],
    }
    found = aws({"Policies": [policy]})
    assert node(found, f"{arn('policy', 'p')}#All").properties["default_version"] is True
    assert node(found, f"{arn('policy', 'p')}#v1/All").properties["default_version"] is False


def test_an_attached_policy_without_a_document_is_missing_and_not_empty(aws):
    attached = [{"PolicyName": "own", "PolicyArn": arn("policy", "own")}]
    found = aws({"UserDetailList": [user(AttachedManagedPolicies=attached)], "Policies": []})
    assert arn("policy", "own") in gaps(found)["managed policy"]
    assert not [each for each in found.of(NodeRecord) if each.id == arn("policy", "own")][1:]


def test_a_boundary_is_read_of_users_and_of_roles(aws):
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", "b")}
    found = aws(
        {
            "UserDetailList": [user(PermissionsBoundary=boundary)],
            "RoleDetailList": [role(PermissionsBoundary=boundary)],
        }
    )
    assert edges(found, "HAS_BOUNDARY") == {
        (arn("user", "ada"), arn("policy", "b")),
        (arn("role", "build"), arn("policy", "b")),
    }


def test_a_null_is_as_good_as_nothing(aws):
    found = aws({"UserDetailList": [user(Tags=None, GroupList=None, PermissionsBoundary=None)]})
    assert found.reading.counts.accepted == 1
    assert not found.reading.counts.rejected


def test_owner_tags_are_claims(aws):
    tags = [{"Key": "Owner", "Value": "ada@northlight.example"}, {"Key": "Stage", "Value": "prod"}]
    found = aws({"RoleDetailList": [role(Tags=tags)]})
    (claim,) = found.of(OwnerClaim)
    assert (claim.node, claim.owner, claim.claim) == (
        arn("role", "build"),
        "upn:ada@northlight.example",
        "tag:owner",
    )


REPORT = (
    "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,"
    "access_key_1_active,access_key_2_active\n"
    f"<root_account>,arn:aws:iam::{ACCOUNT}:root,2020-01-01T00:00:00+00:00,not_supported,"
    "no_information,true,false,false\n"
    f"ada,{arn('user', 'ada')},2020-01-01T00:00:00+00:00,true,2026-01-01T00:00:00+00:00,false,"
    "true,true\n"
)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_credential_report_tells_of_passwords_keys_and_second_factors(aws, tmp_path, form):
    if form == "csv":
        path = tmp_path / "report.csv"
        path.write_text(REPORT, encoding="utf-8")
        found = aws(path)
    else:
        content = base64.b64encode(REPORT.encode()).decode()
        found = aws({"Content": content, "ReportFormat": "text/csv"})
    said = node(found, arn("user", "ada")).properties
    assert (said["login_profile"], said["mfa"], said["access_keys"]) == (True, False, 2)
    assert node(found, f"arn:aws:iam::{ACCOUNT}:root").properties["mfa"] is True


def test_keys_and_passwords_belong_to_the_one_account_that_is_read(aws):
    keys = {
        "AccessKeyMetadata": [{"UserName": "ada", "AccessKeyId": "AKIAEXAMPLE", "Status": "Active"}]
    }
    profile = {"LoginProfile": {"UserName": "ada", "CreateDate": "2025-01-01T00:00:00Z"}}
    found = aws({"UserDetailList": [user()]}, keys, profile)
    assert edges(found, "HAS_ACCESS_KEY") == {(arn("user", "ada"), "AKIAEXAMPLE")}
    assert edges(aws(keys, scope=ACCOUNT), "HAS_ACCESS_KEY") == {
        (arn("user", "ada"), "AKIAEXAMPLE")
    }
    with pytest.raises(InputError, match="names no account"):
        aws(keys)


def test_workloads_name_their_roles_and_values_of_environments_are_dropped(aws):
    function = {
        "FunctionName": "f",
        "FunctionArn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f",
        "Role": arn("role", "build"),
        "Environment": {"Variables": {"PASSWORD": CANARY}},
    }
    task = {
        "taskDefinitionArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/t:1",
        "taskRoleArn": arn("role", "build"),
        "executionRoleArn": arn("role", "pull"),
        "containerDefinitions": [{"environment": [{"name": "K", "value": CANARY}]}],
    }
    instance = {
        "OwnerId": ACCOUNT,
        "Instances": [
            {
                "InstanceId": "i-1",
                "Placement": {"AvailabilityZone": "eu-west-1a"},
                "IamInstanceProfile": {"Arn": arn("instance-profile", "host")},
            }
        ],
    }
    found = aws({"Functions": [function]}, {"taskDefinition": task}, {"Reservations": [instance]})
    assert edges(found, "RUNS_WITH_ROLE") == {
        (function["FunctionArn"], arn("role", "build")),
        (task["taskDefinitionArn"], arn("role", "build")),
        (task["taskDefinitionArn"], arn("role", "pull")),
        (f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1", arn("instance-profile", "host")),
    }
    assert found.reading.counts.values_dropped == 2
    assert CANARY not in repr(found.records)


def test_secrets_parameters_and_buckets_are_stores_and_their_values_never_enter(aws):
    secret = {
        "ARN": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-AbCdEf",
        "Name": "db",
        "KmsKeyId": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k",
        "SecretString": CANARY,
    }
    secure = {
        "ARN": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/db",
        "Name": "/db",
        "Type": "SecureString",
        "Value": CANARY,
    }
    plain = secure | {"ARN": f"{secure['ARN']}2", "Type": "String"}
    bucket = {"Name": "logs", "CreationDate": "2025-01-01T00:00:00Z"}
    found = aws({"SecretList": [secret]}, {"Parameters": [secure, plain]}, {"Buckets": [bucket]})
    kinds = {each.kind for each in found.of(NodeRecord)}
    assert {"AWSSecret", "AWSParameter", "AWSS3Bucket"} <= kinds
    assert edges(found, "ENCRYPTED_WITH") == {(secret["ARN"], secret["KmsKeyId"])}
    assert found.reading.counts.ignored == {"parameter": 1}
    assert found.reading.counts.values_dropped == 3
    assert CANARY not in repr(found.records)


def test_a_policy_of_a_resource_is_its_own_and_of_an_organisation_what_it_is_attached_to(aws):
    resource = {
        "ARN": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-AbCdEf",
        "Name": "db",
        "ResourcePolicy": json.dumps(ALL),
    }
    control = {
        "Policy": {
            "PolicySummary": {
                "Id": "p-1",
                "Arn": "arn:aws:organizations::444455556666:policy/o-1/service_control_policy/p-1",
                "Name": "guardrail",
                "Type": "SERVICE_CONTROL_POLICY",
            },
            "Content": json.dumps(ALL),
            "Targets": [{"TargetId": ACCOUNT, "Name": "prod", "Type": "ACCOUNT"}],
        }
    }
    found = aws(resource, control)
    assert edges(found, "HAS_RESOURCE_POLICY") == {(resource["ARN"], f"{resource['ARN']}#policy")}
    assert edges(found, "HAS_CONTROL_POLICY") == {
        (ACCOUNT, control["Policy"]["PolicySummary"]["Arn"])
    }


def test_identity_center_says_who_is_assigned_what_where(aws):
    store = {"IdentityStoreId": "d-1"}
    permission = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
    found = aws(
        {"Users": [{"UserId": "u-1", "UserName": "ada"} | store]},
        {"Groups": [{"GroupId": "g-1", "DisplayName": "staff"} | store]},
        {"GroupMemberships": [{"GroupId": "g-1", "MemberId": {"UserId": "u-1"}} | store]},
        {"PermissionSet": {"PermissionSetArn": permission, "Name": "Admin"}},
        {
            "AccountAssignments": [
                {
                    "AccountId": ACCOUNT,
                    "PermissionSetArn": permission,
                    "PrincipalType": "GROUP",
                    "PrincipalId": "g-1",
                }
            ]
        },
    )
    assert edges(found, "IN_GROUP") == {("u-1", "g-1")}
    assert edges(found, "ASSIGNED") == {("g-1", permission)}


# Bad input.


def test_every_record_is_accounted_for(aws):
    found = aws({"UserDetailList": [user(), {"UserName": "x"}, 7], "RoleDetailList": [role()]})
    counts = found.reading.counts
    assert counts.records == counts.accepted + sum(counts.ignored.values()) + counts.refused == 4
    assert {each.place for each in found.of(Rejected)} == {
        "export.json#/UserDetailList/1/Arn",
        "export.json#/UserDetailList/2",
    }
    assert gaps(found)["IAM user"] == "2 parts could not be understood"


@pytest.mark.parametrize("document", ["{", "[]", 7, None, ""], ids=repr)
def test_a_document_that_is_none_is_told_and_the_rest_is_kept(aws, document):
    found = aws({"RoleDetailList": [role(trust=document)]})
    assert [each.reason for each in found.of(Rejected)] in (
        ["is no policy document"],
        ["is missing"],
    )
    assert node(found, arn("role", "build"))


@pytest.mark.parametrize("document", [{"data": []}, [], {"Version": 1}], ids=repr)
def test_a_file_of_something_else_is_refused_whole(aws, document):
    with pytest.raises(InputError, match="holds no answer of AWS"):
        aws(document)


def test_a_page_that_says_that_more_follow_is_no_whole_list(aws):
    found = aws({"UserDetailList": [user()], "IsTruncated": True, "Marker": "x"})
    assert gaps(found)["IAM user"] == "a page says that more follow"


def test_a_policy_of_six_thousand_statements_is_read(aws):
    many = {
        "Statement": [
            {"Effect": "Allow", "Action": f"s3:Get{n}", "Resource": "*"} for n in range(6000)
        ]
    }
    found = aws({"RoleDetailList": [role(trust=many)]})
    assert sum(each.kind == "AWSPolicyStatement" for each in found.of(NodeRecord)) == 6000


def test_names_that_would_do_harm_stay_what_they_are(aws):
    name = "</script>\x1b[31m=cmd|'"
    found = aws({"UserDetailList": [user() | {"UserName": name}]})
    assert node(found, arn("user", "ada")).name == name
    assert not [each for each in found.records if isinstance(each, Ignored)]
