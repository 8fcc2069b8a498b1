"""Documents of the company's AWS accounts: what is allowed, what is denied, who may take on what.

Each statement has a Sid, because an answer names the statement that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loaders.aws_iam.shipped import copies
from sample_data import aws_ids, ids
from sample_data.aws_ids import GITHUB, PRODUCTION, SANDBOX, iam

Json = dict[str, Any]
REPOSITORY = "northlight/platform-deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """A managed policy; `older` are its versions before the default one."""

    name: str
    document: Json
    path: str = "/"
    older: tuple[Json, ...] = ()
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return iam("policy", f"{self.path[1:]}{self.name}", self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAws:
    """A managed policy of AWS's own, as AWS published it."""

    name: str
    path: str
    version: str
    created: str
    updated: str
    document: Json

    @property
    def arn(self) -> str:
        """The ARN."""
        return aws_ids.of_aws(f"{self.path[1:]}{self.name}")


_MADE = (  # the policies of AWS's own that are used, by path and name, and when AWS made each
    ("/", "AdministratorAccess", "2015-02-06T18:39:46+00:00"),
    ("/", "IAMReadOnlyAccess", "2015-02-06T18:40:39+00:00"),
    ("/service-role/", "AWSLambdaBasicExecutionRole", "2015-04-09T15:03:43+00:00"),
    ("/", "AmazonSSMManagedInstanceCore", "2019-03-15T17:22:12+00:00"),
    ("/service-role/", "AmazonECSTaskExecutionRolePolicy", "2017-11-16T18:48:22+00:00"),
    ("/", "AWSBillingReadOnlyAccess", "2020-08-27T20:08:51+00:00"),
    ("/service-role/", "AWSGlueServiceRole", "2017-08-14T13:37:21+00:00"),
    ("/", "CloudWatchAgentServerPolicy", "2018-03-07T01:06:44+00:00"),
    ("/", "IAMUserChangePassword", "2016-11-15T00:25:16+00:00"),
    ("/aws-service-role/", "AWSTrustedAdvisorServiceRolePolicy", "2018-02-22T21:24:25+00:00"),
    ("/aws-service-role/", "AWSOrganizationsServiceTrustPolicy", "2017-10-10T23:04:07+00:00"),
    ("/aws-service-role/", "AmazonECSServiceRolePolicy", "2017-10-14T01:18:58+00:00"),
    ("/aws-service-role/", "AWSSSOServiceRolePolicy", "2017-12-05T18:36:15+00:00"),
    ("/aws-service-role/", "CloudTrailServiceRolePolicy", "2018-10-24T21:21:44+00:00"),
    ("/aws-service-role/", "AutoScalingServiceRolePolicy", "2018-01-08T23:10:55+00:00"),
)


def _of_aws(path: str, name: str, made: str) -> OfAws:
    """Return a policy as the copy that the loader ships has it."""
    copy = copies()[aws_ids.of_aws(f"{path[1:]}{name}")]
    return OfAws(
        name=name,
        path=path,
        version=copy.version,
        created=made,
        updated=copy.made,
        document=dict(copy.document),
    )


OF_AWS = {name: _of_aws(path, name, made) for path, name, made in _MADE}
ADMINISTRATOR = OF_AWS["AdministratorAccess"].arn
BASIC_LAMBDA = OF_AWS["AWSLambdaBasicExecutionRole"].arn
TASK_EXECUTION = OF_AWS["AmazonECSTaskExecutionRolePolicy"].arn
MANAGED_INSTANCE = OF_AWS["AmazonSSMManagedInstanceCore"].arn
AGENT = OF_AWS["CloudWatchAgentServerPolicy"].arn
READ_IAM = OF_AWS["IAMReadOnlyAccess"].arn
READ_BILLS = OF_AWS["AWSBillingReadOnlyAccess"].arn


def document(*statements: Json) -> Json:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, *actions: str, on: str | list[str] = "*", when: Json | None = None) -> Json:
    """Return a statement that allows actions on resources."""
    return _statement(sid, "Allow", actions, on, when)


def deny(sid: str, *actions: str, on: str | list[str] = "*", when: Json | None = None) -> Json:
    """Return a statement that denies actions on resources."""
    return _statement(sid, "Deny", actions, on, when)


def _statement(
    sid: str, effect: str, actions: tuple[str, ...], on: str | list[str], when: Json | None
) -> Json:
    said = actions[0] if len(actions) == 1 else list(actions)
    made: Json = {"Sid": sid, "Effect": effect, "Action": said, "Resource": on}
    return made | ({"Condition": when} if when else {})


# Trust policies.


def trust(
    principal: Json, *, action: str = "sts:AssumeRole", sid: str = "", when: Json | None = None
) -> Json:
    """Return a trust policy of one statement."""
    made: Json = {"Sid": sid} if sid else {}
    made |= {"Effect": "Allow", "Principal": principal, "Action": action}
    return document(made | ({"Condition": when} if when else {}))


def by_service(name: str) -> Json:
    """Return a trust policy that lets in a service of AWS."""
    return trust({"Service": f"{name}.amazonaws.com"})


def by_arn(arn: str, sid: str, when: Json | None = None) -> Json:
    """Return a trust policy that lets in a principal of AWS, or an account."""
    return trust({"AWS": arn}, sid=sid, when=when)


def by_github(sid: str, subject: Json | None) -> Json:
    """Return a trust policy for GitHub's tokens: with the audience, and with a subject or none."""
    when = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    for operator, wanted in (subject or {}).items():
        when = when | {operator: when.get(operator, {}) | {f"{GITHUB}:sub": wanted}}
    provider = iam("oidc-provider", GITHUB)
    return trust(
        {"Federated": provider}, action="sts:AssumeRoleWithWebIdentity", sid=sid, when=when
    )


def by_sso(account: str) -> Json:
    """Return the trust policy of a role that IAM Identity Center made."""
    provider = iam("saml-provider", aws_ids.sso_provider(account), account)
    made = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    return document(made)


# Policies of the production account.

OFFICE = ["203.0.113.0/24", "2001:db8:4100::/48"]
EXTERNAL_ID = "nl-sandbox-rollout"
SETTLEMENT_KEY = aws_ids.kms_key("settlement")
PARTNER_KEY = aws_ids.kms_key("partner")
SANDBOX_DEPLOYER = iam("role", "org-deployer", SANDBOX)

DEPLOY = Managed(
    name="platform-deploy",
    path="/pipelines/",
    document=document(
        allow("Everything", "iam:*", "lambda:*", "cloudformation:*", "s3:*", "secretsmanager:*"),
        allow("Rollout", "sts:AssumeRole", on=SANDBOX_DEPLOYER),
    ),
    older=(document(allow("Everything", "*")),),
)
DEPLOY_BOUNDARY = Managed(
    name="platform-deploy-boundary",
    path="/boundaries/",
    document=document(
        allow("Look", "iam:Get*", "iam:List*", "lambda:Get*", "lambda:List*", "logs:Get*"),
        allow(
            "SettlementFunctions",
            "lambda:CreateFunction",
            "lambda:UpdateFunctionCode",
            "lambda:InvokeFunction",
            on=aws_ids.regional("lambda", "function:settlement-*"),
        ),
        allow(
            "PassSettlementRoles",
            "iam:PassRole",
            on=iam("role", "workloads/settlement-*"),
            when={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        ),
        allow(
            "Artifacts",
            "s3:GetObject",
            "s3:PutObject",
            on=f"{aws_ids.bucket('northlight-artifacts')}/*",
        ),
        allow("Rollout", "sts:AssumeRole", on=SANDBOX_DEPLOYER),
    ),
)
"""What keeps the pipeline from what its policy allows: it has no iam:Create*, no iam:Put*."""
PLAN = Managed(
    name="terraform-state",
    path="/pipelines/",
    document=document(
        allow("Read", "s3:GetObject", on=f"{aws_ids.bucket('northlight-terraform-state')}/*"),
        allow("List", "s3:ListBucket", on=aws_ids.bucket("northlight-terraform-state")),
    ),
)
PUBLISH = Managed(
    name="publish-docs",
    path="/pipelines/",
    document=document(
        allow("Site", "s3:GetObject", "s3:PutObject", on=f"{aws_ids.bucket('northlight-docs')}/*")
    ),
)
FIRMWARE_RELEASE = Managed(
    name="firmware-release",
    path="/pipelines/",
    document=document(allow("Images", "s3:*", on=f"{aws_ids.bucket('northlight-firmware')}/*")),
)
SETTLEMENT = Managed(
    name="settlement-runner",
    path="/workloads/",
    document=document(
        allow(
            "Secrets",
            "secretsmanager:GetSecretValue",
            on=aws_ids.regional("secretsmanager", "secret:prod/*"),
        ),
        allow("Key", "kms:Decrypt", on=SETTLEMENT_KEY),
        allow("Books", "s3:GetObject", on=f"{aws_ids.bucket('northlight-settlement')}/*"),
    ),
)
NO_SIGNING = Managed(
    name="no-signing-keys",
    path="/guardrails/",
    document=document(
        deny(
            "NoReleaseKey",
            "secretsmanager:*",
            on=aws_ids.regional("secretsmanager", "secret:prod/signing/release-key-*"),
        )
    ),
)
RECONCILE = Managed(
    name="settlement-reconciler",
    path="/workloads/",
    document=document(
        allow("Ledger", "dynamodb:GetItem", on=aws_ids.regional("dynamodb", "table/ledger"))
    ),
)
ARCHIVE = Managed(
    name="settlement-archive",
    path="/workloads/",
    document=document(
        allow(
            "Archive",
            "s3:GetObject",
            "s3:PutObject",
            on=f"{aws_ids.bucket('northlight-settlement-archive')}/*",
        )
    ),
)
PARTNER = Managed(
    name="partner-sync",
    path="/workloads/",
    document=document(
        allow(
            "Token",
            "secretsmanager:GetSecretValue",
            on=aws_ids.regional("secretsmanager", "secret:prod/partner/*"),
        ),
        allow("Key", "kms:Decrypt", on=PARTNER_KEY),
    ),
)
BUILD = Managed(
    name="build-runner",
    path="/pipelines/",
    document=document(
        allow("Tasks", "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:CreateCluster"),
        allow("Stacks", "cloudformation:CreateStack"),
        allow(
            "PassToTasks",
            "iam:PassRole",
            on="*",
            when={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ),
)
"""Every role may be passed on, but to tasks alone: the provisioner trusts CloudFormation."""
OPERATORS = Managed(
    name="operators",
    document=document(
        allow("BreakGlass", "sts:AssumeRole", on=iam("role", "break-glass-admin")),
        allow("Functions", "lambda:CreateFunction", "lambda:InvokeFunction"),
        allow(
            "PassToInstances",
            "iam:PassRole",
            on=iam("role", "workloads/ops-*"),
            when={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    ),
)
CALIBRATION = Managed(
    name="calibration-data",
    document=document(
        allow(
            "Certificates",
            "s3:GetObject",
            on=f"{aws_ids.bucket('northlight-calibration-archive')}/*",
        )
    ),
)
HELPDESK = Managed(
    name="helpdesk-tools",
    document=document(
        allow("Look", "iam:ListUsers", "iam:GetLoginProfile"),
        allow(
            "People",
            "iam:CreateAccessKey",
            "iam:UpdateLoginProfile",
            on=iam("user", "people/*"),
        ),
    ),
)
FIRMWARE = Managed(
    name="firmware-images",
    document=document(
        allow("Images", "s3:GetObject", on=f"{aws_ids.bucket('northlight-firmware')}/*")
    ),
)
TELEMETRY = Managed(
    name="telemetry-store",
    path="/workloads/",
    document=document(
        allow(
            "Readings",
            "s3:GetObject",
            "s3:PutObject",
            on=f"{aws_ids.bucket('northlight-telemetry')}/*",
        )
    ),
)
PORTAL = Managed(
    name="portal-task",
    path="/workloads/",
    document=document(
        allow("Assets", "s3:GetObject", on=f"{aws_ids.bucket('northlight-portal-assets')}/*"),
        allow(
            "Settings",
            "ssm:GetParameter",
            "ssm:GetParameters",
            on=aws_ids.regional("ssm", "parameter/portal/*"),
        ),
        allow(
            "Session",
            "secretsmanager:GetSecretValue",
            on=aws_ids.regional("secretsmanager", "secret:prod/portal/*"),
        ),
    ),
)
METRICS = Managed(
    name="read-metrics",
    document=document(allow("Metrics", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics")),
)
LOGS = Managed(
    name="write-logs",
    path="/workloads/",
    document=document(
        allow("Logs", "logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup")
    ),
)
NETWORK = Managed(
    name="network-stacks",
    path="/workloads/",
    document=document(
        allow(
            "Network", "ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateRouteTable", "ec2:Describe*"
        )
    ),
)
BACKUPS = Managed(
    name="backups",
    document=document(
        allow("Copies", "s3:PutObject", on=f"{aws_ids.bucket('northlight-backups')}/*")
    ),
)
INVENTORY = Managed(
    name="inventory",
    path="/pipelines/",
    document=document(allow("List", "ec2:Describe*", "lambda:List*", "s3:ListAllMyBuckets")),
)
ORDERS = Managed(
    name="orders",
    path="/workloads/",
    document=document(
        allow(
            "Queue", "sqs:SendMessage", "sqs:ReceiveMessage", on=aws_ids.regional("sqs", "orders")
        )
    ),
)
JUMPHOST = Managed(
    name="jumphost",
    path="/workloads/",
    document=document(allow("Names", "ec2:DescribeInstances", "ec2:DescribeTags")),
)
# Not attached to anything.
OLD_ADMIN = Managed(name="old-admins", document=document(allow("All", "*")))
PRODUCTION_POLICIES = (
    DEPLOY, DEPLOY_BOUNDARY, PLAN, PUBLISH, FIRMWARE_RELEASE, SETTLEMENT, NO_SIGNING, RECONCILE,
    ARCHIVE, PARTNER, BUILD, OPERATORS, CALIBRATION, HELPDESK, FIRMWARE, TELEMETRY, PORTAL,
    METRICS, LOGS, NETWORK, BACKUPS, INVENTORY, ORDERS, JUMPHOST, OLD_ADMIN,
)  # fmt: skip

# Policies of the sandbox account.

LAB_HELPER = Managed(
    name="lab-helper",
    account=SANDBOX,
    document=document(allow("Keys", "iam:CreateAccessKey", "iam:ListUsers")),
)
"""Allowed here, and denied to the whole account by its organisation."""
LAB_RUNNER = Managed(
    name="lab-runner",
    account=SANDBOX,
    document=document(allow("Samples", "s3:GetObject", on=f"{aws_ids.bucket('northlight-lab')}/*")),
)
SANDBOX_POLICIES = (LAB_HELPER, LAB_RUNNER)

# Policies of resources.

TLS_ONLY = document(
    {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [
            aws_ids.bucket("northlight-settlement"),
            f"{aws_ids.bucket('northlight-settlement')}/*",
        ],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
)
VENDORS_COPY = document(
    {
        "Sid": "VendorRestores",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws_ids.VENDOR}:root"},
        "Action": "s3:GetObject",
        "Resource": f"{aws_ids.bucket('northlight-backups')}/*",
    }
)
ONLY_THE_PORTAL = document(
    {
        "Sid": "OnlyThePortal",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:PrincipalArn": iam("role", "workloads/portal-task")}
        },
    }
)
BY_IAM = document(
    {
        "Sid": "AccountByIam",
        "Effect": "Allow",
        "Principal": {"AWS": iam("root", "")[:-1]},
        "Action": "kms:*",
        "Resource": "*",
    }
)
"""AWS's own default: the account's policies decide about the key."""
RESOURCE_POLICIES: Mapping[str, Json] = {
    aws_ids.bucket("northlight-settlement"): TLS_ONLY,
    aws_ids.bucket("northlight-backups"): VENDORS_COPY,
    aws_ids.secret("prod/portal/session-key"): ONLY_THE_PORTAL,
    SETTLEMENT_KEY: BY_IAM,
    PARTNER_KEY: BY_IAM,
}

# Policies of the organisation.


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A service control policy and what it is attached to: (id, type, name)."""

    id: str
    name: str
    document: Json
    targets: tuple[tuple[str, str, str], ...]
    of_aws: bool = False

    @property
    def arn(self) -> str:
        """The ARN."""
        owner, organisation = (
            ("aws", "") if self.of_aws else (aws_ids.MANAGEMENT, f"{aws_ids.ORGANISATION}/")
        )
        tail = f"policy/{organisation}service_control_policy/{self.id}"
        return f"arn:aws:organizations::{owner}:{tail}"


TOP = (aws_ids.ROOT, "ROOT", "Root")
WORKLOADS = (aws_ids.WORKLOADS_UNIT, "ORGANIZATIONAL_UNIT", "Workloads")
SANDBOXES = (aws_ids.SANDBOX_UNIT, "ORGANIZATIONAL_UNIT", "Sandboxes")
CONTROLS = (
    Control(
        id="p-FullAWSAccess",
        name="FullAWSAccess",
        document={
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        },
        targets=(
            TOP, WORKLOADS, SANDBOXES,
            (aws_ids.PRODUCTION, "ACCOUNT", "Northlight Production AWS"),
            (aws_ids.SANDBOX, "ACCOUNT", "Northlight Sandbox"),
        ),
        of_aws=True,
    ),
    Control(
        id=f"p-{ids.guid('scp/trail')[:8]}",
        name="ProtectTheTrail",
        document=document(
            deny("KeepTheTrail", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail")
        ),
        targets=(WORKLOADS,),
    ),
    Control(
        id=f"p-{ids.guid('scp/no-keys')[:8]}",
        name="NoUserCredentials",
        document=document(
            deny(
                "NoUserCredentials",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:UpdateLoginProfile",
            )
        ),
        targets=(SANDBOXES,),
    ),
)  # fmt: skip
