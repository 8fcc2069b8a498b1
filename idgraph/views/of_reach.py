"""From the result of a reach to a Picture: its labels, shapes and explanations are the catalogue's.

Every path of the four classes is drawn; a node lies as many steps from the start as on the
shortest of the paths that are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from idgraph.analysis.provenance import Provenance, Seen
from idgraph.analysis.reach import Named, Reach, Step, Target
from idgraph.analysis.words import (
    assumption_words,
    guard_words,
    headline,
    most_telling,
    scenario_words,
)
from idgraph.catalogue import Catalogue, EdgeKind, NodeKind
from idgraph.views.picture import (
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

# The classes of a Picture by the names they have in a Reach.
_OF_REACH = {
    "nhis": "nhi",
    "privileged": "privileged",
    "secret_stores": "secret_store",
    "data": "data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who answers for nodes, by id: a text to show, and why there is no valid owner."""

    named: Mapping[str, str] = field(default_factory=dict)
    unowned: Mapping[str, str] = field(default_factory=dict)


NO_OWNERS = Owners()


def picture_of_reach(reach: Reach, catalogue: Catalogue, *, owners: Owners = NO_OWNERS) -> Picture:
    """Return the Picture of what an identity reaches."""
    return _Builder(reach, catalogue, owners).picture()


class _Builder:
    """Gives each node and step of the paths its place, and remembers it."""

    def __init__(self, reach: Reach, catalogue: Catalogue, owners: Owners) -> None:
        self.reach = reach
        self.catalogue = catalogue
        self.owners = owners
        self.targets = {target.id: target for target in (*reach.reached, *reach.targets)}
        self.classes = _classes(reach)
        self.layers = _layers(reach)
        self.steps = {step: None for target in reach.targets for step in target.path}
        self.ids = self._named()
        self.place = {node: at for at, node in enumerate(self.ids)}
        self.edge = {step: at for at, step in enumerate(self.steps)}

    def _named(self) -> dict[str, Named]:
        start, targets = self.reach.identity, self.reach.targets
        ends = (end for step in self.steps for end in (step.source, step.target))
        return {each.id: each for each in (start, *ends, *targets)}

    def picture(self) -> Picture:
        reach, provenance = self.reach, self.reach.provenance
        event = "reset" if reach.scenario.reset else "takeover"
        return Picture(
            title=f"What a {event} of {reach.identity.name} opens",
            question=f"What can be reached from {reach.identity.name} after "
            f"{scenario_words(reach.scenario)}?",
            answer=_answer(reach),
            stamp=_stamp(reach),
            nodes=tuple(self._node(each) for each in self.ids.values()),
            edges=tuple(self._edge(step) for step in self.steps),
            rows=tuple(self._row(target) for target in reach.targets),
            kinds={kind.name: _step_kind(kind) for kind in self._kinds()},
            not_seen=_not_seen(provenance),
            assumed=tuple(assumption_words(each) for each in reach.assumes),
        )

    def _kinds(self) -> list[EdgeKind]:
        return [self.catalogue.edge(name) for name in sorted({step.kind for step in self.steps})]

    def _node(self, each: Named) -> PictureNode:
        kind = self.catalogue.node(each.kind)
        known = self.targets.get(each.id)
        classes = self.classes.get(each.id, set()) | _classes_of(kind)
        return PictureNode(
            id=each.id,
            label=each.name,
            kind=kind.name,
            kind_label=kind.label,
            shape=kind.shape,
            layer=self.layers.get(each.id, 0),
            verdict=known.verdict if known else self._verdict_on_the_way(each.id),
            classes=tuple(name for name in CLASSES if name in classes),
            owner=self.owners.unowned.get(each.id) or self.owners.named.get(each.id, ""),
            unowned=each.id in self.owners.unowned,
            is_start=each.id == self.reach.identity.id,
        )

    def _verdict_on_the_way(self, node: str) -> str:
        """Return the verdict of a node that is ours: that of the best target behind it."""
        for target in self.reach.targets:
            for at, step in enumerate(target.path):
                if step.target.id == node:
                    guarded = any(each.guards for each in target.path[: at + 1])
                    return REACHED_IF if guarded else REACHED
        return REACHED

    def _edge(self, step: Step) -> PictureEdge:
        return PictureEdge(
            source=self.place[step.source.id],
            target=self.place[step.target.id],
            kind=step.kind,
            sentence=step.sentence,
            guards=self._guards(step.guards),
            assumes=tuple(assumption_words(each) for each in step.assumes),
            evidence=step.evidence,
        )

    def _row(self, target: Target) -> Row:
        classes = self.classes[target.id]
        return Row(
            node=self.place[target.id],
            hops=target.hops,
            verdict=target.verdict,
            classes=tuple(name for name in CLASSES if name in classes),
            guards=self._guards(target.guards),
            assumes=tuple(assumption_words(each) for each in target.assumes),
            blind_spots=tuple(f"{each} is not known" for each in target.blind_spots),
            path=tuple(Hop(edge=self.edge[step]) for step in target.path),
        )

    def _guards(self, guards: Iterable[str]) -> tuple[str, ...]:
        return tuple(guard_words(self._with_name(guard)) for guard in guards)

    def _with_name(self, guard: str) -> str:
        """Return a guard with the name of its subject, where that is on a path."""
        kind, _, subject = guard.partition(":")
        return f"{kind}:{self.ids[subject].name}" if subject in self.ids else guard


def _classes(reach: Reach) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, targets in reach.classes.items():
        for target in targets:
            found.setdefault(target.id, set()).add(_OF_REACH[name])
    return found


def _classes_of(kind: NodeKind) -> set[str]:
    said = {
        "person": kind.is_person,
        "nhi": kind.is_nhi,
        "privileged": kind.is_privileged,
        "secret_store": kind.is_secret_store,
        "data": kind.is_data,
    }
    return {name for name, is_so in said.items() if is_so}


def _layers(reach: Reach) -> dict[str, int]:
    layers = {reach.identity.id: 0}
    for target in reach.targets:
        for at, step in enumerate(target.path, 1):
            layers[step.target.id] = min(at, layers.get(step.target.id, at))
    return layers


def _step_kind(kind: EdgeKind) -> StepKind:
    return StepKind(
        name=kind.name,
        reads=kind.reads,
        allows=kind.allows,
        verify=kind.verify,
        remove=kind.remove,
        logged=kind.logged,
        controls=tuple(f"{each.name} {each.title}" for each in kind.controls),
    )


def _answer(reach: Reach) -> tuple[str, ...]:
    said = [headline(reach)]
    if worst := most_telling(reach):
        said.append(_in_a_line(worst, worst.path))
    if reach.guards_cut:
        said.append("Some sets of conditions were cut: a smaller one than shown may suffice.")
    return tuple(said)


def _in_a_line(target: Target, path: Sequence[Step]) -> str:
    by = ", ".join(step.target.name for step in path[:-1])
    steps = "1 step" if len(path) == 1 else f"{len(path)} steps"
    return (
        f"The most telling path leads to {target.name} in {steps}{', by way of ' * bool(by)}{by}."
    )


def _stamp(reach: Reach) -> Stamp:
    provenance = reach.provenance
    return Stamp(
        identity=reach.identity.id,
        moment=provenance.moment,
        profile=provenance.profile,
        store=provenance.store,
        loads=provenance.loads,
        version=provenance.version,
    )


def _not_seen(provenance: Provenance) -> tuple[str, ...]:
    return (*(_missing(each) for each in provenance.missing), *provenance.notes)


def _missing(seen: Seen) -> str:
    what = f"{seen.record} of {seen.source}" if seen.source else seen.record
    return f"{what}: {seen.about}" if seen.about else f"{what}: not loaded."
