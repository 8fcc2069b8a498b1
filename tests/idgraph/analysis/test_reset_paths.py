"""By which ways an account can be reset, worked out by hand."""

import pytest

from idgraph.analysis.exposed.reset_paths import RESET_KINDS, ResetPaths, reset_paths_into
from idgraph.derive import derive
from idgraph.derive.rules import Profile
from tests.idgraph.derive.entra.tenant import T, Tenant, role, tenant


def into(build, account="target"):
    snapshot = build.snapshot()
    graph = build.derive().graph
    return reset_paths_into(graph, snapshot, graph.position(account))


def path(build, name="path", method="tap", *, by=(), covers=("target",), **properties):
    build.node("ResetPath", name, **{"method": method, "approvals": 0, **properties})
    for each in by:
        build.edge("EXECUTES_RESETS", each, name)
    for each in covers:
        build.edge("COVERS", name, each)
    return build


def company():
    """Return a tenant with few roles: a help desk, and an authentication administrator."""
    build = Tenant().node("EntraTenant", T).roles("HA", "AA").settled()
    return build.user("target").user("agent").user("helper", "HA").user("other", "HA")


def told(ways):
    return [(each.name, each.kind, each.executor, each.executors) for each in ways]


def test_a_role_is_one_way_a_power_with_its_holders():
    ways = into(company())

    assert told(ways) == [
        (role("HA"), "CAN_RESET_PASSWORD", "role", ("helper", "other")),
        (role("AA"), "CAN_ISSUE_TAP", "role", ()),
        (role("AA"), "CAN_RESET_MFA", "role", ()),
        (role("AA"), "CAN_RESET_PASSWORD", "role", ()),
    ]
    assert {each.proof for each in ways} == {""}
    assert {each.approvals for each in ways} == {0}


@pytest.mark.parametrize(
    ("kind", "method", "gives", "guards"),
    [
        ("CAN_ISSUE_TAP", "tap", ("pass",), ("assume:tap_policy",)),
        ("CAN_RESET_MFA", "", ("password", "factor"), ()),
        ("CAN_RESET_PASSWORD", "password_admin", ("password",), ("mfa:target",)),
    ],
)
def test_a_way_says_what_it_gives_and_what_it_leaves(kind, method, gives, guards):
    way = next(each for each in into(company()) if each.kind == kind)

    assert (way.method, way.gives, way.guards) == (method, gives, guards)


def test_holders_are_found_directly_by_eligibility_and_at_a_scope():
    build = company().group("g", "agent").edge("ELIGIBLE_FOR", "g", role("HA"), directory_scope="/")
    build.node("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False)
    build.edge("IN_UNIT", "target", "au").user("local")
    build.edge("HAS_SCOPED_ROLE", "local", "au", role_id=role("HA"))
    holders = {way.path: way.executors for way in into(build) if way.kind == "CAN_RESET_PASSWORD"}

    assert holders[role("HA")] == ("g", "helper", "other")
    assert holders[f"{role('HA')}@au"] == ("local",)


def test_neither_a_gate_nor_a_factor_counts_as_a_holder():
    build = company().node(
        "EntraRole", role("HA"), activation_requires_mfa=True, activation_requires_approval=True
    )
    build.edge("ELIGIBLE_FOR", "agent", role("HA"), directory_scope="/")
    holders = {way.path: way.executors for way in into(build)}

    assert holders[role("HA")] == ("agent", "helper", "other")


def test_a_path_of_the_register_says_all_that_the_register_says():
    build = path(
        company().group("desk", "agent"),
        by=["desk", "helper"],
        approvals=2,
        vendor="Acme",
        channel="phone",
        proof="knowledge",
    )
    way = into(build)[0]

    assert (way.path, way.name, way.kind, way.method) == ("path", "path", "DESK_GIVES_PASS", "tap")
    assert (way.executor, way.executors, way.vendor) == ("vendor", ("desk", "helper"), "Acme")
    assert (way.channel, way.proof, way.approvals) == ("phone", "knowledge", 2)
    assert way.guards == ("assume:tap_policy",)
    assert len(way.edges) == 2


def test_a_desk_without_a_vendor_is_the_organisations_own():
    assert into(path(company(), by=["agent"], proof="none"))[0].executor == "desk"


def test_self_service_is_a_way_of_the_person():
    build = company().group("staff", "target")
    path(build, method="password_sspr", covers=["staff"], self_service=True, proof="contact_code")
    way = into(build)[0]

    assert (way.executor, way.executors) == ("self", ("target",))
    assert (way.kind, way.edges, way.method) == ("", (), "password_sspr")
    assert "self" not in {each.executor for each in into(build, "agent")}


def test_the_weakest_proof_comes_first_and_unknown_ones_last():
    build = company()
    for name, proof in (("b", "video"), ("c", "none"), ("d", "knowledge"), ("a", "")):
        path(build, name, by=["agent"], **({"proof": proof} if proof else {}))
    names = [each.name for each in into(build)]

    assert names[:3] == ["c", "d", "b"]
    assert names[3:] == [role("HA"), "a", *[role("AA")] * 3]


def test_of_one_proof_fewer_approvals_come_first():
    build = path(company(), "a", by=["agent"], proof="none", approvals=1)
    path(build, "b", by=["agent"], proof="none", approvals=0)

    assert [each.name for each in into(build)[:2]] == ["b", "a"]


def test_a_role_has_the_weakest_proof_on_which_the_register_lets_it_reset_this_account():
    build = company()
    path(build, "far", "password_admin", by=[role("HA")], covers=["agent"], proof="none")
    path(build, "strong", "password_admin", by=[role("HA")], proof="in_person", channel="chat")
    path(build, "weak", "password_admin", by=[role("HA")], proof="callback", channel="phone")
    path(build, "pass", "tap", by=[role("HA")], proof="caller_id")
    ways = {(each.path, each.kind): each for each in into(build)}

    way = ways[role("HA"), "CAN_RESET_PASSWORD"]
    assert (way.proof, way.channel) == ("callback", "phone")
    assert ways[role("AA"), "CAN_RESET_PASSWORD"].proof == ""


def test_an_application_is_reset_by_whoever_gives_it_a_secret():
    build = tenant().user("owner").app("bot").edge("OWNS", "owner", "app-bot")
    ways = {each.path: each for each in into(build, "app-bot")}

    assert (ways["owner"].executor, ways["owner"].method) == ("owner", "secret_rotate")
    assert ways[role("APPLICATION_ADMIN")].executor == "role"


def test_a_service_principal_that_may_issue_passes_is_an_application():
    build = company().service("bot").permit("sp-bot", "50483e42-d915-4231-9639-7fdb7fd190e5")
    ways = {each.path: each for each in into(build)}

    assert (ways["sp-bot"].executor, ways["sp-bot"].executors) == ("application", ("sp-bot",))


def test_a_blind_spot_is_no_way():
    build = company().node("EntraAdministrativeUnit", "blind", tenant_id=T)
    build.edge("HAS_SCOPED_ROLE", "agent", "blind", role_id=role("PAA"))

    assert {each.executor for each in into(build)} == {"role"}
    assert not any(each.path.startswith("blind:") for each in into(build))


def test_evidence_is_asked_for_once_for_all_ways():
    build = path(company(), by=["agent"])
    asked = []

    def evidence(edges):
        asked.append(tuple(edges))
        return [(f"edge {each}",) for each in edges]

    graph = build.derive().graph
    ways = ResetPaths(graph, build.snapshot(), evidence).into(graph.position("target"))

    assert len(asked) == 1
    assert all(way.evidence == tuple(f"edge {each}" for each in way.edges) for way in ways)


def test_a_way_is_printed_without_positions():
    said = into(path(company(), by=["agent"]))[0].to_json()

    assert said["executors"] == ["helper", "other"]
    assert "edges" not in said
    assert said["approvals"] == 0


def test_a_graph_of_another_profile_has_no_way_that_its_edges_do_not_stand_for():
    build = path(company(), by=["agent"])
    empty = derive(build.snapshot(), Profile(name="x", about="x", rules=())).graph

    assert reset_paths_into(empty, build.snapshot(), empty.position("target")) == ()


def test_reset_kinds_are_walked_into_accounts():
    assert len({each.name for each in RESET_KINDS}) == len(RESET_KINDS) == 11
    assert all(each.walkable for each in RESET_KINDS)


# Two paths in the same hands.


def two_paths(build, password=("agent",), factor=("agent",), **properties):
    path(build, "pw", "password_admin", by=password, proof="knowledge", channel="phone")
    return path(build, "mfa", "mfa_reset", by=factor, proof="callback", channel="phone")


def together(build):
    return [each for each in into(build) if len(each.gives) == 2 and each.kind == ""]


def test_the_same_hands_take_the_password_and_the_factor():
    (way,) = together(two_paths(company()))

    assert (way.path, way.name, way.method) == ("pw + mfa", "pw and mfa", "")
    assert (way.gives, way.guards) == (("password", "factor"), ())
    assert (way.executor, way.executors) == ("desk", ("agent",))
    assert (way.channel, way.proof, way.approvals) == ("phone", "callback", 0)
    assert len(way.edges) == 4


@pytest.mark.parametrize(
    ("password", "factor", "hands"),
    [
        (["agent"], ["helper"], None),
        (["desk"], ["agent"], ("agent",)),
        (["desk"], ["desk"], ("desk",)),
        ([role("HA")], ["helper"], ("helper",)),
        (["desk", "helper"], ["desk", "other"], ("desk",)),
    ],
)
def test_hands_are_the_same_by_name_by_group_and_by_role(password, factor, hands):
    build = two_paths(company().group("desk", "agent", "boss").user("boss"), password, factor)

    assert [each.executors for each in together(build)] == ([] if hands is None else [hands])


@pytest.mark.parametrize("method", ["tap", "password_admin", "recovery_contact_change"])
def test_only_a_password_and_a_factor_complete_each_other(method):
    build = path(company(), "one", "password_admin", by=["agent"])
    path(build, "two", method, by=["agent"])

    assert together(build) == []


def test_two_paths_complete_each_other_only_on_whom_both_cover():
    build = path(company(), "pw", "password_admin", by=["agent"], covers=["target"])
    path(build, "mfa", "mfa_reset", by=["agent"], covers=["agent"])

    assert together(build) == []


def test_of_two_paths_the_higher_hurdles_count_and_an_unknown_one_leaves_all_unknown():
    build = path(company(), "pw", "password_admin", by=["agent"], approvals=1, vendor="Acme")
    path(build, "mfa", "mfa_reset", by=["agent"], approvals=2, proof="none", vendor="Acme")
    (way,) = together(build)
    assert (way.executor, way.vendor, way.proof, way.approvals) == ("vendor", "Acme", "", 2)

    path(build, "mfa", approvals=None, method="mfa_reset", vendor="Other", channel="chat")
    (way,) = together(build)
    assert (way.executor, way.vendor, way.channel, way.approvals) == ("vendor", "", "", None)
