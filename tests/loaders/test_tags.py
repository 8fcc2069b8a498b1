"""Owner tags are the same words on every cloud, however they are written."""

import pytest

from idgraph.records import OwnerClaim

TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
ROLE = "arn:aws:iam::111122223333:role/r"

written = pytest.mark.parametrize(
    ("tag", "names_an_owner"),
    [
        ("owner", True),
        ("Owner", True),
        ("business-owner", True),
        ("Technical Owner", True),
        ("owning_team", True),
        ("TEAM", True),
        ("steward", True),
        ("maintained-by", True),
        ("ownership", False),
        ("cost-centre", False),
        ("owner2", False),
        ("", False),
    ],
)


def claims(found):
    return [(each.owner, each.claim) for each in found.of(OwnerClaim)]


@written
def test_a_tag_of_aws_is_an_owner_tag_by_its_words(read, tag, names_an_owner):
    tags = [{"Key": tag, "Value": "ada@x.example"}]
    document = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    role = {"RoleName": "r", "Arn": ROLE, "AssumeRolePolicyDocument": document, "Tags": tags}
    expected = [("upn:ada@x.example", f"tag:{tag.lower()}")] if names_an_owner else []
    assert claims(read("aws_iam", {"RoleDetailList": [role]})) == expected


@written
def test_a_tag_of_azure_is_an_owner_tag_by_the_same_words(azurehound, tag, names_an_owner):
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    said = {"id": group, "name": "rg", "tenantId": TENANT, "tags": {tag: "ada@x.example"}}
    expected = [("upn:ada@x.example", f"tag:{tag.lower()}")] if names_an_owner else []
    assert claims(azurehound(("AZResourceGroup", said))) == expected
