"""Who manages a vault, and what that opens where access policies decide who reads it."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import survey
from idgraph.derive.azure.roles import CONTRIBUTE, VAULT_MANAGE
from idgraph.derive.azure.vaults import managing
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER

CAN_MANAGE_VAULT = EdgeKind(
    name="CAN_MANAGE_VAULT",
    reads="includes",
    ends=((POWER, POWER),),
    flow=Flow.CONTROL,
    derived=True,
    allows="Write the vault's settings: its access policies, its network rules, its deletion.",
    verify="A role with Microsoft.KeyVault/vaults/write at the vault or above it.",
    remove="Delete the role assignment, or replace it by one without vaults/write.",
    logged="Azure Activity Log, vaults/write.",
    frameworks=("NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05", "OWASP-NHI:NHI5:2025"),
    source="Microsoft Learn: Azure built-in roles, Key Vault Contributor",
    bloodhound="AZKeyVaultKVContributor, AZContributor",
    misses="Custom roles with vaults/write or vaults/accessPolicies/write.",
)
CAN_WRITE_ACCESS_POLICY = EdgeKind(
    name="CAN_WRITE_ACCESS_POLICY",
    reads="allows adding an access policy to",
    ends=((POWER, azure.VAULT),),
    flow=Flow.CONTROL,
    derived=True,
    allows="Add an access policy for oneself and read every secret; open the vault's network "
    "rules first if they stand in the way.",
    verify="The vault's permission model is Vault access policy (enableRbacAuthorization false).",
    remove="Change the vault to the Azure role-based permission model, in which managing a vault "
    "does not read it; only an Owner or User Access Administrator can.",
    logged="Azure Activity Log, vaults/write or vaults/accessPolicies/write; then SecretGet in "
    "the vault's AuditEvent log, where diagnostics are on.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-04"),
    source="Microsoft Learn: Azure RBAC vs. access policies for Key Vault",
    bloodhound="AZKeyVaultKVContributor, AZContributor",
    misses="An Azure Policy or a resource lock that refuses the change.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    managed: list[Ints] = [np.zeros(0, np.int32)]
    for capability in (CONTRIBUTE, VAULT_MANAGE):
        ends = estate.holders(findings, capability, (azure.VAULT,))
        findings.link(
            CAN_MANAGE_VAULT,
            ends.source,
            managing(findings, ends.target),
            guards=ends.guards,
            evidence=ends.rows,
        )
        managed.append(ends.target)

    vaults = np.unique(np.concatenate(managed))
    vaults = vaults[snapshot.false("rbac_mode")[vaults]]
    findings.link(
        CAN_WRITE_ACCESS_POLICY,
        managing(findings, vaults),
        vaults,
        evidence=(snapshot.node_row[vaults],),
    )


RULE = Rule(
    name="managers of vaults",
    kinds=(CAN_MANAGE_VAULT, CAN_WRITE_ACCESS_POLICY),
    find=_find,
    nodes=(POWER,),
)
