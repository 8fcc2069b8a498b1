"""The AWS accounts as files: every answer in the form that AWS prints, a folder an account.

What the console of AWS shows beside an answer (a function's tags, a bucket's tags, the targets of
a control policy) is put into the item that it belongs to, as `idgraph pull aws` does.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sample_data import aws_center, aws_ids, aws_policies, ids
from sample_data.aws_estate import (
    ACCOUNTS,
    Account,
    Group,
    Key,
    Parameter,
    Role,
    Store,
    User,
    Workload,
)
from sample_data.aws_policies import OF_AWS, Control, Json, Managed, OfAws

ORGANISATION = "organisation"
PULL = "pull.json"
_OLD = "2021-04-12T10:00:00+00:00"
REGIONS = (aws_ids.REGION,)


def files() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every file, in the order of their names."""
    for account in ACCOUNTS:
        for name, text in sorted(_account(account)):
            yield f"{account.id}/{name}", text
    for name, text in sorted(_organisation()):
        yield f"{ORGANISATION}/{name}", text


def _printed(document: Json) -> str:
    return json.dumps(document, indent=1) + "\n"


def _listed(member: str, items: Iterable[Json]) -> str:
    return _printed({member: list(items)})


def _when(day: str, time: str = "09:12:44") -> str:
    return f"{day}T{time}+00:00"


def _tags(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[Json]:
    return [{key: name, value: text} for name, text in tags.items()]


# IAM.


def _account(account: Account) -> Iterator[tuple[str, str]]:
    yield "authorization-details.json", _printed(_details(account))
    yield "credential-report.csv", _report(account)
    keys = [_key(user, key) for user in account.users for key in user.keys]
    yield "access-keys.json", _listed("AccessKeyMetadata", keys)
    yield "oidc-providers.json", _listed("OpenIDConnectProviderList", _providers(account))
    yield "saml-providers.json", _listed("SAMLProviderList", [_saml_provider(account.id)])
    for kind, (name, member, convert) in WORKLOADS.items():
        some = [it for it in account.workloads if it.kind == kind]
        yield name, _listed(member, map(convert, some))
    yield "secrets.json", _listed("SecretList", map(_secret, account.secrets))
    yield "parameters.json", _listed("Parameters", map(_parameter, account.parameters))
    yield "keys.json", _listed("Keys", map(_kms_key, account.keys))
    yield "buckets.json", _listed("Buckets", [_bucket(it.name, it.tags) for it in account.buckets])
    yield "resource-policies.json", _listed("ResourcePolicies", _resource_policies(account))
    yield PULL, _printed({"PullCalls": list(_calls(account))})


def _details(account: Account) -> Json:
    return {
        "UserDetailList": [_user(it) for it in account.users],
        "GroupDetailList": [_group(it) for it in account.groups],
        "RoleDetailList": [_role(it) for it in account.roles],
        "Policies": [
            *(_managed(it, _attached(account, it.arn)) for it in account.policies),
            *(
                _of_aws(it, _attached(account, it.arn))
                for it in OF_AWS.values()
                if _attached(account, it.arn)
            ),
        ],
    }


def _attached(account: Account, policy: str) -> int:
    holders: list[User | Group | Role] = [*account.users, *account.groups, *account.roles]
    return sum(policy in holder.policies for holder in holders)


def _user(user: User) -> Json:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": aws_ids.unique("AIDA", user.name, user.account),
        "Arn": user.arn,
        "CreateDate": _when(user.created),
        **({"UserPolicyList": _inline(user.inline)} if user.inline else {}),
        "GroupList": list(user.groups),
        "AttachedManagedPolicies": _references(user.policies),
        **_boundary(user.boundary),
        "Tags": _tags(user.tags),
    }


def _group(group: Group) -> Json:
    return {
        "Path": "/",
        "GroupName": group.name,
        "GroupId": aws_ids.unique("AGPA", group.name, group.account),
        "Arn": group.arn,
        "CreateDate": _OLD,
        "GroupPolicyList": [],
        "AttachedManagedPolicies": _references(group.policies),
    }


def _role(role: Role) -> Json:
    used = {} if role.service_linked else {"LastUsedDate": _when(role.used), "Region": REGIONS[0]}
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": aws_ids.unique("AROA", role.name, role.account),
        "Arn": role.arn,
        "CreateDate": _OLD,
        "AssumeRolePolicyDocument": role.trust,
        "InstanceProfileList": [_profile(role)] if role.profile else [],
        "RolePolicyList": _inline(role.inline),
        "AttachedManagedPolicies": _references(role.policies),
        **_boundary(role.boundary),
        "Tags": _tags(role.tags),
        "RoleLastUsed": used,
    }


def _profile(role: Role) -> Json:
    return {
        "Path": "/",
        "InstanceProfileName": role.name,
        "InstanceProfileId": aws_ids.unique("AIPA", role.name, role.account),
        "Arn": aws_ids.iam("instance-profile", role.name, role.account),
        "CreateDate": _OLD,
        "Roles": [{"RoleName": role.name, "Arn": role.arn}],
    }


def _inline(policies: dict[str, Json]) -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": it} for name, it in policies.items()]


def _references(arns: Sequence[str]) -> list[Json]:
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def _boundary(arn: str) -> Json:
    said = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return {"PermissionsBoundary": said} if arn else {}


def _managed(policy: Managed, attached: int) -> Json:
    documents = (*policy.older, policy.document)
    newest = f"v{len(documents)}"
    versions = [
        _version(f"v{at}", document, newest, _OLD) for at, document in enumerate(documents, 1)
    ]
    return {
        "PolicyName": policy.name,
        "PolicyId": aws_ids.unique("ANPA", policy.name, policy.account),
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": newest,
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": int(policy is aws_policies.DEPLOY_BOUNDARY),
        "IsAttachable": True,
        "CreateDate": _OLD,
        "UpdateDate": _OLD,
        "PolicyVersionList": versions[::-1],
    }


def _of_aws(policy: OfAws, attached: int) -> Json:
    return {
        "PolicyName": policy.name,
        "PolicyId": aws_ids.unique("ANPA", policy.name, "aws"),
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
        "PolicyVersionList": [
            _version(policy.version, policy.document, policy.version, policy.updated)
        ],
    }


def _version(name: str, document: Json, newest: str, made: str) -> Json:
    return {
        "Document": document,
        "VersionId": name,
        "IsDefaultVersion": name == newest,
        "CreateDate": made,
    }


_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
_COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used",
    "password_last_changed", "password_next_rotation", "mfa_active",
    *(f"access_key_{number}_{it}" for number in (1, 2) for it in _KEY_COLUMNS),
    "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
)  # fmt: skip
_NEVER, _NOT = "N/A", "not_supported"


def _report(account: Account) -> str:
    """Return the credential report, decoded: the root user first."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    root = aws_ids.iam("root", "", account.id)[:-1]
    none = (*_no_key(), *_no_key())
    last = ("false", _NEVER) * 2  # certificates
    table.writerow(
        ("<root_account>", root, _OLD, _NOT, _when("2024-01-08"), _NOT, _NOT, "true", *none, *last)
    )
    for user in account.users:
        keys = [cell for key in user.keys for cell in _key_cells(key)]
        rest = none[len(keys) :]
        seen = _when(user.signed_in) if user.signed_in else "no_information"
        password = (
            ("true", seen, _when(user.created), _NEVER)
            if user.password
            else ("false", seen if user.signed_in else _NEVER, _NEVER, _NEVER)
        )
        told = (user.name, user.arn, _when(user.created), *password, _flag(user.mfa))
        table.writerow((*told, *keys, *rest, *last))
    return text.getvalue()


def _flag(value: bool) -> str:  # noqa: FBT001  the one value it prints
    return "true" if value else "false"


def _no_key() -> tuple[str, ...]:
    return ("false", _NEVER, _NEVER, _NEVER, _NEVER)


def _key_cells(key: Key) -> tuple[str, ...]:
    used = (_when(key.used), REGIONS[0], "s3") if key.used else (_NEVER, _NEVER, _NEVER)
    return (_flag(key.active), _when(key.created), *used)


def _key(user: User, key: Key) -> Json:
    return {
        "UserName": user.name,
        "AccessKeyId": key.id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": _when(key.created),
    }


def _providers(account: Account) -> Iterator[Json]:
    for issuer, audience in account.providers:
        yield {
            "Arn": aws_ids.iam("oidc-provider", issuer, account.id),
            "Url": issuer,
            "ClientIDList": [audience],
            "CreateDate": _OLD,
            "Tags": [],
        }


def _saml_provider(account: str) -> Json:
    return {
        "Arn": aws_ids.iam("saml-provider", aws_ids.sso_provider(account), account),
        "ValidUntil": "2122-04-12T10:00:00+00:00",
        "CreateDate": _OLD,
    }


# What runs with a role.


def _function(it: Workload) -> Json:
    return {
        "FunctionName": it.name,
        "FunctionArn": it.arn,
        "Role": it.role.arn,
        "Runtime": "python3.13",
        "LastModified": "2026-08-03T07:41:19.000+0000",
        "State": "Active",
        "Tags": it.tags,
    }


def _instance(it: Workload) -> Json:
    profile = aws_ids.iam("instance-profile", it.role.name, it.account)
    instance = {
        "InstanceId": it.name,
        "LaunchTime": _when("2026-06-02"),
        "Placement": {"AvailabilityZone": f"{REGIONS[0]}a"},
        "State": {"Name": "running"},
        "IamInstanceProfile": {
            "Arn": profile,
            "Id": aws_ids.unique("AIPA", it.role.name, it.account),
        },
        "Tags": _tags(it.tags),
    }
    return {
        "ReservationId": f"r-{it.name[2:]}",
        "OwnerId": it.account,
        "Instances": [instance],
    }


def _task(it: Workload) -> Json:
    return {
        "taskDefinitionArn": it.arn,
        "family": it.name,
        "revision": 7,
        "taskRoleArn": it.role.arn,
        **({"executionRoleArn": it.execution.arn} if it.execution else {}),
        "status": "ACTIVE",
        "registeredAt": _when("2026-07-20"),
    }


def _project(it: Workload) -> Json:
    return {
        "name": it.name,
        "arn": it.arn,
        "serviceRole": it.role.arn,
        "created": _OLD,
        "lastModified": _when("2026-05-11"),
        "tags": _tags(it.tags, "key", "value"),
    }


def _job(it: Workload) -> Json:
    return {"Name": it.name, "Role": it.role.arn, "CreatedOn": _OLD}


def _notebook(it: Workload) -> Json:
    return {
        "NotebookInstanceName": it.name,
        "NotebookInstanceArn": it.arn,
        "NotebookInstanceStatus": "InService",
        "CreationTime": _OLD,
        "RoleArn": it.role.arn,
    }


def _stack(it: Workload) -> Json:
    return {
        "StackId": it.arn,
        "StackName": it.name,
        "RoleARN": it.role.arn,
        "CreationTime": _OLD,
        "StackStatus": "UPDATE_COMPLETE",
        "Tags": _tags(it.tags),
    }


WORKLOADS: dict[str, tuple[str, str, Callable[[Workload], Json]]] = {
    "function": ("functions.json", "Functions", _function),
    "instance": ("instances.json", "Reservations", _instance),
    "task": ("task-definitions.json", "taskDefinition", _task),
    "project": ("build-projects.json", "projects", _project),
    "job": ("glue-jobs.json", "Jobs", _job),
    "notebook": ("notebooks.json", "NotebookInstances", _notebook),
    "stack": ("stacks.json", "Stacks", _stack),
}

# What is kept.


def _secret(it: Store) -> Json:
    return {
        "ARN": it.arn,
        "Name": it.name,
        **({"KmsKeyId": it.key} if it.key else {}),
        "RotationEnabled": False,
        "LastChangedDate": _when("2025-10-01"),
        "CreatedDate": _when("2023-02-14"),
        "Tags": _tags(it.tags),
    }


def _parameter(it: Parameter) -> Json:
    return {
        "Name": it.name,
        "ARN": it.arn,
        "Type": "SecureString" if it.secure else "String",
        **({"KeyId": "alias/aws/ssm"} if it.secure else {}),
        "LastModifiedDate": _when("2025-04-09"),
        "Tier": "Standard",
        "Tags": _tags(it.tags),
    }


def _kms_key(arn: str) -> Json:
    return {
        "KeyId": arn.rpartition("/")[2],
        "KeyArn": arn,
        "CreationDate": _OLD,
        "Enabled": True,
        "KeyManager": "CUSTOMER",
        "KeyState": "Enabled",
        "Tags": [],
    }


def _bucket(name: str, tags: dict[str, str]) -> Json:
    return {
        "Name": name,
        "CreationDate": _OLD,
        "BucketRegion": REGIONS[0],
        "Tags": _tags(tags),
    }


def _resource_policies(account: Account) -> Iterator[Json]:
    held = {
        *(it.arn for it in account.buckets),
        *(it.arn for it in account.secrets),
        *account.keys,
    }
    for arn, document in aws_policies.RESOURCE_POLICIES.items():
        if arn in held:
            yield {"Arn": arn, "Policy": json.dumps(document)}


# The organisation.


def _organisation() -> Iterator[tuple[str, str]]:
    yield "accounts.json", _listed("Accounts", map(_member, aws_center.MEMBERS))
    yield "units.json", _listed("OrganizationalUnits", _units())
    root = {
        "Id": aws_ids.ROOT,
        "Arn": _of_organisation(f"root/{aws_ids.ORGANISATION}/{aws_ids.ROOT}"),
    }
    yield "roots.json", _listed("Roots", [root | {"Name": "Root"}])
    yield (
        "control-policies.json",
        _listed("OrganizationPolicies", map(_control, aws_policies.CONTROLS)),
    )
    instance = {
        "InstanceArn": aws_ids.INSTANCE,
        "IdentityStoreId": aws_ids.IDENTITY_STORE,
        "OwnerAccountId": aws_ids.MANAGEMENT,
        "CreatedDate": _OLD,
        "Status": "ACTIVE",
    }
    yield "identity-center.json", _listed("Instances", [instance])
    yield "permission-sets.json", _listed("PermissionSet", map(_set, aws_center.PERMISSION_SETS))
    yield (
        "assignments.json",
        _listed("AccountAssignments", map(_assignment, aws_center.ASSIGNMENTS)),
    )
    yield "users.json", _listed("Users", map(_center_user, aws_center.USERS))
    yield "groups.json", _listed("Groups", map(_center_group, aws_center.GROUPS))
    yield "memberships.json", _listed("GroupMemberships", _memberships())
    yield PULL, _printed({"PullCalls": list(_organisation_calls())})


def _of_organisation(tail: str) -> str:
    return f"arn:aws:organizations::{aws_ids.MANAGEMENT}:{tail}"


def _member(it: tuple[str, str, str]) -> Json:
    account, name, above = it
    return {
        "Id": account,
        "Arn": _of_organisation(f"account/{aws_ids.ORGANISATION}/{account}"),
        "Email": f"aws+{account[-4:]}@{ids.DOMAIN}",
        "Name": name,
        "Status": "ACTIVE",
        "JoinedTimestamp": _OLD,
        "ParentId": above,
        "Tags": _tags(aws_center.ACCOUNT_TAGS.get(account, {})),
    }


def _units() -> Iterator[Json]:
    for unit, _, name in (aws_policies.WORKLOADS, aws_policies.SANDBOXES):
        arn = _of_organisation(f"ou/{aws_ids.ORGANISATION}/{unit}")
        yield {"Id": unit, "Arn": arn, "Name": name, "ParentId": aws_ids.ROOT}


def _control(it: Control) -> Json:
    return {
        "PolicySummary": {
            "Id": it.id,
            "Arn": it.arn,
            "Name": it.name,
            "Type": "SERVICE_CONTROL_POLICY",
            "AwsManaged": it.of_aws,
        },
        "Content": json.dumps(it.document),
        "Targets": [
            {"TargetId": target, "Name": name, "Type": kind} for target, kind, name in it.targets
        ],
    }


def _set(it: aws_center.PermissionSet) -> Json:
    return {
        "Name": it.name,
        "PermissionSetArn": it.arn,
        "CreatedDate": _OLD,
        "SessionDuration": it.session,
        "InstanceArn": aws_ids.INSTANCE,
        **({"InlinePolicy": json.dumps(it.inline)} if it.inline else {}),
        "AttachedManagedPolicies": [
            {"Name": arn.rpartition("/")[2], "Arn": arn} for arn in it.policies
        ],
    }


def _assignment(
    it: tuple[aws_center.CenterUser | aws_center.CenterGroup, aws_center.PermissionSet, str],
) -> Json:
    who, what, account = it
    return {
        "AccountId": account,
        "PermissionSetArn": what.arn,
        "PrincipalType": "USER" if isinstance(who, aws_center.CenterUser) else "GROUP",
        "PrincipalId": who.id,
    }


def _outside(found: str) -> Json:
    return {"ExternalIds": [{"Issuer": aws_center.SCIM_ISSUER, "Id": found}]}


def _center_user(it: aws_center.CenterUser) -> Json:
    return {
        "IdentityStoreId": aws_ids.IDENTITY_STORE,
        "UserId": it.id,
        "UserName": it.name,
        "DisplayName": it.shown,
        "Emails": [{"Value": it.mail, "Primary": True}],
        **(_outside(it.person.id) if it.person else {}),
    }


def _center_group(it: aws_center.CenterGroup) -> Json:
    return {
        "IdentityStoreId": aws_ids.IDENTITY_STORE,
        "GroupId": it.id,
        "DisplayName": it.name,
        **(_outside(it.team.id) if it.team else {}),
    }


def _memberships() -> Iterator[Json]:
    for group in aws_center.GROUPS:
        for user in group.members:
            yield {
                "IdentityStoreId": aws_ids.IDENTITY_STORE,
                "MembershipId": aws_ids.sso_principal(f"membership/{group.name}/{user.name}"),
                "GroupId": group.id,
                "MemberId": {"UserId": user.id},
            }


# What was asked, as `idgraph pull aws` notes it: everything was answered.

_ASKED = (
    (
        "iam",
        "GetAccountAuthorizationDetails",
        ("IAM user", "IAM group", "IAM role", "managed policy"),
    ),
    ("iam", "GetCredentialReport", ("credential report",)),
    ("iam", "ListAccessKeys", ("access key",)),
    ("iam", "ListOpenIDConnectProviders", ("OIDC provider",)),
    ("iam", "ListSAMLProviders", ("SAML provider",)),
    ("s3", "ListBuckets", ("S3 bucket",)),
)
_ASKED_IN_REGIONS = (
    ("lambda", "ListFunctions", ("Lambda function",)),
    ("ec2", "DescribeInstances", ("EC2 instance",)),
    ("ecs", "DescribeTaskDefinition", ("ECS task definition",)),
    ("glue", "GetJobs", ("Glue job",)),
    ("glue", "GetDevEndpoints", ("Glue development endpoint",)),
    ("codebuild", "BatchGetProjects", ("CodeBuild project",)),
    ("sagemaker", "ListNotebookInstances", ("SageMaker notebook",)),
    ("cloudformation", "DescribeStacks", ("CloudFormation stack",)),
    ("secretsmanager", "ListSecrets", ("secret",)),
    ("secretsmanager", "GetResourcePolicy", ("resource policy",)),
    ("ssm", "DescribeParameters", ("parameter",)),
    ("kms", "ListKeys", ("KMS key",)),
)
_ASKED_OF_ORGANISATION = (
    ("organizations", "ListAccountsForParent", ("account of an organisation",)),
    ("organizations", "DescribePolicy", ("control policy",)),
    ("sso-admin", "ListInstances", ("Identity Center instance",)),
    ("sso-admin", "DescribePermissionSet", ("permission set",)),
    ("sso-admin", "ListAccountAssignments", ("account assignment",)),
    ("identitystore", "ListUsers", ("Identity Center user",)),
    ("identitystore", "ListGroups", ("Identity Center group",)),
    ("identitystore", "ListGroupMemberships", ("Identity Center membership",)),
)


def _calls(account: Account) -> Iterator[Json]:
    yield from _answered(_ASKED, account.id, "")
    for region in REGIONS:
        yield from _answered(_ASKED_IN_REGIONS, account.id, region)


def _organisation_calls() -> Iterator[Json]:
    yield from _answered(_ASKED_OF_ORGANISATION, aws_ids.MANAGEMENT, "")


def _answered(
    asked: Iterable[tuple[str, str, tuple[str, ...]]], account: str, region: str
) -> Iterator[Json]:
    for service, operation, records in asked:
        for record in records:
            call: dict[str, Any] = {"Service": service, "Operation": operation}
            call |= {"Account": account, "Region": region, "Record": record}
            yield call | {"Outcome": "ok", "Code": ""}
