"""Who reads secrets, parameters and buckets: both sides' policies, and the key's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from idgraph.catalogue import ASSUME, EdgeKind, Flow
from idgraph.derive.aws.anybody import ANYBODY, anybody, open_to_anybody
from idgraph.derive.aws.chosen import left_free, patterns_of
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import joined, may, may_at_all
from idgraph.derive.aws.guards import guards_of
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import BY_ID, Method
from idgraph.derive.aws.policy import Context, Layer, Request, Way, decide, parse_policy
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.principals import named
from idgraph.derive.aws.targets import Targets, told_of
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

_STORES = (*aws.STORES, aws.BUCKET)

CAN_READ_STORE = EdgeKind(
    name="CAN_READ_STORE",
    reads="can read",
    ends=(
        *between((aws.USER, aws.ROLE), (*_STORES, HUB)),
        *between((ANYBODY,), _STORES),
        *between((HUB,), _STORES),
    ),
    flow=Flow.CONTROL,
    derived=True,
    allows="Read the value of the secret or parameter, or the objects of the bucket that the "
    "statements name.",
    verify="The statements named, the resource's own policy, and kms:Decrypt on its key.",
    remove="Take the action away, or deny it in the resource's policy; then rotate the secret.",
    logged="CloudTrail: GetSecretValue, GetParameter, Decrypt; GetObject where data events are on.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1530", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Secrets Manager User Guide: Authentication and access control; KMS Developer Guide: "
    "Key policies; S3 User Guide: Access management",
    misses="KMS grants that are there, S3 access points and access control lists, "
    "ssm:GetParametersByPath of a path that the parameter's own ARN does not match; a resource's "
    "policy that was not loaded is taken for none.",
)
ACTIONS = {
    aws.SECRET.name: ("secretsmanager:GetSecretValue",),
    aws.PARAMETER.name: (
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParameterHistory",
        "ssm:GetParametersByPath",
    ),
    aws.BUCKET.name: ("s3:GetObject", "s3:GetObjectVersion"),
}
_OWN_POLICY = {  # a policy of the resource that one writes oneself
    aws.SECRET.name: BY_ID["secret-own-policy"],
    aws.BUCKET.name: BY_ID["bucket-own-policy"],
}
_OWN_KEY = (BY_ID["key-own-policy"], BY_ID["key-grant"])
_AT_HOME = frozenset({"s3:PutBucketPolicy", "kms:PutKeyPolicy"})  # refused across accounts
DECRYPT = "kms:Decrypt"
_KEY_POLICY = ASSUME.of("kms_key_policy")
_ANY_ACTION = "*"
_OBJECT = "/x"  # of a bucket, whichever


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    granted = Granted(estate, findings, CAN_READ_STORE, "stores")
    readers = [_Reader(estate, granted, each) for each in everyone(snapshot)]
    for kind, actions in ACTIONS.items():
        stores = _Stores(estate, kind)
        for reader in readers:
            for action in actions:
                reader.by_identity(stores, action)
                reader.by_both(stores, action)
            if kind in _OWN_POLICY:
                reader.by_own_policy(stores, actions[0], _OWN_POLICY[kind])
        _open(estate, findings, stores, actions[0])
    granted.close()


class _Stores:
    """The stores of one kind, those with a policy of their own apart."""

    def __init__(self, estate: Estate, kind: str) -> None:
        nodes = estate.of(kind).tolist()
        self.in_parts = kind == aws.BUCKET.name  # read object by object
        self.ending = _OBJECT if self.in_parts else ""
        self.every = targets_of(estate, positions(nodes))
        self.plain = positions(at for at in nodes if not estate.has_resource_policy(at))
        self.told = [at for at in nodes if estate.has_resource_policy(at)]

    def endings(self, patterns: Iterable[str]) -> tuple[str, ...]:
        """Return what follows a store's ARN in those of its parts: of a bucket, some objects.

        An object for each pattern that takes in some objects alone, and any other one.
        """
        some = (each.partition("/")[2] for each in patterns) if self.in_parts else ()
        named = (f"/{each.replace('*', 'x').replace('?', 'x')}" for each in some if each.strip("*"))
        return tuple(dict.fromkeys((self.ending, *named)))


class _Reader:
    """One principal, and what it reads."""

    def __init__(self, estate: Estate, granted: Granted, principal: Principal) -> None:
        self.estate = estate
        self.granted = granted
        self.principal = principal
        self._surely: set[int] = set()  # what it reads without a condition
        self._decrypts: dict[tuple[int, str], list[_Decrypts]] = {}

    def by_identity(self, stores: _Stores, action: str) -> None:
        """Add what the principal reads by its own policies alone, in its own account."""
        if not may_at_all(self.principal, action):
            return
        for ending in stores.endings(left_free(self.principal, action)):
            targets = targets_of(self.estate, stores.plain, ending)
            for grant in may(self.principal, action, targets):
                nodes = targets.nodes[grant.at].tolist()
                if ending != stores.ending:
                    nodes = [at for at in nodes if at not in self._surely]
                self._add(grant.way, nodes)

    def by_both(self, stores: _Stores, action: str) -> None:
        """Add what it reads where the store's own policy speaks as well."""
        estate, principal = self.estate, self.principal
        allowed = may_at_all(principal, action)
        for at in stores.told:
            layer = estate.resource_policy(at)
            if allowed or speaks_to(estate, at, action, principal):
                beside = layer.naming(action) if layer is not None else ()
                for ending in stores.endings(left_free(principal, action, beside)):
                    if ending == stores.ending or at not in self._surely:
                        arn = f"{estate.arn(at)}{ending}"
                        for way in asked(estate, principal, action, arn, at, layer):
                            self._add(way, [at], other_accounts=True)

    def by_own_policy(self, stores: _Stores, action: str, method: Method) -> None:
        """Add what it reads after it wrote the store's policy, which then names it."""
        estate, principal = self.estate, self.principal
        writing = method.actions[0]
        nodes = set(_allowed(principal, writing, stores.every))
        nodes |= {at for at in stores.told if speaks_to(estate, at, writing, principal)}
        abroad = {at for at in nodes if estate.account_of.get(at) != principal.account}
        if writing in _AT_HOME:
            nodes -= abroad
        for at in sorted(nodes - self._surely):
            arn, layer = estate.arn(at), estate.resource_policy(at)
            object_, own = f"{arn}{stores.ending}", _naming(principal.arn)
            reads = asked(estate, principal, action, object_, at, own)
            if not reads and stores.in_parts and _key(estate, at) < 0:  # what denies it binds it
                reads = open_to_anybody(estate, at, _TO_ANYBODY, action, object_)  # and no other
            for write in asked(estate, principal, writing, arn, at, layer) if reads else ():
                for read in reads:
                    self._add(joined((write, read)), [at], other_accounts=True, by=(method,))

    def _add(
        self,
        way: Way,
        nodes: Iterable[int],
        *,
        other_accounts: bool = False,
        by: tuple[Method, ...] = (),
    ) -> None:
        """Add that it reads stores in one way, all those together that ask for the same key."""
        home, estate = self.principal.account, self.estate
        together: dict[tuple[int, str], list[int]] = defaultdict(list)
        for at in nodes:
            abroad = estate.account_of.get(at, home) != home
            if not abroad or (other_accounts and not _for_account_alone(estate, at)):
                together[_key(estate, at), estate.arn(at).split(":")[2]].append(at)
        for asked, some in together.items():
            for each in self._decrypting(*asked):
                whole = joined((way, each.way))
                heads = tuple(Head(at, each.guards) for at in some)
                self.granted.add(self.principal, whole, heads, by=(*by, *each.by))
                if not whole.needs:
                    self._surely.update(some)

    def _decrypting(self, key: int, service: str) -> list[_Decrypts]:
        asked = (key, service)
        if asked not in self._decrypts:
            self._decrypts[asked] = list(_decrypting(self.estate, self.principal, key, service))
        return self._decrypts[asked]


@dataclass(frozen=True, slots=True)
class _Decrypts:
    """How a principal decrypts with a key: the methods, and what is taken to be so."""

    way: Way
    by: tuple[Method, ...] = ()
    guards: tuple[str, ...] = ()


def _key(estate: Estate, store: int) -> int:
    """Return the customer's own key of a store, -1 where it is AWS's.

    Whoever may read in the account may decrypt with AWS's own key.
    """
    keys = estate.keys_of.get(store, ())
    said = estate.snapshot.node_properties
    return next((key for key in keys if said[key].get("manager") != "AWS"), -1)


def _for_account_alone(estate: Estate, store: int) -> bool:
    """Whether a store is encrypted with a key of AWS's that serves its own account alone.

    A bucket need not be encrypted with any key of KMS; of what was only mentioned, the key is not
    known.

    Source: Secrets Manager User Guide, "Access secrets from a different account"; KMS Developer
    Guide, "AWS managed keys".
    """
    is_bucket = estate.arn(store).split(":")[2] == "s3"
    return not is_bucket and not estate.snapshot.stub[store] and _key(estate, store) < 0


def _decrypting(
    estate: Estate, principal: Principal, key: int, service: str
) -> Iterator[_Decrypts]:
    """Yield how a principal decrypts what a service keeps encrypted with a key."""
    if key < 0:
        yield _Decrypts(Way())
        return
    through = _through(principal, service, estate.arn(key))
    if not estate.has_resource_policy(key):
        for grant in may(principal, DECRYPT, targets_of(estate, positions((key,))), through):
            yield _Decrypts(grant.way, guards=(_KEY_POLICY,))
        return
    policy, arn = estate.resource_policy(key), estate.arn(key)
    direct = asked(estate, principal, DECRYPT, arn, key, policy, through, decides=True)
    yield from map(_Decrypts, direct)
    if any(not way.needs for way in direct):
        return
    own = asked(estate, principal, DECRYPT, arn, key, _naming(principal.arn), through, decides=True)
    abroad = estate.account_of.get(key, principal.account) != principal.account
    for method in _OWN_KEY:
        if abroad and method.actions[0] in _AT_HOME:
            continue
        for way in asked(estate, principal, method.actions[0], arn, key, policy, decides=True):
            yield from (_Decrypts(joined((way, end)), (method,)) for end in own)


def _through(principal: Principal, service: str, key: str) -> Context:
    """Return what is known of the call that a service makes to KMS for whoever reads from it.

    Source: KMS Developer Guide, "AWS KMS condition keys": kms:ViaService, kms:CallerAccount; IAM
    User Guide, "AWS global condition context keys": aws:ViaAWSService.
    """
    name = f"{service}.{key.split(':')[3]}.amazonaws.com"
    return Context(
        {
            "kms:viaservice": (name, f"{name}.cn") if key.startswith("arn:aws-cn:") else (name,),
            "kms:calleraccount": (principal.account,),
            "aws:viaawsservice": ("true",),
        }
    )


def _allowed(principal: Principal, action: str, targets: Targets) -> Iterator[int]:
    for grant in may(principal, action, targets):
        yield from targets.nodes[grant.at].tolist()


def speaks_to(estate: Estate, store: int, action: str, principal: Principal) -> bool:
    """Whether a store's own policy speaks of an action, and to a principal."""
    layer = estate.resource_policy(store)
    some = layer.naming(action) if layer is not None else ()
    return any(named(each, principal.asker) for each in some)


def _naming(principal: str) -> Layer:
    """Return the policy that one writes for a principal; it says nothing of its own store."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": _ANY_ACTION,
        "Resource": "*",
    }
    return Layer((parse_policy("", {"Statement": statement}),))


_TO_ANYBODY = _naming("*")  # a principal of the attacker's own is one of them


def asked(
    estate: Estate,
    principal: Principal,
    action: str,
    arn: str,
    at: int,
    policy: Layer | None,
    given: Context = EMPTY,
    *,
    decides: bool = False,
) -> tuple[Way, ...]:
    """Return how a principal is allowed an action on a resource under a policy of the resource."""
    account = estate.account_of.get(at, principal.account)
    told = told_of(estate.arn(at), estate.snapshot.node_properties[at].get("tags", ()))
    known = principal.context.having(given.values).having(told)
    known = known.having(estate.of_things_in(account).values)
    request = Request(action, arn, principal.asker, account, known)
    policies = replace(
        principal.policies,
        resource=policy,
        resource_decides=decides,
        rcps=estate.resource_controls(account),
    )
    return decide(request, policies).ways


def _open_key(estate: Estate, store: int) -> tuple[Way, ...]:
    """Return how everybody decrypts a store; where it has no key, there is nothing to it."""
    key = _key(estate, store)
    if key < 0:
        return () if _for_account_alone(estate, store) else (Way(),)
    return open_to_anybody(estate, key, estate.resource_policy(key), DECRYPT, estate.arn(key))


def _open(estate: Estate, findings: Findings, stores: _Stores, action: str) -> None:
    """Add the stores whose policy, and whose key's if it has one, lets everybody read."""
    for at in stores.told:
        decrypts = _open_key(estate, at)
        if not decrypts:
            continue
        layer = estate.resource_policy(at)
        patterns = () if layer is None else patterns_of(layer.naming(action))
        for ending in stores.endings(patterns):
            reads = open_to_anybody(estate, at, layer, action, f"{estate.arn(at)}{ending}")
            ways = [joined(both) for both in product(reads, decrypts)]
            for way in ways:
                guards = guards_of(way.needs, "anybody")
                rows = tuple(estate.rows(way.statements))
                findings.link(CAN_READ_STORE, anybody(findings), at, guards=guards, evidence=rows)
            if any(not way.needs for way in ways):
                break


RULE = Rule(name="aws stores", kinds=(CAN_READ_STORE,), find=_find, nodes=(HUB, ANYBODY))
