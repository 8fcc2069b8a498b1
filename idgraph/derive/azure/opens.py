"""Which application a vault's secret signs in as, by what its tags say.

A secret that is a credential of a registration signs in as the service principals of that
application; it does not rewrite the registration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import azure, entra
from idgraph.vocabulary.common import between

SECRET_TAG = ASSUME.of("secret_tag")

OPENS = EdgeKind(
    name="OPENS",
    reads="signs in, by its own tags, as",
    ends=between((azure.VAULT_SECRET,), (entra.APP, entra.SERVICE_PRINCIPAL)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Sign in as the application with the secret's value.",
    verify="Compare the key id that the secret names with the key ids under Certificates and "
    "secrets of the registration.",
    remove="Remove that credential from the application, add a new one and store it in the vault.",
    logged="Service principal sign-in log, with the credential's key id.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1078.004", "OWASP-NHI:NHI2:2025", "NIST-CSF:PR.AA-01"),
    source="idgraph: a secret's own tags; Microsoft Learn: About Azure Key Vault secrets, for "
    "which the secret's own end does not stop anybody from reading it",
    misses="Secrets that name no application; disabled secrets; credentials that ended after the "
    "latest moment that the export itself shows.",
)

# What the platform sets when something happens, so that the export is not older than any of it.
_PAST = ("created", "updated", "password_changed", "last_sign_in", "last_sign_in_non_interactive")

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Credential:
    """A credential by what has it, and the row that says so."""

    holder: int
    row: int
    ended: bool


@dataclass(frozen=True, slots=True)
class _Applications:
    """Applications by client id, and their credentials by client id and key id."""

    registrations: Mapping[str, Sequence[int]]
    principals: Mapping[str, Sequence[int]]
    credentials: Mapping[tuple[str, str], Sequence[_Credential]]
    loaded: frozenset[str]  # client ids whose registration, and so its credentials, was read

    def signed_in_as(self, client: str) -> Sequence[int]:
        """Return the service principals of an application, or else its registration."""
        return self.principals.get(client) or self.registrations.get(client, ())


def _find(snapshot: Snapshot, findings: Findings) -> None:
    applications = _applications(snapshot)
    client, key = _folded(snapshot, "opens_app_id"), _folded(snapshot, "opens_key_id")
    sure: list[tuple[int, int, int]] = []
    said: list[Pair] = []
    for at in map(int, snapshot.of_kind(azure.VAULT_SECRET.name)):
        matches = applications.credentials.get((client[at], key[at]), ()) if key[at] else ()
        if matches:
            sure += [(at, *each) for each in _opened(snapshot, applications, client[at], matches)]
        elif client[at] and not (key[at] and client[at] in applications.loaded):
            said += [(at, each) for each in applications.signed_in_as(client[at])]
    _link(snapshot, findings, sure, said)


def _opened(
    snapshot: Snapshot, applications: _Applications, client: str, matches: Sequence[_Credential]
) -> Iterator[Pair]:
    """Yield what a credential signs in as: one of a service principal, as that one alone."""
    registration = snapshot.is_kind(entra.APP.name)
    for each in matches:
        if each.ended:
            continue
        if registration[each.holder]:
            yield from ((at, each.row) for at in applications.signed_in_as(client))
        else:
            yield each.holder, each.row


def _link(
    snapshot: Snapshot,
    findings: Findings,
    sure: Sequence[tuple[int, int, int]],
    said: Sequence[Pair],
) -> None:
    secret, application, row = np.array(sure, np.int64).reshape(-1, 3).T
    findings.link(OPENS, secret, application, evidence=(snapshot.node_row[secret], row))
    secret, application = np.array(said, np.int64).reshape(-1, 2).T
    rows = (snapshot.node_row[secret], snapshot.node_row[application])
    findings.link(OPENS, secret, application, guards=(SECRET_TAG,), evidence=rows)


def _applications(snapshot: Snapshot) -> _Applications:
    registrations = _by_client(snapshot, entra.APP.name)
    described = {each for each, at in registrations.items() if not snapshot.stub[at].all()}
    return _Applications(
        registrations,
        _by_client(snapshot, entra.SERVICE_PRINCIPAL.name),
        _credentials(snapshot),
        frozenset(described),
    )


def _by_client(snapshot: Snapshot, kind: str) -> dict[str, list[int]]:
    client = _folded(snapshot, "app_id")
    found: dict[str, list[int]] = defaultdict(list)
    for at in map(int, snapshot.of_kind(kind)):
        if client[at]:
            found[client[at]].append(at)
    return dict(found)


def _credentials(snapshot: Snapshot) -> dict[tuple[str, str], list[_Credential]]:
    client, key = _folded(snapshot, "app_id"), _folded(snapshot, "key_id")
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


def _folded(snapshot: Snapshot, name: str) -> list[str]:
    return [str(each or "").lower() for each in snapshot.value(name)]


RULE = Rule(name="secrets of applications", kinds=(OPENS,), find=_find)
