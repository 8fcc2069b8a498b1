"""An AWS account as `aws` prints it, in every store: the same answers, step for step."""

from __future__ import annotations

import json

import pytest

from idgraph.explorer import Explorer
from idgraph.stores import open_store
from tests.loaders.logs import trail

ACCOUNT = "111122223333"
SEEN_AT = "2026-11-21T06:00:00Z"
RESET_AT = "2026-11-20T12:00:00Z"
ADA, OMAR = (f"arn:aws:iam::{ACCOUNT}:user/{each}" for each in ("people/ada", "omar"))
DEPLOY, FAR = (f"arn:aws:iam::{ACCOUNT}:role/{each}" for each in ("deploy", "far"))
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-AbCdEf"
REGISTER = f"""path,platform,method,channel,executors,covers,approvals,proof
keys by phone,aws,key_create,phone,{OMAR},{ADA},0,caller_id
passwords,aws,login_profile,portal,{OMAR},*,1,in_person
"""


def inline(*statements):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return [{"PolicyName": "own", "PolicyDocument": document}]


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def role(name, trusted, *statements, hours=1):
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": inline(*statements),
        "MaxSessionDuration": hours * 3600,
    }


DETAILS = {
    "UserDetailList": [
        {
            "UserName": "ada",
            "Arn": ADA,
            "UserPolicyList": inline(
                allow("sts:AssumeRole", DEPLOY),
                allow(
                    "secretsmanager:GetSecretValue",
                    Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                ),
            ),
        },
        {
            "UserName": "omar",
            "Arn": OMAR,
            "UserPolicyList": inline(allow(["iam:CreateAccessKey", "iam:DeleteAccessKey"], ADA)),
        },
    ],
    "GroupDetailList": [],
    "RoleDetailList": [
        role("deploy", ADA, allow("sts:AssumeRole", FAR), hours=4),
        role("far", DEPLOY, allow("secretsmanager:GetSecretValue", SECRET)),
    ],
    "Policies": [],
    "AccessKeyMetadata": [
        {"UserName": "ada", "AccessKeyId": "AKIAEXAMPLE000000001", "Status": "Active"},
        {"UserName": "ada", "AccessKeyId": "AKIAEXAMPLE000000002", "Status": "Inactive"},
    ],
    "SecretList": [{"ARN": SECRET, "Name": "db"}],
}
EVENTS = [
    trail(1, eventName="CreateAccessKey", requestParameters={"userName": "ada"}),
    trail(2, eventName="ListUsers", eventTime="2026-11-20T12:00:30Z"),
]


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aws")
    (folder / "account.json").write_text(json.dumps(DETAILS))
    (folder / "resets.csv").write_text(REGISTER)
    (folder / "trail.json").write_text(json.dumps({"Records": EVENTS}))
    return folder


LOADED = (
    ("aws_iam", "account.json"),
    ("reset_register", "resets.csv"),
    ("aws_cloudtrail", "trail.json"),
)


def filled(store, files) -> Explorer:
    explorer = Explorer(store)
    for loader, name in LOADED:
        explorer.load(loader, files / name, observed_at=SEEN_AT)
    return explorer


@pytest.fixture(scope="session")
def kept(files, tmp_path_factory) -> Explorer:
    """The account in a file; asked, and never written to."""
    return filled(open_store(str(tmp_path_factory.mktemp("aws") / "kept.duckdb")), files)


def answers(explorer):
    """Return what is asked of an account, as `--json` prints it, without the store's own name."""
    survivors = explorer.survivors("ada", "login_profile", at=RESET_AT, now=RESET_AT)
    said = {
        "reach": explorer.reach("ada", reset="key_create").to_json(all_objects=True),
        "guarded": explorer.reach("ada", reset="login_profile").to_json(with_doubts=True),
        "path": explorer.path("omar", SECRET).to_json(),
        "exposed": explorer.exposed(SECRET).to_json(),
        "account": explorer.exposed(ACCOUNT).to_json(),
        "rank": explorer.rank(nhis=True).to_json(),
        "survivors": survivors.to_json(),
        "resets": explorer.resets().to_json(),
        "unowned": explorer.unowned().to_json(),
    }
    return json.loads(json.dumps(said))


def test_every_store_and_either_engine_tell_an_account_of_aws_alike(store_factory, files, kept):
    other = filled(store_factory(), files)
    found, wanted = answers(other), answers(kept)
    server = other.reach("ada", reset="login_profile", engine="server").to_json(with_doubts=True)

    assert {name for name in wanted if found[name] != wanted[name]} == set()
    assert json.loads(json.dumps(server)) == found["guarded"]


# By hand.


def test_a_key_opens_what_no_second_factor_guards(kept):
    reached = kept.reach("ada", reset="key_create")

    assert [(each.id, each.verdict.value) for each in reached.secret_stores] == [
        (SECRET, "reached")
    ]
    assert {each.id for each in reached.nhis} == {DEPLOY, FAR}


def test_whose_reset_reaches_a_secret_begins_with_the_weakest_proof(kept):
    ways = kept.exposed(SECRET).ways
    first, *others = [(way.name, way.executor, way.proof) for way in ways]

    assert first == ("keys by phone", "desk", "caller_id")
    assert ("passwords", "desk", "in_person") in others
    assert ("omar", "user", "caller_id") in others


def test_what_survives_a_console_password_is_told_of_each_key_and_role(kept):
    answer = kept.survivors("ada", "login_profile", at=RESET_AT, now=RESET_AT)
    said = {(row.artefact, row.on.name): row.verdict.value for row in answer.rows}

    assert said["aws_access_key", "AKIAEXAMPLE000000001"] == "survives"
    assert said["aws_idle_key", "AKIAEXAMPLE000000002"] == "revoked"
    assert said["aws_role_session", "deploy"] == said["aws_chained_session", "far"] == "survives"
    assert said["aws_known_secret", "db"] == "survives"


def test_a_reset_that_cloudtrail_tells_of_is_of_the_user_whose_arn_has_a_path(kept):
    (event,) = kept.resets()

    assert (event.identity, event.method, event.executors) == (ADA, "key_create", (OMAR,))
    assert "IDENTITY_NOT_IN_GRAPH" not in event.codes
    assert kept.reach(reset_event=event.id).identity.id == ADA
