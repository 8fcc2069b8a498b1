"""Issuers and subjects of tokens in words, for the names of nodes.

Source: GitHub Docs, "OpenID Connect reference"; GitLab Docs, "OpenID Connect in AWS"; HCP
Terraform Docs, "Workload identity tokens"; Amazon EKS User Guide, "IAM roles for service
accounts".
"""

from __future__ import annotations

import re

from idgraph.vocabulary.federation import ANYBODY, issuer_of

_ISSUERS = (  # (how it begins, its name)
    ("token.actions.githubusercontent.com", "GitHub Actions"),
    ("gitlab.com", "GitLab CI"),
    ("app.terraform.io", "HCP Terraform"),
    ("api.bitbucket.org", "Bitbucket Pipelines"),
    ("oidc.circleci.com", "CircleCI"),
    ("accounts.google.com", "Google"),
    ("cognito-identity.amazonaws.com", "Amazon Cognito"),
    ("graph.facebook.com", "Facebook"),
    ("www.amazon.com", "Login with Amazon"),
)
_CLUSTER = re.compile(r"oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/id/(\w+)")
_SUBJECTS = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"repo:([^:]+):environment:(.+)", "{0} (environment {1})"),
        (r"repo:([^:]+):ref:refs/heads/(.+)", "{0} (branch {1})"),
        (r"repo:([^:]+):ref:refs/tags/(.+)", "{0} (tag {1})"),
        (r"repo:([^:]+):pull_request", "{0} (pull requests)"),
        (r"repo:([^:*?]+):\*", "{0} (any workflow)"),
        (r"repo:([^:/]+)/\*(?::\*)?", "any repository of {0}"),
        (r"project_path:([^:]+):ref_type:(\w+):ref:(.+)", "{0} ({1} {2})"),
        (
            r"organization:([^:]+):project:([^:]+):workspace:([^:]+):run_phase:([^:]+)",
            "workspace {0}/{1}/{2} (phase {3})",
        ),
        (r"system:serviceaccount:([^:]+):([^:]+)", "service account {0}/{1}"),
    )
)


def issuer_in_words(issuer: str) -> str:
    """Return the name by which people know an issuer, or the issuer itself."""
    plain = issuer_of(issuer)
    cluster = _CLUSTER.fullmatch(plain)
    if cluster:
        return f"EKS cluster {cluster[2]} in {cluster[1]}"
    hosts = (name for host, name in _ISSUERS if plain == host or plain.startswith(f"{host}/"))
    return next(hosts, plain)


def subject_in_words(issuer: str, subject: str) -> str:
    """Return a subject, or a pattern of subjects, as a name: what it is, and at which issuer."""
    where = issuer_in_words(issuer)
    if subject == ANYBODY:
        return f"anybody at {where}"
    found = ((pattern.fullmatch(subject), words) for pattern, words in _SUBJECTS)
    told = (words.format(*match.groups()) for match, words in found if match)
    return f"{next(told, subject)} at {where}"
