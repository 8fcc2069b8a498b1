"""Who can replace both the password and the second factor of whom."""

from __future__ import annotations

from types import MappingProxyType

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra import roles
from idgraph.derive.entra.can_reset_password import SETS_PASSWORDS
from idgraph.derive.entra.reset_table import Resetter
from idgraph.derive.entra.resets import PASSWORD_WRITEBACK, Way, find_way
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, USER
from idgraph.vocabulary.resets import SECOND_FACTOR

_SETS_METHODS = roles.actions(
    r"users/(authenticationmethods/(create|delete|basic/update)|allproperties/alltasks)"
)

CAN_RESET_MFA = EdgeKind(
    name="CAN_RESET_MFA",
    reads="can reset the password and the second factor of",
    ends=(*between((ROLE, POWER), (HUB,)), *between((HUB,), (USER, SECOND_FACTOR))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Remove the registered methods, set a new password, and register a factor of one's "
    "own at the next sign-in.",
    verify="Whether the resetter holds Authentication Administrator, Privileged Authentication "
    "Administrator or Global Administrator, and the target no role above it.",
    remove="Take the role off the resetter, or protect the account in a restricted management "
    "administrative unit; bind registration to a trusted place by Conditional Access.",
    logged="Audit log, UserManagement: Admin deleted security info, Admin required "
    "re-registration, Reset user password; then User registered security info.",
    frameworks=(
        "ATT&CK:T1556.006",
        "ATT&CK:T1098.005",
        "NIST-CSF:PR.AA-03",
        "CSA-CCM:IAM-10",
        "CSA-CCM:IAM-14",
    ),
    source="Microsoft Learn: Privileged roles and permissions in Microsoft Entra ID, Compare "
    "authentication roles, Who can reset passwords",
    misses="A Conditional Access policy that guards registration; methods kept on premises; an "
    "account whose methods one holder and whose password another resets.",
)

WAY = Way(
    kind=CAN_RESET_MFA,
    wide=MappingProxyType(
        {
            roles.AUTHENTICATION_ADMINISTRATOR: Resetter.AUTHENTICATION,
            roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Resetter.ANYBODY,
            roles.GLOBAL_ADMINISTRATOR: Resetter.ANYBODY,
        }
    ),
    at_a_unit=MappingProxyType({roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Resetter.ANYBODY}),
    other=(SETS_PASSWORDS, _SETS_METHODS),
    when_synced=(PASSWORD_WRITEBACK,),
    gives_factor=True,
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    find_way(snapshot, findings, WAY)


RULE = Rule(
    name="entra second factor resets",
    kinds=(CAN_RESET_MFA, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT, SECOND_FACTOR),
)
