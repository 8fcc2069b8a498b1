"""AZAddMembers and AZMGAddMember: dynamic groups and groups from on premises are not left out."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.bloodhound import holders as roles
from idgraph.derive.bloodhound.products import by_member, by_permission, product
from idgraph.derive.entra.can_add_member import CAN_ADD_MEMBER
from idgraph.derive.entra.hubs import Links
from idgraph.derive.entra.permissions import (
    DIRECTORY_READ_WRITE_ALL,
    GROUP_MEMBER_READ_WRITE_ALL,
    GROUP_READ_WRITE_ALL,
    ROLE_MANAGEMENT_READ_WRITE_DIRECTORY,
)
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import HUB, between
from idgraph.vocabulary.entra import GROUP, SERVICE_IDENTITIES, USER

_EVERY_GROUP = (roles.GLOBAL_ADMIN, roles.PRIVILEGED_ROLE_ADMIN)
_PLAIN_GROUPS = (
    roles.GROUPS_ADMIN,
    roles.DIRECTORY_WRITERS,
    roles.IDENTITY_GOVERNANCE_ADMIN,
    roles.USER_ADMIN,
    roles.INTUNE_ADMIN,
    roles.KNOWLEDGE_ADMIN,
    roles.KNOWLEDGE_MANAGER,
)

BH_ADD_MEMBERS = EdgeKind(
    name="BH_ADD_MEMBERS",
    reads="can, by a role, add members to",
    ends=(*between((USER, *SERVICE_IDENTITIES), (HUB,)), (HUB, GROUP)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Add one's own account and have everything that is granted to the group.",
    verify="The roles of the principal, direct or by one role-assignable group.",
    remove="Take the role away.",
    logged="Audit log, GroupManagement: Add member to group.",
    frameworks=("ATT&CK:T1098", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="BloodHound CE: AZAddMembers",
    bloodhound="AZAddMembers",
    misses="Known errors: dynamic groups and groups from on premises are not left out, and the "
    "scope of a role is ignored. The edge starts at the holder, not at the role, so a role that "
    "is reached otherwise adds nobody.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    groups = snapshot.is_kind(GROUP.name)
    plain = groups & ~snapshot.true("role_assignable")

    product(links, BH_ADD_MEMBERS, "every group", by_member(snapshot, _EVERY_GROUP), groups)
    product(links, BH_ADD_MEMBERS, "plain groups", by_member(snapshot, _PLAIN_GROUPS), plain)
    everywhere = by_permission(snapshot, ROLE_MANAGEMENT_READ_WRITE_DIRECTORY)
    product(links, CAN_ADD_MEMBER, "every group", everywhere, groups)
    writers = by_permission(
        snapshot, DIRECTORY_READ_WRITE_ALL, GROUP_READ_WRITE_ALL, GROUP_MEMBER_READ_WRITE_ALL
    )
    product(links, CAN_ADD_MEMBER, "plain groups", writers, plain)
    links.close()


RULE = Rule(
    name="bloodhound groups", kinds=(BH_ADD_MEMBERS, CAN_ADD_MEMBER), find=_find, nodes=(HUB,)
)
