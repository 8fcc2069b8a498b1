"""Who rewrites a role's trust policy, and so takes on the role."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.escalation import changeable
from idgraph.derive.aws.estate import survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.methods import BY_ID
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_EDIT_TRUST = EdgeKind(
    name="CAN_EDIT_TRUST",
    reads="can let itself take on",
    ends=(*between((aws.USER, aws.ROLE), (aws.ROLE, HUB)), *between((HUB,), (aws.ROLE,))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Name oneself in the role's trust policy, then assume the role.",
    verify="The statements named, for iam:UpdateAssumeRolePolicy on the role.",
    remove="Take iam:UpdateAssumeRolePolicy away or narrow its Resource; compare the trust policy "
    "with the one before.",
    logged="CloudTrail: UpdateAssumeRolePolicy, then AssumeRole.",
    frameworks=("ATT&CK:T1098.003", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="pathfinding.cloud (Datadog): iam-012",
    misses="A Deny of sts:AssumeRole in the policies of the principal itself.",
)

_METHOD = BY_ID["iam-012"]


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    granted = Granted(estate, findings, CAN_EDIT_TRUST, "roles")
    targets = {each: targets_of(estate, changeable(estate, each)) for each in estate.accounts}
    for principal in everyone(snapshot):
        if principal.account in targets:
            granted.on(principal, _METHOD.actions, targets[principal.account], by=(_METHOD,))
    granted.close()


RULE = Rule(name="aws trust policies", kinds=(CAN_EDIT_TRUST,), find=_find, nodes=(HUB,))
