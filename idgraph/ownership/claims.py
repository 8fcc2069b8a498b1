"""Every owner claim of a snapshot, and the verdict on each.

A claim counts when it names a person who exists, is enabled and belongs to the organisation, or a
group that holds one. Every other claim has a code that says why it does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import numpy as np

from idgraph.graph import Bools, Ints
from idgraph.ownership.people import People
from idgraph.snapshot import Claim, Snapshot
from idgraph.vocabulary.entra import OWNS

DIRECTORY_OWNER = "directory_owner"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


class Code(StrEnum):
    """Why a claim, or the lack of one, leaves a node without an owner, or undecided."""

    NO_OWNER = "NO_OWNER"
    OWNER_DISABLED = "OWNER_DISABLED"
    OWNER_GUEST = "OWNER_GUEST"
    OWNER_DELETED = "OWNER_DELETED"
    OWNER_IS_NHI = "OWNER_IS_NHI"
    OWNER_SELF = "OWNER_SELF"
    OWNER_GROUP_EMPTY = "OWNER_GROUP_EMPTY"
    OWNER_GROUP_NO_VALID_HUMAN = "OWNER_GROUP_NO_VALID_HUMAN"
    OWNER_TAG_UNRESOLVED = "OWNER_TAG_UNRESOLVED"
    OWNER_UNKNOWN_STATUS = "OWNER_UNKNOWN_STATUS"
    OWNER_DATA_NOT_LOADED = "OWNER_DATA_NOT_LOADED"

    @property
    def undecided(self) -> bool:
        """Whether data that was not loaded could still make the owner a valid one."""
        return self in {Code.OWNER_UNKNOWN_STATUS, Code.OWNER_DATA_NOT_LOADED}

    @property
    def reads(self) -> str:
        """What it says, as the end of a sentence about a claim or a node."""
        return _READS[self]


_READS = {
    Code.NO_OWNER: "has no owner at all",
    Code.OWNER_DISABLED: "names an account that is disabled",
    Code.OWNER_GUEST: "names an account of another organisation",
    Code.OWNER_DELETED: "names an account that no longer exists",
    Code.OWNER_IS_NHI: "names something that is no person",
    Code.OWNER_SELF: "leads back to the node itself",
    Code.OWNER_GROUP_EMPTY: "names a group that nobody is in",
    Code.OWNER_GROUP_NO_VALID_HUMAN: "names a group without a person who counts",
    Code.OWNER_TAG_UNRESOLVED: "is a text that names nobody known",
    Code.OWNER_UNKNOWN_STATUS: "names somebody of whom too little was loaded",
    Code.OWNER_DATA_NOT_LOADED: "has owners that were not loaded",
}


@dataclass(frozen=True)
class Claims:
    """All claims about the nodes of a snapshot, in columns; `owner` is -1 for an unknown text."""

    snapshot: Snapshot
    node: Ints
    owner: Ints
    claim: tuple[str, ...]
    text: tuple[str, ...]
    row: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.node)


def claims(snapshot: Snapshot) -> Claims:
    """Return what the directory, tags and registers say about owners."""
    table = snapshot.edges.get(OWNS.name)
    owned = (
        []
        if table is None
        else list(
            zip(table.target.tolist(), table.source.tolist(), table.row.tolist(), strict=True)
        )
    )
    rows = [
        Claim(node, owner, str(snapshot.ids[owner]), DIRECTORY_OWNER, "", "", row)
        for node, owner, row in owned
    ]
    rows += snapshot.claims
    return Claims(
        snapshot,
        np.array([each.node for each in rows], np.int32),
        np.array([each.owner for each in rows], np.int32),
        tuple(each.claim for each in rows),
        tuple(each.text for each in rows),
        tuple(each.row for each in rows),
    )


class Judge:
    """The verdicts on the claims of a snapshot."""

    def __init__(self, stated: Claims) -> None:
        self.claims = stated
        self.snapshot = stated.snapshot
        self.people = People(stated.snapshot)

    @cached_property
    def valid(self) -> Bools:
        """Whether each claim names somebody who can answer for the node."""
        good = self.people.valid | (self.people.group & self.people.groups_with_valid)
        valid: Bools = self.claims.owner >= 0
        valid[valid] = good[self.claims.owner[valid]]
        return valid

    def code(self, at: int) -> Code:
        """Return why a claim that is not valid does not count."""
        owner = int(self.claims.owner[at])
        if owner < 0:
            return self._code_of_text(self.claims.text[at])
        if self.people.group[owner]:
            return self._code_of_group(owner)
        if self.people.person[owner]:
            return self._code_of_person(owner)
        if self._unidentified[owner]:
            return self._missing
        return Code.OWNER_SELF if self._is_self(at) else Code.OWNER_IS_NHI

    def _code_of_text(self, text: str) -> Code:
        _, at, domain = text.strip().casefold().rpartition("@")
        if (at and domain in self.people.domains) or _GUID.match(text.strip()):
            return self._missing
        return Code.OWNER_TAG_UNRESOLVED

    @property
    def _missing(self) -> Code:
        """The code of an id that is known nowhere."""
        return Code.OWNER_DELETED if self.people.users_known else Code.OWNER_UNKNOWN_STATUS

    def _code_of_person(self, owner: int) -> Code:
        if self.people.disabled[owner]:
            return Code.OWNER_DISABLED
        if self.people.guest[owner]:
            return Code.OWNER_GUEST
        return self._missing if self.snapshot.stub[owner] else Code.OWNER_UNKNOWN_STATUS

    def _code_of_group(self, owner: int) -> Code:
        if self.people.groups_with_unsure[owner]:
            return Code.OWNER_UNKNOWN_STATUS
        if self.people.groups_with_anybody[owner]:
            return Code.OWNER_GROUP_NO_VALID_HUMAN
        return Code.OWNER_GROUP_EMPTY

    @cached_property
    def _unidentified(self) -> Bools:
        return self.snapshot.is_kind("Unidentified")

    # An NHI that answers for itself.

    def _is_self(self, at: int) -> bool:
        node, owner = int(self.claims.node[at]), int(self.claims.owner[at])
        return node == owner or bool(self._circle[node] == self._circle[owner])

    @cached_property
    def _circle(self) -> Ints:
        """The number of each node's ownership cycle; nodes of one cycle share it.

        A registration and the service principals of one application are one thing here: neither
        answers for the other.
        """
        from scipy import sparse
        from scipy.sparse import csgraph

        n = self.snapshot.n
        among = self.claims.owner >= 0
        tails, heads = self.claims.owner[among], self.claims.node[among]
        nhi = ~(self.people.person | self.people.group)
        kept = nhi[tails] & nhi[heads]
        same = self._same_application()
        tails = np.concatenate((tails[kept], same[0], same[1]))
        heads = np.concatenate((heads[kept], same[1], same[0]))
        matrix = sparse.coo_array((np.ones(len(tails)), (tails, heads)), shape=(n, n)).tocsr()
        matrix.sum_duplicates()  # on parallel edges "strong" may never return
        circles: Ints = csgraph.connected_components(matrix, connection="strong")[1]
        return circles

    def _same_application(self) -> tuple[Ints, Ints]:
        """Return each object of an application with the next one of the same application."""
        apps = self.snapshot.value("app_id")
        nodes = [at for at, app in enumerate(apps) if app]
        nodes.sort(key=lambda at: (str(apps[at]).casefold(), at))
        pairs = [
            (one, other)
            for one, other in pairwise(nodes)
            if str(apps[one]).casefold() == str(apps[other]).casefold()
        ]
        columns = np.array(pairs, np.int32).reshape(-1, 2)
        return columns[:, 0], columns[:, 1]

    def by_node(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each node that has claims but no valid one, with its claims."""
        answered = np.zeros(self.snapshot.n, bool)
        answered[self.claims.node[self.valid]] = True
        left = np.flatnonzero(~answered[self.claims.node])
        left = left[np.argsort(self.claims.node[left], kind="stable")]
        starts = np.flatnonzero(np.diff(self.claims.node[left], prepend=-1)).tolist()
        for first, last in pairwise([*starts, len(left)]):
            yield int(self.claims.node[left[first]]), left[first:last].tolist()
