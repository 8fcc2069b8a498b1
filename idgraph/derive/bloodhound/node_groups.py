"""AZNodeResourceGroup: a cluster as in control of its whole node resource group."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure

BH_NODE_RESOURCE_GROUP = EdgeKind(
    name="BH_NODE_RESOURCE_GROUP",
    reads="keeps its nodes in, and to BloodHound CE controls,",
    ends=((azure.MANAGED_CLUSTER, azure.RESOURCE_GROUP),),
    flow=Flow.CONTROL,
    derived=True,
    allows="Run code on the machines that are the cluster's nodes.",
    verify="The cluster's nodeResourceGroup property.",
    remove="Take away the power over the cluster; nothing else cuts it from its nodes.",
    logged="Azure Activity Log: runCommand, listClusterAdminCredential.",
    frameworks=("ATT&CK:T1651", "NIST-CSF:PR.AA-05"),
    source="BloodHound CE: AZNodeResourceGroup",
    bloodhound="AZNodeResourceGroup",
    misses="Known error: everything in the group counts as held, not the machines alone.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[azure.NODE_RESOURCE_GROUP.name]
    findings.link(BH_NODE_RESOURCE_GROUP, table.source, table.target, evidence=(table.row,))


RULE = Rule(name="bloodhound node groups", kinds=(BH_NODE_RESOURCE_GROUP,), find=_find)
