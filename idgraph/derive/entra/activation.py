"""What stands between an eligible role and its use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from idgraph.catalogue import APPROVAL, CONDITION, MFA, PIM
from idgraph.derive.closures import once
from idgraph.derive.entra.hubs import Guards
from idgraph.derive.entra.scoped import ScopedRole, eligible_scope, scoped_roles
from idgraph.derive.rules import Findings
from idgraph.graph import Bools
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.entra import ELIGIBLE_FOR, SERVICE_IDENTITIES, USER
from idgraph.vocabulary.resets import SECOND_FACTOR


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A person or group may activate a role, over the tenant or, where `narrower`, at a scope."""

    principal: int
    role: int
    row: int
    narrower: ScopedRole | None

    def target(self, findings: Findings) -> int:
        """Return the handle of what the activation gives."""
        return self.narrower.node(findings) if self.narrower else self.role


@once
def eligibilities(snapshot: Snapshot) -> tuple[Eligibility, ...]:
    """Return who may activate what; a service principal cannot activate anything."""
    table = snapshot.edges[ELIGIBLE_FOR.name]
    service = snapshot.is_kind(*(kind.name for kind in SERVICE_IDENTITIES))
    scoped = {(each.role_id, each.scope.id): each for each in scoped_roles(snapshot).all}
    scopes = table.text("directory_scope")
    found = []
    for at in np.flatnonzero(~service[table.source]):
        role, scope = int(table.target[at]), eligible_scope(snapshot, str(scopes[at]))
        narrower = scoped[str(snapshot.ids[role]), scope.id] if scope else None
        found.append(Eligibility(int(table.source[at]), role, int(table.row[at]), narrower))
    return tuple(found)


def needs_approval(snapshot: Snapshot, role: int) -> bool:
    """Return whether a role's policy asks for approval of each activation."""
    return bool(snapshot.node_properties[role].get("activation_requires_approval"))


def request_guards(snapshot: Snapshot, role: int, principal: int) -> Guards:
    """Return the guards of asking for a role: PIM always, the rest as the role's policy says.

    The second factor is that of the account that activates. Where a group is eligible, that is the
    member, and whatever leads to a member asks for its second factor already.
    """
    asks = snapshot.node_properties[role]
    role_id = str(snapshot.ids[role])
    guards = [PIM.of(role_id)]
    if asks.get("activation_requires_mfa") and snapshot.is_kind(USER.name)[principal]:
        guards.append(MFA.of(str(snapshot.ids[principal])))
    if asks.get("activation_requires_context"):
        guards.append(CONDITION.of(f"authentication context of {role_id}"))
    return tuple(guards)


def activation_guards(snapshot: Snapshot, role: int, principal: int) -> Guards:
    """Return the guards of activating a role: those of asking for it, and any approval."""
    asked = request_guards(snapshot, role, principal)
    if not needs_approval(snapshot, role):
        return asked
    return (*asked, APPROVAL.of(str(snapshot.ids[role])))


@once
def factor_asked(snapshot: Snapshot) -> Bools:
    """Return, by node, whether it is a person of whom an activation asks the second factor."""
    table = snapshot.edges[ELIGIBLE_FOR.name]
    asked = np.zeros(snapshot.n, bool)
    asked[table.source[snapshot.true("activation_requires_mfa")[table.target]]] = True
    people: Bools = asked & snapshot.is_kind(USER.name)
    return people


def with_factor(findings: Findings, account: int) -> int:
    """Return the handle of holding an account together with its second factor."""
    snapshot = findings.snapshot
    name = f"{snapshot.names[account]}, second factor included"
    return findings.node(
        f"{snapshot.ids[account]}#second_factor", SECOND_FACTOR, name, stands_for=account
    )


def without_factor(snapshot: Snapshot, guards: Guards, account: int) -> Guards:
    """Return guards without the second factor of an account."""
    own = MFA.of(str(snapshot.ids[account]))
    return tuple(each for each in guards if each != own)
