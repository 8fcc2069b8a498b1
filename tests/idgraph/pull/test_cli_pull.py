"""`idgraph pull aws` from end to end, against an AWS on this machine."""

from __future__ import annotations

import json
import os
import signal
import time
import warnings
from pathlib import Path

import boto3
import pytest

import idgraph
from idgraph import pull
from idgraph.pull import session
from idgraph.pull.calls import policy
from tests.idgraph.commands import on_a_terminal, run, start, typed

ACCOUNT = "123456789012"  # moto's
CANARY = "CANARY-9b2e-MUST-NEVER-BE-WRITTEN"
REGION = "eu-west-1"
NOT_IN_MOTO = "GetPermissionsBoundaryForPermissionSet"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_SESSION_TOKEN": CANARY,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def trusted(**principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def cloud():
    """Yield the environment of an AWS with a small account in it."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # they take seconds
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        environment = KEYS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        fill(environment)
        yield environment
        server.stop()


def fill(environment):
    def client(service):
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="x",
        )

    iam = client("iam")
    iam.create_user(UserName="ada", Tags=[{"Key": "Owner", "Value": "boss@northlight.example"}])
    iam.create_access_key(UserName="ada")
    iam.create_login_profile(UserName="ada", Password=CANARY)
    iam.put_user_policy(
        UserName="ada",
        PolicyName="assume",
        PolicyDocument=json.dumps(
            EVERYTHING
            | {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
        ),
    )
    ada = f"arn:aws:iam::{ACCOUNT}:user/ada"
    role = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trusted(AWS=ada))["Role"]
    iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    runner = iam.create_role(
        RoleName="runner", AssumeRolePolicyDocument=trusted(Service="lambda.amazonaws.com")
    )["Role"]
    client("secretsmanager").create_secret(Name="prod/db", SecretString=CANARY, Description=CANARY)
    client("ssm").put_parameter(Name="/prod/key", Value=CANARY, Type="SecureString")
    key = client("kms").create_key(Description=CANARY)["KeyMetadata"]["KeyId"]
    assert key
    s3 = client("s3")
    s3.create_bucket(
        Bucket="northlight-data", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3.put_object(Bucket="northlight-data", Key="x", Body=CANARY)
    document = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": role["Arn"]}}]}
    document["Statement"][0] |= {"Action": "s3:*", "Resource": "arn:aws:s3:::northlight-data/*"}
    s3.put_bucket_policy(Bucket="northlight-data", Policy=json.dumps(document))
    ec2 = client("ec2")
    iam.create_instance_profile(InstanceProfileName="runner")
    iam.add_role_to_instance_profile(InstanceProfileName="runner", RoleName="runner")
    ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        UserData=CANARY,
        IamInstanceProfile={"Name": "runner"},
    )
    client("glue").create_job(
        Name="load", Role=runner["Arn"], Command={}, DefaultArguments={"--password": CANARY}
    )
    fill_organisation(client)


def fill_organisation(client):
    organisation = client("organizations")
    organisation.create_organization(FeatureSet="ALL")
    root = organisation.list_roots()["Roots"][0]["Id"]
    unit = organisation.create_organizational_unit(ParentId=root, Name="Production")
    made = organisation.create_policy(
        Name="guard", Type="SERVICE_CONTROL_POLICY", Description="d", Content=json.dumps(EVERYTHING)
    )["Policy"]["PolicySummary"]["Id"]
    organisation.attach_policy(PolicyId=made, TargetId=unit["OrganizationalUnit"]["Id"])
    center = client("sso-admin")
    instance = center.list_instances()["Instances"][0]
    group = client("identitystore").create_group(
        IdentityStoreId=instance["IdentityStoreId"], DisplayName="Cloud administrators"
    )["GroupId"]
    permission_set = center.create_permission_set(
        Name="Administrators", InstanceArn=instance["InstanceArn"], SessionDuration="PT1H"
    )["PermissionSet"]["PermissionSetArn"]
    where = {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": permission_set}
    center.create_account_assignment(
        **where,
        TargetId=ACCOUNT,
        TargetType="AWS_ACCOUNT",
        PrincipalType="GROUP",
        PrincipalId=group,
    )
    center.provision_permission_set(**where, TargetType="AWS_ACCOUNT", TargetId=ACCOUNT)


@pytest.fixture(scope="module")
def pulled(cloud, tmp_path_factory):
    """Return a folder with a pull in it and the store that it was loaded into."""
    here = tmp_path_factory.mktemp("pulled")
    words = ("pull", "aws", "-o", here / "pulls", "--region", REGION, "--json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "ATTEMPTS", 1)  # moto lacks a call, and says so as a broken server
        said = run(*words, "--store", here / "aws.duckdb", **cloud)
    assert said.code == 0, said.err
    return here, said.json


def test_an_account_is_pulled_and_loaded(pulled):
    here, answer = pulled
    assert answer["pull"]["account"] == ACCOUNT
    assert answer["pull"]["folder"] == str(here / "pulls" / ACCOUNT)
    assert answer["load"]["rejected"] == []
    assert answer["load"]["observed_at"] == answer["pull"]["at"]
    calls = [each for each in answer["pull"]["calls"] if each["region"] != "other regions"]
    assert {each["operation"] for each in calls if each["outcome"] != "ok"} == {NOT_IN_MOTO}


def test_what_was_pulled_answers_questions(pulled):
    here, _ = pulled
    explorer = idgraph.open(here / "aws.duckdb")
    found = explorer.reach(f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert "admin" in {each["name"] for each in found.to_json()["nhis"]}
    assert "prod/db" in {each["name"] for each in found.to_json()["secret_stores"]}
    assert "northlight-data" in {each["name"] for each in found.to_json()["data"]}


def test_no_value_is_on_the_disk(pulled):
    here, _ = pulled
    files = [path for path in here.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert not [path.name for path in files if CANARY.encode() in path.read_bytes()]


def test_regions_that_were_left_out_are_in_the_coverage(pulled):
    here, _ = pulled
    said = run("coverage", "--store", here / "aws.duckdb", "--json").json
    missing = {each["record"]: each["about"] for each in said["missing"]}
    assert "in other regions was left out" in missing["Lambda function"]
    assert "IAM user" not in missing


def test_the_same_folder_is_not_written_again(pulled, cloud):
    here, _ = pulled
    said = typed(
        *("pull", "aws", "-o", here / "pulls", "--region", REGION, "--no-load"),
        env=cloud,
    )
    assert said.code == 2
    assert "holds an older pull" in said.sentence


def test_files_alone_are_loaded_by_hand(cloud, tmp_path):
    said = run(
        *("pull", "aws", "-o", tmp_path, "--region", REGION, "--no-organisation", "--no-load"),
        **cloud,
    )
    assert said.code == 0, said.err
    assert f"Next: idgraph load aws_iam {tmp_path / ACCOUNT}" in said.out
    assert CANARY not in said.out + said.err
    store = tmp_path / "s.duckdb"
    assert run("load", "aws_iam", tmp_path / ACCOUNT, "--store", store).code == 0


def test_the_policy_is_printed_and_nothing_is_asked():
    said = run("pull", "aws", "--policy", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert said.json == policy()
    without = run("pull", "aws", "--policy", "--no-organisation").json
    assert len(without["Statement"]) == 1


def test_a_folder_must_be_named():
    said = run("pull", "aws")
    assert said.code == 2
    assert "--out is missing" in said.sentence


@pytest.mark.parametrize(
    ("environment", "words", "sentence"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, (), "AWS cannot be reached"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, (), "names no endpoint"),
        ({"AWS_DEFAULT_REGION": "x y"}, (), "does not say who asks (InvalidRegionError)"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, (), "were not found"),
        ({}, ("--aws-profile", "nobody"), "the AWS profile 'nobody' does not exist"),
        ({}, ("--region", "EU!"), "the region 'EU!' is none"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(tmp_path, environment, words, sentence):
    env = KEYS | environment
    said = run("pull", "aws", "-o", tmp_path / "p", "--no-load", *words, **env)
    assert said.code == 2
    assert sentence in said.sentence
    assert not (tmp_path / "p").exists()


def test_from_python_the_same(cloud, tmp_path, monkeypatch):
    for name, text in cloud.items():
        monkeypatch.setenv(name, text)
    found = pull.aws(tmp_path, regions=[REGION], organisation=False)
    assert found.account == ACCOUNT
    assert {each.name for each in found.files} < {path.name for path in found.folder.iterdir()}


def test_a_store_is_not_made_by_a_pull_that_comes_to_nothing(tmp_path):
    store = tmp_path / "s.duckdb"
    said = run("pull", "aws", "-o", tmp_path / "p", "--region", "EU!", "--store", store, **KEYS)
    assert said.code == 2
    assert not store.exists()


@pytest.mark.slow
def test_a_terminal_is_shown_that_aws_is_being_asked(cloud, tmp_path):
    words = ("pull", "aws", "-o", tmp_path, "--region", REGION, "--no-organisation", "--no-load")
    said, drawn = on_a_terminal("stderr", *words, env=cloud | {"TERM": "xterm"})
    assert said.code == 0
    assert b"asking AWS" in drawn
    assert "asking AWS" not in said.out


@pytest.mark.slow
def test_ctrl_c_says_how_to_load_what_there_is(cloud, tmp_path):
    with start("pull", "aws", "-o", tmp_path, "--no-load", env=cloud) as process:
        report = tmp_path / ACCOUNT / "pull.json"
        until = time.monotonic() + 30
        while not report.exists() and time.monotonic() < until:
            time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"idgraph load aws_iam {tmp_path / ACCOUNT}" in err
    assert json.loads(Path(report).read_text())["PullCalls"]
