"""Whom a policy for "*" lets in: everybody, of whatever account or of none.

Such a policy is told as what it is, a way in from outside: the node can be asked about like any
other, and whoever asks who reaches a target finds it there.
"""

from __future__ import annotations

from idgraph.catalogue import NodeKind
from idgraph.derive.aws.estate import Estate
from idgraph.derive.aws.policy import Asker, Caller, Layer, Policies, Request, Way, decide
from idgraph.derive.rules import Findings

ANYBODY = NodeKind(
    name="AWSAnybody",
    label="anybody on AWS",
    platform="aws",
    about="Everybody that a policy for the principal * lets in, of any account: nobody has to "
    "be taken over first.",
    shape="star",
)
EVERYBODY = Asker("*", "", Caller.ANYONE)


def anybody(findings: Findings) -> int:
    """Return the node that stands for everybody."""
    return findings.node("aws:anybody", ANYBODY, "anybody on AWS")


def open_to_anybody(
    estate: Estate, thing: int, layer: Layer | None, action: str, resource: str
) -> tuple[Way, ...]:
    """Return how the policy of a thing allows an action to everybody, of no account known."""
    if layer is None or not speaks_to_all(layer):
        return ()
    account = estate.account_of.get(thing, "")
    rcps = estate.resource_controls(account)
    policies = Policies(resource=layer, resource_decides=True, rcps=rcps)
    known = estate.of_things_in(account)
    return decide(Request(action, resource, EVERYBODY, account, known), policies).ways


def speaks_to_all(layer: Layer) -> bool:
    """Return whether a resource's policy names everybody anywhere."""
    return any(
        kind == "AWS" and name == "*"
        for each in layer.statements()
        for kind, name in each.principals or ()
    )
