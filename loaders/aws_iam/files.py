"""One file of answers: its members are told apart, and what is none of AWS's is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from idgraph.errors import InputError
from idgraph.records import Record
from loaders._fields import Item, Unusable
from loaders._files import File, opened
from loaders._json import TOP, Element, elements
from loaders._reading import Progress, Tally
from loaders.aws_iam import credentials, pulled
from loaders.aws_iam.answers import BARE, CONVERTERS, DETAILS, PARTS_OF_BARE, REPORT
from loaders.aws_iam.export import Export, Seen, converted, rejected
from loaders.aws_iam.sources import Level, level_of

PAGES = ("IsTruncated", "NextToken", "nextToken", "NextMarker")
_ERROR = ("Error", "__type", "Code")  # members of an error that was kept as an answer
_WANTED = (*CONVERTERS, *PAGES, *PARTS_OF_BARE, pulled.MEMBER)
_RECORD_KINDS = frozenset(kind for kind, _ in (*CONVERTERS.values(), (REPORT, None)))
_LOOKED_AT = 4096  # bytes of a file that is no JSON
_HINT = "Export with `aws iam get-account-authorization-details --output json`."

# How what is no JSON begins, and what it is.
_ERRORS = r"\s*(?:aws: )?\[?(?:An error occurred|Unable to locate cred|error:|ERROR)"
_OTHERWISE = (
    (re.compile(_ERRORS), "is an error message of AWS, not an answer"),
    (re.compile(r"\s*[-+|]{3,}"), "is a table"),
    (re.compile(r"[A-Z]{4,}\t"), "is the text output of the AWS CLI"),
    (re.compile(r"\s*(?:- )?[A-Za-z]\w*:(?:\s|$)"), "is YAML"),
)
# Members of a list's first element, or of the file, by which other tools' files are known.
_OTHER_TOOLS = (
    ({"id_value", "attached_policies"}, "is a graph of PMapper"),
    ({"pmapper_version"}, "is a graph of PMapper"),
    ({"policy_doc", "arn"}, "is a graph of PMapper"),
    ({"short_reason", "source", "destination"}, "is a graph of PMapper"),
    ({"aws_managed_policies", "customer_managed_policies"}, "is a report of Cloudsplaining"),
    ({"links", "inline_policies"}, "is a report of Cloudsplaining"),
)


def read_file(file: File, export: Export, progress: Progress | None) -> Iterator[Record]:
    """Yield the records of one file.

    Raises
    ------
    InputError
        It cannot be read, or holds no answer of AWS that is read here.
    """
    export.file = file
    with opened(file, progress) as stream:
        on_disk = (file.member or file.path.name).lower()  # a second of a name is told apart
        if on_disk.removesuffix(".gz").endswith(".csv"):
            text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8", newline="")
            yield from _rows(csv.DictReader(text), file.name, export)
            return
        with _explained(file):
            parts = elements(stream, file.name, wanted=_WANTED, empty=True)
            yield from _parts(parts, file, export)


def _parts(parts: Iterator[Element], file: File, export: Export) -> Iterator[Record]:
    tally, name = export.counts.tally(file.name), file.name
    bare: dict[str, Any] = {}
    more = False
    members: dict[str, int] = {}  # how many elements each has
    others: set[str] = set()
    for part in parts:
        if part.member in PAGES:
            more = more or bool(part.value)
        elif part.member == pulled.MEMBER and part.index is not None:
            members[part.member] = 1
            place = f"{name}#/{part.member}/{part.index}"
            yield from pulled.read(part.value, place, export, tally, _RECORD_KINDS)
        elif part.member in CONVERTERS and part.value == [] and part.index is None:
            members.setdefault(part.member, 0)
        elif part.member in CONVERTERS and not (part.index is None and part.value is None):
            members[part.member] = members.get(part.member, 0) + 1
            yield from _element(part, name, export, tally)
        elif part.member in PARTS_OF_BARE:
            bare[part.member] = part.value
        else:
            others |= _names(part)
    if "Content" in bare:
        yield from _report(bare, name, export, tally)
    for member in BARE.keys() & bare.keys():
        export.record, convert = BARE[member]
        yield from converted(bare, f"{name}#", export, convert, tally)
    if not (members or "Content" in bare or BARE.keys() & bare.keys()):
        raise _not_read(file.name, others)
    _note_lists(members, export, more=more)


def _names(part: Element) -> set[str]:
    """Return by what members a file of another tool may be known."""
    if part.member == TOP:
        return set(part.value) if part.index == 0 and isinstance(part.value, dict) else set()
    return {part.member}


def _element(part: Element, file: str, export: Export, tally: Tally) -> Iterator[Record]:
    kind, convert = CONVERTERS[part.member]
    export.record = kind
    at = f"/{part.index}" if part.index is not None else ""
    yield from converted(part.value, f"{file}#/{part.member}{at}", export, convert, tally)


def _report(
    members: Mapping[str, Any], file: str, export: Export, tally: Tally
) -> Iterator[Record]:
    try:
        rows = credentials.rows_of(Item(members, f"{file}#", []))
    except Unusable as unusable:
        export.record = REPORT
        if export.mine is None or not export.takes(None):
            _nameless(REPORT, export)
            return
        tally.records += 1
        tally.refused += 1
        yield from rejected(export, [unusable.fault])
    else:
        yield from _rows(rows, f"{file}#/Content", export)


def _rows(rows: csv.DictReader[str], at: str, export: Export) -> Iterator[Record]:
    file = at.partition("#")[0]
    tally, export.record = export.counts.tally(file), REPORT
    try:
        if "arn" not in (rows.fieldnames or ()):
            raise _not_read(file, set())
        for number, row in enumerate(rows, 2):  # the first line names the columns
            place = f"{at}/{number}" if "#" in at else f"{at}#L{number}"
            yield from converted(row, place, export, credentials.report, tally)
    except UnicodeDecodeError:
        raise InputError(file, "is not UTF-8", hint="Export it again.") from None
    except csv.Error as fault:
        raise InputError(file, f"is not CSV: {fault}", hint="Export it again.") from None


def _note_lists(members: Mapping[str, int], export: Export, *, more: bool) -> None:
    """Note which lists a file holds, the empty ones too, and whether it is their last page."""
    lists = {member: count for member, count in members.items() if member in CONVERTERS}
    is_details = bool(lists.keys() & set(DETAILS[:-1]))
    if is_details:
        export.details.elements.update({member: lists.get(member, 0) for member in DETAILS})
        export.details.pages += more
        export.details.last_pages += not more
    for member, count in lists.items():
        kind = CONVERTERS[member][0]
        if export.mine is None:
            _nameless(kind, export)
        elif (count or _is_empty_here(kind, export)) and not (is_details and member in DETAILS):
            export.seen.setdefault(kind, Seen()).truncated |= more


def note_details(export: Export) -> None:
    """Note, when all pages were read, what the account has none of, and what is not whole."""
    for member in export.details.empty():
        export.seen.setdefault(CONVERTERS[member][0], Seen())
    if export.details.pages and not export.details.whole:
        for member in DETAILS:
            export.seen.setdefault(CONVERTERS[member][0], Seen()).truncated = True


def _is_empty_here(kind: str, export: Export) -> bool:
    """Return whether an empty list says something of the source being read."""
    return export.home(level_of(kind)) == export.mine and export.is_of(level_of(kind))


def _nameless(kind: str, export: Export) -> None:
    if export.file is not None and export.mine is None and level_of(kind) is Level.ACCOUNT:
        export.homes.held(export.file).nameless.add(Level.ACCOUNT)


def _not_read(file: str, members: set[str]) -> InputError:
    for known, what in _OTHER_TOOLS:
        if known <= members:
            return InputError(file, f"{what}, not an answer of AWS", place=f"{file}#", hint=_HINT)
    if members & set(_ERROR):
        return InputError(
            file, "is an error message of AWS, not an answer", place=f"{file}#", hint=_HINT
        )
    return InputError(
        file, "holds no answer of AWS that is read here", place=f"{file}#", hint=_HINT
    )


@contextmanager
def _explained(file: File) -> Iterator[None]:
    """Say of a file that is no JSON what it is, if that can be seen."""
    try:
        yield
    except InputError as fault:
        if "is not JSON" not in fault.fault:
            raise
        what = _otherwise(file)
        if not what:
            raise
        raise InputError(file.name, what, place=f"{file.name}#", hint=_HINT) from None


def _otherwise(file: File) -> str:
    with opened(file) as stream:
        begins = (stream.read(_LOOKED_AT) or b"").decode("utf-8", "replace")
    return next((what for pattern, what in _OTHERWISE if pattern.match(begins)), "")
