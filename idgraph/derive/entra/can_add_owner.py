"""Who can make himself an owner of an application, where he cannot add a credential directly."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.applications import Writes, find_writers
from idgraph.derive.entra.can_add_secret import CREDENTIALS
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.roles import actions
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import APP, ROLE, SERVICE_PRINCIPAL

_OWNERS = Writes(
    registrations=actions("applications/owners/update"),
    own_registrations=actions(r"applications\.myorganization/owners/update"),
    service_principals=actions("serviceprincipals/owners/update"),
)

CAN_ADD_OWNER = EdgeKind(
    name="CAN_ADD_OWNER",
    reads="can become an owner of",
    ends=(
        *between((ROLE, POWER), (HUB,)),
        *between((HUB,), (APP, SERVICE_PRINCIPAL)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Name oneself an owner, and as owner add a credential and sign in as the application.",
    verify="The actions of the role: owners may be updated on applications or on service "
    "principals.",
    remove="Take the role away or replace it by one that does not write owners.",
    logged="Audit log, ApplicationManagement: Add owner to application, Add owner to service "
    "principal; then the credential that is added.",
    frameworks=("ATT&CK:T1098.001", "OWASP-NHI:NHI5:2025", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Microsoft Entra built-in roles; Default user permissions, Object "
    "ownership; App instance property lock",
    bloodhound="AZAddOwner",
    misses="Left out where the same role adds credentials itself. An instance lock binds owners, "
    "too, so a locked service principal is no target. ServicePrincipalEndpoint.ReadWrite.All is "
    "documented for endpoints only.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    find_writers(snapshot, links, CAN_ADD_OWNER, _OWNERS, except_for=CREDENTIALS)
    links.close()


RULE = Rule(
    name="entra application owners",
    kinds=(CAN_ADD_OWNER, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
