"""Who can make himself User Access Administrator at the root scope of Azure."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.closures import inherited, members_below
from idgraph.derive.entra.activation import (
    activation_guards,
    eligibilities,
    with_factor,
    without_factor,
)
from idgraph.derive.entra.hubs import Guards, Links
from idgraph.derive.entra.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from idgraph.derive.entra.tenants import (
    administered_tenants,
    global_administrator,
    role_nodes,
)
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import GATE, POWER, between
from idgraph.vocabulary.entra import HAS_ROLE, ROLE, USER
from idgraph.vocabulary.resets import SECOND_FACTOR

USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
ELEVATING = (GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR)
BY_SERVICE_PRINCIPAL = ASSUME.of("elevate_access_by_service_principal")

CAN_ELEVATE_ACCESS = EdgeKind(
    name="CAN_ELEVATE_ACCESS",
    reads="can elevate access to become",
    ends=between((USER, ROLE, POWER, SECOND_FACTOR, GATE), (POWER,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Switch on access management for Azure resources, then assign oneself any Azure role "
    "in every subscription of the tenant.",
    verify="Holders of Global Administrator and of Privileged Role Administrator, who can make "
    "himself one; role assignments at the scope / of Azure.",
    remove="Take the directory role away; remove the assignment at the root scope.",
    logged="Directory audit log: User has elevated their access to User Access Administrator; "
    "Azure activity log of the tenant: elevateAccess.",
    frameworks=("ATT&CK:T1548.005", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-09"),
    source="Microsoft Learn: Elevate access to manage all Azure subscriptions and management "
    "groups",
    misses="Documented for people; for a service principal it is an assumption of its own.",
)


def root_power(findings: Findings, tenant: str) -> int:
    """Return the node of being User Access Administrator at the Azure root scope of a tenant."""
    return findings.node(
        f"{USER_ACCESS_ADMINISTRATOR}@/@{tenant}",
        POWER,
        "User Access Administrator at the Azure root scope",
    )


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    for tenant in administered_tenants(snapshot):
        power, highest = root_power(findings, tenant), global_administrator(findings, tenant)
        row = int(snapshot.node_row[highest]) if highest < snapshot.n else -1
        links.add(CAN_ELEVATE_ACCESS, highest, power, row, (BY_SERVICE_PRINCIPAL,))
        for template in ELEVATING:
            for role in role_nodes(snapshot, tenant, template):
                _link_holders(snapshot, links, int(role), power)
                _link_eligible(snapshot, links, int(role), power)
    links.close()


def _link_holders(snapshot: Snapshot, links: Links, role: int, power: int) -> None:
    table = snapshot.edges[HAS_ROLE.name]
    holds = np.zeros(snapshot.n, np.int64)
    holds[table.source[table.target == role]] = 1
    people = np.flatnonzero((inherited(snapshot, holds) == 1) & snapshot.is_kind(USER.name))
    _link_people(snapshot, links, people.astype(np.int32), power, ())


def _link_eligible(snapshot: Snapshot, links: Links, role: int, power: int) -> None:
    able = [each for each in eligibilities(snapshot) if each.role == role and not each.narrower]
    principals = np.array([each.principal for each in able], np.int32)
    for each, below in zip(able, members_below(snapshot, principals), strict=True):
        people = np.append(below, each.principal).astype(np.int32)
        people = people[snapshot.is_kind(USER.name)[people]]
        guards = activation_guards(snapshot, role, each.principal)
        _link_people(snapshot, links, people, power, guards)
        passed = without_factor(snapshot, guards, each.principal)
        if passed != guards:
            strong = with_factor(links.findings, each.principal)
            links.add(CAN_ELEVATE_ACCESS, strong, power, each.row, passed)


def _link_people(
    snapshot: Snapshot, links: Links, people: Ints, power: int, guards: Guards
) -> None:
    links.add(CAN_ELEVATE_ACCESS, people, power, snapshot.node_row[people], guards)


RULE = Rule(
    name="entra access elevation",
    kinds=(CAN_ELEVATE_ACCESS,),
    find=_find,
    nodes=(POWER, SECOND_FACTOR),
)
