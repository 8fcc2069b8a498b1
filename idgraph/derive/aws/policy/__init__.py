"""AWS policies, evaluated as AWS documents it, in three values.

`parse_policy` reads a document, `decide` says whether a request is allowed, under which
conditions and by which statements. Nothing here knows of graphs.
"""

from __future__ import annotations

from idgraph.derive.aws.policy.context import Context
from idgraph.derive.aws.policy.decide import Decision, Layer, Policies, Verdict, Way, decide
from idgraph.derive.aws.policy.documents import (
    EVERYTHING,
    Condition,
    Effect,
    Policy,
    Statement,
    parse_policy,
)
from idgraph.derive.aws.policy.requests import Asker, Caller, Request
from idgraph.derive.aws.policy.truth import Assumed, Unless

__all__ = [
    "EVERYTHING",
    "Asker",
    "Assumed",
    "Caller",
    "Condition",
    "Context",
    "Decision",
    "Effect",
    "Layer",
    "Policies",
    "Policy",
    "Request",
    "Statement",
    "Unless",
    "Verdict",
    "Way",
    "decide",
    "parse_policy",
]
