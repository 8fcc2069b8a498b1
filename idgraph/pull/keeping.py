"""What is kept of an answer: the fields that are named, and of all others only how many there were.

A list call of AWS answers with more than was asked for: the environment of a function, the
parameters of a stack. What is not named here never leaves the memory of the pull.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from html import unescape
from typing import Any

from idgraph.pull.calls import Fields, Part

_ENVELOPE = frozenset({"ResponseMetadata", "NextToken", "nextToken", "NextMarker", "Marker"})
_ENTITY = re.compile(
    r"<(?:[\w.-]+:)?EntityDescriptor\b[^>]{0,2000}?\sentityID\s*=\s*([\"'])([^\"'<>]*)\1"
)
_SEARCHED = 20_000  # characters of SAML metadata: the entity id stands in its first element
_LONGEST_ENTITY_ID = 1024  # the limit of SAML 2.0 metadata, section 2.2.1 (entityIDType)
_CREDENTIAL_REPORT = frozenset(
    {
        "user",
        "arn",
        "user_creation_time",
        "password_enabled",
        "password_last_used",
        "password_last_changed",
        "password_next_rotation",
        "mfa_active",
        "access_key_1_active",
        "access_key_1_last_rotated",
        "access_key_1_last_used_date",
        "access_key_2_active",
        "access_key_2_last_rotated",
        "access_key_2_last_used_date",
    }
)


class Malformed(Exception):  # noqa: N818  says what the answer is
    """An answer that is not what the service's model says."""


def items(answer: Mapping[str, Any], part: Part) -> Iterator[Mapping[str, Any]]:
    """Yield the items of one part of an answer.

    Raises
    ------
    Malformed
        The member is missing, or it or an item of it is of another type.
    """
    found = answer.get(part.member) if part.member else answer
    if part.each:
        yield from ({part.each: each} for each in _listed(found, str, part))
    else:
        yield from _listed([found] if part.one else found, dict, part)


def _listed(found: Any, kind: type, part: Part) -> list[Any]:
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise Malformed(part.member)
    return found


def element(item: Mapping[str, Any], part: Part, dropped: Counter[str]) -> dict[str, Any]:
    """Return what is kept of an item, by the names that the loader knows."""
    if part.each:
        return dict(item)
    known = _kept(item, part.keep, dropped, "")
    if "SAMLMetadataDocument" in known:
        known["SAMLMetadataDocument"] = entity_id(str(known["SAMLMetadataDocument"]))
        dropped["SAMLMetadataDocument"] += 1
    named = {part.rename.get(name, name): value for name, value in known.items()}
    return {name: value for name, value in named.items() if value is not None}


def _kept(
    item: Mapping[str, Any], keep: Fields, dropped: Counter[str], within: str
) -> dict[str, Any]:
    found = {}
    for name, value in item.items():
        if name in keep:
            found[name] = _inside(value, keep[name], dropped, f"{within}{name}")
        elif value not in (None, "", [], {}) and name not in _ENVELOPE:
            dropped[f"{within}{name}"] += 1
    return found


def _inside(value: Any, keep: Fields | None, dropped: Counter[str], within: str) -> Any:
    if keep is None:
        return value
    if isinstance(value, dict):
        return _kept(value, keep, dropped, f"{within}.")
    if isinstance(value, list):
        return [_inside(each, keep, dropped, within) for each in value]
    return None  # a bare value where an object belongs: nobody says what it is


def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put more fields into an item; the lists of several pages are one."""
    for name, value in more.items():
        before = into.get(name)
        if isinstance(before, list) and isinstance(value, list):
            before.extend(value)
        else:
            into[name] = value


def entity_id(metadata: str) -> str | None:
    """Return the entity id of SAML metadata, and nothing else of it; None when there is none.

    No parser of XML is let loose on it: the text may be anybody's.
    """
    found = _ENTITY.search(metadata, 0, _SEARCHED)
    return unescape(found.group(2))[:_LONGEST_ENTITY_ID] if found else None


def report_columns(columns: list[str]) -> list[str]:
    """Return the columns of a credential report that are kept: ids, dates, and yes or no."""
    return [name for name in columns if name in _CREDENTIAL_REPORT]


def as_printed(value: Any) -> str:
    """Return a value as the command line of AWS prints it in JSON."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return str(value)
