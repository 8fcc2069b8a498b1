"""A directory, a vault and an AWS account that trust one pipeline, as collectors write them."""

from __future__ import annotations

import json
from copy import deepcopy

TENANT = "11111111-1111-4111-8111-111111111111"
ADA = "aaaaaaaa-0000-4000-8000-000000000001"
CLIENT = "dddddddd-0000-4000-8000-0000000000ff"
APP = "dddddddd-0000-4000-8000-000000000001"
PRINCIPAL = "eeeeeeee-0000-4000-8000-000000000001"
FEDERATED = "99999999-0000-4000-8000-000000000003"
GROUP = "/subscriptions/55555555-0000-4000-8000-000000000001/resourcegroups/rg-one"
VAULT = f"{GROUP}/providers/microsoft.keyvault/vaults/kv-one"
HOST = "kv-one.vault.azure.net"
ACCOUNT = "210987654321"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/platform-deploy"
BUCKET = "arn:aws:s3:::northlight-settlement"
USER = f"arn:aws:iam::{ACCOUNT}:user/legacy"
KEY = "AKIAIOSFODNN7EXAMPLE"
SUBJECT = "repo:Northlight/platform-deploy:environment:production"
REPOSITORY = "github:northlight/platform-deploy"
IN_TENANT = {"tenantId": TENANT, "tenantName": "Example"}

DIRECTORY = [
    ("AZUser", {"id": ADA, "userPrincipalName": "ada@example.org", "displayName": "Ada"}),
    ("AZApp", {"id": APP, "appId": CLIENT, "displayName": "release"}),
    ("AZServicePrincipal", {"id": PRINCIPAL, "appId": CLIENT, "displayName": "release"}),
    (
        "AZFederatedIdentityCredential",
        {
            "appId": CLIENT,
            "fics": [
                {
                    "appId": CLIENT,
                    "fic": {
                        "id": FEDERATED,
                        "name": "deploy",
                        "issuer": f"https://{ISSUER}",
                        "subject": "repo:Northlight/platform-deploy:ref:refs/heads/main",
                        "audiences": ["api://AzureADTokenExchange"],
                    },
                }
            ],
        },
    ),
    (
        "AZKeyVault",
        {
            "id": VAULT,
            "name": "kv-one",
            "resourceGroup": GROUP,
            "properties": {
                "vaultUri": f"https://{HOST}/",
                "enableRbacAuthorization": False,
                "accessPolicies": [{"objectId": ADA, "permissions": {"secrets": ["get"]}}],
            },
        },
    ),
]
SECRETS = [
    {
        "id": f"https://{HOST}/secrets/github-deploy-token",
        "attributes": {"enabled": True},
        "tags": {"github-repository": "northlight/platform-deploy"},
    },
    {
        "id": f"https://{HOST}/secrets/legacy-key",
        "attributes": {"enabled": True},
        "tags": {"aws-access-key-id": KEY},
    },
]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Pipeline",
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{ISSUER}:sub": SUBJECT, f"{ISSUER}:aud": "sts.amazonaws.com"}
            },
        }
    ],
}
READS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}],
}
AWS = {
    "details.json": {
        "UserDetailList": [{"UserName": "legacy", "Arn": USER}],
        "RoleDetailList": [
            {
                "RoleName": "platform-deploy",
                "Arn": DEPLOY,
                "AssumeRolePolicyDocument": TRUST,
                "RolePolicyList": [{"PolicyName": "reads", "PolicyDocument": READS}],
            }
        ],
    },
    "keys.json": {
        "AccessKeyMetadata": [{"AccessKeyId": KEY, "UserName": "legacy", "Status": "Active"}]
    },
    "providers.json": {
        "OpenIDConnectProviderList": [
            {"Arn": PROVIDER, "Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"]}
        ]
    },
    "buckets.json": {"Buckets": [{"Name": "northlight-settlement"}]},
}


def opened_to_anybody():
    """Return the account's files after somebody took the conditions out of the trust policy."""
    found = deepcopy(AWS)
    document = found["details.json"]["RoleDetailList"][0]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Condition"] = {}
    return found


def load(explorer, folder):
    """Load the directory, the vault and the account."""
    data = [{"kind": kind, "data": {**said, **IN_TENANT}} for kind, said in DIRECTORY]
    meta = {"type": "azure", "version": 5, "count": len(data)}
    explorer.load("azurehound", *_written(folder, {"azure.json": {"data": data, "meta": meta}}))
    explorer.load("azure_keyvault", *_written(folder, {"vault.json": SECRETS}))
    load_account(explorer, folder, AWS)


def load_account(explorer, folder, files):
    """Load the account's files."""
    explorer.load("aws_iam", *_written(folder, files))


def _written(folder, files):
    for name, document in files.items():
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
        yield folder / name
