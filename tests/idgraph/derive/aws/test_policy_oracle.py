"""Decisions agree with a literal reading of AWS's documentation, whatever unknown keys turn out."""

from __future__ import annotations

import itertools
import random as _random
from datetime import datetime
from ipaddress import ip_address, ip_network

import pytest

from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Context,
    Effect,
    Layer,
    Policies,
    Request,
    Unless,
    Verdict,
    decide,
    parse_policy,
)
from idgraph.derive.aws.policy import decide as decide_function
from idgraph.derive.aws.policy.conditions import holds

random = _random.Random()  # noqa: S311  a generator of cases
HERE, THERE = "111122223333", "444455556666"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/deploy/run"
ADA = Asker(f"arn:aws:iam::{HERE}:user/ada", HERE, Caller.USER)
DEPLOY = Asker(f"arn:aws:iam::{HERE}:role/deploy", HERE, Caller.ROLE)
RUN = Asker(DEPLOY.arn, HERE, Caller.ROLE, session=SESSION)
LINKED = Asker(f"arn:aws:iam::{HERE}:role/aws-service-role/x/y", HERE, Caller.ROLE, True)
ROOT = Asker(f"arn:aws:iam::{HERE}:root", HERE, Caller.ROOT)
STRANGER = Asker(f"arn:aws:iam::{THERE}:role/partner", THERE, Caller.ROLE)
GUEST = Asker(f"arn:aws:iam::{THERE}:user/guest", THERE, Caller.USER)
SERVICE = Asker("x.amazonaws.com", "", Caller.SERVICE)
ASKERS = (ADA, DEPLOY, RUN, LINKED, ROOT, STRANGER, GUEST, SERVICE)

TURNS = {  # by key: how it may turn out
    "k:text": (("x",), ("y",), ("x", "y"), ("",), None),
    "k:number": (("1",), ("5",), ("no",), None),
    "k:time": (("2020-01-01T00:00:00Z",), ("2026-01-01T01:00:00+01:00",), None),
    "k:flag": (("true",), ("false",), None),
    "k:address": (("10.0.0.1",), ("2001:db8::1",), None),
    "k:arn": (("arn:aws:iam::111122223333:role/a",), ("arn:aws:s3:::b",), None),
    "k:bytes": (("eA==",), ("eQ==",), None),
}
VALUES = {
    "k:text": ("x", "y", "X", "?", "x*", "*"),
    "k:number": ("1", "3", "5.0"),
    "k:time": ("2020-01-01T00:00:00Z", "2023-06-01", "1767225600"),  # the last: 2026-01-01
    "k:flag": ("true", "false"),
    "k:address": ("10.0.0.0/8", "10.0.0.1", "2001:DB8::/32"),
    "k:arn": ("arn:aws:iam::*:role/*", "arn:aws:*:::b", "arn:aws:iam::111122223333:role/a"),
    "k:bytes": ("eA==", "ez=="),
}
ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "k:text": (
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ),
    "k:number": tuple(f"Numeric{each}" for each in ORDERED),
    "k:time": tuple(f"Date{each}" for each in ORDERED),
    "k:flag": ("Bool",),
    "k:address": ("IpAddress", "NotIpAddress"),
    "k:arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
    "k:bytes": ("BinaryEquals",),
}


@pytest.mark.parametrize("seed", range(5))
def test_three_values_agree_with_trying_every_value_of_the_unknown_keys(seed, monkeypatch):
    monkeypatch.setitem(decide_function.__globals__, "WAYS_KEPT", 10_000)
    random.seed(seed)
    seen = dict.fromkeys(Verdict, 0)
    for _ in range(1200):
        keys = random.sample(sorted(TURNS), 2)
        request, given = _random_case(keys)
        found = decide(request, given)
        seen[found.verdict] += 1
        for turn in itertools.product(*(TURNS[key] for key in keys)):
            context = Context(
                {key: value for key, value in zip(keys, turn, strict=True) if value},
                frozenset(keys),
            )
            allowed = _literal(request, given, context)
            hoped = any(all(_true(need, context) for need in way.needs) for way in found.ways)
            assert hoped is allowed, (request, given, turn)
            known = Request(
                request.action, request.resource, request.asker, request.account, context
            )
            refused = {Verdict.DENIED, Verdict.NOT_ALLOWED}
            assert decide(known, given).verdict in ({Verdict.ALLOWED} if allowed else refused)
    assert all(seen.values()), seen


def _true(need, context):
    if isinstance(need, Unless):
        return not all(_true(each, context) for each in need.needs)
    return holds(need, context, variables=True).yes


def _random_case(keys):
    asker = random.choice(ASKERS)
    sts = [asker.session] if asker.session else []
    aws = [asker.arn, *sts, asker.account, f"arn:aws:iam::{asker.account}:root", "999999999999"]
    names = [{"AWS": each} for each in aws if each]
    names += ["*", {"AWS": "*"}, {"Service": "x.amazonaws.com"}, {"Service": "y.amazonaws.com"}]

    def some(most, principals=()):
        return _layer([_statement(keys, principals) for _ in range(random.randint(1, most))])

    own = asker.sort not in {Caller.SERVICE, Caller.ROOT}
    request = Request(random.choice(["s3:Get", "x:Get"]), "arn:aws:s3:::r1", asker, HERE)
    return request, Policies(
        identity=some(3) if own else Layer(),
        boundary=some(2) if own and random.random() < 0.3 else None,
        session=some(2) if own and random.random() < 0.3 else None,
        scps=tuple(some(2) for _ in range(random.choice([0, 0, 0, 1, 2]))),
        rcps=tuple(some(2, ["*"]) for _ in range(random.choice([0, 0, 0, 1, 2]))),
        resource=some(3, names) if random.random() < 0.7 else None,
        resource_decides=random.random() < 0.3,
    )


def _layer(statements):
    return Layer((parse_policy("p", {"Version": "2012-10-17", "Statement": statements}),))


def _statement(keys, principals):
    raw = {
        "Effect": random.choice(["Allow", "Allow", "Allow", "Deny"]),
        random.choice(["Action", "Action", "NotAction"]): random.choice(
            ["s3:*", "*:Get", "*:Put", "*"]
        ),
        random.choice(["Resource", "Resource", "NotResource"]): random.choice(
            ["*", "arn:aws:s3:::r1", "arn:aws:s3:::r2", "arn:aws:s3:::r?"]
        ),
    }
    for key in random.sample(keys, random.choice([0, 0, 1, 1, 2])):
        operator, value = _condition(key)
        raw.setdefault("Condition", {}).setdefault(operator, {})[key] = value
    if principals:
        element = "NotPrincipal" if len(principals) > 1 and random.random() < 0.15 else "Principal"
        raw[element] = random.choice(principals)
        if element == "NotPrincipal":
            raw["Effect"] = "Deny"
    return raw


def _condition(key):
    if random.random() < 0.1:
        return "Null", random.choice(["true", "false"])
    prefix = random.choice(["", "", "ForAllValues:", "ForAnyValue:"])
    suffix = random.choice(["", "", "IfExists"])
    values = random.sample(VALUES[key], random.randint(1, 2))
    return f"{prefix}{random.choice(OPERATORS[key])}{suffix}", values


# What follows reads the documentation word by word, of a request of which all is known.


def _literal(request, given, context):  # noqa: PLR0911  in the order of the documentation
    asker = request.asker
    outside = asker.sort is Caller.SERVICE
    scps = () if outside or asker.service_linked else given.scps
    limited = request.action == "s3:Get" and not asker.service_linked
    rcps = given.rcps if limited else ()
    resource = list(given.resource.statements()) if given.resource else []
    bound = given.boundary is not None
    named = [
        (each, who)
        for each in resource
        if (who := _who(each, asker, bound)) and _fits(each, request, context)
    ]
    layers = [one for one in (given.identity, given.boundary, given.session) if one]
    plain = [s for one in (*layers, *scps, *rcps) for s in one.statements()]
    if any(_denies(each) and _fits(each, request, context) for each in plain):
        return False
    if any(_denies(each) for each, _ in named):
        return False

    def allows(one):
        return any(not _denies(s) and _fits(s, request, context) for s in one.statements())

    if not all(map(allows, (*scps, *rcps))):
        return False
    levels = {who for _, who in named}
    if outside:
        return bool(levels)
    own = asker.sort is Caller.ROOT or allows(given.identity)
    limits = all(allows(one) for one in (given.boundary, given.session) if one)
    if asker.account != request.account:
        return own and limits and bool(levels)
    federated = asker.sort is Caller.USER and given.session is not None
    unlimited = asker.sort in {Caller.USER, Caller.ROOT} and not federated
    if "session" in levels or (levels & {"itself", "anyone"} and (limits or unlimited)):
        return True
    return own and limits and ("account" in levels or not given.resource_decides)


def _denies(each):
    return each.effect is Effect.DENY


def _fits(each, request, context):
    action = {"s3:*": request.action == "s3:Get", "*:get": True, "*:put": False, "*": True}
    resource = each.resources[0] in {"*", "arn:aws:s3:::r1", "arn:aws:s3:::r?"}
    return (
        action[each.actions[0]] != each.but_actions
        and resource != each.but_resources
        and all(_holds(one, context) for one in each.conditions)
    )


def _who(each, asker, bound):
    closest = _closest(*each.principals[0], asker)
    if not each.but_principals:
        return closest
    is_spared = closest not in {None, "account"} or asker.sort is Caller.ROOT
    return None if closest and is_spared and not bound else "anyone"


def _closest(kind, name, asker):
    if kind == "Service":
        return "itself" if asker.sort is Caller.SERVICE and name == asker.arn else None
    if name == "*":
        return "anyone"
    if asker.sort is Caller.SERVICE:
        return None
    if name == asker.session:
        return "session"
    if name == asker.arn:
        return "itself"
    return "account" if asker.account in name.split(":") else None


def _holds(one, context):
    found = context.values.get(one.key)
    if one.operator == "Null":
        return (found is None) == (one.values[0] == "true")
    negated = "Not" in one.operator
    if found is not None and one.quantifier:
        found = [each for each in found if each] or None
    if found is None:
        return (
            one.if_exists
            or one.quantifier == "ForAllValues"
            or (negated and one.quantifier != "ForAnyValue")
        )
    hits = [any(_one(one.operator, wanted, each) for wanted in one.values) for each in found]
    fits = [not each for each in hits] if negated else hits
    if one.quantifier:
        return all(fits) if one.quantifier == "ForAllValues" else any(fits)
    return not any(hits) if negated else any(hits)


def _one(operator, wanted, value):  # noqa: PLR0911  a case a family
    family = operator.replace("Not", "")
    if family in {"StringEquals", "Bool", "BinaryEquals"}:
        return wanted == value
    if family == "StringEqualsIgnoreCase":
        return wanted.lower() == value.lower()
    if family == "StringLike":
        return {"?": len(value) == 1, "x*": value[:1] == "x", "*": True}.get(
            wanted, wanted == value
        )
    if family in {"ArnEquals", "ArnLike"}:
        return {
            "arn:aws:iam::*:role/*": value.startswith("arn:aws:iam:") and ":role/" in value,
            "arn:aws:*:::b": value.endswith(":::b"),
        }.get(wanted, wanted == value)
    if family == "IpAddress":
        return ip_address(value) in ip_network(wanted.lower())
    if family.startswith("Numeric") and value == "no":
        return False
    left, right = (_order(family, each) for each in (value, wanted))
    how = family.removeprefix("Numeric").removeprefix("Date")
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[how]


def _order(family, text):
    if family.startswith("Numeric") or text.isdigit():
        return float(text)
    moment = datetime.fromisoformat(text)
    return moment.timestamp() if moment.tzinfo else moment.timestamp() - _local(moment)


def _local(moment):
    """Seconds by which a naive moment was read in the zone of the machine instead of UTC."""
    return moment.timestamp() - datetime.fromisoformat(f"{moment.isoformat()}+00:00").timestamp()
