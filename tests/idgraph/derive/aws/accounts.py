"""AWS accounts by hand: principals with policy documents, as the loader would state them."""

from __future__ import annotations

import json
from itertools import count

from idgraph.derive.aws import RULES
from idgraph.derive.aws.methods import method_of
from idgraph.derive.rules import Profile
from tests.idgraph.derive.build import Build, edges, reachable

ONE, TWO = "111122223333", "444455556666"
AWS = Profile(name="aws", about="The rules of AWS alone.", rules=RULES)
_NUMBERS = count()


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource} | more


def trusts(principal, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more


def service(name):
    return trusts({"Service": f"{name}.amazonaws.com"})


class Account:
    """One account under construction; several may share a `Build`."""

    def __init__(self, number=ONE, build=None):
        self.number = number
        self.build = build or Build()
        self.build.node("AWSAccount", number)

    def arn(self, kind, name):
        return f"arn:aws:iam::{self.number}:{kind}/{name}"

    def root(self):
        return f"arn:aws:iam::{self.number}:root"

    def user(self, name, *statements, groups=(), boundary=None, **properties):
        arn = self._thing("AWSUser", self.arn("user", name), name, user_name=name, **properties)
        self._own(arn, statements)
        self._bound(arn, boundary)
        for group in groups:
            self.build.edge("IN_GROUP", arn, self.arn("group", group))
        return arn

    def group(self, name, *statements):
        arn = self._thing("AWSGroup", self.arn("group", name), name)
        self._own(arn, statements)
        return arn

    def role(self, name, *statements, trust=(), boundary=None, profile=False, **properties):
        arn = self._thing("AWSRole", self.arn("role", name), name, role_name=name, **properties)
        self._own(arn, statements)
        self._bound(arn, boundary)
        self._policy(
            arn,
            "HAS_TRUST_POLICY",
            f"{arn}#trust",
            [trust] if isinstance(trust, dict) else trust,
            "trust",
        )
        if profile:
            self.build.node("AWSInstanceProfile", f"{arn}#profile")
            self.build.edge("IN_PROFILE", arn, f"{arn}#profile")
        return arn

    def managed(self, name, holder, *statements, versions=None):
        arn = self.arn("policy", name)
        self._policy(holder, "HAS_POLICY", arn, statements, "managed")
        for version, some in (versions or {}).items():
            self._statements(arn, some, version=version, default_version=False)
        return arn

    def thing(self, kind, arn, name="", **properties):
        return self._thing(kind, arn, name or arn, **properties)

    def resource_policy(self, arn, *statements):
        self._policy(arn, "HAS_RESOURCE_POLICY", f"{arn}#policy", statements, "resource")

    def scp(self, name, *statements, at=None):
        self._policy(at or self.number, "HAS_CONTROL_POLICY", f"scp:{name}", statements, "scp")

    def runs(self, workload, role):
        self.build.edge("RUNS_WITH_ROLE", workload, role)

    def derive(self):
        return self.build.derive(AWS)

    def edges(self, *kinds):
        """Return (kind, source, target, guards), names short: without what every ARN has."""
        return {(k, short(s), short(t), g) for k, s, t, g in edges(self.derive(), *kinds)}

    def pairs(self, kind):
        return {(source, target) for _, source, target, _ in self.edges(kind)}

    def guards(self, kind, source, target):
        return {g for k, s, t, g in self.edges(kind) if (s, t) == (source, target)}

    def methods(self, kind, source):
        """Return the ids of the methods behind each edge of a kind that a source has, by its end.

        What is found through a hub counts as the source's own.
        """
        projection = self.derive()
        graph, found = projection.graph, {}
        code = graph.catalogue.edge_code(kind)
        for at in range(graph.m):
            tail, head = int(graph.source[at]), int(graph.target[at])
            if graph.edge_kinds[at] == code and short(graph.ids[tail]) == source:
                some = map(method_of, projection.behind(at).tolist())
                ends = graph.target[graph.source == head] if graph.hubs[head] else [head]
                for end in ends:
                    names = found.setdefault(str(graph.ids[end]), set())
                    names.update(each.id for each in some if each is not None)
        return found

    def reach(self, start, passes=("assume",)):
        return {short(each) for each in reachable(self.derive(), start, passes)}

    def _thing(self, kind, arn, name, **properties):
        self.build.node(kind, arn, name, account_id=self.number, **properties)
        self.build.edge("IN_ACCOUNT", arn, self.number)
        return arn

    def _own(self, arn, statements):
        if statements:
            self._policy(arn, "HAS_POLICY", f"{arn}#policy/own", statements, "inline")

    def _bound(self, arn, boundary):
        if boundary == "unread":
            self.build.mention("AWSPolicy", self.arn("policy", "unread"))
            self.build.edge("HAS_BOUNDARY", arn, self.arn("policy", "unread"))
        elif boundary is not None:
            self._policy(
                arn, "HAS_BOUNDARY", self.arn("policy", f"b{next(_NUMBERS)}"), boundary, "managed"
            )

    def _policy(self, holder, kind, policy, statements, policy_type):
        self.build.node("AWSPolicy", policy, policy_type=policy_type, document_read=True)
        self.build.edge(kind, holder, policy)
        self._statements(policy, statements)

    def _statements(self, policy, statements, **more):
        for each in statements:
            node = f"{policy}#{next(_NUMBERS)}"
            said = {
                "statement": json.dumps(each),
                "language": "2012-10-17",
                "default_version": True,
            }
            self.build.node("AWSPolicyStatement", node, **(said | more))
            self.build.edge("HAS_STATEMENT", policy, node)


def short(text):
    return text.rsplit("/", 1)[-1] if text.startswith("arn:") else text
