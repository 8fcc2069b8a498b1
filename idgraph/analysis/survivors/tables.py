"""What is documented to survive a reset: a table a platform, versioned, with a source for each row.

An *artefact* is a class of things that keep access alive: a session, a token, a key. A *change* is
what was done: a reset by some method, or an action of a defender. A table says of each change which
artefacts it ends, and how soon; which it may end, and what is not known; all others survive it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idgraph.analysis.methods import METHODS
from idgraph.derive import CATALOGUE
from idgraph.errors import InputError, ModelError, UnknownNameError, did_you_mean
from idgraph.vocabulary.events import EVENT_KINDS

PLATFORMS = ("entra", "aws", "okta", "google", "github", "salesforce")

PERSON = "person"
NHI = "nhi"

_FOLDER = Path(__file__).parent
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DURATION = re.compile(r"([1-9][0-9]*) (min|h|d)\Z")
_THEN = ", then after "


class Fate(StrEnum):
    """What became of an artefact."""

    SURVIVES = "survives"
    REVOKED = "revoked"
    CANNOT_TELL = "cannot_tell"


class Trust(StrEnum):
    """How a source was known when the table was written."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    INFERENCE = "inference"


class Where(StrEnum):
    """What has to be there for an artefact to count."""

    ANY = "any"  # the identity, or a node that it reaches
    OWN = "own"  # the identity alone
    REACHED = "reached"  # a node that the identity reaches
    ATTACHED = "attached"  # a node that leads in one step to the identity or to what it reaches
    OWNED = "owned"  # a node that one of `by_edges` leads to from the identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document behind a row; `dated` is its own date, or the month in which it was read."""

    key: str
    document: str
    place: str
    dated: str
    trust: Trust
    version: str  # of the table that cites it

    def to_json(self) -> dict[str, str]:
        """Return the source as `--json` prints it."""
        return {
            "key": self.key,
            "document": self.document,
            "place": self.place,
            "dated": self.dated,
            "trust": self.trust.value,
            "table": self.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How long an artefact lives from its issue; None is without end."""

    least: timedelta | None
    usual: timedelta | None
    most: timedelta | None
    words: str

    @property
    def length(self) -> timedelta:
        """How long at most, as a span that is longer than any other where there is no end."""
        return timedelta.max if self.most is None else self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long an end takes to be felt, at most; `after` names a part that nobody documents."""

    most: timedelta = timedelta()
    after: str = ""

    def __str__(self) -> str:
        soon = f"within {spoken(self.most)}" if self.most else "at once"
        return f"{soon}{_THEN}{self.after}" if self.after else soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A class of things that keep access alive.

    `of` says who or what has it: `person`, `nhi` (of the table's platform) or kinds of nodes.
    `minted_by` names what new ones can be got with, held by the same identity; `minted_by_own`
    the same, held by the identity that was reset, when it reaches this one; `abroad` the same of
    other platforms; `perhaps_by` what may bring new ones, held by anything that it reaches, of any
    platform. `needs` names data that no loaded export holds, without which nobody knows whether
    there is one.
    """

    id: str
    platform: str
    name: str
    of: tuple[str, ...]
    life: Life
    source: Source
    given: bool = False  # handed out by the reset itself
    where: Where = Where.ANY
    held_by: tuple[str, ...] = ()  # only credentials of these kinds of nodes
    by_edges: tuple[str, ...] = ()  # only nodes that one of these leads to from what is held
    only_from: tuple[str, ...] = ()  # only where such an edge begins at these kinds of nodes
    never_from: tuple[str, ...] = ()  # only where such an edge begins at other kinds
    is_node: bool = False  # is itself an object of the graph, with its own dates
    where_true: str = ""  # only where the node's property is true
    unless_false: str = ""  # none where the node's property is false
    beyond: str = ""  # only where this property counts more than what `by_edges` lead to
    idle_where_false: str = ""  # only where the node's property is false: then it opens nothing
    endless_in_circles: bool = False  # new ones without end where `by_edges` go round in a circle
    most_seconds: str = ""  # the node's property that says how long one lives at most
    members_only: bool = False  # a guest has none
    kept_at_home: bool = False  # a guest's is kept, and ended, by the home tenant alone
    needs: str = ""
    minted_by: tuple[str, ...] = ()
    minted_by_own: tuple[str, ...] = ()
    abroad: tuple[str, ...] = ()
    perhaps_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a change does to an artefact, and the source for it."""

    fate: Fate
    source: Source
    delay: Delay = Delay()
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A reset by a method, in one of its variants, or an action of a defender."""

    id: str
    platform: str
    name: str  # what was done, as a clause
    source: Source
    method: str = ""
    variant: str = ""
    assumed: bool = False  # the variant meant when none is named
    gives: tuple[str, ...] = ()  # artefacts that it hands out
    do: str = ""  # an action, in words
    operation: str = ""  # the platform's own name for it
    temporary: bool = False  # lasts only while it is not undone
    logged_as: str = ""  # the kind of event that shows it was done, to all that it ends
    undone_as: str = ""  # the kind of event that shows it was undone
    also_guests: bool = False  # works on a guest from the tenant visited
    guests_only: bool = False  # is done in a guest's home tenant
    cells: Mapping[str, Cell] = field(default_factory=dict)  # by artefact, where it does something

    def cell(self, artefact: str) -> Cell:
        """Return what it does to an artefact: what is not named survives."""
        return self.cells.get(artefact) or Cell(fate=Fate.SURVIVES, source=self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is known of one platform."""

    platform: str
    version: str
    artefacts: Mapping[str, Artefact]
    changes: Mapping[str, Change]

    @property
    def actions(self) -> tuple[Change, ...]:
        """The changes that a defender can make, in the order of the table."""
        return tuple(each for each in self.changes.values() if each.do)

    @property
    def methods(self) -> tuple[str, ...]:
        """The reset methods that the table knows, in the order of the table."""
        return tuple(dict.fromkeys(each.method for each in self.changes.values() if each.method))

    def reset(self, method: str, variant: str | None = None) -> Change:
        """Return the change that a reset method is; without a variant, the one assumed.

        Raises
        ------
        InputError
            The method is not known of this platform, or not in this variant.
        """
        found = {each.variant: each for each in self.changes.values() if each.method == method}
        if not found:
            raise InputError(
                f"reset {method}",
                f"is not documented for {self.platform}",
                hint=f"Use {', '.join(self.methods)}.",
            )
        if variant is None:
            return max(found.values(), key=lambda each: each.assumed)  # the only one, or that one
        if variant not in found:
            named = ", ".join(filter(None, found))
            hint = f"Use {named}." if named else "Leave out the variant."
            raise InputError(f"variant {variant!r}", f"of {method} does not exist", hint=hint)
        return found[variant]


@cache
def tables() -> Mapping[str, Table]:
    """Return every table, by platform."""
    read = [parse((_FOLDER / f"{name}.toml").read_text("utf-8")) for name in PLATFORMS]
    _refuse_doubles(name for table in read for name in table.artefacts)
    known = {name: each for table in read for name, each in table.artefacts.items()}
    for thing in known.values():
        _known(f"the artefact {thing.id}", (*thing.abroad, *thing.perhaps_by), known)
    _refuse_doubles(name for table in read for name in table.changes)
    return MappingProxyType({table.platform: table for table in read})


@cache
def artefacts() -> Mapping[str, Artefact]:
    """Return the artefacts of all platforms, by id."""
    return MappingProxyType(
        {name: each for table in tables().values() for name, each in table.artefacts.items()}
    )


@cache
def actions() -> Mapping[str, Change]:
    """Return what a defender can do on any platform, by id, in the order of the tables."""
    return MappingProxyType(
        {each.id: each for table in tables().values() for each in table.actions}
    )


def action(name: str) -> Change:
    """Return an action by its id.

    Raises
    ------
    UnknownNameError
        There is no such action.
    """
    try:
        return actions()[name]
    except KeyError:
        hint = did_you_mean(name, actions()) or f"Choose from: {', '.join(actions())}."
        raise UnknownNameError(f"action {name!r}", "does not exist", hint=hint) from None


def spoken(span: timedelta) -> str:
    """Return a span as a table writes it: `90 min`, `28 h`, `14 d`."""
    for name, unit in (("d", _UNITS["d"]), ("h", _UNITS["h"])):
        if span >= 2 * unit and not span % unit:
            return f"{span // unit} {name}"
    return f"{span // _UNITS['min']} min"


# Reading.


def parse(text: str) -> Table:
    """Return the table that a text in TOML states.

    Raises
    ------
    ModelError
        A field, method, artefact, source or kind is unknown, missing or stated twice; what mints
        what goes round in a circle; the variant assumed is not the one that leaves most alive.
    """
    try:
        table = _table(**tomllib.loads(text))
    except (tomllib.TOMLDecodeError, TypeError, KeyError, AttributeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError("a table of survivors", f"cannot be read: {error}") from error
    _check(table)
    return table


def _table(
    *,
    platform: str,
    version: str,
    source: list[dict[str, Any]],
    artefact: list[dict[str, Any]],
    change: list[dict[str, Any]],
) -> Table:
    if not re.fullmatch(r"\d{4}-\d{2}", version):
        raise ModelError(f"the version {version!r}", "is not a year and a month")
    sources = _by_id(
        (each.get("key", ""), _source(version=f"{platform} {version}", **each)) for each in source
    )
    things = _by_id((each.get("id", ""), _artefact(platform, sources, **each)) for each in artefact)
    done: dict[str, Change] = {}
    for each in change:
        made = _change(platform, sources, done, **each)
        _by_id([*((name, "") for name in done), (made.id, "")])
        done[made.id] = made
    return Table(
        platform=platform,
        version=version,
        artefacts=MappingProxyType(things),
        changes=MappingProxyType(done),
    )


def _by_id(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    listed = list(pairs)
    _refuse_doubles(name for name, _ in listed)
    return dict(listed)


def _refuse_doubles(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen or not name:
            raise ModelError(f"the row {name!r}", "is stated twice or has no name")
        seen.add(name)


def _source(*, trust: str, **texts: str) -> Source:
    return Source(trust=Trust(trust), **texts)


def _cited(sources: Mapping[str, Source], key: str, row: str) -> Source:
    try:
        return sources[key]
    except KeyError:
        raise ModelError(f"the row {row}", f"cites {key!r}, which is no source") from None


def _artefact(  # noqa: PLR0913  one argument a field of the row
    platform: str,
    sources: Mapping[str, Source],
    *,
    id: str,  # noqa: A002  the name in the table
    of: list[str],
    least: str,
    most: str,
    lives: str,
    source: str,
    usual: str | None = None,
    where: str = "any",
    **more: Any,
) -> Artefact:
    life = Life(
        least=timedelta() if least == "unknown" else _duration(least),
        usual=_duration(usual) if usual else None,
        most=None if most == "unknown" else _duration(most),
        words=lives,
    )
    others: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in more.items()
    }
    return Artefact(
        id=id,
        platform=platform,
        of=tuple(of),
        life=life,
        source=_cited(sources, source, id),
        where=Where(where),
        **others,
    )


def _duration(text: str) -> timedelta | None:
    """Return a span written as `90 min`, None for `no end`."""
    if text == "no end":
        return None
    match = _DURATION.match(text)
    if not match:
        raise ModelError(f"the span {text!r}", "is not a number with min, h or d")
    return int(match[1]) * _UNITS[match[2]]


def _delay(text: str) -> Delay:
    soon, _, after = text.partition(_THEN)
    if soon == "at once":
        return Delay(after=after)
    span = _duration(soon.removeprefix("within "))
    if not soon.startswith("within ") or span is None:
        raise ModelError(f"the delay {text!r}", "is neither `at once` nor `within` a span")
    return Delay(most=span, after=after)


def _change(  # noqa: PLR0913  one argument a field of the row
    platform: str,
    sources: Mapping[str, Source],
    known: Mapping[str, Change],
    *,
    id: str,  # noqa: A002  the name in the table
    source: str,
    revokes: Mapping[str, str] = MappingProxyType({}),
    cannot_tell: Mapping[str, Any] = MappingProxyType({}),
    same_as: str | None = None,
    gives: Iterable[str] = (),
    **more: Any,
) -> Change:
    cites = dict(more.pop("cites", {}))
    _refuse_doubles([*revokes, *cannot_tell])

    def at(name: str) -> Source:
        return _cited(sources, cites.pop(name, source), id)

    cells = dict(known[same_as].cells) if same_as else {}
    for name, soon in revokes.items():
        cells[name] = Cell(fate=Fate.REVOKED, source=at(name), delay=_delay(soon))
    for name, said in cannot_tell.items():
        cells[name] = _unclear(said, at(name))
    if cites:
        raise ModelError(f"the row {id}", f"cites sources for {', '.join(cites)} without a cell")
    return Change(
        id=id,
        platform=platform,
        source=_cited(sources, source, id),
        gives=tuple(gives),
        cells=MappingProxyType(cells),
        **more,
    )


def _unclear(said: str | Mapping[str, str], source: Source) -> Cell:
    """Return a cell that hangs on what is not known; `within` is the delay if it does end."""
    row = {"missing": said} if isinstance(said, str) else dict(said)
    missing, within = row.pop("missing"), row.pop("within", "")
    if row or not missing:
        raise ModelError(f"the cell {said!r}", "does not just say what is missing")
    delay = Delay(most=_duration(within) or timedelta()) if within else Delay()
    return Cell(fate=Fate.CANNOT_TELL, source=source, delay=delay, missing=missing)


# Checking.


def _check(table: Table) -> None:
    for thing in table.artefacts.values():
        _check_artefact(table, thing)
    for change in table.changes.values():
        _check_change(table, change)
    for method in table.methods:
        _check_variants(table, method)
    order = {
        key: {other for other in parents if other.split(":")[1] in table.artefacts}
        for key, parents in _parents(table)
    }
    try:
        TopologicalSorter(order).prepare()
    except CycleError as error:
        circle = " from ".join(dict.fromkeys(error.args[1]))
        raise ModelError("a table of survivors", f"mints in a circle: {circle}") from error


def _parents(table: Table) -> Iterator[tuple[str, set[str]]]:
    for thing in table.artefacts.values():
        mine = {f"own:{name}" for name in thing.minted_by_own}
        yield f"own:{thing.id}", {f"own:{name}" for name in thing.minted_by}
        yield f"reached:{thing.id}", {f"reached:{name}" for name in thing.minted_by} | mine


def _check_artefact(table: Table, thing: Artefact) -> None:
    row = f"the artefact {thing.id}"
    if not (thing.name and thing.of and thing.life.words):
        raise ModelError(row, "has no name, says of nothing, or not how long it lives")
    _known(row, (*thing.minted_by, *thing.minted_by_own), table.artefacts)
    ends = {*thing.held_by, *thing.only_from, *thing.never_from}
    for kind in ({*thing.of} - {PERSON, NHI}) | ends:
        _named(row, lambda kind=kind: CATALOGUE.node(kind))
    for kind in thing.by_edges:
        _named(row, lambda kind=kind: CATALOGUE.edge(kind))
    needs_edges = thing.where is Where.OWNED or thing.beyond or thing.only_from or thing.never_from
    if needs_edges and not thing.by_edges:
        raise ModelError(row, "hangs on edges and names none")
    least, most = thing.life.least, thing.life.most
    if most is not None and (least is None or least > most):
        raise ModelError(row, "lives at least longer than at most")


def _named(row: str, look_up: Any) -> None:
    try:
        look_up()
    except UnknownNameError as error:
        raise ModelError(row, f"names a kind that does not exist: {error}") from error


def _known(row: str, names: Iterable[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise ModelError(row, f"names {name!r}, which is no artefact that it may name")


def _check_change(table: Table, change: Change) -> None:
    row = f"the change {change.id}"
    _known(row, (*change.cells, *change.gives), table.artefacts)
    if change.method and change.method not in METHODS:
        raise ModelError(row, f"is of the method {change.method!r}, which does not exist")
    if bool(change.do) != bool(change.operation):
        raise ModelError(row, "says what to do or what the platform calls it, not both")
    for kind in filter(None, (change.logged_as, change.undone_as)):
        if kind not in EVENT_KINDS:
            raise ModelError(row, f"is logged as {kind!r}, which is no kind of event")
    if change.do and change.method:
        raise ModelError(row, "is both a reset and an action")
    for name in change.gives:
        if not table.artefacts[name].given:
            raise ModelError(row, f"hands out {name}, which no reset hands out")
    for name, cell in change.cells.items():
        if cell.fate is Fate.REVOKED and name in change.gives:
            raise ModelError(row, f"both hands out and ends {name}")


def _check_variants(table: Table, method: str) -> None:
    found = [each for each in table.changes.values() if each.method == method]
    row = f"the method {method} of {table.platform}"
    if len({each.variant for each in found}) < len(found):
        raise ModelError(row, "has a variant twice")
    if len(found) == 1:
        return
    assumed = [each for each in found if each.assumed]
    if len(assumed) != 1 or not all(each.variant for each in found):
        raise ModelError(row, "has several variants and does not name one as assumed")
    ends = _ended(assumed[0])
    if not all(ends <= _ended(each) for each in found):
        raise ModelError(row, "assumes a variant that ends what another leaves alive")


def _ended(change: Change) -> set[str]:
    return {name for name, cell in change.cells.items() if cell.fate is Fate.REVOKED}
