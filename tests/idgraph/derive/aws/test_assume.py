"""Roles are assumed where both sides allow it, in one account and across two."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, deny, trusts

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
    assert account.pairs("CAN_ASSUME") == {("ada", "open")}


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
