"""Three values: yes, no, and unknown with what it hangs on.

A request that is not made yet has properties nobody knows: the address it comes from, whether a
second factor was used. What depends on them is neither allowed nor denied, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unless:
    """That not all of some conditions hold: what a Deny that hangs on them leaves open."""

    needs: tuple[object, ...]

    def __str__(self) -> str:
        return f"not ({' and '.join(map(str, self.needs))})"


@dataclass(frozen=True, slots=True)
class Assumed:
    """A fact that nothing loaded says and that could only forbid; it is taken to be so."""

    fact: str

    def __str__(self) -> str:
        return f"taken to be so: {self.fact}"


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes (True), no (False) or unknown (None); an unknown one names what must hold for a yes."""

    value: bool | None
    needs: frozenset[object] = (
        frozenset()
    )  # of Condition, Unless, Assumed or text; empty unless unknown

    def __bool__(self) -> bool:
        raise TypeError("three values: ask for .yes or .no")

    @property
    def yes(self) -> bool:
        """Whether it is certain."""
        return self.value is True

    @property
    def no(self) -> bool:
        """Whether it is excluded."""
        return self.value is False

    def __and__(self, other: Truth) -> Truth:
        if self.no or other.no:
            return NO
        if self.yes:
            return other
        if other.yes:
            return self
        return Truth(None, self.needs | other.needs)


YES = Truth(value=True)
NO = Truth(value=False)


def unknown(*needs: object) -> Truth:
    """Return an unknown that becomes a yes when all of these hold."""
    return Truth(None, frozenset(needs))


def known(value: bool) -> Truth:  # noqa: FBT001  it is the value itself
    """Return a certain yes or no."""
    return YES if value else NO


def all_of(parts: Iterable[Truth]) -> Truth:
    """Return whether all hold; what is unknown hangs on every unknown part."""
    result = YES
    for part in parts:
        result = result & part
        if result.no:
            return NO
    return result
