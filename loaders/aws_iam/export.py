"""What is known of the AWS answers being read, and the parts that every converter uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from idgraph.records import (
    NO_PROPERTIES,
    EdgeRecord,
    Ignored,
    NodeRecord,
    OwnerClaim,
    Record,
    Rejected,
    Value,
)
from idgraph.vocabulary import aws
from loaders._fields import Fault, Item, Unusable, known, one_a_place
from loaders._files import File
from loaders._reading import Counts, Tally
from loaders._tags import owners_in, secrets_in, told
from loaders.aws_iam.sources import ANCHORS, ARN, Belongs, Homes, Level, level_of, stated


class Kind(Protocol):
    """A kind of node or edge, as far as a loader needs to know it."""

    @property
    def name(self) -> str:
        """Its name in the vocabulary."""


@dataclass(slots=True)
class Seen:
    """What was seen of one record kind."""

    count: int = 0
    faults: int = 0
    truncated: bool = False  # a page says that another one follows
    from_copy: set[str] = field(default_factory=set)  # what comes from the copy shipped here


@dataclass(slots=True)
class Details:
    """The pages of `get-account-authorization-details`: one list of four kinds, in any pages."""

    elements: Counter[str] = field(default_factory=Counter)  # by member
    pages: int = 0  # that say that another one follows
    last_pages: int = 0  # that do not

    @property
    def any(self) -> bool:
        """Whether a page is there."""
        return self.pages + self.last_pages > 0

    @property
    def whole(self) -> bool:
        """Whether the last page is there: it alone does not say that another one follows."""
        return self.last_pages > 0

    def empty(self) -> tuple[str, ...]:
        """Return the members of which it is to be believed that the account has none.

        With `--filter` what was not asked for is an empty list, too. Where principals and policies
        came, nothing was left out, as far as can be seen.
        """
        principals = self.elements["UserDetailList"] + self.elements["RoleDetailList"]
        if not (self.whole and principals and self.elements["Policies"]):
            return ()
        return tuple(member for member, count in self.elements.items() if not count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a pull, and what became of it."""

    operation: str  # "lambda ListFunctions"
    region: str
    record: str  # the record kind that its answer holds
    outcome: str
    code: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class Later:
    """A conversion that needs all files; it takes the account that they are of."""

    convert: Callable[[str], Iterator[Record]]


@dataclass(slots=True)
class Export:
    """What is known so far; one for all files that are read for a source."""

    counts: Counts
    homes: Homes
    mine: Belongs | None = None  # the source being read; None: it is only found out whose all is
    is_first: bool = False  # of the sources: takes what belongs to nobody
    record: str = ""  # the kind of the record being converted
    file: File | None = None  # that is being read
    seen: dict[str, Seen] = field(default_factory=dict)  # by record kind
    details: Details = field(default_factory=Details)
    calls: list[Call] = field(default_factory=list)  # what a pull tells of its calls
    groups: dict[tuple[str, str], str] = field(default_factory=dict)  # (prefix, name) -> ARN
    users: dict[tuple[str, str], str] = field(default_factory=dict)  # (account, name) -> ARN
    instances: dict[str, str] = field(default_factory=dict)  # EC2 instance id -> ARN
    documents: set[str] = field(default_factory=set)  # managed policies that were read
    wanted: dict[str, Item] = field(default_factory=dict)  # managed policies that are referred to
    later: list[tuple[str, Item, Later]] = field(default_factory=list)

    @property
    def account(self) -> str:
        """The account being read, "" where the source is none."""
        return self.mine.id if self.mine and self.mine.level is Level.ACCOUNT else ""

    @property
    def partition(self) -> str:
        """The partition of the account being read."""
        return self.homes.partitions.get(self.account, "aws")

    def takes(self, own: Belongs | None) -> bool:
        """Return whether an element is of the source being read; `own` is where it says it is."""
        belongs = self.belongs(own)
        return belongs == self.mine or (self.is_first and belongs not in self.homes.sources)

    def belongs(self, own: Belongs | None) -> Belongs | None:
        """Return where an element belongs that says `own`; None: nobody knows."""
        return self.homes.belongs(self.file, level_of(self.record), own) if self.file else own

    def is_of(self, level: Level) -> bool:
        """Return whether the source being read is of a level."""
        return self.mine is not None and self.mine.level is level

    def home(self, level: Level) -> Belongs | None:
        """Return where the file's things belong that do not say so."""
        return self.homes.home(self.file, level) if self.file else None


def arn(item: Item, key: str) -> str:
    """Return an ARN.

    Raises
    ------
    Unusable
        It is missing or is none.
    """
    text = item.text(key)
    if not ARN.fullmatch(text):
        raise Unusable(item.at(key), "is no ARN" if text else "is missing")
    return text


def region_of(text: str) -> str:
    """Return the region of an ARN."""
    return text.split(":")[3]


def node(
    item: Item,
    export: Export,
    kind: Kind,
    node_id: str,
    *,
    name: str,
    properties: Mapping[str, Value] = NO_PROPERTIES,
    aliases: tuple[str, ...] = (),
    mention: bool = False,
) -> NodeRecord:
    """Return the record of a node."""
    return NodeRecord(
        record=export.record,
        id=node_id,
        kind=kind.name,
        name=name,
        aliases=aliases,
        properties=dict(properties),
        evidence=item.place,
        mention=mention,
    )


def edge(
    item: Item,
    export: Export,
    source: str,
    kind: Kind,
    target: str,
    *,
    key: str = "",
    properties: Mapping[str, Value] = NO_PROPERTIES,
) -> EdgeRecord:
    """Return the record of an edge."""
    return EdgeRecord(
        record=export.record,
        source=source,
        kind=kind.name,
        target=target,
        key=key,
        properties=dict(properties),
        evidence=item.place,
    )


def in_account(item: Item, export: Export, thing: str, account: str) -> Iterator[Record]:
    """Yield the account that a thing belongs to, and that it does."""
    if account:
        yield node(item, export, aws.ACCOUNT, account, name=account, mention=True)
        yield edge(item, export, thing, aws.IN_ACCOUNT, account)


def tags_of(item: Item) -> dict[str, str]:
    """Return the tags of a thing: a list of Key and Value (or key and value), or an object."""
    raw = item.value.get("Tags", item.value.get("tags", item.value.get("TagSet")))
    if isinstance(raw, dict):
        return {str(key): str(value) for key, value in raw.items()}
    found: dict[str, str] = {}
    for each in raw if isinstance(raw, list) else ():
        if isinstance(each, dict):
            key = each.get("Key", each.get("key", each.get("TagKey")))
            value = each.get("Value", each.get("value", each.get("TagValue")))
            if isinstance(key, str) and isinstance(value, str):
                found[key] = value
    return found


def claims(item: Item, export: Export, thing: str, tags: Mapping[str, str]) -> Iterator[OwnerClaim]:
    """Yield the owners that tags name."""
    for key, owner in owners_in(dict(sorted(tags.items()))):
        yield OwnerClaim(
            record=export.record,
            node=thing,
            owner=owner,
            claim=f"tag:{key.lower()}",
            said_by="AWS tag",
            evidence=f"{item.place}/Tags",
        )


def resource(
    item: Item,
    export: Export,
    kind: Kind,
    thing: str,
    *,
    name: str,
    account: str,
    properties: Mapping[str, Value] = NO_PROPERTIES,
) -> Iterator[Record]:
    """Yield a thing with its tags, its account and the owners that its tags name."""
    tags = tags_of(item)
    export.counts.values_dropped += len(secrets_in(tags))
    said = known(account_id=account, tags=told(tags)) | dict(properties)
    yield node(item, export, kind, thing, name=name, properties=said)
    yield from in_account(item, export, thing, account)
    yield from claims(item, export, thing, tags)


Convert = Callable[[Item, Export], Iterator[Record | Later]]


def converted(
    value: Any, place: str, export: Export, convert: Convert, tally: Tally
) -> Iterator[Record]:
    """Yield the records of one element; what cannot be understood is rejected with its place."""
    item = Item(value if isinstance(value, dict) else {}, place, [])
    records: list[Record | Later] = []
    dropped = export.counts.values_dropped
    if item.value is not value:
        item.faults.append(Fault(place, "is not an object"))
    else:
        try:
            records = list(convert(item, export))
        except Unusable as unusable:
            item.faults.append(unusable.fault)
    own = stated(export.record, item, records)
    if export.mine is None:
        _note(records, own, export)
        return
    seen = export.seen.setdefault(export.record, Seen())
    if not export.takes(own):
        # Who knows whose it was: a list with something like it in it is whole for nobody.
        seen.faults += own is None and bool(item.faults)
        export.counts.values_dropped = dropped
        return
    seen.count += 1
    tally.records += 1
    if export.belongs(own) is None:
        item.faults.append(Fault(place, "names no account, and the files are not of one alone"))
        records = []
    yield from _counted(records, item, export, tally)


def _note(records: Iterable[Record | Later], own: Belongs | None, export: Export) -> None:
    """Note where an element belongs, before anything is read for good."""
    if export.file is None:
        return
    held = export.homes.held(export.file)
    if own is None:
        held.nameless.add(level_of(export.record))
        return
    held.owners.add(own)
    if export.record in ANCHORS:
        held.anchors.add(own)
    if own.level is Level.ACCOUNT and own.id not in export.homes.partitions:
        ids = (each.id for each in records if isinstance(each, NodeRecord))
        named = (found for found in map(ARN.fullmatch, ids) if found)
        mine = (found.group(1) for found in named if found.group(4) == own.id)
        export.homes.partitions[own.id] = next(mine, "aws")


def _counted(
    records: list[Record | Later], item: Item, export: Export, tally: Tally
) -> Iterator[Record]:
    left_out = [each for each in records if isinstance(each, Ignored)]
    if left_out:
        tally.ignored.update(each.record for each in left_out)
    elif records:
        tally.accepted += 1
    elif item.faults:
        tally.refused += 1
    else:
        tally.ignored[export.record] += 1
        yield Ignored(record=export.record, reason="states nothing")
    for each in records:
        if isinstance(each, Later):
            export.later.append((export.record, item, each))
        else:
            yield each
    yield from rejected(export, item.faults)


def rejected(export: Export, faults: Iterable[Fault]) -> Iterator[Rejected]:
    """Yield and count what could not be understood."""
    for fault in one_a_place(faults):
        export.seen.setdefault(export.record, Seen()).faults += 1
        yield export.counts.reject(export.record, fault)
