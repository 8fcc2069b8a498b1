"""The register of reset paths: how Northlight's accounts are reset, by whom, on what proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from sample_data import ids, mass
from sample_data.roster import (
    ANTON,
    DESK,
    DESK_GROUP,
    HEAD_OF_FINANCE,
    HEAD_OF_PLATFORM,
    MARCUS,
    OMAR,
    OWNER_POOL,
    PIM_APPROVERS,
    PLATFORM_ADMINS,
    RELEASE_ENGINEERS,
    ROLE_HOLDERS,
    SOFIA,
    SYNCED_TEAM,
    TOMAS,
)

VENDOR = "Brightdesk"
OFFICES = tuple(
    ids.group_id(mass.team_key(name))
    for name in ("Sales EMEA", "Sales Americas", "Metrology", "Warehouse", "Customer Service")
)
"""Groups of ordinary accounts, none of which holds a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPath:
    """One line of resets.csv; ends are ids or logins."""

    path: str
    platform: str = "entra"
    method: str
    channel: str
    executors: tuple[str, ...]
    vendor: str = ""
    covers: tuple[str, ...]
    approvals: int = 0
    approvers: tuple[str, ...] = ()
    proof: str
    self_approval: str = "no"
    policy_owner: str = MARCUS.login
    execution_owner: str = ""
    business_owner: str = ""
    reviewer: str = ""
    last_tested: str = ""

    def cells(self) -> Iterator[str]:
        """Yield the cells of the row, lists separated as the format asks."""
        for field in fields(self):
            value = getattr(self, field.name)
            yield "; ".join(value) if isinstance(value, tuple) else str(value)


PHONE_PASSWORD = ResetPath(
    path="brightdesk-password",
    method="password_admin",
    channel="phone",
    executors=(DESK_GROUP.id,),
    vendor=VENDOR,
    covers=(RELEASE_ENGINEERS.id, *OFFICES),
    proof="knowledge",
    execution_owner=DESK[1].login,
    business_owner=HEAD_OF_PLATFORM.login,
    reviewer=ROLE_HOLDERS["authentication"].login,
    last_tested="2024-09-12",
)
PHONE_FACTOR = ResetPath(
    path="brightdesk-mfa",
    method="mfa_reset",
    channel="phone",
    executors=(OMAR.login,),
    vendor=VENDOR,
    covers=(RELEASE_ENGINEERS.id,),
    proof="knowledge",
    execution_owner=OMAR.login,
    reviewer=ROLE_HOLDERS["authentication"].login,
)
TWO_PERSONS = ResetPath(
    path="brightdesk-privileged",
    method="tap",
    channel="phone",
    executors=(DESK_GROUP.id,),
    vendor=VENDOR,
    covers=(PLATFORM_ADMINS.id,),
    approvals=1,
    approvers=(MARCUS.login, PIM_APPROVERS.id),
    proof="video",
    execution_owner=DESK[1].login,
    business_owner=HEAD_OF_PLATFORM.login,
    reviewer=MARCUS.login,
    last_tested="2026-06-30",
)
"""The vendor's agent and one approver inside the house: nobody resets these accounts alone."""
ON_CALL_PASS = ResetPath(
    path="on-call-pass",
    method="tap",
    channel="automation",
    executors=(RELEASE_ENGINEERS.id,),
    covers=(ANTON.login,),
    proof="none",
    policy_owner=TOMAS.login,
    business_owner=TOMAS.login,
)
"""So that no release waits: the engineers let the change manager in when his phone is dead."""
SITE_DESK = ResetPath(
    path="graz-site",
    method="password_admin",
    channel="portal",
    executors=(SOFIA.login,),
    covers=(SYNCED_TEAM.id,),
    approvals=1,
    approvers=(OWNER_POOL[21].login,),
    proof="in_person",
    execution_owner=SOFIA.login,
    business_owner=OWNER_POOL[21].login,
    reviewer=ROLE_HOLDERS["authentication"].login,
    last_tested="2026-05-04",
)
SELF_SERVICE = ResetPath(
    path="self-service",
    method="password_sspr",
    channel="portal",
    executors=("self",),
    covers=OFFICES,
    proof="contact_code",
    execution_owner=ROLE_HOLDERS["authentication"].login,
    business_owner=HEAD_OF_FINANCE.login,
    reviewer=MARCUS.login,
    last_tested="2026-02-17",
)
PATHS = (PHONE_PASSWORD, PHONE_FACTOR, TWO_PERSONS, ON_CALL_PASS, SITE_DESK, SELF_SERVICE)
COLUMNS = tuple(field.name for field in fields(ResetPath))
