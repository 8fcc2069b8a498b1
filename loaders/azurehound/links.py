"""The record kinds that list the owners of an object or the members of a group.

A list that is empty or not there was read, and is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from idgraph.records import NodeRecord, Record, Value
from idgraph.vocabulary import common
from idgraph.vocabulary import entra as vocabulary
from loaders._fields import Item, Unusable, known, salvage
from loaders.azurehound.export import Convert, Export, Later, at_application
from loaders.azurehound.nodes import (
    Kind,
    directory_kind,
    directory_object,
    edge,
    mentioned,
)

_OWNERS = (vocabulary.USER, *vocabulary.SERVICE_IDENTITIES, common.UNIDENTIFIED)
_MEMBERS = (*vocabulary.PRINCIPALS, vocabulary.DEVICE, common.UNIDENTIFIED)
_OWNERS_READ = known(owner_list_read=True)


def _app_owners(item: Item, export: Export) -> Iterator[Record | Later]:
    """Yield the owners of a registration.

    The record's `appId` is the client id, the one inside an entry is the object id. So an empty
    list names the registration only by its client id, which the AZApp records turn into an id.
    """
    client = item.guid("appId")
    owned: set[str] = set()
    for entry in item.children("owners"):
        inner = entry.guid_if_any("appId")
        owned |= {inner} - {"", client}
        if inner and inner != client:
            yield from _owner(entry, export, inner)
        else:
            yield from at_application(_owner(entry, export, f"appid:{client}"), export, client)
    if owned:
        yield from (_owned_app(item, export, app, client) for app in sorted(owned))
    else:
        yield Later(lambda _tenant: _app_by_client_id(item, export, client))


def _app_by_client_id(item: Item, export: Export, client: str) -> Iterator[Record]:
    yield _owned_app(item, export, export.application(client), client)


def _owned_app(item: Item, export: Export, app: str, client: str) -> NodeRecord:
    return mentioned(item, export, vocabulary.APP, app, _OWNERS_READ, aliases=(f"appid:{client}",))


def _owners(
    item: Item, export: Export, *, key: str, kind: Kind, properties: Mapping[str, Value]
) -> Iterator[Record]:
    owned = item.guid(key)
    yield mentioned(item, export, kind, owned, properties)
    for entry in item.children("owners"):
        yield from _owner(entry, export, owned)


def _owner(entry: Item, export: Export, owned: str) -> Iterator[Record]:
    def convert(item: Item) -> Iterator[Record]:
        if directory_kind(item) not in _OWNERS:
            raise Unusable(item.at("@odata.type"), "is a kind of object that cannot own")
        owner = directory_object(item, export)
        yield owner
        yield edge(item, export, owner.id, vocabulary.OWNS, owned)

    yield from salvage([entry.child("owner")], convert)


def _members(item: Item, export: Export) -> Iterator[Record]:
    group = item.guid("groupId")
    yield mentioned(item, export, vocabulary.GROUP, group)
    for entry in item.children("members"):
        yield from salvage([entry.child("member")], partial(_member, export=export, group=group))


def _member(item: Item, *, export: Export, group: str) -> Iterator[Record]:
    kind = directory_kind(item)
    if kind not in _MEMBERS:
        raise Unusable(item.at("@odata.type"), "is a kind of object that cannot be a member")
    member = directory_object(item, export)
    belongs = vocabulary.DEVICE_MEMBER_OF if kind is vocabulary.DEVICE else vocabulary.MEMBER_OF
    yield member
    yield edge(item, export, member.id, belongs, group)


CONVERTERS: Mapping[str, Convert] = {
    "AZAppOwner": _app_owners,
    "AZDeviceOwner": partial(_owners, key="deviceId", kind=vocabulary.DEVICE, properties={}),
    "AZGroupMember": _members,
    "AZGroupOwner": partial(_owners, key="groupId", kind=vocabulary.GROUP, properties=_OWNERS_READ),
    "AZServicePrincipalOwner": partial(
        _owners,
        key="servicePrincipalId",
        kind=vocabulary.SERVICE_PRINCIPAL,
        properties=_OWNERS_READ,
    ),
}
