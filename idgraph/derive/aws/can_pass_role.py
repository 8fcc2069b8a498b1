"""Who starts a workload of its own with a role of the account."""

from __future__ import annotations

from idgraph.catalogue import CONDITION, EdgeKind, Flow
from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Principal, positions, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import joined, may, may_at_all
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import PASSING, Method
from idgraph.derive.aws.policy import Context, Way
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_PASS_ROLE = EdgeKind(
    name="CAN_PASS_ROLE",
    reads="can run code with",
    ends=(*between((aws.USER, aws.ROLE), (aws.ROLE, HUB)), *between((HUB,), (aws.ROLE,))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Start a workload of one's own with the role, and use its credentials there.",
    verify="The statements named, for iam:PassRole of the role and the actions of the service; "
    "that the role trusts the service.",
    remove="Narrow iam:PassRole to the roles that are meant, with iam:PassedToService; or take the "
    "service's actions away.",
    logged="CloudTrail: PassRole is not an event; RunInstances, CreateFunction, RunTask and the "
    "like name the role, and AssumeRole by the service follows.",
    frameworks=("ATT&CK:T1548.005", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="pathfinding.cloud (Datadog), category new-passrole; IAM User Guide: Grant a user "
    "permissions to pass a role to an AWS service",
    misses="What the service itself needs beside (a network, a bucket, an image); organisation "
    "policies on services.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    granted = Granted(estate, findings, CAN_PASS_ROLE, "roles")
    for principal in estate.principals:
        if principal.account in estate.accounts and may_at_all(principal, "iam:PassRole"):
            for service, methods in _BY_SERVICE.items():
                _pass(trust, granted, principal, service, methods)
    granted.close()


def _pass(
    trust: Trust,
    granted: Granted,
    principal: Principal,
    service: str,
    methods: tuple[Method, ...],
) -> None:
    """Add the roles that a principal passes to a service, by the methods that it may use."""
    estate = trust.estate
    trusting = trust.trusting(service, principal.account)
    started = [each for method in methods for each in _started(principal, method)]
    if not (trusting and started):
        return
    targets = targets_of(estate, positions(trusting))
    given = Context({"iam:passedtoservice": (service,)})
    for grant in may(principal, "iam:PassRole", targets, given):
        for profile, way in _fewest(started):
            nodes = targets.nodes[grant.at].tolist()
            if profile:
                nodes = [role for role in nodes if role in estate.in_profile]
            heads = [head for role in nodes for head in _heads(trust, role, trusting[role])]
            granted.add(principal, joined((grant.way, way)), heads)


def _started(principal: Principal, method: Method) -> list[tuple[bool, Way]]:
    """Return how a principal starts a workload by a method, and if the role needs a profile."""
    needs: frozenset[object] = frozenset({method.needs}) if method.needs else frozenset()
    return [
        (method.profile, Way(way.needs | needs, way.statements))
        for way in some(principal, method.actions)
    ]


def _fewest(started: list[tuple[bool, Way]]) -> list[tuple[bool, Way]]:
    """Return the ways that no other one makes needless."""
    found: list[tuple[bool, Way]] = []
    for profile, way in sorted(started, key=lambda each: (len(each[1].needs), each[0])):
        if not any(each.needs <= way.needs and one <= profile for one, each in found):
            found.append((profile, way))
    return found


def _heads(trust: Trust, role: int, ways: tuple[Way, ...]) -> list[Head]:
    return [Head(role, _asked(way), tuple(trust.estate.rows(way.statements))) for way in ways]


def _asked(way: Way) -> tuple[str, ...]:
    """Return the guards of a service's leave to take on a role: it has no second factor."""
    return tuple(
        each if each.startswith(CONDITION.of("")) else CONDITION.of(each)
        for each in guards_of(way.needs, "the service")
    )


_SERVICES = tuple(dict.fromkeys(each.service for each in PASSING))
_BY_SERVICE = {name: tuple(each for each in PASSING if each.service == name) for name in _SERVICES}
RULE = Rule(name="aws passed roles", kinds=(CAN_PASS_ROLE,), find=_find, nodes=(HUB,))
