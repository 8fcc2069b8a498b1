"""Trust between platforms: repositories, and the subjects of tokens that other platforms accept.

A GitHub repository is `github:<owner>/<name>` in lower case, for names on GitHub are compared
without case. A subject is `oidc:<issuer without https://>|<subject>`, word for word as a policy
has it, `*` and `?` with the meaning that they have there; a subject `*` alone is anybody at that
issuer.

Source: GitHub Docs, "OpenID Connect reference" (subjects, and "Immutable subject claims": owner
and name each followed by `@` and a number); OpenID Connect Core, section 2 (`iss`, `sub`, `aud`).
"""

from __future__ import annotations

import re

from idgraph.catalogue import NodeKind

GITHUB = "token.actions.githubusercontent.com"  # the issuer of GitHub Actions on github.com
ANYBODY = "*"

REPOSITORY = NodeKind(
    name="GitHubRepository",
    label="GitHub repository",
    platform="github",
    about="To hold a repository is to write to it, and so to run its workflows.",
    is_nhi=True,
    wants_owner=True,
    shape="box",
)
SUBJECT = NodeKind(
    name="OIDCSubject",
    label="token subject",
    platform="oidc",
    about="A subject, or a pattern of subjects, of tokens of one issuer; to hold it is to present "
    "such a token.",
    is_nhi=True,
    shape="diamond",
)

NODE_KINDS = (REPOSITORY, SUBJECT)

_FULL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}\Z)[A-Za-z0-9._-]+")
_WEB = re.compile(r"(?:https?://|ssh://git@|git@)?(?:www\.)?github\.com[/:]", re.IGNORECASE)
_NAME = r"[^/:@*?]+"
_NUMBER = r"(?:@[0-9*?]+)?"
_IN_SUBJECT = re.compile(
    rf"(?:repo|repository):({_NAME}){_NUMBER}/({_NAME}){_NUMBER}(?::.*)?"
    rf"|job_workflow_ref:({_NAME})/({_NAME})/.*",
    re.DOTALL,
)
_CALLED = re.compile(rf"(?:.*:)?job_workflow_ref:({_NAME})/({_NAME})/[^@]*(?:@(.*))?", re.DOTALL)


def issuer_of(url: str) -> str:
    """Return an issuer as ids and condition keys write it: without scheme and last slash."""
    return url.strip().removeprefix("https://").rstrip("/")


def is_github(issuer: str) -> bool:
    """Return whether an issuer is that of GitHub Actions; an enterprise has a path of its own."""
    return issuer.partition("/")[0].lower() == GITHUB


def subject_id(issuer: str, subject: str) -> str:
    """Return the id of a subject, or of a pattern of subjects, at an issuer."""
    return f"oidc:{issuer_of(issuer)}|{subject}"


def repository_id(full_name: str) -> str:
    """Return the id of a repository by its `owner/name`."""
    return f"github:{full_name.lower()}"


def repository_named(text: str) -> str:
    """Return the `owner/name` that a text names, by itself or as an address of github.com.

    "" is returned where it names none.
    """
    plain = _WEB.sub("", text.strip(), count=1).rstrip("/").removesuffix(".git")
    return plain if _FULL_NAME.fullmatch(plain) else ""


def repository_in(subject: str) -> str:
    """Return the `owner/name` in a subject of GitHub's, "" where it has no one name.

    The numbers of an immutable subject are left out. Of a reusable workflow it is the repository
    that has the workflow: whoever writes to that one decides what the job does.
    """
    found = _IN_SUBJECT.fullmatch(subject)
    return repository_named("/".join(filter(None, found.groups()))) if found else ""


def workflow_in(subject: str) -> tuple[str, str]:
    """Return the `owner/name` and the ref of a reusable workflow that a subject of GitHub's names.

    Both are "" where it names none.
    """
    found = _CALLED.fullmatch(subject)
    name = repository_named(f"{found[1]}/{found[2]}") if found else ""
    return (name, found[3] or "") if found and name else ("", "")
