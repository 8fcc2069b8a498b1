"""Who gets a credential of an IAM user: a key, a console password."""

from __future__ import annotations

from idgraph.catalogue import CONDITION, MFA, EdgeKind, Flow
from idgraph.derive.aws.estate import Estate, Principal, survey
from idgraph.derive.aws.granted import Granted, targets_of
from idgraph.derive.aws.grants import Targets, may_at_all
from idgraph.derive.aws.links import Head
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
    for principal in estate.principals:
        if principal.account in targets:
            _keys(estate, granted, principal, targets[principal.account])
            _passwords(estate, granted, principal, targets[principal.account])
    granted.close()


def _keys(estate: Estate, granted: Granted, principal: Principal, users: Targets) -> None:
    create = "iam:CreateAccessKey"
    if not may_at_all(principal, create):
        return
    granted.on(principal, (create,), users, at=lambda user: _room(estate, user))
    delete = (create, "iam:DeleteAccessKey")
    granted.on(principal, delete, users, at=lambda user: _full(estate, user))


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


def _passwords(estate: Estate, granted: Granted, principal: Principal, users: Targets) -> None:
    for action, wants in (("iam:CreateLoginProfile", False), ("iam:UpdateLoginProfile", True)):
        if not may_at_all(principal, action):
            continue

        def console(user: int, *, wants: bool = wants) -> tuple[Head, ...]:
            return _console(estate, user, wants=wants)

        granted.on(principal, (action,), users, at=console)
        both = (action, "iam:DeactivateMFADevice")

        def without(user: int, *, wants: bool = wants) -> tuple[Head, ...]:
            return tuple(_no_factor(head) for head in _console(estate, user, wants=wants))

        granted.on(principal, both, users, at=without)


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


def _no_factor(head: Head) -> Head:
    guards = tuple(each for each in head.guards if not each.startswith(MFA.of("")))
    return Head(head.node, guards, head.rows)


RULE = Rule(name="aws user credentials", kinds=(CAN_ADD_CREDENTIAL,), find=_find, nodes=(HUB,))
