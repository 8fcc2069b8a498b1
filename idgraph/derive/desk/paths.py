"""Reset paths as a register states them, read once for all rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from idgraph.derive.closures import inherited, members_below, once, tenant_of
from idgraph.derive.entra.accounts import accounts_of
from idgraph.derive.rules import Findings
from idgraph.graph import Bools, Ints, Texts
from idgraph.snapshot import EdgeTable, Snapshot
from idgraph.vocabulary import aws, entra, resets
from idgraph.vocabulary.common import POWER
from idgraph.vocabulary.resets import METHOD_GIVES, Gives, MethodGives

Ends = tuple[tuple[int, int], ...]

ENTRA = frozenset(
    {"", "aad", "azure", "azuread", "entra", "entraid", "m365", "microsoft365", "office365"}
    | {"microsoftentra", "microsoftentraid"}
)
"""Words for Entra ID in a register, in lower case and without spaces; none means it as well."""
AWS = frozenset({"aws", "amazon", "amazonwebservices", "awsiam", "iam"})
"""Words for AWS, in the same way."""
_ACCOUNTS = (
    *(entra.USER.name, *(kind.name for kind in entra.SERVICE_IDENTITIES)),
    *(aws.USER.name, aws.ROLE.name, aws.SSO_USER.name),
)
_OF_AWS = tuple(kind.name for kind in resets.AWS_ACCOUNTS)
_IN_AWS = frozenset({Gives.PASSWORD, Gives.FACTOR, Gives.CONTACT, Gives.CREDENTIAL})


@dataclass(frozen=True, slots=True)
class RegisteredPath:
    """One reset path; `executors`, `approvers` and `covers` are pairs of a node and a row."""

    at: int
    row: int
    method: MethodGives
    executors: Ends
    approvers: Ends
    covers: Ends
    approvals: int | None  # None where nobody says
    self_approval: bool | None
    self_service: bool
    covers_all: bool
    in_aws: bool = False  # it resets users of AWS, and nothing of Entra ID

    def subject(self, snapshot: Snapshot) -> str:
        """Return the id of the path, which guards and gates name."""
        return str(snapshot.ids[self.at])

    def name(self, snapshot: Snapshot) -> str:
        """Return what the resets by this path are called."""
        return f"resets by {snapshot.names[self.at]}"

    def power(self, findings: Findings) -> int:
        """Return the handle of carrying out the path's resets, whatever approval they need."""
        snapshot = findings.snapshot
        node_id = f"{self.subject(snapshot)}#resets"
        return findings.node(node_id, POWER, self.name(snapshot), stands_for=self.at)

    def tenants(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the tenants that "every account" may mean: one, or all where nobody can tell.

        It is the only tenant there is, or the one that whoever is named in the path is in.
        """
        tenant = tenant_of(snapshot)
        named = {tenant[at] for at, _ in (*self.executors, *self.approvers)}
        near = {str(tenant[self.at])} - {""} or {str(each) for each in named} - {""}
        if len(near) == 1:
            return tuple(near)
        return tuple(str(each) for each in snapshot.ids[snapshot.of_kind(entra.TENANT.name)])


@dataclass(frozen=True, slots=True)
class Covered:
    """Some of what a path covers, alike for all paths that name it; `row` says that it does."""

    id: str
    words: str
    members: Ints
    row: int
    certain: bool = True


@once
def registered_paths(snapshot: Snapshot) -> tuple[RegisteredPath, ...]:
    """Return the paths into Entra ID and AWS whose method is known, in the order of their ids."""
    executes = _by_path(snapshot, resets.EXECUTES_RESETS.name, inward=True)
    approves = _by_path(snapshot, resets.APPROVES_RESETS.name, inward=True)
    covers = _by_path(snapshot, resets.COVERS.name, inward=False)
    found = []
    for at in snapshot.of_kind(resets.RESET_PATH.name).tolist():
        stated = snapshot.node_properties[at]
        method = METHOD_GIVES.get(str(stated.get("method")))
        platform = _folded(stated.get("reset_platform"))
        if method is not None and platform in ENTRA | AWS:
            found.append(
                RegisteredPath(
                    at=at,
                    row=int(snapshot.node_row[at]),
                    method=method,
                    executors=executes.get(at, ()),
                    approvers=approves.get(at, ()),
                    covers=covers.get(at, ()),
                    approvals=stated.get("approvals"),
                    self_approval=stated.get("self_approval"),
                    self_service=bool(stated.get("self_service")),
                    covers_all=bool(stated.get("covers_all")),
                    in_aws=platform in AWS,
                )
            )
    return tuple(found)


def _folded(platform: object) -> str:
    return "".join(str(platform or "").lower().split())


def _by_path(snapshot: Snapshot, kind: str, *, inward: bool) -> dict[int, Ends]:
    table: EdgeTable = snapshot.edges[kind]
    paths, ends = (table.target, table.source) if inward else (table.source, table.target)
    found: dict[int, list[tuple[int, int]]] = {}
    for path, end, row in zip(paths.tolist(), ends.tolist(), table.row.tolist(), strict=True):
        found.setdefault(path, []).append((end, row))
    return {path: tuple(each) for path, each in found.items()}


def holders_of_both(snapshot: Snapshot, first: Ends, second: Ends) -> Ints:
    """Return who is in two lists of ends: what both name, and further accounts that are in both.

    An account is in a list as itself, as a member of a group at any depth, or as the holder of a
    role.
    """
    named = [{at for at, _ in ends} for ends in (first, second)]
    shared = named[0] & named[1]
    held = np.zeros(snapshot.n, np.int64)
    for bit, ends in ((1, named[0]), (2, named[1]), (4, shared)):
        held[sorted(ends)] |= bit
    roles = snapshot.edges[entra.HAS_ROLE.name]
    np.bitwise_or.at(held, roles.source, held[roles.target])
    both = inherited(snapshot, held) == 1 | 2  # and below nothing that both name
    accounts = both & snapshot.is_kind(*_ACCOUNTS)
    return np.array(sorted(shared | set(np.flatnonzero(accounts).tolist())), np.int32)


def covered(snapshot: Snapshot, path: RegisteredPath) -> Iterator[Covered]:
    """Yield what a path covers: whole tenants, groups with all below them, and single objects."""
    if path.in_aws:
        yield from _covered_in_aws(snapshot, path)
        return
    may = _resettable(snapshot)[path.method.gives is Gives.CREDENTIAL]
    groups = snapshot.is_kind(entra.GROUP.name)
    wide = {str(snapshot.ids[at]): row for at, row in path.covers if _is_tenant(snapshot, at)}
    meant = path.tenants(snapshot) if path.covers_all else ()
    for tenant, row in (dict.fromkeys(meant, path.row) | wide).items():
        certain = len(meant) <= 1 or tenant in wide
        words = f"every account of {tenant}"
        yield Covered(f"{tenant}:every-account", words, may.of_tenant(tenant), row, certain)
    for at, row in path.covers:
        if groups[at]:
            below = _below(snapshot)[at]
            words = f"members of {snapshot.names[at]}"
            yield Covered(str(snapshot.ids[at]), words, below[may.in_bulk[below]], row)
    single = [(at, row) for at, row in path.covers if may.named[at]]
    if single:
        members = np.array(sorted({at for at, _ in single}), np.int32)
        words = f"accounts that {snapshot.names[path.at]} names"
        yield Covered(path.subject(snapshot), words, members, single[0][1])


def _covered_in_aws(snapshot: Snapshot, path: RegisteredPath) -> Iterator[Covered]:
    """Yield what a path into AWS covers: the IAM users of whole accounts, and single users.

    Without an account, `every account` means the only one there is, or one of them all.
    """
    if path.method.gives not in _IN_AWS:
        return
    users = snapshot.is_kind(aws.USER.name)
    accounts = snapshot.of_kind(aws.ACCOUNT.name).tolist()
    wide = {at: row for at, row in path.covers if at in accounts}
    meant = accounts if path.covers_all and not wide else []
    for account, row in (dict.fromkeys(meant, path.row) | wide).items():
        table = snapshot.edges[aws.IN_ACCOUNT.name]
        here = np.unique(table.source[table.target == account])
        words = f"every IAM user of {snapshot.ids[account]}"
        certain = len(meant) <= 1 or account in wide
        subject = f"{snapshot.ids[account]}:every-user"
        yield Covered(subject, words, here[users[here]], row, certain)
    single = [(at, row) for at, row in path.covers if snapshot.is_kind(*_OF_AWS)[at]]
    if single:
        members = np.array(sorted({at for at, _ in single}), np.int32)
        words = f"users that {snapshot.names[path.at]} names"
        yield Covered(path.subject(snapshot), words, members, single[0][1])


def _is_tenant(snapshot: Snapshot, at: int) -> bool:
    return snapshot.catalogue.node_kinds[snapshot.kinds[at]] is entra.TENANT


@once
def _below(snapshot: Snapshot) -> dict[int, Ints]:
    """Return the members, at any depth, of every group that a path covers."""
    ends = np.unique(snapshot.edges[resets.COVERS.name].target)
    groups = ends[snapshot.is_kind(entra.GROUP.name)[ends]]
    return dict(zip(groups.tolist(), members_below(snapshot, groups), strict=True))


@dataclass(frozen=True, slots=True)
class _Resettable:
    """What a reset opens: `named` where an object is named, `in_bulk` where a group or tenant is.

    A disabled account opens nothing.
    """

    named: Bools  # (n,)
    in_bulk: Bools  # (n,)
    tenant: Texts  # (n,)
    _known: dict[str, Ints] = field(default_factory=dict)

    def of_tenant(self, tenant: str) -> Ints:
        """Return all that is opened in a tenant."""
        if tenant not in self._known:
            here = self.in_bulk & (self.tenant == tenant)
            self._known[tenant] = np.flatnonzero(here).astype(np.int32)
        return self._known[tenant]


@once
def _resettable(snapshot: Snapshot) -> tuple[_Resettable, _Resettable]:
    """Return which people a reset opens, and which applications a credential opens.

    In bulk, people are those at home in the tenant. Of a managed identity the platform keeps the
    credentials.
    """
    enabled, tenant = ~snapshot.false("account_enabled"), tenant_of(snapshot)
    people = enabled & snapshot.is_kind(entra.USER.name)
    services = enabled & snapshot.is_kind(entra.APP.name, entra.SERVICE_PRINCIPAL.name)
    return (
        _Resettable(people, people & accounts_of(snapshot).open, tenant),
        _Resettable(services, services, tenant),
    )
