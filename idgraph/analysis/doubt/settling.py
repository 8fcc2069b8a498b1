"""What would settle a doubt: the record kind, setting or test that says how it really is.

Where a loader names the same thing in its coverage, the words are that name, so that an answer
can say of which source it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from idgraph.catalogue import ASSUME

_CLUSTERS = "settings of Kubernetes clusters (aadProfile, disableLocalAccounts)"
_AUTHENTICATION = "authentication methods policy"
_APPLICATIONS = "AZApp"
_TEST = "a test in a tenant of one's own"

SETTLES_ASSUMPTION: Mapping[str, str] = {
    "aks_azure_rbac": _CLUSTERS,
    "aks_local_accounts": _CLUSTERS,
    "app_assignment": "AZAppRoleAssignment",
    "app_home_tenant": _APPLICATIONS,
    "app_instance_lock": "app instance lock",
    "app_only_password_reset": _TEST,
    "app_single_directory": _APPLICATIONS,
    "device_managed": "devices that Intune manages",
    "elevate_access_by_service_principal": _TEST,
    "direct_member": "AZGroupMember",
    "eligible_role_protection": _TEST,
    "entra_login": "extensions of virtual machines (sign-in with Entra accounts)",
    "federated_second_factor": "federation settings of the domain (federatedIdpMfaBehavior)",
    "github_branch": "rulesets of GitHub repositories",
    "github_environment": "environments of GitHub repositories (protection rules)",
    "github_reusable_workflow": "the reusable workflow that the subject names",
    "github_subject_form": "OIDC subject templates of GitHub repositories",
    "group_provisioning": "provisioning of the application (external ids of the groups)",
    "group_not_role_assignable": "AZGroup",
    "guest_owner_access": "authorization policy (what guests may do)",
    "identity_center_tenant": "identity source of the Identity Center, AZServicePrincipal",
    "kms_key_policy": "resource policy",
    "oidc_provider": "OIDC provider",
    "owner_app_permission": _TEST,
    "password_writeback": "settings of the synchronisation (password writeback)",
    "permission_set_role": "which role is provisioned for the permission set",
    "repository_token": "the record of who set the secret, and with which permissions",
    "resource_control_policies": "control policy",
    "reset_without_approval": "reset register",
    "restricted_management_unit": "administrative unit membership",
    "role_assignment_condition": "conditions of Azure role assignments",
    "saml_provider_tenant": "SAML provider",
    "secret_enabled": "whether the secret is used again",
    "secret_tag": "the record of who set the secret, and for which key",
    "self_service_methods": _AUTHENTICATION,
    "service_control_policies": "control policy",
    "service_principal_enabled": "whether the service principal is used again",
    "shared_key_access": "AZStorageAccount",
    "tap_policy": _AUTHENTICATION,
}
"""By the subject of an `assume:` guard."""

SETTLES_BLIND_SPOT: Mapping[str, str] = {
    "IAM role of ": "IAM role",
    "access key ": "access key",
    "account assignments of ": "account assignment",
    "document of ": "managed policy",
    "permission model of ": "AZKeyVault",
    "self-approval of ": "reset register",
    "tenant of ": "reset register",
    "unit members of ": "administrative unit membership",
}
"""By how the subject of an `unknown:` guard begins."""


CALLS: Mapping[str, str] = {
    "AWS account": "aws organizations describe-account",
    "AWS-managed policy, shipped copy": "aws iam get-account-authorization-details",
    "CloudFormation stack": "aws cloudformation describe-stacks",
    "CodeBuild project": "aws codebuild batch-get-projects",
    "EC2 instance": "aws ec2 describe-instances",
    "ECS task definition": "aws ecs describe-task-definition",
    "Glue development endpoint": "aws glue get-dev-endpoints",
    "Glue job": "aws glue get-jobs",
    "IAM group": "aws iam get-account-authorization-details",
    "IAM role": "aws iam get-account-authorization-details",
    "IAM user": "aws iam get-account-authorization-details",
    "Identity Center group": "aws identitystore list-groups",
    "Identity Center instance": "aws sso-admin list-instances",
    "Identity Center membership": "aws identitystore list-group-memberships",
    "Identity Center user": "aws identitystore list-users",
    "KMS key": "aws kms describe-key",
    "Lambda function": "aws lambda list-functions",
    "OIDC provider": "aws iam list-open-id-connect-providers",
    "S3 bucket": "aws s3api list-buckets",
    "SAML provider": "aws iam list-saml-providers",
    "SageMaker notebook": "aws sagemaker list-notebook-instances",
    "access key": "aws iam list-access-keys",
    "account assignment": "aws sso-admin list-account-assignments",
    "account of an organisation": "aws organizations list-accounts",
    "control policy": "aws organizations list-policies-for-target, describe-policy",
    "credential report": "aws iam get-credential-report",
    "instance profile": "aws iam list-instance-profiles",
    "login profile": "aws iam get-login-profile",
    "managed policy": "aws iam get-account-authorization-details, get-policy-version",
    "parameter": "aws ssm describe-parameters",
    "permission set": "aws sso-admin describe-permission-set",
    "resource policy": "aws kms get-key-policy, s3api get-bucket-policy, lambda get-policy, "
    "secretsmanager get-resource-policy",
    "secret": "aws secretsmanager list-secrets",
}
"""By a record kind of AWS: the calls whose answers hold it (AWS CLI Command Reference)."""

HINTED = frozenset({"administrative unit membership", "app instance lock"})
"""What loaders name as missing and the graph itself says wherever it matters."""


def settled_by(guard: str) -> str:
    """Return what would settle a doubt; the doubt's own subject where nothing better is known."""
    kind, _, subject = guard.partition(":")
    if kind == ASSUME.name:
        return SETTLES_ASSUMPTION.get(subject, subject.replace("_", " "))
    begun = (what for start, what in SETTLES_BLIND_SPOT.items() if subject.startswith(start))
    return next(begun, subject)
