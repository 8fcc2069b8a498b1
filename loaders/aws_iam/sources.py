"""Where what is read belongs: an account, an organisation, an Identity Center, an identity store.

Each is a source of its own, so that a later load of one account alone ends only what that account
no longer has. Most things say where they belong: their ARN names the account. An answer that does
not (keys of users, buckets, AWS-managed policies) belongs where its file does: to the account that
the other things in the file name, else those in its folder, else in all files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from pathlib import PurePosixPath

from idgraph.records import NodeRecord
from loaders._fields import Item, printable
from loaders._files import File

ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]*):([a-z0-9-]*):(\d{12}|aws|):(\S[^\x00-\x1f\x7f]*)")
ACCOUNT_ID = re.compile(r"\d{12}")
_ORGANISATION = re.compile(r"arn:aws[a-z-]*:organizations::[^:]*:[a-z]+/(o-[a-z0-9]+)(?:/.*)?")
_INSTANCE = re.compile(r"arn:aws[a-z-]*:sso:::(?:instance|permissionSet)/(ssoins-[A-Za-z0-9.-]+)")
_STORE = re.compile(r"d-[0-9a-z]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Level(IntEnum):
    """What a source is; in the order in which the sources of one load are loaded."""

    ACCOUNT = 0
    ORGANISATION = 1
    INSTANCE = 2  # of IAM Identity Center
    STORE = 3  # the identity store of an Identity Center


LEVELS: Mapping[str, Level] = {  # by record kind; all others are of an account
    "account of an organisation": Level.ORGANISATION,
    "control policy": Level.ORGANISATION,
    "Identity Center instance": Level.INSTANCE,
    "permission set": Level.INSTANCE,
    "account assignment": Level.INSTANCE,
    "Identity Center user": Level.STORE,
    "Identity Center group": Level.STORE,
    "Identity Center membership": Level.STORE,
}
ANCHORS = frozenset({"IAM user", "IAM group", "IAM role", "credential report", "call of a pull"})
"""Record kinds that only an account's own export holds."""


def level_of(record_kind: str) -> Level:
    """Return what the source of a record kind is."""
    return LEVELS.get(record_kind, Level.ACCOUNT)


@dataclass(frozen=True, slots=True, order=True)
class Belongs:
    """One source: what it is, and its id."""

    level: Level
    id: str


def account_in(arn: str) -> str:
    """Return the account of an ARN, "" where it has none."""
    found = ARN.fullmatch(arn)
    return found.group(4) if found and ACCOUNT_ID.fullmatch(found.group(4)) else ""


def stated(record_kind: str, item: Item, records: Iterable[object]) -> Belongs | None:
    """Return where an element says that it belongs, None where it says nothing."""
    level = level_of(record_kind)
    if level is Level.ACCOUNT:
        described = (each for each in records if isinstance(each, NodeRecord) and not each.mention)
        found = next(filter(None, (account_in(each.id) for each in described)), "")
    elif level is Level.ORGANISATION:
        arn = item.value.get("Arn") or _inner(item, "PolicySummary").get("Arn")
        found = _matched(_ORGANISATION, arn)
    elif level is Level.INSTANCE:
        named = (item.value.get(key) for key in ("InstanceArn", "PermissionSetArn"))
        found = next(filter(None, (_matched(_INSTANCE, each) for each in named)), "")
    else:
        store = item.value.get("IdentityStoreId")
        found = store if isinstance(store, str) and _STORE.fullmatch(store) else ""
    return Belongs(level, found) if found else None


def _inner(item: Item, key: str) -> Mapping[str, object]:
    value = item.value.get(key)
    return value if isinstance(value, dict) else {}


def _matched(pattern: re.Pattern[str], text: object) -> str:
    found = pattern.match(text) if isinstance(text, str) else None
    return printable(found.group(1)) if found else ""


@dataclass(slots=True)
class Held:
    """What one file holds, as far as it matters where that belongs."""

    file: File
    owners: set[Belongs] = field(default_factory=set)  # that things in it name
    anchors: set[Belongs] = field(default_factory=set)  # those whose own export it is
    askers: set[Belongs] = field(default_factory=set)  # accounts that asked about another source
    nameless: set[Level] = field(default_factory=set)  # of the things in it that name none

    @property
    def folder(self) -> tuple[str, str]:
        """The folder that it lies in; an archive is one."""
        if self.file.member:
            return str(self.file.path), str(PurePosixPath(self.file.member).parent)
        return str(self.file.path.parent), ""


class Homes:
    """Where the things of each file belong; known when all files were read once."""

    def __init__(self, files: Iterable[File], scope: str = "") -> None:
        self._held = {_key(file): Held(file) for file in files}
        self._scope = scope  # the account that the user names
        self._found: dict[tuple[tuple[str, str], Level], Belongs | None] = {}
        self.partitions: dict[str, str] = {}  # by account

    def held(self, file: File) -> Held:
        """Return what is known of a file."""
        return self._held[_key(file)]

    @cached_property
    def sources(self) -> tuple[Belongs, ...]:
        """Every source that something belongs to, in order."""
        held = self._held.values()
        homes = {self.home(each.file, level) for each in held for level in self._nameless(each)}
        found = self._anywhere | {each for each in homes if each is not None}
        return tuple(sorted(found or {asker for each in held for asker in each.askers}))

    def belongs(self, file: File, level: Level, own: Belongs | None) -> Belongs | None:
        """Return where something in a file belongs that says `own`; None: nobody knows."""
        return self.home(file, level) if own is None or self._is_stray(file, own) else own

    def home(self, file: File, level: Level) -> Belongs | None:
        """Return where a file's things of a level belong that do not say so; None: nobody knows.

        What is of an organisation that nothing names is of the account that its file is of.
        """
        key = (_key(file), level)
        if key not in self._found:
            self._found[key] = self._home(self.held(file), level)
        return self._found[key]

    def has(self, level: Level) -> bool:
        """Return whether anything belongs to a source of a level."""
        return any(each.level is level for each in self._anywhere)

    def beside(self, file: File) -> set[Belongs]:
        """Return the sources that things in a file's folder name."""
        return self._in_folder[self.held(file).folder]

    def files_of(self, belongs: Belongs) -> tuple[File, ...]:
        """Return the files to read for a source; the first has what belongs to nobody."""
        return tuple(each.file for each in self._held.values() if self._concerns(each, belongs))

    def _concerns(self, held: Held, belongs: Belongs) -> bool:
        if belongs in self._owners(held) | held.askers:
            return True
        if held.askers and belongs in self.beside(held.file):
            return True
        homes = [self.home(held.file, level) for level in self._nameless(held)]
        homes += [asker for asker in held.askers if asker not in self.sources]
        is_first = belongs == self.sources[0]
        return any(home == belongs or (is_first and home not in self.sources) for home in homes)

    def _is_stray(self, file: File, own: Belongs) -> bool:
        anchors = self._anchors.get(self.held(file).folder)
        return own.level is Level.ACCOUNT and bool(anchors) and own not in (anchors or ())

    def _owners(self, held: Held) -> set[Belongs]:
        return {each for each in held.owners if not self._is_stray(held.file, each)}

    def _nameless(self, held: Held) -> set[Level]:
        strays = {each.level for each in held.owners if self._is_stray(held.file, each)}
        return held.nameless | strays

    def _home(self, held: Held, level: Level) -> Belongs | None:
        inside = sorted(each for each in self._owners(held) if each.level is level)
        if inside:
            return inside[0]
        for near in (self._in_folder[held.folder], self._anywhere):
            here = [each for each in near if each.level is level]
            if len(here) == 1:
                return here[0]
        if level is not Level.ACCOUNT:
            return self.home(held.file, Level.ACCOUNT)
        none_named = all(each.level is not Level.ACCOUNT for each in self._anywhere)
        named = none_named and ACCOUNT_ID.fullmatch(self._scope)
        return Belongs(Level.ACCOUNT, self._scope) if named else None

    @cached_property
    def _anchors(self) -> Mapping[tuple[str, str], set[Belongs]]:
        found: dict[tuple[str, str], set[Belongs]] = {}
        for each in self._held.values():
            found.setdefault(each.folder, set()).update(each.anchors)
        return found

    @cached_property
    def _in_folder(self) -> Mapping[tuple[str, str], set[Belongs]]:
        found: dict[tuple[str, str], set[Belongs]] = {}
        for each in self._held.values():
            found.setdefault(each.folder, set()).update(self._owners(each))
        return found

    @cached_property
    def _anywhere(self) -> set[Belongs]:
        return {owner for each in self._held.values() for owner in self._owners(each)}


def _key(file: File) -> tuple[str, str]:
    return str(file.path), file.member or ""
