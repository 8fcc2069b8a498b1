"""Requests are decided in the order of AWS, by every policy that speaks of them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Condition,
    Context,
    Layer,
    Policies,
    Request,
    Unless,
    Verdict,
    decide,
    parse_policy,
)
from idgraph.errors import InputError

HERE, THERE = "111122223333", "444455556666"
ADA = Asker(f"arn:aws:iam::{HERE}:user/ada", HERE, Caller.USER)
DEPLOY = Asker(f"arn:aws:iam::{HERE}:role/deploy", HERE, Caller.ROLE)
STRANGER = Asker(f"arn:aws:iam::{THERE}:role/partner", THERE, Caller.ROLE)
BUCKET = "arn:aws:s3:::logs/2026/x"


def statement(effect="Allow", action="*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource} | more


def policy(*statements, name="p", version="2012-10-17"):
    return parse_policy(name, {"Version": version, "Statement": list(statements)})


def layer(*statements, **more):
    return Layer((policy(*statements),), **more)


def trust(principal, **more):
    return layer({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more)


def verdict(asker=ADA, action="s3:GetObject", on=BUCKET, **given):
    request = Request(action, on, asker, HERE)
    return decide(request, Policies(**given)).verdict


EVERYTHING = layer(statement())


def test_without_a_statement_nothing_is_allowed():
    assert verdict() is Verdict.NOT_ALLOWED


def test_an_explicit_deny_wins_wherever_it_stands():
    deny = layer(statement("Deny", "s3:*"))
    told = layer(statement("Deny", "s3:*", Principal="*"))
    assert verdict(identity=EVERYTHING) is Verdict.ALLOWED
    assert verdict(identity=layer(statement(), statement("Deny", "s3:*"))) is Verdict.DENIED
    assert verdict(identity=EVERYTHING, boundary=deny) is Verdict.DENIED
    assert verdict(identity=EVERYTHING, session=deny) is Verdict.DENIED
    assert verdict(identity=EVERYTHING, scps=(deny,)) is Verdict.DENIED
    assert verdict(identity=EVERYTHING, rcps=(told,)) is Verdict.DENIED
    assert verdict(identity=EVERYTHING, resource=told) is Verdict.DENIED


def test_actions_are_compared_without_case_and_resources_with_it():
    assert verdict(identity=layer(statement(action="S3:getobject"))) is Verdict.ALLOWED
    assert verdict(identity=layer(statement(resource="arn:aws:s3:::Logs/*"))) is (
        Verdict.NOT_ALLOWED
    )


def test_not_action_and_not_resource_take_in_all_the_rest():
    assert verdict(identity=layer({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})) is (
        Verdict.ALLOWED
    )
    outside = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::logs/*"}
    assert verdict(identity=layer(statement(), outside)) is Verdict.ALLOWED
    other = "arn:aws:s3:::payroll/x"
    assert verdict(on=other, identity=layer(statement(), outside)) is Verdict.DENIED


def test_missing_fields_of_an_arn_are_wildcards():
    assert verdict(identity=layer(statement(resource="arn:aws:s3"))) is Verdict.ALLOWED


# IAM User Guide, "Permissions boundaries for IAM entities", the example of Shirley Rodriguez.
BOUNDARY = layer(statement(action=["s3:*", "cloudwatch:*", "ec2:*"]))


def test_a_boundary_allows_nothing_and_limits_what_the_identity_allows():
    create = layer(statement(action="iam:CreateUser"))
    assert verdict(action="iam:CreateUser", identity=create, boundary=BOUNDARY) is (
        Verdict.NOT_ALLOWED
    )
    assert verdict(boundary=BOUNDARY) is Verdict.NOT_ALLOWED
    assert verdict(identity=EVERYTHING, boundary=BOUNDARY) is Verdict.ALLOWED


@pytest.mark.parametrize("asker", [ADA, DEPLOY], ids=["user", "role"])
def test_a_boundary_limits_users_and_roles_alike(asker):
    found = verdict(asker, "iam:PassRole", identity=EVERYTHING, boundary=BOUNDARY)
    assert found is Verdict.NOT_ALLOWED


def test_a_boundary_that_was_not_loaded_is_unknown_and_never_none():
    request = Request("s3:GetObject", BUCKET, ADA, HERE)
    found = decide(request, Policies(identity=EVERYTHING, boundary=Layer(missing=("boundary b",))))
    assert found.verdict is Verdict.CONDITIONAL
    assert "boundary b" in str(found.ways[0].needs)


# "Policy evaluation for requests within a single account".
@pytest.mark.parametrize(
    ("asker", "named", "limits", "expected"),
    [
        (ADA, ADA.arn, {}, Verdict.ALLOWED),
        (ADA, ADA.arn, {"boundary": BOUNDARY}, Verdict.ALLOWED),  # beyond the boundary
        (ADA, ADA.arn, {"session": BOUNDARY}, Verdict.NOT_ALLOWED),  # a federated user session
        (DEPLOY, DEPLOY.arn, {}, Verdict.ALLOWED),
        (DEPLOY, DEPLOY.arn, {"boundary": BOUNDARY}, Verdict.NOT_ALLOWED),  # within it
        (DEPLOY, DEPLOY.arn, {"session": BOUNDARY}, Verdict.NOT_ALLOWED),
        (ADA, HERE, {}, Verdict.NOT_ALLOWED),  # the account alone only delegates
        (ADA, f"arn:aws:iam::{HERE}:root", {}, Verdict.NOT_ALLOWED),
        (ADA, DEPLOY.arn, {}, Verdict.NOT_ALLOWED),
    ],
)
def test_a_resource_policy_of_the_same_account_suffices_where_it_names_the_principal(
    asker, named, limits, expected
):
    granted = layer(statement(action="sqs:*", Principal={"AWS": named}))
    found = verdict(asker, "sqs:SendMessage", "arn:aws:sqs:::q", resource=granted, **limits)
    assert found is expected


def test_a_session_named_by_its_own_arn_is_beyond_every_limit():
    session = f"arn:aws:sts::{HERE}:assumed-role/deploy/run"
    asker = Asker(DEPLOY.arn, HERE, Caller.ROLE, session=session)
    granted = layer(statement(Principal={"AWS": session}))
    nothing = layer(statement(action="none:*"))
    assert verdict(asker, resource=granted, boundary=nothing, session=nothing) is Verdict.ALLOWED


# "Cross-account policy evaluation logic".
@pytest.mark.parametrize("named", [STRANGER.arn, THERE, f"arn:aws:iam::{THERE}:root", "*"])
def test_across_accounts_both_sides_must_allow(named):
    granted = layer(statement(Principal={"AWS": named}))
    assert verdict(STRANGER, resource=granted) is Verdict.NOT_ALLOWED
    assert verdict(STRANGER, identity=EVERYTHING) is Verdict.NOT_ALLOWED
    assert verdict(STRANGER, identity=EVERYTHING, resource=granted) is Verdict.ALLOWED


ROLE_ARN = f"arn:aws:iam::{HERE}:role/admin"


def assume(asker, policy_of_trust, **given):
    return verdict(
        asker,
        "sts:AssumeRole",
        ROLE_ARN,
        resource=policy_of_trust,
        resource_decides=True,
        **given,
    )


def test_a_role_is_assumed_only_with_the_leave_of_its_trust_policy():
    assert assume(ADA, trust({"AWS": ADA.arn})) is Verdict.ALLOWED  # no identity policy needed
    assert assume(ADA, trust({"AWS": DEPLOY.arn}), identity=EVERYTHING) is Verdict.NOT_ALLOWED
    by_root = trust({"AWS": f"arn:aws:iam::{HERE}:root"})
    assert assume(ADA, by_root) is Verdict.NOT_ALLOWED
    assert assume(ADA, by_root, identity=EVERYTHING) is Verdict.ALLOWED
    assert assume(ADA, by_root, identity=EVERYTHING, boundary=BOUNDARY) is Verdict.NOT_ALLOWED
    assert assume(STRANGER, trust({"AWS": STRANGER.arn})) is Verdict.NOT_ALLOWED
    assert assume(STRANGER, trust({"AWS": THERE}), identity=EVERYTHING) is Verdict.ALLOWED


def test_services_and_providers_are_allowed_by_the_trust_policy_alone():
    service = Asker("lambda.amazonaws.com", "", Caller.SERVICE)
    assert assume(service, trust({"Service": "lambda.amazonaws.com"})) is Verdict.ALLOWED
    assert assume(service, trust({"Service": "ec2.amazonaws.com"})) is Verdict.NOT_ALLOWED
    assert assume(ADA, trust({"Service": "lambda.amazonaws.com"}), identity=EVERYTHING) is (
        Verdict.NOT_ALLOWED
    )
    provider = f"arn:aws:iam::{HERE}:oidc-provider/token.actions.githubusercontent.com"
    pipeline = Asker(provider, HERE, Caller.FEDERATED)
    assert assume(pipeline, trust({"Federated": provider})) is Verdict.ALLOWED


def test_an_unknown_condition_makes_an_allow_conditional_and_names_it():
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    request = Request("sts:AssumeRole", ROLE_ARN, STRANGER, HERE)
    found = decide(
        request,
        Policies(
            identity=EVERYTHING,
            resource=trust({"AWS": THERE}, Condition=condition),
            resource_decides=True,
        ),
    )
    assert found.verdict is Verdict.CONDITIONAL
    assert found.ways[0].needs == {Condition("StringEquals", "sts:ExternalId", ("42",))}


def test_an_unknown_condition_of_a_deny_leaves_the_allow_conditional():
    deny = statement("Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    given = Policies(identity=layer(statement(), deny))
    request = Request("s3:GetObject", BUCKET, ADA, HERE)
    found = decide(request, given)
    assert found.verdict is Verdict.CONDITIONAL
    (need,) = found.ways[0].needs
    assert isinstance(need, Unless)
    with_mfa = Context({"aws:multifactorauthpresent": ("true",)})
    with_key = Context(absent=frozenset({"aws:multifactorauthpresent"}))
    signed = Request("s3:GetObject", BUCKET, ADA, HERE, with_mfa)
    assert decide(signed, given).verdict is Verdict.ALLOWED
    assert decide(Request("s3:GetObject", BUCKET, ADA, HERE, with_key), given).verdict is (
        Verdict.DENIED  # IfExists: a request by access key lacks it
    )


FULL = layer(statement())


def test_service_control_policies_must_allow_at_every_level():
    assert verdict(identity=EVERYTHING, scps=(FULL, FULL)) is Verdict.ALLOWED
    some = layer(statement(action="ec2:*"))
    assert verdict(identity=EVERYTHING, scps=(FULL, some)) is Verdict.NOT_ALLOWED
    assert verdict(identity=EVERYTHING, scps=(some, FULL)) is Verdict.NOT_ALLOWED


def test_service_linked_roles_are_beyond_service_control_policies():
    deny = layer(statement("Deny"))
    linked = Asker(f"arn:aws:iam::{HERE}:role/aws-service-role/x/y", HERE, Caller.ROLE, True)
    assert verdict(linked, identity=EVERYTHING, scps=(deny,)) is Verdict.ALLOWED
    assert verdict(DEPLOY, identity=EVERYTHING, scps=(deny,)) is Verdict.DENIED


def test_a_key_policy_without_the_account_leaves_identity_policies_without_effect():
    key = f"arn:aws:kms:eu-west-1:{HERE}:key/1"
    only = layer(statement(action="kms:*", Principal={"AWS": DEPLOY.arn}))
    account = layer(statement(action="kms:*", Principal={"AWS": f"arn:aws:iam::{HERE}:root"}))
    given = {"identity": EVERYTHING, "resource_decides": True}
    assert verdict(ADA, "kms:Decrypt", key, resource=only, **given) is Verdict.NOT_ALLOWED
    assert verdict(ADA, "kms:Decrypt", key, resource=account, **given) is Verdict.ALLOWED
    assert verdict(DEPLOY, "kms:Decrypt", key, resource=only, resource_decides=True) is (
        Verdict.ALLOWED
    )


def test_policy_variables_are_the_askers_own_values_in_documents_of_2012():
    own = statement(action="iam:*", resource="arn:aws:iam::*:user/${aws:username}")
    key = "arn:aws:iam::111122223333:user/ada"
    known = Context({"aws:username": ("ada",)})
    request = Request("iam:CreateAccessKey", key, ADA, HERE, known)
    assert decide(request, Policies(identity=layer(own))).verdict is Verdict.ALLOWED
    unknown = Request("iam:CreateAccessKey", key, ADA, HERE)
    assert decide(unknown, Policies(identity=layer(own))).verdict is Verdict.CONDITIONAL
    older = Layer((policy(own, version="2008-10-17"),))
    assert decide(request, Policies(identity=older)).verdict is Verdict.NOT_ALLOWED
    role = Request(
        "iam:CreateAccessKey", key, DEPLOY, HERE, Context(absent=frozenset({"aws:username"}))
    )
    assert decide(role, Policies(identity=layer(own))).verdict is Verdict.NOT_ALLOWED


def test_a_not_principal_that_denies_spares_only_whom_it_lists():
    resource = layer(
        statement("Deny", NotPrincipal={"AWS": [ADA.arn, HERE]}),
    )
    assert verdict(ADA, identity=EVERYTHING, resource=resource) is Verdict.ALLOWED
    assert verdict(STRANGER, identity=EVERYTHING, resource=resource) is Verdict.DENIED


def test_a_principal_that_was_deleted_is_nobody():
    gone = layer(statement(Principal={"AWS": "AIDAJQABLZS4A3QDU576Q"}))
    assert verdict(ADA, resource=gone) is Verdict.NOT_ALLOWED


def test_documents_are_read_decoded_and_url_encoded():
    document = {"Version": "2012-10-17", "Statement": statement()}
    for each in (document, json.dumps(document), quote(json.dumps(document))):
        assert len(parse_policy("p", each).statements) == 1


def test_what_is_no_document_is_refused():
    with pytest.raises(InputError, match="is not JSON"):
        parse_policy("p", "{")
    with pytest.raises(InputError, match="not a JSON object"):
        parse_policy("p", "[]")


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ({"Effect": "Maybe", "Action": "*", "Resource": "*"}, "/Statement/1/Effect"),
        ({"Effect": "Allow", "Resource": "*"}, "/Statement/1"),
        ({"Effect": "Allow", "Action": 7, "Resource": "*"}, "/Statement/1/Action"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*"}, "/Statement/1/NotAction"),
        ({"Effect": "Allow", "Action": "*", "Wish": "*"}, "/Statement/1/Wish"),
        (
            statement(Condition={"StringSortOf": {"a": "b"}}),
            "/Statement/1/Condition/StringSortOf",
        ),
        (statement(Principal={"Martian": "x"}), "/Statement/1/Principal/Martian"),
        ("Allow", "/Statement/1"),
    ],
)
def test_a_statement_not_understood_is_a_fault_with_its_place_and_the_rest_stays(raw, pointer):
    found = parse_policy("p", {"Version": "2012-10-17", "Statement": [statement(), raw]})
    assert len(found.statements) == 1
    assert [fault.pointer for fault in found.faults] == [pointer]


def test_an_unknown_version_and_an_unknown_element_are_faults():
    found = parse_policy("p", {"Version": "2030-01-01", "Wish": 1, "Statement": []})
    assert [fault.pointer for fault in found.faults] == ["/Version", "/Wish"]
