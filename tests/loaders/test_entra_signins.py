"""The sign-in logs: of people, of service principals, in Graph's JSON and in the download."""

import csv
import io

import pytest

from idgraph.records import CoverageRecord
from tests.loaders.logs import ADA, APP, NOON, PRINCIPAL, TENANT, read, sign_in

NAME = "entra_signins"


def event(folder, **more):
    return read(NAME, folder, [sign_in(1, **more)], scope=TENANT).event


def test_a_sign_in_says_who_from_where_to_what_with_how_many_factors(tmp_path):
    found = read(NAME, tmp_path, {"value": [sign_in(1)]}).event

    assert (found.record, found.kind, found.at) == ("sign-in", "SIGN_IN", NOON)
    assert found.actor == found.target == ADA
    assert dict(found.properties) == {
        "activity": "Sign-in activity",
        "result": "success",
        "actor_name": "ada@acme.example",
        "tenant": TENANT,
        "ip": "192.0.2.9",
        "correlation": "s1",
        "strength": "multiple",
        "application": f"appid:{APP}",
    }


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ({"errorCode": 0}, "success"),
        ({"errorCode": 0.0}, "success"),
        ({"errorCode": 50074}, "failure"),
        ({"errorCode": "0"}, "success"),
        ({}, None),
        (None, None),
        ({"errorCode": False}, None),
    ],
)
def test_an_error_code_other_than_0_is_a_failure(status, result, tmp_path):
    assert event(tmp_path, status=status).properties.get("result") == result


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"userId": ADA.upper()}, ADA),
        ({"userId": None, "userPrincipalName": "Ada@Acme.Example"}, "upn:ada@acme.example"),
        ({"userId": "00000000-0000-0000-0000-000000000000"}, "upn:ada@acme.example"),
        ({"servicePrincipalId": PRINCIPAL, "userId": None, "userPrincipalName": None}, PRINCIPAL),
    ],
)
def test_who_signed_in_is_an_id_or_an_alias(fields, who, tmp_path):
    assert event(tmp_path, **fields).actor == who


def test_a_sign_in_of_nobody_is_rejected(tmp_path):
    found = read(
        NAME, tmp_path, [sign_in(1), sign_in(2, userId=None, userPrincipalName="Ada Marlowe")]
    )

    assert found.rejected == [
        ("log.json#/1/userId", "is missing, as are a name and a service principal")
    ]


def test_the_methods_that_succeeded_are_kept_in_their_order(tmp_path):
    details = [
        {"authenticationMethod": "Password", "succeeded": True},
        {"authenticationMethod": "Text message", "succeeded": False},
        {"authenticationMethod": "Temporary Access Pass", "succeeded": True},
        {"authenticationMethod": "Password", "succeeded": True},
    ]

    found = event(tmp_path, authenticationDetails=details)

    assert found.properties["method"] == "Password, Temporary Access Pass"


def test_the_tenant_is_the_one_that_most_sign_ins_name(tmp_path):
    other = "22222222-2222-4222-8222-222222222222"
    guests = [sign_in(n, homeTenantId=other, resourceTenantId=TENANT) for n in range(3)]
    members = [sign_in(n, resourceTenantId=TENANT) for n in range(3, 6)]

    assert read(NAME, tmp_path, [*guests, *members]).reading.source.scope == TENANT


DOWNLOAD = {
    "Date (UTC)": "2026-11-20T12:00:00Z",
    "Request ID": "r1",
    "Correlation ID": "s1",
    "User ID": ADA,
    "Username": "ada@acme.example",
    "Incoming token type": "none",
    "Application ID ": APP,
    "Resource tenant ID": TENANT,
    "Home tenant ID": TENANT,
    "IP address": "192.0.2.9",
    "Status": "Success",
    "Sign-in error code": "",
    "Multifactor authentication auth method": "Mobile app notification",
    "Authentication requirement": "Multifactor authentication",
    "Conditional Access": "Success",
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, {"result": "success", "strength": "multiple"}),
        (
            {
                "Status": "Failure",
                "Sign-in error code": "50126",
                "Authentication requirement": "Single-factor authentication",
            },
            {"result": "failure", "strength": "single"},
        ),
        ({"Status": "Interrupted", "Sign-in error code": "50074"}, {"result": "failure"}),
    ],
)
def test_the_download_as_csv_says_the_same_as_the_json(row, expected, tmp_path):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(DOWNLOAD))
    writer.writeheader()
    writer.writerow(DOWNLOAD | row)

    found = read(NAME, tmp_path, out.getvalue(), file="signins.csv")

    each = found.event
    assert found.reading.source.scope == TENANT
    assert (each.id, each.at, each.actor, each.evidence) == ("r1", NOON, ADA, "signins.csv#L2")
    assert expected.items() <= each.properties.items()
    assert each.properties["application"] == f"appid:{APP}"
    assert found.records[-1] == CoverageRecord(
        record="sign-in", count=1, complete=True, about=f"from {NOON} to {NOON}"
    )
