"""The Global Administrator of a tenant, as a node, and who can grant himself any role."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.permissions import (
    APP_ROLE_ASSIGNMENT_READ_WRITE_ALL,
    ROLE_ASSIGNMENT_SCHEDULE_READ_WRITE,
    ROLE_ELIGIBILITY_SCHEDULE_READ_WRITE,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
    holders,
)
from idgraph.derive.entra.roles import GLOBAL_ADMINISTRATOR, roles_of
from idgraph.derive.rules import Findings
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import POWER

_GRANTING = (
    APP_ROLE_ASSIGNMENT_READ_WRITE_ALL,
    ROLE_ASSIGNMENT_SCHEDULE_READ_WRITE,
    ROLE_ELIGIBILITY_SCHEDULE_READ_WRITE,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
)


def global_administrator(findings: Findings, tenant: str) -> int:
    """Return the role node of a tenant, or a power node of the same id where no export has it."""
    node_id = f"{GLOBAL_ADMINISTRATOR}@{tenant}"
    return findings.node(node_id, POWER, f"Global Administrator of {tenant}")


def administered_tenants(snapshot: Snapshot) -> Iterator[str]:
    """Yield the tenants of which somebody is, or can become, Global Administrator."""
    roles = roles_of(snapshot)
    held = {
        str(tenant)
        for tenant, template in zip(roles.tenant, roles.template, strict=True)
        if template == GLOBAL_ADMINISTRATOR
    }
    granting = tenant_of(snapshot)[holders(snapshot, *_GRANTING).at]
    yield from sorted((held | set(granting)) - {""})


def role_nodes(snapshot: Snapshot, tenant: str, template: str) -> Ints:
    """Return the nodes of a built-in role of a tenant: one, or none."""
    roles = roles_of(snapshot)
    same = [
        (of, own) == (template, tenant)
        for of, own in zip(roles.template, roles.tenant, strict=True)
    ]
    found: Ints = roles.at[np.array(same, bool)]
    return found
