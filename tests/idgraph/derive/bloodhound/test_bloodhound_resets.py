"""BloodHound CE's own table of who resets whom, its known errors included."""

from __future__ import annotations

import pytest

from idgraph.derive import BLOODHOUND
from tests.idgraph.derive.build import Build, pairs, reachable

TENANT = "t"
GLOBAL, PRIVILEGED_AUTH = (
    "62e90394-69f5-4237-9190-012177145e10",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
)
HELPDESK, AUTH = "729827e3-9c14-49f7-bb1b-9608f156bbb8", "c4e39bd9-1100-46d3-8c65-fb160da0071f"
USER, PASSWORD = "fe930be7-5e62-47db-91af-98c3a49a38b1", "966707d0-3269-4727-9be2-8c3a10f19b9d"
TIER1, TIER2 = "4ba39ca4-527c-499a-b93d-d9b492c50246", "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8"
GROUPS = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
READERS, INVITER = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "95e79109-95c0-4d8e-aee3-d01accf2d47b"
REPORTS, MESSAGES = "4a5d8f65-41da-4de4-8968-e035b65339cf", "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b"
USAGE = "75934031-6c7e-415a-99d7-48dbd49e875e"
SUCCESS = "27460883-1df1-4691-b032-3b79643e5e63"  # User Experience Success Manager: in no list

RESETTERS = {
    "global": GLOBAL,
    "privileged authentication": PRIVILEGED_AUTH,
    "tier 2": TIER2,
    "helpdesk": HELPDESK,
    "authentication": AUTH,
    "user": USER,
    "password": PASSWORD,
    "tier 1": TIER1,
}
EVERYBODY = {"global", "privileged authentication", "tier 2"}
THREE = {"helpdesk", "authentication", "user"}
# What the target holds: by which limited roles it may be reset.
TARGETS = [
    ((), {*THREE, "password", "tier 1"}),
    ((READERS,), {*THREE, "password"}),
    ((INVITER,), {*THREE, "password"}),
    ((PASSWORD,), {*THREE, "password"}),
    ((REPORTS,), THREE),
    ((MESSAGES,), THREE),
    ((USAGE,), THREE),
    ((HELPDESK,), {"helpdesk", "user"}),
    ((AUTH,), {"authentication"}),
    ((USER,), {"user"}),
    ((GROUPS,), {"user"}),
    ((READERS, HELPDESK), {"helpdesk", "user"}),
    ((AUTH, HELPDESK), set()),
    ((SUCCESS,), set()),
    ((GLOBAL,), set()),
    (("custom",), set()),
]


def directory(*target_holds: str) -> Build:
    build = Build().node("EntraTenant", TENANT).node("EntraUser", "target", tenant_id=TENANT)
    for template in {*RESETTERS.values(), *target_holds}:
        build.node("EntraRole", f"{template}@{TENANT}", template_id=template, tenant_id=TENANT)
    for template in target_holds:
        build.edge("HAS_ROLE", "target", f"{template}@{TENANT}")
    return build


def resetters(build: Build, target: str = "target") -> set[str]:
    resets = pairs(build.derive(BLOODHOUND), "CAN_RESET_PASSWORD")
    return {name for name, role in RESETTERS.items() if (f"{role}@{TENANT}", target) in resets}


@pytest.mark.parametrize(("holds", "limited"), TARGETS)
def test_a_role_resets_whom_the_table_says(holds, limited):
    assert resetters(directory(*holds)) == EVERYBODY | limited


def test_a_direct_member_of_a_role_assignable_group_is_spared():
    build = directory().node("EntraGroup", "g", role_assignable=True)
    assert resetters(build.edge("MEMBER_OF", "target", "g")) == EVERYBODY


def test_a_member_of_an_ordinary_group_is_not_spared():
    build = directory().node("EntraGroup", "g", role_assignable=False)
    assert resetters(build.edge("MEMBER_OF", "target", "g")) == set(RESETTERS)


def test_an_owner_of_a_role_assignable_group_is_not_spared():
    build = directory().node("EntraGroup", "g", role_assignable=True)
    assert resetters(build.edge("OWNS", "target", "g")) == set(RESETTERS)


def test_an_eligible_role_does_not_protect():
    build = directory().edge("ELIGIBLE_FOR", "target", f"{GLOBAL}@{TENANT}", directory_scope="/")
    assert resetters(build) == set(RESETTERS)


def test_a_scoped_role_protects_like_one_over_the_tenant():
    build = directory().node("EntraAdministrativeUnit", "au")
    build.edge("HAS_SCOPED_ROLE", "target", "au", role_id=f"{GROUPS}@{TENANT}")
    build.node("EntraRole", f"{GROUPS}@{TENANT}", template_id=GROUPS, tenant_id=TENANT)
    assert resetters(build) == {*EVERYBODY, "user"}


def test_a_disabled_account_and_one_of_another_tenant():
    build = directory().node("EntraUser", "disabled", tenant_id=TENANT, account_enabled=False)
    build.node("EntraUser", "elsewhere", tenant_id="t2")
    assert resetters(build, "disabled") == set(RESETTERS)
    assert resetters(build, "elsewhere") == set()


def test_no_second_factor_stands_in_the_way():
    build = directory().node("EntraUser", "u").edge("HAS_ROLE", "u", f"{HELPDESK}@{TENANT}")
    assert "target" in reachable(build.derive(BLOODHOUND), "u", passes=())


def test_a_role_over_a_unit_resets_the_whole_tenant():
    build = directory().node("EntraUser", "u").node("EntraAdministrativeUnit", "au")
    build.edge("HAS_SCOPED_ROLE", "u", "au", role_id=f"{HELPDESK}@{TENANT}")
    assert "target" in reachable(build.derive(BLOODHOUND), "u")
    assert "target" not in reachable(build.derive(), "u")
