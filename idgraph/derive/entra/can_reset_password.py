"""Who can set a new password for whom."""

from __future__ import annotations

from idgraph.catalogue import ASSUME, MFA, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra.hubs import Guards
from idgraph.derive.entra.permissions import PASSWORD_PROFILES_WRITE_ALL
from idgraph.derive.entra.reset_table import AT_A_UNIT, TENANT_WIDE, Resetter
from idgraph.derive.entra.resets import PASSWORD_WRITEBACK, Way, find_way
from idgraph.derive.entra.roles import actions
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES, USER

SETS_PASSWORDS = actions(r"users/(password/update|allproperties/(alltasks|update))")

CAN_RESET_PASSWORD = EdgeKind(
    name="CAN_RESET_PASSWORD",
    reads="can reset the password of",
    ends=(*between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)), (HUB, USER)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Set a new password and sign in with it; the account's second factor is still asked "
    "for where one is registered and required.",
    verify="Roles of both accounts against Microsoft's table of who can reset passwords; group "
    "memberships and ownerships of the target; restricted administrative units.",
    remove="Take the role off the resetter or scope it to a unit without this account; or put "
    "the account into a restricted management administrative unit.",
    logged="Audit log, UserManagement: Reset user password, or Reset password (by admin).",
    frameworks=(
        "ATT&CK:T1098",
        "ATT&CK:T1078.004",
        "NIST-CSF:PR.AA-05",
        "CSA-CCM:IAM-10",
        "CSA-CCM:IAM-15",
    ),
    source="Microsoft Learn: Privileged roles and permissions in Microsoft Entra ID, Who can "
    "reset passwords; Assign Microsoft Entra roles; Update user (Microsoft Graph)",
    bloodhound="AZResetPassword",
    misses="Guests whose password is kept in this tenant; roles that only two holdings together "
    "make (one resets, another enables); a phone or mail changed for self-service reset; resets "
    "on premises. Other roles with the action reset users without a role only, as custom roles "
    "are not in the table. User.ReadWrite.All and Directory.ReadWrite.All do not set passwords.",
)


def _second_factor(snapshot: Snapshot, targets: Ints) -> list[Guards]:
    """A reset leaves the target's second factor in place."""
    return [(MFA.of(each),) for each in snapshot.ids[targets]]


WAY = Way(
    kind=CAN_RESET_PASSWORD,
    wide=TENANT_WIDE,
    at_a_unit=AT_A_UNIT,
    other=(SETS_PASSWORDS,),
    permissions=(
        # One page of Microsoft Graph asks for a role besides the permission, another does not.
        (
            PASSWORD_PROFILES_WRITE_ALL,
            Resetter.ORDINARY,
            (ASSUME.of("app_only_password_reset"),),
        ),
    ),
    when_synced=(PASSWORD_WRITEBACK,),
    guards=_second_factor,
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    find_way(snapshot, findings, WAY)


RULE = Rule(
    name="entra password resets",
    kinds=(CAN_RESET_PASSWORD, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT),
)
