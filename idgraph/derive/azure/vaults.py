"""Facts of key vaults that several rules ask for."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import NETWORK
from idgraph.derive.rules import Findings
from idgraph.graph import Bools, Ints
from idgraph.snapshot import EdgeTable, Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER

READS = frozenset({"get", "all"})


def managing(findings: Findings, vaults: Ints) -> Ints:
    """Return the power node `<vault>#manage` of each vault: to write its settings and policies."""
    snapshot = findings.snapshot
    return np.array(
        [
            findings.node(
                f"{snapshot.ids[at]}#manage", POWER, f"Management of {snapshot.names[at]}", at
            )
            for at in vaults
        ],
        np.int32,
    )


def behind_network(snapshot: Snapshot, targets: Ints) -> list[tuple[str, ...]]:
    """Return the guard of reading each vault or account that is closed to other networks."""
    closed = snapshot.true("network_restricted")
    return [(NETWORK.of(snapshot.ids[at]),) if closed[at] else () for at in targets]


def reading_policies(snapshot: Snapshot) -> EdgeTable:
    """Return the access policies that let their holder read secrets, in any spelling."""
    table = snapshot.edges[azure.VAULT_POLICY.name]
    reads = [not READS.isdisjoint(map(str.lower, each)) for each in table.strs("secrets")]
    return table.where(np.array(reads, bool))


def mode_unknown(snapshot: Snapshot) -> Bools:
    """Return whether it is not known if a vault goes by access policies or by roles."""
    known = snapshot.true("rbac_mode") | snapshot.false("rbac_mode")
    return snapshot.is_kind(azure.VAULT.name) & ~known
