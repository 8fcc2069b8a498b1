"""What the members of AWS's answers hold: by member, the record kind and its converter."""

from __future__ import annotations

from collections.abc import Mapping

from loaders.aws_iam import credentials, inventory, organisation, principals
from loaders.aws_iam.export import Convert
from loaders.aws_iam.sources import Level, level_of

ACCOUNT = "AWS account"
POLICY = "managed policy"
REPORT = "credential report"
ROLE = "IAM role"
CONVERTERS: Mapping[str, tuple[str, Convert]] = {
    "UserDetailList": ("IAM user", principals.user),
    "GroupDetailList": ("IAM group", principals.group),
    "RoleDetailList": (ROLE, principals.role),
    "Policies": (POLICY, principals.managed),
    "InstanceProfiles": ("instance profile", principals.instance_profile),
    "AccessKeyMetadata": ("access key", credentials.access_key),
    "LoginProfile": ("login profile", credentials.login_profile),
    "OpenIDConnectProviderList": ("OIDC provider", organisation.oidc_provider),
    "SAMLProviderList": ("SAML provider", organisation.saml_provider),
    "Functions": ("Lambda function", inventory.FUNCTION),
    "Reservations": ("EC2 instance", inventory.reservation),
    "IamInstanceProfileAssociations": ("EC2 instance", inventory.association),
    "taskDefinition": ("ECS task definition", inventory.TASK),
    "Jobs": ("Glue job", inventory.job),
    "DevEndpoints": ("Glue development endpoint", inventory.dev_endpoint),
    "projects": ("CodeBuild project", inventory.BUILD),
    "NotebookInstances": ("SageMaker notebook", inventory.NOTEBOOK),
    "Stacks": ("CloudFormation stack", inventory.STACK),
    "SecretList": ("secret", inventory.secret),
    "Parameters": ("parameter", inventory.parameter),
    "Keys": ("KMS key", inventory.kms_key),
    "KeyMetadata": ("KMS key", inventory.kms_key),
    "Buckets": ("S3 bucket", inventory.bucket),
    "ResourcePolicies": ("resource policy", inventory.resource_policy),
    "OrganizationPolicies": ("control policy", organisation.control_policy),
    "Policy": ("control policy", organisation.control_policy),
    "Accounts": ("account of an organisation", organisation.account),
    "OrganizationalUnits": ("account of an organisation", organisation.unit),
    "Roots": ("account of an organisation", organisation.root),
    "Instances": ("Identity Center instance", organisation.instance),
    "PermissionSet": ("permission set", organisation.permission_set),
    "AccountAssignments": ("account assignment", organisation.assignment),
    "Users": ("Identity Center user", organisation.sso_user),
    "Groups": ("Identity Center group", organisation.sso_group),
    "GroupMemberships": ("Identity Center membership", organisation.membership),
}
BARE: Mapping[str, tuple[str, Convert]] = {  # an answer that is one object, by its own member
    "NotebookInstanceArn": ("SageMaker notebook", inventory.NOTEBOOK),
    "ResourcePolicy": ("resource policy", inventory.resource_policy),
}
PARTS_OF_BARE = (
    "Content",
    "ARN",
    "ResourcePolicy",
    "NotebookInstanceArn",
    "NotebookInstanceName",
    "NotebookInstanceStatus",
    "RoleArn",
)
DETAILS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
"""The members of `get-account-authorization-details`."""
OF_ONE_USER = frozenset({"access key", "login profile"})  # an answer holds those of one user
IN_PARTS = frozenset(  # an answer holds those of one region, or of one user, key or bucket
    {
        "access key",
        "login profile",
        "Lambda function",
        "EC2 instance",
        "ECS task definition",
        "Glue job",
        "Glue development endpoint",
        "CodeBuild project",
        "SageMaker notebook",
        "CloudFormation stack",
        "secret",
        "parameter",
        "KMS key",
        "resource policy",
    }
)
"""Record kinds of an account of which a file alone may hold a part: loaded without the details of
the account they add, and end nothing."""
IN_PARTS_OF: Mapping[str, str] = {  # by the kind that is listed first, and whose parts are asked
    "Identity Center membership": "Identity Center group",
    "account assignment": "permission set",
}
NEEDED: Mapping[str, str] = {  # what is not known without a record kind
    "IAM user": "users are not known",
    "IAM group": "groups are not known",
    ROLE: "roles and who may assume them are not known",
    POLICY: "what managed policies allow is not known",
    REPORT: "which users have a password, keys and a second factor is not known",
    "Lambda function": "which functions run with which role is not known",
    "EC2 instance": "which instances run with which role is not known",
    "ECS task definition": "which tasks run with which role is not known",
    "Glue job": "which jobs run with which role is not known",
    "Glue development endpoint": "which endpoints run with which role is not known",
    "CodeBuild project": "which builds run with which role is not known",
    "SageMaker notebook": "which notebooks run with which role is not known",
    "CloudFormation stack": "which stacks run with which role is not known",
    "secret": "secrets of Secrets Manager are not known",
    "parameter": "parameters of Systems Manager are not known",
    "S3 bucket": "buckets are not known",
    "resource policy": "policies of secrets, keys and buckets are not known",
    "control policy": "service control policies are not known, and none is applied",
    "account of an organisation": "the units above the account are not known",
    "account assignment": "who is assigned what in IAM Identity Center is not known",
    "permission set": "what permission sets allow is not known",
    "Identity Center user": "users of IAM Identity Center are not known",
    "Identity Center group": "groups of IAM Identity Center are not known",
    "Identity Center membership": "who is in groups of IAM Identity Center is not known",
}
NOT_BESIDE: Mapping[str, str] = {  # what an account is told when no organisation is read with it
    "control policy": "no service control policies beside it; those of another load are applied",
    "account assignment": "nothing of IAM Identity Center beside it; another load may have it",
}


def needed_of(level: Level) -> tuple[str, ...]:
    """Return the record kinds that a source ought to have."""
    return tuple(kind for kind in NEEDED if level_of(kind) is level)
