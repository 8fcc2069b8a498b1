"""The common form of a rule: who may do something to which things of its account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from idgraph.catalogue import EdgeKind
from idgraph.derive.aws.estate import Estate, Principal
from idgraph.derive.aws.grants import NO_VALUES, Grant, Targets, Values, may_all
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.aws.policy import Context, Way
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.rules import Findings
from idgraph.graph import Ints

AtTarget = Callable[[int], tuple[Head, ...]]


class Granted:
    """Edges of one kind under way, over all accounts."""

    def __init__(self, estate: Estate, findings: Findings, kind: EdgeKind, what: str) -> None:
        self.estate = estate
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
    ) -> None:
        """Add what a principal may do; `at` gives the ends of a target, itself by default."""
        for grant in may_all(principal, actions, targets, given):
            self.add(principal, grant.way, self._heads(grant, targets, at), guards)

    def add(
        self, principal: Principal, way: Way, heads: Iterable[Head], guards: tuple[str, ...] = ()
    ) -> None:
        """Add that a principal leads to some ends in one way."""
        fan = self._fans.get(principal.account)
        if fan is not None:
            own = tuple(sorted({*guards_of(way.needs, principal.arn), *guards}))
            fan.add(principal.node, heads, own, tuple(self.estate.rows(way.statements)))

    def _heads(self, grant: Grant, targets: Targets, at: AtTarget | None) -> list[Head]:
        nodes = targets.nodes[grant.at].tolist()
        return [head for node in nodes for head in (at(node) if at else (Head(node),))]

    def close(self) -> None:
        """Give the edges to the findings."""
        for fan in self._fans.values():
            fan.close()


def targets_of(estate: Estate, nodes: Ints, ending: str = "") -> Targets:
    """Return things as policies speak of them, with their tags where tags were loaded."""
    arns = tuple(f"{estate.arn(at)}{ending}" for at in nodes.tolist())
    return Targets(nodes, arns, tuple(_tags(estate, at) for at in nodes.tolist()))


def _tags(estate: Estate, at: int) -> Values:
    tags = estate.snapshot.node_properties[at].get("tags", ())
    if not tags:
        return NO_VALUES
    found: dict[str, tuple[str, ...]] = {}
    for tag in tags:
        key, _, value = str(tag).partition("=")
        for prefix in ("aws:resourcetag/", "iam:resourcetag/"):
            found[f"{prefix}{key.lower()}"] = (value,)
    return found
