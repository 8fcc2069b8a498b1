"""Who gets a credential of an IAM user: a key, a console password."""

from __future__ import annotations

from functools import partial

from idgraph.catalogue import CONDITION, MFA, EdgeKind, Flow
from idgraph.derive.aws.estate import Estate, Principal, survey
from idgraph.derive.aws.granted import AtTarget, Granted, targets_of
from idgraph.derive.aws.grants import may_at_all
from idgraph.derive.aws.joining import everyone
from idgraph.derive.aws.links import Head
from idgraph.derive.aws.methods import BY_ID, Method
from idgraph.derive.aws.targets import Targets
from idgraph.derive.rules import Findings, Rule
from idgraph.snapshot import Snapshot
from idgraph.vocabulary import aws
from idgraph.vocabulary.common import HUB, between

CAN_ADD_CREDENTIAL = EdgeKind(
    name="CAN_ADD_CREDENTIAL",
    reads="can add a credential to, and sign in as,",
    ends=(*between((aws.USER, aws.ROLE), (aws.USER, HUB)), *between((HUB,), (aws.USER,))),
    flow=Flow.CONTROL,
    derived=True,
    allows="Sign in as the user with a key or a console password of one's own making.",
    verify="`aws iam list-access-keys` and `get-login-profile` of the user; the statements named.",
    remove="Take the action away, or narrow its Resource; delete the keys and the password added.",
    logged="CloudTrail: CreateAccessKey, CreateLoginProfile, UpdateLoginProfile, "
    "DeactivateMFADevice.",
    frameworks=("ATT&CK:T1098.001", "NIST-CSF:PR.AA-01", "CSA-CCM:IAM-07"),
    source="pathfinding.cloud (Datadog): iam-002, iam-003, iam-004, iam-006",
    bloodhound="AWSCreateAccessKey",
    misses="Where no credential report was loaded, the number of keys and whether there is a "
    "password are conditions.",
)
MOST_KEYS = 2
TWO_KEYS = "the user has fewer than two access keys"


def _find(snapshot: Snapshot, findings: Findings) -> None:
    estate = survey(snapshot)
    granted = Granted(estate, findings, CAN_ADD_CREDENTIAL, "users")
    targets = {each: targets_of(estate, estate.users_in(each)) for each in estate.accounts}
    ends = _Ends(estate)
    for principal in everyone(snapshot):
        if principal.account in targets:
            _keys(ends, granted, principal, targets[principal.account])
            _passwords(ends, granted, principal, targets[principal.account])
    granted.close()


class _Ends:
    """What a user is to whoever may act on it: the same for every principal."""

    def __init__(self, estate: Estate) -> None:
        self.room: AtTarget = partial(_room, estate)
        self.full: AtTarget = partial(_full, estate)
        self.passwords: tuple[tuple[Method, AtTarget, AtTarget], ...] = tuple(
            (
                BY_ID[method],
                partial(_console, estate, wants=wants),
                partial(_without_factor, estate, wants=wants),
            )
            for method, wants in (("iam-004", False), ("iam-006", True))
        )


def _keys(ends: _Ends, granted: Granted, principal: Principal, users: Targets) -> None:
    create, delete = BY_ID["iam-002"], BY_ID["iam-003"]
    if not may_at_all(principal, create.actions[0]):
        return
    granted.on(principal, create.actions, users, at=ends.room, by=(create,))
    granted.on(principal, delete.actions, users, at=ends.full, by=(delete,))


def _count(estate: Estate, user: int) -> int | None:
    count = estate.snapshot.node_properties[user].get("access_keys")
    return count if isinstance(count, int) else None


def _room(estate: Estate, user: int) -> tuple[Head, ...]:
    count = _count(estate, user)
    if count is not None and count >= MOST_KEYS:
        return ()
    return (Head(user, (CONDITION.of(TWO_KEYS),) if count is None else ()),)


def _full(estate: Estate, user: int) -> tuple[Head, ...]:
    """Whoever deletes a key first has room for one, however many there are."""
    count = _count(estate, user)
    return () if count is not None and count < MOST_KEYS else (Head(user),)


def _passwords(ends: _Ends, granted: Granted, principal: Principal, users: Targets) -> None:
    for method, console, without in ends.passwords:
        if may_at_all(principal, method.actions[0]):
            granted.on(principal, method.actions, users, at=console, by=(method,))
            both = (*method.actions, "iam:DeactivateMFADevice")
            granted.on(principal, both, users, at=without, by=(method,))


def _console(estate: Estate, user: int, *, wants: bool) -> tuple[Head, ...]:
    """Return the user where its having a password is as the action wants it, or not known."""
    said = estate.snapshot.node_properties[user]
    has = said.get("login_profile")
    if has is not None and bool(has) is not wants:
        return ()
    guards = [CONDITION.of(f"the user has {'a' if wants else 'no'} console password")]
    guards = guards if has is None else []
    if said.get("mfa") is not False:
        guards.append(MFA.of(estate.arn(user)))
    return (Head(user, tuple(sorted(guards))),)


def _without_factor(estate: Estate, user: int, *, wants: bool) -> tuple[Head, ...]:
    return tuple(_no_factor(head) for head in _console(estate, user, wants=wants))


def _no_factor(head: Head) -> Head:
    guards = tuple(each for each in head.guards if not each.startswith(MFA.of("")))
    return Head(head.node, guards, head.rows)


RULE = Rule(name="aws user credentials", kinds=(CAN_ADD_CREDENTIAL,), find=_find, nodes=(HUB,))
