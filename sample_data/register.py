"""The register of owners as the CMDB exports it: rows that help, and rows that only look so."""

from __future__ import annotations

from dataclasses import dataclass

from sample_data import ids
from sample_data.applications import BY_NAME, RELEASE, TELEMETRY, TERRAFORM
from sample_data.estate import (
    ALERTS,
    BUILD_STORE,
    BUILD_VM_2,
    CALIB_VM,
    CALIBRATION_STORE,
    CLUSTER,
    CORPORATE,
    DEV_VAULT,
    HR_VM,
    IDENTITY_OF,
    INTAKE,
    INVOICE,
    LANDING_ZONES,
    ONBOARDING,
    PLATFORM_JOBS,
    PROD_VAULT,
    PRODUCTION,
    REGISTRY,
    SHOP_WEB,
    USER_ASSIGNED_BY_NAME,
    WEBHOOKS,
)
from sample_data.roster import (
    ADA,
    ELIF,
    EMPTY_TEAM,
    HEAD_OF_DATA,
    HEAD_OF_FINANCE,
    HEAD_OF_HR,
    HEAD_OF_PLATFORM,
    HELENE,
    MARCUS,
    OWNER_POOL,
    TOMAS,
)

NOBODY = f"nobody.known@{ids.DOMAIN}"
FREE_TEXT = "devops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of owners.csv; `node` and `owner` as somebody wrote them, `about` by id."""

    node: str
    owner: str
    about: str
    by: str
    claim: str = "business_owner"
    source: str = "CMDB"
    date: str = "2026-03-31"


def _row(about: str, by: str, *, node: str = "", owner: str = "", **more: str) -> Row:
    return Row(node=node or about, owner=owner or by, about=about, by=by, **more)


def _identity(arm: str) -> str:
    return IDENTITY_OF[arm].principal


def _user_assigned(name: str) -> str:
    return USER_ASSIGNED_BY_NAME[name].principal


ROWS = (
    _row(LANDING_ZONES, HEAD_OF_PLATFORM.id, owner=HEAD_OF_PLATFORM.login),
    _row(PRODUCTION, HEAD_OF_PLATFORM.id, owner=HEAD_OF_PLATFORM.login),
    _row(CORPORATE, MARCUS.id, owner=MARCUS.login),
    _row(PROD_VAULT.id, MARCUS.id, owner=MARCUS.login, claim="technical_owner"),
    _row(DEV_VAULT.id, HELENE.id, owner=HELENE.login, date="2024-02-29"),
    _row(CALIBRATION_STORE.id, HEAD_OF_DATA.id, owner=HEAD_OF_DATA.login),
    _row(CALIBRATION_STORE.id, OWNER_POOL[6].id, claim="backup_owner"),
    _row(BUILD_STORE.id, TOMAS.id, owner=TOMAS.login, date="2023-11-15"),
    _row(BUILD_VM_2.id, EMPTY_TEAM.id, claim="technical_owner"),
    _row(ALERTS.id, FREE_TEXT, claim="technical_owner"),
    _row(RELEASE.id, ADA.id, node=RELEASE.client, owner=ADA.login, claim="technical_owner"),
    _row(TELEMETRY.id, EMPTY_TEAM.id),
    _row(TELEMETRY.principal, FREE_TEXT, claim="technical_owner"),
    _row(BY_NAME["Quality Dashboard"].id, NOBODY),
    _row(BY_NAME["Supplier Onboarding"].id, HELENE.id, owner=HELENE.login, date="2024-02-29"),
    _row(BY_NAME["Freight Rates"].id, ELIF.id, owner=ELIF.login, source="Vendor list"),
    _row(BY_NAME["Asset Tracker"].principal, TERRAFORM.principal, claim="technical_owner"),
    _row(BY_NAME["Torque Planner"].id, OWNER_POOL[8].id, owner=OWNER_POOL[8].login),
    _row(BY_NAME["Torque Planner"].principal, OWNER_POOL[8].id, owner=OWNER_POOL[8].login),
    _row(_identity(CALIB_VM.id), HEAD_OF_DATA.id, owner=HEAD_OF_DATA.login),
    _row(_identity(INTAKE.id), HEAD_OF_DATA.id, owner=HEAD_OF_DATA.login),
    _row(_identity(HR_VM.id), HEAD_OF_HR.id, owner=HEAD_OF_HR.login),
    _row(_identity(ONBOARDING.id), HEAD_OF_HR.id, owner=HEAD_OF_HR.login),
    _row(_identity(INVOICE.id), HEAD_OF_FINANCE.id, owner=HEAD_OF_FINANCE.login),
    _row(_identity(SHOP_WEB.id), OWNER_POOL[4].id, owner=OWNER_POOL[4].login),
    _row(_identity(PLATFORM_JOBS.id), HEAD_OF_PLATFORM.id, owner=HEAD_OF_PLATFORM.login),
    _row(_identity(CLUSTER.id), HEAD_OF_PLATFORM.id, owner=HEAD_OF_PLATFORM.login),
    _row(_identity(REGISTRY.id), HEAD_OF_PLATFORM.id, owner=HEAD_OF_PLATFORM.login),
    _row(_identity(WEBHOOKS.id), TOMAS.id, owner=TOMAS.login, date="2023-11-15"),
    _row(_user_assigned("id-calibration"), HEAD_OF_DATA.id, owner=HEAD_OF_DATA.login),
    _row(_user_assigned("id-etl"), HEAD_OF_DATA.id, owner=HEAD_OF_DATA.login),
    _row(_user_assigned("id-legacy"), EMPTY_TEAM.id),
)
