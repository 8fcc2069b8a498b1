"""What the attacker is taken to be able to do: the reset, and the guards that it passes."""

from __future__ import annotations

from dataclasses import dataclass

from idgraph.catalogue import GUARD_KINDS, MFA
from idgraph.errors import UnknownNameError, did_you_mean

_KINDS = {kind.name: kind for kind in GUARD_KINDS}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A reset method and what the attacker passes: guard kinds (`mfa`) or guards (`mfa:<id>`).

    Without a reset method the identity is fully taken over: the attacker is signed in as it, its
    own second factor passed; any other account that has to be reset on the way keeps its own.
    """

    reset: str | None = None
    passes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", frozenset(self.passes))
        for text in self.passes:
            kind = text.partition(":")[0]
            if kind not in _KINDS:
                hint = did_you_mean(kind, _KINDS) or f"Choose from: {', '.join(_KINDS)}."
                raise UnknownNameError(f"guard kind {kind!r}", "does not exist", hint=hint)

    @property
    def kinds(self) -> frozenset[str]:
        """The guard kinds that are passed whatever their subject."""
        return frozenset(text for text in self.passes if ":" not in text)

    def singles(self, start_id: str) -> frozenset[str]:
        """Return the single guards passed, the start's own second factor among them."""
        own = {MFA.of(start_id)} if self.reset is None else set()
        return frozenset(text for text in self.passes if ":" in text) | own

    def passed(self, start_id: str) -> tuple[str, ...]:
        """Return all that is passed by an attacker who starts here, sorted."""
        return tuple(sorted(self.kinds | self.singles(start_id)))


FULL_TAKEOVER = Scenario()
