"""Which subjects a role's trust policy lets in, after AWS's and GitHub's own examples."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import TWO, Account
from tests.idgraph.derive.build import edges
from tests.idgraph.derive.federation.tokens import AUDIENCE, EKS, GITHUB, World, provider, trust

MAIN = "repo:octo-org/octo-repo:ref:refs/heads/main"
PROD = "repo:octo-org/octo-repo:environment:Production"
AUD = {"aud": AUDIENCE}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        # GitHub Docs, "Configuring OpenID Connect in Amazon Web Services".
        ({"StringEquals": {"sub": MAIN, "aud": AUDIENCE}}, {MAIN}),
        ({"StringLike": {"sub": "repo:octo-org/octo-repo:*"}, "StringEquals": AUD},
         {"repo:octo-org/octo-repo:*"}),
        ({"StringEquals": {"sub": PROD, "aud": AUDIENCE}}, {PROD}),
        # Several subjects are alternatives, with a set operator or without.
        ({"StringEquals": {"sub": [MAIN, PROD]}}, {MAIN, PROD}),
        ({"ForAnyValue_StringLike": {"sub": [MAIN, "repo:octo-org/*"]}}, {MAIN, "repo:octo-org/*"}),
        ({"StringEqualsIfExists": {"sub": MAIN}}, {MAIN}),
        ({"StringEqualsIgnoreCase": {"sub": MAIN}}, {MAIN}),
        # No condition on the subject: whoever has a token of that issuer.
        ({}, {"*"}),
        ({"StringEquals": AUD}, {"*"}),
        ({"StringLike": {"sub": "*"}}, {"*"}),
        ({"Null": {"sub": "false"}}, {"*"}),
        # Never: no token has a subject with a wildcard in it, none is without a subject.
        ({"StringEquals": {"sub": "repo:octo-org/*"}}, set()),
        ({"Null": {"sub": "true"}}, set()),
        # Two conditions must both hold.
        ({"StringLike": {"sub": "repo:octo-org/*"}, "StringEquals": {"sub": MAIN}}, {MAIN}),
        ({"StringLike": {"sub": "repo:other/*"}, "StringEquals": {"sub": MAIN}}, set()),
        ({"StringLike": {"sub": "repo:a/b:*"}, "StringNotLike": {"sub": "repo:a/*"}}, set()),
        ({"StringLike": {"sub": "repo:a/*"}, "StringEquals": {"sub": "repo:a/*"}}, set()),
        ({"StringLike": {"sub": "repo:a/*"}, "StringNotLike": {"sub": "repo:b/*"}}, {"repo:a/*"}),
        # The repository by its claim, which STS knows since January 2026.
        ({"StringEquals": {"repository": "octo-org/octo-repo"}}, {"repo:octo-org/octo-repo:*"}),
        ({"StringEquals": {"sub": MAIN, "repository": "octo-org/octo-repo"}}, {MAIN}),
        ({"StringEquals": {"sub": MAIN, "repository": "octo-org/another"}}, set()),
        ({"StringEquals": {"repository": "octo-org/*"}}, set()),
        ({"StringEquals": {"sub": PROD, "environment": "Production"}}, {PROD}),
        ({"StringEquals": {"sub": PROD, "environment": "Staging"}}, set()),
        # A request that nobody signs has no principal.
        ({"StringEquals": {"sub": MAIN, "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, set()),
        ({"ArnLike": {"aws:PrincipalArn": "*"}, "StringEquals": {"sub": MAIN}}, set()),
    ],
)  # fmt: skip
def test_a_trust_policy_lets_in_the_subjects_that_it_names(conditions, expected):
    assert World(trust(**conditions)).subjects() == {(each, ()) for each in expected}


@pytest.mark.parametrize("claim", ["job_workflow_ref", "repository_owner_id", "actor"])
def test_another_claim_of_the_token_is_a_condition(claim):
    found = World(trust(StringEquals={"sub": MAIN, claim: "x"})).subjects()
    assert found == {(MAIN, (f"condition:StringEquals {GITHUB}:{claim} x",))}


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringLike": {"sub": "repo:octo-org/*"}, "StringEqualsIgnoreCase": {"sub": MAIN.upper()}},
        {
            "StringLike": {"sub": "repo:octo-org/*"},
            "StringNotLike": {"sub": "repo:${aws:SourceVpc}/*"},
        },
    ],
)
def test_what_is_not_known_of_a_pattern_is_a_condition(conditions):
    found = dict(World(trust(**conditions)).subjects())
    assert any(each.startswith("condition:") for each in found["repo:octo-org/*"])


def test_an_audience_that_only_must_not_be_is_a_condition_where_audiences_are_not_known():
    asked = trust(StringEquals={"sub": MAIN}, StringNotEquals={"aud": "other"})
    condition = f"condition:StringNotEquals {GITHUB}:aud other"
    assert World(asked, audiences=()).subjects() == {(MAIN, ("assume:oidc_provider", condition))}
    assert World(asked).subjects() == {(MAIN, ())}


def test_an_address_is_a_condition_on_the_network():
    asked = trust(StringEquals={"sub": MAIN}, IpAddress={"aws:SourceIp": "192.0.2.0/24"})
    assert World(asked).subjects() == {(MAIN, ("network:IpAddress aws:SourceIp 192.0.2.0/24",))}


def test_a_deny_stops_the_subject_that_it_names():
    world = World(
        trust(StringEquals={"sub": [MAIN, PROD]}), trust(effect="Deny", StringLike={"sub": MAIN})
    )
    assert world.subjects() == {(PROD, ())}


def test_a_deny_in_any_case_stops_the_subject_too():
    stop = trust(effect="Deny", StringEqualsIgnoreCase={"sub": MAIN.upper()})
    assert World(trust(StringEquals={"sub": MAIN}), stop).subjects() == set()


def test_a_deny_of_what_is_not_known_leaves_a_condition():
    stop = trust(effect="Deny", StringEquals={"sub": "${aws:SourceVpc}"})
    condition = f"condition:not (StringEquals {GITHUB}:sub ${{aws:SourceVpc}})"
    assert World(trust(StringEquals={"sub": MAIN}), stop).subjects() == {(MAIN, (condition,))}


def test_a_reusable_workflow_is_called_by_a_repository_that_its_subject_does_not_say():
    subject = "job_workflow_ref:octo-org/shared/.github/workflows/w.yml@refs/heads/main"
    asked = {"sub": subject, "repository": "octo-org/octo-repo"}
    condition = f"condition:StringEquals {GITHUB}:repository octo-org/octo-repo"
    found = World(trust(StringEquals=asked)).subjects()
    assert (subject, (condition,)) in found


def test_a_deny_of_some_of_a_pattern_leaves_a_condition():
    secret = "repo:octo-org/secret:*"
    world = World(
        trust(StringLike={"sub": "repo:octo-org/*"}),
        trust(effect="Deny", StringLike={"sub": secret}),
    )
    condition = f"condition:not (StringLike {GITHUB}:sub {secret})"
    assert world.subjects() == {("repo:octo-org/*", (condition,))}


def test_everybody_but_some_is_anybody_under_a_condition():
    world = World(trust(StringNotLike={"sub": "repo:octo-org/*"}))
    condition = f"condition:StringNotLike {GITHUB}:sub repo:octo-org/*"
    assert world.subjects() == {("*", (condition,))}


def test_two_patterns_that_meet_let_in_what_fits_both_under_a_condition():
    world = World(
        trust(StringLike={"sub": "repo:octo-org/*"}, ForAnyValue_StringLike={"sub": "repo:*/app:*"})
    )
    assert {subject for subject, _ in world.subjects()} == {"repo:octo-org/*", "repo:*/app:*"}
    assert all(guards for _, guards in world.subjects())


@pytest.mark.parametrize("action", ["sts:*", "sts:AssumeRole*", "STS:assumerolewithwebidentity"])
def test_an_action_is_named_with_wildcards_and_in_any_case(action):
    assert World(trust(action=action)).subjects() == {("*", ())}


@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession"])
def test_another_action_lets_no_token_in(action):
    assert World(trust(action=action)).subjects() == set()


def control(world, *statements):
    world.build.node("AWSOrganization", "r-root", management_account_id="999988887777")
    world.build.edge("UNDER", world.number, "r-root")
    for at in ("r-root", world.number):
        world._policy(at, "HAS_CONTROL_POLICY", f"rcp:{at}", statements, "rcp")
    return world


@pytest.mark.parametrize(
    ("subject", "expected"),
    [(MAIN, {MAIN}), ("repo:stranger/app:ref:refs/heads/main", set()), ("repo:stranger/*", set())],
)
def test_a_resource_control_policy_keeps_strangers_out(subject, expected):
    # Organizations User Guide, "Resource control policies examples": only trusted OIDC subjects.
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Resource": "*",
        "Condition": {
            "StringNotLikeIfExists": {f"{GITHUB}:sub": "repo:octo-org/*"},
            "Null": {f"{GITHUB}:sub": "false"},
        },
    }
    world = control(World(trust(StringLike={"sub": subject})), statement)
    assert {each for each, _ in world.subjects()} == expected


def test_the_subjects_that_a_control_policy_spares_come_in_by_an_open_door():
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Resource": "*",
        "Condition": {"StringNotLikeIfExists": {f"{GITHUB}:sub": "repo:octo-org/*"}},
    }
    found = control(World(trust()), statement).subjects()
    assert ("repo:octo-org/*", ()) in found
    assert all(guards for subject, guards in found if subject == "*")


def test_a_subject_that_a_deny_spares_needs_an_allow_all_the_same():
    spared = trust(effect="Deny", StringNotLike={"sub": "repo:octo-org/*"})
    assert World(trust(StringEquals={"sub": MAIN}), spared).subjects() == {(MAIN, ())}
    assert ("repo:octo-org/*", ()) in World(trust(), spared).subjects()


# The provider and its audiences.


@pytest.mark.parametrize(
    ("audiences", "listed", "expected"),
    [
        ((AUDIENCE,), True, {()}),
        (("https://github.com/octo-org", AUDIENCE), True, {()}),
        (("https://github.com/octo-org",), True, set()),  # STS accepts no token for AUDIENCE
        ((), True, {("assume:oidc_provider",)}),  # listed without its audiences
        (None, True, set()),  # deleted
        (None, False, {("assume:oidc_provider",)}),  # providers were not loaded
    ],
)
def test_the_provider_must_accept_an_audience_that_the_policy_asks_for(audiences, listed, expected):
    world = World(
        trust(StringEquals={"sub": MAIN, "aud": AUDIENCE}), audiences=audiences, listed=listed
    )
    assert {guards for _, guards in world.subjects()} == expected


def test_a_provider_of_another_account_is_no_provider_of_this_one():
    statement = trust() | {"Principal": {"Federated": provider(account=TWO)}}
    assert World(statement, listed=False).subjects() == set()


def test_anybody_of_aws_and_beyond_takes_in_the_tokens_of_every_provider():
    world = World(trust() | {"Principal": {"AWS": "*"}})
    assert world.subjects() == {("*", ())}


def test_google_needs_no_provider_and_its_audience_is_a_condition():
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "accounts.google.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"accounts.google.com:aud": "66677788899900pro0"}},
    }  # IAM User Guide, "Create a role for OpenID Connect federation"
    condition = "condition:StringEquals accounts.google.com:aud 66677788899900pro0"
    assert World(statement).subjects() == {("*", (condition,))}


def test_a_service_account_of_a_cluster_is_a_subject():
    subject = "system:serviceaccount:billing:invoices"
    world = World(
        trust(EKS, StringEquals={"sub": subject, "aud": AUDIENCE}), issuer=EKS
    )  # Amazon EKS User Guide, "IAM roles for service accounts"
    assert world.subjects() == {(subject, ())}
    graph = world.derived().graph
    name = graph.names[graph.position(f"oidc:{EKS}|{subject}")]
    assert name.startswith("service account billing/invoices at EKS cluster D2E9B45F")


def test_the_evidence_is_the_statement_that_lets_the_subject_in():
    world = World(trust(StringEquals={"sub": MAIN}), trust(StringEquals={"sub": PROD}))
    derived = world.derived()
    graph, snapshot = derived.graph, world.build.snapshot()
    said = {int(row): at for at, row in enumerate(snapshot.node_row)}
    for at in range(graph.m):
        if graph.edge_kind_name(at) == "CAN_ASSUME_WITH_TOKEN":
            (row,) = derived.rows_of(at).tolist()
            statement = snapshot.node_properties[said[row]]["statement"]
            assert graph.ids[graph.source[at]].partition("|")[2] in statement


def test_a_role_without_a_trust_policy_that_was_read_lets_no_subject_in():
    account = Account()
    account.role("quiet")
    assert not edges(account.build.derive(), "CAN_ASSUME_WITH_TOKEN")


# Subjects and patterns.


def test_a_subject_is_one_of_every_pattern_that_covers_it():
    world = World(trust(StringEquals={"sub": MAIN}))
    world.role("wide", trust=trust(StringLike={"sub": "repo:octo-org/*"}))
    world.role("open", trust=trust())
    ids = {
        (source.partition("|")[2], target.partition("|")[2])
        for _, source, target, _ in edges(world.derived(), "FITS_SUBJECT")
    }
    assert ids == {(MAIN, "repo:octo-org/*"), (MAIN, "*"), ("repo:octo-org/*", "*")}


def test_every_step_has_evidence():
    world = World(trust(StringEquals={"sub": MAIN}), trust(StringLike={"sub": "repo:octo-org/*"}))
    derived = world.derived()
    steps = {"CAN_ASSUME_WITH_TOKEN", "FITS_SUBJECT", "GETS_TOKENS_OF"}
    graph, seen = derived.graph, set()
    for at in range(graph.m):
        if graph.edge_kind_name(at) in steps:
            seen.add(graph.edge_kind_name(at))
            assert len(derived.rows_of(at))
    assert seen == steps


HOSTILE = ["repo:o/<script>alert(1)</script>:*", "[link](http://x)\x1b[31m", "|" * 40, "a\nb"]


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_hostile_subject_is_a_name_like_any_other(subject):
    world = World(trust(StringLike={"sub": subject}))
    assert world.subjects() == {(subject, ())}
    assert not [each for each in world.tokens() if "<" in each[0]]


@pytest.mark.parametrize("number", [1, 40])
def test_edges_grow_with_the_trust_policies_and_not_with_their_product(number):
    world = World()
    for each in range(number):
        world.role(f"r{each}", trust=trust(StringEquals={"sub": f"repo:o/r{each}:environment:p"}))
        world.role(f"w{each}", trust=trust(StringLike={"sub": "repo:o/*"}))
    found = edges(world.derived(), "CAN_ASSUME_WITH_TOKEN", "GETS_TOKENS_OF", "FITS_SUBJECT")
    assert len(found) == 5 * number
