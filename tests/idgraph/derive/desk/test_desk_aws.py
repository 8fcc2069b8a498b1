"""Reset paths of a register into AWS: which users a desk resets, and what that opens."""

import pytest

from idgraph.analysis.exposed import exposed
from idgraph.analysis.exposed.reset_paths import ResetPaths, reset_paths_into
from idgraph.analysis.rank import rank
from idgraph.analysis.scenario import Scenario
from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, short
from tests.idgraph.derive.build import edges
from tests.idgraph.derive.entra.tenant import T, Tenant

GIFTS = {
    "DESK_GIVES_PASSWORD",
    "DESK_GIVES_FACTOR",
    "DESK_GIVES_CREDENTIAL",
    "DESK_CHANGES_CONTACT",
    "DESK_GIVES_PASS",
}


def path(build, name="desk", method="login_profile", *, by=(), covers=(), **said):
    said = {"method": method, "approvals": 0, "reset_platform": "AWS", **said}
    build.node("ResetPath", name, **said)
    for each in by:
        build.edge("EXECUTES_RESETS", each, name)
    for each in covers:
        build.edge("COVERS", name, each)


def company():
    """Return an Entra desk agent, and two accounts with a user each."""
    build = Tenant().node("EntraTenant", T).settled().user("agent").user("ada")
    one, two = Account(ONE, build), Account(TWO, build)
    una = one.user("una", mfa=True)
    two.user("tom", mfa=False)
    return build, one, two, una


def opened(build):
    return {(kind, short(end), guards) for kind, _, end, guards in edges(build.derive(), *GIFTS)}


@pytest.mark.parametrize(
    ("method", "kind", "kept"),
    [
        ("login_profile", "DESK_GIVES_PASSWORD", ("mfa",)),
        ("password_admin", "DESK_GIVES_PASSWORD", ("mfa",)),
        ("key_create", "DESK_GIVES_CREDENTIAL", ()),
        ("mfa_reset", "DESK_GIVES_FACTOR", ("password",)),
    ],
)
def test_a_desk_opens_a_user_under_what_its_method_leaves(method, kind, kept):
    build, _, _, una = company()
    path(build, method=method, by=["agent"], covers=[una])

    assert opened(build) == {(kind, "una", tuple(f"{each}:{una}" for each in kept))}


def test_no_second_factor_is_asked_of_a_user_who_has_none():
    build, _, two, _ = company()
    path(build, by=["agent"], covers=[two.arn("user", "tom")])

    assert opened(build) == {("DESK_GIVES_PASSWORD", "tom", ())}


@pytest.mark.parametrize(("covers", "users"), [([ONE], {"una"}), ([ONE, TWO], {"una", "tom"})])
def test_an_account_that_is_covered_means_its_iam_users(covers, users):
    build, *_ = company()
    path(build, by=["agent"], covers=covers)

    assert {end for _, end, _ in opened(build)} == users


def test_every_account_without_a_name_is_certain_only_where_there_is_one():
    build, *_ = company()
    path(build, by=["agent"], covers_all=True)
    graph = build.derive().graph

    assert any("tenant of desk" in guard for at in range(graph.m) for guard in graph.guards_of(at))
    assert "unknown:tenant of desk" not in {
        guard for *_, guards in opened(company_of_one()) for guard in guards
    }


def company_of_one():
    build = Tenant().node("EntraTenant", T).settled().user("agent")
    Account(ONE, build).user("una")
    path(build, by=["agent"], covers_all=True)
    return build


def test_a_path_into_aws_opens_nothing_of_entra_and_the_other_way_round():
    build, _, _, una = company()
    path(build, "aws", by=["agent"], covers=["ada"])
    path(build, "entra", "tap", by=["agent"], covers=[una], reset_platform="entra")

    assert opened(build) == set()


def test_a_temporary_access_pass_is_nothing_that_aws_has():
    build, _, _, una = company()
    path(build, method="tap", by=["agent"], covers=[una])

    assert opened(build) == set()


# Who could be phoned about it.


def told(build, account):
    graph = build.derive().graph
    found = reset_paths_into(graph, build.snapshot(), graph.position(account))
    return [(each.executor, each.method, short(each.path), each.executors) for each in found]


def test_who_adds_a_credential_to_a_user_is_a_way_to_reset_it():
    build, one, _, una = company()
    boss = one.user("boss", allow("iam:CreateAccessKey", una), access_keys=0)
    build.node("AWSUser", una, access_keys=1, login_profile=True)

    assert told(build, una) == [("user", "key_create", "boss", (boss,))]


def test_who_sets_a_console_password_leaves_the_second_factor():
    build, one, _, una = company()
    one.user("boss", allow("iam:UpdateLoginProfile", una))
    build.node("AWSUser", una, login_profile=True)
    graph = build.derive().graph
    (way,) = reset_paths_into(graph, build.snapshot(), graph.position(una))

    assert (way.method, way.guards) == ("login_profile", (f"mfa:{una}",))


def test_a_role_that_adds_credentials_is_carried_out_by_whoever_takes_it_on():
    build, one, _, una = company()
    boss = one.user("boss", allow("sts:AssumeRole"))
    trust = {"Effect": "Allow", "Principal": {"AWS": boss}, "Action": "sts:AssumeRole"}
    one.role("keys", allow("iam:CreateAccessKey", una), trust=trust)
    build.node("AWSUser", una, access_keys=0)

    assert told(build, una) == [("role", "key_create", "keys", (boss,))]


def test_a_role_that_several_take_on_through_a_hub_is_carried_out_by_each_of_them():
    build, one, _, una = company()
    both = [one.user(name, allow("sts:AssumeRole")) for name in ("bea", "bob")]
    trust = {"Effect": "Allow", "Principal": {"AWS": one.root()}, "Action": "sts:AssumeRole"}
    for name in ("keys", "other"):
        one.role(name, allow("iam:CreateAccessKey", una), trust=trust)
    build.node("AWSUser", una, access_keys=0)
    graph = build.derive().graph

    assert graph.hubs.any()
    assert {(path, executors) for _, _, path, executors in told(build, una)} == {
        ("keys", tuple(both)),
        ("other", tuple(both)),
    }


def ask(build, target):
    graph, snapshot = build.derive().graph, build.snapshot()
    return exposed(graph, target, ways=ResetPaths(graph, snapshot).into)


def test_an_account_is_exposed_by_the_desk_that_resets_its_administrator_weakest_proof_first():
    build, one, _, una = company()
    one.managed("all", una, allow("*"))
    path(build, "by phone", by=["agent"], covers=[una], proof="caller_id", channel="phone")
    path(build, "by hand", "key_create", by=["agent"], covers=[una], proof="in_person")
    ways = ask(build, ONE).ways
    said = [(way.name, way.method, [short(each.id) for each in way.identities]) for way in ways]

    assert said[:2] == [
        ("by phone", "login_profile", ["una"]),
        ("by hand", "key_create", ["una"]),
    ]
    assert [each.verdict.value for way in ways[:2] for each in way.identities] == [
        "reached_if",
        "reached",
    ]


def test_an_entra_agent_reaches_a_secret_in_aws_by_the_resets_that_the_desk_carries_out():
    build, one, _, una = company()
    secret = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db"
    one.thing("AWSSecret", secret, name="db")
    one.managed("read", una, allow("secretsmanager:GetSecretValue", secret))
    path(build, "keys", "key_create", by=["agent"], covers=[una])
    reached = {
        each.id: each.verdict.value for way in ask(build, secret).ways for each in way.identities
    }

    assert reached == {una: "reached", "agent": "reached"}


def test_users_of_aws_are_ranked_by_what_their_reset_opens():
    build, one, _, una = company()
    one.managed("all", una, allow("*"))
    ranked = rank(build.derive().graph, Scenario("key_create"))

    assert [short(each.id) for each in ranked.identities] == ["una", "tom"]
