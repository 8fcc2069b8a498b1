"""Owner claims and the verdict on each."""

from idgraph.ownership.claims import Code
from idgraph.ownership.unowned import Ownerless, Reason, Unowned, unowned

__all__ = ["Code", "Ownerless", "Reason", "Unowned", "unowned"]
