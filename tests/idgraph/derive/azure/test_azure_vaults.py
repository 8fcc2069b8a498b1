"""Vaults: permission model x permission x who, as Microsoft documents it."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.azure.estates import (
    ACCESS_ADMIN,
    CONTRIBUTOR,
    OWNER,
    SECRETS_USER,
    SUB,
    VAULT_ACCESS_ADMIN,
    VAULT_CONTRIBUTOR,
    add,
    assign,
    estate,
)
from tests.idgraph.derive.build import Build, edges, guards_of, reachable

GET = {"secrets": ("get",)}
POLICIES = {
    "get": (GET, True),
    "Get, in the portal's spelling": ({"secrets": ("Get", "List")}, True),
    "all": ({"secrets": ("all",)}, True),
    "ALL": ({"secrets": ("ALL",)}, True),
    "list alone": ({"secrets": ("list",)}, False),
    "set and delete": ({"secrets": ("set", "delete")}, False),
    "backup alone": ({"secrets": ("backup",)}, False),
    "keys alone": ({"keys": ("get", "all")}, False),
    "certificates alone": ({"certificates": ("get", "all")}, False),
    "storage alone": ({"storage": ("all",)}, False),
    "nothing": ({}, False),
}
# Role: read in access-policy mode, read in role mode.
ROLES = {
    OWNER: (True, True),
    ACCESS_ADMIN: (True, True),
    CONTRIBUTOR: (True, False),
    VAULT_CONTRIBUTOR: (True, False),
    SECRETS_USER: (False, True),
    VAULT_ACCESS_ADMIN: (False, True),
}


def vault_in(**properties) -> tuple[Build, str]:
    build = estate()
    return build, add(build, "AzureKeyVault", **properties)


def reads(build: Build, vault: str, passes=("assume",)) -> bool:
    return vault in reachable(build.derive(), "u", passes)


@pytest.mark.parametrize("rbac_mode", [False, True, None])
@pytest.mark.parametrize("policy", POLICIES)
def test_an_access_policy_reads_secrets_in_policy_mode_only(policy, rbac_mode):
    permissions, enough = POLICIES[policy]
    known = {} if rbac_mode is None else {"rbac_mode": rbac_mode}
    build, vault = vault_in(policies_read=True, **known)
    build.edge("VAULT_POLICY", "u", vault, **permissions)
    assert reads(build, vault) == (enough and rbac_mode is False)


@pytest.mark.parametrize("rbac_mode", [False, True])
@pytest.mark.parametrize("at_vault", [False, True])
@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_secrets_by_the_permission_model(role, at_vault, rbac_mode):
    build, vault = vault_in(rbac_mode=rbac_mode, policies_read=True)
    assign(build, role, vault if at_vault else SUB)
    assert reads(build, vault) == ROLES[role][rbac_mode]


@pytest.mark.parametrize("known", [{}, {"policies_read": True}])
@pytest.mark.parametrize("at_vault", [False, True])
@pytest.mark.parametrize("role", [CONTRIBUTOR, VAULT_CONTRIBUTOR, SECRETS_USER, VAULT_ACCESS_ADMIN])
def test_where_the_mode_is_not_known_a_role_leaves_it_open(role, at_vault, known):
    build, vault = vault_in(**known)
    assign(build, role, vault if at_vault else SUB)
    assert not reads(build, vault)
    assert reads(build, vault, passes=("assume", f"unknown:permission model of {vault}"))


@pytest.mark.parametrize("policy", POLICIES)
def test_where_the_mode_is_not_known_a_policy_leaves_it_open(policy):
    permissions, enough = POLICIES[policy]
    build, vault = vault_in()
    build.edge("VAULT_POLICY", "u", vault, **permissions)
    assert not reads(build, vault)
    assert reads(build, vault, passes=("unknown",)) == enough


def test_the_blind_spot_of_a_vault_stands_for_it():
    build, vault = vault_in()
    graph = assign(build, CONTRIBUTOR, vault).derive().graph
    [spot] = graph.ids[graph.blind_spots]
    assert spot == f"blind:vault:{vault}"
    assert graph.ids[graph.stands_for[graph.position(spot)]] == vault


@pytest.mark.parametrize("rbac_mode", [False, True])
@pytest.mark.parametrize("role", ROLES)
def test_a_vault_of_known_mode_is_no_blind_spot(role, rbac_mode):
    build, vault = vault_in(rbac_mode=rbac_mode)
    build.edge("VAULT_POLICY", "u", vault, **GET)
    assert not assign(build, role, vault).derive().graph.blind_spots.any()


def test_a_vault_that_nothing_leads_to_is_no_blind_spot():
    build, _ = vault_in()
    assert not build.derive().graph.blind_spots.any()


@pytest.mark.parametrize("role", [OWNER, ACCESS_ADMIN])
def test_an_administrator_reads_in_whatever_mode(role):
    build, vault = vault_in()
    assert reads(assign(build, role, SUB), vault)


@pytest.mark.parametrize("role", [CONTRIBUTOR, VAULT_CONTRIBUTOR])
@pytest.mark.parametrize("rbac_mode", [False, True])
def test_managing_a_vault_is_a_power_of_its_own(role, rbac_mode):
    build, vault = vault_in(rbac_mode=rbac_mode, policies_read=True)
    projection = assign(build, role, SUB).derive()
    graph = projection.graph
    manage = f"{vault}#manage"
    assert manage in reachable(projection, "u")
    assert graph.ids[graph.stands_for[graph.position(manage)]] == vault
    found = edges(projection, "CAN_WRITE_ACCESS_POLICY")
    assert (found == set()) == rbac_mode


def test_a_policy_of_a_group_is_its_members():
    build, vault = vault_in(rbac_mode=False, policies_read=True)
    build.node("EntraGroup", "g").edge("MEMBER_OF", "u", "g")
    build.edge("VAULT_POLICY", "g", vault, **GET)
    assert reads(build, vault)


def test_a_compound_identity_reads_only_through_its_application():
    build, vault = vault_in(rbac_mode=False, policies_read=True)
    build.edge("VAULT_POLICY", "u", vault, application_id="app-1", **GET)
    guard = "condition:only through application app-1"
    assert guards_of(build.derive(), "CAN_READ_SECRETS", "u", vault) == {(guard,)}
    assert not reads(build, vault)
    assert reads(build, vault, passes=(guard,))


@pytest.mark.parametrize("rbac_mode", [False, True])
def test_network_rules_stop_reading_but_not_who_can_change_them(rbac_mode):
    def world() -> tuple[Build, str]:
        return vault_in(rbac_mode=rbac_mode, policies_read=True, network_restricted=True)

    build, vault = world()
    if rbac_mode:
        assign(build, SECRETS_USER, SUB)
        assign(build, VAULT_ACCESS_ADMIN, vault)
    else:
        build.edge("VAULT_POLICY", "u", vault, **GET)
    assert not reads(build, vault)
    assert reads(build, vault, passes=(f"network:{vault}",))

    build, vault = world()
    assert reads(assign(build, OWNER, SUB), vault)
    if not rbac_mode:
        build, vault = world()
        assert reads(assign(build, CONTRIBUTOR, SUB), vault)


def test_to_read_a_vault_is_to_read_its_secrets():
    build, vault = vault_in(rbac_mode=False, policies_read=True)
    secret = "https://v.vault.azure.net/secrets/s"
    build.node("AzureKeyVaultSecret", secret).edge("CONTAINS", vault, secret)
    build.edge("VAULT_POLICY", "u", vault, **GET)
    assert secret in reachable(build.derive(), "u")


def test_to_manage_a_vault_is_not_to_read_its_secrets():
    build, vault = vault_in(rbac_mode=True, policies_read=True)
    secret = "https://v.vault.azure.net/secrets/s"
    build.node("AzureKeyVaultSecret", secret).edge("CONTAINS", vault, secret)
    assert secret not in reachable(assign(build, CONTRIBUTOR, vault).derive(), "u")
