"""A cluster's nodes are machines in a resource group of their own."""

from __future__ import annotations

from tests.idgraph.derive.azure.estates import (
    CONTRIBUTOR,
    SUB,
    add,
    assign,
    estate,
    resource,
)
from tests.idgraph.derive.build import edges, reachable

NODES = f"{SUB}/resourcegroups/mc"
CLUSTER = resource("AzureManagedCluster")


def clustered():
    build = estate()
    add(build, "AzureManagedCluster")
    build.node("AzureResourceGroup", NODES).edge("CONTAINS", SUB, NODES)
    for kind in ("AzureVMScaleSet", "AzureVM", "AzureKeyVault", "AzureStorageAccount"):
        add(build, kind, group=NODES, **({"rbac_mode": True} if kind == "AzureKeyVault" else {}))
    add(build, "AzureVM")
    build.edge("NODE_RESOURCE_GROUP", CLUSTER, NODES).node("EntraManagedIdentity", "kubelet")
    build.edge("HAS_IDENTITY", resource("AzureVMScaleSet", group=NODES), "kubelet")
    return assign(build, CONTRIBUTOR, CLUSTER)


def test_code_in_a_cluster_runs_on_its_nodes_and_as_their_identity():
    nodes = {resource(kind, group=NODES) for kind in ("AzureVMScaleSet", "AzureVM")}
    assert reachable(clustered().derive(), "u") == {
        f"{CONTRIBUTOR}@{CLUSTER}",
        CLUSTER,
        *nodes,
        "kubelet",
    }


def test_a_cluster_is_no_administrator_of_its_node_group():
    found = edges(clustered().derive())
    assert {kind for kind, *ends, _ in found if ends == [CLUSTER, NODES]} == {"NODE_RESOURCE_GROUP"}


def test_a_node_group_nobody_loaded_holds_nothing():
    build = estate()
    add(build, "AzureManagedCluster")
    build.edge("NODE_RESOURCE_GROUP", CLUSTER, f"{SUB}/resourcegroups/gone")
    assert reachable(assign(build, CONTRIBUTOR, CLUSTER).derive(), "u") == {
        f"{CONTRIBUTOR}@{CLUSTER}",
        CLUSTER,
    }
