"""Whether a request is allowed, by all policies that speak of it, and by which statements.

The order of AWS: an explicit Deny anywhere ends it; then resource and service control policies
must allow at every level; then the identity's policies within its boundary and session policy,
or a resource policy. In one account a resource policy suffices where it names the principal
itself; across accounts both sides must allow. A role's trust policy and a key's policy must
always allow.

Source: IAM User Guide, "Policy evaluation logic", "Policy evaluation for requests within a single
account", "Cross-account policy evaluation logic", "Permissions boundaries for IAM entities";
Organizations User Guide, "SCP evaluation", "RCP evaluation"; KMS Developer Guide, "Key policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from idgraph.derive.aws.policy.documents import Effect, Policy, Statement
from idgraph.derive.aws.policy.match import applies
from idgraph.derive.aws.policy.principals import Named, named
from idgraph.derive.aws.policy.requests import Caller, Request
from idgraph.derive.aws.policy.truth import Assumed, Unless

WAYS_KEPT = 8  # alternatives of one decision; more are not told apart by anybody


# Organizations User Guide, "Resource control policies": the services whose resources they limit
# (S3, STS, KMS, SQS and Secrets Manager of 2024-11; ECR and OpenSearch Serverless of 2025-06;
# Cognito and CloudWatch Logs of 2026-01; DynamoDB of 2026-02).
RCP_SERVICES = frozenset(
    {
        "aoss",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    }
)


class Verdict(StrEnum):
    """The end of an evaluation."""

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"  # allowed if what is not known turns out so
    DENIED = "denied"  # by a Deny
    NOT_ALLOWED = "not allowed"  # no statement allows it


@dataclass(frozen=True)
class Layer:
    """Policies of one sort that speak together.

    `missing` names documents that are not loaded and may allow or not, as a condition does;
    `assumed` is what is taken to be so where not all that could forbid is known.
    """

    policies: tuple[Policy, ...] = ()
    missing: tuple[str, ...] = ()
    assumed: Assumed | None = None

    def statements(self) -> Iterator[Statement]:
        """Yield every statement."""
        for policy in self.policies:
            yield from policy.statements

    def naming(self, action: str) -> tuple[Statement, ...]:
        """Return the statements that name an action."""
        return tuple(each for policy in self.policies for each in policy.naming(action))


NONE = Layer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All that may speak of a request."""

    identity: Layer = NONE
    boundary: Layer | None = None  # None: the principal has none
    session: Layer | None = None
    scps: tuple[Layer, ...] = ()  # one a level, from the root of the organisation to the account
    rcps: tuple[Layer, ...] = ()
    resource: Layer | None = None
    resource_decides: bool = False  # a trust or key policy: without its Allow there is none


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a request is allowed: what must hold, and the statements that allow."""

    needs: frozenset[object] = frozenset()  # of Condition, Unless, Assumed or text
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a request; `ways` are minimal by inclusion, none where it is refused."""

    verdict: Verdict
    ways: tuple[Way, ...] = ()
    because: tuple[Statement, ...] = ()  # the statements of a Deny
    stopped_at: str = ""  # what did not allow it: identity, boundary, session, SCP, RCP, resource


Ways = tuple[Way, ...]
FREE: Ways = (Way(),)


def decide(request: Request, policies: Policies) -> Decision:
    """Return whether a request is allowed, and why."""
    denials = tuple(_denials(request, policies))
    certain = tuple(each for each, needs in denials if not needs)
    if certain:
        return Decision(Verdict.DENIED, because=certain)
    unless = frozenset(Unless(tuple(sorted(needs, key=str))) for _, needs in denials)
    stops: list[str] = []
    ways: Ways = (Way(unless),)
    for name, layers in (("SCP", _scps(request, policies)), ("RCP", _rcps(request, policies))):
        for layer in layers:
            ways = _both(ways, _kept(stops, name, _allowing(layer, request)))
    ways = _both(ways, _granted(request, policies, stops))
    if not ways:
        return Decision(Verdict.NOT_ALLOWED, stopped_at=", ".join(dict.fromkeys(stops)))
    verdict = Verdict.CONDITIONAL if ways[0].needs else Verdict.ALLOWED
    return Decision(verdict, ways)


def _denials(request: Request, policies: Policies) -> Iterator[tuple[Statement, frozenset[object]]]:
    """Yield each Deny that speaks of the request, with what it hangs on."""
    layers = [policies.identity, policies.boundary, policies.session, policies.resource]
    layers += [*_scps(request, policies), *_rcps(request, policies)]
    for layer in layers:
        for each in layer.statements() if layer else ():
            if each.effect is Effect.DENY and _speaks_to(each, request, policies):
                truth = applies(each, request)
                if not truth.no:
                    yield each, truth.needs


def _speaks_to(deny: Statement, request: Request, policies: Policies) -> bool:
    """Whether a Deny speaks to the principal.

    One for all but some (NotPrincipal) speaks to every user and role that has a boundary, listed
    or not. Source: IAM User Guide, "Permissions boundaries for IAM entities", the note on top.
    """
    bounded = policies.boundary is not None and deny.but_principals
    return bounded or named(deny, request.asker) is not Named.NOT


def _scps(request: Request, policies: Policies) -> tuple[Layer, ...]:
    """Return the levels of SCPs: they bind no service-linked role and nobody outside."""
    binds = not (request.asker.service_linked or _outside(request))
    return policies.scps if binds else ()


def _rcps(request: Request, policies: Policies) -> tuple[Layer, ...]:
    """Return the levels of RCPs: they bind everybody but service-linked roles."""
    limited = request.action.partition(":")[0].lower() in RCP_SERVICES
    return policies.rcps if limited and not request.asker.service_linked else ()


def _outside(request: Request) -> bool:
    return request.asker.sort in {Caller.SERVICE, Caller.FEDERATED, Caller.ANYONE}


def _granted(request: Request, policies: Policies, stops: list[str]) -> Ways:
    """Return the ways by which identity and resource policies allow, in one account or two."""
    by_name = _by_name(policies.resource, request)
    if _outside(request):
        closest = [way for level, way in by_name if level >= Named.ANYONE]
        return _kept(stops, "resource", _minimal(closest))
    by_identity = _own(request, policies, stops)
    limits = _limits(request, policies, stops)
    own = _both(by_identity, limits)
    if request.asker.account != request.account:
        resource = _kept(stops, "resource", _minimal(way for _, way in by_name))
        return _both(own, resource)
    direct = [
        way
        for level, granted in by_name
        for way in _both((granted,), FREE if _beyond_limits(request, policies, level) else limits)
        if level > Named.ACCOUNT
    ]
    if not policies.resource_decides:
        return _minimal((*direct, *own))
    account = _minimal(way for level, way in by_name if level is Named.ACCOUNT)
    return _minimal((*direct, *_both(own, _kept(stops, "resource", account))))


def _beyond_limits(request: Request, policies: Policies, level: Named) -> bool:
    """Whether a resource policy's Allow holds beyond boundary and session policy.

    It does for a user that it names, and for a session named by its own ARN. A user with a session
    policy is a federated user session: the Allow for the user's own ARN stays within the limits.
    What a policy for "*" gives to a role is not documented: it is taken as for the role's ARN.

    Source: IAM User Guide, "Permissions boundaries for IAM entities", on resource-based policies.
    """
    federated = request.asker.sort is Caller.USER and policies.session is not None
    return level is Named.SESSION or (
        request.asker.sort in {Caller.USER, Caller.ROOT} and not federated
    )


def _own(request: Request, policies: Policies, stops: list[str]) -> Ways:
    if request.asker.sort is Caller.ROOT:
        return FREE  # an account's root user is bound by no policy of its own
    return _kept(stops, "identity", _allowing(policies.identity, request))


def _limits(request: Request, policies: Policies, stops: list[str]) -> Ways:
    ways = FREE
    for name, layer in (("boundary", policies.boundary), ("session", policies.session)):
        if layer is not None:
            ways = _both(ways, _kept(stops, name, _allowing(layer, request)))
    return ways


def _by_name(layer: Layer | None, request: Request) -> list[tuple[Named, Way]]:
    """Return what a resource policy allows, by how closely it names the principal."""
    found = []
    for each in layer.statements() if layer else ():
        level = named(each, request.asker)
        if each.effect is Effect.ALLOW and level:
            truth = applies(each, request)
            if not truth.no:
                found.append((level, Way(truth.needs, (each,))))
    missing = layer.missing if layer else ()
    found += [(Named.ITSELF, Way(frozenset({_not_loaded(name)}))) for name in missing]
    return found


def _allowing(layer: Layer, request: Request) -> Ways:
    """Return the ways in which a layer allows a request; a missing document may allow it."""
    found = []
    for each in layer.statements():
        if each.effect is Effect.ALLOW:
            truth = applies(each, request)
            if not truth.no:
                found.append(Way(truth.needs, (each,)))
    found += [Way(frozenset({_not_loaded(name)})) for name in layer.missing]
    if layer.assumed is None:
        return _minimal(found)
    taken = frozenset({layer.assumed})
    return _minimal((*(Way(way.needs | taken, way.statements) for way in found), Way(taken)))


def _not_loaded(name: str) -> str:
    return f"what {name} says, which was not loaded"


def _kept(stops: list[str], name: str, ways: Ways) -> Ways:
    """Return the ways, having noted where there is none."""
    if not ways:
        stops.append(name)
    return ways


def _both(left: Ways, right: Ways) -> Ways:
    if left is FREE or right is FREE:
        return right if left is FREE else left
    return _minimal(
        Way(a.needs | b.needs, tuple(dict.fromkeys((*a.statements, *b.statements))))
        for a in left
        for b in right
    )


def _minimal(ways: Iterable[Way]) -> Ways:
    """Return the ways of which none asks for all that another asks, the fewest needs first."""
    some = tuple(ways)
    if len(some) < 2:  # noqa: PLR2004  nothing to compare
        return some
    kept: list[Way] = []
    for way in sorted(some, key=lambda each: (len(each.needs), sorted(map(str, each.needs)))):
        if not any(each.needs <= way.needs for each in kept):
            kept.append(way)
    return tuple(kept[:WAYS_KEPT])
