"""What a view shows, as plain values: the one input of every view.

A Picture holds everything that was found. What is drawn of it is chosen by `drawing`, which
keeps whole paths together, says how much it left out, and places each node at its distance from
the start. Tables are made from the Picture, so they always have every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from idgraph.errors import ModelError, TooLargeToDrawError

DRAWN_BY_DEFAULT = 150
EASY_TO_DRAW = 500  # above it, edges are hidden while the view is moved
MOST_DRAWN = 2000

REACHED, REACHED_IF, CANNOT_TELL = "reached", "reached_if", "cannot_tell"
VERDICTS = {REACHED: "reached", REACHED_IF: "reached if", CANNOT_TELL: "cannot tell"}

# The classes of a target, most telling first: what they are called, one and many.
CLASSES = {
    "privileged": ("privileged", "Privileged roles and scopes"),
    "nhi": ("non-human identity", "Non-human identities"),
    "secret_store": ("secret store", "Secret stores"),
    "data": ("data store", "Data stores"),
    "person": ("person", "People"),
}
COUNTED = ("nhi", "privileged", "secret_store", "data")

COLUMN, ROW = 172, 66  # distance of neighbours, in the units of the drawing
_ASPECT = 1.9  # a drawing is about this much wider than high


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKind:
    """What is said about a kind of step wherever one is shown."""

    name: str
    reads: str
    allows: str = ""
    verify: str = ""
    remove: str = ""
    logged: str = ""
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureNode:
    """A node; `owner` is a text to show, `unowned` says that it ought to have one and has not."""

    id: str
    label: str
    kind: str
    kind_label: str
    shape: str = "dot"
    layer: int = 0  # steps from the start
    verdict: str = REACHED
    classes: tuple[str, ...] = ()
    owner: str = ""
    unowned: bool = False
    details: tuple[tuple[str, str], ...] = ()
    is_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEdge:
    """One step between two nodes, which are given by their place in the Picture."""

    source: int
    target: int
    kind: str
    sentence: str
    guards: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    verdict: str = REACHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A step of a path; one through a gate has legs, each a path of its own."""

    edge: int
    legs: tuple[tuple[Hop, ...], ...] = ()

    def edges(self) -> Iterator[int]:
        """Yield the edges of the legs and then its own."""
        for leg in self.legs:
            for hop in leg:
                yield from hop.edges()
        yield self.edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A target in the table, with the best path to it."""

    node: int
    hops: int
    verdict: str = REACHED
    classes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    blind_spots: tuple[str, ...] = ()
    path: tuple[Hop, ...] = ()

    def edges(self) -> Iterator[int]:
        """Yield the edges of the path, legs of gates included."""
        for hop in self.path:
            yield from hop.edges()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What was asked of what, and of when; printed on every page."""

    identity: str
    moment: str
    profile: str = "strict"
    store: str = ""
    loads: tuple[str, ...] = ()
    version: str = ""

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the stamp as names and values, without those that are empty."""
        said = (
            ("Identity", self.identity),
            ("As of", self.moment),
            ("Profile", self.profile),
            ("Store", self.store),
            ("Loads", ", ".join(self.loads)),
            ("idgraph", self.version),
        )
        return tuple((name, value) for name, value in said if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that a view may show, in plain values that hold hostile text unescaped."""

    title: str
    question: str
    answer: tuple[str, ...]
    stamp: Stamp
    nodes: tuple[PictureNode, ...] = ()
    edges: tuple[PictureEdge, ...] = ()
    rows: tuple[Row, ...] = ()
    kinds: Mapping[str, StepKind] = field(default_factory=dict)
    not_seen: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))
        _check(self.nodes, self.edges, self.rows)
        for kind in {edge.kind for edge in self.edges} - set(self.kinds):
            raise ModelError(f"a picture with steps of kind {kind}", "does not explain them")

    def tally(self) -> dict[str, dict[str, int]]:
        """Return, for each counted class, how many targets have each verdict."""
        counts = {name: dict.fromkeys(VERDICTS, 0) for name in COUNTED}
        for row in self.rows:
            for name in row.classes:
                if name in counts:
                    counts[name][row.verdict] += 1
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All drawn steps from one node to another; they are one line on the drawing."""

    source: int
    target: int
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The stretch of the drawing that holds one layer."""

    layer: int
    left: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn of a Picture: places of nodes and edges in it, and where they lie."""

    nodes: tuple[int, ...]
    lines: tuple[Line, ...]
    places: Mapping[int, tuple[float, float]]
    columns: tuple[Column, ...]
    left_out: int = 0

    def is_bowed(self, line: Line) -> bool:
        """Return whether a line stays in its column, where a straight one would cross marks."""
        return self.places[line.source][0] == self.places[line.target][0]


def drawing(picture: Picture, limit: int = DRAWN_BY_DEFAULT) -> Drawing:
    """Return what to draw, at most `limit` nodes: the start, then targets with whole paths.

    Raises
    ------
    TooLargeToDrawError
        When the limit is above what a browser can draw.

    """
    if limit > MOST_DRAWN:
        raise TooLargeToDrawError(
            f"a picture of {limit:,} nodes",
            f"cannot be drawn: the most is {MOST_DRAWN:,}",
            hint="Ask for fewer nodes; the table has every row all the same.",
        )
    nodes = tuple(sorted(_chosen(picture, limit)))
    places = layered_positions(picture, nodes)
    return Drawing(
        nodes=nodes,
        lines=_lines(picture, set(nodes)),
        places=places,
        columns=_columns(picture, places),
        left_out=len(picture.nodes) - len(nodes),
    )


def layered_positions(
    picture: Picture, nodes: Sequence[int] | None = None
) -> dict[int, tuple[float, float]]:
    """Return where nodes lie: x grows with the layer, kinds lie together, ties break by id.

    A layer that is too high for the drawing is folded into several columns.
    """
    shown = range(len(picture.nodes)) if nodes is None else nodes
    layers: dict[int, list[int]] = defaultdict(list)
    for node in shown:
        layers[picture.nodes[node].layer].append(node)
    height = _fold([len(members) for members in layers.values()])
    before = _sources(picture, set(shown))

    places: dict[int, tuple[float, float]] = {}
    left = 0
    for layer in sorted(layers):
        ordered = _by_kind(picture, layers[layer], places, before)
        columns = -(-len(ordered) // height)
        tall = -(-len(ordered) // columns)
        for at, node in enumerate(ordered):
            column, row = divmod(at, tall)
            in_column = min(tall, len(ordered) - column * tall)
            y = (row - (in_column - 1) / 2) * ROW + (ROW / 4) * (-1) ** column * (columns > 1)
            places[node] = (float((left + column) * COLUMN), y)
        left += columns
    return places


def tone(node: PictureNode) -> str:
    """Return the class that gives a node its colour: what it is before what it may do."""
    order = ("person", "secret_store", "data", "nhi", "privileged")
    return next((name for name in order if name in node.classes), "other")


def _check(nodes: Sequence[PictureNode], edges: Sequence[PictureEdge], rows: Sequence[Row]) -> None:
    for edge in edges:
        if not (0 <= edge.source < len(nodes) and 0 <= edge.target < len(nodes)):
            raise ModelError(f"the step {edge.sentence!r}", "ends at a node outside the picture")
    for row in rows:
        if not 0 <= row.node < len(nodes):
            raise ModelError("a row of the picture", "is about a node outside it")
        if any(not 0 <= edge < len(edges) for edge in row.edges()):
            raise ModelError(f"the path to {nodes[row.node].id}", "has a step outside the picture")
        for hop, following in pairwise(row.path):
            parted = edges[hop.edge].target != edges[following.edge].source
            if parted and not following.legs:
                raise ModelError(f"the path to {nodes[row.node].id}", "does not hang together")


def _chosen(picture: Picture, limit: int) -> set[int]:
    if len(picture.nodes) <= limit:
        return set(range(len(picture.nodes)))
    chosen = {at for at, node in enumerate(picture.nodes) if node.is_start}
    for row in sorted(picture.rows, key=lambda row: _weight(picture, row)):
        wanted = chosen | {row.node} | _ends(picture, row.edges())
        if len(wanted) <= limit:
            chosen = wanted
    rest = (at for at in range(len(picture.nodes)) if at not in chosen)
    nearest = sorted(rest, key=lambda at: (picture.nodes[at].layer, picture.nodes[at].id))
    return chosen | set(nearest[: max(0, limit - len(chosen))])


def _weight(picture: Picture, row: Row) -> tuple[int, int, int, str]:
    classes = list(CLASSES)
    best = min((classes.index(name) for name in row.classes if name in CLASSES), default=9)
    return list(VERDICTS).index(row.verdict), best, row.hops, picture.nodes[row.node].id


def _ends(picture: Picture, edges: Iterable[int]) -> set[int]:
    return {end for at in edges for end in (picture.edges[at].source, picture.edges[at].target)}


def _lines(picture: Picture, shown: set[int]) -> tuple[Line, ...]:
    between: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, edge in enumerate(picture.edges):
        if edge.source in shown and edge.target in shown:
            between[edge.source, edge.target].append(at)
    return tuple(
        Line(source=source, target=target, edges=tuple(edges))
        for (source, target), edges in sorted(between.items())
    )


def _columns(picture: Picture, places: Mapping[int, tuple[float, float]]) -> tuple[Column, ...]:
    across: dict[int, list[float]] = defaultdict(list)
    for node, (x, _) in places.items():
        across[picture.nodes[node].layer].append(x)
    half = COLUMN / 2
    return tuple(
        Column(layer=layer, left=min(xs) - half, right=max(xs) + half)
        for layer, xs in sorted(across.items())
    )


def _fold(sizes: Sequence[int]) -> int:
    """Return the number of rows at which the drawing has about the aspect that fits a page."""
    height = max(sizes, default=1)
    for rows in range(1, height):
        columns = sum(-(-size // rows) for size in sizes)
        if columns * COLUMN <= _ASPECT * rows * ROW:
            return rows
    return height


def _sources(picture: Picture, shown: set[int]) -> dict[int, list[int]]:
    before: dict[int, list[int]] = defaultdict(list)
    for edge in picture.edges:
        if edge.source in shown and edge.target in shown:
            before[edge.target].append(edge.source)
    return before


def _by_kind(
    picture: Picture,
    members: Sequence[int],
    places: Mapping[int, tuple[float, float]],
    before: Mapping[int, Sequence[int]],
) -> list[int]:
    """Return a layer in drawing order: near what leads to it, nodes of a kind together."""

    def pull(node: int) -> float:
        ys = [places[other][1] for other in before.get(node, ()) if other in places]
        return sum(ys) / len(ys) if ys else 0.0

    pulls = {node: pull(node) for node in members}
    of_kind: dict[str, list[float]] = defaultdict(list)
    for node in members:
        of_kind[picture.nodes[node].kind].append(pulls[node])
    middle = {kind: sum(values) / len(values) for kind, values in of_kind.items()}

    def order(node: int) -> tuple[float, str, float, str]:
        shown = picture.nodes[node]
        return middle[shown.kind], shown.kind, pulls[node], shown.id

    return sorted(members, key=order)
