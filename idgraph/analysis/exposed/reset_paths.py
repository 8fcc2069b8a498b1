"""By which ways an account can be reset: directory roles, application permissions, the register.

"Who could be phoned about it": for one account every way to reset it, with who may carry it out,
where it is asked for, on what proof and with whose approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from idgraph.analysis.steps import Evidence, no_evidence
from idgraph.catalogue import MFA, PASSWORD, EdgeKind
from idgraph.derive.aws.can_add_credential import CAN_ADD_CREDENTIAL
from idgraph.derive.aws.can_assume import CAN_ASSUME
from idgraph.derive.desk.desk_resets import KIND_OF
from idgraph.derive.desk.paths import (
    RegisteredPath,
    covered,
    holders_of_both,
    registered_paths,
)
from idgraph.derive.entra.can_activate_role import CAN_ACTIVATE_ROLE
from idgraph.derive.entra.can_add_secret import CAN_ADD_SECRET
from idgraph.derive.entra.can_issue_tap import CAN_ISSUE_TAP
from idgraph.derive.entra.can_reset_mfa import CAN_RESET_MFA
from idgraph.derive.entra.can_reset_password import CAN_RESET_PASSWORD
from idgraph.derive.entra.holds_scoped_role import HOLDS_SCOPED_ROLE
from idgraph.derive.federation.assigned_roles import TAKES_ASSIGNED_ROLE
from idgraph.derive.federation.can_assume_with_saml import CAN_ASSUME_WITH_SAML
from idgraph.derive.federation.can_assume_with_token import CAN_ASSUME_WITH_TOKEN
from idgraph.graph import Ints, TrustGraph
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import POWER
from idgraph.vocabulary.entra import HAS_ROLE, PRINCIPALS, ROLE, SERVICE_IDENTITIES
from idgraph.vocabulary.resets import PROOF_LEVELS, Gives, proof_rank

ROLE_HOLDERS, APPLICATION, OWNER, USER, DESK, VENDOR, SELF = (
    "role",
    "application",
    "owner",
    "user",
    "desk",
    "vendor",
    "self",
)


@dataclass(frozen=True, slots=True)
class _Power:
    """What a derived power over an account gives, and the reset method that gives as much."""

    gives: tuple[Gives, ...]
    method: str


_POWERS: Mapping[str, _Power] = MappingProxyType(
    {
        CAN_RESET_PASSWORD.name: _Power((Gives.PASSWORD,), "password_admin"),
        CAN_RESET_MFA.name: _Power((Gives.PASSWORD, Gives.FACTOR), ""),
        CAN_ISSUE_TAP.name: _Power((Gives.PASS,), "tap"),
        CAN_ADD_SECRET.name: _Power((Gives.CREDENTIAL,), "secret_rotate"),
        CAN_ADD_CREDENTIAL.name: _Power((Gives.CREDENTIAL,), "key_create"),
    }
)
_CONSOLE = _Power((Gives.PASSWORD,), "login_profile")  # where the second factor is left standing
_DESK_KINDS = frozenset(kind.name for kind in KIND_OF.values())
_HOLDS = (HAS_ROLE, HOLDS_SCOPED_ROLE, CAN_ACTIVATE_ROLE)
_TAKES_ON = frozenset(
    kind.name
    for kind in (CAN_ASSUME, TAKES_ASSIGNED_ROLE, CAN_ASSUME_WITH_SAML, CAN_ASSUME_WITH_TOKEN)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPathInto:
    """One way to reset one account.

    `executor` says what carries it out: "role", "application", "owner", "user" (of IAM), "desk",
    "vendor" or "self" (the person, by self-service). `executors` are the accounts and groups that
    do: for a role those that hold it, directly or by eligibility, or that take it on. `method` is
    the reset method that gives as much; a role that resets both the password and the second factor
    gives a full takeover, "".
    `approvals` is None where nobody says how many are needed. `guards` stand between the reset and
    acting as the account (a password leaves `mfa:<account>`); `edges` are the last edges into the
    account, positions in the graph's columns, none for self-service, which no edge stands for.

    Where the same hands carry out one path of the register that gives the password and another
    that gives the second factor, the two together are a way of their own, a full takeover.
    """

    path: str  # id of the role, power, application, owner or reset path
    name: str
    kind: str  # edge kind, "" for self-service and for two paths together
    method: str  # reset method, "" for a full takeover
    gives: tuple[str, ...]  # what the reset puts into the executor's hands
    executor: str
    executors: tuple[str, ...]  # node ids, sorted
    vendor: str  # "" where none is named
    channel: str  # "" where nobody says
    proof: str  # proof level, "" where nobody says
    approvals: int | None
    guards: tuple[str, ...]
    edges: tuple[int, ...]
    evidence: tuple[str, ...]

    @property
    def order(self) -> tuple[int, int, str, str, str]:
        """Where the way stands in a list: weakest proof first, unknown proofs last."""
        rank = proof_rank(self.proof) if self.proof else len(PROOF_LEVELS)
        return rank, self.approvals or 0, self.name, self.path, self.kind

    def to_json(self) -> dict[str, Any]:
        """Return the way as `--json` prints it."""
        said = {name: value for name, value in asdict(self).items() if name != "edges"}
        return {name: list(value) if _is_list(value) else value for name, value in said.items()}


def _is_list(value: object) -> bool:
    return isinstance(value, tuple)


def reset_paths_into(
    graph: TrustGraph, snapshot: Snapshot, account: int, *, evidence: Evidence = no_evidence
) -> tuple[ResetPathInto, ...]:
    """Return every way to reset an account, weakest proof first, unknown proofs last.

    `account` is a position in the graph; `snapshot` is of the same moment. Ask `ResetPaths` where
    there are many accounts: it works out only once what they share.
    """
    return ResetPaths(graph, snapshot, evidence).into(account)


@dataclass(frozen=True, eq=False)
class ResetPaths:
    """All ways of one moment to reset accounts."""

    graph: TrustGraph
    snapshot: Snapshot
    evidence: Evidence = no_evidence

    def into(self, account: int) -> tuple[ResetPathInto, ...]:
        """Return every way to reset an account, weakest proof first, unknown proofs last."""
        found = [self._by_edges(edges, account) for edges in self._last_edges(account)]
        found += [self._by_self(path, account) for path in self._self_service(account)]
        found += list(self._together(found, account))
        return tuple(sorted(self._with_evidence(found), key=lambda each: each.order))

    # Ways that edges stand for.

    def _last_edges(self, account: int) -> Iterator[tuple[int, ...]]:
        """Yield the last edges of each way into an account: one, or two through a hub."""
        graph = self.graph
        for last in self._into(account):
            if graph.edge_kind_name(last) not in self._kinds:
                continue
            tail = int(graph.source[last])
            if not graph.hubs[tail]:
                yield (last,)
                continue
            for first in self._into(tail):
                if graph.edge_kind_name(first) in self._kinds:
                    yield (first, last)

    def _into(self, node: int) -> list[int]:
        back = self.graph.back()
        return [int(edge) for edge in back.eid[back.ptr[node] : back.ptr[node + 1]]]

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return _DESK_KINDS | _POWERS.keys()

    def _by_edges(self, edges: tuple[int, ...], account: int) -> ResetPathInto:
        graph = self.graph
        source = int(graph.source[edges[0]])
        kind = graph.edge_kind_name(edges[-1])
        guards = tuple(sorted({each for edge in edges for each in graph.guards_of(edge)}))
        if kind in _DESK_KINDS:
            path = self._registered[str(graph.ids[graph.stands_for[source]])]
            return replace(self._of_register(path, kind), guards=guards, edges=edges)
        power = _POWERS[kind]
        if kind == CAN_ADD_CREDENTIAL.name and MFA.of(str(graph.ids[account])) in guards:
            power = _CONSOLE
        way = replace(self._of_power(source, kind, power), guards=guards, edges=edges)
        return self._as_the_register_says(way, power, account)

    def _of_power(self, source: int, kind: str, power: _Power) -> ResetPathInto:
        """Return what all accounts that a power opens have in common."""
        if (source, power) not in self._known:
            graph = self.graph
            self._known[source, power] = ResetPathInto(
                path=str(graph.ids[source]),
                name=str(graph.names[source]),
                kind=kind,
                method=power.method,
                gives=tuple(each.value for each in power.gives),
                executor=_executor_of(graph.kind_name(source)),
                executors=self._holders(source),
                vendor="",
                channel="",
                proof="",
                approvals=0,
                guards=(),
                edges=(),
                evidence=(),
            )
        return self._known[source, power]

    @cached_property
    def _known(self) -> dict[tuple[int, _Power], ResetPathInto]:
        return {}

    def _holders(self, source: int) -> tuple[str, ...]:
        """Return who has a power: whoever holds the role, or the account that is its own power."""
        graph = self.graph
        if graph.kind_name(source) == aws.ROLE.name:
            return self._taking_on(source)
        if graph.kind_name(source) not in {ROLE.name, POWER.name}:
            return (str(graph.ids[source]),)
        kinds, holders = {kind.name for kind in _HOLDS}, {kind.name for kind in PRINCIPALS}
        held = [edge for edge in self._into(source) if graph.edge_kind_name(edge) in kinds]
        tails = {int(graph.source[edge]) for edge in held}
        return tuple(sorted(str(graph.ids[at]) for at in tails if graph.kind_name(at) in holders))

    def _taking_on(self, role: int) -> tuple[str, ...]:
        """Return the identities that take on a role of AWS, at once or through a hub."""
        graph = self.graph
        tails = self._tails(role)
        for hub in [each for each in tails if graph.hubs[each]]:
            tails |= self._tails(hub)
        named = (at for at in tails - {role} if not graph.synthetic[at])
        return tuple(sorted(str(graph.ids[at]) for at in named))

    def _tails(self, node: int) -> set[int]:
        """Return where the edges begin by which a role of AWS is taken on."""
        into = (e for e in self._into(node) if self.graph.edge_kind_name(e) in _TAKES_ON)
        return {int(self.graph.source[edge]) for edge in into}

    def _as_the_register_says(
        self, way: ResetPathInto, power: _Power, account: int
    ) -> ResetPathInto:
        """Return a way with the weakest proof on which the register lets the same role reset."""
        same = [
            self._of_register(path, "")
            for path in self._by_executor.get(way.path, ())
            if path.method.gives in power.gives and self._covers(path, account)
        ]
        if not same:
            return way
        weakest = min(same, key=lambda each: each.order)
        return replace(way, proof=weakest.proof, channel=weakest.channel, vendor=weakest.vendor)

    # Ways that the register states.

    @cached_property
    def _registered(self) -> dict[str, RegisteredPath]:
        snapshot = self.snapshot
        return {path.subject(snapshot): path for path in registered_paths(snapshot)}

    @cached_property
    def _by_executor(self) -> dict[str, list[RegisteredPath]]:
        found: dict[str, list[RegisteredPath]] = {}
        for path in self._registered.values():
            for each in self._ids(at for at, _ in path.executors):
                found.setdefault(each, []).append(path)
        return found

    @cached_property
    def _members(self) -> dict[str, Ints]:
        """What each registered path covers, ascending positions in the snapshot."""
        nobody = np.zeros(0, np.int32)
        return {
            subject: np.unique(
                np.concatenate([nobody, *(each.members for each in covered(self.snapshot, path))])
            )
            for subject, path in self._registered.items()
        }

    def _covers(self, path: RegisteredPath, account: int) -> bool:
        at = self.snapshot.position(str(self.graph.ids[account]))
        members = self._members[path.subject(self.snapshot)]
        place = int(np.searchsorted(members, at))
        return place < len(members) and int(members[place]) == at

    def _self_service(self, account: int) -> Iterator[RegisteredPath]:
        for path in self._registered.values():
            if path.self_service and self._covers(path, account):
                yield path

    def _by_self(self, path: RegisteredPath, account: int) -> ResetPathInto:
        way = self._of_register(path, "")
        return replace(way, executor=SELF, executors=(str(self.graph.ids[account]),))

    def _of_register(self, path: RegisteredPath, kind: str) -> ResetPathInto:
        stated = self.snapshot.node_properties[path.at]
        executors = self._ids(at for at, _ in path.executors)
        return ResetPathInto(
            path=path.subject(self.snapshot),
            name=str(self.snapshot.names[path.at]),
            kind=kind,
            method=path.method.name,
            gives=(path.method.gives.value,),
            executor=VENDOR if stated.get("vendor") else DESK,
            executors=executors,
            vendor=str(stated.get("vendor", "")),
            channel=str(stated.get("channel", "")),
            proof=str(stated.get("proof", "")),
            approvals=path.approvals,
            guards=(),
            edges=(),
            evidence=(),
        )

    # Two paths of the register in the same hands: one gives the password, the other the factor.

    def _together(self, ways: list[ResetPathInto], account: int) -> Iterator[ResetPathInto]:
        """Yield each pair of paths by which the same hands take both factors of an account."""
        stated = [way for way in ways if way.kind in _DESK_KINDS]
        for first in stated:
            for second in stated:
                if (first.gives, second.gives) == ((Gives.PASSWORD,), (Gives.FACTOR,)):
                    executors = self._in_both(first.path, second.path)
                    if executors:
                        yield _joined(first, second, executors, str(self.graph.ids[account]))

    def _in_both(self, first: str, second: str) -> tuple[str, ...]:
        if (first, second) not in self._hands:
            ends = (self._registered[first].executors, self._registered[second].executors)
            both = holders_of_both(self.snapshot, *ends)
            self._hands[first, second] = self._ids(both.tolist())
        return self._hands[first, second]

    @cached_property
    def _hands(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    def _ids(self, positions: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(str(self.snapshot.ids[at]) for at in positions))

    def _with_evidence(self, ways: list[ResetPathInto]) -> list[ResetPathInto]:
        """Return ways with the texts of their edges; fetched once for all of them."""
        shown = sorted({edge for way in ways for edge in way.edges})
        texts = dict(zip(shown, self.evidence(shown), strict=True)) if shown else {}
        return [
            replace(
                way,
                evidence=tuple(dict.fromkeys(text for edge in way.edges for text in texts[edge])),
            )
            for way in ways
        ]


def _joined(
    password: ResetPathInto, factor: ResetPathInto, executors: tuple[str, ...], account: str
) -> ResetPathInto:
    """Return two ways as one: both proofs are asked for, and one approver may approve both."""
    both = (password, factor)
    known = all(way.proof for way in both)
    counted = [way.approvals for way in both if way.approvals is not None]
    answered = {MFA.of(account), PASSWORD.of(account)}
    return ResetPathInto(
        path=f"{password.path} + {factor.path}",
        name=f"{password.name} and {factor.name}",
        kind="",
        method="",
        gives=(*password.gives, *factor.gives),
        executor=VENDOR if all(way.executor == VENDOR for way in both) else DESK,
        executors=executors,
        vendor=_same(password.vendor, factor.vendor),
        channel=_same(password.channel, factor.channel),
        proof=max((way.proof for way in both), key=proof_rank) if known else "",
        approvals=max(counted) if len(counted) == len(both) else None,
        guards=tuple(sorted({*password.guards, *factor.guards} - answered)),
        edges=(*password.edges, *factor.edges),
        evidence=(),
    )


def _same(one: str, other: str) -> str:
    return one if one == other else ""


def _executor_of(kind: str) -> str:
    if kind in {ROLE.name, POWER.name, aws.ROLE.name}:
        return ROLE_HOLDERS
    if kind == aws.USER.name:
        return USER
    return APPLICATION if kind in {each.name for each in SERVICE_IDENTITIES} else OWNER


RESET_KINDS: tuple[EdgeKind, ...] = (
    CAN_RESET_PASSWORD,
    CAN_RESET_MFA,
    CAN_ISSUE_TAP,
    CAN_ADD_SECRET,
    CAN_ADD_CREDENTIAL,
    *KIND_OF.values(),
)
"""The kinds of edges by which an account is reset."""
