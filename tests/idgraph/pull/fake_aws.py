"""A small AWS account that answers in this process: every call of the table has an answer.

The answers are botocore's parsed ones, so everything above the wire is the real thing: clients,
paginators, errors. What is not kept is there, too, as a canary.
"""

from __future__ import annotations

import copy
import json
import threading
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote

import boto3

ACCOUNT = "111122223333"
OTHER = "444455556666"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/ada"
REGIONS = ("eu-west-1", "us-east-1")
CANARY = "CANARY-7f3a-MUST-NEVER-BE-WRITTEN"
DAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
READ = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": '
    f'{{"AWS": "{ROLE}"}}, "Action": "*", "Resource": "*"}}]}}'
)
REPORT = (
    "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,"
    f"access_key_1_active,access_key_2_active,note\nada,arn:aws:iam::{ACCOUNT}:user/ada,"
    f"2026-11-20T08:00:00+00:00,true,no_information,false,true,false,{CANARY}\n"
)
METADATA = (
    '<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
    f'entityID="https://sts.example/a&amp;b/"><X>{CANARY}</X></md:EntityDescriptor>'
)
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
STORE = "d-0123456789"
SCP = f"arn:aws:organizations::{ACCOUNT}:policy/o-abcdefghij/service_control_policy/p-12345678"


def arn(service, rest):
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{rest}"


def denied(code="AccessDeniedException"):
    return Fault(code, 403)


class Fault:
    """An error as AWS answers it."""

    def __init__(self, code, status=400):
        self.code, self.status = code, status


ANSWERS = {
    "sts.GetCallerIdentity": {"Account": ACCOUNT, "Arn": CALLER, "UserId": "AROAX:ada"},
    "ec2.DescribeRegions": {"Regions": [{"RegionName": name} for name in REGIONS]},
    "iam.GetAccountAuthorizationDetails": {
        "UserDetailList": [
            {
                "Path": "/",
                "UserName": "ada",
                "UserId": "AIDAX",
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
                "CreateDate": DAY,
                "AttachedManagedPolicies": [],
                "Tags": [{"Key": "Owner", "Value": "ada@northlight.example"}],
            }
        ],
        "GroupDetailList": [],
        "RoleDetailList": [
            {
                "Path": "/",
                "RoleName": "runner",
                "RoleId": "AROAR",
                "Arn": ROLE,
                "CreateDate": DAY,
                "AssumeRolePolicyDocument": quote(json.dumps(TRUST)),
                "Description": CANARY,
            }
        ],
        "Policies": [],
        "IsTruncated": False,
    },
    "iam.GenerateCredentialReport": {"State": "COMPLETE"},
    "iam.GetCredentialReport": {"Content": REPORT.encode(), "ReportFormat": "text/csv"},
    "iam.ListAccessKeys": {
        "AccessKeyMetadata": [
            {
                "UserName": "ada",
                "AccessKeyId": "AKIAEXAMPLE",
                "Status": "Active",
                "CreateDate": DAY,
                "SecretAccessKey": CANARY,
            }
        ]
    },
    "iam.GetLoginProfile": {"LoginProfile": {"UserName": "ada", "CreateDate": DAY}},
    "iam.ListOpenIDConnectProviders": {
        "OpenIDConnectProviderList": [
            {"Arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}
        ]
    },
    "iam.GetOpenIDConnectProvider": {
        "Url": "token.actions.githubusercontent.com",
        "ClientIDList": ["sts.amazonaws.com"],
        "ThumbprintList": [CANARY],
        "CreateDate": DAY,
    },
    "iam.ListSAMLProviders": {
        "SAMLProviderList": [
            {"Arn": f"arn:aws:iam::{ACCOUNT}:saml-provider/entra", "CreateDate": DAY}
        ]
    },
    "iam.GetSAMLProvider": {"SAMLMetadataDocument": METADATA, "CreateDate": DAY},
    "lambda.ListFunctions": {
        "Functions": [
            {
                "FunctionName": "settle",
                "FunctionArn": arn("lambda", "function:settle"),
                "Role": ROLE,
                "Environment": {"Variables": {"PASSWORD": CANARY}},
                "Description": CANARY,
            }
        ]
    },
    "lambda.GetPolicy": {"Policy": READ, "RevisionId": "1"},
    "lambda.ListTags": {"Tags": {"Owner": "ada@northlight.example"}},
    "ec2.DescribeInstances": {
        "Reservations": [
            {
                "OwnerId": ACCOUNT,
                "Instances": [
                    {
                        "InstanceId": "i-0123456789abcdef0",
                        "Placement": {"AvailabilityZone": "eu-west-1a"},
                        "State": {"Name": "running", "Code": 16},
                        "IamInstanceProfile": {
                            "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/runner"
                        },
                        "UserData": CANARY,
                    }
                ],
            }
        ]
    },
    "ec2.DescribeIamInstanceProfileAssociations": {
        "IamInstanceProfileAssociations": [
            {
                "AssociationId": "iip-assoc-0123456789abcdef0",
                "InstanceId": "i-0123456789abcdef0",
                "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/runner"},
                "State": "associated",
            }
        ]
    },
    "ecs.ListTaskDefinitions": {"taskDefinitionArns": [arn("ecs", "task-definition/settle:1")]},
    "ecs.DescribeTaskDefinition": {
        "taskDefinition": {
            "taskDefinitionArn": arn("ecs", "task-definition/settle:1"),
            "family": "settle",
            "taskRoleArn": ROLE,
            "status": "ACTIVE",
            "containerDefinitions": [{"environment": [{"name": "PASSWORD", "value": CANARY}]}],
        }
    },
    "glue.GetJobs": {
        "Jobs": [{"Name": "load", "Role": ROLE, "DefaultArguments": {"--password": CANARY}}]
    },
    "glue.GetDevEndpoints": {
        "DevEndpoints": [{"EndpointName": "dev", "RoleArn": ROLE, "Arguments": {"X": CANARY}}]
    },
    "codebuild.ListProjects": {"projects": ["build"]},
    "codebuild.BatchGetProjects": {
        "projects": [
            {
                "name": "build",
                "arn": arn("codebuild", "project/build"),
                "serviceRole": ROLE,
                "environment": {"environmentVariables": [{"name": "PASSWORD", "value": CANARY}]},
                "webhook": {"secret": CANARY},
            }
        ]
    },
    "sagemaker.ListNotebookInstances": {
        "NotebookInstances": [
            {
                "NotebookInstanceName": "notes",
                "NotebookInstanceArn": arn("sagemaker", "notebook-instance/notes"),
                "NotebookInstanceStatus": "InService",
            }
        ]
    },
    "sagemaker.DescribeNotebookInstance": {"RoleArn": ROLE, "FailureReason": CANARY},
    "cloudformation.DescribeStacks": {
        "Stacks": [
            {
                "StackId": arn("cloudformation", "stack/base/0b1c"),
                "StackName": "base",
                "RoleARN": ROLE,
                "StackStatus": "CREATE_COMPLETE",
                "Parameters": [{"ParameterKey": "Password", "ParameterValue": CANARY}],
                "Outputs": [{"OutputKey": "Password", "OutputValue": CANARY}],
                "Description": CANARY,
            }
        ]
    },
    "secretsmanager.ListSecrets": {
        "SecretList": [
            {
                "ARN": arn("secretsmanager", "secret:prod/db-AbCdEf"),
                "Name": "prod/db",
                "CreatedDate": DAY,
                "Tags": [{"Key": "Owner", "Value": "ada@northlight.example"}],
                "SecretString": CANARY,
                "Description": CANARY,
            }
        ]
    },
    "secretsmanager.GetResourcePolicy": {"ARN": "x", "Name": "prod/db", "ResourcePolicy": READ},
    "ssm.DescribeParameters": {
        "Parameters": [
            {
                "Name": "/prod/db",
                "ARN": arn("ssm", "parameter/prod/db"),
                "Type": "SecureString",
                "Value": CANARY,
                "Description": CANARY,
                "AllowedPattern": CANARY,
            }
        ]
    },
    "ssm.ListTagsForResource": {"TagList": [{"Key": "Owner", "Value": "ada@northlight.example"}]},
    "kms.ListKeys": {"Keys": [{"KeyId": "0b1c", "KeyArn": arn("kms", "key/0b1c")}]},
    "kms.DescribeKey": {"KeyMetadata": {"KeyId": "0b1c", "KeyManager": "CUSTOMER"}},
    "kms.ListResourceTags": {"Tags": [{"TagKey": "Owner", "TagValue": "ada@northlight.example"}]},
    "kms.GetKeyPolicy": {"Policy": READ, "PolicyName": "default"},
    "s3.ListBuckets": {"Buckets": [{"Name": "northlight-data", "CreationDate": DAY}]},
    "s3.GetBucketPolicy": {"Policy": READ},
    "s3.GetBucketTagging": {"TagSet": [{"Key": "Owner", "Value": "ada@northlight.example"}]},
    "organizations.DescribeOrganization": {
        "Organization": {"Id": "o-abcdefghij", "MasterAccountEmail": CANARY}
    },
    "organizations.ListRoots": {
        "Roots": [
            {
                "Id": "r-ab12",
                "Arn": f"arn:aws:organizations::{ACCOUNT}:root/o-abcdefghij/r-ab12",
                "Name": "Root",
            }
        ]
    },
    "organizations.ListOrganizationalUnitsForParent": lambda asked: {
        "OrganizationalUnits": [
            {
                "Id": "ou-ab12-11111111",
                "Arn": f"arn:aws:organizations::{ACCOUNT}:ou/o-abcdefghij/ou-ab12-11111111",
                "Name": "Production",
            }
        ]
        if asked["ParentId"] == "r-ab12"
        else []
    },
    "organizations.ListAccountsForParent": lambda asked: {
        "Accounts": [
            {
                "Id": ACCOUNT if asked["ParentId"] == "r-ab12" else OTHER,
                "Arn": f"arn:aws:organizations::{ACCOUNT}:account/o-abcdefghij/{ACCOUNT}",
                "Name": "Northlight",
                "Status": "ACTIVE",
            }
        ]
    },
    "organizations.ListTagsForResource": {"Tags": []},
    "organizations.ListPolicies": lambda asked: {
        "Policies": [{"Id": "p-12345678", "Name": "Guard"}]
        if asked["Filter"] == "SERVICE_CONTROL_POLICY"
        else []
    },
    "organizations.DescribePolicy": {
        "Policy": {
            "PolicySummary": {
                "Id": "p-12345678",
                "Arn": SCP,
                "Name": "Guard",
                "Type": "SERVICE_CONTROL_POLICY",
                "Description": CANARY,
            },
            "Content": '{"Version": "2012-10-17", "Statement": []}',
        }
    },
    "organizations.ListTargetsForPolicy": {
        "Targets": [{"TargetId": ACCOUNT, "Name": "Northlight", "Type": "ACCOUNT"}]
    },
    "sso-admin.ListInstances": lambda _asked, region="eu-west-1": {
        "Instances": [
            {"InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": ACCOUNT}
        ]
        if region == "eu-west-1"
        else []
    },
    "sso-admin.ListPermissionSets": {"PermissionSets": [SET]},
    "sso-admin.DescribePermissionSet": {
        "PermissionSet": {"Name": "Administrators", "PermissionSetArn": SET, "Description": CANARY}
    },
    "sso-admin.GetInlinePolicyForPermissionSet": {"InlinePolicy": ""},
    "sso-admin.ListManagedPoliciesInPermissionSet": {
        "AttachedManagedPolicies": [
            {"Name": "AdministratorAccess", "Arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
        ]
    },
    "sso-admin.ListCustomerManagedPolicyReferencesInPermissionSet": {
        "CustomerManagedPolicyReferences": []
    },
    "sso-admin.GetPermissionsBoundaryForPermissionSet": Fault("ResourceNotFoundException"),
    "sso-admin.ListAccountsForProvisionedPermissionSet": {"AccountIds": [OTHER]},
    "sso-admin.ListAccountAssignments": {
        "AccountAssignments": [
            {
                "AccountId": OTHER,
                "PermissionSetArn": SET,
                "PrincipalType": "GROUP",
                "PrincipalId": "0b1c2d3e-0000-4000-8000-000000000001",
            }
        ]
    },
    "identitystore.ListUsers": {
        "Users": [
            {
                "IdentityStoreId": STORE,
                "UserId": "0b1c2d3e-0000-4000-8000-000000000002",
                "UserName": "ada@northlight.example",
                "ExternalIds": [{"Issuer": "https://scim.example", "Id": "aaaa"}],
                "PhoneNumbers": [{"Value": CANARY}],
                "Birthdate": CANARY,
            }
        ]
    },
    "identitystore.ListGroups": {
        "Groups": [
            {
                "IdentityStoreId": STORE,
                "GroupId": "0b1c2d3e-0000-4000-8000-000000000001",
                "DisplayName": "Cloud administrators",
                "Description": CANARY,
            }
        ]
    },
    "identitystore.ListGroupMemberships": {
        "GroupMemberships": [
            {
                "IdentityStoreId": STORE,
                "MembershipId": "0b1c2d3e-0000-4000-8000-000000000003",
                "GroupId": "0b1c2d3e-0000-4000-8000-000000000001",
                "MemberId": {"UserId": "0b1c2d3e-0000-4000-8000-000000000002"},
            }
        ]
    },
}


class FakeAws:
    """A session of boto3 whose calls are answered here; clients are kept from test to test."""

    def __init__(self, clients, answers):
        self._clients = clients
        clients.answering = self
        self.answers = ANSWERS | answers
        self.asked = Counter()
        self._lock = threading.Lock()
        self.region_name = "eu-west-1"

    def client(self, service, region_name, config):
        return self._clients.client(service, region_name, config)

    def get_partition_for_region(self, _region):
        return "aws"

    def get_available_regions(self, *_):
        return list(REGIONS)

    def answer(self, name, asked, region):
        with self._lock:
            self.asked[name] += 1
            count = self.asked[name]
        found = self.answers[name]
        if isinstance(found, list):  # one answer after another, the last for ever
            found = found[min(count, len(found)) - 1]
        if callable(found):
            wants_region = found.__code__.co_argcount > 1
            found = found(asked, region) if wants_region else found(asked)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Fault):
            error = {"Error": {"Code": found.code, "Message": CANARY}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=found.status), error
        metadata = {"ResponseMetadata": {"HTTPStatusCode": 200}}
        return SimpleNamespace(status_code=200), copy.deepcopy(found) | metadata


class Clients:
    """The clients of one session, whose calls `answering` answers."""

    def __init__(self):
        self.answering = None
        self._session = boto3.Session(
            aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x", region_name="eu-west-1"
        )
        self._session.events.register("provide-client-params", self._note)
        self._session.events.register("before-call", self._answer)
        self._made = {}

    def client(self, service, region, config):
        if (service, region) not in self._made:
            made = self._session.client(service, region_name=region, config=config)
            self._made[service, region] = made
        return self._made[service, region]

    def _note(self, params, context, **_):
        context["asked"] = dict(params)

    def _answer(self, model, context, **_):
        name = f"{model.service_model.service_name}.{model.name}"
        return self.answering.answer(name, context["asked"], context["client_region"])
