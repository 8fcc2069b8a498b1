import pytest

from tests.idgraph.derive.build import edges, guards_of, pairs, reachable
from tests.idgraph.derive.entra.tenant import T, role, tenant


def _unit(build, unit="au", members=(), *, restricted=False, **properties):
    build.node("EntraAdministrativeUnit", unit, tenant_id=T, restricted=restricted, **properties)
    for member in members:
        build.edge("IN_UNIT", member, unit)
    return build


def _targets(build, kind, source):
    return {end for start, end in pairs(build.derive(), kind) if start == source}


def _scoped(name, members=("inside",)):
    build = tenant().user("desk").user("inside").user("outside")
    _unit(build, members=members)
    return build.edge("HAS_SCOPED_ROLE", "desk", "au", role_id=role(name))


@pytest.mark.parametrize("name", ["PA", "HA", "AA", "UA", "PAA"])
def test_a_role_over_a_unit_resets_its_members_only(name):
    build = _scoped(name)

    assert pairs(build.derive(), "HOLDS_SCOPED_ROLE") == {("desk", f"{role(name)}@au")}
    assert _targets(build, "CAN_RESET_PASSWORD", f"{role(name)}@au") == {"inside"}
    assert "outside" not in reachable(build.derive(), "desk", ["assume", "mfa"])


# At a unit most roles reset accounts without any role; see "Assign Microsoft Entra roles".
@pytest.mark.parametrize(
    ("name", "resets"),
    [
        ("PA", False),
        ("HA", False),
        ("AA", False),
        ("UA", True),
        ("PAA", True),
    ],
)
def test_a_role_over_a_unit_resets_fewer_administrators(name, resets):
    build = _scoped(name, members=("reader",)).user("reader", "DIRECTORY_READERS")

    found = _targets(build, "CAN_RESET_PASSWORD", f"{role(name)}@au")
    assert ("reader" in found) is resets


def test_a_role_over_a_unit_acts_on_its_groups_too():
    build = _scoped("GROUPS_ADMIN", members=("g", "rag"))
    build.group("g").group("rag", role_assignable=True).group("other")

    assert _targets(build, "CAN_ADD_MEMBER", f"{role('GROUPS_ADMIN')}@au") == {"g"}


def test_an_empty_unit_whose_members_were_listed_is_known_to_be_empty():
    build = _scoped("HA", members=()).node("EntraAdministrativeUnit", "au", member_list_read=True)

    assert reachable(build.derive(), "desk", ["assume", "mfa", "unknown"]) == {f"{role('HA')}@au"}


def test_members_that_nobody_loaded_are_a_blind_spot_and_never_reached():
    projection = _scoped("HA", members=()).derive()

    power, blind = f"{role('HA')}@au", f"blind:unit:au:{role('HA')}"
    unknown = "unknown:unit members of au"
    assert guards_of(projection, "MAY_LEAD_TO", power, blind) == {(unknown,)}
    assert reachable(projection, "desk", ["assume", "mfa"]) == {power}
    assert {"inside", "outside"} <= reachable(projection, "desk", ["mfa", "assume", "unknown"])
    raw = {each for each in edges(projection, "MAY_LEAD_TO", expand=False) if each[1] == blind}
    assert raw
    assert all(each[2].startswith("hub:") and unknown in each[3] for each in raw)


def test_a_blind_spot_leads_only_to_what_the_role_could_do():
    build = _scoped("HA", members=()).user("boss", "GA").group("g").app("x")
    found = reachable(build.derive(), "desk", ["mfa", "assume", "unknown"])

    assert "outside" in found
    assert not {"boss", "g", "app-x", "sp-x", T} & found


def test_a_unit_of_which_only_the_id_is_known_is_a_blind_spot():
    build = tenant().user("desk").user("member")
    build.edge("ELIGIBLE_FOR", "desk", role("UA"), directory_scope="/administrativeUnits/gone")
    found = reachable(build.derive(), "desk", ["pim", "mfa", "assume", "unknown"])

    assert {f"{role('UA')}@gone", f"blind:unit:gone:{role('UA')}", "member"} <= found
    assert "member" not in reachable(build.derive(), "desk", ["pim", "mfa", "assume"])


@pytest.mark.parametrize("kind", ["CAN_RESET_PASSWORD", "CAN_RESET_MFA", "CAN_ISSUE_TAP"])
def test_a_restricted_unit_keeps_tenant_wide_roles_from_its_members(kind):
    build = tenant().user("chief").user("other")
    _unit(build, "vault", ["chief"], restricted=True, member_list_read=True)
    build.service("bot").permit("sp-bot", "50483e42-d915-4231-9639-7fdb7fd190e5")
    found = {source for source, end in pairs(build.derive(), kind) if end == "chief"}

    assert found == {f"{role('PAA')}@vault"}


def test_a_role_at_the_restricted_unit_resets_its_members():
    build = tenant().user("chief").user("desk")
    _unit(build, "vault", ["chief"], restricted=True, member_list_read=True)
    build.edge("HAS_SCOPED_ROLE", "desk", "vault", role_id=role("HA"))

    assert "chief" in reachable(build.derive(), "desk", ["mfa"])


def test_a_role_at_another_unit_does_not_reach_into_a_restricted_one():
    build = _scoped("HA", members=("inside", "chief")).user("chief")
    _unit(build, "vault", ["chief"], restricted=True, member_list_read=True)

    assert _targets(build, "CAN_RESET_PASSWORD", f"{role('HA')}@au") == {"inside"}


@pytest.mark.parametrize("who", ["GA", "PRA"])
def test_who_grants_roles_can_take_the_role_at_a_restricted_unit(who):
    build = tenant().user("chief").user("admin", who)
    _unit(build, "vault", ["chief"], restricted=True, member_list_read=True)
    projection = build.derive()

    assert (role(who), f"{role('PAA')}@vault") in pairs(projection, "CAN_GRANT_ROLE")
    assert "chief" in reachable(projection, "admin")


def test_a_user_administrator_cannot_take_a_role_at_a_restricted_unit():
    build = tenant().user("chief").user("admin", "UA")
    _unit(build, "vault", ["chief"], restricted=True, member_list_read=True)

    assert "chief" not in reachable(build.derive(), "admin", ["assume", "mfa"])


def test_two_roles_at_one_unit_share_its_hubs():
    build = _scoped("UA").edge("HAS_SCOPED_ROLE", "desk", "au", role_id=role("PAA"))
    raw = edges(build.derive(), "CAN_RESET_PASSWORD", expand=False)
    into = [each for each in raw if each[2] == "inside"]

    assert len(into) == 2  # from the hub of the tenant and from the hub of the unit


def test_a_role_over_one_object_that_was_not_loaded_leads_nowhere():
    build = tenant().user("desk").user("other")
    build.edge("HAS_SCOPED_ROLE", "desk", "gone", role_id=role("UA"))

    assert reachable(build.derive(), "desk", ["assume", "mfa", "unknown"]) == {f"{role('UA')}@gone"}


def test_a_role_over_one_group_ends_where_a_restricted_unit_holds_the_group():
    build = tenant().group("g").group("kept").user("desk")
    _unit(build, "vault", ["kept"], restricted=True, member_list_read=True)
    for group in ("g", "kept"):
        build.edge("HAS_SCOPED_ROLE", "desk", group, role_id=role("GROUPS_ADMIN"))
    found = reachable(build.derive(), "desk")

    assert "g" in found
    assert "kept" not in found
