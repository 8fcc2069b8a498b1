"""Policy documents: decoded, URL-encoded or as JSON in a text, cut into their statements.

A document is kept statement by statement, word for word; only its form is checked here. What a
statement means is decided when the graph is derived.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from idgraph.records import Record
from idgraph.vocabulary import aws
from loaders._fields import Fault, Item, known, printable
from loaders.aws_iam.export import Export, Kind, edge, node

OLDEST = "2008-10-17"  # the language of a document that names none
LONGEST = 200_000  # characters of one statement; AWS's own limits are far below
DEEPEST = 12  # levels in a statement; the grammar of policies has four
MOST_ENCODED = 3  # times that a document is wrapped in a text or URL-encoded


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a managed policy; other documents have one without a name."""

    name: str = ""
    default: bool = True


ONLY = Version()


def policy(
    item: Item,
    export: Export,
    document: Item,
    *,
    policy_id: str,
    policy_type: str,
    name: str,
    account: str,
    holder: tuple[str, Kind],
) -> Iterator[Record]:
    """Yield a document that belongs to one thing: its policy, its statements, and whose it is."""
    faults = len(document.faults)
    read = list(statements(document, export, policy_id, ONLY))
    whole = is_document(document) and len(document.faults) == faults
    said = known(account_id=account, policy_type=policy_type, document_read=whole)
    yield node(item, export, aws.POLICY, policy_id, name=name, properties=said)
    yield edge(item, export, holder[0], holder[1], policy_id)
    yield from read


def statements(
    document: Item, export: Export, policy_id: str, version: Version
) -> Iterator[Record]:
    """Yield the statements of a document; a fault is noted where it stands."""
    language = document.value.get("Version", OLDEST)
    seen: set[str] = set()
    for pointer, raw in listed(document):
        place = Item({}, f"{document.place}{pointer}", document.faults)
        text = _text(raw)
        if not isinstance(raw, dict) or text is None:
            document.faults.append(Fault(place.place, "is no statement of a policy"))
            continue
        sid = printable(raw["Sid"]) if isinstance(raw.get("Sid"), str) else ""
        mark = sid or sha256(text.encode()).hexdigest()[:12]
        suffix = f"{version.name}/" if version.name and not version.default else ""
        found = f"{policy_id}#{suffix}{mark}"
        while found in seen:
            found += "'"  # a Sid used twice
        seen.add(found)
        said = known(
            sid=sid,
            statement=text,
            language=str(language),
            version=version.name,
            default_version=version.default,
            policy=policy_id,
        )
        yield node(place, export, aws.STATEMENT, found, name=sid or mark, properties=said)
        yield edge(place, export, policy_id, aws.HAS_STATEMENT, found)


def listed(document: Item) -> Iterator[tuple[str, Any]]:
    """Yield the statements of a document with their pointers, whatever they are."""
    raw = document.value.get("Statement")
    if isinstance(raw, list):
        yield from ((f"/Statement/{number}", each) for number, each in enumerate(raw))
    elif raw is not None:
        yield "/Statement", raw


def _text(raw: Any) -> str | None:
    """Return a statement as a text that any part of the program can read again, else None."""
    if _is_deep(raw):
        return None
    try:
        text = json.dumps(
            raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError):
        return None
    return printable(text) if len(text) <= LONGEST else None


def _is_deep(raw: Any) -> bool:
    level = [raw]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def is_document(document: Item) -> bool:
    """Return whether a document was read: one without any statement allows nothing."""
    return isinstance(document.value.get("Statement"), dict | list)


def document_in(item: Item, key: str) -> Item:
    """Return the document that is a member: an object, or JSON in a text, URL-encoded or not."""
    raw = item.value.get(key)
    place = item.at(key)
    if isinstance(raw, str):
        raw = _decoded(raw)
    if not isinstance(raw, dict):
        item.note(key, "is missing" if item.value.get(key) is None else "is no policy document")
        raw = {}
    document = Item(raw, place, item.faults)
    if raw and not is_document(document):
        document.note("Statement", "is missing or is neither a statement nor a list of them")
    return document


def _decoded(text: str) -> Any:
    """Return the JSON in a text, however often it was wrapped; None where it is none."""
    found: Any = text
    for _ in range(MOST_ENCODED):
        plain = unquote(found) if found.lstrip().startswith("%") else found
        try:
            found = json.loads(plain)
        except (ValueError, RecursionError):
            found = plain if plain != found else None
        if not isinstance(found, str):
            break
    return found
