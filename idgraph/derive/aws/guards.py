"""What a decision hangs on, as the guards of an edge."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from idgraph.catalogue import ASSUME, CONDITION, MFA, NETWORK
from idgraph.derive.aws.policy import Assumed, Condition, Unless

LONGEST = 160  # characters of a condition's text; a longer one ends in its hash
_MFA_KEYS = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})
_ADDRESS_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip"})


def guards_of(needs: Iterable[object], principal: str) -> tuple[str, ...]:
    """Return the guards of what must hold for a principal's request, sorted."""
    return tuple(sorted({_guard(each, principal) for each in needs}))


def needs_mfa(needs: Iterable[object]) -> tuple[bool, frozenset[object]]:
    """Return whether a second factor is among what must hold, and the rest of it."""
    some = frozenset(needs)
    rest = frozenset(each for each in some if not _is_mfa(each))
    return len(rest) < len(some), rest


def _is_mfa(need: object) -> bool:
    keys = {key.lower() for key in _keys(need)}
    return bool(keys) and keys <= _MFA_KEYS


def _guard(need: object, principal: str) -> str:
    if isinstance(need, Assumed):
        return ASSUME.of(need.fact)
    keys = {key.lower() for key in _keys(need)}
    if _is_mfa(need):
        return MFA.of(principal)
    if keys and keys <= _ADDRESS_KEYS:
        return NETWORK.of(_short(str(need)))
    return CONDITION.of(_short(str(need)))


def _keys(need: object) -> list[str]:
    if isinstance(need, Condition):
        return [need.key]
    if isinstance(need, Unless):
        return [key for each in need.needs for key in _keys(each)]
    return []


def _short(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    return f"{line[: LONGEST - 9]}… {sha256(line.encode()).hexdigest()[:7]}"
