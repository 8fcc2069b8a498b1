"""Which subjects of which issuers a role's trust policy lets in, decided by the policy evaluator.

The subjects asked about are those that the trust policy itself names, and anybody at the issuer.
Whoever holds a subject asks for tokens with an audience of its choice, so any audience that the
identity provider accepts and the trust policy asks for will do. Every other claim of the token is
unknown, unless the subject says it.

Source: IAM User Guide, "Create a role for OpenID Connect federation", "Available keys for AWS
OIDC federation", "Identity-provider controls for shared OIDC providers".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from idgraph.catalogue import ASSUME
from idgraph.derive.aws.estate import Estate, survey
from idgraph.derive.aws.policy import (
    Asker,
    Caller,
    Condition,
    Context,
    Effect,
    Layer,
    Policies,
    Request,
    Statement,
    Way,
    decide,
)
from idgraph.derive.aws.policy.principals import named
from idgraph.derive.aws.trust import trusts
from idgraph.derive.closures import once
from idgraph.derive.federation.narrowing import BySubject, has_wildcards, narrowed
from idgraph.derive.federation.patterns import is_pattern
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.federation import ANYBODY, is_github, issuer_of, repository_in

ACTION = "sts:AssumeRoleWithWebIdentity"
PROVIDER = ASSUME.of("oidc_provider")
PROVIDERS = "OIDC provider"  # the record kind of a loader that lists them

_BUILT_IN = frozenset(  # issuers that roles name without a provider of the account's own
    (
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    )
)
_OF_PROVIDER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):oidc-provider/(\S+)")
_NOBODY_ELSE = "\ue010"  # of a claim: some value that no policy names
_UNSIGNED = frozenset(  # what a request lacks that nobody signs; a token is all it has
    (
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principaltag/",
        "aws:username",
    )
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An issuer as trust policies name it; `audiences` is None where nobody knows them."""

    name: str
    issuer: str
    audiences: tuple[str, ...] | None
    guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """A role that a subject may take on, in one way."""

    role: int
    issuer: str
    subject: str
    way: Way
    guards: tuple[str, ...] = ()  # beside those of the way


@once
def doors(snapshot: Snapshot) -> tuple[Door, ...]:
    """Return every subject that the trust policies of a snapshot let in."""
    estate = survey(snapshot)
    layers = trusts(snapshot).layers
    providers = _Providers(estate)
    return tuple(
        door
        for role, layer in layers.items()
        if _speaks(layer)
        for provider in providers.named(role, layer)
        for door in _doors(estate, role, layer, provider)
    )


class _Providers:
    """The issuers that the trust policies of an estate may name."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._known = {estate.arn(at): at for at in estate.of(aws.OIDC_PROVIDER.name).tolist()}
        sources = [
            each.source
            for each in estate.snapshot.coverage
            if each.record == PROVIDERS and each.complete
        ]
        self._listed = {part for each in sources for part in re.split(r"[:,]", each)}

    def named(self, role: int, layer: Layer) -> Iterator[Provider]:
        """Yield the providers whose tokens a role's trust policy speaks of."""
        account = self.estate.account_of.get(role, "")
        some = dict.fromkeys((*_federated(layer), *self._known))
        for name in some:
            asker = Asker(name, "", Caller.FEDERATED)
            if any(named(each, asker) for each in _allowing(layer)):
                found = self._provider(name, account)
                if found is not None:
                    yield found

    def _provider(self, name: str, account: str) -> Provider | None:
        """Return a provider, None where the account has no such one (any more)."""
        if name in _BUILT_IN:
            return Provider(name, name, None)
        match = _OF_PROVIDER.fullmatch(name)
        if match is None or match[1] != account:
            return None
        if name not in self._known:
            if account in self._listed:
                return None
            return Provider(name, issuer_of(match[2]), None, (PROVIDER,))
        said = self.estate.snapshot.node_properties[self._known[name]].get("audiences")
        audiences = tuple(map(str, said)) if said else None
        guards = () if audiences else (PROVIDER,)
        return Provider(name, issuer_of(match[2]), audiences, guards)


def _speaks(layer: Layer) -> bool:
    return any(True for _ in _allowing(layer))


def _allowing(layer: Layer) -> Iterator[Statement]:
    for each in layer.statements():
        if each.effect is Effect.ALLOW and each.names(ACTION):
            yield each


def _federated(layer: Layer) -> Iterator[str]:
    for each in _allowing(layer):
        yield from (name for kind, name in each.principals or () if kind == "Federated")


def _doors(estate: Estate, role: int, layer: Layer, provider: Provider) -> Iterator[Door]:
    asker = Asker(provider.name, "", Caller.FEDERATED)
    account = estate.account_of.get(role, "")
    key, above = f"{provider.issuer}:sub", estate.resource_controls(account)
    by_subject = BySubject(layer, key)
    for subject in _candidates(layer, above, provider.issuer):
        policies = Policies(
            resource=narrowed(by_subject.about(subject), key, subject),
            resource_decides=True,
            rcps=tuple(narrowed(each, key, subject) for each in above),
        )
        for context, guards in _contexts(layer, provider, subject):
            known = context.having(estate.of_things_in(account).values)
            request = Request(ACTION, estate.arn(role), asker, account, known)
            ways = decide(request, policies).ways
            yield from (Door(role, provider.issuer, subject, way, guards) for way in ways)


# Which subjects to ask about.


def _candidates(layer: Layer, above: Iterable[Layer], issuer: str) -> Iterable[str]:
    """Return the subjects that a policy allows or spares from a Deny, and anybody, each once."""
    found = dict.fromkeys((ANYBODY,))
    for each in (*layer.statements(), *chain.from_iterable(some.statements() for some in above)):
        if each.names(ACTION):
            for condition in each.conditions:
                if ("Not" in condition.operator) is (each.effect is Effect.DENY):
                    found |= dict.fromkeys(_subjects(condition, issuer))
    return found


def _subjects(condition: Condition, issuer: str) -> Iterator[str]:
    """Yield the subjects that a condition is about, by the subject or by the repository."""
    key = condition.key.lower()
    by_repository = is_github(issuer) and key == f"{issuer}:repository".lower()
    if condition.operator == "Null":
        return
    for value in condition.values:
        literal = "${" not in value and (has_wildcards(condition) or not is_pattern(value))
        if literal and key == f"{issuer}:sub".lower():
            yield value
        elif literal and by_repository:
            yield f"repo:{value}:*"


# What is known of a token.


def _contexts(
    layer: Layer, provider: Provider, subject: str
) -> Iterator[tuple[Context, tuple[str, ...]]]:
    """Yield what is known of a token with the subject, for each audience that it may be for."""
    values = _claims(provider.issuer, subject)
    if not is_pattern(subject):
        values[f"{provider.issuer}:sub"] = (subject,)
    audiences = provider.audiences or ()
    if provider.audiences is None and provider.name not in _BUILT_IN:
        audiences = tuple(dict.fromkeys(_audiences(layer, provider.issuer)))
    for each in audiences:
        own = {**values, f"{provider.issuer}:aud": (each,)}
        yield _context(own), provider.guards
    if not audiences:
        yield _context(values), provider.guards


def _context(values: dict[str, tuple[str, ...]]) -> Context:
    return Context({key.lower(): value for key, value in values.items()}, _UNSIGNED)


def _audiences(layer: Layer, issuer: str) -> Iterator[str]:
    for each in _allowing(layer):
        for condition in each.conditions:
            if condition.key.lower() == f"{issuer}:aud".lower() and "Not" not in condition.operator:
                yield from (value for value in condition.values if not is_pattern(value))


def _claims(issuer: str, subject: str) -> dict[str, tuple[str, ...]]:
    """Return the claims that a subject of GitHub's says by itself."""
    if not is_github(issuer):
        return {}
    if subject == ANYBODY:
        return {f"{issuer}:repository": (_NOBODY_ELSE,)}
    repository = repository_in(subject) if subject.startswith("repo") else ""
    found: dict[str, tuple[str, ...]] = {}
    if repository:
        found[f"{issuer}:repository"] = (repository,)
    for claim in ("environment", "ref"):
        head, mark, value = subject.partition(f":{claim}:")
        if head and mark and not is_pattern(value):
            found[f"{issuer}:{claim}"] = (value,)
    return found
