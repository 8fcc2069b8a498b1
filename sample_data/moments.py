"""The two moments at which the directory was exported, and what changed between them.

The tables of the company hold all that either export holds; each export leaves out what had gone,
or had not come yet. So the later one is the earlier one after exactly these changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sample_data import estate, ids
from sample_data.applications import DEPLOYER, RELEASE, SIGNING
from sample_data.azurehound_shape import Json, Record
from sample_data.roster import (
    ANTON,
    DEVELOPERS,
    ELIF,
    OWNER_POOL,
    RELEASE_ENGINEERS,
    VAULT_ADMINS,
)


class Moment(StrEnum):
    """When an export was taken."""

    BEFORE = "2026-10-26T06:00:00Z"
    LATEST = "2026-11-02T06:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An item of a list in a record, held by one of the two exports alone.

    `about` is the record that holds the list, by any of its ids; `path` leads to the list, `key`
    to the id of an item; `item` is the one that came or went.
    """

    record: str
    about: str
    path: tuple[str, ...]
    key: tuple[str, ...]
    item: str
    gone: bool = False
    hostile: bool = False  # done by the attacker; otherwise somebody's ordinary work

    def absent(self, moment: Moment) -> bool:
        """Return whether an export of that moment is without the item."""
        return moment is (Moment.LATEST if self.gone else Moment.BEFORE)

    def without(self, data: Json) -> Json:
        """Return a record without the item."""
        return _without(data, self.path, self.key, self.item)


def _without(data: Json, path: Sequence[str], key: Sequence[str], item: str) -> Json:
    name, *deeper = path
    if deeper:
        return {**data, name: _without(data[name], deeper, key, item)}
    left = [it for it in data[name] if _at(it, key) != item]
    if len(left) == len(data[name]):
        raise ValueError(f"{name} holds no {item}")
    return {**data, name: left or None}


def _at(item: Any, key: Sequence[str]) -> Any:
    for name in key:
        item = item[name]
    return item


def _member(team: str, person: str, **more: bool) -> Change:
    return Change(
        record="AZGroupMember",
        about=team,
        path=("members",),
        key=("member", "id"),
        item=person,
        **more,
    )


def _credential(app: str, key: str, **more: bool) -> Change:
    return Change(
        record="AZApp",
        about=app,
        path=("passwordCredentials",),
        key=("keyId",),
        item=ids.credential_id(key),
        **more,
    )


SECRET_ADDED = _credential(RELEASE.id, "ci-rotation", hostile=True)
SIGNING_SECRET_ADDED = _credential(SIGNING.id, "hotfix", hostile=True)
OWNER_ADDED = Change(
    record="AZAppOwner",
    about=RELEASE.client,
    path=("owners",),
    key=("owner", "id"),
    item=ANTON.id,
    hostile=True,
)
GUEST_ADDED = _member(RELEASE_ENGINEERS.id, ELIF.id, hostile=True)
POLICY_ADDED = Change(
    record="AZKeyVault",
    about=estate.DEV_VAULT.id,
    path=("properties", "accessPolicies"),
    key=("objectId",),
    item=RELEASE_ENGINEERS.id,
)
DEVELOPER_JOINED = _member(DEVELOPERS.id, OWNER_POOL[22].id)
ADMIN_LEFT = _member(VAULT_ADMINS.id, OWNER_POOL[23].id, gone=True)
SECRET_REMOVED = _credential(DEPLOYER.id, "deploy-2021", gone=True)

CHANGES = (
    SECRET_ADDED,
    SIGNING_SECRET_ADDED,
    OWNER_ADDED,
    GUEST_ADDED,
    POLICY_ADDED,
    DEVELOPER_JOINED,
    ADMIN_LEFT,
    SECRET_REMOVED,
)


def at(moment: Moment, records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records as an export of that moment holds them."""
    absent: dict[tuple[str, str], list[Change]] = {}
    for change in CHANGES:
        if change.absent(moment):
            absent.setdefault((change.record, change.about), []).append(change)
    for kind, data in records:
        about = next((data[key] for key in ("id", "groupId", "appId") if key in data), "")
        for change in absent.get((kind, about), ()):
            data = change.without(data)  # noqa: PLW2901  the same record, less one item
        yield kind, data
