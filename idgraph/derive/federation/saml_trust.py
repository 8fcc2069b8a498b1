"""Which roles take assertions of which SAML provider, as their trust policies decide it.

Source: IAM User Guide, "Create a role for SAML 2.0 federation"; "Available keys for SAML-based
AWS STS federation"; IAM Identity Center User Guide, "Referencing permission sets in resource
policies, Amazon EKS, and Amazon KMS" (the role of a permission set).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from idgraph.derive.aws.estate import Estate
from idgraph.derive.aws.policy import Asker, Caller, Context, Effect, Policies, Request, Way, decide
from idgraph.derive.aws.trust import Trust, trusts
from idgraph.derive.closures import once
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws

ACTION = "sts:AssumeRoleWithSAML"
SIGN_IN: Mapping[str, str] = {  # by partition: where Identity Center sends its assertions
    "aws": "https://signin.aws.amazon.com/saml",
    "aws-cn": "https://signin.amazonaws.cn/saml",
    "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
}
_RESERVED = ":role/aws-reserved/sso.amazonaws.com/"  # nobody but AWS makes roles there
_NAME = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")
_OF_CENTER = re.compile(r".*:saml-provider/AWSSSO_[0-9a-f]+_DO_NOT_DELETE", re.IGNORECASE)


@dataclass(frozen=True)
class SamlTrust:
    """The roles of a snapshot that trust SAML providers."""

    trust: Trust

    @property
    def estate(self) -> Estate:
        """The AWS part of the snapshot."""
        return self.trust.estate

    @cached_property
    def providers_of(self) -> dict[int, tuple[str, ...]]:
        """The SAML providers that each role's trust policy names, as it spells them."""
        found = {}
        for role, layer in self.trust.layers.items():
            names = [
                name
                for each in layer.statements()
                if each.effect is Effect.ALLOW
                for kind, name in each.principals or ()
                if kind == "Federated" and ":saml-provider/" in name
            ]
            if names:
                found[role] = tuple(dict.fromkeys(names))
        return found

    @cached_property
    def roles_of(self) -> dict[str, tuple[int, ...]]:
        """The roles that name each SAML provider, by its ARN in lower case."""
        found: dict[str, list[int]] = defaultdict(list)
        for role, providers in self.providers_of.items():
            for provider in dict.fromkeys(map(str.lower, providers)):
                found[provider].append(role)
        return {provider: tuple(roles) for provider, roles in found.items()}

    @cached_property
    def by_arn(self) -> dict[str, int]:
        """The roles by their ARN in lower case: IAM compares names without case."""
        return {self.estate.arn(role).lower(): role for role in self.trust.layers}

    @cached_property
    def reserved(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """The roles that Identity Center made, by account and permission set."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for role in self.trust.layers:
            named = set_named(self.estate.arn(role))
            if named:
                found[self.estate.account_of.get(role, ""), named].append(role)
        return {key: tuple(roles) for key, roles in found.items()}

    def ways(self, role: int, provider: str, values: Mapping[str, tuple[str, ...]]) -> list[Way]:
        """Return how assertions of a provider take on a role; `values` are what they say."""
        estate, account = self.estate, self.estate.account_of.get(role, "")
        context = Context(values).having(estate.of_things_in(account).values)
        asker = Asker(provider, "", Caller.FEDERATED)
        request = Request(ACTION, estate.arn(role), asker, account, context)
        policies = Policies(
            resource=self.trust.layers[role],
            resource_decides=True,
            rcps=estate.resource_controls(account),
        )
        return list(decide(request, policies).ways)

    def ways_of_center(self, role: int) -> list[Way]:
        """Return how Identity Center takes on a role of one of its permission sets.

        It made the trust policy itself, so an audience other than the documented one is a
        condition, not a refusal.
        """
        partition = self.estate.arn(role).split(":")[1]
        values = {"saml:aud": (SIGN_IN.get(partition, SIGN_IN["aws"]),)}
        providers = [each for each in self.providers_of.get(role, ()) if _OF_CENTER.match(each)]
        known = [way for each in providers for way in self.ways(role, each, values)]
        return known or [way for each in providers for way in self.ways(role, each, {})]

    @cached_property
    def listed(self) -> frozenset[str]:
        """The SAML providers that were loaded, by their ARN in lower case."""
        some = self.estate.of(aws.SAML_PROVIDER.name).tolist()
        return frozenset(self.estate.arn(at).lower() for at in some)

    def gone(self, provider: str, account: str) -> bool:
        """Return whether the account's providers were loaded whole, and this one is not there."""
        if provider.lower() in self.listed:
            return False
        return any(
            each.complete
            and each.record == aws.SAML_PROVIDER.label
            and account in each.source.partition(":")[2].split(",")
            for each in self.estate.snapshot.coverage
        )


@once
def saml_trust(snapshot: Snapshot) -> SamlTrust:
    """Return the roles of a snapshot that trust SAML providers."""
    return SamlTrust(trusts(snapshot))


def set_named(arn: str) -> str:
    """Return the permission set that a role was made for, "" where it was made for none.

    A name has at most 32 characters, so the role's name (64) always holds it whole.
    """
    if _RESERVED not in arn:
        return ""
    found = _NAME.fullmatch(arn.rpartition("/")[2])
    return found["set"] if found else ""
