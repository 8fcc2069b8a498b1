"""What a secret opens elsewhere, by what its tags say: an application, an access key, a repository.

A key id that the tags name is the credential itself. A client id or a repository alone says what
the secret is for, and that it still is one for it is taken to be so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from idgraph.catalogue import ASSUME, UNKNOWN, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.federation.applications import applications_of, folded
from idgraph.derive.federation.repositories import OPENS_REPOSITORY, repositories
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws, azure, entra
from idgraph.vocabulary.common import BLIND_SPOT, between
from idgraph.vocabulary.federation import REPOSITORY, repository_id, repository_named

ACCESS_KEYS = "access key"  # the record kind of a loader that lists them
SECRET_TAG = ASSUME.of("secret_tag")
REPOSITORY_TOKEN = ASSUME.of("repository_token")

_STORES = (azure.VAULT_SECRET, *aws.STORES)

OPENS = EdgeKind(
    name="OPENS",
    reads="opens, by its own tags,",
    ends=between(_STORES, (entra.APP, entra.SERVICE_PRINCIPAL, aws.ACCESS_KEY, REPOSITORY)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Use the secret's value: sign in as the application, sign requests with the access "
    "key, write to the repository.",
    verify="Compare the id that the secret names with the key ids under Certificates and secrets "
    "of the registration, or with `aws iam list-access-keys`; for a repository, its deploy keys "
    "and the token's permissions.",
    remove="Make the credential useless where it is accepted (delete it, or make the access key "
    "inactive), add a new one and store that.",
    logged="Service principal sign-in log, with the credential's key id; CloudTrail, with the "
    "accessKeyId of every call; GitHub audit log, with the hashed token.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1078.004", "OWASP-NHI:NHI2:2025", "NIST-CSF:PR.AA-01"),
    source="idgraph: a secret's own tags; Microsoft Learn: About Azure Key Vault secrets, for "
    "which the secret's own end does not stop anybody from reading it; IAM User Guide: Manage "
    "access keys for IAM users",
    misses="Secrets whose tags name nothing; whose an access key is that was not loaded; "
    "credentials that ended after the latest moment that the export itself shows.",
)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a secret opens, what that rests on, and the row that says it beside the secret's."""

    target: int
    row: int
    guards: tuple[str, ...] = ()


def _find(snapshot: Snapshot, findings: Findings) -> None:
    secrets = snapshot.of_kind(*(kind.name for kind in _STORES)).tolist()
    for opened in (_applications, _access_keys, _repositories):
        for secret, found in opened(snapshot, findings, secrets):
            rows = (int(snapshot.node_row[secret]), found.row)
            findings.link(OPENS, secret, found.target, guards=found.guards, evidence=rows)


def _applications(
    snapshot: Snapshot, _findings: Findings, secrets: list[int]
) -> Iterator[tuple[int, _Found]]:
    applications = applications_of(snapshot)
    client, key = folded(snapshot, "opens_app_id"), folded(snapshot, "opens_key_id")
    for secret in secrets:
        for each in applications.opened(client[secret], key[secret]):
            sure = each.row >= 0
            row = each.row if sure else int(snapshot.node_row[each.node])
            yield secret, _Found(each.node, row, () if sure else (SECRET_TAG,))


def _access_keys(
    snapshot: Snapshot, findings: Findings, secrets: list[int]
) -> Iterator[tuple[int, _Found]]:
    """Yield the access keys that are known by the id that a tag names; an inactive one is none."""
    inactive = snapshot.false("active")
    every = {
        str(snapshot.ids[at]).upper(): at for at in snapshot.of_kind(aws.ACCESS_KEY.name).tolist()
    }
    keys = {name: at for name, at in every.items() if not inactive[at]}
    unseen = _Unseen(snapshot, findings)
    named = snapshot.value("opens_access_key")
    for secret in secrets:
        name = str(named[secret] or "").upper()
        if name in keys:
            yield secret, _Found(keys[name], int(snapshot.node_row[keys[name]]))
        elif name and name not in every and unseen.possible:
            yield secret, _Found(unseen.key(name), -1, (SECRET_TAG,))


class _Unseen:
    """Access keys that a tag names and nothing loaded holds: whose they are is not known."""

    def __init__(self, snapshot: Snapshot, findings: Findings) -> None:
        self.findings = findings
        whole = {
            account
            for each in snapshot.coverage
            if each.complete and each.record == ACCESS_KEYS
            for account in each.source.partition(":")[2].split(",")
        }
        seen = [at for at in snapshot.of_kind(aws.ACCOUNT.name).tolist() if not snapshot.stub[at]]
        self.accounts = [at for at in seen if str(snapshot.ids[at]) not in whole]
        self.possible = bool(self.accounts) or not seen

    def key(self, name: str) -> int:
        """Return a key, which may be one of each account whose keys were not loaded whole."""
        at = self.findings.node(name, aws.ACCESS_KEY, name)
        text = f"whose access key {name} is, not loaded"
        blind = self.findings.node(f"blind:access-key:{name}", BLIND_SPOT, text)
        self.findings.link(MAY_LEAD_TO, at, blind)
        guard = UNKNOWN.of(f"access key {name}")
        self.findings.link(MAY_LEAD_TO, blind, self.accounts, guards=(guard,))
        return at


def _repositories(
    snapshot: Snapshot, findings: Findings, secrets: list[int]
) -> Iterator[tuple[int, _Found]]:
    known, named = repositories(snapshot), snapshot.value(OPENS_REPOSITORY)
    for secret in secrets:
        name = repository_named(str(named[secret] or ""))
        if name:
            target = known.node(findings, repository_id(name))
            yield secret, _Found(target, -1, (REPOSITORY_TOKEN,))


RULE = Rule(
    name="what secrets open",
    kinds=(OPENS, MAY_LEAD_TO),
    find=_find,
    nodes=(REPOSITORY, aws.ACCESS_KEY, BLIND_SPOT),
)
