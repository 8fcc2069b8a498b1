"""Access policies as BloodHound CE reads them: Get on anything, in whatever permission model."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.reads_secrets import CAN_READ_SECRETS
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import between
from idgraph.vocabulary.entra import PRINCIPALS


def _reads(what: str, name: str, bloodhound: str) -> EdgeKind:
    return EdgeKind(
        name=name,
        reads=f"can read the {what} of",
        ends=between(PRINCIPALS, (azure.VAULT,)),
        flow=Flow.CONTROL,
        derived=True,
        allows=f"BloodHound CE takes the reading of {what} as reaching the vault.",
        verify=f"The vault's Access policies, Get under {what[:-1]} permissions.",
        remove="Remove the access policy.",
        logged="The vault's AuditEvent log, where diagnostics are on.",
        frameworks=("ATT&CK:T1555.006", "NIST-CSF:PR.AA-05"),
        source=f"BloodHound CE: {bloodhound}",
        bloodhound=bloodhound,
        misses=f"Known error: {what} give no secret. The permission model is not looked at.",
    )


BH_GET_KEYS = _reads("keys", "BH_GET_KEYS", "AZGetKeys")
BH_GET_CERTIFICATES = _reads("certificates", "BH_GET_CERTIFICATES", "AZGetCertificates")

# BloodHound CE compares with "Get" letter by letter and so misses "get" and "all". Exports are
# kept in lower case here, so its misses of "get" cannot be repeated; "all" is left out as there.
_GET = "get"
_BY_COLUMN = (
    ("secrets", CAN_READ_SECRETS),
    ("keys", BH_GET_KEYS),
    ("certificates", BH_GET_CERTIFICATES),
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    every = snapshot.edges[azure.VAULT_POLICY.name]
    for column, kind in _BY_COLUMN:
        gets = [_GET in map(str.lower, each) for each in every.strs(column)]
        table = every.where(np.array(gets, bool))
        findings.link(kind, table.source, table.target, evidence=(table.row,))


RULE = Rule(
    name="bloodhound vault policies",
    kinds=(CAN_READ_SECRETS, BH_GET_KEYS, BH_GET_CERTIFICATES),
    find=_find,
)
