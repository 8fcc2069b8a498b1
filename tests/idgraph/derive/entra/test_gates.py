"""Activations that need approval: the gate, who takes which part, and what a walk makes of it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from tests.idgraph.derive.build import edges, guards_of, pairs
from tests.idgraph.derive.entra.tenant import T, Tenant, role, tenant

ROOT = f"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9@/@{T}"
UA = role("UA")


def approval(*approvers, name="UA", **policy):
    """Return a tenant in which activating a role asks for approval by some accounts."""
    build = tenant().user("requester").user("approver").user("stranger")
    build.node("EntraRole", role(name), activation_requires_approval=True, **policy)
    for each in approvers:
        build.edge("APPROVES_ACTIVATION", each, role(name))
    return build.edge("ELIGIBLE_FOR", "requester", role(name), directory_scope="/")


def verdict(build, start, target, *passes, reset=None):
    graph = build.derive().graph
    found = walk(graph, graph.position(start), Scenario(reset=reset, passes=frozenset(passes)))
    at = graph.position(target)
    return found.verdict(at) and (found.verdict(at).value, found.guards(at))


# Structure.


def test_a_role_that_asks_for_no_approval_has_no_gate():
    build = tenant().user("u").edge("ELIGIBLE_FOR", "u", UA, directory_scope="/")
    build.edge("APPROVES_ACTIVATION", "u", UA)

    assert not build.derive().graph.gates.any()


def test_a_role_that_nobody_is_eligible_for_has_no_gate():
    build = tenant().user("u").node("EntraRole", UA, activation_requires_approval=True)

    assert not build.derive().graph.gates.any()


def test_a_gate_opens_the_role_by_two_parts():
    projection = approval("approver").derive()

    assert edges(projection, "CAN_REQUEST_ACTIVATION") == {
        ("CAN_REQUEST_ACTIVATION", "requester", f"leg:requester:{UA}", (f"pim:{UA}",))
    }
    assert edges(projection, "CAN_APPROVE_ACTIVATION") == {
        ("CAN_APPROVE_ACTIVATION", "approver", f"leg:approver:{UA}", ())
    }
    assert pairs(projection, "IS_LEG_OF") == {
        (f"leg:requester:{UA}", f"gate:2:{UA}"),
        (f"leg:approver:{UA}", f"gate:2:{UA}"),
    }
    assert (f"gate:2:{UA}", UA) in pairs(projection, "CAN_ACTIVATE_ROLE")


def test_beside_the_gate_stands_the_guarded_activation():
    projection = approval("approver").derive()

    assert guards_of(projection, "CAN_ACTIVATE_ROLE", "requester", UA) == {
        (f"approval:{UA}", f"pim:{UA}")
    }


def test_a_gate_and_its_legs_are_synthetic_and_carry_evidence():
    projection = approval("approver").derive()
    graph = projection.graph
    of_gate = {"CAN_REQUEST_ACTIVATION", "CAN_APPROVE_ACTIVATION", "IS_LEG_OF"}
    found = [e for e in range(graph.m) if graph.edge_kind_name(e) in of_gate]

    assert len(found) == 4
    assert all(len(projection.rows_of(each)) for each in found)
    assert graph.synthetic[[graph.position(f"gate:2:{UA}")]].all()


def test_a_group_takes_its_part_by_one_edge():
    build = approval().group("eligible", "a", "b").group("approvers", "c", "d")
    build.edge("ELIGIBLE_FOR", "eligible", UA, directory_scope="/")
    build.edge("APPROVES_ACTIVATION", "approvers", UA)
    projection = build.derive()

    assert {who for who, _ in pairs(projection, "CAN_REQUEST_ACTIVATION")} == {
        "requester",
        "eligible",
    }
    assert {who for who, _ in pairs(projection, "CAN_APPROVE_ACTIVATION")} == {"approvers"}


def test_where_nobody_is_named_two_roles_approve():
    found = pairs(approval().derive(), "CAN_APPROVE_ACTIVATION")

    assert {who for who, _ in found} == {role("PRA"), role("GA")}


def test_a_named_approver_stands_instead_of_the_two_roles():
    found = pairs(approval("approver").derive(), "CAN_APPROVE_ACTIVATION")

    assert {who for who, _ in found} == {"approver"}


def test_the_roles_of_another_tenant_do_not_approve():
    other = "22222222-2222-2222-2222-222222222222"
    build = approval().node("EntraTenant", other).roles("PRA", "GA", tenant=other)

    found = pairs(build.derive(), "CAN_APPROVE_ACTIVATION")
    assert {who for who, _ in found} == {role("PRA"), role("GA")}


def test_a_role_at_a_unit_has_a_gate_of_its_own_with_the_same_approvers():
    build = approval("approver")
    build.node("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False)
    build.edge("ELIGIBLE_FOR", "stranger", UA, directory_scope="/administrativeUnits/au")
    projection = build.derive()

    assert (f"gate:2:{UA}@au", f"{UA}@au") in pairs(projection, "CAN_ACTIVATE_ROLE")
    assert ("stranger", f"leg:requester:{UA}@au") in pairs(projection, "CAN_REQUEST_ACTIVATION")
    assert (f"leg:approver:{UA}", f"gate:2:{UA}@au") in pairs(projection, "IS_LEG_OF")
    assert len(pairs(projection, "CAN_APPROVE_ACTIVATION")) == 1


def test_an_authentication_context_guards_the_request():
    found = approval("approver", activation_requires_context=True).derive()

    leg = f"leg:requester:{UA}"
    assert guards_of(found, "CAN_REQUEST_ACTIVATION", "requester", leg) == {
        (f"condition:authentication context of {UA}", f"pim:{UA}")
    }


def test_edges_grow_with_approvers_and_with_requesters_and_not_with_their_product():
    def count(size):
        build = approval()
        for number in range(size):
            build.user(f"a{number}").edge("APPROVES_ACTIVATION", f"a{number}", UA)
            build.user(f"r{number}").edge("ELIGIBLE_FOR", f"r{number}", UA, directory_scope="/")
            scope = f"/administrativeUnits/au{number}"
            build.edge("ELIGIBLE_FOR", f"r{number}", UA, directory_scope=scope)
        return build.derive().graph.m

    small, middle, large = count(10), count(20), count(40)
    assert large - middle == 2 * (middle - small)


# What a walk makes of it.


def test_the_requester_alone_needs_the_approval():
    assert verdict(approval("approver"), "requester", UA, "pim") == (
        "reached_if",
        (f"approval:{UA}",),
    )


def test_the_approver_alone_gains_nothing():
    assert verdict(approval("approver"), "approver", UA, "pim", "approval") is None


def holder(build, *accounts):
    """Add an account that can issue passes for exactly these accounts."""
    build.user("holder").node("EntraRole", "desk", tenant_id=T, built_in=False, actions=())
    build.node("EntraAdministrativeUnit", "their", tenant_id=T, restricted=True)
    for each in accounts:
        build.edge("IN_UNIT", each, "their")
    return build.edge("HAS_SCOPED_ROLE", "holder", "their", role_id=role("PAA"))


def test_whoever_holds_both_opens_the_gate():
    build = holder(approval("approver"), "requester", "approver")

    assert verdict(build, "holder", UA, "pim") == ("reached", ())


@pytest.mark.parametrize("taken", ["requester", "approver"])
def test_whoever_holds_one_of_them_does_not(taken):
    found = verdict(holder(approval("approver"), taken), "holder", UA, "pim")

    assert found == (("reached_if", (f"approval:{UA}",)) if taken == "requester" else None)


def test_the_activation_itself_stays_a_guard():
    build = holder(approval("approver"), "requester", "approver")

    assert verdict(build, "holder", UA) == ("reached_if", (f"pim:{UA}",))


def test_nobody_approves_a_request_of_his_own():
    assert verdict(approval("requester"), "requester", UA, "pim") == (
        "reached_if",
        (f"approval:{UA}",),
    )
    build = holder(approval("requester"), "requester", "stranger")
    assert verdict(build, "holder", UA, "pim") == ("reached_if", (f"approval:{UA}",))


def test_two_members_of_one_group_approve_each_other():
    build = approval().group("g", "approver", "stranger")
    build.edge("ELIGIBLE_FOR", "g", UA, directory_scope="/")
    build.edge("APPROVES_ACTIVATION", "g", UA)

    assert verdict(build, "approver", UA, "pim") == ("reached_if", (f"approval:{UA}",))
    assert verdict(holder(build, "approver", "stranger"), "holder", UA, "pim") == ("reached", ())


def test_an_active_administrator_approves_where_nobody_is_named():
    build = holder(approval().user("chief", "PRA"), "requester", "chief")

    assert verdict(build, "holder", UA, "pim") == ("reached", ())


def test_an_eligible_administrator_approves_once_he_activated():
    build = approval().user("chief").edge("ELIGIBLE_FOR", "chief", role("PRA"), directory_scope="/")
    build = holder(build, "requester", "chief")
    graph = build.derive().graph

    found = walk(graph, graph.position("holder"), Scenario(passes=frozenset({f"pim:{UA}"})))
    assert set(found.sufficient(graph.position(UA))) == {
        (f"approval:{UA}",),
        (f"pim:{role('PRA')}",),
    }


def test_a_person_behind_a_gate_elevates_access_without_the_doubt_about_applications():
    build = holder(approval("approver", name="GA"), "requester", "approver")
    graph = build.derive().graph
    found = walk(graph, graph.position("holder"), Scenario(passes=frozenset({"pim"})))

    assert found.verdict(graph.position(ROOT)).value == "reached"
    assert found.assumes(graph.position(ROOT)) == ()


def test_who_makes_somebody_eligible_needs_the_approval_too():
    build = approval("approver").service("pim")
    build.permit("sp-pim", "fee28b28-e1f3-4841-818e-2704dc62245f")
    projection = build.derive()

    assert guards_of(projection, "CAN_GRANT_ROLE", "sp-pim", UA) == {
        (f"approval:{UA}", f"pim:{UA}")
    }
    assert guards_of(projection, "CAN_GRANT_ROLE", "sp-pim", role("HA")) == {(f"pim:{role('HA')}",)}


# The second factor that an activation asks for.


def with_factor():
    build = tenant().user("u").node("EntraRole", UA, activation_requires_mfa=True)
    return build.edge("ELIGIBLE_FOR", "u", UA, directory_scope="/")


def test_only_an_account_of_which_an_activation_asks_it_has_a_node_for_its_factor():
    build = with_factor().user("other").user("plain").group("g", "member").user("member")
    build.edge("ELIGIBLE_FOR", "other", role("HA"), directory_scope="/")
    build.edge("ELIGIBLE_FOR", "g", UA, directory_scope="/")
    graph = build.derive().graph

    assert [graph.ids[at] for at in graph.of_kind("SecondFactor")] == ["u#second_factor"]
    at = graph.position("u#second_factor")
    assert graph.ids[graph.stands_for[at]] == "u"
    assert graph.synthetic[at]


def test_no_node_is_made_where_the_policy_asks_for_no_factor():
    build = with_factor().node("EntraRole", UA, activation_requires_mfa=False)

    assert not len(build.derive().graph.of_kind("SecondFactor"))


@pytest.mark.parametrize("kind", ["CAN_RESET_MFA", "CAN_ISSUE_TAP"])
def test_what_gives_the_factor_leads_to_it_under_the_same_guards(kind):
    projection = with_factor().derive()
    resetters = {source for source, end in pairs(projection, kind) if end == "u"}

    assert resetters
    for each in resetters:
        assert guards_of(projection, kind, each, "u#second_factor") == guards_of(
            projection, kind, each, "u"
        )


def test_a_password_does_not_give_the_factor():
    found = pairs(with_factor().derive(), "CAN_RESET_PASSWORD")

    assert "u" in {end for _, end in found}
    assert "u#second_factor" not in {end for _, end in found}


def test_with_the_factor_an_activation_does_not_ask_for_it_again():
    projection = with_factor().derive()

    assert guards_of(projection, "CAN_ACTIVATE_ROLE", "u#second_factor", UA) == {(f"pim:{UA}",)}
    assert guards_of(projection, "CAN_ACTIVATE_ROLE", "u", UA) == {("mfa:u", f"pim:{UA}")}


def desk(template):
    """Return a tenant in which an account resets another that must show its factor to activate."""
    return with_factor().user("desk", template)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("AA", ("reached", ())),  # sets the password and takes the factor away
        ("PAA", ("reached", ())),
        ("HA", ("reached_if", ("mfa:u",))),  # sets the password only
        ("PA", ("reached_if", ("mfa:u",))),
    ],
)
def test_after_a_reset_on_the_way_the_factor_stands_only_where_it_was_left(template, expected):
    assert verdict(desk(template), "desk", UA, "pim") == expected


def test_an_elevation_does_not_ask_for_the_factor_again_either():
    build = tenant().user("u").user("desk", "PAA")
    build.node("EntraRole", role("GA"), activation_requires_mfa=True)
    build.edge("ELIGIBLE_FOR", "u", role("GA"), directory_scope="/")
    projection = build.derive()

    ga = role("GA")
    assert guards_of(projection, "CAN_ELEVATE_ACCESS", "u#second_factor", ROOT) == {(f"pim:{ga}",)}
    assert guards_of(projection, "CAN_ELEVATE_ACCESS", "u", ROOT) == {("mfa:u", f"pim:{ga}")}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("AA", {()}),
        ("HA", {("mfa:approver", "mfa:requester"), (f"approval:{UA}", "mfa:requester")}),
    ],
)
def test_behind_a_gate_each_account_that_was_reset_keeps_the_factor_that_was_left(
    template, expected
):
    graph = approval("approver", activation_requires_mfa=True).user("desk", template)
    graph = graph.derive().graph
    found = walk(graph, graph.position("desk"), Scenario(passes=frozenset({"pim"})))

    assert set(found.sufficient(graph.position(UA))) == expected


def test_factors_grow_with_the_eligible_accounts():
    def count(size):
        build = Tenant().node("EntraTenant", T).roles().settled()
        build.node("EntraRole", UA, activation_requires_mfa=True)
        for number in range(size):
            build.user(f"u{number}").edge("ELIGIBLE_FOR", f"u{number}", UA, directory_scope="/")
        return build.derive().graph.m

    small, middle, large = count(20), count(40), count(80)
    assert large - middle == 2 * (middle - small)


# A naive oracle: loops over roles and accounts.

_PRINCIPALS = ("a", "b", "g", "sp-x")
_WHO = st.sets(st.sampled_from(_PRINCIPALS), max_size=3)
_POLICY = st.fixed_dictionaries(
    {"approval": st.booleans(), "mfa": st.booleans(), "eligible": _WHO, "at_unit": _WHO}
)
_APPROVERS = st.sets(st.sampled_from(("a", "b", "g")), max_size=2)


def _activations(name, policy, approvers):
    """Yield every edge about the activation of a role, worked out for each holder apart."""
    for eligible, target in ((policy["eligible"], role(name)), (policy["at_unit"], _at_unit(name))):
        able = eligible - {"sp-x"}
        pim = f"pim:{role(name)}"
        approved = {f"approval:{role(name)}"} if policy["approval"] else set()
        for who in able:
            asked = {f"mfa:{who}"} if policy["mfa"] and who != "g" else set()
            yield "CAN_ACTIVATE_ROLE", who, target, _sorted({pim}, asked, approved)
            if asked:
                strong = f"{who}#second_factor"
                yield "CAN_ACTIVATE_ROLE", strong, target, _sorted({pim}, approved)
            if approved:
                yield "CAN_REQUEST_ACTIVATION", who, f"leg:requester:{target}", (pim,)
        if able and approved:
            yield "CAN_ACTIVATE_ROLE", f"gate:2:{target}", target, ()
            yield "IS_LEG_OF", f"leg:requester:{target}", f"gate:2:{target}", ()
            yield "IS_LEG_OF", f"leg:approver:{role(name)}", f"gate:2:{target}", ()
            for each in approvers or {role("PRA"), role("GA")}:
                yield "CAN_APPROVE_ACTIVATION", each, f"leg:approver:{role(name)}", ()


def _sorted(*sets):
    return tuple(sorted(set().union(*sets)))


def _at_unit(name):
    return f"{role(name)}@au"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"UA": _POLICY, "HA": _POLICY}), _APPROVERS)
def test_activations_equal_a_loop_over_roles_and_holders(policies, approvers):
    build = tenant().user("a").user("b").group("g", "a").service("x")
    build.node("EntraAdministrativeUnit", "au", tenant_id=T, restricted=False)
    expected = set()
    for name, policy in policies.items():
        asks = {"activation_requires_approval": policy["approval"]}
        build.node("EntraRole", role(name), **asks, activation_requires_mfa=policy["mfa"])
        for eligible, scope in (
            (policy["eligible"], "/"),
            (policy["at_unit"], "/administrativeUnits/au"),
        ):
            for who in eligible:
                build.edge("ELIGIBLE_FOR", who, role(name), directory_scope=scope)
        for who in approvers:
            build.edge("APPROVES_ACTIVATION", who, role(name))
        expected |= set(_activations(name, policy, approvers))

    kinds = ("CAN_ACTIVATE_ROLE", "CAN_REQUEST_ACTIVATION", "CAN_APPROVE_ACTIVATION", "IS_LEG_OF")
    assert edges(build.derive(), *kinds) == expected
