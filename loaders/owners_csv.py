"""A register of owners as CSV: who is said to own what, by which system, since when.

Columns: `node` and `owner` are needed, `claim`, `source` and `date` may be left out; others are
not used. A node or an owner is an id, a client id, a UPN or mail address, or free text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from idgraph.records import OwnerClaim, Record
from loaders._fields import people, utc
from loaders._reading import Loader, Progress, Reading
from loaders._registers import Register, Row

NAME = "owners_csv"
RECORD = "owner claim"
NEEDED = ("node", "owner")
REGISTER = Register(
    loader=NAME,
    record=RECORD,
    needed=NEEDED,
    columns=(*NEEDED, "claim", "source", "date"),
    faulty="rows or dates",
)


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of a register; several files are one register when a scope names it.

    Raises
    ------
    InputError
        A path holds no file to read, or several files have no scope.
    """
    return REGISTER.parse(paths, _claims, scope=scope, progress=progress)


def _claims(row: Row) -> Iterator[Record]:
    row.tally.accepted += 1
    said_at, reason = _date(row.get("date"))
    if reason:
        yield row.reject(reason)
    yield from (
        OwnerClaim(
            record=RECORD,
            node=people(row.get("node"))[0],
            owner=owner,
            claim=row.get("claim") or "owner",
            said_by=row.get("source") or row.scope,
            said_at=said_at,
            evidence=row.place,
        )
        for owner in people(row.get("owner"))
    )


def _date(text: str) -> tuple[str, str]:
    """Return an ISO 8601 date or time, and what is wrong with the text."""
    if not text:
        return "", ""
    moment = utc(text)
    if not moment:
        return "", "date is not an ISO 8601 date such as 2026-03-31"
    return (moment if "T" in text or " " in text else moment.partition("T")[0]), ""


LOADER = Loader(
    name=NAME,
    reads="a register of owners: CSV with the columns node, owner, claim, source, date",
    record_kinds=(RECORD,),
    parse=parse,
)
