"""Roles held at a narrower scope, and the units of which nobody loaded the members."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.scoped import scoped_roles
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, POWER, between
from idgraph.vocabulary.entra import HAS_SCOPED_ROLE, PRINCIPALS

HOLDS_SCOPED_ROLE = EdgeKind(
    name="HOLDS_SCOPED_ROLE",
    reads="holds",
    ends=between(PRINCIPALS, (POWER,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="The actions of the role over the members of the unit, or over the one object.",
    verify="Roles and administrators of the administrative unit, or of the application.",
    remove="Remove the assignment at that scope.",
    logged="Audit log, RoleManagement: Add scoped member to role.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05", "CSA-CCM:IAM-10", "ATT&CK:T1078.004"),
    source="Microsoft Learn: Assign Microsoft Entra roles; Administrative units",
    bloodhound="AZHasRole",
    misses="A service principal or a guest uses a role at a unit only with the right to read the "
    "directory, which is not checked.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    scoped, links = scoped_roles(snapshot), Links(findings)
    table = snapshot.edges[HAS_SCOPED_ROLE.name]
    by_ids = {(each.role_id, each.scope.id): each for each in scoped.all}
    for at, role_id in enumerate(table.text("role_id")):
        role = by_ids[str(role_id).lower(), str(snapshot.ids[table.target[at]])]
        power = role.node(findings)
        links.add(HOLDS_SCOPED_ROLE, int(table.source[at]), power, int(table.row[at]))
    for role in scoped.all:
        if not scoped.known(role):
            power, blind = role.node(findings), role.blind_spot(findings)
            links.add(MAY_LEAD_TO, power, blind, role.row, role.unknown())
    links.close()


RULE = Rule(
    name="entra roles at a scope",
    kinds=(HOLDS_SCOPED_ROLE, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, BLIND_SPOT),
)
