"""The names of a vault's secrets: `az keyvault secret list`, or the pages of the REST call.

A secret is known by its identifier without the version. Values never enter: an item that holds
one, from `az keyvault secret show`, is read without it, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from idgraph.errors import InputError
from idgraph.records import (
    CoverageRecord,
    EdgeRecord,
    Ignored,
    NodeRecord,
    Record,
    Source,
    Value,
)
from idgraph.vocabulary import azure
from loaders._fields import Fault, Item, Unusable, an_object, known, one_a_place
from loaders._files import File, find, opened
from loaders._json import TOP, Element, elements
from loaders._reading import Counts, Loader, Progress, Reading, Tally
from loaders._repositories import mentioned
from loaders._secret_tags import opens_of

NAME = "azure_keyvault"
SECRET = "vault secret"  # noqa: S105  the name of a record kind
OTHERS = {"keys": "vault key", "certificates": "vault certificate"}

_IDENTIFIER = re.compile(r"https://([a-z0-9.-]+)(?::443)?/([a-z]+)/([^/\x00-\x20]+)(?:/[^/]*)?/?")


@dataclass(slots=True)
class Vaults:
    """What is known so far of the vaults being read."""

    counts: Counts
    hosts: set[str] = field(default_factory=set)
    more: bool = False  # a page says that another one follows
    others: dict[str, int] = field(default_factory=dict)  # by record kind


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of the secret lists of one or more vaults.

    Raises
    ------
    InputError
        A path holds no file to read.
    """
    files = find(paths, ".json")
    read = partial(_read, files=files, scope=scope or "", progress=progress)
    return Reading([file.name for file in files], read)


def _read(
    reading: Reading, *, files: Sequence[File], scope: str, progress: Progress | None
) -> Iterator[Record]:
    vaults = Vaults(reading.counts)
    for file in files:
        with opened(file, progress) as stream:
            parts = elements(stream, file.name, wanted=("value", "nextLink"))
            yield from parse_list(parts, file.name, vaults)
    reading.source = Source(loader=NAME, scope=scope or ",".join(sorted(vaults.hosts)))
    yield from _coverage(vaults)


def parse_list(parts: Iterable[Element], file: str, vaults: Vaults) -> Iterator[Record]:
    """Yield the secrets of one file.

    Raises
    ------
    InputError
        It is no list of secrets, or nothing in it can be accepted.
    """
    tally = vaults.counts.tally(file)
    for part in parts:
        if part.member == "nextLink":
            vaults.more = vaults.more or bool(part.value)
        elif part.member in {TOP, "value"} and part.index is not None:
            tally.records += 1
            place = f"{file}#/{part.index}" if part.member == TOP else f"{file}#/value/{part.index}"
            yield from _item(part.value, place, vaults, tally)
    if not tally.accepted:
        raise InputError(
            file,
            f"holds no secret that could be used, out of {tally.records}",
            place=f"{file}#",
            hint="Export it with `az keyvault secret list --vault-name NAME -o json`.",
        )


def _item(value: Any, place: str, vaults: Vaults, tally: Tally) -> Iterator[Record]:
    faults: list[Fault] = []
    try:
        converted = _secret(Item(an_object(value, place), place, faults), vaults)
    except Unusable as unusable:
        converted = []
        faults.append(unusable.fault)
        tally.refused += 1
    else:
        other = [record.record for record in converted if isinstance(record, Ignored)]
        tally.ignored.update(other)
        tally.accepted += not other
    yield from converted
    for fault in one_a_place(faults):
        yield vaults.counts.reject(SECRET, fault)


def _secret(item: Item, vaults: Vaults) -> list[Record]:
    vaults.counts.values_dropped += item.value.get("value") is not None
    identifier = _IDENTIFIER.fullmatch(item.text("id").lower())
    if identifier is None:
        raise Unusable(item.at("id"), "is missing or is no identifier of a secret")
    host, collection, name = identifier.groups()
    if collection in OTHERS:
        return [Ignored(record=OTHERS[collection], reason="only secrets are read")]
    if collection != "secrets":
        raise Unusable(item.at("id"), "is no identifier of a secret")
    vaults.hosts.add(host)
    secret = f"https://{host}/secrets/{name}"
    said = _properties(item)
    return [
        NodeRecord(
            record=SECRET,
            id=secret,
            kind=azure.VAULT_SECRET.name,
            name=item.text("name") or _name(item.text("id")),
            properties=said,
            evidence=item.place,
        ),
        EdgeRecord(
            record=SECRET,
            source=f"vault:{host}",
            kind=azure.CONTAINS.name,
            target=secret,
            evidence=item.place,
        ),
        *mentioned(str(said.get("opens_repository", "")), SECRET, item.at("tags")),
    ]


def _name(identifier: str) -> str:
    return identifier.split("/")[4]


def _properties(item: Item) -> Mapping[str, Value]:
    attributes, tags = item.child("attributes"), item.child("tags")
    return known(
        enabled=attributes.flag_if_any("enabled"),
        created=_time(attributes, "created"),
        updated=_time(attributes, "updated"),
        start=_time(attributes, "notBefore") or _time(attributes, "nbf"),
        end=_time(attributes, "expires") or _time(attributes, "exp"),
        content_type=item.text("contentType"),
        managed=item.flag_if_any("managed"),
        tags=tuple(sorted(f"{key}={tags.text(key)}" for key in tags.value)),
        **opens_of({key: tags.text(key) for key in tags.value}),
    )


def _time(attributes: Item, key: str) -> str:
    """Return a time that `az` prints as ISO 8601 and the REST call as seconds since 1970."""
    value = attributes.value.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return attributes.time(key)
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        attributes.note(key, "is not a time")
        return ""
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _coverage(vaults: Vaults) -> Iterator[Record]:
    counts = vaults.counts
    about = "only the vaults " + ", ".join(sorted(vaults.hosts))
    if counts.rejected:
        about = f"{len(counts.rejected)} parts could not be understood"
    elif vaults.more:
        about = "a page says that more follow"
    yield CoverageRecord(
        record=SECRET,
        count=counts.accepted + counts.refused,
        complete=not counts.rejected and not vaults.more,
        about=about,
    )
    for kind, count in sorted(counts.ignored.items()):
        yield CoverageRecord(
            record=kind, count=count, complete=False, about="only secrets are read"
        )


LOADER = Loader(
    name=NAME,
    reads="names, dates and tags of Key Vault secrets: `az keyvault secret list -o json`",
    record_kinds=(SECRET, *OTHERS.values()),
    parse=parse,
)
