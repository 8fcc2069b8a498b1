"""Who takes on which role with sts:AssumeRole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from idgraph.catalogue import MFA, EdgeKind, Flow
from idgraph.derive.aws.anybody import ANYBODY, anybody, open_to_anybody
from idgraph.derive.aws.estate import Estate, Principal, survey
from idgraph.derive.aws.grants import may, of_nodes
from idgraph.derive.aws.guards import guards_of, needs_mfa
from idgraph.derive.aws.joining import everyone, methods_of, of_member
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.aws.methods import BY_ID, rows_of
from idgraph.derive.aws.policy import Effect, Layer, Way
from idgraph.derive.aws.targets import Targets
from idgraph.derive.aws.trust import ASSUME, Trust, trusts
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_ASSUME = EdgeKind(
    name="CAN_ASSUME",
    reads="can assume",
    ends=(
        *between((aws.USER, aws.ROLE), (aws.ROLE, HUB)),
        *between((HUB, aws.ACCOUNT, ANYBODY), (aws.ROLE,)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Take on the role with sts:AssumeRole, for up to its longest session.",
    verify="The role's trust policy, and the principal's own policies for sts:AssumeRole; "
    "`aws iam simulate-principal-policy` for the latter.",
    remove="Take the principal out of the trust policy, or sts:AssumeRole of the role out of its "
    "policies; then deny sessions that began earlier (aws:TokenIssueTime).",
    logged="CloudTrail: AssumeRole, in the accounts of both.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="IAM User Guide: Policy evaluation logic; Cross-account policy evaluation logic",
    bloodhound="AWSAssumeRole",
    misses="Session policies and source identity; roles of accounts that were not loaded. A "
    "principal that was deleted stands in a trust policy by its unique id (AIDA…, AROA…): it lets "
    "nobody in, not even one who is given the same name.",
)

_METHOD = BY_ID["sts-001"]
_DIGITS = 12  # of an account


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    trust = trusts(snapshot)
    roles = estate.roles
    if not len(roles):
        return
    targets = of_nodes(estate, roles)
    accounts = {each.account for each in estate.principals}
    open_to = {account: _Open(trust, roles, account) for account in accounts}
    fans: dict[str, Fan] = {}
    for each in everyone(snapshot):
        fan = fans.setdefault(each.account, Fan(findings, CAN_ASSUME, "roles", each.account))
        _named(estate, trust, each, fan)
        _as_member(estate, open_to[each.account], each, targets, fan)
    for fan in fans.values():
        fan.close()
    _outside(trust, findings)


def _named(estate: Estate, trust: Trust, principal: Principal, fan: Fan) -> None:
    """Add the roles that name the principal itself, or that ask who it is."""
    some = {*trust.by_name.get(principal.node, ()), *trust.one_by_one} - {principal.node}
    for role in sorted(some):
        for way in trust.principal(role, principal):
            whole = of_member(principal, way)
            if whole is not None:
                guards = guards_of(whole.needs, principal.arn)
                rows = (*_by(principal), *estate.rows(whole.statements))
                fan.add(principal.node, (Head(role),), guards, rows)


def _by(principal: Principal) -> tuple[int, ...]:
    return rows_of((*methods_of(principal), _METHOD))


class _Open:
    """The roles that are open to whoever of an account may assume them by its own policies."""

    def __init__(self, trust: Trust, roles: Ints, account: str) -> None:
        estate = trust.estate
        self._heads: dict[bool, dict[int, list[Head]]] = {
            True: defaultdict(list),
            False: defaultdict(list),
        }
        for number, role in enumerate(roles.tolist()):
            for way in () if role in trust.one_by_one else trust.members(role, account):
                mfa, rest = needs_mfa(way.needs)
                rows = tuple(estate.rows(way.statements))
                self._heads[mfa][number].append(Head(role, guards_of(rest, account), rows))
        self.at = np.array(sorted({*self._heads[True], *self._heads[False]}), np.int32)
        self.heads = lru_cache(maxsize=4096)(self._of)

    def _of(self, at: bytes, mfa: bool) -> tuple[Head, ...]:  # noqa: FBT001  one of two halves
        half = self._heads[mfa]
        some = np.frombuffer(at, np.int32).tolist()
        return tuple(head for number in some for head in half.get(number, ()))


def _as_member(
    estate: Estate, open_to: _Open, principal: Principal, targets: Targets, fan: Fan
) -> None:
    for grant in may(principal, ASSUME, targets):
        some = np.intersect1d(grant.at, open_to.at).astype(np.int32)
        way = of_member(principal, grant.way)
        if not len(some) or way is None:
            continue
        rows = (*_by(principal), *estate.rows(way.statements))
        own = guards_of(way.needs, principal.arn)
        fan.add(principal.node, open_to.heads(some.tobytes(), False), own, rows)  # noqa: FBT003  as above
        second = tuple(sorted({*own, MFA.of(principal.arn)}))
        fan.add(principal.node, open_to.heads(some.tobytes(), True), second, rows)  # noqa: FBT003  as above


# From outside: accounts that were not loaded, and everybody.


def _outside(trust: Trust, findings: Findings) -> None:
    """Add who is let in from outside: an account that was not loaded stands for all in it."""
    estate = trust.estate
    loaded = {each.account for each in estate.principals}
    for role, layer in trust.layers.items():
        for account in sorted(_accounts_named(layer) - loaded):
            head = findings.node(account, aws.ACCOUNT, account)
            _let_in(trust, findings, head, role, trust.outsider(role, account))
        ways = open_to_anybody(estate, role, layer, ASSUME, estate.arn(role))
        if ways:
            _let_in(trust, findings, anybody(findings), role, ways)


def _let_in(trust: Trust, findings: Findings, source: int, role: int, ways: Iterable[Way]) -> None:
    for way in ways:
        rows = (_METHOD.row, *trust.estate.rows(way.statements))
        guards = guards_of(way.needs, "whoever asks")
        findings.link(CAN_ASSUME, source, role, guards=guards, evidence=rows)


def _accounts_named(layer: Layer) -> set[str]:
    """Return the accounts that a trust policy lets in, whole or one principal of theirs."""
    names = (
        name
        for each in layer.statements()
        if each.effect is Effect.ALLOW and not each.but_principals
        for kind, name in each.principals or ()
        if kind == "AWS"
    )
    found = (name if name.isdecimal() else "".join(name.split(":")[4:5]) for name in names)
    return {each for each in found if each.isdecimal() and len(each) == _DIGITS}


RULE = Rule(
    name="aws role assumption",
    kinds=(CAN_ASSUME,),
    find=_find,
    nodes=(HUB, ANYBODY, aws.ACCOUNT),
)
