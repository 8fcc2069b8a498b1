"""Who can give an application a credential of his own, and so sign in as it."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.applications import Writes, find_writers
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.owners import ownerships
from idgraph.derive.entra.permissions import (
    APPLICATION_READ_WRITE_ALL,
    APPLICATION_READ_WRITE_OWNED_BY,
    DIRECTORY_READ_WRITE_ALL,
)
from idgraph.derive.entra.roles import actions
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import APP, ROLE, SERVICE_IDENTITIES, SERVICE_PRINCIPAL, USER

_WRITABLE = r"(credentials/update|allproperties/(alltasks|update))"

CREDENTIALS = Writes(
    registrations=actions(rf"applications/{_WRITABLE}"),
    own_registrations=actions(rf"applications\.myorganization/{_WRITABLE}"),
    service_principals=actions(rf"serviceprincipals/{_WRITABLE}"),
)

CAN_ADD_SECRET = EdgeKind(
    name="CAN_ADD_SECRET",
    reads="can add a credential to",
    ends=(
        *between((USER, *SERVICE_IDENTITIES), (APP, SERVICE_PRINCIPAL)),
        *between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (APP, SERVICE_PRINCIPAL)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Add a client secret, certificate or federated credential and sign in as the "
    "application, without a second factor, for as long as it stays.",
    verify="Owners of the registration and of the service principal; roles and Microsoft Graph "
    "permissions that write application credentials; the app instance property lock.",
    remove="Remove the owner, the role or the permission; lock the instance's sensitive "
    "properties; then remove credentials nobody can account for.",
    logged="Audit log, ApplicationManagement: Update application - Certificates and secrets "
    "management; Add service principal credentials.",
    frameworks=(
        "ATT&CK:T1098.001",
        "OWASP-NHI:NHI5:2025",
        "OWASP-NHI:NHI7:2025",
        "NIST-CSF:PR.AA-01",
        "CSA-CCM:IAM-10",
    ),
    source="Microsoft Learn: Default user permissions, Object ownership; Microsoft Entra built-in "
    "roles; application: addPassword; servicePrincipal: addPassword; App instance property lock",
    bloodhound="AZAddSecret",
    misses="Policies that forbid application credentials; a disabled service principal counts as "
    "an enabled one, as most of these holders may enable it; what Application Developer creates "
    "later; delegated permissions.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    everything = (APPLICATION_READ_WRITE_ALL, DIRECTORY_READ_WRITE_ALL)
    applications = find_writers(
        snapshot, links, CAN_ADD_SECRET, CREDENTIALS, permissions=everything
    )
    owned = ownerships(snapshot, *everything, APPLICATION_READ_WRITE_OWNED_BY)
    owned = owned.where((applications.registration | applications.service_principal)[owned.owned])
    doubts = applications.guards_of(owned.owned)
    guards = [(*one, *other) for one, other in zip(owned.guards, doubts, strict=True)]
    links.add(CAN_ADD_SECRET, owned.owner, owned.owned, owned.row, guards)
    links.close()


RULE = Rule(
    name="entra application credentials",
    kinds=(CAN_ADD_SECRET, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
