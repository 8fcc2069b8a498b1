"""What AWS, its command line and others may put into a file: read, or refused with a sentence."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

import idgraph
from idgraph.errors import InputError
from idgraph.records import CoverageRecord, EdgeRecord, NodeRecord, Rejected
from loaders import loader

ACCOUNT = "111122223333"
ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def arn(kind, name, partition="aws"):
    return f"arn:{partition}:iam::{ACCOUNT}:{kind}/{name}"


def user(name="ada", **more):
    return {"UserName": name, "Arn": arn("user", name)} | more


def role(name="build", trust=ALL, **more):
    return {"RoleName": name, "Arn": arn("role", name), "AssumeRolePolicyDocument": trust} | more


def policy(name="p", **more):
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": ALL}
    said = {"PolicyName": name, "Arn": arn("policy", name), "DefaultVersionId": "v1"}
    return said | {"PolicyVersionList": [version]} | more


@pytest.fixture
def aws(read):
    return lambda *documents, scope=None: read("aws_iam", *documents, scope=scope)


def described(found, kind):
    return [each for each in found.of(NodeRecord) if each.kind == kind and not each.mention]


def statements(found):
    return [json.loads(e.properties["statement"]) for e in described(found, "AWSPolicyStatement")]


def reasons(found):
    return {each.place.partition("#")[2]: each.reason for each in found.of(Rejected)}


def trust_read(found):
    (trust,) = [e for e in described(found, "AWSPolicy") if e.properties["policy_type"] == "trust"]
    return trust.properties["document_read"]


# Documents.


@pytest.mark.parametrize(
    "document",
    [
        quote(quote(json.dumps(ALL))),
        json.dumps(json.dumps(ALL)),
        quote(json.dumps(ALL, indent=2)),
        "\n " + json.dumps(ALL),
        "\n" + quote(json.dumps(ALL), safe=""),
    ],
    ids=["encoded twice", "text in a text", "indented", "begins with a line", "encoded after one"],
)
def test_a_document_is_read_however_it_was_wrapped(aws, document):
    found = aws({"RoleDetailList": [role(trust=document)]})
    assert statements(found) == ALL["Statement"]
    assert not reasons(found)


def test_a_percent_sign_in_a_document_stays_what_it_is(aws):
    one = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a%7Bb%257D"}
    found = aws({"RoleDetailList": [role(trust=quote(json.dumps({"Statement": one})))]})
    assert statements(found) == [one]


@pytest.mark.parametrize(
    "document",
    ["no json", "%7Bno", "[]", "7", '"text"', 7, True, [ALL], "[" * 100_000, "NaN"],
    ids=lambda document: str(document)[:8],
)
def test_a_document_that_is_none_is_unknown_and_never_empty(aws, document):
    found = aws({"RoleDetailList": [role(trust=document)]})
    assert reasons(found) == {"/RoleDetailList/0/AssumeRolePolicyDocument": "is no policy document"}
    assert trust_read(found) is False


@pytest.mark.parametrize("statement", [None, "text", 7], ids=repr)
def test_a_document_without_statements_is_unknown(aws, statement):
    found = aws({"RoleDetailList": [role(trust={"Version": "1", "Statement": statement})]})
    assert trust_read(found) is False
    assert "/RoleDetailList/0/AssumeRolePolicyDocument/Statement" in reasons(found)


def test_a_document_with_an_empty_list_allows_nothing(aws):
    found = aws({"RoleDetailList": [role(trust={"Statement": []})]})
    assert trust_read(found) is True
    assert not reasons(found)


def test_one_statement_stands_for_a_list_of_one(aws):
    found = aws({"RoleDetailList": [role(trust=ALL | {"Statement": ALL["Statement"][0]})]})
    assert statements(found) == ALL["Statement"]


def test_an_unknown_version_and_unknown_elements_are_kept_word_for_word(aws):
    strange = {"Effect": "Perhaps", "Acton": ["*"], "Mood": {"a": [1, None, True]}}
    found = aws({"RoleDetailList": [role(trust={"Version": "2099-01-01", "Statement": strange})]})
    (node,) = described(found, "AWSPolicyStatement")
    assert json.loads(node.properties["statement"]) == strange
    assert node.properties["language"] == "2099-01-01"


def test_a_sid_used_twice_names_two_statements(aws):
    twice = [ALL["Statement"][0], ALL["Statement"][0] | {"Effect": "Deny"}]
    found = aws({"RoleDetailList": [role(trust={"Statement": twice})]})
    assert [each["Effect"] for each in statements(found)] == ["Allow", "Deny"]
    assert len({each.id for each in described(found, "AWSPolicyStatement")}) == 2


def deep(levels):
    inner = "x"
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "statement", [deep(50), "text", 7, None, {"Action": "x" * 300_000}], ids=lambda s: str(s)[:8]
)
def test_a_statement_that_is_none_is_told_and_the_others_are_kept(aws, statement):
    if not isinstance(statement, dict | str | int | None):
        statement = {"Condition": statement}
    document = json.dumps({"Statement": [statement, *ALL["Statement"]]})
    found = aws({"RoleDetailList": [role(trust=document)]})
    assert reasons(found) == {
        "/RoleDetailList/0/AssumeRolePolicyDocument/Statement/0": "is no statement of a policy"
    }
    assert statements(found) == ALL["Statement"]
    assert trust_read(found) is False


def test_json_that_is_nested_without_end_is_refused(aws):
    text = '{"RoleDetailList": [' + '{"a":' * 5000 + "1" + "}" * 5000 + "]}"
    with pytest.raises(InputError, match="levels deep"):
        aws(text.encode())


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": "AIDACKCEVSQ6C2EXAMPLE"},
        {"AWS": ["AROADBQP57FF2AEXAMPLE", arn("role", "build")]},  # trusts itself, too
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
    ids=str,
)
def test_a_trust_policy_is_kept_whomever_it_names(aws, principal):
    trust = {"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}}
    found = aws({"RoleDetailList": [role(trust=trust)]})
    assert [each["Principal"] for each in statements(found)] == [principal]
    assert {each.id for each in described(found, "AWSRole")} == {arn("role", "build")}


# Managed policies and boundaries.


@pytest.mark.parametrize("boundary", ["text", 7, [], {"PermissionsBoundaryArn": "none"}], ids=str)
@pytest.mark.parametrize(("member", "one"), [("UserDetailList", user), ("RoleDetailList", role)])
def test_a_boundary_that_is_not_understood_is_unknown_and_never_none(aws, member, one, boundary):
    found = aws({member: [one(PermissionsBoundary=boundary)]})
    (bound,) = [each for each in found.of(EdgeRecord) if each.kind == "HAS_BOUNDARY"]
    assert bound.source == one()["Arn"]
    assert len(reasons(found)) == 1


@pytest.mark.parametrize("boundary", [None, {}], ids=str)
def test_an_empty_boundary_is_none(aws, boundary):
    found = aws({"UserDetailList": [user(PermissionsBoundary=boundary)]})
    assert not [each for each in found.of(EdgeRecord) if each.kind == "HAS_BOUNDARY"]


@pytest.mark.parametrize("statement", ["text", {"Action": "x" * 300_000}], ids=["text", "long"])
def test_a_managed_policy_with_a_statement_that_is_none_was_not_read(aws, statement):
    document = {"Statement": [*ALL["Statement"], statement]}
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    found = aws({"Policies": [policy(PolicyVersionList=[version])]})
    (one,) = described(found, "AWSPolicy")
    assert one.properties.get("document_read") is not True


@pytest.mark.parametrize(
    "versions",
    [
        None,
        [],
        [{"VersionId": "v2", "IsDefaultVersion": False, "Document": ALL},
         {"VersionId": "v1", "IsDefaultVersion": True, "Document": "no json"}],
        [{"VersionId": "v3", "Document": ALL}, {"VersionId": "v2", "Document": ALL}],
    ],
    ids=["none", "no version", "default not read", "default not there"],
)  # fmt: skip
@pytest.mark.parametrize("as_boundary", [False, True], ids=["attached", "boundary"])
def test_a_policy_whose_default_document_was_not_read_is_missing(aws, versions, as_boundary):
    found_at = arn("policy", "p")
    holds = (
        {"PermissionsBoundary": {"PermissionsBoundaryArn": found_at}}
        if as_boundary
        else {"AttachedManagedPolicies": [{"PolicyArn": found_at}]}
    )
    found = aws(
        {"UserDetailList": [user(**holds)], "Policies": [policy(PolicyVersionList=versions)]}
    )
    (said,) = [e for e in found.of(CoverageRecord) if e.record == "managed policy"]
    assert (said.complete, found_at in said.about) == (False, True)
    (one,) = described(found, "AWSPolicy")
    assert "document_read" not in one.properties


def test_a_single_version_without_a_mark_is_the_default(aws):
    found = aws(
        {"Policies": [policy(DefaultVersionId=None, PolicyVersionList=[{"Document": ALL}])]}
    )
    (one,) = described(found, "AWSPolicy")
    assert one.properties["document_read"] is True
    (statement,) = described(found, "AWSPolicyStatement")
    assert statement.properties["default_version"] is True


def test_a_list_of_policies_without_documents_says_nothing_against_those_with(aws, tmp_path):
    for name, answer in (("a", [policy(PolicyVersionList=None)]), ("b", [policy()])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Policies": answer}))
    store = idgraph.open(str(tmp_path / "s.duckdb"), create=True)
    answer = store.load("aws_iam", tmp_path / "a.json", tmp_path / "b.json")
    assert answer.load.conflicts == 0


# Users, groups, names.


def test_nulls_say_nothing_wherever_they_stand(aws):
    nothing = dict.fromkeys(
        ["Path", "CreateDate", "UserPolicyList", "GroupList", "AttachedManagedPolicies",
         "PermissionsBoundary", "Tags", "RolePolicyList", "InstanceProfileList", "RoleLastUsed",
         "RoleId", "UserId"]
    )  # fmt: skip
    usage = {"PermissionsBoundaryUsageCount": None, "AttachmentCount": None, "UpdateDate": None}
    found = aws(
        {
            "UserDetailList": [user(**nothing)],
            "GroupDetailList": None,
            "RoleDetailList": [role(**nothing)],
            "Policies": [policy(**usage)],
            "Marker": None,
            "IsTruncated": None,
        }
    )
    assert not reasons(found)
    assert found.reading.counts.accepted == 3


@pytest.mark.parametrize(
    "told", ["2025-01-02T03:04:05+00:00", "2025-01-02 03:04:05+00:00", "2025-01-02T03:04:05Z"]
)
def test_a_date_is_read_with_t_or_with_a_space(aws, told):
    (one,) = described(aws({"UserDetailList": [user(CreateDate=told)]}), "AWSUser")
    assert one.properties["created"] == "2025-01-02T03:04:05Z"


def test_a_group_that_nobody_described_is_only_referred_to(aws):
    found = aws({"UserDetailList": [user(GroupList=["ghosts"])], "GroupDetailList": []})
    assert [e.target for e in found.of(EdgeRecord) if e.kind == "IN_GROUP"] == [
        arn("group", "ghosts")
    ]
    assert not described(found, "AWSGroup")


def test_a_user_told_twice_with_contradictions_is_one_user_with_a_conflict(tmp_path):
    for name, at in (("a", "2024-01-01T00:00:00Z"), ("b", "2025-01-01T00:00:00Z")):
        answer = {"UserDetailList": [user(CreateDate=at)]}
        (tmp_path / f"{name}.json").write_text(json.dumps(answer))
    store = idgraph.open(str(tmp_path / "s.duckdb"), create=True)
    answer = store.load("aws_iam", tmp_path / "a.json", tmp_path / "b.json")
    assert answer.load.conflicts == 1
    assert sum(store.store.observations().nodes["kind"] == "AWSUser") == 1


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "aws-iso-b"])
def test_an_account_is_read_from_arns_of_every_partition(aws, partition):
    found = aws({"UserDetailList": [user() | {"Arn": arn("user", "ada", partition)}]})
    assert found.reading.source.scope == ACCOUNT


@pytest.mark.parametrize(
    "bad",
    ["", "ada", "arn:aws:iam::12:user/ada", f"arn:aws:iam::{ACCOUNT}:", f"{arn('user', 'a')}\x00b",
     f"{arn('user', 'a')}\x1b[2J", f"{arn('user', 'a')}\nb", 7, None, ["x"]],
    ids=repr,
)  # fmt: skip
def test_what_is_no_arn_identifies_nothing(aws, bad):
    found = aws({"UserDetailList": [user(), user() | {"Arn": bad}]})
    assert list(reasons(found)) == ["/UserDetailList/1/Arn"]
    assert len(described(found, "AWSUser")) == 1


@pytest.mark.parametrize(
    "name", ["\x00", "a\x1b[31m", "[bold]x[/]", "=cmd|' /C calc'!A0", "\ud800", "x" * 200_000]
)
def test_hostile_names_reach_the_store_and_come_back_safe(tmp_path, name):
    answer = {"UserDetailList": [user(UserName=name, Tags=[{"Key": name, "Value": name}])]}
    (tmp_path / "a.json").write_text(json.dumps(answer))
    store = idgraph.open(str(tmp_path / "s.duckdb"), create=True)
    assert store.load("aws_iam", tmp_path / "a.json").accepted == 1
    snapshot = store.store.snapshot()
    at = snapshot.position(arn("user", "ada"))
    assert snapshot.names[at] == name.encode("utf-8", "replace").decode()


# Files that are none of AWS's.


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([{"arn": "a", "id_value": "b", "attached_policies": []}], "is a graph of PMapper"),
        ({"account_id": ACCOUNT, "pmapper_version": "1.1.5"}, "is a graph of PMapper"),
        ([{"source": "a", "destination": "b", "reason": "c", "short_reason": "d"}], "of PMapper"),
        (
            {"groups": {}, "aws_managed_policies": {}, "customer_managed_policies": {}},
            "is a report of Cloudsplaining",
        ),
        ({"Error": {"Code": "AccessDenied", "Message": "no"}}, "is an error message of AWS"),
        ({"__type": "AccessDeniedException", "Message": "no"}, "is an error message of AWS"),
        ("\nAn error occurred (AccessDenied) when calling the X operation", "is an error message"),
        ("Unable to locate credentials. You can configure", "is an error message of AWS"),
        ("UserDetailList:\n- Arn: arn:aws:iam::1:user/a\n", "is YAML"),
        ("USERDETAILLIST\tarn:aws:iam::1:user/a\t2025\n", "is the text output of the AWS CLI"),
        ("-----------\n|  GetAccountAuthorizationDetails  |\n", "is a table"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_file_that_is_no_answer_is_refused_as_what_it_is(aws, content, what):
    with pytest.raises(InputError, match=what) as refused:
        aws(content.encode() if isinstance(content, str) else content)
    assert "--output json" in str(refused.value)


def test_one_such_file_among_others_refuses_the_whole_load(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"UserDetailList": [user()]}))
    (tmp_path / "b.json").write_text("An error occurred (Throttling)")
    with pytest.raises(InputError, match=r"b\.json is an error message"):
        loader("aws_iam").shares([tmp_path])


# Identity Center and federation, as other rules need them.


def test_an_identity_center_user_has_all_its_names(aws):
    person = {
        "IdentityStoreId": "d-1234567890",
        "UserId": "u-1",
        "UserName": "Ada@Northlight.example",
        "Emails": [
            {"Value": "a@x.example", "Primary": False},
            {"Value": "ada@x.example", "Primary": True},
        ],
        "ExternalIds": [{"Issuer": "https://sts.example/t", "Id": "6f2a"}, {"Id": "bare"}],
        "UserStatus": "DISABLED",
    }
    (found,) = described(aws({"Users": [person]}), "AWSSSOUser")
    assert found.properties["user_name"] == "Ada@Northlight.example"
    assert found.properties["mail"] == "ada@x.example"
    assert found.properties["external_ids"] == ("https://sts.example/t|6f2a", "|bare")
    assert found.properties["enabled"] is False
    assert found.aliases == ("sso:d-1234567890|ada@northlight.example",)


def test_an_instance_names_its_identity_store_and_a_permission_set_its_instance(aws):
    one = {"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1234567890"}
    found = aws(
        {"Instances": [one | {"OwnerAccountId": ACCOUNT, "Status": "ACTIVE"}]},
        {
            "PermissionSet": {
                "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
                "Name": "Admin",
                "InlinePolicy": json.dumps(ALL),
                "AttachedManagedPolicies": [{"Name": "x", "Arn": arn("policy", "x")}],
                "PermissionsBoundary": {"ManagedPolicyArn": arn("policy", "b")},
            }
        },
    )
    (center,) = described(found, "AWSIdentityCenter")
    assert center.properties["identity_store"] == "d-1234567890"
    (permission,) = described(found, "AWSPermissionSet")
    assert permission.properties["instance"] == center.id
    assert {(e.kind, e.target) for e in found.of(EdgeRecord) if e.source == permission.id} == {
        ("HAS_POLICY", f"{permission.id}#policy/inline"),
        ("HAS_POLICY", arn("policy", "x")),
        ("HAS_BOUNDARY", arn("policy", "b")),
    }


def test_a_provider_says_its_entity_id_or_its_url_and_audiences(aws):
    saml = {"Arn": arn("saml-provider", "entra"), "EntityId": "https://sts.windows.net/t/"}
    oidc = {
        "Arn": arn("oidc-provider", "token.actions.githubusercontent.com"),
        "Url": "token.actions.githubusercontent.com",
        "ClientIDList": ["sts.amazonaws.com"],
    }
    found = aws({"SAMLProviderList": [saml]}, {"OpenIDConnectProviderList": [oidc]})
    assert described(found, "AWSSAMLProvider")[0].properties["entity_id"] == saml["EntityId"]
    (issuer,) = described(found, "AWSOIDCProvider")
    assert issuer.properties["audiences"] == ("sts.amazonaws.com",)


def test_the_units_above_an_account_are_read(aws):
    base = f"arn:aws:organizations::{ACCOUNT}:"
    found = aws(
        {"Roots": [{"Id": "r-ab12", "Arn": f"{base}root/o-exampleorgid/r-ab12", "Name": "Root"}]},
        {
            "OrganizationalUnits": [
                {"Id": "ou-ab12-1", "Arn": f"{base}ou/o-exampleorgid/ou-ab12-1", "Name": "Prod"}
                | {"ParentId": "r-ab12"}
            ]
        },
        {
            "Accounts": [
                {"Id": ACCOUNT, "Arn": f"{base}account/o-exampleorgid/{ACCOUNT}", "Name": "main"}
                | {"ParentId": "ou-ab12-1"}
            ]
        },
    )
    assert {(e.source, e.target) for e in found.of(EdgeRecord) if e.kind == "UNDER"} == {
        (ACCOUNT, "ou-ab12-1"),
        ("ou-ab12-1", "r-ab12"),
    }
    (account,) = described(found, "AWSAccount")
    assert account.properties["management"] is True
    assert found.reading.source.scope == "o-exampleorgid"


def test_an_instance_profile_that_is_associated_later_is_the_instances_own(aws):
    instance = {
        "OwnerId": ACCOUNT,
        "Instances": [
            {"InstanceId": "i-1", "Placement": {"AvailabilityZone": "eu-west-1a"}},
            {"InstanceId": "i-2", "Placement": {"AvailabilityZone": "eu-west-1a"}},
        ],
    }
    profile = {"Arn": arn("instance-profile", "host")}
    some = [
        {"InstanceId": "i-1", "IamInstanceProfile": profile, "State": "associated"},
        {"InstanceId": "i-2", "IamInstanceProfile": profile, "State": "disassociated"},
        {"InstanceId": "i-3", "IamInstanceProfile": profile, "State": "associated"},
    ]
    endpoint = {"EndpointName": "e", "RoleArn": arn("role", "glue")}
    found = aws(
        {"IamInstanceProfileAssociations": some},
        {"Reservations": [instance]},
        {"DevEndpoints": [endpoint]},
    )
    assert {(e.source, e.target) for e in found.of(EdgeRecord) if e.kind == "RUNS_WITH_ROLE"} == {
        (f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1", arn("instance-profile", "host")),
        (f"arn:aws:glue:*:{ACCOUNT}:devEndpoint/e", arn("role", "glue")),
    }


# Lists that cannot be told.


@pytest.mark.parametrize("member", ["UserPolicyList", "AttachedManagedPolicies", "GroupList"])
@pytest.mark.parametrize("raw", ["text", {"a": 1}, [7], [None], [{}]], ids=str)
def test_a_user_whose_policies_or_groups_cannot_be_told_may_have_others(aws, member, raw):
    found = aws({"UserDetailList": [user(**{member: raw})]})
    held = [each.target for each in found.of(EdgeRecord) if each.kind == "HAS_POLICY"]
    assert held == [f"{arn('user', 'ada')}#{member}"]


@pytest.mark.parametrize("member", ["UserPolicyList", "AttachedManagedPolicies", "GroupList"])
@pytest.mark.parametrize("raw", [None, []], ids=str)
def test_an_empty_list_of_policies_or_groups_is_none(aws, member, raw):
    found = aws({"UserDetailList": [user(**{member: raw})]})
    assert not [each for each in found.of(EdgeRecord) if each.kind in {"HAS_POLICY", "IN_GROUP"}]


# Lists that may be a part of what there is.

KEY = {"UserName": "ada", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active"}
ROLE_ARN = arn("role", "build")
HOLDS_A_PART = {
    "access key": {"AccessKeyMetadata": [KEY]},
    "secret": {
        "SecretList": [
            {"Name": "x", "ARN": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:x-AbCdEf"}
        ]
    },
    "Lambda function": {
        "Functions": [
            {"FunctionArn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f", "Role": ROLE_ARN}
        ]
    },
}


def whole(found):
    return {each.record for each in found.of(CoverageRecord) if each.complete}


@pytest.mark.parametrize("kind", HOLDS_A_PART)
def test_a_list_without_the_details_of_its_account_may_be_a_part_and_ends_nothing(aws, kind):
    assert kind not in whole(aws(HOLDS_A_PART[kind], scope=ACCOUNT))
    with_details = whole(aws(HOLDS_A_PART[kind], {"UserDetailList": [user()]}))
    assert (kind in with_details) == (kind != "access key")


def test_lists_of_keys_end_nothing_unless_a_pull_asked_for_those_of_every_user(aws):
    call = {
        "Service": "iam",
        "Operation": "ListAccessKeys",
        "Account": ACCOUNT,
        "Region": "",
        "Record": "access key",
        "Outcome": "ok",
        "Items": 1,
    }
    lists = ({"AccessKeyMetadata": [KEY]}, {"UserDetailList": [user()]})
    assert "access key" not in whole(aws(*lists))
    assert "access key" in whole(aws(*lists, {"PullCalls": [call]}))


def test_members_without_the_list_of_groups_may_be_those_of_one_group(aws):
    members = {
        "GroupMemberships": [
            {"IdentityStoreId": "d-1234567890", "GroupId": "g", "MemberId": {"UserId": "u"}}
        ]
    }
    groups = {"Groups": [{"IdentityStoreId": "d-1234567890", "GroupId": "g", "DisplayName": "G"}]}
    assert "Identity Center membership" not in whole(aws(members))
    assert "Identity Center membership" in whole(aws(members, groups))


def test_a_tag_whose_name_says_that_it_holds_a_secret_is_left_out_and_counted(aws):
    tags = [{"Key": "DB_Password", "Value": "x"}, {"Key": "pass-word", "Value": "hunter2"}]
    tags += [{"Key": "team", "Value": "Payments"}, {"Key": "API-Key", "Value": "AKIA"}]
    found = aws({"UserDetailList": [user(Tags=tags)]})
    (ada,) = (each for each in found.of(NodeRecord) if each.kind == "AWSUser")
    assert ada.properties["tags"] == ("team=Payments",)
    assert found.reading.counts.values_dropped == 3
