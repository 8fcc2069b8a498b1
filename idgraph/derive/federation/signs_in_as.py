"""Which users and groups of Entra are which users and groups of IAM Identity Center."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.closures import tenant_of
from idgraph.derive.federation.aws_applications import APP_ASSIGNMENT, Admission
from idgraph.derive.federation.identity_center import IdentityCenter, SignsIn, identity_center
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Bools, Texts
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws, entra
from idgraph.vocabulary.common import between

TENANT = ASSUME.of("identity_center_tenant")
PROVISIONED = ASSUME.of("group_provisioning")
DIRECT_MEMBER = ASSUME.of("direct_member")
_UNASSIGNED = "the member signs in by another assignment, and provisioning takes every group"

SIGNS_IN_AS = EdgeKind(
    name="SIGNS_IN_AS",
    reads="signs in to AWS, through Entra, as",
    ends=between((entra.USER,), (aws.SSO_USER,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Open the AWS access portal and every role that is assigned there, with nothing but the "
    "sign-in to Entra.",
    verify="Identity Center, Settings, identity source; the user's name and external id there, the "
    "user principal name and object id in Entra; who is assigned to the application.",
    remove="Take the user out of the application in Entra and disable it in Identity Center; its "
    "sessions end of themselves, so end those of the roles as well (deny by aws:TokenIssueTime).",
    logged="Entra sign-in log, application AWS IAM Identity Center; CloudTrail, eventSource "
    "signin.amazonaws.com: UserAuthentication, and sso.amazonaws.com: Authenticate, Federate.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1078.004", "NIST-CSF:PR.AA-04", "CSA-CCM:IAM-16"),
    source="Microsoft Learn: Microsoft Entra SSO integration with AWS IAM Identity Center; "
    "Configure AWS IAM Identity Center for automatic user provisioning; Assign users and groups "
    "to an application",
    misses="Claims that name users by something else than the user principal name, where SCIM has "
    "not stored the object id; whom an owner of an assigned group lets in first; users whom other "
    "identity providers sign in (Okta has no inventory here).",
)
IS_PROVISIONED_AS = EdgeKind(
    name="IS_PROVISIONED_AS",
    reads="gives its members, through provisioning, the membership of",
    ends=between((entra.GROUP,), (aws.SSO_GROUP,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Whoever becomes a direct member in Entra is a member in Identity Center at the next "
    "provisioning cycle (about 40 minutes), with every role assigned to the group there.",
    verify="Provisioning of the application in Entra; the group's external id or display name in "
    "Identity Center.",
    remove="Take the group out of the application's scope of provisioning, or its assignments away "
    "in Identity Center.",
    logged="Entra audit log: Add member to group; provisioning log; CloudTrail: AddMemberToGroup, "
    "eventSource sso-directory.amazonaws.com.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-07"),
    source="Microsoft Learn: Configure AWS IAM Identity Center for automatic user provisioning; "
    "How application provisioning works (groups within groups are not expanded)",
    misses="Scoping filters; whether provisioning is switched on, where the group was found by its "
    "name alone.",
)


@dataclass(frozen=True, slots=True)
class _Names:
    """Users of Entra by user principal name, groups by display name, in lower case."""

    users: dict[str, list[int]]
    groups: dict[str, list[int]]
    is_group: Bools
    tenant: Texts


def _find(snapshot: Snapshot, findings: Findings) -> None:
    center = identity_center(snapshot)
    if not (center.users or center.groups):
        return
    names, row = _names(snapshot), snapshot.node_row
    disabled = snapshot.false("account_enabled")
    people = Fan(findings, SIGNS_IN_AS, "users", "Identity Center")
    for user in filter(center.enabled, center.users):
        for person, found in _people(center, names, user):
            if not disabled[person]:
                rows = dict.fromkeys((int(row[user]), int(row[person]), found.row))
                people.add(person, (Head(user),), found.guards, rows)
    people.close()
    groups = Fan(findings, IS_PROVISIONED_AS, "groups", "Identity Center")
    for group in center.groups:
        for same, found in _same_groups(center, names, group):
            nested = (DIRECT_MEMBER,) if same in center.applications.nesting else ()
            rows = dict.fromkeys((int(row[group]), int(row[same]), found.row))
            groups.add(same, (Head(group),), (*found.guards, *nested), rows)
    groups.close()


def _people(center: IdentityCenter, names: _Names, user: int) -> Iterator[tuple[int, Admission]]:
    """Yield who of Entra signs in as a user of Identity Center."""
    snapshot, store = center.snapshot, center.store(user)
    row = int(snapshot.node_row[user])
    same = [each for each in center.same_objects(user) if not names.is_group[each]]
    named = names.users.get(str(snapshot.node_properties[user].get("user_name", "")).lower(), [])
    for person in dict.fromkeys((*same, *named)):
        tenant = str(names.tenant[person])
        verdict = center.signs_in(store, tenant)
        if verdict is SignsIn.NO:
            if person in same:
                yield person, Admission((TENANT,), row)
            continue
        known = bool(center.of_store(store, tenant))
        found = _admitted(center, store, person) if known else Admission((), row)
        if found is not None:
            sure = verdict is SignsIn.YES or person in same or (store, tenant) in center.proven
            yield person, found if sure else Admission((*found.guards, TENANT), found.row)


def _admitted(center: IdentityCenter, store: str, person: int) -> Admission | None:
    """Return the freest admission by one of the tenant's applications that name the store."""
    tenant = str(tenant_of(center.snapshot)[person])
    found = [
        admission
        for each in center.of_store(store, tenant)
        if (admission := center.applications.admits(each, person))
    ]
    return min(found, key=lambda each: (len(each.guards), each.row), default=None)


def _same_groups(
    center: IdentityCenter, names: _Names, group: int
) -> Iterator[tuple[int, Admission]]:
    """Yield the groups of Entra whose members provisioning puts into one of Identity Center."""
    snapshot, store = center.snapshot, center.store(group)
    row = int(snapshot.node_row[group])
    same = [each for each in center.same_objects(group) if names.is_group[each]]
    for each in same:
        verdict = center.signs_in(store, str(names.tenant[each]))
        if verdict is not SignsIn.YES:
            yield each, Admission((TENANT,) if verdict is SignsIn.NO else (), row)
        elif found := _let_in(center, store, each):
            yield each, found
    for each in () if same else names.groups.get(str(snapshot.names[group]).lower(), ()):
        for application in center.of_store(store, str(names.tenant[each])):
            assigned = center.applications.assigned.get(application.node, {})
            if each in assigned:
                yield each, Admission((PROVISIONED,), assigned[each])


def _let_in(center: IdentityCenter, store: str, group: int) -> Admission | None:
    """Return how a group's members sign in, and are provisioned, by the group's own assignment.

    A group that is known not to be assigned is provisioned only where provisioning takes every
    group, and its members need an assignment of their own.
    """
    of_store = center.of_store(store, str(tenant_of(center.snapshot)[group]))
    some = [each for each in of_store if each.enabled]
    for each in some:
        if group in center.applications.assigned.get(each.node, {}):
            return Admission((), center.applications.assigned[each.node][group])
    if not some:
        return None
    if all(each.assignment_required and each.assignments_known for each in some):
        return Admission(guards_of((_UNASSIGNED,), store), some[0].row)
    return Admission((APP_ASSIGNMENT,), some[0].row)


def _names(snapshot: Snapshot) -> _Names:
    users, groups = defaultdict(list), defaultdict(list)
    for at in snapshot.of_kind(entra.USER.name).tolist():
        upn = str(snapshot.node_properties[at].get("upn", "")).lower()
        if upn:
            users[upn].append(at)
    for at in snapshot.of_kind(entra.GROUP.name).tolist():
        groups[str(snapshot.names[at]).lower()].append(at)
    is_group = snapshot.is_kind(entra.GROUP.name)
    return _Names(users, groups, is_group, tenant_of(snapshot))


RULE = Rule(
    name="users and groups of Identity Center", kinds=(SIGNS_IN_AS, IS_PROVISIONED_AS), find=_find
)
