"""What the sample company is built to show: the chain, who answers for what, how much of each.

Derived from the tables that the generator writes out, so plan and export cannot disagree. Every id
is as idgraph spells it, in lower case. Tests compare idgraph's answers with these constants.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sample_data import applications, directory, estate, ids, mass, register, roster
from sample_data.applications import DEPLOYER, RELEASE
from sample_data.estate import BUILD_VAULT, DEPLOY_SECRET, GROUPS, PRODUCTION, RESOURCES, VAULTS
from sample_data.moments import Moment

CANARY = "CANARY-7f3a-MUST-NEVER-BE-STORED"
TENANT_ID = ids.TENANT
TENANT_NAME = "Northlight Instruments"
SEED = 7
COLLECTED_AT = Moment.LATEST
COLLECTED_BEFORE = Moment.BEFORE

RESET_IDENTITY = roster.ADA.id
RESET_IDENTITY_UPN = roster.ADA.login
RESET_BY = roster.OMAR.id
"""The vendor's agent with Authentication Administrator, who resets Ada's MFA."""

CHAIN = (
    roster.ADA.id,
    RELEASE.id,
    RELEASE.principal,
    BUILD_VAULT.id.lower(),
    DEPLOY_SECRET.id,
    DEPLOYER.principal,
    PRODUCTION.lower(),
)
"""From the reset identity to the subscription, each one opening the next."""

DATA_AT_STAKE = estate.CALIBRATION_STORE.id.lower()
RESETTERS = tuple(person.id for person in roster.DESK)
"""The outsourced desk: all hold Helpdesk Administrator through one role-assignable group."""

GLOBAL_ADMINS = tuple(
    principal
    for role, principal, scope in directory.ASSIGNMENTS
    if role == directory.GLOBAL_ADMINISTRATOR and scope == "/"
)
"""Active, not merely eligible."""

CANARY_APPLICATIONS = tuple(
    app.id
    for app in applications.APPLICATIONS
    if any(credential.canary for credential in app.credentials)
)
"""Registrations whose password credential carries CANARY as `secretText`."""

HOSTILE_NAMES = roster.HOSTILE_NAMES
AMBIGUOUS_NAME = roster.WEI[0].name


def _within(scope: str) -> tuple[str, ...]:
    things = (*VAULTS, *RESOURCES, *GROUPS)
    return tuple(thing.id.lower() for thing in things if thing.id.startswith(scope + "/"))


def _running_in(scope: str) -> tuple[str, ...]:
    """Return the identities of the compute resources in a scope.

    User-assigned identities attached to nothing are left out: whether the scope's owner gets them
    depends on a resource that AzureHound does not export.
    """
    hosts = [it for it in RESOURCES if it.id.startswith(scope + "/")]
    system = [estate.IDENTITY_OF[it.id].principal for it in hosts if it.system]
    assigned = {name for it in hosts for name in it.user_assigned}
    users = [estate.USER_ASSIGNED_BY_NAME[name].principal for name in sorted(assigned)]
    return (*system, *users)


REACHED_SCOPES = (PRODUCTION.lower(), *_within(PRODUCTION))
"""What the end of the chain opens: the subscription and all in it."""

REACHED_NHIS = (
    RELEASE.id,
    RELEASE.principal,
    DEPLOYER.principal,
    applications.BILLING.principal,
    *_running_in(PRODUCTION),
)
"""Non-human identities that a full takeover of Ada reaches for certain."""

REACHED_STORES = tuple(
    vault.id.lower()
    for vault in VAULTS
    if vault.group.sub == "production" or vault in (BUILD_VAULT, estate.DEV_VAULT)
)

REACHED_BY_ACTIVATION = (
    applications.SIGNING.id,
    applications.SIGNING.principal,
    estate.BUILD_STORE.id.lower(),
    f"{estate.BUILD_STORE.id}/blobservices/default/containers/packages".lower(),
)
"""Behind a role for which Ada is eligible, and which an account that she can take approves."""

OPENED_BY_CLIENT_ID = tuple(
    secret.opens.principal
    for secret in (estate.TELEMETRY_SECRET, estate.SHOP_SECRET)
    if secret.opens
)
"""Reached through a secret that names the application but not which credential it holds."""

NEVER_REACHED = (
    estate.CORPORATE.lower(),
    estate.BUILD.lower(),
    estate.CORP_VAULT.id.lower(),
    estate.HR_VAULT.id.lower(),
    applications.AUDIT_READER.principal,
    applications.IDENTITY_LIFECYCLE.principal,
    applications.APP_INVENTORY.principal,
    applications.LEGACY_IMPORT.principal,
    applications.FIRMWARE.principal,
    roster.INGRID.id,
)
"""What a takeover of Ada must not be said to reach."""

DECOY = (applications.AUDIT_READER.principal, estate.PROD_VAULT.id.lower())
"""Key Vault Contributor on a vault in RBAC mode: manages it, does not read it."""

INACTIVE_POLICY = (roster.DEVELOPERS.id, estate.CORP_VAULT.id.lower())
"""An access policy on a vault in RBAC mode: without effect."""

DEAD_SECRETS = (estate.EXPIRED_SECRET.id, estate.STALE_SECRET.id)
"""Secrets whose credential has expired, or is no longer on the application."""


class Reason(StrEnum):
    """Why a claimed owner does not count, or that there is none."""

    NO_OWNER = "NO_OWNER"
    DISABLED = "OWNER_DISABLED"
    DELETED = "OWNER_DELETED"
    GUEST = "OWNER_GUEST"
    GROUP_EMPTY = "OWNER_GROUP_EMPTY"
    IS_NHI = "OWNER_IS_NHI"
    SELF = "OWNER_SELF"
    TAG_UNRESOLVED = "OWNER_TAG_UNRESOLVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """A node that ought to have an owner, and what is wrong with each claim; none: it is owned.

    `kind` is application, service_principal, managed_identity, foreign, group, management_group,
    subscription, resource_group, vault, or the kind of another Azure resource.
    """

    node: str
    kind: str
    name: str
    reasons: tuple[Reason, ...] = ()
    owned: bool = False
    recorded: bool = True


_PEOPLE = {person.id: person for person in roster.PEOPLE}
_LOGINS = {person.login: person for person in roster.PEOPLE}
_PRINCIPALS = frozenset(app.principal for app in applications.APPLICATIONS)
_CYCLE = frozenset({applications.LEDGER_A.principal, applications.LEDGER_B.principal})


def _fault(owner: str, node: str) -> Reason | None:
    """Return why an owner does not count, or None where it does."""
    if person := _PEOPLE.get(owner) or _LOGINS.get(owner):
        if not person.enabled:
            return Reason.DISABLED
        return Reason.GUEST if person.guest else None
    if owner == roster.EMPTY_TEAM.id:
        return Reason.GROUP_EMPTY
    if owner in _PRINCIPALS:
        return Reason.SELF if {owner, node} <= _CYCLE else Reason.IS_NHI
    return Reason.DELETED if "@" in owner else Reason.TAG_UNRESOLVED


def _nodes() -> Iterator[tuple[str, str, str, tuple[str, ...] | None]]:
    """Yield node, kind, name and the owners that the export itself states, None if unrecorded."""
    for app in applications.APPLICATIONS:
        yield app.id, "application", app.name, app.owners
        yield app.principal, "service_principal", app.name, app.principal_owners
    for identity in estate.IDENTITIES:
        yield identity.principal, "managed_identity", identity.name, ()
    for foreign in applications.FOREIGN:
        yield foreign.principal, "foreign", foreign.name, ()
    for team in (*roster.TEAMS, *mass.TEAMS):
        yield team.id, "group", team.name, team.owners
    yield estate.ROOT, "management_group", "Tenant Root Group", ()
    yield estate.LANDING_ZONES, "management_group", "Landing zones", ()
    for key, name in estate.SUBSCRIPTIONS.items():
        yield ids.subscription(key), "subscription", name, _tag(estate.SUBSCRIPTION_TAGS[key])
    for group in GROUPS:
        yield group.id, "resource_group", group.name, _tag(group.tags)
    for vault in VAULTS:
        yield vault.id, "vault", vault.name, _tag(vault.tags)
    for it in RESOURCES:
        yield it.id, it.kind, it.name, _tag(it.tags)


def _tag(tags: Mapping[str, str]) -> tuple[str, ...]:
    return (tags["Owner"],) if "Owner" in tags else ()


def _ownership() -> Iterator[Ownership]:
    registered = defaultdict(list)
    for row in register.ROWS:
        registered[row.about].append(row.by)

    for node, kind, name, stated in _nodes():
        owners = (*(stated or ()), *registered[node])
        faults = [_fault(owner, node) for owner in owners]
        known = stated is not None or bool(owners)
        owned = None in faults
        reasons = tuple(sorted({fault for fault in faults if fault}))
        yield Ownership(
            node=node.lower(),
            kind=kind,
            name=name,
            owned=owned,
            recorded=known,
            reasons=() if owned or not known else reasons or (Reason.NO_OWNER,),
        )


OWNERSHIP = tuple(_ownership())
UNOWNED = tuple(it for it in OWNERSHIP if it.recorded and not it.owned)
"""No claim that counts. Whether foreign principals and untagged resources belong is theirs to say
who asks: filter by `kind`."""
UNDECIDED = tuple(it for it in OWNERSHIP if not it.recorded)
"""No owner record in the export and no row in the register."""
UNOWNED_BY_REASON: Mapping[Reason, int] = MappingProxyType(
    Counter(reason for it in UNOWNED for reason in it.reasons)
)

COUNTS: Mapping[str, int] = MappingProxyType(
    {
        "AZTenant": 1,
        "AZUser": mass.USERS,
        "AZGroup": len(roster.TEAMS) + len(mass.TEAMS),
        "AZDevice": mass.DEVICES,
        "AZApp": len(applications.APPLICATIONS),
        "AZServicePrincipal": len(applications.APPLICATIONS)
        + len(estate.IDENTITIES)
        + len(applications.FOREIGN),
        "AZRole": len(directory.ROLES),
        "AZManagementGroup": 2,
        "AZSubscription": len(estate.SUBSCRIPTIONS),
        "AZResourceGroup": len(GROUPS),
        "AZKeyVault": len(VAULTS),
    }
)
"""Records of each kind of node in the export."""
