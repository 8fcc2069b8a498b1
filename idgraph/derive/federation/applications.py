"""Which application a secret signs in as, by the client id and the key id that its tags name.

A secret that is a credential of a registration signs in as the service principals of that
application; it does not rewrite the registration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra

# What the platform sets when something happens, so that the export is not older than any of it.
_PAST = ("created", "updated", "password_changed", "last_sign_in", "last_sign_in_non_interactive")


@dataclass(frozen=True, slots=True)
class Opened:
    """An application's object that a secret signs in as.

    `row` is that of the credential that the secret names by its key id, -1 where it names none.
    """

    node: int
    row: int = -1


@dataclass(frozen=True, slots=True)
class _Credential:
    """A credential by what has it, and the row that says so."""

    holder: int
    row: int
    ended: bool


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications by client id, and their credentials by client id and key id."""

    registered: Bools  # (n,) whether a node is a registration
    registrations: Mapping[str, Sequence[int]]
    principals: Mapping[str, Sequence[int]]
    credentials: Mapping[tuple[str, str], Sequence[_Credential]]
    loaded: frozenset[str]  # client ids whose registration, and so its credentials, was read

    def opened(self, client: str, key: str) -> Iterator[Opened]:
        """Yield what a secret signs in as whose tags name a client id, a key id or both.

        A key id that the application is known to lack opens nothing.
        """
        matches = self.credentials.get((client, key), ()) if key else ()
        if matches:
            yield from self._by_key(client, matches)
        elif client and not (key and client in self.loaded):
            yield from map(Opened, self._signed_in_as(client))

    def _by_key(self, client: str, matches: Sequence[_Credential]) -> Iterator[Opened]:
        """Yield what a credential signs in as: one of a service principal, as that one alone."""
        for each in matches:
            if each.ended:
                continue
            if self.registered[each.holder]:
                yield from (Opened(at, each.row) for at in self._signed_in_as(client))
            else:
                yield Opened(each.holder, each.row)

    def _signed_in_as(self, client: str) -> Sequence[int]:
        """Return the service principals of an application, or else its registration."""
        return self.principals.get(client) or self.registrations.get(client, ())


def applications_of(snapshot: Snapshot) -> Applications:
    """Return the applications of a snapshot as what a secret may open."""
    registrations = _by_client(snapshot, entra.APP.name)
    described = {each for each, at in registrations.items() if not snapshot.stub[at].all()}
    return Applications(
        snapshot.is_kind(entra.APP.name),
        registrations,
        _by_client(snapshot, entra.SERVICE_PRINCIPAL.name),
        _credentials(snapshot),
        frozenset(described),
    )


def _by_client(snapshot: Snapshot, kind: str) -> dict[str, list[int]]:
    client = folded(snapshot, "app_id")
    found: dict[str, list[int]] = defaultdict(list)
    for at in map(int, snapshot.of_kind(kind)):
        if client[at]:
            found[client[at]].append(at)
    return dict(found)


def _credentials(snapshot: Snapshot) -> dict[tuple[str, str], list[_Credential]]:
    client, key = folded(snapshot, "app_id"), folded(snapshot, "key_id")
    table = snapshot.edges[entra.CREDENTIAL_OF.name]
    openable = snapshot.is_kind(entra.APP.name, entra.SERVICE_PRINCIPAL.name)
    table, ended = table.where(openable[table.target]), _ended(snapshot)
    found: dict[tuple[str, str], list[_Credential]] = defaultdict(list)
    for credential, holder, row in zip(table.source, table.target, table.row, strict=True):
        if client[holder] and key[credential]:
            each = _Credential(int(holder), int(row), ended=bool(ended[credential]))
            found[client[holder], key[credential]].append(each)
    return dict(found)


def _ended(snapshot: Snapshot) -> Bools:
    """Return what ended before the latest moment that the export shows; a rule has no clock."""
    moments = (each for name in _PAST for each in snapshot.value(name) if each)
    latest = max(map(str, moments), default="")
    return np.array([bool(each) and str(each) < latest for each in snapshot.value("end")], bool)


def folded(snapshot: Snapshot, name: str) -> list[str]:
    """Return a text property of every node in lower case, "" where it is unknown."""
    return [str(each or "").lower() for each in snapshot.value(name)]
