"""Who takes on a role with a token of another issuer: the subjects that its trust policy lets in.

A trust policy that asks for no subject lets in everybody at that issuer: `anybody at …` is a
subject of its own, and every known repository has its tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.estate import survey
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.federation.patterns import Begun, covers, is_pattern
from idgraph.derive.federation.tokens import doors
from idgraph.derive.federation.told import subject_in_words
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.federation import SUBJECT, subject_id

CAN_ASSUME_WITH_TOKEN = EdgeKind(
    name="CAN_ASSUME_WITH_TOKEN",
    reads="can assume, with a token,",
    ends=((SUBJECT, aws.ROLE),),
    flow=Flow.CONTROL,
    derived=True,
    allows="Take on the role with sts:AssumeRoleWithWebIdentity and a token of that subject, for "
    "up to the role's longest session; no credential of AWS is needed.",
    verify="The role's trust policy: its conditions on <issuer>:sub and <issuer>:aud; the "
    "audiences of the identity provider (`aws iam get-open-id-connect-provider`).",
    remove="Name in the trust policy the one subject that needs the role, with StringEquals; "
    "then deny sessions that began earlier (aws:TokenIssueTime).",
    logged="CloudTrail: AssumeRoleWithWebIdentity, with the subject and the provider.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1550.001", "NIST-CSF:PR.AA-04", "OWASP-NHI:NHI4:2025"),
    source="IAM User Guide: Create a role for OpenID Connect federation; Available keys for AWS "
    "OIDC federation; Identity-provider controls for shared OIDC providers",
    misses="Claims of the token other than its subject, audience and what the subject says are "
    "guards; a session policy that whoever presents the token passes along; of a trust policy for "
    "everybody, the issuers that no provider was loaded of.",
)
FITS_SUBJECT = EdgeKind(
    name="FITS_SUBJECT",
    reads="is one of",
    ends=((SUBJECT, SUBJECT),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="A token of the subject fits the pattern, wherever the pattern is trusted.",
    verify="Compare the two letter by letter: * is any run of characters, ? any one.",
    remove="Write the pattern more narrowly where it is trusted.",
    logged="Nothing by itself: see where the token is used.",
    frameworks=("ATT&CK:T1199", "NIST-CSF:PR.AA-04"),
    source="IAM User Guide: IAM JSON policy elements: Condition operators (StringLike)",
)

Guards = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Trusted:
    """A subject that some role trusts: its node, and the rows of a statement that names it."""

    node: int
    rows: tuple[int, ...]


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    found: dict[tuple[int, int, Guards], tuple[int, ...]] = {}  # an audience more is no way more
    trusted: dict[str, dict[str, _Trusted]] = defaultdict(dict)
    for door in doors(snapshot):
        at = subject_node(findings, door.issuer, door.subject)
        needs = guards_of(door.way.needs, subject_id(door.issuer, door.subject))
        rows = tuple(estate.rows(door.way.statements))
        found.setdefault((at, door.role, (*needs, *door.guards)), rows)
        trusted[door.issuer].setdefault(door.subject, _Trusted(at, rows))
    for (at, role, guards), rows in found.items():
        findings.link(CAN_ASSUME_WITH_TOKEN, at, role, guards=guards, evidence=rows)
    for subjects in trusted.values():
        _fit(findings, subjects)


def subject_node(findings: Findings, issuer: str, subject: str) -> int:
    """Return the handle of a subject's node."""
    name = subject_in_words(issuer, subject)
    return findings.node(subject_id(issuer, subject), SUBJECT, name)


def _fit(findings: Findings, subjects: Mapping[str, _Trusted]) -> None:
    """Add which subjects fit which patterns of the same issuer."""
    begun = Begun((each, each) for each in subjects)
    for pattern in filter(is_pattern, subjects):
        some = [each for each in begun.near(pattern) if each != pattern and covers(pattern, each)]
        inside = [subjects[each].node for each in some]
        whole = subjects[pattern]
        findings.link(FITS_SUBJECT, inside, whole.node, evidence=whole.rows)


RULE = Rule(
    name="aws roles for tokens",
    kinds=(CAN_ASSUME_WITH_TOKEN, FITS_SUBJECT),
    find=_find,
    nodes=(SUBJECT,),
)
