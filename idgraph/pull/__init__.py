"""Ask a platform itself for what a loader reads, and write the answers to files first."""

from __future__ import annotations

from idgraph.pull.account import aws
from idgraph.pull.calls import policy
from idgraph.pull.pulled import Asked, Outcome, Pulled, PullError, PullInterruptedError

__all__ = ["Asked", "Outcome", "PullError", "PullInterruptedError", "Pulled", "aws", "policy"]
