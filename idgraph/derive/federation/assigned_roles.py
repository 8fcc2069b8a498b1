"""Who of IAM Identity Center has which role of which account, by the permission sets assigned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from idgraph.catalogue import ASSUME, UNKNOWN, EdgeKind, Flow
from idgraph.derive.aws.escalation import escalations
from idgraph.derive.aws.estate import Estate, Principal, positions
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.links import Fan, Head
from idgraph.derive.aws.policy import Asker, Caller, Context, Layer, Policies, Way
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.federation.aws_applications import applications_of
from idgraph.derive.federation.saml_trust import SamlTrust, saml_trust
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import BLIND_SPOT, between

ONE_ROLE = ASSUME.of("permission_set_role")
_WAYS = 3  # shown of one permission set in one account
_HOLDERS = (aws.SSO_USER, aws.SSO_GROUP)

HAS_ASSIGNMENTS_OF = EdgeKind(
    name="HAS_ASSIGNMENTS_OF",
    reads="has every assignment of",
    ends=between((aws.SSO_USER,), (aws.SSO_GROUP,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Every permission set that is assigned to the group, in each account of the assignment.",
    verify="`aws identitystore list-group-memberships`.",
    remove="Take the user out of the group; where SCIM provisions it, in the identity provider.",
    logged="CloudTrail, eventSource sso-directory.amazonaws.com: AddMemberToGroup.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="IAM Identity Center User Guide: Assign user or group access to AWS accounts",
    misses="Members whom provisioning takes out again at its next cycle.",
)
TAKES_ASSIGNED_ROLE = EdgeKind(
    name="TAKES_ASSIGNED_ROLE",
    reads="takes on, by an assigned permission set,",
    ends=between(_HOLDERS, (aws.ROLE,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Choose the role in the AWS access portal or on the command line and use it for the "
    "permission set's session time.",
    verify="`aws sso-admin list-account-assignments` of the account and the permission set; the "
    "role AWSReservedSSO_<permission set>_<suffix> and its trust in the SAML provider "
    "AWSSSO_<suffix>_DO_NOT_DELETE.",
    remove="Delete the assignment; then deny sessions of the role that began earlier "
    "(aws:TokenIssueTime), by a policy of the permission set.",
    logged="CloudTrail: AssumeRoleWithSAML in the account, and sso.amazonaws.com "
    "GetRoleCredentials or Federate, with the user's name.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-09"),
    source="IAM Identity Center User Guide: Permission sets; IAM roles created by IAM Identity "
    "Center; Referencing permission sets in resource policies, Amazon EKS, and Amazon KMS",
    misses="Attributes for access control, which session tags carry; who may change assignments "
    "and memberships by permissions of AWS itself (sso, sso-directory, identitystore).",
)
ADMINISTERS_BY_ASSIGNMENT = EdgeKind(
    name="ADMINISTERS_BY_ASSIGNMENT",
    reads="is, by an assigned permission set, administrator of",
    ends=between(_HOLDERS, (aws.ACCOUNT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Give any identity of the account any permission, within its service control policies; "
    "the account's own roles were not loaded, the permission set says it.",
    verify="The policies of the permission set: `aws sso-admin "
    "list-managed-policies-in-permission-set` and `get-inline-policy-for-permission-set`.",
    remove="Delete the assignment, or give the permission set less.",
    logged="CloudTrail: AssumeRoleWithSAML in the account; then what the role does.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="IAM Identity Center User Guide: Permission sets; IAM User Guide: Policy evaluation "
    "logic",
    misses="Managed policies of the account's own that the permission set names.",
)


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A permission set assigned in an account, and everybody to whom it is."""

    permission_set: int
    account: str
    holders: tuple[tuple[int, int], ...]  # position, row


def _find(snapshot: Snapshot, findings: Findings) -> None:
    saml = saml_trust(snapshot)
    _groups(snapshot, findings)
    found = _Found(findings)
    used: set[int] = set()
    for each in _assignments(snapshot):
        roles = _roles(saml, each)
        used |= set(roles)
        if roles:
            _take(saml, each, roles, found)
        else:
            _unseen(saml.estate, each, found)
    found.close()
    _unassigned(saml, findings, used)


class _Found:
    """The edges under way."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        what = ("roles", "Identity Center")
        self.roles = Fan(findings, TAKES_ASSIGNED_ROLE, *what)
        self.accounts = Fan(findings, ADMINISTERS_BY_ASSIGNMENT, *what)

    def account(self, account: str) -> int:
        """Return an account, which nothing but an assignment may have told of."""
        return self.findings.node(account, aws.ACCOUNT, account)

    def close(self) -> None:
        self.roles.close()
        self.accounts.close()


def _groups(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[aws.IN_GROUP.name]
    some = table.where(snapshot.is_kind(aws.SSO_GROUP.name)[table.target])
    findings.link(HAS_ASSIGNMENTS_OF, some.source, some.target, evidence=(some.row,))


def _assignments(snapshot: Snapshot) -> Iterator[_Assignment]:
    table = snapshot.edges[aws.ASSIGNED.name]
    holders: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    rows = zip(
        table.source.tolist(),
        table.target.tolist(),
        table.text("account_id").tolist(),
        table.row.tolist(),
        strict=True,
    )
    for who, what, account, row in rows:
        if account:
            holders[what, account].append((who, row))
    for (what, account), some in sorted(holders.items()):
        yield _Assignment(what, account, tuple(some))


def _roles(saml: SamlTrust, assignment: _Assignment) -> tuple[int, ...]:
    """Return the roles that were made for a permission set in an account."""
    snapshot = saml.estate.snapshot
    if snapshot.stub[assignment.permission_set]:
        return ()
    name = str(snapshot.names[assignment.permission_set])
    return saml.reserved.get((assignment.account, name), ())


def _take(saml: SamlTrust, assignment: _Assignment, roles: tuple[int, ...], found: _Found) -> None:
    estate = saml.estate
    doubt = (ONE_ROLE,) if len(roles) > 1 else ()
    for role in roles:
        for way in saml.ways_of_center(role):
            guards = tuple(sorted({*guards_of(way.needs, estate.arn(role)), *doubt}))
            for who, row in assignment.holders:
                rows = (row, *estate.rows(way.statements))
                found.roles.add(who, (Head(role),), guards, rows)


def _unseen(estate: Estate, assignment: _Assignment, found: _Found) -> None:
    """Say what an assignment gives whose role was not loaded: by its own policies, or not known."""
    account = found.account(assignment.account)
    principal = _as_principal(estate, assignment)
    ways = _administering(estate, principal) if principal else []
    for way in ways:
        guards = guards_of(way.needs, estate.arn(assignment.permission_set))
        for who, row in assignment.holders:
            head = Head(account, (), (row, *estate.rows(way.statements)))
            found.accounts.add(who, (head,), guards)  # an edge for each permission set
    if not ways and (principal is None or principal.unread):
        _blind(estate.snapshot, assignment, found, account)


def _administering(estate: Estate, principal: Principal) -> list[Way]:
    """Return the ways with the fewest needs; one without any makes all others needless."""
    ways = sorted(
        (each.way for each in escalations(estate, principal)),
        key=lambda way: (len(way.needs), sorted(map(str, way.needs))),
    )
    return ways[:1] if ways and not ways[0].needs else ways[:_WAYS]


def _as_principal(estate: Estate, assignment: _Assignment) -> Principal | None:
    """Return the role that the permission set makes in the account, None if nothing is known."""
    snapshot, policies = estate.snapshot, estate.policies_of.get(assignment.permission_set, ())
    if not policies:
        return None
    identity, unread = estate.layer(policies)
    partition = (*str(snapshot.ids[assignment.permission_set]).split(":"), "aws")[1]
    name = f"AWSReservedSSO_{snapshot.names[assignment.permission_set]}"
    arn = f"arn:{partition}:iam::{assignment.account}:role/aws-reserved/sso.amazonaws.com/{name}"
    bounded = snapshot.position(estate.boundary_arn(assignment.permission_set))
    asker = Asker(arn, assignment.account, Caller.ROLE)
    members = estate.of_members(assignment.account)
    context = Context({"aws:principalarn": (arn,)}).having(members.values)
    boundary = _bounding(estate, bounded) if bounded >= 0 else None
    scps = estate.control_policies(assignment.account)
    rcps = estate.resource_controls(assignment.account)
    return Principal(
        node=-1,
        arn=arn,
        account=assignment.account,
        asker=asker,
        policies=Policies(identity=identity, boundary=boundary, scps=scps, rcps=rcps),
        context=context,
        place=estate.of_things_in(assignment.account),
        unread=unread,
    )


def _bounding(estate: Estate, policy: int) -> Layer:
    """Return a boundary; one that was not loaded is unknown, never none."""
    layer, unread = estate.layer((policy,))
    return Layer(layer.policies, missing=unread)


def _blind(snapshot: Snapshot, assignment: _Assignment, found: _Found, account: int) -> None:
    name = str(snapshot.names[assignment.permission_set])
    subject = f"{snapshot.ids[assignment.permission_set]}@{assignment.account}"
    text = f"what {name} allows in {assignment.account}, not loaded"
    blind = found.findings.node(f"blind:permission-set:{subject}", BLIND_SPOT, text)
    who = [each for each, _ in assignment.holders]
    rows = [row for _, row in assignment.holders]
    found.findings.link(MAY_LEAD_TO, who, blind, evidence=(rows,))
    guard = UNKNOWN.of(f"IAM role of {subject}")
    found.findings.link(MAY_LEAD_TO, blind, account, guards=(guard,))


def _unassigned(saml: SamlTrust, findings: Findings, used: set[int]) -> None:
    """Say that it is not known who has a role of a permission set.

    Such a role is there only while its permission set is assigned to somebody: one to whom nobody
    is assigned shows that not all assignments were loaded.
    """
    estate = saml.estate
    left = [
        (account, roles)
        for (account, _), roles in sorted(saml.reserved.items())
        if not used.intersection(roles)
    ]
    if not left:
        return
    text = "who is assigned which permission set, not loaded whole"
    blind = findings.node("blind:account-assignments", BLIND_SPOT, text)
    for account, roles in left:
        guard = UNKNOWN.of(f"account assignments of {account}")
        rows = estate.snapshot.node_row[list(roles)]
        findings.link(MAY_LEAD_TO, blind, roles, guards=(guard,), evidence=(rows,))
    findings.link(MAY_LEAD_TO, _anybody(estate.snapshot), blind)


def _anybody(snapshot: Snapshot) -> Ints:
    """Return who may have assignments: all users of Identity Center, or who signs in to it."""
    users = snapshot.of_kind(aws.SSO_USER.name)
    if len(users):
        return users
    applications = applications_of(snapshot)
    assigned = {
        who
        for each in applications.all
        if each.center
        for who in applications.assigned.get(each.node, ())
    }
    return positions(assigned)


RULE = Rule(
    name="roles of permission sets",
    kinds=(HAS_ASSIGNMENTS_OF, TAKES_ASSIGNED_ROLE, ADMINISTERS_BY_ASSIGNMENT, MAY_LEAD_TO),
    find=_find,
    nodes=(BLIND_SPOT,),
)
