"""What the attacker is taken to be able to do: the reset, and the guards that it passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from idgraph.analysis.methods import Method, method
from idgraph.catalogue import GUARD_KINDS, MFA
from idgraph.errors import UnknownNameError, did_you_mean

_KINDS = {kind.name: kind for kind in GUARD_KINDS}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A reset method and what the attacker passes: guard kinds (`mfa`) or guards (`mfa:<id>`).

    Without a reset method the identity is fully taken over: the attacker is signed in as it, its
    own second factor passed; any other account that has to be reset on the way keeps its own.
    `holds` are single guards and assumptions that nobody gets past, whatever else is passed.
    What the graph knows, the walk sets: `factorless` says that the identity has no second factor
    that a sign-in could ask for, `disabled` that nobody signs in as it for now, `unasked` what is
    passed and nothing asks for.
    """

    reset: str | None = None
    passes: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    factorless: bool = False
    disabled: bool = False
    unasked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", frozenset(self.passes) | set(self.method.passes))
        object.__setattr__(self, "holds", frozenset(self.holds))
        for text in sorted(self.passes | self.holds):
            kind = text.partition(":")[0]
            if kind not in _KINDS:
                hint = did_you_mean(kind, _KINDS) or f"Choose from: {', '.join(_KINDS)}."
                raise UnknownNameError(f"guard kind {kind!r}", "does not exist", hint=hint)

    @property
    def method(self) -> Method:
        """The reset method, with what it gives."""
        return method(self.reset)

    @property
    def kinds(self) -> frozenset[str]:
        """The guard kinds that are passed whatever their subject."""
        return frozenset(text for text in self.passes if ":" not in text)

    def singles(self, start_id: str) -> frozenset[str]:
        """Return the single guards passed, those that the reset itself passes among them."""
        named = frozenset(text for text in self.passes if ":" in text)
        return (named | set(self.method.own(start_id))) - self.holds

    def passed(self, start_id: str) -> tuple[str, ...]:
        """Return all that is passed by an attacker who starts here, sorted."""
        return tuple(sorted(self.kinds | self.singles(start_id)))

    def asked(self, start_id: str) -> tuple[str, ...]:
        """Return the guards that the reset leaves on a start, sorted."""
        none = MFA.of(start_id) if self.factorless else ""
        return tuple(each for each in self.method.entry(start_id) if each != none)

    def entry(self, start_id: str) -> tuple[str, ...]:
        """Return the guards that every path from a start asks for and that are not passed."""
        return tuple(
            guard
            for guard in self.asked(start_id)
            if guard not in self.passes and guard.partition(":")[0] not in self.kinds
        )

    def assumed(self) -> tuple[str, ...]:
        """Return the assumptions that every path rests on, as guards."""
        return self.method.assumptions()

    def stopped(self, start_id: str) -> bool:
        """Return whether a control that holds stops the attacker before the first step."""
        asked = {*self.asked(start_id), *self.method.assumptions()}
        return not self.holds.isdisjoint(asked)

    def to_json(self, start_id: str) -> dict[str, Any]:
        """Return what is taken to be so, as `--json` prints it.

        `disabled` and `unasked` stand in it only when it is so.
        """
        said: dict[str, Any] = {"reset": self.reset, "passes": list(self.passed(start_id))}
        said |= {"disabled": True} if self.disabled else {}
        said |= {"unasked": list(self.unasked)} if self.unasked else {}
        if self.reset is None:
            return said
        return said | {
            "gives": self.method.gives,
            "asks": list(self.entry(start_id)),
            "assumes": list(self.assumed()),
        }


FULL_TAKEOVER = Scenario()
