"""Vaults of which nobody loaded whether access policies or roles decide who reads them."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import UNKNOWN
from idgraph.derive.azure.estate import Estate, survey
from idgraph.derive.azure.roles import CONTRIBUTE, VAULT_GRANT, VAULT_MANAGE, VAULT_SECRETS
from idgraph.derive.azure.vaults import managing, mode_unknown, reading_policies
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools, Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import BLIND_SPOT, POWER


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    unknown = mode_unknown(snapshot)
    found = [
        _managed(estate, findings, unknown),
        _by_role(estate, findings, unknown),
        _by_policy(snapshot, findings, unknown),
    ]
    vaults = np.unique(np.concatenate(found))
    findings.link(
        MAY_LEAD_TO,
        _blind_spots(findings, vaults),
        vaults,
        guards=[(UNKNOWN.of(f"permission model of {snapshot.ids[at]}"),) for at in vaults],
        evidence=(snapshot.node_row[vaults],),
    )


def _managed(estate: Estate, findings: Findings, unknown: Bools) -> Ints:
    """Link managing a vault, which reads it where access policies decide."""
    targets = [
        estate.holders(findings, capability, (azure.VAULT,)).target
        for capability in (CONTRIBUTE, VAULT_MANAGE)
    ]
    vaults = np.unique(np.concatenate(targets))
    vaults = vaults[unknown[vaults]]
    findings.link(
        MAY_LEAD_TO,
        managing(findings, vaults),
        _blind_spots(findings, vaults),
        evidence=(estate.snapshot.node_row[vaults],),
    )
    return vaults


def _by_role(estate: Estate, findings: Findings, unknown: Bools) -> Ints:
    """Link data-plane roles, which read a vault where roles decide."""
    linked = [np.zeros(0, np.int32)]
    for capability in (VAULT_SECRETS, VAULT_GRANT):
        ends = estate.holders(findings, capability, (azure.VAULT,))
        ends = ends.where(unknown[ends.target])
        findings.link(
            MAY_LEAD_TO, ends.source, _blind_spots(findings, ends.target), evidence=ends.rows
        )
        linked.append(ends.target)
    return np.concatenate(linked)


def _by_policy(snapshot: Snapshot, findings: Findings, unknown: Bools) -> Ints:
    table = reading_policies(snapshot)
    table = table.where(unknown[table.target])
    findings.link(
        MAY_LEAD_TO,
        table.source,
        _blind_spots(findings, table.target),
        guards=table.guards,
        evidence=(table.row,),
    )
    return table.target


def _blind_spots(findings: Findings, vaults: Ints) -> Ints:
    snapshot = findings.snapshot
    return np.array(
        [
            findings.node(
                f"blind:vault:{snapshot.ids[at]}",
                BLIND_SPOT,
                f"permission model of {snapshot.names[at]}, not loaded",
                at,
            )
            for at in vaults
        ],
        np.int32,
    )


RULE = Rule(
    name="vaults of unknown mode", kinds=(MAY_LEAD_TO,), find=_find, nodes=(POWER, BLIND_SPOT)
)
