"""What the incident is built to show, worked out by hand.

From the story, and from what Microsoft documents of resets, tokens and role activation; never
from idgraph's own answers, which tests compare with these constants. Ids are as idgraph spells
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sample_data import directory, estate, ids, incident, roster
from sample_data.applications import DEPLOYER, RELEASE, SIGNING, TELEMETRY
from sample_data.incident import Entry, SignIn, Ticket

UNKNOWN = "unknown"
ADA = roster.ADA.id

# Resets, and what is wrong with each.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReset:
    """A reset as ticket and log tell it together; `findings` are all that are wrong with it."""

    identity: str
    method: str
    entry: Entry | None = None
    ticket: Ticket | None = None
    first_use: SignIn | None = None
    requester: str = UNKNOWN
    approvers: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def executed_at(self) -> str:
        """When it was carried out: the log says it, or else the ticket."""
        if self.entry:
            return self.entry.at
        return self.ticket.executed_at if self.ticket else ""


ADAS_RESET = PlannedReset(
    identity=ADA,
    method="mfa_reset",
    entry=incident.ADAS_RESET,
    ticket=incident.ADAS_TICKET,
    first_use=incident.ADAS_FIRST_USE,
    requester=ADA,
    executors=(roster.OMAR.id,),
    findings=("UNKNOWN_APPROVER", "RECOVERY_BELOW_AAL", "FIRST_USE_FROM_NEW_IP"),
)
INNOCENT = PlannedReset(
    identity=incident.BUYER.id,
    method="password_admin",
    entry=incident.INNOCENT_RESET,
    ticket=incident.INNOCENT_TICKET,
    first_use=incident.BUYERS_FIRST_USE,
    requester=incident.BUYER.id,
    approvers=(incident.BUYERS_LEAD.id,),
    executors=(roster.SOFIA.id,),
)
NEW_PHONE = PlannedReset(
    identity=incident.CHLOE.id,
    method="tap",
    entry=incident.NEW_PHONE_PASS,
    ticket=incident.NEW_PHONE_TICKET,
    first_use=incident.CHLOES_FIRST_USE,
    requester=incident.CHLOE.id,
    approvers=(roster.HEAD_OF_FINANCE.id,),
    executors=(incident.DARIO.id,),
)
SELF_APPROVED = PlannedReset(
    identity=incident.YUSUF.id,
    method="password_admin",
    entry=incident.SELF_APPROVED_RESET,
    ticket=incident.SELF_APPROVED_TICKET,
    first_use=incident.YUSUFS_FIRST_USE,
    requester=incident.LENA.id,
    approvers=(incident.LENA.id,),
    executors=(incident.LENA.id,),
    findings=("SELF_APPROVED", "SELF_EXECUTED", "RECOVERY_BELOW_AAL"),
)
ON_CALL_PASS = PlannedReset(
    identity=roster.ANTON.id,
    method="tap",
    entry=incident.ON_CALL_PASS,
    first_use=incident.ANTONS_FIRST_USE,
    executors=(incident.PORTAL.principal,),
    findings=(
        "RESET_WITHOUT_TICKET",
        "UNKNOWN_REQUESTER",
        "UNKNOWN_APPROVER",
        "UNKNOWN_PROOF",
        "FIRST_USE_FROM_NEW_IP",
    ),
)
NEVER_DONE = PlannedReset(
    identity=incident.FARAH.id,
    method="password_admin",
    ticket=incident.NEVER_DONE_TICKET,
    requester=incident.FARAH.id,
    approvers=(roster.HEAD_OF_FINANCE.id,),
    executors=(incident.RAVI.id,),
    findings=("TICKET_WITHOUT_EVENT",),
)
STRANGER = PlannedReset(
    identity=incident.KIOSK.id,
    method="password_admin",
    entry=incident.UNKNOWN_RESET,
    executors=(incident.LENA.id,),
    findings=(
        "RESET_WITHOUT_TICKET",
        "UNKNOWN_REQUESTER",
        "UNKNOWN_APPROVER",
        "UNKNOWN_PROOF",
        "IDENTITY_NOT_IN_GRAPH",
    ),
)
"""The reset of an account that no graph source knows."""
RESETS = (ADAS_RESET, INNOCENT, NEW_PHONE, SELF_APPROVED, ON_CALL_PASS, NEVER_DONE, STRANGER)

ALSO_RESET = (
    (incident.NOOR.id, "password_sspr"),
    (ADA, "mfa_register"),
    (RELEASE.id, "secret_rotate"),
    (SIGNING.id, "secret_rotate"),
)
"""By those who hold the account or own the application: nobody asked for or approved these."""

FAILED = incident.FAILED_RESET
"""Refused by the platform: not a reset."""

UNKNOWN_ACTIVITY = incident.LUNCH.activity
DUPLICATES = {"directory-audits.json": 1, "sign-ins.json": 1}

# What Ada reaches, by method.


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What stands before all that Ada reaches once she was reset in a certain way."""

    guards: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()


ENTRANCES: Mapping[str, Entrance] = MappingProxyType(
    {
        "": Entrance(),
        "password_admin": Entrance(guards=(f"mfa:{ADA}",)),
        "password_sspr": Entrance(assumes=("assume:self_service_methods",)),
        "password_user": Entrance(),
        "tap": Entrance(assumes=("assume:tap_policy",)),
        "mfa_reset": Entrance(guards=(f"password:{ADA}",)),
        "mfa_register": Entrance(guards=(f"password:{ADA}",)),
        "recovery_contact_change": Entrance(guards=(f"mfa:{ADA}", f"recovery:{ADA}")),
        "federation_reset": Entrance(assumes=("assume:federated_second_factor",)),
    }
)
"""A new password meets the second factor, a new factor the password; a pass needs neither."""

REFUSED_METHODS = ("secret_rotate", "key_create", "login_profile")
"""For applications, or for accounts of another platform."""

# Gates.

DEFEATED_ROLE = f"{directory.CLOUD_APPLICATION_ADMINISTRATOR}@{ids.TENANT}"
DEFEATED_POWER = f"{DEFEATED_ROLE}@{SIGNING.id}"
"""Activated by Ada, approved by Anton, whom the engineers' on-call pass lets in."""
DEFEATED_BY = roster.ANTON.id
HELD_ROLE = f"{directory.EXCHANGE_ADMINISTRATOR}@{ids.TENANT}"
"""Approved by the head of security alone, whom nobody of the release team can reset."""
TWO_PERSON_PATH = "brightdesk-privileged"
TWO_PERSON_TARGETS = roster.PLATFORM_ADMINS.members
"""Whom an agent of the vendor resets only with an approver inside the house."""
TWO_PERSONS_IN_ONE = roster.OMAR.id
"""He resets factors and passwords of ordinary accounts, and the approvers have ordinary ones."""
APPROVERS_TAKEN = roster.PIM_APPROVERS.members

# Survivors: Microsoft's table of refresh tokens, row by row.

SESSIONS = (
    "password_cookie",
    "password_token",
    "non_password_cookie",
    "non_password_token",
    "confidential_client_token",
)
REVOKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "password_user": SESSIONS[:2],
        "password_sspr": SESSIONS[:2],
        "password_admin": SESSIONS[:2],  # in the Azure portal, which leaves the most alive
        "tap": (),
        "mfa_reset": (),
        "mfa_register": (),
        "recovery_contact_change": (),
    }
)
REVOKED_IN_ADMIN_CENTER = (*SESSIONS[:2], *SESSIONS[3:])

ADAS_CREDENTIALS = tuple(ids.credential_id(it.key) for it in RELEASE.credentials)
"""Of the application that she owns: no reset of hers touches them, the attacker's among them."""

# Changes.

WINDOW = "2026-10-30..2026-11-02"
"""From the day of the call to the end of the day whose export first saw its traces."""

Link = tuple[str, str, str]
ADDED: tuple[Link, ...] = (
    (roster.ANTON.id, "OWNS", RELEASE.id),
    (roster.ELIF.id, "MEMBER_OF", roster.RELEASE_ENGINEERS.id),
    (roster.OWNER_POOL[22].id, "MEMBER_OF", roster.DEVELOPERS.id),
    (roster.RELEASE_ENGINEERS.id, "VAULT_POLICY", estate.DEV_VAULT.id.lower()),
)
REMOVED: tuple[Link, ...] = ((roster.OWNER_POOL[23].id, "MEMBER_OF", roster.VAULT_ADMINS.id),)
CREDENTIALS_ADDED = {
    RELEASE.id: ids.credential_id("ci-rotation"),
    SIGNING.id: ids.credential_id("hotfix"),
}
CREDENTIALS_REMOVED = {DEPLOYER.id: ids.credential_id("deploy-2021")}
"""By application; also by the platform's own start times, and by the log, inside the window."""

EVENTS_IN_WINDOW = (
    incident.INNOCENT_RESET,
    incident.INNOCENT_REVOKED,
    incident.ADAS_RESET,
    incident.ADAS_NEW_METHOD,
    incident.RELEASE_SECRET,
    incident.ON_CALL_PASS,
    incident.ROLE_ACTIVATED,
    incident.SIGNING_SECRET,
    incident.OWNER_ADDED,
    incident.GUEST_ADDED,
    incident.SELF_APPROVED_RESET,
    incident.NEW_LAPTOP,
)
"""That changed something, in the order of time."""

NEWLY_REACHED = (estate.DEV_VAULT.id.lower(), TELEMETRY.principal)
"""By Ada at the later moment and not at the earlier: the vault, and what a secret in it opens."""
BECAUSE = ADDED[3]

# Whose reset opens the production subscription.

EXPOSED = tuple(
    person.id
    for person in (
        roster.ADA,
        roster.ANTON,  # owner of the release application since the incident
        roster.HEAD_OF_PLATFORM,  # owner of the subscription through a group
        roster.OWNER_POOL[6],
        roster.INGRID,  # global administrators
        *roster.BREAK_GLASS,
        roster.MARCUS,  # resets whomever he wants
        roster.OMAR,  # resets factors and passwords of ordinary accounts, Ada's among them
        incident.DARIO,
        roster.NADIA,  # gives any application a credential
        *(it for it in roster.OWNER_POOL if it.id in roster.APP_TEAM.members),
        roster.OWNER_POOL[5],  # reads the build vault
        *(it for it in roster.OWNER_POOL if it.id in roster.BUILD_OPERATORS.members),
        roster.ELIF,  # added to the release team: lets the change manager in, who owns its app
    )
)
EXPOSED_IF = {
    roster.PRIYA.id: ("approval",),
    roster.JONAS.id: ("pim",),
    incident.LENA.id: ("approval", "mfa"),
    incident.RAVI.id: ("approval", "mfa"),
}
"""Who needs one of these on every path: an agent of the desk gets a reset approved, or passes the
second factor of somebody whose password he sets."""
NOT_EXPOSED = tuple(
    person.id for person in (incident.CHLOE, incident.FARAH, incident.NOOR, incident.YUSUF)
)
WEAKEST_WAY = ("on-call-pass", "none", roster.ANTON.id)
"""Reset path, proof, whose: nobody is asked anything, and a pass is given that signs in alone."""
PHONED_ABOUT = ("brightdesk-mfa", "knowledge", ADA)
"""How Ada fell: by phone, on questions about the person; the password was known already."""

GLOBAL_EQUIVALENT = tuple(
    person.id
    for person in (
        roster.INGRID,
        *roster.BREAK_GLASS,
        roster.MARCUS,
        roster.NADIA,
        *(it for it in roster.OWNER_POOL if it.id in roster.APP_TEAM.members),
    )
)
"""Who becomes a global administrator without anybody else: nobody ranks above them."""
