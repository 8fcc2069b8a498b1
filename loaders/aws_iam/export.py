"""What is known of the AWS answers being read, and the parts that every converter uses."""

from __future__ import annotations

import re
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
from loaders._fields import Fault, Item, Unusable, known, one_a_place, people
from loaders._reading import Counts, Tally

ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]*):([a-z0-9-]*):(\d{12}|aws|):(\S.*)")
ACCOUNT = re.compile(r"\d{12}")
OWNER_TAGS = frozenset(
    {
        "accountable",
        "appowner",
        "applicationowner",
        "businessowner",
        "contact",
        "contactemail",
        "dataowner",
        "maintainer",
        "managedby",
        "owner",
        "ownedby",
        "owneremail",
        "owners",
        "responsible",
        "serviceowner",
        "steward",
        "team",
        "technicalowner",
    }
)
_PUNCTUATION = re.compile(r"[\W_]+")


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
    truncated: bool = False  # a page says that another one follows, and it is not there


@dataclass(frozen=True, slots=True)
class Later:
    """A conversion that needs all files; it takes the account where all are of one."""

    convert: Callable[[str], Iterator[Record]]


@dataclass(slots=True)
class Export:
    """What is known so far; one for all files of a load."""

    counts: Counts
    scope: str = ""
    record: str = ""  # the kind of the record being converted
    seen: dict[str, Seen] = field(default_factory=dict)  # by record kind
    accounts: set[str] = field(default_factory=set)
    groups: dict[tuple[str, str], str] = field(default_factory=dict)  # (prefix, name) -> ARN
    users: dict[tuple[str, str], str] = field(default_factory=dict)  # (account, name) -> ARN
    documents: set[str] = field(default_factory=set)  # managed policies that were read
    wanted: dict[str, Item] = field(default_factory=dict)  # managed policies that are referred to
    later: list[tuple[str, Item, Later]] = field(default_factory=list)

    def account_of(self, arn: str) -> str:
        """Return the account of an ARN, "" where it has none; it is one of those read."""
        found = ARN.fullmatch(arn)
        account = found.group(4) if found else ""
        if ACCOUNT.fullmatch(account):
            self.accounts.add(account)
            return account
        return ""


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


def told_tags(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return tags as texts, sorted."""
    return tuple(sorted(f"{key}={value}" for key, value in tags.items()))


def claims(item: Item, export: Export, thing: str, tags: Mapping[str, str]) -> Iterator[OwnerClaim]:
    """Yield the owners that tags name."""
    for key, value in sorted(tags.items()):
        if _PUNCTUATION.sub("", key.lower()) in OWNER_TAGS:
            for owner in people(value):
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
    said = known(account_id=account, tags=told_tags(tags)) | dict(properties)
    yield node(item, export, kind, thing, name=name, properties=said)
    yield from in_account(item, export, thing, account)
    yield from claims(item, export, thing, tags)


Convert = Callable[[Item, Export], Iterator[Record | Later]]


def converted(
    value: Any, place: str, export: Export, convert: Convert, tally: Tally
) -> Iterator[Record]:
    """Yield the records of one element; what cannot be understood is rejected with its place."""
    tally.records += 1
    seen = export.seen.setdefault(export.record, Seen())
    seen.count += 1
    item = Item(value if isinstance(value, dict) else {}, place, [])
    records: list[Record | Later] = []
    if item.value is not value:
        item.faults.append(Fault(place, "is not an object"))
    else:
        try:
            records = list(convert(item, export))
        except Unusable as unusable:
            item.faults.append(unusable.fault)
    yield from _counted(records, item, export, tally)


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
        refused = Rejected(record=export.record, place=fault.place, reason=fault.reason)
        export.counts.rejected.append(refused)
        export.seen.setdefault(export.record, Seen()).faults += 1
        yield refused
