"""Each method of the catalogue works with exactly the permissions that it asks for, and no fewer.

Methods, permissions and prerequisites are those of pathfinding.cloud (Datadog), 2025-12-17.
"""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import (
    ONE,
    TWO,
    Account,
    allow,
    deny,
    service,
    trusts,
)

ADMIN = allow("*")
SELF_USER = {
    "iam-007": ["iam:PutUserPolicy"],
    "iam-008": ["iam:AttachUserPolicy"],
    "new role, attached": ["iam:CreateRole", "iam:AttachRolePolicy"],
    "new role, inline": ["iam:CreateRole", "iam:PutRolePolicy"],
    "new user, attached": ["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"],
}
SELF_ROLE = {"iam-005": ["iam:PutRolePolicy"], "iam-009": ["iam:AttachRolePolicy"]}


def administers(account, name):
    return (name, account.number) in account.pairs("ADMINISTERS_ACCOUNT")


@pytest.mark.parametrize("actions", SELF_USER.values(), ids=SELF_USER)
def test_a_user_makes_itself_administrator_with_all_the_permissions_and_not_with_fewer(actions):
    whole = Account()
    whole.user("ada", allow(actions))
    assert administers(whole, "ada")
    for missing in actions:
        less = Account()
        less.user("ada", allow(["s3:Get*", *(each for each in actions if each != missing)]))
        still = {"iam:AttachUserPolicy"} <= set(actions) - {missing}  # iam-008, on itself
        assert administers(less, "ada") is still


@pytest.mark.parametrize("actions", SELF_ROLE.values(), ids=SELF_ROLE)
def test_a_role_makes_itself_administrator(actions):
    account = Account()
    account.role("build", allow(actions, f"arn:aws:iam::{ONE}:role/build"))
    account.role("other", allow(actions, f"arn:aws:iam::{ONE}:role/build"))
    assert administers(account, "build")
    assert not administers(account, "other")


def test_actions_on_users_are_of_no_use_to_a_role_and_the_other_way_round():
    account = Account()
    account.role("build", allow(["iam:PutUserPolicy", "iam:AttachUserPolicy"]))
    account.user("ada", allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"]))
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()


@pytest.mark.parametrize("action", ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"])
def test_a_user_makes_its_own_group_administrator_and_no_other(action):
    account = Account()
    account.group("staff")
    account.group("guests")
    account.user("ada", allow(action, account.arn("group", "staff")), groups=["staff"])
    account.user("bob", allow(action, account.arn("group", "guests")), groups=["staff"])
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}


def test_iam_013_membership_of_a_group_gives_what_the_group_has():
    account = Account()
    account.group("admins", ADMIN)
    account.group("readers", allow("s3:Get*"))
    account.user("ada", allow("iam:AddUserToGroup", account.arn("group", "admins")))
    account.user("bob", allow("iam:AddUserToGroup", account.arn("group", "readers")))
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}


@pytest.mark.parametrize("kind", ["user", "role"])
def test_iam_001_a_new_version_of_a_policy_that_one_has(kind):
    account = Account()
    holder = getattr(account, kind)("ada", allow("iam:CreatePolicyVersion"))
    other = getattr(account, kind)("bob", allow("iam:CreatePolicyVersion"))
    account.managed("team", holder, allow("s3:Get*"))
    assert administers(account, "ada")
    assert not administers(account, "bob"), other


def test_an_older_version_that_allows_everything_is_made_the_default_again():
    account = Account()
    ada = account.user("ada", allow("iam:SetDefaultPolicyVersion"))
    bob = account.user("bob", allow("iam:SetDefaultPolicyVersion"))
    account.managed("wide", ada, allow("s3:Get*"), versions={"v1": [ADMIN]})
    account.managed("narrow", bob, allow("s3:Get*"), versions={"v1": [allow("s3:*")]})
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}


ON_ANOTHER_ROLE = {
    "iam-014": ("iam:AttachRolePolicy", "sts:AssumeRole"),
    "iam-017": ("iam:PutRolePolicy", "sts:AssumeRole"),
    "iam-019": ("iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    "iam-021": ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
    "iam-016": ("iam:CreatePolicyVersion", "sts:AssumeRole"),
    "iam-020": ("iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"),
}


@pytest.mark.parametrize("actions", ON_ANOTHER_ROLE.values(), ids=ON_ANOTHER_ROLE)
def test_a_policy_for_another_role_and_a_way_to_become_it(actions):
    def derived(some, boundary=None):
        account = Account()
        by_root = trusts({"AWS": account.root()})
        role = account.role("build", trust=by_root, boundary=boundary)
        account.managed("of-build", role, allow("s3:Get*"))
        account.user("ada", allow(list(some)))
        return administers(account, "ada")

    assert derived(actions)
    for missing in actions:
        assert not derived([each for each in actions if each != missing] or ["s3:Get*"])
    assert not derived(actions, boundary=[allow("s3:*")])


@pytest.mark.parametrize("action", ["iam:AttachUserPolicy", "iam:PutUserPolicy"])
def test_iam_015_and_iam_018_a_policy_for_another_user_and_a_key_of_its(action):
    def derived(*some):
        account = Account()
        account.user("bot")
        account.user("ada", allow(list(some), account.arn("user", "bot")))
        return administers(account, "ada")

    assert derived(action, "iam:CreateAccessKey")
    assert not derived(action)
    assert not derived("iam:CreateAccessKey")


def test_a_boundary_stops_an_escalation_unless_it_may_be_deleted():
    account = Account()
    bounded = [allow(["s3:*", "iam:PutUserPolicy"])]
    account.user("ada", allow("iam:PutUserPolicy"), boundary=bounded)
    deletable = [allow(["s3:*", "iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"])]
    account.user("bob", allow("iam:PutUserPolicy"), boundary=deletable)  # gives itself the rest
    account.role("build", ADMIN, boundary=[allow("ec2:*")])
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("bob", ONE)}


def test_a_boundary_that_was_not_loaded_is_a_condition():
    account = Account()
    account.user("ada", ADMIN, boundary="unread")
    ((_, _, _, guards),) = account.edges("ADMINISTERS_ACCOUNT")
    assert len(guards) == 1
    assert guards[0].startswith("condition:")
    assert "unread" in guards[0]


def test_a_deny_stops_an_escalation_and_a_service_control_policy_does():
    account = Account()
    account.user("ada", ADMIN, deny("iam:*"))
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()
    controlled = Account()
    controlled.user("ada", ADMIN)
    controlled.scp("no-iam", allow("*"), deny("iam:*"))
    assert controlled.pairs("ADMINISTERS_ACCOUNT") == set()


def test_a_deny_without_second_factor_leaves_the_guard_of_the_second_factor():
    account = Account()
    no_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    ada = account.user("ada", ADMIN, deny("*", Condition=no_mfa))
    assert account.guards("ADMINISTERS_ACCOUNT", "ada", ONE) == {(f"mfa:{ada}",)}


def test_a_condition_on_the_policy_to_attach_is_decided():
    account = Account()
    only = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    account.user("ada", allow("iam:AttachUserPolicy", Condition=only))
    must = {"StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ONE}:policy/b"}}
    account.user("bob", allow(["iam:CreateRole", "iam:PutRolePolicy"], Condition=must))
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()


def test_a_pattern_of_names_is_enough_to_create_an_administrator():
    account = Account()
    mine = f"arn:aws:iam::{ONE}:role/app-*"
    account.user("ada", allow(["iam:CreateRole", "iam:PutRolePolicy"], mine))
    account.user("bob", allow("iam:CreateRole", mine), allow("iam:PutRolePolicy", mine + "x"))
    assert administers(account, "ada")


def test_an_administrator_of_one_account_is_none_of_another():
    one = Account()
    one.user("ada", ADMIN)
    two = Account(TWO, one.build)
    two.user("bob")
    assert one.pairs("ADMINISTERS_ACCOUNT") == {("ada", ONE)}
    assert "bob" not in one.reach(one.arn("user", "ada"))


def test_a_policy_that_was_not_loaded_is_a_blind_spot_before_the_account():
    account = Account()
    ada = account.user("ada")
    unread = "arn:aws:iam::aws:policy/AdministratorAccess"
    account.build.mention("AWSPolicy", unread)
    account.build.edge("HAS_POLICY", ada, unread)
    assert ONE not in account.reach(ada)
    assert ONE in account.reach(ada, ("unknown",))


def test_a_policy_that_denies_still_binds_who_gives_itself_everything():
    account = Account()
    ada = account.user("ada", allow("iam:PutUserPolicy"))
    account.managed("brake", ada, deny(["iam:Create*", "iam:Detach*"]))
    bob = account.user("bob", allow("iam:PutUserPolicy"))
    account.managed("loose", bob, deny("iam:Create*"))  # bob detaches it, once he may
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("bob", ONE)}
    assert account.methods("ADMINISTERS_ACCOUNT", "bob") == {
        ONE: {"iam-007", "user-policy-detached"}
    }


def test_nobody_writes_a_version_of_a_boundary_that_is_a_policy_of_aws():
    account = Account()
    ada = account.user("ada", ADMIN)
    within = [allow(["s3:*", "iam:CreatePolicyVersion"])]
    account._policy(ada, "HAS_BOUNDARY", "arn:aws:iam::aws:policy/ReadOnly", within, "aws")
    assert account.pairs("ADMINISTERS_ACCOUNT") == set()


def test_a_key_of_another_user_is_a_condition_where_nobody_counted_its_keys():
    account = Account()
    account.user("bot")
    account.user(
        "ada", allow(["iam:PutUserPolicy", "iam:CreateAccessKey"], account.arn("user", "bot"))
    )
    condition = "condition:the user has fewer than two access keys"
    assert account.guards("ADMINISTERS_ACCOUNT", "ada", ONE) == {(condition,)}


# Signing assertions.


def forged(condition, provider=f"arn:aws:iam::{ONE}:saml-provider/idp"):
    account = Account()
    trust = trusts({"Federated": provider}, Condition=condition)
    account.role("people", trust=trust | {"Action": "sts:AssumeRoleWithSAML"})
    account.user("ada", allow("iam:UpdateSAMLProvider"))
    return account.guards("CAN_FORGE_SAML", "ada", "people")


def test_what_a_trust_policy_asks_of_an_assertion_its_forger_writes_into_it():
    audience = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    assert forged(audience) == {()}
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    assert forged(audience | office) == {("network:IpAddress aws:SourceIp 203.0.113.0/24",)}


def test_that_the_provider_of_identity_center_can_be_changed_is_a_condition():
    provider = f"arn:aws:iam::{ONE}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    (guards,) = forged({}, provider)
    assert [each.partition(":")[0] for each in guards] == ["condition"]


# Credentials of users.


def test_keys_are_created_while_there_is_room_and_made_room_for_otherwise():
    account = Account()
    for name, keys in (("one", 1), ("two", 2), ("unknown", None)):
        said = {} if keys is None else {"access_keys": keys}
        account.user(name, **said)
    account.user("ada", allow("iam:CreateAccessKey"), access_keys=2)
    account.user("bob", allow(["iam:CreateAccessKey", "iam:DeleteAccessKey"]), access_keys=2)
    found = account.edges("CAN_ADD_CREDENTIAL")
    by_ada = {(target, guards) for _, source, target, guards in found if source == "ada"}
    condition = "condition:the user has fewer than two access keys"
    assert by_ada == {("one", ()), ("unknown", (condition,))}
    by_bob = {target for _, source, target, guards in found if source == "bob" and not guards}
    assert by_bob == {"one", "two", "unknown", "ada"}


def test_a_password_is_created_where_there_is_none_and_changed_where_there_is_one():
    account = Account()
    has = account.user("has", login_profile=True, mfa=True)
    account.user("none", login_profile=False, mfa=False)
    account.user("ada", allow("iam:CreateLoginProfile"), login_profile=True)
    account.user("bob", allow("iam:UpdateLoginProfile"), login_profile=False)
    account.user(
        "eve", allow(["iam:UpdateLoginProfile", "iam:DeactivateMFADevice"], has), login_profile=True
    )
    found = account.edges("CAN_ADD_CREDENTIAL")
    assert ("CAN_ADD_CREDENTIAL", "ada", "none", ()) in found
    assert ("CAN_ADD_CREDENTIAL", "bob", "has", (f"mfa:{has}",)) in found
    assert ("CAN_ADD_CREDENTIAL", "eve", "has", ()) in found
    assert not any(each[1:3] in {("ada", "has"), ("bob", "none")} for each in found)


# Trust.


def test_iam_012_a_role_is_taken_on_by_whoever_rewrites_its_trust_policy():
    account = Account()
    account.role("build", trust=service("ec2"))
    account.user("ada", allow("iam:UpdateAssumeRolePolicy", account.arn("role", "b*")))
    assert account.pairs("CAN_EDIT_TRUST") == {("ada", "build")}


def test_service_linked_roles_are_nobodys():
    account = Account()
    account.role("linked", trust=trusts({"AWS": "*"}), service_linked=True)
    account.user("ada", ADMIN)
    account.user("bob", allow(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole", "iam:PassRole"]))
    assert "linked" not in account.reach(account.arn("user", "ada"))
    assert "linked" not in account.reach(account.arn("user", "bob"))


def test_a_group_that_was_not_loaded_may_allow_anything():
    account = Account()
    account.build.mention("AWSGroup", account.arn("group", "gone"))
    account.user("ada", groups=["gone"])
    blind = f"blind:policy:{account.arn('group', 'gone')}@{ONE}"
    assert account.pairs("MAY_LEAD_TO") == {("ada", blind), (blind, ONE)}


@pytest.mark.parametrize(
    "strange",
    [
        deny("*", Mood="bad"),
        deny("*", Condition={"StringSounds": {"aws:username": "ada"}}),
        {"Effect": "Perhaps", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": 5, "Resource": "*"},
    ],
    ids=["element", "operator", "effect", "action"],
)
def test_a_policy_with_a_statement_that_is_not_understood_is_unknown(strange):
    account = Account()
    account.user("ada", ADMIN, strange)
    account.user("bob", ADMIN, boundary=[ADMIN, strange])
    assert account.pairs("ADMINISTERS_ACCOUNT") == {("bob", ONE)}
    assert account.guards("ADMINISTERS_ACCOUNT", "bob", ONE) != {()}
    assert ("ada", f"blind:policy:{account.arn('user', 'ada')}#policy/own@{ONE}") in account.pairs(
        "MAY_LEAD_TO"
    )
