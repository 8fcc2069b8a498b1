"""On the wire: what AWS sends byte for byte, how it is waited for, and what is tried again."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from idgraph.pull import session
from idgraph.pull.asking import Asking, Place
from idgraph.pull.calls import named
from idgraph.pull.session import Aws

PLACE = Place(account="111122223333", partition="aws", region="eu-west-1", shown="eu-west-1")
KEYS = {"Keys": [{"KeyId": "0b1c", "KeyArn": "arn:aws:kms:eu-west-1:111122223333:key/0b1c"}]}
NONE = {"__type": "NotFoundException"}


class Wire:
    """What lies behind one client: responses, one after another, the last for ever."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.sent = []

    def __call__(self, request, **_):
        self.sent.append(request)
        if "ListKeys" not in request.headers["X-Amz-Target"].decode():
            return response(400, NONE)
        found = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def asked(self):
        return sum("ListKeys" in each.headers["X-Amz-Target"].decode() for each in self.sent)


def response(status, body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = AWSResponse("https://kms", status, {"content-type": "application/x-amz-json-1.1"}, None)
    found._content = raw
    return found


def keys(wire):
    made = boto3.Session(aws_access_key_id="AKIAX", aws_secret_access_key="x")
    made.events.register("before-send.kms", wire)
    aws = Aws(made)
    asking = Asking(root=named("kms.ListKeys"), place=PLACE, client=aws.client, offered=aws.offered)
    return asking.run()


def outcome(asking):
    return {(e.outcome, e.code) for e in asking.asked() if e.operation == "ListKeys"}


@pytest.mark.parametrize(
    "busy",
    [
        response(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
        response(503, {"__type": "ServiceUnavailable"}),
        response(500, b"<html>"),
    ],
    ids=["throttled", "unavailable", "broken"],
)
def test_a_busy_service_is_asked_again(busy):
    wire = Wire(busy, response(200, KEYS))
    asking = keys(wire)
    assert wire.asked == 2
    assert outcome(asking) == {("ok", "")}
    assert asking.files["kms.ListKeys", "Keys"] == KEYS["Keys"]


def test_a_service_that_stays_busy_is_given_up_and_is_a_gap(monkeypatch):
    monkeypatch.setattr(session, "ATTEMPTS", 3)
    wire = Wire(response(400, {"__type": "ThrottlingException"}))
    assert outcome(keys(wire)) == {("failed", "ThrottlingException")}
    assert wire.asked == 3


def test_a_denial_is_not_asked_again():
    wire = Wire(response(400, {"__type": "AccessDeniedException"}))
    assert outcome(keys(wire)) == {("denied", "AccessDeniedException")}
    assert wire.asked == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"Keys": [{"KeyId": "0b',
        b"<html>login</html>",
        b"[]",
        b'{"Keys": {"a": 1}}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_was_cut_off_or_is_no_answer_is_a_gap(body):
    assert outcome(keys(Wire(response(200, body)))) in (
        {("failed", "MalformedAnswer")},
        {("failed", "ResponseParserError")},
    )


def test_a_connection_that_hangs_is_a_gap():
    hangs = ReadTimeoutError(endpoint_url="https://kms")
    assert outcome(keys(Wire(hangs))) == {("failed", "ReadTimeoutError")}


def test_a_call_says_who_asks():
    wire = Wire(response(200, KEYS))
    keys(wire)
    assert "idgraph" in wire.sent[0].headers["User-Agent"].decode()
