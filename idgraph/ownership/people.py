"""Who can answer for a node: which accounts are people at work, and which groups hold one."""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from idgraph.graph import Bools, Ints, csr
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.entra import MEMBER_OF, TENANT

_USER_RECORDS = re.compile(r"users?\Z", re.IGNORECASE)
_MEMBER_RECORDS = re.compile(r"group[ _]?members?\Z", re.IGNORECASE)
_EXTERNAL = "#ext#"  # in the UPN of an account invited from elsewhere


class People:
    """The people of a snapshot, in columns over its nodes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def loaded_completely(self, records: re.Pattern[str]) -> bool:
        """Return whether every source that states such records stated all of them."""
        found = [each.complete for each in self.snapshot.coverage if records.search(each.record)]
        return bool(found) and all(found)

    @cached_property
    def users_known(self) -> bool:
        """Whether an account that is not among the users does not exist."""
        return self.loaded_completely(_USER_RECORDS)

    @cached_property
    def members_known(self) -> bool:
        """Whether a group without members is empty."""
        return self.loaded_completely(_MEMBER_RECORDS)

    @cached_property
    def person(self) -> Bools:
        """Accounts that people sign in with, stubs among them."""
        return self._kinds_that("is_person")

    @cached_property
    def group(self) -> Bools:
        """Objects that have members."""
        return self.snapshot.is_kind(*MEMBER_OF.target_kinds())

    def _kinds_that(self, name: str) -> Bools:
        by_kind = [getattr(kind, name) for kind in self.snapshot.catalogue.node_kinds]
        return np.array(by_kind, bool)[self.snapshot.kinds]

    @cached_property
    def disabled(self) -> Bools:
        """People whose account is known to be disabled."""
        return self.person & self.snapshot.false("account_enabled")

    @cached_property
    def guest(self) -> Bools:
        """People of another organisation."""
        types, names = self.snapshot.value("user_type"), self.snapshot.value("upn")
        invited = np.zeros(self.snapshot.n, bool)
        for at in np.flatnonzero(self.person).tolist():
            named = str(names[at] or "").casefold()
            invited[at] = str(types[at] or "").casefold() == "guest" or _EXTERNAL in named
        return invited

    @cached_property
    def valid(self) -> Bools:
        """People who exist, are enabled and belong to the organisation."""
        described = self.person & ~self.snapshot.stub
        return described & self.snapshot.true("account_enabled") & ~self.guest

    @cached_property
    def unsure(self) -> Bools:
        """People of whom it is not known whether they exist or are enabled."""
        said = self.disabled | self.guest | self.valid
        gone = self.snapshot.stub & self.users_known
        return self.person & ~said & ~gone

    # Groups, all their members counted, however deep.

    @cached_property
    def groups_with_valid(self) -> Bools:
        """Groups that hold at least one valid person."""
        return self._groups_above(self.valid)

    @cached_property
    def groups_with_unsure(self) -> Bools:
        """Groups that hold somebody, or a group, of whom too little is known."""
        unread = self.group & self.snapshot.stub
        if not self.members_known:
            unread = unread | (self.group & ~self._has_member)
        unsure = self.unsure | (self._unidentified & self.snapshot.stub)
        return self._groups_above(unsure | unread) | unread

    @cached_property
    def groups_with_anybody(self) -> Bools:
        """Groups that hold anything but groups."""
        return self._groups_above(~self.group)

    @cached_property
    def _unidentified(self) -> Bools:
        return self.snapshot.is_kind("Unidentified")

    @cached_property
    def _has_member(self) -> Bools:
        found = np.zeros(self.snapshot.n, bool)
        found[self._membership[1]] = True
        return found

    @property
    def _membership(self) -> tuple[Ints, Ints]:
        table = self.snapshot.edges.get(MEMBER_OF.name)
        none = np.zeros(0, np.int32)
        return (table.source, table.target) if table is not None else (none, none)

    def _groups_above(self, members: Bools) -> Bools:
        """Return the groups that any of these nodes is in, directly or through groups."""
        upward = csr(self.snapshot.n, *self._membership)
        seen = np.zeros(self.snapshot.n, bool)
        front = np.flatnonzero(members).astype(np.int32)
        while len(front):
            heads = np.unique(upward.nbr[upward.slots(front)])
            front = heads[~seen[heads]]
            seen[front] = True
        return seen

    @cached_property
    def domains(self) -> frozenset[str]:
        """Domains whose addresses are accounts of a directory that was loaded."""
        snapshot = self.snapshot
        names = snapshot.value("upn")[self.person & ~snapshot.stub]
        of_people = {str(name).rpartition("@")[2] for name in names if name}
        lists = snapshot.value("domains")[snapshot.of_kind(TENANT.name)]
        of_tenants = {domain for some in lists if some for domain in some}
        return frozenset(each.casefold() for each in of_people | of_tenants if each)
