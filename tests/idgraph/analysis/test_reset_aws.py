"""A reset of an IAM user as the start: what each method needs, and what it opens."""

import pytest

from idgraph.analysis.rank import rank
from idgraph.analysis.reach import reach
from idgraph.analysis.scenario import Scenario
from idgraph.analysis.walk import walk
from tests.idgraph.derive.aws.accounts import ONE, Account, allow, short

MFA_ONLY = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db"
GUARDED = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:key"


def account(**said):
    made = Account()
    made.thing("AWSSecret", SECRET, name="db")
    made.thing("AWSSecret", GUARDED, name="key")
    made.user(
        "una",
        allow("secretsmanager:GetSecretValue", SECRET),
        allow("secretsmanager:GetSecretValue", GUARDED, Condition=MFA_ONLY),
        **said,
    )
    return made, made.arn("user", "una")


def verdicts(said, reset, *passes):
    made, una = account(**said)
    graph = made.derive().graph
    found = walk(graph, graph.position(una), Scenario(reset, frozenset(passes)))
    ends = [graph.position(each) for each in (SECRET, GUARDED)]
    return [(found.verdict(at).value, found.guards(at)) for at in ends]


UNA = Account().arn("user", "una")
OPEN, IF_MFA = ("reached", ()), ("reached_if", (f"mfa:{UNA}",))

# By hand, from "Sign in to the console", "Manage access keys" and "AWS global condition context
# keys": the console asks for a registered second factor; a key never does, and its requests carry
# no aws:MultiFactorAuthPresent that is true.
SAID = [
    ({"mfa": True}, "login_profile", IF_MFA, IF_MFA),
    ({}, "login_profile", IF_MFA, IF_MFA),  # whether there is one is not known
    ({"mfa": False}, "login_profile", OPEN, IF_MFA),
    ({"mfa": True}, "password_admin", IF_MFA, IF_MFA),
    ({"mfa": False}, "password_admin", OPEN, IF_MFA),
    ({"mfa": True}, "key_create", OPEN, IF_MFA),
    ({"mfa": False}, "key_create", OPEN, IF_MFA),
    ({"mfa": True}, None, OPEN, OPEN),
]


@pytest.mark.parametrize(("said", "reset", "plain", "guarded"), SAID)
def test_a_console_asks_for_a_registered_factor_and_a_key_for_none(said, reset, plain, guarded):
    assert verdicts(said, reset) == [plain, guarded]


@pytest.mark.parametrize("reset", ["login_profile", "key_create"])
def test_whoever_passes_the_second_factor_passes_it_everywhere(reset):
    assert verdicts({"mfa": True}, reset, "mfa") == [OPEN, OPEN]


def test_an_answer_says_that_there_is_no_second_factor():
    made, una = account(mfa=False)
    answer = reach(made.derive().graph, una, Scenario("login_profile"))

    assert answer.to_json()["scenario"]["asks"] == []
    assert "The account has no second factor registered." in answer.explain()


@pytest.mark.parametrize(("mfa", "said"), [(True, "reached_if"), (False, "reached")])
def test_rank_counts_what_reach_finds(mfa, said):
    made, una = account(mfa=mfa)
    (una_ranked,) = rank(made.derive().graph, Scenario("login_profile")).identities

    assert short(una_ranked.id) == short(una)
    assert una_ranked.counts["secret_stores"][said] >= 1
    assert una_ranked.counts["secret_stores"]["reached"] == (0 if mfa else 1)
