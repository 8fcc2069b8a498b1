"""Which repositories have tokens that a federated credential of Entra accepts."""

from __future__ import annotations

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.federation.repositories import github_credentials, repositories
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.federation import REPOSITORY

PRESENTS_TOKENS_TO = EdgeKind(
    name="PRESENTS_TOKENS_TO",
    reads="presents tokens to",
    ends=((REPOSITORY, entra.FEDERATED_CREDENTIAL),),
    flow=Flow.RIGHTS,
    derived=True,
    allows="A workflow of the repository exchanges a token of GitHub Actions for one of the "
    "application that has the federated credential.",
    verify="Issuer and subject of the federated credential, letter by letter; the repository's "
    "environments and rulesets.",
    remove="Delete the federated credential, or name in its subject one environment with required "
    "reviewers; take write access to the repository away.",
    logged="Service principal sign-in log, with the federated credential's id; the workflow run.",
    frameworks=("ATT&CK:T1199", "ATT&CK:T1550.001", "NIST-CSF:PR.AA-04", "OWASP-NHI:NHI4:2025"),
    source="Microsoft Learn: Workload identity federation concepts; Flexible federated identity "
    "credentials; GitHub Docs: OpenID Connect reference",
    misses="Repositories that nothing loaded names; federated credentials of managed identities, "
    "which AzureHound does not export; GitHub Enterprise Server.",
)


def _find(snapshot: Snapshot, findings: Findings) -> None:
    known = repositories(snapshot)
    for each in github_credentials(snapshot):
        row = int(snapshot.node_row[each.node])
        for repository, guards in known.presenting(each.subject):
            findings.link(
                PRESENTS_TOKENS_TO,
                known.node(findings, repository),
                each.node,
                guards=(*guards, *each.guards),
                evidence=(row,),
            )


RULE = Rule(
    name="github tokens at entra", kinds=(PRESENTS_TOKENS_TO,), find=_find, nodes=(REPOSITORY,)
)
