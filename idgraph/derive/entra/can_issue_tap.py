"""Who can issue a Temporary Access Pass for whom."""

from __future__ import annotations

from types import MappingProxyType

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.entra import roles
from idgraph.derive.entra.permissions import (
    USER_AUTH_METHOD_TAP_READ_WRITE_ALL,
    USER_AUTHENTICATION_METHOD_READ_WRITE_ALL,
)
from idgraph.derive.entra.reset_table import Resetter
from idgraph.derive.entra.resets import Way, find_way
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, HUB, POWER, between
from idgraph.vocabulary.entra import ROLE, SERVICE_IDENTITIES, USER
from idgraph.vocabulary.resets import SECOND_FACTOR

CAN_ISSUE_TAP = EdgeKind(
    name="CAN_ISSUE_TAP",
    reads="can issue a Temporary Access Pass for",
    ends=(
        *between((ROLE, POWER, *SERVICE_IDENTITIES), (HUB,)),
        *between((HUB,), (USER, SECOND_FACTOR)),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign in with the pass alone: it counts as strong authentication, leaves the old "
    "password as it is, and lets one register methods that outlive it.",
    verify="The role of the issuer, the target's roles, and whether the authentication methods "
    "policy enables the pass for the target.",
    remove="Take the role or the application permission away, or exclude the account from the "
    "policy of the Temporary Access Pass.",
    logged="Audit log, UserManagement: Admin registered temporary access pass method; sign-in log "
    "with that method.",
    frameworks=(
        "ATT&CK:T1098.005",
        "ATT&CK:T1556.006",
        "NIST-CSF:PR.AA-01",
        "CSA-CCM:IAM-10",
        "CSA-CCM:IAM-14",
    ),
    source="Microsoft Learn: Configure Temporary Access Pass; Create temporaryAccessPassMethod "
    "(Microsoft Graph); Microsoft Graph permissions reference",
    misses="The policy is not exported, so it is assumed to allow the target. An administrator "
    "cannot issue a pass for himself, which opens nothing new. Other methods that a permission "
    "over single methods lets an application add (a phone number) are not followed.",
)

WAY = Way(
    kind=CAN_ISSUE_TAP,
    wide=MappingProxyType(
        {
            roles.AUTHENTICATION_ADMINISTRATOR: Resetter.ORDINARY,
            roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Resetter.ANYBODY,
            roles.GLOBAL_ADMINISTRATOR: Resetter.ANYBODY,
        }
    ),
    at_a_unit=MappingProxyType({roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: Resetter.ANYBODY}),
    other=(roles.actions(r"users/(authenticationmethods/create|allproperties/alltasks)"),),
    # Without a signed-in administrator no role is asked for, so every account is in reach.
    permissions=(
        (USER_AUTHENTICATION_METHOD_READ_WRITE_ALL, Resetter.ANYBODY, ()),
        (USER_AUTH_METHOD_TAP_READ_WRITE_ALL, Resetter.ANYBODY, ()),
    ),
    assumes=(ASSUME.of("tap_policy"),),
    gives_factor=True,
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    find_way(snapshot, findings, WAY)


RULE = Rule(
    name="entra temporary access passes",
    kinds=(CAN_ISSUE_TAP, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, HUB, BLIND_SPOT, SECOND_FACTOR),
)
