"""AZAddSecret, AZAddOwner, AZMGAddSecret, AZMGAddOwner: every application and service principal.

Managed identities, foreign applications and locked instances are not left out.
"""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.bloodhound import holders as roles
from idgraph.derive.bloodhound.products import by_permission, by_role, product, together
from idgraph.derive.entra.can_add_owner import CAN_ADD_OWNER
from idgraph.derive.entra.can_add_secret import CAN_ADD_SECRET
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.permissions import (
    APPLICATION_READ_WRITE_ALL,
    DIRECTORY_READ_WRITE_ALL,
    GROUP_READ_WRITE_ALL,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
)
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import HUB, between
from idgraph.vocabulary.entra import (
    APP,
    GROUP,
    MANAGED_IDENTITY,
    ROLE,
    SERVICE_IDENTITIES,
    SERVICE_PRINCIPAL,
)

SERVICE_PRINCIPAL_ENDPOINT_READ_WRITE_ALL = "89c8469c-83ad-45f7-8ff2-6e3d4285709e"
_OWNER_WRITERS = (
    roles.HYBRID_IDENTITY_ADMIN,
    roles.PARTNER_TIER1,
    roles.PARTNER_TIER2,
    roles.DIRECTORY_SYNC_ACCOUNTS,
)
_ALL_APPLICATIONS = (APPLICATION_READ_WRITE_ALL, ROLE_MANAGEMENT_READ_WRITE_DIRECTORY)

BH_ADD_SECRET = EdgeKind(
    name="BH_ADD_SECRET",
    reads="can, to BloodHound CE, add a credential to",
    ends=(*between((ROLE, *SERVICE_IDENTITIES), (HUB,)), (HUB, MANAGED_IDENTITY)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Nothing: a managed identity takes no credential of its own.",
    verify="The service principal's type is ManagedIdentity.",
    remove="Nothing is there to remove.",
    logged="A refused request.",
    frameworks=("ATT&CK:T1098.001",),
    source="BloodHound CE: AZAddSecret, AZMGAddSecret",
    bloodhound="AZAddSecret, AZMGAddSecret",
    misses="Known error (BloodHound issue 943): managed identities are not left out.",
)
BH_ADD_OWNER = EdgeKind(
    name="BH_ADD_OWNER",
    reads="can, to BloodHound CE, become an owner of",
    ends=(
        *between((ROLE, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (APP, *SERVICE_IDENTITIES, GROUP)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Name oneself an owner, and do what an owner may.",
    verify="Microsoft Graph permissions of the service principal, or the role's actions.",
    remove="Take the permission or the role away.",
    logged="Audit log, ApplicationManagement: Add owner to application; GroupManagement: Add "
    "owner to group.",
    frameworks=("ATT&CK:T1098.001", "NIST-CSF:PR.AA-05"),
    source="BloodHound CE: AZAddOwner, AZMGAddOwner",
    bloodhound="AZAddOwner, AZMGAddOwner",
    misses="Known errors: managed identities, foreign applications, dynamic and synced groups "
    "are not left out; whoever adds credentials or members is given this edge as well.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    applications = snapshot.is_kind(APP.name, SERVICE_PRINCIPAL.name)
    managed = snapshot.is_kind(MANAGED_IDENTITY.name)
    principals = snapshot.is_kind(*(kind.name for kind in SERVICE_IDENTITIES))
    groups = snapshot.is_kind(GROUP.name)
    plain = groups & ~snapshot.true("role_assignable")

    admins = by_role(snapshot, roles.APPLICATION_ADMINS)
    writers = together(admins, by_permission(snapshot, *_ALL_APPLICATIONS))
    product(links, CAN_ADD_SECRET, "every application", writers, applications)
    product(links, BH_ADD_SECRET, "every managed identity", writers, managed)

    owners = by_role(snapshot, _OWNER_WRITERS)
    product(links, CAN_ADD_OWNER, "every application", owners, applications)
    product(links, BH_ADD_OWNER, "every managed identity", owners, managed)
    for name, permissions, targets in (
        ("every application", _ALL_APPLICATIONS, applications | managed),
        ("every principal", (SERVICE_PRINCIPAL_ENDPOINT_READ_WRITE_ALL,), principals),
        ("plain groups", (DIRECTORY_READ_WRITE_ALL, GROUP_READ_WRITE_ALL), plain),
        ("every group", (ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,), groups),
    ):
        product(links, BH_ADD_OWNER, name, by_permission(snapshot, *permissions), targets)
    links.close()


RULE = Rule(
    name="bloodhound applications",
    kinds=(CAN_ADD_SECRET, BH_ADD_SECRET, CAN_ADD_OWNER, BH_ADD_OWNER),
    find=_find,
    nodes=(HUB,),
)
