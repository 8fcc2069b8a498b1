"""Where an answer comes from: the store, its loads, the moment, the profile, what was missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from idgraph.snapshot import Coverage


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
    coverage: tuple[Coverage, ...] = ()  # what was seen and what not, by source and record kind
    never_loaded: tuple[tuple[str, str], ...] = ()  # loaders without a load, and what they read
    engine: str = "memory"  # or "server": walked over the store, level by level

    def coverage_json(self) -> dict[str, list[str]]:
        """Return what was seen and what was not, as `--json` prints it with every answer."""
        return {"loaded": list(self.loaded), "missing": list(self.missing)}

    def sources(self) -> list[dict[str, Any]]:
        """Return, by tenant or account, which record kinds were seen whole, in part or not."""
        found: dict[str, dict[str, list[str]]] = {}
        for each in self.coverage:
            seen = "whole" if each.complete else "partly" if each.count else "missing"
            kinds = found.setdefault(each.source, {"whole": [], "partly": [], "missing": []})
            kinds[seen].append(each.record)
        return [{"source": source, **kinds} for source, kinds in sorted(found.items())]


UNKNOWN_ORIGIN = Provenance()
