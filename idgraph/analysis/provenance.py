"""Where an answer comes from: the store, its loads, the moment, the profile, what was missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What an answer rests on, given by whoever asks; times are ISO 8601 in UTC."""

    store: str = ""
    loads: tuple[int, ...] = ()  # numbers of the loads that the moment consists of
    as_of: str | None = None
    profile: str = "strict"
    rules_version: str = ""
    loaded: tuple[str, ...] = ()  # what was seen, in words
    missing: tuple[str, ...] = ()  # what was not seen, in words


UNKNOWN_ORIGIN = Provenance()
