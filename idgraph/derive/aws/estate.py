"""The AWS part of a snapshot as the rules need it: who asks, and every policy that speaks of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from idgraph.derive.aws.above import RCP, SCP, Above
from idgraph.derive.aws.documents import Documents, heads
from idgraph.derive.aws.policy import Asker, Caller, Context, Layer, Policies, Policy
from idgraph.derive.aws.policy.context import EMPTY
from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.targets import Targets, told_of
from idgraph.derive.closures import once
from idgraph.graph import Ints
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws


@dataclass(frozen=True, eq=False)  # a principal is itself alone
class Principal:
    """A user or a role with all policies that bind it; `node` is its position."""

    node: int
    arn: str
    account: str
    asker: Asker
    policies: Policies  # identity, boundary, SCPs and RCPs; resource policies depend on the request
    context: Context
    place: Context = EMPTY  # what is known, besides, of requests for things of its own account
    unread: tuple[str, ...] = ()  # policies it has of which no document was loaded

    def with_identity(self, *more: Policy) -> Principal:
        """Return the principal as it would be with further policies."""
        identity = Layer((*self.policies.identity.policies, *more))
        return replace(self, policies=replace(self.policies, identity=identity))


@dataclass(frozen=True)
class Estate:
    """Principals, their policies, and what can be asked for."""

    snapshot: Snapshot
    _kept: dict[tuple[str, str], Ints] = field(default_factory=dict)
    _asked: dict[tuple[bytes, str, bool], Targets] = field(default_factory=dict)

    @cached_property
    def accounts(self) -> dict[str, int]:
        """The position of each account, by its digits."""
        return {str(self.snapshot.ids[at]): int(at) for at in self.snapshot.of_kind("AWSAccount")}

    @cached_property
    def account_of(self) -> dict[int, str]:
        """The account of each thing, by position."""
        table = self.snapshot.edges[aws.IN_ACCOUNT.name]
        ids = self.snapshot.ids
        return {
            int(thing): str(ids[account])
            for thing, account in zip(table.source, table.target, strict=True)
        }

    def of(self, *kinds: str) -> Ints:
        """Return the positions of all nodes of these kinds that were described."""
        some = self.snapshot.of_kind(*kinds)
        return some[~self.snapshot.stub[some]]

    @cached_property
    def principals(self) -> tuple[Principal, ...]:
        """Every user and every role that was described, in the order of their ids."""
        return tuple(map(self._principal, self.of(aws.USER.name, aws.ROLE.name).tolist()))

    def arn(self, at: int) -> str:
        """Return the id of a thing."""
        return str(self.snapshot.ids[at])

    def targets(self, nodes: Ints, ending: str = "", *, tagged: bool = False) -> Targets:
        """Return things as policies speak of them: each ARN with an ending, and with its tags.

        Remembered, as the same things are asked for by many principals.
        """
        key = (nodes.tobytes(), ending, tagged)
        if key not in self._asked:
            some = nodes.tolist()
            said = self.snapshot.node_properties
            values = (
                tuple(told_of(self.arn(at), said[at].get("tags", ())) for at in some)
                if tagged
                else ()
            )
            self._asked[key] = Targets(
                nodes, tuple(f"{self.arn(at)}{ending}" for at in some), values
            )
        return self._asked[key]

    def groups_in(self, account: str) -> Ints:
        """Return the groups of an account."""
        return self._in(account, aws.GROUP.name)

    def users_in(self, account: str) -> Ints:
        """Return the users of an account."""
        return self._in(account, aws.USER.name)

    def _in(self, account: str, kind: str) -> Ints:
        key = (account, kind)
        if key not in self._kept:
            some = self.of(kind).tolist()
            self._kept[key] = positions(at for at in some if self.account_of.get(at) == account)
        return self._kept[key]

    def customer_policies(self, principal: int) -> tuple[int, ...]:
        """Return the managed policies of the account's own that a principal has, or its groups."""
        held = (principal, *self.groups_of.get(principal, ()))
        some = dict.fromkeys(at for each in held for at in self.policies_of.get(each, ()))
        kind = self.snapshot.node_properties
        return tuple(at for at in some if kind[at].get("policy_type") == "managed")

    @cached_property
    def roles_with(self) -> dict[int, tuple[int, ...]]:
        """The roles that have each managed policy of the account's own."""
        found: dict[int, list[int]] = defaultdict(list)
        for role in self.roles.tolist():
            for policy in self.customer_policies(role):
                found[policy].append(role)
        return {policy: tuple(roles) for policy, roles in found.items()}

    def boundary_arn(self, principal: int) -> str:
        """Return the ARN of a principal's boundary, "" where it has none."""
        some = self._boundary_of.get(principal, ())
        return self.arn(some[0]) if some else ""

    @cached_property
    def users(self) -> frozenset[int]:
        """The positions of the users."""
        return frozenset(self.of(aws.USER.name).tolist())

    @cached_property
    def by_node(self) -> dict[int, Principal]:
        """The principals by position."""
        return {each.node: each for each in self.principals}

    @cached_property
    def groups_of(self) -> dict[int, tuple[int, ...]]:
        """The groups of each user."""
        return heads(self.snapshot, aws.IN_GROUP.name)

    @cached_property
    def policies_of(self) -> dict[int, tuple[int, ...]]:
        """The policies of each principal or group, its own and those attached."""
        return heads(self.snapshot, aws.HAS_POLICY.name)

    @cached_property
    def _boundary_of(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.HAS_BOUNDARY.name)

    @cached_property
    def _trust_of(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.HAS_TRUST_POLICY.name)

    @cached_property
    def _resource_policy_of(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.HAS_RESOURCE_POLICY.name)

    @cached_property
    def documents(self) -> Documents:
        """The policies, read into statements."""
        return Documents(self.snapshot)

    @cached_property
    def above(self) -> Above:
        """What stands above the accounts."""
        return Above(self.snapshot, self.documents)

    def policy(self, at: int) -> Policy:
        """Return a policy as it stands: the statements of its default version."""
        return self.documents.policy(at)

    def versions(self, at: int) -> dict[str, Policy]:
        """Return the versions of a policy that are not its default, by name."""
        return self.documents.versions(at)

    def read(self, at: int) -> bool:
        """Return whether a policy's document was loaded."""
        return self.documents.was_read(at)

    def layer(self, policies: Iterable[int]) -> tuple[Layer, tuple[str, ...]]:
        """Return policies as a layer, and the names of those that were not loaded."""
        return self.documents.layer(policies)

    def _principal(self, at: int) -> Principal:
        snapshot = self.snapshot
        arn, said = str(snapshot.ids[at]), snapshot.node_properties[at]
        account = self.account_of.get(at, "")
        is_user = at in self.users
        held = (at, *self.groups_of.get(at, ()))
        identity, unread = self.layer(p for each in held for p in self.policies_of.get(each, ()))
        unseen = tuple(self.arn(each) for each in held if snapshot.stub[each])  # groups
        asker = Asker(
            arn,
            account,
            Caller.USER if is_user else Caller.ROLE,
            service_linked=bool(said.get("service_linked")),
        )
        return Principal(
            node=at,
            arn=arn,
            account=account,
            asker=asker,
            policies=Policies(
                identity=identity,
                boundary=self._bounded(at),
                scps=self.control_policies(account),
                rcps=self.resource_controls(account),
            ),
            context=_context(asker, said, self.of_members(account)),
            place=self.of_things_in(account),
            unread=(*unread, *unseen),
        )

    def _bounded(self, at: int) -> Layer | None:
        """Return a principal's boundary; one that was not loaded is unknown, never none."""
        boundary = self._boundary_of.get(at, ())
        if not boundary:
            return None
        layer, unread = self.layer(boundary)
        return Layer(layer.policies, missing=unread)

    def control_policies(self, account: str) -> tuple[Layer, ...]:
        """Return the service control policies that bind an account, a layer a level."""
        return self.above.levels(account, SCP)

    def resource_controls(self, account: str) -> tuple[Layer, ...]:
        """Return the resource control policies that bind what is in an account, a layer a level."""
        return self.above.levels(account, RCP)

    def of_things_in(self, account: str) -> Context:
        """Return what is known of every request for something in an account."""
        organisation = self.above.keys(account, "aws:resource")
        return Context({"aws:resourceaccount": (account,), **organisation})

    def of_members(self, account: str) -> Context:
        """Return what is known of a request by any user or role of an account."""
        organisation = self.above.keys(account, "aws:principal")
        known = {"aws:principalaccount": (account,), "aws:principalisawsservice": ("false",)}
        return Context({**known, **organisation, **_BY_TLS})

    def of_service(self, service: str, account: str) -> Context:
        """Return what is known of a service's own request, made for a workload of an account.

        Source: IAM User Guide, "AWS global condition context keys": which of them a request by a
        service principal has.
        """
        organisation = self.above.keys(account, "aws:source")
        known = {"aws:sourceaccount": (account,), "aws:principalisawsservice": ("true",)}
        named = {"aws:principalservicename": (service,)}
        return Context({**known, **named, **organisation, **_BY_TLS}, _NOT_OF_SERVICES)

    def trust(self, role: int) -> Layer:
        """Return a role's trust policy."""
        layer, unread = self.layer(self._trust_of.get(role, ()))
        return Layer(layer.policies, missing=unread)

    def resource_policy(self, thing: int) -> Layer | None:
        """Return the policy of a resource, None where none was loaded.

        What is understood of it holds; what is not may allow besides, and is unknown.
        """
        some = self._resource_policy_of.get(thing, ())
        if not some:
            return None
        return Layer(tuple(map(self.policy, some)), missing=self.layer(some)[1])

    def has_resource_policy(self, thing: int) -> bool:
        """Return whether a policy of the resource was loaded."""
        return thing in self._resource_policy_of

    @cached_property
    def keys_of(self) -> dict[int, tuple[int, ...]]:
        """The key of the customer's own that encrypts each store."""
        return heads(self.snapshot, aws.ENCRYPTED_WITH.name)

    @cached_property
    def roles_of_profile(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """The roles in each instance profile, with the rows that say so."""
        table = self.snapshot.edges[aws.IN_PROFILE.name]
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for role, profile, row in zip(table.source, table.target, table.row, strict=True):
            found[int(profile)].append((int(role), int(row)))
        return {profile: tuple(roles) for profile, roles in found.items()}

    @cached_property
    def in_profile(self) -> frozenset[int]:
        """The roles that are in an instance profile."""
        return frozenset(self.snapshot.edges[aws.IN_PROFILE.name].source.tolist())

    @cached_property
    def lists_loaded(self) -> frozenset[tuple[str, str]]:
        """The accounts with the kinds of workloads of which a whole list of theirs was loaded."""
        kinds = {kind.label: kind.name for kind in aws.COMPUTE}
        return frozenset(
            (each.source.rpartition(":")[2], kinds[each.record])
            for each in self.snapshot.coverage
            if each.complete and each.record in kinds
        )

    def rows(self, statements: Iterable[Statement]) -> Iterator[int]:
        """Yield the rows of statements in the store: the evidence."""
        for each in statements:
            at = self.snapshot.position(each.policy)
            if at >= 0:
                yield int(self.snapshot.node_row[at])

    @cached_property
    def roles(self) -> Ints:
        """The roles that somebody may hold: no service-linked ones, which nobody can pass on."""
        some = self.of(aws.ROLE.name)
        return some[~self.snapshot.true("service_linked")[some]]


OF_MEMBERS = frozenset(  # condition keys of a principal that its account decides
    {
        "aws:principalaccount",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
    }
)
_BY_TLS = {"aws:securetransport": ("true",)}  # whoever asks is free to use it
_NOT_OF_SERVICES = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principaltag/",
        "aws:username",
    }
)


@once
def survey(snapshot: Snapshot) -> Estate:
    """Return the AWS part of a snapshot."""
    return Estate(snapshot)


def _context(asker: Asker, said: object, of_members: Context) -> Context:
    """Return what is known of every request of a principal.

    A role's session may carry tags of its own, so a tag that the role lacks is unknown; a user's
    tags are all there are.
    """
    properties = said if isinstance(said, dict) else {}
    values = {
        **of_members.values,
        "aws:principalarn": (asker.arn,),
        "aws:principaltype": ("User" if asker.sort is Caller.USER else "AssumedRole",),
    }
    absent = {"aws:principalservicename", "aws:sourcearn", "aws:sourceaccount"}
    for tag in properties.get("tags", ()):
        key, _, value = str(tag).partition("=")
        values[f"aws:principaltag/{key.lower()}"] = (value,)
    if asker.sort is Caller.USER:
        values["aws:username"] = (str(properties.get("user_name", "")),)
        absent.add("aws:principaltag/")
    else:
        absent.add("aws:username")
    return Context(values, frozenset(absent))


def positions(some: Iterable[int]) -> Ints:
    """Return positions as a column."""
    return np.array(sorted(some), np.int32)
