"""Labels: nodes with what was needed to reach them, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from idgraph.graph import Bools, Ints


class Labels(NamedTuple):
    """Nodes with a need that they were reached with, and the shown steps."""

    needs: Ints
    nodes: Ints
    hops: Ints

    def where(self, keep: Bools | Ints) -> Labels:
        """Return those that a mask or positions keep."""
        return Labels(self.needs[keep], self.nodes[keep], self.hops[keep])


def joined(parts: Sequence[Labels]) -> Labels:
    """Return several labels as one."""
    return Labels(*(np.concatenate(column).astype(np.int32) for column in zip(*parts, strict=True)))
