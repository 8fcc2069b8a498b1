"""Random companies against a literal reading of what the two platforms' documentation says."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.idgraph.derive.aws.accounts import ONE, TWO, deny
from tests.idgraph.derive.build import reachable
from tests.idgraph.derive.entra.tenant import T
from tests.idgraph.derive.federation.center import DIRECTORY, ISSUER, OTHER, Company

TENANTS = (T, OTHER)
PEOPLE = tuple(f"{digit * 8}-0000-0000-0000-000000000000" for digit in "1234")
GROUPS = tuple(f"{digit * 8}-0000-0000-0000-000000000000" for digit in "56")
NAMES = ("ada@x.example", "bob@x.example")
UNNAMED = "https://eu-west-1.sso.signin.aws/platform/saml/acs/4f0c"
ACCOUNTS, SETS = (ONE, TWO), ("Admin", "Read_Only")
FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Person:
    id: str
    upn: str
    tenant: str
    enabled: bool
    groups: frozenset[str]


@dataclass(frozen=True)
class User:
    id: str
    name: str
    external: str
    enabled: bool


@dataclass(frozen=True)
class App:
    tenant: str
    names: bool  # the store; otherwise it is of an Identity Center that is not told
    required: bool | None
    enabled: bool
    assigned: frozenset[str]


tenants = st.sampled_from(TENANTS)
people = st.builds(
    Person,
    st.sampled_from(PEOPLE),
    st.sampled_from(NAMES),
    tenants,
    st.booleans(),
    st.frozensets(st.sampled_from(GROUPS)),
)
users = st.builds(
    User,
    st.sampled_from(("u1", "u2")),
    st.sampled_from(tuple(map(str.upper, NAMES))),
    st.sampled_from(("", *PEOPLE)),
    st.booleans(),
)
apps = st.builds(
    App,
    tenants,
    st.booleans(),
    st.sampled_from((True, False, None)),
    st.booleans(),
    st.frozensets(st.sampled_from((*PEOPLE, *GROUPS))),
)


def company(some_people, some_users, some_apps, whole):
    made = Company()
    for each in some_people:
        made.person(each.id, each.upn, tenant=each.tenant, account_enabled=each.enabled)
    for group in GROUPS:
        made.build.group(group, *(each.id for each in some_people if group in each.groups))
    for each in some_users:
        made.sso_user(each.id, each.name, external=each.external, enabled=each.enabled)
    for number, each in enumerate(some_apps):
        identifier = ISSUER if each.names else UNNAMED
        more = {"tenant_id": each.tenant, "account_enabled": each.enabled}
        made.application(f"{number}", identifier=identifier, required=each.required, **more)
        for who in sorted(each.assigned):
            made.assign(who, f"{number}")
    for tenant in whole:
        made.whole(*DIRECTORY, source=f"azurehound:{tenant}")
    return made


def may_use(person, app, whole):
    """Return the doubt under which a person may use an application, None where he may not."""
    if not app.enabled:
        return None
    if person.id in app.assigned or person.groups & app.assigned or app.required is False:
        return ()
    if app.required and person.tenant in whole:
        return None
    return ("assume:app_assignment",)


def signs_in(person, user, all_people, all_users, all_apps, whole):
    """Return the doubt under which a person signs in as a user, None where he does not."""
    same, named = user.external == person.id, user.name.lower() == person.upn
    if not (same or named) or not person.enabled or not user.enabled:
        return None
    naming = {each.tenant for each in all_apps if each.names}
    untold = any(not each.names and each.tenant == person.tenant for each in all_apps)
    excluded = person.tenant not in naming and (naming or (person.tenant in whole and not untold))
    tenant_of = {each.id: each.tenant for each in all_people}
    proven = person.tenant in {tenant_of.get(each.external) for each in all_users}
    doubt = ("assume:identity_center_tenant",)
    if person.tenant in naming:
        own = [each for each in all_apps if each.names and each.tenant == person.tenant]
        ways = [way for each in own if (way := may_use(person, each, whole)) is not None]
        sure = len(naming) == 1 or same or proven
        return min(ways, key=len) + (() if sure else doubt) if ways else None
    if excluded:
        return doubt if same else None
    return () if proven else doubt


@FEW
@given(
    st.lists(people, max_size=4, unique_by=lambda each: each.id),
    st.lists(users, max_size=2, unique_by=lambda each: each.id),
    st.lists(apps, max_size=3),
    st.frozensets(tenants),
)
def test_who_signs_in_as_whom_is_what_the_documentation_says(
    some_people, some_users, some_apps, whole
):
    found = company(some_people, some_users, some_apps, whole).guards("SIGNS_IN_AS")
    wanted = {
        (person.id, user.id): doubt
        for person in some_people
        for user in some_users
        if (doubt := signs_in(person, user, some_people, some_users, some_apps, whole)) is not None
    }
    assert found == wanted


@FEW
@given(
    st.frozensets(st.tuples(st.sampled_from(("u1", "u2")), st.sampled_from(("g1", "g2")))),
    st.frozensets(
        st.tuples(
            st.sampled_from(("u1", "u2", "g1", "g2")),
            st.sampled_from(SETS),
            st.sampled_from(ACCOUNTS),
        )
    ),
)
def test_a_user_reaches_the_roles_assigned_to_it_and_to_its_groups_and_no_other(members, given_to):
    made = Company()
    for user in ("u1", "u2"):
        made.sso_user(user, f"{user}@x.example")
    for group in ("g1", "g2"):
        made.sso_group(group, *(user for user, at in members if at == group))
    arns = {}
    for name in SETS:
        made.permission_set(name)
        for account in ACCOUNTS:
            arns[name, account] = made.reserved(name, deny("*"), account=account)
    for who, name, account in sorted(given_to):
        made.assigned(who, name, account)
    projection = made.derive()
    for user in ("u1", "u2"):
        holders = {user, *(group for who, group in members if who == user)}
        wanted = {arns[name, account] for who, name, account in given_to if who in holders}
        assert reachable(projection, user, passes=()) & set(arns.values()) == wanted
