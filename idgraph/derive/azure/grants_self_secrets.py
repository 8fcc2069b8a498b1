"""Who may grant itself the reading of a vault's secrets."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import survey
from idgraph.derive.azure.roles import VAULT_GRANT
from idgraph.derive.azure.vaults import behind_network
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import PRINCIPALS

CAN_GRANT_SELF_SECRETS = EdgeKind(
    name="CAN_GRANT_SELF_SECRETS",
    reads="may grant access to the secrets of",
    ends=between((*PRINCIPALS, *azure.SCOPES, POWER), (azure.VAULT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Assign oneself a role that reads secrets or writes the vault's access policies, and "
    "read every secret.",
    verify="Owner, User Access Administrator or another role with roleAssignments/write at the "
    "vault or above it.",
    remove="Delete the role assignment at the scope where it was made.",
    logged="Azure Activity Log, roleAssignments/write; then SecretGet in the vault's AuditEvent "
    "log, where diagnostics are on.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Microsoft Learn: Provide access to Key Vault keys, certificates, and secrets with "
    "Azure role-based access control",
    bloodhound="AZOwner, AZUserAccessAdministrator",
    misses="Custom roles with roleAssignments/write; deny assignments.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    estate.administrators((azure.VAULT,)).link(findings, CAN_GRANT_SELF_SECRETS)

    # Data-plane roles are of use in role mode only, and open no network.
    ends = estate.holders(findings, VAULT_GRANT, (azure.VAULT,))
    ends = ends.where(snapshot.true("rbac_mode")[ends.target])
    ends.guarded(behind_network(snapshot, ends.target)).link(findings, CAN_GRANT_SELF_SECRETS)


RULE = Rule(
    name="administrators of vaults", kinds=(CAN_GRANT_SELF_SECRETS,), find=_find, nodes=(POWER,)
)
