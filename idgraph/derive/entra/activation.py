"""What stands between an eligible role and its use."""

from __future__ import annotations

from idgraph.catalogue import APPROVAL, CONDITION, MFA, PIM
from idgraph.derive.entra.hubs import Guards
from idgraph.snapshot import Snapshot


def activation_guards(snapshot: Snapshot, role: int, principal: int) -> Guards:
    """Return the guards of activating a role: PIM always, the rest as the role's policy says.

    The second factor is named by the principal that the eligibility is given to: for a group, the
    account that activates is not known.
    """
    asks = snapshot.node_properties[role]
    role_id = str(snapshot.ids[role])
    guards = [PIM.of(role_id)]
    if asks.get("activation_requires_mfa"):
        guards.append(MFA.of(str(snapshot.ids[principal])))
    if asks.get("activation_requires_approval"):
        guards.append(APPROVAL.of(role_id))
    if asks.get("activation_requires_context"):
        guards.append(CONDITION.of(f"authentication context of {role_id}"))
    return tuple(guards)
