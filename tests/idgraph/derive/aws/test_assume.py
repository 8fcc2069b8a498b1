"""Roles are assumed where both sides allow it, in one account and across two."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, deny, service, trusts

ASSUME = allow("sts:AssumeRole")


def test_the_account_in_a_trust_policy_asks_for_a_permission_and_a_name_does_not():
    account = Account()
    account.user("ada", ASSUME)
    bob = account.user("bob")
    account.role("by-root", trust=trusts({"AWS": account.root()}))
    account.role("by-digits", trust=trusts({"AWS": ONE}))
    account.role("by-name", trust=trusts({"AWS": bob}))
    assert account.pairs("CAN_ASSUME") == {
        ("ada", "by-root"),
        ("ada", "by-digits"),
        ("bob", "by-name"),
    }


def test_across_accounts_both_sides_must_allow():
    one = Account()
    two = Account(TWO, one.build)
    ada = one.user("ada", ASSUME)
    bob = one.user("bob")
    two.role("named", trust=[trusts({"AWS": ada}), trusts({"AWS": bob})])
    two.role("open", trust=trusts({"AWS": ONE}))
    two.role("own", trust=trusts({"AWS": TWO}))
    assert one.pairs("CAN_ASSUME") == {("ada", "named"), ("ada", "open")}


def test_a_resource_pattern_and_a_deny_limit_what_may_be_assumed():
    account = Account()
    for name in ("app-a", "app-b", "db"):
        account.role(name, trust=trusts({"AWS": ONE}))
    account.user("ada", allow("sts:AssumeRole", account.arn("role", "app-*")))
    account.user("bob", ASSUME, deny("sts:*", account.arn("role", "app-b")))
    assert account.pairs("CAN_ASSUME") == {
        ("ada", "app-a"),
        ("ada", "app-b"),
        ("bob", "app-a"),
        ("bob", "db"),
    }


def test_a_trust_policy_that_denies_wins():
    account = Account()
    ada = account.user("ada", ASSUME)
    account.user("bob", ASSUME)
    refuse = {"Effect": "Deny", "Principal": {"AWS": ada}, "Action": "sts:AssumeRole"}
    account.role("build", trust=[trusts({"AWS": ONE}), refuse])
    assert account.pairs("CAN_ASSUME") == {("bob", "build")}


def test_anybody_of_the_account_is_let_in_by_a_star():
    account = Account()
    account.user("ada")
    account.role("open", trust=trusts("*"))
    assert account.pairs("CAN_ASSUME") == {("ada", "open"), ("aws:anybody", "open")}


def test_an_external_id_is_a_condition_and_a_second_factor_a_guard_of_the_caller():
    account = Account()
    ada = account.user("ada", ASSUME)
    bob = account.user("bob", ASSUME)
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    account.role("vendor", trust=trusts({"AWS": ONE}, Condition=condition))
    factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    account.role("careful", trust=trusts({"AWS": ONE}, Condition=factor))
    account.role("careful-too", trust=trusts({"AWS": ONE}, Condition=factor))
    assert account.guards("CAN_ASSUME", "ada", "vendor") == {
        ("condition:StringEquals sts:ExternalId 42",)
    }
    assert account.guards("CAN_ASSUME", "ada", "careful") == {(f"mfa:{ada}",)}
    assert account.guards("CAN_ASSUME", "bob", "careful") == {(f"mfa:{bob}",)}


def test_an_address_is_a_guard_of_the_network():
    account = Account()
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    account.user("ada", allow("sts:AssumeRole", Condition=office))
    account.role("build", trust=trusts({"AWS": ONE}))
    assert account.guards("CAN_ASSUME", "ada", "build") == {
        ("network:IpAddress aws:SourceIp 203.0.113.0/24",)
    }


def test_a_condition_on_the_principal_is_decided_for_each():
    account = Account()
    account.user("ada", ASSUME, tags=("team=blue",))
    account.user("bob", ASSUME, tags=("team=red",))
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    account.role("build", trust=trusts({"AWS": ONE}, Condition=blue))
    assert account.pairs("CAN_ASSUME") == {("ada", "build")}


def test_a_session_tag_may_make_a_role_what_its_own_tags_do_not():
    account = Account()
    account.role("runner", ASSUME, trust=trusts({"AWS": TWO}))
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    account.role("build", trust=trusts({"AWS": ONE}, Condition=blue))
    assert account.guards("CAN_ASSUME", "runner", "build") == {
        ("condition:StringEquals aws:PrincipalTag/team blue",)
    }


def test_roles_chain():
    account = Account()
    ada = account.user("ada", ASSUME)
    account.role(
        "one", allow("sts:AssumeRole", account.arn("role", "two")), trust=trusts({"AWS": ada})
    )
    account.role("two", allow("s3:Get*"), trust=trusts({"AWS": account.arn("role", "one")}))
    assert account.reach(ada) >= {"one", "two"}


def test_trust_that_goes_in_a_circle_is_walked_once():
    account = Account()
    account.role("one", trust=trusts({"AWS": account.arn("role", "two")}))
    account.role("two", trust=trusts({"AWS": account.arn("role", "one")}))
    assert account.reach(account.arn("role", "one")) == {"two"}


def test_a_principal_that_was_deleted_opens_nothing():
    account = Account()
    account.user("ada")
    account.role("old", trust=trusts({"AWS": "AIDAJQABLZS4A3QDU576Q"}))
    assert account.pairs("CAN_ASSUME") == set()


@pytest.mark.parametrize("principals", [20, 40])
def test_many_to_many_is_linear_through_a_hub(principals):
    account = Account()
    for number in range(principals):
        account.user(f"u{number}", ASSUME)
        account.role(f"r{number}", trust=trusts({"AWS": ONE}))
    graph = account.derive().graph
    kind = graph.catalogue.edge_code("CAN_ASSUME")
    assert int((graph.edge_kinds == kind).sum()) == 2 * principals
    assert len(account.pairs("CAN_ASSUME")) == principals * principals


# From outside.


def test_a_trust_policy_for_everybody_is_a_way_in_from_outside():
    account = Account()
    account.role("open", trust=trusts("*"))
    account.role("also", trust=trusts({"AWS": "*"}))
    org = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
    account.role("half", trust=trusts("*", Condition=org))
    account.role("shut", trust=trusts({"AWS": ONE}))
    found = {(target, guards) for _, _, target, guards in account.edges("CAN_ASSUME")}
    assert found == {
        ("open", ()),
        ("also", ()),
        ("half", ("condition:StringEquals aws:PrincipalOrgID o-abcdefghij",)),
    }
    assert account.reach("aws:anybody") == {"open", "also"}


@pytest.mark.parametrize(
    "named", [TWO, f"arn:aws:iam::{TWO}:root", f"arn:aws:iam::{TWO}:role/x/deploy"]
)
def test_an_account_that_was_not_loaded_stands_for_all_in_it(named):
    account = Account()
    account.role("build", trust=trusts({"AWS": named}))
    assert account.edges("CAN_ASSUME") == {("CAN_ASSUME", TWO, "build", ())}


def test_an_external_id_guards_an_account_that_was_not_loaded():
    account = Account()
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    account.role("vendor", trust=trusts({"AWS": TWO}, Condition=condition))
    assert account.guards("CAN_ASSUME", TWO, "vendor") == {
        ("condition:StringEquals sts:ExternalId 42",)
    }


def test_an_account_that_was_loaded_is_not_named_as_a_whole():
    account = Account()
    other = Account(TWO, account.build)
    other.user("bob", ASSUME)
    account.role("build", trust=trusts({"AWS": TWO}))
    assert account.pairs("CAN_ASSUME") == {("bob", "build")}


@pytest.mark.parametrize("named", ["AROAJQABLZS4A3QDU576Q", "AIDAJQABLZS4A3QDU576Q"])
def test_nobody_is_let_in_by_the_unique_id_of_one_who_was_deleted(named):
    account = Account()
    account.user("ada", ASSUME)
    account.role("old", trust=trusts({"AWS": [named]}))
    assert account.pairs("CAN_ASSUME") == set()


def test_a_federated_caller_of_the_account_itself_is_no_principal_of_it():
    account = Account()
    account.user("ada", ASSUME)
    provider = f"arn:aws:iam::{ONE}:saml-provider/idp"
    trust = trusts({"Federated": provider}) | {"Action": "sts:AssumeRoleWithSAML"}
    account.role("people", trust=trust)
    assert account.pairs("CAN_ASSUME") == set()


def test_a_trust_policy_for_one_session_lets_in_the_role_that_takes_that_name():
    account = Account()
    account.role("runner", trust=service("ec2"))
    account.role("other", trust=service("ec2"))
    session = f"arn:aws:sts::{ONE}:assumed-role/runner/nightly"
    account.role("build", trust=trusts({"AWS": session}))
    assert account.edges("CAN_ASSUME") == {
        ("CAN_ASSUME", "runner", "build", ("condition:the session is named nightly",))
    }


# IAM User Guide, "IAM and AWS STS condition context keys": whoever assumes a role names the
# session.
@pytest.mark.parametrize(
    ("operator", "name", "found"),
    [
        ("StringEquals", "deploy", {("ada", ()), ("tool", ())}),
        ("StringLike", "${aws:username}", {("ada", ())}),  # a role has no user name
    ],
)
def test_the_name_of_a_session_is_no_obstacle_to_whoever_chooses_it(operator, name, found):
    account = Account()
    asked = {"Condition": {operator: {"sts:RoleSessionName": name}}}
    account.role("build", trust=trusts({"AWS": ONE}, **asked))
    account.user("ada", allow("sts:AssumeRole"))
    account.role("tool", allow("sts:AssumeRole"), trust=service("ec2"))
    free = {(s, g) for _, s, _, g in account.edges("CAN_ASSUME") if not g}
    assert free == found
