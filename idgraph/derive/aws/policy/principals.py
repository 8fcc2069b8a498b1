"""How a resource policy names the principal that asks.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

from enum import IntEnum

from idgraph.derive.aws.policy.documents import Statement
from idgraph.derive.aws.policy.requests import Asker, Caller

_OF_ACCOUNTS = frozenset({Caller.USER, Caller.ROLE, Caller.ROOT})


class Named(IntEnum):
    """How closely a statement names a principal; a closer one grants more by itself."""

    NOT = 0
    ACCOUNT = 1  # its account: the account's own policies must allow as well
    ANYONE = 2  # "*"
    ITSELF = 3  # its ARN: a user's, a role's, a service's name, a provider's ARN
    SESSION = 4  # the very session


def named(statement: Statement, asker: Asker) -> Named:
    """Return how closely a statement's Principal (or NotPrincipal) takes in a principal."""
    if statement.principals is None:
        return Named.ITSELF  # an identity policy: it speaks of who holds it
    closest = max(
        (_one(kind, name, asker) for kind, name in statement.principals), default=Named.NOT
    )
    if not statement.but_principals:
        return closest
    return Named.NOT if closest else Named.ANYONE


def _one(kind: str, name: str, asker: Asker) -> Named:
    if kind == "AWS":
        return _aws(name, asker)
    sort = {"Service": Caller.SERVICE, "Federated": Caller.FEDERATED}.get(kind)
    if sort is None or asker.sort is not sort:
        return Named.NOT
    if name == "*":
        return Named.ANYONE
    return Named.ITSELF if name.lower() == asker.arn.lower() else Named.NOT


def _aws(name: str, asker: Asker) -> Named:
    if name == "*":
        return Named.ANYONE  # services and federated identities are anyone, too
    if asker.sort not in _OF_ACCOUNTS:
        return Named.NOT
    if asker.session and name == asker.session:
        return Named.SESSION
    if name == asker.arn:
        return Named.ITSELF
    is_account = name == asker.account or (
        name.endswith(":root") and name.split(":")[4:5] == [asker.account]
    )
    return Named.ACCOUNT if is_account else Named.NOT
