"""The company's AWS accounts: users, groups, roles, what runs with them, what is kept there.

Tables only. Documents are in `aws_policies.py`, the organisation and IAM Identity Center in
`aws_center.py`; what follows from all of them is in `plan_aws.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sample_data import aws_ids, aws_policies, ids, roster
from sample_data.aws_ids import PRODUCTION, SANDBOX, VENDOR, iam
from sample_data.aws_policies import ADMINISTRATOR, Json, Managed
from sample_data.roster import OWNER_POOL, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An access key of a user, by its id; `used` is empty where nobody ever used it."""

    name: str
    created: str
    active: bool = True
    used: str = ""

    @property
    def id(self) -> str:
        """The access key id."""
        return aws_ids.access_key(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user."""

    name: str
    path: str = "/"
    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    inline: dict[str, Json] = field(default_factory=dict)
    boundary: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    created: str = "2021-03-08"
    password: bool = False
    signed_in: str = ""
    mfa: bool = False
    keys: tuple[Key, ...] = ()
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return iam("user", f"{self.path[1:]}{self.name}", self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An IAM group."""

    name: str
    policies: tuple[str, ...] = ()
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return iam("group", self.name, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role; `trust` is the document that says who may take it on."""

    name: str
    trust: Json
    path: str = "/"
    policies: tuple[str, ...] = ()
    inline: dict[str, Json] = field(default_factory=dict)
    boundary: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    profile: bool = False
    used: str = "2026-10-24"
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return iam("role", f"{self.path[1:]}{self.name}", self.account)

    @property
    def service_linked(self) -> bool:
        """Whether a service of AWS made it for itself."""
        return self.path.startswith("/aws-service-role/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Something that runs with a role."""

    kind: str  # function, instance, task, project, job, notebook, stack
    name: str
    role: Role
    tags: dict[str, str] = field(default_factory=dict)
    execution: Role | None = None  # of a task
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN, as idgraph writes it where AWS prints none."""
        if self.kind == "job":
            return f"arn:aws:glue:*:{self.account}:job/{self.name}"
        service, tail = _ARNS[self.kind]
        mark = ids.guid(f"stack/{self.account}/{self.name}")
        return aws_ids.regional(service, tail.format(self.name, mark), self.account)


_ARNS = {  # by kind: the service, and what follows the account
    "function": ("lambda", "function:{}"),
    "instance": ("ec2", "instance/{}"),
    "task": ("ecs", "task-definition/{}:7"),
    "project": ("codebuild", "project/{}"),
    "notebook": ("sagemaker", "notebook-instance/{}"),
    "stack": ("cloudformation", "stack/{}/{}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A secret of Secrets Manager by its name; `key` is a KMS key of the company's own."""

    name: str
    key: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return aws_ids.secret(self.name, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of Systems Manager; only a SecureString is a secret."""

    name: str
    secure: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    account: str = PRODUCTION

    @property
    def arn(self) -> str:
        """The ARN."""
        return aws_ids.regional("ssm", f"parameter{self.name}", self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket."""

    name: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The ARN."""
        return aws_ids.bucket(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account and all that its export holds."""

    id: str
    name: str
    users: tuple[User, ...]
    groups: tuple[Group, ...]
    roles: tuple[Role, ...]
    policies: tuple[Managed, ...]
    workloads: tuple[Workload, ...]
    secrets: tuple[Store, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    keys: tuple[str, ...] = ()
    providers: tuple[tuple[str, str], ...] = ()  # OIDC: issuer, audience


def _owned(owner: Person | str, centre: str = "") -> dict[str, str]:
    login = owner if isinstance(owner, str) else owner.upn or owner.login
    return {"Owner": login} | ({"CostCenter": centre} if centre else {})


PLATFORM, DATA, FINANCE = (
    _owned(roster.HEAD_OF_PLATFORM, "4100"),
    _owned(roster.HEAD_OF_DATA, "4200"),
    _owned(roster.HEAD_OF_FINANCE, "3200"),
)
GONE = "gone.person@northlight.example"
SSO_INLINE = "AwsSSOInlinePolicy"
_WORKLOADS, _PIPELINES = "/workloads/", "/pipelines/"


def _service_role(service: str, name: str, policy: str, account: str = PRODUCTION) -> Role:
    domain = f"{service}.amazonaws.com"
    return Role(
        name=f"AWSServiceRoleFor{name}",
        path=f"/aws-service-role/{domain}/",
        trust=aws_policies.by_service(service),
        policies=(aws_policies.OF_AWS[policy].arn,),
        account=account,
    )


def _sso_role(
    name: str, *policies: str, account: str = PRODUCTION, own: Json | None = None
) -> Role:
    return Role(
        name=aws_ids.sso_role(name, account),
        path=f"/aws-reserved/sso.amazonaws.com/{aws_ids.REGION}/",
        trust=aws_policies.by_sso(account),
        policies=policies,
        inline={SSO_INLINE: own} if own else {},
        account=account,
    )


def _lambda_role(name: str, *policies: str, tags: dict[str, str] | None = None) -> Role:
    return Role(
        name=name,
        path=_WORKLOADS,
        trust=aws_policies.by_service("lambda"),
        policies=(aws_policies.BASIC_LAMBDA, *policies),
        tags=tags or {},
    )


def _for(service: str, name: str, *policies: str, tags: dict[str, str] | None = None) -> Role:
    return Role(
        name=name,
        path=_WORKLOADS,
        trust=aws_policies.by_service(service),
        policies=policies,
        tags=tags or {},
    )


# Roles that GitHub's workflows take on.

PLATFORM_DEPLOY = Role(
    name="platform-deploy",
    path=_PIPELINES,
    trust=aws_policies.by_github(
        "DeployFromProduction",
        {"StringEquals": f"repo:{aws_policies.REPOSITORY}:environment:production"},
    ),
    policies=(aws_policies.DEPLOY.arn,),
    boundary=aws_policies.DEPLOY_BOUNDARY.arn,
    tags=_owned("devops", "4110"),
)
PLATFORM_PLAN = Role(
    name="platform-plan",
    path=_PIPELINES,
    trust=aws_policies.by_github(
        "PlanFromPullRequests", {"StringEquals": f"repo:{aws_policies.REPOSITORY}:pull_request"}
    ),
    policies=(aws_policies.PLAN.arn,),
    tags=PLATFORM,
)
INVENTORY = Role(
    name="ci-inventory",
    path=_PIPELINES,
    trust=aws_policies.by_github("AnyRepository", {"StringLike": "repo:northlight/*:*"}),
    policies=(aws_policies.INVENTORY.arn, aws_policies.READ_IAM),
    tags=_owned(roster.MARCUS),
)
DOCS = Role(
    name="docs-publisher",
    path=_PIPELINES,
    trust=aws_policies.by_github("AnyWorkflow", None),
    policies=(aws_policies.PUBLISH.arn,),
    tags=_owned(roster.HELENE),
)
"""Nobody asked which repository: every workflow on GitHub may publish."""
FIRMWARE_RELEASE = Role(
    name="firmware-release",
    path=_PIPELINES,
    trust=aws_policies.by_github(
        "ReleaseFromMain", {"StringEquals": "repo:northlight/firmware:ref:refs/heads/main"}
    ),
    policies=(aws_policies.FIRMWARE_RELEASE.arn,),
    tags=_owned(roster.KENJI),
)

# Roles of workloads.

SETTLEMENT_RUNNER = _lambda_role(
    "settlement-runner",
    aws_policies.SETTLEMENT.arn,
    aws_policies.NO_SIGNING.arn,
    tags=_owned(roster.TOMAS),
)
RECONCILER = _lambda_role("settlement-reconciler", aws_policies.RECONCILE.arn, tags=FINANCE)
ARCHIVE = _for("ecs-tasks", "settlement-archive", aws_policies.ARCHIVE.arn, tags=FINANCE)
"""Of the pattern that the pipeline may pass on, and of a service that it may not pass it to."""
OPS_MAINTENANCE = _lambda_role("ops-maintenance", ADMINISTRATOR, tags=_owned("devops"))
"""Administrator, for functions; the operators may pass it to instances only."""
PARTNER_SYNC = _lambda_role("partner-sync", aws_policies.PARTNER.arn, tags=_owned(roster.ELIF))
PORTAL_TASK = _for("ecs-tasks", "portal-task", aws_policies.PORTAL.arn, tags=_owned(GONE))
PORTAL_EXECUTION = _for(
    "ecs-tasks", "portal-execution", aws_policies.TASK_EXECUTION, tags=_owned(GONE)
)
PROVISIONER = _for("cloudformation", "account-provisioner", ADMINISTRATOR, tags=PLATFORM)
NETWORK = _for("cloudformation", "cfn-network", aws_policies.NETWORK.arn, tags=PLATFORM)
BUILD_RUNNER = _for("codebuild", "build-runner", aws_policies.BUILD.arn, tags=_owned("devops"))
BUILD_FIRMWARE = _for(
    "codebuild", "build-firmware", aws_policies.FIRMWARE.arn, tags=_owned(roster.KENJI)
)
TELEMETRY = _lambda_role("telemetry-ingest", aws_policies.TELEMETRY.arn, tags=_owned(roster.KENJI))
JUMPHOST = Role(
    name="ec2-jumphost",
    path=_WORKLOADS,
    trust=aws_policies.by_service("ec2"),
    policies=(aws_policies.MANAGED_INSTANCE, aws_policies.JUMPHOST.arn),
    tags=PLATFORM,
    profile=True,
)
ETL = Role(
    name="ec2-etl",
    path=_WORKLOADS,
    trust=aws_policies.by_service("ec2"),
    policies=(aws_policies.AGENT, aws_policies.CALIBRATION.arn),
    tags=DATA,
    profile=True,
)
GLUE = _for("glue", "glue-calibration", aws_policies.CALIBRATION.arn, tags=DATA)
NOTEBOOK = _for(
    "sagemaker", "notebook-optics", aws_policies.TELEMETRY.arn, tags=_owned(OWNER_POOL[14])
)

# Roles that people and other accounts take on.

BREAK_GLASS = Role(
    name="break-glass-admin",
    trust=aws_policies.by_arn(
        iam("root", "")[:-1],
        "WithSecondFactor",
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ),
    policies=(ADMINISTRATOR,),
    tags=_owned(roster.MARCUS),
    used="2026-02-11",
)
HELPDESK_TOOLS = Role(
    name="helpdesk-tools",
    trust=aws_policies.by_arn(iam("user", "service/svc-servicedesk"), "ServiceDesk"),
    policies=(aws_policies.HELPDESK.arn,),
    tags=_owned("desk@brightdesk.example"),
)
LEGACY_ETL = Role(
    name="legacy-etl",
    trust=aws_policies.by_arn(aws_ids.unique("AIDA", "etl-2017"), "Etl"),
    policies=(ADMINISTRATOR,),
    tags=_owned(roster.HELENE),
    used="2022-11-30",
)
"""Administrator; its trust policy names a user that was deleted, so nobody takes it on."""
VENDOR_MONITORING = Role(
    name="vendor-monitoring",
    trust=aws_policies.by_arn(
        f"arn:aws:iam::{VENDOR}:root",
        "Vendor",
        {"StringEquals": {"sts:ExternalId": "7f1c-northlight"}},
    ),
    policies=(aws_policies.METRICS.arn,),
    tags=_owned(roster.ELIF),
)

_PLAIN: tuple[
    tuple[str, str, str, dict[str, str]], ...
] = (  # roles without a part in the story: name, service, what they may, whose
    ("invoice-render", "lambda", "", FINANCE),
    ("calibration-import", "lambda", aws_policies.CALIBRATION.arn, DATA),
    ("webhook-relay", "lambda", "", _owned("devops")),
    ("thumbnailer", "lambda", "", _owned(OWNER_POOL[4])),
    ("price-feed", "lambda", "", _owned(OWNER_POOL[4])),
    ("orders-task", "ecs-tasks", aws_policies.ORDERS.arn, _owned(OWNER_POOL[4])),
    ("reporting-task", "ecs-tasks", aws_policies.METRICS.arn, DATA),
    ("states-orders", "states", aws_policies.ORDERS.arn, _owned(OWNER_POOL[4])),
    ("events-orders", "events", aws_policies.ORDERS.arn, {}),
    ("backup-copy", "backup", aws_policies.BACKUPS.arn, _owned(roster.MARCUS)),
    ("config-recorder", "config", aws_policies.INVENTORY.arn, _owned(roster.MARCUS)),
    ("trail-to-logs", "cloudtrail", aws_policies.LOGS.arn, _owned(roster.MARCUS)),
    ("rds-monitoring", "monitoring.rds", aws_policies.LOGS.arn, {}),
    ("firehose-telemetry", "firehose", aws_policies.TELEMETRY.arn, _owned(roster.KENJI)),
    ("apigw-logs", "apigateway", aws_policies.LOGS.arn, {}),
    ("vpc-flow-logs", "vpc-flow-logs", aws_policies.LOGS.arn, PLATFORM),
    ("build-docs", "codebuild", aws_policies.LOGS.arn, _owned(GONE)),
)
PLAIN = tuple(
    _for(service, name, *filter(None, (policy,)), tags=tags)
    for name, service, policy, tags in _PLAIN
)
SSO_ADMIN = _sso_role("AdministratorAccess", ADMINISTRATOR)
SSO_AUDIT = _sso_role("SecurityAudit", aws_policies.READ_IAM)
SSO_BILLING = _sso_role("Billing", aws_policies.READ_BILLS)
SSO_DATA = _sso_role(
    "DataSteward",
    own=aws_policies.document(
        aws_policies.allow(
            "Archive",
            "s3:GetObject",
            on=f"{aws_ids.bucket('northlight-calibration-archive')}/*",
        )
    ),
)
PRODUCTION_ROLES = (
    PLATFORM_DEPLOY, PLATFORM_PLAN, INVENTORY, DOCS, FIRMWARE_RELEASE, SETTLEMENT_RUNNER,
    RECONCILER, ARCHIVE, OPS_MAINTENANCE, PARTNER_SYNC, PORTAL_TASK, PORTAL_EXECUTION, PROVISIONER,
    NETWORK, BUILD_RUNNER, BUILD_FIRMWARE, TELEMETRY, JUMPHOST, ETL, GLUE, NOTEBOOK, BREAK_GLASS,
    HELPDESK_TOOLS, LEGACY_ETL, VENDOR_MONITORING, *PLAIN, SSO_ADMIN, SSO_AUDIT, SSO_BILLING,
    SSO_DATA,
    _service_role("organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
    _service_role("sso", "SSO", "AWSSSOServiceRolePolicy"),
    _service_role("cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"),
    _service_role("autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy"),
    _service_role("ecs", "ECS", "AmazonECSServiceRolePolicy"),
    _service_role("trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
)  # fmt: skip

# Users.

ADMINISTRATORS = Group(name="Administrators", policies=(ADMINISTRATOR,))
OPERATORS = Group(name="Operators", policies=(aws_policies.OPERATORS.arn,))
CALIBRATION = Group(name="CalibrationData", policies=(aws_policies.CALIBRATION.arn,))
BILLING = Group(name="Billing", policies=(aws_policies.READ_BILLS,))
FIRMWARE = Group(name="Firmware", policies=(aws_policies.FIRMWARE.arn,))
PRODUCTION_GROUPS = (ADMINISTRATORS, OPERATORS, CALIBRATION, BILLING, FIRMWARE)

LEGACY_KEY = Key(name="sync-2019", created="2019-05-14", used="2026-10-25")
LEGACY_KEY_2 = Key(name="sync-2018", created="2018-09-03", used="2024-01-19")
DEAD_KEY = Key(name="tomas-2021", created="2021-06-01", active=False, used="2024-02-27")


def _person(person: Person, *groups: Group, mfa: bool = True, **more: Any) -> User:
    name = person.login.partition("@")[0].lower()
    made: dict[str, Any] = {
        "password": True,
        "signed_in": "2026-10-22",
        "tags": _owned(person),
    } | more
    return User(name=name, path="/people/", groups=tuple(it.name for it in groups), mfa=mfa, **made)


def _service(name: str, *policies: str, tags: dict[str, str] | None = None, **more: Any) -> User:
    made: dict[str, Any] = {"keys": (Key(name=name, created="2023-04-17", used="2026-10-25"),)}
    return User(name=name, path="/service/", policies=policies, tags=tags or {}, **(made | more))


KWAME = _person(
    OWNER_POOL[10], OPERATORS, keys=(Key(name="kwame", created="2025-02-03", used="2026-10-20"),)
)
JULIA = _person(OWNER_POOL[11], OPERATORS)
TOMAS = _person(
    roster.TOMAS, mfa=False, password=False, signed_in="2024-02-28", keys=(DEAD_KEY,),
    policies=(ADMINISTRATOR,),
)  # fmt: skip
"""He left; his key is inactive, his permissions are still there."""
CALIBRATION_SYNC = _service(
    "svc-calibration-sync",
    keys=(LEGACY_KEY_2, LEGACY_KEY),
    created="2018-09-03",
    inline={
        "from-the-office": aws_policies.document(
            aws_policies.allow(
                "FromTheOffice",
                "s3:GetObject",
                on=f"{aws_ids.bucket('northlight-calibration-archive')}/*",
                when={"IpAddress": {"aws:SourceIp": aws_policies.OFFICE}},
            )
        )
    },
    tags=_owned(roster.TOMAS),
)
SERVICE_DESK = _service(
    "svc-servicedesk",
    inline={
        "tools": aws_policies.document(
            aws_policies.allow("Tools", "sts:AssumeRole", on=HELPDESK_TOOLS.arn)
        )
    },
    tags=_owned("desk@brightdesk.example"),
)
GLASS = tuple(
    User(
        name=name, path="/break-glass/", groups=(ADMINISTRATORS.name,), password=True, mfa=True,
        signed_in="2025-12-01", tags=_owned(roster.MARCUS),
    )
    for name in ("breakglass-one", "breakglass-two")
)  # fmt: skip
ISABEL = _person(OWNER_POOL[15], CALIBRATION, mfa=False)
PRODUCTION_USERS = (
    KWAME, JULIA, TOMAS, CALIBRATION_SYNC, SERVICE_DESK, *GLASS, ISABEL,
    _person(OWNER_POOL[16], BILLING),
    _person(OWNER_POOL[18], BILLING),
    _person(OWNER_POOL[21], CALIBRATION),
    _person(roster.HELENE, CALIBRATION, mfa=False, signed_in="2024-02-20"),
    _person(roster.KENJI, FIRMWARE),
    _service("svc-backup-export", aws_policies.BACKUPS.arn, tags=_owned(roster.MARCUS)),
    _service("svc-ses-smtp", created="2020-01-20"),
    _service("svc-jenkins", tags=_owned("devops"), created="2019-02-11"),
    _service("svc-grafana", aws_policies.METRICS.arn, tags=PLATFORM),
    _service("svc-printer-logs", tags=_owned(GONE)),
    _service("svc-partner-sftp", tags=_owned(roster.ELIF)),
    _service("svc-telemetry", aws_policies.TELEMETRY.arn, tags=_owned(roster.KENJI)),
)  # fmt: skip

# What runs, and what is kept.

SETTLEMENT_NIGHTLY = Workload(
    kind="function", name="settlement-nightly", role=SETTLEMENT_RUNNER, tags=_owned(roster.TOMAS)
)
SETTLEMENT_RECONCILE = Workload(
    kind="function", name="settlement-reconcile", role=RECONCILER, tags=FINANCE
)
_ROLE = {role.name: role for role in PRODUCTION_ROLES}
PRODUCTION_WORKLOADS = (
    SETTLEMENT_NIGHTLY,
    SETTLEMENT_RECONCILE,
    Workload(kind="function", name="partner-sync", role=PARTNER_SYNC, tags=PARTNER_SYNC.tags),
    Workload(kind="function", name="telemetry-ingest", role=TELEMETRY, tags=TELEMETRY.tags),
    Workload(kind="function", name="maintenance", role=OPS_MAINTENANCE),
    *(
        Workload(kind="function", name=name, role=_ROLE[name], tags=_ROLE[name].tags)
        for name in ("invoice-render", "calibration-import", "webhook-relay", "price-feed")
    ),
    Workload(kind="instance", name="i-0a41c7d2e9b36f580", role=JUMPHOST, tags=PLATFORM),
    Workload(kind="instance", name="i-0b93f1a6c4d872e15", role=ETL, tags=DATA),
    Workload(kind="task", name="portal", role=PORTAL_TASK, execution=PORTAL_EXECUTION),
    Workload(kind="task", name="settlement-archive", role=ARCHIVE, execution=PORTAL_EXECUTION),
    Workload(kind="project", name="platform-build", role=BUILD_RUNNER, tags=_owned("devops")),
    Workload(kind="project", name="firmware-build", role=BUILD_FIRMWARE, tags=_owned(roster.KENJI)),
    Workload(kind="job", name="calibration-nightly", role=GLUE),
    Workload(kind="notebook", name="optics", role=NOTEBOOK),
    Workload(kind="stack", name="landing-zone", role=PROVISIONER, tags=PLATFORM),
    Workload(kind="stack", name="network", role=NETWORK, tags=PLATFORM),
)
SETTLEMENT_DB = Store(
    name="prod/settlement/db", key=aws_policies.SETTLEMENT_KEY, tags=_owned(roster.TOMAS)
)
RELEASE_KEY = Store(name="prod/signing/release-key", tags=_owned(roster.MARCUS))
PARTNER_TOKEN = Store(
    name="prod/partner/api-token", key=aws_policies.PARTNER_KEY, tags=_owned(roster.ELIF)
)
SESSION_KEY = Store(name="prod/portal/session-key", tags=_owned(GONE))
PRODUCTION_SECRETS = (
    SETTLEMENT_DB, RELEASE_KEY, PARTNER_TOKEN, SESSION_KEY,
    Store(name="build/artifact-signing", tags=_owned(roster.HEAD_OF_PLATFORM)),
)  # fmt: skip
PORTAL_PARAMETER = Parameter(name="/portal/oauth-client", tags=_owned(GONE))
SETTLEMENT_BUCKET = Bucket(name="northlight-settlement", tags=FINANCE)
CALIBRATION_BUCKET = Bucket(name="northlight-calibration-archive", tags=DATA)
ARTIFACTS = Bucket(name="northlight-artifacts", tags=_owned("devops"))
TERRAFORM_STATE = Bucket(name="northlight-terraform-state")
DOCS_BUCKET = Bucket(name="northlight-docs", tags=_owned(roster.HELENE))
BUCKETS = (
    SETTLEMENT_BUCKET,
    Bucket(name="northlight-settlement-archive", tags=FINANCE),
    CALIBRATION_BUCKET,
    ARTIFACTS,
    TERRAFORM_STATE,
    DOCS_BUCKET,
    Bucket(name="northlight-firmware", tags=_owned(roster.KENJI)),
    Bucket(name="northlight-telemetry", tags=_owned(roster.KENJI)),
    Bucket(name="northlight-portal-assets", tags=_owned(GONE)),
    Bucket(name="northlight-backups", tags=_owned(roster.MARCUS)),
)

# The sandbox.

ORG_DEPLOYER = Role(
    name="org-deployer",
    trust=aws_policies.by_arn(
        PLATFORM_DEPLOY.arn,
        "PlatformDeploy",
        {"StringEquals": {"sts:ExternalId": aws_policies.EXTERNAL_ID}},
    ),
    policies=(ADMINISTRATOR,),
    tags=PLATFORM,
    account=SANDBOX,
)
LAB_RUNNER = Role(
    name="lab-runner",
    trust=aws_policies.by_service("lambda"),
    policies=(aws_policies.LAB_RUNNER.arn,),
    tags=_owned(OWNER_POOL[14]),
    account=SANDBOX,
)
SANDBOX_SSO_ADMIN = _sso_role("AdministratorAccess", ADMINISTRATOR, account=SANDBOX)
SANDBOX_SSO_DEVELOPER = _sso_role(
    "DeveloperAccess",
    account=SANDBOX,
    own=aws_policies.document(
        aws_policies.allow(
            "Functions", "lambda:UpdateFunctionCode", "lambda:InvokeFunction", "lambda:List*"
        )
    ),
)
SANDBOX_ROLES = (
    ORG_DEPLOYER, LAB_RUNNER, SANDBOX_SSO_ADMIN, SANDBOX_SSO_DEVELOPER,
    Role(
        name="lab-build", trust=aws_policies.by_service("codebuild"), tags=_owned("devops"),
        account=SANDBOX,
    ),
    Role(name="lab-notebook", trust=aws_policies.by_service("sagemaker"), account=SANDBOX),
    _service_role("organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy", SANDBOX),
    _service_role("sso", "SSO", "AWSSSOServiceRolePolicy", SANDBOX),
)  # fmt: skip
LAB_ADMIN = User(
    name="lab-admin", path="/lab/", policies=(ADMINISTRATOR,), password=True, mfa=True,
    signed_in="2026-09-30", tags=_owned(OWNER_POOL[14]), account=SANDBOX,
)  # fmt: skip
LAB_HELPER = User(
    name="lab-helper", path="/lab/", policies=(aws_policies.LAB_HELPER.arn,), account=SANDBOX,
    keys=(Key(name="lab-helper", created="2025-08-11", used="2026-09-30"),),
)  # fmt: skip
LAB_STUDENT = User(
    name="wei.chen", path="/lab/", password=True, tags=_owned(roster.WEI[0]), account=SANDBOX,
)  # fmt: skip
LAB_FUNCTION = Workload(kind="function", name="lab-sampler", role=LAB_RUNNER, account=SANDBOX)
LAB_BUCKET = Bucket(name="northlight-lab", tags=_owned(OWNER_POOL[14]))
LAB_SECRET = Store(name="lab/oauth-client", tags=_owned(OWNER_POOL[14]), account=SANDBOX)

ACCOUNTS = (
    Account(
        id=PRODUCTION,
        name="Northlight Production AWS",
        users=PRODUCTION_USERS,
        groups=PRODUCTION_GROUPS,
        roles=PRODUCTION_ROLES,
        policies=aws_policies.PRODUCTION_POLICIES,
        workloads=PRODUCTION_WORKLOADS,
        secrets=PRODUCTION_SECRETS,
        parameters=(PORTAL_PARAMETER, Parameter(name="/portal/theme", secure=False)),
        buckets=BUCKETS,
        keys=(aws_policies.SETTLEMENT_KEY, aws_policies.PARTNER_KEY),
        providers=((aws_ids.GITHUB, "sts.amazonaws.com"),),
    ),
    Account(
        id=SANDBOX,
        name="Northlight Sandbox",
        users=(LAB_ADMIN, LAB_HELPER, LAB_STUDENT),
        groups=(),
        roles=SANDBOX_ROLES,
        policies=aws_policies.SANDBOX_POLICIES,
        workloads=(LAB_FUNCTION,),
        secrets=(LAB_SECRET,),
        buckets=(LAB_BUCKET,),
    ),
)
