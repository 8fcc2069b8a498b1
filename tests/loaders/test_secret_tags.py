"""What the tags of a secret say that it opens, whatever keeps the secret."""

import pytest

from idgraph.records import NodeRecord

CLIENT = "dddddddd-0000-4000-8000-0000000000ff"
KEY = "AKIAIOSFODNN7EXAMPLE"  # as AWS's documentation writes them
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:deploy-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:111122223333:parameter/deploy"

TABLE = pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"aws-access-key-id": KEY}, {"opens_access_key": KEY}),
        ({"Access_Key_ID": f" {KEY} "}, {"opens_access_key": KEY}),
        ({"AccessKeyId": "ASIAIOSFODNN7EXAMPLE"}, {}),  # temporary: it is over before it is found
        ({"access-key-id": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, {}),  # the secret half
        ({"github-repository": "Octo-Org/octo.repo"}, {"opens_repository": "Octo-Org/octo.repo"}),
        ({"repository": "https://github.com/o/r.git"}, {"opens_repository": "o/r"}),
        ({"Repository": "git@github.com:o/r.git"}, {"opens_repository": "o/r"}),
        ({"repository": "https://gitlab.com/o/r"}, {}),
        ({"repository": "o/r/x"}, {}),
        ({"repository": "o"}, {}),
        ({"repository": "../../etc"}, {}),
        ({"repository": "<b>/x"}, {}),
        ({"clientId": CLIENT.upper()}, {"opens_app_id": CLIENT}),
        ({"note": "o/r"}, {}),
    ],
)


def opens(records, secret):
    (node,) = [each for each in records if isinstance(each, NodeRecord) and each.id == secret]
    return {name: value for name, value in node.properties.items() if name.startswith("opens_")}


def mentioned(records):
    return {each.id for each in records if getattr(each, "kind", "") == "GitHubRepository"}


@TABLE
def test_a_tag_of_a_vault_secret_says_what_it_opens(read, tags, expected):
    secret = "https://kv.vault.azure.net/secrets/s"
    done = read("azure_keyvault", [{"id": secret, "tags": tags}])

    assert opens(done.records, secret) == expected
    named = expected.get("opens_repository", "").lower()
    assert mentioned(done.records) == ({f"github:{named}"} if named else set())


@TABLE
def test_a_tag_of_an_aws_secret_or_parameter_says_what_it_opens(read, tags, expected):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    secret = {"ARN": SECRET, "Name": "deploy", "Tags": listed}
    parameter = {"ARN": PARAMETER, "Name": "/deploy", "Type": "SecureString", "Tags": listed}

    done = read("aws_iam", {"SecretList": [secret]}, {"Parameters": [parameter]})

    assert opens(done.records, SECRET) == opens(done.records, PARAMETER) == expected
    named = expected.get("opens_repository", "").lower()
    assert mentioned(done.records) == ({f"github:{named}"} if named else set())


def test_the_first_tag_by_name_counts(read):
    tags = {"repository": "b/second", "github-repository": "a/first", "z": "c/third"}
    secret = "https://kv.vault.azure.net/secrets/s"

    done = read("azure_keyvault", [{"id": secret, "tags": tags}])

    assert opens(done.records, secret) == {"opens_repository": "a/first"}
