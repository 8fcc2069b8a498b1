"""Random estates against a slow reading of the documentation: walk up from each resource."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.idgraph.derive.azure.estates import (
    ACCESS_ADMIN,
    ACCOUNT_CONTRIBUTOR,
    BLOB_READER,
    CONTRIBUTOR,
    GROUPS,
    KEY_OPERATOR,
    OWNER,
    READER,
    SECRETS_USER,
    TENANT,
    VAULT_ACCESS_ADMIN,
    VAULT_CONTRIBUTOR,
    VM_CONTRIBUTOR,
    VM_LOGIN,
    assign,
    resource,
)
from tests.idgraph.derive.build import Build, reachable

ROLES = (
    OWNER,
    ACCESS_ADMIN,
    CONTRIBUTOR,
    READER,
    VAULT_CONTRIBUTOR,
    SECRETS_USER,
    VAULT_ACCESS_ADMIN,
    ACCOUNT_CONTRIBUTOR,
    KEY_OPERATOR,
    BLOB_READER,
    VM_CONTRIBUTOR,
    VM_LOGIN,
)
ADMINISTRATORS = {OWNER, ACCESS_ADMIN}
MANAGE_VAULTS = {CONTRIBUTOR, VAULT_CONTRIBUTOR}
KINDS = ("AzureKeyVault", "AzureStorageAccount", "AzureVM", "AzureVMScaleSet")


@dataclass(frozen=True)
class World:
    groups: tuple[int | None, ...]  # the parent of each management group, None for the top
    subscriptions: tuple[int | None, ...]
    resource_groups: tuple[int, ...]
    resources: tuple[tuple[str, int, bool | None], ...]  # kind, group, its switch
    assignments: tuple[tuple[str, int], ...]  # role, number of the node


@st.composite
def worlds(draw) -> World:
    groups = tuple(
        draw(st.one_of(st.none(), st.integers(0, at - 1))) if at else None
        for at in range(draw(st.integers(0, 4)))
    )
    above = st.one_of(st.none(), st.integers(0, len(groups) - 1)) if groups else st.none()
    subscriptions = tuple(draw(st.lists(above, min_size=1, max_size=3)))
    below = st.integers(0, len(subscriptions) - 1)
    resource_groups = tuple(draw(st.lists(below, min_size=1, max_size=4)))
    one = st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, len(resource_groups) - 1),
        st.sampled_from([True, False, None]),
    )
    resources = tuple(draw(st.lists(one, max_size=6)))
    nodes = 1 + len(groups) + len(subscriptions) + len(resource_groups) + len(resources)
    assigned = st.tuples(st.sampled_from(ROLES), st.integers(0, nodes - 1))
    assignments = tuple(draw(st.lists(assigned, max_size=5)))
    return World(groups, subscriptions, resource_groups, resources, assignments)


def built(world: World) -> tuple[Build, dict[str, str], list[str]]:
    """Return the snapshot, the parent of each node, and the nodes by number."""
    build = Build().node("EntraTenant", TENANT).node("EntraUser", "u")
    parent: dict[str, str] = {}
    groups = [f"{GROUPS}{at}" for at in range(len(world.groups))]
    subscriptions = [f"/subscriptions/{at}" for at in range(len(world.subscriptions))]
    for kind, names, above in (
        ("AzureManagementGroup", groups, world.groups),
        ("AzureSubscription", subscriptions, world.subscriptions),
    ):
        for name, at in zip(names, above, strict=True):
            parent[name] = TENANT if at is None else groups[at]
            build.node(kind, name, tenant_id=TENANT).edge("CONTAINS", parent[name], name)
    resource_groups = []
    for at, sub in enumerate(world.resource_groups):
        name = f"{subscriptions[sub]}/resourcegroups/{at}"
        parent[name] = subscriptions[sub]
        resource_groups.append(name)
        build.node("AzureResourceGroup", name).edge("CONTAINS", parent[name], name)
    resources = []
    for at, (kind, group, switch) in enumerate(world.resources):
        name = resource(kind, f"r{at}", resource_groups[group])
        parent[name] = resource_groups[group]
        resources.append(name)
        known = {} if switch is None else {"rbac_mode": switch, "shared_key_access": switch}
        build.node(kind, name, **known)  # hangs by its id
    nodes = [TENANT, *groups, *subscriptions, *resource_groups, *resources]
    for role, number in world.assignments:
        assign(build, role, nodes[number])
    return build, parent, nodes


def roles_at(world: World, parent: dict[str, str], nodes: list[str], node: str) -> set[str]:
    """Return the roles that hold at a node: assigned there or at anything that contains it."""
    held = {role for role, number in world.assignments if nodes[number] == node}
    return held | (roles_at(world, parent, nodes, parent[node]) if node in parent else set())


def holders(kind: str, switch: bool | None) -> set[str]:
    """Return the roles that hold a resource; for a scope, those that administer it."""
    match kind:
        case "AzureKeyVault" if switch is not None:
            by_mode = {True: {SECRETS_USER, VAULT_ACCESS_ADMIN}, False: MANAGE_VAULTS}
            return ADMINISTRATORS | by_mode[switch]
        case "AzureStorageAccount":
            keys = set() if switch is False else {KEY_OPERATOR, VM_CONTRIBUTOR}
            return ADMINISTRATORS | {CONTRIBUTOR, ACCOUNT_CONTRIBUTOR, BLOB_READER, *keys}
        case "AzureVM":
            return ADMINISTRATORS | {CONTRIBUTOR, VM_CONTRIBUTOR, VM_LOGIN}
        case "AzureVMScaleSet":
            return ADMINISTRATORS | {CONTRIBUTOR, VM_CONTRIBUTOR}
        case _:
            return ADMINISTRATORS


@given(worlds())
def test_what_is_reached_is_what_a_walk_up_the_scopes_allows(world):
    build, parent, nodes = built(world)
    kinds: dict[str, tuple[str, bool | None]] = dict.fromkeys(nodes[1:], ("", None))
    if world.resources:
        named = zip(nodes[-len(world.resources) :], world.resources, strict=True)
        kinds |= {node: (kind, switch) for node, (kind, _, switch) in named}
    expected = {
        node
        for node, (kind, switch) in kinds.items()
        if roles_at(world, parent, nodes, node) & holders(kind, switch)
    }
    projection = build.derive()
    ours = set(projection.graph.ids[projection.graph.synthetic])
    assert reachable(projection, "u") - ours == expected
