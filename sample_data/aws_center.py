"""The organisation above the accounts, and IAM Identity Center: who is let in from Entra."""

from __future__ import annotations

from dataclasses import dataclass

from sample_data import aws_estate, aws_ids, aws_policies, ids, roster
from sample_data.aws_ids import MANAGEMENT, PRODUCTION, SANDBOX
from sample_data.aws_policies import Json
from sample_data.roster import OWNER_POOL, Person, Team

SCIM_ISSUER = f"https://scim.{aws_ids.REGION}.amazonaws.com/{ids.guid('scim')}/scim/v2"
INLINE = aws_estate.SSO_INLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterUser:
    """A user of the identity store; `person` is whom Entra provisioned it from."""

    name: str
    shown: str
    person: Person | None = None

    @property
    def id(self) -> str:
        """The id in the identity store."""
        return aws_ids.sso_principal(f"user/{self.name}")

    @property
    def mail(self) -> str:
        """The address."""
        return self.name if "@" in self.name else f"{self.name}@meridian.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterGroup:
    """A group of the identity store; `team` is what Entra provisioned it from."""

    name: str
    members: tuple[CenterUser, ...]
    team: Team | None = None

    @property
    def id(self) -> str:
        """The id in the identity store."""
        return aws_ids.sso_principal(f"group/{self.name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """What becomes a role in each account where it is assigned."""

    name: str
    policies: tuple[str, ...] = ()
    inline: Json | None = None
    session: str = "PT4H"

    @property
    def arn(self) -> str:
        """The ARN."""
        return aws_ids.permission_set(self.name)


def _provisioned(person: Person) -> CenterUser:
    return CenterUser(name=person.login, shown=person.name, person=person)


_USERS = {
    person.id: _provisioned(person)
    for person in (
        *(it for it in OWNER_POOL if it.id in roster.PLATFORM_ADMINS.members),
        *(it for it in OWNER_POOL if it.id in roster.DEVELOPERS.members),
        roster.MARCUS,
        OWNER_POOL[12],
        roster.HEAD_OF_DATA,
        roster.HEAD_OF_FINANCE,
        roster.TOMAS,
    )
}


def _of(team: Team) -> tuple[CenterUser, ...]:
    return tuple(_USERS[it] for it in team.members)


STEWARD = _USERS[roster.HEAD_OF_DATA.id]
LEAVER = _USERS[roster.TOMAS.id]
"""Never taken away; his account in Entra is disabled."""
CONTRACTOR = CenterUser(name="contractor.meridian", shown='<img src=x onerror="alert(3)">')
"""Made by hand: Entra knows nobody of this name."""
USERS = (*_USERS.values(), CONTRACTOR)

ADMINS = CenterGroup(
    name=roster.PLATFORM_ADMINS.name,
    members=_of(roster.PLATFORM_ADMINS),
    team=roster.PLATFORM_ADMINS,
)
DEVELOPERS = CenterGroup(
    name=roster.DEVELOPERS.name, members=_of(roster.DEVELOPERS), team=roster.DEVELOPERS
)
SECURITY = CenterGroup(
    name=roster.SECURITY_READERS.name,
    members=_of(roster.SECURITY_READERS),
    team=roster.SECURITY_READERS,
)
STEWARDS = CenterGroup(name="Data Stewards", members=(STEWARD, CONTRACTOR))
GROUPS = (ADMINS, DEVELOPERS, SECURITY, STEWARDS)

ADMINISTRATOR = PermissionSet(
    name="AdministratorAccess", policies=(aws_policies.ADMINISTRATOR,), session="PT1H"
)
DEVELOPER = PermissionSet(
    name="DeveloperAccess", inline=aws_estate.SANDBOX_SSO_DEVELOPER.inline[INLINE], session="PT8H"
)
AUDIT = PermissionSet(name="SecurityAudit", policies=(aws_policies.READ_IAM,))
BILLING = PermissionSet(name="Billing", policies=(aws_policies.READ_BILLS,))
DATA = PermissionSet(name="DataSteward", inline=aws_estate.SSO_DATA.inline[INLINE])
PERMISSION_SETS = (ADMINISTRATOR, DEVELOPER, AUDIT, BILLING, DATA)

ASSIGNMENTS: tuple[tuple[CenterUser | CenterGroup, PermissionSet, str], ...] = (
    (ADMINS, ADMINISTRATOR, PRODUCTION),
    (ADMINS, ADMINISTRATOR, SANDBOX),
    (DEVELOPERS, DEVELOPER, SANDBOX),
    (SECURITY, AUDIT, PRODUCTION),
    (STEWARDS, DATA, PRODUCTION),
    (_USERS[roster.HEAD_OF_FINANCE.id], BILLING, PRODUCTION),
    (LEAVER, ADMINISTRATOR, SANDBOX),
)
"""Who, what, in which account."""

MEMBERS = (
    (MANAGEMENT, "Northlight Root", aws_ids.ROOT),
    (PRODUCTION, "Northlight Production AWS", aws_ids.WORKLOADS_UNIT),
    (SANDBOX, "Northlight Sandbox", aws_ids.SANDBOX_UNIT),
)
"""Account, name, what it stands under."""
ACCOUNT_TAGS = {
    PRODUCTION: {"Owner": roster.HEAD_OF_PLATFORM.login, "CostCenter": "4000"},
    SANDBOX: {"Owner": roster.TOMAS.login},
}
