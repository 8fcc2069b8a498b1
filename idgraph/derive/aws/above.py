"""What stands above an account: its units, its organisation, and the control policies of each.

Source: Organizations User Guide, "SCP evaluation" and "RCP evaluation" (every level from the root
to the account must allow), "Service control policies" and "Resource control policies" (neither
binds the management account), "Attaching and detaching service control policies" (each root, unit
and account has one at least); IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from idgraph.derive.aws.documents import Documents, heads
from idgraph.derive.aws.policy import EVERYTHING, Assumed, Layer
from idgraph.derive.aws.policy.documents import Effect
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws

SCP, RCP = "scp", "rcp"
SCPS_ALLOW = Assumed("service_control_policies")
RCPS_ALLOW = Assumed("resource_control_policies")
_ALLOW = {SCP: SCPS_ALLOW, RCP: RCPS_ALLOW}
_FULL = ("/p-FullAWSAccess", "/p-RCPFullAWSAccess")  # AWS's own: they allow everything
_OF_ORGANISATION = re.compile(r"arn:[a-z-]+:organizations::(\d{12}):[a-z]+/(o-[a-z0-9]+)/.+")
_ORGANISATION = re.compile(r"o-[a-z0-9]+")


@dataclass(frozen=True)
class Above:
    """The organisations of a snapshot."""

    snapshot: Snapshot
    documents: Documents
    _levels: dict[tuple[str, str], tuple[Layer, ...]] = field(default_factory=dict)

    def levels(self, account: str, policy_type: str) -> tuple[Layer, ...]:
        """Return the control policies of a type that bind an account, from the root down to it.

        None where none of the type was loaded for its organisation, or it is the one that manages
        it. What was not loaded could only forbid: it is an assumption, not a condition.
        """
        key = (account, policy_type)
        if key not in self._levels:
            self._levels[key] = tuple(self._found(account, policy_type))
        return self._levels[key]

    def organisation(self, account: str) -> str:
        """Return the id of an account's organisation (o-…), "" where it is not known."""
        return self._named(account)[1]

    def keys(self, account: str, prefix: str) -> Mapping[str, tuple[str, ...]]:
        """Return the condition keys on an organisation: `prefix` + orgid and orgpaths."""
        organisation = self.organisation(account)
        if not organisation:
            return {}
        known = {f"{prefix}orgid": (organisation,)}
        path = self._path(account)
        return {**known, f"{prefix}orgpaths": (f"{organisation}/{path}",)} if path else known

    def _found(self, account: str, policy_type: str) -> list[Layer]:
        chain = self._chain(account)
        if self._manages(account) or not self._in_use(chain, policy_type):
            return []
        levels = [self._level(at, policy_type) for at in reversed(chain)]
        if not self._is_root(chain[-1]):
            levels.insert(0, Layer(assumed=_ALLOW[policy_type]))
        return levels

    def _level(self, at: int, policy_type: str) -> Layer:
        """Return what one level allows; AWS attaches its own allowing RCP to each, for good.

        Nor can FullAWSAccess be deleted: a list without it is not whole, and where nothing at all
        allows then, that is what was left out.
        """
        some = self._attached(at, policy_type)
        layer, unread = self.documents.layer(some)
        full = any(each.endswith(_FULL) for each in unread)
        allowing = (EVERYTHING,) if policy_type == RCP or full else ()
        missing = not (some or allowing) or not all(each.endswith(_FULL) for each in unread)
        lacking = not self._lists_full and not any(
            each.effect is Effect.ALLOW for each in layer.statements()
        )
        lost = missing or (policy_type == SCP and lacking)
        return Layer((*allowing, *layer.policies), assumed=_ALLOW[policy_type] if lost else None)

    def _attached(self, at: int, policy_type: str) -> list[int]:
        said = self.snapshot.node_properties
        some = self._policies_of.get(at, ())
        return [each for each in some if said[each].get("policy_type") == policy_type]

    def _in_use(self, chain: tuple[int, ...], policy_type: str) -> bool:
        """Return whether policies of a type were loaded for the organisation of an account."""
        if not chain:
            return False
        if any(self._attached(at, policy_type) for at in chain):
            return True
        return self._is_root(chain[-1]) and (chain[-1], policy_type) in self._used

    @cached_property
    def _lists_full(self) -> bool:
        """Whether FullAWSAccess was loaded, or is attached to anything."""
        ids = (str(self.snapshot.ids[at]) for some in self._policies_of.values() for at in some)
        return any(each.endswith(_FULL[0]) for each in ids)

    @cached_property
    def _used(self) -> frozenset[tuple[int, str]]:
        """The roots below which, or at which, policies of a type are attached."""
        said = self.snapshot.node_properties
        return frozenset(
            (self._upward(at)[-1], str(said[policy].get("policy_type")))
            for at, policies in self._policies_of.items()
            for policy in policies
        )

    def _chain(self, account: str) -> tuple[int, ...]:
        """Return the account and what stands above it, the root last; none if nobody knows it."""
        at = self.snapshot.position(account)
        return self._upward(at) if at >= 0 else ()

    def _upward(self, at: int) -> tuple[int, ...]:
        found: dict[int, None] = {}  # units in a circle: no organisation has one, an export may
        while at >= 0 and at not in found:
            found[at] = None
            at = next(iter(self._parents.get(at, ())), -1)
        return tuple(found)

    def _is_root(self, at: int) -> bool:
        return bool(self._roots[at])

    def _manages(self, account: str) -> bool:
        at = self.snapshot.position(account)
        said = self.snapshot.node_properties[at] if at >= 0 else {}
        return bool(said.get("management")) or self._named(account)[0] == account

    def _named(self, account: str) -> tuple[str, str]:
        """Return the managing account and the organisation that the levels' policies name."""
        managing = organisation = ""
        for at in self._chain(account):
            said = self.snapshot.node_properties[at]
            managing = managing or str(said.get("management_account_id") or "")
            own = str(self.snapshot.ids[at])
            if self._is_root(at) and _ORGANISATION.fullmatch(own):
                organisation = own
            for policy in self._policies_of.get(at, ()):
                found = _OF_ORGANISATION.fullmatch(str(self.snapshot.ids[policy]))
                if found:
                    managing = managing or found.group(1)
                    organisation = organisation or found.group(2)
        return managing, organisation

    def _path(self, account: str) -> str:
        """Return the path below the organisation, as `aws:PrincipalOrgPaths` tells it."""
        chain = self._chain(account)[1:]
        ids = [str(self.snapshot.ids[at]) for at in reversed(chain)]
        whole = ids[:1] and ids[0].startswith("r-")
        return "".join(f"{each}/" for each in ids) if whole else ""

    @cached_property
    def _roots(self) -> list[bool]:
        roots: list[bool] = self.snapshot.is_kind(aws.ORGANISATION.name).tolist()
        return roots

    @cached_property
    def _policies_of(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.HAS_CONTROL_POLICY.name)

    @cached_property
    def _parents(self) -> dict[int, tuple[int, ...]]:
        return heads(self.snapshot, aws.UNDER.name)
