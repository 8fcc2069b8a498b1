"""A company as its exports tell it: a directory, two gallery applications, one AWS account."""

from __future__ import annotations

import json

from tests.idgraph.derive.entra.tenant import TEMPLATES, T
from tests.idgraph.derive.federation.center import ISSUER, STORE, role_name, set_arn, trusts_saml

ACCOUNT = "210987654321"
HELPDESK, ADA, EVE = (f"{digit * 8}-0000-0000-0000-000000000000" for digit in "123")
CENTER, SINGLE, OWNER = (f"{digit * 8}-0000-0000-0000-000000000000" for digit in "456")
DEPLOY, DEFAULT = "77777777-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/entra"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
CENTER_PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_00112233aabbccdd_DO_NOT_DELETE"
ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{role_name('Admin')}"
ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def azure(kind, **data):
    return {"kind": kind, "data": {"tenantId": T} | data}


def user(who, name):
    upn = f"{name}@contoso.example"
    return azure(
        "AZUser",
        id=who,
        displayName=name,
        userPrincipalName=upn,
        accountEnabled=True,
        userType="Member",
    )


def application(who, name, **more):
    return azure(
        "AZServicePrincipal",
        id=who,
        displayName=name,
        appId=who.replace("0", "9"),
        appOwnerOrganizationId=T,
        accountEnabled=True,
        servicePrincipalType="Application",
        **more,
    )


def assigned(who, what, app_role):
    return azure(
        "AZAppRoleAssignment",
        id=f"{who}{app_role}",
        principalId=who,
        principalType="User",
        resourceId=what,
        appRoleId=app_role,
    )


def directory(center_role, *more):
    """Return an export: a help desk administrator, Ada, Eve, and two gallery applications."""
    records = [
        azure("AZTenant", id=f"/tenants/{T}", displayName="Contoso", collected=True),
        user(HELPDESK, "helpdesk"),
        user(ADA, "Ada"),
        user(EVE, "eve"),
        azure("AZRole", id=TEMPLATES["HA"], templateId=TEMPLATES["HA"], isBuiltIn=True),
        azure(
            "AZRoleAssignment",
            roleDefinitionId=TEMPLATES["HA"],
            roleAssignments=[
                {
                    "id": "a1",
                    "roleDefinitionId": TEMPLATES["HA"],
                    "principalId": HELPDESK,
                    "directoryScopeId": "/",
                }
            ],
        ),
        application(
            CENTER,
            "AWS IAM Identity Center",
            appRoleAssignmentRequired=True,
            servicePrincipalNames=[ISSUER],
            appRoles=[{"id": DEPLOY, "displayName": "User", "isEnabled": True}],
        ),
        application(
            SINGLE,
            "AWS Single-Account Access",
            appRoleAssignmentRequired=True,
            replyUrls=["https://signin.aws.amazon.com/saml"],
            appRoles=[{"id": DEPLOY, "value": f"{ROLE},{PROVIDER}", "isEnabled": True}],
        ),
        assigned(ADA, CENTER, center_role),
        assigned(EVE, SINGLE, DEPLOY),
        azure("AZGroupMember", groupId=OWNER, members=[]),
        *more,
    ]
    return {"data": records, "meta": {"type": "azure", "version": 5, "count": len(records)}}


def policy_of(provider):
    return {"Version": "2012-10-17", "Statement": [trusts_saml(provider)]}


def role_of(arn, trust):
    inline = [{"PolicyName": "all", "PolicyDocument": ALL}]
    return {
        "RoleName": arn.rpartition("/")[2],
        "Arn": arn,
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": inline,
    }


def aws_answers(**more):
    return {
        "details": {
            "UserDetailList": [],
            "GroupDetailList": [],
            "RoleDetailList": [
                role_of(ADMIN_ROLE, policy_of(CENTER_PROVIDER)),
                role_of(ROLE, policy_of(PROVIDER)),
            ],
            "Policies": [],
            "IsTruncated": False,
        },
        "saml": {
            "SAMLProviderList": [
                {"Arn": PROVIDER, "EntityId": f"https://sts.windows.net/{T}/"},
                {"Arn": CENTER_PROVIDER},
            ]
        },
        "users": {
            "Users": [
                {"UserName": "ada@contoso.example", "UserId": "u-ada", "IdentityStoreId": STORE},
                {"UserName": "eve@contoso.example", "UserId": "u-eve", "IdentityStoreId": STORE},
            ]
        },
        "set": {"PermissionSet": {"PermissionSetArn": set_arn("Admin"), "Name": "Admin"}},
        "assignments": {
            "AccountAssignments": [
                {
                    "AccountId": ACCOUNT,
                    "PermissionSetArn": set_arn("Admin"),
                    "PrincipalType": "USER",
                    "PrincipalId": each,
                }
                for each in ("u-ada", "u-eve")
            ]
        },
    } | more


def load_all(explorer, folder, entra, answers):
    """Write the exports into a folder and load them."""
    (folder / "entra.json").write_text(json.dumps(entra))
    (folder / "aws").mkdir(exist_ok=True)
    for name, answer in answers.items():
        (folder / "aws" / f"{name}.json").write_text(json.dumps(answer))
    explorer.load("azurehound", folder / "entra.json")
    explorer.load("aws_iam", folder / "aws")
    return explorer
