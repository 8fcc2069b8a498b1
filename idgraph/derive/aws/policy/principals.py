"""How a resource policy names the principal that asks.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

import re
from enum import IntEnum

from idgraph.derive.aws.policy.documents import Effect, Statement
from idgraph.derive.aws.policy.requests import Asker, Caller

_OF_ACCOUNTS = frozenset({Caller.USER, Caller.ROLE, Caller.ROOT})
# A service's name may end as in China, or name one region, where the caller then goes.
_SERVICE = re.compile(r"(.+?)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?")


class Named(IntEnum):
    """How closely a statement names a principal; a closer one grants more by itself."""

    NOT = 0
    ACCOUNT = 1  # its account: the account's own policies must allow as well
    ANYONE = 2  # "*"
    ITSELF = 3  # its ARN: a user's, a role's, a service's name, a provider's ARN
    SESSION = 4  # the very session


def named(statement: Statement, asker: Asker) -> Named:
    """Return how closely a statement's Principal (or NotPrincipal) takes in a principal.

    A Deny for all but some spares an account's users and roles only where it lists them: beside
    them the account has to be listed as well, but its ARN alone spares none but its root user.
    """
    if statement.principals is None:
        return Named.ITSELF  # an identity policy: it speaks of who holds it
    closest = max(
        (_one(kind, name, asker) for kind, name in statement.principals), default=Named.NOT
    )
    if not statement.but_principals:
        return closest
    spared = closest > Named.ACCOUNT or (
        closest is Named.ACCOUNT and (statement.effect is Effect.ALLOW or asker.sort is Caller.ROOT)
    )
    return Named.NOT if spared else Named.ANYONE


def _one(kind: str, name: str, asker: Asker) -> Named:
    if kind == "AWS":
        return _aws(name, asker)
    sort = {"Service": Caller.SERVICE, "Federated": Caller.FEDERATED}.get(kind)
    if sort is None or asker.sort is not sort:
        return Named.NOT
    if name == "*":
        return Named.ANYONE
    return Named.ITSELF if _plain(name) == _plain(asker.arn) else Named.NOT


def _plain(service: str) -> str:
    """Return a name in lower case, that of a service without region and partition."""
    found = _SERVICE.fullmatch(service.lower())
    return found[1] if found else service.lower()


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
