"""Who runs code on a workload that is there: changes it, opens a shell in it, starts it anew."""

from __future__ import annotations

from collections.abc import Iterator

from idgraph.catalogue import CONDITION, EdgeKind, Flow
from idgraph.derive.aws.chosen import some
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import joined, may_at_all
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import TAKING_OVER, Method, ids_for
from idgraph.derive.aws.policy import Layer, Way
from idgraph.derive.aws.reads_secrets import asked, speaks_to
from idgraph.derive.aws.targets import Targets
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_RUN_ON = EdgeKind(
    name="CAN_RUN_ON",
    reads="can run code on",
    ends=(
        *between((aws.USER, aws.ROLE), (*aws.COMPUTE, aws.ROLE, HUB)),
        *between((HUB,), (*aws.COMPUTE, aws.ROLE)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Run code where the workload runs, and use the credentials of its role.",
    verify="The statements named; where the list of workloads was not loaded, whether there is "
    "one with the role.",
    remove="Take the actions away or narrow their Resource; give the workload a role that can do "
    "less.",
    logged="CloudTrail: UpdateFunctionCode, StartSession, SendCommand, StartBuild, UpdateStack and "
    "the like, then AssumeRole by the service.",
    frameworks=("ATT&CK:T1651", "ATT&CK:T1552.005", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="methods (pathfinding.cloud by Datadog, where numbered): " + ids_for("CAN_RUN_ON"),
    misses="Whether the workload can be reached over the network; workloads of services whose "
    "lists are not read are guarded by a condition.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    granted = Granted(estate, findings, CAN_RUN_ON, "workloads")
    lists = {kind.name: _targets(estate, kind.name) for kind in aws.COMPUTE}
    unseen = _Unseen(trust)
    for principal in everyone(snapshot):
        if principal.account not in estate.accounts:
            continue
        for method in TAKING_OVER:
            if not may_at_all(principal, method.actions[0]):
                continue
            there = lists.get(method.workload, {}).get(principal.account)
            if there is not None:
                guards = (CONDITION.of(method.needs),) if method.needs else ()
                granted.on(principal, method.actions, there, guards=guards, by=(method,))
            else:
                unseen.add(granted, principal, method)
    _by_resource_policy(estate, granted, snapshot)
    granted.close()


def _by_resource_policy(estate: Estate, granted: Granted, snapshot: Snapshot) -> None:
    """Add whom a workload's own policy lets change it, of whatever account.

    Source: Lambda Developer Guide, "Granting Lambda function access to other accounts".
    """
    for method in TAKING_OVER:
        guards = (CONDITION.of(method.needs),) if method.needs else ()
        for at in estate.of(method.workload).tolist() if method.workload else ():
            layer = estate.resource_policy(at)
            if layer is None or not _names_others(layer, method):
                continue
            for principal in everyone(snapshot):
                way = _allowed(estate, principal, method, at, layer)
                if way is not None:
                    granted.add(principal, way, (Head(at),), guards, by=(method,))


def _names_others(layer: Layer, method: Method) -> bool:
    """Whether a policy lets principals of some account, and not services alone, do anything."""
    return any(
        kind == "AWS"
        for action in method.actions
        for each in layer.naming(action)
        for kind, _ in each.principals or ()
    )


def _allowed(
    estate: Estate, principal: Principal, method: Method, at: int, layer: Layer
) -> Way | None:
    """Return how a principal is allowed a method on a workload whose policy speaks to it."""
    if not any(speaks_to(estate, at, each, principal) for each in method.actions):
        return None
    arn = estate.arn(at)
    ways = [asked(estate, principal, each, arn, at, layer) for each in method.actions]
    return joined([some_ways[0] for some_ways in ways]) if all(ways) else None


def _targets(estate: Estate, kind: str) -> dict[str, Targets]:
    """Return the workloads of a kind by account, of the accounts whose list was loaded."""
    by_account: dict[str, list[int]] = {}
    for at in estate.of(kind).tolist():
        by_account.setdefault(estate.account_of.get(at, ""), []).append(at)
    for each in estate.accounts:
        if (each, kind) in estate.lists_loaded:
            by_account.setdefault(each, [])
    return {account: targets_of(estate, positions(nodes)) for account, nodes in by_account.items()}


class _Unseen:
    """The roles that a workload could have of which no list was loaded, if there is one."""

    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self._heads: dict[tuple[str, str, str], tuple[Head, ...]] = {}

    def add(self, granted: Granted, principal: Principal, method: Method) -> None:
        """Add the roles that a principal would get by a method."""
        key = (method.service, method.words, principal.account)
        if key not in self._heads:
            self._heads[key] = tuple(self._found(*key))
        for way in some(principal, method.actions) if self._heads[key] else ():
            needs = {method.needs} if method.needs else set()
            asked = Way(way.needs | needs, way.statements)
            granted.add(principal, asked, self._heads[key], by=(method,))

    def _found(self, service: str, words: str, account: str) -> Iterator[Head]:
        profiled = self.trust.estate.in_profile if service == "ec2.amazonaws.com" else None
        for role in self.trust.trusting(service, account):
            if profiled is None or role in profiled:
                name = _name(self.trust, role)
                yield Head(role, (CONDITION.of(f"{words} with the role {name} exists"),))


def _name(trust: Trust, role: int) -> str:
    return str(trust.estate.snapshot.names[role])


RULE = Rule(name="aws workloads", kinds=(CAN_RUN_ON,), find=_find, nodes=(HUB,))
