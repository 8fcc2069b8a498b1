"""Who carries out the resets of a path: alone, or with approval by others.

A path that needs n approvers is a gate of n + 1 legs: whoever carries it out, and n approvers,
each another account. Where self-approval is allowed, an approver who carries it out counts as one
of them. Beside a gate stands the edge guarded by `approval:<path>`.
"""

from __future__ import annotations

from collections.abc import Iterator

from idgraph.catalogue import APPROVAL, ASSUME, UNKNOWN, EdgeKind, Flow
from idgraph.derive.blind_spots import MAY_LEAD_TO
from idgraph.derive.desk.paths import Ends, RegisteredPath, holders_of_both, registered_paths
from idgraph.derive.entra.hubs import Guards, Links
from idgraph.derive.gates import IS_LEG_OF, gate, leg
from idgraph.derive.rules import Findings, Rule
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.common import BLIND_SPOT, GATE, LEG, POWER, between
from idgraph.vocabulary.resets import EXECUTORS

NO_APPROVAL = ASSUME.of("reset_without_approval")

CAN_EXECUTE_RESETS = EdgeKind(
    name="CAN_EXECUTE_RESETS",
    reads="can carry out",
    ends=(*between(EXECUTORS, (POWER, LEG)), (GATE, POWER)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Reset every account that the path covers, or, where the path needs approval, ask for "
    "such a reset.",
    verify="The register of reset paths: who carries the path out, and how many approvers it "
    "needs; then the desk's tool, whether it enforces that.",
    remove="Take the account off the desk, narrow what the path covers, or ask for approval by "
    "somebody else and for a proof that cannot be talked around.",
    logged="The ticket of the desk; on the platform what the reset itself leaves.",
    frameworks=(
        "ATT&CK:T1098",
        "ATT&CK:T1199",
        "NIST-CSF:GV.SC-02",
        "NIST-CSF:PR.AA-05",
        "CSA-CCM:IAM-04",
        "CSA-CCM:IAM-10",
    ),
    source="The organisation's register of reset paths; NIST SP 800-63B-4, section 4.2",
    misses="It takes the register at its word: what a tool or a role really permits may be wider. "
    "Where more than one approver is needed and nobody says whether self-approval is allowed, it "
    "counts as forbidden. Approvers whom nobody names open no gate.",
)

CAN_APPROVE_RESETS = EdgeKind(
    name="CAN_APPROVE_RESETS",
    reads="can approve",
    ends=between(EXECUTORS, (LEG,)),
    flow=Flow.RIGHTS,
    derived=True,
    allows="Approve the reset that another account carries out; it gives the approver nothing.",
    verify="The register of reset paths: approvers, and whether self-approval is allowed.",
    remove="Name approvers whom nobody on the desk can reset.",
    logged="The ticket of the desk.",
    frameworks=("ATT&CK:T1098", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-04", "CSA-CCM:IAM-11"),
    source="The organisation's register of reset paths; CSA CCM v4, IAM-04 Separation of Duties",
    misses="Approvers who are deceived into approving.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    links = Links(findings)
    for path in registered_paths(snapshot):
        if not path.executors:
            continue
        power = path.power(findings)
        if not path.approvals:
            guards = (NO_APPROVAL,) if path.approvals is None else ()
            _link(links, CAN_EXECUTE_RESETS, path.executors, power, guards)
        else:
            _link_approved(links, path, power, path.approvals)
    links.close()


def _link(links: Links, kind: EdgeKind, ends: Ends, target: int, guards: Guards = ()) -> None:
    for at, row in ends:
        links.add(kind, at, target, row, guards)


def _link_approved(links: Links, path: RegisteredPath, power: int, approvals: int) -> None:
    """Link a path that needs approvals: the guarded edge, the gate, and what self-approval adds."""
    snapshot = links.findings.snapshot
    subject = path.subject(snapshot)
    _link(links, CAN_EXECUTE_RESETS, path.executors, power, (APPROVAL.of(subject),))
    executor = leg(links, "executor", subject, path.name(snapshot))
    _link(links, CAN_EXECUTE_RESETS, path.executors, executor)
    approvers = list(_approver_legs(links, path, approvals))
    _open(links, path, [executor, *approvers], power)
    if path.self_approval is False:
        return
    both = holders_of_both(snapshot, path.executors, path.approvers)
    if not len(both):
        return
    if path.self_approval is None:
        if approvals == 1:
            _doubt(links, path, both, power)
    elif approvals == 1:
        links.add(CAN_EXECUTE_RESETS, both, power, path.row)
    else:
        own = leg(links, "self-approving-executor", subject, path.name(snapshot))
        links.add(CAN_EXECUTE_RESETS, both, own, path.row)
        _open(links, path, [own, *approvers[1:]], power)


def _approver_legs(links: Links, path: RegisteredPath, approvals: int) -> Iterator[int]:
    """Yield as many legs as approvals are needed, all with the same holders."""
    snapshot = links.findings.snapshot
    for number in range(1, approvals + 1):
        approver = leg(links, f"approver-{number}", path.subject(snapshot), path.name(snapshot))
        _link(links, CAN_APPROVE_RESETS, path.approvers, approver)
        yield approver


def _open(links: Links, path: RegisteredPath, legs: list[int], power: int) -> None:
    subject = path.subject(links.findings.snapshot)
    opened = gate(links, subject, "executor and approvers together", legs, path.row)
    links.add(CAN_EXECUTE_RESETS, opened, power, path.row)


def _doubt(links: Links, path: RegisteredPath, both: Ints, power: int) -> None:
    """Link who could reset alone, if self-approval, of which nobody says anything, is allowed."""
    snapshot = links.findings.snapshot
    subject = path.subject(snapshot)
    unknown = (UNKNOWN.of(f"self-approval of {subject}"),)
    name = f"whether {snapshot.names[path.at]} allows self-approval, not stated"
    blind = links.findings.node(
        f"blind:self-approval:{subject}", BLIND_SPOT, name, stands_for=path.at
    )
    links.add(MAY_LEAD_TO, both, blind, path.row, unknown)
    links.add(MAY_LEAD_TO, blind, power, path.row, unknown)


RULE = Rule(
    name="desk executions",
    kinds=(CAN_EXECUTE_RESETS, CAN_APPROVE_RESETS, IS_LEG_OF, MAY_LEAD_TO),
    find=_find,
    nodes=(POWER, LEG, GATE, BLIND_SPOT),
)
