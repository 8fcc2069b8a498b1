"""What was seen of each record kind of a source, and what was not, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idgraph.records import CoverageRecord, Record
from loaders.aws_iam import pulled, shipped
from loaders.aws_iam.answers import (
    ACCOUNT,
    IN_PARTS,
    IN_PARTS_OF,
    NEEDED,
    NOT_BESIDE,
    OF_ONE_USER,
    POLICY,
    needed_of,
)
from loaders.aws_iam.export import Call, Export, Seen
from loaders.aws_iam.sources import Level, level_of

_NAMED = 3  # documents that are named in words


def coverage(export: Export, level: Level, levels: frozenset[Level]) -> Iterator[Record]:
    """Yield what was seen of a source; `levels` are those of all sources that are read together."""
    called = (each.record for each in export.calls)
    missing = [POLICY] if export.wanted.keys() - export.documents else []
    kinds = dict.fromkeys((*needed_of(level), *export.seen, *called, *missing))
    for kind in kinds:
        if kind and kind != pulled.PULL:
            yield _record(kind, export)
    if level is Level.ACCOUNT:
        yield CoverageRecord(record=ACCOUNT, count=1, complete=True)
        for kind, about in NOT_BESIDE.items():
            if level_of(kind) not in levels and kind not in kinds:
                yield CoverageRecord(record=kind, count=0, complete=False, about=about)


def _record(kind: str, export: Export) -> CoverageRecord:
    seen = export.seen.get(kind)
    count = seen.count if seen else 0
    if seen and seen.from_copy:
        return CoverageRecord(record=kind, count=count, complete=True, about=_copied(seen))
    gap = _gap(kind, seen, export)
    return CoverageRecord(record=kind, count=count, complete=not gap, about=gap)


def _gap(kind: str, seen: Seen | None, export: Export) -> str:
    """Return what is not known of a record kind; "" where all is."""
    calls = [each for each in export.calls if each.record == kind]
    missing = sorted(export.wanted.keys() - export.documents) if kind == POLICY else []
    if missing:
        return f"the documents of {_listed(missing)} are attached and not there"
    if missed := pulled.gap(calls):
        return missed
    if seen is None:
        return _unseen(kind, calls)
    if seen.faults:
        parts = "part" if seen.faults == 1 else "parts"
        return f"{seen.faults:,} {parts} could not be understood"
    if seen.truncated:
        return "a page says that more follow"
    return "" if calls else _alone(kind, export)


def _alone(kind: str, export: Export) -> str:
    """Return that a list may be a part: without what it belongs to, nobody knows what is left."""
    if kind in OF_ONE_USER:
        return "each list is of one user: others may have more (a pull asks for all of them)"
    if kind in IN_PARTS and not export.details.any:
        return "loaded without the authorization details: other regions or users may have more"
    first = IN_PARTS_OF.get(kind)
    return f"loaded without any {first}: others may have more" if first not in _seen(export) else ""


def _seen(export: Export) -> set[str | None]:
    return {None, *export.seen}


def _unseen(kind: str, calls: Sequence[Call]) -> str:
    if not calls:
        return NEEDED.get(kind, "is not known")
    return "what was pulled of it is not there" if pulled.items(calls) else ""


def _copied(seen: Seen) -> str:
    return (
        f"{_listed(sorted(seen.from_copy))}: from a copy of {shipped.seen_on()}, "
        "AWS may have changed it since"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
