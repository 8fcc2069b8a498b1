"""What the administrator of an organisation's management account holds: every member account."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import between

HOLDS_ORGANISATION = EdgeKind(
    name="HOLDS_ORGANISATION",
    reads="is the management account of",
    ends=between((aws.ACCOUNT,), (aws.ORGANISATION,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Assign permission sets in every account, start stack sets in them, change their "
    "control policies.",
    verify="`aws organizations describe-organization`.",
    remove="Keep workloads and people out of the management account.",
    logged="CloudTrail of the management account.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="Organizations User Guide: Best practices for the management account",
)
HOLDS_MEMBER = EdgeKind(
    name="HOLDS_MEMBER",
    reads="administers the member account",
    ends=between((aws.ORGANISATION,), (aws.ACCOUNT,)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Become administrator of the account: by OrganizationAccountAccessRole, by a permission "
    "set assigned in IAM Identity Center, by a stack set of the organisation.",
    verify="`aws organizations list-accounts`; which of the three is in use.",
    remove="Nothing short of leaving the organisation; guard the management account.",
    logged="CloudTrail: AssumeRole of OrganizationAccountAccessRole, CreateAccountAssignment, "
    "CreateStackInstances.",
    frameworks=("ATT&CK:T1078.004", "ATT&CK:T1199", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Organizations User Guide: Accessing member accounts in your organization; IAM Identity "
    "Center User Guide: Manage access to AWS accounts",
    misses="Accounts delegated for IAM Identity Center or stack sets, which can do the same; what "
    "service control policies leave the administrator of a member.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    under = snapshot.edges[aws.UNDER.name]
    above = dict(zip(under.source.tolist(), under.target.tolist(), strict=True))
    rows = dict(zip(under.source.tolist(), under.row.tolist(), strict=True))
    organisations = set(snapshot.of_kind(aws.ORGANISATION.name).tolist())
    management = snapshot.true("management")
    for account in snapshot.of_kind(aws.ACCOUNT.name).tolist():
        organisation = _top(above, account)
        if organisation not in organisations:
            continue
        row = (rows[account],)
        if management[account]:
            findings.link(HOLDS_ORGANISATION, account, organisation, evidence=row)
        else:
            findings.link(HOLDS_MEMBER, organisation, account, evidence=row)
    _by_id(snapshot, findings, management, organisations)


def _by_id(
    snapshot: Snapshot,
    findings: Findings,
    management: np.ndarray[tuple[int], np.dtype[np.bool_]],
    organisations: set[int],
) -> None:
    """Add the management account where the organisation names it, and it stands under nothing."""
    known = set(snapshot.edges[aws.UNDER.name].source.tolist())
    for organisation in sorted(organisations):
        named = str(snapshot.node_properties[organisation].get("management_account_id", ""))
        account = snapshot.position(named) if named else -1
        if account >= 0 and not (account in known and management[account]):
            row = (snapshot.node_row[organisation],)
            findings.link(HOLDS_ORGANISATION, account, organisation, evidence=row)


def _top(above: dict[int, int], account: int) -> int:
    """Return what stands above all else over an account, -1 where nothing does."""
    at, seen = above.get(account, -1), {account}
    while at in above and at not in seen:  # units in a circle: an export may have them
        seen.add(at)
        at = above[at]
    return at


RULE = Rule(name="aws organisations", kinds=(HOLDS_ORGANISATION, HOLDS_MEMBER), find=_find)
