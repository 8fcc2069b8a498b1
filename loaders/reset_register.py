"""A register of reset paths as CSV: how an organisation resets accounts, one row a path.

Columns, in any order; `path` and `method` are needed, others are not used when they are not listed:

- `path`: a name of its own for the path.
- `platform`: where the accounts are, in a word.
- `method`: a reset method, such as password_admin, tap or mfa_reset.
- `channel`: phone, portal, chat, api or automation.
- `executors`: who carries it out; `self` is the person whose account it is. Where the cell is
  empty and there is a vendor, the vendor does.
- `vendor`: the outside company that runs the path.
- `covers`: whose accounts; `*` is every account of the tenant, as is the tenant's id.
- `approvals`: how many approvers are needed, 0 to 9; empty when nobody knows.
- `approvers`: who may approve.
- `self_approval`: yes where whoever carries it out may approve it too, no where not.
- `proof`: a proof level, what the caller has to show.
- `policy_owner`, `execution_owner`, `business_owner`, `reviewer`: who answers for what.
- `last_tested`: an ISO 8601 date.

`executors`, `covers` and `approvers` are lists separated by `;` of ids (of accounts, groups,
applications), of role ids written `<definition id>@<tenant id>`, and of UPNs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from idgraph.records import EdgeRecord, NodeRecord, OwnerClaim, Record, Value
from idgraph.vocabulary.events import CHANNELS
from idgraph.vocabulary.resets import (
    APPROVES_RESETS,
    COVERS,
    EXECUTES_RESETS,
    METHOD_GIVES,
    PROOF_LEVELS,
    RESET_PATH,
    RUN_BY,
    VENDOR,
)
from loaders._fields import as_arm_id, as_guid, known, people, utc
from loaders._reading import Loader, Progress, Reading
from loaders._registers import Register, Row

NAME = "reset_register"
RECORD = "reset path"
NEEDED = ("path", "method")
OWNERS = ("policy_owner", "execution_owner", "business_owner", "reviewer")
REGISTER = Register(
    loader=NAME,
    record=RECORD,
    needed=NEEDED,
    columns=(
        *NEEDED,
        "platform",
        "channel",
        "executors",
        "vendor",
        "covers",
        "approvals",
        "approvers",
        "proof",
        "self_approval",
        *OWNERS,
        "last_tested",
    ),
    faulty="rows or parts of rows",
)
SELF = "self"
EVERYBODY = "*"

_ROLE = re.compile(r"[0-9a-f-]{36}@[0-9a-f-]{36}")
_MAIL = re.compile(r"[^\s@:]+@[^\s@:]+")
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def parse(
    paths: Sequence[Path], *, scope: str | None = None, progress: Progress | None = None
) -> Reading:
    """Return a reading of a register; several files are one register when a scope names it.

    Raises
    ------
    InputError
        A path holds no file to read, or several files have no scope.
    """
    return REGISTER.parse(paths, _Paths().records, scope=scope, progress=progress)


@dataclass(slots=True)
class _Paths:
    """The paths read so far: a name stands for one."""

    places: dict[str, str] = field(default_factory=dict)  # where each was named first

    def records(self, row: Row) -> Iterator[Record]:
        """Yield what one row states."""
        name = " ".join(row.get("path").split())
        method = _word(row, "method").replace("-", "_")
        first = self.places.setdefault(name.casefold(), row.place)
        fault = ""
        if method not in METHOD_GIVES:
            fault = f"method is none of {', '.join(METHOD_GIVES)}"
        elif first != row.place:
            fault = f"path has the name of the one at {first}"
        if fault:
            row.tally.refused += 1
            yield row.reject(fault)
            return
        row.tally.accepted += 1
        yield from _path(row, name, method)


def _path(row: Row, name: str, method: str) -> Iterator[Record]:
    path = f"reset-path:{row.scope}/{name.casefold()}"
    faults: list[str] = []
    executors = _list(row, "executors", faults, SELF)
    covers = _list(row, "covers", faults, EVERYBODY)
    stated = _stated(row, faults)
    yield NodeRecord(
        record=RECORD,
        id=path,
        kind=RESET_PATH.name,
        name=name,
        properties=known(
            method=method,
            self_service=SELF in executors,
            covers_all=EVERYBODY in covers,
            **stated,
        ),
        evidence=row.place,
    )
    for end in executors:
        if end != SELF:
            yield _edge(row, end, EXECUTES_RESETS.name, path)
    for end in _list(row, "approvers", faults):
        yield _edge(row, end, APPROVES_RESETS.name, path)
    for end in covers:
        if end != EVERYBODY:
            yield _edge(row, path, COVERS.name, end)
    yield from _vendor(row, path, runs_alone=not row.get("executors"))
    yield from _owners(row, path)
    for fault in faults:
        yield row.reject(fault)


def _stated(row: Row, faults: list[str]) -> Mapping[str, Value | None]:
    """Return what a row states of its path in single values; what cannot be read is left out."""
    return {
        "reset_platform": row.get("platform"),
        "vendor": _vendor_name(row),
        "channel": _one_of(row, "channel", CHANNELS, faults),
        "proof": _one_of(row, "proof", tuple(PROOF_LEVELS), faults),
        "approvals": _approvals(row, faults),
        "self_approval": _truth(row, "self_approval", faults),
        "last_tested": _time(row, "last_tested", faults),
    }


def _word(row: Row, column: str) -> str:
    return row.get(column).casefold()


def _one_of(row: Row, column: str, words: Sequence[str], faults: list[str]) -> str:
    word = _word(row, column).replace("-", "_").replace(" ", "_")
    if word and word not in words:
        faults.append(f"{column} is none of {', '.join(words)}")
        return ""
    return word


def _approvals(row: Row, faults: list[str]) -> int | None:
    """Return how many approvals are needed; few, because each makes a leg of a gate."""
    text = row.get("approvals")
    if re.fullmatch(r"[0-9]", text):
        return int(text)
    if text:
        faults.append("approvals is not a number from 0 to 9")
    return None


def _truth(row: Row, column: str, faults: list[str]) -> bool | None:
    text = _word(row, column)
    if text and text not in _TRUTH:
        faults.append(f"{column} is neither yes nor no")
    return _TRUTH.get(text)


def _time(row: Row, column: str, faults: list[str]) -> str:
    text = row.get(column)
    moment = utc(text) if text else ""
    if text and not moment:
        faults.append(f"{column} is not an ISO 8601 date such as 2026-03-31")
    return moment


def _list(row: Row, column: str, faults: list[str], mark: str = "") -> tuple[str, ...]:
    """Return the ends that a list names, each once; an entry that names none is a fault.

    `mark` is the word of the column's own that is allowed: `self`, `*`.
    """
    ends = []
    for at, part in enumerate(row.get(column).split(";"), start=1):
        entry = part.strip()
        end = entry.lower() if mark and entry.lower() == mark else _end(entry)
        if end:
            ends.append(end)
        elif entry:
            faults.append(f"{column}, entry {at}, is neither an id nor a UPN")
    return tuple(dict.fromkeys(ends))


def _end(text: str) -> str:
    """Return the id or alias that a text is, "" when it is neither."""
    low = text.lower()
    if low in {SELF, EVERYBODY}:
        return ""
    if _ROLE.fullmatch(low):
        return low
    if _MAIL.fullmatch(text):
        return f"upn:{low}"
    same = as_guid(text) or as_arm_id(text)
    return same or (text if text and not re.search(r"\s", text) else "")


def _edge(row: Row, source: str, kind: str, target: str) -> EdgeRecord:
    return EdgeRecord(record=RECORD, source=source, kind=kind, target=target, evidence=row.place)


def _vendor_name(row: Row) -> str:
    return " ".join(row.get("vendor").split())


def _vendor(row: Row, path: str, *, runs_alone: bool) -> Iterator[Record]:
    """Yield the vendor that runs a path; it carries it out itself where nobody else is named."""
    name = _vendor_name(row)
    if not name:
        return
    vendor = f"vendor:{row.scope}/{name.casefold()}"
    yield NodeRecord(record=RECORD, id=vendor, kind=VENDOR.name, name=name, evidence=row.place)
    yield _edge(row, path, RUN_BY.name, vendor)
    if runs_alone:
        yield _edge(row, vendor, EXECUTES_RESETS.name, path)


def _owners(row: Row, path: str) -> Iterator[OwnerClaim]:
    for claim in OWNERS:
        for owner in people(row.get(claim)) if row.get(claim) else ():
            yield OwnerClaim(
                record=RECORD,
                node=path,
                owner=owner,
                claim=claim,
                said_by=row.scope,
                evidence=row.place,
            )


LOADER = Loader(
    name=NAME,
    reads="a register of reset paths: CSV with the columns path, method, executors, covers, …",
    record_kinds=(RECORD,),
    parse=parse,
)
