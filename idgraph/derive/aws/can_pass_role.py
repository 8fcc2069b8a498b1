"""Who starts a workload of its own with a role of the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from idgraph.catalogue import CONDITION, EdgeKind, Flow
from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Principal, positions, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import joined, may, may_at_all
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import PASSING, Method, ids_for
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
    source="IAM User Guide: Grant a user permissions to pass a role to an AWS service; methods "
    f"(pathfinding.cloud by Datadog, where numbered): {ids_for('CAN_PASS_ROLE')}",
    misses="What the service itself needs beside (a network, a bucket, an image); organisation "
    "policies on services.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    granted = Granted(estate, findings, CAN_PASS_ROLE, "roles")
    known: dict[tuple[str, int], list[Head]] = {}  # how a role is reached through a service
    for principal in everyone(snapshot):
        for each in passed(trust, principal) if principal.account in estate.accounts else ():
            service = each.method.service
            for role in each.roles:
                if (service, role) not in known:
                    known[service, role] = _heads(trust, role, each.trusting)
            heads = [head for role in each.roles for head in known[service, role]]
            granted.add(principal, each.way, heads, by=(each.method,))
    granted.close()


@dataclass(frozen=True, slots=True)
class Passed:
    """Roles that a principal passes to a service by a method, in one way."""

    method: Method
    way: Way
    roles: list[int]
    trusting: Mapping[int, tuple[Way, ...]]  # how each role lets the service in


def passed(trust: Trust, principal: Principal) -> Iterator[Passed]:
    """Yield the roles that a principal runs new workloads with."""
    if may_at_all(principal, "iam:PassRole"):
        for service, methods in _BY_SERVICE.items():
            yield from _passed(trust, principal, service, methods)


def _passed(
    trust: Trust, principal: Principal, service: str, methods: tuple[Method, ...]
) -> Iterator[Passed]:
    estate = trust.estate
    trusting = trust.trusting(service, principal.account)
    started = [each for method in methods for each in _started(principal, method)]
    if not (trusting and started):
        return
    targets = targets_of(estate, positions(trusting))
    names = (service, f"{service}.cn") if principal.arn.startswith(_CHINA) else (service,)
    given = Context({"iam:passedtoservice": names})
    for grant in may(principal, "iam:PassRole", targets, given):
        for method, way in _fewest(started):
            nodes = targets.nodes[grant.at].tolist()
            if method.profile:
                nodes = [role for role in nodes if role in estate.in_profile]
            yield Passed(method, joined((grant.way, way)), nodes, trusting)


def _started(principal: Principal, method: Method) -> list[tuple[Method, Way]]:
    """Return how a principal starts a workload by a method."""
    needs: frozenset[object] = frozenset({method.needs}) if method.needs else frozenset()
    return [
        (method, Way(way.needs | needs, way.statements)) for way in some(principal, method.actions)
    ]


def _fewest(started: list[tuple[Method, Way]]) -> list[tuple[Method, Way]]:
    """Return the ways that no other one makes needless."""
    found: list[tuple[Method, Way]] = []
    for method, way in sorted(started, key=lambda each: (len(each[1].needs), each[0].profile)):
        if not any(
            each.needs <= way.needs and one.profile <= method.profile for one, each in found
        ):
            found.append((method, way))
    return found


def _heads(trust: Trust, role: int, trusting: Mapping[int, tuple[Way, ...]]) -> list[Head]:
    rows = trust.estate.rows
    return [Head(role, _asked(way), tuple(rows(way.statements))) for way in trusting[role]]


def _asked(way: Way) -> tuple[str, ...]:
    """Return the guards of a service's leave to take on a role: it has no second factor."""
    return tuple(
        each if each.startswith(CONDITION.of("")) else CONDITION.of(each)
        for each in guards_of(way.needs, "the service")
    )


_CHINA = "arn:aws-cn:"  # where some services have a name of their own, ec2.amazonaws.com.cn
_SERVICES = tuple(dict.fromkeys(each.service for each in PASSING))
_BY_SERVICE = {name: tuple(each for each in PASSING if each.service == name) for name in _SERVICES}
RULE = Rule(name="aws passed roles", kinds=(CAN_PASS_ROLE,), find=_find, nodes=(HUB,))
