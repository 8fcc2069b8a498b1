"""What happened in the last week of October: tickets, entries of the audit log, sign-ins.

Times are UTC here; the files spell them in the zones of those who wrote them. Addresses are from
the ranges set aside for documentation. `log_records.py` gives the entries their shape.
"""

from __future__ import annotations

from dataclasses import dataclass

from sample_data import ids
from sample_data.applications import BY_NAME, DEPLOYER, RELEASE, SIGNING
from sample_data.directory import CLOUD_APPLICATION_ADMINISTRATOR, EXCHANGE_ADMINISTRATOR
from sample_data.roster import (
    ADA,
    ANTON,
    DESK,
    ELIF,
    HEAD_OF_FINANCE,
    MARCUS,
    OMAR,
    OWNER_POOL,
    RELEASE_ENGINEERS,
    ROLE_HOLDERS,
    SOFIA,
    WEI,
    Application,
    Person,
    Team,
)

OFFICE, GRAZ, BRIGHTDESK = "198.51.100.24", "198.51.100.90", "192.0.2.40"
ATTACKER = "203.0.113.77"

LENA, RAVI = DESK[1], DESK[2]
CHLOE, DARIO, FARAH, NOOR, YUSUF = (
    ROLE_HOLDERS[key]
    for key in ("reports_reader", "authentication", "usage_reader", "experience", "guest_inviter")
)
BUYER, BUYERS_LEAD = WEI[1], OWNER_POOL[21]
KIOSK = Person(key="kiosk-44", name="Kiosk 44", upn=f"kiosk-44@{ids.DOMAIN}")
"""In no export: made and deleted between two of them."""
PORTAL = BY_NAME["Service Desk Portal"]

Thing = Person | Application | Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket of a service desk; `zone` is the offset in which the desk writes its times."""

    number: str
    identity: Person
    method: str
    channel: str
    proof: str
    requester: str = ""
    approvers: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    vendor: str = ""
    requested_at: str
    approved_at: str = ""
    executed_at: str = ""
    zone: str = "+00:00"
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A directory role as the log of activations names it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the directory's audit log: who did what to whom, and what that one gained."""

    at: str
    activity: str
    by: Person | Application
    to: Thing
    gains: Thing | Role | None = None
    service: str = "Core Directory"
    category: str = "UserManagement"
    ip: str = ""
    reason: str = ""
    result: str = "success"
    changed: tuple[tuple[str, str], ...] = ()
    canary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in of a person, or of an application with one of its credentials."""

    at: str
    who: Person | Application
    ip: str
    to: str = "Azure Portal"
    factors: int = 2
    error: int = 0
    credential: str = ""


ADAS_TICKET = Ticket(
    number="NL-20431",
    identity=ADA,
    method="mfa_reset",
    channel="phone",
    proof="knowledge",
    requester=ADA.login,
    executors=(OMAR.login,),
    vendor="Brightdesk",
    requested_at="2026-10-30T14:59:00Z",
    executed_at="2026-10-30T15:06:41Z",
    zone="+05:30",
    summary="Lost phone, release tonight. Named her manager and start year.",
)
INNOCENT_TICKET = Ticket(
    number="NL-20417",
    identity=BUYER,
    method="password_admin",
    channel="portal",
    proof="in_person",
    requester=BUYER.login,
    approvers=(BUYERS_LEAD.login,),
    executors=(SOFIA.login,),
    requested_at="2026-10-30T13:04:00Z",
    approved_at="2026-10-30T13:11:00Z",
    executed_at="2026-10-30T13:20:15Z",
    zone="+01:00",
    summary="Came to the site desk with his badge.",
)
NEW_PHONE_TICKET = Ticket(
    number="NL-20398",
    identity=CHLOE,
    method="tap",
    channel="portal",
    proof="video",
    requester=CHLOE.login,
    approvers=(HEAD_OF_FINANCE.login,),
    executors=(DARIO.login,),
    requested_at="2026-10-27T09:40:00Z",
    approved_at="2026-10-27T09:52:00Z",
    executed_at="2026-10-27T10:05:30Z",
    summary="New phone; old one handed in.",
)
SELF_APPROVED_TICKET = Ticket(
    number="NL-20440",
    identity=YUSUF,
    method="password_admin",
    channel="chat",
    proof="caller_id",
    requester=LENA.login,
    approvers=(LENA.login,),
    executors=(LENA.login,),
    vendor="Brightdesk",
    requested_at="2026-10-30T17:28:00Z",
    approved_at="2026-10-30T17:28:00Z",
    executed_at="2026-10-30T17:30:05Z",
    zone="+05:30",
    summary="Asked for by chat; temporary one sent there: {canary}",
)
NEVER_DONE_TICKET = Ticket(
    number="NL-20455",
    identity=FARAH,
    method="password_admin",
    channel="phone",
    proof="callback",
    requester=FARAH.login,
    approvers=(HEAD_OF_FINANCE.login,),
    executors=(RAVI.login,),
    vendor="Brightdesk",
    requested_at="2026-10-31T08:55:00Z",
    approved_at="2026-10-31T09:10:00Z",
    executed_at="2026-10-31T09:20:00Z",
    zone="+05:30",
    summary="Closed as done.",
)
TICKETS = (
    ADAS_TICKET,
    SELF_APPROVED_TICKET,
    INNOCENT_TICKET,
    NEVER_DONE_TICKET,
    NEW_PHONE_TICKET,
)

METHODS, PIM, SELF_SERVICE = (
    "Authentication Methods",
    "PIM",
    "Self-service Password Management",
)
SIGNING_ROLE = Role(id=CLOUD_APPLICATION_ADMINISTRATOR, name="Cloud Application Administrator")
MAIL_ROLE = Role(id=EXCHANGE_ADMINISTRATOR, name="Exchange Administrator")


def _activation(at: str, step: str, by: Person, role: Role, ip: str) -> Entry:
    return Entry(
        at=at,
        activity=f"Add member to role {step} (PIM activation)",
        by=by,
        to=ADA,
        gains=role,
        service=PIM,
        category="RoleManagement",
        ip=ip,
    )


ADAS_RESET = Entry(
    at="2026-10-30T15:06:41Z",
    activity="Disable Strong Authentication",
    by=OMAR,
    to=ADA,
    ip=BRIGHTDESK,
    changed=(("StrongAuthenticationMethod", "[]"),),
)
ADAS_NEW_METHOD = Entry(
    at="2026-10-30T15:14:30Z",
    activity="User registered security info",
    by=ADA,
    to=ADA,
    service=METHODS,
    ip=ATTACKER,
    reason="User registered Authenticator App with Notification and Code",
)
RELEASE_SECRET = Entry(
    at="2026-10-30T15:31:20Z",
    activity="Update application \u2013 Certificates and secrets management ",
    by=ADA,
    to=RELEASE,
    category="ApplicationManagement",
    ip=ATTACKER,
    changed=(("KeyDescription", "ci-rotation"),),
    canary=True,
)
ON_CALL_PASS = Entry(
    at="2026-10-30T15:40:02Z",
    activity="Admin registered security info",
    by=PORTAL,
    to=ANTON,
    service=METHODS,
    reason="Admin registered temporary access pass method for user",
    changed=(("TemporaryAccessPass.AccessPassUsage", "Multiple"),),
    canary=True,
)
ROLE_ASKED = _activation("2026-10-30T15:50:11Z", "requested", ADA, SIGNING_ROLE, ATTACKER)
ROLE_APPROVED = _activation(
    "2026-10-30T15:53:48Z", "request approved", ANTON, SIGNING_ROLE, ATTACKER
)
ROLE_ACTIVATED = _activation("2026-10-30T15:54:02Z", "completed", ADA, SIGNING_ROLE, ATTACKER)
MAIL_ROLE_ASKED = _activation("2026-10-30T15:58:37Z", "requested", ADA, MAIL_ROLE, ATTACKER)
MAIL_ROLE_DENIED = _activation("2026-10-30T16:40:19Z", "request denied", MARCUS, MAIL_ROLE, OFFICE)
SIGNING_SECRET = Entry(
    at="2026-10-30T16:05:44Z",
    activity="Update application \u2013 Certificates and secrets management ",
    by=ADA,
    to=SIGNING,
    category="ApplicationManagement",
    ip=ATTACKER,
    changed=(("KeyDescription", "hotfix"),),
)
OWNER_ADDED = Entry(
    at="2026-10-30T16:12:09Z",
    activity="Add owner to application",
    by=ADA,
    to=ANTON,
    gains=RELEASE,
    category="ApplicationManagement",
    ip=ATTACKER,
)
GUEST_ADDED = Entry(
    at="2026-10-30T16:20:55Z",
    activity="Add member to group",
    by=ANTON,
    to=ELIF,
    gains=RELEASE_ENGINEERS,
    category="GroupManagement",
    ip=ATTACKER,
)
INNOCENT_RESET = Entry(
    at="2026-10-30T13:20:15Z",
    activity="Reset password (by admin)",
    by=SOFIA,
    to=BUYER,
    service=SELF_SERVICE,
    ip=GRAZ,
)
INNOCENT_REVOKED = Entry(
    at="2026-10-30T13:20:40Z",
    activity="Update StsRefreshTokenValidFrom Timestamp",
    by=SOFIA,
    to=BUYER,
    ip=GRAZ,
    changed=(("StsRefreshTokensValidFrom", "2026-10-30T13:20:40Z"),),
)
NEW_PHONE_PASS = Entry(
    at="2026-10-27T10:05:30Z",
    activity="Admin registered security info",
    by=DARIO,
    to=CHLOE,
    service=METHODS,
    ip=OFFICE,
    reason="Admin registered temporary access pass method for user",
    changed=(("TemporaryAccessPass.AccessPassUsage", "OneTime"),),
    canary=True,
)
SELF_APPROVED_RESET = Entry(
    at="2026-10-30T17:30:05Z",
    activity="Reset password (by admin)",
    by=LENA,
    to=YUSUF,
    service=SELF_SERVICE,
    ip=BRIGHTDESK,
)
SELF_SERVICE_RESET = Entry(
    at="2026-10-29T08:14:22Z",
    activity="Reset password (self-service)",
    by=NOOR,
    to=NOOR,
    service=SELF_SERVICE,
    ip=OFFICE,
    reason="Successfully completed reset.",
)
UNKNOWN_RESET = Entry(
    at="2026-10-29T11:02:10Z",
    activity="Reset password (by admin)",
    by=LENA,
    to=KIOSK,
    service=SELF_SERVICE,
    ip=BRIGHTDESK,
)
FAILED_RESET = Entry(
    at="2026-10-30T17:22:41Z",
    activity="Reset password (by admin)",
    by=LENA,
    to=MARCUS,
    service=SELF_SERVICE,
    ip=BRIGHTDESK,
    result="failure",
    reason="Insufficient privileges to complete the operation.",
)
NEW_LAPTOP = Entry(
    at="2026-11-01T09:30:12Z",
    activity="Register device",
    by=OWNER_POOL[23],
    to=OWNER_POOL[23],
    service="Device Registration Service",
    category="Device",
    ip=OFFICE,
)
LUNCH = Entry(
    at="2026-10-28T14:47:00Z",
    activity="Update lunch menu of the canteen",
    by=DARIO,
    to=NOOR,
    ip=OFFICE,
)
"""A name that no list of activities has."""

AUDIT = (
    # as the log service hands them out: not in the order of time, and one of them twice
    ROLE_ASKED,
    ADAS_RESET,
    INNOCENT_REVOKED,
    INNOCENT_RESET,
    ON_CALL_PASS,
    ADAS_NEW_METHOD,
    RELEASE_SECRET,
    ADAS_RESET,
    UNKNOWN_RESET,
    ROLE_ACTIVATED,
    ROLE_APPROVED,
    MAIL_ROLE_DENIED,
    MAIL_ROLE_ASKED,
    GUEST_ADDED,
    OWNER_ADDED,
    SIGNING_SECRET,
    FAILED_RESET,
    SELF_APPROVED_RESET,
    NEW_PHONE_PASS,
    SELF_SERVICE_RESET,
    LUNCH,
    NEW_LAPTOP,
)

ADAS_FIRST_USE = SignIn(at="2026-10-30T15:12:09Z", who=ADA, ip=ATTACKER, factors=1)
ANTONS_FIRST_USE = SignIn(at="2026-10-30T15:44:17Z", who=ANTON, ip=ATTACKER)
BUYERS_FIRST_USE = SignIn(at="2026-10-30T13:31:55Z", who=BUYER, ip=GRAZ, to="Office 365 Portal")
CHLOES_FIRST_USE = SignIn(at="2026-10-27T10:21:03Z", who=CHLOE, ip=OFFICE, to="My Signins")
YUSUFS_FIRST_USE = SignIn(at="2026-10-30T17:41:26Z", who=YUSUF, ip=OFFICE, to="Office 365 Portal")
NOORS_FIRST_USE = SignIn(at="2026-10-29T08:16:40Z", who=NOOR, ip=OFFICE, to="Office 365 Portal")
RELEASE_FIRST_USE = SignIn(
    at="2026-10-30T15:36:08Z",
    who=RELEASE,
    ip=ATTACKER,
    to="Azure Key Vault",
    factors=1,
    credential="ci-rotation",
)
SIGN_INS = (
    ADAS_FIRST_USE,
    SignIn(at="2026-10-27T07:02:11Z", who=ADA, ip=OFFICE),
    SignIn(at="2026-10-30T06:58:49Z", who=ADA, ip=OFFICE),
    # the password was known already; the second factor was not
    SignIn(at="2026-10-30T14:41:33Z", who=ADA, ip=ATTACKER, error=50074),
    ANTONS_FIRST_USE,
    SignIn(at="2026-10-29T07:33:20Z", who=ANTON, ip=OFFICE),
    ADAS_FIRST_USE,
    SignIn(at="2026-10-28T06:41:00Z", who=BUYER, ip=GRAZ, to="Office 365 Portal"),
    BUYERS_FIRST_USE,
    CHLOES_FIRST_USE,
    SignIn(at="2026-10-26T07:12:30Z", who=CHLOE, ip=OFFICE, to="Office 365 Portal"),
    SignIn(at="2026-10-30T07:05:12Z", who=YUSUF, ip=OFFICE, to="Office 365 Portal"),
    YUSUFS_FIRST_USE,
    SignIn(at="2026-10-28T07:20:18Z", who=NOOR, ip=OFFICE, to="Office 365 Portal"),
    NOORS_FIRST_USE,
    RELEASE_FIRST_USE,
    SignIn(
        at="2026-10-30T18:20:47Z",
        who=DEPLOYER,
        ip=ATTACKER,
        to="Windows Azure Service Management API",
        factors=1,
        credential="deploy-2025",
    ),
    SignIn(at="2026-10-31T22:10:05Z", who=ELIF, ip=ATTACKER),
    SignIn(at="2026-10-30T05:31:00Z", who=OMAR, ip=BRIGHTDESK),
    SignIn(at="2026-10-30T05:44:00Z", who=LENA, ip=BRIGHTDESK),
)
