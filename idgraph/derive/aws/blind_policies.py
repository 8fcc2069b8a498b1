"""Principals with policies that nobody loaded: they may administer the account."""

from __future__ import annotations

from collections import defaultdict

from idgraph.catalogue import UNKNOWN
from idgraph.derive.aws.estate import survey
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for principal in estate.principals:
        for policy in principal.unread:
            holders[policy, principal.account].append(principal.node)
    for (policy, account), nodes in sorted(holders.items()):
        if account not in estate.accounts:
            continue
        name = f"what {policy.rpartition('/')[2]} allows, not loaded"
        blind = findings.node(f"blind:policy:{policy}@{account}", BLIND_SPOT, name)
        rows = snapshot.node_row[nodes]
        findings.link(MAY_LEAD_TO, nodes, blind, evidence=(rows,))
        guard = UNKNOWN.of(f"document of {policy}")
        findings.link(MAY_LEAD_TO, blind, estate.accounts[account], guards=(guard,))


RULE = Rule(name="aws policies not loaded", kinds=(MAY_LEAD_TO,), find=_find, nodes=(BLIND_SPOT,))
