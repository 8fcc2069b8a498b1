"""The common form of a rule: who may do something to which things of its account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from idgraph.catalogue import EdgeKind
from idgraph.derive.aws.estate import Estate, Principal
from idgraph.derive.aws.grants import Grant, may_all
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.joining import methods_of, of_member
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.aws.methods import Method, rows_of
from idgraph.derive.aws.policy import Context, Way
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.targets import Targets
from idgraph.derive.rules import Findings
from idgraph.graph import Ints

AtTarget = Callable[[int], tuple[Head, ...]]


class Granted:
    """Edges of one kind under way, over all accounts."""

    def __init__(self, estate: Estate, findings: Findings, kind: EdgeKind, what: str) -> None:
        self.estate = estate
        self._ends: dict[tuple[AtTarget | None, bytes], tuple[Head, ...]] = {}
        self._fans = {each: Fan(findings, kind, what, each) for each in estate.accounts}

    def on(
        self,
        principal: Principal,
        actions: Sequence[str],
        targets: Targets,
        given: Context = EMPTY,
        *,
        guards: tuple[str, ...] = (),
        at: AtTarget | None = None,
        by: Sequence[Method] = (),
    ) -> None:
        """Add what a principal may do; `at` gives the ends of a target, itself by default."""
        for grant in may_all(principal, actions, targets, given):
            self.add(principal, grant.way, self._heads(grant, targets, at), guards, by)

    def add(
        self,
        principal: Principal,
        way: Way,
        heads: Iterable[Head],
        guards: tuple[str, ...] = (),
        by: Sequence[Method] = (),
    ) -> None:
        """Add that a principal leads to some ends in one way, by the methods named."""
        fan = self._fans.get(principal.account)
        whole = of_member(principal, way) if fan is not None else None
        if fan is not None and whole is not None:
            own = tuple(sorted({*guards_of(whole.needs, principal.arn), *guards}))
            rows = (*rows_of((*methods_of(principal), *by)), *self.estate.rows(whole.statements))
            fan.add(principal.node, heads, own, rows)

    def _heads(self, grant: Grant, targets: Targets, at: AtTarget | None) -> tuple[Head, ...]:
        """Return the ends of some targets, remembered: most who may do it may to the same ones."""
        nodes = targets.nodes[grant.at]
        key = (at, nodes.tobytes())
        if key not in self._ends:
            some = (at(node) if at else (Head(node),) for node in nodes.tolist())
            self._ends[key] = tuple(chain.from_iterable(some))
        return self._ends[key]

    def close(self) -> None:
        """Give the edges to the findings."""
        for fan in self._fans.values():
            fan.close()


def targets_of(estate: Estate, nodes: Ints, ending: str = "") -> Targets:
    """Return things as policies speak of them, with their tags where tags were loaded."""
    return estate.targets(nodes, ending, tagged=True)
