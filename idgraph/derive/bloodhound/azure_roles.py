"""Azure roles as BloodHound CE reads them: an edge from the principal to the object assigned at.

A role reaches below its scope only by AZContains, so a role for one service counts only where it
is assigned at a resource of that service. Conditions, permission models and networks are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from idgraph.catalogue import EdgeKind, Flow, NodeKind
from idgraph.derive.azure.administers import ADMINISTERS
from idgraph.derive.azure.grants_self_secrets import CAN_GRANT_SELF_SECRETS
from idgraph.derive.azure.roles import CONTRIBUTOR, OWNER, USER_ACCESS_ADMINISTRATOR
from idgraph.derive.azure.runs_code import CAN_RUN_CODE
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import between
from idgraph.vocabulary.entra import PRINCIPALS

_ADMINISTRATORS = (OWNER.id, USER_ACCESS_ADMINISTRATOR.id)
_ANYTHING = (*_ADMINISTRATORS, CONTRIBUTOR.id)

BH_CONTRIBUTOR = EdgeKind(
    name="BH_CONTRIBUTOR",
    reads="is a contributor of",
    ends=between(PRINCIPALS, (*azure.SCOPES, azure.VAULT)),
    flow=Flow.CONTROL,
    derived=True,
    allows="BloodHound CE takes a Contributor, and a Key Vault Contributor of a vault, as being "
    "in control of the object.",
    verify="Access control (IAM) of the object, Role assignments.",
    remove="Delete the role assignment at the scope where it was made.",
    logged="Azure Activity Log, roleAssignments/write, when it was assigned.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="BloodHound CE: AZContributor, AZKeyVaultKVContributor",
    bloodhound="AZContributor, AZKeyVaultKVContributor",
    misses="Known error: a vault's permission model is not looked at, and a contributor of a "
    "scope is taken for its administrator.",
)

_CODE_ROLES: tuple[tuple[str, tuple[NodeKind, ...]], ...] = (
    ("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", (azure.VM, azure.SCALE_SET)),  # VM Contributor
    ("4f8fab4f-1852-4a58-a46a-8eaf358af14a", (azure.VM,)),  # Avere Contributor
    ("1c0163c0-47e6-4577-8991-ea5c82e286e4", (azure.VM,)),  # VM Administrator Login
    ("de139f84-1756-47ae-9be6-808fbbe84772", (azure.WEB_APP, azure.FUNCTION_APP)),
    ("f353d9bd-d4a6-484e-a77a-8050b599b867", (azure.AUTOMATION_ACCOUNT,)),
    ("87a39d53-fc1b-424a-814c-f7e04687dc9e", (azure.LOGIC_APP,)),
    ("ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8", (azure.MANAGED_CLUSTER,)),  # AKS Contributor
)
_VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"


def _find(snapshot: Snapshot, findings: Findings) -> None:
    assigned = _Assigned(snapshot, findings)
    assigned.link(ADMINISTERS, _ADMINISTRATORS, azure.SCOPES)
    assigned.link(CAN_GRANT_SELF_SECRETS, _ADMINISTRATORS, (azure.VAULT,))
    assigned.link(BH_CONTRIBUTOR, (CONTRIBUTOR.id,), (*azure.SCOPES, azure.VAULT))
    assigned.link(BH_CONTRIBUTOR, (_VAULT_CONTRIBUTOR,), (azure.VAULT,))
    assigned.link(CAN_RUN_CODE, _ANYTHING, azure.COMPUTE)
    for role, kinds in _CODE_ROLES:
        assigned.link(CAN_RUN_CODE, (role,), kinds)


class _Assigned:
    """Role assignments, to be linked by role and by what they were made at."""

    def __init__(self, snapshot: Snapshot, findings: Findings) -> None:
        self.snapshot, self.findings = snapshot, findings
        self.table = snapshot.edges[azure.HAS_RBAC_ROLE.name]
        ids = self.table.text("role_definition_id")
        self.role = np.array([each.lower().rpartition("/")[2] for each in ids], object)

    def link(self, kind: EdgeKind, roles: Iterable[str], at: Iterable[NodeKind]) -> None:
        """Link the principals of some roles to the objects of some kinds they are assigned at."""
        there = self.snapshot.is_kind(*(each.name for each in at))[self.table.target]
        table = self.table.where(there & np.isin(self.role, list(roles)))
        self.findings.link(kind, table.source, table.target, evidence=(table.row,))


RULE = Rule(
    name="bloodhound azure roles",
    kinds=(ADMINISTERS, CAN_GRANT_SELF_SECRETS, BH_CONTRIBUTOR, CAN_RUN_CODE),
    find=_find,
)
