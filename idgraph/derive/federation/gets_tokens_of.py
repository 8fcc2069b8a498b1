"""Which repositories have tokens of which subjects that AWS roles trust."""

from __future__ import annotations

from collections import defaultdict

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.estate import survey
from idgraph.derive.federation.can_assume_with_token import subject_node
from idgraph.derive.federation.repositories import FORM, repositories
from idgraph.derive.federation.tokens import doors
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary.federation import REPOSITORY, SUBJECT, is_github

GETS_TOKENS_OF = EdgeKind(
    name="GETS_TOKENS_OF",
    reads="gets tokens of",
    ends=((REPOSITORY, SUBJECT),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="A workflow of the repository with `permissions: id-token: write` asks GitHub for a "
    "token of that subject, for an audience of its choice.",
    verify="The repository's name and the subject; its environments, rulesets and OIDC subject "
    "template (GET /repos/{owner}/{repo}/actions/oidc/customization/sub).",
    remove="Name one environment in the subject that is trusted, and give that environment "
    "required reviewers and a branch policy; take write access to the repository away.",
    logged="The workflow run; GitHub logs no single token. See the log of who accepts it.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1550.001", "NIST-CSF:PR.AA-04", "OWASP-NHI:NHI4:2025"),
    source="GitHub Docs: OpenID Connect reference; About security hardening with OpenID Connect",
    misses="Repositories that nothing loaded names; subject templates of an organisation's own, "
    "unless the subject names the repository or its owner; GitHub Enterprise Server.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate, known = survey(snapshot), repositories(snapshot)
    subjects: dict[tuple[str, str], tuple[int, ...]] = defaultdict(tuple)
    for door in doors(snapshot):
        if is_github(door.issuer):
            rows = tuple(estate.rows(door.way.statements))
            subjects[door.issuer, door.subject] = subjects[door.issuer, door.subject] or rows
    for (issuer, subject), rows in subjects.items():
        at = subject_node(findings, issuer, subject)
        enterprise = (FORM,) if "/" in issuer else ()  # whose repositories are not known
        for repository, found in known.presenting(subject):
            source, guards = known.node(findings, repository), (*enterprise, *found)
            findings.link(
                GETS_TOKENS_OF, source, at, guards=tuple(sorted({*guards})), evidence=rows
            )


RULE = Rule(name="github tokens", kinds=(GETS_TOKENS_OF,), find=_find, nodes=(REPOSITORY, SUBJECT))
