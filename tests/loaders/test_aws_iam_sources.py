"""Several accounts in one load are several sources, and each closes only what is its own."""

from __future__ import annotations

import json

import pytest

import idgraph
from idgraph.errors import InputError
from idgraph.records import CoverageRecord, NodeRecord, Rejected
from loaders import loader
from loaders.aws_iam import REPORT

ONE, TWO = "111122223333", "444455556666"
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
STORE = "d-1234567890"
DAYS = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")
TRUST = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}


def user(account, name, **more):
    return {"UserName": name, "Arn": f"arn:aws:iam::{account}:user/{name}"} | more


def details(account, *names, **more):
    """Return a whole answer: users, and what every account has some of."""
    role = {"RoleName": "r", "Arn": f"arn:aws:iam::{account}:role/r"}
    policy = {
        "PolicyName": "p",
        "Arn": f"arn:aws:iam::{account}:policy/p",
        "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": TRUST}],
    }
    return {
        "UserDetailList": [user(account, name) for name in names],
        "GroupDetailList": [],
        "RoleDetailList": [role | {"AssumeRolePolicyDocument": TRUST}],
        "Policies": [policy],
    } | more


def scp(name="p-guardrail", organisation="o-exampleorgid", target=ONE):
    arn = f"arn:aws:organizations::{ONE}:policy/{organisation}/service_control_policy/{name}"
    return {
        "Policy": {
            "PolicySummary": {"Arn": arn, "Name": name, "Type": "SERVICE_CONTROL_POLICY"},
            "Content": json.dumps({"Statement": {"Effect": "Deny", "Action": "*"}}),
            "Targets": [{"TargetId": target, "Type": "ACCOUNT"}],
        }
    }


@pytest.fixture
def put(tmp_path):
    """Return a function that writes answers into a folder and returns it."""

    def put(folder, *answers, **named):
        where = tmp_path / folder
        where.mkdir(exist_ok=True)
        for name, answer in {**{f"{n}": a for n, a in enumerate(answers)}, **named}.items():
            (where / f"{name}.json").write_text(json.dumps(answer))
        return where

    return put


@pytest.fixture
def store(tmp_path):
    return idgraph.open(str(tmp_path / "store.duckdb"), create=True)


def shares(*paths, scope=None):
    return loader("aws_iam").shares(list(paths), scope=scope)


def scopes(*paths, scope=None):
    return [each.source.scope for each in shares(*paths, scope=scope)]


def records(share):
    return list(share.read(None))


def described(some):
    return {each.id for each in some if isinstance(each, NodeRecord) and not each.mention}


def gaps(some):
    return {e.record: e.about for e in some if isinstance(e, CoverageRecord) and not e.complete}


def users(explorer):
    return {
        row.id.rpartition("/")[2]
        for row in explorer.store.observations().nodes.itertuples()
        if row.kind == "AWSUser"
    }


def sources(explorer):
    return [each.source.scope for each in explorer.store.loads()]


# Which sources.


def test_each_account_is_a_source_of_its_own(put):
    a, b = put("a", details(ONE, "ada")), put("b", details(TWO, "bo"))
    first, second = shares(a, b)
    assert [first.source.scope, second.source.scope] == [ONE, TWO]
    assert f"arn:aws:iam::{ONE}:user/ada" in described(records(first))
    assert f"arn:aws:iam::{ONE}:user/ada" not in described(records(second))


def test_accounts_in_folders_of_a_folder_are_found(put):
    put("out", {"UserDetailList": [user(ONE, "x")]})
    put("out/b", details(TWO, "bo"))
    out = put("out/a", details(ONE, "ada")).parent
    assert scopes(out) == [ONE, TWO]


def test_two_accounts_in_one_file_are_told_apart(put):
    mixed = {"UserDetailList": [user(ONE, "ada"), user(TWO, "bo"), {"UserName": "nobody"}]}
    first, second = map(records, shares(put("a", mixed)))
    assert f"arn:aws:iam::{ONE}:user/ada" in described(first)
    assert f"arn:aws:iam::{TWO}:user/bo" in described(second)
    assert [len([e for e in some if isinstance(e, Rejected)]) for some in (first, second)] == [1, 0]
    assert gaps(first)["IAM user"] == gaps(second)["IAM user"] == "1 part could not be understood"


def test_what_two_accounts_in_one_file_lack_and_hide_is_told_of_each_alone(put):
    def holder(account):
        lacks = [{"PolicyArn": f"arn:aws:iam::{account}:policy/lost"}]
        return user(account, "ada", AttachedManagedPolicies=lacks)

    def function(account):
        arn = f"arn:aws:lambda:eu-west-1:{account}:function:f"
        return {"FunctionArn": arn, "Environment": {"Variables": {"A": "x", "B": "y"}}}

    mixed = {
        "UserDetailList": [holder(ONE), holder(TWO)],
        "Functions": [function(ONE), function(TWO)],
    }
    for share, other in zip(shares(put("a", mixed)), (TWO, ONE), strict=True):
        reading = share.read(None)
        assert other not in gaps(list(reading))["managed policy"]
        assert reading.counts.values_dropped == 2


def test_an_organisation_and_an_identity_center_are_sources_of_their_own(put):
    assigned = {"AccountId": ONE, "PermissionSetArn": SET, "PrincipalType": "USER"}
    folder = put(
        "a",
        details(ONE, "ada"),
        scp(),
        {
            "Instances": [
                {"InstanceArn": SET.replace("permissionSet", "instance").rsplit("/", 1)[0]}
            ]
        },
        {"PermissionSet": {"PermissionSetArn": SET, "Name": "Admin"}},
        {"AccountAssignments": [assigned | {"PrincipalId": "u-1"}]},
        {"Users": [{"UserId": "u-1", "UserName": "ada", "IdentityStoreId": STORE}]},
    )
    assert scopes(folder) == [ONE, "o-exampleorgid", "ssoins-1234567890abcdef", STORE]


def test_what_names_no_organisation_is_of_the_one_beside_it(put):
    everywhere = scp()
    everywhere["Policy"]["PolicySummary"]["Arn"] = (
        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    )
    _, organisation = shares(put("a", details(ONE, "ada"), scp(), everywhere))
    assert len([i for i in described(records(organisation)) if "#" not in i]) == 2


def test_the_account_of_keys_and_buckets_is_that_of_the_files_in_their_folder(put):
    keys = {"AccessKeyMetadata": [{"UserName": "ada", "AccessKeyId": "AKIA1", "Status": "Active"}]}
    a = put("a", details(ONE, "ada"), keys, {"Buckets": [{"Name": "logs"}]})
    b = put("b", details(TWO, "bo"), {"Buckets": [{"Name": "data"}]})
    one, two = map(records, shares(a, b))
    assert {"AKIA1", "arn:aws:s3:::logs"} <= described(one)
    assert "arn:aws:s3:::data" in described(two)


def test_keys_beside_two_accounts_are_rejected_once(put):
    keys = {"AccessKeyMetadata": [{"UserName": "ada", "AccessKeyId": "AKIA1"}]}
    both = shares(put("a", details(ONE, "a"), details(TWO, "b"), keys))
    found = [each for share in both for each in records(share)]
    assert [each.reason for each in found if isinstance(each, Rejected)] == [
        "names no account, and the files are not of one alone"
    ]


def test_a_scope_reads_one_account_alone_and_is_refused_where_there_is_none_of_it(put):
    a, b = put("a", details(ONE, "ada")), put("b", details(TWO, "bo"))
    assert scopes(a, b, scope=TWO) == [TWO]
    with pytest.raises(InputError, match=f"holds nothing of 999999999999, but of {ONE}, {TWO}"):
        shares(a, b, scope="999999999999")


def test_every_record_of_several_accounts_is_accounted_for_once(put):
    mixed = {"UserDetailList": [user(ONE, "ada"), user(TWO, "bo"), 7], "RoleDetailList": [{}]}
    counted = 0
    for share in shares(put("a", mixed, scp(), {"Parameters": [{"ARN": "x"}]})):
        reading = share.read(None)
        list(reading)
        counts = reading.counts
        assert counts.records == counts.accepted + sum(counts.ignored.values()) + counts.refused
        counted += counts.records
    assert counted == 6


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_a_bucket_and_a_user_known_by_name_are_of_the_partition_of_their_account(put, partition):
    other = {"Arn": f"arn:{partition}:iam::{ONE}:user/bo", "UserName": "bo"}
    keys = {"AccessKeyMetadata": [{"UserName": "gone", "AccessKeyId": "AKIA1"}]}
    (share,) = shares(put("a", {"UserDetailList": [other]}, {"Buckets": [{"Name": "b"}]}, keys))
    found = records(share)
    assert f"arn:{partition}:s3:::b" in described(found)
    assert f"arn:{partition}:iam::{ONE}:user/gone" in {getattr(e, "source", "") for e in found}


def test_a_key_of_another_account_that_was_asked_about_is_no_list_of_that_accounts_keys(put):
    keys = {"KeyMetadata": {"Arn": f"arn:aws:kms:eu-west-1:{TWO}:key/k", "KeyId": "k"}}
    (alone,) = shares(put("a", details(ONE, "ada"), keys))
    assert f"arn:aws:kms:eu-west-1:{TWO}:key/k" in described(records(alone))
    put("b", details(TWO, "bo"))
    assert scopes(put("a"), put("b")) == [ONE, TWO]
    assert scopes(put("c", keys)) == [TWO]  # of itself it says no more


def test_reports_of_one_name_are_read_of_each_account(put):
    for folder, account in (("a", ONE), ("b", TWO)):
        row = f"eve,arn:aws:iam::{account}:user/eve,true"
        report = put(folder, details(account, "eve")) / "report.csv"
        report.write_text(f"user,arn,password_enabled\n{row}\n")
    for share in shares(put("a"), put("b")):
        said = [e for e in records(share) if isinstance(e, NodeRecord) and e.record == REPORT]
        assert [each.properties["login_profile"] for each in said] == [True]
        assert "report.csv" in share.read(None).files


# What a later load of one of them closes.


def test_a_later_load_of_one_account_closes_its_rows_and_no_others(put, store):
    a, b = put("a", details(ONE, "ada", "eve")), put("b", details(TWO, "bo"))
    answer = store.load("aws_iam", a, b, observed_at=DAYS[0])
    assert sources(store) == [ONE, TWO]
    assert answer.to_json()["source"] == f"aws_iam:{ONE}, aws_iam:{TWO}"
    assert [each["source"] for each in answer.to_json()["loads"]] == [
        f"aws_iam:{ONE}",
        f"aws_iam:{TWO}",
    ]
    assert users(store) == {"ada", "eve", "bo"}

    put("a", details(ONE, "ada"))
    store.load("aws_iam", a, observed_at=DAYS[1])
    assert users(store) == {"ada", "bo"}


def test_a_page_that_is_not_there_keeps_its_account_open_and_no_other(put, store):
    a, b = put("a", details(ONE, "ada", "eve")), put("b", details(TWO, "bo", "cy"))
    store.load("aws_iam", a, b, observed_at=DAYS[0])

    put("a", details(ONE, "ada", IsTruncated=True, Marker="x"))
    put("b", details(TWO, "bo"))
    store.load("aws_iam", a, b, observed_at=DAYS[1])
    assert users(store) == {"ada", "eve", "bo"}


def test_an_account_that_lost_its_last_user_has_none(put, store):
    a = put("a", details(ONE, "ada"))
    store.load("aws_iam", a, observed_at=DAYS[0])
    put("a", details(ONE))
    store.load("aws_iam", a, observed_at=DAYS[1])
    assert not users(store)


def test_a_list_that_was_filtered_away_closes_nothing(put, store):
    a = put("a", details(ONE, "ada"))
    store.load("aws_iam", a, observed_at=DAYS[0])
    put("a", details(ONE, Policies=[]))
    store.load("aws_iam", a, observed_at=DAYS[1])
    assert users(store) == {"ada"}


def test_strict_stores_nothing_of_any_account_where_one_has_a_rejected_record(put, store, tmp_path):
    a, b = put("a", details(ONE, "ada")), put("b", {"UserDetailList": [user(TWO, "bo"), {}]})
    with pytest.raises(InputError, match="Nothing was stored"):
        store.load("aws_iam", a, b, strict=True)
    assert not (tmp_path / "store.duckdb").exists()


def test_an_account_has_the_name_that_its_organisation_gives_it(put, store):
    named = {
        "Id": ONE,
        "Arn": f"arn:aws:organizations::{TWO}:account/o-exampleorgid/{ONE}",
        "Name": "Production",
    }
    store.load("aws_iam", put("a", details(ONE, "ada"), {"Accounts": [named]}))
    snapshot = store.store.snapshot()
    assert snapshot.names[snapshot.position(ONE)] == "Production"
    assert not snapshot.conflicts
    assert snapshot.node_properties[snapshot.position(ONE)]["management"] is False


# Pages.


def test_the_pages_of_one_list_are_whole_with_the_last_of_them(put):
    first = {"UserDetailList": [user(ONE, "ada")], "IsTruncated": True, "Marker": "x"}
    second = details(ONE) | {"IsTruncated": False}
    (share,) = shares(put("a", first, second))
    assert "IAM user" not in gaps(records(share))


def test_the_pages_of_a_list_asked_for_in_regions_are_not(put):
    def function(region):
        arn = f"arn:aws:lambda:{region}:{ONE}:function:f"
        return {"Functions": [{"FunctionArn": arn, "FunctionName": "f"}]}

    (share,) = shares(put("a", function("eu-west-1") | {"NextMarker": "x"}, function("us-east-1")))
    assert gaps(records(share))["Lambda function"] == "a page says that more follow"


def test_an_empty_list_is_a_whole_one(put):
    (share,) = shares(put("a", details(ONE, "ada"), {"Functions": []}))
    found = records(share)
    assert "Lambda function" not in gaps(found)
    assert "secret" in gaps(found)
