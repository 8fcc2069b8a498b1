"""Ids of the company's AWS accounts: functions of a name, in the form that AWS prints."""

from __future__ import annotations

import base64
import hashlib

from sample_data import ids

PRODUCTION, SANDBOX, MANAGEMENT = "210987654321", "345678901234", "109876543210"
VENDOR = "999988887777"
"""Of the firm that watches the machines; nobody here has its export."""

REGION = "eu-west-1"
GITHUB = "token.actions.githubusercontent.com"
ORGANISATION, ROOT = "o-nl7cal1br8", "r-nl7c"
WORKLOADS_UNIT, SANDBOX_UNIT = "ou-nl7c-workload", "ou-nl7c-sandbox1"
INSTANCE = "arn:aws:sso:::instance/ssoins-6804a1b2c3d4e5f6"
IDENTITY_STORE = "d-93671a2b3c"
ACS = ids.guid("identity-center/acs")
"""In the address at which IAM Identity Center takes assertions."""


def iam(kind: str, name: str, account: str = PRODUCTION) -> str:
    """Return the ARN of something of IAM; `name` holds its path."""
    return f"arn:aws:iam::{account}:{kind}/{name}"


def of_aws(name: str) -> str:
    """Return the ARN of a managed policy of AWS's own; `name` holds its path."""
    return f"arn:aws:iam::aws:policy/{name}"


def regional(service: str, name: str, account: str = PRODUCTION) -> str:
    """Return the ARN of something in the company's region."""
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


def secret(name: str, account: str = PRODUCTION) -> str:
    """Return the ARN of a secret, which ends in six letters of AWS's choice."""
    letters = _letters(f"secret/{account}/{name}", 6)
    return regional("secretsmanager", f"secret:{name}-{letters}", account)


def bucket(name: str) -> str:
    """Return the ARN of a bucket."""
    return f"arn:aws:s3:::{name}"


def kms_key(name: str) -> str:
    """Return the ARN of a KMS key."""
    return regional("kms", f"key/{ids.guid(f'kms/{name}')}")


def unique(prefix: str, name: str, account: str = PRODUCTION) -> str:
    """Return the unique id of a user (AIDA), group (AGPA), role (AROA) or policy (ANPA)."""
    return prefix + _letters(f"{prefix}/{account}/{name}", 17).upper()


def access_key(name: str) -> str:
    """Return the id of an access key, marked as an example as AWS marks its own."""
    return f"AKIA{_letters(f'key/{name}', 9).upper()}EXAMPLE"


def permission_set(name: str) -> str:
    """Return the ARN of a permission set."""
    instance = INSTANCE.rpartition("/")[2]
    return f"arn:aws:sso:::permissionSet/{instance}/ps-{_hex(f'permission-set/{name}', 16)}"


def sso_role(name: str, account: str) -> str:
    """Return the name of the role that a permission set becomes in an account."""
    return f"AWSReservedSSO_{name}_{_hex(f'sso-role/{name}/{account}', 16)}"


def sso_provider(account: str) -> str:
    """Return the name of the SAML provider that IAM Identity Center makes in an account."""
    return f"AWSSSO_{_hex(f'sso-provider/{account}', 16)}_DO_NOT_DELETE"


def sso_principal(name: str) -> str:
    """Return the id of a user or group of the identity store."""
    return ids.guid(f"identity-store/{name}")


def _letters(name: str, count: int) -> str:
    digest = hashlib.sha256(f"northlight/aws/{name}".encode()).digest()
    return base64.b32encode(digest).decode()[:count]


def _hex(name: str, count: int) -> str:
    return hashlib.sha256(f"northlight/aws/{name}".encode()).hexdigest()[:count]
