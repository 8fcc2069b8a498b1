"""Edges grow with the estate and with the assignments, never with their product."""

from __future__ import annotations

from collections import Counter

from tests.idgraph.derive.azure.estates import (
    CONTRIBUTOR,
    OWNER,
    SECRETS_USER,
    SUB,
    TENANT,
    TOP,
    VM_CONTRIBUTOR,
    add,
    assign,
    estate,
)

ROLES = (OWNER, CONTRIBUTOR, SECRETS_USER, VM_CONTRIBUTOR)


def grown(groups: int, assignments: int) -> Counter[str]:
    build = estate()
    for at in range(groups):
        group = f"{SUB}/resourcegroups/g{at}"
        build.node("AzureResourceGroup", group).edge("CONTAINS", SUB, group)
        add(build, "AzureKeyVault", group=group, rbac_mode=at % 2 == 0)
        add(build, "AzureVM", group=group)
        add(build, "AzureStorageAccount", group=group)
    for at in range(assignments):
        for role in ROLES:
            for scope in (TENANT, TOP, SUB):
                assign(build.node("EntraUser", f"u{at}"), role, scope, principal=f"u{at}")
    graph = build.derive().graph
    return Counter(graph.edge_kind_name(at) for at in range(graph.m))


def total(counts: Counter[str]) -> int:
    return sum(counts.values())


def test_twice_the_resources_are_twice_the_edges():
    small, large, larger = (grown(groups, 2) for groups in (10, 20, 40))
    assert total(larger) - total(large) == 2 * (total(large) - total(small))


def test_an_assignment_is_one_edge_whatever_lies_below():
    for groups in (5, 50):
        few, many = grown(groups, 3), grown(groups, 30)
        added = 27 * len(ROLES) * 3
        assert many - few == Counter(
            {
                "HAS_RBAC_ROLE": added,
                "ADMINISTERS": 27 * 2,  # an Owner of "/" holds a power, not a scope
                "HOLDS_AZURE_ROLE": added - 27 * 2,
            }
        )
