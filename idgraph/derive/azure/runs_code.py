"""Who runs code on a compute resource, and so may act as its identities."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.azure.estate import Estate, survey
from idgraph.derive.azure.roles import RUNS_CODE
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import csr
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure
from idgraph.vocabulary.common import POWER, between
from idgraph.vocabulary.entra import PRINCIPALS

CAN_RUN_CODE = EdgeKind(
    name="CAN_RUN_CODE",
    reads="can run code on",
    ends=between((*PRINCIPALS, *azure.SCOPES, POWER, azure.MANAGED_CLUSTER), azure.COMPUTE),
    flow=Flow.CONTROL,
    derived=True,
    allows="Run commands or deploy code: Run Command and extensions on machines, deployments of "
    "web and function apps, workflows, runbooks, registry tasks, pods and their nodes.",
    verify="Access control (IAM) of the resource: a role that writes it or signs in to it, "
    "inherited ones included.",
    remove="Delete the role assignment at the scope where it was made; then look at what was "
    "deployed or left on the resource.",
    logged="Azure Activity Log: runCommand, extensions/write, sites/publish, runbooks/write, "
    "workflows/write, listClusterAdminCredential; nothing of what the code then does.",
    frameworks=("ATT&CK:T1651", "ATT&CK:T1648", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Microsoft Learn: Azure built-in roles; Run scripts in your VM by using Run Command",
    bloodhound="AZOwner, AZContributor, AZVMContributor, AZAvereContributor, AZVMAdminLogin, "
    "AZWebsiteContributor, AZAutomationContributor, AZLogicAppContributor, AZAKSContributor, "
    "AZNodeResourceGroup",
    misses="Images pushed to a registry that something pulls; code packages in a function app's "
    "storage account; deployment credentials; linked repositories; identities that a contributor "
    "could attach; a cluster's own roles (Kubernetes).",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    estate.administrators(azure.COMPUTE).link(findings, CAN_RUN_CODE)
    for capability in RUNS_CODE:
        kinds = [kind for kind in azure.COMPUTE if kind.name in capability.acts_on]
        estate.holders(findings, capability, kinds).link(findings, CAN_RUN_CODE)
    _nodes(estate, findings)


def _nodes(estate: Estate, findings: Findings) -> None:
    """Find the machines that a cluster's pods run on: those in its node resource group."""
    snapshot = estate.snapshot
    machines = snapshot.of_kind(azure.VM.name, azure.SCALE_SET.name)
    machines = machines[estate.tree.parent[machines] >= 0]
    inside = csr(snapshot.n, estate.tree.parent[machines], machines)
    table = snapshot.edges[azure.NODE_RESOURCE_GROUP.name]
    slots = inside.slots(table.target)
    again = np.repeat(np.arange(len(table)), np.diff(inside.ptr)[table.target])
    findings.link(
        CAN_RUN_CODE,
        table.source[again],
        inside.nbr[slots],
        evidence=(table.row[again], estate.tree.row[inside.nbr[slots]]),
    )


RULE = Rule(name="code on compute", kinds=(CAN_RUN_CODE,), find=_find, nodes=(POWER,))
