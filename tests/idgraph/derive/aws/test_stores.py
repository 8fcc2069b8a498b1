"""Who reads secrets, parameters and buckets: the reader's policies, the store's and the key's."""

from __future__ import annotations

import pytest

from tests.idgraph.derive.aws.accounts import ONE, TWO, Account, allow, deny

SECRET = f"arn:aws:secretsmanager:eu-west-1:{ONE}:secret:db-AbCdEf"
PARAMETER = f"arn:aws:ssm:eu-west-1:{ONE}:parameter/prod/db"
BUCKET = "arn:aws:s3:::logs"
KEY = f"arn:aws:kms:eu-west-1:{ONE}:key/k"
READ = "secretsmanager:GetSecretValue"


def to(principal, action, effect="Allow", **more):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return statement | more


def readers(account):
    return {source for source, _ in account.pairs("CAN_READ_STORE")}


def with_secret(*, key=None):
    """An account with a secret; `key` are the statements of its key's policy, if any is loaded."""
    account = Account()
    account.thing("AWSSecret", SECRET, "db")
    if key is not None:
        account.thing("AWSKMSKey", KEY)
        account.build.edge("ENCRYPTED_WITH", SECRET, KEY)
        if key:
            account.resource_policy(KEY, *key)
    return account


@pytest.mark.parametrize("action", ["GetParameter", "GetParameters", "GetParameterHistory"])
def test_a_parameter_is_read_by_each_action_that_returns_its_value(action):
    account = Account()
    account.thing("AWSParameter", PARAMETER, "db")
    account.user("ada", allow(f"ssm:{action}", PARAMETER))
    account.user("bob", allow("ssm:DescribeParameters"))
    assert readers(account) == {"ada"}


def test_a_key_policy_that_leaves_it_to_the_account_asks_for_decrypt_of_ones_own():
    account = with_secret(key=[to({"AWS": f"arn:aws:iam::{ONE}:root"}, "kms:*")])
    account.user("ada", allow([READ, "kms:Decrypt"]))
    account.user("bob", allow(READ))
    account.user("eve", allow([READ, "kms:Encrypt"]))
    assert readers(account) == {"ada"}


def test_a_key_policy_that_names_others_shuts_out_whoever_has_decrypt_of_ones_own():
    account = with_secret(key=[to({"AWS": f"arn:aws:iam::{ONE}:user/ada"}, "kms:Decrypt")])
    account.user("ada", allow(READ))
    account.user("bob", allow([READ, "kms:Decrypt"]))
    assert readers(account) == {"ada"}


def test_a_key_of_which_no_policy_was_loaded_is_taken_to_leave_it_to_the_account():
    account = with_secret(key=[])
    account.user("ada", allow([READ, "kms:Decrypt"]))
    assert account.guards("CAN_READ_STORE", "ada", SECRET.rsplit("/", 1)[-1]) == {
        ("assume:kms_key_policy",)
    }


def test_aws_own_key_asks_for_nothing():
    account = Account()
    account.thing("AWSSecret", SECRET, "db")
    account.thing("AWSKMSKey", KEY, manager="AWS")
    account.build.edge("ENCRYPTED_WITH", SECRET, KEY)
    account.user("ada", allow(READ))
    assert readers(account) == {"ada"}


def across(*, identity=True, resource=True):
    """A reader of a second account; what it is allowed there, and by the secret's own policy."""
    account = with_secret()
    other = Account(TWO, account.build)
    ada = other.user("ada", allow(READ if identity else "s3:Get*"))
    account.resource_policy(SECRET, to({"AWS": ada}, READ if resource else "s3:GetObject"))
    return readers(account)


def test_across_accounts_both_sides_have_to_allow():
    assert across() == {"ada"}
    assert across(identity=False) == set()
    assert across(resource=False) == set()


def test_across_accounts_nobody_reads_by_its_own_policies_alone():
    account = with_secret()
    other = Account(TWO, account.build)
    other.user("ada", allow("*"))
    assert readers(account) == set()


def test_a_bucket_policy_alone_lets_a_user_of_the_account_in():
    account = Account()
    account.thing("AWSS3Bucket", BUCKET, "logs")
    ada = account.user("ada")
    account.user("bob")
    account.resource_policy(BUCKET, to({"AWS": ada}, "s3:GetObject"))
    assert readers(account) == {"ada"}


def test_a_policy_for_everybody_is_read_by_everybody_and_with_a_condition_under_it():
    account = Account()
    account.thing("AWSS3Bucket", BUCKET, "logs")
    account.resource_policy(BUCKET, to("*", "s3:GetObject"))
    guarded = BUCKET.replace("logs", "half")
    account.thing("AWSS3Bucket", guarded, "half")
    home = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    account.resource_policy(guarded, to("*", "s3:GetObject", Condition=home))
    found = {(target, guards) for _, _, target, guards in account.edges("CAN_READ_STORE")}
    network = "network:IpAddress aws:SourceIp 203.0.113.0/24"
    assert found == {(BUCKET, ()), (guarded, (network,))}
    assert readers(account) == {"aws:anybody"}


def test_a_deny_in_a_policy_that_one_may_rewrite_stops_nobody():
    account = with_secret()
    write = "secretsmanager:PutResourcePolicy"
    account.resource_policy(SECRET, to("*", READ, "Deny"))
    account.user("ada", allow([READ, write]))
    account.user("bob", allow(READ))
    assert readers(account) == {"ada"}


def test_a_deny_of_rewriting_holds():
    account = with_secret()
    write = "secretsmanager:PutResourcePolicy"
    account.resource_policy(SECRET, to("*", [READ, write], "Deny"))
    account.user("ada", allow([READ, write]))
    assert readers(account) == set()


def test_a_deny_of_the_readers_own_is_not_rewritten_away():
    account = with_secret()
    account.user("ada", allow("secretsmanager:*"), deny(READ))
    assert readers(account) == set()


@pytest.mark.parametrize("count", [10, 20])
def test_edges_to_stores_grow_with_readers_plus_stores(count):
    account = Account()
    for number in range(count):
        account.thing("AWSSecret", f"{SECRET}{number}", f"s{number}")
        account.user(f"u{number}", allow(READ))
    graph = account.derive().graph
    kind = graph.catalogue.edge_code("CAN_READ_STORE")
    assert int((graph.edge_kinds == kind).sum()) == 2 * count


def test_the_tags_of_a_store_with_a_policy_of_its_own_decide_as_well():
    account = Account()
    for name in ("blue", "red"):
        arn = SECRET.replace("db", name)
        account.thing("AWSSecret", arn, name, tags=(f"team={name}",))
        account.resource_policy(arn, to({"AWS": f"arn:aws:iam::{ONE}:root"}, "kms:Nothing"))
    mine = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    account.user("ada", allow(READ, Condition=mine))
    assert {target for _, target in account.pairs("CAN_READ_STORE")} == {
        SECRET.replace("db", "blue")
    }


def test_whoever_of_another_account_may_write_the_policy_names_itself():
    account = with_secret()
    other = Account(TWO, account.build)
    write = "secretsmanager:PutResourcePolicy"
    ada = other.user("ada", allow([READ, write]))
    bob = other.user("bob", allow(write))
    account.resource_policy(SECRET, to({"AWS": [ada, bob]}, write))
    assert readers(account) == {"ada"}


def test_resource_control_policies_bind_readers_and_everybody():
    def derived(*control):
        account = with_secret()
        account.thing("AWSS3Bucket", BUCKET, "logs")
        account.resource_policy(BUCKET, to("*", "s3:GetObject"))
        arn = SECRET.replace("db", "told")
        account.thing("AWSSecret", arn, "told")
        ada = account.user("ada", allow(READ))
        account.resource_policy(arn, to({"AWS": ada}, READ))
        account._policy(ONE, "HAS_CONTROL_POLICY", "rcp:p", [to("*", "*"), *control], "rcp")
        return account.pairs("CAN_READ_STORE")

    assert len(derived()) == 4  # ada reads the bucket as everybody does
    assert derived(to("*", ["secretsmanager:*", "s3:*"], "Deny")) == set()


def test_resource_control_policies_where_the_store_is_bind_readers_of_another():
    account = with_secret()
    other = Account(TWO, account.build)
    ada = other.user("ada", allow(READ))
    account.resource_policy(SECRET, to({"AWS": ada}, READ))
    assert readers(account) == {"ada"}
    refuse = [to("*", "*"), to("*", READ, "Deny")]
    account._policy(ONE, "HAS_CONTROL_POLICY", "rcp:p", refuse, "rcp")
    assert readers(account) == set()
