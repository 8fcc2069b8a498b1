"""Accounts whose roles trust issuers of tokens, by hand."""

from __future__ import annotations

from dataclasses import replace

from idgraph.derive import STRICT, derive
from idgraph.snapshot import Coverage
from tests.idgraph.derive.aws.accounts import ONE, Account
from tests.idgraph.derive.build import edges

GITHUB = "token.actions.githubusercontent.com"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/D2E9B45F6C6D4AB0B5B1A2F9F93C21B9"
AUDIENCE = "sts.amazonaws.com"


def provider(issuer=GITHUB, account=ONE):
    return f"arn:aws:iam::{account}:oidc-provider/{issuer}"


def trust(issuer=GITHUB, effect="Allow", action="sts:AssumeRoleWithWebIdentity", **conditions):
    """Return a statement; `StringLike={"sub": …}` is a condition on that claim of the issuer."""
    condition = {
        operator.replace("_", ":"): {
            key if ":" in key else f"{issuer}:{key}": value for key, value in keys.items()
        }
        for operator, keys in conditions.items()
    }
    said = {"Effect": effect, "Principal": {"Federated": provider(issuer)}, "Action": action}
    return said | ({"Condition": condition} if condition else {})


class World(Account):
    """An account with roles for tokens; its provider lists one audience unless said otherwise."""

    def __init__(self, *statements, issuer=GITHUB, audiences=(AUDIENCE,), listed=True):
        super().__init__()
        if audiences is not None:
            said = {"audiences": tuple(audiences)} if audiences else {}
            self.build.node("AWSOIDCProvider", provider(issuer), issuer, **said)
        self.listed = listed
        if statements:
            self.role("deploy", trust=statements)

    def derived(self):
        snapshot = self.build.snapshot()
        if self.listed:
            whole = Coverage(f"aws_iam:{ONE}", "OIDC provider", 1, complete=True, about="")
            snapshot = replace(snapshot, coverage=(whole,))
        return derive(snapshot, STRICT)

    def subjects(self, role="deploy", kind="CAN_ASSUME_WITH_TOKEN"):
        """Return (subject, guards) of everything that takes on a role."""
        found = edges(self.derived(), kind)
        return {
            (source.partition("|")[2], guards)
            for _, source, target, guards in found
            if target.endswith(f":role/{role}")
        }

    def tokens(self):
        """Return (repository, subject) of every repository that gets tokens."""
        found = edges(self.derived(), "GETS_TOKENS_OF")
        return {
            (source.removeprefix("github:"), target.partition("|")[2])
            for _, source, target, _ in found
        }

    def rests_on(self, repository, subject):
        """Return what a repository's tokens of a subject rest on."""
        found = edges(self.derived(), "GETS_TOKENS_OF")
        wanted = (f"github:{repository}", subject)
        return {
            tuple(each.removeprefix("assume:") for each in guards)
            for _, source, target, guards in found
            if (source, target.partition("|")[2]) == wanted
        }
