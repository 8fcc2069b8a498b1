"""Entra roles of the story: definitions, who holds which at what scope, who is eligible."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sample_data import ids
from sample_data.applications import AUDIT_READER, HR_CONNECTOR, SECRET_ROTATOR, SIGNING, TELEMETRY
from sample_data.roster import (
    ADA,
    ANTON,
    APP_TEAM,
    BREAK_GLASS,
    DESK_GROUP,
    INGRID,
    JONAS,
    KENJI,
    LEGACY_CSP,
    MARCUS,
    NADIA,
    OMAR,
    OWNER_POOL,
    PIM_APPROVERS,
    PRIYA,
    ROLE_HOLDERS,
    SECURITY_READERS,
    SOFIA,
)

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
AUTHENTICATION_ADMINISTRATOR = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
PASSWORD_ADMINISTRATOR = "966707d0-3269-4727-9be2-8c3a10f19b9d"  # noqa: S105  a role's id
GUEST_INVITER = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
REPORTS_READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"
MESSAGE_CENTER_READER = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b"
USAGE_REPORTS_READER = "75934031-6c7e-415a-99d7-48dbd49e875e"
EXPERIENCE_MANAGER = "27460883-1df1-4691-b032-3b79643e5e63"
SECURITY_READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
HYBRID_IDENTITY_ADMINISTRATOR = "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2"
PARTNER_TIER1_SUPPORT = "4ba39ca4-527c-499a-b93d-d9b492c50246"
INTUNE_ADMINISTRATOR = "3a2c62db-5318-420d-8d74-23affee5d9d5"

GRAZ = ids.unit_id("graz")
CUSTOM_ROLE = ids.guid("role/app-credential-rotator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An Entra role definition; a custom role's template id is its own."""

    id: str
    name: str
    actions: tuple[str, ...]
    built_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What PIM asks for when an eligible account activates a role."""

    approval: bool = False
    mfa: bool = True
    justification: bool = True
    ticket: bool = False
    user_approvers: tuple[str, ...] = ()
    group_approvers: tuple[str, ...] = ()


def _roles() -> tuple[Role, ...]:
    text = (Path(__file__).parent / "entra_roles.json").read_text(encoding="utf-8")
    listed = [
        Role(id=template, name=role["displayName"], actions=tuple(role["allowedResourceActions"]))
        for template, role in json.loads(text).items()
    ]
    return (
        *listed,
        # a few of its actions: enough to be told from a harmless role
        Role(
            id=INTUNE_ADMINISTRATOR,
            name="Intune Administrator",
            actions=(
                "microsoft.directory/devices/delete",
                "microsoft.directory/groups.security/members/update",
                "microsoft.directory/groups.security/owners/update",
                "microsoft.intune/allEntities/allTasks",
            ),
        ),
        Role(
            id=CUSTOM_ROLE,
            name="App Credential Rotator",
            actions=(
                "microsoft.directory/applications/credentials/update",
                "microsoft.directory/applications/standard/read",
            ),
            built_in=False,
        ),
    )


ROLES = _roles()

ASSIGNMENTS: tuple[tuple[str, str, str], ...] = (
    (HELPDESK_ADMINISTRATOR, DESK_GROUP.id, "/"),
    (AUTHENTICATION_ADMINISTRATOR, OMAR.id, "/"),
    (AUTHENTICATION_ADMINISTRATOR, ROLE_HOLDERS["authentication"].id, "/"),
    (GLOBAL_ADMINISTRATOR, INGRID.id, "/"),
    *((GLOBAL_ADMINISTRATOR, person.id, "/") for person in BREAK_GLASS),
    (PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, MARCUS.id, "/"),
    (HELPDESK_ADMINISTRATOR, SOFIA.id, f"/administrativeUnits/{GRAZ}"),
    (APPLICATION_ADMINISTRATOR, KENJI.id, f"/{TELEMETRY.id}"),
    (APPLICATION_ADMINISTRATOR, APP_TEAM.id, "/"),
    (CLOUD_APPLICATION_ADMINISTRATOR, NADIA.id, "/"),
    (USER_ADMINISTRATOR, ROLE_HOLDERS["user_admin"].id, "/"),
    (GROUPS_ADMINISTRATOR, ROLE_HOLDERS["groups_admin"].id, "/"),
    (PASSWORD_ADMINISTRATOR, ROLE_HOLDERS["password_admin"].id, "/"),
    (GUEST_INVITER, ROLE_HOLDERS["guest_inviter"].id, "/"),
    (GUEST_INVITER, OWNER_POOL[12].id, "/"),
    (DIRECTORY_READERS, HR_CONNECTOR.principal, "/"),
    (DIRECTORY_READERS, OWNER_POOL[13].id, "/"),
    (REPORTS_READER, ROLE_HOLDERS["reports_reader"].id, "/"),
    (MESSAGE_CENTER_READER, ROLE_HOLDERS["message_reader"].id, "/"),
    (USAGE_REPORTS_READER, ROLE_HOLDERS["usage_reader"].id, "/"),
    (EXPERIENCE_MANAGER, ROLE_HOLDERS["experience"].id, "/"),
    (SECURITY_READER, SECURITY_READERS.id, "/"),
    (GLOBAL_READER, AUDIT_READER.principal, "/"),
    (EXCHANGE_ADMINISTRATOR, ROLE_HOLDERS["exchange"].id, "/"),
    (HYBRID_IDENTITY_ADMINISTRATOR, ROLE_HOLDERS["hybrid"].id, "/"),
    (INTUNE_ADMINISTRATOR, ROLE_HOLDERS["intune"].id, "/"),
    (PARTNER_TIER1_SUPPORT, LEGACY_CSP.id, "/"),
    (DIRECTORY_WRITERS, HR_CONNECTOR.principal, "/"),
    (CUSTOM_ROLE, SECRET_ROTATOR.principal, "/"),
)
"""Role, holder, directory scope."""

ELIGIBLE: tuple[tuple[str, str, str], ...] = (
    (GLOBAL_ADMINISTRATOR, PRIYA.id, "/"),
    (PRIVILEGED_ROLE_ADMINISTRATOR, JONAS.id, "/"),
    (USER_ADMINISTRATOR, OWNER_POOL[14].id, "/"),
    (CLOUD_APPLICATION_ADMINISTRATOR, ADA.id, f"/{SIGNING.id}"),
    (EXCHANGE_ADMINISTRATOR, ADA.id, "/"),
)
"""Role, account that may activate it, directory scope."""

ACTIVATION = {
    GLOBAL_ADMINISTRATOR: Activation(
        approval=True,
        ticket=True,
        user_approvers=(MARCUS.id,),
        group_approvers=(PIM_APPROVERS.id,),
    ),
    PRIVILEGED_ROLE_ADMINISTRATOR: Activation(mfa=False, justification=False),
    CLOUD_APPLICATION_ADMINISTRATOR: Activation(approval=True, user_approvers=(ANTON.id,)),
    EXCHANGE_ADMINISTRATOR: Activation(approval=True, user_approvers=(MARCUS.id,)),
}
"""Where the default (MFA and a justification) was changed."""
