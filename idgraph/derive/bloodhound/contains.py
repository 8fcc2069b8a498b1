"""AZContains, which BloodHound CE walks: to hold a container is to hold all it contains."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.closures import tenant_of
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure, entra
from idgraph.vocabulary.common import between

_OBJECTS = (
    entra.USER,
    entra.GROUP,
    *entra.SERVICE_IDENTITIES,
    entra.APP,
    entra.ROLE,
    entra.DEVICE,
)
_CONTAINED = (*azure.SCOPES, azure.VAULT, *azure.COMPUTE)

BH_CONTAINS = EdgeKind(
    name="BH_CONTAINS",
    reads="contains, and to BloodHound CE controls,",
    ends=(
        *between((entra.TENANT,), (*_OBJECTS, azure.MANAGEMENT_GROUP, azure.SUBSCRIPTION)),
        *between(azure.SCOPES, _CONTAINED),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="BloodHound CE takes control of a tenant or scope as control of all it contains.",
    verify="The object's tenant, management group, subscription or resource group.",
    remove="Remove the power over the container: containment itself is no grant.",
    logged="Nothing: containment is not an event.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="BloodHound CE: AZContains",
    bloodhound="AZContains",
    misses="Known error: whatever power led to the container, all below it counts as held. "
    "BloodHound CE has no storage accounts, vault secrets or administrative units.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    _objects(snapshot, findings)
    table = snapshot.edges[azure.CONTAINS.name]
    known = snapshot.is_kind(*(kind.name for kind in _CONTAINED))
    table = table.where(known[table.target])
    findings.link(BH_CONTAINS, table.source, table.target, evidence=(table.row,))


def _objects(snapshot: Snapshot, findings: Findings) -> None:
    """Find what a tenant contains by the tenant id that each object carries."""
    at = snapshot.of_kind(*(kind.name for kind in _OBJECTS))
    tenant = _tenants(snapshot, at)
    at, tenant = at[tenant >= 0], tenant[tenant >= 0]
    findings.link(BH_CONTAINS, tenant, at, evidence=(snapshot.node_row[at],))


def _tenants(snapshot: Snapshot, at: Ints) -> Ints:
    tenant = snapshot.positions(tenant_of(snapshot)[at])
    is_tenant = snapshot.is_kind(entra.TENANT.name)
    return np.where((tenant >= 0) & is_tenant[tenant], tenant, -1).astype(np.int32)


RULE = Rule(name="bloodhound containment", kinds=(BH_CONTAINS,), find=_find)
