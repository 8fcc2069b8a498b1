"""How both families of record kinds say a node, a mention and an edge."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from idgraph.records import NO_PROPERTIES, EdgeRecord, NodeRecord, Value
from idgraph.vocabulary import common, entra
from loaders._fields import Item, known
from loaders.azurehound.export import Export


class Kind(Protocol):
    """A kind of node or edge, as far as a loader needs to know it."""

    @property
    def name(self) -> str:
        """Its name in the vocabulary."""


ODATA_KINDS: Mapping[str, Kind] = {
    "#microsoft.graph.user": entra.USER,
    "#microsoft.graph.group": entra.GROUP,
    "#microsoft.graph.serviceprincipal": entra.SERVICE_PRINCIPAL,
    "#microsoft.graph.device": entra.DEVICE,
    "#microsoft.graph.application": entra.APP,
    "#microsoft.graph.administrativeunit": entra.UNIT,
}


def described(
    item: Item,
    export: Export,
    kind: Kind,
    node_id: str,
    properties: Mapping[str, Value],
    *,
    name: str,
    aliases: tuple[str, ...] = (),
) -> NodeRecord:
    """Return the record of a node that the export describes."""
    return NodeRecord(
        record=export.record,
        id=node_id,
        kind=kind.name,
        name=name,
        aliases=aliases,
        properties=MappingProxyType(dict(properties)),
        evidence=item.place,
    )


def mentioned(
    item: Item,
    export: Export,
    kind: Kind,
    node_id: str,
    properties: Mapping[str, Value] = NO_PROPERTIES,
    *,
    name: str = "",
    aliases: tuple[str, ...] = (),
) -> NodeRecord:
    """Return the record of a node that the export only refers to."""
    return NodeRecord(
        record=export.record,
        id=node_id,
        kind=kind.name,
        name=name,
        aliases=aliases,
        properties=properties,
        evidence=item.place,
        mention=True,
    )


def edge(
    item: Item,
    export: Export,
    source: str,
    kind: Kind,
    target: str,
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
        properties=properties,
        evidence=item.place,
    )


def directory_kind(item: Item) -> Kind:
    """Return the kind that a directory object says it is."""
    return ODATA_KINDS.get(item.text("@odata.type").lower(), common.UNIDENTIFIED)


def directory_object(item: Item, export: Export) -> NodeRecord:
    """Return the mention of a member, an owner or a scope, with what the export says of it.

    Raises
    ------
    Unusable
        It has no id.
    """
    kind, client = directory_kind(item), item.guid_if_any("appId")
    is_user = kind is entra.USER
    return mentioned(
        item,
        export,
        kind,
        item.guid("id"),
        known(upn=item.text("userPrincipalName")) if is_user else NO_PROPERTIES,
        name=item.text("displayName"),
        aliases=(*(upn_and_mail(item) if is_user else ()), *named("appid", client)),
    )


def upn_and_mail(item: Item) -> tuple[str, ...]:
    """Return the aliases that a user is addressed by."""
    return (
        *named("upn", item.text("userPrincipalName").lower()),
        *named("mail", item.text("mail").lower()),
    )


def named(scheme: str, value: str) -> tuple[str, ...]:
    """Return an alias, none when there is no value."""
    return (f"{scheme}:{value}",) if value else ()
