"""One AzureHound export: its envelope, its tenant, and what becomes of each record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from idgraph.errors import InputError
from idgraph.records import EdgeRecord, Ignored, NodeRecord, Record
from idgraph.vocabulary import azure
from loaders._fields import Fault, Item, Unusable, as_guid, one_a_place
from loaders._json import Element
from loaders._reading import Counts, Tally
from loaders.azurehound.coverage import IGNORED, UNKNOWN_KIND, Seen

META_TYPE = "azure"


@dataclass(frozen=True, slots=True)
class Later:
    """A conversion that needs the whole export: it takes the tenant when all was read."""

    convert: Callable[[str], Iterator[Record]]


@dataclass(slots=True)
class Export:
    """What is known so far of the export being read; one for all its files."""

    counts: Counts
    scope: str = ""  # the tenant that the user names, if any
    record: str = ""  # the kind of the record being converted
    seen: dict[str, Seen] = field(default_factory=dict)  # by record kind
    tenants: dict[str, str] = field(default_factory=dict)  # tenant -> the first file that names it
    whole: bool = True  # every file holds as many records as it says
    apps: dict[str, str] = field(default_factory=dict)  # client id, or object id -> object id
    said: set[int] = field(default_factory=set)
    later: list[tuple[str, Later]] = field(default_factory=list)

    def tenant_of(self, item: Item) -> str:
        """Return the tenant that a record names, or else the one that the user names.

        Raises
        ------
        Unusable
            Neither names one.
        """
        tenant = item.guid_if_any("tenantId") or as_guid(self.scope)
        if not tenant:
            raise Unusable(item.at("tenantId"), "is missing, and no scope was given")
        return tenant

    def application(self, given: str) -> str:
        """Return the registration that a client id or, as some collectors write, its id names."""
        return self.apps.get(given, f"appid:{given}")

    def is_news(self, record: Record) -> bool:
        """Return whether a record says something that was not said word for word before.

        Only of what an export repeats (mentions, inherited role assignments). A hash is kept,
        not the record: a million mentions take a few megabytes, and a collision costs one.
        """
        if not _is_repeated(record):
            return True
        mark = hash(record_without_place(record))
        if mark in self.said:
            return False
        self.said.add(mark)
        return True


def at_application(
    records: Iterable[Record], export: Export, given: str
) -> Iterator[Record | Later]:
    """Let edges to a registration wait until it is known which one an id names."""
    for record in records:
        if isinstance(record, EdgeRecord):
            yield Later(partial(_at_application, record, export, given))
        else:
            yield record


def _at_application(
    record: EdgeRecord, export: Export, given: str, _tenant: str
) -> Iterator[Record]:
    yield replace(record, target=export.application(given))


def _is_repeated(record: Record) -> bool:
    if isinstance(record, NodeRecord):
        return record.mention
    return isinstance(record, EdgeRecord) and record.kind == azure.HAS_RBAC_ROLE.name


def record_without_place(record: Record) -> tuple[object, ...]:
    """Return everything a node or edge record says, except where it says so."""
    if isinstance(record, NodeRecord):
        return (
            record.record,
            record.id,
            record.kind,
            record.name,
            record.aliases,
            record.mention,
            tuple(record.properties.items()),
        )
    if isinstance(record, EdgeRecord):
        return (
            record.record,
            record.source,
            record.kind,
            record.target,
            record.key,
            record.guards,
            tuple(record.properties.items()),
        )
    return (record,)


Convert = Callable[[Item, Export], Iterator[Record | Later]]


def parse_export(
    elements: Iterable[Element], file: str, export: Export, converters: Mapping[str, Convert]
) -> Iterator[Record]:
    """Yield the records of one file and check its end.

    Raises
    ------
    InputError
        It is no AzureHound export, says not how it ends, or nothing in it can be accepted.
    """
    tally, tenant = export.counts.tally(file), _Tenant()
    meta: Any = None
    for element in elements:
        if element.member == "data" and element.index is not None:
            _refuse_sharphound(element, file)
            tally.records += 1
            tenant.look_at(element.value)
            yield from _record(element, f"{file}#/data/{element.index}", export, converters, tally)
        elif element.member == "meta" and element.index is None:
            meta = element.value
        else:
            _refuse_another_format(element, file)
    export.whole &= _stated_count(meta, file, tally) == tally.records
    _keep_tenant(tenant.name(file), file, export)


def finish(export: Export, tenant: str) -> Iterator[Record]:
    """Yield what had to wait for the whole export."""
    for kind, later in export.later:
        export.record = kind
        try:
            yield from later.convert(tenant)
        except Unusable as unusable:
            yield from _rejected(kind, [unusable.fault], export)


def _record(
    element: Element,
    place: str,
    export: Export,
    converters: Mapping[str, Convert],
    tally: Tally,
) -> Iterator[Record]:
    kind, reason = _kind_of(element.value)
    if reason:
        tally.refused += 1
        yield from _rejected(kind, [Fault(place, reason)], export)
        return
    seen = export.seen.setdefault(kind, Seen())
    seen.count += 1
    if kind not in converters:
        seen.ignored = IGNORED.get(kind, UNKNOWN_KIND)
        tally.ignored[kind] += 1
        yield Ignored(record=kind, reason=seen.ignored)
        return
    export.record = kind
    item = Item(element.value["data"], f"{place}/data", [])
    yield from _converted(item, export, converters[kind], tally)


def _kind_of(value: Any) -> tuple[str, str]:
    """Return the kind of a record, and what is wrong with its envelope."""
    if not isinstance(value, dict):
        return "", "is not an object"
    kind = value.get("kind")
    if not isinstance(kind, str) or not kind:
        return "", "has no kind"
    return kind, "" if isinstance(value.get("data"), dict) else "has no data object"


def _converted(item: Item, export: Export, convert: Convert, tally: Tally) -> Iterator[Record]:
    kind = export.record
    try:
        converted = list(convert(item, export))
    except Unusable as unusable:
        item.faults.append(unusable.fault)
        converted = []

    if converted:
        tally.accepted += 1
    elif item.faults:
        tally.refused += 1
    else:
        tally.ignored[kind] += 1
        yield Ignored(record=kind, reason="states nothing: its list is empty")
    yield from _now(converted, export)
    yield from _rejected(kind, one_a_place(item.faults), export)


def _now(converted: Iterable[Record | Later], export: Export) -> Iterator[Record]:
    for each in converted:
        if isinstance(each, Later):
            export.later.append((export.record, each))
        elif export.is_news(each):
            yield each


def _rejected(kind: str, faults: Iterable[Fault], export: Export) -> Iterator[Record]:
    for fault in faults:
        export.seen.setdefault(kind, Seen()).faults += 1
        yield export.counts.reject(kind, fault)


class _Tenant:
    """Finds the tenant of one file: the collected one, or else the one most records name."""

    def __init__(self) -> None:
        self.collected: set[str] = set()
        self.named: Counter[str] = Counter()

    def look_at(self, value: Any) -> None:
        """Take note of the tenant that a record names."""
        data = value.get("data") if isinstance(value, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("tenantId"), str):
            return
        tenant = data["tenantId"].lower()
        self.named[tenant] += 1
        if value.get("kind") == "AZTenant" and data.get("collected") is True:
            self.collected.add(as_guid(tenant))

    def name(self, file: str) -> str:
        """Return the tenant, "" when no record names one."""
        collected = sorted(self.collected - {""})
        if len(collected) > 1:
            raise _several_tenants(file, collected)
        if collected:
            return collected[0]
        guids = {name: times for name, times in self.named.items() if as_guid(name)}
        return min(guids, key=lambda name: (-guids[name], name), default="")


def tenant_named(elements: Iterable[Element], file: str) -> str:
    """Return the tenant of a file, "" when no record names one; stops at the collected one."""
    tenant = _Tenant()
    for element in elements:
        if element.member == "data" and element.index is not None:
            tenant.look_at(element.value)
        if tenant.collected - {""}:
            break
    return tenant.name(file)


def _keep_tenant(tenant: str, file: str, export: Export) -> None:
    if tenant:
        export.tenants.setdefault(tenant, file)
    if len(export.tenants) > 1:
        raise _several_tenants(" and ".join(export.tenants.values()), sorted(export.tenants))


def _several_tenants(subject: str, tenants: list[str]) -> InputError:
    return InputError(
        subject, f"belong to different tenants: {', '.join(tenants)}", hint="Load them one by one."
    )


def _refuse_sharphound(element: Element, file: str) -> None:
    value = element.value
    if element.index == 0 and isinstance(value, dict) and "ObjectIdentifier" in value:
        raise _another(file, "is a SharpHound export of Active Directory", None)


def _refuse_another_format(element: Element, file: str) -> None:
    if element.member == "graph":
        raise _another(file, "is an OpenGraph file", f"{file}#/graph")
    if element.member == "":
        what = "a list" if element.index is not None else "a bare value"
        raise _another(file, f"is {what}, not an AzureHound export", f"{file}#")
    if element.member == "data":
        raise _another(file, "has a `data` that is no list", f"{file}#/data")


def _stated_count(meta: Any, file: str, tally: Tally) -> Any:
    """Return how many records the file says it holds, after checking that it ends as it should."""
    if meta is None:
        raise _another(file, "has no `meta`, so it is not whole or not from AzureHound", f"{file}#")
    stated: dict[str, Any] = meta if isinstance(meta, dict) else {}
    kind = stated.get("type")
    if kind != META_TYPE:
        named = f"says its type is {kind[:40]!r}" if isinstance(kind, str) else "says no type"
        raise _another(file, f"{named}, not {META_TYPE!r}", f"{file}#/meta/type")
    if not tally.accepted:
        raise InputError(
            file,
            f"holds no record that could be used, out of {tally.records}",
            place=f"{file}#/data",
            hint="Collect with `azurehound list`.",
        )
    return stated.get("count", tally.records)


def _another(file: str, fault: str, place: str | None) -> InputError:
    return InputError(
        file,
        fault,
        place=place,
        hint="The azurehound loader reads what `azurehound list -o FILE` writes.",
    )
