"""Who says that something changed, and what they say of one step of a path."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Witness(StrEnum):
    """Who says that something changed."""

    PLATFORM = "platform"
    EVENT = "event"
    FIRST_SEEN = "first_seen"


@dataclass(frozen=True, slots=True)
class Added:
    """A step was added inside the window asked about, so one witness says."""

    witness: Witness
    at: str  # ISO 8601 in UTC
    words: str

    def to_json(self) -> dict[str, str]:
        """Return it as `--json` prints it."""
        return {"witness": self.witness.value, "at": self.at, "words": self.words}
