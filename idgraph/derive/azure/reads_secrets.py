"""Who reads the secrets of a vault, by an access policy or by a data-plane role."""

from __future__ import annotations

from idgraph.catalogue import CONDITION, EdgeKind, Flow
from idgraph.derive.azure.estate import survey
from idgraph.derive.azure.roles import VAULT_SECRETS
from idgraph.derive.azure.vaults import behind_network, reading_policies
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import PRINCIPALS

CAN_READ_SECRETS = EdgeKind(
    name="CAN_READ_SECRETS",
    reads="can read the secrets of",
    ends=between((*PRINCIPALS, POWER), (azure.VAULT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Read the value of every secret in the vault.",
    verify="Access policy model: the vault's Access policies, Get under secret permissions. "
    "Role model: Access control (IAM) of the vault.",
    remove="Remove the access policy or the role assignment, then replace every secret that was "
    "there to read.",
    logged="SecretGet and SecretList in the vault's AuditEvent log, where diagnostics are on.",
    frameworks=("ATT&CK:T1555.006", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05", "OWASP-NHI:NHI2:2025"),
    source="Microsoft Learn: Azure RBAC vs. access policies for Key Vault; Provide access to Key "
    "Vault keys, certificates, and secrets with Azure role-based access control",
    bloodhound="AZGetSecrets",
    misses="Roles assigned at a single secret; custom roles with secrets/getSecret/action; "
    "backup and restore into another vault; keys and certificates as such.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    _by_policy(snapshot, findings)
    ends = survey(snapshot).holders(findings, VAULT_SECRETS, (azure.VAULT,))
    ends = ends.where(snapshot.true("rbac_mode")[ends.target])
    ends.guarded(behind_network(snapshot, ends.target)).link(findings, CAN_READ_SECRETS)


def _by_policy(snapshot: Snapshot, findings: Findings) -> None:
    table = reading_policies(snapshot)
    table = table.where(snapshot.false("rbac_mode")[table.target])
    networks = behind_network(snapshot, table.target)
    guards = [
        (*own, *network, *_through(application))
        for own, network, application in zip(
            table.guards, networks, table.text("application_id"), strict=True
        )
    ]
    findings.link(
        CAN_READ_SECRETS,
        table.source,
        table.target,
        guards=guards,
        evidence=(table.row, snapshot.node_row[table.target]),
    )


def _through(application: str) -> tuple[str, ...]:
    """Return the guard of a compound identity: the policy holds only for a user of that client."""
    return (CONDITION.of(f"only through application {application}"),) if application else ()


RULE = Rule(name="readers of vaults", kinds=(CAN_READ_SECRETS,), find=_find, nodes=(POWER,))
