"""The Azure estate of the story: scopes, resources, managed identities, grants, vault policies."""

from __future__ import annotations

from dataclasses import dataclass, field

from sample_data import aws_ids, ids
from sample_data.applications import (
    AUDIT_READER,
    BILLING,
    DEPLOYER,
    FIRMWARE,
    HR_CONNECTOR,
    LEGACY_IMPORT,
    RELEASE,
    SHOP_ADMIN,
    SIGNING,
    TELEMETRY,
    TERRAFORM,
)
from sample_data.roster import (
    BUILD_OPERATORS,
    DEVELOPERS,
    HEAD_OF_DATA,
    HEAD_OF_FINANCE,
    HEAD_OF_HR,
    HEAD_OF_PLATFORM,
    HELENE,
    HR_SYSTEMS,
    INGRID,
    MARCUS,
    OWNER_POOL,
    PLATFORM_ADMINS,
    RELEASE_ENGINEERS,
    VAULT_ADMINS,
    Application,
    Person,
)

LOCATION = "westeurope"
ROOT = ids.management_group(ids.TENANT)
LANDING_ZONES = ids.management_group("landing-zones")
SUBSCRIPTIONS = {
    "production": "Northlight Production",
    "build": "Northlight Build",
    "corporate": "Northlight Corporate",
}
PRODUCTION, BUILD, CORPORATE = (ids.subscription(key) for key in SUBSCRIPTIONS)

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ACCESS_ADMIN = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
VM_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
AVERE_CONTRIBUTOR = "4f8fab4f-1852-4a58-a46a-8eaf358af14a"
VM_ADMIN_LOGIN = "1c0163c0-47e6-4577-8991-ea5c82e286e4"
WEBSITE_CONTRIBUTOR = "de139f84-1756-47ae-9be6-808fbbe84772"
AUTOMATION_CONTRIBUTOR = "f353d9bd-d4a6-484e-a77a-8050b599b867"
LOGIC_CONTRIBUTOR = "87a39d53-fc1b-424a-814c-f7e04687dc9e"
CLUSTER_CONTRIBUTOR = "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A resource group."""

    sub: str
    name: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The ARM id."""
        return ids.resource_group(self.sub, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """An Azure resource; `system` and `user_assigned` are its managed identities."""

    kind: str
    name: str
    group: Group
    tags: dict[str, str] = field(default_factory=dict)
    system: bool = False
    user_assigned: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The ARM id."""
        return ids.resource(self.kind, self.group.id, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One access policy of a vault, in whatever casing somebody typed it."""

    principal: str
    secrets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A key vault in access-policy mode, or in RBAC mode when `rbac`."""

    name: str
    group: Group
    rbac: bool = False
    policies: tuple[Policy, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The ARM id."""
        return ids.resource("vault", self.group.id, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A managed identity: of one resource, or user-assigned in a resource group."""

    key: str
    name: str
    arm: str
    explicit: bool

    @property
    def principal(self) -> str:
        """The object id of its service principal."""
        return ids.principal_id(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An Azure role held by a principal at a scope."""

    principal: str
    role: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A vault secret's metadata; `opens` and `credential` say what its tags claim it opens."""

    vault: str
    name: str
    opens: Application | None = None
    credential: str = ""
    expires: str | None = None
    enabled: bool = True
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id that Key Vault prints."""
        return ids.secret(self.vault, self.name)


def _tagged(owner: Person | str, centre: str = "") -> dict[str, str]:
    login = owner if isinstance(owner, str) else owner.login
    return {"Owner": login, "CostCenter": centre} if centre else {"Owner": login}


DATA = Group(sub="production", name="rg-calibration-data", tags=_tagged(HEAD_OF_DATA, "4200"))
PLATFORM = Group(sub="production", name="rg-platform", tags=_tagged(HEAD_OF_PLATFORM, "4100"))
SHOP = Group(sub="production", name="rg-shop", tags=_tagged(OWNER_POOL[4], "5100"))
PROD_SECURITY = Group(sub="production", name="rg-prod-security", tags=_tagged(MARCUS))
NODES = Group(sub="production", name="MC_rg-platform_nl-aks_westeurope")
AGENTS = Group(sub="build", name="rg-build-agents", tags=_tagged("devops", "4110"))
BUILD_SECURITY = Group(sub="build", name="rg-build-security", tags=_tagged("devops"))
ARTIFACTS = Group(sub="build", name="rg-artifacts", tags={"CostCenter": "4110"})
SANDBOX = Group(sub="build", name="rg-dev-sandbox", tags=_tagged(HELENE))
IDENTITY = Group(sub="corporate", name="rg-identity", tags=_tagged(MARCUS))
HR = Group(sub="corporate", name="rg-hr", tags=_tagged(HEAD_OF_HR, "3100"))
FINANCE = Group(sub="corporate", name="rg-finance", tags=_tagged(HEAD_OF_FINANCE, "3200"))
CORP_SECURITY = Group(sub="corporate", name="rg-corp-security", tags=_tagged(MARCUS))
GROUPS = (
    DATA, PLATFORM, SHOP, PROD_SECURITY, NODES, AGENTS, BUILD_SECURITY, ARTIFACTS, SANDBOX,
    IDENTITY, HR, FINANCE, CORP_SECURITY,
)  # fmt: skip
SUBSCRIPTION_TAGS = {
    "production": _tagged(HEAD_OF_PLATFORM, "4000"),
    "build": _tagged("devops", "4000"),
    "corporate": {"CostCenter": "3000"},
}

CALIBRATION_STORE = Resource(
    kind="storage",
    name="nlcalibration",
    group=DATA,
    tags=_tagged(HEAD_OF_DATA),
    containers=("customer-calibration", "certificates"),
)
BUILD_STORE = Resource(
    kind="storage", name="nlbuildartifacts", group=ARTIFACTS, containers=("packages",)
)
HR_STORE = Resource(
    kind="storage",
    name="nlhrdocs",
    group=HR,
    tags=_tagged(HEAD_OF_HR),
    containers=("contracts",),
)
CALIB_VM = Resource(
    kind="vm", name="vm-calib-01", group=DATA, tags=_tagged(HEAD_OF_DATA), system=True
)
CALIB_VM_2 = Resource(
    kind="vm", name="vm-calib-02", group=DATA, tags=_tagged("devops"),
    user_assigned=("id-calibration",),
)  # fmt: skip
SHOP_VM = Resource(
    kind="vm", name="vm-shop-01", group=SHOP, tags=_tagged(OWNER_POOL[4]), system=True
)
BUILD_VM = Resource(
    kind="vm", name="vm-build-01", group=AGENTS, tags=_tagged("devops"), system=True,
    user_assigned=("id-build",),
)  # fmt: skip
BUILD_VM_2 = Resource(kind="vm", name="vm-build-02", group=AGENTS, system=True)
DIRECTORY_VM = Resource(kind="vm", name="vm-dc-01", group=IDENTITY, tags=_tagged(MARCUS))
HR_VM = Resource(kind="vm", name="vm-hr-01", group=HR, tags=_tagged(HEAD_OF_HR), system=True)
INTAKE = Resource(
    kind="function", name="func-calibration-intake", group=DATA, tags=_tagged(HEAD_OF_DATA),
    system=True, user_assigned=("id-calibration",),
)  # fmt: skip
INVOICE = Resource(
    kind="function", name="func-invoice", group=FINANCE, tags=_tagged(HEAD_OF_FINANCE), system=True
)
WEBHOOKS = Resource(kind="function", name="func-webhooks", group=AGENTS, system=True)
SHOP_WEB = Resource(
    kind="web", name="nl-shop", group=SHOP, tags=_tagged(OWNER_POOL[4]), system=True
)
PORTAL_WEB = Resource(
    kind="web", name="nl-portal", group=PLATFORM, tags=_tagged("gone.person@northlight.example"),
    user_assigned=("id-portal",),
)  # fmt: skip
ONBOARDING = Resource(
    kind="logic", name="logic-onboarding", group=HR, tags=_tagged(HEAD_OF_HR), system=True
)
ALERTS = Resource(kind="logic", name="logic-alerts", group=PLATFORM, system=True)
PLATFORM_JOBS = Resource(
    kind="automation", name="auto-platform", group=PLATFORM, tags=_tagged(HEAD_OF_PLATFORM),
    system=True,
)  # fmt: skip
CORPORATE_JOBS = Resource(kind="automation", name="auto-corp", group=IDENTITY, system=True)
CLUSTER = Resource(
    kind="cluster", name="nl-aks", group=PLATFORM, tags=_tagged(HEAD_OF_PLATFORM), system=True
)
NODE_POOL = Resource(
    kind="scale_set", name="aks-nodepool1-vmss", group=NODES, user_assigned=("id-kubelet",)
)
BUILD_POOL = Resource(
    kind="scale_set", name="vmss-build", group=AGENTS, tags=_tagged("devops"), system=True
)
REGISTRY = Resource(
    kind="registry", name="nlregistry", group=PLATFORM, tags=_tagged(HEAD_OF_PLATFORM), system=True
)
RESOURCES = (
    CALIBRATION_STORE, BUILD_STORE, HR_STORE, CALIB_VM, CALIB_VM_2, SHOP_VM, BUILD_VM, BUILD_VM_2,
    DIRECTORY_VM, HR_VM, INTAKE, INVOICE, WEBHOOKS, SHOP_WEB, PORTAL_WEB, ONBOARDING, ALERTS,
    PLATFORM_JOBS, CORPORATE_JOBS, CLUSTER, NODE_POOL, BUILD_POOL, REGISTRY,
)  # fmt: skip

USER_ASSIGNED = {
    "id-calibration": DATA,
    "id-build": AGENTS,
    "id-portal": PLATFORM,
    "id-kubelet": NODES,
    "id-reporting": DATA,
    "id-backup": CORP_SECURITY,
    "id-etl": DATA,
    "id-monitor": PLATFORM,
    "id-legacy": ARTIFACTS,
}
IDENTITIES = tuple(
    Identity(key=f"mi/{it.kind}/{it.name}", name=it.name, arm=it.id, explicit=False)
    for it in RESOURCES
    if it.system
) + tuple(
    Identity(key=f"mi/{name}", name=name, arm=ids.resource("identity", at.id, name), explicit=True)
    for name, at in USER_ASSIGNED.items()
)
IDENTITY_OF = {identity.arm: identity for identity in IDENTITIES}
USER_ASSIGNED_BY_NAME = {it.name: it for it in IDENTITIES if it.explicit}

BUILD_VAULT = Vault(
    name="nl-build-kv",
    group=BUILD_SECURITY,
    tags=_tagged("devops"),
    policies=(
        Policy(principal=USER_ASSIGNED_BY_NAME["id-build"].principal, secrets=("get", "list")),
        Policy(principal=OWNER_POOL[5].id, secrets=("all",), keys=("all",)),
    ),
)
PROD_VAULT = Vault(name="nl-prod-kv", group=PROD_SECURITY, rbac=True, tags=_tagged(MARCUS))
DEV_VAULT = Vault(
    name="nl-dev-kv",
    group=SANDBOX,
    policies=(
        Policy(principal=RELEASE_ENGINEERS.id, secrets=("GET", "list")),
        Policy(principal=OWNER_POOL[14].id, keys=("Get", "List"), certificates=("Get",)),
    ),
)
SHOP_VAULT = Vault(
    name="nl-shop-kv",
    group=SHOP,
    tags=_tagged(OWNER_POOL[4]),
    policies=(Policy(principal=IDENTITY_OF[SHOP_WEB.id].principal, secrets=("Get",)),),
)
HR_VAULT = Vault(
    name="nl-hr-kv",
    group=HR,
    tags=_tagged(HEAD_OF_HR),
    policies=(
        Policy(principal=HR_SYSTEMS.id, secrets=("all",)),
        Policy(principal=HR_CONNECTOR.principal, secrets=("GET",)),
        Policy(principal=OWNER_POOL[17].id, keys=("Get", "UnwrapKey")),
    ),
)
# Policies that RBAC mode makes inactive: nobody reads this vault through them.
CORP_VAULT = Vault(
    name="nl-corp-kv",
    group=CORP_SECURITY,
    rbac=True,
    tags=_tagged(MARCUS),
    policies=(Policy(principal=DEVELOPERS.id, secrets=("Get", "List")),),
)
VAULTS = (BUILD_VAULT, PROD_VAULT, DEV_VAULT, SHOP_VAULT, HR_VAULT, CORP_VAULT)

DEPLOY_SECRET = Secret(
    vault="nl-build-kv", name="deploy-sp-secret", opens=DEPLOYER, credential="deploy-2025",
    expires="2027-09-01T00:00:00+00:00",
)  # fmt: skip
EXPIRED_SECRET = Secret(
    vault="nl-build-kv", name="legacy-import", opens=LEGACY_IMPORT, credential="legacy-2022",
    expires="2023-01-10T00:00:00+00:00",
)  # fmt: skip
STALE_SECRET = Secret(
    vault="nl-build-kv", name="firmware-old", opens=FIRMWARE, credential="firmware-rotated-away"
)
TELEMETRY_SECRET = Secret(vault="nl-dev-kv", name="telemetry-sp", opens=TELEMETRY)
BILLING_SECRET = Secret(
    vault="nl-prod-kv", name="billing-export", opens=BILLING, credential="billing"
)
SHOP_SECRET = Secret(vault="nl-shop-kv", name="shop-admin-client", opens=SHOP_ADMIN)
HR_SECRET = Secret(vault="nl-hr-kv", name="hr-connector", opens=HR_CONNECTOR)
GITHUB_SECRET = Secret(
    vault="nl-build-kv",
    name="github-deploy-token",
    tags={"github-repository": "northlight/platform-deploy"},
)
LIVE_KEY_SECRET = Secret(
    vault="nl-prod-kv",
    name="calibration-sync-aws",
    tags={"aws-access-key-id": aws_ids.access_key("sync-2019")},
)
DEAD_KEY_SECRET = Secret(
    vault="nl-build-kv",
    name="aws-admin-2021",
    tags={"aws-access-key-id": aws_ids.access_key("tomas-2021")},
)
SECRETS = (
    DEPLOY_SECRET, EXPIRED_SECRET, STALE_SECRET, TELEMETRY_SECRET, BILLING_SECRET, SHOP_SECRET,
    HR_SECRET, GITHUB_SECRET, LIVE_KEY_SECRET, DEAD_KEY_SECRET,
    Secret(vault="nl-build-kv", name="nuget-feed"),
    Secret(vault="nl-build-kv", name="signing-pin", expires="2027-01-31T00:00:00+00:00"),
    Secret(vault="nl-prod-kv", name="calibration-db"),
    Secret(vault="nl-prod-kv", name="smtp-relay", enabled=False),
    Secret(vault="nl-dev-kv", name="sandbox-db"),
    Secret(vault="nl-shop-kv", name="payment-webhook"),
    Secret(vault="nl-hr-kv", name="payroll-sftp"),
    Secret(vault="nl-corp-kv", name="domain-join"),
    Secret(vault="nl-corp-kv", name="wifi-radius", expires="2026-12-31T00:00:00+00:00"),
)  # fmt: skip

GRANTS = (
    Grant(principal=INGRID.id, role=ACCESS_ADMIN, scope=ROOT),
    Grant(principal=PLATFORM_ADMINS.id, role=OWNER, scope=LANDING_ZONES),
    Grant(principal=TERRAFORM.principal, role=CONTRIBUTOR, scope=LANDING_ZONES),
    Grant(principal=DEPLOYER.principal, role=OWNER, scope=PRODUCTION),
    Grant(principal=BUILD_OPERATORS.id, role=CONTRIBUTOR, scope=BUILD),
    Grant(principal=MARCUS.id, role=ACCESS_ADMIN, scope=CORPORATE),
    Grant(principal=HEAD_OF_HR.id, role=OWNER, scope=HR.id),
    Grant(principal=DEVELOPERS.id, role=CONTRIBUTOR, scope=SANDBOX.id),
    Grant(principal=OWNER_POOL[3].id, role=ACCESS_ADMIN, scope=FINANCE.id),
    Grant(principal=IDENTITY_OF[PLATFORM_JOBS.id].principal, role=CONTRIBUTOR, scope=PLATFORM.id),
    Grant(principal=RELEASE.principal, role=VAULT_CONTRIBUTOR, scope=BUILD_VAULT.id),
    Grant(principal=AUDIT_READER.principal, role=VAULT_CONTRIBUTOR, scope=PROD_VAULT.id),
    Grant(
        principal=USER_ASSIGNED_BY_NAME["id-portal"].principal,
        role=SECRETS_USER,
        scope=PROD_VAULT.id,
    ),
    Grant(principal=VAULT_ADMINS.id, role=SECRETS_OFFICER, scope=CORP_VAULT.id),
    Grant(principal=MARCUS.id, role=ACCESS_ADMIN, scope=CORP_VAULT.id),
    Grant(principal=OWNER_POOL[4].id, role=CONTRIBUTOR, scope=SHOP_VAULT.id),
    Grant(principal=HEAD_OF_HR.id, role=OWNER, scope=HR_VAULT.id),
    Grant(principal=HEAD_OF_DATA.id, role=OWNER, scope=CALIB_VM.id),
    Grant(principal=OWNER_POOL[6].id, role=CONTRIBUTOR, scope=SHOP_VM.id),
    Grant(principal=OWNER_POOL[7].id, role=AVERE_CONTRIBUTOR, scope=BUILD_VM.id),
    Grant(principal=OWNER_POOL[8].id, role=VM_ADMIN_LOGIN, scope=HR_VM.id),
    Grant(principal=MARCUS.id, role=ACCESS_ADMIN, scope=DIRECTORY_VM.id),
    Grant(principal=OWNER_POOL[4].id, role=WEBSITE_CONTRIBUTOR, scope=SHOP_WEB.id),
    Grant(principal=OWNER_POOL[15].id, role=WEBSITE_CONTRIBUTOR, scope=INTAKE.id),
    Grant(principal=OWNER_POOL[10].id, role=AUTOMATION_CONTRIBUTOR, scope=CORPORATE_JOBS.id),
    Grant(principal=OWNER_POOL[17].id, role=LOGIC_CONTRIBUTOR, scope=ONBOARDING.id),
    Grant(principal=OWNER_POOL[11].id, role=CLUSTER_CONTRIBUTOR, scope=CLUSTER.id),
    Grant(principal=OWNER_POOL[13].id, role=VM_CONTRIBUTOR, scope=BUILD_POOL.id),
    Grant(principal=IDENTITY_OF[CLUSTER.id].principal, role=CONTRIBUTOR, scope=NODES.id),
    Grant(principal=OWNER_POOL[11].id, role=CONTRIBUTOR, scope=REGISTRY.id),
    Grant(principal=BILLING.principal, role=BLOB_READER, scope=CALIBRATION_STORE.id),
    Grant(principal=SIGNING.principal, role=BLOB_CONTRIBUTOR, scope=BUILD_STORE.id),
    Grant(principal=IDENTITY_OF[INTAKE.id].principal, role=BLOB_READER, scope=CALIBRATION_STORE.id),
)
