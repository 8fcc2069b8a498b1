"""Resources as policies speak of them: ARNs that patterns take in, and tags that conditions ask."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from idgraph.derive.aws.policy.patterns import literal, resource_glob
from idgraph.graph import Bools, Ints, Longs

Values = Mapping[str, tuple[str, ...]]
NO_VALUES: Values = {}
_REGION = "aws:requestedregion"
_TAGS = tuple(f"{each}:resourcetag/" for each in ("aws", "iam", "secretsmanager", "ssm", "ec2"))


@dataclass(frozen=True)
class Targets:
    """Resources of one sort, by position, with the ARN by which policies speak of each."""

    nodes: Ints  # (t,)
    arns: tuple[str, ...]  # (t,)
    values: tuple[Values, ...] = ()  # (t,) condition keys that depend on the resource; or none
    _matches: dict[str, Bools] = field(default_factory=dict, repr=False, compare=False)

    def matching(self, pattern: str) -> Bools:
        """Return which ARNs a pattern takes in, remembered: many statements share patterns."""
        if pattern not in self._matches:
            self._matches[pattern] = self._matching(pattern)
        return self._matches[pattern]

    def _matching(self, pattern: str) -> Bools:
        """Test the ARNs that begin as the pattern does, up to its first wildcard."""
        start, test = pattern[: literal(pattern)], resource_glob(pattern)
        texts, places = self._sorted
        first = bisect_left(texts, start)
        last = bisect_right(texts, start, key=lambda text: text[: len(start)])
        found = np.zeros(len(self.arns), bool)
        found[[places[at] for at in range(first, last) if test(texts[at])]] = True
        return found

    @cached_property
    def _sorted(self) -> tuple[list[str], list[int]]:
        """The ARNs in order, and the place of each."""
        places = sorted(range(len(self.arns)), key=self.arns.__getitem__)
        return [self.arns[at] for at in places], places

    @cached_property
    def marks(self) -> Longs:
        """A number for each resource, the same where `values` are the same."""
        told = [repr(sorted(each.items())) for each in self.values]
        numbers = {text: number for number, text in enumerate(dict.fromkeys(told))}
        return np.array([numbers[text] for text in told], np.int64)


def told_of(arn: str, tags: Iterable[str]) -> Values:
    """Return the condition keys that a resource's ARN and tags decide, tags written `key=value`.

    What lies in a region is asked for in that region.

    Source: IAM User Guide, "AWS global condition context keys": aws:RequestedRegion; Service
    Authorization Reference: the tag keys of each service's own.
    """
    region = arn.split(":", 4)[3:4]
    return {**tag_values(tags), _REGION: (region[0],)} if any(region) else tag_values(tags)


def tag_values(tags: Iterable[str]) -> Values:
    """Return the condition keys of a resource's tags, each written `key=value`."""
    found: dict[str, tuple[str, ...]] = {}
    for tag in tags:
        key, _, value = str(tag).partition("=")
        for prefix in _TAGS:
            found[f"{prefix}{key.lower()}"] = (value,)
    return found or NO_VALUES
