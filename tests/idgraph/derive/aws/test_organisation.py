"""Accounts of an organisation, and what stands in the way of nobody in its management account."""

from __future__ import annotations

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, trusts

ORGANISATION = "o-abcdefghij"


def organisation(*, management=True):
    one = Account()
    two = Account(TWO, one.build)
    build = one.build
    build.node("AWSOrganization", ORGANISATION).node("AWSOrganizationalUnit", "ou-1")
    build.node("AWSAccount", ONE, management=management)
    build.edge("UNDER", ONE, ORGANISATION).edge("UNDER", TWO, "ou-1")
    build.edge("UNDER", "ou-1", ORGANISATION)
    return one, two


def test_an_administrator_of_the_management_account_administers_every_member():
    one, _ = organisation()
    ada = one.user("ada", allow("*"))
    assert {ORGANISATION, ONE, TWO} <= one.reach(ada)


def test_an_administrator_of_a_member_administers_no_other_account():
    one, two = organisation()
    bob = two.user("bob", allow("*"))
    assert {ORGANISATION, ONE} & one.reach(bob) == set()


def test_without_a_known_management_account_nobody_holds_the_organisation():
    one, _ = organisation(management=False)
    ada = one.user("ada", allow("*"))
    assert ORGANISATION not in one.reach(ada)


def test_units_in_a_circle_end():
    one, _ = organisation()
    one.build.edge("UNDER", ORGANISATION, "ou-1")
    assert TWO not in one.reach(one.user("ada", allow("s3:Get*")))


def test_the_role_that_organizations_makes_is_assumed_from_the_management_account():
    one, two = organisation()
    one.user("ada", allow("sts:AssumeRole", f"arn:aws:iam::{TWO}:role/Organization*"))
    two.role("OrganizationAccountAccessRole", allow("*"), trust=trusts({"AWS": one.root()}))
    assert one.pairs("CAN_ASSUME") == {("ada", "OrganizationAccountAccessRole")}
    assert TWO in one.reach(one.arn("user", "ada"))
