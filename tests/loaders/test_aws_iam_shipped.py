"""Documents of AWS-managed policies that are attached and absent come from a shipped copy."""

from __future__ import annotations

import gzip

import pytest

from idgraph.records import CoverageRecord, EdgeRecord, NodeRecord
from loaders.aws_iam import shipped
from tests.loaders.managed_policies import TARGET, made

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DOCUMENT = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
OWN = {
    "Arn": "arn:aws:iam::111122223333:policy/own",
    "DefaultVersionId": "v9",
    "PolicyVersionList": [{"VersionId": "v9", "IsDefaultVersion": True, "Document": DOCUMENT}],
}


@pytest.fixture
def attached(read):
    """Return a function that reads a role with a policy attached, and what else it is given."""

    def attached(arn, *policies, boundary=None):
        role = {
            "RoleName": "r",
            "Arn": "arn:aws:iam::111122223333:role/r",
            "AssumeRolePolicyDocument": DOCUMENT,
            "AttachedManagedPolicies": [{"PolicyArn": arn}] if arn else [],
            "PermissionsBoundary": {"PermissionsBoundaryArn": boundary} if boundary else None,
        }
        return read("aws_iam", {"RoleDetailList": [role], "Policies": list(policies)})

    return attached


def described(found, node_id):
    return [e for e in found.of(NodeRecord) if e.id == node_id and not e.mention]


def coverage(found):
    return {each.record: each for each in found.of(CoverageRecord)}


def test_the_copy_is_what_it_was_made_of():
    assert gzip.decompress(TARGET.read_bytes()).decode() == made()


def test_the_copy_says_which_day_it_is_of():
    assert shipped.seen_on() in shipped.__doc__


@pytest.mark.parametrize("as_boundary", [False, True])
def test_an_attached_policy_of_awss_own_has_the_document_of_the_copy(attached, as_boundary):
    found = attached(None, boundary=ADMIN) if as_boundary else attached(ADMIN)
    (policy,) = described(found, ADMIN)
    assert policy.properties["document_read"] is True
    assert policy.properties["default_version"] == shipped.copies()[ADMIN].version
    (statement,) = [
        each.target
        for each in found.of(EdgeRecord)
        if each.kind == "HAS_STATEMENT" and each.source == ADMIN
    ]
    assert '"Action":"*"' in described(found, statement)[0].properties["statement"]


def test_what_comes_from_the_copy_says_so_and_of_which_day(attached):
    found = attached(ADMIN, OWN)
    day = shipped.copies()[ADMIN].made[:10]
    assert described(found, ADMIN)[0].evidence.startswith(f"{shipped.FILE} (of {day})#/")
    said = coverage(found)[shipped.SHIPPED]
    assert said.complete
    assert said.about == (
        f"AdministratorAccess: from a copy of {shipped.seen_on()}, AWS may have changed it since"
    )
    assert coverage(found)["managed policy"].complete


def test_a_document_in_the_files_goes_before_the_copy(attached):
    found = attached(ADMIN, OWN | {"Arn": ADMIN})
    assert described(found, ADMIN)[0].properties["default_version"] == "v9"
    assert shipped.SHIPPED not in coverage(found)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/NobodyHasThisPolicy",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",  # its documents may differ
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
    ],
)
def test_a_policy_that_the_copy_lacks_is_missing_by_name(attached, arn):
    said = coverage(attached(arn))["managed policy"]
    assert not said.complete
    assert arn in said.about


def test_the_copy_is_not_read_where_nothing_is_missing(attached, monkeypatch):
    def fail():
        raise AssertionError

    monkeypatch.setattr(shipped, "copies", fail)
    assert attached(None).records
