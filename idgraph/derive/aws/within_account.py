"""What an administrator of an account holds, what a key opens, what a workload runs as."""

from __future__ import annotations

import numpy as np

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.estate import survey
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import between

_HELD = (aws.USER, aws.ROLE, *aws.COMPUTE, *aws.STORES, aws.BUCKET)

HOLDS_IN_ACCOUNT = EdgeKind(
    name="HOLDS_IN_ACCOUNT",
    reads="administers",
    ends=between((aws.ACCOUNT,), _HELD),
    flow=Flow.CONTROL,
    derived=True,
    allows="Everything in the account: its users and roles, what they run, what it keeps.",
    verify="The account's identities with every permission; its service control policies.",
    remove="Take every permission from whoever administers the account without need.",
    logged="CloudTrail, in the account.",
    frameworks=("ATT&CK:T1078.004", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-10"),
    source="IAM User Guide: AWS account root user; Policies and permissions",
    misses="What a service control policy or a resource's own policy denies to administrators.",
)
SIGNS_AS = EdgeKind(
    name="SIGNS_AS",
    reads="signs requests as",
    ends=between((aws.ACCESS_KEY,), (aws.USER, aws.ROOT_USER)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Every call that the user may make, until the key is made inactive.",
    verify="`aws iam list-access-keys`, and `get-access-key-last-used`.",
    remove="Make the key inactive, see what breaks, then delete it.",
    logged="CloudTrail: accessKeyId of every call.",
    frameworks=("ATT&CK:T1078.004", "OWASP-NHI:NHI7:2025", "NIST-CSF:PR.AA-01"),
    source="IAM User Guide: Manage access keys for IAM users",
)
RUNS_WITH = EdgeKind(
    name="RUNS_WITH",
    reads="has the credentials of",
    ends=between(aws.COMPUTE, (aws.ROLE,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Code on the workload asks for the credentials of the role.",
    verify="The role in the workload's own settings.",
    remove="Give the workload a role that can do less; deny sessions that began earlier.",
    logged="CloudTrail: AssumeRole by the service; the calls that follow name the session.",
    frameworks=("ATT&CK:T1552.005", "OWASP-NHI:NHI5:2025", "NIST-CSF:PR.AA-05"),
    source="IAM User Guide: Use an IAM role to grant permissions to applications running on "
    "Amazon EC2 instances; Lambda Developer Guide: execution role",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    _account(snapshot, findings)
    _keys(snapshot, findings)
    _workloads(snapshot, findings)


def _account(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[aws.IN_ACCOUNT.name]
    held = snapshot.is_kind(*(kind.name for kind in _HELD))[table.source]
    held &= ~snapshot.true("service_linked")[table.source]
    some = table.where(held)
    findings.link(HOLDS_IN_ACCOUNT, some.target, some.source, evidence=(some.row,))


def _keys(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[aws.HAS_ACCESS_KEY.name]
    alive = table.where(~snapshot.false("active")[table.target])
    findings.link(SIGNS_AS, alive.target, alive.source, evidence=(alive.row,))


def _workloads(snapshot: Snapshot, findings: Findings) -> None:
    table = snapshot.edges[aws.RUNS_WITH_ROLE.name]
    direct = table.where(snapshot.is_kind(aws.ROLE.name)[table.target])
    findings.link(RUNS_WITH, direct.source, direct.target, evidence=(direct.row,))
    profiled = table.where(snapshot.is_kind(aws.INSTANCE_PROFILE.name)[table.target])
    roles_of = survey(snapshot).roles_of_profile
    for number, profile in enumerate(profiled.target.tolist()):
        for role, row in roles_of.get(profile, ()):
            rows = (np.array([profiled.row[number]]), np.array([row]))
            findings.link(RUNS_WITH, profiled.source[number], role, evidence=rows)


RULE = Rule(name="aws accounts", kinds=(HOLDS_IN_ACCOUNT, SIGNS_AS, RUNS_WITH), find=_find)
