"""Laws of a pull: what is asked and kept, what a call that is not answered leaves behind."""

from __future__ import annotations

import csv
import json
import stat
import threading
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

import idgraph
import loaders
from idgraph import pull
from idgraph.errors import IdGraphError, InputError
from idgraph.pull import account as orchestration
from idgraph.pull.asking import GIVE_UP
from idgraph.pull.calls import below, calls, follows
from idgraph.records import CoverageRecord
from tests.idgraph.pull.fake_aws import (
    ACCOUNT,
    CANARY,
    INSTANCE,
    OTHER,
    REGIONS,
    SET,
    FakeAws,
    Fault,
    denied,
)

CALLS = {call.name: call for call in calls()}
ASKED_IN_THE_SMALL_ACCOUNT = [
    name for name in CALLS if name not in {"sts.GetCallerIdentity", "iam.GetLoginProfile"}
]
BEGUN = {call.name for call in calls() if call.begin}
HOSTILE = "\x1b[31m<script>{above.Id}{account}\u202e/../x"


def read(folder):
    """Return what the loader makes of a folder: the coverage, and what it rejected."""
    records = [
        each for share in loaders.loader("aws_iam").shares([folder]) for each in share.read(None)
    ]
    return [each for each in records if isinstance(each, CoverageRecord)], records


def gaps(folder):
    return {each.record: each.about for each in read(folder)[0] if not each.complete}


def test_every_call_is_asked_and_answered(pulled):
    run = pulled()
    assert not run.result.gaps
    assert run.fake.asked.keys() == set(CALLS) - {"iam.GetLoginProfile"}
    assert run.result.regions == REGIONS


def test_nothing_is_written_but_what_is_kept(pulled):
    run = pulled()
    assert CANARY not in "".join(run.texts.values())
    assert run.result.dropped >= sum(str(each).count(CANARY) for each in run.fake.answers.values())


def test_the_loader_reads_all_that_is_written(pulled):
    coverage, records = read(pulled().result.folder)
    rejected = [each for each in records if type(each).__name__ == "Rejected"]
    assert not rejected
    whole = {each.record for each in coverage if each.complete}
    written = {part.record for call in calls() for part in call.parts if part.record}
    assert whole >= written - {"login profile"}  # the report tells of passwords


def test_files_are_for_their_owner_alone(pulled):
    run = pulled()
    assert stat.S_IMODE(run.result.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in run.result.folder.iterdir()} == {0o600}


def test_a_file_is_what_the_command_line_of_aws_prints(pulled):
    run = pulled()
    assert run.file("iam-ListAccessKeys") == {
        "AccessKeyMetadata": [
            {
                "UserName": "ada",
                "AccessKeyId": "AKIAEXAMPLE",
                "Status": "Active",
                "CreateDate": "2026-11-20T08:00:00+00:00",
            }
        ]
    }
    (function,) = run.file("lambda-ListFunctions-eu-west-1")["Functions"]
    assert function.keys() == {"FunctionName", "FunctionArn", "Role", "Tags"}


def test_policies_of_resources_name_the_resource(pulled):
    run = pulled()
    (bucket,) = run.file("s3-GetBucketPolicy")["ResourcePolicies"]
    assert bucket["Arn"] == "arn:aws:s3:::northlight-data"
    (secret,) = run.file("secretsmanager-GetResourcePolicy-us-east-1")["ResourcePolicies"]
    assert secret.keys() == {"Arn", "Policy"}
    assert secret["Arn"].endswith(":secret:prod/db-AbCdEf")


def test_accounts_and_units_name_what_they_are_under(pulled):
    run = pulled()
    accounts = run.file("organizations-ListAccountsForParent")["Accounts"]
    assert {each["Id"]: each["ParentId"] for each in accounts} == {
        ACCOUNT: "r-ab12",
        OTHER: "ou-ab12-11111111",
    }
    (unit,) = run.file("organizations-ListOrganizationalUnitsForParent")["OrganizationalUnits"]
    assert unit["ParentId"] == "r-ab12"


def test_a_control_policy_has_its_targets(pulled):
    (policy,) = pulled().file("organizations-DescribePolicy")["OrganizationPolicies"]
    assert [each["TargetId"] for each in policy["Targets"]] == [ACCOUNT]
    assert policy["Content"] == '{"Version": "2012-10-17", "Statement": []}'


def test_both_kinds_of_control_policies_are_asked_for(pulled):
    filters = []

    def policies(asked):
        filters.append(asked["Filter"])
        return {"Policies": []}

    pulled({"organizations.ListPolicies": policies})
    assert filters == ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]


def test_a_permission_set_has_its_policies_and_its_instance(pulled):
    (found,) = pulled().file("sso-admin-DescribePermissionSet-eu-west-1")["PermissionSet"]
    assert found["InstanceArn"] == INSTANCE
    assert [each["Name"] for each in found["AttachedManagedPolicies"]] == ["AdministratorAccess"]
    assert found["PermissionSetArn"] == SET


def test_of_saml_metadata_only_the_entity_id_is_kept(pulled):
    (found,) = pulled().file("iam-ListSAMLProviders")["SAMLProviderList"]
    assert found["EntityId"] == "https://sts.example/a&b/"
    assert "SAMLMetadataDocument" not in found


@pytest.mark.parametrize(
    "metadata", ["", "<a/>", "<EntityDescriptor", "<EntityDescriptor " * 99_999]
)
def test_metadata_that_is_none_has_no_entity_id(pulled, metadata):
    run = pulled({"iam.GetSAMLProvider": {"SAMLMetadataDocument": metadata}})
    (found,) = run.file("iam-ListSAMLProviders")["SAMLProviderList"]
    assert "EntityId" not in found


def test_the_credential_report_keeps_dates_and_answers_only(pulled):
    run = pulled()
    rows = list(csv.DictReader(run.texts[f"{ACCOUNT}-iam-GetCredentialReport.csv"].splitlines()))
    assert [each["user"] for each in rows] == ["ada"]
    assert rows[0].keys() == {
        "user",
        "arn",
        "user_creation_time",
        "password_enabled",
        "password_last_used",
        "mfa_active",
        "access_key_1_active",
        "access_key_2_active",
    }


def test_passwords_are_asked_for_one_by_one_only_without_the_report(pulled):
    run = pulled({"iam.GetCredentialReport": denied("AccessDenied")})
    assert run.fake.asked["iam.GetLoginProfile"] == 1
    (profile,) = run.file("iam-GetLoginProfile")["LoginProfile"]
    assert profile["UserName"] == "ada"


def test_the_report_is_waited_for(pulled):
    states = [{"State": "STARTED"}, {"State": "INPROGRESS"}, {"State": "COMPLETE"}]
    run = pulled({"iam.GenerateCredentialReport": states})
    assert run.fake.asked["iam.GenerateCredentialReport"] == 3
    assert not run.result.gaps


def test_a_report_that_is_never_made_is_a_gap(pulled):
    not_ready = Fault("ReportNotPresent", 410)
    started = {"iam.GenerateCredentialReport": {"State": "STARTED"}}
    run = pulled(started | {"iam.GetCredentialReport": not_ready})
    assert run.outcomes("iam.GenerateCredentialReport") == {("failed", "ReportNotReady")}
    assert run.outcomes("iam.GetCredentialReport") == {("failed", "ReportNotPresent")}
    assert "credential report" in gaps(run.result.folder)


@pytest.mark.parametrize("name", ASKED_IN_THE_SMALL_ACCOUNT)
def test_a_call_that_is_denied_is_a_gap_and_no_crash(pulled, name):
    run = pulled({name: denied("AccessDenied")})
    if name == "iam.GenerateCredentialReport":  # and yet the report is there
        assert not gaps(run.result.folder)
        return
    assert run.outcomes(name) == {("denied", "AccessDenied")}
    call = CALLS[name]
    records = {line["Record"] for line in run.lines(name)}
    assert records == set(call.records or regional_records())
    assert records <= set(gaps(run.result.folder))
    for each in follows_of(call):
        assert ("skipped", "AccessDenied") in run.outcomes(each.name)
        assert run.fake.asked[each.name] == 0 or len(each.of) > 1  # it follows from another, too


def regional_records():
    roots = [call for call in calls() if call.regional]
    return {record for root in roots for call in (root, *below(root)) for record in call.records}


def follows_of(call):
    found = [each for part in call.parts for each in follows(call, part)]
    return [each for each in found if each is not call and not each.when]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("UnauthorizedOperation", "denied"),
        ("AuthorizationErrorException", "denied"),
        ("AccessDeniedException", "denied"),
        ("ThrottlingException", "failed"),
        ("UnrecognizedClientException", "failed"),
        ("OptInRequired", "failed"),
        ("InternalFailure", "failed"),
    ],
)
def test_what_a_code_means(pulled, code, outcome):
    run = pulled({"lambda.ListFunctions": Fault(code)})
    assert run.outcomes("lambda.ListFunctions") == {(outcome, code)}
    assert f"{outcome}" in {each.outcome for each in run.result.gaps}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Other": 1},
        {"Functions": None},
        {"Functions": "x"},
        {"Functions": {}},
        {"Functions": [1]},
    ],
)
def test_an_answer_that_is_not_one_is_a_gap_and_not_an_empty_account(pulled, answer):
    run = pulled({"lambda.ListFunctions": answer})
    assert run.outcomes("lambda.ListFunctions") == {("failed", "MalformedAnswer")}
    assert "Lambda function" in gaps(run.result.folder)


def test_an_answer_with_nothing_in_it_is_a_gap_of_what_it_was_asked_for(pulled):
    run = pulled({"sagemaker.DescribeNotebookInstance": {}})
    assert run.outcomes("sagemaker.DescribeNotebookInstance") == {("failed", "MalformedAnswer")}
    assert "SageMaker notebook" in gaps(run.result.folder)


def test_an_item_that_lacks_what_the_next_call_needs_is_a_gap(pulled):
    run = pulled({"lambda.ListFunctions": {"Functions": [{"FunctionName": "f"}]}})
    assert run.outcomes("lambda.GetPolicy") == {("failed", "MalformedAnswer")}


def test_no_policy_on_a_resource_is_no_gap(pulled):
    run = pulled(
        {
            "s3.GetBucketPolicy": Fault("NoSuchBucketPolicy", 404),
            "lambda.GetPolicy": Fault("ResourceNotFoundException", 404),
            "secretsmanager.GetResourcePolicy": {"ARN": "x", "Name": "prod/db"},
        }
    )
    assert not run.result.gaps
    assert not list(run.result.folder.glob("*GetBucketPolicy*"))
    assert not list(run.result.folder.glob("*GetResourcePolicy*"))


def test_an_account_without_an_organisation_has_no_control_policies_and_no_gap(pulled):
    run = pulled({"organizations.DescribeOrganization": Fault("AWSOrganizationsNotInUseException")})
    assert not run.result.gaps
    assert {line["Items"] for line in run.lines("organizations.DescribePolicy")} == {0}


def test_a_region_that_does_not_offer_a_service_has_nothing_of_it(pulled, clients, tmp_path):
    def unreachable(_asked, region):
        if region == "us-east-1":
            raise EndpointConnectionError(endpoint_url="https://x")
        return {"NotebookInstances": []}

    fake = FakeAws(clients, {"sagemaker.ListNotebookInstances": unreachable})
    fake.get_available_regions = lambda *_: ["eu-west-1"]
    found = pull.aws(tmp_path / "p", session=fake)
    assert not found.gaps
    assert ("ok", "NoEndpoint") in {
        (each.outcome, each.code) for each in found.calls if each.service == "sagemaker"
    }


def test_a_region_that_offers_it_and_does_not_answer_is_a_gap(pulled):
    run = pulled({"kms.ListKeys": EndpointConnectionError(endpoint_url="https://x")})
    assert run.outcomes("kms.ListKeys") == {("failed", "EndpointConnectionError")}


def test_a_call_that_is_always_denied_is_given_up(pulled):
    buckets = {"Buckets": [{"Name": f"bucket-{number}"} for number in range(50)]}
    run = pulled({"s3.ListBuckets": buckets, "s3.GetBucketPolicy": denied("AccessDenied")})
    assert run.fake.asked["s3.GetBucketPolicy"] == GIVE_UP
    assert run.outcomes("s3.GetBucketPolicy") == {
        ("denied", "AccessDenied"),
        ("skipped", "AccessDenied"),
    }


def test_a_call_that_is_sometimes_denied_is_asked_for_every_item(pulled):
    buckets = {"Buckets": [{"Name": f"bucket-{number}"} for number in range(50)]}

    def policy(asked):
        return {"Policy": "{}"} if asked["Bucket"] == "bucket-0" else denied("AccessDenied")

    run = pulled({"s3.ListBuckets": buckets, "s3.GetBucketPolicy": policy})
    assert run.fake.asked["s3.GetBucketPolicy"] == 50
    assert [(e["Outcome"], e["Calls"]) for e in run.lines("s3.GetBucketPolicy")] == [
        ("denied", 49),
        ("ok", 1),
    ]


def test_regions_that_are_left_out_are_gaps_of_what_they_may_hold(pulled):
    run = pulled(regions=["eu-west-1"])
    assert run.result.regions == ("eu-west-1",)
    found = gaps(run.result.folder)
    assert found.keys() == regional_records()
    assert "lambda ListFunctions in other regions was left out" in found["Lambda function"]
    assert [why for _, *why in run.result.unseen] == [["not asked (NotAskedFor)", "other regions"]]


def test_what_lies_in_a_region_that_is_left_out_or_denied_is_not_taken_for_gone(clients, tmp_path):
    def secrets(_asked, region):
        arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{region}-AbCdEf"
        return {"SecretList": [{"ARN": arn, "Name": region}]}

    def denied_elsewhere(asked, region):
        return secrets(asked, region) if region == "eu-west-1" else denied()

    explorer = idgraph.open(tmp_path / "s.duckdb", create=True)
    for number, (answer, regions) in enumerate(
        [(secrets, []), (secrets, ["eu-west-1"]), (denied_elsewhere, [])]
    ):
        fake = FakeAws(clients, {"secretsmanager.ListSecrets": answer})
        found = pull.aws(tmp_path / str(number), session=fake, regions=regions)
        moment = f"2026-11-2{number}T00:00:00Z"
        explorer.load("aws_iam", found.folder, observed_at=moment)
        ids = explorer.graph().ids
        assert {f"arn:aws:secretsmanager:{r}:{ACCOUNT}:secret:{r}-AbCdEf" for r in REGIONS} <= {
            *map(str, ids)
        }


@pytest.mark.parametrize("regions", [[], [{}], [{"RegionName": "../x"}]])
def test_an_answer_without_a_region_is_not_an_account_without_regions(pulled, regions):
    run = pulled({"ec2.DescribeRegions": {"Regions": regions}})
    assert run.result.regions == ("eu-west-1",)
    assert "MalformedAnswer" in gaps(run.result.folder)["secret"]


def test_a_region_named_twice_is_asked_once(pulled):
    assert pulled(regions=["eu-west-1", "eu-west-1"]).result.regions == ("eu-west-1",)


def test_a_region_that_is_not_enabled_is_refused_before_anything_is_written(pulled, tmp_path):
    with pytest.raises(IdGraphError, match=r"eu-west-9 is not enabled .* Did you mean eu-west-1"):
        pulled(regions=["eu-west-9"])
    assert not (tmp_path / "pulls").exists()


@pytest.mark.parametrize("region", ["", "../x", "EU", "eu west", "*"])
def test_a_region_that_is_none_is_refused(pulled, region):
    with pytest.raises(InputError, match="is none"):
        pulled(regions=[region])


def test_regions_that_may_not_be_listed_leave_the_one_of_the_session(pulled):
    run = pulled({"ec2.DescribeRegions": denied("UnauthorizedOperation")})
    assert run.result.regions == ("eu-west-1",)
    assert "DescribeRegions was denied" in gaps(run.result.folder)["secret"]


def test_the_organisation_can_be_left_out(pulled):
    run = pulled(organisation=False)
    services = {name.partition(".")[0] for name in run.fake.asked}
    assert not services & {"organizations", "sso-admin", "identitystore"}
    assert "NotAskedFor" in gaps(run.result.folder)["control policy"]


def test_a_pull_never_writes_over_an_older_one(pulled):
    first = pulled()
    before = first.texts
    with pytest.raises(IdGraphError, match="holds an older pull"):
        pulled()
    assert first.texts == before


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_credentials_that_expire_end_the_pull_and_leave_what_there_is(pulled, tmp_path, code):
    with pytest.raises(pull.PullError, match=r"are no longer good .*idgraph load aws_iam") as error:
        pulled({"s3.GetBucketPolicy": Fault(code)})
    left = error.value.pulled
    assert error.value.exit_code == 2
    report = json.loads((left.folder / "pull.json").read_text())["PullCalls"]
    assert {"failed", "skipped"} <= {each["Outcome"] for each in report}
    assert "resource policy" in gaps(left.folder)
    known = {f"{each['Service']}.{each['Operation']}" for each in report}
    assert set(CALLS) - known <= {*BEGUN, "iam.GetLoginProfile"}


def test_ctrl_c_ends_what_is_under_way_and_says_what_is_missing(pulled):
    begun, asked_for = threading.Event(), []

    def slow(_asked):
        begun.set()
        threading.Event().wait(0.5)  # until the pull was stopped
        return {"Functions": [{"FunctionName": "f", "FunctionArn": "f"}]}

    def stop(_done, _total):
        begun.wait(10)
        raise KeyboardInterrupt

    answers = {"lambda.ListFunctions": slow, "lambda.GetPolicy": asked_for.append}
    with pytest.raises(KeyboardInterrupt) as stopped:
        pulled(answers, progress=stop)
    left = stopped.value.pulled
    assert not asked_for
    assert {each.outcome for each in left.calls if each.operation == "GetPolicy"} == {"skipped"}
    assert ("skipped", "Interrupted") in {(each.outcome, each.code) for each in left.calls}
    assert gaps(left.folder).keys() >= {"Lambda function", "resource policy"}


def test_a_pull_that_is_killed_says_that_nothing_is_whole(pulled, monkeypatch, tmp_path):
    def killed(_pulling):
        raise SystemExit

    monkeypatch.setattr(orchestration._Pulling, "_report_of_credentials", killed)
    with pytest.raises(SystemExit):
        pulled()
    left = json.loads((tmp_path / "pulls" / ACCOUNT / "pull.json").read_text())["PullCalls"]
    assert {(each["Outcome"], each["Code"]) for each in left} == {("skipped", "Interrupted")}
    assert {each["Record"] for each in left} == {
        part.record for call in calls() for part in call.parts if part.record
    }


def test_pages_are_asked_for_until_the_last(pulled):
    asked_for = []

    def page(asked):
        asked_for.append((asked.get("Marker"), asked["MaxItems"]))
        number = len(asked_for)
        users = [{"UserName": f"u{number}", "Arn": f"arn:aws:iam::{ACCOUNT}:user/u{number}"}]
        more = {"IsTruncated": True, "Marker": f"m{number}"} if number < 3 else {}
        empty = {"GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        return {"UserDetailList": users, "IsTruncated": False} | empty | more

    run = pulled({"iam.GetAccountAuthorizationDetails": page})
    assert asked_for == [(None, 1000), ("m1", 1000), ("m2", 1000)]
    document = run.file("iam-GetAccountAuthorizationDetails")
    assert [each["UserName"] for each in document["UserDetailList"]] == ["u1", "u2", "u3"]
    assert "IsTruncated" not in document
    (users,) = (
        e for e in run.lines("iam.GetAccountAuthorizationDetails") if e["Record"] == "IAM user"
    )
    assert (users["Outcome"], users["Items"], users["Calls"]) == ("ok", 3, 1)


def test_a_page_that_is_denied_leaves_those_before_it_and_a_gap(pulled):
    first = {"Functions": [{"FunctionName": "f", "FunctionArn": "f"}], "NextMarker": "m"}
    run = pulled({"lambda.ListFunctions": [first, denied()]}, regions=["eu-west-1"])
    document = run.file("lambda-ListFunctions-eu-west-1")
    assert document["IsTruncated"] is True
    assert [each["FunctionName"] for each in document["Functions"]] == ["f"]
    (line,) = (e for e in run.lines("lambda.ListFunctions") if e["Region"] == "eu-west-1")
    assert (line["Outcome"], line["Items"]) == ("denied", 1)


def test_a_token_that_comes_again_does_not_turn_for_ever(pulled):
    again = {"Functions": [], "NextMarker": "m"}
    run = pulled({"lambda.ListFunctions": again})
    assert run.outcomes("lambda.ListFunctions") == {("failed", "PaginationError")}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Fault("InvalidClientTokenId", 403), r"refuses the credentials \(InvalidClientTokenId\)"),
        (Fault("SignatureDoesNotMatch", 403), "refuses the credentials"),
        (Fault("ExpiredToken", 403), "are no longer good"),
        (NoCredentialsError(), "were not found"),
        (EndpointConnectionError(endpoint_url="https://x"), "cannot be reached"),
        (ConnectTimeoutError(endpoint_url="https://x"), "cannot be reached"),
        (Fault("ServiceUnavailable", 503), "does not say who asks"),
        ({"Account": "../../x", "Arn": "arn:aws:sts::1:x/y"}, "does not say which account"),
        ({"Account": ACCOUNT}, "does not say which account"),
    ],
)
def test_what_keeps_aws_from_answering_is_said_in_a_sentence(pulled, tmp_path, answer, sentence):
    with pytest.raises(pull.PullError, match=sentence):
        pulled({"sts.GetCallerIdentity": answer})
    assert not (tmp_path / "pulls").exists()


def test_a_profile_that_does_not_exist_is_named(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[profile audit]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(pull.PullError, match=r"'audti' does not exist. Did you mean audit"):
        pull.aws(tmp_path / "p", profile="audti")


def test_without_boto3_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(pull.PullError, match=r"pip install 'idgraph\[aws\]'"):
        pull.aws(tmp_path / "p")


def test_a_folder_that_cannot_be_written_is_named(clients, tmp_path):
    (tmp_path / "pulls").write_text("a file")
    with pytest.raises(pull.PullError, match="cannot be written"):
        pull.aws(tmp_path / "pulls", session=FakeAws(clients, {}))


def test_names_of_a_tenant_are_data_and_never_paths_or_templates(pulled):
    secrets = {
        "SecretList": [
            {"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x", "Name": HOSTILE}
        ]
    }
    asked_for = []

    def tags(asked):
        asked_for.append(asked["ResourceId"])
        return {"TagList": [{"Key": HOSTILE, "Value": HOSTILE}]}

    run = pulled(
        {
            "secretsmanager.ListSecrets": secrets,
            "ssm.DescribeParameters": {"Parameters": [{"Name": HOSTILE, "Type": "SecureString"}]},
            "ssm.ListTagsForResource": tags,
        },
        regions=["eu-west-1"],
    )
    assert asked_for == [HOSTILE]
    (parameter,) = run.file("ssm-DescribeParameters-eu-west-1")["Parameters"]
    assert parameter["Name"] == HOSTILE
    assert parameter["ARN"] == f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/{HOSTILE}"
    assert all(text.isascii() and "\x1b" not in text for text in run.texts.values())


def test_a_key_that_another_account_shares_is_not_one_of_this_account(pulled):
    shared = {"KeyId": "0b1d", "KeyArn": f"arn:aws:kms:eu-west-1:{OTHER}:key/0b1d"}
    own = {"KeyId": "0b1c", "KeyArn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0b1c"}
    run = pulled({"kms.ListKeys": {"Keys": [shared, own]}}, regions=["eu-west-1"])
    assert [each["KeyId"] for each in run.file("kms-ListKeys-eu-west-1")["Keys"]] == ["0b1c"]
    assert run.fake.asked["kms.GetKeyPolicy"] == 1


def test_projects_are_asked_for_a_hundred_at_a_time(pulled):
    sizes = []

    def projects(asked):
        sizes.append(len(asked["names"]))
        return {"projects": []}

    names = {"projects": [f"build-{number}" for number in range(250)]}
    pulled(
        {"codebuild.ListProjects": names, "codebuild.BatchGetProjects": projects},
        regions=["eu-west-1"],
    )
    assert sorted(sizes) == [50, 100, 100]


def test_the_result_is_a_line_a_table_and_a_frame(pulled):
    run = pulled({"lambda.ListFunctions": denied("AccessDenied<b>")})
    found = run.result
    assert repr(found).startswith(f"AWS account {ACCOUNT}: ")
    assert repr(found).endswith("; 2 kinds of records are not seen whole")
    frame = found.to_frame()
    assert len(frame) == len(found.calls)
    assert set(frame["outcome"]) == {"ok", "denied", "skipped"}
    shown = found._repr_mimebundle_()
    assert "<b>" not in shown["text/html"]
    assert "lambda:ListFunctions was denied" in found.explain()
    assert json.loads(json.dumps(found.to_json()))["account"] == ACCOUNT


def test_the_moment_of_a_pull_is_when_it_began(pulled):
    before = datetime.now(UTC).replace(microsecond=0)
    found = pulled().result
    assert before <= datetime.fromisoformat(found.at) <= datetime.now(UTC)


def test_a_pull_says_when_each_region_was_done(pulled):
    told = []
    pulled(progress=lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert told == [(number, total) for number in range(1, total + 1)]
