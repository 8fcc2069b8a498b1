"""From what an identity reaches to a Picture: labels, shapes and explanations by the catalogue.

Every path to a target is in the Picture; a node lies as many steps from the start as on the
shortest of the paths shown. An identity with no name of its own is shown by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from idgraph.analysis.provenance import Provenance
from idgraph.analysis.reach import Reach, Reached, Target
from idgraph.analysis.steps import Path, Step, all_steps, in_words, length
from idgraph.catalogue import EdgeKind
from idgraph.derive.assumptions import assumption_words
from idgraph.graph import Flag
from idgraph.views.picture import (
    CANNOT_TELL,
    CLASSES,
    REACHED,
    REACHED_IF,
    Hop,
    Picture,
    PictureEdge,
    PictureNode,
    Row,
    Stamp,
    StepKind,
)

_FLAGS = {
    "privileged": Flag.PRIVILEGED,
    "nhi": Flag.NHI,
    "secret_store": Flag.SECRET_STORE,
    "data": Flag.DATA,
    "person": Flag.PERSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who answers for nodes, by id: a text to show, and why there is no valid owner."""

    named: Mapping[str, str] = field(default_factory=dict)
    unowned: Mapping[str, str] = field(default_factory=dict)


NO_OWNERS = Owners()


def picture_of_reach(
    reach: Reach, *, owners: Owners = NO_OWNERS, tool_version: str = ""
) -> Picture:
    """Return the Picture of what an identity reaches; `tool_version` stands in its stamp."""
    return _Reached(reach, owners).picture(tool_version)


class _Reached:
    """Gives each node and step on the paths its place in the Picture."""

    def __init__(self, reach: Reach, owners: Owners) -> None:
        self.reach = reach
        self.owners = owners
        self.targets = _targets(reach)
        self.known: dict[str, Reached] = {each.id: each for each in reach.reached}
        self.steps = list(
            dict.fromkeys(step for each in self.targets for step in all_steps(each.path))
        )
        self.names = self._names()
        self.place = {node: at for at, node in enumerate(self.names)}
        self.edge = {step: at for at, step in enumerate(self.steps)}
        self.layers, self.verdicts = self._on_the_way()

    def _names(self) -> dict[str, str]:
        names = {self.reach.identity.id: self.reach.identity.name}
        for step in self.steps:
            names[step.source] = step.source_name
            names[step.target] = step.target_name
        return names | {each.id: each.name for each in self.targets}

    def _on_the_way(self) -> tuple[dict[str, int], dict[str, str]]:
        """Return how far each node lies and how sure the first path to it is."""
        layers, verdicts = {self.reach.identity.id: 0}, {self.reach.identity.id: REACHED}
        for each in self.targets:
            self._follow(each.path, layers, verdicts)
        return layers, verdicts

    def _follow(self, path: Path, layers: dict[str, int], verdicts: dict[str, str]) -> None:
        """Say how far the nodes of a path lie; the step out of a gate waits for all legs."""
        for at, step in enumerate(path, 1):
            for leg in step.legs:
                self._follow(leg, layers, verdicts)
            if step.legs:  # a gate is as far, and as sure, as all its legs together
                layers[step.source] = max(map(length, step.legs))
                verdicts[step.source] = _verdict(tuple(each for leg in step.legs for each in leg))
            steps = length(path[:at])
            layers[step.target] = min(steps, layers.get(step.target, steps))
            verdicts.setdefault(step.target, _verdict(path[:at]))

    def picture(self, tool_version: str) -> Picture:
        identity = self.reach.identity
        event = "reset" if self.reach.scenario.reset else "takeover"
        how = f" ({self.reach.scenario.reset})" if self.reach.scenario.reset else ""
        return Picture(
            title=f"What a {event} of {identity.name} opens",
            question=f"What can be reached from {identity.name} after a {event}{how}?",
            answer=self._answer(),
            stamp=_stamp(identity.id, self.reach.provenance, tool_version),
            nodes=tuple(self._node(node) for node in self.names),
            edges=tuple(self._edge(step) for step in self.steps),
            rows=tuple(self._row(target) for target in self.targets),
            kinds=self._kinds(),
            not_seen=self.reach.provenance.missing,
            assumed=tuple(f"Taken to be so: {assumption_words(each)}." for each in self._assumed()),
        )

    def _node(self, node: str) -> PictureNode:
        graph = self.reach.graph
        at = graph.position(node)
        kind = graph.catalogue.node(graph.kind_name(at))
        flags = Flag(int(graph.flags[at]))
        known = self.known.get(node)
        return PictureNode(
            id=node,
            label=self.names[node] or node,
            kind=kind.name,
            kind_label=kind.label,
            shape=kind.shape,
            layer=self.layers.get(node, 0),
            verdict=str(known.verdict) if known else self.verdicts.get(node, REACHED),
            classes=tuple(name for name in CLASSES if _FLAGS[name] & flags),
            owner=self.owners.unowned.get(node) or self.owners.named.get(node, ""),
            unowned=node in self.owners.unowned,
            details=(("Meaning", kind.about),) if kind.synthetic else (),
            is_start=node == self.reach.identity.id,
        )

    def _edge(self, step: Step) -> PictureEdge:
        return PictureEdge(
            source=self.place[step.source],
            target=self.place[step.target],
            kind=step.kind,
            sentence=step.sentence,
            guards=(*self._guards(step.guards), *map(_unknown, step.blind_spots)),
            assumes=tuple(map(assumption_words, step.assumes)),
            evidence=step.evidence,
            verdict=_verdict((step,)),
        )

    def _row(self, target: Target) -> Row:
        flags = Flag(int(self.reach.graph.flags[self.reach.graph.position(target.id)]))
        return Row(
            node=self.place[target.id],
            hops=target.hops,
            verdict=str(target.verdict),
            classes=tuple(name for name in CLASSES if _FLAGS[name] & flags),
            guards=self._guards(target.guards),
            assumes=tuple(map(assumption_words, target.assumes)),
            blind_spots=tuple(map(_unknown, target.blind_spots)),
            path=self._hops(target.path),
        )

    def _hops(self, path: Path) -> tuple[Hop, ...]:
        return tuple(
            Hop(edge=self.edge[step], legs=tuple(map(self._hops, step.legs))) for step in path
        )

    def _guards(self, guards: Iterable[str]) -> tuple[str, ...]:
        return tuple(f"the attacker {in_words(self._by_name(guard))}" for guard in guards)

    def _by_name(self, guard: str) -> str:
        """Return a guard with the name of its subject, where that stands on a path."""
        kind, _, on = guard.partition(":")
        return f"{kind}:{self.names.get(on, on)}" if on else guard

    def _kinds(self) -> dict[str, StepKind]:
        catalogue = self.reach.graph.catalogue
        used = sorted({step.kind for step in self.steps})
        return {name: _step_kind(catalogue.edge(name)) for name in used}

    def _answer(self) -> tuple[str, ...]:
        said = [f"{self.reach.summary}."]
        if worst := next((each for each in self.targets if each.path), None):
            said.append(_in_a_line(worst))
        if self.reach.guards_cut:
            said.append("Some sets of conditions were cut: a smaller one than shown may suffice.")
        return tuple(said)

    def _assumed(self) -> list[str]:
        return sorted({each for target in self.targets for each in target.assumes})


def _targets(reach: Reach) -> list[Target]:
    """Return the targets of all classes, each once, most telling class first."""
    classes = (reach.privileged, reach.data, reach.secret_stores, reach.nhis)
    return list({each.id: each for targets in classes for each in targets}.values())


def _verdict(path: Path) -> str:
    steps = list(all_steps(path))
    if any(step.blind_spots for step in steps):
        return CANNOT_TELL
    return REACHED_IF if any(step.guards for step in steps) else REACHED


def _unknown(blind_spot: str) -> str:
    return f"not seen: {blind_spot}"


def _in_a_line(target: Target) -> str:
    by = ", ".join(step.target_name for step in target.path[:-1])
    steps = "1 step" if target.hops == 1 else f"{target.hops} steps"
    way = f", by way of {by}" if by else ""
    sure = {REACHED: "leads", REACHED_IF: "leads, under conditions,", CANNOT_TELL: "may lead"}
    return f"The most telling path {sure[target.verdict]} to {target.name} in {steps}{way}."


def _step_kind(kind: EdgeKind) -> StepKind:
    return StepKind(
        name=kind.name,
        reads=kind.reads,
        allows=kind.allows,
        verify=kind.verify,
        remove=kind.remove,
        logged=kind.logged,
        controls=tuple(f"{each} {each.title}" for each in kind.controls),
    )


def _stamp(identity: str, provenance: Provenance, tool_version: str) -> Stamp:
    return Stamp(
        identity=identity,
        moment=provenance.as_of or "the latest loads",
        profile=provenance.profile,
        store=provenance.store,
        loads=tuple(str(number) for number in provenance.loads),
        version=tool_version,
    )
