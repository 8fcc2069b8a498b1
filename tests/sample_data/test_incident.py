"""The incident is what its plan says, in the shape that each source writes."""

import csv
import ipaddress
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sample_data import desks, incident, plan, plan_incident, roster
from sample_data.generate import AUDIT, AZUREHOUND, RESETS, SIGN_INS, TICKETS
from sample_data.incident import Entry, SignIn

COMMITTED = Path(__file__).parents[2] / "sample_data" / "northlight"
DOCUMENTATION = [
    ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]


def text(name):
    return (COMMITTED / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def audits():
    return json.loads(text(AUDIT))["value"]


@pytest.fixture(scope="module")
def sign_ins():
    return json.loads(text(SIGN_INS))["value"]


@pytest.fixture(scope="module")
def tickets():
    return list(csv.DictReader(text(TICKETS).splitlines()))


@pytest.fixture(scope="module")
def accounts():
    records = json.loads(text(AZUREHOUND))["data"]
    users = (each["data"] for each in records if each["kind"] == "AZUser")
    return {user["userPrincipalName"]: user["id"] for user in users}


def test_the_logs_are_out_of_order_and_hold_doubles(audits, sign_ins):
    for log, when in ((audits, "activityDateTime"), (sign_ins, "createdDateTime")):
        times = [each[when] for each in log]
        assert times != sorted(times)
        assert times != sorted(times, reverse=True)
        doubles = [
            each for each, count in Counter(entry["id"] for entry in log).items() if count > 1
        ]
        assert len(doubles) == 1


def test_times_are_told_in_three_zones(tickets, audits):
    zones = {each["executed_at"][-6:] for each in tickets}

    assert zones == {"+05:30", "+01:00", "+00:00"}
    assert all(each["activityDateTime"].endswith("Z") for each in audits)


def test_a_ticket_tells_the_moment_that_the_log_tells(tickets):
    times = {each["ticket"]: each["executed_at"] for each in tickets}

    for planned in plan_incident.RESETS:
        if planned.ticket and planned.entry:
            told = datetime.fromisoformat(times[planned.ticket.number])
            assert abs(told - datetime.fromisoformat(planned.entry.at)) < timedelta(minutes=1)


def test_each_address_is_one_that_nobody_has(audits, sign_ins):
    told = {each["ipAddress"] for each in sign_ins}
    told |= {(each["initiatedBy"]["user"] or {}).get("ipAddress") for each in audits} - {None}

    assert {incident.OFFICE, incident.GRAZ, incident.BRIGHTDESK, incident.ATTACKER} == told
    for each in told:
        assert any(ipaddress.ip_address(each) in network for network in DOCUMENTATION)


def test_one_account_alone_is_in_no_export(audits, tickets, accounts):
    named = {
        resource["userPrincipalName"] for each in audits for resource in each["targetResources"]
    } | {each["identity"] for each in tickets}

    assert named - {None} - set(accounts) == {incident.KIOSK.login}


def test_the_attacker_is_at_one_address_and_was_not_there_before(sign_ins):
    times = [each["createdDateTime"] for each in sign_ins if each["ipAddress"] == incident.ATTACKER]
    who = {each["userId"] for each in sign_ins if each["ipAddress"] == incident.ATTACKER}

    assert min(times) > "2026-10-30"
    assert {roster.ADA.id, roster.ANTON.id, roster.ELIF.id} <= who


def test_adas_sessions_were_not_revoked(audits):
    revoked = [each for each in audits if each["activityDisplayName"].startswith("Update Sts")]

    assert revoked
    assert roster.ADA.id not in json.dumps(revoked)


def test_each_planned_reset_is_told_by_a_log_or_a_ticket(audits, tickets):
    numbers = {each["ticket"] for each in tickets}
    told = {
        (each["activityDateTime"][:19], resource["id"])
        for each in audits
        for resource in each["targetResources"]
    }

    for planned in plan_incident.RESETS:
        assert planned.entry or planned.ticket
        assert planned.entry is None or (planned.entry.at[:19], planned.identity) in told
        assert planned.ticket is None or planned.ticket.number in numbers
    assert {each.ticket.number for each in plan_incident.RESETS if each.ticket} == numbers


def test_a_first_use_follows_its_reset_and_is_the_first(sign_ins):
    for planned in plan_incident.RESETS:
        if planned.first_use is None:
            continue
        after = [
            each["createdDateTime"]
            for each in sign_ins
            if each["userId"] == planned.identity
            and each["status"]["errorCode"] == 0
            and each["createdDateTime"] > planned.executed_at
        ]
        assert min(after) == planned.first_use.at


def test_what_happened_is_in_the_order_of_the_story():
    story = (
        incident.ADAS_RESET,
        incident.ADAS_FIRST_USE,
        incident.ADAS_NEW_METHOD,
        incident.RELEASE_SECRET,
        incident.RELEASE_FIRST_USE,
        incident.ON_CALL_PASS,
        incident.ANTONS_FIRST_USE,
        incident.ROLE_ASKED,
        incident.ROLE_APPROVED,
        incident.ROLE_ACTIVATED,
        incident.MAIL_ROLE_ASKED,
        incident.SIGNING_SECRET,
        incident.OWNER_ADDED,
        incident.GUEST_ADDED,
        incident.MAIL_ROLE_DENIED,
    )
    assert all(isinstance(each, Entry | SignIn) for each in story)
    assert [each.at for each in story] == sorted(each.at for each in story)


def test_a_canary_stands_where_logs_and_tickets_hold_secrets(audits, sign_ins, tickets):
    named = {
        changed["displayName"]
        for each in audits
        for resource in each["targetResources"]
        for changed in resource["modifiedProperties"]
        if plan.CANARY in changed["newValue"]
    }

    assert named == {"TemporaryAccessPass", "SecretText"}
    assert all(plan.CANARY in json.dumps(each) for each in sign_ins)
    assert [each["ticket"] for each in tickets if plan.CANARY in each["summary"]] == [
        incident.SELF_APPROVED_TICKET.number
    ]


def test_the_register_names_accounts_and_groups_of_the_export(accounts):
    rows = list(csv.DictReader(text(RESETS).splitlines()))
    known = {*accounts, *accounts.values(), "self"}
    known |= {
        each["data"]["id"] for each in json.loads(text(AZUREHOUND))["data"] if "id" in each["data"]
    }

    assert [each["path"] for each in rows] == [each.path for each in desks.PATHS]
    for row in rows:
        ends = ";".join(row[name] for name in ("executors", "covers", "approvers"))
        assert {end.strip() for end in ends.split(";")} - {""} <= known


def test_the_register_holds_a_path_for_two_and_paths_for_one():
    needed = {each.path: each.approvals for each in desks.PATHS}

    assert needed[plan_incident.TWO_PERSON_PATH] > 0
    assert Counter(needed.values())[0] > 1
    assert {each.vendor for each in desks.PATHS} == {"", desks.VENDOR}
    assert any(not each.reviewer for each in desks.PATHS)
    assert any(not each.last_tested for each in desks.PATHS)
