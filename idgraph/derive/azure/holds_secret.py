"""What a vault holds: to read the vault is to read its secrets."""

from __future__ import annotations

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure

ENABLED_SECRET = ASSUME.of("secret_enabled")

HOLDS_SECRET = EdgeKind(
    name="HOLDS_SECRET",
    reads="holds the secret",
    ends=((azure.VAULT, azure.VAULT_SECRET),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Whoever reads the vault reads this secret: access policies and roles of a vault "
    "cover all its secrets.",
    verify="The vault's Secrets blade, or GET {vaultUri}/secrets.",
    remove="Replace the secret where it is used, disable the old version, and delete it.",
    logged="SecretGet in the vault's AuditEvent log, with the secret's id.",
    frameworks=("ATT&CK:T1555.006", "OWASP-NHI:NHI2:2025", "NIST-CSF:PR.AA-01"),
    source="Microsoft Learn: About Azure Key Vault secrets",
    misses="Versions are not told apart: of a disabled secret an older one may be readable.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[azure.CONTAINS.name]
    table = table.where(snapshot.is_kind(azure.VAULT_SECRET.name)[table.target])
    disabled = snapshot.false("enabled")[table.target]  # nobody reads it; its end stops no reader
    guards = [
        (*each, ENABLED_SECRET) if off else each
        for each, off in zip(table.guards, disabled, strict=True)
    ]
    findings.link(HOLDS_SECRET, table.source, table.target, guards=guards, evidence=(table.row,))


RULE = Rule(name="secrets of vaults", kinds=(HOLDS_SECRET,), find=_find)
