"""Who may reset whose password: Microsoft's table, a set of resetters by what the target holds.

Source: Microsoft Learn, Privileged roles and permissions in Microsoft Entra ID: Who can reset
passwords; Who can perform sensitive actions; and, for roles at an administrative unit, Assign
Microsoft Entra roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType

from idgraph.derive.entra import roles


class Resetter(IntFlag):
    """The columns of the table; equal columns are one."""

    PASSWORD = 1
    HELPDESK = 2
    AUTHENTICATION = 4
    USER = 8
    ANYBODY = 16  # Privileged Authentication Administrator, Global Administrator, Partner Tier2
    ORDINARY = 32  # only users without any role: Partner Tier1, custom roles, roles at a unit


EVERY = Resetter(63)
_READERS = EVERY & ~(Resetter.PASSWORD | Resetter.ORDINARY)
_BY_USER_ADMINISTRATOR = Resetter.USER | Resetter.ANYBODY

# Any role that is not listed: ANYBODY alone.
HOLDER_OF: Mapping[str, Resetter] = MappingProxyType(
    {
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": EVERY & ~Resetter.ORDINARY,  # Directory Readers
        "95e79109-95c0-4d8e-aee3-d01accf2d47b": EVERY & ~Resetter.ORDINARY,  # Guest Inviter
        roles.PASSWORD_ADMINISTRATOR: EVERY & ~Resetter.ORDINARY,
        roles.HELPDESK_ADMINISTRATOR: Resetter.HELPDESK | _BY_USER_ADMINISTRATOR,
        roles.AUTHENTICATION_ADMINISTRATOR: Resetter.AUTHENTICATION | Resetter.ANYBODY,
        roles.USER_ADMINISTRATOR: _BY_USER_ADMINISTRATOR,
        roles.GROUPS_ADMINISTRATOR: _BY_USER_ADMINISTRATOR,
        "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b": _READERS,  # Message Center Reader
        "4a5d8f65-41da-4de4-8968-e035b65339cf": _READERS,  # Reports Reader
        "75934031-6c7e-415a-99d7-48dbd49e875e": _READERS,  # Usage Summary Reports Reader
        "27460883-1df1-4691-b032-3b79643e5e63": _READERS,  # User Experience Success Manager
    }
)

TENANT_WIDE: Mapping[str, Resetter] = MappingProxyType(
    {
        roles.PASSWORD_ADMINISTRATOR: Resetter.PASSWORD,
        roles.HELPDESK_ADMINISTRATOR: Resetter.HELPDESK,
        roles.AUTHENTICATION_ADMINISTRATOR: Resetter.AUTHENTICATION,
        roles.USER_ADMINISTRATOR: Resetter.USER,
        roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Resetter.ANYBODY,
        roles.GLOBAL_ADMINISTRATOR: Resetter.ANYBODY,
        roles.PARTNER_TIER2: Resetter.ANYBODY,
    }
)

# At a unit, User Administrator still resets limited administrators and Privileged Authentication
# Administrator anybody; every other role resets members without a role only.
AT_A_UNIT: Mapping[str, Resetter] = MappingProxyType(
    {
        role: TENANT_WIDE[role]
        for role in (roles.USER_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR)
    }
)

ENABLES = roles.actions(r"users/(enable|allproperties/(alltasks|update))")


def may_reset_holder_of(template: str) -> Resetter:
    """Return who may reset somebody that holds a role, if it is the only one."""
    return HOLDER_OF.get(template, Resetter.ANYBODY)
