"""Tags of cloud resources: their names compared as people write them, and owners that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from loaders._fields import people

OWNER_TAGS = frozenset(  # that name who answers for a resource, without case and punctuation
    {
        "accountable",
        "applicationowner",
        "appowner",
        "businessowner",
        "contact",
        "contactemail",
        "contacts",
        "dataowner",
        "maintainedby",
        "maintainer",
        "managedby",
        "ownedby",
        "owner",
        "ownercontact",
        "owneremail",
        "ownername",
        "owners",
        "ownerupn",
        "owningteam",
        "productowner",
        "resourceowner",
        "responsible",
        "serviceowner",
        "steward",
        "systemowner",
        "team",
        "technicalcontact",
        "technicalowner",
        "techowner",
    }
)
SECRET_TAGS = (  # a name that ends so may hold a secret that somebody left there
    "accesskey",
    "apikey",
    "connectionstring",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "token",
)
_PUNCTUATION = re.compile(r"[\W_]+")


def bare(name: str) -> str:
    """Return a tag's name without case and punctuation."""
    return _PUNCTUATION.sub("", name.lower())


def owner_tags(names: Iterable[str]) -> Iterator[str]:
    """Yield the names that are those of owner tags."""
    return (name for name in names if bare(name) in OWNER_TAGS)


def owners_in(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the owners that tags name, each with the tag's name."""
    return ((name, owner) for name in owner_tags(tags) for owner in people(tags[name]))


def told(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return tags as texts, sorted, without those that may hold a secret."""
    return tuple(sorted(f"{name}={tags[name]}" for name in tags.keys() - secrets_in(tags)))


def secrets_in(tags: Iterable[str]) -> set[str]:
    """Return the names of tags whose value may be a secret."""
    return {name for name in tags if bare(name).endswith(SECRET_TAGS)}
