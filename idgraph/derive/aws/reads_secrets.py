"""Who reads secrets, parameters and buckets: both sides' policies, and the key's."""

from __future__ import annotations

from dataclasses import replace

from idgraph.catalogue import EdgeKind, Flow
from idgraph.derive.aws.estate import Estate, Principal, positions, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import Targets, joined, may, of_nodes
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.policy import Layer, Policies, Request, Way, decide
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

_STORES = (*aws.STORES, aws.BUCKET)

CAN_READ_STORE = EdgeKind(
    name="CAN_READ_STORE",
    reads="can read",
    ends=(*between((aws.USER, aws.ROLE), (*_STORES, HUB)), *between((HUB,), _STORES)),
    flow=Flow.CONTROL,
    derived=True,
    allows="Read the value of the secret or parameter, or the objects of the bucket.",
    verify="The statements named, the resource's own policy, and kms:Decrypt on its key.",
    remove="Take the action away, or deny it in the resource's policy; then rotate the secret.",
    logged="CloudTrail: GetSecretValue, GetParameter, Decrypt; GetObject where data events are on.",
    frameworks=("ATT&CK:T1555.006", "ATT&CK:T1530", "NIST-CSF:PR.AA-05", "CSA-CCM:IAM-05"),
    source="Secrets Manager User Guide: Authentication and access control; KMS Developer Guide: "
    "Key policies; S3 User Guide: Access management",
    misses="KMS grants, S3 access points and access control lists; a resource's policy that was "
    "not loaded is taken for none.",
)
ACTIONS = {
    aws.SECRET.name: "secretsmanager:GetSecretValue",
    aws.PARAMETER.name: "ssm:GetParameter",
    aws.BUCKET.name: "s3:GetObject",
}
DECRYPT = "kms:Decrypt"


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    granted = Granted(estate, findings, CAN_READ_STORE, "stores")
    for kind, action in ACTIONS.items():
        nodes = estate.of(kind)
        ending = "/x" if kind == aws.BUCKET.name else ""  # an object of the bucket
        own = [at for at in nodes.tolist() if not estate.has_resource_policy(at)]
        told = [at for at in nodes.tolist() if estate.has_resource_policy(at)]
        plain = targets_of(estate, positions(own), ending)
        for principal in estate.principals:
            _by_identity(estate, granted, principal, action, plain)
            for at in told:
                _by_both(estate, granted, principal, action, at, ending)
    granted.close()


def _by_identity(
    estate: Estate, granted: Granted, principal: Principal, action: str, targets: Targets
) -> None:
    """Add what a principal reads by its own policies alone, in its own account."""
    for grant in may(principal, action, targets):
        for at in targets.nodes[grant.at].tolist():
            if estate.account_of.get(at, principal.account) == principal.account:
                for way in _decrypting(estate, principal, at):
                    granted.add(principal, joined((grant.way, way)), (Head(at),))


def _by_both(
    estate: Estate, granted: Granted, principal: Principal, action: str, at: int, ending: str
) -> None:
    account = estate.account_of.get(at, principal.account)
    ways = _asked(estate, principal, action, f"{estate.arn(at)}{ending}", account, at)
    for read in ways:
        for way in _decrypting(estate, principal, at):
            granted.add(principal, joined((read, way)), (Head(at),))


def _decrypting(estate: Estate, principal: Principal, at: int) -> tuple[Way, ...]:
    """Return how a principal decrypts what is encrypted with a key of the customer's own."""
    keys = estate.keys_of.get(at, ())
    if not keys:
        return (Way(),)  # AWS's own key: whoever may read in the account may decrypt
    key = keys[0]
    account = estate.account_of.get(key, principal.account)
    if not estate.has_resource_policy(key):
        own = may(principal, DECRYPT, of_nodes(estate, positions((key,))))
        return tuple(grant.way for grant in own)
    return _asked(estate, principal, DECRYPT, estate.arn(key), account, key, decides=True)


def _asked(
    estate: Estate,
    principal: Principal,
    action: str,
    arn: str,
    account: str,
    at: int,
    *,
    decides: bool = False,
) -> tuple[Way, ...]:
    request = Request(action, arn, principal.asker, account, principal.context)
    policy: Layer | None = estate.resource_policy(at)
    given: Policies = replace(principal.policies, resource=policy, resource_decides=decides)
    return decide(request, given).ways


RULE = Rule(name="aws stores", kinds=(CAN_READ_STORE,), find=_find, nodes=(HUB,))
