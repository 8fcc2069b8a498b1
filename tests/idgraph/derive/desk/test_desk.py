"""Reset paths of a register: who carries them out, what they open, and what approval changes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import idgraph.derive.desk as package
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from idgraph.derive.desk import RULES
from idgraph.vocabulary.resets import METHOD_GIVES, Gives
from tests.idgraph.derive.build import edges, guards_of, pairs
from tests.idgraph.derive.entra.tenant import T, Tenant, role, tenant

KINDS = {kind.name: kind for rule in RULES for kind in rule.kinds}
POWER = "path#resets"


class Desk(Tenant):
    """A tenant that can state reset paths."""

    def path(self, name="path", method="tap", *, by=(), covers=(), approvers=(), **properties):
        """Add a reset path; approvals are 0 unless said otherwise."""
        stated = {"method": method, "approvals": 0, **properties}
        self.node("ResetPath", name, **stated)
        for each in by:
            self.edge("EXECUTES_RESETS", each, name)
        for each in approvers:
            self.edge("APPROVES_RESETS", each, name)
        for each in covers:
            self.edge("COVERS", name, each)
        return self


def desk():
    build = Desk().node("EntraTenant", T).roles().settled()
    return build.user("agent").user("boss").user("chief").user("target")


def reached(build, start, target, *passes):
    graph = build.derive().graph
    found = walk(graph, graph.position(start), Scenario(passes=frozenset(passes)))
    at = graph.position(target)
    return found.verdict(at) and (found.verdict(at).value, found.guards(at))


# Laws.


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_derived_kind_is_explained_and_says_what_it_misses(kind):
    assert kind.derived
    assert kind.walkable
    assert kind.source
    assert kind.misses
    assert kind.controls
    for text in (kind.allows, kind.verify, kind.remove, kind.logged, kind.misses):
        assert text[0].isupper()
        assert text.endswith(".")


def test_every_module_with_a_rule_is_in_the_tuple():
    folder = Path(package.__file__).parent
    with_rule = {path.stem for path in folder.glob("*.py") if "\nRULE = " in path.read_text()}

    assert with_rule == {rule.find.__module__.rpartition(".")[2] for rule in RULES}


def test_every_method_gives_something_that_a_rule_knows():
    from idgraph.derive.desk.desk_resets import KIND_OF

    assert set(KIND_OF) == set(Gives)
    assert {each.gives for each in METHOD_GIVES.values()} == set(Gives)


def test_every_edge_carries_evidence():
    build = desk().group("g", "target", "boss").user("chief")
    build.path("a", by=["agent"], covers=["g", "target"], approvers=["boss", "chief"], approvals=2)
    build.path("b", "mfa_reset", by=["g"], covers_all=True, approvals=None)
    build.path("c", by=["boss"], covers=["g"], approvers=["boss"], approvals=1)
    projection = build.derive()
    graph = projection.graph
    ours = [e for e in range(graph.m) if graph.edge_kind_name(e) in KINDS]

    assert len({graph.edge_kind_name(each) for each in ours}) == 6
    assert all(len(projection.rows_of(each)) for each in ours)


def test_edges_grow_with_paths_and_accounts_and_not_with_their_product():
    def count(size):
        build = desk().group("g", *(f"u{number}" for number in range(size)))
        for number in range(size):
            build.user(f"u{number}").user(f"e{number}").user(f"a{number}")
            build.path(f"p{number}", by=[f"e{number}"], covers=["g"], covers_all=True)
            build.path(
                f"q{number}", by=[f"e{number}"], covers=["g"], approvers=[f"a{number}"], approvals=1
            )
        return build.derive().graph.m

    small, middle, large = count(5), count(10), count(20)
    assert large - middle == 2 * (middle - small)


# What a reset gives.


@pytest.mark.parametrize(
    ("method", "kind", "guards"),
    [
        ("password_admin", "DESK_GIVES_PASSWORD", {"mfa:target"}),
        ("password_sspr", "DESK_GIVES_PASSWORD", {"mfa:target"}),
        ("tap", "DESK_GIVES_PASS", {"assume:tap_policy"}),
        ("mfa_reset", "DESK_GIVES_FACTOR", {"password:target"}),
        ("mfa_register", "DESK_GIVES_FACTOR", {"password:target"}),
        ("recovery_contact_change", "DESK_CHANGES_CONTACT", {"mfa:target", "recovery:target"}),
        ("federation_reset", "DESK_RESETS_FEDERATION", {"assume:federated_second_factor"}),
    ],
)
def test_a_method_opens_an_account_under_what_it_leaves(method, kind, guards):
    projection = desk().path(method=method, by=["agent"], covers=["target"]).derive()

    assert edges(projection, *(set(KINDS) - {"CAN_EXECUTE_RESETS"})) == {
        (kind, POWER, "target", tuple(sorted(guards)))
    }
    assert pairs(projection, "CAN_EXECUTE_RESETS") == {("agent", POWER)}


@pytest.mark.parametrize("method", ["secret_rotate", "key_create"])
def test_a_credential_opens_applications_and_no_people(method):
    build = desk().app("bot").service("vm", kind="EntraManagedIdentity")
    build.path(method=method, by=["agent"], covers=["app-bot", "sp-bot", "sp-vm", "target"])

    assert edges(build.derive(), "DESK_GIVES_CREDENTIAL") == {
        ("DESK_GIVES_CREDENTIAL", POWER, "app-bot", ()),
        ("DESK_GIVES_CREDENTIAL", POWER, "sp-bot", ()),
    }


@pytest.mark.parametrize(
    ("method", "with_factor"),
    [("tap", True), ("mfa_reset", True), ("federation_reset", True), ("password_admin", False)],
)
def test_what_gives_a_factor_leads_to_the_account_with_its_factor(method, with_factor):
    build = desk().node("EntraRole", role("UA"), activation_requires_mfa=True)
    build.edge("ELIGIBLE_FOR", "target", role("UA"), directory_scope="/")
    projection = build.path(method=method, by=["agent"], covers=["target"]).derive()
    kind = next(iter(edges(projection, *(set(KINDS) - {"CAN_EXECUTE_RESETS"}))))[0]

    found = guards_of(projection, kind, POWER, "target#second_factor")
    assert found == (guards_of(projection, kind, POWER, "target") if with_factor else set())


def test_a_pass_activates_what_asks_for_the_factor():
    build = desk().node("EntraRole", role("UA"), activation_requires_mfa=True)
    build.edge("ELIGIBLE_FOR", "target", role("UA"), directory_scope="/")

    by_pass = build.path(method="tap", by=["agent"], covers=["target"])
    assert reached(by_pass, "agent", role("UA"), "pim") == ("reached", ())


def test_an_unknown_method_opens_nothing():
    projection = desk().path(method="prayer", by=["agent"], covers=["target"]).derive()

    assert edges(projection, *KINDS) == set()


def test_self_service_gives_nobody_else_anything():
    projection = desk().path("path", "password_sspr", covers=["target"], self_service=True).derive()

    assert edges(projection, *KINDS) == set()


# What a path covers.


def _opened(build):
    return {
        target for source, target in pairs(build.derive(), "DESK_GIVES_PASS") if source == POWER
    }


def test_a_group_stands_for_its_members_at_any_depth():
    build = (
        desk().group("outer", "target").group("inner", "boss").edge("MEMBER_OF", "inner", "outer")
    )

    assert _opened(build.path(by=["agent"], covers=["outer"])) == {"target", "boss"}


@pytest.mark.parametrize("cover", [{"covers_all": True}, {"covers": [T]}])
def test_a_star_or_the_tenant_is_every_enabled_account_at_home(cover):
    build = desk().user("away", account_enabled=False).user("guest", user_type="Guest")
    build.user("elsewhere", tenant="other").app("bot")

    assert _opened(build.path(by=["agent"], **cover)) == {"agent", "boss", "chief", "target"}


def test_a_guest_is_covered_when_it_is_named_and_a_disabled_account_never_is():
    build = desk().user("away", account_enabled=False).user("guest", user_type="Guest")

    assert _opened(build.path(by=["agent"], covers=["guest", "away"])) == {"guest"}


def test_of_several_tenants_a_star_means_the_one_of_whoever_is_named():
    build = desk().node("EntraTenant", "other").user("far", tenant="other")
    build.path(by=["far"], covers_all=True)

    assert _opened(build) == {"far"}


@pytest.mark.parametrize("by", [["vendor"], ["vendor", "agent", "far"]])
def test_where_nobody_tells_which_tenant_a_star_means_it_is_a_blind_spot(by):
    build = desk().node("EntraTenant", "other").user("far", tenant="other")
    build.node("Vendor", "vendor").path(by=by, covers_all=True)
    graph = build.derive().graph
    found = walk(graph, graph.position("vendor"))

    for each in ("far", "target"):
        assert found.verdict(graph.position(each)).value == "cannot_tell"
        assert found.blind_spots(graph.position(each)) == ("tenant of path",)


def test_two_paths_over_one_group_share_its_hub():
    build = desk().group("g", "target")
    build.path("p", by=["agent"], covers=["g"]).path("q", by=["boss"], covers=["g"])
    graph = build.derive().graph

    assert [graph.ids[at] for at in graph.of_kind("Hub") if "DESK" in graph.ids[at]] == [
        "hub:DESK_GIVES_PASS:g"
    ]


# Who carries it out, and with whose approval.


def test_a_path_without_approval_is_open_to_whoever_carries_it_out():
    build = desk().path(by=["agent"], covers=["target"])

    assert reached(build, "agent", "target") == ("reached", ())
    assert not build.derive().graph.gates.any()


def test_a_role_and_a_group_carry_out_what_their_holders_do():
    build = desk().user("helper", "HA").group("team", "agent")
    build.path(by=[role("HA"), "team"], covers=["target"])

    assert reached(build, "helper", "target") == ("reached", ())
    assert reached(build, "agent", "target") == ("reached", ())


def test_where_nobody_says_how_many_approve_it_is_taken_that_none_has_to():
    build = desk().path(by=["agent"], covers=["target"], approvals=None)

    assert guards_of(build.derive(), "CAN_EXECUTE_RESETS", "agent", POWER) == {
        ("assume:reset_without_approval",)
    }


def two_persons(**properties):
    stated = {"by": ["agent"], "approvers": ["boss"], "approvals": 1, "self_approval": False}
    return desk().path(covers=["target"], **{**stated, **properties})


def test_two_persons_make_a_gate_of_two_legs():
    projection = two_persons().derive()

    assert pairs(projection, "IS_LEG_OF") == {
        ("leg:executor:path", "gate:2:path"),
        ("leg:approver-1:path", "gate:2:path"),
    }
    assert edges(projection, "CAN_EXECUTE_RESETS") == {
        ("CAN_EXECUTE_RESETS", "agent", "leg:executor:path", ()),
        ("CAN_EXECUTE_RESETS", "agent", POWER, ("approval:path",)),
        ("CAN_EXECUTE_RESETS", "gate:2:path", POWER, ()),
    }
    assert pairs(projection, "CAN_APPROVE_RESETS") == {("boss", "leg:approver-1:path")}


def test_each_approval_is_a_leg_with_the_same_holders():
    projection = two_persons(approvers=["boss", "chief"], approvals=2).derive()

    assert {end for _, end in pairs(projection, "IS_LEG_OF")} == {"gate:3:path"}
    assert pairs(projection, "CAN_APPROVE_RESETS") == {
        (who, f"leg:approver-{number}:path") for who in ("boss", "chief") for number in (1, 2)
    }


def takes(build, *accounts):
    """Let another path, over these accounts and without approval, be open to a thief."""
    return build.user("thief").path("open", by=["thief"], covers=accounts)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (["agent"], ("reached_if", ("approval:path",))),
        (["boss"], None),
        (["agent", "boss"], ("reached", ())),
    ],
)
def test_two_persons_open_it_and_one_does_not(taken, expected):
    assert reached(takes(two_persons(), *taken), "thief", "target") == expected


@pytest.mark.parametrize(
    ("taken", "opens"),
    [
        (["agent", "boss"], False),
        (["agent", "chief"], False),
        (["boss", "chief"], False),
        (["agent", "boss", "chief"], True),
    ],
)
def test_two_approvals_take_two_approvers(taken, opens):
    build = takes(two_persons(approvers=["boss", "chief"], approvals=2), *taken)

    assert (reached(build, "thief", "target") == ("reached", ())) is opens


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (True, ("reached", ())),
        (False, ("reached_if", ("approval:path",))),
    ],
)
def test_who_carries_it_out_and_approves_it_acts_alone_only_where_that_is_allowed(
    allowed, expected
):
    build = two_persons(approvers=["agent", "boss"], self_approval=allowed)

    assert reached(build, "agent", "target") == expected


def test_self_approval_helps_nobody_who_is_no_approver():
    build = two_persons(self_approval=True)

    assert reached(build, "agent", "target") == ("reached_if", ("approval:path",))
    assert reached(build, "boss", "target") is None


def test_self_approval_is_found_through_groups_and_roles():
    build = two_persons(by=["desk"], approvers=[role("HA")], self_approval=True)
    build.group("desk", "agent", "chief").edge("HAS_ROLE", "agent", role("HA"))

    assert reached(build, "agent", "target") == ("reached", ())
    assert reached(build, "chief", "target") == ("reached_if", ("approval:path",))


def test_a_group_that_carries_out_and_approves_is_linked_once():
    build = two_persons(by=["desk"], approvers=["desk"], self_approval=True)
    build.group("desk", "agent", "chief")
    projection = build.derive()

    assert edges(projection, "CAN_EXECUTE_RESETS") == {
        ("CAN_EXECUTE_RESETS", "desk", POWER, ()),
        ("CAN_EXECUTE_RESETS", "desk", POWER, ("approval:path",)),
        ("CAN_EXECUTE_RESETS", "desk", "leg:executor:path", ()),
        ("CAN_EXECUTE_RESETS", "gate:2:path", POWER, ()),
    }
    assert reached(build, "chief", "target") == ("reached", ())


def test_where_self_approval_is_not_stated_nobody_can_tell():
    build = two_persons(approvers=["agent", "boss"], self_approval=None)
    graph = build.derive().graph
    found = walk(graph, graph.position("agent"))

    assert found.verdict(graph.position("target")).value == "reached_if"
    assert found.guards(graph.position("target")) == ("approval:path",)
    assert pairs(build.derive(), "MAY_LEAD_TO") == {
        ("agent", "blind:self-approval:path"),
        ("blind:self-approval:path", POWER),
    }


@pytest.mark.parametrize(
    ("taken", "opens"),
    [
        (["agent"], False),
        (["agent", "boss"], True),  # the agent's own approval is one of two
        (["agent", "chief"], True),
        (["boss", "chief"], False),
    ],
)
def test_own_approval_counts_as_one_of_several(taken, opens):
    build = two_persons(approvers=["agent", "boss", "chief"], approvals=2, self_approval=True)

    assert (reached(takes(build, *taken), "thief", "target") == ("reached", ())) is opens


def test_a_path_whose_approvers_nobody_names_stays_shut():
    build = two_persons(approvers=())

    assert reached(build, "agent", "target") == ("reached_if", ("approval:path",))


def test_the_approval_of_one_path_does_not_help_with_another():
    build = two_persons().user("other")
    build.path("second", by=["agent"], covers=["other"], approvers=["chief"], approvals=1)

    found = reached(takes(build, "agent", "boss"), "thief", "other")
    assert found == ("reached_if", ("approval:second",))


# A naive oracle: loops over paths and accounts.

_NAMES = ("a", "b", "c", "d", "e")
_ACCOUNT = st.sampled_from(_NAMES)
_PATH = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["tap", "password_admin", "mfa_reset"]),
        "by": st.sets(_ACCOUNT, max_size=2),
        "covers": st.sets(st.one_of(_ACCOUNT, st.sampled_from(["g", "h"])), max_size=3),
        "covers_all": st.booleans(),
        "approvals": st.sampled_from([0, None, 1]),
    }
)
_LEAVES = {
    "tap": "assume:tap_policy",
    "password_admin": "mfa:{}",
    "mfa_reset": "password:{}",
}


def _expected(paths, members, disabled):
    for number, path in enumerate(paths):
        if not path["by"]:
            continue
        covered = set(_NAMES) if path["covers_all"] else set()
        for each in path["covers"]:
            covered |= members.get(each, {each})
        for each in covered - disabled:
            yield f"p{number}#resets", each, (_LEAVES[path["method"]].format(each),)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(_PATH, min_size=1, max_size=4),
    st.sets(_ACCOUNT),
    st.sets(_ACCOUNT),
    st.booleans(),
    st.sets(_ACCOUNT, max_size=2),
)
def test_covered_accounts_equal_a_loop_over_paths_and_accounts(paths, in_g, in_h, nested, disabled):
    build = Desk().node("EntraTenant", T).roles().settled().group("g", *in_g).group("h", *in_h)
    if nested:
        build.edge("MEMBER_OF", "h", "g")
    for each in _NAMES:
        build.user(each, account_enabled=each not in disabled)
    for number, path in enumerate(paths):
        build.path(f"p{number}", **path)
    found = {
        (source, target, guards)
        for kind, source, target, guards in edges(build.derive(), *KINDS)
        if kind.startswith("DESK")
    }

    members = {"g": in_g | (in_h if nested else set()), "h": in_h}
    assert found == set(_expected(paths, members, disabled))


def test_a_register_changes_nothing_where_there_is_none():
    assert edges(tenant().user("u").derive(), *KINDS) == set()


@pytest.mark.parametrize("platform", ["Okta", "AWS", "github", "on premises"])
def test_a_path_into_another_platform_opens_nothing_in_entra(platform):
    there = desk().path("path", by=["agent"], covers=["target"], reset_platform=platform)
    assert reached(there, "agent", "target") is None


@pytest.mark.parametrize("platform", ["Entra", "Microsoft Entra ID", "azure ad", ""])
def test_entra_id_is_known_by_each_of_its_names(platform):
    here = desk().path("path", by=["agent"], covers=["target"], reset_platform=platform)
    assert reached(here, "agent", "target") == ("reached", ())
