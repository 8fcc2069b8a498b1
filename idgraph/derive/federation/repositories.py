"""The repositories that anything loaded speaks of, and the subjects that each has tokens of.

A repository has tokens of every subject that starts with its name. Which one a job gets depends
on what the job is: a writer picks the branch, the tag or the environment, unless a rule that
nobody loaded keeps writers off it; a pull request needs no more than a branch of one's own, and an
environment that does not exist yet is made by the job that names it.

Source: GitHub Docs, "OpenID Connect reference" (example subject claims; customizing the token
claims; immutable subject claims), "Managing environments for deployment", "About rulesets".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from idgraph.catalogue import ASSUME
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.closures import once
from idgraph.derive.federation.patterns import Begun, covers, is_pattern, overlap
from idgraph.derive.federation.tokens import doors
from idgraph.derive.rules import Findings
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import entra
from idgraph.vocabulary.federation import (
    ANYBODY,
    REPOSITORY,
    is_github,
    issuer_of,
    repository_id,
    repository_in,
    repository_named,
    workflow_in,
)

Guards = tuple[str, ...]

FORM = ASSUME.of("github_subject_form")
ENVIRONMENT = ASSUME.of("github_environment")
BRANCH = ASSUME.of("github_branch")
WORKFLOW = ASSUME.of("github_reusable_workflow")
OPENS_REPOSITORY = "opens_repository"  # the property of a secret that names one

_ENVIRONMENT = re.compile(r"repo:[^:]*:environment:[^:*?]+")
_REF = re.compile(r"repo:[^:]*:ref:(?!\*|refs/(?:heads/|tags/)?\*\Z).+", re.DOTALL)
_ANY_REF = re.compile(r"\*|refs/(?:heads/|tags/)?\*")
_OWNER = re.compile(r"repository_owner:([^:*?/]+)(?::.*)?", re.DOTALL)
_CLAUSE = re.compile(r"claims\['(\w+)'\] (?:eq|matches) '([^']*)'")  # of a flexible credential


@dataclass(frozen=True)
class Repositories:
    """The repositories known of: by id, the `owner/name` as somebody wrote it."""

    names: dict[str, str]

    @cached_property
    def _forms(self) -> dict[str, tuple[str, str]]:
        """The subjects of each repository: by name alone, and with the immutable numbers."""
        parts = {each: name.lower().partition("/") for each, name in self.names.items()}
        return {
            each: (f"repo:{owner}/{name}:*", f"repo:{owner}@?*/{name}@?*:*")
            for each, (owner, _, name) in parts.items()
        }

    @cached_property
    def _begun(self) -> Begun[str]:
        return Begun((form, each) for each, forms in self._forms.items() for form in forms)

    def presenting(self, subject: str) -> Iterator[tuple[str, Guards]]:
        """Yield the repositories that have tokens of a subject, with what that rests on.

        Names are compared without case, as GitHub does; whether the policy writes them as the
        token does, only the token tells.
        """
        called, ref = workflow_in(subject)
        home, found = repository_id(called), dict(self._presenting(subject))
        if called:  # who writes to the workflow decides what the job does, who calls it may not
            found = {each: (*some, WORKFLOW) for each, some in found.items()}
            found[home] = (FORM, BRANCH) if _one_ref(ref) else (FORM,)
        yield from found.items()

    def _presenting(self, subject: str) -> Iterator[tuple[str, Guards]]:
        only = repository_in(subject)
        if only:
            yield repository_id(only), _in_the_way(subject)
            return
        owner = _OWNER.fullmatch(subject)
        low = f"repo:{owner[1]}/*:*".lower() if owner else subject.lower()
        for each in dict.fromkeys(self._begun.near(low)):
            plain, numbered = self._forms[each]
            if overlap(low, plain) or overlap(low, numbered):
                any_form = covers(low, plain) and covers(low, numbered) and not owner
                yield each, () if any_form else _in_the_way(subject)

    def node(self, findings: Findings, repository: str) -> int:
        """Return the handle of a repository's node."""
        return findings.node(repository, REPOSITORY, self.names[repository])


def _in_the_way(subject: str) -> Guards:
    """Return what could keep a writer of the repository from a token of a subject."""
    guards = [FORM]
    if _ENVIRONMENT.fullmatch(subject):
        guards.append(ENVIRONMENT)
    elif _REF.fullmatch(subject):
        guards.append(BRANCH)
    return tuple(guards)


def _one_ref(ref: str) -> bool:
    """Return whether a ref is not one that a writer has of its own: a branch or a tag at will."""
    return bool(ref) and not _ANY_REF.fullmatch(ref)


@once
def repositories(snapshot: Snapshot) -> Repositories:
    """Return every repository that trust policies, federated credentials or tags name."""
    found: dict[str, str] = {}
    for at in snapshot.of_kind(REPOSITORY.name):
        found[str(snapshot.ids[at])] = str(snapshot.names[at]).removeprefix("github:")
    for name in sorted({*_trusted(snapshot), *_tagged(snapshot)}):
        found.setdefault(repository_id(name), name)
    return Repositories(found)


def _trusted(snapshot: Snapshot) -> Iterator[str]:
    subjects = [each.subject for each in doors(snapshot) if is_github(each.issuer)]
    subjects += [each.subject for each in github_credentials(snapshot)]
    yield from filter(None, map(repository_in, subjects))
    yield from (name for name, _ in map(workflow_in, subjects) if name)


def _tagged(snapshot: Snapshot) -> Iterator[str]:
    yield from (
        name for said in snapshot.value(OPENS_REPOSITORY) if (name := repository_named(said or ""))
    )


@dataclass(frozen=True, slots=True)
class GitHubCredential:
    """A federated credential of Entra that accepts tokens of GitHub Actions."""

    node: int
    subject: str  # or a pattern
    guards: Guards = ()


def github_credentials(snapshot: Snapshot) -> Iterator[GitHubCredential]:
    """Yield the federated credentials of Entra that name GitHub Actions as their issuer.

    A plain one names one subject, without wildcards. A flexible one has an expression over the
    claims instead; what it asks beside the subject, or one that was not exported, is a condition.
    """
    for at in snapshot.of_kind(entra.FEDERATED_CREDENTIAL.name).tolist():
        said = snapshot.node_properties[at]
        issuer = str(said.get("issuer", ""))
        if not is_github(issuer_of(issuer)) or issuer != f"https://{issuer_of(issuer)}":
            continue  # Entra compares it letter by letter, a slash at its end too
        subject = str(said.get("subject", ""))
        if not subject:
            yield _flexible(at, str(said.get("claims_expression", "")), str(snapshot.names[at]))
        elif not is_pattern(subject):
            yield GitHubCredential(at, subject)


def _flexible(at: int, expression: str, name: str) -> GitHubCredential:
    clauses = list(_CLAUSE.finditer(expression))
    subjects = [each[2] for each in clauses if each[1] == "sub"]
    understood = not _CLAUSE.sub("", expression).replace(" and ", "").strip()
    if not expression or not understood or len(subjects) > 1:
        asked = expression or f"claimsMatchingExpression of {name}, which was not loaded"
        return GitHubCredential(at, ANYBODY, guards_of((asked,), name))
    others = [each[0] for each in clauses if each[1] != "sub"]
    return GitHubCredential(at, subjects[0] if subjects else ANYBODY, guards_of(others, name))
