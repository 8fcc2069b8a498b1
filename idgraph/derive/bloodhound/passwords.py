"""AZResetPassword: BloodHound CE's own table of who resets whom.

An account may be reset by a limited role if each role it holds is on that role's list and it is
no direct member of a role-assignable group. Eligible roles, scopes, second factors, owners of
role-assignable groups and disabled accounts are not looked at.
"""

from __future__ import annotations

import numpy as np

from idgraph.derive.bloodhound import holders as roles
from idgraph.derive.bloodhound.holders import Holders, holders, templates
from idgraph.derive.bloodhound.products import by_role, product
from idgraph.derive.entra.can_reset_password import CAN_RESET_PASSWORD
from idgraph.derive.entra.hubs import Links
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.common import HUB

_EVERYBODY = (roles.GLOBAL_ADMIN, roles.PRIVILEGED_AUTH_ADMIN, roles.PARTNER_TIER2)
_DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
_GUEST_INVITER = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
_HARMLESS = (
    "4a5d8f65-41da-4de4-8968-e035b65339cf",  # Reports Reader
    "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",  # Message Center Reader
    _GUEST_INVITER,
    _DIRECTORY_READERS,
    roles.PASSWORD_ADMIN,
    "75934031-6c7e-415a-99d7-48dbd49e875e",  # Usage Summary Reports Reader
)
LIMITED = {
    roles.HELPDESK_ADMIN: (*_HARMLESS, roles.HELPDESK_ADMIN),
    roles.AUTH_ADMIN: (*_HARMLESS, roles.AUTH_ADMIN),
    roles.USER_ADMIN: (*_HARMLESS, roles.USER_ADMIN, roles.HELPDESK_ADMIN, roles.GROUPS_ADMIN),
    roles.PASSWORD_ADMIN: (roles.PASSWORD_ADMIN, _GUEST_INVITER, _DIRECTORY_READERS),
    roles.PARTNER_TIER1: (),
}


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    users = snapshot.is_kind(entra.USER.name)
    product(links, CAN_RESET_PASSWORD, "every account", by_role(snapshot, _EVERYBODY), users)
    held = holders(snapshot)
    template = templates(snapshot)
    spared = _in_assignable_group(snapshot)
    for resetter, may_hold in LIMITED.items():
        open_to = users & ~spared & ~_holds_another(held, template, may_hold)
        name = f"accounts open to {resetter}"
        product(links, CAN_RESET_PASSWORD, name, by_role(snapshot, (resetter,)), open_to)
    links.close()


def _holds_another(held: Holders, template: Texts, may_hold: tuple[str, ...]) -> Bools:
    """Return whether each node holds a role that is not on a list."""
    other = np.zeros(len(template), bool)
    other[held.principal[~np.isin(template[held.role], list(may_hold))]] = True
    return other


def _in_assignable_group(snapshot: Snapshot) -> Bools:
    table = snapshot.edges[entra.MEMBER_OF.name]
    assignable = snapshot.is_kind(entra.GROUP.name) & snapshot.true("role_assignable")
    inside = np.zeros(snapshot.n, bool)
    inside[table.source[assignable[table.target]]] = True
    return inside


RULE = Rule(
    name="bloodhound password resets", kinds=(CAN_RESET_PASSWORD,), find=_find, nodes=(HUB,)
)
