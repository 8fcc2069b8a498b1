"""What is known of a request: the values of condition keys, those it lacks, and the rest.

Source: IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from idgraph.derive.aws.policy.truth import NO, Truth, unknown

Values = tuple[str, ...]
NOTHING: Mapping[str, Values] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Context:
    """Condition keys of a request; their names are compared without case.

    `absent` names keys that the request is known to lack; one that ends in `/` speaks for every
    key that begins so (`aws:principaltag/` when all tags were loaded). Any other key is unknown.
    """

    values: Mapping[str, Values] = field(default_factory=lambda: NOTHING)
    absent: frozenset[str] = frozenset()

    def value(self, key: str) -> Values | Truth:
        """Return the values of a key, NO where the request lacks it, unknown where none knows."""
        name = key.lower()
        if name in self.values:
            return self.values[name]
        head, slash, _ = name.partition("/")
        if name in self.absent or (slash and head + slash in self.absent):
            return NO
        return unknown(key)

    def having(self, values: Mapping[str, Values], absent: frozenset[str] = frozenset()) -> Context:
        """Return the context with more keys known; what was known stays."""
        if not values and not absent:
            return self
        lower = {key.lower(): some for key, some in values.items()}
        return Context({**lower, **self.values}, self.absent | (absent - lower.keys()))


EMPTY = Context()
