"""Worked examples of AWS's own documentation, typed by hand; each names its page.

Pages are of the IAM User Guide unless said otherwise. Names of buckets and people are theirs.
"""

from __future__ import annotations

import pytest

from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Context,
    Layer,
    Policies,
    Request,
    Verdict,
    decide,
    parse_policy,
)

A, B = "111111111111", "222222222222"
YES, NO, DENIED, IF = Verdict.ALLOWED, Verdict.NOT_ALLOWED, Verdict.DENIED, Verdict.CONDITIONAL


def user(name, account=A):
    return Asker(f"arn:aws:iam::{account}:user/{name}", account, Caller.USER)


def role(name, account=A, session=""):
    return Asker(f"arn:aws:iam::{account}:role/{name}", account, Caller.ROLE, session=session)


def policy(*statements, version="2012-10-17"):
    return Layer((parse_policy("p", {"Version": version, "Statement": list(statements)}),))


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource} | more


def ask(asker, action, on, policies, known=None, absent=(), account=A):
    context = Context(known or {}, frozenset(absent))
    return decide(Request(action, on, asker, account, context), policies).verdict


# "Permissions boundaries for IAM entities": Shirley Rodriguez.
SHIRLEY = user("ShirleyRodriguez")
SHIRLEYS_BOUNDARY = policy(allow(["s3:*", "cloudwatch:*", "ec2:*"]))


@pytest.mark.parametrize(
    ("action", "own", "expected"),
    [
        ("iam:CreateUser", "iam:CreateUser", NO),  # no intersection
        ("s3:GetObject", "iam:CreateUser", NO),  # a boundary grants nothing
        ("s3:GetObject", "s3:*", YES),
        ("cloudwatch:PutMetricData", "*", YES),
    ],
)
def test_shirley_does_what_both_her_policy_and_her_boundary_allow(action, own, expected):
    given = Policies(identity=policy(allow(own)), boundary=SHIRLEYS_BOUNDARY)
    assert ask(SHIRLEY, action, "*", given) is expected


# "Permissions boundaries for IAM entities", "Resource-based policies".
QUEUE = f"arn:aws:sqs:us-east-2:{A}:queue1"
SESSION = f"arn:aws:sts::{A}:assumed-role/Role1/Session1"
FEDERATED = f"arn:aws:sts::{A}:federated-user/Bob"
NOTHING = policy(allow("iam:GetUser"))


@pytest.mark.parametrize(
    ("asker", "principal", "limits", "expected"),
    [
        (user("Bob"), user("Bob").arn, {"boundary": NOTHING}, YES),
        (role("Role1"), role("Role1").arn, {"boundary": NOTHING}, NO),
        (role("Role1"), role("Role1").arn, {"session": NOTHING}, NO),
        (role("Role1", session=SESSION), SESSION, {"boundary": NOTHING}, YES),
        (role("Role1", session=SESSION), SESSION, {"session": NOTHING}, YES),
        (user("Bob"), user("Bob").arn, {"session": NOTHING}, NO),  # GetFederationToken
    ],
)
def test_a_resource_policy_grants_beyond_limits_to_users_and_sessions(
    asker, principal, limits, expected
):
    granted = policy(allow("sqs:SendMessage", QUEUE, Principal={"AWS": principal}))
    assert ask(asker, "sqs:SendMessage", QUEUE, Policies(resource=granted, **limits)) is expected


def test_a_federated_user_session_named_by_its_own_arn_is_beyond_its_limits():
    bob = Asker(user("Bob").arn, A, Caller.USER, session=FEDERATED)
    granted = policy(allow("sqs:SendMessage", QUEUE, Principal={"AWS": FEDERATED}))
    given = Policies(resource=granted, session=NOTHING, boundary=NOTHING)
    assert ask(bob, "sqs:SendMessage", QUEUE, given) is YES


def test_a_deny_for_all_but_some_stops_whoever_has_a_boundary_listed_or_not():
    listed = policy(deny("s3:*", NotPrincipal={"AWS": [user("Bob").arn, A]}))
    everything = policy(allow("*"))
    free = Policies(identity=everything, resource=listed)
    bounded = Policies(identity=everything, boundary=everything, resource=listed)
    assert ask(user("Bob"), "s3:GetObject", "arn:aws:s3:::b/x", free) is YES
    assert ask(user("Bob"), "s3:GetObject", "arn:aws:s3:::b/x", bounded) is DENIED


# "Cross-account policy evaluation logic", "Example cross-account policy evaluation": Zhang Wei of
# one account, the bucket Production of another, and a policy of the bucket that lets him in.
def test_zhang_reads_the_bucket_of_another_account_because_both_accounts_allow():
    wei = user("ZhangWei", B)
    bucket = "arn:aws:s3:::Production/report"
    lets_in = policy(allow(["s3:GetObject*", "s3:PutObject"], bucket, Principal={"AWS": wei.arn}))
    own = policy(allow(["s3:GetObject*", "s3:ReplicateObject"], "arn:aws:s3:::Production/*"))
    both = Policies(identity=own, resource=lets_in)
    assert ask(wei, "s3:GetObject", bucket, both) is YES
    assert ask(wei, "s3:PutObject", bucket, both) is NO  # his own account does not
    assert ask(wei, "s3:ReplicateObject", bucket, both) is NO  # the bucket's does not
    assert ask(wei, "s3:GetObject", bucket, Policies(resource=lets_in)) is NO


# "Identity-based policies and resource-based policies": account 123456789012 and its two users.
def test_whoever_is_named_by_a_resource_needs_no_policy_of_its_own():
    resource_x = "arn:aws:s3:::ResourceX/a"
    read = allow("s3:GetObject", resource_x, Principal={"AWS": [user("Mary").arn]})
    assert ask(user("Mary"), "s3:GetObject", resource_x, Policies(resource=policy(read))) is YES
    own = Policies(identity=policy(allow("s3:GetObject", resource_x)))
    assert ask(user("John"), "s3:GetObject", resource_x, own) is YES
    assert ask(user("Zhang"), "s3:GetObject", resource_x, Policies()) is NO


# "Policy evaluation for requests within a single account".
def test_a_deny_of_the_resource_overrides_an_allow_of_the_identity():
    carlos = user("CarlosSalazar")
    logs = "arn:aws:s3:::carlossalazar-logs/a"
    own = policy(allow("s3:*", ["arn:aws:s3:::carlossalazar", "arn:aws:s3:::carlossalazar*/*"]))
    denies = policy(deny("s3:*", "arn:aws:s3:::*log*", Principal={"AWS": carlos.arn}))
    assert ask(carlos, "s3:GetObject", logs, Policies(identity=own)) is YES
    assert ask(carlos, "s3:GetObject", logs, Policies(identity=own, resource=denies)) is DENIED


# "AWS JSON policy elements: NotAction".
def test_not_action_with_a_deny_leaves_a_way_with_a_second_factor():
    own = policy(
        allow("*"),
        {
            "Effect": "Deny",
            "NotAction": ["iam:*"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    )
    key = "aws:multifactorauthpresent"
    given = Policies(identity=own)
    assert ask(user("a"), "ec2:RunInstances", "*", given, {key: ("true",)}) is YES
    assert ask(user("a"), "ec2:RunInstances", "*", given, {key: ("false",)}) is DENIED
    assert ask(user("a"), "ec2:RunInstances", "*", given, absent=(key,)) is DENIED
    assert ask(user("a"), "ec2:RunInstances", "*", given) is IF
    assert ask(user("a"), "iam:GetUser", "*", given, absent=(key,)) is YES


def test_not_action_with_an_allow_takes_in_every_service_but_one():
    given = Policies(identity=policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}))
    assert ask(user("a"), "ec2:RunInstances", "*", given) is YES
    assert ask(user("a"), "IAM:CreateUser", "*", given) is NO


# "IAM JSON policy elements: NotResource".
def test_not_resource_with_a_deny_spares_the_team_bucket():
    spared = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
    own = policy(allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": spared})
    given = Policies(identity=own)
    assert ask(user("a"), "s3:GetObject", "arn:aws:s3:::HRBucket/Payroll/may", given) is YES
    assert ask(user("a"), "s3:GetObject", "arn:aws:s3:::HRBucket/Board", given) is DENIED


# "AWS JSON policy elements: NotPrincipal".
def test_not_principal_denies_all_but_the_accounts_and_users_listed():
    listed = [f"arn:aws:iam::{B}:user/Bob", f"arn:aws:iam::{B}:root"]
    spares = policy(deny("s3:*", NotPrincipal={"AWS": listed}))
    given = Policies(identity=policy(allow("*")), resource=spares)
    assert ask(user("Bob"), "s3:GetObject", "arn:aws:s3:::b/x", given) is DENIED  # another Bob
    other = Policies(
        identity=policy(allow("*")),
        resource=policy(
            deny("s3:*", NotPrincipal={"AWS": listed}), allow("s3:*", Principal={"AWS": B})
        ),
    )
    assert ask(user("Bob", B), "s3:GetObject", "arn:aws:s3:::b/x", other) is YES
    assert ask(user("Carol", B), "s3:GetObject", "arn:aws:s3:::b/x", other) is DENIED


@pytest.mark.parametrize("listed", [A, f"arn:aws:iam::{A}:root"])
def test_not_principal_with_the_account_alone_spares_none_but_its_root_user(listed):
    spares = policy(deny("s3:*", NotPrincipal={"AWS": listed}))
    given = Policies(identity=policy(allow("*")), resource=spares)
    root = Asker(f"arn:aws:iam::{A}:root", A, Caller.ROOT)
    assert ask(user("Bob"), "s3:GetObject", "arn:aws:s3:::b/x", given) is DENIED
    assert ask(root, "s3:GetObject", "arn:aws:s3:::b/x", given) is YES


# "AWS JSON policy elements: Principal".
@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": "111111111111"}, YES),  # the digits and the root ARN are the same
        ({"AWS": f"arn:aws:iam::{A}:root"}, YES),
        ({"AWS": f"arn:aws:iam::{A}:user/JohnDoe"}, YES),
        ({"AWS": f"arn:aws:iam::{A}:user/johndoe"}, NO),  # names are compared with case
        ({"AWS": f"arn:aws:iam::{A}:user/*"}, NO),  # no wildcard within a name
        ({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, NO),  # a user that was deleted
        ("*", YES),
        ({"AWS": "*"}, YES),
        ({"Service": "ecs.amazonaws.com"}, NO),
    ],
)
def test_principals_are_named_by_account_arn_or_star(principal, expected):
    given = Policies(
        identity=policy(allow("sts:AssumeRole")),
        resource=policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}),
        resource_decides=True,
    )
    assert ask(user("JohnDoe"), "sts:AssumeRole", role("r").arn, given) is expected


# "IAM policy elements: Variables and tags".
HOME = policy(allow("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/${aws:username}/*"))
DEFAULT = policy(
    allow(
        "s3:GetObject",
        "arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team, 'company-wide'}/*",
    )
)


@pytest.mark.parametrize(
    ("own", "path", "known", "absent", "expected"),
    [
        (HOME, "David/a", {"aws:username": ("David",)}, (), YES),
        (HOME, "Mary/a", {"aws:username": ("David",)}, (), NO),
        (HOME, "${aws:username}/a", {}, ("aws:username",), NO),  # the statement is of no use
        (HOME, "Mary/a", {"aws:username": ("*",)}, (), NO),  # a value is no pattern
        (DEFAULT, "yellow/a", {"aws:principaltag/team": ("yellow",)}, (), YES),
        (DEFAULT, "company-wide/a", {}, ("aws:principaltag/",), YES),
        (DEFAULT, "company-wide/a", {"aws:principaltag/team": ("yellow",)}, (), NO),
        (DEFAULT, "company-wide/a", {}, (), IF),
    ],
)
def test_variables_stand_for_the_requests_values_or_their_default(
    own, path, known, absent, expected
):
    on = f"arn:aws:s3:::amzn-s3-demo-bucket/{path}"
    assert ask(user("x"), "s3:GetObject", on, Policies(identity=own), known, absent) is expected


def test_variables_of_escaped_characters_are_the_characters():
    own = policy(allow("s3:GetObject", "arn:aws:s3:::b/${*}/${?}${$}"))
    assert ask(user("x"), "s3:GetObject", "arn:aws:s3:::b/*/?$", Policies(identity=own)) is YES
    assert ask(user("x"), "s3:GetObject", "arn:aws:s3:::b/a/?$", Policies(identity=own)) is NO


def test_a_document_without_version_has_no_variables():
    statement = allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}")
    older = Layer((parse_policy("p", {"Statement": statement}),))
    known = {"aws:username": ("David",)}
    given = Policies(identity=older)
    assert ask(user("x"), "s3:GetObject", "arn:aws:s3:::b/David", given, known) is NO
    assert ask(user("x"), "s3:GetObject", "arn:aws:s3:::b/${aws:username}", given, known) is YES


# "IAM JSON policy elements: Condition operators", the examples of each operator.
def condition(operator, key, *values):
    return {operator: {key: list(values) if len(values) > 1 else values[0]}}


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        (condition("StringEquals", "aws:PrincipalTag/job-category", "iamuser-admin"),
         {"aws:principaltag/job-category": ("iamuser-admin",)}, YES),
        (condition("StringEquals", "aws:PrincipalTag/job-category", "iamuser-admin"),
         {"aws:principaltag/job-category": ("iamuser-ADMIN",)}, NO),
        (condition("StringEquals", "AWS:PrincipalTag/JOB-Category", "iamuser-admin"),
         {"aws:principaltag/job-category": ("iamuser-admin",)}, YES),  # keys have no case
        (condition("StringNotEquals", "aws:PrincipalTag/job-category", "iamuser-admin"),
         {}, YES),  # lacks the tag
        (condition("StringLike", "s3:prefix", "", "home/", "home/${aws:username}/"),
         {"s3:prefix": ("home/ana/",), "aws:username": ("ana",)}, YES),
        (condition("StringLike", "s3:prefix", "", "home/", "home/${aws:username}/"),
         {"s3:prefix": ("home/bob/",), "aws:username": ("ana",)}, NO),
        (condition("NumericLessThanEquals", "s3:max-keys", "10"), {"s3:max-keys": ("10",)}, YES),
        (condition("NumericLessThanEquals", "s3:max-keys", "10"), {"s3:max-keys": ("100",)}, NO),
        (condition("NumericLessThanEquals", "s3:max-keys", 10), {}, NO),
        (condition("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:01Z"),
         {"aws:tokenissuetime": ("2020-01-01T00:00:02Z",)}, YES),
        (condition("DateLessThan", "aws:CurrentTime", "1591228800"),  # 2020-06-04
         {"aws:currenttime": ("2020-06-03T23:59:59Z",)}, YES),
        (condition("Bool", "aws:SecureTransport", "false"), {"aws:securetransport": ("true",)}, NO),
        (condition("Bool", "aws:SecureTransport", True), {"aws:securetransport": ("true",)}, YES),
        (condition("BinaryEquals", "k:key", "QmluYXJ5VmFsdWVJbkJhc2U2NA=="),
         {"k:key": ("QmluYXJ5VmFsdWVJbkJhc2U2NA==",)}, YES),
        (condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
         {"aws:sourceip": ("203.0.113.200",)}, YES),
        (condition("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:DB8:1234:5678::/64"),
         {"aws:sourceip": ("2001:db8:1234:5678:0:1::9",)}, YES),
        (condition("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:DB8:1234:5678::/64"),
         {"aws:sourceip": ("2001:db8:9999::9",)}, YES),
        (condition("ArnEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:TOPIC-*"),
         {"aws:sourcearn": ("arn:aws:sns:us-east-1:123456789012:TOPIC-a",)}, YES),
        (condition("ArnLike", "aws:SourceArn", "arn:aws:sns:*:TOPIC"),
         {"aws:sourcearn": ("arn:aws:sns:us-east-1:123456789012:TOPIC",)}, NO),
        (condition("Null", "aws:TokenIssueTime", "true"), {}, YES),
        (condition("Null", "aws:TokenIssueTime", "false"), {}, NO),
        (condition("Null", "aws:TokenIssueTime", "false"),
         {"aws:tokenissuetime": ("2026-01-01T00:00:00Z",)}, YES),
        (condition("StringLikeIfExists", "ec2:InstanceType", "t1.*", "t2.*"), {}, YES),
        (condition("StringLikeIfExists", "ec2:InstanceType", "t1.*", "t2.*"),
         {"ec2:instancetype": ("m5.large",)}, NO),
    ],
)  # fmt: skip
def test_operators_decide_as_their_examples_say(told, known, expected):
    given = Policies(identity=policy(allow("s3:ListBucket", Condition=told)))
    absent = {key.lower() for each in told.values() for key in each}
    assert ask(user("x"), "s3:ListBucket", "*", given, known, absent) is expected


# "Set operators for multivalued context keys": tags of a request.
@pytest.mark.parametrize(
    ("quantifier", "tags", "expected"),
    [
        ("ForAllValues", ("environment",), YES),
        ("ForAllValues", ("environment", "cost-center"), YES),
        ("ForAllValues", ("environment", "team"), NO),
        ("ForAllValues", (), YES),  # nothing to object to
        ("ForAllValues", ("",), YES),  # nor to an empty text
        ("ForAnyValue", ("environment", "team"), YES),
        ("ForAnyValue", ("team",), NO),
        ("ForAnyValue", (), NO),
    ],
)
def test_set_operators_ask_all_or_any_of_the_tags(quantifier, tags, expected):
    told = {f"{quantifier}:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}
    given = Policies(identity=policy(allow("ec2:CreateTags", Condition=told)))
    assert ask(user("x"), "ec2:CreateTags", "*", given, {"aws:tagkeys": tags}) is expected


# "Conditions with multiple context keys or values": AND of keys, OR of values.
def test_all_keys_must_hold_and_any_value_does():
    told = {
        "StringEquals": {"aws:PrincipalTag/department": ["finance", "hr", "legal"]},
        "ArnLike": {
            "aws:PrincipalArn": [f"arn:aws:iam::{A}:user/Ana", f"arn:aws:iam::{A}:user/Mary"]
        },
    }
    given = Policies(identity=policy(allow("s3:GetObject", Condition=told)))
    finance = {"aws:principaltag/department": ("finance",)}
    ana, bob = ({"aws:principalarn": (user(name).arn,)} for name in ("Ana", "Bob"))
    assert ask(user("Ana"), "s3:GetObject", "*", given, finance | ana) is YES
    assert ask(user("Bob"), "s3:GetObject", "*", given, finance | bob) is NO
    assert ask(user("Ana"), "s3:GetObject", "*", given, ana, ("aws:principaltag/",)) is NO


# "The confused deputy problem"; "How to use an external ID".
def test_a_third_party_assumes_the_role_only_with_the_external_id():
    trust = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": B},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "12345"}},
        }
    )
    given = Policies(
        identity=policy(allow("sts:AssumeRole")), resource=trust, resource_decides=True
    )
    partner, goal = role("ExampleCorp", B), role("goal").arn
    assert ask(partner, "sts:AssumeRole", goal, given, {"sts:externalid": ("12345",)}) is YES
    assert ask(partner, "sts:AssumeRole", goal, given, {"sts:externalid": ("9",)}) is NO
    assert ask(partner, "sts:AssumeRole", goal, given, absent=("sts:externalid",)) is NO
    assert ask(partner, "sts:AssumeRole", goal, given) is IF


# "Session policies": the permissions are the intersection.
def test_a_session_policy_narrows_what_the_role_may():
    session = policy(allow("s3:GetObject", "arn:aws:s3:::MarketingBucket/*"))
    own = policy(allow("s3:*"))
    given = Policies(identity=own, session=session)
    assert ask(role("r"), "s3:GetObject", "arn:aws:s3:::MarketingBucket/a", given) is YES
    assert ask(role("r"), "s3:PutObject", "arn:aws:s3:::MarketingBucket/a", given) is NO
    granting = Policies(identity=policy(allow("ec2:*")), session=session)
    assert ask(role("r"), "s3:GetObject", "arn:aws:s3:::MarketingBucket/a", granting) is NO


# Organizations User Guide, "Service control policy examples": deny access by region.
def test_a_service_control_policy_keeps_to_its_regions():
    regions = deny(
        "ec2:*",
        Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}},
    )
    given = Policies(identity=policy(allow("*")), scps=(policy(allow("*"), regions),))
    where = "aws:requestedregion"
    assert ask(user("x"), "ec2:RunInstances", "*", given, {where: ("eu-west-1",)}) is YES
    assert ask(user("x"), "ec2:RunInstances", "*", given, {where: ("us-east-1",)}) is DENIED
    assert ask(user("x"), "ec2:RunInstances", "*", given) is IF


# Organizations User Guide, "Resource control policy examples": require TLS; confused deputy.
def test_resource_control_policies_ask_for_tls_and_for_the_organisation_of_a_service():
    everything = allow("*", Principal="*")
    tls = deny(
        ["s3:*", "sqs:*"],
        Principal="*",
        Condition={"BoolIfExists": {"aws:SecureTransport": "false"}},
    )
    deputy = deny(
        "s3:*",
        Principal="*",
        Condition={
            "StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"},
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        },
    )
    service = Asker("logs.amazonaws.com", "", Caller.SERVICE)
    lets_in = policy(allow("s3:PutObject", Principal={"Service": "logs.amazonaws.com"}))
    given = Policies(resource=lets_in, rcps=(policy(everything, tls, deputy),))
    known = {
        "aws:securetransport": ("true",),
        "aws:sourceaccount": (B,),
        "aws:principalisawsservice": ("true",),
    }
    on = "arn:aws:s3:::b/x"
    assert ask(service, "s3:PutObject", on, given, known | {"aws:sourceorgid": ("o-1",)}) is YES
    assert ask(service, "s3:PutObject", on, given, known | {"aws:sourceorgid": ("o-2",)}) is DENIED
    plain = known | {"aws:securetransport": ("false",), "aws:sourceorgid": ("o-1",)}
    assert ask(service, "s3:PutObject", on, given, plain) is DENIED


# KMS Developer Guide, "Key policies": the default key policy, and one without the account.
def test_a_key_policy_that_lets_the_account_in_leaves_the_rest_to_its_own_policies():
    key = f"arn:aws:kms:us-west-2:{A}:key/1234abcd"
    default = policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{A}:root"}))
    own = Policies(
        identity=policy(allow("kms:Decrypt", key)), resource=default, resource_decides=True
    )
    assert ask(role("ExampleRole"), "kms:Decrypt", key, own) is YES
    without = Policies(identity=policy(allow("ec2:*")), resource=default, resource_decides=True)
    assert ask(role("ExampleRole"), "kms:Decrypt", key, without) is NO
    root = Asker(f"arn:aws:iam::{A}:root", A, Caller.ROOT)
    assert ask(root, "kms:Decrypt", key, Policies(resource=default, resource_decides=True)) is YES


# KMS Developer Guide, "kms:ViaService": only by way of a service.
def test_a_key_is_used_only_by_way_of_the_services_named():
    key = f"arn:aws:kms:us-west-2:{A}:key/1234abcd"
    via = {
        "StringEquals": {
            "kms:ViaService": ["ec2.us-west-2.amazonaws.com", "rds.us-west-2.amazonaws.com"]
        }
    }
    policy_of_key = policy(
        allow("kms:Decrypt", Principal={"AWS": role("ExampleRole").arn}, Condition=via)
    )
    given = Policies(resource=policy_of_key, resource_decides=True)
    asker, name = role("ExampleRole"), "kms:viaservice"
    assert ask(asker, "kms:Decrypt", key, given, {name: ("ec2.us-west-2.amazonaws.com",)}) is YES
    assert ask(asker, "kms:Decrypt", key, given, absent=(name,)) is NO


# "AWS global condition context keys": aws:ViaAWSService and aws:CalledVia (the example of Athena).
def test_calls_made_by_a_service_are_told_apart():
    told = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}
    given = Policies(identity=policy(allow("kms:Decrypt", Condition=told)))
    chain = {"aws:calledvia": ("cloudformation.amazonaws.com", "athena.amazonaws.com")}
    assert ask(user("x"), "kms:Decrypt", "*", given, chain) is YES
    assert ask(user("x"), "kms:Decrypt", "*", given, absent=("aws:calledvia",)) is NO


# "IAM JSON policy elements: Sid", "Effect", "Action": what may be left out, or written otherwise.
@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},  # no Sid
        {"Sid": "", "Effect": "Allow", "Action": ["S3:GETOBJECT"], "Resource": ["*"]},
        {"effect": "allow", "action": "s3:Get?bject", "resource": "arn:aws:s3:::*"},
        {"Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::b/*"},
    ],
)
def test_statements_are_read_with_or_without_sid_list_and_case(statement):
    given = Policies(identity=policy(statement))
    assert ask(user("x"), "s3:GetObject", "arn:aws:s3:::b/x", given) is YES
