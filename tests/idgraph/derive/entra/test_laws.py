from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import idgraph.derive.entra as package
from idgraph.catalogue import GUARD_KINDS
from idgraph.derive import CATALOGUE, derive
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra import RULES
from idgraph.derive.entra.can_add_owner import CAN_ADD_OWNER
from idgraph.derive.entra.runs_as import RULE as RUNS_AS
from idgraph.derive.rules import Profile, Rule
from idgraph.errors import ModelError
from tests.idgraph.derive.build import Build, edges, guards_of, pairs
from tests.idgraph.derive.entra.tenant import TEMPLATES, T, role, tenant

KINDS = {kind.name: kind for rule in RULES for kind in rule.kinds}


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
    listed = {rule.find.__module__.rpartition(".")[2] for rule in RULES}

    assert with_rule == listed
    assert len(listed) == len(RULES)


def test_a_rule_that_finds_an_undeclared_kind_is_refused():
    def stray(snapshot, findings):
        findings.link(CAN_ADD_OWNER, 0, 1)

    profile = Profile(name="x", about="x", rules=(Rule(name="x", kinds=(), find=stray),))
    with pytest.raises(ModelError, match="CAN_ADD_OWNER"):
        derive(Build().node("EntraUser", "a").node("EntraUser", "b").snapshot(), profile)


def test_an_edge_between_the_wrong_kinds_of_nodes_is_refused():
    def wrong(snapshot, findings):
        findings.link(RUNS_AS.kinds[0], 0, 1)

    profile = Profile(name="x", about="x", rules=(Rule(name="x", kinds=RUNS_AS.kinds, find=wrong),))
    with pytest.raises(ModelError, match="EntraUser"):
        derive(Build().node("EntraUser", "a").node("EntraUser", "b").snapshot(), profile)


def test_nothing_is_found_in_nothing():
    assert Build().derive().graph.m == 0


def _company(size):
    build = tenant()
    for number in range(size):
        build.user(
            f"u{number}",
            *(("HA",) if number % 7 == 0 else ()),
            synced=number % 2 == 0,
            account_enabled=number % 5 != 0,
        )
        build.group(f"g{number}", f"u{number}", role_assignable=number % 7 == 0)
        build.app(f"a{number}").edge("OWNS", f"u{number}", f"app-a{number}")
        build.node("EntraDevice", f"d{number}", tenant_id=T, os="Windows", managed=True)
    return build


def test_edges_grow_with_the_directory_and_not_with_its_square():
    sizes = (70, 140, 280)
    counts = [_company(size).derive().graph.m for size in sizes]

    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


def test_hubs_lead_to_no_hubs_and_are_synthetic():
    graph = _company(10).derive().graph

    assert graph.hubs.any()
    assert not (graph.hubs[graph.source] & graph.hubs[graph.target]).any()
    assert graph.synthetic[graph.hubs].all()


def test_a_hub_belongs_to_one_kind():
    graph = _company(10).derive().graph
    out = np.flatnonzero(graph.hubs[graph.source])

    for edge in out:
        hub, kind = graph.ids[graph.source[edge]], graph.edge_kind_name(edge)
        assert hub.startswith(f"hub:{kind}:{T}:")


def test_every_guard_is_of_a_known_kind():
    known = {kind.name for kind in GUARD_KINDS}
    projection = _company(5).derive()

    assert {guard.split(":")[0] for each in edges(projection) for guard in each[3]} <= known


def test_the_order_of_loading_does_not_matter():
    build = _company(8)
    turned = Build(dict(reversed(build.nodes.items())), list(reversed(build.edges)), build.rows)

    assert edges(build.derive(), expand=False) == edges(turned.derive(), expand=False)


def test_blind_spots_are_declared_once():
    assert CATALOGUE.edge("MAY_LEAD_TO") is MAY_LEAD_TO


# A naive oracle: loops over pairs, from the table as text.

ROWS = {
    "DIRECTORY_READERS": "PA HA AA UA",
    "PA": "PA HA AA UA",
    "HA": "HA UA",
    "AA": "AA",
    "UA": "UA",
    "GROUPS_ADMIN": "UA",
    "REPORTS_READER": "HA AA UA",
    "GA": "",
    "PRA": "",
}
RESETTERS = ("PA", "HA", "AA", "UA", "PAA", "GA", "PT1", "PT2")
HIGHEST = {"PAA", "GA", "PT2"}
MAY_ENABLE = {"AA", "UA", "PAA", "GA", "PT1", "PT2"}

_ROLE = st.sampled_from(sorted(ROWS))
_USER = st.fixed_dictionaries(
    {
        "held": st.sets(_ROLE, max_size=2),
        "eligible": st.sets(_ROLE, max_size=1),
        "groups": st.sets(st.integers(0, 2), max_size=2),
        "owns": st.sets(st.integers(0, 2), max_size=1),
        "enabled": st.booleans(),
        "synced": st.booleans(),
        "guest": st.booleans(),
        "guarded": st.booleans(),
    }
)
_GROUP = st.fixed_dictionaries(
    {
        "held": st.sets(_ROLE, max_size=1),
        "assignable": st.booleans(),
        "parent": st.one_of(st.none(), st.integers(0, 2)),
    }
)


def _allowed(user, groups, *, eligible):
    held = set(user["held"]) | (set(user["eligible"]) if eligible else set())
    protected = any(groups[each]["assignable"] for each in user["owns"])
    above, seen = list(user["groups"]), set()
    while above:
        number = above.pop()
        if number in seen:
            continue
        seen.add(number)
        held |= groups[number]["held"]
        protected |= groups[number]["assignable"]
        if groups[number]["parent"] is not None:
            above.append(groups[number]["parent"])
    allowed = set(RESETTERS) if not held else set(RESETTERS) - {"PT1"}
    for each in held:
        allowed &= {*ROWS[each].split(), *HIGHEST}
    return allowed & HIGHEST if protected else allowed


def _expected(users, groups):
    for number, user in enumerate(users):
        if user["guest"] or user["guarded"]:
            continue
        for name in RESETTERS:
            if name not in _allowed(user, groups, eligible=False):
                continue
            if not user["enabled"] and name not in MAY_ENABLE:
                continue
            guards = {f"mfa:u{number}"}
            if name not in _allowed(user, groups, eligible=True):
                guards.add("assume:eligible_role_protection")
            if user["synced"]:
                guards.add("assume:password_writeback")
            yield "CAN_RESET_PASSWORD", role(name), f"u{number}", tuple(sorted(guards))


def _built(users, groups):
    build = tenant().node(
        "EntraAdministrativeUnit", "vault", tenant_id=T, restricted=True, member_list_read=True
    )
    for number, group in enumerate(groups):
        build.group(f"g{number}", role_assignable=group["assignable"])
        for name in group["held"]:
            build.edge("HAS_ROLE", f"g{number}", role(name))
        if group["parent"] is not None:
            build.edge("MEMBER_OF", f"g{number}", f"g{group['parent']}")
    for number, user in enumerate(users):
        build.user(
            f"u{number}",
            *user["held"],
            account_enabled=user["enabled"],
            synced=user["synced"],
            user_type="Guest" if user["guest"] else "Member",
        )
        for name in user["eligible"]:
            build.edge("ELIGIBLE_FOR", f"u{number}", role(name), directory_scope="/")
        for group in user["groups"]:
            build.edge("MEMBER_OF", f"u{number}", f"g{group}")
        for group in user["owns"]:
            build.edge("OWNS", f"u{number}", f"g{group}")
        if user["guarded"]:
            build.edge("IN_UNIT", f"u{number}", "vault")
    return build


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_USER, min_size=1, max_size=5), st.lists(_GROUP, min_size=3, max_size=3))
def test_resets_equal_a_loop_over_every_pair(users, groups):
    found = edges(_built(users, groups).derive(), "CAN_RESET_PASSWORD")

    assert {each for each in found if each[1] in map(role, TEMPLATES)} == set(
        _expected(users, groups)
    )


_APP = st.fixed_dictionaries(
    {
        "home": st.sampled_from([T, "elsewhere", None]),
        "lock": st.sampled_from([True, False, None]),
        "registered": st.booleans(),
        "managed": st.booleans(),
        "owner": st.booleans(),
    }
)


def _expected_secrets(apps):
    admins = [role(each) for each in ("GA", "APPLICATION_ADMIN", "CLOUD_APPLICATION_ADMIN")]
    for number, app in enumerate(apps):
        owner = ["owner"] if app["owner"] else []
        if app["registered"]:
            for source in (*admins, role("PT1"), role("PT2"), *owner):
                yield "CAN_ADD_SECRET", source, f"app-{number}", ()
        if app["managed"] or app["home"] == "elsewhere" or app["lock"] is True:
            continue
        guards = ["assume:app_home_tenant"] if not app["home"] and not app["registered"] else []
        guards += ["assume:app_instance_lock"] if app["lock"] is None else []
        for source in (*admins, *owner):
            yield "CAN_ADD_SECRET", source, f"sp-{number}", tuple(guards)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_APP, min_size=1, max_size=6))
def test_application_credentials_equal_a_loop_over_every_pair(apps):
    build = tenant().user("owner")
    for number, app in enumerate(apps):
        kind = "EntraManagedIdentity" if app["managed"] else "EntraServicePrincipal"
        build.service(
            str(number), kind=kind, app_owner_organization_id=app["home"], instance_lock=app["lock"]
        )
        if app["registered"]:
            build.node("EntraApp", f"app-{number}", tenant_id=T, app_id=f"client-{number}")
        for owned in ("app", "sp") if app["owner"] else ():
            if owned == "sp" or app["registered"]:
                build.edge("OWNS", "owner", f"{owned}-{number}")

    assert edges(build.derive(), "CAN_ADD_SECRET") == set(_expected_secrets(apps))


def test_parallel_ways_are_kept_apart():
    build = tenant().app("x").user("u", "APPLICATION_ADMIN").edge("OWNS", "u", "app-x")
    projection = build.derive()

    assert ("u", "app-x") in pairs(projection, "CAN_ADD_SECRET")
    assert guards_of(projection, "CAN_ADD_SECRET", role("APPLICATION_ADMIN"), "app-x") == {()}
