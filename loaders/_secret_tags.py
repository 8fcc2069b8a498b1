"""What the tags of a secret say that it opens: an application, an access key, a repository.

A tag is known by its name without case and punctuation; the first by name counts. A value is
kept only where it has the form of an id, for a value in the wrong place may be a secret.

Source: Azure Key Vault names no tag for this; the names are those that are in use. IAM User
Guide, "IAM identifiers", for the form of an access key's id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from idgraph.vocabulary.federation import repository_named
from loaders._fields import as_guid, known
from loaders._tags import bare

APP_TAGS = frozenset(("clientid", "appid", "applicationid"))
KEY_TAGS = frozenset(("keyid",))
ACCESS_KEY_TAGS = frozenset(("awsaccesskeyid", "accesskeyid"))
REPOSITORY_TAGS = frozenset(("githubrepository", "repository"))

_ACCESS_KEY = re.compile(r"AKIA[A-Z0-9]{12,124}")


def opens_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the properties of a secret that say what it opens, those that are there."""
    said = known(
        opens_app_id=_first(tags, APP_TAGS, as_guid),
        opens_key_id=_first(tags, KEY_TAGS, as_guid),
        opens_access_key=_first(tags, ACCESS_KEY_TAGS, _access_key),
        opens_repository=_first(tags, REPOSITORY_TAGS, repository_named),
    )
    return {name: str(value) for name, value in said.items()}


def _access_key(text: str) -> str:
    return text if _ACCESS_KEY.fullmatch(text) else ""


def _first(tags: Mapping[str, str], names: frozenset[str], read: Callable[[str], str]) -> str:
    found = (read(tags[key].strip()) for key in sorted(tags) if bare(key) in names)
    return next(filter(None, found), "")
