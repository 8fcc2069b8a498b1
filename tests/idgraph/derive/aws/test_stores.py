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


FOR_ALL = [to("*", "kms:Decrypt")]


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


@pytest.mark.parametrize("action", ["", "s", "History", "sByPath"])
def test_a_parameter_is_read_by_each_action_that_returns_its_value(action):
    account = Account()
    account.thing("AWSParameter", PARAMETER, "db")
    account.user("ada", allow(f"ssm:GetParameter{action}", PARAMETER.replace("/db", "*")))
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
    account = with_secret(key=FOR_ALL)
    other = Account(TWO, account.build)
    ada = other.user("ada", allow([READ if identity else "s3:Get*", "kms:Decrypt"]))
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
    account = with_secret(key=FOR_ALL)
    other = Account(TWO, account.build)
    write = "secretsmanager:PutResourcePolicy"
    ada = other.user("ada", allow([READ, write, "kms:Decrypt"]))
    bob = other.user("bob", allow([write, "kms:Decrypt"]))
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
    account = with_secret(key=FOR_ALL)
    other = Account(TWO, account.build)
    ada = other.user("ada", allow([READ, "kms:Decrypt"]))
    account.resource_policy(SECRET, to({"AWS": ada}, READ))
    assert readers(account) == {"ada"}
    refuse = [to("*", "*"), to("*", READ, "Deny")]
    account._policy(ONE, "HAS_CONTROL_POLICY", "rcp:p", refuse, "rcp")
    assert readers(account) == set()


# Secrets Manager User Guide, "Access secrets from a different account": not with AWS's own key.
def test_a_secret_under_aws_own_key_is_read_in_its_own_account_alone():
    account = with_secret()
    other = Account(TWO, account.build)
    ada, bob = other.user("ada", allow("*")), account.user("bob")
    account.resource_policy(SECRET, to({"AWS": [ada, bob]}, READ), to("*", READ))
    assert readers(account) == {"bob"}


# S3 API Reference, "PutBucketPolicy": whoever asks belongs to the account that owns the bucket.
def test_whoever_of_another_account_may_not_write_the_policy_of_a_bucket():
    account = Account()
    account.thing("AWSS3Bucket", BUCKET, "logs")
    other = Account(TWO, account.build)
    write = "s3:PutBucketPolicy"
    ada = other.user("ada", allow([write, "s3:GetObject"]))
    bob = account.user("bob")
    account.resource_policy(BUCKET, to({"AWS": [ada, bob]}, write))
    assert readers(account) == {"bob"}


# KMS API Reference, "PutKeyPolicy": no cross-account use; "CreateGrant": yes.
@pytest.mark.parametrize(
    ("action", "expected"), [("CreateGrant", {"ada"}), ("PutKeyPolicy", set())]
)
def test_a_key_of_another_account_takes_grants_and_no_new_policy(action, expected):
    account = with_secret(key=[to({"AWS": TWO}, f"kms:{action}")])
    other = Account(TWO, account.build)
    ada = other.user("ada", allow([READ, "kms:*"]))
    account.resource_policy(SECRET, to({"AWS": ada}, READ))
    assert readers(account) == expected


@pytest.mark.parametrize(
    ("allowed", "denied", "reads"),
    [
        ("logs/2026/*", "logs/nothing", True),
        ("*/2026/*", "logs/nothing", True),
        ("logs/${aws:username}/*", "logs/nothing", True),
        ("logs/*.csv", "logs/nothing", True),
        ("logs/2026/*", "logs/2026/*", False),
        ("logs/2026/*", "logs/*", False),
        ("logs", "logs/nothing", False),  # the bucket is no object
        ("logs2/2026/*", "logs/nothing", False),
    ],
)
def test_whoever_may_read_some_objects_reads_the_bucket(allowed, denied, reads):
    def found(*, own_policy):
        account = Account()
        account.thing("AWSS3Bucket", BUCKET, "logs")
        account.user(
            "ada",
            allow("s3:GetObject", f"arn:aws:s3:::{allowed}"),
            deny("s3:GetObject", f"arn:aws:s3:::{denied}"),
        )
        if own_policy:
            account.resource_policy(BUCKET, to({"AWS": TWO}, "s3:ListBucket"))
        return readers(account)

    assert found(own_policy=False) == found(own_policy=True) == ({"ada"} if reads else set())


def test_a_policy_that_opens_some_objects_to_everybody_opens_the_bucket():
    account = Account()
    account.thing("AWSS3Bucket", BUCKET, "logs")
    account.resource_policy(BUCKET, to("*", "s3:GetObject") | {"Resource": f"{BUCKET}/public/*"})
    assert readers(account) == {"aws:anybody"}


# IAM User Guide, "AWS global condition context keys": aws:RequestedRegion.
@pytest.mark.parametrize("told", [False, True])
def test_what_lies_in_a_region_is_asked_for_there(told):
    account = Account()
    for region in ("eu-west-1", "us-west-2"):
        arn = SECRET.replace("eu-west-1", region)
        account.thing("AWSSecret", arn, region)
        if told:
            account.resource_policy(arn, to({"AWS": TWO}, "secretsmanager:DescribeSecret"))
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
    account.user("ada", allow(READ), deny("*", Condition=elsewhere))
    assert account.edges("CAN_READ_STORE") == {("CAN_READ_STORE", "ada", SECRET, ())}


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "secretsmanager:ResourceTag/team"])
def test_a_tag_of_the_store_that_is_compared_with_one_of_the_reader_decides(key):
    account = Account()
    for team in ("red", "blue"):
        account.thing("AWSSecret", SECRET.replace("db", team), team, tags=(f"team={team}",))
    mine = "aws:PrincipalTag/team"
    for name, own, other in (("ada", key, mine), ("bob", mine, key)):
        same = {"StringEquals": {own: f"${{{other}}}"}}
        account.user(name, allow(READ, Condition=same), tags=("team=red",))
    red = SECRET.replace("db", "red")
    assert account.edges("CAN_READ_STORE") == {
        ("CAN_READ_STORE", name, red, ()) for name in ("ada", "bob")
    }


def test_whoever_writes_the_policy_of_a_bucket_lets_an_account_of_its_own_read():
    account = Account()
    account.thing("AWSS3Bucket", BUCKET, "logs")
    account.user("ada", allow("s3:PutBucketPolicy"), deny("s3:GetObject"))
    account.role("bot", allow("s3:PutBucketPolicy"), boundary=[allow("s3:PutBucketPolicy")])
    assert readers(account) == {"ada", "bot"}
    refuse = [to("*", "*"), to("*", "s3:GetObject", "Deny")]
    account._policy(ONE, "HAS_CONTROL_POLICY", "rcp:p", refuse, "rcp")
    assert readers(account) == set()


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (FOR_ALL, {"aws:anybody"}),
        ([to({"AWS": f"arn:aws:iam::{ONE}:root"}, "kms:*")], set()),
        (None, set()),  # AWS's own
    ],
)
def test_a_secret_open_to_everybody_is_read_by_everybody_whom_its_key_lets_decrypt(key, found):
    account = with_secret(key=key)
    account.resource_policy(SECRET, to("*", READ))
    assert readers(account) == found
