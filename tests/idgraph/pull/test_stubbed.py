"""The pages of the authorization details, and a denial behind them, by botocore's own Stubber."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from idgraph.pull import calls
from idgraph.pull.asking import Asking, Place

ACCOUNT = "111122223333"
DETAILS = "get_account_authorization_details"
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@pytest.fixture
def stubbed():
    client = boto3.client(
        "iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def page(name, following=""):
    user = {
        "UserName": name,
        "UserId": f"AIDA{name.upper():X<16}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "CreateDate": datetime(2026, 11, 20, tzinfo=UTC),
    }
    more = {"IsTruncated": True, "Marker": following} if following else {"IsTruncated": False}
    return {**{each: [] for each in LISTS}, "UserDetailList": [user], **more}


def ask(client):
    place = Place(account=ACCOUNT, partition="aws", region="us-east-1")
    root = calls.named("iam.GetAccountAuthorizationDetails")
    asking = Asking(root, place, lambda *_: client, lambda *_: True, {"iam.GetCredentialReport"})
    return asking.run()


def test_three_pages_are_one_list_and_keys_that_are_denied_are_a_gap(stubbed):
    client, stubber = stubbed
    size = {"MaxItems": 1000}
    stubber.add_response(DETAILS, page("ada", "two"), size)
    stubber.add_response(DETAILS, page("bob", "three"), {**size, "Marker": "two"})
    stubber.add_response(DETAILS, page("eve"), {**size, "Marker": "three"})
    for name in ("ada", "bob", "eve"):
        stubber.add_client_error(
            "list_access_keys", "AccessDenied", expected_params={"UserName": name}
        )
    found = ask(client)

    users = found.files["iam.GetAccountAuthorizationDetails", "UserDetailList"]
    assert [each["UserName"] for each in users] == ["ada", "bob", "eve"]
    by_record = {each.record: (str(each.outcome), each.code, each.items) for each in found.asked()}
    assert by_record["IAM user"] == ("ok", "", 3)
    assert by_record["access key"] == ("denied", "AccessDenied", 0)


def test_a_throttle_on_the_second_page_leaves_the_first_and_a_gap(stubbed):
    client, stubber = stubbed
    stubber.add_response(DETAILS, page("ada", "two"))
    stubber.add_client_error(DETAILS, "Throttling", http_status_code=400)
    stubber.add_response("list_access_keys", {"AccessKeyMetadata": [], "IsTruncated": False})
    found = ask(client)

    by_record = {each.record: (str(each.outcome), each.code) for each in found.asked()}
    assert by_record["IAM user"] == ("failed", "Throttling")
