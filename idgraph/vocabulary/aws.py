"""AWS: principals, policies, workloads and secret stores, and what exports state of them.

Ids are ARNs as AWS prints them; an account is its twelve digits; a managed policy of AWS's own is
its ARN, which has no account. What has no ARN is named after what it belongs to: an inline policy
`<principal>#policy/<name>`, a statement `<policy>#<Sid or hash>`, a role's trust policy
`<role>#trust`, a resource's policy `<resource>#policy`. A policy's statements are kept whole, as
JSON, because every verdict names the statement it rests on.
"""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, NodeKind, PropertyType
from idgraph.vocabulary.common import between

_BOOL, _INT, _STR, _TIME, _STRS = (
    PropertyType.BOOL,
    PropertyType.INT,
    PropertyType.STR,
    PropertyType.TIME,
    PropertyType.STRS,
)
_ANY = {"account_id": _STR, "created": _TIME, "tags": _STRS}
_PLACED = {**_ANY, "region": _STR}
_OPENS = {  # what the tags of a secret say that it is for
    "opens_app_id": _STR,
    "opens_key_id": _STR,
    "opens_access_key": _STR,
    "opens_repository": _STR,
}


def _compute(name: str, label: str) -> NodeKind:
    return NodeKind(
        name=name,
        label=label,
        platform="aws",
        about=f"To hold a {label} is to run code on it.",
        wants_owner=True,
        shape="box",
        properties={**_PLACED, "state": _STR},
    )


ORGANISATION = NodeKind(
    name="AWSOrganization",
    label="AWS organisation",
    platform="aws",
    about="Accounts that share service control policies; to hold it is to administer them all.",
    is_privileged=True,
    wants_owner=True,
    shape="star",
    properties={"management_account_id": _STR},
)
UNIT = NodeKind(
    name="AWSOrganizationalUnit",
    label="organisational unit",
    platform="aws",
    about="Accounts to which the same service control policies apply.",
    shape="box",
)
ACCOUNT = NodeKind(
    name="AWSAccount",
    label="AWS account",
    platform="aws",
    about="To hold an account is to be its administrator, by whatever combination of permissions.",
    is_privileged=True,
    wants_owner=True,
    shape="star",
    properties={**_ANY, "management": _BOOL},
)
ROOT_USER = NodeKind(
    name="AWSRootUser",
    label="root user",
    platform="aws",
    about="The account's first identity, bound by service control policies alone.",
    is_person=True,
    is_privileged=True,
    shape="dot",
    properties={**_ANY, "mfa": _BOOL, "access_keys": _INT},
)
USER = NodeKind(
    name="AWSUser",
    label="IAM user",
    platform="aws",
    about="An identity of one account, for a person with a password or a program with keys.",
    is_person=True,
    wants_owner=True,
    shape="dot",
    properties={
        **_ANY,
        "user_name": _STR,
        "login_profile": _BOOL,  # has a console password; absent: not known
        "mfa": _BOOL,
        "access_keys": _INT,  # active or not; absent: not known
        "last_sign_in": _TIME,
    },
)
GROUP = NodeKind(
    name="AWSGroup",
    label="IAM group",
    platform="aws",
    about="Users of one account that share policies; nobody can act as it.",
    shape="square",
    properties=_ANY,
)
ROLE = NodeKind(
    name="AWSRole",
    label="IAM role",
    platform="aws",
    about="An identity that others take on, as its trust policy allows.",
    is_nhi=True,
    wants_owner=True,
    shape="triangle",
    properties={
        **_ANY,
        "role_name": _STR,
        "service_linked": _BOOL,
        "last_used": _TIME,
        "max_session_seconds": _INT,
    },
)
ACCESS_KEY = NodeKind(
    name="AWSAccessKey",
    label="access key",
    platform="aws",
    about="A long-lived credential of an IAM user, by its id, never its secret.",
    is_nhi=True,
    shape="diamond",
    properties={**_ANY, "active": _BOOL, "last_used": _TIME},
)
POLICY = NodeKind(
    name="AWSPolicy",
    label="IAM policy",
    platform="aws",
    about="A policy document: managed, inline, a trust policy, or one of a resource.",
    shape="box",
    properties={
        **_ANY,
        "policy_type": _STR,  # managed, aws, inline, trust, resource, scp, rcp
        "default_version": _STR,
        "document_read": _BOOL,
    },
)
STATEMENT = NodeKind(
    name="AWSPolicyStatement",
    label="policy statement",
    platform="aws",
    about="One statement of a policy document, as the document has it.",
    shape="dot",
    properties={
        "sid": _STR,
        "statement": _STR,  # JSON
        "language": _STR,  # Version of the document
        "policy": _STR,  # id of the policy that states it
        "version": _STR,  # of the managed policy, v1 …
        "default_version": _BOOL,
    },
)
INSTANCE_PROFILE = NodeKind(
    name="AWSInstanceProfile",
    label="instance profile",
    platform="aws",
    about="What gives a role to EC2 instances.",
    shape="box",
    properties=_ANY,
)
OIDC_PROVIDER = NodeKind(
    name="AWSOIDCProvider",
    label="OIDC provider",
    platform="aws",
    about="An issuer outside AWS whose tokens roles of the account may trust.",
    shape="hexagon",
    properties={**_ANY, "url": _STR, "audiences": _STRS},
)
SAML_PROVIDER = NodeKind(
    name="AWSSAMLProvider",
    label="SAML provider",
    platform="aws",
    about="An identity provider whose assertions roles of the account may trust.",
    shape="hexagon",
    properties={**_ANY, "entity_id": _STR},  # of the provider's metadata
)
IDENTITY_CENTER = NodeKind(
    name="AWSIdentityCenter",
    label="Identity Center instance",
    platform="aws",
    about="An instance of IAM Identity Center, with the identity store of its users.",
    shape="hexagon",
    properties={**_ANY, "identity_store": _STR},
)
PERMISSION_SET = NodeKind(
    name="AWSPermissionSet",
    label="permission set",
    platform="aws",
    about="What IAM Identity Center makes a role of in each account that it is assigned in.",
    shape="box",
    properties={"instance": _STR, "session": _STR, "created": _TIME, "tags": _STRS},
)
SSO_USER = NodeKind(
    name="AWSSSOUser",
    label="Identity Center user",
    platform="aws",
    about="A person in IAM Identity Center.",
    is_person=True,
    shape="dot",
    properties={
        "user_name": _STR,
        "mail": _STR,  # the primary one
        "mails": _STRS,
        "identity_store": _STR,
        "external_id": _STR,
        "external_ids": _STRS,  # <issuer>|<id>, as the directories that provision it call it
        "created": _TIME,
        "enabled": _BOOL,
    },
)
SSO_GROUP = NodeKind(
    name="AWSSSOGroup",
    label="Identity Center group",
    platform="aws",
    about="People in IAM Identity Center who share assignments.",
    shape="square",
    properties={"identity_store": _STR, "external_id": _STR, "external_ids": _STRS},
)
LAMBDA = _compute("AWSLambdaFunction", "Lambda function")
INSTANCE = _compute("AWSEC2Instance", "EC2 instance")
ECS_TASK = _compute("AWSECSTaskDefinition", "ECS task definition")
GLUE_JOB = _compute("AWSGlueJob", "Glue job")
GLUE_ENDPOINT = _compute("AWSGlueDevEndpoint", "Glue development endpoint")
CODEBUILD = _compute("AWSCodeBuildProject", "CodeBuild project")
NOTEBOOK = _compute("AWSSageMakerNotebook", "SageMaker notebook")
STACK = _compute("AWSCloudFormationStack", "CloudFormation stack")
SECRET = NodeKind(
    name="AWSSecret",
    label="secret",
    platform="aws",
    about="A secret of Secrets Manager by its name and dates, never its value; to hold it is to "
    "read it.",
    is_secret_store=True,
    wants_owner=True,
    shape="database",
    properties={**_PLACED, **_OPENS, "last_changed": _TIME, "rotation": _BOOL, "kms_key": _STR},
)
PARAMETER = NodeKind(
    name="AWSParameter",
    label="parameter",
    platform="aws",
    about="A SecureString of Systems Manager by its name, never its value; to hold it is to read "
    "it.",
    is_secret_store=True,
    wants_owner=True,
    shape="database",
    properties={**_PLACED, **_OPENS, "last_changed": _TIME, "kms_key": _STR},
)
KMS_KEY = NodeKind(
    name="AWSKMSKey",
    label="KMS key",
    platform="aws",
    about="A key by its ARN; to hold it is to decrypt with it.",
    shape="box",
    properties={**_PLACED, "manager": _STR},  # CUSTOMER or AWS
)
BUCKET = NodeKind(
    name="AWSS3Bucket",
    label="S3 bucket",
    platform="aws",
    about="To hold a bucket is to read its objects.",
    is_data=True,
    wants_owner=True,
    shape="database",
    properties=_PLACED,
)

COMPUTE = (LAMBDA, INSTANCE, ECS_TASK, GLUE_JOB, GLUE_ENDPOINT, CODEBUILD, NOTEBOOK, STACK)
STORES = (SECRET, PARAMETER)
WITH_POLICY = (*STORES, KMS_KEY, BUCKET, LAMBDA)  # resources that can have a policy of their own
PRINCIPALS = (USER, GROUP, ROLE)
NODE_KINDS = (
    ORGANISATION,
    UNIT,
    ACCOUNT,
    ROOT_USER,
    USER,
    GROUP,
    ROLE,
    ACCESS_KEY,
    POLICY,
    STATEMENT,
    INSTANCE_PROFILE,
    OIDC_PROVIDER,
    SAML_PROVIDER,
    IDENTITY_CENTER,
    PERMISSION_SET,
    SSO_USER,
    SSO_GROUP,
    *COMPUTE,
    *STORES,
    KMS_KEY,
    BUCKET,
)

IN_ACCOUNT = EdgeKind(
    name="IN_ACCOUNT",
    reads="belongs to",
    ends=between(
        (
            ROOT_USER,
            *PRINCIPALS,
            ACCESS_KEY,
            POLICY,
            INSTANCE_PROFILE,
            OIDC_PROVIDER,
            SAML_PROVIDER,
            *COMPUTE,
            *STORES,
            KMS_KEY,
            BUCKET,
        ),
        (ACCOUNT,),
    ),
)
UNDER = EdgeKind(
    name="UNDER",
    reads="stands under",
    ends=between((ACCOUNT, UNIT), (UNIT, ORGANISATION)),
)
IN_GROUP = EdgeKind(
    name="IN_GROUP",
    reads="is in the group",
    ends=(*between((USER,), (GROUP,)), *between((SSO_USER,), (SSO_GROUP,))),
)
HAS_POLICY = EdgeKind(
    name="HAS_POLICY",
    reads="has the policy",
    ends=between((*PRINCIPALS, PERMISSION_SET), (POLICY,)),
)
HAS_BOUNDARY = EdgeKind(
    name="HAS_BOUNDARY",
    reads="is bounded by",
    ends=between((USER, ROLE, PERMISSION_SET), (POLICY,)),
)
HAS_TRUST_POLICY = EdgeKind(
    name="HAS_TRUST_POLICY",
    reads="is assumed as it says in",
    ends=between((ROLE,), (POLICY,)),
)
HAS_RESOURCE_POLICY = EdgeKind(
    name="HAS_RESOURCE_POLICY",
    reads="is used as it says in",
    ends=between(WITH_POLICY, (POLICY,)),
)
HAS_STATEMENT = EdgeKind(
    name="HAS_STATEMENT",
    reads="states",
    ends=between((POLICY,), (STATEMENT,)),
)
HAS_CONTROL_POLICY = EdgeKind(
    name="HAS_CONTROL_POLICY",
    reads="is limited by",
    ends=between((ORGANISATION, UNIT, ACCOUNT), (POLICY,)),
)
HAS_ACCESS_KEY = EdgeKind(
    name="HAS_ACCESS_KEY",
    reads="has the access key",
    ends=between((USER, ROOT_USER), (ACCESS_KEY,)),
)
IN_PROFILE = EdgeKind(
    name="IN_PROFILE",
    reads="is given to instances by",
    ends=between((ROLE,), (INSTANCE_PROFILE,)),
)
RUNS_WITH_ROLE = EdgeKind(
    name="RUNS_WITH_ROLE",
    reads="runs with the role",
    ends=between(COMPUTE, (ROLE, INSTANCE_PROFILE)),
    properties={"use": _STR},  # task or execution, of an ECS task definition
)
ENCRYPTED_WITH = EdgeKind(
    name="ENCRYPTED_WITH",
    reads="is encrypted with",
    ends=between((*STORES, BUCKET), (KMS_KEY,)),
)
ASSIGNED = EdgeKind(
    name="ASSIGNED",
    reads="is assigned",
    ends=between((SSO_USER, SSO_GROUP), (PERMISSION_SET,)),
    properties={"account_id": _STR},
)

EDGE_KINDS = (
    IN_ACCOUNT,
    UNDER,
    IN_GROUP,
    HAS_POLICY,
    HAS_BOUNDARY,
    HAS_TRUST_POLICY,
    HAS_RESOURCE_POLICY,
    HAS_STATEMENT,
    HAS_CONTROL_POLICY,
    HAS_ACCESS_KEY,
    IN_PROFILE,
    RUNS_WITH_ROLE,
    ENCRYPTED_WITH,
    ASSIGNED,
)
