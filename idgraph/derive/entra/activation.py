"""What stands between an eligible role and its use."""

from __future__ import annotations

from idgraph.catalogue import APPROVAL, CONDITION, MFA, PIM
from idgraph.derive.entra.hubs import Guards
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.entra import USER


def activation_guards(snapshot: Snapshot, role: int, principal: int) -> Guards:
    """Return the guards of activating a role: PIM always, the rest as the role's policy says.

    The second factor is that of the account that activates. Where a group is eligible, that is the
    member, and whatever leads to a member asks for its second factor already.
    """
    asks = snapshot.node_properties[role]
    role_id = str(snapshot.ids[role])
    guards = [PIM.of(role_id)]
    if asks.get("activation_requires_mfa") and snapshot.is_kind(USER.name)[principal]:
        guards.append(MFA.of(str(snapshot.ids[principal])))
    if asks.get("activation_requires_approval"):
        guards.append(APPROVAL.of(role_id))
    if asks.get("activation_requires_context"):
        guards.append(CONDITION.of(f"authentication context of {role_id}"))
    return tuple(guards)
