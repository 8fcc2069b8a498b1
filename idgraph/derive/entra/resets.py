"""What the three ways into an account share: resetters, and the classes of accounts they open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from idgraph.catalogue import ASSUME, EdgeKind
from idgraph.derive.closures import tenant_of
from idgraph.derive.entra.accounts import AccountClass, Accounts, accounts_of
from idgraph.derive.entra.activation import factor_asked, with_factor
from idgraph.derive.entra.hubs import Guards, Links, Source
from idgraph.derive.entra.permissions import holders
from idgraph.derive.entra.reset_table import ENABLES, Resetter
from idgraph.derive.entra.roles import Actions, can, roles_of
from idgraph.derive.entra.scoped import blind_source, scoped_roles
from idgraph.derive.rules import Findings
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot

ELIGIBLE_ROLE = ASSUME.of("eligible_role_protection")
PASSWORD_WRITEBACK = ASSUME.of("password_writeback")


@dataclass(frozen=True, slots=True)
class Way:
    """One way into an account: which roles and permissions open it, and what it rests on."""

    kind: EdgeKind
    wide: Mapping[str, Resetter]  # by template id; roles over the whole tenant
    at_a_unit: Mapping[str, Resetter]
    other: tuple[Actions, ...]  # all of them let any other role reset users without a role
    permissions: tuple[tuple[str, Resetter, Guards], ...] = ()
    assumes: Guards = ()
    when_synced: Guards = ()
    guards: Callable[[Snapshot, Ints], list[Guards]] | None = None  # by target
    gives_factor: bool = False  # the second factor too, where an activation asks for it

    def column(
        self, template: str, actions: frozenset[str], table: Mapping[str, Resetter]
    ) -> Resetter | None:
        """Return the column of the reset table that a role stands in, or None."""
        if template in table:
            return table[template]
        opens = all(can(actions, each) for each in self.other)
        return Resetter.ORDINARY if opens else None


@dataclass(frozen=True, slots=True)
class _Power:
    source: Source
    column: Resetter
    enables: bool  # may enable a disabled account, too


@dataclass(slots=True)
class _Tables:
    """Who resets: over whole tenants, and at one scope each."""

    wide: dict[str, list[_Power]] = field(default_factory=lambda: defaultdict(list))
    at: dict[str, tuple[Ints, list[_Power]]] = field(default_factory=dict)  # targets, powers


def find_way(snapshot: Snapshot, findings: Findings, way: Way) -> None:
    """Find the edges of one way into accounts."""
    accounts = accounts_of(snapshot)
    tables = _Tables()
    _by_role(snapshot, way, accounts, tables)
    _by_permission(snapshot, way, accounts, tables)
    _at_scopes(snapshot, findings, way, tables)

    links = Links(findings)
    for tenant, powers in tables.wide.items():
        for each in accounts.wide(tenant):
            _open(links, way, tenant, each, powers)
    for scope, (targets, powers) in tables.at.items():
        for each in accounts.classes(targets):
            _open(links, way, scope, each, powers)
    links.close()


def _by_role(snapshot: Snapshot, way: Way, accounts: Accounts, tables: _Tables) -> None:
    roles = roles_of(snapshot)
    for at, tenant, template, actions in zip(
        roles.at, roles.tenant, roles.template, roles.actions, strict=True
    ):
        column = way.column(template, actions, way.wide)
        if column is not None:
            guards = (*way.assumes, *accounts.units.doubt(tenant))
            source = Source(int(at), int(snapshot.node_row[at]), guards)
            tables.wide[tenant].append(_Power(source, column, can(actions, ENABLES)))


def _by_permission(snapshot: Snapshot, way: Way, accounts: Accounts, tables: _Tables) -> None:
    tenant = tenant_of(snapshot)
    for permission, column, assumes in way.permissions:
        granted = holders(snapshot, permission)
        for at, row in zip(granted.at, granted.row, strict=True):
            doubt = accounts.units.doubt(tenant[at])
            source = Source(int(at), int(row), (*way.assumes, *assumes, *doubt))
            tables.wide[tenant[at]].append(_Power(source, column, enables=False))


def _at_scopes(snapshot: Snapshot, findings: Findings, way: Way, tables: _Tables) -> None:
    scoped = scoped_roles(snapshot)
    for role in scoped.all:
        column = way.column(role.template, role.actions, way.at_a_unit)
        if column is None:
            continue
        enables = role.can(ENABLES)
        if scoped.known(role):
            targets = scoped.targets(role)
            if len(targets):
                source = Source(role.node(findings), role.row, way.assumes)
                at = tables.at.setdefault(f"{role.tenant}:{role.scope.id}", (targets, []))
                at[1].append(_Power(source, column, enables))
        else:
            source = blind_source(findings, role).with_guards(*way.assumes)
            tables.wide[role.tenant].append(_Power(source, column, enables))


def _open(links: Links, way: Way, scope: str, accounts: AccountClass, powers: list[_Power]) -> None:
    sources = [_source(way, power, accounts) for power in powers if _opens(power, accounts)]
    snapshot = links.findings.snapshot
    guards = way.guards(snapshot, accounts.members) if way.guards and sources else ()
    strong = _with_factors(links.findings, accounts.members) if way.gives_factor and sources else ()
    targets = np.append(accounts.members, np.array(strong, np.int32))
    hub = (f"{scope}:{accounts.name}", f"{accounts.describe()} ({way.kind.reads})")
    links.through_hub(way.kind, hub, sources, targets, guards)


def _with_factors(findings: Findings, accounts: Ints) -> list[int]:
    asked = accounts[factor_asked(findings.snapshot)[accounts]]
    return [with_factor(findings, int(each)) for each in asked]


def _opens(power: _Power, accounts: AccountClass) -> bool:
    """Return whether a power opens a class: a disabled account only to who may enable it."""
    allowed = power.column in accounts.resetters
    return allowed and (power.enables or not accounts.disabled)


def _source(way: Way, power: _Power, accounts: AccountClass) -> Source:
    eligible = () if power.column in accounts.protected else (ELIGIBLE_ROLE,)
    return power.source.with_guards(*eligible, *(way.when_synced if accounts.synced else ()))
